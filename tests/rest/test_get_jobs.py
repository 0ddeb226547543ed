"""Get Jobs: which jobs are listed, and what is shown of each."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_rollup_fake.model.jobs import polls
from tests.support import Answer, FakeCluster, ask, lines

DEPRECATED = "The rollup functionality will be removed in Elasticsearch 10.0. See docs for more information."

# 6.3 to 6.5 know only the old spelling.
PATH = {line: "/_xpack/rollup/job" if line in ("6.3", "6.4", "6.5") else "/_rollup/job" for line in lines()}

STATS_6_3 = ["pages_processed", "documents_processed", "rollups_indexed", "trigger_count"]
STATS_6_6 = [
    *STATS_6_3,
    "index_time_in_ms",
    "index_total",
    "index_failures",
    "search_time_in_ms",
    "search_total",
    "search_failures",
]
STATS_7_7 = [*STATS_6_6, "processing_time_in_ms", "processing_total"]

every_version = pytest.mark.parametrize("version", lines())


def get(cluster: FakeCluster, version: str, id_: str = "a", query: str = "") -> Answer:
    """Get a job."""
    return cluster.ask(f"GET {PATH[version]}/{id_}{query}")


def job_with(version: str, **settings: Any) -> Any:
    """Return what is shown of a job that was added with these settings."""
    cluster = FakeCluster(version)
    cluster.add_job("a", **settings)
    return get(cluster, version).json["jobs"][0]


class TestWhichJobs:
    """The jobs that an id stands for."""

    @every_version
    def test_one(self, version: str) -> None:
        """An id is one job."""
        cluster = FakeCluster(version, "a", "b")
        answer = get(cluster, version, "b")

        assert answer.status == 200
        assert [job["config"]["id"] for job in answer.json["jobs"]] == ["b"]
        assert (answer.request.state_before, answer.request.state_after) == ("started", "started")

    @every_version
    def test_all(self, version: str) -> None:
        """`_all` and `*` are all jobs."""
        cluster = FakeCluster(version, "a", "b")

        for id_ in ("_all", "*", "%2A"):
            answer = get(cluster, version, id_)
            assert {job["config"]["id"] for job in answer.json["jobs"]} == {"a", "b"}
            assert answer.request.state_before is None

    @every_version
    def test_unknown(self, version: str) -> None:
        """A job that does not exist is no error, nor is there anything else that lists several."""
        for id_ in ("does_not_exist", "a,b", "a*", "A", "%20"):
            answer = get(FakeCluster(version, "a", "b"), version, id_)
            assert (answer.status, answer.text) == (200, '{"jobs":[]}')

    @every_version
    def test_no_jobs(self, version: str) -> None:
        """Without jobs all jobs are none."""
        assert get(FakeCluster(version), version, "_all").text == '{"jobs":[]}'

    @every_version
    def test_removed_and_unassigned(self, version: str) -> None:
        """A job that is gone is not listed, nor is one that no node runs."""
        cluster = FakeCluster(version, "a", "b", "c")
        cluster.world.remove_job("a")
        cluster.world.jobs["b"].unassign("the node left")

        assert [job["config"]["id"] for job in get(cluster, version, "_all").json["jobs"]] == ["c"]
        assert get(cluster, version, "b").text == '{"jobs":[]}'

    @every_version
    def test_no_parameters(self, version: str) -> None:
        """There are no parameters but those that every API has."""
        cluster = FakeCluster(version, "a")

        assert get(cluster, version, query="?human&pretty=false&format=json&filter_path=**&error_trace").status == 200
        assert get(cluster, version, query="?timeout=1s").error["reason"] == (
            f"request [{PATH[version]}/a] contains unrecognized parameter: [timeout]"
        )

    @every_version
    def test_reads_are_noted(self, version: str) -> None:
        """Each listed job that counts its reads is noted, to be counted once the answer is sent."""
        cluster = FakeCluster(version, "b")
        job = cluster.add_job("a", state="indexing", stop_delay=polls(2))
        cluster.ask(f"POST {PATH[version]}/a/_stop")

        for id_ in ("a", "_all"):
            answer = get(cluster, version, id_)
            assert answer.request.reads == (job.task,)
        assert get(cluster, version, "b").request.reads == ()


class TestWholeAnswer:
    """An answer, byte for byte, at both ends."""

    def test_6_3(self) -> None:
        """6.3 shows `interval`, four stats and no `upgraded_doc_id`."""
        assert ask("6.3", "GET /_xpack/rollup/job/a").text == (
            '{"jobs":[{"config":{"id":"a","index_pattern":"a-*","rollup_index":"a_rollup","cron":"*/30 * * * * ?",'
            '"groups":{"date_histogram":{"interval":"1h","field":"timestamp","delay":"7d","time_zone":"UTC"},'
            '"terms":{"fields":["node"]}},"metrics":[{"field":"temperature","metrics":["min","max","sum"]}],'
            '"timeout":"20s","page_size":1000},"status":{"job_state":"started"},'
            '"stats":{"pages_processed":0,"documents_processed":0,"rollups_indexed":0,"trigger_count":0}}]}'
        )

    @pytest.mark.parametrize("version", lines("8.0"))
    def test_8_and_9(self, version: str) -> None:
        """8.x and 9.x show the kind of interval and twelve stats."""
        assert ask(version, "GET /_rollup/job/a").text == (
            '{"jobs":[{"config":{"id":"a","index_pattern":"a-*","rollup_index":"a_rollup","cron":"*/30 * * * * ?",'
            '"groups":{"date_histogram":{"fixed_interval":"1h","field":"timestamp","delay":"7d","time_zone":"UTC"},'
            '"terms":{"fields":["node"]}},"metrics":[{"field":"temperature","metrics":["min","max","sum"]}],'
            '"timeout":"20s","page_size":1000},"status":{"job_state":"started"},'
            '"stats":{"pages_processed":0,"documents_processed":0,"rollups_indexed":0,"trigger_count":0,'
            '"index_time_in_ms":0,"index_total":0,"index_failures":0,"search_time_in_ms":0,"search_total":0,'
            '"search_failures":0,"processing_time_in_ms":0,"processing_total":0}}]}'
        )


class TestConfig:
    """The configuration, in the server's order."""

    @every_version
    def test_order(self, version: str) -> None:
        """Whatever order it was given in, each object has the server's."""
        config = {
            "page_size": 10,
            "cron": "0 * * * * ?",
            "groups": {
                "terms": {"fields": ["node"]},
                "histogram": {"interval": 5, "fields": ["load"]},
                "date_histogram": {
                    "time_zone": "Europe/Berlin",
                    "delay": "1d",
                    "field": "ts",
                    "fixed_interval": "2h",
                },
            },
        }
        shown = job_with(version, config=config)["config"]
        interval = "interval" if version in lines(until="7.1") else "fixed_interval"

        assert list(shown) == [
            "id",
            "index_pattern",
            "rollup_index",
            "cron",
            "groups",
            "metrics",
            "timeout",
            "page_size",
        ]
        assert list(shown["groups"]) == ["date_histogram", "histogram", "terms"]
        assert list(shown["groups"]["date_histogram"].items()) == [
            (interval, "2h"),
            ("field", "ts"),
            ("delay", "1d"),
            ("time_zone", "Europe/Berlin"),
        ]

    @pytest.mark.parametrize("version", lines(until="7.1"))
    def test_interval_before_7_2(self, version: str) -> None:
        """Up to 7.1 there is one kind of interval."""
        for key in ("interval", "calendar_interval", "fixed_interval"):
            assert interval_of(version, **{key: "1d"}) == ("interval", "1d")

    @pytest.mark.parametrize("version", lines("7.2", "7.17"))
    def test_interval_from_7_2_to_7_17(self, version: str) -> None:
        """7.2 to 7.17 show the kind that was given."""
        for key in ("interval", "calendar_interval", "fixed_interval"):
            assert interval_of(version, **{key: "1d"}) == (key, "1d")

    @pytest.mark.parametrize("version", lines("8.0"))
    def test_interval_from_8_on(self, version: str) -> None:
        """From 8.0 on an old interval is converted, by whether it is a unit of the calendar."""
        for key in ("calendar_interval", "fixed_interval"):
            assert interval_of(version, **{key: "1d"}) == (key, "1d")
        for value in ("1s", "1m", "1h", "1d", "1w", "1M", "1q", "1y", "second", "day", "month", "year"):
            assert interval_of(version, interval=value) == ("calendar_interval", value)
        for value in ("2h", "60m", "90s", "30d", "1D"):
            assert interval_of(version, interval=value) == ("fixed_interval", value)


