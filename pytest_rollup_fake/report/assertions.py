"""What a failed comparison means: whose state or outcomes they were, and what was nearly right."""

from __future__ import annotations

import math
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from pytest_rollup_fake.model.durations import to_seconds
from pytest_rollup_fake.model.jobs import Never
from pytest_rollup_fake.model.journal import OUTCOMES, Requests
from pytest_rollup_fake.model.states import JobState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_rollup_fake.cluster import RollupCluster
    from pytest_rollup_fake.model.jobs import RollupJob
    from pytest_rollup_fake.model.journal import RecordedRequest

_MOST_JOBS: Final = 3
_MOST_REQUESTS: Final = 20
_STATES: Final = tuple(map(str, JobState))
_MIRRORED: Final = frozenset({"==", "!="})
"""The comparisons that are the same from right to left."""


def explain(clusters: Sequence[RollupCluster], op: str, left: object, right: object) -> list[str] | None:
    """Return the lines that explain a failed comparison, the comparison first; `None` if it is not about a cluster."""
    lines: list[str] | None = None
    match left, right:
        case JobState(), str() | tuple() | list() | set() | frozenset():
            lines = _explain_state(clusters, op, left, right)
        case (str(), JobState()) if op in _MIRRORED:
            lines = _explain_state(clusters, op, right, left)
        case (str(), str() | tuple() | list() | set() | frozenset()) if left in _STATES:
            lines = _explain_state(clusters, op, left, right)
            if not lines and op in _MIRRORED and isinstance(right, str):
                lines = _explain_state(clusters, op, right, left)
        case (str(), str()) if op == "==" and left in OUTCOMES:
            lines = _misspelt([right], OUTCOMES, "outcome") if _is_near(right, OUTCOMES) else None
        case (Requests(), list() | tuple()) | (list() | tuple(), Requests()) if op == "==":
            lines = _explain_requests(left if isinstance(left, Requests) else right)
        case (list(), list()) if op == "==" and left:
            lines = _explain_lists(clusters, left, right)
    return [f"{_show(left)} {op} {_show(right)}", *lines] if lines else None


def _show(value: object) -> str:
    """Return a value as it is compared: a state is its text."""
    match value:
        case JobState():
            return repr(str(value))
        case list():
            return f"[{', '.join(map(_show, value))}]"
    return repr(value)


# --- names ------------------------------------------------------------------------------------------------------------


def _misspelt(names: Iterable[Any], known: Sequence[str], what: str) -> list[str]:
    """Say of each name that does not exist what it could mean."""
    lines = []
    for name in names:
        if isinstance(name, str) and name not in known:
            near = get_close_matches(name, known, 1)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            lines.append(f"{name!r} is no {what}, of which there are {', '.join(known)}{meant}")
    return lines


def _is_near(name: object, known: Sequence[str]) -> bool:
    return isinstance(name, str) and name not in known and bool(get_close_matches(name, known, 1))


# --- states -----------------------------------------------------------------------------------------------------------


def _explain_state(clusters: Sequence[RollupCluster], op: str, state: str, other: Any) -> list[str]:  # noqa: ANN401  (what is compared)
    """Explain a comparison of a job's state, or of the text that an answer has of it, with one state or several."""
    named = [other] if isinstance(other, str) else list(other)
    if op in {"==", "in"}:
        wanted = named
    elif op in {"!=", "not in"}:
        wanted = [each for each in _STATES if each not in named]
    else:
        return []
    found = _jobs_in(clusters, state)
    if isinstance(state, JobState) or (found and all(each in _STATES or _is_near(each, _STATES) for each in named)):
        return _misspelt(wanted, _STATES, "job state") or _tell_of(found, state, wanted)
    return []


def _jobs_in(clusters: Sequence[RollupCluster], state: str) -> list[tuple[RollupCluster, RollupJob]]:
    """Return the jobs that are in a state; only the one whose state was looked at last, if it is one of them."""
    found, looked_at, latest = [], [], -1
    for cluster in clusters:
        with cluster.clock.driver.reading():
            jobs = [job for job in cluster.world.all_jobs if job.state == state]
            when, last = _looked_at(cluster, state)
        found += [(cluster, job) for job in jobs]
        if last in jobs and when >= latest:
            looked_at, latest = [(cluster, last)], when
    return looked_at or found


def _looked_at(cluster: RollupCluster, state: str) -> tuple[int, RollupJob | None]:
    """Return when a test has read a state last, and of which job: in Python, or for a mere text in an answer."""
    if isinstance(state, JobState):
        return cluster.world.looked_at
    last = next((request.job for request in reversed(cluster.world.requests) if request.endpoint == "get"), None)
    return 0, None if last is None else cluster.world.jobs.get(last)


