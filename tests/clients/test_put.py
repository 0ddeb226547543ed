"""Creating jobs and indices with the official clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import elasticsearch7
import elasticsearch8
import elasticsearch9
import pytest

from tests.clients.official import OFFICIAL, Official, each_client, ignore_rollup_warning, with_and_without_a_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_rollup_fake import MakeRollupCluster, RollupCluster

CONFIG: dict[str, Any] = {
    "index_pattern": "sensor-*",
    "rollup_index": "sensor_rollup",
    "cron": "*/30 * * * * ?",
    "page_size": 1000,
    "groups": {"date_histogram": {"field": "timestamp", "fixed_interval": "1h", "delay": "7d"}},
    "metrics": [{"field": "temperature", "metrics": ["min", "max"]}],
}
MAPPINGS = {"properties": {"timestamp": {"type": "date"}, "temperature": {"type": "float"}}}
CONFLICT = r"Cannot create rollup job \[sensor\] because job was previously created \(existing metadata\)\."


@pytest.fixture
def cluster(make_rollup_cluster: MakeRollupCluster, official: Official, *, has_version: bool) -> RollupCluster:
    """Give a cluster of the client's own line, or one without a version, with an index and with a job."""
    cluster = make_rollup_cluster(official.line if has_version else None, jobs=["another"])
    cluster.add_index("sensor-2024", MAPPINGS)
    return cluster


@pytest.fixture
def client(cluster: RollupCluster, official: Official) -> Iterator[Any]:
    """Give a client of the cluster."""
    with official.connect(cluster.url) as client:
        yield client


def put(client: Any, **changes: Any) -> Any:
    """Create the job, in the words of the client's major."""
    config = CONFIG | changes
    if isinstance(client, elasticsearch7.Elasticsearch):
        return client.rollup.put_job(id="sensor", body=config)
    return client.rollup.put_job(id="sensor", **config)


@each_client
@with_and_without_a_version
@ignore_rollup_warning
class TestJobs:
    """`rollup.put_job`, and what becomes of the job."""

    def test_it_creates_a_job(self, cluster: RollupCluster, client: Any) -> None:
        """The job is stopped, and complete."""
        assert put(client)["acknowledged"] is True

        [shown] = client.rollup.get_jobs(id="sensor")["jobs"]
        assert shown["config"]["groups"]["date_histogram"] == {**CONFIG["groups"]["date_histogram"], "time_zone": "UTC"}
        assert cluster.jobs["sensor"].state == "stopped"
        assert cluster.requests.to("put", job="sensor").last.status == 200

    def test_its_whole_life(self, cluster: RollupCluster, client: Any) -> None:
        """Created, started, stopped, deleted; and not created again."""
        put(client)

        assert client.rollup.start_job(id="sensor")["started"] is True
        assert client.rollup.stop_job(id="sensor", wait_for_completion=True)["stopped"] is True
        assert client.rollup.delete_job(id="sensor")["acknowledged"] is True
        with pytest.raises(Exception, match=CONFLICT) as error:
            put(client)
        assert error.value.status_code == 409  # type: ignore[attr-defined]
        assert list(cluster.jobs) == ["another"]

    def test_a_bad_configuration_is_its_error(self, client: Any, official: Official) -> None:
        """The exception carries the whole body."""
        with pytest.raises(official.api_error, match="x_content_parse_exception") as error:
            put(client, page_size=0)

        info = error.value.info  # type: ignore[attr-defined]
        assert info["error"]["caused_by"]["reason"] == "Page size is mandatory and  must be a positive long"

    def test_a_missing_field_is_its_error(self, client: Any, official: Official) -> None:
        """Configurations are held against the mappings of the indices."""
        with pytest.raises(official.api_error, match="rollup_action_request_validation_exception"):
            put(client, metrics=[{"field": "pressure", "metrics": ["min"]}])


@each_client
@with_and_without_a_version
class TestIndices:
    """The `indices` namespace, as far as rollup needs it."""

    def test_the_life_of_an_index(self, client: Any) -> None:
        """Created, found, shown, refreshed, deleted."""
        assert dict(client.indices.create(index="foo", mappings=MAPPINGS)) == {
            "acknowledged": True,
            "shards_acknowledged": True,
            "index": "foo",
        }
        assert client.indices.exists(index="foo")
        assert client.indices.get(index="foo")["foo"]["mappings"] == MAPPINGS
        assert client.indices.get_mapping(index="foo")["foo"]["mappings"] == MAPPINGS
        assert client.indices.refresh(index="foo")["_shards"]["failed"] == 0
        assert client.indices.delete(index="foo")["acknowledged"] is True
        assert not client.indices.exists(index="foo")

    def test_a_missing_index_is_its_not_found_error(self, client: Any, official: Official) -> None:
        """The exception names the type and the index."""
        with pytest.raises(official.not_found, match=r"index_not_found_exception.*no such index \[foo\]"):
            client.indices.get(index="foo")

    def test_an_index_that_exists_is_its_error(self, client: Any, official: Official) -> None:
        """An index is created once."""
        with pytest.raises(official.api_error, match="resource_already_exists_exception"):
            client.indices.create(index="sensor-2024")


@pytest.mark.parametrize("official", OFFICIAL[1:], ids=str)
@ignore_rollup_warning
class TestUsage:
    """From 8.15 on a cluster of an explicit version has to have used rollup."""

    def test_the_first_job_is_refused(self, make_rollup_cluster: MakeRollupCluster, official: Official) -> None:
        """The official message is in the exception."""
        cluster = make_rollup_cluster(official.line)
        with (
            official.connect(cluster.url) as client,
            pytest.raises(official.api_error, match="new rollup jobs are not allowed in clusters"),
        ):
            put(client)

    def test_a_rollup_index_lifts_it(self, make_rollup_cluster: MakeRollupCluster, official: Official) -> None:
        """This is how Elasticsearch's own tests do it."""
        cluster = make_rollup_cluster(official.line)
        cluster.add_index("sensor-2024", MAPPINGS)
        with official.connect(cluster.url) as client:
            client.indices.create(index="dummy", mappings={"_meta": {"_rollup": {"my-id": {}}}})

            assert put(client)["acknowledged"] is True


@ignore_rollup_warning
def test_clients_of_three_majors_in_one_cluster(rollup_cluster: RollupCluster) -> None:
    """Without a version each client creates a job in the language of its own line."""
    rollup_cluster.add_index("sensor-2024", MAPPINGS)
    for package in (elasticsearch7, elasticsearch8, elasticsearch9):
        name = package.__name__
        config = CONFIG | {"rollup_index": f"{name}_rollup"}
        with package.Elasticsearch(rollup_cluster.url) as client:
            if package is elasticsearch7:
                client.rollup.put_job(id=name, body=config)
            else:
                client.rollup.put_job(id=name, **config)

    assert list(rollup_cluster.jobs) == ["elasticsearch7", "elasticsearch8", "elasticsearch9"]
