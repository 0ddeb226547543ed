"""Indices and rollup usage, from the user's side."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from pytest_rollup_fake import RollupCluster

if TYPE_CHECKING:
    from pytest_rollup_fake import MakeRollupCluster

MAPPINGS = {"properties": {"timestamp": {"type": "date"}}}
CONFIG = {
    "index_pattern": "sensor-*",
    "rollup_index": "sensor_rollup",
    "cron": "0 0 * * * ?",
    "page_size": 10,
    "groups": {"date_histogram": {"field": "timestamp", "fixed_interval": "1h"}},
}


def put(cluster: RollupCluster, **changes: Any) -> int:
    """Create a job and return the status."""
    request = urllib.request.Request(  # noqa: S310  (the cluster's own URL)
        cluster.url_for("/_rollup/job/sensor"),
        json.dumps(CONFIG | changes).encode(),
        {"content-type": "application/json"},
        method="PUT",
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request) as response:
            status: int = response.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    return status


class TestAddIndex:
    """`add_index` puts an index there."""

    def test_a_cluster_without_indices_takes_any_pattern(self, rollup_cluster: RollupCluster) -> None:
        """Whoever tests the life of jobs need not care for fields."""
        assert put(rollup_cluster) == 200
        assert rollup_cluster.jobs["sensor"].state == "stopped"

    def test_the_first_index_makes_the_checks_real(self, rollup_cluster: RollupCluster) -> None:
        """From then on the fields have to be there."""
        rollup_cluster.add_index("sensor-2024", MAPPINGS)

        assert put(rollup_cluster, index_pattern="sensor-2023") == 404
        assert put(rollup_cluster, metrics=[{"field": "temperature", "metrics": ["min"]}]) == 400
        assert put(rollup_cluster) == 200

    def test_a_version_makes_them_real_from_the_beginning(self, make_rollup_cluster: MakeRollupCluster) -> None:
        """A cluster of an explicit version is strict."""
        cluster = make_rollup_cluster("7.17")

        assert put(cluster) == 400
        cluster.add_index("sensor-2024", MAPPINGS)
        assert put(cluster) == 200

    def test_reset_forgets_indices(self, rollup_cluster: RollupCluster) -> None:
        """A cluster that was reset has none, and its names are free."""
        rollup_cluster.add_index("sensor-2024", MAPPINGS)
        rollup_cluster.reset()
        rollup_cluster.add_index("sensor-2024")

        assert put(rollup_cluster) == 400

    def test_a_mapping_may_stand_under_its_type(self, make_rollup_cluster: MakeRollupCluster) -> None:
        """The mapping of a 6.x index can be handed over as it is."""
        cluster = make_rollup_cluster("7.17")
        cluster.add_index("sensor-2024", {"_doc": MAPPINGS})

        assert put(cluster) == 200

    @pytest.mark.parametrize(
        ("mappings", "error", "message"),
        [
            ("date", TypeError, "a mapping is a dict such as"),
            (
                {"timestamp": {"type": "date"}},
                ValueError,
                r"unknown key 'timestamp' .*\(did you mean {'properties': {'timestamp': \.\.\.}}\?\); the keys are",
            ),
            ({"properties": {"a": {"type": "datum"}}}, ValueError, "unknown type 'datum' of field 'a'"),
        ],
    )
    def test_a_mapping_that_is_none(
        self, rollup_cluster: RollupCluster, mappings: Any, error: type[Exception], message: str
    ) -> None:
        """It is refused at once, with what is allowed."""
        with pytest.raises(error, match=message) as raised:
            rollup_cluster.add_index("sensor-2024", mappings)
        assert raised.type is error  # one that users can name

    @pytest.mark.parametrize(("name", "error"), [("Sensor", ValueError), ("", ValueError), (5, TypeError)])
    def test_a_name_that_is_none(self, rollup_cluster: RollupCluster, name: Any, error: type[Exception]) -> None:
        """So is the name of an index that cannot be."""
        with pytest.raises(error, match="an index name is"):
            rollup_cluster.add_index(name)

    def test_a_name_that_is_taken(self, rollup_cluster: RollupCluster) -> None:
        """The rollup index of a job is an index, too."""
        rollup_cluster.add_job("sensor")

        with pytest.raises(ValueError, match="there is an index 'sensor_rollup' already"):
            rollup_cluster.add_index("sensor_rollup")


class TestPriorRollupUsage:
    """`prior_rollup_usage` says whether rollup was used before."""

    @pytest.mark.parametrize(("usage", "status"), [(True, 200), (False, 400)])
    def test_decides_about_the_first_job(
        self, make_rollup_cluster: MakeRollupCluster, *, usage: bool, status: int
    ) -> None:
        """From 8.15 on a cluster without it refuses."""
        cluster = make_rollup_cluster("8.19", prior_rollup_usage=usage)
        cluster.add_index("sensor-2024", MAPPINGS)

        assert put(cluster) == status

    def test_a_job_is_usage(self, make_rollup_cluster: MakeRollupCluster) -> None:
        """A cluster with a job has used rollup, even when the job is gone: its rollup index is left."""
        cluster = make_rollup_cluster("8.19", jobs=["another"])
        cluster.add_index("sensor-2024", MAPPINGS)
        cluster.remove_job("another")

        assert put(cluster) == 200

    @pytest.mark.parametrize("value", [None, "yes", 1])
    def test_is_a_boolean(self, value: Any) -> None:
        """Anything else is refused."""
        with pytest.raises(TypeError, match="prior_rollup_usage is True or False, not"):
            RollupCluster(prior_rollup_usage=value)
