"""Which APIs each version line has, faked or not: the table `apis.txt`, read once when it is first needed.

The rows were taken from the official Python clients of each line, and from the routes that RestController knows and
clients do not list.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from .versions import LINES

_PLACE: Final = {line: place for place, line in enumerate(LINES)}


@dataclass(frozen=True, slots=True)
class Api:
    """A path with its methods, the first and the last line that has it (`-`: still there).

    `compatible_since` is the line from which only a request in the language of the previous major reaches it (`-`:
    none).
    """

    path: str
    methods: tuple[str, ...]
    since: str
    until: str
    compatible_since: str = "-"

    def is_in(self, line: str) -> bool:
        """Say whether a line has it."""
        return _PLACE[self.since] <= _PLACE[line] and (self.until == "-" or _PLACE[line] <= _PLACE[self.until])

    def is_compatible_only(self, line: str) -> bool:
        """Say whether a line has it for requests in the previous major's language only."""
        return self.compatible_since != "-" and _PLACE[line] >= _PLACE[self.compatible_since]


@cache
def all_apis() -> tuple[Api, ...]:
    """Return every row of the table."""
    text = resources.files("pytest_rollup_fake.model").joinpath("apis.txt").read_text(encoding="utf-8")
    rows = (line.split() for line in text.splitlines() if line and not line.startswith("#"))
    return tuple(Api(path, tuple(methods.split(",")), *lines) for path, methods, *lines in rows)
