"""One `with clock.skipping_sleep():`, from entry to exit."""

from __future__ import annotations

import math
import sys
import threading
from typing import TYPE_CHECKING, Any, Final, Protocol, SupportsIndex

import pytest

from pytest_rollup_fake.model.durations import SECOND, format_duration
from pytest_rollup_fake.real import OwnThread, Real

from .functions import Functions
from .loops import Loops
from .refusals import refuse_what_cannot_work

if TYPE_CHECKING:
    from types import TracebackType

    from pytest_rollup_fake.model.timeline import Timeline

__tracebackhide__ = True  # a test that fails in a sleep is shown where it sleeps

_UNBRAKED: Final = 64  # skips without a request between them; then somebody waits for what is not ours
_BRAKE: Final = 0.001


class Driver(Protocol):
    """What a block asks of what drives its clock."""

    block: Block | None
    received: int
    timeline: Timeline

    def pass_by(self, nanoseconds: int) -> None:
        """Let time pass because the code under test waits, and hand out the answers that this decides."""

    def age(self) -> int:
        """Return how long the clock has been going, in nanoseconds; resets do not set it back."""

    def until_next_event(self) -> int | None:
        """Return the nanoseconds until something happens in the cluster by itself; `None` if nothing will."""

    def has_parked(self) -> bool:
        """Say whether a request is parked."""

    def is_busy(self) -> bool:
        """Say whether a request is under way."""

    def fail_later(self, finding: str) -> None:
        """Let the test fail when it is over."""


class Block:
    """Fake time for the code under test, while it is entered.

    `limit` is how many nanoseconds its sleeps may skip together.
    """

    def __init__(self, driver: Driver, limit: int) -> None:
        self.driver = driver
        self.loops = Loops(self)
        self._functions = Functions(self)
        self._limit = limit
        self._shift = 0  # how far the clock has been moved
        self._slept = 0  # what of it the code under test has slept
        self._is_on = False
        self._skips = 0
        self._received = 0
        self._moved_travellers: list[tuple[Any, float]] = []

    def __enter__(self) -> None:
        """Put fake time in place; raises `RuntimeError` with the reason where that cannot work."""
        refuse_what_cannot_work()
        self._owner = threading.get_ident()
        self._older = set(threading.enumerate())
        # Threads that `threading` did not start: to ask it for them would leave an object of each behind.
        self._foreign = sys._current_frames().keys() - {thread.ident for thread in self._older}  # noqa: SLF001
        self._is_on = True
        self._functions.replace()
        self.loops.replace()
        self.driver.block, self.driver.timeline.on_skip = self, self.moved

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put everything back."""
        self.driver.block = self.driver.timeline.on_skip = None
        self.loops.put_back()
        self._functions.put_back()
        self._is_on = False
        for traveller, seconds in self._moved_travellers:
            traveller.shift(-seconds)

    # --- whose time -------------------------------------------------------------------------------------------

    def is_for_this_thread(self) -> bool:
        """Say whether the caller is code under test: of the thread that entered, or of one started since."""
        if not self._is_on:
            return False
        ident = threading.get_ident()
        if ident == self._owner:
            return True
        if ident in self._foreign:
            return False
        thread = threading.current_thread()
        return thread not in self._older and not isinstance(thread, OwnThread)

    def ahead(self) -> int:
        """Return how many nanoseconds the clocks of the calling thread are ahead of the real ones."""
        return self._shift if self.is_for_this_thread() else 0

    def wall_ahead(self) -> int:
        """Return as `ahead` does, for the time of day: where time-machine travels, that is ahead by itself."""
        return 0 if _travellers() else self.ahead()

    # --- moving -----------------------------------------------------------------------------------------------

    def moved(self, nanoseconds: int) -> None:
        """Follow the clock, which was moved: by a sleep, by a request that waited, or by the test."""
        self._shift += nanoseconds
        if travellers := _travellers():
            seconds = nanoseconds / SECOND
            travellers[-1].shift(seconds)
            self._moved_travellers.append((travellers[-1], seconds))

    def sleep(self, seconds: float) -> None:
        """Let the clock pass by what the code under test would sleep, in the place of `time.sleep`.

        Nothing to sleep, for ever, or no number at all is left to the real one.
        """
        duration = float(seconds) if isinstance(seconds, float | SupportsIndex) else math.nan
        if not self.is_for_this_thread() or not 0 < duration < math.inf:
            Real.sleep(seconds)
            return
        if self.wants_brake():
            Real.sleep(_BRAKE)
        self.skip(max(round(duration * SECOND), 1))

    def wants_brake(self) -> bool:
        """Say whether to wait a moment before a skip: many brought no request, so others may be what is waited for."""
        if self.driver.received != self._received:
            self._received = self.driver.received
            self._skips = 0
        self._skips += 1
        return self._skips > _UNBRAKED

    def skip(self, nanoseconds: int) -> None:
        """Let the clock pass by something; fails the test where the limit is reached."""
        if self._slept + nanoseconds > self._limit:
            self._fail(nanoseconds)
        self._slept += nanoseconds
        self.driver.pass_by(nanoseconds)

    def _fail(self, nanoseconds: int) -> None:
        text = (
            f"skipping_sleep: the code under test would have slept {format_duration(self._slept + nanoseconds)}, more "
            f"than the limit of {format_duration(self._limit)}. Perhaps its deadline is on a clock that does not "
            "follow (datetime.now() without time-machine, a clock as default argument), or it waits for what takes "
            "real time. skipping_sleep(limit=...) sets another limit"
        )
        if threading.get_ident() != self._owner:
            self.driver.fail_later(text)  # what is raised here fails this thread only
        pytest.fail(text)


def _travellers() -> list[Any]:
    """Return the travels of time-machine that are under way, the innermost last."""
    machine = sys.modules.get("time_machine")
    found: list[Any] = getattr(machine, "traveller_stack", None) or getattr(machine, "coordinates_stack", [])
    return found
