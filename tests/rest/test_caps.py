"""Capabilities by index pattern and by rollup index."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import Answer, FakeCluster, lines

DEPRECATED = "The rollup functionality will be removed in Elasticsearch 10.0. See docs for more information."

# 6.3 to 6.5 know only the old spelling, and 6.3 no index caps.
OLD = {line: "_xpack/rollup" if line in ("6.3", "6.4", "6.5") else "_rollup" for line in lines()}

every_version = pytest.mark.parametrize("version", lines())
with_index_caps = pytest.mark.parametrize("version", lines("6.4"))


def caps(cluster: FakeCluster, version: str, pattern: str) -> Answer:
    """Get the capabilities for an index pattern."""
    return cluster.ask(f"GET /{OLD[version]}/data/{pattern}")


def index_caps(cluster: FakeCluster, version: str, index: str) -> Answer:
    """Get the capabilities of rollup indices."""
    return cluster.ask(f"GET /{index}/{OLD[version]}/data")


def interval_key(version: str) -> str:
    """Return the key under which a version shows a fixed interval."""
    return "interval" if version in lines(until="7.1") else "fixed_interval"


def job_ids(answer: Answer) -> dict[str, list[str]]:
    """Return which jobs stand under which key."""
    assert answer.status == 200
    return {key: [job["job_id"] for job in value["rollup_jobs"]] for key, value in answer.json.items()}


def three_jobs(version: str) -> FakeCluster:
    """Return a cluster as in Elasticsearch's own tests: two jobs share an index pattern, two a rollup index."""
    cluster = FakeCluster(version)
    for id_, pattern, rollup_index in (
        ("foo3", "foo", "foo_rollup2"),
        ("foo", "foo", "foo_rollup"),
        ("foo2", "foo2", "foo_rollup"),
    ):
        cluster.add_job(id_, config={"index_pattern": pattern, "rollup_index": rollup_index})
    return cluster


class TestShape:
    """What is shown of a job."""

    @every_version
    def test_a_job(self, version: str) -> None:
        """Each field has its aggregations; the interval has the version's key, a delay is there if it was given."""
        answer = caps(FakeCluster(version, "a"), version, "a-*")

        assert (answer.status, answer.request.endpoint, answer.request.job) == (200, "caps", None)
        assert answer.text == (
            '{"a-*":{"rollup_jobs":[{"job_id":"a","rollup_index":"a_rollup","index_pattern":"a-*","fields":'
            f'{{"timestamp":[{{"agg":"date_histogram","{interval_key(version)}":"1h","delay":"7d","time_zone":"UTC"}}],'
            '"node":[{"agg":"terms"}],"temperature":[{"agg":"min"},{"agg":"max"},{"agg":"sum"}]}}]}}'
        )

    @with_index_caps
    def test_index_caps_have_it_too(self, version: str) -> None:
        """By rollup index only the key is another."""
        cluster = FakeCluster(version, "a")

        assert index_caps(cluster, version, "a_rollup").json == {
            "a_rollup": caps(cluster, version, "a-*").json["a-*"],
        }

    @every_version
    def test_histograms(self, version: str) -> None:
        """A histogram has its interval; a field that is grouped and measured has both, the group first."""
        cluster = FakeCluster(version)
        groups = {"histogram": {"interval": 5, "fields": ["load", "temperature"]}}
        cluster.add_job("a", config={"groups": groups})

        fields = caps(cluster, version, "_all").json["a-*"]["rollup_jobs"][0]["fields"]

        assert fields["load"] == [{"agg": "histogram", "interval": 5}]
        assert fields["temperature"] == [
            {"agg": "histogram", "interval": 5},
            {"agg": "min"},
            {"agg": "max"},
            {"agg": "sum"},
        ]
        assert list(fields) == ["timestamp", "load", "temperature", "node"]

    @pytest.mark.parametrize(
        ("version", "key"),
        [
            ("7.1", "interval"),
            ("7.2", "calendar_interval"),
            ("8.19", "calendar_interval"),
            ("9.0", "calendar_interval"),
        ],
    )
    def test_intervals_of_the_calendar(self, version: str, key: str) -> None:
        """The kind of interval is shown from 7.2 on."""
        cluster = FakeCluster(version)
        group = cluster.add_job("a").config["groups"]["date_histogram"]
        group = {**group, "calendar_interval": "1d"}
        del group["fixed_interval"]
        job = {"id": "b", "index_pattern": "p", "rollup_index": "r", "groups": {"date_histogram": group}}
        cluster.world.indices.remember_job(job, "")

        shown: dict[str, Any] = caps(cluster, version, "p").json["p"]["rollup_jobs"][0]["fields"]["timestamp"][0]

        assert shown == {"agg": "date_histogram", key: "1d", "delay": "7d", "time_zone": "UTC"}


