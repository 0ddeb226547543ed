"""Jobs as a test holds them: states, delays, holds, and what a stop makes of them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pytest_rollup_fake import NEVER, JobState, RollupCluster, faults, polls
from tests.calling import WAITING, ask, shown_state, stop

if TYPE_CHECKING:
    from collections.abc import Iterator

STOPPED = (200, {"stopped": True})


@pytest.fixture
def cluster() -> Iterator[RollupCluster]:
    """Give a cluster whose time stands still, and check it at the end."""
    with RollupCluster(clock="manual") as cluster:
        yield cluster


@pytest.fixture
def skipping() -> Iterator[RollupCluster]:
    """Give a cluster that never makes anybody wait."""
    with RollupCluster() as cluster:
        yield cluster


class TestStop:
    """What a stop makes of each state."""

    @pytest.mark.parametrize(
        ("before", "after"),
        [("stopped", "stopped"), ("started", "stopped"), ("stopping", "stopping")],
    )
    def test_is_answered_at_once(self, cluster: RollupCluster, before: str, after: str) -> None:
        """Stopped is answered for a stopped, an idle and a stopping job alike."""
        job = cluster.add_job("sensor", state=before)
        assert stop(cluster, "sensor") == STOPPED
        assert job.state == after

    def test_of_an_indexing_job_winds_down_first(self, cluster: RollupCluster) -> None:
        """The answer comes before the job has stopped."""
        job = cluster.add_job("sensor", state="indexing", stop_delay="5m")
        assert stop(cluster, "sensor") == STOPPED
        assert job.state == "stopping"
        cluster.clock.advance("299s")
        assert shown_state(cluster, "sensor") == "stopping"
        cluster.clock.advance("1s")
        assert job.state == "stopped"

    def test_of_an_indexing_job_without_delay_ends_at_the_same_instant(self, cluster: RollupCluster) -> None:
        """Whoever looks next sees it stopped, the request itself saw it stopping."""
        job = cluster.add_job("sensor", state="indexing")
        assert stop(cluster, "sensor") == STOPPED
        assert cluster.requests.last.state_after == "stopping"
        assert job.state == "stopped"

    def test_with_a_delay_finds_the_indexer_busy(self, cluster: RollupCluster) -> None:
        """A started job with a positive delay winds down too."""
        job = cluster.add_job("sensor", stop_delay=10)
        stop(cluster, "sensor")
        assert job.state == "stopping"
        assert [(change.state, change.why.split(" (")[0]) for change in job.history] == [
            ("started", "added by the test"),
            ("stopping", "stop"),
        ]

    def test_repeated_does_not_wind_down_anew(self, cluster: RollupCluster) -> None:
        """The delay counts from the stop that found the job running."""
        job = cluster.add_job("sensor", stop_delay="10s")
        stop(cluster, "sensor")
        cluster.clock.advance("6s")
        assert stop(cluster, "sensor") == STOPPED
        cluster.clock.advance("4s")
        assert job.state == "stopped"
        assert [request.number for request in job.stop_requests] == [2, 4]

    def test_of_an_aborting_job_is_refused(self, cluster: RollupCluster) -> None:
        """It is being cancelled: 500, state in upper case."""
        cluster.add_job("sensor", state="aborting")
        status, body = stop(cluster, "sensor")
        assert status == 500
        assert body["error"]["reason"] == "Cannot stop task for Rollup Job [sensor] because state was [ABORTING]"

    def test_of_an_unassigned_job_finds_no_task(self, cluster: RollupCluster) -> None:
        """No node runs it: the 404 of a job that does not exist, and nothing is listed."""
        job = cluster.add_job("sensor")
        job.unassign()
        assert stop(cluster, "sensor").status == 404
        assert ask(cluster, "GET", "/_rollup/job/sensor") == (200, {"jobs": []})
        assert job.exists
        job.assign()
        assert stop(cluster, "sensor") == STOPPED


class TestRestart:
    """What comes back when a node runs the task again."""

    @pytest.mark.parametrize(
        ("state", "restored"),
        [("stopped", "stopped"), ("started", "started"), ("indexing", "started"), ("stopping", "stopped")],
    )
    def test_restores_what_was_persisted(self, cluster: RollupCluster, state: str, restored: str) -> None:
        """A run is not taken up again; one that was ending is over."""
        job = cluster.add_job("sensor", state=state, stats={"documents_processed": 7})
        job.unassign()
        job.assign()
        assert job.state == restored
        assert job.stats["documents_processed"] == 0

    def test_brings_an_idle_stopped_job_back_as_started(self, cluster: RollupCluster) -> None:
        """Stopping an idle job is not persisted."""
        job = cluster.add_job("sensor", state="started")
        stop(cluster, "sensor")
        assert job.state == "stopped"
        job.unassign()
        job.assign()
        assert job.state == "started"

    def test_leaves_a_busy_stopped_job_stopped(self, cluster: RollupCluster) -> None:
        """A stop that found a run is persisted at once."""
        job = cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
        stop(cluster, "sensor")
        job.unassign()
        job.assign()
        assert job.state == "stopped"


class TestStopDelay:
    """How long a job takes to wind down."""

    @pytest.mark.parametrize("delay", [0, 5, 2.5, "5m", timedelta(seconds=3), polls(2), NEVER])
    def test_reads_back_as_it_was_set(self, cluster: RollupCluster, delay: Any) -> None:
        """A duration in any form, polls(n) or NEVER."""
        job = cluster.add_job("sensor", stop_delay=delay)
        assert job.stop_delay == delay
        job.stop_delay = 1
        assert job.stop_delay == 1

    def test_never_does_not_end_by_itself(self, cluster: RollupCluster) -> None:
        """Ten years change nothing, the test does."""
        job = cluster.add_job("sensor", stop_delay=NEVER)
        stop(cluster, "sensor")
        cluster.clock.advance("3650d")
        assert job.state == "stopping"
        job.set_state("stopped")
        assert shown_state(cluster, "sensor") == "stopped"

    def test_polls_counts_answered_reads(self, cluster: RollupCluster) -> None:
        """The next two reads show `stopping`, the third `stopped`."""
        job = cluster.add_job("sensor", stop_delay=polls(2))
        stop(cluster, "sensor")
        assert [job.state for _ in range(5)] == ["stopping"] * 5
        assert [shown_state(cluster, "sensor") for _ in range(3)] == ["stopping", "stopping", "stopped"]

    def test_polls_counts_for_every_job_that_an_answer_lists(self, cluster: RollupCluster) -> None:
        """A read of all jobs is a read of each."""
        jobs = [cluster.add_job(id_, stop_delay=polls(1)) for id_ in ("a", "b")]
        for job in jobs:
            stop(cluster, job.id)
        ask(cluster, "GET", "/_rollup/job/_all")
        assert [job.state for job in jobs] == ["stopped", "stopped"]

    @pytest.mark.parametrize("fault", [faults.error(503, "some_exception", "no"), faults.response(200, {"jobs": []})])
    def test_polls_does_not_count_reads_whose_answer_is_replaced(
        self, cluster: RollupCluster, fault: faults.Fault
    ) -> None:
        """The client was answered, but has not seen the job."""
        job = cluster.add_job("sensor", state="stopping", stop_delay=polls(1))
        cluster.inject(fault, on="get", effect="applied")
        ask(cluster, "GET", "/_rollup/job/sensor")
        assert job.state == "stopping"
        assert [shown_state(cluster, "sensor") for _ in range(2)] == ["stopping", "stopped"]

    def test_polls_does_not_count_the_looks_of_a_waiting_stop(self, skipping: RollupCluster) -> None:
        """So that "timed out, then polled" can be written."""
        job = skipping.add_job("sensor", stop_delay=polls(1))
        assert stop(skipping, "sensor", WAITING).status == 500
        assert job.state == "stopping"
        assert [shown_state(skipping, "sensor") for _ in range(2)] == ["stopping", "stopped"]

    @pytest.mark.parametrize(
        ("count", "error"), [(0, ValueError), (-1, ValueError), (1.5, TypeError), (True, TypeError)]
    )
    def test_polls_takes_a_number_of_reads(self, count: Any, error: type[Exception]) -> None:
        """At least one, and a whole one."""
        with pytest.raises(error, match=r"polls\(\) takes"):
            polls(count)

    def test_names_show_in_messages(self) -> None:
        """NEVER and polls(n) are shown as they are written."""
        assert (repr(NEVER), repr(polls(3))) == ("NEVER", "polls(3)")


class TestHold:
    """Keeping time from a job."""

    def test_a_held_job_does_not_wind_down(self, cluster: RollupCluster) -> None:
        """What fell due meanwhile takes effect at the release."""
        job = cluster.add_job("sensor", state="indexing", stop_delay="5s")
        with job.hold() as held:
            stop(cluster, "sensor")
            cluster.clock.advance("1h")
            assert held.state == "stopping"
        assert job.state == "stopped"
        assert job.history[-1].when == 3600.0

    def test_a_release_before_the_instant_changes_nothing(self, cluster: RollupCluster) -> None:
        """The job winds down when it would have."""
        job = cluster.add_job("sensor", state="indexing", stop_delay="5s")
        job.hold()
        stop(cluster, "sensor")
        cluster.clock.advance("2s")
        job.release()
        assert job.state == "stopping"
        cluster.clock.advance("3s")
        assert job.state == "stopped"

    def test_a_stop_finds_a_held_job_busy(self, cluster: RollupCluster) -> None:
        """Whatever its delay is."""
        job = cluster.add_job("sensor")
        job.hold()
        stop(cluster, "sensor")
        assert job.state == "stopping"
        job.release()
        assert job.state == "stopped"

    def test_requests_and_the_test_change_a_held_job(self, cluster: RollupCluster) -> None:
        """Only time is kept out."""
        job = cluster.add_job("sensor", state="stopping", stop_delay="5s")
        job.hold()
        job.set_state("started")
        assert shown_state(cluster, "sensor") == "started"
        job.set_state("stopped")
        assert stop(cluster, "sensor") == STOPPED

    def test_polls_wait_for_the_release_too(self, cluster: RollupCluster) -> None:
        """The reads are counted, their effect is held."""
        job = cluster.add_job("sensor", stop_delay=polls(1))
        job.hold()
        stop(cluster, "sensor")
        assert [shown_state(cluster, "sensor") for _ in range(3)] == ["stopping"] * 3
        job.release()
        assert job.state == "stopped"


class TestSetState:
    """The test's own hand."""

    @pytest.mark.parametrize("state", list(JobState))
    def test_any_state(self, cluster: RollupCluster, state: JobState) -> None:
        """Every state is shown to clients as it is."""
        job = cluster.add_job("sensor")
        job.set_state(state)
        assert shown_state(cluster, "sensor") == state

    def test_stopping_winds_down_if_the_delay_is_positive(self, cluster: RollupCluster) -> None:
        """As a stop would."""
        job = cluster.add_job("sensor", stop_delay="5s")
        job.set_state("stopping")
        cluster.clock.advance("5s")
        assert job.state == "stopped"

    @pytest.mark.parametrize("made", [True, False])
    def test_stopping_stays_without_a_delay(self, cluster: RollupCluster, *, made: bool) -> None:
        """Until the test changes it, also if it was made so."""
        job = cluster.add_job("sensor", state="stopping" if made else "started")
        job.set_state("stopping")
        cluster.clock.advance("1h")
        assert job.state == "stopping"

    def test_a_job_made_stopping_winds_down_if_the_delay_is_positive(self, cluster: RollupCluster) -> None:
        """From when it was made."""
        job = cluster.add_job("sensor", state="stopping", stop_delay="5s")
        cluster.clock.advance("5s")
        assert job.state == "stopped"

    @pytest.mark.parametrize("state", ["running", "", "STOPPED", None, 1])
    def test_unknown(self, cluster: RollupCluster, state: Any) -> None:
        """A state that does not exist names those that do, wherever it is given."""
        job = cluster.add_job("sensor")
        pattern = "unknown job state .* the states are started, indexing, stopping, stopped, aborting"
        with pytest.raises(ValueError, match=pattern):
            job.set_state(state)
        with pytest.raises(ValueError, match=pattern):
            cluster.add_job("other", state=state)


