"""`--rollup-html`: the pages of a run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import RunTests

SOURCE = """
    import pytest
    from client import stop

    def test_passes(rollup_cluster):
        stop(rollup_cluster, "passes")

    @pytest.mark.parametrize("name", ["a/b", "a-b"])
    def test_fails(rollup_cluster, name):
        stop(rollup_cluster, "fails")
        assert False, "told to fail"

    def test_without_a_cluster():
        assert False
    """


def names(folder: str = "pages") -> list[str]:
    """Return the files of the pages."""
    return sorted(path.name for path in Path(folder).iterdir())


@pytest.mark.parametrize("options", [(), ("-n2",)], ids=" ".join)
def test_each_test_that_fails_has_a_page_and_the_index_links_it(run_tests: RunTests, options: tuple[str, ...]) -> None:
    """Also from the workers of pytest-xdist; a test without a cluster has nothing to tell."""
    result = run_tests(SOURCE, "--rollup-html=pages", *options)

    result.assert_outcomes(passed=1, failed=3)
    assert len(names()) == 3
    index = Path("pages/index.html").read_text(encoding="utf-8")
    assert all(f'href="{path.name}"' in index for path in Path("pages").glob("test_*.html"))
    page = next(Path("pages").glob("test_*.html")).read_text(encoding="utf-8")
    assert "AssertionError: told to fail" in page
    assert "POST /_rollup/job/fails/_stop" in page
    result.stdout.fnmatch_lines(["-* rollup clusters: pages/index.html -*"])


def test_all_tests_have_one_if_all_are_to_report(run_tests: RunTests) -> None:
    """As `--rollup-report` says."""
    run_tests(SOURCE, "--rollup-html=pages", "--rollup-report=all")

    assert len(names()) == 4
    assert ">passed</span>" in Path("pages/index.html").read_text(encoding="utf-8")


def test_a_test_that_fails_twice_has_one_page(run_tests: RunTests) -> None:
    """With what had happened in the end."""
    run_tests(
        """
        import pytest
        from client import stop

        @pytest.fixture
        def late(rollup_cluster):
            yield
            stop(rollup_cluster, "after")
            raise LookupError

        def test_it(rollup_cluster, late):
            assert False
        """,
        "--rollup-html=pages",
    )

    assert len(names()) == 2
    (page,) = Path("pages").glob("test_*.html")
    assert "failed in teardown" in page.read_text(encoding="utf-8")


def test_a_run_without_failures_has_an_index_that_says_so(run_tests: RunTests) -> None:
    """So a link to it works."""
    run_tests("def test_it(rollup_cluster): pass", "--rollup-html=deep/pages")

    assert "No test with a cluster has failed." in Path("deep/pages/index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("options", [(), ("-n1",)], ids=" ".join)
def test_pytest_html_links_the_pages(run_tests: RunTests, options: tuple[str, ...]) -> None:
    """Relative to its own report."""
    run_tests(SOURCE, "--rollup-html=pages", "--html=reports/report.html", *options)

    report = Path("reports/report.html").read_text(encoding="utf-8")
    assert all(f"../pages/{path.name}" in report for path in Path("pages").glob("test_*.html"))


def test_without_jinja_the_command_to_install_it_is_told(run_tests: RunTests, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any test runs."""
    monkeypatch.setitem(sys.modules, "jinja2", None)
    result = run_tests(SOURCE, "--rollup-html=pages")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: --rollup-html needs Jinja2; install it with: python -m pip install 'pytest-rollup-fake[[]report]'"]
    )


def test_without_reports_there_is_nothing_to_write(run_tests: RunTests) -> None:
    """Two options that exclude each other are most likely a mistake."""
    result = run_tests(SOURCE, "--rollup-html=pages", "--rollup-report=none")

    result.stderr.fnmatch_lines(["ERROR: --rollup-html has nothing to write with --rollup-report=none; leave one*"])


def test_what_is_no_folder_is_refused(run_tests: RunTests) -> None:
    """Before any test runs."""
    Path("taken").write_text("a file", encoding="utf-8")
    result = run_tests(SOURCE, "--rollup-html=taken")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --rollup-html=*taken is to be a folder: *"])
