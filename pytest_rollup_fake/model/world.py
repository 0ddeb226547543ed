"""One cluster's state: its jobs, its journal, its settings, and what a test must not overlook."""

from __future__ import annotations

import fnmatch
import itertools
import uuid
from typing import TYPE_CHECKING, Any, Final

from .durations import to_nanoseconds, to_seconds
from .indices import Indices
from .jobs import RollupJob, StopDelay, check_state, default_config, merge_config
from .journal import RecordedRequest, Requests
from .nodes import Allocator, Node, Reassignment
from .security import Security
from .states import JobEvent, transitions
from .versions import STATS, Profile, parse_version, profile_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .durations import Duration
    from .states import Transition
    from .timeline import Timeline

ENDPOINTS: Final = frozenset({"stop", "start", "get", "delete", "info", "custom", "unfaked", "refused"})
"""What `RecordedRequest.endpoint` can be."""

SECURITY: Final = (None, "unset")


class World:
    """The state of one cluster. Whoever calls in holds the clock's lock."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.cluster_name = "elasticsearch"
        self.cluster_uuid = uuid.uuid4().hex[:22]
        self.allocator = Allocator()
        self._task_ids = itertools.count(1)
        self.profile: Profile | None = None
        self.security: bool | str | None = None
        self.users = Security(lambda: timeline.now)
        self.strict = True
        self.unfaked: tuple[str, ...] | bool = ()
        self.client_timeout: int | None = None
        self.prior_rollup_usage = False
        self.clear()

    def clear(self) -> None:
        """Forget jobs, indices, users, journal and findings."""
        for job in getattr(self, "jobs", {}).values():
            job.remove("the cluster was reset")
        self.jobs: dict[str, RollupJob] = {}
        self.indices = Indices()
        self.users.clear()
        self.requests: list[RecordedRequest] = []
        self.findings: list[str] = []
        self._numbers = itertools.count(1)

    # --- settings ---------------------------------------------------------------------------------------------

    def configure(
        self, *, version: object, security: object, strict: bool, unfaked: object, client_timeout: object
    ) -> None:
        """Take the settings of a cluster; raises `TypeError` or `ValueError` for one that is none."""
        self.profile = None if version is None else profile_of(parse_version(version))
        self.security = _check_security(security)
        self.strict = bool(strict)
        self.unfaked = _check_unfaked(unfaked)
        self.client_timeout = None if client_timeout is None else to_nanoseconds(client_timeout, name="client_timeout")

    def is_secured(self, profile: Profile) -> bool:
        """Say whether requests that are answered as this version have to prove whom they come from."""
        return self.security is True or (self.security == "unset" and profile.security_by_default)

    @property
    def may_be_secured(self) -> bool:
        """Whether any request may have to; without a version this depends on the client."""
        return self.security is not None if self.profile is None else self.is_secured(self.profile)

    # --- jobs -------------------------------------------------------------------------------------------------

    def add_job(  # noqa: PLR0913  (as those of RollupCluster.add_job)
        self,
        id_: str,
        *,
        state: str,
        stop_delay: StopDelay,
        config: Mapping[str, Any] | None,
        stats: Mapping[str, int] | None,
        runs: bool = False,
        run_duration: Duration = 0,
        run_documents: int = 0,
    ) -> RollupJob:
        """Make a job that is simply there; raises `ValueError` if there is one of this id."""
        if not isinstance(id_, str) or not id_:
            message = f"a job id is a text that is not empty, not {id_!r}"
            raise TypeError(message) if not isinstance(id_, str) else ValueError(message)
        if id_ in self.jobs:
            message = f"there is a rollup job {id_!r} already; its state is {self.jobs[id_].state}"
            raise ValueError(message)
        job = RollupJob(
            id_,
            merge_config(default_config(id_), config or {}),
            _check_stats(stats or {}),
            timeline=self.timeline,
            numbers=self.next_number,
            task_ids=self._task_ids,
            node=self.allocator.choose(self.jobs.values()),
            state=check_state(state),
            stop_delay=stop_delay,
            why="added by the test",
            runs=runs,
            run_duration=run_duration,
            run_documents=run_documents,
        )
        self.jobs[id_] = job
        return job

    def remove_job(self, id_: str) -> None:
        """Let a job be gone; raises `LookupError` naming the jobs there are, if it is none of them."""
        if id_ not in self.jobs:
            message = f"there is no rollup job {id_!r}; the jobs are {', '.join(map(repr, self.jobs)) or 'none'}"
            raise LookupError(message)
        self.forget_job(id_, "removed by the test")

    def forget_job(self, id_: str, why: str) -> None:
        """Let a job and its task be gone; what indices know of it stays."""
        self.jobs.pop(id_).remove(why)

    # --- nodes ------------------------------------------------------------------------------------------------

    @property
    def nodes(self) -> list[Node]:
        """The nodes of the cluster, living or not."""
        return self.allocator.nodes

    def node(self, name: str | None) -> Node:
        """Return the node of this name; without one the first."""
        return next((node for node in self.nodes if node.name == name), self.nodes[0])

    def assign_job(self, job: RollupJob) -> None:
        """Let the node with the fewest tasks run a job; without a living node the next that comes back does."""
        node = self.allocator.choose(self.jobs.values())
        if node is None:
            job.is_lost = True
        else:
            job.assign(node)

    def kill_node(self, node: Node, *, reassign_after: int) -> None:
        """Let a node be gone, and its jobs be reassigned after so many nanoseconds."""
        node.is_alive = False
        for job in self.jobs.values():
            if job.task is not None and job.task.node is node:
                job.lose_node()
                reassignment = Reassignment(self.allocator, self.jobs, job)
                self.timeline.schedule(reassignment, self.timeline.now + reassign_after)

    def restart_node(self, node: Node) -> None:
        """Let a node be back; jobs that nobody runs are assigned."""
        node.is_alive = True
        for job in self.jobs.values():
            if job.is_lost:
                self.assign_job(job)

    def apply(self, job: RollupJob, event: JobEvent, profile: Profile, why: str) -> Transition:
        """Let an event reach a job's live task by the rules of a version."""
        table = transitions(
            start_is_idempotent=profile.start_is_idempotent, delete_needs_stopped=profile.delete_needs_stopped
        )
        return job.apply(event, table, why)

    # --- the journal ------------------------------------------------------------------------------------------

    def next_number(self) -> int:
        """Return the next number of the journal and the histories."""
        return next(self._numbers)

    def receive(self, request: RecordedRequest) -> None:
        """Take a request into the journal."""
        request.receive(self.next_number(), self.timeline.now)
        self.requests.append(request)

    def settle(self, request: RecordedRequest, outcome: str) -> None:
        """Make a request's outcome final, before the client can see anything of it."""
        request.outcome = outcome
        request.parked = False
        reads, request.reads = request.reads, ()
        if outcome == "answered":
            for task in reads:
                task.was_read()
            self._check_patience(request)

    def journal(self) -> Requests:
        """Return a snapshot of the journal."""
        return Requests(self.requests, ENDPOINTS)

    def _check_patience(self, request: RecordedRequest) -> None:
        waited, limit = request.waited, self.client_timeout
        if waited is None or limit is None or waited <= to_seconds(limit):
            return
        self.findings.append(
            f"{request!r} waited longer than client_timeout={to_seconds(limit):g} s: a real client would have given up "
            "before this answer. Raise the client's timeout above the server's, lower `timeout=` of the request, or "
            "leave client_timeout out if your client really waits that long."
        )

    # --- what a test must not overlook ------------------------------------------------------------------------

    def report_unfaked(self, request: RecordedRequest, text: str) -> None:
        """Note that the code under test called an API that is not faked, unless it may."""
        if not self.strict or self.unfaked is True:
            return
        path = request.path
        patterns = self.unfaked if isinstance(self.unfaked, tuple) else ()
        if not any(_unfaked_matches(pattern, request.method, path) for pattern in patterns):
            self.findings.append(text)

    def take_findings(self) -> list[str]:
        """Return what was found since the last time, each finding once."""
        findings, self.findings = self.findings, []
        return findings