def interval_of(version: str, **interval: str) -> tuple[str, Any]:
    """Return the interval that is shown of a job which was given this one."""
    cluster = FakeCluster(version)
    job = cluster.add_job("a")
    group = job.config["groups"]["date_histogram"]
    del group["fixed_interval"]
    group.update(interval)
    shown: dict[str, Any] = get(cluster, version).json["jobs"][0]["config"]["groups"]["date_histogram"]
    return next(iter(shown.items()))


class TestStatus:
    """The state of a job."""

    @every_version
    def test_states(self, version: str) -> None:
        """Each state is in lower case."""
        for state in ("started", "indexing", "stopping", "stopped", "aborting"):
            assert job_with(version, state=state)["status"]["job_state"] == state

    @every_version
    def test_stopped_does_not_mean_stopped(self, version: str) -> None:
        """Right after a stop a job may still be stopping."""
        cluster = FakeCluster(version)
        cluster.add_job("a", state="indexing", stop_delay="5s")
        cluster.ask(f"POST {PATH[version]}/a/_stop")

        assert get(cluster, version).json["jobs"][0]["status"]["job_state"] == "stopping"
        cluster.advance("5s")
        assert get(cluster, version).json["jobs"][0]["status"]["job_state"] == "stopped"

    @pytest.mark.parametrize("version", ["6.3", *lines("8.0")])
    def test_no_upgraded_doc_id(self, version: str) -> None:
        """6.3, and 8.0 and later, show the state only; nothing was indexed, so there is no position."""
        assert job_with(version)["status"] == {"job_state": "started"}

    @pytest.mark.parametrize("version", lines("6.4", "7.17"))
    def test_upgraded_doc_id(self, version: str) -> None:
        """6.4 to 7.17 say that the ids of documents are the new ones."""
        assert job_with(version)["status"] == {"job_state": "started", "upgraded_doc_id": True}


