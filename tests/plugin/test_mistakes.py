"""What pytest shows of a mistake: the line of the test that makes it, and nothing of what found it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.plugin.conftest import RunTests

MISTAKES = """
RollupCluster(clock="fast")
RollupCluster("7.99")
RollupCluster(tls="yes")
RollupCluster().url
Version("9.5.4") >= 8
cluster.inject(faults.reset(), on="stpo")
cluster.inject(faults.reset, on="stop")
cluster.inject(faults.truncate(), on="stop", effect="skipped")
cluster.add_job("sensor", state="asleep")
cluster.add_job("sensor").set_state("asleep")
cluster.add_job("sensor").state = "stopped"
cluster.add_index("sensors", {"timestamp": {"type": "date"}})
cluster.clock.advance("soon")
cluster.clock.call_later("5s", "stop")
cluster.clock.mode = "fast"
cluster.clock.parked_timeout = "soon"
cluster.clock.skipping_sleep("soon")
cluster.clock.skipping_sleep(0)
with cluster.clock.skipping_sleep(), cluster.clock.skipping_sleep(): pass
cluster.jobs.sensor
cluster.jobs["sensor"]
cluster.nodes[1]
cluster.nodes[0].kill(reassign_after="soon")
cluster.nodes[0].restart()
cluster.requests[0]
cluster.requests.to("stpo")
cluster.security
RollupCluster(security=True).security.add_user("reader", "secret", cluster=["manage_rollups"])
cluster.wait_for_request("stpo")
scenarios.get("answer_lots")
""".strip().splitlines()


def test_pytest_shows_the_line_of_the_test_alone(run_tests: RunTests) -> None:
    """Whatever the mistake, and wherever in the package it is found."""
    tests = "\n\n".join(
        f"def test_{number}(rollup_cluster):\n    cluster = rollup_cluster\n    {mistake}"
        for number, mistake in enumerate(MISTAKES)
    )
    names = "RollupCluster, Version, faults, scenarios"
    result = run_tests(f"from pytest_rollup_fake import {names}\n\n{tests}\n", "--tb=short")

    result.assert_outcomes(failed=len(MISTAKES))
    frames = [line for line in result.outlines if ": in " in line]
    assert [line for line in frames if not line.startswith("test_pytest_shows")] == []
    assert len(frames) == len(MISTAKES)


def test_pytest_shows_all_of_it_if_asked(run_tests: RunTests) -> None:
    """`--full-trace` hides nothing."""
    result = run_tests("def test(rollup_cluster):\n    rollup_cluster.inject(None, on='stop')\n", "--full-trace")

    result.stdout.fnmatch_lines(["*injection_arguments.py:*"])
