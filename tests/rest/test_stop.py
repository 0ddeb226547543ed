"""Stop Job: what it does, what it waits for, and what it refuses."""

from __future__ import annotations

import pytest

from pytest_rollup_fake.model.jobs import NEVER
from tests.support import Answer, FakeCluster, ask, lines

DEPRECATED = "The rollup functionality will be removed in Elasticsearch 10.0. See docs for more information."
STOPPED = '{"stopped":true}'
UNIT_MISSING = "failed to parse setting [timeout] with value [%s] as a time value: unit is missing or unrecognized"

# 6.3 to 6.5 know only the old spelling.
PATH = {line: "/_xpack/rollup/job" if line in ("6.3", "6.4", "6.5") else "/_rollup/job" for line in lines()}

every_version = pytest.mark.parametrize("version", lines())
that_waits = pytest.mark.parametrize("version", lines("6.6"))


def stop(version: str, query: str = "", *, job: str = "a", cluster: FakeCluster | None = None) -> Answer:
    """Stop a job of a cluster that has one started job, `a`."""
    return (cluster or FakeCluster(version, "a")).ask(f"POST {PATH[version]}/{job}/_stop{query}")


def plain_error(type_: str, reason: str, status: int) -> str:
    """Return the body of an error that has no more than type and reason."""
    return (
        f'{{"error":{{"root_cause":[{{"type":"{type_}","reason":"{reason}"}}],'
        f'"type":"{type_}","reason":"{reason}"}},"status":{status}}}'
    )


class TestAnswer:
    """Who stops a job is told that it is stopped, whether or not it is."""

    @every_version
    def test_started(self, version: str) -> None:
        """A job that is idle is stopped at once; nothing is persisted."""
        cluster = FakeCluster(version, "a")
        answer = stop(version, cluster=cluster)

        assert (answer.status, answer.text) == (200, STOPPED)
        assert (answer.request.state_before, answer.request.state_after) == ("started", "stopped")
        assert cluster.world.jobs["a"].persisted == "started"

    @every_version
    def test_stopped(self, version: str) -> None:
        """A job that is stopped already, or never was started, is stopped again."""
        cluster = FakeCluster(version)
        cluster.add_job("a", state="stopped")

        assert stop(version, cluster=cluster).text == STOPPED
        assert stop(version, cluster=cluster).text == STOPPED
        assert cluster.world.jobs["a"].state == "stopped"

    @every_version
    def test_indexing(self, version: str) -> None:
        """A job that is at work is told to stop; the answer is the same while it winds down."""
        cluster = FakeCluster(version)
        job = cluster.add_job("a", state="indexing", stop_delay="5m")
        answer = stop(version, cluster=cluster)

        assert (answer.status, answer.text) == (200, STOPPED)
        assert (answer.request.state_before, answer.request.state_after) == ("indexing", "stopping")
        assert job.persisted == "stopped"
        assert stop(version, cluster=cluster).text == STOPPED
        assert job.state == "stopping"
        cluster.advance("5m")
        assert job.state == "stopped"

    @every_version
    def test_aborting(self, version: str) -> None:
        """A job that is being cancelled cannot be stopped; the state is in upper case."""
        cluster = FakeCluster(version)
        cluster.add_job("a", state="aborting")
        answer = stop(version, cluster=cluster)

        assert answer.status == 500
        assert answer.text == plain_error(
            "exception", "Cannot stop task for Rollup Job [a] because state was [ABORTING]", 500
        )

    @every_version
    def test_unknown(self, version: str) -> None:
        """A job that does not exist is not found."""
        answer = stop(version, job="does_not_exist")

        assert answer.status == 404
        assert answer.text == plain_error(
            "resource_not_found_exception", "Task for Rollup Job [does_not_exist] not found", 404
        )
        assert (answer.request.state_before, answer.request.state_after) == (None, None)

    @every_version
    def test_unassigned(self, version: str) -> None:
        """A job that no node runs is not found either, since only live tasks are looked at."""
        cluster = FakeCluster(version, "a")
        cluster.world.jobs["a"].unassign("the node left")

        assert stop(version, cluster=cluster).error["reason"] == "Task for Rollup Job [a] not found"

    @every_version
    def test_no_wildcards(self, version: str) -> None:
        """`_all`, `*` and lists are ids like others, in which case counts."""
        for raw, id_ in (("_all", "_all"), ("*", "*"), ("a,b", "a,b"), ("a*", "a*"), ("A", "A")):
            assert stop(version, job=raw).error["reason"] == f"Task for Rollup Job [{id_}] not found"

    @every_version
    def test_any_id(self, version: str) -> None:
        """An id may be anything, also what JSON escapes."""
        cluster = FakeCluster(version, 'q"\\ä')

        assert cluster.ask(f"POST {PATH[version]}/q%22%5C%C3%A4/_stop").text == STOPPED
        assert cluster.ask(f"POST {PATH[version]}/n%22%5C%C3%A4/_stop").error["reason"] == (
            'Task for Rollup Job [n"\\ä] not found'
        )

    @every_version
    def test_is_told_to_the_job(self, version: str) -> None:
        """The job knows who stopped it, and its history says which request it was."""
        cluster = FakeCluster(version, "a")
        answer = stop(version, cluster=cluster)
        job = cluster.world.jobs["a"]

        assert list(job.stop_requests) == [answer.request]
        assert job.history[-1].why == f"stop (request #{answer.request.number})"


