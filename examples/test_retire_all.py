"""`retire_all` against fake clusters of four major versions: every path of it, and no test waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_rollup_fake import NEVER, scenarios
from retire_all import Cluster, Outcome, Verdict, main, retire_all

if TYPE_CHECKING:
    from pytest_rollup_fake import MakeRollupCluster, RollupCluster

pytestmark = [
    pytest.mark.rollup_versions("6.8", "7.17", "8.19", "9"),
    # Fails a test in which a request waits longer than the client of `retire_all` would.
    pytest.mark.rollup_cluster(client_timeout="40s"),
]

OPERATOR = ("ops", "secret")


def retire(cluster: RollupCluster, auth: tuple[str, str] | None = None) -> dict[str, Verdict]:
    """Retire all jobs, in the cluster's own time."""
    client = Cluster([node.url for node in cluster.nodes], auth)
    return retire_all(client, patience=120, now=cluster.clock.now, sleep=cluster.clock.advance)


def outcomes(cluster: RollupCluster, auth: tuple[str, str] | None = None) -> dict[str, Outcome]:
    """Retire all jobs and return the outcomes only."""
    return {id_: verdict.outcome for id_, verdict in retire(cluster, auth).items()}


class TestJobs:
    """What may become of a job."""

    @pytest.mark.rollup_cluster(jobs={"running": "started", "old": "stopped"})
    def test_is_stopped_and_deleted(self, rollup_cluster: RollupCluster) -> None:
        """The usual case: nothing is left."""
        assert outcomes(rollup_cluster) == {"running": "retired", "old": "retired"}

        assert not rollup_cluster.jobs

    def test_no_jobs_are_no_work(self, rollup_cluster: RollupCluster) -> None:
        """They are asked for, and that is all."""
        assert retire(rollup_cluster) == {}
        assert [request.endpoint for request in rollup_cluster.requests] == ["get"]

    def test_slow_ones_wind_down_side_by_side(self, rollup_cluster: RollupCluster) -> None:
        """Three that need 50 seconds each are deleted after 50 seconds, not after 150."""
        for id_ in ("a", "b", "c"):
            rollup_cluster.add_job(id_, state="indexing", stop_delay="50s")

        assert set(outcomes(rollup_cluster).values()) == {"retired"}
        assert 50 <= rollup_cluster.clock.now() < 60

    def test_one_that_does_not_stop_is_left(self, rollup_cluster: RollupCluster) -> None:
        """After two minutes; the report has Elasticsearch's words, and the others are retired all the same."""
        hopeless = rollup_cluster.add_job("hopeless", state="indexing", stop_delay=NEVER)
        rollup_cluster.add_job("idle")

        verdicts = retire(rollup_cluster)

        assert verdicts["hopeless"].outcome == "still running"
        assert "Timed out after [" in verdicts["hopeless"].reason
        assert verdicts["idle"].outcome == "retired"
        assert hopeless.state == "stopping"
        assert 120 <= rollup_cluster.clock.now() < 160

    def test_one_that_somebody_else_deletes_is_gone(self, rollup_cluster: RollupCluster) -> None:
        """While it is waited for: the wait runs out, and then there is nothing to delete."""
        rollup_cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
        rollup_cluster.clock.call_later("5s", rollup_cluster.remove_job, "sensor")

        assert outcomes(rollup_cluster) == {"sensor": "already gone"}
        assert [request.status for request in rollup_cluster.requests.to("delete")] == [404]

    def test_one_that_is_started_again_after_each_stop_is_refused(self, rollup_cluster: RollupCluster) -> None:
        """Elasticsearch deletes no job that runs; an endpoint of the test's own answers as if it had stopped it."""
        rollup_cluster.add_job("sensor")
        rollup_cluster.expect_request("/_rollup/job/sensor/_stop").respond_with_json({"stopped": True})

        reason = (
            "Could not delete job [sensor] because indexer state is [STARTED].  Job must be [STOPPED] before deletion."
        )
        assert retire(rollup_cluster) == {"sensor": Verdict(Outcome.REFUSED, reason, is_final=False)}
        assert rollup_cluster.requests.last.status == 500
        assert rollup_cluster.jobs["sensor"].state == "started"

    def test_a_refused_delete_is_tried_again(self, rollup_cluster: RollupCluster) -> None:
        """As before, but after ten seconds the job stays stopped."""
        job = rollup_cluster.add_job("sensor")
        rollup_cluster.expect_request("/_rollup/job/sensor/_stop").respond_with_json({"stopped": True})
        rollup_cluster.clock.call_later("10s", job.set_state, "stopped")

        assert outcomes(rollup_cluster) == {"sensor": "retired"}
        assert {request.status for request in rollup_cluster.requests.to("delete")} == {500, 200}

    def test_an_error_of_something_in_between_is_reported(self, rollup_cluster: RollupCluster) -> None:
        """A proxy that answers with a page of its own, until the patience is over."""
        rollup_cluster.add_job("sensor")
        rollup_cluster.expect_request("/_rollup/job/sensor", method="DELETE").respond_with_data("Bad Gateway", 502)

        assert retire(rollup_cluster) == {"sensor": Verdict(Outcome.FAILED, "Bad Gateway", is_final=False)}


