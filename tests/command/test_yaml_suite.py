"""`rollup-fake yaml-suite`: the runner that `python -m pytest_rollup_fake.yaml_suite` is too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_rollup_fake.command.main import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_it_takes_what_the_runner_takes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And returns its exit code: 2 for a folder without tests."""
    assert main(["yaml-suite", str(tmp_path), "--version", "7.17"]) == 2
    assert str(tmp_path) in capsys.readouterr().err
