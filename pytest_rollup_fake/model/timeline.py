"""Fake time, and what will happen by itself.

The rules of this file:

* An instant is an integer of nanoseconds since the cluster's start. It never goes back, except at `restart`.
* What will happen by itself is a `Pending`: an object that keeps its own instant in `due_at`. The heap only points at
  them; an entry whose object has another instant by now is stale and is dropped. So the heap can be rebuilt from the
  objects at any time.
* `step` runs one pending after the other in the order (instant, rank, number), with time standing at its instant: an
  event sees the cluster of its own instant. Cost is per event, not per second.
* A call of the user's is not run here. `step` returns it, and whoever drives the timeline runs it without the lock.
"""

from __future__ import annotations

import heapq
import itertools
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class ClockMode(StrEnum):
    """How fake time passes; see `Clock.mode`."""

    SKIPPING = "skipping"
    RUNNING = "running"
    MANUAL = "manual"


class Rank(IntEnum):
    """Who comes first at one instant."""

    CLUSTER = 0
    DELIVERY = 1
    LOOK = 2


class Pending(Protocol):
    """Something that will happen by itself at `due_at` (`None`: no longer)."""

    due_at: int | None
    rank: Rank

    def fire(self) -> None:
        """Let it happen; `due_at` is `None` by then."""


class Call:
    """A function of the user's that `call_later` was given."""

    rank = Rank.CLUSTER

    def __init__(self, function: Callable[..., object], args: tuple[Any, ...]) -> None:
        self.due_at: int | None = None
        self.is_reported = False
        self.function = function
        self.args = args

    def fire(self) -> None:
        """Call the function; whoever drives the timeline does it, without the lock."""
        self.function(*self.args)

    def __str__(self) -> str:
        """Name the call as messages do: `remove_job('sensor')`."""
        name = getattr(self.function, "__qualname__", repr(self.function))
        return f"{name}({', '.join(map(repr, self.args))})"


class Timeline:
    """Fake time and its heap. `real` reads the real clock in nanoseconds."""

    def __init__(self, mode: ClockMode, real: Callable[[], int]) -> None:
        self._real = real
        self._heap: list[tuple[int, int, int, Pending]] = []
        self._numbers = itertools.count()
        self._mode = mode
        self.restart()

    def restart(self) -> None:
        """Start again at 0 with nothing pending."""
        self._heap.clear()
        self.now = 0
        self.skipped = 0
        self._base = 0
        self._real_base = self._real()

    @property
    def mode(self) -> ClockMode:
        """How time passes."""
        return self._mode

    @mode.setter
    def mode(self, mode: ClockMode) -> None:
        self._base = self.present()
        self._real_base = self._real()
        self._mode = mode

    def present(self) -> int:
        """Return the instant that it is by the mode, whether or not the events up to it have been run."""
        if self._mode is ClockMode.MANUAL:
            return max(self.now, self._base)
        return max(self.now, self._base + self._real() - self._real_base)

    def skip(self, nanoseconds: int) -> int:
        """Let time jump ahead and return the new present; the events on the way have still to be run."""
        self._base += nanoseconds
        self.skipped += nanoseconds
        return self.present()

    def skip_to(self, instant: int) -> None:
        """Let time jump to an instant, unless that is past."""
        ahead = instant - self.present()
        if ahead > 0:
            self.skip(ahead)

    def schedule(self, pending: Pending, instant: int) -> None:
        """Let something happen at an instant, and no longer at the one it was due at before."""
        pending.due_at = instant
        heapq.heappush(self._heap, (instant, pending.rank, next(self._numbers), pending))

    def next_instant(self) -> int | None:
        """Return when something will happen by itself the next time."""
        heap = self._heap
        while heap and heap[0][3].due_at != heap[0][0]:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def step(self, target: int) -> Call | None:
        """Run all events up to `target`; stop and return the call when one of the user's falls due.

        Time stands at the event's instant while it runs, and at `target` afterwards.
        """
        while (instant := self.next_instant()) is not None and instant <= target:
            pending = heapq.heappop(self._heap)[3]
            pending.due_at = None
            self.now = max(self.now, instant)
            if isinstance(pending, Call):
                return pending
            pending.fire()
        self.now = max(self.now, target)
        return None

    def calls(self) -> list[Call]:
        """Return the user's calls that have not been made, in their order."""
        live = (entry for entry in self._heap if entry[3].due_at == entry[0])
        return [entry[3] for entry in sorted(live, key=lambda entry: entry[:3]) if isinstance(entry[3], Call)]
