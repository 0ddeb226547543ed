"""The pages below `docs/` say what is there: tables and pictures against what they are about."""

from __future__ import annotations

import ast
import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_rollup_fake import plugin
from pytest_rollup_fake.model.journal import ENDPOINTS
from pytest_rollup_fake.model.versions import LINES
from pytest_rollup_fake.settings import MARKER_KEYWORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "elasticsearch-tests.md"
TESTS: Final = ROOT / "tests" / "elasticsearch"
ROW: Final = re.compile(r"^\| (?P<name>.+?) \| (?P<versions>.+?) \| (?P<here>.+) \|$")
OURS: Final = re.compile(r"^`(?P<test>test_\w+\.py::test_\w+)`(; .+)?$")
NO_VERSION: Final = "-"


@dataclass(frozen=True)
class Row:
    """A line of a table: a test of Elasticsearch's, and ours (`None`: there is none, for a reason)."""

    name: str
    versions: str
    ours: str | None


@dataclass(frozen=True)
class Ours:
    """A test of ours: what its docstring says it is, and the version lines that it runs for."""

    name: str
    versions: str


def rows_of(text: str) -> list[Row]:
    """Return the lines of all tables of a page, without those at their head."""
    matches = [match for line in text.splitlines() if (match := ROW.match(line))]
    return [read_row(match) for match in matches if match["name"] != "test"]


def read_row(match: re.Match[str]) -> Row:
    """Read a line of a table."""
    ours = OURS.match(match["here"])
    return Row(match["name"], match["versions"], None if ours is None else ours["test"])


def found_in(path: Path) -> Iterator[tuple[str, Ours]]:
    """Yield the tests of a file, each by its name with the file's."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            name, _, _ = (ast.get_docstring(node) or "").partition(": ")
            yield f"{path.name}::{node.name}", Ours(name, versions_of(node))


def versions_of(test: ast.FunctionDef) -> str:
    """Say for which version lines a test runs, as the page does."""
    [call] = [each for each in test.decorator_list if isinstance(each, ast.Call) and is_each_line(each)]
    given = dict(zip(("since", "until"), map(ast.literal_eval, call.args), strict=False))
    given |= {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords if keyword.arg}
    assert set(given.values()) <= set(LINES)
    match given:
        case {"since": since, "until": until}:
            return f"{since} to {until}"
        case {"since": since}:
            return f"{since} and later"
        case {"until": until}:
            return f"up to {until}"
    return "all"


def is_each_line(call: ast.Call) -> bool:
    """Say whether a decorator is the one that runs a test for version lines."""
    return isinstance(call.func, ast.Name) and call.func.id == "each_line"


ROWS: Final = rows_of(PAGE.read_text(encoding="utf-8"))
TESTED: Final = {test: ours for path in sorted(TESTS.glob("test_*.py")) for test, ours in found_in(path)}


class TestElasticsearchTests:
    """The page about Elasticsearch's own tests."""

    def test_names_every_test_once(self) -> None:
        """And none that there is not."""
        assert sorted(row.ours for row in ROWS if row.ours is not None) == sorted(TESTED)

    @pytest.mark.parametrize("row", [row for row in ROWS if row.ours in TESTED], ids=lambda row: row.ours)
    def test_says_of_a_test_what_the_test_says(self, row: Row) -> None:
        """Its name in Elasticsearch, and the versions."""
        assert row.ours is not None
        assert Ours(row.name, row.versions) == TESTED[row.ours]

    def test_names_no_versions_where_there_is_no_test(self) -> None:
        """A row without a test gives the reason instead."""
        assert {row.versions for row in ROWS if row.ours is None} == {NO_VERSION}

    def test_has_rows_only(self) -> None:
        """A line of a table that this file cannot read is noticed."""
        lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
        heads = [line for line in lines if line in {"| test | versions | here |", "|---|---|---|"}]
        assert len(lines) - len(heads) == len(ROWS) > len(TESTED) > 0


SETTINGS: Final = (ROOT / "docs" / "reference" / "fixtures-and-settings.md").read_text(encoding="utf-8")


class TestSettings:
    """`docs/reference/fixtures-and-settings.md` has what the plugin has."""

    @pytest.mark.parametrize("fixture", plugin.FIXTURES)
    def test_every_fixture(self, fixture: str) -> None:
        """From its docstring."""
        assert f"pytest_rollup_fake.plugin.{fixture}\n" in SETTINGS

    def test_every_keyword_of_the_marker(self) -> None:
        """In their order, and no other."""
        assert re.findall(r"^\| `(\w+)` \| ", SETTINGS, re.MULTILINE) == list(MARKER_KEYWORDS)

    @pytest.mark.parametrize("option", plugin.OPTIONS)
    def test_every_option(self, option: str) -> None:
        """By its name in the ini file."""
        assert f"| `rollup_{option}` |" in SETTINGS


def test_every_endpoint_is_in_the_page_of_the_journal() -> None:
    """And no other."""
    page = (ROOT / "docs" / "reference" / "journal.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (`.+?`) \| ", page, re.MULTILINE)
    assert {name for cell in cells for name in re.findall(r"`(\w+)`", cell)} == ENDPOINTS


class TestStateMachine:
    """The picture and the table of `docs/explanation/state-machine.md`."""

    @pytest.fixture
    def drawing(self) -> Any:
        """Give the module that draws."""
        spec = importlib.util.spec_from_file_location("state_machine", ROOT / "docs" / "state_machine.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def test_the_picture_is_drawn_from_the_tables(self, drawing: Any) -> None:
        """Run `python docs/state_machine.py` after a change of them."""
        assert drawing.PICTURE.read_text(encoding="utf-8") == drawing.draw()

    def test_the_table_has_every_refusal(self, drawing: Any) -> None:
        """And no other."""
        page = (ROOT / "docs" / "explanation" / "state-machine.md").read_text(encoding="utf-8")
        rows = {tuple(match) for match in re.findall(r"^\| (\w+) \| (\w+) \| (.+) \|$", page, re.MULTILINE)}
        assert rows - {("state", "event", "refused with")} == {tuple(map(str, row)) for row in drawing.refusals()}
