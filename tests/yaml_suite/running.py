"""How the tests run YAML tests, all of them written here."""

from __future__ import annotations

import argparse
import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_rollup_fake.yaml_suite.command import add_arguments, run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

JOB = """
      rollup.put_job:
        id: sensor
        body: >
          {"index_pattern": "readings", "rollup_index": "readings_rollup", "cron": "0 0 * * * ?", "page_size": 100,
           "groups": {"date_histogram": {"field": "at", "fixed_interval": "1h"}}}
"""
SETUP = f"""
setup:
  - do:
      indices.create:
        index: readings
        body: {{mappings: {{properties: {{at: {{type: date}}}}}}}}
  - do: {JOB}
"""


@dataclass
class Ran:
    """What a run printed and returned."""

    code: int
    lines: list[str] = field(default_factory=list)
    errors: str = ""

    @property
    def text(self) -> str:
        """All that was printed."""
        return "\n".join(self.lines)

    @property
    def has_passed(self) -> bool:
        """Whether there was one test, and it passed; an exit code of 0 does not say so."""
        return self.code == 0 and self.counts.startswith("1 passed, 0 failed, 0 not run, 0 skipped")

    @property
    def counts(self) -> str:
        """The last line."""
        return self.lines[-1]


class Runner:
    """Runs the command on files of one folder."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def write(self, text: str, name: str = "mine.yml") -> Path:
        """Write a file of tests."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def run(self, text: str, *options: str, version: str = "7.17") -> Ran:
        """Write one file of tests and run it against a fake."""
        return self.command(str(self.write(text)), "--version", version, *options)

    def steps(self, steps: str, *options: str, version: str = "7.17") -> Ran:
        """Run one test of these sections, on a cluster with a job."""
        return self.run(
            f"{SETUP}\n---\nit:\n{textwrap.indent(textwrap.dedent(steps), '  ')}", *options, version=version
        )

    def command(self, *arguments: str) -> Ran:
        """Run the command."""
        parser = argparse.ArgumentParser()
        add_arguments(parser)
        self._capsys.readouterr()
        code = run(parser.parse_args(arguments))
        captured = self._capsys.readouterr()
        return Ran(code, captured.out.splitlines(), captured.err)
