"""What pytest itself says of the plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_rollup_fake.settings import MARKER_KEYWORDS

if TYPE_CHECKING:
    import pytest

    from tests.plugin.conftest import RunTests

NOTHING = "def test_nothing(): pass"


def test_the_fixtures_are_listed_with_what_they_give(pytester: pytest.Pytester) -> None:
    """`pytest --fixtures` shows the five of them, each with its first sentence, and no helper."""
    result = pytester.runpytest_inprocess("--fixtures")

    result.stdout.fnmatch_lines_random(
        [
            "rollup_cluster -- *",
            "    Give a fake Elasticsearch cluster with rollup jobs, started on a port of its own.",
            "make_rollup_cluster -- *",
            "    Give a factory of fake Elasticsearch clusters, with the arguments of `RollupCluster`.",
            "class_rollup_cluster [[]class scope[]] -- *",
            "    Give a fake Elasticsearch cluster whose URL stays the same for all tests of a class.",
            "module_rollup_cluster [[]module scope[]] -- *",
            "session_rollup_cluster [[]session scope[]] -- *",
        ]
    )
    assert sum("rollup_cluster" in line and " -- " in line for line in result.outlines) == 5


def test_the_markers_are_listed_with_their_keywords(pytester: pytest.Pytester) -> None:
    """`pytest --markers` names every keyword."""
    result = pytester.runpytest_inprocess("--markers")

    result.stdout.fnmatch_lines(
        [
            f"@pytest.mark.rollup_cluster({'=, '.join(MARKER_KEYWORDS)}=): settings of *",
            "@pytest.mark.rollup_versions([*]versions): run the test once for each Elasticsearch version, *",
        ]
    )


def test_the_options_are_listed_with_what_they_take(pytester: pytest.Pytester) -> None:
    """`pytest --help` shows the options and the ini settings."""
    result = pytester.runpytest_inprocess("--help")

    result.stdout.fnmatch_lines(
        [
            "fake Elasticsearch rollup clusters:",
            "  --rollup-version=VERSION*",
            "  --rollup-clock=MODE *",
            "  --rollup-report={failed,all,none}*",
            "  --rollup-html=DIR *",
            "  rollup_version (string):*",
            "  rollup_clock (string):*",
            "  rollup_strict (bool): *",
            "  rollup_parked_timeout (string):*",
            "  rollup_client_timeout (string):*",
        ]
    )


def test_the_header_names_version_and_clock_when_they_are_set(run_tests: RunTests) -> None:
    """It is the place to look at when a whole run behaves like another version."""
    assert "rollup fake" not in run_tests(NOTHING).stdout.str()
    run_tests(NOTHING, "--rollup-version=7.17").stdout.fnmatch_lines(["rollup fake: version 7.17"])
    run_tests(NOTHING, "--rollup-version=9", "-o", "rollup_clock=manual").stdout.fnmatch_lines(
        ["rollup fake: version 9, clock manual"]
    )
