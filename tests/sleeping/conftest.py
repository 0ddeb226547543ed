"""What the tests of `skipping_sleep` share."""

from __future__ import annotations

import time

import pytest

from tests.sleeping.measuring import RealTime


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no proxy of the machine's come between the clients and a cluster on this host."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def real_time() -> RealTime:
    """Measure what really passes, whatever clocks show."""
    return RealTime(time.monotonic)
