"""Rollup search: what is refused, and what the answer is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support import Answer, FakeCluster, lines

DEPRECATED = "The rollup functionality will be removed in Elasticsearch 10.0. See docs for more information."
SIZE = "Rollup does not support returning search hits, please try again with [size: 0]."
UNSUITED = "which also satisfies all requirements of query."
JSON = ("Content-Type", "application/json")

every_version = pytest.mark.parametrize("version", lines())

HISTOGRAM = {"by_hour": {"date_histogram": {"field": "timestamp", "fixed_interval": "1h"}}}
MAXIMUM = {"the_max": {"max": {"field": "temperature"}}}


def search(cluster: FakeCluster, body: object, index: str = "a_rollup", query: str = "") -> Answer:
    """Search an index, which may be none."""
    path = f"/{index}/_rollup_search" if index else "/_rollup_search"
    return cluster.ask(f"POST {path}{query}", JSON, body=json.dumps(body))


def aggregate(version: str, aggs: object, **more: Any) -> Answer:
    """Search the rollup index of a job, `a`, for aggregations."""
    return search(FakeCluster(version, "a"), {"size": 0, "aggs": aggs, **more})


def reason(answer: Answer) -> str:
    """Return why a search was refused as a whole."""
    assert (answer.status, answer.error["type"]) == (400, "illegal_argument_exception")
    text: str = answer.error["reason"]
    return text


def with_job(version: str, groups: dict[str, Any], date_histogram: dict[str, Any] | None = None) -> FakeCluster:
    """Return a cluster with one job, `a`, that has these groups and this date histogram alone."""
    cluster = FakeCluster(version)
    config = dict(cluster.add_job("a", config={"groups": groups}).config)
    if date_histogram is not None:
        config["groups"] = {**config["groups"], "date_histogram": {"time_zone": "UTC", **date_histogram}}
        cluster.world.indices.remember_job(config, "")
    return cluster


class TestEmptyResult:
    """The answer without a stub: nothing is rolled up yet."""

    @every_version
    def test_whole_answer(self, version: str) -> None:
        """It has every part of a search response; the total is an object from 7.0 on, and there is one shard."""
        answer = aggregate(version, HISTOGRAM)
        is_old = version in lines(until="6.8")
        shards, total = (5, "0") if is_old else (1, '{"value":0,"relation":"eq"}')

        assert (answer.status, answer.request.endpoint) == (200, "search")
        assert answer.text == (
            '{"took":0,"timed_out":false,"terminated_early":false,'
            f'"_shards":{{"total":{shards},"successful":{shards},"skipped":0,"failed":0}},'
            f'"hits":{{"total":{total},"max_score":0.0,"hits":[]}},"aggregations":{{"by_hour":{{"buckets":[]}}}}}}'
        )

    @every_version
    def test_total_as_a_number(self, version: str) -> None:
        """It is a number where the request asks for it."""
        answer = search(FakeCluster(version, "a"), {"size": 0, "aggs": MAXIMUM}, query="?rest_total_hits_as_int=true")

        assert answer.json["hits"]["total"] == 0

    @pytest.mark.parametrize("version", lines("6.5"))
    def test_no_aggregations(self, version: str) -> None:
        """From 6.5 on a search for nothing is answered with nothing."""
        for body in ({"size": 0}, {"size": 0, "aggregations": {}}):
            answer = search(FakeCluster(version, "a"), body)
            assert answer.status == 200
            assert "aggregations" not in answer.json

    @pytest.mark.parametrize("version", lines(until="6.4"))
    def test_no_aggregations_up_to_6_4(self, version: str) -> None:
        """Before, it was refused."""
        assert reason(search(FakeCluster(version, "a"), {"size": 0})) == (
            "Rollup requires at least one aggregation to be set."
        )
        answer = search(FakeCluster(version, "a"), {"size": 0, "aggregations": {}})
        assert (answer.status, answer.error["type"]) == (400, "action_request_validation_exception")
        assert answer.error["reason"] == "Validation Failed: 1: no requests added;"

    @every_version
    def test_aggregations(self, version: str) -> None:
        """Each has the form that it has over no document; `typed_keys` names its sort."""
        aggs = {**MAXIMUM, "the_sum": {"sum": {"field": "temperature"}}, "nodes": {"terms": {"field": "node"}}}
        empty = [
            {"value": None},
            {"value": 0.0},
            {"doc_count_error_upper_bound": 0, "sum_other_doc_count": 0, "buckets": []},
        ]
        body = {"size": 0, "aggs": aggs}

        assert list(aggregate(version, aggs).json["aggregations"].items()) == list(zip(aggs, empty, strict=True))
        answer = search(FakeCluster(version, "a"), body, query="?typed_keys")
        assert list(answer.json["aggregations"]) == ["max#the_max", "sum#the_sum", "umterms#nodes"]

    @every_version
    def test_warning(self, version: str) -> None:
        """From 9.0 on it warns of the end of rollup."""
        assert aggregate(version, MAXIMUM).warnings == ([DEPRECATED] if version in lines("9.0") else [])


class TestStub:
    """The answer that the test gave."""

    @every_version
    def test_parts(self, version: str) -> None:
        """What the stub has replaces what an empty answer has."""
        cluster = FakeCluster(version, "a")
        cluster.world.stub_search("a_rollup", {"took": 102, "aggregations": {"the_max": {"value": 202.0}}})

        answer = search(cluster, {"size": 0, "aggs": MAXIMUM}).json

        assert (answer["took"], answer["aggregations"]) == (102, {"the_max": {"value": 202.0}})
        assert (answer["timed_out"], answer["hits"]["hits"]) == (False, [])

    @every_version
    def test_refusals_come_first(self, version: str) -> None:
        """A search that Elasticsearch would refuse is refused."""
        cluster = FakeCluster(version, "a")
        cluster.world.stub_search("a_rollup", {"aggregations": {}})

        assert reason(search(cluster, {"aggs": MAXIMUM})) == SIZE

    def test_by_index(self) -> None:
        """A stub is for one index, however the request names it; the last one counts, until the cluster is reset."""
        cluster = FakeCluster("8.19", "a", "b")
        cluster.world.stub_search("a_rollup", {"took": 1})
        cluster.world.stub_search("a_rollup", {"took": 2})
        body = {"size": 0, "aggs": MAXIMUM}

        assert search(cluster, body, index="a_*").json["took"] == 2
        assert search(cluster, body, index="b_rollup").json["took"] == 0
        cluster.world.clear()
        cluster.add_job("a")
        assert search(cluster, body).json["took"] == 0

    def test_is_a_copy(self) -> None:
        """What becomes of the dict later is of no account."""
        cluster, response = FakeCluster("8.19", "a"), {"took": 1, "hits": {"hits": []}}
        cluster.world.stub_search("a_rollup", response)
        response["took"] = 2

        assert search(cluster, {"size": 0, "aggs": MAXIMUM}).json["took"] == 1

    @pytest.mark.parametrize(
        ("index", "response", "text"),
        [
            (1, {}, "the name of an index"),
            ("a_rollup", [], "a dict such as"),
            ("a_rollup", None, "a dict such as"),
            ("a_rollup", {"took": object()}, "what JSON can say"),
            ("a_rollup", {"took": float("nan")}, "what JSON can say"),
        ],
    )
    def test_wrong_types(self, index: Any, response: Any, text: str) -> None:
        """What is no answer is refused at once."""
        with pytest.raises(TypeError, match=text):
            FakeCluster().world.stub_search(index, response)
        with pytest.raises(ValueError, match="the name of an index"):
            FakeCluster().world.stub_search("", {})


class TestWhatCannotBeAsked:
    """What rolled up data has not."""

    @every_version
    def test_hits(self, version: str) -> None:
        """The size is 0, in the body or as a parameter, which wins; left out it is not."""
        cluster = FakeCluster(version, "a")

        assert reason(cluster.ask("GET /a_rollup/_rollup_search")) == SIZE
        assert reason(search(cluster, {"aggs": MAXIMUM})) == SIZE
        assert reason(search(cluster, {"aggs": MAXIMUM, "size": 10})) == SIZE
        assert reason(search(cluster, {"aggs": MAXIMUM, "size": 0}, query="?size=1")) == SIZE
        assert search(cluster, {"aggs": MAXIMUM}, query="?size=0").status == 200

    @every_version
    @pytest.mark.parametrize(
        ("part", "text"),
        [
            ({"post_filter": {"match_all": {}}}, "Rollup search does not support post filtering."),
            ({"suggest": {"text": "x"}}, "Rollup search does not support suggestors."),
            ({"highlight": {"fields": {}}}, "Rollup search does not support highlighting."),
            ({"profile": True}, "Rollup search does not support profiling at the moment."),
            ({"explain": True}, "Rollup search does not support explaining."),
        ],
    )
    def test_parts(self, version: str, part: dict[str, Any], text: str) -> None:
        """Each has words of its own."""
        assert reason(aggregate(version, MAXIMUM, **part)) == text

    @every_version
    def test_explain_parameter(self, version: str) -> None:
        """To explain can be asked by a parameter too."""
        answer = search(FakeCluster(version, "a"), {"size": 0, "aggs": MAXIMUM}, query="?explain=true")

        assert reason(answer) == "Rollup search does not support explaining."

    @every_version
    def test_bodies(self, version: str) -> None:
        """What is no search is refused while it is read."""
        for body, text, column in (
            ({"foo": 1}, "Unknown key for a VALUE_NUMBER in [foo].", 9),
            ({"query": "x"}, "Unknown key for a VALUE_STRING in [query].", 11),
            ({"aggs": []}, "Unknown key for a START_ARRAY in [aggs].", 10),
            ({"aggs": None}, "Unknown key for a VALUE_NULL in [aggs].", 10),
            ([], "Expected [START_OBJECT] but found [START_ARRAY]", 1),
        ):
            error = search(FakeCluster(version, "a"), body).error
            assert (error["type"], error["reason"]) == ("parsing_exception", text)
            assert (error["line"], error["col"]) == (1, column)
        answer = FakeCluster(version, "a").ask("POST /a_rollup/_rollup_search", JSON, body="{")
        assert answer.status in {400, 500}

    @every_version
    def test_parameters(self, version: str) -> None:
        """Those of a search are known; a number that is none, and what is unknown, is refused."""
        cluster = FakeCluster(version, "a")
        answer = search(cluster, {"aggs": MAXIMUM}, query="?size=x")

        assert reason(answer) == "Failed to parse int parameter [size] with value [x]"
        assert answer.error["caused_by"]["reason"] == 'For input string: "x"'
        assert search(cluster, {"aggs": MAXIMUM}, query="?size=0&preference=_local&request_cache=true").status == 200
        assert "unrecognized parameter: [foo]" in reason(search(cluster, {}, query="?foo=1"))

    @pytest.mark.parametrize("size", ["", "1_000", "%201", "2147483648", "-2147483649", "1.0"])
    def test_a_size_that_is_no_number_of_32_bits(self, size: str) -> None:
        """A number is what Java's Integer.parseInt reads: Python reads more."""
        answer = search(FakeCluster("8.19", "a"), {"aggs": MAXIMUM}, query=f"?size={size}")

        assert reason(answer) == f"Failed to parse int parameter [size] with value [{size.replace('%20', ' ')}]"


