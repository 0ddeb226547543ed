"""The functions of `time`, and the names under which modules have them."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Final

from pytest_rollup_fake.model.durations import SECOND
from pytest_rollup_fake.real import Real

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .block import Block

__tracebackhide__ = True  # a test that fails in a sleep is shown where it sleeps

# They measure and bound what really passes, by names of their own.
REAL_MODULES: Final = frozenset(
    {
        "_pytest",
        "concurrent",
        "execnet",
        "pluggy",
        "pytest_rollup_fake",
        "pytest_timeout",
        "queue",
        "selectors",
        "subprocess",
        "threading",
        "xdist",
    }
)


class Functions:
    """What stands in the place of the functions of `time`, for the code under test.

    Methods, so that a class which takes one as its attribute calls it as it calls Python's own: without itself.
    """

    def __init__(self, block: Block) -> None:
        self.block = block
        self._changes = [(getattr(Real, name), getattr(self, name)) for name in FUNCTIONS]
        self._known: set[str] = set()
        self._changed: set[str] = set()

    def replace(self) -> None:
        """Put them where modules have Python's own."""
        with suppress(ImportError):  # time-machine looks into the functions when it is loaded, and crashes for ours
            import_module("_time_machine")
        self._known = set(sys.modules)
        self._changed = _exchange(self._known, self._changes)

    def put_back(self) -> None:
        """Put Python's own back, also in modules that were imported meanwhile."""
        _exchange(self._changed | (sys.modules.keys() - self._known), [(ours, real) for real, ours in self._changes])

    def sleep(self, seconds: float, /) -> None:
        """`time.sleep`."""
        self.block.sleep(seconds)

    def time(self) -> float:
        """`time.time`."""
        return Real.time() + self.block.wall_ahead() / SECOND

    def time_ns(self) -> int:
        """`time.time_ns`."""
        return Real.time_ns() + self.block.wall_ahead()

    def monotonic(self) -> float:
        """`time.monotonic`."""
        return Real.monotonic() + self.block.ahead() / SECOND

    def monotonic_ns(self) -> int:
        """`time.monotonic_ns`."""
        return Real.monotonic_ns() + self.block.ahead()

    def perf_counter(self) -> float:
        """`time.perf_counter`."""
        return Real.perf_counter() + self.block.ahead() / SECOND

    def perf_counter_ns(self) -> int:
        """`time.perf_counter_ns`."""
        return Real.perf_counter_ns() + self.block.ahead()


FUNCTIONS: Final = ("sleep", "time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns")


def _exchange(modules: Iterable[str], changes: Iterable[tuple[object, object]]) -> set[str]:
    """Exchange objects under whatever names modules have them; return the modules that had one."""
    new = {id(before): after for before, after in changes}
    changed = set()
    for module in modules:
        names = getattr(sys.modules.get(module), "__dict__", None)
        if not isinstance(names, dict) or new.keys().isdisjoint(map(id, list(names.values()))):
            continue
        if module.partition(".")[0] not in REAL_MODULES:
            names.update({name: new[id(value)] for name, value in list(names.items()) if id(value) in new})
            changed.add(module)
    return changed
