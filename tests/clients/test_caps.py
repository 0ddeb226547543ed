"""Caps and search through the official clients, against a cluster of their own line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.clients.official import ROLLUP_IS_DEPRECATED, Official, each_client, ignore_rollup_warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_rollup_fake import MakeRollupCluster, RollupCluster

FIELDS = {
    "timestamp": [{"agg": "date_histogram", "fixed_interval": "1h", "delay": "7d", "time_zone": "UTC"}],
    "node": [{"agg": "terms"}],
    "temperature": [{"agg": "min"}, {"agg": "max"}, {"agg": "sum"}],
}
CAPS = {"job_id": "sensor", "rollup_index": "sensor_rollup", "index_pattern": "sensor-*", "fields": FIELDS}
MAXIMUM = {"the_max": {"max": {"field": "temperature"}}}


@pytest.fixture
def cluster(make_rollup_cluster: MakeRollupCluster, official: Official) -> RollupCluster:
    """Give a cluster of the client's own line, with one job."""
    return make_rollup_cluster(official.line, jobs=["sensor"])


@pytest.fixture
def client(cluster: RollupCluster, official: Official) -> Iterator[Any]:
    """Give a client of the cluster, past its product check."""
    with official.connect(cluster.url) as client:
        client.info()
        yield client


def search(client: Any, official: Official, **body: Any) -> Any:
    """Search what the job has rolled up; the clients from 8.0 on take the parts of a body as arguments."""
    arguments = {"body": body} if official.line == "7.17" else body
    return client.rollup.rollup_search(index="sensor_rollup", **arguments)


@each_client
@ignore_rollup_warning
class TestEachClient:
    """What a client asks about rolled up data."""

    def test_it_gets_the_caps_of_a_pattern(self, cluster: RollupCluster, client: Any) -> None:
        """They outlive the job."""
        cluster.remove_job("sensor")

        assert dict(client.rollup.get_rollup_caps(id="sensor-*")) == {"sensor-*": {"rollup_jobs": [CAPS]}}
        assert not client.rollup.get_rollup_caps(id="other-*")
        assert len(cluster.requests.to("caps")) == 2

    def test_it_gets_the_caps_of_an_index(self, cluster: RollupCluster, client: Any) -> None:
        """It may name several."""
        cluster.add_job("valve")

        assert dict(client.rollup.get_rollup_index_caps(index="sensor_rollup")) == {
            "sensor_rollup": {"rollup_jobs": [CAPS]}
        }
        both = client.rollup.get_rollup_index_caps(index=["sensor_rollup", "valve_rollup"])
        assert set(dict(both)) == {"sensor_rollup", "valve_rollup"}
        assert len(cluster.requests.to("index_caps")) == 2

    def test_it_finds_no_index(self, client: Any, official: Official) -> None:
        """That is the client's own error for a 404."""
        with pytest.raises(official.not_found, match=r"no such index \[nope\]"):
            client.rollup.get_rollup_index_caps(index="nope")

    def test_it_searches(self, cluster: RollupCluster, client: Any, official: Official) -> None:
        """Without a stub nothing was rolled up yet; with one it is what the test said."""
        assert search(client, official, size=0, aggs=MAXIMUM)["aggregations"] == {"the_max": {"value": None}}

        cluster.stub_search("sensor_rollup", {"aggregations": {"the_max": {"value": 202.0}}})

        answer = search(client, official, size=0, aggs=MAXIMUM)
        assert answer["aggregations"] == {"the_max": {"value": 202.0}}
        assert answer["hits"]["total"] == {"value": 0, "relation": "eq"}

    def test_its_search_is_refused(self, client: Any, official: Official) -> None:
        """A search that no job can answer is the client's own error."""
        with pytest.raises(
            official.api_error, match=r"There is not a rollup job that has a \[avg\] agg with name \[x\]"
        ):
            search(client, official, size=0, aggs={"x": {"avg": {"field": "temperature"}}})

    def test_a_stub_is_forgotten(self, cluster: RollupCluster, client: Any, official: Official) -> None:
        """A reset forgets it; what is no answer is refused at once."""
        cluster.stub_search("sensor_rollup", {"took": 102})
        cluster.reset()
        cluster.add_job("sensor")

        assert search(client, official, size=0, aggs=MAXIMUM)["took"] == 0
        with pytest.raises(TypeError, match="a dict such as"):
            cluster.stub_search("sensor_rollup", [])  # type: ignore[arg-type]


@pytest.mark.parametrize("official", [each_client.args[1][-1]], ids=str)
def test_the_client_of_9_warns(cluster: RollupCluster, client: Any, official: Official) -> None:
    """9.x announces the end of rollup in caps and search too."""
    with pytest.warns(official.package.ElasticsearchWarning, match=ROLLUP_IS_DEPRECATED):
        client.rollup.get_rollup_caps(id="_all")
    with pytest.warns(official.package.ElasticsearchWarning, match=ROLLUP_IS_DEPRECATED):
        search(client, official, size=0, aggs=MAXIMUM)
    assert len(cluster.requests.to("caps", "search")) == 2