class TestIndices:
    """Which indices can be searched."""

    @pytest.mark.parametrize("version", lines("6.5"))
    def test_two_rollup_indices(self, version: str) -> None:
        """There is one rollup index at most, however it is named."""
        cluster = FakeCluster(version, "a", "b")
        text = (
            "RollupSearch currently only supports searching one rollup index at a time. "
            "Found the following rollup indices: [a_rollup, b_rollup]"
        )
        for index in ("a_rollup,b_rollup", "*_rollup", "_all", ""):
            assert reason(search(cluster, {"size": 0, "aggs": MAXIMUM}, index=index)) == text

    @pytest.mark.parametrize("version", lines("6.5"))
    def test_names_are_resolved(self, version: str) -> None:
        """Patterns and aliases stand for indices; none at all is refused."""
        cluster, body = FakeCluster(version, "a"), {"size": 0, "aggs": MAXIMUM}
        index = cluster.world.indices.get("a_rollup")
        assert index is not None
        index.aliases["rolled"] = {}

        for name in ("a_*", "rolled", "_all", ""):
            assert search(cluster, body, index=name).status == 200
        assert reason(search(cluster, body, index="nothing*")) == "Must specify at least one concrete index."

    @pytest.mark.parametrize("version", lines(until="6.4"))
    def test_names_as_they_come(self, version: str) -> None:
        """Up to 6.4 there has to be a name, and no `_all`."""
        cluster, body = FakeCluster(version, "a", "b"), {"size": 0, "aggs": MAXIMUM}

        assert reason(search(cluster, body, index="")) == "Must specify at least one concrete index."
        assert reason(search(cluster, body, index="_all")) == (
            "Searching _all via RollupSearch endpoint is not supported at this time."
        )
        assert reason(search(cluster, body, index="a_rollup,b_rollup")) == (
            "RollupSearch currently only supports searching one rollup index at a time."
        )

    @every_version
    def test_missing_index(self, version: str) -> None:
        """An index that there is not is a 404, unless that is ignored."""
        cluster, body = FakeCluster(version, "a"), {"size": 0, "aggs": MAXIMUM}
        answer = search(cluster, body, index="nope")

        assert (answer.status, answer.error["type"]) == (404, "index_not_found_exception")
        assert search(cluster, body, index="a_rollup,nope", query="?ignore_unavailable=true").status == 200

    @every_version
    def test_normal_indices(self, version: str) -> None:
        """A search of normal indices only is not validated; beside a rollup index it is."""
        cluster = FakeCluster(version, "a")
        cluster.world.add_index("docs", None)

        answer = search(cluster, {"query": {"match": {"x": 1}}}, index="docs")
        assert (answer.status, answer.json["hits"]["max_score"]) == (200, None)
        assert reason(search(cluster, {}, index="docs,a_rollup")) == SIZE
        assert search(cluster, {"size": 0, "aggs": MAXIMUM}, index="docs,a_rollup").status == 200