class TestWaiting:
    """`wait_for_completion=true`, from 6.6 on."""

    @that_waits
    def test_values(self, version: str) -> None:
        """An empty value is true, white space the default, which is false."""
        for value, waits in (
            ("", False),
            ("?wait_for_completion=false", False),
            ("?wait_for_completion=%20", False),
            ("?wait_for_completion=true", True),
            ("?wait_for_completion=", True),
            ("?wait_for_completion", True),
            ("?wait_for_completion=false;wait_for_completion=true", True),
        ):
            cluster = FakeCluster(version)
            cluster.add_job("a", state="indexing", stop_delay="1s")
            answer = stop(version, value, cluster=cluster)
            assert (answer.reply is None) == waits, value
            assert answer.request.wait_for_completion is waits

    @that_waits
    def test_bad_values(self, version: str) -> None:
        """Anything else is refused, without the parameter's name."""
        for value in ("True", "TRUE", "1", "0", "yes", "on", "%22true%22", "%20true"):
            answer = stop(version, f"?wait_for_completion={value}")
            sent = value.replace("%22", '"').replace("%20", " ")
            assert answer.status == 400
            assert answer.error["type"] == "illegal_argument_exception"
            assert answer.error["reason"] == f"Failed to parse value [{sent}] as only [true] or [false] are allowed."

    @that_waits
    def test_stopped_in_time(self, version: str) -> None:
        """The answer comes once the job is stopped, at the next look."""
        cluster = FakeCluster(version)
        cluster.add_job("a", state="indexing", stop_delay="5s")
        answer = stop(version, "?wait_for_completion=true", cluster=cluster)

        cluster.advance("5s")
        assert answer.reply is None
        cluster.advance("23ms")  # the looks are at 0, 1, 3, 7 ... 1023, 2023 ms and so on
        assert (answer.status, answer.text) == (200, STOPPED)
        assert answer.request.state_after == "stopping"

    @that_waits
    def test_stopped_already(self, version: str) -> None:
        """A job that stops at once is not waited for."""
        assert stop(version, "?wait_for_completion=true").text == STOPPED

    @that_waits
    def test_default_timeout_is_30_seconds(self, version: str) -> None:
        """Without a timeout a stop waits for 30 seconds."""
        cluster = FakeCluster(version)
        cluster.add_job("a", state="indexing", stop_delay=NEVER)
        answer = stop(version, "?wait_for_completion=true", cluster=cluster)

        assert answer.request.timeout == 30.0
        cluster.advance("29999ms")
        assert answer.reply is None
        cluster.advance("1ms")
        assert "Timed out after [30s] while waiting for rollup job [a] to stop" in answer.text

    @that_waits
    def test_timeout_matters_only_to_those_who_wait(self, version: str) -> None:
        """`timeout` is read always, but used only with `wait_for_completion`."""
        cluster = FakeCluster(version)
        cluster.add_job("a", state="indexing", stop_delay=NEVER)
        answer = stop(version, "?timeout=10s", cluster=cluster)

        assert answer.text == STOPPED
        assert (answer.request.wait_for_completion, answer.request.timeout) == (False, 10.0)

    @that_waits
    def test_timeout_does_not_undo_the_stop(self, version: str) -> None:
        """After a timeout the job still winds down."""
        cluster = FakeCluster(version)
        job = cluster.add_job("a", state="indexing", stop_delay="1m")
        stop(version, "?wait_for_completion=true&timeout=10s", cluster=cluster)

        cluster.advance("10s")
        assert job.state == "stopping"
        cluster.advance("50s")
        assert job.state == "stopped"

    @that_waits
    def test_one_look_without_time(self, version: str) -> None:
        """A timeout of zero or less looks once, at once; unit-less zero is in milliseconds, -1 is itself."""
        for timeout, shown in (("0", "0ms"), ("0s", "0s"), ("-1", "-1"), ("-1s", "-1"), ("-01", "-1")):
            cluster = FakeCluster(version)
            cluster.add_job("a", state="indexing", stop_delay=NEVER)
            answer = stop(version, f"?wait_for_completion=true&timeout={timeout}", cluster=cluster)
            assert f"Timed out after [{shown}] while waiting" in answer.text

    @that_waits
    def test_shown_as_given(self, version: str) -> None:
        """The timeout is shown with the unit it was given in."""
        for timeout, shown in (
            ("500ms", "500ms"),
            ("1500ms", "1500ms"),
            ("90s", "90s"),
            ("1m", "1m"),
            ("10S", "10s"),
            ("%2B5s", "5s"),
            ("007s", "7s"),
            ("10%20s", "10s"),
            ("2h", "2h"),
            ("1d", "1d"),
            ("5nanos", "5nanos"),
            ("1000micros", "1000micros"),
        ):
            cluster = FakeCluster(version)
            cluster.add_job("a", state="indexing", stop_delay=NEVER)
            answer = stop(version, f"?wait_for_completion=true&timeout={timeout}", cluster=cluster)
            cluster.advance("1d")
            assert f"Timed out after [{shown}] while waiting" in answer.text

    @that_waits
    def test_several_wait_for_one_job(self, version: str) -> None:
        """Each has a timeout of its own: looking at the state is nobody's turn."""
        cluster = FakeCluster(version)
        cluster.add_job("a", state="indexing", stop_delay="5s")
        patient = [stop(version, "?wait_for_completion=true", cluster=cluster) for _ in range(3)]
        hasty = stop(version, "?wait_for_completion=true&timeout=2s", cluster=cluster)

        cluster.advance("2s")
        assert hasty.error["type"] == "timeout_exception"
        assert [answer.reply for answer in patient] == [None, None, None]
        cluster.advance("4s")
        assert [answer.text for answer in patient] == [STOPPED] * 3

    @that_waits
    def test_removed_meanwhile(self, version: str) -> None:
        """Who waits for a job that somebody deletes waits for its task, which will never be stopped."""
        cluster = FakeCluster(version)
        cluster.add_job("a", state="indexing", stop_delay="5s")
        answer = stop(version, "?wait_for_completion=true&timeout=10s", cluster=cluster)
        cluster.world.remove_job("a")
        cluster.add_job("a", state="stopped")

        cluster.advance("10s")
        assert answer.error["type"] == "timeout_exception"
        if version != "6.6":
            assert answer.error["reason"].endswith(". State was [ABORTING]")


