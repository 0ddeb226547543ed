"""An indexer that runs by itself, in the model alone: runs that are counted are those that walking would do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rollup_fake.model.cron import DAY, Cron
from pytest_rollup_fake.model.durations import SECOND, to_seconds
from pytest_rollup_fake.model.indexer import EPOCH, Series, stats_of_run
from pytest_rollup_fake.model.states import COMMON, JobEvent, JobState
from pytest_rollup_fake.model.timeline import Call, ClockMode, Timeline
from pytest_rollup_fake.model.world import World

if TYPE_CHECKING:
    from pytest_rollup_fake.model.jobs import RollupJob

CRONS = ["* * * * * ?", "*/7 * * * * ?", "0,1,2,50 * * * * ?", "*/30 * * * * ?", "10-5/4 * * * * ?", "0 */2 * * * ?"]
DURATIONS = [0, 0.2, 1, 1.5, 2, 7, 30, 31, 59.5, 60, 100, 250]


class Bench:
    """A cluster without a server, whose time the test moves."""

    def __init__(self) -> None:
        self.timeline = Timeline(ClockMode.MANUAL, lambda: 0)
        self.world = World(self.timeline)

    def add_job(self, id_: str = "sensor", *, cron: str = "*/30 * * * * ?", **keywords: Any) -> RollupJob:
        """Add a job that runs by itself."""
        config = {"cron": cron, "page_size": 10}
        settings = {"state": "started", "stop_delay": 0, "stats": None, "runs": True, **keywords}
        return self.world.add_job(id_, config=config, **settings)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.advance_to(self.timeline.now + round(seconds * SECOND))

    def advance_to(self, instant: int) -> None:
        """Let time pass up to an instant, and make the calls that fall due."""
        while (call := self.timeline.step(instant)) is not None:
            call.fire()


def walk(cron: str, duration: float, until: int) -> tuple[int, int]:
    """Return how many runs begin, and how many of them end, in so many seconds: tick by tick."""
    ticks, begun, ended, free = Cron(cron), 0, 0, 0.0
    for second in range(1, until + 1):
        if ticks.count(EPOCH + second - 1, EPOCH + second) and second >= free:
            free = second + duration
            begun += 1
            ended += free <= until
    return begun, ended


class TestStatsOfARun:
    """What one run adds."""

    def test_counts_documents_rollups_and_pages(self) -> None:
        """Ten documents make a rollup; after the pages with rollups comes an empty one."""
        assert stats_of_run(1001, 10, 100) == {
            "pages_processed": 12,
            "documents_processed": 1001,
            "rollups_indexed": 101,
            "index_time_in_ms": 33,
            "index_total": 11,
            "search_time_in_ms": 34,
            "search_total": 12,
            "processing_time_in_ms": 33,
            "processing_total": 12,
        }

    def test_without_documents_has_one_empty_page(self) -> None:
        """Nothing is written, and writing takes no time."""
        stats = stats_of_run(0, 1000, 101)
        assert [name for name, amount in stats.items() if amount == 0] == [
            "documents_processed",
            "rollups_indexed",
            "index_time_in_ms",
            "index_total",
        ]
        assert (stats["pages_processed"], stats["search_time_in_ms"], stats["processing_time_in_ms"]) == (1, 51, 50)

    @pytest.mark.parametrize("page_size", [None, 0, "ten"])
    def test_has_one_page_of_rollups_where_the_page_size_is_none(self, page_size: object) -> None:
        """A configuration from Python may hold anything."""
        assert stats_of_run(5000, page_size, 0)["pages_processed"] == 2


class TestSeries:
    """Counting runs over days."""

    @pytest.mark.parametrize("spacing", [1, 2, 7, 997, 3600, 50_000, DAY, DAY + 1, 3 * DAY])
    @pytest.mark.parametrize(
        "cron", ["0 */20 * * * ?", "0 0 1,2,23 ? * MON,TUE", "30 59 23 L * ?", "0 0 */8 5 2 ? 2020"]
    )
    def test_agrees_with_one_tick_after_the_other(self, cron: str, spacing: int) -> None:
        """Over midnight, days without ticks and the ends of months."""
        ticks, until = Cron(cron), EPOCH + 70 * DAY + 12_345
        first = ticks.next_after(EPOCH)
        assert first is not None
        runs, tick, latest = 0, first, first
        while tick <= until:
            runs, latest = runs + 1, tick
            tick = ticks.next_after(tick + spacing - 1) or until + 1
        assert Series(ticks, spacing).count(first, until) == (runs, latest)


class TestMoves:
    """One move of any length against many short ones."""

    @given(st.sampled_from(CRONS), st.sampled_from(DURATIONS), st.integers(0, 1500))
    def test_does_the_runs_that_walking_does(self, cron: str, duration: float, until: int) -> None:
        """Ticks that fall into a run are lost, one at its very end begins the next."""
        bench = Bench()
        job = bench.add_job(cron=cron, run_duration=duration, run_documents=10)
        bench.advance(until)
        assert (job.stats["trigger_count"], job.stats["rollups_indexed"]) == walk(cron, duration, until)

    @given(
        st.sampled_from(CRONS),
        st.sampled_from(DURATIONS),
        st.lists(st.integers(0, 400 * SECOND), max_size=20),
        st.lists(st.tuples(st.integers(0, 400), st.sampled_from(["stop", "start", "hold", "release", "look"]))),
    )
    def test_is_the_same_in_one_step_and_in_many(
        self, cron: str, duration: float, cuts: list[int], acts: list[tuple[int, str]]
    ) -> None:
        """Whoever does not look changes nothing, wherever the test or a request acts meanwhile."""
        ends = []
        for instants in ([], sorted(cuts)):
            bench = Bench()
            job = bench.add_job(cron=cron, run_duration=duration, run_documents=10, stop_delay=3)
            for second, act in acts:
                bench.timeline.schedule(Call(self.do, (bench, job, act)), second * SECOND)
            for instant in [*instants, 400 * SECOND]:
                bench.advance_to(instant)
            assert job.task is not None
            assert [change.when for change in job.history] == sorted(change.when for change in job.history)
            ends.append((job.state, job.persisted, job.stats, bench.timeline.next_instant()))
        assert ends[0] == ends[1]

    @staticmethod
    def do(bench: Bench, job: RollupJob, act: str) -> None:
        """Do something to a job."""
        match act:
            case "stop":
                job.apply(JobEvent.STOP, COMMON, act)
            case "start" if job.state is JobState.STOPPED:
                job.apply(JobEvent.START, COMMON, act)
            case "hold":
                job.hold()
            case "release":
                job.release()
            case _:
                assert bench.world.jobs["sensor"] is job

    @pytest.mark.parametrize("duration", [0, 0.9, 1, 7, 5000, 2 * DAY])
    def test_of_ten_years_take_no_time(self, duration: float) -> None:
        """Several jobs with a tick a second do not break each other's quiet time up."""
        bench = Bench()
        jobs = [bench.add_job(id_, cron="* * * * * ?", run_duration=duration) for id_ in ("first", "second")]
        bench.advance(3650 * DAY)
        for job in jobs:
            assert job.stats["trigger_count"] == 1 + (3650 * DAY - 1) // max(duration, 1)
            assert len(job.history) <= 4

    def test_leave_one_line_of_history_for_runs_nobody_could_see(self) -> None:
        """A single run is told by its states; the last instant of a move is seen."""
        bench = Bench()
        job = bench.add_job(run_duration=5)
        bench.advance(40)
        bench.advance(86400)
        assert [(change.when, change.state, change.why) for change in job.history] == [
            (0, "started", "added by the test"),
            (30, "indexing", "cron tick"),
            (35, "started", "run ended"),
            (86435, "started", "2,880 runs since 60.000 s"),
        ]

    def test_are_nothing_to_wait_for(self) -> None:
        """Whoever skips to what decides something may leave the ticks out; they are done on the way."""
        bench = Bench()
        job = bench.add_job(cron="* * * * * ?")
        assert bench.timeline.next_instant() == SECOND
        assert bench.timeline.next_instant(recurring=False) is None
        bench.timeline.schedule(Call(list, ()), 90 * SECOND)
        assert bench.timeline.next_instant(recurring=False) == 90 * SECOND
        bench.advance(90)
        assert job.stats["trigger_count"] == 90

    def test_stop_short_of_what_else_happens(self) -> None:
        """A call of the user's sees the job of its own instant: a run under way, and the runs before it done."""
        bench, seen = Bench(), list[tuple[float, str, int]]()
        job = bench.add_job(cron="* * * * * ?", run_duration=0.75)

        def look() -> None:
            seen.append((to_seconds(bench.timeline.now), job.state, job.stats["trigger_count"]))

        for instant in (10.0, 20.5, 30.75):
            bench.timeline.schedule(Call(look, ()), round(instant * SECOND))
        bench.advance(60)
        assert seen == [(10.0, "started", 9), (20.5, "indexing", 20), (30.75, "indexing", 30)]
        assert job.stats["trigger_count"] == 60