@pytest.mark.rollup_cluster(security=True, jobs=["sensor"])
class TestSecurity:
    """Who may retire jobs."""

    def test_an_operator_may(self, rollup_cluster: RollupCluster) -> None:
        """With the privilege to manage rollup, and no other."""
        rollup_cluster.security.add_user(*OPERATOR, cluster=["manage_rollup"])

        assert outcomes(rollup_cluster, OPERATOR) == {"sensor": "retired"}
        assert {request.user for request in rollup_cluster.requests} == {"ops"}

    def test_who_may_only_look_is_refused(self, rollup_cluster: RollupCluster) -> None:
        """At once, with Elasticsearch's reason, and without an attempt to delete."""
        rollup_cluster.security.add_user(*OPERATOR, cluster=["monitor_rollup"])

        verdict = retire(rollup_cluster, OPERATOR)["sensor"]

        assert verdict.outcome == "refused"
        assert verdict.reason.startswith("action [cluster:admin/xpack/rollup/stop] is unauthorized for user [ops]")
        assert rollup_cluster.jobs["sensor"].state == "started"
        assert not rollup_cluster.requests.to("delete")

    def test_who_may_nothing_does_not_even_get_the_list(self, rollup_cluster: RollupCluster) -> None:
        """403, and there is nothing to report on."""
        rollup_cluster.security.add_user(*OPERATOR)

        with pytest.raises(
            RuntimeError, match=r"not listed: action \[cluster:monitor/xpack/rollup/get\] is unauthorized"
        ):
            retire(rollup_cluster, OPERATOR)

    def test_who_has_the_wrong_password_neither(self, rollup_cluster: RollupCluster) -> None:
        """401."""
        with pytest.raises(RuntimeError, match="authenticat"):
            retire(rollup_cluster, ("elastic", "wrong"))