class TestAggregations:
    """Some job has rolled up what is asked for."""

    @every_version
    def test_satisfied(self, version: str) -> None:
        """Groups, metrics, and metrics in groups."""
        nested = {"h": {**HISTOGRAM["by_hour"], "aggs": {"n": {"terms": {"field": "node"}, "aggs": MAXIMUM}}}}

        assert aggregate(version, nested).status == 200

    @every_version
    def test_no_suitable_job(self, version: str) -> None:
        """A group is named by its field, a metric by its own name."""
        for type_, definition, where in (
            ("date_histogram", {"field": "ts", "fixed_interval": "1h"}, "on field [ts]"),
            ("histogram", {"field": "temperature", "interval": 5}, "on field [temperature]"),
            ("terms", {"field": "temperature"}, "on field [temperature]"),
            ("avg", {"field": "temperature"}, "with name [x]"),
            ("max", {"field": "node"}, "with name [x]"),
        ):
            for aggs in (
                {"x": {type_: definition}},
                {"h": {**HISTOGRAM["by_hour"], "aggs": {"x": {type_: definition}}}},
            ):
                text = f"There is not a rollup job that has a [{type_}] agg {where} {UNSUITED}"
                assert reason(aggregate(version, aggs)) == text

    @every_version
    def test_one_job_has_to_do_for_a_branch(self, version: str) -> None:
        """What is inside a group has to be of a job that has the group."""
        cluster = FakeCluster(version)
        for id_, group, metric in (("a", "node", "max"), ("b", "rack", "min")):
            groups = {"terms": {"fields": [group]}}
            metrics = [{"field": "temperature", "metrics": [metric]}]
            cluster.add_job(id_, config={"rollup_index": "a_rollup", "groups": groups, "metrics": metrics})
        aggs = {"by": {"terms": {"field": "rack"}, "aggs": MAXIMUM}}

        assert reason(search(cluster, {"size": 0, "aggs": aggs})) == (
            f"There is not a rollup job that has a [max] agg with name [the_max] {UNSUITED}"
        )
        assert search(cluster, {"size": 0, "aggs": {**MAXIMUM, "by": {"terms": {"field": "rack"}}}}).status == 200

    @every_version
    def test_unsupported(self, version: str) -> None:
        """Other aggregations are refused by their class; pipelines are ignored, one without a type is none."""
        assert reason(aggregate(version, {"x": {"extended_stats": {"field": "temperature"}}})) == (
            "Unable to translate aggregation tree into Rollup.  Aggregation [x] is of type "
            "[ExtendedStatsAggregationBuilder] which is currently unsupported."
        )
        pipeline = {"p": {"max_bucket": {"buckets_path": "by_hour>the_max"}}}
        assert aggregate(version, {**HISTOGRAM, **pipeline}).status == 200
        assert reason(aggregate(version, {"x": {}})) == "Missing definition for aggregation [x]"

    @every_version
    def test_histogram_intervals(self, version: str) -> None:
        """An interval is a multiple of the job's."""
        cluster = with_job(version, {"histogram": {"interval": 5, "fields": ["load"]}})

        for interval, status in ((5, 200), (10, 200), (5.0, 200), (4, 400), (7, 400), (None, 400)):
            aggs = {"x": {"histogram": {"field": "load", "interval": interval}}}
            assert search(cluster, {"size": 0, "aggs": aggs}).status == status

    @pytest.mark.parametrize("version", lines("7.2"))
    @pytest.mark.parametrize(
        ("configured", "fitting", "unfitting"),
        [
            (
                {"fixed_interval": "1h"},
                [{"fixed_interval": "1h"}, {"fixed_interval": "120m"}, {"fixed_interval": "1d"}],
                [{"fixed_interval": "90m"}, {"fixed_interval": "30m"}, {"calendar_interval": "1d"}],
            ),
            (
                {"calendar_interval": "1d"},
                [{"calendar_interval": "1d"}, {"calendar_interval": "day"}, {"calendar_interval": "month"}],
                [{"calendar_interval": "1h"}, {"fixed_interval": "1d"}],
            ),
        ],
    )
    def test_date_intervals(
        self, version: str, configured: dict[str, Any], fitting: list[dict[str, Any]], unfitting: list[dict[str, Any]]
    ) -> None:
        """A calendar interval is made of one, a fixed one of fixed ones."""
        cluster = with_job(version, {}, {"field": "timestamp", **configured})

        for interval in fitting:
            aggs = {"x": {"date_histogram": {"field": "timestamp", **interval}}}
            assert search(cluster, {"size": 0, "aggs": aggs}).status == 200
        for interval in unfitting:
            aggs = {"x": {"date_histogram": {"field": "timestamp", **interval}}}
            assert UNSUITED in reason(search(cluster, {"size": 0, "aggs": aggs}))

    @pytest.mark.parametrize("version", lines(until="7.17"))
    def test_old_intervals(self, version: str) -> None:
        """Up to 7.x there is an interval of either kind, or a number of milliseconds."""
        for interval, status in (("1h", 200), ("2h", 200), ("month", 200), (7_200_000, 200), ("90m", 400), ("1m", 400)):
            aggs = {"x": {"date_histogram": {"field": "timestamp", "interval": interval}}}
            assert aggregate(version, aggs).status == status

    @every_version
    def test_no_interval(self, version: str) -> None:
        """A date histogram has one."""
        assert reason(aggregate(version, {"x": {"date_histogram": {"field": "timestamp"}}})) == (
            "An interval of some variety must be configured on the date_histogram aggregation."
        )

    @every_version
    def test_time_zones(self, version: str) -> None:
        """The time zone is the job's; from 7.2 on old names of it are as good."""
        cluster = with_job(version, {"date_histogram": {"time_zone": "Canada/Mountain"}})

        def status(zone: str) -> int:
            aggs = {"x": {"date_histogram": {**HISTOGRAM["by_hour"]["date_histogram"], "time_zone": zone}}}
            return search(cluster, {"size": 0, "aggs": aggs}).status

        assert search(cluster, {"size": 0, "aggs": HISTOGRAM}).status == 400
        assert status("Canada/Mountain") == 200
        assert status("America/Edmonton") == (200 if version in lines("7.2") else 400)


