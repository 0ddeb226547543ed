"""What a cluster says of itself: health, license, features."""

from __future__ import annotations

import pytest

from tests.support import FakeCluster, ask, lines

SUPERUSER = ("Authorization", "Basic ZWxhc3RpYzpjaGFuZ2VtZQ==")  # elastic:changeme

HEALTH = (
    '{"cluster_name":"elasticsearch","status":"green","timed_out":false,"number_of_nodes":1,"number_of_data_nodes":1,'
    '"active_primary_shards":0,"active_shards":0,"relocating_shards":0,"initializing_shards":0,"unassigned_shards":0,'
    '%s"delayed_unassigned_shards":0,"number_of_pending_tasks":0,"number_of_in_flight_fetch":0,'
    '"task_max_waiting_in_queue_millis":0,"active_shards_percent_as_number":100.0}'
)
NUMBER = {"type": "number_format_exception", "reason": 'For input string: "x"'}


class TestHealth:
    """`GET /_cluster/health`."""

    @pytest.mark.parametrize("line", lines(until="8.15"))
    def test_up_to_8_15_it_has_fifteen_fields(self, line: str) -> None:
        """In the order of ClusterHealthResponse."""
        answer = ask(line, "GET /_cluster/health")

        assert (answer.status, answer.text) == (200, HEALTH % "")
        assert answer.request.endpoint == "health"

    @pytest.mark.parametrize("line", lines("8.16"))
    def test_from_8_16_on_it_counts_primaries_too(self, line: str) -> None:
        """After the other unassigned shards (#112024)."""
        assert ask(line, "GET /_cluster/health").text == HEALTH % '"unassigned_primary_shards":0,'

    @pytest.mark.parametrize("line", ["6.3", "7.17", "8.19", "9.5"])
    def test_what_it_could_wait_for_is_there_already(self, line: str) -> None:
        """Every parameter is taken, and the answer comes at once."""
        query = (
            "wait_for_status=yellow&timeout=50s&master_timeout=1m&local=true&wait_for_no_relocating_shards"
            "&wait_for_no_initializing_shards=true&wait_for_active_shards=all&wait_for_events=languid&wait_for_nodes=1"
            "&level=cluster"
        )
        answer = ask(line, f"GET /_cluster/health?{query}")

        assert (answer.status, answer.json["status"], answer.json["timed_out"]) == (200, "green", False)
        assert answer.request.waited is None

    @pytest.mark.parametrize("wanted", ["2", ">=2", "ge(2)", ">1", "gt(1)", "<1", "lt(1)", "<=0", "le(0)"])
    @pytest.mark.parametrize("line", ["6.3", "9.5"])
    def test_nodes_that_do_not_come_are_waited_for_in_vain(self, line: str, wanted: str) -> None:
        """Which is told at once: a 408 with the usual body (ClusterHealthResponse.status)."""
        answer = ask(line, f"GET /_cluster/health?wait_for_nodes={wanted}")

        assert (answer.status, answer.json["timed_out"], answer.json["number_of_nodes"]) == (408, True, 1)

    @pytest.mark.parametrize("wanted", ["1", ">=1", "ge(1)", ">0", "gt(0)", "<2", "lt(2)", "<=1", "le(1)", ""])
    def test_nodes_that_are_there_are_not_waited_for(self, wanted: str) -> None:
        """Each of Elasticsearch's ways to compare is understood."""
        answer = ask("8.19", f"GET /_cluster/health?wait_for_nodes={wanted}")

        assert (answer.status, answer.json["timed_out"]) == (200, False)

    @pytest.mark.parametrize("line", ["6.3", "7.17", "8.19", "9.5"])
    @pytest.mark.parametrize(
        ("query", "reason"),
        [
            (
                "wait_for_status=purple",
                "No enum constant org.elasticsearch.cluster.health.ClusterHealthStatus.PURPLE",
            ),
            ("wait_for_events=soon", "No enum constant org.elasticsearch.common.Priority.SOON"),
            ("wait_for_active_shards=x", "cannot parse ActiveShardCount[x]"),
            ("wait_for_active_shards=-1", "shard count cannot be a negative value"),
            (
                "wait_for_relocating_shards=0",
                "wait_for_relocating_shards has been removed, use wait_for_no_relocating_shards [true/false] instead",
            ),
            ("local=yes", "Failed to parse value [yes] as only [true] or [false] are allowed."),
            (
                "timeout=5",
                "failed to parse setting [timeout] with value [5] as a time value: unit is missing or unrecognized",
            ),
            ("master_timeout=1.5s", "failed to parse [1.5s], fractional time values are not supported"),
            ("color=green", "request [/_cluster/health] contains unrecognized parameter: [color]"),
        ],
    )
    def test_a_value_that_is_none_is_refused(self, line: str, query: str, reason: str) -> None:
        """With the text of whatever could not read it."""
        answer = ask(line, f"GET /_cluster/health?{query}")

        assert (answer.status, answer.error["type"], answer.error["reason"]) == (
            400,
            "illegal_argument_exception",
            reason,
        )

    def test_the_cause_of_an_unreadable_number_is_named(self) -> None:
        """Java's own exception."""
        assert ask("8.19", "GET /_cluster/health?wait_for_active_shards=x").error["caused_by"] == NUMBER

    def test_a_number_of_nodes_that_is_none_is_refused_last(self) -> None:
        """When the cluster is about to compare, after unrecognised parameters."""
        assert ask("8.19", "GET /_cluster/health?wait_for_nodes=x").error["type"] == "number_format_exception"
        assert "[color]" in ask("8.19", "GET /_cluster/health?wait_for_nodes=x&color=green").error["reason"]

    @pytest.mark.parametrize("line", ["6.3", "7.17", "8.7", "8.8", "9.5"])
    @pytest.mark.parametrize("level", ["indices", "shards"])
    def test_there_are_no_indices_to_show(self, line: str, level: str) -> None:
        """But their place is there."""
        answer = ask(line, f"GET /_cluster/health?level={level}")

        assert list(answer.json)[-1] == "indices"
        assert answer.json["indices"] == {}

    def test_an_unknown_level_is_refused_from_8_8_on(self) -> None:
        """Before, it is that of the cluster; the case does not matter any more, either (#94136)."""
        assert ask("8.7", "GET /_cluster/health?level=all").text == HEALTH % ""
        assert "indices" not in ask("8.7", "GET /_cluster/health?level=INDICES").json
        assert "indices" in ask("8.8", "GET /_cluster/health?level=INDICES").json
        assert ask("8.8", "GET /_cluster/health?level=all").error["reason"] == (
            "level parameter must be one of [cluster] or [indices] or [shards] but was [all]"
        )

    def test_options_of_indices_came_with_7_0(self) -> None:
        """As the official clients send them."""
        assert ask("6.8", "GET /_cluster/health?expand_wildcards=all").status == 400
        assert ask("7.0", "GET /_cluster/health?expand_wildcards=all").status == 200

    @pytest.mark.parametrize("line", ["6.3", "9.5"])
    def test_a_human_gets_texts_before_the_numbers(self, line: str) -> None:
        """XContentBuilder.humanReadableField and percentageField."""
        assert ask(line, "GET /_cluster/health?human").text.endswith(
            '"number_of_in_flight_fetch":0,"task_max_waiting_in_queue":"0s","task_max_waiting_in_queue_millis":0,'
            '"active_shards_percent":"100.0%","active_shards_percent_as_number":100.0}'
        )

    def test_the_health_of_an_index_is_not_faked(self) -> None:
        """A cluster without shards cannot tell."""
        answer = ask("8.19", "GET /_cluster/health/sensor")

        assert (answer.status, answer.request.endpoint) == (501, "unfaked")

    def test_no_other_method_is_allowed(self) -> None:
        """RestController refuses it, naming the one."""
        answer = ask("8.19", "POST /_cluster/health")

        assert (answer.status, answer.values("Allow")) == (405, ["GET"])