class TestTimeout:
    """The error that a wait ends in."""

    def timed_out(self, version: str, *headers: tuple[str, str], query: str = "") -> Answer:
        """Return the answer to a stop that timed out after ten seconds."""
        cluster = FakeCluster(version)
        cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
        line = f"POST /_rollup/job/sensor/_stop?wait_for_completion=true&timeout=10s{query}"
        answer = cluster.ask(line, *headers)
        cluster.advance("10s")
        return answer

    def test_6_6(self) -> None:
        """6.6 does not name the state."""
        answer = self.timed_out("6.6")

        assert answer.status == 500
        assert answer.text == plain_error(
            "timeout_exception", "Timed out after [10s] while waiting for rollup job [sensor] to stop", 500
        )

    @pytest.mark.parametrize("version", lines("6.7", "8.19"))
    def test_6_7_to_8(self, version: str) -> None:
        """From 6.7 to 8.19 it is a 500 that names the state in upper case."""
        answer = self.timed_out(version)
        reason = "Timed out after [10s] while waiting for rollup job [sensor] to stop. State was [STOPPING]"

        assert answer.status == 500
        assert answer.text == plain_error("timeout_exception", reason, 500)
        assert answer.values("X-Timed-Out") == []

    @pytest.mark.parametrize("version", lines("9.0", "9.1"))
    def test_9_0_and_9_1(self, version: str) -> None:
        """9.0 and 9.1 answer 429, and show the header that says so in the body too."""
        answer = self.timed_out(version)
        exception = (
            '"type":"timeout_exception","reason":"Timed out after [10s] while waiting for rollup job [sensor] to stop. '
            'State was [STOPPING]","timed_out":true,"header":{"X-Timed-Out":"?1"}'
        )

        assert answer.status == 429
        assert answer.text == f'{{"error":{{"root_cause":[{{{exception}}}],{exception}}},"status":429}}'
        assert answer.values("X-Timed-Out") == ["?1"]

    @pytest.mark.parametrize("version", lines("9.2"))
    def test_9_2_and_later(self, version: str) -> None:
        """From 9.2 on the header is one of HTTP only."""
        answer = self.timed_out(version)
        exception = (
            '"type":"timeout_exception","reason":"Timed out after [10s] while waiting for rollup job [sensor] to stop. '
            'State was [STOPPING]","timed_out":true'
        )

        assert answer.status == 429
        assert answer.text == f'{{"error":{{"root_cause":[{{{exception}}}],{exception}}},"status":429}}'
        assert answer.values("X-Timed-Out") == ["?1"]

    @pytest.mark.parametrize("version", lines("9.0"))
    def test_order_of_headers(self, version: str) -> None:
        """The mark comes before what all answers have, and no exception is named on a 429."""
        answer = self.timed_out(version, ("X-Opaque-Id", "me"))

        assert [name for name, _ in answer.headers] == [
            "X-Opaque-Id",
            "X-Timed-Out",
            "X-elastic-product",
            "Warning",
            "content-type",
        ]

    @that_waits
    def test_obeys_pretty_but_no_filter(self, version: str) -> None:
        """An error that comes late is rendered as one that comes at once."""
        answer = self.timed_out(version, query="&pretty&filter_path=nothing")

        assert answer.text.startswith('{\n  "error" : {\n    "root_cause" : [\n      {\n        "type" : "timeout_')