class TestQueries:
    """What can be asked about rolled up data."""

    @every_version
    def test_supported(self, version: str) -> None:
        """Ranges and terms of groups, and what is made of them."""
        leaves: list[dict[str, Any]] = [
            {"match_all": {}},
            {"range": {"timestamp": {"gte": "now-7d"}}},
            {"term": {"node": "x"}},
            {"terms": {"node": ["x", "y"], "boost": 1.0}},
        ]
        made: list[dict[str, Any]] = [
            {"bool": {"must": leaves, "filter": leaves[0], "should": [], "must_not": leaves[1:]}},
            {"constant_score": {"filter": leaves[2]}},
            {"boosting": {"positive": leaves[1], "negative": leaves[2], "negative_boost": 0.5}},
            {"dis_max": {"queries": leaves}},
        ]
        for query in (*leaves, *made):
            assert aggregate(version, HISTOGRAM, query=query).status == 200

    @every_version
    def test_unsupported(self, version: str) -> None:
        """Other queries are refused, wherever they stand; without aggregations nobody looks."""
        match = {"match": {"node": "x"}}

        for query in (match, {"bool": {"must_not": match}}, {"dis_max": {"queries": [{"bool": {"should": [match]}}]}}):
            assert reason(aggregate(version, HISTOGRAM, query=query)) == "Unsupported Query in search request: [match]"
        if version in lines("6.5"):
            assert search(FakeCluster(version, "a"), {"size": 0, "query": match}).status == 200

    @every_version
    def test_fields(self, version: str) -> None:
        """A field is one of the groups; a query of several terms is named as one of a single term."""
        for query, name, field in (
            ({"range": {"temperature": {"gt": 1}}}, "range", "temperature"),
            ({"term": {"foo": "x"}}, "term", "foo"),
            ({"terms": {"foo": ["x"]}}, "term", "foo"),
        ):
            assert reason(aggregate(version, HISTOGRAM, query=query)) == (
                f"Field [{field}] in [{name}] query is not available in selected rollup indices, cannot query."
            )

    @every_version
    def test_the_best_job_counts(self, version: str) -> None:
        """The fields are those of the job with the longest interval, then with the fewest terms."""
        cluster = FakeCluster(version)
        for id_, terms in (("a", ["node", "rack"]), ("b", ["node"])):
            groups = {"terms": {"fields": terms}}
            cluster.add_job(id_, config={"rollup_index": "a_rollup", "groups": groups})
        body = {"size": 0, "aggs": MAXIMUM, "query": {"term": {"rack": "x"}}}

        assert "Field [rack] in [term] query is not available" in reason(search(cluster, body))
        longer = {"terms": {"fields": ["rack"]}, "date_histogram": {"fixed_interval": "1d"}}
        cluster.add_job("c", config={"rollup_index": "a_rollup", "groups": longer})
        assert search(cluster, body).status == 200

    @every_version
    def test_ambiguous_fields(self, version: str) -> None:
        """A field that is grouped in two ways cannot be asked about."""
        groups = {"histogram": {"interval": 5, "fields": ["load"]}, "terms": {"fields": ["load"]}}
        body = {"size": 0, "aggs": MAXIMUM, "query": {"term": {"load": 1}}}

        assert reason(search(with_job(version, groups), body)) == (
            "Ambiguous field name resolution when mapping to rolled fields.  Field name [load] was mapped to: "
            "[load.histogram.value,load.terms.value]."
        )


class TestPaths:
    """Where a search can be sent."""

    @every_version
    def test_methods(self, version: str) -> None:
        """GET and POST, with a body or with the parameter in its place."""
        cluster, body = FakeCluster(version, "a"), json.dumps({"size": 0, "aggs": MAXIMUM})

        for method in ("GET", "POST"):
            assert cluster.ask(f"{method} /a_rollup/_rollup_search", JSON, body=body).status == 200
        source = body.replace(" ", "").replace('"', "%22")
        assert cluster.ask(
            f"GET /a_rollup/_rollup_search?source_content_type=application/json&source={source}"
        ).status == (200)

    @every_version
    def test_types(self, version: str) -> None:
        """Up to 7.x a type may stand in the path, which 7.x warns of; in 8.x there is no such path."""
        body = json.dumps({"size": 0, "aggs": MAXIMUM})
        answer = FakeCluster(version, "a").ask("POST /a_rollup/_doc/_rollup_search", JSON, body=body)
        warning = "[types removal] Specifying types in search requests is deprecated."

        if version in lines("8.0"):
            assert answer.request.endpoint != "search"
        else:
            assert (answer.status, answer.warnings) == (200, [warning] if version in lines("7.0") else [])
