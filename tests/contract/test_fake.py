"""The suite against the fake, and what it shows of itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.contract.conftest import counts

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.conftest import RunSuite


class TestAgreement:
    """What is held against what, and what comes of it."""

    def test_the_fake_agrees(self, run_suite: RunSuite) -> None:
        """With every case, of which none is left out; `.ci/run` does it in all version lines."""
        result = run_suite("-q", "--rollup-version", "8.19")

        cases, agreed, differed, left_out = counts(result)
        assert result.ret == 0
        assert cases == agreed > 200
        assert differed == left_out == 0

    def test_a_version_selects_lines(self, run_suite: RunSuite) -> None:
        """A major means each of its lines."""
        result = run_suite("-q", "--rollup-version", "6", "-k", "info")

        assert counts(result) == (18, 18, 0, 0)
        result.stdout.fnmatch_lines(["rollup contract: the fake, version lines 6.3, 6.4, 6.5, 6.6, 6.7, 6.8"])

    def test_in_several_processes(self, run_suite: RunSuite) -> None:
        """The table counts what all of them found."""
        result = run_suite("-q", "--rollup-version", "9.5", "-k", "9.5-start or 9.5-info", "-n", "2", apart=True)

        assert counts(result, "start") == (8, 8, 0, 0)
        assert counts(result) == (11, 11, 0, 0)

    @pytest.mark.parametrize("mode", ["prepend", "importlib"])
    def test_in_every_import_mode(self, run_suite: RunSuite, mode: str) -> None:
        """The user's configuration may have any."""
        result = run_suite("-q", "--rollup-version", "9.5", "-k", "info", f"--import-mode={mode}", apart=True)

        assert counts(result) == (3, 3, 0, 0)

    def test_the_record_holds_what_was_answered(self, run_suite: RunSuite, pytester: pytest.Pytester) -> None:
        """Each case with its source and its exchanges."""
        run_suite(
            "-q", "--rollup-version", "9.5", "-k", "stop-a-job-that-is-not-there", "--rollup-record", "record.json"
        )

        record = json.loads((pytester.path / "record.json").read_text(encoding="utf-8"))
        (case,) = record["cases"]
        (exchange,) = case["exchanges"]
        assert record["cluster"] == {"fake": True}
        assert (case["endpoint"], case["version"], case["outcome"]) == ("stop", "9.5", "agreed")
        assert "TransportStopRollupAction" in case["source"]
        assert (exchange["status"], exchange["differences"]) == (404, [])
        assert "Task for Rollup Job" in exchange["body"]


class TestOptions:
    """They belong to the suite."""

    def test_nobody_else_sees_them(self, pytester: pytest.Pytester) -> None:
        """A run of other tests does not know them."""
        result = pytester.runpytest_subprocess("--rollup-url", "http://localhost:9200")

        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines(["*unrecognized arguments: --rollup-url*"])

    def test_they_are_there_by_the_folder_too(self, pytester: pytest.Pytester, pytestconfig: pytest.Config) -> None:
        """As for those who work on it."""
        folder: Path = pytestconfig.rootpath / "pytest_rollup_fake" / "contract"
        result = pytester.runpytest_subprocess(folder, "-q", "--rollup-version", "9.5", "-k", "info")

        assert counts(result) == (3, 3, 0, 0)

    def test_the_whole_package_is_no_suite(self, pytester: pytest.Pytester) -> None:
        """What to name instead is said."""
        result = pytester.runpytest_subprocess("--pyargs", "pytest_rollup_fake")

        result.stdout.fnmatch_lines(["*name the suite itself, so that its options are there: --pyargs *.contract*"])

    @pytest.mark.parametrize("option", [["--rollup-ca", "x"], ["--rollup-insecure"], ["--rollup-remove-leftovers"]])
    def test_some_go_with_a_cluster(self, run_suite: RunSuite, option: list[str]) -> None:
        """For the fake they mean nothing."""
        result = run_suite(*option)

        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([f"ERROR: {option[0]} goes with --rollup-url; *"])
