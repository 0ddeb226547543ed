"""The ways of requests past the faults of a test, as the documentation of `inject` and of `faults` tells them.

A request is received, has its effect, waits, and is answered. A way is a generator that says what the request waits for
and is asked again at that instant. Injections are asked in their order, and a request is struck at most once; but time
may be taken from it by several.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from tests.properties.facts import FAULTS, LOST, Answer
from tests.properties.life import Act, Due, Life, Steps, Waiter, Way

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from tests.properties.life import Wait

    Effect = Callable[[Way], Answer | Waiter]

OF_ANSWERS = ("truncate", "slow", "delay")  # they never keep a request from its effect
APPLIED = ("truncate", "slow", "garbage")  # unless the test says otherwise


class Fault(NamedTuple):
    """A fault; `milliseconds` are those of `delay` and `slow`."""

    name: str
    milliseconds: int = 0


class Function(NamedTuple):
    """A function in the place of a fault: it does something, and perhaps asks for a fault."""

    act: Act
    fault: Fault | None


class Injection:
    """What the test has injected."""

    def __init__(  # noqa: PLR0913  (those of `inject`)
        self,
        plan: tuple[Fault | Function | None, ...],
        on: tuple[str, ...],
        *,
        job: str | None = None,
        times: int | str = 1,
        after: int = 0,
        effect: str | None = None,
        at: int | None = None,
    ) -> None:
        self.plan, self.on, self.job, self.times, self.after = plan, on, job, times, after
        self.effect, self.at = effect, at
        self.seen = self.taken = self.hits = 0
        self.is_removed = False

    def __repr__(self) -> str:
        """Show the call that makes it."""
        names = ("job", "times", "after", "effect", "at")
        shown = "".join(f", {name}={getattr(self, name)!r}" for name in names)
        return f"Injection({self.plan!r}, {self.on!r}{shown})"

    def but(self, **changes: Any) -> Injection:
        """Return one that differs in this."""
        names = ("plan", "on", "job", "times", "after", "effect", "at")
        return Injection(**{name: getattr(self, name) for name in names} | changes)

    @property
    def has_turns(self) -> bool:
        """Whether it may strike once more."""
        return not self.is_removed and (self.times == "always" or self.taken < int(self.times) * len(self.plan))

    def is_its_turn(self, endpoint: str, job: str | None) -> bool:
        """Count a request if it is for it, and say whether it is the turn of that one."""
        if not {endpoint, "*"} & {*self.on} or self.job not in {None, job}:
            return False
        self.seen += 1
        return self.seen > self.after and self.has_turns

    @property
    def next(self) -> Fault | Function | None:
        """What it has for the next request; `None`: nothing, which uses up a turn as well."""
        return self.plan[self.taken % len(self.plan)]

    def take(self) -> Fault | Function | None:
        """Use up a turn."""
        item = self.next
        self.taken += 1
        return item

    def is_before_effect(self, item: Fault | Function | None) -> bool:
        """Say whether something happens before the request has its effect, if it has one at all."""
        if isinstance(item, Fault) and item.name in {"truncate", "slow"}:
            return False
        if self.effect is not None:
            return self.effect == "skipped"
        return item.name not in APPLIED if isinstance(item, Fault) else self.at is None


Later = list[tuple[Injection, Fault | Function]]


class StruckError(Exception):
    """A request is struck while it waits."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class Ways(Life):
    """A cluster whose requests may be struck."""

    def __init__(self, line: str, *, acts_release: bool) -> None:
        super().__init__(line, acts_release=acts_release)
        self.injections: list[Injection] = []

    def receive(self, number: int, endpoint: str, job: str | None, effect: Effect) -> Way:
        """Receive a request and let it go as far as it comes at this instant; `job` is the id that it names."""
        self.catch_up()
        way = Way(number, self.now)
        its_turn = [injection for injection in self.injections if injection.is_its_turn(endpoint, job)]
        way.steps = self._way(way, its_turn, effect)
        self.ways.append(way)
        self.step(way)
        self.catch_up()
        self.hand_out()
        return way

    def leave(self, way: Way) -> None:
        """Let the client of a request that waits go."""
        self.ways.remove(way)

    def _way(self, way: Way, its_turn: list[Injection], effect: Effect) -> Steps:
        alarms: list[Injection] = []  # those with an instant at which they strike, unless there is an answer
        later: Later = []  # those that strike the answer
        try:
            answer = yield from self._receipt(way, its_turn, alarms, later)
            if answer is None:
                answer = yield from self._answer(way, alarms, later, effect)
        except StruckError as struck:
            answer = struck.answer
        for injection, _ in later:  # nothing came of these
            injection.taken -= 1
        return answer

    def _receipt(
        self, way: Way, its_turn: list[Injection], alarms: list[Injection], later: Later
    ) -> Generator[Wait, Answer | None, Answer | None]:
        """Ask the injections; return an answer if one strikes before the effect. A fault is the last to be asked."""
        for injection in its_turn:
            if injection.at is not None and not injection.is_before_effect(injection.next):
                alarms.append(injection)
                continue
            item = injection.take()
            if item is None:
                return None
            if injection.at is not None:
                yield self.at(way.received + injection.at), None
            if isinstance(item, Function):
                if not injection.is_before_effect(item):
                    later.append((injection, item))
                    continue
                if (item := (yield from self._consult(injection, item))) is None:
                    continue
            if not injection.is_before_effect(item):
                later.append((injection, item))
            elif item.name == "delay":
                yield self._delay(injection, item), None
            else:
                return self._strike(way, injection, item, LOST)
            return None
        return None

    def _answer(self, way: Way, alarms: list[Injection], later: Later, effect: Effect) -> Steps:
        way.effect = "applied"
        result = effect(way)
        if isinstance(result, Waiter):
            answer = yield from self._wait(way, alarms, None, result)
        else:
            answer = result
            if any(alarm.at is not None and way.received + alarm.at < self.now for alarm in alarms):
                yield from self._wait(way, alarms, self.at(self.now), None)
        while later and not way.fault:
            injection, item = later.pop(0)
            fault = item if isinstance(item, Fault) else (yield from self._consult(injection, item))
            if fault is not None and fault.name == "delay":
                yield from self._wait(way, alarms, self._delay(injection, fault), None)
            elif fault is not None:
                answer = self._strike(way, injection, fault, answer)
        return answer

    def _wait(self, way: Way, alarms: list[Injection], end: Due | None, waiter: Waiter | None) -> Steps:
        """Wait for an instant, or until a job has stopped, unless something strikes before, or at that very instant."""
        for alarm in sorted(alarms, key=lambda alarm: alarm.at or 0):
            strikes = self.at(way.received + (alarm.at or 0))
            if end is not None and end.instant < strikes.instant:
                break
            if strikes.instant > self.now and (answer := (yield strikes, waiter)) is not None:
                return answer
            alarms.remove(alarm)
            item = alarm.take() if alarm.has_turns else None
            if isinstance(item, Function):
                item = yield from self._consult(alarm, item)
            if item is not None:
                raise StruckError(self._strike(way, alarm, item, LOST))
        answer = yield end, waiter
        return answer or LOST  # which nobody asks for who has waited for an instant

    def _consult(self, injection: Injection, function: Function) -> Generator[Wait, Answer | None, Fault | None]:
        """Let the test's function be called; it is hit, unless by the fault that it asks for, once that strikes."""
        yield self.at(self.now), None
        self.call(function.act)
        injection.hits += function.fault is None
        return function.fault

    def _delay(self, injection: Injection, delay: Fault) -> Due:
        injection.hits += 1
        return self.at(self.now + delay.milliseconds)

    def _strike(self, way: Way, injection: Injection, fault: Fault, answer: Answer) -> Answer:
        injection.hits += 1
        way.fault = fault.name
        if fault.name == "slow":
            way.slowly = fault.milliseconds
            return answer
        way.seen = []
        return FAULTS[fault.name]