LICENSE = """{
  "license" : {
    "status" : "active",
    "uid" : "%s",
    "type" : "basic",
    "issue_date" : "2020-01-01T00:00:00.000Z",
    "issue_date_in_millis" : 1577836800000,
    "max_nodes" : 1000,
%s    "issued_to" : "elasticsearch",
    "issuer" : "elasticsearch",
    "start_date_in_millis" : -1
  }
}
"""
RESOURCE_UNITS = '    "max_resource_units" : null,\n'
DEPRECATED = (
    "Including [accept_enterprise] in get license requests is deprecated. The parameter will be removed in the next "
    "major version"
)


class TestLicense:
    """`GET /_license`, and its old path."""

    @pytest.mark.parametrize("line", lines("6.7", "7.17"))
    def test_up_to_7_17_it_has_nine_fields(self, line: str) -> None:
        """Pretty-printed, those of License.toInnerXContent before enterprise licenses."""
        answer = ask(line, "GET /_license")

        assert (answer.status, answer.text) == (200, LICENSE % (answer.json["license"]["uid"], ""))
        assert answer.request.endpoint == "license"

    @pytest.mark.parametrize("line", lines("8.0"))
    def test_from_8_0_on_it_has_resource_units(self, line: str) -> None:
        """Which a basic license does not count."""
        answer = ask(line, "GET /_license")

        assert answer.text == LICENSE % (answer.json["license"]["uid"], RESOURCE_UNITS)

    def test_it_is_pretty_unless_that_is_turned_off(self) -> None:
        """Errors are pretty on demand only."""
        assert ask("8.19", "GET /_license?pretty=false").text.startswith('{"license":{"status":"active"')
        assert ask("8.19", "GET /_license?colour").text.startswith('{"error":{')
        assert ask("8.19", "GET /_license?colour&pretty").text.startswith('{\n  "error" : {')

    @pytest.mark.parametrize("line", lines(until="6.8"))
    def test_in_6_x_there_is_the_path_of_xpack(self, line: str) -> None:
        """Without a warning."""
        answer = ask(line, "GET /_xpack/license")

        assert (answer.status, answer.json["license"]["type"], answer.warnings) == (200, "basic", [])

    @pytest.mark.parametrize("line", lines(until="6.6"))
    def test_the_short_path_came_with_6_7(self, line: str) -> None:
        """Before, `_license` would be an index, whose name cannot begin like this."""
        assert ask(line, "GET /_license").status == 400

    @pytest.mark.parametrize("line", lines("7.0", "7.17"))
    def test_in_7_x_the_old_path_is_deprecated(self, line: str) -> None:
        """The warning names the new one."""
        answer = ask(line, "GET /_xpack/license")

        assert answer.status == 200
        assert answer.warnings == ["[GET /_xpack/license] is deprecated! Use [GET /_license] instead."]

    def test_in_8_x_the_old_path_needs_the_old_language(self) -> None:
        """In which the license looks as in 7.x."""
        compatible = ("accept", "application/vnd.elasticsearch+json;compatible-with=7")

        assert ask("8.19", "GET /_xpack/license").status == 400
        assert "max_resource_units" not in ask("8.19", "GET /_xpack/license", compatible).json["license"]
        assert ask("9.0", "GET /_xpack/license").status == 400

    def test_enterprise_is_unknown_to_old_versions(self) -> None:
        """The parameter came with its licenses."""
        assert "[accept_enterprise]" in ask("6.8", "GET /_license?accept_enterprise=true").error["reason"]

    def test_in_7_x_one_may_ask_for_the_fields_of_enterprise(self) -> None:
        """Without the parameter a client is spared what it does not know."""
        answer = ask("7.17", "GET /_license?accept_enterprise=true")

        assert answer.text == LICENSE % (answer.json["license"]["uid"], RESOURCE_UNITS)
        assert answer.warnings == []

    @pytest.mark.parametrize("path", ["/_license", "/_xpack"])
    @pytest.mark.parametrize("line", ["8.0", "8.19", "9.5"])
    def test_from_8_0_on_one_may_not_refuse_enterprise(self, line: str, path: str) -> None:
        """To say so much as yes is deprecated."""
        accepted = ask(line, f"GET {path}?accept_enterprise=true")
        refused = ask(line, f"GET {path}?accept_enterprise=false")

        assert (accepted.status, accepted.warnings) == (200, [DEPRECATED])
        assert (refused.status, refused.error["reason"]) == (400, "The [accept_enterprise] parameters may not be false")
        assert refused.warnings == [DEPRECATED]

    def test_a_human_sees_the_start_that_there_was_not(self) -> None:
        """A millisecond before 1970; the date of issue is there anyway."""
        assert ask("8.19", "GET /_license?human&pretty=false").text.endswith(
            '"issuer":"elasticsearch","start_date":"1969-12-31T23:59:59.999Z","start_date_in_millis":-1}}'
        )

    def test_its_other_parameters_are_checked(self) -> None:
        """`local` always, the master's timeout where it is known."""
        assert ask("8.19", "GET /_license?local=true&master_timeout=1s").status == 200
        assert ask("8.19", "GET /_license?master_timeout=1").status == 400
        assert "[master_timeout]" in ask("7.17", "GET /_license?master_timeout=1s").error["reason"]
        assert ask("7.17", "GET /_license?local=maybe").status == 400

    def test_other_methods_are_not_faked(self) -> None:
        """A license cannot be changed."""
        assert ask("8.19", "PUT /_license").status == 501


