"""Starting and deleting jobs, in every state and version line."""

from __future__ import annotations

import pytest

from pytest_rollup_fake import RollupCluster
from pytest_rollup_fake.model.versions import LINES
from tests.calling import Answer, ask, stop

UP_TO_7 = [line for line in LINES if int(line.split(".")[0]) < 8]
FROM_8 = [line for line in LINES if line not in UP_TO_7]
UP_TO_6_4 = ["6.3", "6.4"]
FROM_6_5 = [line for line in LINES if line not in UP_TO_6_4]
WITHOUT_ROLLUP_PATHS = ["6.3", "6.4", "6.5"]


def start(cluster: RollupCluster, job: str) -> Answer:
    """Start a job, by the path that the cluster's line has."""
    return ask(cluster, "POST", f"{prefix(cluster)}/job/{job}/_start")


def delete(cluster: RollupCluster, job: str) -> Answer:
    """Delete a job."""
    return ask(cluster, "DELETE", f"{prefix(cluster)}/job/{job}")


def prefix(cluster: RollupCluster) -> str:
    """Return how a line spells its rollup paths."""
    return (
        "/_xpack/rollup" if cluster.version is not None and cluster.version.line in WITHOUT_ROLLUP_PATHS else "/_rollup"
    )


def error(type_: str, reason: str, status: int) -> Answer:
    """Return the answer with which an exception is refused."""
    exception = {"type": type_, "reason": reason}
    return Answer(status, {"error": {"root_cause": [exception], **exception}, "status": status})


class TestStart:
    """POST /_rollup/job/{id}/_start."""

    @pytest.mark.parametrize("line", LINES)
    def test_of_a_stopped_job(self, line: str) -> None:
        """It is started, and persisted as such; the first run is the cron's business."""
        with RollupCluster(line, jobs={"foo": "stopped"}) as cluster:
            assert start(cluster, "foo") == (200, {"started": True})
            job = cluster.jobs["foo"]
            assert job.state == "started"
            job.unassign()
            job.assign()
            assert job.state == "started"

    @pytest.mark.parametrize("line", UP_TO_7)
    @pytest.mark.parametrize("state", ["started", "indexing"])
    def test_of_a_running_job_is_refused_up_to_7(self, line: str, state: str) -> None:
        """500, the state in upper case, nothing changed."""
        with RollupCluster(line, jobs={"foo": state}) as cluster:
            reason = f"Cannot start task for Rollup Job [foo] because state was [{state.upper()}]"
            assert start(cluster, "foo") == error("exception", reason, 500)
            assert cluster.jobs["foo"].state == state

    @pytest.mark.parametrize("line", FROM_8)
    @pytest.mark.parametrize("state", ["started", "indexing"])
    def test_of_a_running_job_is_done_from_8(self, line: str, state: str) -> None:
        """200, nothing changed."""
        with RollupCluster(line, jobs={"foo": state}) as cluster:
            assert start(cluster, "foo") == (200, {"started": True})
            assert cluster.jobs["foo"].state == state

    @pytest.mark.parametrize("line", LINES)
    @pytest.mark.parametrize("state", ["stopping", "aborting"])
    def test_of_a_job_that_is_ending_is_refused(self, line: str, state: str) -> None:
        """In every version."""
        with RollupCluster(line, jobs={"foo": state}) as cluster:
            reason = f"Cannot start task for Rollup Job [foo] because state was [{state.upper()}]"
            assert (start(cluster, "foo").status, start(cluster, "foo").body["error"]["reason"]) == (500, reason)

    @pytest.mark.parametrize("line", LINES)
    def test_of_a_missing_job(self, line: str) -> None:
        """The text is that of stop."""
        with RollupCluster(line) as cluster:
            assert start(cluster, "does_not_exist") == error(
                "resource_not_found_exception", "Task for Rollup Job [does_not_exist] not found", 404
            )

    @pytest.mark.parametrize("line", LINES)
    def test_takes_no_parameter(self, line: str) -> None:
        """Not even those of stop."""
        with RollupCluster(line, jobs={"foo": "stopped"}) as cluster:
            path = f"{prefix(cluster)}/job/foo/_start"
            answer = ask(cluster, "POST", f"{path}?wait_for_completion=true")
            assert answer.body["error"]["reason"] == (
                f"request [{path}] contains unrecognized parameter: [wait_for_completion]"
            )
            assert cluster.requests.last.endpoint == "start"

    def test_and_stop_again(self) -> None:
        """A started job is stopped, and can be started once more."""
        with RollupCluster(jobs={"foo": "stopped"}) as cluster:
            for _ in range(2):
                assert start(cluster, "foo").status == 200
                assert stop(cluster, "foo").status == 200
            entry = cluster.requests.to("start").last
            assert (entry.state_before, entry.state_after, entry.effect) == ("stopped", "started", "applied")