class TestStats:
    """What a job has done."""

    @pytest.mark.parametrize(
        ("version", "names"),
        [
            *((line, STATS_6_3) for line in lines(until="6.5")),
            *((line, STATS_6_6) for line in lines("6.6", "7.6")),
            *((line, STATS_7_7) for line in lines("7.7")),
        ],
    )
    def test_names(self, version: str, names: list[str]) -> None:
        """There are more of them from version to version, in this order; all begin at 0."""
        stats = job_with(version)["stats"]

        assert list(stats) == names
        assert set(stats.values()) == {0}

    @every_version
    def test_values(self, version: str) -> None:
        """They are what the test said, as far as the version shows them."""
        stats = job_with(version, stats={"trigger_count": 7, "processing_total": 3})["stats"]

        assert stats["trigger_count"] == 7
        assert stats.get("processing_total", 3) == 3


class TestForm:
    """How the answer looks."""

    @every_version
    def test_pretty(self, version: str) -> None:
        """Empty arrays have one space inside."""
        assert get(FakeCluster(version), version, query="?pretty").text == '{\n  "jobs" : [ ]\n}\n'

    @every_version
    def test_filter_path(self, version: str) -> None:
        """`filter_path` goes through the array of jobs."""
        answer = get(FakeCluster(version, "a", "b"), version, "_all", "?filter_path=jobs.status.job_state")

        assert answer.text == '{"jobs":[{"status":{"job_state":"started"}},{"status":{"job_state":"started"}}]}'

    @every_version
    def test_non_ascii(self, version: str) -> None:
        """What is not ASCII is sent as UTF-8."""
        assert '"id":"ä"' in get(FakeCluster(version, "ä"), version, "%C3%A4").text

    @every_version
    def test_yaml(self, version: str) -> None:
        """YAML can be asked for."""
        answer = FakeCluster(version).ask(f"GET {PATH[version]}/a", ("Accept", "application/yaml"))

        assert answer.text == "---\njobs: []\n"
        assert answer.values("content-type") == ["application/yaml"]


class TestDeprecation:
    """9.x announces the end of rollup."""

    @every_version
    def test_from_9_on(self, version: str) -> None:
        """From 9.0 on every list warns, also an empty one."""
        expected = [DEPRECATED] if version in lines("9.0") else []

        assert get(FakeCluster(version, "a"), version).warnings == expected
        assert get(FakeCluster(version), version).warnings == expected
