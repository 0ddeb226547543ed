"""`sleep="skipping"`: the plugin runs a test in its cluster's block of `skipping_sleep`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import RunTests

NAP = """
    import time
    import pytest

    skipping = pytest.mark.rollup_cluster(clock="manual", sleep="skipping")
    real = pytest.mark.rollup_cluster(clock="manual", sleep="real")

    def skips(cluster):
        before = cluster.clock.now()
        time.sleep(0.01)
        return cluster.clock.now() - before == pytest.approx(0.01)
"""


@pytest.mark.parametrize("fixture", ["rollup_cluster", "session_rollup_cluster", "make_rollup_cluster"])
def test_the_marker_skips_the_sleeps_of_a_test(run_tests: RunTests, fixture: str) -> None:
    """Whichever fixture its cluster is from; the tests around it sleep."""
    result = run_tests(f"""{NAP}
    def cluster_of(fixture):
        return fixture() if callable(fixture) else fixture

    def test_before({fixture}):
        assert not skips(cluster_of({fixture}))

    @skipping
    def test_it({fixture}):
        assert skips(cluster_of({fixture}))

    def test_after({fixture}):
        assert not skips(cluster_of({fixture}))
    """)

    result.assert_outcomes(passed=3)


def test_the_ini_file_says_it_for_all(run_tests: RunTests) -> None:
    """A marker is stronger, and tests without a cluster are left alone."""
    result = run_tests(
        f"""{NAP}
    from pytest_rollup_fake.real import Real

    @pytest.mark.rollup_cluster(clock="manual")
    def test_it(rollup_cluster):
        assert skips(rollup_cluster)

    @real
    def test_marker(rollup_cluster):
        assert not skips(rollup_cluster)

    def test_without_a_cluster():
        assert time.sleep is Real.sleep
    """,
        "-o",
        "rollup_sleep=skipping",
    )

    result.assert_outcomes(passed=3)


def test_fixtures_sleep(run_tests: RunTests) -> None:
    """What serves several tests must not see time jump in one and fall back in the next; one that wants can."""
    result = run_tests(f"""{NAP}
    @pytest.fixture
    def application(rollup_cluster):
        assert not skips(rollup_cluster)
        yield
        assert not skips(rollup_cluster)

    @skipping
    def test_it(application, rollup_cluster):
        assert skips(rollup_cluster)

    @pytest.fixture
    def skipping_application(rollup_cluster):
        with rollup_cluster.clock.skipping_sleep():
            assert skips(rollup_cluster)
            yield
            assert skips(rollup_cluster)

    @pytest.mark.rollup_cluster(clock="manual")
    def test_in_a_block_of_the_fixture(skipping_application, rollup_cluster):
        assert skips(rollup_cluster)
    """)

    result.assert_outcomes(passed=2)


def test_a_block_in_such_a_test_is_nested(run_tests: RunTests) -> None:
    """It is refused, as anywhere."""
    result = run_tests(f"""{NAP}
    @skipping
    def test_it(rollup_cluster):
        with pytest.raises(RuntimeError, match="inside skipping_sleep"), rollup_cluster.clock.skipping_sleep():
            pass
        assert skips(rollup_cluster)
    """)

    result.assert_outcomes(passed=1)


def test_two_clusters_share_a_clock(run_tests: RunTests) -> None:
    """Only one can be moved by a sleep."""
    result = run_tests(f"""{NAP}
    @skipping
    def test_shared(rollup_cluster, make_rollup_cluster):
        other = make_rollup_cluster(clock=rollup_cluster.clock)
        assert skips(rollup_cluster) and skips(other)

    @skipping
    def test_apart(make_rollup_cluster):
        cluster = make_rollup_cluster()
        with pytest.raises(ValueError, match=r"make_rollup_cluster\\(clock=other.clock\\)"):
            make_rollup_cluster()
        assert skips(cluster)

    @skipping
    def test_apart_from_the_beginning(rollup_cluster, session_rollup_cluster):
        pass
    """)

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*ValueError: sleep='skipping' moves one clock, but * of this test have two*"])


def test_a_cluster_that_runs_for_other_tests_is_no_matter(run_tests: RunTests) -> None:
    """A test could ask for it by `request`, but whether it will nobody knows."""
    result = run_tests(
        f"""{NAP}
    from pytest_rollup_fake.real import Real

    def test_first(session_rollup_cluster):
        pass

    def test_without_a_cluster(request):
        assert time.sleep is Real.sleep

    @skipping
    def test_it(rollup_cluster, request):
        assert skips(rollup_cluster)
    """,
        "-o",
        "rollup_sleep=skipping",
    )

    result.assert_outcomes(passed=3)


def test_the_limit_fails_the_test(run_tests: RunTests) -> None:
    """And says why; what comes after it sleeps."""
    result = run_tests(f"""{NAP}
    @skipping
    def test_it(rollup_cluster):
        while True:
            try:
                time.sleep(600)
            except Exception:
                pass

    def test_after(rollup_cluster):
        assert not skips(rollup_cluster)
    """)

    result.assert_outcomes(failed=1, passed=1)
    assert "pytest_rollup_fake/sleeping" not in result.stdout.str()
    result.stdout.fnmatch_lines(
        ["*Failed: skipping_sleep: * would have slept 7800.000 s, more than the limit of 7200*"]
    )


def test_a_thread_that_exceeds_the_limit_fails_the_test(run_tests: RunTests) -> None:
    """Though the test itself passes."""
    result = run_tests(
        f"""{NAP}
    import threading

    @skipping
    def test_it(rollup_cluster):
        thread = threading.Thread(target=time.sleep, args=(8000,))
        thread.start()
        thread.join()
    """,
        "-W",
        "ignore::pytest.PytestUnhandledThreadExceptionWarning",
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["skipping_sleep: * would have slept 8000.000 s, more than the limit *"])


@pytest.mark.parametrize("sleep", ["'never'", "True", "None"])
def test_a_value_that_is_none_fails_the_test(run_tests: RunTests, sleep: str) -> None:
    """With those that there are."""
    result = run_tests(f"""
        import pytest

        @pytest.mark.rollup_cluster(sleep={sleep})
        def test_it(rollup_cluster):
            pass
        """)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*ValueError: unknown sleep {sleep}; * sleeps 'real' or 'skipping'"])


def test_a_value_that_is_none_in_the_ini_file_ends_the_run(run_tests: RunTests) -> None:
    """As the other settings do."""
    result = run_tests("def test_it(): pass", "-o", "rollup_sleep=never")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*rollup_sleep: unknown sleep 'never'; * 'real' or 'skipping'"])


def test_pytest_measures_what_really_passes(run_tests: RunTests) -> None:
    """Its durations are none of the code under test."""
    result = run_tests(
        f"""{NAP}
    @skipping
    def test_it(rollup_cluster):
        time.sleep(3600)
    """,
        "--durations=1",
        "--durations-min=60",
    )

    result.assert_outcomes(passed=1)
    assert "s call" not in result.stdout.str()


def test_asynchronous_tests_of_unittest(run_tests: RunTests) -> None:
    """Whoever runs the loop, it waits in fake time."""
    result = run_tests(f"""{NAP}
    import asyncio
    import unittest

    @skipping
    class TestIt(unittest.IsolatedAsyncioTestCase):
        @pytest.fixture(autouse=True)
        def use(self, rollup_cluster):
            self.cluster = rollup_cluster

        async def test_it(self):
            await asyncio.sleep(60)
            self.assertEqual(self.cluster.clock.now(), 60)
    """)

    result.assert_outcomes(passed=1)
