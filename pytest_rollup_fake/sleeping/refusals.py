"""Where fake time cannot work, and why. What is refused raises `RuntimeError`."""

from __future__ import annotations

import asyncio
import time
from asyncio.selector_events import BaseSelectorEventLoop
from types import BuiltinFunctionType
from typing import Final, NoReturn

from .functions import FUNCTIONS, Functions

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given

# Private names of asyncio: what tells a sleep from other timers, and what its loops have.
_PRIVATE: Final = (
    (asyncio.futures, "_set_result_unless_cancelled"),
    (asyncio.TimerHandle, "_when"),
    (asyncio.TimerHandle, "_callback"),
    (asyncio.TimerHandle, "_cancelled"),
)
_SET_BY_LOOPS: Final = ((asyncio.BaseEventLoop, "_scheduled"), (BaseSelectorEventLoop, "_selector"))


def refuse_what_cannot_work() -> None:
    """Refuse functions of `time` that somebody has replaced, an asyncio that is not as known, and other event loops."""
    for name in FUNCTIONS:
        _refuse_replaced(name, getattr(time, name))
    for owner, name in _PRIVATE:
        if not hasattr(owner, name):
            _refuse_asyncio(f"{owner.__name__}.{name}")
    for kind, name in _SET_BY_LOOPS:
        if name not in kind.__init__.__code__.co_names:
            _refuse_asyncio(f"{kind.__name__}.{name}")
    policy = asyncio.events._event_loop_policy  # type: ignore[attr-defined]  # noqa: SLF001  (asking would make one)
    if policy is not None and _is_of(policy, "uvloop"):
        _refuse_loop(policy)
    if (loop := asyncio._get_running_loop()) is not None:  # noqa: SLF001  (the public one raises)
        refuse_unknown_loop(loop)


def refuse_unknown_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Refuse an event loop whose timers cannot be seen."""
    if not isinstance(loop, asyncio.BaseEventLoop) or not hasattr(loop, "_selector"):
        _refuse_loop(loop)


def _refuse_replaced(name: str, found: object) -> None:
    if isinstance(found, BuiltinFunctionType):
        return
    if isinstance(getattr(found, "__self__", None), Functions):
        message = (
            "skipping_sleep() inside skipping_sleep(): one at a time, for one clock. Let clusters share a clock: "
            "RollupCluster(clock=other.clock)"
        )
    elif _is_of(found, "freezegun"):
        message = (
            "skipping_sleep() inside freezegun, which has replaced the functions of time already: freeze inside the "
            "block, or use time-machine, which goes with it"
        )
    else:
        message = f"skipping_sleep() needs Python's own time.{name}, but somebody has replaced it by {found!r}"
    raise RuntimeError(message)


def _is_of(thing: object, package: str) -> bool:
    module = getattr(thing, "__module__", None) or type(thing).__module__
    return module.partition(".")[0] == package


def _refuse_loop(found: object) -> NoReturn:
    kind = f"{type(found).__module__}.{type(found).__qualname__}"
    message = (
        f"skipping_sleep() cannot see the timers of {kind}, only those of asyncio's own event loops: run the tests "
        "that use it with asyncio's, and let uvloop be for production"
    )
    raise RuntimeError(message)


def _refuse_asyncio(name: str) -> NoReturn:
    message = (
        f"skipping_sleep() needs asyncio's {name}, which this Python does not have; it was tried with Python 3.11 to "
        "3.13. Use rollup_cluster.clock.advance(...) instead, and report it"
    )
    raise RuntimeError(message)
