"""The list of facts is in order: its tests exist, its lines do, and the page is made of it.

That the tests show what they are named for is the business of `python -m tests.faithfulness`, which runs them.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING, Final

import pytest

from pytest_rollup_fake.model.versions import LINES, ROWS
from tests.faithfulness.evidence import Witness, unproved
from tests.faithfulness.facts import PAGE, ROOT, TOPICS, Fact, claimed, read_topics, render

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL: Final = read_topics()
FACTS: Final = [fact for topic in ALL for fact in topic.facts]
each_fact = pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.id)


@cache
def names_in(file: str) -> frozenset[str]:
    """Return the tests of a file, and the classes that have some, each as a node id goes on after the file's name."""
    path = ROOT / "tests" / file
    return frozenset(found_in(ast.parse(path.read_text(encoding="utf-8")).body)) if path.is_file() else frozenset()


def found_in(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    """Yield the names of tests and of classes of tests."""
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield prefix + node.name
            yield from found_in(node.body, f"{prefix}{node.name}::")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield prefix + node.name


class TestList:
    """What is written in `facts/`."""

    @each_fact
    def test_every_test_exists(self, fact: Fact) -> None:
        """Who renames one is told of the facts that name it."""
        assert fact.tests
        for test in fact.tests:
            file, _, name = test.partition("::")
            assert names_in(file), f"there is no {file}, or no test in it"
            assert not name or name in names_in(file), f"there is no {name} in {file}"

    @each_fact
    def test_is_told_in_whole_sentences_of_lines_that_there_are(self, fact: Fact) -> None:
        """And with a source."""
        assert fact.says.endswith((".", "`"))
        assert fact.source
        assert claimed(fact.lines) <= set(LINES)

    def test_every_file_is_a_topic(self) -> None:
        """One that is added is on the page."""
        assert {path.stem for path in (ROOT / "tests" / "faithfulness" / "facts").iterdir()} == set(TOPICS)

    def test_every_test_of_elasticsearchs_is_a_fact(self) -> None:
        """What its own tests assert was read in source, too."""
        folder = ROOT / "tests" / "elasticsearch"
        files = [f"elasticsearch/{path.name}" for path in folder.glob("test_*.py")]
        there = {f"{file}::{name}" for file in files for name in names_in(file)}
        assert there
        assert there - {test for fact in FACTS for test in fact.tests} == set()

    def test_the_page_is_made_of_it(self) -> None:
        """Run `python -m tests.faithfulness` after a change of the list."""
        assert PAGE.read_text(encoding="utf-8") == render(ALL)


class TestWhatIsNotCertain:
    """The table at the end of `docs/explanation/how-faithful.md`."""

    def test_has_every_row_of_the_data_that_says_so(self) -> None:
        """One that is read at last goes from it, and one that is added from memory is told."""
        page = (ROOT / "docs" / "explanation" / "how-faithful.md").read_text(encoding="utf-8")
        rows = re.findall(r"^\| `(\w+)` \| ([\d., ]+) \| ", page, re.MULTILINE)
        uncertain = {name for name, row in ROWS.items() if re.search(r"not read|from memory|inferred", row.source)}

        assert [name for name, _ in rows] == sorted(uncertain)
        assert {point for name, points in rows for point in points.split(", ") if not has_step(name, point)} == set()


def has_step(name: str, point: str) -> bool:
    """Say whether a row of the data changes in a version."""
    return point in {since for since, _ in ROWS[name].steps}


class TestLines:
    """How version lines are written."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("all", LINES),
            ("any", ()),
            ("6.6", ["6.6"]),
            ("9.4 and later", ["9.4", "9.5"]),
            ("up to 6.4", ["6.3", "6.4"]),
            ("7.16 to 8.0", ["7.16", "7.17", "8.0"]),
            ("6.3; 9.5 and later", ["6.3", "9.5"]),
            ("6.8, 7.17, 8.19", ["6.8", "7.17", "8.19"]),
        ],
    )
    def test_are_read(self, text: str, expected: list[str]) -> None:
        """As a reader of the page does."""
        assert claimed(text) == set(expected)

    @pytest.mark.parametrize("text", ["", "5.0", "6.6 or so", "since 6.6", "6.6.1"])
    def test_that_are_none_are_refused(self, text: str) -> None:
        """A misspelt one would claim nothing, and be met by anything."""
        with pytest.raises(ValueError, match=r"version lines|not in tuple|not in list"):
            claimed(text)


class TestEvidence:
    """What is reported of a fact whose tests do not show what it claims."""

    FACT = Fact("a.b", "It is so.", "Some.java", "7.16 and later", ("rest/test_a.py::TestB", "rest/test_c.py::test_d"))

    def test_is_there(self) -> None:
        """The tests together speak to all lines that are claimed; other lines do not matter."""
        seen = {
            "tests/rest/test_a.py::TestB::test_x[6.3]": {"6.3"},
            "tests/rest/test_a.py::TestB::test_x[new]": {line for line in LINES if line != "8.19"},
            "tests/rest/test_c.py::test_d[8.19]": {"8.19"},
        }
        assert unproved(self.FACT, seen) == []

    def test_lacks_a_line(self) -> None:
        """It is named, in the order of versions."""
        seen = {
            "tests/rest/test_a.py::TestB::test_x": set(LINES) - {"8.9", "8.10", "6.3"},
            "tests/rest/test_c.py::test_d": set[str](),
        }
        assert unproved(self.FACT, seen) == ["a.b: no test speaks to 8.9, 8.10"]

    def test_lacks_a_test(self) -> None:
        """A test that only begins like the one that is named is another."""
        seen = {"tests/rest/test_a.py::TestB::test_x": set(LINES), "tests/rest/test_c.py::test_dd": set(LINES)}
        assert unproved(self.FACT, seen) == ["a.b: rest/test_c.py::test_d did not run, or did not pass"]

    def test_is_what_answered(self, pytester: pytest.Pytester) -> None:
        """A witness sees which versions a test really speaks to, and of failed tests and those not named nothing."""
        pytester.mkdir("tests")
        (pytester.path / "tests" / "test_a.py").write_text(
            "import pytest\n"
            "from pytest_rollup_fake import RollupCluster\n"
            "from tests.calling import ask\n"
            "def test_two():\n"
            "    for version in ('6.8', '7.17.5'):\n"
            "        with RollupCluster(version) as cluster:\n"
            "            ask(cluster, 'GET', '/')\n"
            "@pytest.mark.parametrize('version', ['8.19', '9'])\n"
            "def test_below_requests(version): pass\n"
            "def test_fails():\n"
            "    with RollupCluster('9.5') as cluster:\n"
            "        ask(cluster, 'GET', '/')\n"
            "        assert False\n"
            "def test_other(): pass\n"
        )
        witness = Witness(["test_a.py::test_two", "test_a.py::test_below_requests", "test_a.py::test_fails"])
        result = pytester.inline_run("--import-mode=importlib", "-p", "no:randomly", plugins=[witness])

        result.assertoutcome(passed=3, failed=1)
        assert witness.seen == {
            "tests/test_a.py::test_two": {"6.8", "7.17"},
            "tests/test_a.py::test_below_requests[8.19]": {"8.19"},
            "tests/test_a.py::test_below_requests[9]": {"9.5"},
        }
