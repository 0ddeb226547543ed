"""The nightmares by name: what a client sees of each, and what is left of the job."""

from __future__ import annotations

import http.client
import inspect
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

import pytest_rollup_fake
from pytest_rollup_fake import RollupCluster, scenarios
from tests.calling import WAITING, ask, shown_state, stop

if TYPE_CHECKING:
    from collections.abc import Iterator

LOST = (http.client.HTTPException, ConnectionError)


@pytest.fixture
def cluster() -> Iterator[RollupCluster]:
    """Give a cluster without a version."""
    with RollupCluster() as cluster:
        yield cluster


def status_of(cluster: RollupCluster, method: str, path: str) -> int | str:
    """Return the status of an answer, whatever its body is, or `"lost"`."""
    with closing(http.client.HTTPConnection(cluster.host, cluster.port, timeout=10)) as connection:
        connection.request(method, path)
        try:
            response = connection.getresponse()
            response.read()
        except LOST:
            return "lost"
        return response.status


def stop_status(cluster: RollupCluster, query: str = "") -> int | str:
    """Return the status of a stop."""
    return status_of(cluster, "POST", f"/_rollup/job/sensor/_stop{f'?{query}' if query else ''}")


def delete_status(cluster: RollupCluster) -> int | str:
    """Return the status of a delete."""
    return status_of(cluster, "DELETE", "/_rollup/job/sensor")


class TestStory:
    """What happens to a client, step by step."""

    def test_stops_during_indexing(self, cluster: RollupCluster) -> None:
        """Stopped is not stopped yet."""
        job = scenarios.stops_during_indexing(cluster)
        assert stop(cluster, "sensor") == (200, {"stopped": True})
        assert shown_state(cluster, "sensor") == "stopping"
        assert delete_status(cluster) == 500
        assert stop(cluster, "sensor", WAITING).status == 200
        assert job.state == "stopped"

    def test_times_out_then_completes(self, cluster: RollupCluster) -> None:
        """The second wait sees the end."""
        scenarios.times_out_then_completes(cluster)
        assert [stop_status(cluster, WAITING) for _ in range(2)] == [500, 200]

    def test_never_stops(self, cluster: RollupCluster) -> None:
        """However often one waits."""
        job = scenarios.never_stops(cluster)
        assert [stop_status(cluster, WAITING) for _ in range(3)] == [500, 500, 500]
        assert delete_status(cluster) == 500
        assert job.state == "stopping"

    def test_answer_lost(self, cluster: RollupCluster) -> None:
        """The retry finds it stopped, and the journal tells the two apart."""
        scenarios.answer_lost(cluster)
        assert [stop_status(cluster) for _ in range(2)] == ["lost", 200]
        assert [(entry.outcome, entry.state_before) for entry in cluster.requests] == [
            ("lost", "started"),
            ("answered", "stopped"),
        ]

    def test_deleted_by_somebody_else(self, cluster: RollupCluster) -> None:
        """The delete finds nothing."""
        job = scenarios.deleted_by_somebody_else(cluster)
        assert stop_status(cluster) == 200
        assert delete_status(cluster) == 404
        assert not job.exists

    def test_master_fails_over(self, cluster: RollupCluster) -> None:
        """The stop has its effect although it is refused."""
        job = scenarios.master_fails_over(cluster)
        assert [stop_status(cluster) for _ in range(4)] == [500, 503, 503, 200]
        cluster.clock.advance("5s")
        assert job.state == "stopped"

    def test_privileges_revoked(self, cluster: RollupCluster) -> None:
        """The first stop is the last thing that is allowed."""
        job = scenarios.privileges_revoked(cluster)
        assert [stop_status(cluster), stop_status(cluster), delete_status(cluster)] == [200, 403, 403]
        assert job.state == "stopped"

    def test_too_many_requests_twice(self, cluster: RollupCluster) -> None:
        """And then fine."""
        job = scenarios.too_many_requests_twice(cluster)
        assert [stop_status(cluster) for _ in range(2)] == [429, 429]
        assert job.state == "started"
        assert stop_status(cluster) == 200

    def test_proxy_gives_up(self, cluster: RollupCluster) -> None:
        """The proxy knows nothing of the job."""
        job = scenarios.proxy_gives_up(cluster)
        assert stop_status(cluster, f"{WAITING}&timeout=2m") == 504
        assert job.state == "stopping"
        assert stop_status(cluster, f"{WAITING}&timeout=2m") == 200

    def test_client_gives_up(self, cluster: RollupCluster) -> None:
        """After 10 s, and again after 20; by then the job has stopped."""
        job = scenarios.client_gives_up(cluster)
        assert [stop_status(cluster, WAITING) for _ in range(2)] == ["lost", "lost"]
        assert job.state == "stopped"
        assert stop_status(cluster, WAITING) == 200

    @pytest.mark.parametrize("version", [None, "6.8", "8.19", "9"])
    def test_timeout_is_retried(self, version: str | None) -> None:
        """A 429 in every version, and the text of 9.x."""
        with RollupCluster(version) as cluster:
            scenarios.timeout_is_retried(cluster)
            status, body = stop(cluster, "sensor", WAITING)
            assert (status, body["error"]["type"]) == (429, "timeout_exception")
            assert body["error"]["reason"] == (
                "Timed out after [30s] while waiting for rollup job [sensor] to stop. State was [STOPPING]"
            )
            assert stop(cluster, "sensor", WAITING).status == 200

    @pytest.mark.parametrize("version", ["6.8", "8.19", "9"])
    @pytest.mark.parametrize(("timeout", "status"), [("10s", 429), ("2m", 200)])
    def test_timeout_is_retried_as_long_as_the_caller_waits(self, version: str, timeout: str, status: int) -> None:
        """Every version goes by the request's own timeout, as 9.x does by itself."""
        with RollupCluster(version) as cluster:
            scenarios.timeout_is_retried(cluster)
            answer = stop(cluster, "sensor", f"{WAITING}&timeout={timeout}")
            assert answer.status == status
            assert status == 200 or answer.body["error"]["reason"].startswith(f"Timed out after [{timeout}]")

    def test_node_restarts(self, cluster: RollupCluster) -> None:
        """What was stopped is started, until it is stopped again."""
        job = scenarios.node_restarts(cluster)
        assert stop_status(cluster) == 200
        assert job.state == "started"
        assert delete_status(cluster) == 500
        assert stop_status(cluster) == 200
        assert job.state == "stopped"


