"""The life of jobs, and of those who wait for them: what time does, and what a test does.

Time is a number of milliseconds. Whatever could happen is tried at every instant at which something could: first the
jobs and the calls of a test, then delays and faults, then the looks of those who wait. What is said here of the tools
of a test (`stop_delay`, `hold`, `runs`, `call_later`) is what their documentation says.

Sources: RollupJobTask, AsyncTwoPhaseIndexer, TransportStopRollupAction (`awaitBusy`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator
from functools import partial
from typing import Any, NamedTuple

from pytest_rollup_fake import NEVER, polls
from tests.properties.facts import CRONS, STATS, TIMEOUTS, Answer, Line


class Due(NamedTuple):
    """When something happens by itself; at one instant comes first what was planned first."""

    instant: int
    number: int


class Act(NamedTuple):
    """What a test does to a job if there is one of this id; the method of `Life` is called so."""

    name: str
    id: str
    arguments: tuple[Any, ...] = ()


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
        self.ends: Due | None = None  # when the state ends by itself: a run, or winding down
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
    """Who waits for a job to stop: the looks are those of Elasticsearch's loop, all of them, each in milliseconds."""

    def __init__(self, job: Job, started: int, given: str) -> None:
        self.job, self.given = job, given
        self.incarnation = job.incarnation
        timeout = TIMEOUTS[given]
        self.deadline = started + timeout
        self.looks = []
        total, step = 0, 1
        while total + step < timeout:
            self.looks.append(started + total)
            total, step = total + step, min(1000, step * 2)
        self.looks.append(self.deadline)


Wait = tuple[Due | None, Waiter | None]
Steps = Generator[Wait, Answer | None, Answer]


class Way:
    """A request on its way: it goes on when what it waits for has an answer, and in any case when it is `due`."""

    def __init__(self, number: int, received: int) -> None:
        self.number, self.received = number, received
        self.due: Due | None = None
        self.waiter: Waiter | None = None
        self.answer: Answer | None = None
        self.answered_at = -1
        self.seen: list[tuple[Job, int]] = []  # the tasks that its client gets to see, if the answer arrives
        self.effect: str | None = "skipped"  # `None` if it was refused before it could have one
        self.fault = ""  # that has struck
        self.slowly = 0  # the milliseconds that the answer takes to arrive
        self.steps: Steps


