"""The event loops that run code under test: asyncio's own, which wait as their clock says.

The rules of this file:

* A loop that still has something to do is left alone. So its sleeps, timeouts and answers happen in their right order.
* One that would block moves the clock to its next timer or to the cluster's next event, whichever comes first. It does
  so only if no request is under way, and a sleep is pending or a request is parked: else it waits for something that
  takes real time.
* A loop's time is that of the cluster. On a manual clock it stands still between two moves, and so is exact.
"""

from __future__ import annotations

import asyncio
import functools
import math
import selectors
import sys
from typing import TYPE_CHECKING, Any, Final

from pytest_rollup_fake.model.durations import SECOND
from pytest_rollup_fake.real import Real

from .refusals import refuse_unknown_loop

if TYPE_CHECKING:
    from collections.abc import Callable

    from .block import Block

    Select = Callable[[float | None], list[Any]]

__tracebackhide__ = True  # a test that fails in a sleep is shown where it sleeps

_BUSY: Final = 0.0005
_BUSY_BOUND: Final = 0.5
_BRAKE: Final = 0.001
_RESOLVING: Final = 0.005  # how long somebody else's thread, such as a resolver, may need to go on
_SLICE: Final = 0.005  # of a real wait; in between requests of other threads may have been parked
_MICROSECOND: Final = 1000  # finer than any timer, coarser than the error of a loop's time, which is a float