@pytest.mark.parametrize("scenario", scenarios.ALL)
class TestEvery:
    """What holds for all of them."""

    def test_adds_the_job_and_returns_it(self, cluster: RollupCluster, scenario: scenarios.Scenario) -> None:
        """Under the name that it is given."""
        job = scenario(cluster, id="clicks")
        assert (job.id, job.exists) == ("clicks", True)
        assert list(cluster.jobs) == ["clicks"]
        cluster.reset()

    @pytest.mark.parametrize("settings", [{"clock": "manual"}, {"security": True}, {"nodes": 2}, {"version": "6.8"}])
    def test_can_be_set_up_on_any_cluster(self, scenario: scenarios.Scenario, settings: dict[str, Any]) -> None:
        """Nothing of it needs a cluster of its own kind."""
        with RollupCluster(**settings) as cluster:
            scenario(cluster)
            cluster.reset()

    def test_lets_a_single_stop_and_wait_pass(self, cluster: RollupCluster, scenario: scenarios.Scenario) -> None:
        """Code that does no more meets no finding: what it does not reach is optional."""
        scenario(cluster)
        for _ in range(2):  # of what is refused at first
            stop_status(cluster, WAITING)

    def test_has_its_name(self, scenario: scenarios.Scenario) -> None:
        """As the test's id, and for looking it up."""
        assert scenarios.get(scenario.__name__) is scenario

    def test_says_what_it_mirrors(self, scenario: scenarios.Scenario) -> None:
        """In a docstring of its own."""
        assert scenario.__doc__
        assert len(scenario.__doc__.splitlines()) > 2


def test_an_unknown_scenario_is_refused() -> None:
    """With the names of those that there are."""
    with pytest.raises(ValueError, match="unknown scenario 'never_ending'; the scenarios are stops_during_indexing, "):
        scenarios.get("never_ending")


def test_every_scenario_is_in_the_list() -> None:
    """One that was forgotten would be in no gauntlet."""
    named = {name for name, value in vars(scenarios).items() if inspect.isfunction(value) and name[0] != "_"}
    assert {scenario.__name__ for scenario in scenarios.ALL} == named - {"get"}


def test_they_are_loaded_when_they_are_used() -> None:
    """By import, or as an attribute of the package."""
    assert pytest_rollup_fake.scenarios is scenarios


def test_the_gauntlet_is_one_line(pytester: pytest.Pytester) -> None:
    """The ids of its tests are the names of the scenarios."""
    pytester.makepyfile("""
        import http.client

        import pytest
        from pytest_rollup_fake import scenarios

        @pytest.mark.parametrize("scenario", scenarios.ALL)
        def test_gauntlet(rollup_cluster, scenario):
            job = scenario(rollup_cluster)
            for _ in range(3):
                connection = http.client.HTTPConnection(rollup_cluster.host, rollup_cluster.port)
                connection.request("POST", "/_rollup/job/sensor/_stop")
                try:
                    connection.getresponse().read()
                except ConnectionError:
                    pass
                connection.close()
            assert job.stop_requests
        """)
    result = pytester.runpytest("-v")
    result.assert_outcomes(passed=len(scenarios.ALL))
    result.stdout.fnmatch_lines_random(["*test_gauntlet[[]never_stops] PASSED*"])


def test_waits_add_up_in_fake_time_only(cluster: RollupCluster) -> None:
    """A whole gauntlet of one job takes no real time to speak of."""
    scenarios.never_stops(cluster)
    for _ in range(20):
        assert ask(cluster, "POST", f"/_rollup/job/sensor/_stop?{WAITING}&timeout=1h").status == 500
    assert cluster.clock.skipped > 19 * 3600
