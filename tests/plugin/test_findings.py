"""What a passing test must not overlook, and how its author learns of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.plugin.conftest import RunTests

FINDING = "GET /_cat/indices is an API of Elasticsearch * that pytest-rollup-fake does not fake. Answer it with *"


def test_a_finding_fails_the_test_with_its_words_and_the_story(run_tests: RunTests) -> None:
    """In its call, as an assertion would: no error, no frames of the plugin."""
    result = run_tests("""
        from client import send

        def test_it(rollup_cluster):
            send(rollup_cluster)
        """)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*_ test_it _*", FINDING, "-* rollup cluster -*", "Elasticsearch *, skipping clock at *"], consecutive=True
    )


def test_several_findings_are_reported_together(run_tests: RunTests) -> None:
    """In the order of the clusters."""
    result = run_tests("""
        from client import send

        def test_it(make_rollup_cluster):
            first, second = make_rollup_cluster(), make_rollup_cluster()
            send(second, path="/_cat/health")
            send(first, path="/_cat/nodes")
            send(first, path="/_cat/indices")
            first.clock.call_later("1h", print)
        """)

    result.assert_outcomes(failed=1)
    lines = [line for line in result.outlines if re.match("GET|call_later", line)]
    assert [line.split()[1] for line in lines] == ["/_cat/nodes", "/_cat/indices", "print()", "/_cat/health"]


def test_a_test_that_failed_skipped_or_xfailed_is_not_bothered(run_tests: RunTests) -> None:
    """Whatever it did before, or its fixtures do afterwards."""
    result = run_tests("""
        import pytest
        from client import send

        @pytest.fixture(autouse=True)
        def untidy(rollup_cluster):
            yield
            send(rollup_cluster)

        @pytest.fixture(autouse=True)
        def untidy_before(rollup_cluster):
            send(rollup_cluster)

        def test_fails():
            raise LookupError

        def test_skips():
            pytest.skip()

        @pytest.mark.xfail
        def test_xfails_by_marker():
            raise LookupError

        def test_xfails_by_call():
            pytest.xfail()

        @pytest.fixture
        def broken(rollup_cluster):
            raise LookupError

        def test_setup_fails(broken):
            pass

        @pytest.fixture
        def skipping(rollup_cluster):
            pytest.skip()

        def test_setup_skips(skipping):
            pass
        """)

    result.assert_outcomes(failed=1, errors=1, skipped=2, xfailed=2)
    assert "Failed: " not in result.stdout.str()  # its own failure has a section with them


def test_a_finding_can_be_what_is_expected_to_fail(run_tests: RunTests) -> None:
    """`xfail` is about the test with all that belongs to it."""
    result = run_tests("""
        import pytest
        from client import send

        @pytest.mark.xfail(strict=True, reason="waits for _cat to be faked")
        def test_it(rollup_cluster):
            assert send(rollup_cluster) == 501
        """)

    result.assert_outcomes(xfailed=1)


def test_what_is_found_after_the_call_is_an_error_of_the_teardown(run_tests: RunTests) -> None:
    """The test has passed by then; what it was failed for is not told again."""
    result = run_tests("""
        import pytest
        from client import send

        @pytest.fixture
        def app(rollup_cluster):
            yield rollup_cluster
            send(rollup_cluster, path="/_cat/nodes")

        def test_passes(app):
            pass

        def test_fails_for_a_finding(app):
            send(app)
        """)

    result.assert_outcomes(passed=1, failed=1, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_passes*", "GET /_cat/nodes is an API of *"])
    result.stdout.fnmatch_lines(["*_ test_fails_for_a_finding _*", FINDING])
    assert "pytest_rollup_fake/plugin.py" not in result.stdout.str()


def test_what_the_test_has_checked_itself_is_not_reported_again(run_tests: RunTests) -> None:
    """A finding that it expected is no failure."""
    result = run_tests("""
        import pytest
        from client import send
        from pytest_rollup_fake import RollupClusterError

        def test_it(rollup_cluster):
            send(rollup_cluster)
            with pytest.raises(RollupClusterError, match="is an API of"):
                rollup_cluster.check()
        """)

    result.assert_outcomes(passed=1)


def test_a_made_cluster_is_a_context_manager_that_checks(run_tests: RunTests) -> None:
    """It is stopped once, where the block ends; what the block raised counts more than what was found."""
    result = run_tests("""
        import pytest
        from client import send
        from pytest_rollup_fake import RollupClusterError

        def test_leaving_stops(make_rollup_cluster):
            with make_rollup_cluster() as cluster:
                assert send(cluster, path="/") == 200
            with pytest.raises(ConnectionRefusedError):
                send(cluster, path="/")
            cluster.stop()

        def test_leaving_checks(make_rollup_cluster):
            with make_rollup_cluster() as cluster:
                send(cluster)

        def test_leaving_checks_once(make_rollup_cluster):
            with pytest.raises(RollupClusterError), make_rollup_cluster() as cluster:
                send(cluster)

        def test_leaving_with_an_error(make_rollup_cluster):
            with make_rollup_cluster() as cluster:
                send(cluster)
                raise LookupError("of the test")
        """)

    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        ["E *RollupClusterError: GET /_cat/indices is an API of *", "E *LookupError: of the test"]
    )
    assert result.stdout.str().count("ERROR") == 0


def test_a_test_may_stop_its_cluster(run_tests: RunTests) -> None:
    """It is stopped again at the end, which does no harm, and checked all the same."""
    result = run_tests("""
        from client import send

        def test_stopped(rollup_cluster):
            rollup_cluster.stop()

        def test_stopped_and_checked(rollup_cluster):
            send(rollup_cluster)
            rollup_cluster.stop()

        def test_started_again(rollup_cluster):
            rollup_cluster.stop()
            rollup_cluster.start()
            assert send(rollup_cluster, path="/") == 200
        """)

    result.assert_outcomes(passed=2, failed=1)


def test_a_wrong_argument_of_the_factory_points_at_the_test(run_tests: RunTests) -> None:
    """What is between the test and the mistake is not shown."""
    result = run_tests("""
        def test_it(make_rollup_cluster):
            make_rollup_cluster(stop_delay=5)
        """)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([">       make_rollup_cluster(stop_delay=5)", "E       TypeError: *'stop_delay'*"])
    assert "pytest_rollup_fake/plugin.py" not in result.stdout.str()


def test_clusters_are_let_go_when_their_test_is_over(run_tests: RunTests) -> None:
    """For pytest keeps every item until the end of the run; a journal can be large."""
    result = run_tests("""
        import gc
        import weakref

        kept = []

        def test_makes_one(rollup_cluster):
            kept.append(weakref.ref(rollup_cluster))

        def test_it_is_gone():
            gc.collect()
            assert kept[0]() is None
        """)

    result.assert_outcomes(passed=2)


def test_a_failure_of_its_own_is_told_what_the_cluster_has_found(run_tests: RunTests) -> None:
    """In a section of the report, since that is often why it failed; findings of a passing test are its failure."""
    result = run_tests("""
        from client import send

        def test_it(rollup_cluster):
            assert send(rollup_cluster, path="/_cat/indices") == 200
        """)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E       AssertionError: assert 501 == 200",
            "*- rollup cluster -*",
            "GET /_cat/indices is an API of Elasticsearch * that pytest-rollup-fake does not fake.*",
        ]
    )