YES = {"available": True, "enabled": True}
NO = {"available": False, "enabled": True}
OFF = {"available": True, "enabled": False}
# With security off, a basic license, and where X-Pack's machine learning has no native code.
NATIVE = {"native_code_info": {"version": "N/A", "build_hash": "N/A"}}
FEATURES_7_16 = {
    "aggregate_metric": YES,
    "analytics": YES,
    "ccr": NO,
    "data_streams": YES,
    "data_tiers": YES,
    "enrich": YES,
    "eql": YES,
    "frozen_indices": YES,
    "graph": NO,
    "ilm": YES,
    "logstash": NO,
    "ml": NO | NATIVE,
    "monitoring": YES,
    "rollup": YES,
    "searchable_snapshots": NO,
    "security": OFF,
    "slm": YES,
    "spatial": YES,
    "sql": YES,
    "transform": YES,
    "voting_only": YES,
    "watcher": NO,
}


class TestXPackInfo:
    """`GET /_xpack`."""

    def test_it_shows_build_license_and_features(self) -> None:
        """As an answer of 6.3.2 has them, but for what a node's own settings say."""
        answer = ask("6.3", "GET /_xpack")

        uid = answer.json["license"]["uid"]
        assert answer.text == (
            '{"build":{"hash":"053779d","date":"2018-07-20T05:20:23.451332Z"},'
            f'"license":{{"uid":"{uid}","type":"basic","mode":"basic","status":"active"}},"features":{{'
            '"graph":{"description":"Graph Data Exploration for the Elastic Stack","available":false,"enabled":true},'
            '"logstash":{"description":"Logstash management component for X-Pack","available":false,"enabled":true},'
            '"ml":{"description":"Machine Learning for the Elastic Stack","available":false,"enabled":true,'
            '"native_code_info":{"version":"N/A","build_hash":"N/A"}},'
            '"monitoring":{"description":"Monitoring for the Elastic Stack","available":true,"enabled":true},'
            '"rollup":{"description":"Time series pre-aggregation and rollup","available":true,"enabled":true},'
            '"security":{"description":"Security for the Elastic Stack","available":false,"enabled":false},'
            '"watcher":{"description":"Alerting, Notification and Automation for the Elastic Stack",'
            '"available":false,"enabled":true}},"tagline":"You know, for X"}'
        )
        assert answer.request.endpoint == "xpack"

    @pytest.mark.parametrize("line", lines())
    def test_every_version_has_rollup(self, line: str) -> None:
        """Which is basic, among features in the order of the alphabet."""
        features = ask(line, "GET /_xpack").json["features"]

        assert {key: features["rollup"][key] for key in ("available", "enabled")} == YES
        assert list(features) == sorted(features)

    @pytest.mark.parametrize("line", ["7.16", "7.17"])
    def test_the_features_of_7_16(self, line: str) -> None:
        """As an answer of 7.16.0 has them."""
        assert ask(line, "GET /_xpack").json["features"] == FEATURES_7_16

    def test_the_features_of_8_0(self) -> None:
        """The same, without native code."""
        assert ask("8.0", "GET /_xpack").json["features"] == FEATURES_7_16 | {"ml": NO}

    def test_the_features_of_8_19(self) -> None:
        """Those of XPackInfoFeatureAction.ALL."""
        assert " ".join(ask("8.19", "GET /_xpack").json["features"]) == (
            "aggregate_metric analytics archive ccr data_streams data_tiers enrich enterprise_search eql esql "
            "frozen_indices graph ilm logsdb logstash ml monitoring rollup searchable_snapshots security slm spatial "
            "sql transform universal_profiling voting_only watcher"
        )

    def test_the_features_of_9_5(self) -> None:
        """Those of XPackInfoFeatureAction.ALL."""
        assert " ".join(ask("9.5", "GET /_xpack").json["features"]) == (
            "aggregate_metric analytics archive ccr data_streams data_tiers enrich enterprise_search eql esql "
            "gpu_vector_indexing graph ilm logsdb logstash ml monitoring rollup searchable_snapshots security slm "
            "spatial sql transform universal_profiling voting_only watcher"
        )

    @pytest.mark.parametrize("line", lines(until="7.2"))
    def test_features_are_described_up_to_7_2(self, line: str) -> None:
        """By a text that comes first."""
        features = ask(line, "GET /_xpack").json["features"]

        assert [next(iter(feature)) for feature in features.values()] == ["description"] * len(features)

    @pytest.mark.parametrize("line", lines("7.3"))
    def test_later_ones_are_not(self, line: str) -> None:
        """An answer of 7.3.0 has no description."""
        features = ask(line, "GET /_xpack").json["features"]

        assert {next(iter(feature)) for feature in features.values()} == {"available"}

    @pytest.mark.parametrize(
        ("line", "available"), [("6.7", False), ("6.8", True), ("7.0", False), ("7.1", True), ("9.5", True)]
    )
    def test_security_became_basic(self, line: str, *, available: bool) -> None:
        """With 6.8 and 7.1; here it is off."""
        security = ask(line, "GET /_xpack?human=false").json["features"]["security"]

        assert security == {"available": available, "enabled": False}

    @pytest.mark.parametrize("line", ["6.3", "7.17", "9.5"])
    def test_security_that_is_on_is_enabled(self, line: str) -> None:
        """And available, whatever the license was good for."""
        answer = ask(line, "GET /_xpack?human=false", SUPERUSER, security=True)

        assert answer.json["features"]["security"] == YES

    @pytest.mark.parametrize("line", ["6.3", "7.0", "8.19"])
    def test_human_false_leaves_out_what_is_for_humans(self, line: str) -> None:
        """Descriptions, native code and the tagline."""
        body = ask(line, "GET /_xpack?human=false").json

        assert list(body) == ["build", "license", "features"]
        assert {tuple(feature) for feature in body["features"].values()} == {("available", "enabled")}

    @pytest.mark.parametrize(
        ("categories", "parts"),
        [
            ("build,features", ["build", "features", "tagline"]),
            ("LICENSE", ["license", "tagline"]),
            ("_all,none", ["build", "license", "features", "tagline"]),
            ("build,_none", ["tagline"]),
            ("", ["tagline"]),
        ],
    )
    @pytest.mark.parametrize("line", ["6.8", "9.5"])
    def test_one_may_ask_for_parts(self, line: str, categories: str, parts: list[str]) -> None:
        """The tagline belongs to none; `_all` and `_none` decide on the spot (Category.toSet)."""
        assert list(ask(line, f"GET /_xpack?categories={categories}").json) == parts

    def test_an_unknown_part_is_refused(self) -> None:
        """In the words of Java."""
        assert ask("8.19", "GET /_xpack?categories=jvm").error["reason"] == (
            "No enum constant org.elasticsearch.protocol.xpack.XPackInfoRequest.Category.JVM"
        )

    def test_the_license_is_the_same_everywhere(self) -> None:
        """And stays the same, as long as the cluster is."""
        cluster = FakeCluster("8.19")

        uids = {cluster.ask(f"GET {path}").json["license"]["uid"] for path in ("/_xpack", "/_license", "/_license")}

        assert len(uids) == 1
        assert uids != {FakeCluster("8.19").ask("GET /_license").json["license"]["uid"]}

    @pytest.mark.parametrize("line", ["6.3", "9.5"])
    def test_it_may_be_asked_for_its_head(self, line: str) -> None:
        """As old clients do to see whether X-Pack is installed."""
        assert ask(line, "HEAD /_xpack").status == 200
