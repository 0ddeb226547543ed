"""How the contract suite is tested: as its users run it."""

from __future__ import annotations

from typing import Protocol

import pytest
import trustme  # noqa: F401  (pytester forgets what is imported while it runs, and cryptography bears no second load)

import pytest_rollup_fake.contract.plugin  # noqa: F401  (likewise: load it once)

SUITE = ("--pyargs", "pytest_rollup_fake.contract", "-p", "no:randomly", "-p", "no:cacheprovider")


class RunSuite(Protocol):
    """What the fixture `run_suite` gives."""

    def __call__(self, *options: str, apart: bool = False) -> pytest.RunResult:
        """Run the suite with options, in an empty folder; `apart` in a process of its own."""


@pytest.fixture
def run_suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> RunSuite:
    """Run the suite as on a machine of a user's own: in CI pytest's summary repeats whole messages."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("BUILD_NUMBER", raising=False)

    def run(*options: str, apart: bool = False) -> pytest.RunResult:
        if apart:
            return pytester.runpytest_subprocess(*SUITE, *options, timeout=120)
        return pytester.runpytest_inprocess(*SUITE, *options)

    return run


def counts(result: pytest.RunResult, endpoint: str = "all") -> tuple[int, ...]:
    """Return a row of the table: cases, agreed, differed, left out."""
    row = next(line for line in result.outlines if line.startswith(f"{endpoint} "))
    return tuple(int(number) for number in row.removeprefix(endpoint).split())