def _check_security(security: object) -> bool | str | None:
    if security is None or security is True:
        return security
    if isinstance(security, str) and security == "unset":
        return security
    message = f"security must be True, None (disabled) or 'unset' (the version's default), not {security!r}"
    raise ValueError(message)


def _check_unfaked(unfaked: object) -> tuple[str, ...] | bool:
    if isinstance(unfaked, bool):
        return unfaked
    if isinstance(unfaked, (list, tuple, set, frozenset)) and all(isinstance(pattern, str) for pattern in unfaked):
        return tuple(unfaked)
    message = f"unfaked takes True or a list of paths such as '/_cat/*' or 'GET /_cat/*', not {unfaked!r}"
    raise TypeError(message)


def _unfaked_matches(pattern: str, method: str, path: str) -> bool:
    wanted, _, rest = pattern.partition(" ")
    if rest:
        return wanted.upper() == method and fnmatch.fnmatchcase(path, rest.strip())
    return fnmatch.fnmatchcase(path, pattern)


def _check_stats(stats: Mapping[str, int]) -> dict[str, int]:
    unknown: Sequence[str] = [name for name in stats if name not in STATS]
    if unknown:
        message = f"unknown job stats {', '.join(map(repr, unknown))}; the stats are {', '.join(STATS)}"
        raise ValueError(message)
    return {name: stats.get(name, 0) for name in STATS}
