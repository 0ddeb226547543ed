"""The way of one request: received, faults that skip the effect, effect, wait, faults on the answer, sent.

It is a generator: it yields what the request has to wait for, is sent the result of that, and returns the reply. The
clock drives it under the lock, each step at its own instant. Only requests that an injection may strike go this way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .faults import Delay, Fault, Truncate
from .model.durations import to_nanoseconds
from .model.injection_arguments import check_item
from .model.stages import STRUCK, Consultation, Pause, Race
from .model.waiting import Wait
from .rest.faulted import can_be_cut, strike

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from .model.injections import FaultFunction, Injection, Item
    from .model.journal import RecordedRequest
    from .model.stages import Stage
    from .model.world import World
    from .rest.reply import Reply


class _Choice(NamedTuple):
    """What is to strike, and by which injection."""

    injection: Injection
    fault: Fault


class _StruckError(Exception):
    """A fault with `at` strikes while the request waits."""

    def __init__(self, choice: _Choice) -> None:
        super().__init__()
        self.choice = choice


class Passage:
    """One request on its way; `act` lets it have its effect, and `candidates` are the injections whose turn it is."""

    def __init__(
        self,
        world: World,
        request: RecordedRequest,
        candidates: Sequence[Injection],
        act: Callable[[], Reply | Wait],
    ) -> None:
        self._world, self._request, self._act = world, request, act
        self._received = world.timeline.now
        self._alarms: list[Injection] = []  # those that strike a request that waits, at their instant
        self._later: list[tuple[Injection, Item]] = []  # what is to strike the answer, or to be called with it
        self._is_struck = False
        self._way = self._pass(candidates)

    def go_on(self, result: object = None) -> Stage | Reply:
        """Take the next step: at first with nothing, then with the result of what was waited for."""
        try:
            return self._way.send(result)
        except StopIteration as end:
            reply: Reply = end.value
            return reply

    def _pass(self, candidates: Sequence[Injection]) -> Generator[Stage, Any, Reply]:
        chosen = yield from self._choose(candidates)
        if chosen is not None and self._strikes_first(chosen):
            answer = yield from self._pass_struck(chosen)
        else:
            self._later += [] if chosen is None else [chosen]
            answer = yield from self._pass_with_effect()
        for injection, _ in self._later:  # a request is struck once: these are for the next
            injection.give_back()
        return answer

    def _pass_struck(self, choice: _Choice) -> Generator[Stage, Any, Reply]:
        """Go on as a request that is struck before its effect; a delay lets it have that, later."""
        injection, fault = choice
        if isinstance(fault, Delay):
            yield self._pause(injection, fault)
            return (yield from self._pass_with_effect())
        self._request.effect = "skipped"
        return self._strike(choice, None)

    def _pass_with_effect(self) -> Generator[Stage, Any, Reply]:
        try:
            answer = self._act()
            if isinstance(answer, Wait):
                answer = yield from self._unless_struck(answer)
            elif self._is_overdue():
                yield from self._unless_struck(Pause(0))
            while self._later and not self._is_struck:
                answer = yield from self._strike_answer(*self._later.pop(0), answer)
        except _StruckError as struck:
            return self._strike(struck.choice, None)
        return answer

    # --- before the effect ------------------------------------------------------------------------------------

    def _choose(self, candidates: Sequence[Injection]) -> Generator[Stage, Any, _Choice | None]:
        """Return the first fault whose turn it is; functions on the way are called, or kept for the answer."""
        for injection in candidates:
            effect = injection.effect_of(injection.next_item)
            if injection.at is not None and effect == "applied":
                self._alarms.append(injection)
                continue
            item = injection.take()
            if item is None:
                return None
            if injection.at is not None:
                self._request.effect = "skipped"  # until then at least
                yield self._until(injection.at)
                self._request.effect = None
            if isinstance(item, Fault):
                return _Choice(injection, item)
            if effect == "applied":
                self._later.append((injection, item))
            elif (fault := (yield from self._consult(injection, item))) is not None:
                return _Choice(injection, fault)
        return None

    def _strikes_first(self, choice: _Choice) -> bool:
        """Say whether a fault strikes before the effect."""
        injection, fault = choice
        happens_to_answer = fault.needs_answer and not isinstance(fault, Delay)
        return injection.effect_of(fault) == "skipped" and not happens_to_answer

    # --- with the answer --------------------------------------------------------------------------------------

    def _unless_struck(self, stage: Stage) -> Generator[Stage, Any, Any]:
        """Wait for what a stage announces, unless a fault with `at` strikes before."""
        for injection in sorted(self._alarms, key=lambda alarm: alarm.at or 0):
            if self._received + (injection.at or 0) > self._world.timeline.now:
                result = yield Race(stage, self._until(injection.at or 0))
                if result is not STRUCK:
                    return result
            self._alarms.remove(injection)
            if injection.has_turns and (item := injection.take()) is not None:
                if not isinstance(item, Fault):
                    item = yield from self._consult(injection, item, has_answer=False)
                if item is not None:
                    raise _StruckError(_Choice(injection, item))
        return (yield stage)

    def _is_overdue(self) -> bool:
        """Say whether a delay before the effect has taken longer than a fault with `at` lets it."""
        elapsed = self._world.timeline.now - self._received
        return any((alarm.at or 0) < elapsed for alarm in self._alarms)

    def _until(self, at: int) -> Pause:
        """Return the while until the request has been there for so long."""
        return Pause(max(self._received + at - self._world.timeline.now, 0))

    def _strike_answer(self, injection: Injection, item: Item, answer: Reply) -> Generator[Stage, Any, Reply]:
        fault = item if isinstance(item, Fault) else (yield from self._consult(injection, item))
        if fault is None:
            return answer
        if isinstance(fault, Delay):
            yield from self._unless_struck(self._pause(injection, fault))
            return answer
        return self._strike(_Choice(injection, fault), answer)

    # --- striking ---------------------------------------------------------------------------------------------

    def _pause(self, injection: Injection, delay: Delay) -> Pause:
        """Return the while that a delay lasts."""
        injection.hits += 1
        self._request.fault = delay
        return Pause(to_nanoseconds(delay.duration))

    def _strike(self, choice: _Choice, answer: Reply | None) -> Reply:
        """Let a fault strike, now."""
        injection, fault = choice
        if answer is not None and isinstance(fault, Truncate) and not can_be_cut(fault, self._request, answer):
            injection.misses.append(
                f"the answer to {self._request!r} has a body of {len(answer.body)} bytes on the wire"
            )
            return answer
        injection.hits += 1
        self._is_struck = True
        self._request.fault = fault
        if not fault.needs_answer:
            self._request.reads = ()  # what the client gets instead shows it no job
        return strike(fault, self._request, self._world, answer)

    def _consult(
        self, injection: Injection, function: FaultFunction, *, has_answer: bool = True
    ) -> Generator[Stage, Any, Fault | None]:
        """Call a function of the user's, and return the fault that it wants.

        The call is a hit, also if nobody waits for the answer any longer when it returns. A fault that it wants is one
        in its place, once it strikes.
        """
        injection.hits += 1
        result = yield Consultation(function, self._request)
        if result is None:
            return None
        wrong = _what_is_wrong_with(result, has_answer=has_answer)
        if not wrong:
            injection.hits -= 1
            fault: Fault = result
            return fault
        name = getattr(function, "__qualname__", None) or type(function).__name__
        self._world.findings.append(f"inject: the function {name} returned {result!r}{wrong}")
        return None


def _what_is_wrong_with(result: object, *, has_answer: bool) -> str:
    """Say what is wrong with what a function has returned; nothing for a fault that can strike."""
    try:
        is_fault = isinstance(check_item(result), Fault)
    except (TypeError, ValueError):
        is_fault = False
    if not is_fault:
        return "; it returns a fault or None"
    if isinstance(result, Fault) and result.needs_answer and not has_answer:
        return ", which happens to an answer, and with at= there is none yet"
    return ""
