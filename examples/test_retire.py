"""`retire` against a fake cluster: every path of it, and no test waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from elasticsearch8 import ApiError, Elasticsearch

from pytest_rollup_fake import NEVER, RollupCluster, scenarios
from retire import Outcome, main, retire

if TYPE_CHECKING:
    from collections.abc import Iterator

# Fails a test in which a request waits longer than the client of `retire` would.
pytestmark = pytest.mark.rollup_cluster(client_timeout="40s")


@pytest.fixture
def client(rollup_cluster: RollupCluster) -> Iterator[Elasticsearch]:
    """Give a client of the fake cluster."""
    with Elasticsearch(rollup_cluster.url) as client:
        yield client


class TestOneJob:
    """What may become of a job."""

    def test_a_running_job_is_stopped(self, rollup_cluster: RollupCluster, client: Elasticsearch) -> None:
        """The usual case: one request."""
        job = rollup_cluster.add_job("sensor")

        assert retire(client, ["sensor"]) == {"sensor": Outcome.STOPPED}

        assert job.state == "stopped"
        assert len(rollup_cluster.requests.to("stop")) == 1

    def test_a_job_that_does_not_exist_is_done(self, client: Elasticsearch) -> None:
        """A 404 is no error."""
        assert retire(client, ["sensor"]) == {"sensor": Outcome.GONE}

    def test_it_may_be_repeated(self, rollup_cluster: RollupCluster, client: Elasticsearch) -> None:
        """A stopped job is stopped again without complaint."""
        rollup_cluster.add_job("sensor")

        assert retire(client, ["sensor"]) == retire(client, ["sensor"]) == {"sensor": Outcome.STOPPED}

    def test_a_slow_job_is_waited_for(self, rollup_cluster: RollupCluster, client: Elasticsearch) -> None:
        """A job that winds down for 100 seconds takes one look and four waits of 30 seconds."""
        job = rollup_cluster.add_job("sensor", state="indexing", stop_delay="100s")

        assert retire(client, ["sensor"], now=rollup_cluster.clock.now) == {"sensor": Outcome.STOPPED}

        assert [request.status for request in job.stop_requests] == [500, 500, 500, 500, 200]

    def test_a_job_that_never_stops_is_given_up(self, rollup_cluster: RollupCluster, client: Elasticsearch) -> None:
        """After `patience` seconds of the cluster's time it is left alone."""
        job = rollup_cluster.add_job("sensor", state="indexing", stop_delay=NEVER)

        outcomes = retire(client, ["sensor"], patience=120, now=rollup_cluster.clock.now)

        assert outcomes == {"sensor": Outcome.STILL_STOPPING}
        assert job.state == "stopping"
        assert 120 <= rollup_cluster.clock.now() < 160

    def test_a_job_that_is_deleted_meanwhile_is_done(
        self, rollup_cluster: RollupCluster, client: Elasticsearch
    ) -> None:
        """Somebody deletes it after 45 seconds: the second wait runs out, the third finds nothing."""
        rollup_cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
        rollup_cluster.clock.call_later("45s", rollup_cluster.remove_job, "sensor")

        assert retire(client, ["sensor"], now=rollup_cluster.clock.now) == {"sensor": Outcome.GONE}

    def test_any_other_error_is_raised(self, rollup_cluster: RollupCluster, client: Elasticsearch) -> None:
        """An endpoint of the test's own stands in for a cluster that forbids it."""
        error = {"type": "security_exception", "reason": "action is unauthorized"}
        rollup_cluster.expect_request("/_rollup/job/sensor/_stop").respond_with_json({"error": error}, status=403)

        with pytest.raises(ApiError, match="security_exception"):
            retire(client, ["sensor"])


