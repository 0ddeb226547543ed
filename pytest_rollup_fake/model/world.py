"""One cluster's state: its jobs, its journal, its settings, and what a test must not overlook."""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .choices import check_flag
from .durations import to_nanoseconds, to_seconds
from .indices import Index, Indices, MappingError, check_mapping, check_name, split_type
from .injection_arguments import read_injection
from .injections import Injection, Injections
from .job_configs import check_config, default_config, merge_config
from .jobs import ADDED, RollupJob, StopDelay, check_documents, check_state
from .journal import ENDPOINTS, RecordedRequest, Requests
from .near_misses import describe_unstruck
from .nodes import Node, Reassignment, choose_node
from .security import Security
from .states import transitions
from .unfaked import check_unfaked, matches_unfaked
from .versions import STATS, Profile, parse_version, profile_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_rollup_fake.faults import Fault

    from .durations import Duration
    from .states import JobEvent, Table, Transition
    from .timeline import Timeline

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given


class Note(NamedTuple):
    """Something that happened and is neither a request nor a change of a job's state; `when` is fake seconds."""

    number: int
    when: float
    text: str


MOST_VAIN_WAITS: Final = 1000


class World:
    """The state of one cluster. Whoever calls in holds the clock's lock."""

    def __init__(self, timeline: Timeline) -> None:
        self.timeline = timeline
        self.cluster_name = "elasticsearch"
        self.cluster_uuid = uuid.uuid4().hex[:22]
        self.nodes = [Node(1)]
        self.task_ids = itertools.count(1)
        self.connections = itertools.count(1)
        self.profile: Profile | None = None
        self.security: bool | str | None = None
        self.tls = False
        self.users = Security(lambda: timeline.now)
        self.strict = True
        self.unfaked: tuple[str, ...] | bool = ()
        self.client_timeout: int | None = None
        self.prior_rollup_usage = False
        self.has_admin_api = False  # it is driven from outside, and not by a test
        self.clear()

    def clear(self) -> None:
        """Forget jobs, indices, users, journal and findings."""
        for job in getattr(self, "jobs", {}).values():
            job.remove("the cluster was reset")
        self.jobs: dict[str, RollupJob] = {}
        self.all_jobs: list[RollupJob] = []  # those that are gone too, oldest first
        self.indices = Indices()
        self.search_stubs: dict[str, dict[str, Any]] = {}
        self.users.clear()
        self.requests: list[RecordedRequest] = []
        self.findings: list[str] = []
        self.injections = Injections()
        self.notes: list[Note] = []
        self.vain_waits = 0  # that have timed out one after the other
        self.waits_for_ever = False  # so many have that nobody can mean it
        self.numbers = itertools.count(1)
        self.looked_at: tuple[int, RollupJob | None] = (0, None)  # when the test has read a state last, and whose

    # --- settings ---------------------------------------------------------------------------------------------

    def configure(  # noqa: PLR0913  (as those of RollupCluster)
        self,
        *,
        version: object,
        security: object,
        strict: object,
        unfaked: object,
        client_timeout: object,
        prior_rollup_usage: object = False,
    ) -> None:
        """Take the settings of a cluster; raises `TypeError` or `ValueError` for one that is none."""
        self.profile = None if version is None else profile_of(parse_version(version))
        self.security = _check_security(security)
        self.strict = check_flag("strict", strict)
        self.unfaked = check_unfaked(unfaked)
        self.client_timeout = None if client_timeout is None else to_nanoseconds(client_timeout, name="client_timeout")
        self.prior_rollup_usage = check_flag("prior_rollup_usage", prior_rollup_usage)

    def is_secured(self, profile: Profile) -> bool:
        """Say whether requests that are answered as this version have to prove whom they come from."""
        return self.security is True or (self.security == "unset" and profile.security_by_default)

    def compresses(self, profile: Profile) -> bool:
        """Say whether answers may be compressed: with TLS of its own it does not (SecurityHttpSettings).

        Elasticsearch has that with security only. Without, somebody in front of it speaks TLS, which it does not know.
        """
        return not (self.tls and self.is_secured(profile))

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
        self.check_new_job(id_)
        _check_run(run_duration, run_documents, runs=runs)
        job = self._make_job(
            id_,
            merge_config(default_config(id_), check_config(config or {})),
            _check_stats(stats or {}),
            state=check_state(state),
            stop_delay=stop_delay,
            why=ADDED,
            runs=runs,
            run_duration=run_duration,
            run_documents=run_documents,
        )
        self.remember_job(job.config, self.profile)
        return job

    def check_new_job(self, id_: object) -> None:
        """Raise `TypeError` or `ValueError` for the id of a job that cannot be added."""
        if not isinstance(id_, str) or not id_:
            message = f"a job id is a text that is not empty, not {id_!r}"
            raise TypeError(message) if not isinstance(id_, str) else ValueError(message)
        if id_ in self.jobs:
            message = f"there is a rollup job {id_!r} already; its state is {self.jobs[id_].state}"
            raise ValueError(message)

    def put_job(self, config: dict[str, Any], why: str) -> RollupJob:
        """Make a job that was created by a request: it is stopped, and once started runs by its cron."""
        stopped = check_state("stopped")
        return self._make_job(config["id"], config, _check_stats({}), state=stopped, stop_delay=0, why=why, runs=True)

    def _make_job(self, id_: str, config: dict[str, Any], stats: dict[str, int], **settings: Any) -> RollupJob:  # noqa: ANN401  (RollupJob's keywords)
        job = RollupJob(
            id_,
            config,
            stats,
            timeline=self.timeline,
            numbers=self.next_number,
            task_ids=self.task_ids,
            node=choose_node(self.nodes),
            **settings,
        )
        self.jobs[id_] = job
        self.all_jobs.append(job)
        return job

    def remember_job(self, config: Mapping[str, Any], profile: Profile | None) -> None:
        """Write a job into its rollup index, which says which version made it, as long as versions look at that."""
        version = str(profile.version) if profile is not None and profile.rollup_version_checked else ""
        self.indices.remember_job(config, version)

    @property
    def has_rollup_usage(self) -> bool:
        """Whether rollup was ever used: there is a job or a rollup index, or the test says that there was."""
        return self.prior_rollup_usage or bool(self.jobs or self.indices.rollup_metadata())

    def remove_job(self, id_: str) -> None:
        """Let a job be gone; raises `LookupError` naming the jobs there are, if it is none of them."""
        if id_ not in self.jobs:
            message = f"there is no rollup job {id_!r}; the jobs are {', '.join(map(repr, self.jobs)) or 'none'}"
            raise LookupError(message)
        self.forget_job(id_, "removed by the test")

    def forget_job(self, id_: str, why: str) -> None:
        """Let a job and its task be gone; what indices know of it stays."""
        self.jobs.pop(id_).remove(why)

    def add_index(self, name: str, mappings: Mapping[str, Any] | None) -> Index:
        """Make an index; raises `TypeError` or `ValueError` that names what is allowed, for what is none."""
        type_name, mapping = split_type({} if mappings is None else mappings)
        try:
            checked = check_mapping(mapping)
        except MappingError as error:
            raise ValueError(*error.args) from None  # what it says beside its text is for answers only
        return self.indices.add(Index(check_name(name), checked, type_name))

    def stub_search(self, index: str, response: object) -> None:
        """Answer searches of an index with this; raises `TypeError` for anything that is no JSON object."""
        if not isinstance(index, str) or not index:
            message = f"a search is stubbed for the name of an index, not for {index!r}"
            raise TypeError(message) if not isinstance(index, str) else ValueError(message)
        if not isinstance(response, Mapping):
            message = f"a search response is a dict such as {{'aggregations': {{...}}}}, not {response!r}"
            raise TypeError(message)
        try:
            self.search_stubs[index] = json.loads(json.dumps(dict(response), allow_nan=False))
        except (TypeError, ValueError) as error:
            message = f"a search response is made of what JSON can say: {error}"
            raise TypeError(message) from None

    # --- nodes ------------------------------------------------------------------------------------------------

    def node(self, name: str | None) -> Node:
        """Return the node of this name; without one the first."""
        return next((node for node in self.nodes if node.name == name), self.nodes[0])

    def assign_job(self, job: RollupJob) -> None:
        """Let the node with the fewest tasks run a job; without a living node the next that comes back does."""
        node = choose_node(self.nodes)
        if node is None:
            job.is_lost = True
        else:
            job.assign(node)

    def kill_node(self, node: Node, *, reassign_after: int) -> None:
        """Let a node be gone, and its jobs be reassigned after so many nanoseconds."""
        node.is_alive = False
        self.note(f"{node.name} was killed")
        for job in self.jobs.values():
            if job.task is not None and job.task.node is node:
                job.lose_node()
                reassignment = Reassignment(self.nodes, job)
                self.timeline.schedule(reassignment, self.timeline.now + reassign_after)

    def restart_node(self, node: Node) -> None:
        """Let a node be back; jobs that nobody runs are assigned."""
        node.is_alive = True
        self.note(f"{node.name} is back")
        for job in self.jobs.values():
            if job.is_lost:
                self.assign_job(job)

    def apply(self, job: RollupJob, event: JobEvent, profile: Profile, why: str) -> Transition:
        """Let an event reach a job's live task by the rules of a version."""
        return job.apply(event, _table_of(profile), why)

    # --- faults -----------------------------------------------------------------------------------------------

    def inject(self, fault: object, **where: Any) -> Injection:  # noqa: ANN401  (those of `read_injection`)
        """Let a fault strike; raises `TypeError` or `ValueError` naming the choices for what cannot be."""
        injection = read_injection(fault, number=self.next_number(), endpoints=ENDPOINTS, **where)
        self.injections.add(injection)
        self.notes.append(Note(injection.number, to_seconds(self.timeline.now), str(injection)))
        return injection

    def strike_connection(self, moment: str) -> Fault | None:
        """Return the fault that strikes a connection at this moment, and note it."""
        fault = self.injections.strike_connection(moment)
        if fault is not None:
            self.note(f"{fault!r} struck a connection ({moment})")
        return fault

    def note(self, text: str) -> None:
        """Note what happens, for whoever reads the story of a test."""
        self.notes.append(Note(self.next_number(), to_seconds(self.timeline.now), text))

    # --- the journal ------------------------------------------------------------------------------------------

    def next_number(self) -> int:
        """Return the next number of the journal and the histories."""
        return next(self.numbers)

    def receive(self, request: RecordedRequest, node: str | None = None) -> None:
        """Take a request to a node into the journal."""
        request.node = node
        request.receive(next(self.numbers), self.timeline.now, self.timeline.real())
        self.requests.append(request)

    def settle(self, request: RecordedRequest, outcome: str) -> None:
        """Make a request's outcome final, before the client can see anything of it."""
        request.settle(outcome, self.timeline.real())
        reads, request.reads = request.reads, ()
        if outcome == "answered":
            for task in reads:
                task.was_read()
            if self.client_timeout is not None:
                self._check_patience(request, self.client_timeout)
            if request.wait_for_completion:
                self._count_vain_waits(request)

    def journal(self) -> Requests:
        """Return a snapshot of the journal."""
        return Requests(self.requests, ENDPOINTS)

    def _count_vain_waits(self, request: RecordedRequest) -> None:
        """Count the waits that time out one after the other, which code without a deadline repeats for ever."""
        if request.status == HTTPStatus.OK:
            self.vain_waits = 0
        elif request.waited:
            self.vain_waits += 1
        self.waits_for_ever = self.vain_waits >= MOST_VAIN_WAITS

    def _check_patience(self, request: RecordedRequest, limit: int) -> None:
        waited = request.waited
        if waited is None or waited <= to_seconds(limit):
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
        if not any(matches_unfaked(pattern, request.method, path) for pattern in patterns):
            self.findings.append(text)

    def take_findings(self) -> list[str]:
        """Return what was found since the last time, each finding once."""
        findings, self.findings = self.findings, []
        if self.strict:
            findings += [describe_unstruck(injection, self.requests) for injection in self.injections.take_unstruck()]
        return findings


