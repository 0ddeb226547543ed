"""What happened in a cluster, as plain values in order: what text, pages and other programs show.

The rules of this file:

* Entries are immutable and hold nothing of the cluster: texts, numbers and tuples of them, so that `dataclasses.asdict`
  and JSON can take them as they are. Credentials are masked here, once for all who show them.
* They are in the order of their instants, at one instant of their numbers, which requests and jobs' histories share.
* Reading costs a few microseconds an entry: answers are parsed only if they are errors.
"""

from __future__ import annotations

import heapq
import json
import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from pytest_rollup_fake.model.durations import to_seconds
from pytest_rollup_fake.model.journal import SECRET_HEADERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_rollup_fake.cluster import RollupCluster
    from pytest_rollup_fake.model.jobs import RollupJob
    from pytest_rollup_fake.model.journal import RecordedRequest
    from pytest_rollup_fake.model.world import World

_ACTING: Final = frozenset({"put", "start", "stop", "delete"})
_DENIAL: Final = re.compile(r'"?(acknowledged|started|stopped)"? ?: ?false')
"""In JSON, compact and pretty, and YAML."""

_LONGEST: Final = 4000
"""How many characters of a body are kept."""


@dataclass(frozen=True, slots=True)
class RequestEntry:
    """A request: `waited` is fake time, `took` real time, both in seconds; the rest as in `RecordedRequest`.

    `node` is `None` in a cluster of one.
    """

    number: int
    at: float
    connection: int
    node: str | None
    method: str
    path: str
    query: str
    endpoint: str
    job: str | None
    version: str | None
    user: str | None
    headers: tuple[tuple[str, str], ...]
    body: str
    outcome: str
    parked: bool
    status: int | None
    reason: str
    """What an error says of itself, or what a 200 denies; else empty."""
    response: str
    effect: str | None
    fault: str | None
    state_before: str | None
    state_after: str | None
    wait_for_completion: bool | None
    answered_at: float | None
    waited: float | None
    took: float | None
    kind: Literal["request"] = "request"


@dataclass(frozen=True, slots=True)
class StateEntry:
    """A job has taken a state; `incarnation` counts the jobs of one id, from 1, and with `gone` it is there no more."""

    number: int
    at: float
    job: str
    incarnation: int
    state: str
    why: str
    gone: bool
    kind: Literal["state"] = "state"


@dataclass(frozen=True, slots=True)
class NoteEntry:
    """What is neither request nor job: a connection that a fault struck, a node that was killed."""

    number: int
    at: float
    text: str
    kind: Literal["note"] = "note"


@dataclass(frozen=True, slots=True)
class SkipEntry:
    """Fake time has jumped from `at` to `to`; it stands after all that happened before the jump."""

    at: float
    to: float
    kind: Literal["skip"] = "skip"


Entry = RequestEntry | StateEntry | NoteEntry | SkipEntry


@dataclass(frozen=True, slots=True)
class Timeline:
    """One cluster's story.

    `version` is the one it was given, `versions` are those it was asked as; `unstruck` are injections that have struck
    nothing so far, `findings` what a passing test must not overlook.
    """

    url: str
    version: str | None
    versions: tuple[str, ...]
    clock: str
    now: float
    skipped: float
    entries: tuple[Entry, ...]
    unstruck: tuple[str, ...]
    findings: tuple[str, ...]


def read_timeline(cluster: RollupCluster, findings: Iterable[str] = (), *, latest: int | None = None) -> Timeline:
    """Return what has happened in a cluster so far.

    `findings` are what `take_findings` has returned: they are told once, so whoever reports takes them. What is due by
    now happens first. `latest` is for who looks again and again: only so many requests, what happened from the first
    of them on, and the state that jobs had then, of as many jobs, those that changed last.
    """
    world, clock = cluster.world, cluster.clock
    with clock.driver.reading():
        requests = world.requests[-latest:] if latest else world.requests
        return Timeline(
            url=cluster.url,
            version=None if world.profile is None else str(world.profile.version),
            versions=tuple(dict.fromkeys(str(request.version) for request in requests if request.version)),
            clock=str(clock.mode),
            now=to_seconds(clock.driver.timeline.now),
            skipped=to_seconds(clock.driver.timeline.skipped),
            entries=tuple(sorted(_entries(world, requests, latest), key=_order)),
            unstruck=tuple(str(injection) for injection in world.injections.unstruck()),
            findings=tuple(findings),
        )


