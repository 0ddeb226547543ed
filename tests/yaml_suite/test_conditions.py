"""`skip` and `requires`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_rollup_fake.model.versions import Version
from pytest_rollup_fake.yaml_suite.conditions import is_in_ranges
from pytest_rollup_fake.yaml_suite.outcomes import NotRun

if TYPE_CHECKING:
    from tests.yaml_suite.running import Runner


class TestRanges:
    """Ranges of versions."""

    @pytest.mark.parametrize(
        "ranges",
        ["all", " - ", "7.17.29 - ", " - 7.17.29", "7.0.0 - 7.99.99", " - 6.8.99, 7.17.0 - ", "7.0.0.Beta1 - "],
    )
    def test_that_have_it(self, ranges: str) -> None:
        """Both bounds belong to it, and may be left out."""
        assert is_in_ranges(Version("7.17.29"), ranges)

    @pytest.mark.parametrize("ranges", [" - 7.17.28", "7.17.30 - ", "8.0.0 - 8.1.99, - 6.99.99"])
    def test_that_have_it_not(self, ranges: str) -> None:
        """Compared by numbers, not as texts."""
        assert not is_in_ranges(Version("7.17.29"), ranges)

    @pytest.mark.parametrize("ranges", ["7.17", "a - b", "1 - 2 - 3"])
    def test_that_are_none(self, ranges: str) -> None:
        """Nothing is guessed."""
        with pytest.raises(NotRun, match="is no"):
            is_in_ranges(Version("7.17.29"), ranges)


def condition(text: str) -> str:
    """Return a test with a condition."""
    return f"it:\n  - {text}\n  - do: {{info: {{}}}}\n"


class TestSkipped:
    """The test itself says that it is not for this version."""

    @pytest.mark.parametrize(
        "text",
        [
            "skip: {version: ' - 7.99.99', reason: came later}",
            "requires: {cluster_features: [gte_v8.0.0], reason: came later}",
            "requires: {cluster_features: gte_v8.0.0, reason: came later}",
            "skip: {cluster_features: gte_v7.0.0, reason: came later}",
            "skip: {known_issues: [{cluster_feature: gte_v7.0.0, fixed_by: gte_v8.0.0}], reason: came later}",
            "skip: {awaits_fix: 'https://example.org/1', reason: came later}",
        ],
    )
    def test_is_counted_and_no_failure(self, runner: Runner, text: str) -> None:
        """With the reason; not even a strict run minds."""
        ran = runner.run(condition(text), "--strict")

        assert ran.lines[0].startswith("skipped  mine.yml: it (")
        assert "came later" in ran.lines[0]
        assert ran.counts == "0 passed, 0 failed, 0 not run, 1 skipped (7.17.29)"
        assert ran.code == 0

    def test_a_condition_of_the_setup_is_one_of_every_test(self, runner: Runner) -> None:
        """It is looked at before anything is sent."""
        ran = runner.run(
            "setup:\n  - do: {ml.x: {}}\n  - skip: {version: all, reason: off}\n---\n"
            + condition("skip: {features: xpack}")
        )

        assert ran.counts.startswith("0 passed, 0 failed, 0 not run, 1 skipped")

    def test_without_x_pack(self, runner: Runner) -> None:
        """Rollup is part of it, so such a test is for another distribution."""
        assert runner.run(condition("skip: {features: no_xpack}")).counts.endswith("1 skipped (7.17.29)")


class TestRun:
    """A condition that is met."""

    @pytest.mark.parametrize(
        "text",
        [
            "skip: {version: ' - 6.5.99', reason: came later}",
            "skip: {features: [headers, allowed_warnings, warnings_regex, node_selector]}",
            "requires: {test_runner_features: [close_to, contains]}",
            "requires: {cluster_features: gte_v7.17.0, reason: came then}",
            "skip: {cluster_features: gte_v8.0.0, reason: changed}",
            "skip: {known_issues: [{cluster_feature: gte_v7.0.0, fixed_by: gte_v7.1.0}], reason: broken}",
        ],
    )
    def test_is_run(self, runner: Runner, text: str) -> None:
        """As if it were not there."""
        assert runner.run(condition(text)).counts.startswith("1 passed")


class TestNotRun:
    """A condition that cannot be judged."""

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("skip: {features: [headers, skip_os]}", "the runner lacks the feature skip_os"),
            ("requires: {test_runner_features: capabilities}", "the runner lacks the feature capabilities"),
            ("requires: {cluster_features: logsdb}", "whether the cluster has the feature logsdb is not known here"),
            ("requires: {capabilities: [{path: /}]}", "line 2: requires with capabilities is not known here"),
            ("skip: {known_issues: [x]}", "a known issue has cluster_feature and fixed_by, not 'x'"),
            ("skip: all", "line 2: skip is a mapping, not 'all'"),
        ],
    )
    def test_says_why(self, runner: Runner, text: str, reason: str) -> None:
        """Neither passed nor skipped."""
        ran = runner.run(condition(text))

        assert reason in ran.lines[0]
        assert ran.counts.startswith("0 passed, 0 failed, 1 not run")
