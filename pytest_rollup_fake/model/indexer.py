"""What a job's indexer does by itself: it runs when its cron ticks.

The rules of this file:

* Fake time starts at `EPOCH`, on every clock, so the ticks of a manual clock are the same in every run of a test.
* A tick finds the job `started` and makes it `indexing`; `run_duration` later the run is over, its stats are counted
  and the job is `started` again. At one instant a run ends before a tick comes, so runs may follow each other closely.
  A run of no duration is over at its tick: nobody ever sees `indexing`.
* A tick that finds the job in any other state is lost and not counted; so is one at the very instant at which the job
  is started. A run that is stopped counts as a trigger only; how it winds down is the task's business.
* While the test holds the job there are no ticks, and a run does not end; one that should have ended does at release.
* A job put into `indexing` by the test is in a run that begins there and then, which ends if runs have a duration.
* Runs are counted, not walked: of those that begin and end before anything else can happen, all are done in one step,
  which leaves one line of history.

Source: AsyncTwoPhaseIndexer (`maybeTriggerAsyncJob`, `onSearchResponse`, `finishAndSetState`) and RollupJobTask.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .cron import DAY, Cron
from .durations import MILLISECOND, SECOND, format_duration
from .states import COMMON, JobEvent, JobState
from .timeline import Rank, Recurring

if TYPE_CHECKING:
    from .jobs import Task

EPOCH: Final = 1_577_836_800
"""What a wall clock shows when fake time is 0: 2020-01-01T00:00:00Z, in seconds since 1970."""


def wall_clock(instant: int) -> int:
    """Return what a wall clock shows at an instant of fake time, in milliseconds since 1970."""
    return EPOCH * 1000 + instant // MILLISECOND


DOCUMENTS_PER_ROLLUP: Final = 10
"""How many documents of a run end up in one rollup; the last one may have fewer."""


def stats_of_run(documents: int, page_size: object, milliseconds: int) -> dict[str, int]:
    """Return what one run adds to a job's stats, its trigger aside.

    Ten documents make a rollup, `page_size` rollups a page, which is searched for, processed and indexed by one bulk
    request; a last page is empty and tells the indexer that it is done (`onSearchResponse`). Searching, processing and
    indexing take the same time; where there is nothing to index, the first two do.
    """
    rollups = -(-documents // DOCUMENTS_PER_ROLLUP)
    size = page_size if isinstance(page_size, int) and page_size > 0 else max(rollups, 1)
    bulks = -(-rollups // size)
    share = milliseconds // (3 if bulks else 2)
    index_time = share if bulks else 0
    return {
        "pages_processed": bulks + 1,
        "documents_processed": documents,
        "rollups_indexed": rollups,
        "index_time_in_ms": index_time,
        "index_total": bulks,
        "search_time_in_ms": milliseconds - index_time - share,
        "search_total": bulks + 1,
        "processing_time_in_ms": share,
        "processing_total": bulks + 1,
    }


class Series:
    """Runs that follow each other: each begins with the first tick `spacing` seconds or more after the last began."""

    def __init__(self, cron: Cron, spacing: int) -> None:
        self.spacing = spacing
        self._cron = cron
        self._whole_days: dict[int, tuple[int, int]] = {}

    def count(self, first: int, last: int) -> tuple[int, int]:
        """Return how many runs begin from the tick `first` up to `last`, and when the latest one does."""
        runs, latest, free = 0, first, first
        last_day, last_second = divmod(last, DAY)
        for day in self._cron.days_from(first // DAY):
            if day > last_day:
                break
            begin = max(free - day * DAY, 0)
            more, second = self._whole_day(begin) if day < last_day else self._in_day(begin, last_second + 1)
            if more:
                runs, latest = runs + more, day * DAY + second
                free = latest + self.spacing
        return runs, latest

    def _whole_day(self, begin: int) -> tuple[int, int]:
        """Return what `_in_day` does to a day's end; days are alike, so it is found once."""
        if begin not in self._whole_days:
            self._whole_days[begin] = self._in_day(begin, DAY)
        return self._whole_days[begin]

    def _in_day(self, begin: int, end: int) -> tuple[int, int]:
        """Return how many runs begin in a part of a day, `end` excluded, and at which second the latest one does."""
        cron, number, numbers = self._cron, self._cron.times_before(begin), self._cron.times_before(end)
        if number >= numbers:
            return 0, 0
        if self.spacing == 1:
            return numbers - number, cron.time(numbers - 1)
        runs = second = 0
        while number < numbers:
            runs, second = runs + 1, cron.time(number)
            number = cron.times_before(second + self.spacing)
        return runs, second


