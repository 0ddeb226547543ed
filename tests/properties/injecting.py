"""The state machine with all that a test may let go wrong, and with what it lets the clock do.

Faults, functions in their place, calls of the clock's, time, and several clients at once: bugs live where they meet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from tests.properties.facts import FAULTS, TIMEOUTS
from tests.properties.life import Act
from tests.properties.machine import Machine, ids, lengths, states, timeouts
from tests.properties.ways import Fault, Function, Injection

if TYPE_CHECKING:
    from pytest_rollup_fake.model.injections import Injection as RealInjection
    from tests.properties.drivers import Sent
    from tests.properties.life import Way
    from tests.properties.rules import Rules
    from tests.properties.sockets import Sockets

whiles = st.sampled_from([40, 1000, 1007, 5000, 10_000, 10_007, 30_000])  # they often end when others do
calls = st.sampled_from([47, 1007, 10_007])  # never with a tick: which of the two comes first is not said
acts = st.one_of(
    st.tuples(st.sampled_from(["remove", "hold", "release", "unassign", "assign"]), ids).map(lambda act: Act(*act)),
    st.tuples(ids, states).map(lambda act: Act("set_state", act[0], (act[1],))),
)
faults = st.sampled_from(sorted({*FAULTS} - {"truncate"})).map(Fault)
pauses = st.tuples(st.sampled_from(["slow", "delay", "delay"]), whiles).map(lambda pause: Fault(*pause))
endpoints = st.sampled_from(["stop", "stop", "stop", "get", "start", "put", "delete", "caps", "search", "*"])


@st.composite
def injections(draw: st.DrawFn) -> Injection:
    """Return what `inject` takes."""
    at = draw(st.none() | whiles)
    fault = faults if at is not None else faults | pauses | pauses | st.just(Fault("truncate"))
    item = fault | fault | st.tuples(acts, st.none() | fault).map(lambda function: Function(*function))
    plan = draw(st.lists(item, min_size=1, max_size=1) | st.lists(st.none() | item, min_size=2, max_size=3).filter(any))
    needs_answer = any(isinstance(each, Fault) and each.name in {"truncate", "slow"} for each in plan)
    effects = st.just("applied") if needs_answer else st.sampled_from(["skipped", "applied"])
    times: Any = draw(st.sampled_from([1, 1, 1, 2, "always"]))
    return Injection(
        tuple(plan),
        tuple(draw(st.lists(endpoints, min_size=1, max_size=2, unique=True))),
        job=draw(st.none() | st.none() | ids),
        times=times,
        after=draw(st.sampled_from([0, 0, 1])),
        effect=draw(st.none() | effects),
        at=at,
    )


few = st.lists(injections(), min_size=1, max_size=3)


class Injecting(Machine):
    """Lets requests to a cluster go wrong as well."""

    driver: Sockets
    waiting: list[tuple[Way, Any, list[str]]]

    def __init__(self, driver: Sockets, model: Rules) -> None:
        super().__init__(driver, model)
        self.injected: list[tuple[Injection, RealInjection]] = []

    def teardown(self) -> None:
        """Check that what was injected has struck as often as the rules say."""
        try:
            for injection, real in self.injected:
                assert real.hits == injection.hits, real
        finally:
            super().teardown()

    @rule(injection=injections())
    def inject(self, injection: Injection) -> None:
        """Let requests go wrong."""
        self.model.catch_up()
        self.model.injections.append(injection)
        self.injected.append((injection, self.driver.inject(injection)))
        self.model.act_is_over()

    @rule(several=few, id_=ids, endpoint=st.sampled_from(["stop", "start", "get", "delete"]))
    def inject_and_ask(self, several: list[Injection], id_: str, endpoint: str) -> None:
        """Let a request go wrong that comes at once."""
        for injection in several:
            self.inject(injection.but(on=(endpoint,)))
        getattr(self, endpoint)(id_)

    @rule(several=few, id_=ids, timeout=timeouts, milliseconds=lengths, meet=st.booleans())
    def inject_and_wait(
        self,
        several: list[Injection],
        id_: str,
        timeout: str,
        milliseconds: int,
        meet: bool,  # noqa: FBT001  (Hypothesis)
    ) -> None:
        """Let a stop go wrong that waits, and let what strikes at an instant perhaps meet the wait's end."""
        for injection in several:
            at = TIMEOUTS[timeout] if meet and injection.at is not None else injection.at
            self.inject(injection.but(on=("stop",), at=at))
        self.stop_and_wait(id_, timeout)
        self.advance(milliseconds)

    @precondition(lambda self: self.instants())
    @rule(data=st.data(), early=st.sampled_from([0, 0, 1]))
    def advance_to_an_event(self, data: st.DataObject, early: int) -> None:
        """Let time pass until something happens, or until just before."""
        instant = data.draw(st.sampled_from(self.instants()), label="instant")
        self.advance(max(instant - early - self.model.now, 0))

    def instants(self) -> list[int]:
        """Return the instants at which something is to happen, but for looks."""
        slow = [way.answered_at + way.slowly for way, _, _ in self.waiting if way.answer]
        return sorted({instant for instant in (*self.model.events(), *slow) if instant >= self.model.now})

    @precondition(lambda self: any(injection.has_turns for injection, _ in self.injected))
    @rule(data=st.data())
    def remove_injection(self, data: st.DataObject) -> None:
        """Let one strike no more."""
        left = [number for number, (injection, _) in enumerate(self.injected) if injection.has_turns]
        injection, real = self.injected[data.draw(st.sampled_from(left), label="injection")]
        self.model.catch_up()
        injection.is_removed = True
        real.remove()
        self.model.act_is_over()

    @rule(milliseconds=calls, act=acts)
    def call_later(self, milliseconds: int, act: Act) -> None:
        """Let the clock do something later."""
        self.model.call_later(milliseconds, act)
        self.driver.call_later(milliseconds, act)

    @precondition(lambda self: self.model.ways)
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        """Let a client lose patience."""
        still = [number for number, (way, _, _) in enumerate(self.waiting) if way in self.model.ways]
        way, sent, _ = self.waiting.pop(data.draw(st.sampled_from(still), label="client"))
        self.model.catch_up()
        self.model.leave(way)
        self.driver.leave(sent)
        self.model.hand_out()
        assert sent.request.outcome == "abandoned"

    def check(self, way: Way, sent: Sent) -> None:
        """Compare as well what the journal says of the fault."""
        super().check(way, sent)
        if way.fault:
            fault = sent.request.fault
            assert (fault and fault.name, sent.request.effect) == (way.fault, way.effect), repr(sent.request)

    @invariant()
    def calls_are_made_when_the_rules_say(self) -> None:
        """All of them, in their order."""
        assert self.driver.called == self.model.called
