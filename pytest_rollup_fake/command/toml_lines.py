"""Where in a TOML file something stands: what `tomllib` does not tell.

No grammar of our own: lines are handed to `tomllib` until they are a statement, which then says itself what it sets.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from typing import Any

Place = tuple[str | int, ...]


class Lines:
    """The numbers of the lines that set something, of a text that is TOML."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Place, int] = {}
        self._tables: Counter[Place] = Counter()
        self._table: Place = ()
        rows = text.splitlines()
        start = 0
        while start < len(rows):
            end = _end_of_statement(rows, start)
            self._note("\n".join(rows[start:end]), start + 1)
            start = end

    def of(self, place: Place) -> int:
        """Return the line that sets what is at a place, or the nearest thing around it; 1 if nothing is."""
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 1)

    def _note(self, statement: str, line: int) -> None:
        content = tomllib.loads(statement)
        if not content:
            return
        if statement.lstrip().startswith("["):
            self._table = self._enter(content)
            self._lines[self._table] = line
            for length in range(1, len(self._table)):  # a list of tables, too, is where its first one is
                self._lines.setdefault(self._table[:length], line)
        else:
            self._note_keys(self._table, content, line)

    def _enter(self, content: Any) -> Place:  # noqa: ANN401  (what tomllib returns)
        """Return the place of a table that a header begins: `[[jobs]]` the next of its list, `[jobs.config]` in it."""
        place: Place = ()
        while content:
            [(key, inner)] = content.items()
            place = (*place, key)
            if isinstance(inner, list):
                self._tables[place] += 1
                inner = inner[0]
            if self._tables[place]:
                place = (*place, self._tables[place] - 1)
            content = inner
        return place

    def _note_keys(self, table: Place, content: Any, line: int) -> None:  # noqa: ANN401  (what tomllib returns)
        items = (
            content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
        )
        for key, inner in items:
            self._lines.setdefault((*table, key), line)
            self._note_keys((*table, key), inner, line)


def _end_of_statement(rows: list[str], start: int) -> int:
    """Return the line after a statement: the first at which it is TOML, or the text's end."""
    for end in range(start + 1, len(rows)):
        try:
            tomllib.loads("\n".join(rows[start:end]))
        except tomllib.TOMLDecodeError:
            continue
        return end
    return len(rows)
