"""`Job`: a rollup job as a test holds it in its hands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Never

from .model.jobs import RollupJob, StopDelay, check_state
from .model.journal import ENDPOINTS, Requests

if TYPE_CHECKING:
    from .driver import Driver
    from .model.durations import Duration
    from .model.jobs import Change
    from .model.states import JobState
    from .model.world import World

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given


class Job:
    """One incarnation of a rollup job.

    Once removed it says `exists=False` and `state="aborting"`; a job that is added with the same id is another one.
    """

    __slots__ = ("__weakref__", "_driver", "_job", "_world")  # an attribute that is misspelt cannot be set

    def __init__(self, world: World, driver: Driver, job: RollupJob) -> None:
        self._world = world
        self._driver = driver
        self._job = job

    @property
    def id(self) -> str:
        """The job's id."""
        return self._job.id

    @property
    def state(self) -> JobState:
        """The job's state now; equal to its text, such as `"stopping"`. A removed job is `aborting`."""
        with self._driver.reading():
            self._world.looked_at = self._world.timeline.real(), self._job
            return self._job.state

    @state.setter
    def state(self, value: Never) -> None:
        message = f"a job's state is not assigned: use job.set_state({str(value)!r})"
        raise AttributeError(message)

    @property
    def exists(self) -> bool | Any:  # noqa: ANN401  (so that type checkers do not narrow it between two asserts)
        """Whether the cluster still has it."""
        with self._driver.reading():
            return self._job.exists

    @property
    def config(self) -> dict[str, Any]:
        """The job's configuration; a live object."""
        return self._job.config

    @property
    def stats(self) -> dict[str, int]:
        """The job's stats by name, those of the newest version; a live object."""
        with self._driver.reading():
            return self._job.stats

    @property
    def stop_delay(self) -> StopDelay:
        """How long the indexer takes to wind down, as it was set.

        A duration, `polls(n)` or `NEVER`; applies from the next stop that finds the job running.
        """
        return self._job.stop_delay

    @stop_delay.setter
    def stop_delay(self, value: StopDelay) -> None:
        with self._driver.acting():
            self._job.stop_delay = value

    @property
    def runs(self) -> bool:
        """Whether the indexer runs by itself, when the cron of `config` ticks; fake time starts at 2020-01-01T00:00Z.

        The cron is read when this is set to `True`; raises `ValueError` if it is none. Each tick that finds the job
        `started` counts as a trigger and makes it `indexing` for `run_duration`. Set to `False`, nothing happens by
        itself any longer: a run under way does not end.
        """
        return self._job.runs

    @runs.setter
    def runs(self, value: bool) -> None:
        with self._driver.acting():
            self._job.runs = value

    @property
    def run_duration(self) -> Duration:
        """How long a run takes, as it was set; applies from the next run. One of 0 is never seen as `indexing`."""
        return self._job.run_duration

    @run_duration.setter
    def run_duration(self, value: Duration) -> None:
        with self._driver.acting():
            self._job.run_duration = value

    @property
    def run_documents(self) -> int:
        """How many documents a run sees; ten of them make a rollup, and `page_size` rollups a page."""
        return self._job.run_documents

    @run_documents.setter
    def run_documents(self, value: int) -> None:
        with self._driver.acting():
            self._job.run_documents = value

    @property
    def stop_requests(self) -> Requests:
        """The requests that have reached its task to stop it, oldest first."""
        with self._driver.reading():
            return Requests(self._job.stop_requests, ENDPOINTS)

    @property
    def history(self) -> tuple[Change, ...]:
        """Its states so far, each with `number` (shared with the journal), `when` (fake seconds), `state`, `why`."""
        with self._driver.reading():
            return tuple(self._job.history)

    def set_state(self, state: str) -> None:
        """Put the job into a state. One in `stopping` winds down if `stop_delay` is positive, else it stays.

        Raises `ValueError` naming the states for one that does not exist.
        """
        new = check_state(state)
        with self._driver.acting():
            self._check_exists()
            self._job.set_state(new)

    def remove(self) -> None:
        """Let the job vanish as after a delete by somebody else; its metadata stays."""
        with self._driver.acting():
            self._check_exists()
            self._world.remove_job(self.id)

    def hold(self) -> _Holding:
        """Keep time from changing the job until `release`; also `with job.hold():`.

        Requests and the test change it as ever; a stop finds the indexer busy, whatever `stop_delay` is.
        """
        with self._driver.acting():
            self._job.hold()
            self._world.note(f"{self.id} is held by the test")
        return _Holding(self)

    def release(self) -> None:
        """End `hold`; what fell due meanwhile takes effect now."""
        with self._driver.acting():
            self._world.note(f"{self.id} is released by the test")
            self._job.release()

    def unassign(self) -> None:
        """Let no node run the job's task: a stop finds nothing (404), and Get Jobs does not list it."""
        with self._driver.acting():
            self._check_exists()
            self._job.unassign("unassigned by the test")

    def assign(self) -> None:
        """Let a node run the job's task again, in the state that Elasticsearch restores and with stats of 0."""
        with self._driver.acting():
            self._check_exists()
            self._world.assign_job(self._job)

    def _check_exists(self) -> None:
        if not self._job.exists:
            message = f"rollup job {self.id!r} was removed; a job that was added anew has a handle of its own"
            raise LookupError(message)

    def __repr__(self) -> str:
        """Show id, state, and since when and why it has it."""
        return f"<{self._job.describe()}>"


class _Holding:
    """What `hold` returns: a context manager that releases."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def __enter__(self) -> Job:
        return self._job

    def __exit__(self, *exception: object) -> None:
        self._job.release()