class TestByIndexPattern:
    """GET /_rollup/data/{id}."""

    @every_version
    def test_all(self, version: str) -> None:
        """`_all` are all patterns, of all rollup indices; the jobs are sorted."""
        assert job_ids(caps(three_jobs(version), version, "_all")) == {"foo": ["foo", "foo3"], "foo2": ["foo2"]}

    @every_version
    def test_one(self, version: str) -> None:
        """A pattern shows the jobs that were given it."""
        assert job_ids(caps(three_jobs(version), version, "foo")) == {"foo": ["foo", "foo3"]}

    @every_version
    def test_patterns_are_compared_literally(self, version: str) -> None:
        """An index that a pattern matches, a job's id, a list, a wider pattern: there is nothing about them."""
        cluster = FakeCluster(version, "a")

        for pattern in ("a-2017", "a", "a-*,b", "a*", "does_not_exist", "a_rollup"):
            answer = caps(cluster, version, pattern)
            assert (answer.status, answer.text) == (200, "{}")

    @every_version
    def test_nothing(self, version: str) -> None:
        """Without rollup indices there is nothing."""
        assert caps(FakeCluster(version), version, "_all").text == "{}"

    @every_version
    def test_deleted_jobs(self, version: str) -> None:
        """They survive the job, and go with the rollup index."""
        cluster = FakeCluster(version, "a")
        cluster.world.remove_job("a")
        assert job_ids(caps(cluster, version, "a-*")) == {"a-*": ["a"]}

        index = cluster.world.indices.get("a_rollup")
        assert index is not None
        cluster.world.indices.remove(index)
        assert caps(cluster, version, "a-*").text == "{}"


class TestByRollupIndex:
    """GET /{index}/_rollup/data."""

    @with_index_caps
    def test_one(self, version: str) -> None:
        """A rollup index shows all of its jobs, whatever their pattern."""
        assert job_ids(index_caps(three_jobs(version), version, "foo_rollup")) == {"foo_rollup": ["foo", "foo2"]}

    @with_index_caps
    def test_patterns(self, version: str) -> None:
        """`_all`, and wildcards as of any index."""
        cluster = three_jobs(version)
        everything = {"foo_rollup": ["foo", "foo2"], "foo_rollup2": ["foo3"]}

        assert job_ids(index_caps(cluster, version, "_all")) == everything
        assert job_ids(index_caps(cluster, version, "foo*")) == everything
        assert job_ids(index_caps(cluster, version, "*_rollup2")) == {"foo_rollup2": ["foo3"]}
        assert job_ids(index_caps(cluster, version, "nothing*")) == {}

    @with_index_caps
    def test_lists(self, version: str) -> None:
        """From 6.5 on there may be several; before, that is the name of one, which there is not."""
        answer = index_caps(three_jobs(version), version, "foo_rollup2,foo_rollup")

        if version == "6.4":
            assert (answer.status, answer.error["index"]) == (404, "foo_rollup2,foo_rollup")
        else:
            assert job_ids(answer) == {"foo_rollup": ["foo", "foo2"], "foo_rollup2": ["foo3"]}

    @with_index_caps
    def test_missing_index(self, version: str) -> None:
        """A name that there is not is a 404, unless that is ignored; a pattern may match nothing, unless it may not."""
        cluster = three_jobs(version)
        answer = index_caps(cluster, version, "nope")

        assert (answer.status, answer.error["type"]) == (404, "index_not_found_exception")
        assert answer.error["reason"] == ("no such index" if version in lines(until="6.8") else "no such index [nope]")
        assert cluster.ask(f"GET /nope/{OLD[version]}/data?ignore_unavailable=true").text == "{}"
        assert cluster.ask(f"GET /nope*/{OLD[version]}/data?allow_no_indices=false").status == 404

    def test_missing_index_is_refused_after_the_warning(self) -> None:
        """9.x warns before it looks for indices (TransportGetRollupIndexCapsAction.doExecute)."""
        answer = index_caps(three_jobs("9.5"), "9.5", "nope")

        assert answer.status == 404
        assert answer.warnings == [DEPRECATED]

    @with_index_caps
    def test_normal_index(self, version: str) -> None:
        """There is nothing about an index that is no rollup index, nor about one whose metadata are no jobs."""
        cluster = FakeCluster(version)
        cluster.world.add_index("docs", None)
        cluster.world.add_index("dummy", {"_meta": {"_rollup": {"my-id": {}}}})

        assert index_caps(cluster, version, "docs").text == "{}"
        assert index_caps(cluster, version, "dummy").text == "{}"
        assert caps(cluster, version, "_all").text == "{}"

    @with_index_caps
    def test_options(self, version: str) -> None:
        """Values of the options that are none are refused, the states of wildcards first."""
        cluster = three_jobs(version)
        path = f"GET /foo_rollup/{OLD[version]}/data"

        assert cluster.ask(f"{path}?expand_wildcards=open,closed").status == 200
        answer = cluster.ask(f"{path}?expand_wildcards=some&ignore_unavailable=yes")
        assert (answer.status, answer.error["type"]) == (400, "illegal_argument_exception")
        assert answer.error["reason"] == "No valid expand wildcard value [some]"
        answer = cluster.ask(f"{path}?ignore_unavailable=yes")
        assert (answer.status, answer.error["reason"]) == (400, "Could not convert [ignore_unavailable] to boolean")
        assert answer.error["caused_by"]["reason"] == (
            "Failed to parse value [yes] as only [true] or [false] are allowed."
        )

    def test_not_in_6_3(self) -> None:
        """6.3 has no such API."""
        answer = FakeCluster("6.3", "a").ask("GET /a_rollup/_xpack/rollup/data")

        assert (answer.status, answer.request.endpoint) == (400, "refused")


