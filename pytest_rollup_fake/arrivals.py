"""Waiting for requests to arrive: what `wait_for_request` and its asynchronous twin wait for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from .model.durations import to_nanoseconds, to_seconds
from .model.journal import ENDPOINTS, OUTCOMES, RecordedRequest, Requests, check_endpoints, is_match

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .driver import Driver
    from .model.durations import Duration

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given


_MOST_NUMBERS: Final = 5


class Wanted:
    """The filters of one `wait_for_request`; `returned` is what the cluster's waits have returned, by filters."""

    def __init__(  # noqa: PLR0913, PLR0917  (the filters)
        self,
        driver: Driver,
        journal: Callable[[], Requests],
        returned: dict[tuple[Any, ...], set[int]],
        on: str | Sequence[str] | None,
        job: str | None,
        parked: bool | None,  # noqa: FBT001  (a filter)
        outcome: str | None,
        count: int,
    ) -> None:
        self._driver, self._journal, self._returned = driver, journal, returned
        self._on = on
        self._endpoints = tuple(on or ()) if on is None or isinstance(on, (list, tuple, set, frozenset)) else (on,)
        self._job, self._parked, self._outcome, self._count = job, parked, outcome, count
        check_endpoints(self._endpoints, ENDPOINTS)
        if outcome is not None and outcome not in OUTCOMES:
            message = f"unknown outcome {outcome!r}; the outcomes are {', '.join(OUTCOMES)}"
            raise ValueError(message)
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            message = f"count is a whole number of at least 1, not {count!r}"
            raise ValueError(message)
        mode = driver.timeline.mode
        if parked and mode != "manual":
            message = f"parked=True: a {mode} clock never parks a request; use clock='manual' (argument or marker)"
            raise ValueError(message)

    def take(self) -> RecordedRequest | list[RecordedRequest] | None:
        """Return what was asked for if it is there, and remember that it was returned."""
        requests = self._journal()
        with self._driver.lock:  # others may wait for the same
            returned = self._numbers_returned()
            found = [entry for entry in requests if entry.number not in returned and self._is_match(entry)]
            if len(found) < self._count:
                return None
            taken = found[: self._count]
            returned.update(entry.number for entry in taken)
        return taken[0] if self._count == 1 else taken

    def timed_out(self, timeout: Duration) -> TimeoutError:
        """Return the error that says what arrived instead, and which of it earlier waits have returned."""
        filters = {"on": self._on, "job": self._job, "parked": self._parked, "outcome": self._outcome}
        given = ", ".join(f"{name}={value!r}" for name, value in filters.items() if value is not None)
        length = timeout if isinstance(timeout, str) else f"{to_seconds(to_nanoseconds(timeout)):g} s"
        with self._driver.lock:
            numbers = sorted(self._numbers_returned())
        message = (
            f"waited {length} (real time) for {self._count} request(s) with "
            f"{given or 'no filter'}; what has arrived: {self._journal()!r}{_already_returned(numbers)}"
        )
        return TimeoutError(message)

    def _numbers_returned(self) -> set[int]:
        """Return the numbers of the requests that waits with these filters have returned; the lock is held."""
        return self._returned.setdefault((self._endpoints, self._job, self._parked, self._outcome), set())

    def _is_match(self, entry: RecordedRequest) -> bool:
        return (
            is_match(entry, self._endpoints, self._job)
            and (self._parked is None or entry.parked == self._parked)
            and (self._outcome is None or entry.outcome == self._outcome)
        )


def _already_returned(numbers: Sequence[int]) -> str:
    if not numbers:
        return ""
    last = [f"#{number}" for number in numbers[-_MOST_NUMBERS:]]
    listed = ", ".join(last if len(numbers) == len(last) else ["...", *last])
    return (
        f"; of these, waits with the same filters have returned {listed} already, and each is returned once: "
        "count=... waits for several"
    )


def is_in_event_loop() -> bool:
    """Say whether the caller runs in an event loop, which blocking would stop."""
    if "asyncio" not in sys.modules:  # who has not imported it runs no loop, and it is slow to import
        return False
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