class Loops:
    """The loops of a block, and what of asyncio is replaced."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self._waiting: dict[asyncio.AbstractEventLoop, LoopWaiting] = {}
        self._replaced: list[tuple[type, str, object]] = []

    def replace(self) -> None:
        """Let loops wait in fake time from now on, the one that runs in this thread too."""
        loop = asyncio._get_running_loop()  # noqa: SLF001  (see `_select`)
        if loop is not None:
            self._of(loop)
        self._replace(_selector_class(), "select", self._select)
        self._replace(asyncio.Runner, "run", self._run)

    def put_back(self) -> None:
        """Let loops wait in real time again; their own time goes on from where it is."""
        for kind, name, real in reversed(self._replaced):
            setattr(kind, name, real)
        self._replaced.clear()
        for waiting in self._waiting.values():
            waiting.leave()
        self._waiting.clear()

    async def nap(self, seconds: float) -> None:
        """Let a task of the fake's wait in real time, in a loop of ours or another."""
        if self._block.is_for_this_thread():
            await self._of(asyncio.get_running_loop()).nap(seconds)
        else:
            await asyncio.sleep(seconds)

    def _replace(self, kind: type, name: str, make: Callable[[Any], Callable[..., Any]]) -> None:
        real = getattr(kind, name)
        self._replaced.append((kind, name, real))
        setattr(kind, name, functools.wraps(real)(make(real)))

    def _of(self, loop: asyncio.AbstractEventLoop) -> LoopWaiting:
        """Return how a loop waits; raises `RuntimeError` for one that cannot be made to."""
        if loop not in self._waiting:
            refuse_unknown_loop(loop)
            self._waiting[loop] = LoopWaiting(self._block, loop)
        return self._waiting[loop]

    def _select(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """Return what waits in the place of a selector, where the selector is that of a loop of ours."""

        def select(selector: Any, timeout: float | None = None) -> Any:  # noqa: ANN401  (each platform has its own)
            loop = asyncio._get_running_loop()  # noqa: SLF001  (the public one raises, in every wait of other selectors)
            if loop is None or getattr(loop, "_selector", None) is not selector or not self._block.is_for_this_thread():
                return real(selector, timeout)
            return self._of(loop).wait(functools.partial(real, selector), timeout)

        return select

    def _run(self, real: Callable[..., Any]) -> Callable[..., Any]:
        """Return what runs in the place of `asyncio.Runner.run`, for loops that never come to `select`."""

        def run(runner: asyncio.Runner, *args: Any, **keywords: Any) -> Any:  # noqa: ANN401  (asyncio's)
            if self._block.is_for_this_thread():
                coroutine = args[0] if args else None
                try:
                    refuse_unknown_loop(runner.get_loop())
                except RuntimeError:
                    if asyncio.iscoroutine(coroutine):
                        coroutine.close()  # or Python would warn that it was never awaited
                    raise
            return real(runner, *args, **keywords)

        return run


class LoopWaiting:
    """How one loop waits, and what its time is."""

    def __init__(self, block: Block, loop: asyncio.AbstractEventLoop) -> None:
        self._block = block
        self._driver = block.driver
        self._loop: Any = loop
        self._began = loop.time()
        self._age = self._driver.age()  # of the clock at that time
        self._reached = -math.inf
        self._naps: list[tuple[float, asyncio.Future[None]]] = []
        self._have_napped = False
        self._is_over = False
        vars(loop)["time"] = self.time

    def time(self) -> float:
        """Return the loop's time: the clock's, and not less than that of the timer it was moved to."""
        return max(self._reached, self._began + (self._driver.age() - self._age) / SECOND)

    def leave(self) -> None:
        """Let the loop's time run with the real one, from where it is: else its timers would be late."""
        if self._is_over:
            return
        self._is_over = True
        ahead = self.time() - Real.monotonic()
        vars(self._loop)["time"] = lambda: Real.monotonic() + ahead
        if not self._loop.is_closed():
            for _, future in self._naps:
                _wake(future)

    async def nap(self, seconds: float) -> None:
        """Let a task of the fake's wait in real time. The clock is moved only when it has looked since."""
        future = self._loop.create_future()
        self._naps.append((Real.monotonic() + seconds, future))
        await future

    # --- waiting ----------------------------------------------------------------------------------------------

    def wait(self, select: Select, timeout: float | None) -> list[Any]:
        """Wait as a selector does, in fake time: return what is ready, or nothing once a timer is due."""
        if self._is_over or (timeout is not None and timeout <= 0):
            return select(timeout)
        events = self._settle(select)
        if not events and self._naps and not self._have_napped:
            return self._nap(select)
        return events or self._wait_idle(select, timeout)

    def _wait_idle(self, select: Select, timeout: float | None) -> list[Any]:
        """Wait while the cluster has nothing to do: the clock is moved, if that is what the loop waits for."""
        timer, sleeps = self._timers()
        if not sleeps and not self._driver.has_parked():
            return self._nap(select) if self._naps else self._wait_really(select, timer, timeout)
        is_other = timer is not None and not _is_sleep(timer)
        events = (select(_RESOLVING) or self._settle(select)) if is_other else []
        if not events and self._block.wants_brake():
            events = select(_BRAKE)
        return events or self._move(select, timer)

    def _settle(self, select: Select) -> list[Any]:
        """Return what is ready once no request is under way: then whatever the cluster has answered is here.

        It may be under way because of this loop, which sends it in pieces and sleeps in between; hence the bound.
        """
        until = Real.monotonic() + _BUSY_BOUND
        while True:
            is_busy = self._driver.is_busy() and Real.monotonic() < until
            events = select(_BUSY if is_busy else 0)
            if events or not is_busy:
                return events

    def _timers(self) -> tuple[asyncio.TimerHandle | None, bool]:
        """Return the first timer, of two at one instant a sleep, and whether a sleep is among all."""
        timers = [timer for timer in self._loop._scheduled if not timer._cancelled and timer._when < math.inf]  # noqa: SLF001
        first = min(timers, key=lambda timer: (timer.when(), not _is_sleep(timer)), default=None)
        return first, any(map(_is_sleep, timers))

    def _move(self, select: Select, timer: asyncio.TimerHandle | None) -> list[Any]:
        """Move the clock to a timer, or to the next event of the cluster if that is sooner."""
        self._have_napped = False
        until_timer = None if timer is None else self._until(timer)
        instants = [instant for instant in (until_timer, self._driver.until_next_event()) if instant is not None]
        if not instants:  # what is parked waits for a function of the test's, which another thread calls
            return select(_SLICE)
        try:
            self._block.skip(min(instants))
        except BaseException:
            self.leave()  # what is left of the loop is its end
            raise
        if timer is not None and min(instants) == until_timer:
            self._reached = timer.when()
        return []

    def _until(self, timer: asyncio.TimerHandle) -> int:
        """Return the nanoseconds until a timer is due."""
        due = self._age + round((timer.when() - self._began) * 1e6) * _MICROSECOND
        return max(due - self._driver.age(), 0)

    def _wait_really(self, select: Select, timer: asyncio.TimerHandle | None, timeout: float | None) -> list[Any]:
        """Wait for something that takes real time, as long as no request is parked."""
        until = math.inf if timeout is None else Real.monotonic() + timeout
        while not self._driver.has_parked():
            left = max(until - Real.monotonic(), 0)
            if events := select(min(left, _SLICE)):
                return events
            if left <= _SLICE:
                if timer is not None and (behind := self._until(timer)):  # a manual clock has stood still meanwhile
                    self._driver.pass_by(behind)
                break
        return []

    def _nap(self, select: Select) -> list[Any]:
        """Wait in real time for the first of the fake's own tasks, and let those go on that are due."""
        due = min(instant for instant, _ in self._naps)
        events = select(max(due - Real.monotonic(), 0))
        now = Real.monotonic()
        for instant, future in self._naps:
            if instant <= now:
                _wake(future)
        self._naps = [(instant, future) for instant, future in self._naps if not future.done()]
        self._have_napped = not events
        return events


def _wake(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _is_sleep(timer: asyncio.TimerHandle) -> bool:
    """Say whether a timer is the end of an `asyncio.sleep`."""
    return timer._callback is asyncio.futures._set_result_unless_cancelled  # type: ignore[attr-defined]  # noqa: SLF001


def _selector_class() -> Any:  # noqa: ANN401  (each platform has its own)
    """Return the class of what loops wait with."""
    if sys.platform == "win32":
        return asyncio.IocpProactor
    return selectors.DefaultSelector
