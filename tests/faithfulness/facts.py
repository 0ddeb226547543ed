"""The list of facts, and the page that is made of it.

`facts/` has a file of TOML for each topic, with a table for each fact: what Elasticsearch does (`says`), how that is
known (`source`), for which version lines it is asserted (`lines`), and by which tests (`tests`, from `tests/` on: a
test, a class or a file). `python -m tests.faithfulness` runs these tests and checks that they spoke to the lines that
are claimed.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "faithfulness.md"
TOPICS: Final = (
    *("stop", "jobs", "get", "put", "caps-and-search", "paths", "order", "parameters", "bodies", "errors", "headers"),
    *("security", "failures", "around", "indices", "http", "clients"),
)
ANY: Final = "any"
HEAD: Final = """\
# What is asserted, and by which test

What Elasticsearch does, as far as this fake does it too: each fact with its source, the version lines for which it is
asserted, and the tests that assert it. *Any* stands for code that does the same for every version and is tested once.
[How faithful the fake is](explanation/how-faithful.md) says what to make of it.

This page is made from `tests/faithfulness/facts` by `python -m tests.faithfulness`. That command runs every test that
is named here. It fails if one fails, or if the tests of a fact do not speak to a cluster of each version line that the
fact claims. `tests/faithfulness/test_facts.py` checks that the page is what the list says, and that the tests exist.
"""


@dataclass(frozen=True)
class Fact:
    """A thing that Elasticsearch does, and the tests that hold the fake to it."""

    id: str
    says: str
    source: str
    lines: str
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Topic:
    """The facts of a file."""

    title: str
    facts: tuple[Fact, ...]


def read_topic(name: str) -> Topic:
    """Read a file of facts; a key that is too many or too few is a `TypeError`."""
    table = tomllib.loads((Path(__file__).parent / "facts" / f"{name}.toml").read_text(encoding="utf-8"))
    title = table.pop("title")
    facts = (
        Fact(id=f"{group}.{about}", **{**row, "tests": tuple(row["tests"])})
        for group, rows in table.items()
        for about, row in rows.items()
    )
    return Topic(title, tuple(facts))


def read_topics() -> list[Topic]:
    """Read all facts, in the order of the page."""
    return [read_topic(name) for name in TOPICS]


def claimed(text: str) -> frozenset[str]:
    """Return the version lines that a text means; raises `ValueError` for one that is no line.

    `any` is none in particular, `all` is all, `6.6 and later`, `up to 7.17` and `6.6 to 7.17` are those between; commas
    and semicolons join.
    """
    if text == ANY:
        return frozenset()
    if text == "all":
        return frozenset(_between("6.3 and later"))
    return frozenset(line for part in text.replace(";", ",").split(",") for line in _between(part.strip()))


def _between(text: str) -> list[str]:
    from tests.support import lines  # here, since pytest wants to import the package itself: see evidence.run

    match text.split(" "):
        case [line, "and", "later"]:
            return lines(line)
        case ["up", "to", line]:
            return lines(until=line)
        case [since, "to", until]:
            return lines(since, until)
        case [line]:
            return lines(line, line)
    message = f"{text!r} are no version lines; write 'all', 'any', '6.6', '6.6 and later', 'up to 6.6' or '6.6 to 7.17'"
    raise ValueError(message)


def render(topics: list[Topic]) -> str:
    """Return the page."""
    return HEAD + "".join(_render(topic) for topic in topics)


def _render(topic: Topic) -> str:
    rows = "".join(f"| {' | '.join(map(_cell, _cells(fact)))} |\n" for fact in topic.facts)
    return f"\n## {topic.title}\n\n| Elasticsearch | versions | source | tests |\n|---|---|---|---|\n{rows}"


def _cells(fact: Fact) -> tuple[str, str, str, str]:
    return fact.says, fact.lines, fact.source, "<br>".join(f"`{test}`" for test in fact.tests)


def _cell(text: str) -> str:
    """Escape what would end a cell of a table."""
    return text.replace("|", "\\|")
