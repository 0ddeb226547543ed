"""The clusters that a test makes itself, with `RollupCluster(...)`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from tests.plugin.conftest import RunTests

BY_ITSELF = """
    from client import stop
    from pytest_rollup_fake import RollupCluster

    def test_it():
        with RollupCluster(clock="manual") as cluster:
            job = cluster.add_job("sensor", stop_delay="45s")
            stop(cluster, "sensor")
            assert job.state == "stopped"
    """


def test_its_story_is_told_and_its_states_are_explained(run_tests: RunTests) -> None:
    """As if it came from a fixture."""
    result = run_tests(BY_ITSELF)

    result.stdout.fnmatch_lines(
        [
            "E *AssertionError: assert 'stopping' == 'stopped'",
            "E *<Job 'sensor' stopping since 0.000 s: stop (request #2)>",
            "-* rollup cluster -*",
            "* POST stop sensor *200",
            "* sensor is stopping: stop (request #2)",
        ]
    )
    assert "the cluster was stopped" not in result.stdout.str()


def test_it_has_a_page(run_tests: RunTests) -> None:
    """With its picture."""
    run_tests(BY_ITSELF, "--rollup-html=pages")

    (page,) = Path("pages").glob("*test_it*.html")
    assert "POST stop sensor" in page.read_text(encoding="utf-8")
    assert page.name in Path("pages/index.html").read_text(encoding="utf-8")


def test_tests_of_unittest_have_it_too(run_tests: RunTests) -> None:
    """They have no fixtures to ask; a cluster of an earlier test is not theirs."""
    result = run_tests("""
        import unittest

        from client import stop
        from pytest_rollup_fake import RollupCluster

        class TestIt(unittest.TestCase):
            def setUp(self):
                self.cluster = RollupCluster()
                self.cluster.start()
                self.addCleanup(self.cluster.stop)

            def test_1_passes(self):
                stop(self.cluster, "first")

            def test_2_fails(self):
                stop(self.cluster, "second")
                self.assertEqual(1, 2)
        """)

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["-* rollup cluster -*", "* POST stop second *404"])
    assert "POST stop first" not in result.stdout.str()


def test_one_that_nobody_holds_any_longer_is_told_of(run_tests: RunTests) -> None:
    """A function of the test made it; of several, the state that was read last is explained."""
    result = run_tests("""
        from pytest_rollup_fake import RollupCluster

        def look(job):
            with RollupCluster() as cluster:
                return cluster.add_job(job, state="stopped").state

        def test_it():
            assert look("first") == look("second") == "started"
        """)

    result.stdout.fnmatch_lines(["E *<Job 'second' stopped since *", "* first is stopped: *", "* second is stopped: *"])
    assert "E             <Job 'first'" not in result.stdout.str()


def test_what_it_has_found_is_left_to_its_own_check(run_tests: RunTests) -> None:
    """A story does not take it."""
    result = run_tests("""
        import pytest
        from client import send
        from pytest_rollup_fake import RollupCluster

        @pytest.fixture
        def cluster():
            with RollupCluster() as cluster:
                yield cluster

        def test_it(cluster):
            send(cluster)
            raise LookupError
        """)

    result.assert_outcomes(failed=1, errors=1)
    result.stdout.fnmatch_lines(["E *RollupClusterError: GET /_cat/indices is an API of *"])


def test_of_many_the_last_are_told(run_tests: RunTests) -> None:
    """Beside the fixture's; Hypothesis makes one for each example."""
    result = run_tests("""
        from client import stop
        from pytest_rollup_fake import RollupCluster

        def test_it(rollup_cluster):
            for number in range(40):
                with RollupCluster() as cluster:
                    stop(cluster, f"job-{number}")
            assert False
        """)

    text = result.stdout.str()
    assert text.count("- rollup cluster ") == 4
    assert [number for number in range(40) if f"POST stop job-{number} " in text] == [37, 38, 39]
    result.stdout.fnmatch_lines(
        ["-* rollup clusters before -*", "37 more that the test has made itself are not told of."]
    )


def test_tests_without_any_load_nothing(pytester: pytest.Pytester) -> None:
    """Also when they fail."""
    pytester.makepyfile("""
        import sys

        def test_it():
            assert "stopped" == "started"

        def test_later():
            print(sorted(name for name in sys.modules if name.startswith("pytest_rollup_fake.")))
        """)
    result = pytester.runpytest_subprocess("-s", "-p", "no:randomly")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*'pytest_rollup_fake.plugin'*"])
    assert "pytest_rollup_fake.report" not in result.stdout.str()
