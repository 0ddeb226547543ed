"""The cluster's time as tests see it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from .driver import Driver
from .model.durations import Duration, format_duration, to_nanoseconds, to_seconds
from .model.timeline import Call, check_mode

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from .model.journal import RecordedRequest

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given


class Clock:
    """Fake time of a cluster: `now()`, `mode`, `skipped`, `advance(...)`, `call_later(...)` and `skipping_sleep()`.

    `mode` is `"skipping"`, `"running"` or `"manual"`; raises `ValueError` for another one. What makes time pass is its
    `driver`, which is not for tests.
    """

    __slots__ = ("__weakref__", "driver")  # an attribute that is misspelt cannot be set

    def __init__(self, mode: str = "skipping") -> None:
        self.driver = Driver(check_mode(mode))

    def __repr__(self) -> str:
        """Show the mode and the time."""
        timeline = self.driver.timeline
        return f"<clock {timeline.mode} at {format_duration(timeline.now)}>"

    def now(self) -> float:
        """Return the fake time in seconds since the cluster's start."""
        with self.driver.reading():
            return to_seconds(self.driver.timeline.now)

    @property
    def skipped(self) -> float:
        """How much of the fake time has never really passed, in seconds."""
        with self.driver.reading():
            return to_seconds(self.driver.timeline.skipped)

    @property
    def mode(self) -> str:
        """How time passes: `"skipping"`, `"running"` or `"manual"`.

        Requests that wait go on by a new mode. Raises `ValueError` for a mode that does not exist, and `RuntimeError`
        when set inside a call that the clock itself makes.
        """
        return self.driver.timeline.mode

    @mode.setter
    def mode(self, mode: str) -> None:
        self.driver.set_mode(check_mode(mode))

    def call_later(self, delay: Duration, function: Callable[..., object], *args: Any) -> None:  # noqa: ANN401
        """Call `function(*args)` once `delay` of fake time has passed.

        The call is made without the lock, with time standing at its instant, by whichever thread finds it due; skips
        honour it. Nothing wakes up for it: on a running clock it is made once a request arrives or the test looks. An
        exception in it fails the test, and so does a call that was still to come at the test's end.
        Raises what a bad duration raises, and `TypeError` for a function that cannot be called.
        """
        nanoseconds = to_nanoseconds(delay, name="the delay of call_later")
        if not callable(function) or inspect.iscoroutinefunction(function):
            message = f"call_later takes a function (no coroutine) and its arguments, not {function!r}"
            raise TypeError(message)
        with self.driver.acting():
            timeline = self.driver.timeline
            timeline.schedule(Call(function, args), timeline.now + nanoseconds)

    def advance(self, duration: Duration) -> list[RecordedRequest]:
        """Let fake time pass and return the requests that this has answered, in the order of their instants.

        Requests that are under way at the sockets are received first. Each request that was released has come to rest
        when this returns: its answer was handed to the kernel, or nobody was there to take it. Raises `ValueError` for
        a negative duration and `RuntimeError` inside a call that the clock itself makes.
        """
        return self.driver.advance(to_nanoseconds(duration, name="the duration of advance"), "advance()")

    def skipping_sleep(self, limit: Duration = "2h") -> AbstractContextManager[None]:
        """Let the code under test skip its sleeps while the block lasts, and see on its own clocks what was skipped.

        That code is this thread and those started inside. `time.sleep` moves this clock instead of sleeping, and
        `time.time`, `time.monotonic`, `time.perf_counter` and their `_ns` forms are ahead by all that this clock skips,
        also where a module has them by `from time import`. An asyncio loop that would block moves the clock to its next
        timer, or the cluster's next event, if a sleep is pending or a request is parked. What does not follow:
        `Event.wait`, queues, sockets, default arguments, and `datetime.now()` unless time-machine travels.

        More than `limit` slept in one block fails the test, with `pytest.fail.Exception` (a `BaseException`). Raises
        `ValueError` for a limit that is not positive, and `RuntimeError` with the reason inside another block or
        freezegun, for uvloop, and for an asyncio whose private names are not as known.
        """
        nanoseconds = to_nanoseconds(limit, name="the limit of skipping_sleep")
        if nanoseconds == 0:
            message = "the limit of skipping_sleep is more than 0, which would let nothing be skipped"
            raise ValueError(message)
        from .sleeping import Block

        return Block(self.driver, nanoseconds)

    @property
    def parked_timeout(self) -> float:
        """Real seconds after which a parked request is given up, set as any duration; 0 = never.

        A new bound is for those parked too. Raises what a bad duration raises.
        """
        return self.driver.parked_timeout

    @parked_timeout.setter
    def parked_timeout(self, bound: Duration) -> None:
        self.driver.parked_timeout = to_seconds(to_nanoseconds(bound, name="parked_timeout (0: no bound)"))
