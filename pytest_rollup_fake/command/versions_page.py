"""The page `docs/reference/versions.md`, made from the data that the fake runs on.

`python -m pytest_rollup_fake.command.versions_page > docs/reference/versions.md` writes it anew.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from pytest_rollup_fake.model.releases import RELEASES
from pytest_rollup_fake.model.versions import LINES, ROWS, parse_version, profile_of
from pytest_rollup_fake.rest.routes import routes_of

from .behaviours import BEHAVIOURS, change_in_words, in_words
from .versions import HEADINGS, difference_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_rollup_fake.model.versions import Row

_UPGRADES: Final = (("6.8", "7.17"), ("7.17", "8.19"), ("8.19", "9"))
_INTRODUCTION: Final = """\
# Versions

What differs between the versions of Elasticsearch that the fake knows, and where that was learned. This page is made
from the data that the fake runs on. `rollup-fake versions 7.17` prints the profile of a version, and
`rollup-fake versions diff 7.17 9` what changes from one to another, by comparing the data and by asking the fake the
same questions as both; any two versions will do, and subjects may follow.
"""


def page() -> str:
    """Return the text of the page."""
    rows = [_INTRODUCTION, "## Lines", ""]
    rows += _table(("line", "newest known release", "Lucene"))
    rows += [_cells(line, release.number, release.lucene) for line, release in RELEASES.items()]
    rows += ["", "## Endpoints", "", "What is faked, and the lines that have it.", ""]
    rows += _table(("endpoint", "request", "lines"))
    rows += [_cells(endpoint, f"{method} {path}", lines) for (endpoint, method, path), lines in _endpoints().items()]
    rows += ["", "## Behaviour", "", "The value from 6.3 on, and from each version that changed it."]
    for subject, phrases in BEHAVIOURS.items():
        rows += _subject(subject, phrases)
    for old, new in _UPGRADES:
        command = f"rollup-fake versions diff {old} {new}"
        rows += ["", f"## From {old} to {new}", "", "```console", f"$ {command}", difference_text(old, new) + "```"]
    return "\n".join(rows) + "\n"


def _endpoints() -> dict[tuple[str, str, str], str]:
    """Return for each request that is faked in which lines it is, and how its path is taken there."""
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for line in LINES:
        for method, route in routes_of(profile_of(parse_version(line))):
            if route.endpoint is not None:
                way = "deprecated" if route.replaced_by else ""
                if route.compatible_only:
                    way = "with compatible-with only"
                found.setdefault((route.endpoint, method, route.template), {}).setdefault(line, way)
    endpoints = list(dict.fromkeys(endpoint for endpoint, _, _ in found))
    requests = sorted(found, key=lambda request: endpoints.index(request[0]))
    return {request: _ranges(found[request]) for request in requests}


def _ranges(ways: Mapping[str, str]) -> str:
    """Return lines that follow each other and have the same way as one range."""
    ranges: list[tuple[str, str, str]] = []
    for line, way in ways.items():
        is_next = ranges and ranges[-1][2] == way and LINES.index(ranges[-1][1]) + 1 == LINES.index(line)
        first = ranges.pop()[0] if is_next else line
        ranges.append((first, line, way))
    return "; ".join(f"{_range(first, last)}{f' ({way})' if way else ''}" for first, last, way in ranges)


def _range(first: str, last: str) -> str:
    if last == LINES[-1]:
        return "all" if first == LINES[0] else f"{first} on"
    return first if first == last else f"{first} to {last}"


def _subject(subject: str, phrases: Mapping[str, str]) -> Iterator[str]:
    if phrases:
        yield from ("", f"### {HEADINGS.get(subject, subject).capitalize()}", "")
        yield from _table(("what", "since", "source"))
        yield from (_cells(phrase, _since(ROWS[name]), ROWS[name].source) for name, phrase in phrases.items())


def _since(row: Row) -> str:
    _, first = row.steps[0]
    changes = [f"{since}: {_change(old, new)}" for (_, old), (since, new) in pairwise(row.steps)]
    return "; ".join([in_words(first), *changes])


def _change(old: object, new: object) -> str:
    """Return the new value, or of a collection how it has changed."""
    return change_in_words(old, new).removeprefix(f"{in_words(old)} -> ")


def _table(names: tuple[str, ...]) -> tuple[str, str]:
    return _cells(*names), _cells(*("---" for _ in names))


def _cells(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|').replace('*', chr(92) + '*') for cell in cells)} |"


if __name__ == "__main__":
    sys.stdout.write(page())
