"""The README and the pages below `docs/` do what they say: every block of code in them is run.

The Python blocks of a section are one test file, as the README says itself. A block of TOML is the configuration of all
tests of its page. In a block of `console` each line after `$` is run, and its output is what follows; `...` stands for
anything. A block with a file's name after its kind is that file, there for all of the page. Commands of the README's
set-up are run by `.ci/run`, and here they are looked for there.
"""

from __future__ import annotations

import doctest
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
README: Final = ROOT / "README.md"
PAGES: Final = [README, *sorted((ROOT / "docs").rglob("*.md"))]
FENCE: Final = re.compile(r"^\s*(?:`{3,}|~{3,})\s*(.*?)\s*$")
TEST: Final = re.compile(r"^\s*(?:async )?def (test_\w+)", re.MULTILINE)
RUN: Final = re.compile(r"^run\s", re.MULTILINE)
PROMPT: Final = "$ "
KINDS: Final = {"python", "toml", "console"}


@dataclass(frozen=True)
class Block:
    """A fenced block of code."""

    section: str
    line: int
    kind: str
    text: str


def read_blocks(text: str) -> list[Block]:
    """Return the blocks of a Markdown text; raises `ValueError` for code that is not in a closed fence."""
    blocks: list[Block] = []
    code: list[str] = []
    kind: str | None = None
    section, start = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if kind is not None:
            if fence is None:
                code.append(line)
            else:
                if not kind.startswith("{"):  # a directive of Sphinx's
                    blocks.append(Block(section, start, kind, "\n".join([*code, ""])))
                kind = None
        elif fence is not None:
            kind, start, code = fence[1], number, []
        elif line.startswith("## "):
            section = line.removeprefix("## ")
        elif line.startswith(("    ", "\t", "<pre")):
            message = f"line {number} is code outside a fence, which nothing would run: {line!r}"
            raise ValueError(message)
    if kind is not None:
        message = f"the block at line {start} is not closed"
        raise ValueError(message)
    return blocks


def blocks_of(page: Path) -> list[Block]:
    """Return a page's blocks."""
    return read_blocks(page.read_text(encoding="utf-8"))


def is_configuration(block: Block) -> bool:
    """Say whether a block configures the tests of its page."""
    return block.kind == "toml"


def named_tests(page: Path) -> list[tuple[str, str]]:
    """Return section and name of each test of a page."""
    return [
        (block.section, name)
        for block in blocks_of(page)
        if block.kind == "python"
        for name in TEST.findall(block.text)
    ]


def configuration_of(page: Path) -> str:
    """Return the configuration of a page's tests."""
    return "".join(block.text for block in blocks_of(page) if is_configuration(block))


PAGES_WITH_TESTS: Final = [page for page in PAGES if named_tests(page)]
ALL: Final = [(page, block) for page in PAGES for block in blocks_of(page)]
CONSOLE: Final = [(page, block) for page, block in ALL if block.kind == "console"]
FILTERS: Final = [
    line.strip() for line in configuration_of(README).splitlines() if line.lstrip().startswith('"ignore:')
]
COMMANDS: Final = [line for block in blocks_of(README) if block.kind == "sh" for line in block.text.splitlines()]
each_page = pytest.mark.parametrize("page", PAGES_WITH_TESTS, ids=lambda page: page.stem)


def write_files(page: Path, folder: Path) -> None:
    """Write the files that a page shows."""
    for block in blocks_of(page):
        _, _, name = block.kind.partition(" ")
        if name:
            (folder / name).write_text(block.text, encoding="utf-8")


def run_blocks(pytester: pytest.Pytester, page: Path, configuration: str) -> dict[str, int]:
    """Run all Python blocks of a page and return how many tests have which outcome.

    In a process of its own: in ours pytester would unload what the clients load, and later tests would get it twice.
    """
    sections: dict[str, list[str]] = {}
    for block in blocks_of(page):
        if block.kind == "python":
            sections.setdefault("test_" + re.sub(r"\W+", "_", block.section.lower()), []).append(block.text)
    write_files(page, pytester.path)
    pytester.makepyfile(**{name: "\n".join(texts) for name, texts in sections.items()})
    pytester.makepyprojecttoml(configuration or "[tool.pytest.ini_options]\n")
    return pytester.runpytest_subprocess().parseoutcomes()


