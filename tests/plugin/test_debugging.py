"""Under a debugger nobody is in a hurry: parked requests are not given up."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from tests.plugin.conftest import RunTests

SHOW = b"print('bound:', rollup_cluster.clock.parked_timeout, session_rollup_cluster.clock.parked_timeout)\n"


def run_at_prompt(pytester: pytest.Pytester, source: str, typed: bytes, *options: str) -> pytest.RunResult:
    """Run tests in a process of their own, with what is typed at the debugger's prompt."""
    pytester.makepyfile(source)
    return pytester.run(sys.executable, "-m", "pytest", "-p", "no:randomly", *options, stdin=typed)


def test_pdb_turns_the_bound_off(run_tests: RunTests) -> None:
    """From the beginning, since the prompt opens when the test has failed."""
    result = run_tests(
        """
        def test_it(rollup_cluster, session_rollup_cluster):
            assert rollup_cluster.clock.parked_timeout == session_rollup_cluster.clock.parked_timeout == 0
        """,
        "--pdb",
    )

    result.assert_outcomes(passed=1)


def test_trace_turns_the_bound_off(pytester: pytest.Pytester) -> None:
    """The prompt opens before the test does anything."""
    source = "def test_it(rollup_cluster, session_rollup_cluster): pass"

    result = run_at_prompt(pytester, source, SHOW + b"continue\n", "--trace")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*bound: 0.0 0.0"])


def test_a_breakpoint_suspends_the_bound(pytester: pytest.Pytester) -> None:
    """It is back when the test goes on, for each of its clusters."""
    source = """
        def test_it(rollup_cluster, session_rollup_cluster):
            breakpoint()
            assert rollup_cluster.clock.parked_timeout == session_rollup_cluster.clock.parked_timeout == 2

        def test_the_next_one(session_rollup_cluster):
            assert session_rollup_cluster.clock.parked_timeout == 2
        """

    result = run_at_prompt(pytester, source, SHOW + b"continue\n", "-o", "rollup_parked_timeout=2")

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*bound: 0.0 0.0"])


def test_a_breakpoint_outside_every_test_is_no_matter(pytester: pytest.Pytester) -> None:
    """There is no cluster then."""
    result = run_at_prompt(pytester, "breakpoint()\ndef test_it(rollup_cluster): pass", b"continue\n")

    result.assert_outcomes(passed=1)
