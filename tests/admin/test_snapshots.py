"""`/_fake/snapshot`: what comes back, and what does not."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from tests.admin.driving import Driver, driven

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STOP = "_rollup/job/sensor/_stop"


@pytest.fixture
def driver() -> Iterator[Driver]:
    """Give a cluster with two nodes, the API, the job `sensor` and time that stands still."""
    with driven(nodes=2) as made:
        yield made


def shown_state(driver: Driver) -> str:
    """Return the state that a client sees."""
    state: str = driver.client("GET", "_rollup/job/sensor").json()["jobs"][0]["status"]["job_state"]
    return state


class TestWhatComesBack:
    """Take, let things happen, restore, look."""

    def test_a_job_that_winds_down_goes_on_where_it_was(self, driver: Driver) -> None:
        """The instant at which it will have stopped is part of the snapshot, and so is the time."""
        driver.client("POST", STOP)
        driver.ask("POST", "clock/advance", {"by": 10})
        snapshot = driver.ask("GET", "snapshot").body
        driver.ask("POST", "clock/advance", {"by": "1h"})
        assert driver.state("sensor") == "stopped"

        driver.ask("PUT", "snapshot", snapshot)
        assert driver.ask("GET", "clock").body == {"now": 10, "skipped": 10, "mode": "manual"}
        assert driver.state("sensor") == "stopping"
        driver.ask("POST", "clock/advance", {"by": 34})
        assert driver.state("sensor") == "stopping"
        driver.ask("POST", "clock/advance", {"by": 1})
        assert driver.state("sensor") == "stopped"

    def test_a_job_that_counts_reads_goes_on_counting(self, driver: Driver) -> None:
        """Those before the snapshot have counted."""
        driver.ask("PATCH", "jobs/sensor", {"stop_delay": "polls(3)"})
        driver.client("POST", STOP)
        assert shown_state(driver) == "stopping"
        snapshot = driver.ask("GET", "snapshot").body
        driver.ask("DELETE", "jobs/sensor")

        driver.ask("PUT", "snapshot", snapshot)
        assert [shown_state(driver) for _ in range(3)] == ["stopping", "stopping", "stopped"]

    def test_a_held_job_stays_held(self, driver: Driver) -> None:
        """And what fell due meanwhile takes effect at its release."""
        driver.ask("POST", "jobs/sensor/hold")
        driver.client("POST", STOP)
        driver.ask("POST", "clock/advance", {"by": "1h"})
        snapshot = driver.ask("GET", "snapshot").body
        driver.ask("POST", "jobs/sensor/release")

        driver.ask("PUT", "snapshot", snapshot)
        assert driver.state("sensor") == "stopping"
        assert driver.ask("POST", "jobs/sensor/release").body["state"] == "stopped"

    @pytest.mark.parametrize("ahead", [30, 32])
    def test_an_indexer_goes_on_running(self, driver: Driver, ahead: int) -> None:
        """Between two runs, and in the middle of one: cron ticks at 30 s, and a run takes 5 s."""
        driver.ask("POST", "jobs", {"id": "busy", "runs": True, "run_duration": "5s", "run_documents": 10})
        driver.ask("POST", "clock/advance", {"by": ahead})
        snapshot = driver.ask("GET", "snapshot").body
        driver.ask("POST", "clock/advance", {"by": 60})
        expected = driver.ask("GET", "jobs/busy").body

        driver.ask("PUT", "snapshot", snapshot)
        driver.ask("POST", "clock/advance", {"by": 60})
        assert {**driver.ask("GET", "jobs/busy").body, "history": []} == {**expected, "history": []}

    def test_a_lost_job_is_reassigned_when_it_would_have_been(self, driver: Driver) -> None:
        """Ten seconds after its node was killed, of which five have passed."""
        driver.ask("POST", "jobs", {"id": "other"})
        driver.cluster.nodes[1].kill()
        driver.ask("POST", "clock/advance", {"by": 5})
        driver.ask("PUT", "snapshot", driver.ask("GET", "snapshot").body)

        driver.ask("POST", "clock/advance", {"by": 4})
        assert driver.ask("GET", "jobs/other").body["node"] is None
        driver.ask("POST", "clock/advance", {"by": 1})
        assert driver.ask("GET", "jobs/other").body["node"] == "node-2"

    def test_faults_strike_as_often_as_is_left(self, driver: Driver) -> None:
        """What was used up stays used up."""
        driver.ask("POST", "faults", {"fault": "too_many_requests", "on": "stop", "times": 2})
        driver.client("POST", STOP)
        snapshot = driver.ask("GET", "snapshot").body
        driver.client("POST", STOP)

        driver.ask("PUT", "snapshot", snapshot)
        assert [driver.client("POST", STOP).status_code for _ in range(2)] == [429, 200]

    def test_indices_come_back(self, driver: Driver) -> None:
        """With their mappings, and without those that came later."""
        mapping = driver.client("GET", "sensor_rollup/_mapping").json()
        snapshot = driver.ask("GET", "snapshot").body
        driver.client("DELETE", "sensor_rollup")
        driver.client("PUT", "later")

        driver.ask("PUT", "snapshot", snapshot)
        assert driver.client("GET", "sensor_rollup/_mapping").json() == mapping
        assert driver.client("GET", "later").status_code == 404

    def test_a_snapshot_of_what_was_restored_is_the_same(self, driver: Driver) -> None:
        """But for the two counters, which only go up."""
        driver.ask("POST", "jobs", {"id": "busy", "runs": True, "run_duration": "5s"})
        driver.client("PUT", "an_index")
        driver.ask(
            "POST", "faults", {"fault": "slow", "arguments": {"duration": "5s"}, "on": "stop", "at": None} | {"at": 1}
        )
        driver.ask("POST", "clock/advance", {"by": 31})
        first = driver.ask("GET", "snapshot").body
        driver.ask("PUT", "snapshot", first)

        assert without_counters(driver.ask("GET", "snapshot").body) == without_counters(first)

    def test_the_journal_begins_anew(self, driver: Driver) -> None:
        """Its requests were of a time that never was; new ones come after what jobs remember."""
        driver.client("POST", STOP)
        snapshot = driver.ask("GET", "snapshot").body
        driver.ask("PUT", "snapshot", snapshot)

        assert driver.ask("GET", "requests").body["requests"] == []
        driver.client("POST", STOP)
        [request] = driver.ask("GET", "requests").body["requests"]
        assert request["number"] > driver.ask("GET", "jobs/sensor").body["history"][-1]["number"]


def without_counters(snapshot: dict[str, Any]) -> dict[str, Any]:
    """Return a snapshot without what only goes up."""
    faults = [{**fault, "id": 0} for fault in snapshot["faults"]]
    return {**snapshot, "next_number": 0, "next_task": 0, "faults": faults}


def break_delay(snapshot: Any) -> None:
    """Give a job a delay that is none."""
    snapshot["jobs"][0]["stop_delay"] = "soon"


def break_node(snapshot: Any) -> None:
    """Let a job run on a node that there is not."""
    snapshot["jobs"][0]["task"]["node"] = "node-3"


def break_mapping(snapshot: Any) -> None:
    """Give an index a mapping that is none."""
    snapshot["indices"][0]["mapping"] = {"fields": {}}


def break_state(snapshot: Any) -> None:
    """Give a job a state that there is not."""
    snapshot["jobs"][0]["task"]["state"] = "idle"


@pytest.mark.parametrize(
    ("change", "place", "message"),
    [
        (break_delay, "jobs[0].stop_delay", "stop_delay (a duration, 'polls(3)' or 'never') must be"),
        (break_node, "jobs[0]", "there is no node 'node-3'; the nodes are node-1, node-2"),
        (break_mapping, "indices[0].mapping", "unknown key 'fields' in a mapping; the keys are properties"),
        (break_state, "jobs[0].task.state", '"idle" is not allowed; allowed are "started"'),
    ],
)
def test_a_snapshot_with_a_mistake_changes_nothing(
    driver: Driver, change: Callable[[Any], None], place: str, message: str
) -> None:
    """It is tried on another cluster first."""
    driver.client("POST", STOP)
    snapshot = driver.ask("GET", "snapshot").body
    broken = copy.deepcopy(snapshot)
    change(broken)

    status, body = driver.ask("PUT", "snapshot", broken)
    assert (status, body["error"]["place"]) == (400, place)
    assert body["error"]["message"].startswith(message)
    assert without_counters(driver.ask("GET", "snapshot").body) == without_counters(snapshot)