def commands_of(block: Block) -> list[tuple[str, str]]:
    """Return each command of a console block with the output that it shows."""
    parts = f"\n{block.text.rstrip()}".split(f"\n{PROMPT}")[1:]
    return [
        (command, f"{output}\n" if output else "") for command, _, output in (part.partition("\n") for part in parts)
    ]


def run_command(command: str, folder: Path) -> str:
    """Run a command as a reader would, with this environment's programs, and return what it prints."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    finished = subprocess.run(
        ["bash", "-c", command],  # noqa: S607  (the reader's own)
        cwd=folder,
        env={**os.environ, "PATH": path, "COLUMNS": "80"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return finished.stdout.rstrip("\n") + "\n" if finished.stdout.strip() else ""


class TestBlocks:
    """What is done with each block."""

    @pytest.mark.parametrize(("page", "block"), ALL, ids=[f"{page.stem} line {block.line}" for page, block in ALL])
    def test_every_block_is_of_a_kind_that_is_run(self, page: Path, block: Block) -> None:
        """A block of another kind fails, and so does a Python block without a test."""
        kind, _, name = block.kind.partition(" ")
        assert name or kind in (KINDS | {"sh"} if page == README else KINDS)
        assert block.kind != "python" or TEST.search(block.text)

    @each_page
    def test_every_test_passes(self, pytester: pytest.Pytester, page: Path) -> None:
        """None is skipped, and warnings are errors where the configuration says so."""
        outcomes = run_blocks(pytester, page, configuration_of(page))

        assert set(outcomes) == {"passed"}
        assert outcomes["passed"] >= len(named_tests(page))

    @each_page
    def test_no_test_hides_another(self, page: Path) -> None:
        """Of two with one name in one file Python would keep the second."""
        assert len(set(named_tests(page))) == len(named_tests(page))

    @pytest.mark.parametrize(
        ("page", "block"), CONSOLE, ids=[f"{page.stem} line {block.line}" for page, block in CONSOLE]
    )
    def test_every_command_prints_what_the_page_shows(self, tmp_path: Path, page: Path, block: Block) -> None:
        """The commands of a block one after the other, in one folder."""
        write_files(page, tmp_path)
        for command, output in commands_of(block):
            printed = run_command(command, tmp_path)
            matches = doctest.OutputChecker().check_output(output, printed, doctest.ELLIPSIS)
            assert matches, f"$ {command}\n{printed}"

    @pytest.mark.parametrize("line", FILTERS, ids=lambda line: line.split('"')[1])
    def test_every_filter_of_warnings_is_needed(self, pytester: pytest.Pytester, line: str) -> None:
        """Without it a test fails, so no reader copies it in vain."""
        assert "failed" in run_blocks(pytester, README, configuration_of(README).replace(line, ""))

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_is_run_by_ci(self, command: str) -> None:
        """Literally."""
        script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
        run = [shlex.split(line)[1] for line in script.splitlines() if RUN.match(line)]

        assert command in run

    def test_there_is_something_of_everything(self) -> None:
        """Pages that this file can no longer read are noticed."""
        assert all((named_tests(README), '"error"' in configuration_of(README), FILTERS, COMMANDS))


class TestReading:
    """How blocks are told from prose."""

    def test_a_block_has_its_section_and_its_line(self) -> None:
        """The last heading before it, and where its fence is."""
        assert read_blocks("# Title\n\n## First\n\n```python\nx = 1\n\ny = 2\n```\n") == [
            Block(section="First", line=5, kind="python", text="x = 1\n\ny = 2\n")
        ]

    def test_a_block_of_no_kind_has_an_empty_one(self) -> None:
        """So that it is found to be none that is run."""
        assert [block.kind for block in read_blocks("```\nx\n```")] == [""]

    @pytest.mark.parametrize("text", ["prose\n\n    x = 1\n", "\tx = 1", "<pre>x = 1</pre>"])
    def test_code_outside_a_fence_is_refused(self, text: str) -> None:
        """Nothing would run it."""
        with pytest.raises(ValueError, match="outside a fence"):
            read_blocks(text)

    def test_a_command_has_the_output_that_follows(self) -> None:
        """Up to the next command, or the block's end."""
        block = Block("", 1, "console", "$ echo a\na\n$ true\n$ echo b\nb\n")

        assert commands_of(block) == [("echo a", "a\n"), ("true", ""), ("echo b", "b\n")]

    def test_a_fence_that_is_not_closed_is_refused(self) -> None:
        """The rest of the page would be in it."""
        with pytest.raises(ValueError, match="line 1 is not closed"):
            read_blocks("```python\nx = 1\n")