class TestParameters:
    """What Stop Job reads, and what it makes of the rest."""

    @pytest.mark.parametrize("version", lines(until="6.5"))
    def test_6_3_to_6_5_have_none(self, version: str) -> None:
        """Up to 6.5 both parameters are unknown, and nothing resembles them."""
        path = "/_xpack/rollup/job/a/_stop"

        assert stop(version, "?wait_for_completion=true").error["reason"] == (
            f"request [{path}] contains unrecognized parameter: [wait_for_completion]"
        )
        assert stop(version, "?wait_for_completion=true&timeout=abc").text == plain_error(
            "illegal_argument_exception",
            f"request [{path}] contains unrecognized parameters: [timeout], [wait_for_completion]",
            400,
        )

    @that_waits
    @pytest.mark.parametrize(
        "hint",
        [
            {"timeot": "timeout", "time": "timeout", "timeouts": "timeout"},
            dict.fromkeys(("wait_for_complete", "wait_for_completed", "waitForCompletion"), "wait_for_completion"),
            dict.fromkeys(("wait_for_compl", "wait_for_stop", "wait_for_timeout"), "wait_for_completion"),
            {"prety": "pretty", "ids": "id", "hum": "human"},
        ],
    )
    def test_hints(self, version: str, hint: dict[str, str]) -> None:
        """A name that resembles a known one gets a hint, also at parameters that every API has."""
        for name, known in hint.items():
            assert stop(version, f"?{name}=1").error["reason"] == (
                f"request [/_rollup/job/a/_stop] contains unrecognized parameter: [{name}] -> did you mean [{known}]?"
            )

    @that_waits
    def test_no_hints(self, version: str) -> None:
        """A name that resembles nothing gets none; there is no `force` and no `allow_no_match`."""
        for name in (
            "wait",
            "wait_for",
            "master_timeout",
            "ignore",
            "foo",
            "request_timeout",
            "force",
            "allow_no_match",
            "wait_for_checkpoint",
        ):
            reason = stop(version, f"?{name}=1").error["reason"]
            assert reason.startswith(f"request [/_rollup/job/a/_stop] contains unrecognized parameter: [{name}]")
            assert ("did you mean" in reason) == (name == "wait_for_checkpoint")

    @that_waits
    def test_several(self, version: str) -> None:
        """Several are sorted, and the path is decoded."""
        assert stop(version, "?z=1&a=2&prety", job="a%20b").error["reason"] == (
            "request [/_rollup/job/a b/_stop] contains unrecognized parameters: "
            "[a], [prety] -> did you mean [pretty]?, [z]"
        )

    @that_waits
    def test_id_of_the_path_counts(self, version: str) -> None:
        """The id of the path overrides one of the query, which is known therefore."""
        assert stop(version, "?id=b").text == STOPPED

    @every_version
    def test_always_accepted(self, version: str) -> None:
        """Every API takes the parameters that shape the answer."""
        query = "?pretty=false&human&error_trace&filter_path=stopped&format=json"

        assert stop(version, query).text == STOPPED

    @that_waits
    def test_bad_timeouts(self, version: str) -> None:
        """A timeout that is no time value is refused, with what Java said to its number as the cause."""
        for raw, text, cause in (
            ("abc", UNIT_MISSING, None),
            ("", UNIT_MISSING, None),
            ("10", UNIT_MISSING, None),
            ("-2", UNIT_MISSING, None),
            ("10w", UNIT_MISSING, None),
            ("10M", UNIT_MISSING, None),
            ("1.5s", "failed to parse [1.5s], fractional time values are not supported", "1.5"),
            ("1e3s", "failed to parse [1e3s], fractional time values are not supported", "1e3"),
            ("xs", "failed to parse [xs]", "x"),
            ("s", "failed to parse [s]", ""),
        ):
            error = stop(version, f"?timeout={raw}").error
            assert error["type"] == "illegal_argument_exception"
            assert error["reason"] == text.replace("%s", raw)
            assert error["root_cause"] == [{"type": "illegal_argument_exception", "reason": error["reason"]}]
            if cause is None:
                assert "caused_by" not in error
            else:
                reason = f'For input string: "{cause}"'
                assert error["caused_by"] == {"type": "number_format_exception", "reason": reason}

    @pytest.mark.parametrize("version", ["6.8.9", "6.8", *lines("7.7")])
    def test_negative_timeouts_are_refused(self, version: str) -> None:
        """Late 6.8, and 7.7 and later, refuse what is below -1."""
        cluster = FakeCluster(version, "a")

        for raw in ("-2s", "-30s", "-2ms"):
            assert cluster.ask(f"POST /_rollup/job/a/_stop?timeout={raw}").error["reason"] == (
                f"failed to parse setting [timeout] with value [{raw}] as a time value: "
                "negative durations are not supported"
            )

    @pytest.mark.parametrize("version", ["6.6", "6.7", "6.8.8", *lines("7.0", "7.6")])
    def test_negative_timeouts_are_accepted(self, version: str) -> None:
        """Others take them; they look once, and show the number without its unit."""
        cluster = FakeCluster(version)
        cluster.add_job("a", state="indexing", stop_delay=NEVER)
        answer = cluster.ask("POST /_rollup/job/a/_stop?wait_for_completion=true&timeout=-30s")

        assert "Timed out after [-30] while waiting" in answer.text


