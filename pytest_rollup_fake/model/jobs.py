"""Rollup jobs: the persistent task, and the live task that some node runs.

A `RollupJob` is what the cluster state knows: an id, a configuration, the persisted state. Its `Task` is what lives on
a node: the indexer's state and its stats. Start and stop reach the live task only; a job without one cannot be found.

Time and tests reach a job through this file; how its state changes is decided by the tables in `states`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .choices import check_flag
from .cron import Cron
from .durations import Duration, to_nanoseconds, to_seconds
from .indexer import Indexer
from .states import COMMON, RESTORED, JobEvent, JobState, Table, Transition
from .timeline import Rank, Timeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .journal import RecordedRequest
    from .nodes import Node, Reassignment
    from .waiting import Wait

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given


class Never:
    """The type of `NEVER`."""

    def __repr__(self) -> str:
        """Return the name under which it is imported."""
        return "NEVER"


NEVER: Final = Never()
"""A `stop_delay`: the job never stops by itself."""


@dataclass(frozen=True, slots=True)
class Polls:
    """A `stop_delay` that is counted in reads; see `polls`."""

    count: int

    def __repr__(self) -> str:
        """Return the call that made it."""
        return f"polls({self.count})"


def polls(count: int) -> Polls:
    """Return a `stop_delay`: the next `count` answered reads of the job show `stopping`, then it is stopped.

    Reads are answers to clients over HTTP that list the job. What a waiting stop looks at, reads that a fault kept
    from the client and attributes read in Python do not count; of reads side by side each shows what was so when it was
    received. Raises `TypeError` for anything but a whole number and
    `ValueError` for one below 1.
    """
    if isinstance(count, bool) or not isinstance(count, int):
        message = f"polls() takes a whole number of reads, not {count!r} ({type(count).__name__})"
        raise TypeError(message)
    if count < 1:
        message = f"polls() takes at least 1 read, not {count}; a job that stops at once has stop_delay=0"
        raise ValueError(message)
    return Polls(count)


StopDelay = Duration | Polls | Never
"""How long a job takes to wind down: a duration, `polls(n)` or `NEVER`."""

ADDED: Final = "added by the test"
"""Why a job of `add_job` has its first state."""


class Change(NamedTuple):
    """One line of a job's history: `number` is shared with the journal's requests, `when` is fake seconds."""

    number: int
    when: float
    state: JobState
    why: str


class Task:
    """What a node runs: the indexer's state, and when it will have wound down."""

    rank = Rank.CLUSTER

    def __init__(self, job: RollupJob, state: JobState, node: Node) -> None:
        self.job = job
        self.node = node
        node.tasks += 1
        self.id = next(job.task_ids)
        self.started_at = job.timeline.now
        self.state = state
        self.due_at: int | None = None
        self.reads_left: int | None = None
        self.waits: list[Wait] = []
        self.indexer: Indexer | None = None
        self.has_lost_node = False
        self.is_overdue = False

    def apply(self, event: JobEvent, table: Table, why: str) -> Transition:
        """Let an event happen and return what it did; a pair that the table does not list is an error of ours."""
        before = self.state
        if event is JobEvent.STOP and before is JobState.STARTED and self.job.is_busy_when_stopped:
            before = JobState.INDEXING  # a stop that takes time is one that found the indexer at work
        transition = table[before, event]
        if transition.persists is not None:
            self.job.persisted = transition.persists
        self.enter(transition.state, why)
        if event is JobEvent.STOP and before is JobState.INDEXING:
            self.wind_down(at_least=0)
        return transition

    def enter(self, state: JobState, why: str) -> None:
        """Take a state, forget how the last one was to end, and tell those who wait."""
        if state == self.state:
            return
        self.state = state
        self.due_at = None
        self.reads_left = None
        self.is_overdue = False
        self.job.record(state, why)
        if self.indexer is not None:
            self.indexer.plan()
        for wait in tuple(self.waits):
            wait.task_changed()

    def wind_down(self, *, at_least: int = 1) -> None:
        """Begin to wind down as `stop_delay` says; one shorter than `at_least` nanoseconds never ends."""
        match self.job.stop_delay:
            case Polls(count):
                self.reads_left = count
            case Never():
                pass
            case delay if (length := to_nanoseconds(delay)) >= at_least:
                self.job.timeline.schedule(self, self.job.timeline.now + length)

    def fire(self) -> None:
        """Have wound down, unless the test holds the job: then that takes effect at its release."""
        self.is_overdue = True
        self._finish_if_free()

    def was_read(self) -> None:
        """Count an answered read that showed the job stopping."""
        if self.reads_left is not None:
            self.reads_left -= 1
            if self.reads_left == 0:
                self.reads_left = None
                self.fire()

    def released(self) -> None:
        """Let what fell due while the job was held take effect."""
        self._finish_if_free()
        if self.indexer is not None:
            self.indexer.released()

    def lose_node(self) -> None:
        """Die with the node: who waits for the task is told at once, since its connection breaks."""
        self.has_lost_node = True
        for wait in tuple(self.waits):
            wait.look_now()

    def run_by(self, cron: Cron | None) -> None:
        """Let the indexer run when a cron ticks, from now on; with `None` it does nothing by itself."""
        if self.indexer is not None:
            self.indexer.due_at = None
        self.indexer = None if cron is None else Indexer(self, cron)
        if self.indexer is not None:
            self.indexer.plan()

    def _finish_if_free(self) -> None:
        if self.is_overdue and not self.job.is_held and self.state is JobState.STOPPING:
            self.is_overdue = False
            self.apply(JobEvent.FINISH, COMMON, "wound down")


