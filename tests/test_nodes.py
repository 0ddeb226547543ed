"""Several nodes: addresses of one cluster, and what becomes of jobs when one dies."""

from __future__ import annotations

import http.client
import json
import socket
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from pytest_rollup_fake import NEVER, Node, RollupCluster
from tests.calling import WAITING, Answer, Background, ask, stop

if TYPE_CHECKING:
    from collections.abc import Iterator

STOP = "/_rollup/job/sensor/_stop"


@pytest.fixture
def cluster() -> Iterator[RollupCluster]:
    """Give a cluster of three nodes whose time stands still."""
    with RollupCluster("8.19", nodes=3, clock="manual") as cluster:
        yield cluster


def ask_node(node: Node, method: str, path: str) -> Answer:
    """Send a request to one node."""
    with closing(http.client.HTTPConnection(node.host, node.port, timeout=10)) as connection:
        connection.request(method, path)
        response = connection.getresponse()
        return Answer(response.status, json.loads(response.read()))


class TestAddresses:
    """One cluster, several addresses."""

    def test_every_node_answers_for_the_whole_cluster(self, cluster: RollupCluster) -> None:
        """And says its own name."""
        job = cluster.add_job("sensor")
        assert len({node.url for node in cluster.nodes}) == 3
        names = [ask_node(node, "GET", "/").body["name"] for node in cluster.nodes]
        assert names == ["node-1", "node-2", "node-3"] == [entry.node for entry in cluster.requests]
        assert ask_node(cluster.nodes[2], "POST", STOP).body == {"stopped": True}
        assert job.state == "stopped"

    def test_the_clusters_own_address_is_the_first_nodes(self, cluster: RollupCluster) -> None:
        """So that one node needs no thought."""
        first = cluster.nodes[0]
        assert (cluster.url, cluster.host, cluster.port) == (first.url, first.host, first.port)
        assert repr(first) == f"<Node 'node-1' at {first.url}>"

    def test_endpoints_of_the_tests_own_are_at_every_node(self, cluster: RollupCluster) -> None:
        """After a reset as well."""
        for _ in range(2):
            cluster.expect_request("/mine").respond_with_json({"mine": True})
            assert [ask_node(node, "GET", "/mine").body for node in cluster.nodes] == [{"mine": True}] * 3
            cluster.reset()
            assert [ask_node(node, "GET", "/mine").status for node in cluster.nodes] == [404] * 3  # no such index
            cluster.take_findings()

    @pytest.mark.parametrize(
        ("nodes", "error"), [(0, ValueError), (-1, ValueError), ("3", TypeError), (True, TypeError)]
    )
    def test_their_number(self, nodes: Any, error: type[Exception]) -> None:
        """At least one."""
        with pytest.raises(error, match="nodes is"):
            RollupCluster(nodes=nodes)