class TestForm:
    """How the answer looks."""

    @every_version
    def test_pretty(self, version: str) -> None:
        """`pretty` has two spaces, a space on both sides of the colon and a line feed at the end."""
        assert stop(version, "?pretty").text == '{\n  "stopped" : true\n}\n'

    @every_version
    @pytest.mark.parametrize("query", ["?human", "?human=false"])
    def test_human_changes_nothing(self, version: str, query: str) -> None:
        """There is nothing in the answer that a human would want otherwise."""
        assert stop(version, query).text == STOPPED

    @every_version
    def test_filter_path(self, version: str) -> None:
        """`filter_path` filters an answer, down to nothing, but no error, and does not undo the stop."""
        assert stop(version, "?filter_path=stopped").text == STOPPED
        assert stop(version, "?filter_path=nope").text == "{}"
        assert stop(version, "?filter_path=nope", job="b").error["reason"] == "Task for Rollup Job [b] not found"

    @every_version
    def test_yaml(self, version: str) -> None:
        """YAML can be asked for, in errors too."""
        answer = stop(version, "?format=yaml")

        assert answer.text == "---\nstopped: true\n"
        assert answer.values("content-type") == ["application/yaml"]
        assert stop(version, "?format=yaml", job="b").text.startswith("---\nerror:\n  root_cause:\n  - type: ")

    @every_version
    def test_unknown_format(self, version: str) -> None:
        """A format that nobody knows is JSON."""
        assert stop(version, "?format=xml").text == STOPPED


