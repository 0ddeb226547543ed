"""The life of jobs, and of those who wait for them: what time does, and what a test does.

Time is a number of milliseconds. There are no events: whatever could happen is tried at every instant at which
something could. What is said here of the tools of a test (`stop_delay`, `hold`, `runs`) is what their documentation
says.

Sources: RollupJobTask, AsyncTwoPhaseIndexer, TransportStopRollupAction (`awaitBusy`).
"""

from __future__ import annotations

from typing import Any

from pytest_rollup_fake import NEVER, polls
from tests.properties.facts import CRONS, FAULTS, STATS, TIMEOUTS, Answer, Fault, Line


class Job:
    """A job; `state` is that of its task, `None` if no node runs it."""

    def __init__(self, config: dict[str, Any], state: str, stop_delay: Any, *, runs: bool, run_ms: int) -> None:
        self.id: str = config["id"]
        self.config = config
        self.state: str | None = state
        self.saved = state
        self.stop_delay = stop_delay
        self.is_held = False
        self.period = CRONS[config["cron"]] if runs else None
        self.runs, self.run_ms = runs, run_ms
        self.stats = dict.fromkeys(STATS, 0)
        self.incarnation = 0  # of the task
        self.ends: int | None = None  # when the state ends by itself: a run, or winding down
        self.is_over = False  # the same, kept back by `hold`
        self.reads: int | None = None
        self.since = -1  # ticks later than this count

    @property
    def shown_in_python(self) -> str:
        """The state that a test reads: without a task, the one that it would be restored with."""
        return self.state or restored(self.saved)


def restored(saved: str) -> str:
    """Return what a task that is allocated anew begins with."""
    return "started" if saved in {"started", "indexing"} else "stopped"


class Waiter:
    """A stop that waits: its looks are those of Elasticsearch's loop, all of them, each a number of milliseconds."""

    def __init__(self, number: int, job: Job, started: int, given: str) -> None:
        self.number, self.job, self.given = number, job, given
        self.incarnation = job.incarnation
        timeout = TIMEOUTS[given]
        self.deadline = started + timeout
        self.looks = []
        total, step = 0, 1
        while total + step < timeout:
            self.looks.append(started + total)
            total, step = total + step, min(1000, step * 2)
        self.looks.append(self.deadline)
        self.fault: Fault | None = None
        self.answer: Answer | None = None
        self.answered_at = -1


