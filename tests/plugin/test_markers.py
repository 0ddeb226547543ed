"""The marker `rollup_cluster`: how its levels merge, and what it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.plugin.conftest import RunTests


def test_the_nearest_marker_wins_keyword_by_keyword(run_tests: RunTests) -> None:
    """Module, class, base class, function, parameter and `add_marker` each override what is farther."""
    result = run_tests("""
        import pytest

        mark = pytest.mark.rollup_cluster
        pytestmark = mark(version="6.8", clock="manual", jobs=["of the module"])

        def describe(cluster):
            return str(cluster.version.line), cluster.clock.mode, list(cluster.jobs)

        def test_of_the_module(rollup_cluster):
            assert describe(rollup_cluster) == ("6.8", "manual", ["of the module"])

        @mark(version="7.17")
        class TestClass:
            def test_of_the_class(self, rollup_cluster):
                assert describe(rollup_cluster) == ("7.17", "manual", ["of the module"])

            @mark(clock="running", jobs={"a": "stopped"})
            def test_of_the_function(self, rollup_cluster):
                assert describe(rollup_cluster) == ("7.17", "running", ["a"])
                assert rollup_cluster.jobs["a"].state == "stopped"

            class TestInner:
                @mark(version=None)
                def test_none_is_a_value_too(self, rollup_cluster):
                    assert rollup_cluster.version is None
                    assert rollup_cluster.clock.mode == "manual"

        @mark(version="7.17", clock="running")
        class Base:
            def test_of_the_derived_class(self, rollup_cluster):
                assert describe(rollup_cluster) == ("8.19", "running", ["of the module"])

        @mark(version="8.19")
        class TestDerived(Base):
            pass

        @mark(version="7.17")
        @pytest.mark.parametrize(
            ("expected", "clock"),
            [("7.17", "manual"), pytest.param("9.0", "running", marks=mark(version="9.0", clock="running"))],
        )
        def test_of_the_parameter(rollup_cluster, expected, clock):
            assert describe(rollup_cluster)[:2] == (expected, clock)

        @pytest.fixture
        def on_9(request):
            request.node.add_marker(mark(version="9.0"))

        @mark(version="7.17")
        def test_of_add_marker(on_9, make_rollup_cluster):
            assert make_rollup_cluster().version.line == "9.0"
        """)

    result.assert_outcomes(passed=8)


def test_a_keyword_that_does_not_exist_is_refused_at_collection(run_tests: RunTests) -> None:
    """The error is short and names the known ones; no test of the module runs."""
    result = run_tests("""
        import pytest

        @pytest.mark.rollup_cluster(version="7.17", jbos=["sensor"], sleeps=3, colour="red")
        def test_misspelt(rollup_cluster):
            pass
        """)

    result.assert_outcomes(errors=1)
    expected = (
        "*.py::test_misspelt: TypeError: @pytest.mark.rollup_cluster does not take 'jbos' (did you mean 'jobs'?), "
        "'sleeps' (did you mean 'sleep'?), 'colour'; "
        "it takes, by name, version, clock, nodes, jobs, security, tls, strict, unfaked, client_timeout, *reset"
    )
    result.stdout.fnmatch_lines([expected])
    assert "pytest_rollup_fake/plugin.py" not in result.stdout.str()


def test_a_positional_argument_is_refused(run_tests: RunTests) -> None:
    """Also on a class, and on a test that has no cluster, where nobody else would notice."""
    result = run_tests("""
        import pytest

        @pytest.mark.rollup_cluster("7.17")
        class TestClass:
            def test_without_a_cluster(self):
                pass
        """)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*TypeError: @pytest.mark.rollup_cluster does not take '7.17'; it takes, by name, *"])


def test_a_marker_that_is_added_later_is_checked_when_the_cluster_is_made(run_tests: RunTests) -> None:
    """It comes too late for the collection."""
    result = run_tests("""
        import pytest

        def test_added_in_the_test(request, make_rollup_cluster):
            request.node.add_marker(pytest.mark.rollup_cluster(jbos=["sensor"]))
            with pytest.raises(TypeError, match="does not take 'jbos'"):
                make_rollup_cluster()
        """)

    result.assert_outcomes(passed=1)


def test_a_value_that_is_none_fails_the_setup_with_what_is_allowed(run_tests: RunTests) -> None:
    """The errors are those of `RollupCluster`, without frames of the plugin."""
    result = run_tests("""
        import pytest
        import pytest_rollup_fake

        mark = pytest.mark.rollup_cluster

        @mark(version="7.99")
        def test_version(rollup_cluster):
            pass

        @mark(clock="fast")
        def test_clock(rollup_cluster):
            pass

        @mark(jobs={"sensor": "asleep"})
        def test_jobs(rollup_cluster):
            pass

        @mark(client_timeout=-1)
        def test_client_timeout(session_rollup_cluster):
            pass

        @mark(unfaked=7)
        def test_unfaked_at_the_first_use(session_rollup_cluster):
            pass

        def test_it_works_otherwise(session_rollup_cluster):
            pass

        @mark(unfaked=7)
        def test_unfaked_at_a_later_use(session_rollup_cluster):
            pass

        def test_it_works_again(session_rollup_cluster):
            pass

        @mark(strict="no")
        def test_strict(rollup_cluster):
            pass

        @mark(reset="no")
        def test_reset(session_rollup_cluster):
            pass

        @mark(version=pytest_rollup_fake.Version("7.99"))
        def test_version_as_a_value(rollup_cluster):
            pass
        """)

    result.assert_outcomes(passed=2, errors=9)
    result.stdout.fnmatch_lines_random(
        [
            "E *ValueError: unknown Elasticsearch version '7.99'; known lines are 6.3, *",
            "E *ValueError: unknown clock 'fast'; the clocks are 'skipping', 'running', 'manual'",
            "E *ValueError: *'asleep'*stopped*",
            "E *ValueError: client_timeout must not be negative, but is -1",
            "E *TypeError: unfaked takes True or a list of paths such as *, not 7",
            "E *TypeError: strict is True or False, not 'no'",
            "E *TypeError: reset is True or False, not 'no'",
        ]
    )
    assert "pytest_rollup_fake/plugin.py" not in result.stdout.str()


def test_every_setting_of_the_marker_reaches_the_cluster(run_tests: RunTests) -> None:
    """Seen from outside, on a cluster of the test's own and on a shared one."""
    result = run_tests("""
        import http.client

        import pytest
        from client import send, stop

        mark = pytest.mark.rollup_cluster

        @pytest.fixture(params=["rollup_cluster", "module_rollup_cluster"])
        def cluster(request):
            return request.getfixturevalue(request.param)

        @mark(strict=False)
        def test_strict(cluster):
            assert send(cluster) == 501

        @mark(unfaked=["/_cat/*"])
        def test_unfaked(cluster):
            assert send(cluster) == 501

        @mark(version="7.17", security="unset")
        def test_security(cluster):
            connection = http.client.HTTPConnection(cluster.host, cluster.port)
            connection.request("GET", "/")
            response = connection.getresponse()
            response.read()
            connection.close()
            assert "security" in response.headers["warning"]

        @mark(nodes=1)
        def test_nodes(cluster):
            assert len(cluster.nodes) == 1

        @mark(client_timeout="10s", jobs={"sensor": {"state": "indexing", "stop_delay": "1m"}})
        def test_client_timeout(cluster):
            assert stop(cluster, "sensor", "wait_for_completion=true&timeout=30s") == 500
            with pytest.raises(AssertionError, match="client_timeout=10 s"):
                cluster.check()
        """)

    result.assert_outcomes(passed=10)