class TestDeprecation:
    """9.x announces the end of rollup."""

    @pytest.mark.parametrize("version", lines(until="8.19"))
    def test_not_before_9(self, version: str) -> None:
        """Up to 8.19 nothing is said."""
        assert stop(version).warnings == []

    @pytest.mark.parametrize("version", lines("9.0"))
    def test_from_9_on(self, version: str) -> None:
        """From 9.0 on every stop warns that reaches the action, also one that fails."""
        assert stop(version).warnings == [DEPRECATED]
        assert stop(version, job="b").warnings == [DEPRECATED]
        assert stop(version, "?foo=1").warnings == []
        assert ask(version, "GET /_rollup/job/a/_stop").warnings == []


class TestStackTrace:
    """`error_trace=true` shows where an exception came from; its frames are not faked."""

    FRAME = "\n\tat org.elasticsearch.<unknown>(Unknown Source)\n"

    @every_version
    def test_off_by_default(self, version: str) -> None:
        """Nobody gets a trace who does not ask, whatever the reference shows."""
        assert "stack_trace" not in stop(version, job="b").text
        assert "stack_trace" not in stop(version, "?error_trace=false", job="b").text

    @pytest.mark.parametrize("version", lines(until="7.17"))
    def test_before_8(self, version: str) -> None:
        """Up to 7.17 a trace begins with the class's simple name, and brackets."""
        error = stop(version, "?error_trace=true", job="b").error
        trace = f"ResourceNotFoundException[Task for Rollup Job [b] not found]{self.FRAME}"

        assert list(error) == ["root_cause", "type", "reason", "stack_trace"]
        assert (error["stack_trace"], error["root_cause"][0]["stack_trace"]) == (trace, trace)

    @pytest.mark.parametrize("version", lines("8.0"))
    def test_from_8_on(self, version: str) -> None:
        """From 8.0 on it begins as Java's own."""
        error = stop(version, "?error_trace", job="b").error
        trace = f"org.elasticsearch.ResourceNotFoundException: Task for Rollup Job [b] not found{self.FRAME}"

        assert (error["stack_trace"], error["root_cause"][0]["stack_trace"]) == (trace, trace)

    @that_waits
    def test_foreign_exception_and_cause(self, version: str) -> None:
        """A foreign exception is wrapped where it is a root cause; a cause has a trace of its own."""
        error = stop(version, "?error_trace&timeout=xs").error
        reason = "failed to parse [xs]"
        wrapped = f"org.elasticsearch.ElasticsearchException$1: {reason}"
        if version in lines(until="7.17"):
            wrapped = (
                f"[{reason}]; nested: IllegalArgumentException[{reason}]; "
                'nested: NumberFormatException[For input string: "x"];'
            )

        assert error["root_cause"][0]["stack_trace"] == wrapped + self.FRAME
        assert error["stack_trace"] == f"java.lang.IllegalArgumentException: {reason}{self.FRAME}"
        assert error["caused_by"]["stack_trace"] == (
            f'java.lang.NumberFormatException: For input string: "x"{self.FRAME}'
        )


class TestExceptionHeader:
    """From 9.2 on a 5xx names the exception in a header."""

    @every_version
    def test_on_5xx_of_elasticsearch(self, version: str) -> None:
        """The class stands in a header from 9.2 on."""
        cluster = FakeCluster(version)
        cluster.add_job("a", state="aborting")
        answer = stop(version, cluster=cluster)

        expected = ["ElasticsearchException"] if version in lines("9.2") else []
        assert answer.values("X-Elastic-App-Exception") == expected

    @every_version
    def test_not_on_4xx(self, version: str) -> None:
        """A 404 or a 400 does not have it."""
        assert stop(version, job="b").values("X-Elastic-App-Exception") == []
        assert stop(version, "?foo=1").values("X-Elastic-App-Exception") == []