class TestManyJobs:
    """What is true of a list."""

    @pytest.mark.rollup_cluster(
        jobs={
            "hopeless": {"state": "indexing", "stop_delay": NEVER},
            "slow": {"state": "indexing", "stop_delay": "50s"},
            "idle": "started",
            "old": "stopped",
        }
    )
    def test_each_has_an_outcome_of_its_own(self, rollup_cluster: RollupCluster, client: Elasticsearch) -> None:
        """One that uses up all the patience does not hide that the others have stopped meanwhile."""
        ids = ["hopeless", "slow", "idle", "old", "missing"]

        assert retire(client, ids, now=rollup_cluster.clock.now) == {
            "hopeless": Outcome.STILL_STOPPING,
            "slow": Outcome.STOPPED,
            "idle": Outcome.STOPPED,
            "old": Outcome.STOPPED,
            "missing": Outcome.GONE,
        }

    def test_all_are_stopped_before_any_is_waited_for(
        self, rollup_cluster: RollupCluster, client: Elasticsearch
    ) -> None:
        """Three jobs that need 50 seconds each are done after 50 seconds, not after 150."""
        ids = ["a", "b", "c"]
        for id_ in ids:
            rollup_cluster.add_job(id_, state="indexing", stop_delay="50s")

        retire(client, ids, now=rollup_cluster.clock.now)

        assert rollup_cluster.clock.now() < 60

    def test_no_jobs_are_no_requests(self, rollup_cluster: RollupCluster, client: Elasticsearch) -> None:
        """An empty list is fine."""
        assert retire(client, []) == {}
        assert not rollup_cluster.requests


class TestNightmares:
    """Every scenario of the library, in one test."""

    @pytest.mark.parametrize("scenario", scenarios.ALL)
    def test_each_ends_well_or_is_an_error_of_elasticsearchs(
        self, rollup_cluster: RollupCluster, client: Elasticsearch, scenario: scenarios.Scenario
    ) -> None:
        """A lost answer, an impatient proxy and the like make no difference."""
        scenario(rollup_cluster)
        refusals = {scenarios.master_fails_over: 500, scenarios.too_many_requests_twice: 429}
        if scenario in refusals:
            with pytest.raises(ApiError) as refused:
                retire(client, ["sensor"], now=rollup_cluster.clock.now)
            assert refused.value.status_code == refusals[scenario]
            return

        outcomes = retire(client, ["sensor"], now=rollup_cluster.clock.now)

        is_over = scenario is not scenarios.never_stops
        assert outcomes == {"sensor": Outcome.STOPPED if is_over else Outcome.STILL_STOPPING}


class TestVersions:
    """What the versions answer differently is no different to users."""

    @pytest.mark.rollup_versions("8.0", "8.11", "8.19", "9")
    @pytest.mark.filterwarnings("ignore:The rollup functionality will be removed in Elasticsearch 10.0")
    def test_a_slow_and_a_missing_job(self, rollup_cluster: RollupCluster, client: Elasticsearch) -> None:
        """Elasticsearch 9 says with another status that a wait has run out, and warns in every answer."""
        job = rollup_cluster.add_job("sensor", state="indexing", stop_delay="40s")

        outcomes = retire(client, ["sensor", "missing"], now=rollup_cluster.clock.now)

        assert outcomes == {"sensor": Outcome.STOPPED, "missing": Outcome.GONE}
        assert len(job.stop_requests) == 3


class TestMain:
    """The command line: configured by an environment variable, as the application is."""

    @pytest.fixture(autouse=True)
    def _environment(self, rollup_cluster: RollupCluster, monkeypatch: pytest.MonkeyPatch) -> None:
        """Point the application at the fake cluster."""
        monkeypatch.setenv("ELASTICSEARCH_URL", rollup_cluster.url)

    def test_success_says_nothing(self, rollup_cluster: RollupCluster) -> None:
        """`None` becomes the exit status 0."""
        rollup_cluster.add_job("sensor")

        assert main(["sensor", "missing"]) is None

    def test_jobs_that_still_stop_are_named(self, rollup_cluster: RollupCluster) -> None:
        """The complaint becomes the exit status 1."""
        rollup_cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
        rollup_cluster.add_job("clicks")

        assert main(["sensor", "clicks"], patience=0) == "still stopping: sensor"