@cache
def _table_of(profile: Profile) -> Table:
    """Return the state machine of a version."""
    return transitions(
        start_is_idempotent=profile.start_is_idempotent, delete_needs_stopped=profile.delete_needs_stopped
    )


def _check_security(security: object) -> bool | str | None:
    if security is None or isinstance(security, bool):
        return security or None
    if isinstance(security, str) and security == "unset":
        return security
    message = f"security must be True, None or False (disabled) or 'unset' (the version's default), not {security!r}"
    raise ValueError(message)


def _check_run(run_duration: Duration, run_documents: int, *, runs: bool) -> None:
    """Refuse a run that never comes."""
    given = {
        "run_duration": to_nanoseconds(run_duration, name="run_duration"),
        "run_documents": check_documents(run_documents),
    }
    vain = [name for name, value in given.items() if value]
    if vain and not runs:
        message = f"{' and '.join(vain)} of a job whose indexer never runs would do nothing: add runs=True"
        raise ValueError(message)


def _check_stats(stats: Mapping[str, int]) -> dict[str, int]:
    unknown: Sequence[str] = [name for name in stats if name not in STATS]
    if unknown:
        message = f"unknown job stats {', '.join(map(repr, unknown))}; the stats are {', '.join(STATS)}"
        raise ValueError(message)
    return {name: stats.get(name, 0) for name in STATS}