class TestKill:
    """A node dies."""

    def test_refuses_connections_and_keeps_its_address(self, cluster: RollupCluster) -> None:
        """The others go on."""
        node = cluster.nodes[1]
        url = node.url
        node.kill()
        assert not node.is_alive
        for _ in range(3):
            with pytest.raises(ConnectionRefusedError):
                ask_node(node, "GET", "/")
        assert ask(cluster, "GET", "/").status == 200
        node.restart()
        assert (node.url, node.is_alive) == (url, True)
        assert ask_node(node, "GET", "/").body["name"] == "node-2"

    def test_cuts_what_its_clients_wait_for(self, cluster: RollupCluster) -> None:
        """And only that."""
        cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
        other = cluster.nodes[1]
        with (
            Background(ask_node, other, "POST", f"{STOP}?{WAITING}") as cut,
            Background(stop, cluster, "sensor", WAITING) as kept,
        ):
            cluster.wait_for_request(parked=True, count=2)
            other.kill()
            with pytest.raises(http.client.RemoteDisconnected):
                cut.result()
            cluster.jobs["sensor"].set_state("stopped")
            assert kept.result().body == {"stopped": True}
        assert {entry.node: entry.outcome for entry in cluster.requests} == {"node-1": "answered", "node-2": "cut"}

    def test_takes_its_tasks_with_it(self, cluster: RollupCluster) -> None:
        """A stop finds no task until another node runs the job."""
        job = cluster.add_job("sensor", state="indexing", stats={"trigger_count": 3})
        cluster.nodes[0].kill(reassign_after="30s")
        other = cluster.nodes[1]
        answer = ask_node(other, "POST", STOP)
        assert (answer.status, answer.body["error"]["reason"]) == (404, "Task for Rollup Job [sensor] not found")
        assert ask_node(other, "GET", "/_rollup/job/_all").body == {"jobs": []}
        cluster.clock.advance("30s")
        assert (job.state, job.stats["trigger_count"]) == ("started", 0)
        assert job.history[-1].why == "assigned to node-2"
        assert ask_node(other, "POST", STOP).body == {"stopped": True}

    def test_fails_a_stop_on_another_node_that_waits_for_its_task(self, cluster: RollupCluster) -> None:
        """At once: the connection between the nodes breaks."""
        cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
        owner, other = cluster.nodes[0], cluster.nodes[1]
        with Background(ask_node, other, "POST", f"{STOP}?{WAITING}") as call:
            cluster.wait_for_request(parked=True)
            owner.kill()
            status, body = call.result()
        assert (status, body["error"]["type"]) == (500, "failed_node_exception")
        assert body["error"]["reason"] == f"Failed node [{owner.id}]"
        assert body["error"]["caused_by"]["type"] == "node_disconnected_exception"

    def test_brings_an_idle_stopped_job_back_as_started(self, cluster: RollupCluster) -> None:
        """Stopping an idle job is not persisted."""
        job = cluster.add_job("sensor", state="started")
        stop(cluster, "sensor")
        assert job.state == "stopped"
        cluster.nodes[0].kill(reassign_after=0)
        assert job.state == "started"

    def test_twice_counts_from_the_second_time(self, cluster: RollupCluster) -> None:
        """A job that was taken meanwhile is not reassigned by what the first time had planned."""
        cluster.add_job("sensor")
        owner = cluster.nodes[0]
        owner.kill(reassign_after="10s")
        cluster.clock.advance("2s")
        owner.restart()
        owner.kill(reassign_after="60s")
        cluster.clock.advance("30s")
        assert ask_node(cluster.nodes[1], "GET", "/_rollup/job/_all").body == {"jobs": []}
        cluster.clock.advance("30s")
        assert len(ask_node(cluster.nodes[1], "GET", "/_rollup/job/_all").body["jobs"]) == 1

    def test_leaves_a_stopped_run_stopped(self, cluster: RollupCluster) -> None:
        """A stop that found a run is persisted before it is answered."""
        job = cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
        stop(cluster, "sensor")
        cluster.nodes[0].kill(reassign_after=0)
        assert job.state == "stopped"

    def test_of_the_last_node_leaves_jobs_lost_until_one_is_back(self) -> None:
        """Nobody can take them."""
        with RollupCluster(clock="manual", jobs=["sensor"]) as cluster:
            [node] = cluster.nodes
            node.kill(reassign_after="1s")
            cluster.clock.advance("1h")
            assert ask_refused(cluster)
            late = cluster.add_job("late")
            node.restart()
            listed = ask(cluster, "GET", "/_rollup/job/_all").body["jobs"]
            assert [shown["config"]["id"] for shown in listed] == ["sensor", "late"]
            assert late.state == "started"

    def test_a_job_that_the_test_unassigned_stays_so(self, cluster: RollupCluster) -> None:
        """Only the test assigns it."""
        job = cluster.add_job("sensor")
        job.unassign()
        cluster.nodes[0].kill()
        cluster.nodes[0].restart()
        cluster.clock.advance("1h")
        assert stop(cluster, "sensor").status == 404
        job.assign()
        assert stop(cluster, "sensor").status == 200

    def test_jobs_are_spread_over_the_nodes(self, cluster: RollupCluster) -> None:
        """The node with the fewest tasks takes the next."""
        for number in range(3):
            cluster.add_job(f"job{number}")
        cluster.nodes[1].kill(reassign_after="1h")
        listed = ask(cluster, "GET", "/_rollup/job/_all").body["jobs"]
        assert [shown["config"]["id"] for shown in listed] == ["job0", "job2"]

    def test_twice_and_restart_of_a_living_node(self, cluster: RollupCluster) -> None:
        """Both say what is wrong."""
        cluster.nodes[0].kill()
        with pytest.raises(RuntimeError, match="node-1 was killed already"):
            cluster.nodes[0].kill()
        with pytest.raises(RuntimeError, match="node-2 lives"):
            cluster.nodes[1].restart()

    def test_bad_delay(self, cluster: RollupCluster) -> None:
        """It is refused before anything happens."""
        with pytest.raises(ValueError, match="reassign_after must not be negative"):
            cluster.nodes[0].kill(reassign_after=-1)
        assert cluster.nodes[0].is_alive

    def test_a_reset_brings_killed_nodes_back(self, cluster: RollupCluster) -> None:
        """The next test has a whole cluster."""
        cluster.nodes[2].kill()
        cluster.reset()
        assert [ask_node(node, "GET", "/").status for node in cluster.nodes] == [200] * 3

    def test_a_reset_of_a_stopped_cluster_starts_nothing(self, cluster: RollupCluster) -> None:
        """Its nodes live again when it is started."""
        cluster.nodes[0].kill()
        cluster.stop()
        cluster.reset()
        assert ask_refused(cluster)
        cluster.start()
        assert not ask_refused(cluster)

    def test_a_stopped_cluster_starts_without_its_killed_nodes(self, cluster: RollupCluster) -> None:
        """Until they are restarted."""
        cluster.nodes[1].kill()
        cluster.stop()
        cluster.start()
        with pytest.raises(ConnectionRefusedError):
            ask_node(cluster.nodes[1], "GET", "/")
        cluster.nodes[1].restart()
        assert ask_node(cluster.nodes[1], "GET", "/").status == 200


def ask_refused(cluster: RollupCluster) -> bool:
    """Say whether the cluster's first address refuses connections."""
    try:
        ask(cluster, "GET", "/")
    except ConnectionRefusedError:
        return True
    return False


def test_a_node_that_is_killed_while_its_cluster_stops_keeps_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function of the test's may kill it in a thread of the server; the fixture for leaks would find the socket."""
    with RollupCluster(nodes=2) as cluster:
        node = cluster.nodes[0]
        monkeypatch.setattr(node.server, "_end_connections", node.stop)  # the cluster's stop comes in between
        node.kill()
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
            other.bind((node.host, node.port))  # nobody has it
