"""What a failed assertion says of states, outcomes and requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import RunTests


class Explained:
    """Runs tests that fail and returns what pytest says of their assertions."""

    def __init__(self, run_tests: RunTests) -> None:
        self._run_tests = run_tests

    def __call__(self, *lines: str, marker: str = "clock='manual'") -> list[str]:
        """Return the lines that explain the last of these lines; there is a cluster, its clock stands still."""
        body = "\n".join(f"            {line}" for line in lines)
        result = self._run_tests(f"""
        import pytest
        from client import send, stop
        from pytest_rollup_fake import NEVER, faults, polls

        @pytest.mark.rollup_cluster({marker})
        def test_it(rollup_cluster):
            cluster = rollup_cluster
{body}
        """)
        result.assert_outcomes(failed=1)
        return [line[1:].strip() for line in result.outlines if line.startswith("E ")]


@pytest.fixture
def explained(run_tests: RunTests) -> Explained:
    """Give what runs an assertion that fails and returns what is said of it."""
    return Explained(run_tests)


class TestStates:
    """`assert job.state == "stopped"`."""

    def test_tell_since_when_and_why_and_what_is_missing(self, explained: Explained) -> None:
        """A stop without `wait_for_completion` is answered before the job has stopped."""
        assert explained(
            'job = cluster.add_job("sensor", stop_delay="45s")',
            'stop(cluster, "sensor")',
            'assert job.state == "stopped"',
        )[:4] == [
            "AssertionError: assert 'stopping' == 'stopped'",
            "<Job 'sensor' stopping since 0.000 s: stop (request #2)>",
            "it will be stopped at 45.000 s; 45.000 s are missing: clock.advance(45)",
            "stop was called without wait_for_completion=true (request #2): it was answered at once",
        ]

    @pytest.mark.parametrize("wanted", ["stopped", "stopping"])
    def test_tell_of_a_fault_that_has_skipped_the_effect(self, explained: Explained, wanted: str) -> None:
        """Who forgets `effect="applied"` is told."""
        assert explained(
            'job = cluster.add_job("sensor", state="indexing")',
            'cluster.inject(faults.no_master(), on="stop")',
            'stop(cluster, "sensor")',
            f'assert job.state == "{wanted}"',
        )[1:4] == [
            "<Job 'sensor' indexing since 0.000 s: added by the test>",
            "#3 was struck by faults.no_master(), which skipped its effect",
            '(effect="applied" strikes after the effect)',
        ]

    @pytest.mark.parametrize(
        ("settings", "act", "expected"),
        [
            ("stop_delay=NEVER", "", "its stop_delay is NEVER"),
            ("stop_delay=polls(3)", "", "it will be stopped after 3 more answered reads of the job"),
            ("", "job.hold()", "it is held: release() lets it stop"),
        ],
    )
    def test_tell_what_would_stop_a_job(self, explained: Explained, settings: str, act: str, expected: str) -> None:
        """There is more than time that can."""
        lines = explained(
            f'job = cluster.add_job("sensor", {settings})',
            act,
            'stop(cluster, "sensor")',
            'assert "stopped" == job.state',
        )
        assert lines[0] == "AssertionError: assert 'stopped' == 'stopping'"
        assert lines[2] == expected

    def test_that_were_set_say_so(self, explained: Explained) -> None:
        """Nothing stops such a job by itself, and nobody asked it to."""
        assert explained('job = cluster.add_job("sensor", state="stopping")', 'assert job.state == "stopped"')[2:4] == [
            "nothing will stop it by itself: its state was set without a stop_delay",
            "no request has stopped it",
        ]

    def test_name_the_stop_of_another_job(self, explained: Explained) -> None:
        """Its id was nearly right."""
        lines = explained('job = cluster.add_job("sensor")', 'stop(cluster, "sensro")', 'assert job.state == "stopped"')
        assert lines[2] == "no request has stopped it; there are #2 stop sensro 404"

    @pytest.mark.parametrize("comparison", ['== "stoped"', 'in ("stoped", "started")'])
    def test_that_do_not_exist_are_told(self, explained: Explained, comparison: str) -> None:
        """Such an assertion can never hold."""
        lines = explained('job = cluster.add_job("sensor", state="stopped")', f"assert job.state {comparison}")
        assert lines[1] == (
            "'stoped' is no job state, of which there are started, indexing, stopping, stopped, aborting; "
            "did you mean 'stopped'?"
        )

    @pytest.mark.parametrize(
        "comparison",
        ['!= "stopping"', 'in ("stopped", "aborting")', 'not in {"stopping"}', 'in ["stopped"]'],
    )
    def test_are_explained_however_they_are_compared(self, explained: Explained, comparison: str) -> None:
        """With whatever would bring another one."""
        lines = explained(
            'job = cluster.add_job("sensor", stop_delay="45s")',
            'stop(cluster, "sensor")',
            f"assert job.state {comparison}",
        )
        assert lines[0] == f"AssertionError: assert 'stopping' {comparison.replace(chr(34), chr(39))}"
        assert lines[1:3] == [
            "<Job 'sensor' stopping since 0.000 s: stop (request #2)>",
            "it will be stopped at 45.000 s; 45.000 s are missing: clock.advance(45)",
        ]

    @pytest.mark.parametrize("comparison", ['{} == "stopped"', '"stopped" == {}', '{} in ("stopped",)'])
    def test_that_an_answer_has_as_text_are_explained_too(self, explained: Explained, comparison: str) -> None:
        """If a job is in it; of the job that was asked for last."""
        lines = explained(
            "import json, urllib.request",
            'cluster.add_job("other", state="stopping", stop_delay="1h")',
            'cluster.add_job("sensor", state="stopping", stop_delay="45s")',
            'with urllib.request.urlopen(f"{cluster.url}/_rollup/job/sensor") as answer:',
            '    (found,) = json.load(answer)["jobs"]',
            "assert " + comparison.format('found["status"]["job_state"]'),
        )
        assert lines[0] == "AssertionError: assert " + comparison.format("'stopping'").replace('"', "'")
        assert lines[1] == "<Job 'sensor' stopping since 0.000 s: added by the test>"
        assert not any("other" in line for line in lines)

    def test_of_several_jobs_tell_of_the_one_that_was_looked_at(self, explained: Explained) -> None:
        """The assertion has read its state last."""
        lines = explained(
            'other = cluster.add_job("other", state="stopping", stop_delay="1h")',
            'job = cluster.add_job("sensor", state="stopping", stop_delay="45s")',
            'assert other.state == "stopping"',
            'assert job.state == "stopped"',
        )
        assert lines[1] == "<Job 'sensor' stopping since 0.000 s: added by the test>"
        assert not any("other" in line for line in lines)

    def test_of_several_jobs_say_so_if_it_is_not_known(self, explained: Explained) -> None:
        """As for the states of a list that an answer has."""
        lines = explained(
            *(f'cluster.add_job("job-{number}", state="stopped")' for number in range(5)),
            'assert "stopped" != "stopped"',
        )
        assert lines[1] == "which of the 5 jobs that are stopped it is about is not known:"
        assert lines[4] == "<Job 'job-2' stopped since 0.000 s: added by the test>"
        assert lines[5] == "... 2 more"

    def test_of_other_things_are_left_to_pytest(self, explained: Explained) -> None:
        """What was no comparison of ours is explained as ever."""
        assert explained('assert "stopped" == "started"')[-2:] == ["- started", "+ stopped"]


class TestRequests:
    """`assert [request.outcome for request in cluster.requests] == [...]`."""

    def test_outcomes_name_the_requests_that_they_are_of(self, explained: Explained) -> None:
        """And where the lists differ."""
        assert explained(
            'cluster.add_job("sensor")',
            'stop(cluster, "sensor")',
            'send(cluster, path="/")',
            'assert [request.outcome for request in cluster.requests.to("stop")] == ["lost"]',
        )[:3] == [
            "AssertionError: assert ['answered'] == ['lost']",
            "they differ at index 0: 'answered' is not 'lost'",
            "<#2 POST /_rollup/job/sensor/_stop? answered 200>",
        ]

    def test_lists_of_different_lengths_say_so(self, explained: Explained) -> None:
        """If they are equal as far as they go."""
        lines = explained(
            'send(cluster, path="/")',
            'assert [request.outcome for request in cluster.requests] == ["answered", "answered"]',
        )
        assert lines[1:3] == ["there are 1 and not 2", "<#1 GET / answered 200>"]

    def test_states_around_a_request_are_explained_too(self, explained: Explained) -> None:
        """With names that do not exist."""
        lines = explained(
            'cluster.add_job("sensor")',
            'stop(cluster, "sensor")',
            'assert [request.state_after for request in cluster.requests] == ["stoped"]',
        )
        assert lines[0] == "AssertionError: assert ['stopped'] == ['stoped']"
        assert "did you mean 'stopped'?" in lines[1]
        assert lines[3] == "<#2 POST /_rollup/job/sensor/_stop? answered 200>"

    def test_an_outcome_that_does_not_exist_is_told(self, explained: Explained) -> None:
        """If it is nearly one."""
        lines = explained('send(cluster, path="/")', 'assert cluster.requests.last.outcome == "answerd"')
        assert lines[1].endswith("; did you mean 'answered'?")

    def test_a_list_that_is_not_empty_is_listed(self, explained: Explained) -> None:
        """One request to a line."""
        lines = explained('send(cluster, path="/")', 'stop(cluster, "sensor")', "assert cluster.requests == []")
        assert lines[1:3] == ["<#1 GET / answered 200>", "<#2 POST /_rollup/job/sensor/_stop? answered 404>"]

    def test_what_was_looked_for_in_vain_shows_what_there_was(self, explained: Explained) -> None:
        """By the repr of the requests that were not there."""
        (line, *_) = explained('stop(cluster, "sensro")', 'assert cluster.requests.to("stop", job="sensor")')
        assert "<no requests to 'stop' for job 'sensor'; there are 1: #1 stop sensro 404>" in line
