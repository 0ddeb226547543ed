"""Stories made by hand, for the tests of those who show them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, Final

from pytest_rollup_fake.report.timeline import RequestEntry, SkipEntry, StateEntry, Timeline

if TYPE_CHECKING:
    from pytest_rollup_fake.report.timeline import Entry

_PLAIN: Final = RequestEntry(
    number=1,
    at=0.0,
    connection=1,
    node=None,
    method="GET",
    path="/",
    query="",
    endpoint="info",
    job=None,
    version="8.19.21",
    user=None,
    headers=(("Host", "127.0.0.1:9200"),),
    body="",
    outcome="answered",
    parked=False,
    status=200,
    reason="",
    response="{}",
    effect="applied",
    fault=None,
    state_before=None,
    state_after=None,
    wait_for_completion=None,
    answered_at=0.0,
    waited=0.0,
    took=0.002,
)


def request(number: int, at: float, endpoint: str, **changes: Any) -> RequestEntry:
    """Return a request to one of the endpoints of a job."""
    job = changes.pop("job", "sensor")
    method, path = {
        "stop": ("POST", f"/_rollup/job/{job}/_stop"),
        "get": ("GET", f"/_rollup/job/{job}"),
        "unfaked": ("GET", "/_cat/indices"),
    }[endpoint]
    made = dataclasses.replace(
        _PLAIN,
        number=number,
        at=at,
        endpoint=endpoint,
        method=method,
        path=path,
        job=None if endpoint == "unfaked" else job,
    )
    changed = dataclasses.replace(made, **changes)
    answered_at = None if changed.waited is None else at + changed.waited
    return dataclasses.replace(changed, answered_at=answered_at)


def state(number: int, at: float, state: str, why: str, job: str = "sensor", **changes: Any) -> StateEntry:
    """Return a state that a job has taken."""
    return dataclasses.replace(StateEntry(number, at, job, 1, state, why, gone=False), **changes)


def timeline(*entries: Entry, **changes: Any) -> Timeline:
    """Return a story."""
    last = entries[-1].at if entries else 0.0
    skipped = sum(entry.to - entry.at for entry in entries if isinstance(entry, SkipEntry))
    plain = Timeline("http://127.0.0.1:9200", None, ("8.19.21",), "skipping", last, skipped, entries, (), ())
    return dataclasses.replace(plain, **changes)


STOPPED_LATE: Final = timeline(
    state(1, 0.001, "indexing", "added by the test"),
    request(
        2,
        0.003,
        "stop",
        query="wait_for_completion=true&timeout=10s",
        status=500,
        reason="Timed out after [10s] while waiting for rollup job [sensor] to stop. State was [STOPPING]",
        waited=10.0,
        state_before="indexing",
        state_after="stopping",
        wait_for_completion=True,
        response='{"error":{"type":"timeout_exception"}}',
    ),
    state(3, 0.003, "stopping", "stop (request #2)"),
    SkipEntry(0.004, 10.003),
    *(
        entry
        for index in range(34)
        for entry in (
            request(4 + index, 10.004 + index, "get", state_before="stopping"),
            SkipEntry(10.005 + index, 11.004 + index),
        )
    ),
    request(38, 44.01, "get", outcome="lost", fault="faults.reset()", effect="skipped", status=None, waited=None),
    state(39, 45.003, "stopped", "wound down"),
    request(40, 45.01, "unfaked", status=501, reason="is an API of Elasticsearch"),
    findings=("GET /_cat/indices is an API of Elasticsearch 8.19.21 that pytest-rollup-fake does not fake.",),
)
"""A stop that timed out, looks at the job until it was stopped, a lost answer, and a call of something else."""