class TestRemove:
    """Somebody else deletes the job."""

    def test_a_removed_job_is_gone(self, cluster: RollupCluster) -> None:
        """For clients it was never there; its handle says that it is gone."""
        job = cluster.add_job("sensor")
        cluster.remove_job("sensor")
        assert stop(cluster, "sensor").status == 404
        assert (job.exists, job.state, list(cluster.jobs)) == (False, "aborting", [])

    def test_a_job_of_the_same_id_is_another_one(self, cluster: RollupCluster) -> None:
        """The old handle stays what it was."""
        old = cluster.add_job("sensor")
        old.remove()
        new = cluster.add_job("sensor", state="stopped")
        assert (old.exists, new.exists, new.state) == (False, True, "stopped")
        assert cluster.jobs["sensor"].history == new.history

    def test_a_removed_job_cannot_be_changed(self, cluster: RollupCluster) -> None:
        """The error says that there is another handle for a new one."""
        job = cluster.add_job("sensor")
        job.remove()
        for change in (job.remove, job.unassign, job.assign, lambda: job.set_state("started")):
            with pytest.raises(LookupError, match="'sensor' was removed"):
                change()

    def test_an_unknown_job(self, cluster: RollupCluster) -> None:
        """The error names those there are."""
        cluster.add_job("a")
        cluster.add_job("b")
        with pytest.raises(LookupError, match="no rollup job 'c'; the jobs are 'a', 'b'"):
            cluster.remove_job("c")

    def test_a_waiting_stop_holds_the_task_and_not_the_id(self, skipping: RollupCluster) -> None:
        """Deleted while somebody waits: the wait runs out, even if a job of that id comes back."""
        skipping.add_job("sensor", state="indexing", stop_delay=NEVER)

        def replace() -> None:
            skipping.remove_job("sensor")
            skipping.add_job("sensor", state="stopped")

        skipping.clock.call_later("5s", replace)
        status, body = stop(skipping, "sensor", f"{WAITING}&timeout=30s")
        assert status == 500
        assert body["error"]["reason"].endswith("to stop. State was [ABORTING]")


