"""What a request may have to wait for besides a job: time that a fault takes, and a function of the user's.

A stage is a `model.waiting.Wait`, or one of these: it is begun with the timeline and with a function to announce its
result to, at the instant at which there is one; `end` takes it back.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final, Protocol

from .durations import format_duration
from .timeline import Call, Rank, Timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    Announce = Callable[[Any], None]


class Stage(Protocol):
    """What a request waits for."""

    def begin(self, timeline: Timeline, announce: Announce) -> None:
        """Begin to wait; `announce` is given the result, once."""

    def end(self) -> None:
        """Stop waiting."""

    def look_now(self) -> None:
        """Look whether the test's act has brought what it waits for."""

    def missing(self, now: int) -> str:
        """Say what is missing, for a request that has been parked too long."""


class Pause:
    """A while that passes; announces `None`."""

    rank = Rank.DELIVERY

    def __init__(self, length: int) -> None:
        self.due_at: int | None = None
        self._length = length
        self._until: int | None = None
        self._announce: Announce | None = None

    def begin(self, timeline: Timeline, announce: Announce) -> None:
        """Let the while begin, or go on where it has begun before."""
        self._announce = announce
        if self._until is None:
            self._until = timeline.now + self._length
        timeline.schedule(self, max(self._until, timeline.now))

    def fire(self) -> None:
        """Let it be over."""
        announce = self._announce
        self.end()
        if announce is not None:
            announce(None)

    def end(self) -> None:
        """Let it never be over."""
        self.due_at = None
        self._announce = None

    def look_now(self) -> None:
        """Do nothing: no act of the test ends it, only time."""

    def missing(self, now: int) -> str:
        """Say when it is over."""
        return f"its delay is over at {format_duration(self._until or 0)}, the clock stands at {format_duration(now)}"


STRUCK: Final = object()
"""What a race announces whose pause was over first."""


class Race:
    """A stage, and a pause that may be over before it."""

    def __init__(self, stage: Stage, pause: Pause) -> None:
        self._stage = stage
        self._pause = pause

    def begin(self, timeline: Timeline, announce: Announce) -> None:
        """Begin both."""

        def over(result: Any) -> None:  # noqa: ANN401  (what the stage announces)
            self.end()
            announce(result)

        self._pause.begin(timeline, lambda _: over(STRUCK))
        self._stage.begin(timeline, over)

    def end(self) -> None:
        """End both."""
        self._stage.end()
        self._pause.end()

    def look_now(self) -> None:
        """Let the stage look."""
        self._stage.look_now()

    def missing(self, now: int) -> str:
        """Say what the stage says."""
        return self._stage.missing(now)


class Consultation(Call):
    """A function of the user's that is asked about a request; announces what it returns, `None` if it raises."""

    rank = Rank.DELIVERY

    def __init__(self, function: Callable[..., object], argument: object) -> None:
        super().__init__(function, (argument,))
        self.is_reported = True  # it is no call that a test has asked for at an instant
        self._result: object = None
        self._announce: Announce | None = None

    def begin(self, timeline: Timeline, announce: Announce) -> None:
        """Let whoever drives the timeline call the function at this instant."""
        self._announce = announce
        timeline.schedule(self, timeline.now)

    def fire(self) -> None:
        """Call the function, without the lock."""
        self._result = self.function(*self.args)
        if inspect.iscoroutine(self._result):
            self._result.close()
            message = "it returned a coroutine; a function in the place of a fault is called, not awaited"
            raise TypeError(message)

    def finish(self) -> None:
        """Announce what came back, under the lock."""
        announce = self._announce
        self.end()
        if announce is not None:
            announce(self._result)

    def end(self) -> None:
        """Ask no more; a function that is being called is called to its end."""
        self.due_at = None
        self._announce = None

    def look_now(self) -> None:
        """Do nothing: the driver calls it."""

    def missing(self, now: int) -> str:
        """Say that the function has not returned."""
        return f"{self} has not returned, the clock stands at {format_duration(now)}"

    def __str__(self) -> str:
        """Name the function."""
        return f"the function {getattr(self.function, '__qualname__', None) or type(self.function).__name__}"
