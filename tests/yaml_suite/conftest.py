"""The runner, as a fixture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.yaml_suite.running import Runner

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def runner(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Runner:
    """Return what runs YAML tests."""
    return Runner(tmp_path, capsys)
