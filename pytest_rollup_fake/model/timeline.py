"""Fake time, and what will happen by itself.

The rules of this file:

* An instant is an integer of nanoseconds since the cluster's start. It never goes back, except at `restart`.
* What will happen by itself is a `Pending`: an object that keeps its own instant in `due_at`. The heap only points at
  them; an entry that is not its object's newest, or whose object is not due then, is stale and is dropped. So the heap
  can be rebuilt from the objects at any time.
* `step` runs one pending after the other in the order (instant, rank, number), with time standing at its instant: an
  event sees the cluster of its own instant. Cost is per event, not per second.
* What comes again and again is a `Recurring`, in a heap of its own: as long as nothing else happens it need not come
  one by one, but may do at once all that is due before `quiet_until`.
* A call of the user's is not run here. `step` returns it, and whoever drives the timeline runs it without the lock.
"""

from __future__ import annotations

import heapq
import itertools
import reprlib
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given


class ClockMode(StrEnum):
    """How fake time passes; see `Clock.mode`."""

    SKIPPING = "skipping"
    RUNNING = "running"
    MANUAL = "manual"


def check_mode(mode: object) -> ClockMode:
    """Return a clock mode; raises `ValueError` naming the modes there are."""
    try:
        return ClockMode(mode)  # type: ignore[arg-type]
    except ValueError:
        message = f"unknown clock {mode!r}; the clocks are {', '.join(map(repr, map(str, ClockMode)))}"
        raise ValueError(message) from None


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


class Recurring:
    """Base class of a `Pending` that comes again and again, and that no other one is concerned with."""

    def plan(self) -> None:
        """Schedule what comes next, seen from now."""
        raise NotImplementedError


class Call:
    """A function of the user's that `call_later` was given."""

    rank = Rank.CLUSTER

    def __init__(self, function: Callable[..., object], args: tuple[Any, ...]) -> None:
        self.due_at: int | None = None
        self.is_reported = False
        self.function = function
        self.args = args
        self._text = _describe_call(function, args)  # now: later the user's `__repr__` would run under the lock

    def fire(self) -> None:
        """Call the function; whoever drives the timeline does it, without the lock."""
        self.function(*self.args)

    def finish(self) -> None:
        """Note that it was called, under the lock; whatever it raised is noted already."""

    def __str__(self) -> str:
        """Name the call as messages do: `remove_job('sensor')`."""
        return self._text


def _describe_call(function: Callable[..., object], args: tuple[Any, ...]) -> str:
    name = getattr(function, "__qualname__", None) or reprlib.repr(function)
    return f"{name}({', '.join(map(reprlib.repr, args))})"


_Entry = tuple[int, int, int, Pending]
_Heap = list[_Entry]


