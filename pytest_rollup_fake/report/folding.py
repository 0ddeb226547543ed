"""Runs of the same are one: `GET job sensor` 58 times, or a stop and a look at the job, again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

T = TypeVar("T")

_LONGEST: Final = 4
_LEAST: Final = 3


@dataclass(frozen=True, slots=True)
class Run(Generic[T]):
    """Items that came one after the other, as often as `times` says; `rounds` are all of them, each time's together."""

    rounds: tuple[tuple[T, ...], ...]

    @property
    def items(self) -> tuple[T, ...]:
        """Those of the first time."""
        return self.rounds[0]

    @property
    def times(self) -> int:
        """How often they came."""
        return len(self.rounds)


def fold(items: Sequence[T], same: Callable[[T], Hashable]) -> list[Run[T]]:
    """Return runs of up to four items that come at least three times; what does not repeat is a run of its own.

    Items repeat if `same` returns something equal for them. Cost is proportional to the number of items.
    """
    keys = [same(item) for item in items]
    runs: list[Run[T]] = []
    start = 0
    while start < len(items):
        period, times = _longest_at(keys, start)
        end = start + period * times
        runs.append(Run(tuple(tuple(items[at : at + period]) for at in range(start, end, period))))
        start = end
    return runs


def _longest_at(keys: Sequence[Hashable], start: int) -> tuple[int, int]:
    """Return period and number of the repetitions that begin at an index: those that cover most, of the shortest."""
    best = (1, 1)
    for period in range(1, _LONGEST + 1):
        times = _count(keys, start, period)
        if times >= _LEAST and period * times > best[0] * best[1]:
            best = (period, times)
    return best


def _count(keys: Sequence[Hashable], start: int, period: int) -> int:
    first = keys[start : start + period]
    times = 1
    while keys[start + period * times : start + period * (times + 1)] == first:
        times += 1
    return times
