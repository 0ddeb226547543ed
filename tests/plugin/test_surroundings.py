"""The plugin among others: what it loads, what runs beside it, and runs of every kind."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import RunTests


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pytest load no plugin by itself."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.mark.usefixtures("alone")
def test_a_run_without_clusters_loads_next_to_nothing(pytester: pytest.Pytester) -> None:
    """Neither werkzeug nor pytest-httpserver, nor anything else that pytest itself does not load."""
    pytester.makepyfile("""
        import sys

        def test_nothing():
            print("modules", sorted(sys.modules))
        """)

    def modules(*options: str) -> set[str]:
        result = pytester.runpytest_subprocess("-s", *options)
        result.assert_outcomes(passed=1)
        (line,) = (line for line in result.outlines if "modules [" in line)
        return set(ast.literal_eval(line.partition("modules ")[2]))

    assert modules("-p", "rollup_fake") - modules() == {
        "pytest_rollup_fake",
        "pytest_rollup_fake.plugin",
    }


def test_the_fixtures_need_no_plugin_of_pytest_httpserver(run_tests: RunTests) -> None:
    """It may be switched off, which saves its imports in runs without clusters."""
    result = run_tests(
        """
        import pytest
        from client import send

        def test_it(rollup_cluster, session_rollup_cluster):
            assert send(rollup_cluster, path="/") == send(session_rollup_cluster, path="/") == 200

        def test_it_is_off(request):
            with pytest.raises(pytest.FixtureLookupError):
                request.getfixturevalue("httpserver")
        """,
        "-p",
        "no:pytest_httpserver",
    )

    result.assert_outcomes(passed=2)


def test_the_plugin_can_be_switched_off(run_tests: RunTests) -> None:
    """The package is usable without it."""
    result = run_tests(
        """
        from client import send
        from pytest_rollup_fake import RollupCluster

        def test_it():
            with RollupCluster() as cluster:
                assert send(cluster, path="/") == 200
        """,
        "-p",
        "no:rollup_fake",
    )

    result.assert_outcomes(passed=1)


def test_runs_follow_each_other_in_one_process(run_tests: RunTests) -> None:
    """Nothing of the first is left for the second."""
    source = """
        from client import send

        def test_it(session_rollup_cluster, pytestconfig):
            assert not session_rollup_cluster.jobs
            session_rollup_cluster.add_job("left")
            assert session_rollup_cluster.version == pytestconfig.getoption("rollup_version")
            assert send(session_rollup_cluster, path="/") == 200
        """

    run_tests(source, "--rollup-version=7.17.6").assert_outcomes(passed=1)
    run_tests(source).assert_outcomes(passed=1)


def test_collecting_starts_nothing(run_tests: RunTests) -> None:
    """It lists the tests with their versions."""
    result = run_tests(
        """
        import pytest

        @pytest.mark.rollup_versions("6.8", "9")
        def test_it(session_rollup_cluster):
            raise AssertionError
        """,
        "--collect-only",
        "-q",
    )

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*::test_it[[]6.8]", "*::test_it[[]9]"])


@pytest.mark.parametrize("option", ["--setup-show", "--setup-only", "--setup-plan"])
def test_the_setup_of_fixtures_can_be_shown(run_tests: RunTests, option: str) -> None:
    """Whether they are really set up or not."""
    result = run_tests("def test_it(rollup_cluster, session_rollup_cluster): pass", option)

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*SETUP    S session_rollup_cluster", "*TEARDOWN S session_rollup_cluster"])


def test_doctests_can_use_clusters(run_tests: RunTests) -> None:
    """They get them by `getfixture`, where nothing tells that they will."""
    result = run_tests(
        '''
        from client import send

        def first():
            """
            >>> cluster = getfixture("session_rollup_cluster")
            >>> job = cluster.add_job("left")
            >>> send(cluster, path="/")
            200
            """

        def second():
            """
            >>> cluster = getfixture("session_rollup_cluster")
            >>> sorted(cluster.jobs)
            []
            >>> send(cluster)
            501
            """

        def third():
            """
            >>> getfixture("rollup_cluster").version
            """
        ''',
        "--doctest-modules",
    )

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*doctest* *second*", "GET /_cat/indices is an API of *"])


def test_items_that_are_no_functions_run_between(run_tests: RunTests, pytester: pytest.Pytester) -> None:
    """A plugin can make tests of anything."""
    pytester.makeconftest("""
        import pytest

        class Line(pytest.Item):
            def runtest(self):
                pass

        class Lines(pytest.File):
            def collect(self):
                for line in self.path.read_text().split():
                    item = Line.from_parent(self, name=line)
                    item.add_marker(pytest.mark.rollup_cluster(version="7.17"))
                    yield item

        def pytest_collect_file(file_path, parent):
            return Lines.from_parent(parent, path=file_path) if file_path.suffix == ".lines" else None
        """)
    pytester.makefile(".lines", z="one two")
    result = run_tests("def test_it(session_rollup_cluster): pass")

    result.assert_outcomes(passed=3)


@pytest.mark.usefixtures("alone")
def test_workers_of_xdist_have_clusters_of_their_own(pytester: pytest.Pytester) -> None:
    """Options reach them, and every test finds its cluster reset."""
    pytester.makepyfile("""
        import os

        import pytest

        @pytest.mark.rollup_versions("6.8", "7.17", "8.19", "9")
        def test_versions(session_rollup_cluster, rollup_cluster):
            assert session_rollup_cluster.version == rollup_cluster.version != None

        @pytest.mark.parametrize("number", range(8))
        def test_it(session_rollup_cluster, number):
            assert session_rollup_cluster.clock.mode == "manual"
            assert not session_rollup_cluster.jobs
            session_rollup_cluster.add_job("left")
            print("ran", os.environ["PYTEST_XDIST_WORKER"], session_rollup_cluster.port)
        """)
    options = ("--dist=each", "--tx=2*popen", "-rP", "--rollup-clock=manual")  # each worker runs each test
    result = pytester.runpytest_subprocess("-p", "xdist", "-p", "rollup_fake", *options)

    result.assert_outcomes(passed=24)
    seen = {tuple(line.split()[1:]) for line in result.outlines if line.startswith("ran ")}
    assert len({worker for worker, _ in seen}) == 2
    assert len(seen) == 2


@pytest.mark.usefixtures("alone")
def test_warnings_as_errors_are_no_matter(pytester: pytest.Pytester) -> None:
    """The plugin warns of nothing, and leaves nothing behind that Python warns of."""
    pytester.makepyfile(
        client="""
            import http.client

            def send(cluster):
                connection = http.client.HTTPConnection(cluster.host, cluster.port)
                connection.request("GET", "/")
                connection.getresponse().read()
                connection.close()
            """,
        test_it="""
            import gc

            import pytest
            from client import send

            @pytest.mark.rollup_versions("6.8", "9")
            def test_it(rollup_cluster, class_rollup_cluster, session_rollup_cluster):
                for cluster in (rollup_cluster, class_rollup_cluster, session_rollup_cluster):
                    send(cluster)

            def test_afterwards():
                gc.collect()
            """,
    )
    python = (sys.executable, "-X", "dev", "-W", "error", "-m", "pytest")
    result = pytester.run(*python, "-p", "rollup_fake", "--strict-markers", "--strict-config", "-W", "error")

    result.assert_outcomes(passed=3)
    assert not result.errlines