class Life(Line):
    """The jobs of a cluster. `acts_release` says that waiting requests look when an act of the test ends."""

    def __init__(self, line: str, *, acts_release: bool) -> None:
        super().__init__(line)
        self.acts_release = acts_release
        self.now = 0
        self.jobs: dict[str, Job] = {}
        self.remembered: dict[str, dict[str, dict[str, Any]]] = {}  # by rollup index and job
        self.ways: list[Way] = []  # of the requests that have no answer yet
        self.calls: list[tuple[Due, Act]] = []  # those to come
        self.called: list[tuple[int, Act]] = []  # those of the test that were made, and when
        self._answered: list[Way] = []  # and not yet handed out
        self._ticked = 0  # seconds
        self._plans = itertools.count()
        self._stands = False  # time, for a call

    # --- what the test does -------------------------------------------------------------------------------------

    def add_job(self, config: dict[str, Any], state: str, stop_delay: Any, *, runs: bool, run_ms: int) -> None:
        """Let a job be there."""
        self.catch_up()
        job = self.jobs[config["id"]] = Job(config, state, stop_delay, runs=runs, run_ms=run_ms)
        self.remembered.setdefault(config["rollup_index"], {})[job.id] = config
        self.place(job)
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
            self._assign(job)
        self.act_is_over()

    def _assign(self, job: Job) -> None:
        job.saved = restored(job.saved)
        self._enter(job, job.saved)
        job.stats = dict.fromkeys(job.stats, 0)
        self.place(job)

    def place(self, job: Job) -> None:
        """Let a node run a job's task: here there is one only."""

    def set_stop_delay(self, id_: str, stop_delay: Any) -> None:
        """Change how long the next stop takes."""
        self.catch_up()
        self.jobs[id_].stop_delay = stop_delay
        self.act_is_over()

    def call_later(self, milliseconds: int, act: Act) -> None:
        """Let the test do something once so much time has passed."""
        self.catch_up()
        self.calls.append((self.at(self.now + milliseconds), act))
        self.act_is_over()

    def advance(self, milliseconds: int) -> list[Way]:
        """Let time pass; return the requests that this has answered, in the order of their answers."""
        self._pass(self.now + milliseconds)
        return self.act_is_over()

    def act_is_over(self) -> list[Way]:
        """Let those who wait look at what an act of the test has changed; return those that are answered."""
        self.catch_up()
        self._look_now()
        return self.hand_out()

    # --- what happens by itself ---------------------------------------------------------------------------------

    def at(self, instant: int) -> Due:
        """Plan for an instant."""
        return Due(instant, next(self._plans))

    def catch_up(self) -> None:
        """Let happen what is due at this instant."""
        if not self._stands:
            self._pass(self.now)

    def call(self, act: Act) -> None:
        """Do what a test does in a call that the clock makes: time stands, and nobody looks."""
        self.called.append((self.now, act))
        self._stands = True
        if act.id in self.jobs:
            getattr(self, act.name)(act.id, *act.arguments)
        self._stands = False

    def _pass(self, end: int) -> None:
        """Stop at every instant at which something could happen, and let it: one thing at a time, in their order."""
        calls = len(self.called)
        while (instant := self._next_instant()) is not None and instant <= end:
            self.now = max(self.now, instant)
            if not self._happens() and not self._goes_on():
                self._looks()
        self.now = end
        if len(self.called) > calls:
            self._look_now()

    def _next_instant(self) -> int | None:
        instants = self.events()
        instants += [way.waiter.looks[0] for way in self.ways if way.waiter]
        if any(job.period for job in self.jobs.values()):
            instants.append((self._ticked + 1) * 1000)
        else:
            self._ticked = self.now // 1000
        return min(instants, default=None)

    def events(self) -> list[int]:
        """Return the instants at which something happens, but for ticks and looks."""
        return [due.instant for due, _ in self._cluster()] + [way.due.instant for way in self.ways if way.due]

    def _cluster(self) -> list[tuple[Due, Callable[[], None]]]:
        """Return what the cluster, and the test, will do by itself, but for the ticks."""
        ends: list[tuple[Due, Callable[[], None]]] = [
            (job.ends, partial(self._end, job)) for job in self.jobs.values() if job.ends
        ]
        return [*ends, *((call[0], partial(self._call, call)) for call in self.calls)]

    def _happens(self) -> bool:
        due = [each for each in self._cluster() if each[0].instant <= self.now]
        if due:
            min(due, key=lambda each: each[0])[1]()
        elif self.now >= (self._ticked + 1) * 1000:
            self._ticked += 1
            for job in self.jobs.values():
                self._tick(job)
        else:
            return False
        return True

    def _end(self, job: Job) -> None:
        job.ends, job.is_over = None, True
        if not job.is_held:
            self._finish(job)

    def _call(self, call: tuple[Due, Act]) -> None:
        self.calls.remove(call)
        self.call(call[1])

    def _goes_on(self) -> bool:
        due = [(way.due, way) for way in self.ways if way.due and way.due.instant <= self.now]
        if due:
            self.step(min(due, key=lambda each: each[0])[1])
        return bool(due)

    def _looks(self) -> None:
        """Let the first look at the job whose next look is due."""
        way, waiter = next((way, way.waiter) for way in self.ways if way.waiter and way.waiter.looks[0] <= self.now)
        is_last = waiter.looks.pop(0) == waiter.deadline and not waiter.looks
        self._look(way, waiter, is_last=is_last)

    def _look_now(self) -> None:
        """Let all look, whether or not their loops would."""
        if not self._stands and self.acts_release:
            for way in list(self.ways):
                if way.waiter:
                    self._look(way, way.waiter, is_last=self.now >= way.waiter.deadline)
            self._pass(self.now)

    def _look(self, way: Way, waiter: Waiter, *, is_last: bool) -> None:
        state = waiter.job.state if waiter.job.incarnation == waiter.incarnation else "aborting"
        assert state is not None
        if state == "stopped":
            self.step(way, (200, {"stopped": True}))
        elif is_last:
            self.step(way, self.timed_out(waiter.job.id, waiter.given, state))

    def step(self, way: Way, answer: Answer | None = None) -> None:
        """Let a request go on; what it waited for has perhaps an answer."""
        try:
            way.due, way.waiter = way.steps.send(answer)
        except StopIteration as end:
            way.due, way.waiter, way.answer, way.answered_at = None, None, end.value, self.now
            self.ways.remove(way)
            self._answered.append(way)

    def hand_out(self) -> list[Way]:
        """Let answers arrive, in their order; reads count only now."""
        if self._stands:
            return []
        answered = sorted(self._answered, key=lambda way: (way.answered_at, way.number))
        self._answered = []
        for way in answered:
            for job, incarnation in way.seen:
                if job.incarnation == incarnation and job.reads is not None:
                    job.reads -= 1
                    if job.reads == 0:
                        job.reads, job.ends = None, self.at(self.now)
        return answered

    def _tick(self, job: Job) -> None:
        at = self._ticked * 1000
        if job.period is None or self._ticked % job.period or job.state != "started" or job.is_held or at <= job.since:
            return
        job.stats["trigger_count"] += 1
        if job.run_ms:
            self._enter(job, "indexing")
            job.ends = self.at(self.now + job.run_ms)
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
            job.ends = self.at(self.now + job.run_ms)
        elif job.state == "stopping" and job.stop_delay != 0:
            self._wind_down(job)
        job.since = self.now

    def _wind_down(self, job: Job) -> None:
        if isinstance(job.stop_delay, int):
            job.ends = self.at(self.now + job.stop_delay)
        elif job.stop_delay is not NEVER:
            job.reads = next(count for count in range(1, 10) if polls(count) == job.stop_delay)

    def _remove(self, id_: str) -> None:
        job = self.jobs.pop(id_)
        job.state = None
        job.incarnation += 1

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