class TestDelete:
    """DELETE /_rollup/job/{id}."""

    @pytest.mark.parametrize("line", LINES)
    def test_of_a_stopped_job(self, line: str) -> None:
        """It is gone, and a second delete says so."""
        with RollupCluster(line, jobs={"foo": "stopped"}) as cluster:
            job = cluster.jobs["foo"]
            assert delete(cluster, "foo") == (200, {"acknowledged": True})
            assert (job.exists, dict(cluster.jobs)) == (False, {})
            assert ask(cluster, "GET", f"{prefix(cluster)}/job/foo").body == {"jobs": []}
            assert delete(cluster, "foo").status == 404

    @pytest.mark.parametrize("line", FROM_6_5)
    @pytest.mark.parametrize("state", ["started", "indexing", "stopping", "aborting"])
    def test_of_another_job_is_refused_from_6_5(self, line: str, state: str) -> None:
        """500 with task failures: no error object, and no status."""
        with RollupCluster(line, jobs={"foo": state}) as cluster:
            status, body = delete(cluster, "foo")
            [failure] = body["task_failures"]
            assert (status, list(body), body["acknowledged"]) == (500, ["task_failures", "acknowledged"], False)
            assert list(failure) == ["task_id", "node_id", "status", "reason"]
            assert failure["status"] == "INTERNAL_SERVER_ERROR"
            assert failure["reason"] == {
                "type": "illegal_state_exception",
                "reason": f"Could not delete job [foo] because indexer state is [{state.upper()}].  "
                "Job must be [STOPPED] before deletion.",
            }
            assert cluster.jobs["foo"].state == state

    @pytest.mark.parametrize("line", UP_TO_6_4)
    @pytest.mark.parametrize("state", ["started", "indexing", "stopping", "aborting"])
    def test_of_another_job_is_done_up_to_6_4(self, line: str, state: str) -> None:
        """A job can be started or stopped, in both cases it is deleted."""
        with RollupCluster(line, jobs={"foo": state}) as cluster:
            assert delete(cluster, "foo") == (200, {"acknowledged": True})
            assert not cluster.jobs

    @pytest.mark.parametrize("line", LINES)
    def test_of_a_missing_job(self, line: str) -> None:
        """Another text than stop's; the id has brackets from 6.5 on."""
        shown = "does_not_exist" if line in UP_TO_6_4 else "[does_not_exist]"
        with RollupCluster(line) as cluster:
            assert delete(cluster, "does_not_exist") == error(
                "resource_not_found_exception", f"the task with id {shown} doesn't exist", 404
            )

    @pytest.mark.parametrize("line", LINES)
    def test_of_a_job_that_no_node_runs(self, line: str) -> None:
        """Nobody acknowledges, and the job stays."""
        with RollupCluster(line, jobs={"foo": "stopped"}) as cluster:
            cluster.jobs["foo"].unassign()
            assert delete(cluster, "foo") == (200, {"acknowledged": False})
            assert "foo" in cluster.jobs

    def test_knows_no_wildcard(self) -> None:
        """As stop, and unlike get."""
        with RollupCluster(jobs={"foo": "stopped"}) as cluster:
            assert delete(cluster, "_all").status == delete(cluster, "*").status == 404
            assert list(cluster.jobs) == ["foo"]


class TestDeprecation:
    """What warns of the paths and of the feature."""

    @pytest.mark.parametrize(
        ("method", "path", "text"),
        [
            (
                "POST",
                "/_xpack/rollup/job/foo/_start",
                "[POST /_xpack/rollup/job/{id}/_start] is deprecated! Use [POST /_rollup/job/{id}/_start] instead.",
            ),
            (
                "DELETE",
                "/_xpack/rollup/job/foo",
                "[DELETE /_xpack/rollup/job/{id}/] is deprecated! Use [DELETE /_rollup/job/{id}] instead.",
            ),
        ],
    )
    def test_old_paths_warn_in_7(self, method: str, path: str, text: str) -> None:
        """With the slash at the end that some of them were registered with."""
        assert [warning.split('"')[1] for warning in warnings_of("7.17", method, path)] == [text]

    @pytest.mark.parametrize(("method", "path"), [("POST", "/_rollup/job/foo/_start"), ("DELETE", "/_rollup/job/foo")])
    def test_every_call_warns_in_9(self, method: str, path: str) -> None:
        """Rollup goes with 10.0."""
        text = "The rollup functionality will be removed in Elasticsearch 10.0. See docs for more information."
        assert [warning.split('"')[1] for warning in warnings_of("9", method, path)] == [text]
        assert not warnings_of("8.19", method, path)


def warnings_of(version: str, method: str, path: str) -> list[str]:
    """Return the Warning headers of an answer."""
    import http.client
    from contextlib import closing

    with (
        RollupCluster(version, jobs={"foo": "stopped"}) as cluster,
        closing(http.client.HTTPConnection(cluster.host, cluster.port, timeout=10)) as connection,
    ):
        connection.request(method, path)
        response = connection.getresponse()
        response.read()
        return response.headers.get_all("warning") or []
