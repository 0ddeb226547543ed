"""The marker `rollup_versions`: one run of the test for each version."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_rollup_fake.model.versions import LINES

if TYPE_CHECKING:
    from tests.plugin.conftest import RunTests

FOUR_VERSIONS = """
    import pytest

    pytestmark = pytest.mark.rollup_versions("6.8", "7.17", "7.17.6", "9")

    def test_line(rollup_cluster):
        print("ran", rollup_cluster.version)
    """


def ran(result: pytest.RunResult) -> list[str]:
    """Return what the tests have printed after the word `ran`."""
    return [line.partition("ran ")[2] for line in result.outlines if "ran " in line]


def test_a_test_runs_once_for_each_version(run_tests: RunTests) -> None:
    """Alone, in a class and beside another parametrization; the ids show the versions as they were written."""
    result = run_tests(
        """
        import pytest

        versions = pytest.mark.rollup_versions

        @versions("6.8", "7.17.6", "9")
        def test_alone(rollup_cluster):
            print("ran", rollup_cluster.version)

        @versions("7.17", "8")
        class TestClass:
            @pytest.mark.parametrize("job", ["a", "b"])
            def test_in_a_class(self, make_rollup_cluster, job):
                print("ran", make_rollup_cluster().version.line, job)
        """,
        "-vs",
    )

    result.assert_outcomes(passed=7)
    assert ran(result) == ["6.8.23", "7.17.6", "9.5.4", "7.17 a", "7.17 b", "8.19 a", "8.19 b"]
    result.stdout.fnmatch_lines(
        [
            "*::test_alone[[]6.8] *",
            "*::test_alone[[]7.17.6] *",
            "*::test_alone[[]9] *",
            "*::test_in_a_class[[]7.17-a] *",
        ]
    )


def test_all_means_every_line(run_tests: RunTests) -> None:
    """Each in its newest release."""
    result = run_tests(
        """
        import pytest

        @pytest.mark.rollup_versions("all")
        def test_all(module_rollup_cluster):
            print("ran", module_rollup_cluster.version.line)
        """,
        "-s",
    )

    assert ran(result) == list(LINES)


def test_a_shared_cluster_keeps_its_server(run_tests: RunTests) -> None:
    """The version is set when the cluster is handed to the next test, and kept by no other."""
    result = run_tests(
        """
        import pytest

        @pytest.fixture(scope="session")
        def url(session_rollup_cluster):
            return session_rollup_cluster.url

        @pytest.mark.rollup_versions("6.8", "9")
        def test_shared(url, session_rollup_cluster):
            assert session_rollup_cluster.url == url
            print("ran", session_rollup_cluster.version.line, url)

        def test_without_a_version(url, session_rollup_cluster):
            print("ran", session_rollup_cluster.version, url)
        """,
        "-s",
    )

    versions, urls = zip(*(line.split() for line in ran(result)), strict=True)
    assert versions == ("6.8", "9.5", "None")
    assert len(set(urls)) == 1


def test_the_nearest_marker_that_speaks_of_versions_wins(run_tests: RunTests) -> None:
    """Whether it names one version or several."""
    result = run_tests(
        """
        import pytest

        one, several = pytest.mark.rollup_cluster, pytest.mark.rollup_versions
        pytestmark = one(version="8.19", clock="manual")

        @several("6.8", "7.17")
        class TestClass:
            def test_several_win_over_one(self, rollup_cluster):
                assert rollup_cluster.clock.mode == "manual"
                print("ran", rollup_cluster.version.line)

            @one(version="9.0")
            def test_one_wins_over_several(self, rollup_cluster):
                print("ran", rollup_cluster.version.line)

            @one(clock="running")
            def test_another_keyword_leaves_them(self, rollup_cluster):
                print("ran", rollup_cluster.version.line, rollup_cluster.clock.mode)

            @several("7.0")
            def test_several_win_over_several(self, rollup_cluster):
                print("ran", rollup_cluster.version.line)
        """,
        "-s",
    )

    assert ran(result) == ["6.8", "7.17", "9.0", "6.8 running", "7.17 running", "7.0"]


@pytest.mark.parametrize(
    ("option", "versions"),
    [
        ("--rollup-version=7", ["7.17.29", "7.17.6"]),
        ("--rollup-version=7.17", ["7.17.29", "7.17.6"]),
        ("--rollup-version=7.17.6", ["7.17.6"]),
        ("--rollup-version=9.5", ["9.5.4"]),
        ("--rollup-clock=manual", ["6.8.23", "7.17.29", "7.17.6", "9.5.4"]),
    ],
)
def test_the_command_line_selects(run_tests: RunTests, option: str, versions: list[str]) -> None:
    """A line or a major selects all that are of it."""
    assert ran(run_tests(FOUR_VERSIONS, "-s", option)) == versions


def test_a_selection_that_leaves_nothing_skips_with_the_reason(run_tests: RunTests) -> None:
    """The shared cluster is left in peace."""
    result = run_tests(FOUR_VERSIONS, "-rs", "--rollup-version=8.19")

    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED * --rollup-version=8.19 leaves none of the versions 6.8, 7.17, 7.17.6, 9"])


def test_the_ini_file_does_not_select(run_tests: RunTests) -> None:
    """It says what holds where nothing else is said; the marker is stronger."""
    assert len(ran(run_tests(FOUR_VERSIONS, "-s", "-o", "rollup_version=8.19"))) == 4


def test_what_is_no_version_is_refused_at_collection(pytester: pytest.Pytester) -> None:
    """Each error is one line that says what is allowed."""
    refused = {
        "rollup_versions()": "TypeError: @pytest.mark.rollup_versions takes versions such as '7.17' or '9', or 'all'*",
        "rollup_versions('9', only=True)": "TypeError: @pytest.mark.rollup_versions takes versions *, and no keywords",
        "rollup_versions('9', '7.99')": "ValueError: unknown Elasticsearch version '7.99'; known lines are 6.3, *",
        "rollup_versions(['9', '7.17'])": "TypeError: a version is a text such as *, not [[]'9', '7.17'] (list)",
        "rollup_versions(7.17)": "TypeError: a version is a text such as *, not 7.17 (float)",
    }
    for number, marker in enumerate(refused):
        test = f"import pytest\n@pytest.mark.{marker}\ndef test_it(rollup_cluster): pass"
        pytester.makepyfile(**{f"test_{number}": test})
    result = pytester.runpytest_inprocess()

    result.assert_outcomes(errors=len(refused))
    result.stdout.fnmatch_lines([f"test_{number}.py::test_it: {text}" for number, text in enumerate(refused.values())])
    assert "pytest_rollup_fake/" not in result.stdout.str().partition("ERROR collecting")[2]


def test_a_test_without_a_cluster_cannot_have_versions(run_tests: RunTests) -> None:
    """It would run again and again to no purpose."""
    result = run_tests("""
        import pytest

        @pytest.mark.rollup_versions("all")
        def test_pure(tmp_path):
            pass
        """)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*TypeError: @pytest.mark.rollup_versions needs a cluster; use one of the fixtures rollup_cluster, *"]
    )


@pytest.mark.parametrize(
    "marked",
    [
        "@pytest.mark.rollup_versions('6.8')\n@pytest.mark.rollup_cluster(version='9')",
        "pytestmark = [pytest.mark.rollup_cluster(version='9'), pytest.mark.rollup_versions('6.8')]\n",
    ],
    ids=["function", "module"],
)
def test_one_version_and_several_at_one_level_exclude_each_other(run_tests: RunTests, marked: str) -> None:
    """There is no telling which is meant."""
    result = run_tests(f"import pytest\n{marked}\ndef test_both(rollup_cluster): pass")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*TypeError: rollup_versions(...) and rollup_cluster(version=...) on * exclude each other"]
    )


def test_a_parameter_cannot_name_a_version_beside_several(run_tests: RunTests) -> None:
    """Its marker counts as the function's; on a class they are farther, and give way."""
    result = run_tests("""
        import pytest

        on_9 = pytest.mark.parametrize("x", [pytest.param(0, marks=pytest.mark.rollup_cluster(version="9.0"))])

        @pytest.mark.rollup_versions("6.8", "7.17")
        @on_9
        def test_both(rollup_cluster, x):
            pass

        @pytest.mark.rollup_versions("6.8", "7.17")
        class TestClass:
            @on_9
            def test_nearer(self, rollup_cluster, x):
                assert rollup_cluster.version.line == "9.0"
        """)

    result.assert_outcomes(errors=2, passed=2)
    result.stdout.fnmatch_lines(
        ["*TypeError: rollup_versions(...) and rollup_cluster(version=...) on test_both[[]6.8-0] exclude each other"]
    )


