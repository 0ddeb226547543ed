"""Nodes, as clients see them that look for addresses, and the tasks that they run."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_rollup_fake.model.jobs import polls
from pytest_rollup_fake.model.nodes import Node
from tests.support import FakeCluster, ask, lines

CLASSIC = '["master","data","ingest"]'
TIERED = (
    '["data","data_cold","data_content","data_frozen","data_hot","data_warm","ingest","master","ml",'
    '"remote_cluster_client","transform"]'
)
COMPONENTS = '{"transform_config_version":10000099,"ml_config_version":12000099,"api_key_version":8150099}'
# What stands between a node's version and its build, the hash of its build, and its roles.
NODES = {
    "6.3": ("", "tar", "053779d", CLASSIC),
    "7.0": ("", "docker", "e4efcb5", CLASSIC),
    "7.3": ("", "docker", "1c1faf1", '["data","ingest","master","ml"]'),
    "7.17": ("", "docker", "580aff1a0064ce4c93293aaab6fcc55e22c10d1c", TIERED),
    "8.8": ('"transport_version":8080299,', "docker", "98e1271edf932a480e4262a471281f1ee295ce6b", TIERED),
    "8.19": (
        f'"transport_version":8841096,"index_version":8537000,"component_versions":{COMPONENTS},',
        "docker",
        "4fe44c255c3d0da06779b921e132cdc555ed9aff",
        TIERED,
    ),
    "9.2": (
        f'"transport_version":9185023,"index_version":9039003,"component_versions":{COMPONENTS},',
        "docker",
        "cdb2d7a7a46dfe4ef7c3f859b94fb86ba8e652e1",
        TIERED,
    ),
}


def grown(version: str, *jobs: str) -> FakeCluster:
    """Return a cluster of three nodes, each with an address of its own, to which the jobs are given in turn."""
    cluster = FakeCluster(version)
    cluster.world.nodes[1:] = [Node(2), Node(3)]
    for node, address in zip(cluster.world.nodes, ("127.0.0.1:9201", "127.0.0.2:9201", "[::1]:9203"), strict=True):
        node.publish_address = address
    for job in jobs:
        cluster.add_job(job)
    return cluster


def names(body: Any) -> list[str]:
    """Return the names of the nodes in a body."""
    return [node["name"] for node in body["nodes"].values()]


class TestNodesInfo:
    """`GET /_nodes` and what clients that sniff make of it."""

    @pytest.mark.parametrize("path", ["/_nodes/_all/http", "/_nodes/http", "/_nodes", "/_nodes/_local/info/http"])
    @pytest.mark.parametrize("line", NODES)
    def test_it_tells_the_address(self, line: str, path: str) -> None:
        """With the fields of each version in their order; one path is as good as the other."""
        cluster = FakeCluster(line)
        versions, build, build_hash, roles = NODES[line]

        answer = cluster.ask(f"GET {path}")

        assert answer.text == (
            '{"_nodes":{"total":1,"successful":1,"failed":0},"cluster_name":"elasticsearch","nodes":{'
            f'"{cluster.world.nodes[0].id}":{{"name":"node-1","transport_address":"127.0.0.1:9300",'
            f'"host":"127.0.0.1","ip":"127.0.0.1","version":"{answer.request.version}",{versions}'
            f'"build_flavor":"default","build_type":"{build}","build_hash":"{build_hash}","roles":{roles},'
            '"attributes":{"xpack.installed":"true"},"http":{"bound_address":["127.0.0.1:9200"],'
            '"publish_address":"127.0.0.1:9200","max_content_length_in_bytes":104857600}}}}'
        )
        assert answer.request.endpoint == "nodes"

    @pytest.mark.parametrize("line", lines("8.11"))
    def test_the_versions_of_its_parts_came_with_8_11(self, line: str) -> None:
        """Numbers all of them."""
        [node] = ask(line, "GET /_nodes").json["nodes"].values()

        parts = [node["transport_version"], node["index_version"], *node["component_versions"].values()]
        assert {type(part) for part in parts} == {int}

    @pytest.mark.parametrize("line", lines())
    def test_every_node_can_hold_data_and_be_master(self, line: str) -> None:
        """Whatever else it can."""
        [node] = ask(line, "GET /_nodes").json["nodes"].values()

        assert {"data", "ingest", "master"} <= set(node["roles"])

    def test_it_lists_the_nodes_that_live(self) -> None:
        """Each with its own address, whichever is asked."""
        cluster = grown("8.19")
        cluster.world.nodes[1].is_alive = False

        body = cluster.ask("GET /_nodes/_all/http").json

        assert body["_nodes"] == {"total": 2, "successful": 2, "failed": 0}
        first, third = body["nodes"].values()
        assert (first["http"]["publish_address"], first["transport_address"]) == ("127.0.0.1:9201", "127.0.0.1:9300")
        assert (third["http"]["publish_address"], third["transport_address"]) == ("[::1]:9203", "[::1]:9302")
        assert (third["host"], third["ip"]) == ("::1", "::1")

    def test_a_node_may_listen_at_a_name(self) -> None:
        """Which clients are sent to; the other addresses are numbers."""
        cluster = FakeCluster("8.19")
        cluster.world.nodes[0].publish_address = "localhost:9200"

        [node] = cluster.ask("GET /_nodes/http").json["nodes"].values()

        assert (node["host"], node["ip"], node["transport_address"]) == ("localhost", "127.0.0.1", "127.0.0.1:9300")
        assert node["http"]["publish_address"] == "localhost:9200"

    @pytest.mark.parametrize(
        ("nodes", "expected"),
        [
            ("_all", ["node-1", "node-2", "node-3"]),
            ("node-2", ["node-2"]),
            ("node-3,node-1", ["node-1", "node-3"]),
            ("*-3", ["node-3"]),
            ("127.0.0.*", ["node-1", "node-2"]),
            ("_local", ["node-1"]),
            ("_master", ["node-1"]),
            ("node", []),
            ("node-%3F", []),
        ],
    )
    @pytest.mark.parametrize("path", ["/_nodes/{}", "/_nodes/{}/http", "/_nodes/{}/info/http"])
    def test_one_may_ask_for_some(self, path: str, nodes: str, expected: list[str]) -> None:
        """By name, address and the special names; only `*` stands for anything (DiscoveryNodes.resolveNodes)."""
        assert names(grown("8.19").ask(f"GET {path.format(nodes)}").json) == expected

    def test_one_may_ask_by_id(self) -> None:
        """Which is not shortened."""
        cluster = grown("8.19")
        id_ = cluster.world.nodes[1].id

        assert names(cluster.ask(f"GET /_nodes/{id_}").json) == ["node-2"]
        assert names(cluster.ask(f"GET /_nodes/{id_[:-1]}").json) == []

    @pytest.mark.parametrize("line", ["6.3", "9.5"])
    @pytest.mark.parametrize("path", ["/_nodes/os", "/_nodes/_all/http,jvm", "/_nodes/_all/info/settings"])
    def test_other_parts_are_not_faked(self, line: str, path: str) -> None:
        """Rather than left out; the finding names the part."""
        cluster = FakeCluster(line)

        answer = cluster.ask(f"GET {path}")

        assert (answer.status, answer.request.endpoint, answer.request.effect) == (501, "unfaked", None)
        [finding] = cluster.world.take_findings()
        assert any(part in finding for part in ("os", "jvm", "settings"))

    def test_unknown_parts_are_left_out(self) -> None:
        """Elasticsearch does not mind them."""
        [node] = ask("8.19", "GET /_nodes/_all/nothing").json["nodes"].values()

        assert "http" not in node

    @pytest.mark.parametrize("line", ["6.3", "9.5"])
    def test_it_takes_its_parameters(self, line: str) -> None:
        """And no others."""
        assert ask(line, "GET /_nodes/_all/http?timeout=5s&flat_settings=true").status == 200
        assert ask(line, "GET /_nodes/_all/http?timeout=5").status == 400
        assert "[nodes]" in ask(line, "GET /_nodes/_all/http?nodes=a").error["reason"]

    def test_a_human_gets_a_text_before_the_number(self) -> None:
        """XContentBuilder.humanReadableField."""
        assert '"max_content_length":"100mb","max_content_length_in_bytes":104857600' in (
            ask("8.19", "GET /_nodes/http?human").text
        )

    def test_what_else_lies_below_nodes_is_not_faked(self) -> None:
        """Usage and stats are APIs of their own."""
        assert ask("8.19", "GET /_nodes/stats").status == 501
        assert ask("8.19", "GET /_nodes/_local/stats").status == 501


ROLLUP = "actions=xpack/rollup/*"


class TestTasks:
    """`GET /_tasks`, for the tasks of rollup jobs."""

    @pytest.mark.parametrize(
        ("line", "cancelled", "roles"),
        [("6.3", "", CLASSIC), ("7.13", "", TIERED), ("7.14", '"cancelled":false,', TIERED)]
        + [(line, '"cancelled":false,', TIERED) for line in ("8.19", "9.5")],
    )
    def test_a_job_has_a_task(self, line: str, cancelled: str, roles: str) -> None:
        """With the fields of TaskInfo in their order; time is the fake's, and begins with 2020."""
        cluster = FakeCluster(line)
        cluster.advance("2s")
        cluster.add_job("sensor")
        cluster.advance("1500ms")
        id_ = cluster.world.nodes[0].id

        answer = cluster.ask(f"GET /_tasks?{ROLLUP}")

        assert answer.text == (
            f'{{"nodes":{{"{id_}":{{"name":"node-1","transport_address":"127.0.0.1:9300","host":"127.0.0.1",'
            f'"ip":"127.0.0.1:9300","roles":{roles},"attributes":{{"xpack.installed":"true"}},"tasks":{{"{id_}:1":{{'
            f'"node":"{id_}","id":1,"type":"persistent","action":"xpack/rollup/job[c]",'
            '"start_time_in_millis":1577836802000,"running_time_in_nanos":1500000000,"cancellable":true,'
            f'{cancelled}"parent_task_id":"cluster:1","headers":{{}}}}}}}}}}}}'
        )
        assert answer.request.endpoint == "tasks"

    @pytest.mark.parametrize(
        ("line", "upgraded"), [("6.3", {}), ("7.17", {"upgraded_doc_id": True}), ("8.19", {}), ("9.5", {})]
    )
    def test_details_are_state_and_description(self, line: str, upgraded: dict[str, bool]) -> None:
        """The status is that of Get Jobs (multi_node RollupIT, RollupJobTask)."""
        cluster = FakeCluster(line)
        cluster.add_job("sensor", state="indexing")

        [task] = cluster.ask(f"GET /_tasks?detailed&{ROLLUP}&group_by=none").json["tasks"]

        assert task["status"] == {"job_state": "indexing"} | upgraded
        assert task["description"] == "rollup_sensor"
        assert list(task)[3:7] == ["action", "status", "description", "start_time_in_millis"]

    def test_details_are_a_read_of_a_stopping_job(self) -> None:
        """As `polls` counts them; without details nobody sees the state."""
        cluster = FakeCluster("8.19")
        job = cluster.add_job("sensor", state="indexing", stop_delay=polls(1))
        cluster.ask("POST /_rollup/job/sensor/_stop")

        for query, state in (("", "stopping"), ("&detailed", "stopped")):
            request = cluster.ask(f"GET /_tasks?{ROLLUP}{query}").request
            cluster.world.settle(request, "answered")
            assert job.state == state

    @pytest.mark.parametrize(
        "actions",
        ["xpack/rollup/*", "xpack/rollup/job*", "xpack/rollup/job[c]", "*rollup*", "*", "*reindex,*/job[c]", ""],
    )
    def test_actions_may_be_patterns(self, actions: str) -> None:
        """One of them has to match; without any, every task does."""
        assert len(ask("8.19", f"GET /_tasks?group_by=none&actions={actions}").json["tasks"]) == 1

    @pytest.mark.parametrize("line", ["6.3", "9.5"])
    @pytest.mark.parametrize("actions", ["*reindex", "xpack/rollup/job", "cluster:monitor/*", "xpack/rollup/job[?]"])
    @pytest.mark.parametrize(
        ("group_by", "empty"), [("nodes", '{"nodes":{}}'), ("parents", '{"tasks":{}}'), ("none", '{"tasks":[]}')]
    )
    def test_of_other_actions_there_are_no_tasks(self, line: str, actions: str, group_by: str, empty: str) -> None:
        """The answer is empty and well-formed."""
        answer = ask(line, f"GET /_tasks?actions={actions}&group_by={group_by}")

        assert (answer.status, answer.text) == (200, empty)

    def test_they_are_grouped_by_node(self) -> None:
        """Those of a node that runs none are not shown."""
        cluster = grown("8.19", "a", "b")

        body = cluster.ask(f"GET /_tasks?{ROLLUP}").json

        assert names(body) == ["node-1", "node-2"]
        first, second = cluster.world.nodes[:2]
        assert [list(node["tasks"]) for node in body["nodes"].values()] == [[f"{first.id}:1"], [f"{second.id}:2"]]
        assert body["nodes"][second.id]["ip"] == "127.0.0.2:9301"

    def test_they_may_be_grouped_by_parent(self) -> None:
        """Which is never listed itself, so each stands for itself, under its own id."""
        cluster = FakeCluster("8.19", "a", "b")
        id_ = cluster.world.nodes[0].id

        tasks = cluster.ask(f"GET /_tasks?{ROLLUP}&group_by=parents").json["tasks"]

        assert [(name, task["id"]) for name, task in tasks.items()] == [(f"{id_}:1", 1), (f"{id_}:2", 2)]

    def test_one_may_ask_for_those_of_some_nodes(self) -> None:
        """By the names that nodes info understands."""
        cluster = grown("8.19", "a", "b", "c")

        for nodes, expected in (("node-2", [2]), ("_local,node-3", [1, 3]), ("nobody", []), ("", [1, 2, 3])):
            tasks = cluster.ask(f"GET /_tasks?{ROLLUP}&group_by=none&nodes={nodes}").json["tasks"]
            assert [task["id"] for task in tasks] == expected

    def test_one_may_ask_for_those_of_a_parent(self) -> None:
        """The cluster, with the number of the allocation."""
        cluster = FakeCluster("8.19", "a", "b")

        for parent, expected in (("cluster:2", [2]), ("cluster:3", []), ("unset", [1, 2]), ("", [1, 2])):
            tasks = cluster.ask(f"GET /_tasks?group_by=none&parent_task_id={parent}").json["tasks"]
            assert [task["id"] for task in tasks] == expected

    def test_a_job_that_no_node_runs_has_none(self) -> None:
        """When it is assigned again it has a new one, which begins then."""
        cluster = FakeCluster("8.19")
        job = cluster.add_job("sensor")
        job.unassign("by the test")
        assert cluster.ask(f"GET /_tasks?{ROLLUP}").json == {"nodes": {}}

        cluster.advance("10s")
        job.assign(cluster.world.nodes[0])

        [task] = cluster.ask(f"GET /_tasks?{ROLLUP}&group_by=none").json["tasks"]
        assert (task["id"], task["start_time_in_millis"], task["running_time_in_nanos"]) == (2, 1577836810000, 0)

    @pytest.mark.parametrize("line", ["6.3", "7.17", "9.5"])
    @pytest.mark.parametrize(
        ("query", "reason"),
        [
            ("group_by=action", "[group_by] must be one of [nodes], [parents] or [none] but was [action]"),
            ("parent_task_id=1", "malformed task id 1"),
            ("parent_task_id=a:b", "malformed task id a:b"),
            ("parent_task_id=a:1:2", "malformed task id a:1:2"),
            ("detailed=yes", "Failed to parse value [yes] as only [true] or [false] are allowed."),
            ("timeout=1.5s", "failed to parse [1.5s], fractional time values are not supported"),
            ("action=*", "request [/_tasks] contains unrecognized parameter: [action] -> did you mean [actions]?"),
        ],
    )
    def test_a_value_that_is_none_is_refused(self, line: str, query: str, reason: str) -> None:
        """With the text of whatever could not read it."""
        answer = ask(line, f"GET /_tasks?{query}")

        assert (answer.status, answer.error["reason"]) == (400, reason)

    def test_the_way_to_group_is_looked_at_last(self) -> None:
        """RestListTasksAction chooses its listener after unrecognised parameters were refused."""
        assert "[x]" in ask("8.19", "GET /_tasks?group_by=action&x").error["reason"]

    def test_waiting_for_a_job_to_end_is_not_faked(self) -> None:
        """It would take for ever; where there is nothing to wait for, the answer comes at once."""
        assert ask("8.19", "GET /_tasks?wait_for_completion=true").status == 501
        assert ask("8.19", "GET /_tasks?wait_for_completion=true&actions=*reindex&timeout=1s").json == {"nodes": {}}

    @pytest.mark.parametrize(
        ("running", "text"), [("0s", "0s"), ("1500ms", "1.5s"), ("90s", "1.5m"), ("60s", "1m"), ("119s", "1.9m")]
    )
    def test_a_human_gets_texts_before_the_numbers(self, running: str, text: str) -> None:
        """The date of the start, and a duration with one decimal (TimeValue.toString)."""
        cluster = FakeCluster("8.19", "a")
        cluster.advance(running)

        [task] = cluster.ask("GET /_tasks?human&group_by=none").json["tasks"]

        assert (task["start_time"], task["running_time"]) == ("2020-01-01T00:00:00.000Z", text)
        assert list(task)[4:8] == ["start_time", "start_time_in_millis", "running_time", "running_time_in_nanos"]

    def test_a_single_task_is_not_faked(self) -> None:
        """Nor is cancelling one."""
        assert ask("8.19", "GET /_tasks/node:1").status == 501
        assert ask("8.19", "POST /_tasks/_cancel").status == 501