class Indexer(Recurring):
    """The indexer of a task that runs by itself; what is due is the next tick, or the end of the run under way."""

    rank = Rank.CLUSTER

    def __init__(self, task: Task, cron: Cron) -> None:
        self.due_at: int | None = None
        self._task = task
        self._cron = cron
        self.run_is_over = False
        self._series = Series(cron, 1)

    def plan(self) -> None:
        """Plan what comes next in the state that the task has now."""
        self.due_at = None
        self.run_is_over = False
        job = self._task.job
        match self._task.state:
            case JobState.INDEXING if (length := job.run_nanoseconds) > 0:
                job.timeline.schedule(self, job.timeline.now + length)
            case JobState.STARTED:
                self._await_tick(after=job.timeline.now // SECOND)

    def fire(self) -> None:
        """Let the run end or the cron tick, unless the test holds the job."""
        job = self._task.job
        if self._task.state is JobState.INDEXING:
            self.run_is_over = True
            if not job.is_held:
                self._end_run()
                self._await_tick(after=-(-job.timeline.now // SECOND) - 1)  # perhaps at this same instant
        elif not job.is_held:
            self._tick()

    def released(self) -> None:
        """Go on after a hold: a run that should have ended ends, ticks that came meanwhile are lost."""
        if self.run_is_over:
            self._end_run()
        elif self._task.state is JobState.STARTED:
            self.plan()

    def _await_tick(self, *, after: int) -> None:
        """Let the first tick come that is later than a second of fake time."""
        tick = self._cron.next_after(EPOCH + after)
        if tick is not None:
            self._task.job.timeline.schedule(self, (tick - EPOCH) * SECOND)

    def _tick(self) -> None:
        """Begin a run, or do all those that are over before anything else can happen."""
        job = self._task.job
        runs, latest = self._whole_runs()
        if runs > 1 or job.run_nanoseconds == 0:
            self._complete(runs, latest)
        else:
            job.stats["trigger_count"] += 1
            self._task.apply(JobEvent.TRIGGER, COMMON, "cron tick")

    def _whole_runs(self) -> tuple[int, int]:
        """Return how many runs from this tick on end before anything else happens, and the latest one's tick."""
        job = self._task.job
        now, length = job.timeline.now, job.run_nanoseconds
        last = (max(job.timeline.quiet_until(), now + 1) - 1 - length) // SECOND
        spacing = max(-(-length // SECOND), 1)
        if spacing != self._series.spacing:
            self._series = Series(self._cron, spacing)
        runs, latest = self._series.count(EPOCH + now // SECOND, EPOCH + last)
        return runs, latest - EPOCH

    def _complete(self, runs: int, latest: int) -> None:
        """Do runs of which nobody sees anything but what they leave."""
        job = self._task.job
        since = format_duration(job.timeline.now)
        job.stats["trigger_count"] += runs
        self._count(runs)
        job.persisted = JobState.STARTED
        why = "a run that took no time" if runs == 1 else f"{runs:,} runs since {since}"
        job.record(JobState.STARTED, why, at=latest * SECOND + job.run_nanoseconds)
        self._await_tick(after=latest + self._series.spacing - 1)

    def _end_run(self) -> None:
        self._count(1)
        self._task.apply(JobEvent.FINISH, COMMON, "run ended")

    def _count(self, runs: int) -> None:
        """Add the stats of so many runs."""
        job = self._task.job
        milliseconds = job.run_nanoseconds // MILLISECOND
        for name, amount in stats_of_run(job.run_documents, job.config.get("page_size"), milliseconds).items():
            job.stats[name] += runs * amount