def _order(entry: Entry) -> tuple[float, float]:
    return entry.at, float("inf") if isinstance(entry, SkipEntry) else entry.number


def _entries(world: World, requests: Sequence[RecordedRequest], latest: int | None) -> Iterable[Entry]:
    is_all = len(requests) == len(world.requests)
    first, since = (0, 0.0) if is_all else (requests[0].number, requests[0].received_at)
    for request in requests:
        yield _read_request(request, None if len(world.nodes) == 1 else request.node)
    oldest = _number_of_oldest(world.all_jobs, latest)
    incarnations: dict[str, int] = {}
    for job in world.all_jobs:
        incarnations[job.id] = incarnations.get(job.id, 0) + 1
        last = job.history[-1].number
        if last >= oldest and (last >= first or job.exists):
            yield from _read_history(job, incarnations[job.id], first)
    for note in world.notes:
        if note.number >= first:
            yield NoteEntry(note.number, note.when, note.text)
    for start, end in world.timeline.skips:
        if to_seconds(end) >= since:
            yield SkipEntry(to_seconds(start), to_seconds(end))


def _number_of_oldest(jobs: Sequence[RollupJob], latest: int | None) -> int:
    """Return the number of the last change that the oldest of so many jobs has, those that changed last."""
    if latest is None or len(jobs) <= latest:
        return 0
    return heapq.nlargest(latest, (job.history[-1].number for job in jobs))[-1]


def _read_history(job: RollupJob, incarnation: int, first: int) -> Iterable[Entry]:
    """Yield a job's changes, from the one on that was the last before a number."""
    last = None if job.exists else job.history[-1]
    before = max(bisect_left(job.history, first, key=lambda change: change.number) - 1, 0)
    for change in job.history[before:]:
        yield StateEntry(
            number=change.number,
            at=change.when,
            job=job.id,
            incarnation=incarnation,
            state=change.state.value,
            why=change.why,
            gone=change is last,
        )


def _read_request(request: RecordedRequest, node: str | None) -> RequestEntry:
    status, response = request.status, request.response_text
    return RequestEntry(
        number=request.number,
        at=request.received_at,
        connection=request.connection,
        node=node,
        method=request.method,
        path=request.path,
        query=request.target.partition("?")[2],
        endpoint=request.endpoint,
        job=request.job,
        version=None if request.version is None else str(request.version),
        user=request.user,
        headers=tuple(map(_mask, request.headers.fields)),
        body=_shorten(request.body.decode("utf-8", "replace")),
        outcome=request.outcome,
        parked=request.parked,
        status=status,
        reason=_reason_of(response) if status is not None and status >= 400 else _denial_of(request, response),  # noqa: PLR2004  (an HTTP error)
        response=_shorten(response),
        effect=request.effect,
        fault=None if request.fault is None else repr(request.fault),
        state_before=None if request.state_before is None else request.state_before.value,
        state_after=None if request.state_after is None else request.state_after.value,
        wait_for_completion=request.wait_for_completion,
        answered_at=request.answered_at,
        waited=request.waited,
        took=request.took,
    )


def _mask(field: tuple[str, str]) -> tuple[str, str]:
    return (field[0], "***") if field[0].lower() in SECRET_HEADERS else field


def _shorten(text: str) -> str:
    left = len(text) - _LONGEST
    return text if left <= 0 else f"{text[:_LONGEST]}... ({left:,} more characters)"


def _denial_of(request: RecordedRequest, response: str) -> str:
    """Return what an answer denies that is no error."""
    found = _DENIAL.search(response) if request.endpoint in _ACTING else None
    if found is None:
        return ""
    why = "" if request.fault or request.endpoint != "delete" else ", as no node runs the job's task"
    return f"the answer says {found[1]}: false{why}"


def _reason_of(response: str) -> str:
    """Return what an error says of itself, in the shapes that Elasticsearch's errors have."""
    try:
        answer: Any = json.loads(response)
    except ValueError:
        return response
    match answer:
        case {"error": {"reason": str(reason)} | str(reason)}:
            return reason
        case {"task_failures": [{"reason": {"reason": str(reason)}}, *_]}:
            return reason
        case {"node_failures": [{"caused_by": {"reason": str(reason)}} | {"reason": str(reason)}, *_]}:
            return reason
    return ""