class TestAdd:
    """Jobs that are simply there."""

    def test_config_overrides_parts_of_a_default(self, cluster: RollupCluster) -> None:
        """Objects are merged, the rest is replaced."""
        job = cluster.add_job(
            "sensor", config={"cron": "0 0 * * * ?", "groups": {"date_histogram": {"field": "@timestamp"}}}
        )
        shown = ask(cluster, "GET", "/_rollup/job/sensor").body["jobs"][0]["config"]
        assert shown["cron"] == "0 0 * * * ?"
        assert shown["groups"]["date_histogram"]["field"] == "@timestamp"
        assert shown["groups"]["date_histogram"]["fixed_interval"] == "1h"
        assert job.config["rollup_index"] == "sensor_rollup"

    def test_stats_are_shown(self, cluster: RollupCluster) -> None:
        """Counters by name, the others 0."""
        cluster.add_job("sensor", stats={"trigger_count": 3})
        stats = ask(cluster, "GET", "/_rollup/job/sensor").body["jobs"][0]["stats"]
        assert (stats["trigger_count"], stats["pages_processed"]) == (3, 0)

    @pytest.mark.parametrize(
        ("config", "message"),
        [
            ({"cron": "hourly"}, r"invalid cron expression \[hourly\]"),
            ({"crn": "* * * * * ?"}, "unknown 'crn' in the config; it has id, index_pattern, rollup_index, cron, "),
            ({"groups": {"date_histgram": {}}}, "unknown 'date_histgram' in the groups of a config; it has date_hist"),
        ],
    )
    def test_unknown_parts_of_a_config(self, cluster: RollupCluster, config: dict[str, Any], message: str) -> None:
        """A misspelt one would silently leave the default, and a bad cron would only show when it is to tick."""
        with pytest.raises(ValueError, match=message):
            cluster.add_job("sensor", config=config)

    def test_is_found_by_its_id(self, cluster: RollupCluster) -> None:
        """Another id names the jobs there are."""
        cluster.add_job("sensor")
        with pytest.raises(KeyError, match="there is no rollup job 'sensr'; the jobs are 'sensor'"):
            cluster.jobs["sensr"]

    def test_unknown_stats(self, cluster: RollupCluster) -> None:
        """The error names the stats there are."""
        with pytest.raises(ValueError, match=r"unknown job stats 'triggers'; the stats are pages_processed, "):
            cluster.add_job("sensor", stats={"triggers": 3})

    def test_duplicate(self, cluster: RollupCluster) -> None:
        """An id is taken once, and nothing changes."""
        cluster.add_job("sensor", state="indexing")
        with pytest.raises(ValueError, match="there is a rollup job 'sensor' already; its state is indexing"):
            cluster.add_job("sensor")

    @pytest.mark.parametrize(("id_", "error"), [("", ValueError), (None, TypeError), (7, TypeError)])
    def test_id(self, cluster: RollupCluster, id_: Any, error: type[Exception]) -> None:
        """An id is a text that is not empty."""
        with pytest.raises(error, match="a job id is a text that is not empty"):
            cluster.add_job(id_)

    @pytest.mark.parametrize("delay", [-1, "-1s", float("nan"), "soon"])
    def test_bad_delay(self, cluster: RollupCluster, delay: Any) -> None:
        """A delay that is none is refused at once, and nothing is added."""
        with pytest.raises(ValueError, match="stop_delay"):
            cluster.add_job("sensor", stop_delay=delay)
        assert not cluster.jobs

    def test_ids_are_any_text(self, cluster: RollupCluster) -> None:
        """Slashes, blanks and umlauts come percent-encoded from clients."""
        job = cluster.add_job("sensor/1 ä")
        assert stop(cluster, "sensor%2F1%20%C3%A4") == STOPPED
        assert job.state == "stopped"

    @pytest.mark.parametrize("value", ["stopped", JobState.STOPPED])
    def test_a_state_is_not_assigned(self, cluster: RollupCluster, value: Any) -> None:
        """The error names what does it."""
        job = cluster.add_job("sensor")
        with pytest.raises(AttributeError, match=r"use job\.set_state\('stopped'\)"):
            job.state = value
        assert job.state == "started"

    def test_a_job_shows_itself(self, cluster: RollupCluster) -> None:
        """Its repr is made for a failed assertion."""
        job = cluster.add_job("sensor")
        assert re.fullmatch(r"<Job 'sensor' started since 0\.\d{3} s: added by the test>", repr(job))
        job.unassign()
        assert re.fullmatch(r"<Job 'sensor' started without a task: unassigned by the test>", repr(job))
        job.remove()
        assert re.fullmatch(r"<Job 'sensor' removed at 0\.\d{3} s: removed by the test>", repr(job))


class TestHistory:
    """A job's own story."""

    def test_says_when_and_why(self, cluster: RollupCluster) -> None:
        """Numbers are shared with the journal, so that order exists when time stands still."""
        job = cluster.add_job("sensor", state="indexing", stop_delay="5s")
        stop(cluster, "sensor")
        cluster.clock.advance("7s")
        assert job.history == (
            (1, 0.0, "indexing", "added by the test"),
            (3, 0.0, "stopping", "stop (request #2)"),
            (4, 5.0, "stopped", "wound down"),
        )
        assert cluster.requests.last.number == 2
