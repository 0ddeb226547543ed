"""Jobs that run by themselves, as a test and its clients see them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pytest_rollup_fake import RollupCluster
from tests.calling import WAITING, Background, ask, shown_state, stop

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERY_SECOND = {"cron": "* * * * * ?"}
STOPPED = (200, {"stopped": True})


@pytest.fixture
def cluster() -> Iterator[RollupCluster]:
    """Give a cluster whose time stands still, and check it at the end."""
    with RollupCluster(clock="manual") as cluster:
        yield cluster


def shown_stats(cluster: RollupCluster, job: str) -> dict[str, int]:
    """Return the stats that Get Jobs shows for a job."""
    stats: dict[str, int] = ask(cluster, "GET", f"/_rollup/job/{job}").body["jobs"][0]["stats"]
    return stats


class TestRuns:
    """What cron ticks do."""

    def test_are_off_unless_asked_for(self, cluster: RollupCluster) -> None:
        """A started job stays started, however much time passes."""
        job = cluster.add_job("sensor")
        assert (job.runs, job.run_duration, job.run_documents) == (False, 0, 0)
        cluster.clock.advance("365d")
        assert job.state == "started"
        assert set(job.stats.values()) == {0}
        assert len(job.history) == 1

    def test_are_seen_as_indexing_while_they_last(self, cluster: RollupCluster) -> None:
        """The tick counts at once, the rest of the stats when the run is over."""
        cluster.add_job("sensor", runs=True, run_duration="5s", run_documents=1000)
        cluster.clock.advance("29s")
        assert shown_state(cluster, "sensor") == "started"
        cluster.clock.advance("1s")
        assert shown_state(cluster, "sensor") == "indexing"
        stats = shown_stats(cluster, "sensor")
        assert (stats["trigger_count"], stats["documents_processed"]) == (1, 0)
        cluster.clock.advance("5s")
        assert shown_state(cluster, "sensor") == "started"
        stats = shown_stats(cluster, "sensor")
        assert (stats["trigger_count"], stats["documents_processed"], stats["rollups_indexed"]) == (1, 1000, 100)
        assert (stats["pages_processed"], stats["search_total"], stats["index_total"]) == (2, 2, 1)

    def test_show_the_stats_of_the_version(self) -> None:
        """6.3 has four of them."""
        with RollupCluster("6.3", clock="manual") as cluster:
            cluster.add_job("sensor", runs=True, run_documents=1000)
            cluster.clock.advance("1m")
            body = ask(cluster, "GET", "/_xpack/rollup/job/sensor").body
        assert body["jobs"][0]["stats"] == {
            "pages_processed": 4,
            "documents_processed": 2000,
            "rollups_indexed": 200,
            "trigger_count": 2,
        }

    def test_of_no_duration_are_never_seen(self, cluster: RollupCluster) -> None:
        """Counters move, the state does not."""
        job = cluster.add_job("sensor", runs=True, config=EVERY_SECOND)
        cluster.clock.advance("1s")
        cluster.clock.advance("2s")
        assert job.stats["trigger_count"] == 3
        assert [(change.state, change.why) for change in job.history] == [
            ("started", "added by the test"),
            ("started", "a run that took no time"),
            ("started", "2 runs since 2.000 s"),
        ]

    def test_follow_the_calendar_from_2020_on(self, cluster: RollupCluster) -> None:
        """Fake time starts at 2020-01-01T00:00:00Z, whatever the real date is; that year has a leap day."""
        job = cluster.add_job("sensor", runs=True, config={"cron": "0 0 12 29 2 ?"})
        cluster.clock.advance(timedelta(days=31 + 28, hours=12, seconds=-1))
        assert job.stats["trigger_count"] == 0
        cluster.clock.advance("1s")
        assert job.stats["trigger_count"] == 1

    def test_that_never_come_need_no_time(self, cluster: RollupCluster) -> None:
        """A cron of a year that is over is one all the same."""
        job = cluster.add_job("sensor", runs=True, config={"cron": "*/30 * * * * ? 2017"})
        cluster.clock.advance("36500d")
        assert job.stats["trigger_count"] == 0

    def test_lose_the_ticks_of_other_states(self, cluster: RollupCluster) -> None:
        """Ticks while the job is indexing or stopped do not count, nor the one at the instant of the start."""
        job = cluster.add_job("sensor", runs=True, run_duration="3s", config=EVERY_SECOND)
        cluster.clock.advance("4s")
        assert (job.state, job.stats["trigger_count"]) == ("indexing", 2)  # at 1 s, and at its end at 4 s
        job.set_state("stopped")
        cluster.clock.advance("10s")
        job.set_state("started")
        assert (job.state, job.stats["trigger_count"]) == ("started", 2)
        cluster.clock.advance("1s")
        assert (job.state, job.stats["trigger_count"]) == ("indexing", 3)

    def test_happen_on_a_clock_that_skips(self) -> None:
        """Skipped time is time."""
        with RollupCluster() as cluster:
            job = cluster.add_job("sensor", runs=True, run_documents=7, config={"cron": "0 0 * * * ?"})
            cluster.clock.advance("10h")
            assert (job.stats["trigger_count"], job.stats["documents_processed"]) == (10, 70)


class TestStop:
    """A stop during a run, and between runs."""

    def test_during_a_run_winds_down(self, cluster: RollupCluster) -> None:
        """`stop_delay` decides how long, not the run's duration; the cut run counts as a trigger only."""
        job = cluster.add_job("sensor", runs=True, run_duration="1h", run_documents=10, stop_delay="10s")
        cluster.clock.advance("30s")
        with Background(stop, cluster, "sensor", WAITING) as call:
            cluster.wait_for_request("stop", parked=True)
            assert job.state == "stopping"
            cluster.clock.advance("10s")
            assert call.result() == STOPPED
        cluster.clock.advance("1d")
        assert job.state == "stopped"
        assert (job.stats["trigger_count"], job.stats["documents_processed"]) == (1, 0)

    def test_between_runs_is_not_persisted(self, cluster: RollupCluster) -> None:
        """On another node the job is started again, with stats of 0, and runs."""
        job = cluster.add_job("sensor", runs=True, run_documents=10)
        cluster.clock.advance("1m")
        assert stop(cluster, "sensor") == STOPPED
        job.unassign()
        cluster.clock.advance("1h")
        job.assign()
        assert (job.state, job.stats["trigger_count"]) == ("started", 0)
        cluster.clock.advance("1m")
        assert (job.state, job.stats["trigger_count"]) == ("started", 2)

    def test_of_a_skipping_wait_lets_other_jobs_run(self) -> None:
        """The time that a stop waits for is time for every job."""
        with RollupCluster() as cluster:
            cluster.add_job("slow", state="indexing", stop_delay="10m")
            other = cluster.add_job("other", runs=True)
            assert stop(cluster, "slow", f"{WAITING}&timeout=1h") == STOPPED
            assert other.stats["trigger_count"] == 20