class RollupJob:
    """What the cluster state knows of a job, and the task that runs it (`None`: no node does)."""

    def __init__(  # noqa: PLR0913  (a job has this many parts; only World makes one)
        self,
        id_: str,
        config: dict[str, Any],
        stats: dict[str, int],
        *,
        timeline: Timeline,
        numbers: Callable[[], int],
        task_ids: Iterator[int],
        node: Node | None,
        state: JobState,
        stop_delay: StopDelay,
        why: str,
        runs: bool = False,
        run_duration: Duration = 0,
        run_documents: int = 0,
    ) -> None:
        self.id = id_
        self.config = config
        self.stats = stats
        self.timeline = timeline
        self.history: list[Change] = []
        self.stop_requests: list[RecordedRequest] = []
        self.exists = True
        self.is_held = False
        self.stop_delay = stop_delay
        self.run_duration = run_duration
        self.run_documents = run_documents
        self.persisted = state
        self._numbers = numbers
        self.task_ids = task_ids
        self.is_lost = node is None
        self.reassignment: Reassignment | None = None
        self.task: Task | None = None if node is None else Task(self, state, node)
        self.runs = runs
        self.record(state, why)
        if self.task is not None and state is JobState.STOPPING:
            self.task.wind_down()

    @property
    def stop_delay(self) -> StopDelay:
        """How long the indexer takes to wind down, from the stop that finds it running."""
        return self._stop_delay

    @stop_delay.setter
    def stop_delay(self, value: StopDelay) -> None:
        self._stop_delay = check_stop_delay(value)

    @property
    def runs(self) -> bool:
        """Whether the indexer runs by itself, when the cron of the configuration ticks; that is read when it is set."""
        return self._cron is not None

    @runs.setter
    def runs(self, value: bool) -> None:
        self._cron = Cron(self.config["cron"]) if check_flag("runs", value) else None
        if self.task is not None:
            self.task.run_by(self._cron)

    @property
    def run_duration(self) -> Duration:
        """How long a run takes."""
        return self._run_duration

    @run_duration.setter
    def run_duration(self, value: Duration) -> None:
        self.run_nanoseconds = to_nanoseconds(value, name="run_duration")
        self._run_duration = value

    @property
    def run_documents(self) -> int:
        """How many documents a run sees."""
        return self._run_documents

    @run_documents.setter
    def run_documents(self, value: int) -> None:
        self._run_documents = check_documents(value)

    @property
    def is_busy_when_stopped(self) -> bool:
        """Whether a stop finds the indexer at work."""
        return self.is_held or isinstance(self._stop_delay, (Polls, Never)) or to_nanoseconds(self._stop_delay) > 0

    @property
    def state(self) -> JobState:
        """The live state; without a task, the one it would be restored with; `aborting` once the job is gone."""
        if self.task is not None:
            return self.task.state
        return RESTORED[self.persisted] if self.exists else JobState.ABORTING

    def describe(self) -> str:
        """Return id, state, and since when and why: `Job 'sensor' stopping since 0.003 s: stop (request #2)`."""
        last = self.history[-1]
        if not self.exists:
            return f"Job {self.id!r} removed at {last.when:.3f} s: {last.why}"
        since = f"since {last.when:.3f} s" if last.state == self.state else "without a task"
        return f"Job {self.id!r} {self.state} {since}: {last.why}"

    def record(self, state: JobState, why: str, *, at: int | None = None) -> None:
        """Write a line of history, about this instant or another one."""
        when = to_seconds(self.timeline.now if at is None else at)
        self.history.append(Change(self._numbers(), when, state, why))

    def apply(self, event: JobEvent, table: Table, why: str) -> Transition:
        """Let an event reach the live task."""
        if self.task is None:
            message = f"no node runs the task of rollup job {self.id!r}, so {event.value!r} cannot reach it"
            raise RuntimeError(message)
        return self.task.apply(event, table, why)

    def set_state(self, state: JobState) -> None:
        """Put the job into a state, as the test wants it; one in `stopping` winds down if `stop_delay` is positive."""
        self.persisted = state
        if self.task is not None and state != self.task.state:
            self.task.enter(state, "set by the test")
            if state is JobState.STOPPING:
                self.task.wind_down()

    def hold(self) -> None:
        """Let time change nothing about the job until `release`."""
        self.is_held = True

    def release(self) -> None:
        """End `hold`; what fell due meanwhile takes effect now."""
        self.is_held = False
        if self.task is not None:
            self.task.released()

    def unassign(self, why: str) -> None:
        """Take the task from its node."""
        if self.task is not None:
            self.task.apply(JobEvent.CANCEL, COMMON, why)
            self.task.node.tasks -= 1
            self.task = None

    def lose_node(self) -> None:
        """Let the task die with its node; the job is lost until a node takes it."""
        if self.task is not None:
            task, self.is_lost = self.task, True
            self.unassign(f"{task.node.name} was killed")
            task.lose_node()

    def assign(self, node: Node) -> None:
        """Let a node run the task, in the state that was persisted and with stats of 0."""
        if self.task is None and self.exists:
            self._end_loss()
            self.persisted = RESTORED[self.persisted]
            self.stats = dict.fromkeys(self.stats, 0)
            self.task = Task(self, self.persisted, node)
            self.task.run_by(self._cron)
            self.record(self.persisted, f"assigned to {node.name}")

    def remove(self, why: str) -> None:
        """Let the job be gone."""
        if self.task is None:
            self.record(JobState.ABORTING, why)
        self.unassign(why)
        self._end_loss()
        self.exists = False

    def _end_loss(self) -> None:
        self.is_lost = False
        if self.reassignment is not None:
            self.reassignment.due_at = None


def check_stop_delay(value: StopDelay) -> StopDelay:
    """Return a `stop_delay` as it was given; raises what `to_nanoseconds` raises for one that is none."""
    if isinstance(value, str) and value.lower() == "never":
        message = f"stop_delay={value!r} is a text; import NEVER from pytest_rollup_fake"
        raise ValueError(message)
    if not isinstance(value, (Polls, Never)):
        to_nanoseconds(value, name="stop_delay (a duration, polls(n) or NEVER)")
    return value


def check_documents(value: object) -> int:
    """Return a number of documents; raises `TypeError` or `ValueError` for what is none."""
    if isinstance(value, bool) or not isinstance(value, int):
        message = f"run_documents is a whole number, not {value!r} ({type(value).__name__})"
        raise TypeError(message)
    if value < 0:
        message = f"run_documents must not be negative, but is {value}"
        raise ValueError(message)
    return value


def check_state(value: object) -> JobState:
    """Return the state that a text names; raises `ValueError` naming the states there are."""
    try:
        return JobState(value)  # type: ignore[arg-type]
    except ValueError:
        message = f"unknown job state {value!r}; the states are {', '.join(JobState)}"
        raise ValueError(message) from None