def _tell_of(found: Sequence[tuple[RollupCluster, RollupJob]], state: str, wanted: Sequence[str]) -> list[str]:
    lines = [] if len(found) <= 1 else [f"which of the {len(found)} jobs that are {state} it is about is not known:"]
    for cluster, job in found[:_MOST_JOBS]:
        with cluster.clock.driver.reading():
            lines += _tell(cluster, job, wanted)
    left = len(found) - _MOST_JOBS
    return [*lines, f"... {left:,} more"] if left > 0 else lines


def _tell(cluster: RollupCluster, job: RollupJob, wanted: Sequence[str]) -> list[str]:
    """Return why a job has the state that it has, and what would bring one that is wanted."""
    lines = [f"<{job.describe()}>", *_without_effect(cluster, job)]
    if JobState.STOPPED not in wanted or not job.exists:
        return lines
    if job.state is JobState.STOPPING:
        lines.append(f"  {_what_stops(cluster, job)}")
    if not job.stop_requests:
        others = [request for request in cluster.world.requests if request.endpoint == "stop"]
        lines += [f"  no request has stopped it{_list_of(others, '; there are')}"]
    elif job.stop_requests[-1].wait_for_completion is False:
        number = job.stop_requests[-1].number
        lines.append(f"  stop was called without wait_for_completion=true (request #{number}): it was answered at once")
    return lines


def _without_effect(cluster: RollupCluster, job: RollupJob) -> list[str]:
    """Name the requests for a job that a fault kept from their effect."""
    skipped = [request for request in cluster.world.requests if request.effect == "skipped" and request.job == job.id]
    lines = [f"  #{request.number} was struck by {request.fault!r}, which skipped its effect" for request in skipped]
    return [*lines[:_MOST_JOBS], '  (effect="applied" strikes after the effect)'] if lines else []


def _what_stops(cluster: RollupCluster, job: RollupJob) -> str:
    task, now = job.task, cluster.clock.driver.timeline.now
    if job.is_held:
        return "it is held: release() lets it stop"
    if task is not None and task.due_at is not None:
        left = to_seconds(task.due_at - now)
        due = f"{to_seconds(task.due_at):.3f} s"
        return f"it will be stopped at {due}; {left:.3f} s are missing: clock.advance({math.ceil(left)})"
    if task is not None and task.reads_left is not None:
        return f"it will be stopped after {task.reads_left} more answered reads of the job"
    never = isinstance(job.stop_delay, Never)
    return (
        "its stop_delay is NEVER" if never else "nothing will stop it by itself: its state was set without a stop_delay"
    )


# --- requests ---------------------------------------------------------------------------------------------------------


def _explain_requests(requests: object) -> list[str]:
    if not isinstance(requests, Requests) or not requests:
        return []
    lines = [repr(request) for request in requests[:_MOST_REQUESTS]]
    left = len(requests) - len(lines)
    return [*lines, f"... {left:,} more"] if left else lines


def _explain_lists(clusters: Sequence[RollupCluster], left: list[Any], right: list[Any]) -> list[str]:
    """Explain lists of states or outcomes, as comprehensions over requests make them."""
    if all(isinstance(item, JobState) for item in left):
        names, what = _STATES, "job state"
    elif all(isinstance(item, str) and item in OUTCOMES for item in left):
        names, what = OUTCOMES, "outcome"
    else:
        return []
    attributes = ("outcome",) if what == "outcome" else ("state_before", "state_after")
    lines = _misspelt(right, names, what)
    lines += _first_difference(left, right)
    return lines + _of_which(clusters, attributes, left)


def _first_difference(left: list[Any], right: list[Any]) -> list[str]:
    for index, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return [f"they differ at index {index}: {_show(one)} is not {_show(other)}"]
    return [f"there are {len(left)} and not {len(right)}"]


def _of_which(clusters: Sequence[RollupCluster], attributes: Sequence[str], values: list[Any]) -> list[str]:
    """Return the requests whose attribute has these values one after the other, if they can be found."""
    for cluster in clusters:
        requests = cluster.requests
        endpoints = dict.fromkeys(request.endpoint for request in requests)
        for among in (requests, *map(requests.to, endpoints)):
            for attribute in attributes:
                if [getattr(request, attribute) for request in among] == values:
                    return _explain_requests(among)
    return []


def _list_of(requests: Sequence[RecordedRequest], before: str) -> str:
    if not requests:
        return ""
    more = "" if len(requests) <= _MOST_JOBS else " ..."
    return f"{before} {', '.join(f'#{request.number} {request.brief()}' for request in requests[:_MOST_JOBS])}{more}"