class TestHold:
    """A job that time does not change."""

    def test_loses_ticks(self, cluster: RollupCluster) -> None:
        """Not even the one at the instant of the release comes."""
        job = cluster.add_job("sensor", runs=True)
        with job.hold():
            cluster.clock.advance("90s")
            assert job.stats["trigger_count"] == 0
        assert job.stats["trigger_count"] == 0
        cluster.clock.advance("30s")
        assert job.stats["trigger_count"] == 1

    def test_ends_a_run_at_release_that_should_have_ended(self, cluster: RollupCluster) -> None:
        """Until then it is under way; one that is not due yet goes on."""
        job = cluster.add_job("sensor", runs=True, run_duration="5s")
        cluster.clock.advance("30s")
        with job.hold():
            cluster.clock.advance("4s")
        assert job.state == "indexing"
        with job.hold():
            cluster.clock.advance("10m")
            assert job.state == "indexing"
        assert job.state == "started"
        cluster.clock.advance("26s")  # to 11 min 0 s
        assert (job.state, job.stats["trigger_count"]) == ("indexing", 2)

    def test_can_be_stopped_in_a_run(self, cluster: RollupCluster) -> None:
        """The run no longer ends by itself; winding down does, after the release."""
        job = cluster.add_job("sensor", runs=True, run_duration="5s")
        cluster.clock.advance("30s")
        with job.hold():
            stop(cluster, "sensor")
            cluster.clock.advance("1h")
            assert job.state == "stopping"
        assert (job.state, job.stats["pages_processed"]) == ("stopped", 0)