class Timeline:
    """Fake time and its heaps. `real` reads the real clock in nanoseconds."""

    def __init__(self, mode: ClockMode, real: Callable[[], int]) -> None:
        self.real = real
        self._heap: _Heap = []
        self._recurring: _Heap = []
        self._numbers = itertools.count()
        self._latest: dict[Pending, int] = {}  # the number of each one's newest entry
        self._earlier = 0  # what had passed before the last restart
        self._mode = mode
        self.on_skip: Callable[[int], None] | None = None  # is told of each skip, under the lock
        self.now = self._base = self._real_base = 0
        self.restart()
        self._earlier = 0

    def restart(self) -> None:
        """Start again at 0 without the user's calls; what else is still pending happens as much later as it would."""
        left = self._live(self._heap)
        recurring = self._live(self._recurring)
        before = self.present()
        self._heap.clear()
        self._recurring.clear()
        self._latest.clear()
        self.now = 0
        self._target = 0
        self._earlier += before
        self.skipped = 0
        self.skips: list[tuple[int, int]] = []  # from and to
        self._base = 0
        self._real_base = self.real()
        for pending in left:
            if isinstance(pending, Call):
                pending.due_at = None
            elif pending.due_at is not None:
                self.schedule(pending, max(pending.due_at - before, 0))
        for pending in recurring:
            if isinstance(pending, Recurring):
                pending.plan()

    @property
    def mode(self) -> ClockMode:
        """How time passes."""
        return self._mode

    @mode.setter
    def mode(self, mode: ClockMode) -> None:
        self._base = self.present()
        self._real_base = self.real()
        self._mode = mode

    def present(self) -> int:
        """Return the instant that it is by the mode, whether or not the events up to it have been run."""
        if self._mode is ClockMode.MANUAL:
            return max(self.now, self._base)
        return max(self.now, self._base + self.real() - self._real_base)

    def age(self) -> int:
        """Return how long time has been passing, restarts included: unlike an instant it never goes back."""
        return self._earlier + self.present()

    def skip(self, nanoseconds: int) -> int:
        """Let time jump ahead and return the new present; the events on the way have still to be run."""
        before = self.present()
        self._base += nanoseconds
        self.skipped += nanoseconds
        if self.on_skip is not None:
            self.on_skip(nanoseconds)
        if nanoseconds:
            self.skips.append((before, before + nanoseconds))
        return self.present()

    def skip_to(self, instant: int) -> None:
        """Let time jump to an instant, unless that is past."""
        ahead = instant - self.present()
        if ahead > 0:
            self.skip(ahead)

    def schedule(self, pending: Pending, instant: int) -> None:
        """Let something happen at an instant, and no longer at the one it was due at before."""
        pending.due_at = instant
        heap = self._recurring if isinstance(pending, Recurring) else self._heap
        number = self._latest[pending] = next(self._numbers)
        heapq.heappush(heap, (instant, pending.rank, number, pending))

    def next_instant(self, *, recurring: bool = True) -> int | None:
        """Return when something will happen by itself the next time; not counting what recurs, if so asked."""
        if not self._heap and not self._recurring:  # as before most requests
            return None
        once = self._next_of(self._heap)
        again = self._next_of(self._recurring) if recurring else None
        return again if once is None or (again is not None and again < once) else once

    def _next_of(self, heap: _Heap) -> int | None:
        """Return the instant of a heap's head, after dropping stale ones."""
        while heap and not self._is_live(heap[0]):
            self._pop(heap)
        return heap[0][0] if heap else None

    def _is_live(self, entry: _Entry) -> bool:
        """Say whether an entry is its object's newest, and that is still to happen."""
        instant, _, number, pending = entry
        return pending.due_at == instant and self._latest.get(pending) == number

    def _pop(self, heap: _Heap) -> Pending:
        """Take the head from a heap."""
        _, _, number, pending = heapq.heappop(heap)
        if self._latest.get(pending) == number:
            del self._latest[pending]
        return pending

    def quiet_until(self) -> int:
        """Return the instant before which, in the present move, nothing happens but what recurs."""
        once = self._next_of(self._heap)
        return self._target + 1 if once is None else min(once, self._target + 1)

    def step(self, target: int) -> Call | None:
        """Run all events up to `target`; stop and return the call when one of the user's falls due.

        Time stands at the event's instant while it runs, and at `target` afterwards.
        """
        self._target = target
        while (instant := self.next_instant()) is not None and instant <= target:
            pending = self._pop(self._next_heap())
            pending.due_at = None
            self.now = max(self.now, instant)
            if isinstance(pending, Call):
                return pending
            pending.fire()
        self.now = max(self.now, target)
        return None

    def _next_heap(self) -> _Heap:
        """Return the heap whose head comes first; at least one has a head, and it is live."""
        if not self._recurring or not self._heap:
            return self._heap or self._recurring
        return min(self._heap, self._recurring, key=lambda heap: heap[0][:3])

    def calls(self) -> list[Call]:
        """Return the user's calls that have not been made, in their order."""
        return [pending for pending in self._live(self._heap) if isinstance(pending, Call)]

    def _live(self, heap: _Heap) -> list[Pending]:
        """Return what is pending, in its order."""
        live = filter(self._is_live, heap)
        return [entry[3] for entry in sorted(live, key=lambda entry: entry[:3])]
