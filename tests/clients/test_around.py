"""The official clients, as they ask a cluster about itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.official import Official, each_client, ignore_rollup_warning, with_and_without_a_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_rollup_fake import MakeRollupCluster, RollupCluster


def version_of(official: Official, *, has_version: bool) -> str | None:
    """Return the version of a cluster that a client is to speak to."""
    return official.line if has_version else None


def ports(client: Any) -> set[int]:
    """Return the ports that a client sends its requests to from now on."""
    if hasattr(client.transport, "node_pool"):
        return {node.config.port for node in client.transport.node_pool.all()}
    return {int(connection.host.rpartition(":")[2]) for connection in client.transport.connection_pool.connections}


@each_client
@with_and_without_a_version
@ignore_rollup_warning
class TestSniffing:
    """A client that looks for the other nodes by itself."""

    def test_it_finds_every_node_that_lives(
        self, make_rollup_cluster: MakeRollupCluster, official: Official, *, has_version: bool
    ) -> None:
        """At its real address, where it is then served."""
        cluster = make_rollup_cluster(version_of(official, has_version=has_version), nodes=3)
        cluster.nodes[1].kill()
        cluster.add_job("sensor")

        with official.connect(cluster.url, sniff_on_start=True) as client:
            assert ports(client) == {cluster.nodes[0].port, cluster.nodes[2].port}
            answers = [client.rollup.stop_job(id="sensor") for _ in range(4)]

        assert all(answer["stopped"] for answer in answers)
        assert cluster.requests.to("nodes")[0].path == "/_nodes/_all/http"
        assert {request.node for request in cluster.requests.to("stop")} == {"node-1", "node-3"}

    def test_so_does_its_asynchronous_twin(
        self, make_rollup_cluster: MakeRollupCluster, official: Official, *, has_version: bool
    ) -> None:
        """Before its first request."""
        cluster = make_rollup_cluster(version_of(official, has_version=has_version), nodes=2)

        async def main() -> None:
            async with official.connect_async(cluster.url, sniff_on_start=True) as client:
                await client.cluster.health()
                assert ports(client) == {node.port for node in cluster.nodes}

        asyncio.run(main())


@each_client
@with_and_without_a_version
@ignore_rollup_warning
class TestQuestions:
    """What an application asks before it turns to rollup."""

    @pytest.fixture
    def cluster(
        self, make_rollup_cluster: MakeRollupCluster, official: Official, *, has_version: bool
    ) -> RollupCluster:
        """Give a cluster of the client's own line, or one without a version."""
        return make_rollup_cluster(version_of(official, has_version=has_version), jobs={"sensor": "indexing"})

    @pytest.fixture
    def client(self, cluster: RollupCluster, official: Official) -> Iterator[Any]:
        """Give a client of the cluster."""
        with official.connect(cluster.url) as client:
            yield client

    def test_it_sees_that_the_cluster_is_well(self, client: Any) -> None:
        """With the parameters that wait."""
        health = client.cluster.health(wait_for_status="yellow", timeout="50s", wait_for_nodes=">=1")

        assert (health["status"], health["timed_out"], health["number_of_nodes"]) == ("green", False, 1)

    def test_it_sees_the_license(self, client: Any) -> None:
        """A basic one, under which rollup is available."""
        assert client.license.get()["license"]["type"] == "basic"
        assert client.xpack.info()["features"]["rollup"] == {"available": True, "enabled": True}

    def test_it_sees_the_tasks_of_jobs(self, client: Any) -> None:
        """As multi_node RollupIT looks at them."""
        nodes = client.tasks.list(actions="xpack/rollup/*", detailed=True)["nodes"]

        [task] = [task for node in nodes.values() for task in node["tasks"].values()]
        assert (task["description"], task["status"]["job_state"]) == ("rollup_sensor", "indexing")
