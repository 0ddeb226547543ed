"""What the official clients do of their own accord, which whoever tests code that uses them has to know."""

from __future__ import annotations

import http
from typing import TYPE_CHECKING, Any

import elasticsearch7
import httpx
import pytest

from pytest_rollup_fake import faults
from tests.clients.official import OFFICIAL, Official, each_client, ignore_rollup_warning

if TYPE_CHECKING:
    from pytest_rollup_fake import MakeRollupCluster, RollupCluster

OF_7 = OFFICIAL[0]
SENT_AGAIN = {429: OFFICIAL[1:], 500: (), 502: OFFICIAL, 503: OFFICIAL, 504: OFFICIAL}


@pytest.fixture
def cluster(make_rollup_cluster: MakeRollupCluster, official: Official) -> RollupCluster:
    """Give a cluster of the client's own line."""
    return make_rollup_cluster(official.line, jobs=["sensor"])


@each_client
class TestRetries:
    """What a client sends again."""

    @pytest.mark.parametrize("status", SENT_AGAIN)
    def test_statuses_that_are_sent_again(self, cluster: RollupCluster, official: Official, status: int) -> None:
        """Three times, where it is one of those that say that somebody else may succeed; a 500 never is."""
        injection = cluster.inject(faults.response(status, http.HTTPStatus(status).phrase), on="stop", times="always")

        with official.connect(cluster.url) as client, pytest.raises(official.api_error):
            client.rollup.stop_job(id="sensor")

        assert injection.hits == (4 if official in SENT_AGAIN[status] else 1)


@each_client
@ignore_rollup_warning
class TestRequests:
    """What a client sends."""

    def test_headers(self, cluster: RollupCluster, official: Official) -> None:
        """Who it is and, from 8.0 on, which version it was made for."""
        with official.connect(cluster.url) as client:
            client.rollup.stop_job(id="sensor")

        headers, version = cluster.requests.last.headers, official.package.__versionstr__
        major = version.partition(".")[0]
        accepted = f"application/vnd.elasticsearch+json; compatible-with={major}"
        assert headers["accept"] == ("application/json" if official is OF_7 else accepted)
        assert headers["x-elastic-client-meta"].startswith(f"es={version},")
        assert headers["user-agent"].startswith(f"elasticsearch-py/{version} ")

    def test_jobs_without_an_id_are_a_path_that_there_is_not(self, cluster: RollupCluster, official: Official) -> None:
        """Elasticsearch's specification has it, Elasticsearch has not."""
        with official.connect(cluster.url) as client, pytest.raises(official.api_error):
            client.rollup.get_jobs()

        request = cluster.requests.last
        assert (request.method, request.path.rstrip("/")) == ("GET", "/_rollup/job")
        assert request.status == (400 if official.line == "9" else 405)

    def test_ids_are_percent_encoded(self, cluster: RollupCluster, official: Official) -> None:
        """Slashes, spaces and umlauts."""
        cluster.add_job("sensor/1 ä")

        with official.connect(cluster.url) as client:
            client.rollup.stop_job(id="sensor/1 ä")

        assert cluster.requests.last.target == "/_rollup/job/sensor%2F1%20%C3%A4/_stop"

    def test_connections_are_kept(self, cluster: RollupCluster, official: Official) -> None:
        """All requests come by one connection."""
        with official.connect(cluster.url) as client:
            for _ in range(3):
                client.rollup.stop_job(id="sensor")

        assert {request.connection for request in cluster.requests} == {cluster.requests.last.connection}
        assert len(cluster.requests.to("stop")) == 3


class TestPatience:
    """How long clients wait, where the server waits for 30 seconds."""

    @each_client
    def test_of_official_clients(self, official: Official) -> None:
        """Ten seconds."""
        with official.connect("http://localhost:9200") as client:
            assert patience_of(client) == 10

    def test_of_httpx(self) -> None:
        """Five."""
        with httpx.Client() as client:
            assert client.timeout.read == 5


def patience_of(client: Any) -> float:
    """Return the timeout of a client's connections, in seconds."""
    if isinstance(client, elasticsearch7.Elasticsearch):
        return float(client.transport.get_connection().timeout or 0)
    [node] = client.transport.node_pool.all()
    return float(node.config.request_timeout or 0)


class TestOlderClusters:
    """What the client of 7 takes for Elasticsearch."""

    @pytest.mark.parametrize("version", ["6.8", "7.0", "7.13"])
    def test_the_client_of_7_needs_no_header_of_them(
        self, make_rollup_cluster: MakeRollupCluster, version: str
    ) -> None:
        """It looks at the tagline, and at the flavor of the build."""
        cluster = make_rollup_cluster(version, jobs=["sensor"])

        with elasticsearch7.Elasticsearch(cluster.url) as client:
            assert client.rollup.stop_job(id="sensor") == {"stopped": True}

        assert [request.path for request in cluster.requests] == ["/", "/_rollup/job/sensor/_stop"]
