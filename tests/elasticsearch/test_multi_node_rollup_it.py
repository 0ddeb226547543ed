"""RollupIT of the tests with several nodes."""

from __future__ import annotations

from contextlib import closing

from pytest_rollup_fake import RollupCluster
from tests.elasticsearch.api import Api, each_line


def listed_states(api: Api) -> list[str]:
    """Return the states that the list of tasks shows, whichever nodes run them."""
    nodes = api.send("GET", "_tasks?detailed=true&actions=xpack/rollup/*").body["nodes"]
    return [task["status"]["job_state"] for node in nodes.values() for task in node["tasks"].values()]


@each_line()
def test_big_rollup(line: str) -> None:
    """testBigRollup: a job that runs every second is shown at work, among the jobs and among the tasks."""
    with RollupCluster(line, clock="manual", nodes=3) as cluster, closing(Api(cluster)) as api:
        api.set_up()
        api.create_job("foo", cron="*/1 * * * * ?")
        assert listed_states(api) == ["stopped"]
        cluster.jobs["foo"].run_duration = "500ms"
        assert api.start_job("foo").body == {"started": True}
        for expected in ("indexing", "started"):
            cluster.clock.advance("1s" if expected == "indexing" else "500ms")
            assert [api.state("foo")] == listed_states(api) == [expected]
        assert api.stats("foo")["trigger_count"] == 1
