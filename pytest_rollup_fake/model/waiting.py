"""Waiting for a job to stop, as Elasticsearch waits: by looking again and again.

The loop of Elasticsearch (`awaitBusy`, in TransportStopRollupAction) looks at 0, 1, 3, 7 ... 1023 ms and then every
second, as long as the next look would come before the timeout, and once more at the timeout. A timeout may be
thousands of years, so looks are never counted out: `Looks` answers in closed form when the next one is, and a wait
has one pending look only, the last; a change of the job's state brings the next one forward.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .durations import MILLISECOND, format_duration
from .timeline import Rank, Timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from .jobs import Task

_DOUBLING = tuple(2**n - 1 for n in range(11))  # 0, 1, 3 ... 1023 ms: the steps double until they reach a second
_STEADY = 1000


class Looks:
    """When a wait looks at the job: `started` is its instant, `timeout` whole milliseconds (0 or less: one look)."""

    def __init__(self, started: int, timeout: int) -> None:
        self.started = started
        self.timeout = max(timeout, 0)
        self.deadline = started + self.timeout * MILLISECOND

    def at_or_after(self, instant: int) -> int:
        """Return the instant of the first look that is not before `instant`; the last one for any later instant."""
        elapsed = -(-(instant - self.started) // MILLISECOND)
        look, step = _look_at_or_after(max(elapsed, 0))
        if look + step < self.timeout:
            return self.started + look * MILLISECOND
        return self.deadline


def _look_at_or_after(elapsed: int) -> tuple[int, int]:
    """Return the first look of an endless wait that is not before `elapsed`, and the step after it, in ms."""
    for look in _DOUBLING:
        if look >= elapsed:
            return look, min(look + 1, _STEADY)
    steady = -(-(elapsed - _DOUBLING[-1]) // _STEADY)
    return _DOUBLING[-1] + steady * _STEADY, _STEADY


class Wait:
    """A request that waits for a task; `look(last)` returns the answer, or `None` to go on waiting.

    It holds the task, not the job's id: a job of the same name that comes later is another one.
    """

    rank = Rank.LOOK

    def __init__(self, task: Task, looks: Looks, look: Callable[[bool], Any]) -> None:
        self.task = task
        self.looks = looks
        self.due_at: int | None = None
        self._look = look
        self._looked_at = -1
        self._timeline: Timeline | None = None
        self._announce: Callable[[Any], None] | None = None

    def begin(self, timeline: Timeline, announce: Callable[[Any], None]) -> None:
        """Look for the first time, once the events of this instant are over; `announce` is given the answer."""
        self._timeline = timeline
        self._announce = announce
        self.task.waits.append(self)
        timeline.schedule(self, self.looks.at_or_after(timeline.now))

    def end(self) -> None:
        """Stop waiting: there is an answer, or nobody to give it to."""
        self.due_at = None
        self._announce = None
        if self in self.task.waits:
            self.task.waits.remove(self)

    def task_changed(self) -> None:
        """Bring the next look forward, since there is something new to see."""
        if self._timeline is not None and self.due_at is not None:
            look = self.looks.at_or_after(max(self._timeline.now, self._looked_at + 1))
            if look < self.due_at:
                self._timeline.schedule(self, look)

    def fire(self) -> None:
        """Look as the loop does: once more when nothing changes, at the timeout."""
        self.look_now()
        if self._timeline is not None and self._announce is not None:
            self._looked_at = self._timeline.now
            self._timeline.schedule(self, self.looks.deadline)

    def missing(self, now: int) -> str:
        """Say when it looks at the job again, for a request that has been parked too long."""
        return (
            f"the clock stands at {format_duration(now)}; it looks whether the job has stopped at "
            f"{format_duration(self.looks.at_or_after(now + 1))} next, and times out at "
            f"{format_duration(self.looks.deadline)}"
        )

    def look_now(self) -> None:
        """Look at the task at this instant, whether or not the loop would."""
        if self._timeline is None or self._announce is None:
            return
        answer = self._look(self._timeline.now >= self.looks.deadline)
        if answer is not None:
            announce = self._announce
            self.end()
            announce(answer)