class TestSpellings:
    """The old and the new paths."""

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            (
                "/_xpack/rollup/data/a",
                "[GET /_xpack/rollup/data/{id}/] is deprecated! Use [GET /_rollup/data/{id}] instead.",
            ),
            (
                "/a_rollup/_xpack/rollup/data",
                "[GET /{index}/_xpack/rollup/data] is deprecated! Use [GET /{index}/_rollup/data] instead.",
            ),
        ],
    )
    def test_deprecation(self, path: str, text: str) -> None:
        """The old path is as good as the new one in 6.x, warns in 7.x, and in 8.x is only there for clients of 7."""
        accept = ("Accept", "application/vnd.elasticsearch+json; compatible-with=7")

        assert FakeCluster("6.8", "a").ask(f"GET {path}").warnings == []
        assert FakeCluster("7.17", "a").ask(f"GET {path}").warnings == [text]
        assert FakeCluster("8.19", "a").ask(f"GET {path}", accept).warnings == [text]
        for version in ("8.19", "9.0"):
            assert FakeCluster(version, "a").ask(f"GET {path}").status == 400

    @pytest.mark.parametrize("version", ["6.4", "6.5"])
    def test_new_paths_begin_with_6_6(self, version: str) -> None:
        """Before, they are those of documents, or of nothing."""
        for path in ("/_rollup/data/a", "/a_rollup/_rollup/data"):
            assert FakeCluster(version, "a").ask(f"GET {path}").request.endpoint in {"unfaked", "refused"}

    @with_index_caps
    def test_announced_end(self, version: str) -> None:
        """From 9.0 on both warn of the end of rollup."""
        cluster, expected = FakeCluster(version, "a"), [DEPRECATED] if version in lines("9.0") else []

        assert caps(cluster, version, "_all").warnings == expected
        assert index_caps(cluster, version, "a_rollup").warnings == expected

    @every_version
    def test_no_parameters(self, version: str) -> None:
        """Caps have no parameters, and from 7.0 on no body."""
        cluster = FakeCluster(version, "a")

        assert cluster.ask(f"GET /{OLD[version]}/data/a?index=a").status == 400
        answer = cluster.ask(f"GET /{OLD[version]}/data/a", ("Content-Type", "application/json"), body="{}")
        assert answer.status == (400 if version in lines("7.0") else 200)