class Life(Line):
    """The jobs of a cluster. `acts_release` says that waiting requests look when an act of the test ends."""

    def __init__(self, line: str, *, acts_release: bool) -> None:
        super().__init__(line)
        self.acts_release = acts_release
        self.now = 0
        self.jobs: dict[str, Job] = {}
        self.remembered: dict[str, dict[str, dict[str, Any]]] = {}  # by rollup index and job
        self.waiters: list[Waiter] = []
        self.faults: list[Fault] = []
        self._ticked = 0  # seconds

    # --- what the test does -------------------------------------------------------------------------------------

    def add_job(self, config: dict[str, Any], state: str, stop_delay: Any, *, runs: bool, run_ms: int) -> None:
        """Let a job be there."""
        self.catch_up()
        job = self.jobs[config["id"]] = Job(config, state, stop_delay, runs=runs, run_ms=run_ms)
        self.remembered.setdefault(config["rollup_index"], {})[job.id] = config
        self._begin(job)
        self.act_is_over()

    def remove(self, id_: str) -> None:
        """Let a job vanish."""
        self.catch_up()
        self._remove(id_)
        self.act_is_over()

    def set_state(self, id_: str, state: str) -> None:
        """Put a job into a state."""
        self.catch_up()
        job = self.jobs[id_]
        job.saved = state
        if job.state is not None and job.state != state:
            self._enter(job, state)
            self._begin(job)
        self.act_is_over()

    def hold(self, id_: str) -> None:
        """Keep time from changing a job."""
        self.catch_up()
        self.jobs[id_].is_held = True
        self.act_is_over()

    def release(self, id_: str) -> None:
        """Let what fell due happen now; ticks are lost."""
        self.catch_up()
        job = self.jobs[id_]
        job.is_held = False
        if job.is_over:
            self._finish(job)
        job.since = self.now
        self.act_is_over()

    def unassign(self, id_: str) -> None:
        """Let no node run a job's task."""
        self.catch_up()
        job = self.jobs[id_]
        if job.state is not None:
            self._enter(job, "aborting")
            job.state = None
            job.incarnation += 1
        self.act_is_over()

    def assign(self, id_: str) -> None:
        """Let a node run a job's task again."""
        self.catch_up()
        job = self.jobs[id_]
        if job.state is None:
            job.saved = restored(job.saved)
            self._enter(job, job.saved)
            job.stats = dict.fromkeys(job.stats, 0)
        self.act_is_over()

    def set_stop_delay(self, id_: str, stop_delay: Any) -> None:
        """Change how long the next stop takes."""
        self.catch_up()
        self.jobs[id_].stop_delay = stop_delay
        self.act_is_over()

    def advance(self, milliseconds: int) -> list[Waiter]:
        """Let time pass; return the waiting stops that this has answered, in the order of their answers."""
        waiting = self.pending()
        self._pass(self.now + milliseconds)
        self.act_is_over()
        answered = [waiter for waiter in waiting if waiter.answer]
        return sorted(answered, key=lambda waiter: (waiter.answered_at, waiter.number))

    def pending(self) -> list[Waiter]:
        """Return the stops that wait."""
        return [waiter for waiter in self.waiters if waiter.answer is None]

    # --- what happens by itself ---------------------------------------------------------------------------------

    def catch_up(self) -> None:
        """Let happen what is due at this instant."""
        self._pass(self.now)

    def _pass(self, end: int) -> None:
        """Stop at every instant at which something could happen; first come the jobs, then the looks."""
        while (instant := self._next_instant()) is not None and instant <= end:
            self.now = max(self.now, instant)
            for job in self.jobs.values():
                if job.ends is not None and job.ends <= self.now:
                    job.ends = None
                    job.is_over = True
                    if not job.is_held:
                        self._finish(job)
            if self.now >= (self._ticked + 1) * 1000:
                self._ticked += 1
                for job in self.jobs.values():
                    self._tick(job)
            if all(job.ends is None or job.ends > self.now for job in self.jobs.values()):
                for waiter in self.pending():
                    self._look(waiter)
        self.now = end

    def _next_instant(self) -> int | None:
        instants = [job.ends for job in self.jobs.values() if job.ends is not None]
        instants += [waiter.looks[0] for waiter in self.pending()]
        if any(job.period for job in self.jobs.values()):
            instants.append((self._ticked + 1) * 1000)
        else:
            self._ticked = self.now // 1000
        return min(instants, default=None)

    def _tick(self, job: Job) -> None:
        at = self._ticked * 1000
        if job.period is None or self._ticked % job.period or job.state != "started" or job.is_held or at <= job.since:
            return
        job.stats["trigger_count"] += 1
        if job.run_ms:
            self._enter(job, "indexing")
            job.ends = self.now + job.run_ms
        else:
            self._count_run(job)
            job.saved = "started"

    def _finish(self, job: Job) -> None:
        """End a run, or winding down."""
        if job.state == "indexing":
            self._count_run(job)
            self._enter(job, "started")
            job.since = self.now - 1  # a tick at this very instant counts
        else:
            self._enter(job, "stopped")
        job.saved = job.shown_in_python

    def _count_run(self, job: Job) -> None:
        """Count a run that found no documents: one page was searched, and it was empty."""
        for name in ("pages_processed", "search_total", "processing_total"):
            job.stats[name] += 1
        job.stats["processing_time_in_ms"] += job.run_ms // 2
        job.stats["search_time_in_ms"] += job.run_ms - job.run_ms // 2

    def _enter(self, job: Job, state: str) -> None:
        job.state = state
        job.ends, job.is_over, job.reads = None, False, None
        job.since = self.now

    def _begin(self, job: Job) -> None:
        """Let a state that the test has given to a job end as it would."""
        if job.state == "indexing" and job.runs and job.run_ms:
            job.ends = self.now + job.run_ms
        elif job.state == "stopping" and job.stop_delay != 0:
            self._wind_down(job)
        job.since = self.now

    def _wind_down(self, job: Job) -> None:
        if isinstance(job.stop_delay, int):
            job.ends = self.now + job.stop_delay
        elif job.stop_delay is not NEVER:
            job.reads = next(count for count in range(1, 10) if polls(count) == job.stop_delay)

    def _remove(self, id_: str) -> None:
        job = self.jobs.pop(id_)
        job.state = None
        job.incarnation += 1

    def act_is_over(self) -> None:
        """Let those who wait look at what an act of the test has changed."""
        self.catch_up()
        if self.acts_release:
            for waiter in self.pending():
                self._answer(waiter, is_last=self.now >= waiter.deadline)

    def _look(self, waiter: Waiter) -> None:
        while waiter.answer is None and waiter.looks and waiter.looks[0] <= self.now:
            is_last = waiter.looks.pop(0) == waiter.deadline and not waiter.looks
            self._answer(waiter, is_last=is_last)

    def _answer(self, waiter: Waiter, *, is_last: bool) -> None:
        state = waiter.job.state if waiter.job.incarnation == waiter.incarnation else "aborting"
        assert state is not None
        if state == "stopped":
            waiter.answer = 200, {"stopped": True}
        elif is_last:
            waiter.answer = self.timed_out(waiter.job.id, waiter.given, state)
        if waiter.answer is not None and waiter.fault is not None:
            waiter.answer = FAULTS[waiter.fault.name]
        waiter.answered_at = self.now

    def _stop(self, job: Job) -> None:
        takes_time = job.is_held or not isinstance(job.stop_delay, int) or job.stop_delay > 0
        if job.state == "indexing" or (job.state == "started" and takes_time):
            self._enter(job, "stopping")
            job.saved = "stopped"
            self._wind_down(job)
        elif job.state == "started":
            self._enter(job, "stopped")  # and nothing is saved
        elif job.state == "stopping":
            job.saved = "stopped"