class TestSettings:
    """What is settable, and what is refused."""

    def test_read_back_as_they_were_set(self, cluster: RollupCluster) -> None:
        """Durations too."""
        job = cluster.add_job("sensor", runs=True, run_duration="5s", run_documents=1000)
        assert (job.runs, job.run_duration, job.run_documents) == (True, "5s", 1000)

    def test_apply_from_the_next_run(self, cluster: RollupCluster) -> None:
        """The run under way ends when it was to."""
        job = cluster.add_job("sensor", runs=True, run_duration="5s")
        cluster.clock.advance("30s")
        job.run_duration = timedelta(seconds=10)
        cluster.clock.advance("5s")
        assert job.state == "started"
        cluster.clock.advance("34s")
        assert job.state == "indexing"

    def test_turn_runs_on_and_off(self, cluster: RollupCluster) -> None:
        """Turned on, the cron of the configuration is read; turned off, a run does not end."""
        job = cluster.add_job("sensor")
        job.run_duration = "5s"
        job.config["cron"] = "0 * * * * ?"
        job.runs = True
        cluster.clock.advance("1m")
        assert job.state == "indexing"
        job.runs = False
        cluster.clock.advance("1h")
        assert (job.state, job.stats["trigger_count"]) == ("indexing", 1)

    def test_let_a_job_begin_in_a_run(self, cluster: RollupCluster) -> None:
        """A job put into `indexing` is in a run without a tick; without a duration it stays there."""
        job = cluster.add_job("sensor", state="indexing", runs=True, run_duration="5s", run_documents=3)
        other = cluster.add_job("other", state="indexing", runs=True)
        cluster.clock.advance("5s")
        assert (job.state, job.stats["trigger_count"], job.stats["documents_processed"]) == ("started", 0, 3)
        assert other.state == "indexing"

    def test_end_with_the_job(self, cluster: RollupCluster) -> None:
        """A removed job counts no more; another one of its id starts anew."""
        job = cluster.add_job("sensor", runs=True)
        job.remove()
        other = cluster.add_job("sensor", runs=True)
        cluster.clock.advance("1m")
        assert (job.stats["trigger_count"], other.stats["trigger_count"]) == (0, 2)
        cluster.reset()
        cluster.clock.advance("1m")
        assert other.stats["trigger_count"] == 2

    @pytest.mark.parametrize(
        ("keywords", "error", "message"),
        [
            (
                {"runs": True, "config": {"cron": "00 14 * * *"}},
                ValueError,
                r"invalid cron expression \[00 14 \* \* \*\]",
            ),
            ({"runs": True, "config": {"cron": None}}, ValueError, r"invalid cron expression \[None\]"),
            ({"runs": "no"}, TypeError, "runs is True or False, not 'no'"),
            ({"run_duration": "5s"}, ValueError, "run_duration of a job whose .* would do nothing: add runs=True"),
            ({"run_documents": 1, "run_duration": 1}, ValueError, "run_duration and run_documents of a job whose"),
            ({"run_duration": -1}, ValueError, "run_duration must not be negative"),
            ({"run_duration": "soon"}, ValueError, "run_duration must be a whole number with one of the units"),
            ({"run_documents": -1}, ValueError, "run_documents must not be negative, but is -1"),
            ({"run_documents": 1.5}, TypeError, r"run_documents is a whole number, not 1.5 \(float\)"),
            ({"run_documents": True}, TypeError, r"run_documents is a whole number, not True \(bool\)"),
        ],
    )
    def test_that_are_none_are_refused(
        self, cluster: RollupCluster, keywords: dict[str, Any], error: type[Exception], message: str
    ) -> None:
        """The error says what is allowed, and there is no such job."""
        with pytest.raises(error, match=message):
            cluster.add_job("sensor", **keywords)
        assert not cluster.jobs

    def test_read_the_cron_when_they_are_turned_on(self, cluster: RollupCluster) -> None:
        """One that the test has made bad meanwhile is refused, and leaves it off."""
        job = cluster.add_job("sensor")
        job.config["cron"] = "never"
        with pytest.raises(ValueError, match=r"invalid cron expression \[never\]: six fields are needed"):
            job.runs = True
        assert not job.runs

    def test_are_keywords_of_the_jobs_argument(self) -> None:
        """The marker and the constructor take them too."""
        with RollupCluster(clock="manual", jobs={"sensor": {"runs": True, "run_documents": 10}}) as cluster:
            cluster.clock.advance("30s")
            assert cluster.jobs["sensor"].stats["documents_processed"] == 10
