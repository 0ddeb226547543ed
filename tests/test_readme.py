"""The README does what it says: every block of code in it is run.

The Python blocks of a section are one test file, as the README says itself. A block of TOML is the configuration of all
of them. Commands are run by `.ci/run`, and here they are looked for there.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
FENCE: Final = re.compile(r"^\s*(?:`{3,}|~{3,})\s*(.*?)\s*$")
TEST: Final = re.compile(r"^\s*def (test_\w+)", re.MULTILINE)
RUN: Final = re.compile(r"^run\s", re.MULTILINE)


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


BLOCKS: Final = read_blocks((ROOT / "README.md").read_text(encoding="utf-8"))
PYTHON: Final = [block for block in BLOCKS if block.kind == "python"]
CONFIGURATION: Final = "".join(block.text for block in BLOCKS if block.kind == "toml")
FILTERS: Final = [line.strip() for line in CONFIGURATION.splitlines() if line.lstrip().startswith('"ignore:')]
COMMANDS: Final = [command for block in BLOCKS if block.kind == "sh" for command in block.text.splitlines()]


def run_blocks(pytester: pytest.Pytester, configuration: str) -> dict[str, int]:
    """Run all Python blocks and return how many tests have which outcome.

    In a process of its own: in ours pytester would unload what the clients load, and later tests would get it twice.
    """
    sections: dict[str, list[str]] = {}
    for block in PYTHON:
        sections.setdefault("test_" + re.sub(r"\W+", "_", block.section.lower()), []).append(block.text)
    pytester.makepyfile(**{name: "\n".join(texts) for name, texts in sections.items()})
    pytester.makepyprojecttoml(configuration)
    return pytester.runpytest_subprocess().parseoutcomes()


class TestBlocks:
    """What is done with each block."""

    @pytest.mark.parametrize("block", BLOCKS, ids=lambda block: f"line {block.line}")
    def test_every_block_is_of_a_kind_that_is_run(self, block: Block) -> None:
        """A block of another kind fails, and so does a Python block without a test."""
        assert block.kind in {"python", "sh", "toml"}
        assert block.kind != "python" or TEST.search(block.text)

    def test_every_test_passes(self, pytester: pytest.Pytester) -> None:
        """None is skipped, and warnings are errors, as the configuration says."""
        outcomes = run_blocks(pytester, CONFIGURATION)

        assert set(outcomes) == {"passed"}
        assert outcomes["passed"] >= sum(len(TEST.findall(block.text)) for block in PYTHON)

    def test_no_test_hides_another(self) -> None:
        """Of two with one name in one file Python would keep the second."""
        tests = [(block.section, name) for block in PYTHON for name in TEST.findall(block.text)]

        assert len(set(tests)) == len(tests)

    @pytest.mark.parametrize("line", FILTERS, ids=lambda line: line.split('"')[1])
    def test_every_filter_of_warnings_is_needed(self, pytester: pytest.Pytester, line: str) -> None:
        """Without it a test fails, so no reader copies it in vain."""
        assert "failed" in run_blocks(pytester, CONFIGURATION.replace(line, ""))

    @pytest.mark.parametrize("command", COMMANDS)
    def test_every_command_is_run_by_ci(self, command: str) -> None:
        """Literally."""
        script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
        run = [shlex.split(line)[1] for line in script.splitlines() if RUN.match(line)]

        assert command in run

    def test_there_is_something_of_everything(self) -> None:
        """A README that this file can no longer read is noticed."""
        assert all((PYTHON, '"error"' in CONFIGURATION, FILTERS, COMMANDS))


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

    def test_a_fence_that_is_not_closed_is_refused(self) -> None:
        """The rest of the page would be in it."""
        with pytest.raises(ValueError, match="line 1 is not closed"):
            read_blocks("```python\nx = 1\n")
