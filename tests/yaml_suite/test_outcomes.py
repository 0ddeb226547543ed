"""What becomes of a test, what is printed of it, and the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.yaml_suite.running import JOB, SETUP

if TYPE_CHECKING:
    from tests.yaml_suite.running import Runner

STOP = "- do: {rollup.stop_job: {id: sensor}}\n"


class TestPassed:
    """A test whose sections all hold."""

    def test_is_one_line_and_no_failure(self, runner: Runner) -> None:
        """The counts come last, with the version that answered."""
        ran = runner.steps(STOP + "- is_true: stopped\n")

        assert ran.lines == ["passed   mine.yml: it", "1 passed, 0 failed, 0 not run, 0 skipped (7.17.29)"]
        assert ran.code == 0

    @pytest.mark.parametrize("version", ["7.2", "7.17", "8.0", "8.14"])
    def test_in_several_versions(self, runner: Runner, version: str) -> None:
        """The fake is of the version that was asked for."""
        assert runner.steps(STOP, version=version).has_passed


class TestFailed:
    """A test of which a section does not hold."""

    def test_shows_section_request_answer_and_expectation(self, runner: Runner) -> None:
        """With the line of the file in which the section begins."""
        ran = runner.run('one:\n  - do: {rollup.get_jobs: {id: _all}}\n  - match: {jobs: "none"}\n')

        assert ran.lines == [
            "failed   mine.yml: one",
            '    line 3, match: jobs is [], expected "none"',
            "    request: GET /_rollup/job/_all",
            '    answer:  200 {"jobs":[]}',
            "0 passed, 1 failed, 0 not run, 0 skipped (7.17.29)",
        ]
        assert ran.code == 1

    def test_ends_where_it_fails(self, runner: Runner) -> None:
        """The first section that does not hold is the one that is told."""
        ran = runner.steps(STOP + "- is_false: stopped\n- match: {stopped: 3}\n")

        assert "is_false: stopped is true" in ran.text
        assert "expected 3" not in ran.text

    def test_in_its_setup(self, runner: Runner) -> None:
        """What the tests build upon has to hold as well."""
        ran = runner.run("setup:\n  - do: {rollup.stop_job: {id: nobody}}\n---\nit:\n  - is_true: stopped\n")

        assert "line 2, do: no error was expected" in ran.text
        assert "answer:  404" in ran.text

    def test_in_its_teardown(self, runner: Runner) -> None:
        """A teardown that fails fails the test."""
        ran = runner.run(
            "it:\n  - do: {info: {}}\n---\nteardown:\n  - do: {rollup.delete_job: {id: nobody}}\n",
        )

        assert "teardown: line 5, do: no error was expected" in ran.text
        assert ran.code == 1


class TestNotRun:
    """What the runner or the fake cannot do is never passed."""

    @pytest.mark.parametrize(
        ("steps", "reason"),
        [
            (
                "- do: {bulk: {body: [{index: {_index: a}}, {at: 1}]}}\n",
                "line 17: bulk is not faked (POST /_bulk)",
            ),
            (
                "- do: {catch: request, indices.exists_alias: {index: a, name: b}}\n",
                "indices.exists_alias is not faked (HEAD /a/_alias/b)",
            ),
            ("- do: {ml.get_jobs: {}}\n", "the API ml.get_jobs is not known here"),
            ("- is_after: {at: 1}\n", "sections of the kind is_after are not known here"),
            ("- do: {catch: whatever, info: {}}\n", "catch: whatever is not known here"),
            ("- do: {info: {}, rollup.get_jobs: {id: a}}\n", "one API, not info and rollup.get_jobs"),
            ("- do: {catch: missing}\n", "a do section needs an API"),
            ("- do: [info]\n", "do is a mapping, not ['info']"),
            ("- match: 3\n", "match is a mapping of paths, not 3"),
            ("- is_true: stopped\n", "there is no answer to look at"),
            ("- do: {catch: '/(/', rollup.stop_job: {id: x}}\n", "the pattern '(' is none in Python"),
            ("- do: {info: {}}\n- close_to: {a: 3}\n", "close_to has a value and an error, not 3"),
        ],
    )
    def test_says_why(self, runner: Runner, steps: str, reason: str) -> None:
        """With the line; the exit code is 0, since nothing failed."""
        ran = runner.steps(steps)

        assert reason in ran.lines[0]
        assert ran.lines[0].startswith("not run  mine.yml: it (line ")
        assert ran.counts == "0 passed, 0 failed, 1 not run, 0 skipped (7.17.29)"
        assert ran.code == 0

    def test_is_a_failure_if_strict(self, runner: Runner) -> None:
        """For whoever wants all or nothing."""
        assert runner.steps("- do: {ml.get_jobs: {}}\n", "--strict").code == 1

    def test_in_the_teardown(self, runner: Runner) -> None:
        """A test of which not everything was run has not passed."""
        ran = runner.run("it:\n  - do: {info: {}}\n---\nteardown:\n  - do: {indices.delete_template: {name: a}}\n")

        assert ran.lines[0].startswith("not run  mine.yml: it (teardown: line 5: indices.delete_template is not faked")

    def test_a_failure_before_it_counts_more(self, runner: Runner) -> None:
        """What was run and did not hold is no matter of what was not run."""
        ran = runner.steps("- do: {info: {}}\n- is_true: nothing\n- do: {ml.get_jobs: {}}\n")

        assert ran.counts.startswith("0 passed, 1 failed, 0 not run")


class TestFreshness:
    """Each test has a cluster of its own."""

    def test_a_test_finds_what_the_setup_left_and_nothing_else(self, runner: Runner) -> None:
        """The second test can create the job that the first one created."""
        test = (
            "  - do: {rollup.delete_job: {id: sensor}}\n  - do: {rollup.get_jobs: {id: _all}}\n  - length: {jobs: 0}\n"
        )
        ran = runner.run(f"{SETUP}\n---\nfirst:\n{test}\n---\nsecond:\n{test}")

        assert ran.counts.startswith("2 passed, 0 failed")

    def test_what_the_setup_put_aside_is_forgotten(self, runner: Runner) -> None:
        """As the Java runner forgets it."""
        ran = runner.run(
            "setup:\n  - do: {info: {}}\n  - set: {cluster_name: name}\n---\n"
            "it:\n  - do: {info: {}}\n  - match: {cluster_name: $name}\n"
        )

        assert "nothing was put aside as $name; there is $body" in ran.text

    def test_the_last_answer_of_the_setup_is_forgotten(self, runner: Runner) -> None:
        """A test begins without an answer."""
        ran = runner.run("setup:\n  - do: {info: {}}\n---\nit:\n  - is_true: cluster_name\n")

        assert "there is no answer to look at" in ran.text


class TestQuiet:
    """With `-q`."""

    def test_only_failures_and_counts_are_printed(self, runner: Runner) -> None:
        """What passed or was not run is in the counts."""
        ran = runner.run("a:\n  - do: {info: {}}\nb:\n  - is_true: x\nc:\n  - do: {info: {}}\n  - is_true: x\n", "-q")

        assert [line for line in ran.lines if not line.startswith(" ")] == [
            "failed   mine.yml: c",
            "1 passed, 1 failed, 1 not run, 0 skipped (7.17.29)",
        ]


def test_an_error_of_the_fake_is_a_failure(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the fake finds wrong with itself is told, even if the sections hold."""
    monkeypatch.setattr("pytest_rollup_fake.cluster.RollupCluster.take_findings", lambda _: ["something broke"])

    assert runner.steps(STOP).lines[:2] == ["failed   mine.yml: it", "    something broke"]


def test_a_body_may_name_values_put_aside(runner: Runner) -> None:
    """In the text of a body too."""
    ran = runner.run(
        SETUP
        + "---\nit:\n  - do: {rollup.get_jobs: {id: sensor}}\n  - set: {jobs.0.config.cron: cron}\n  - do:"
        + JOB.replace("sensor", "other").replace('"0 0 * * * ?"', '"$cron"')
        + "  - do: {rollup.get_jobs: {id: other}}\n  - match: {jobs.0.config.cron: '0 0 * * * ?'}\n"
    )

    assert ran.has_passed, ran.text