@pytest.mark.rollup_cluster(nodes=3)
class TestNodes:
    """What happens when one is lost midway. The first job runs on the first node, and so on."""

    def test_the_next_one_is_asked(self, rollup_cluster: RollupCluster) -> None:
        """The node that we talk to dies with our wait; from then on nobody asks it."""
        first, second, _ = rollup_cluster.nodes
        rollup_cluster.add_job("idle", state="stopped")
        rollup_cluster.add_job("slow", state="indexing", stop_delay="20s")
        rollup_cluster.clock.call_later("5s", first.kill)

        assert outcomes(rollup_cluster) == {"idle": "retired", "slow": "retired"}
        assert [request.node for request in rollup_cluster.requests.to("stop", job="slow")] == [
            first.name,
            first.name,  # cut
            second.name,
        ]

    def test_a_job_that_was_stopped_runs_again(self, rollup_cluster: RollupCluster) -> None:
        """Elasticsearch does not persist the stop of an idle job: on its new node it is as it was before."""
        rollup_cluster.add_job("slow", state="indexing", stop_delay="20s")
        idle = rollup_cluster.add_job("idle")
        rollup_cluster.clock.call_later("5s", rollup_cluster.nodes[1].kill)

        assert outcomes(rollup_cluster) == {"slow": "retired", "idle": "retired"}
        assert [change.state for change in idle.history][-3:] == ["started", "stopped", "aborting"]
        assert idle.history[-3].why == "assigned to node-3"

    def test_a_job_between_two_nodes_is_not_gone(self, rollup_cluster: RollupCluster) -> None:
        """For ten seconds a stop finds nothing, and a delete is not acknowledged."""
        job = rollup_cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
        rollup_cluster.clock.call_later("5s", rollup_cluster.nodes[0].kill)

        assert outcomes(rollup_cluster) == {"sensor": "retired"}
        assert 404 in [request.status for request in rollup_cluster.requests.to("stop")]
        assert job.history[-1].when >= 15

    def test_when_all_are_lost_that_is_reported(self, rollup_cluster: RollupCluster) -> None:
        """After two minutes of asking each of them again and again."""
        rollup_cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
        for node in rollup_cluster.nodes:
            rollup_cluster.clock.call_later("5s", node.kill)

        verdict = retire(rollup_cluster)["sensor"]

        assert verdict.outcome == "failed"
        assert verdict.reason.startswith("no node answers: ")


class TestNightmares:
    """Every scenario of the library, in one test."""

    @pytest.mark.parametrize("scenario", scenarios.ALL)
    def test_each_ends_well_or_is_reported(self, rollup_cluster: RollupCluster, scenario: scenarios.Scenario) -> None:
        """Nothing is left but what cannot be retired, and that is said."""
        job = scenario(rollup_cluster)
        expected = {
            scenarios.never_stops: Outcome.STILL_RUNNING,
            scenarios.privileges_revoked: Outcome.REFUSED,
            scenarios.deleted_by_somebody_else: Outcome.GONE,
        }.get(scenario, Outcome.RETIRED)

        assert outcomes(rollup_cluster) == {"sensor": expected}
        assert job.exists is (expected in {Outcome.STILL_RUNNING, Outcome.REFUSED})


class TestMain:
    """The command line: configured by environment variables."""

    @pytest.fixture(autouse=True)
    def _environment(self, make_rollup_cluster: MakeRollupCluster, monkeypatch: pytest.MonkeyPatch) -> None:
        """Point the application at a secured cluster of two nodes."""
        self.cluster = make_rollup_cluster(nodes=2, security=True)
        self.cluster.security.add_user(*OPERATOR, cluster=["manage_rollup"])
        monkeypatch.setenv("ELASTICSEARCH_URLS", " ".join(node.url for node in self.cluster.nodes))
        monkeypatch.setenv("ELASTICSEARCH_AUTH", ":".join(OPERATOR))

    def test_success_is_reported(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Exit status 0; the node that is down is nobody's business."""
        self.cluster.add_job("sensor")
        self.cluster.nodes[0].kill(reassign_after=0)

        assert main() == 0
        assert capsys.readouterr().out == (
            "1 retired, 0 already gone, 0 still running, 0 refused, 0 failed\nsensor: retired\n"
        )

    def test_what_is_left_is_reported(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Exit status 1."""
        self.cluster.add_job("sensor")
        self.cluster.security.remove_user("ops")
        self.cluster.security.add_user(*OPERATOR, cluster=["monitor_rollup"])

        assert main() == 1
        out = capsys.readouterr().out
        assert out.startswith(
            "0 retired, 0 already gone, 0 still running, 1 refused, 0 failed\nsensor: refused (action ["
        )
