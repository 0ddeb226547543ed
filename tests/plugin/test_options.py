"""The command line and the ini file, and what is stronger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import RunTests


def test_the_strongest_says_the_version(run_tests: RunTests, pytester: pytest.Pytester) -> None:
    """The ini file, then the command line, then the marker, then the argument."""
    source = """
        import pytest
        from pytest_rollup_fake import RollupCluster

        def test_it(rollup_cluster, session_rollup_cluster, pytestconfig):
            expected = pytestconfig.getoption("rollup_version") or "6.8"
            assert rollup_cluster.version.line == session_rollup_cluster.version.line == expected

        @pytest.mark.rollup_cluster(version="8.19")
        def test_marker(make_rollup_cluster, session_rollup_cluster):
            assert make_rollup_cluster().version.line == session_rollup_cluster.version.line == "8.19"
            assert make_rollup_cluster("9.0").version.line == "9.0"

        def test_the_class_itself_reads_no_options():
            assert RollupCluster().version is None
        """
    pytester.makeini("[pytest]\nrollup_version = 6.8")

    run_tests(source).assert_outcomes(passed=3)
    run_tests(source, "--rollup-version=7.17").assert_outcomes(passed=3)


def test_the_strongest_says_the_clock(run_tests: RunTests, pytester: pytest.Pytester) -> None:
    """The ini file, then the command line, then the marker, then the argument."""
    source = """
        import pytest
        from pytest_rollup_fake import RollupCluster

        def test_it(rollup_cluster, session_rollup_cluster, pytestconfig):
            expected = pytestconfig.getoption("rollup_clock") or "manual"
            assert rollup_cluster.clock.mode == session_rollup_cluster.clock.mode == expected

        @pytest.mark.rollup_cluster(clock="skipping")
        def test_marker(make_rollup_cluster, session_rollup_cluster):
            assert make_rollup_cluster().clock.mode == session_rollup_cluster.clock.mode == "skipping"
            assert make_rollup_cluster(clock="running").clock.mode == "running"
            assert make_rollup_cluster(clock=session_rollup_cluster.clock).clock is session_rollup_cluster.clock

        def test_the_class_itself_reads_no_options():
            assert RollupCluster().clock.mode == "skipping"
        """
    pytester.makeini("[pytest]\nrollup_clock = manual")

    run_tests(source).assert_outcomes(passed=3)
    run_tests(source, "--rollup-clock=running").assert_outcomes(passed=3)


def test_strict_is_said_by_ini_file_marker_and_argument(run_tests: RunTests) -> None:
    """It is on unless one of them turns it off."""
    source = """
        import pytest
        from client import send

        @pytest.fixture(params=["rollup_cluster", "session_rollup_cluster"])
        def cluster(request):
            return request.getfixturevalue(request.param)

        def test_ini(cluster):
            send(cluster)

        @pytest.mark.rollup_cluster(strict=True)
        def test_strict_marker(cluster):
            send(cluster)

        @pytest.mark.rollup_cluster(strict=False)
        def test_lax_marker(cluster):
            send(cluster)

        @pytest.mark.rollup_cluster(strict=False)
        def test_strict_argument(make_rollup_cluster):
            send(make_rollup_cluster(strict=True))
        """

    run_tests(source).assert_outcomes(passed=2, failed=5)
    run_tests(source, "-o", "rollup_strict=false").assert_outcomes(passed=4, failed=3)


@pytest.mark.parametrize("timeout", ["10", "10.0", "10000ms"])
def test_the_client_timeout_is_said_by_ini_file_marker_and_argument(run_tests: RunTests, timeout: str) -> None:
    """In the ini file a bare number is seconds."""
    source = """
        import pytest
        from client import stop

        def wait(cluster, timeout):
            cluster.add_job("sensor", state="indexing", stop_delay="1d")
            assert stop(cluster, "sensor", f"wait_for_completion=true&timeout={timeout}") == 500

        def test_within(rollup_cluster):
            wait(rollup_cluster, "10s")

        def test_beyond(session_rollup_cluster):
            wait(session_rollup_cluster, "10001ms")

        @pytest.mark.rollup_cluster(client_timeout="1m")
        def test_marker(rollup_cluster):
            wait(rollup_cluster, "1m")

        @pytest.mark.rollup_cluster(client_timeout=None)
        def test_no_timeout_by_marker(session_rollup_cluster):
            wait(session_rollup_cluster, "1h")

        @pytest.mark.rollup_cluster(client_timeout="1h")
        def test_argument(make_rollup_cluster):
            wait(make_rollup_cluster(client_timeout=5), "6s")
        """

    result = run_tests(source, "-o", f"rollup_client_timeout={timeout}")

    result.assert_outcomes(passed=3, failed=2)
    result.stdout.fnmatch_lines(["*waited longer than client_timeout=10 s*", "*waited longer than client_timeout=5 s*"])


@pytest.mark.parametrize(("value", "seconds"), [(None, 4), ("0", 0), ("2.5", 2.5), ("500ms", 0.5), ("", 4)])
def test_the_bound_of_parked_requests_is_said_by_the_ini_file(
    run_tests: RunTests, value: str | None, seconds: float
) -> None:
    """Shared clusters get it back for each test."""
    options = () if value is None else ("-o", f"rollup_parked_timeout={value}")
    result = run_tests(
        f"""
        def test_it(rollup_cluster, session_rollup_cluster):
            assert rollup_cluster.clock.parked_timeout == session_rollup_cluster.clock.parked_timeout == {seconds}
            session_rollup_cluster.clock.parked_timeout = 1

        def test_it_again(session_rollup_cluster):
            assert session_rollup_cluster.clock.parked_timeout == {seconds}
        """,
        *options,
    )

    result.assert_outcomes(passed=2)


def test_a_parked_request_is_given_up_and_fails_the_test(run_tests: RunTests) -> None:
    """The message names the missing time and what to do."""
    result = run_tests(
        """
        from client import stop

        def test_parked(make_rollup_cluster):
            cluster = make_rollup_cluster(clock="manual", jobs={"sensor": {"state": "indexing", "stop_delay": "5s"}})
            assert stop(cluster, "sensor", "wait_for_completion=true&timeout=30s") == 500
        """,
        "-o",
        "rollup_parked_timeout=20ms",
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*was parked for 0.02 real seconds: on a manual clock *; the clock stands at 0.000 s; it looks *30.000 s*",
            "-* rollup cluster -*",
            "* POST stop sensor *500",
            "* was parked for 0.02 real seconds:*",
            "* clock.advance(...)*",
        ]
    )


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--rollup-version=7.99", "rollup_version: unknown Elasticsearch version '7.99'; known lines are 6.3, *"),
        ("-orollup_version=seven", "rollup_version: unknown Elasticsearch version 'seven'; known lines are 6.3, *"),
        ("--rollup-clock=fast", "rollup_clock: unknown clock 'fast'; the clocks are 'skipping', 'running', 'manual'"),
        ("-orollup_clock=fast", "rollup_clock: unknown clock 'fast'; the clocks are 'skipping', 'running', 'manual'"),
        ("-orollup_strict=perhaps", "rollup_strict: *'perhaps'; it is true or false"),
        (
            "-orollup_client_timeout=soon",
            "rollup_client_timeout: *, not 'soon'; write it as '10s', or '10' for seconds",
        ),
        ("-orollup_client_timeout=-1", "rollup_client_timeout: *, not '-1'; write it as '10s', or '10' for seconds"),
        ("-orollup_parked_timeout=nan", "rollup_parked_timeout: *, not 'nan'; write it as '10s', or '10' for seconds"),
        ("-orollup_parked_timeout=4 parsecs", "rollup_parked_timeout: * units *, not '4 parsecs'; write it as *"),
    ],
)
def test_a_value_that_is_none_is_a_usage_error(run_tests: RunTests, option: str, message: str) -> None:
    """Before anything is collected, in one line that says what is allowed."""
    result = run_tests("def test_nothing(): pass", option)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {message}"])