def test_versions_that_come_too_late_are_refused(run_tests: RunTests, pytester: pytest.Pytester) -> None:
    """After the collection a test cannot be run more than once."""
    pytester.makeconftest("""
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.rollup_versions("6.8", "9"))
        """)
    result = run_tests("def test_it(rollup_cluster): pass")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["E *TypeError: test_it was not collected once for each of its rollup_versions: put *"])


def test_the_argument_of_the_factory_wins_over_the_versions(run_tests: RunTests) -> None:
    """Also where it asks for none."""
    result = run_tests("""
        import pytest

        @pytest.mark.rollup_versions("6.8", "7.17")
        def test_upgrade(make_rollup_cluster):
            assert make_rollup_cluster().version.line in ("6.8", "7.17")
            assert make_rollup_cluster("9.0").version.line == "9.0"
            assert make_rollup_cluster(version="9.0").version.line == "9.0"
            assert make_rollup_cluster(None).version is None
            assert make_rollup_cluster(version=None).version is None
        """)

    result.assert_outcomes(passed=2)


def test_async_tests_run_once_for_each_version_too(run_tests: RunTests) -> None:
    """Their plugin calls them; ours has already parametrized them."""
    pytest.importorskip("anyio")
    result = run_tests(
        """
        import asyncio

        import pytest
        from client import send

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.mark.anyio
        @pytest.mark.rollup_versions("6.8", "9")
        async def test_async(rollup_cluster):
            assert await asyncio.to_thread(send, rollup_cluster, path="/") == 200
            print("ran", rollup_cluster.version.line)

        @pytest.mark.anyio
        async def test_finding(rollup_cluster):
            assert await asyncio.to_thread(send, rollup_cluster) == 501
        """,
        "-s",
    )

    result.assert_outcomes(passed=2, failed=1)
    assert ran(result) == ["6.8", "9.5"]
