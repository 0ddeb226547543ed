"""The state machine, walked whole over the REST API: every event in every state in every version line.

What to expect stands here in tables of its own, written by hand from what is known of Elasticsearch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from pytest_rollup_fake import NEVER
from tests.elasticsearch.api import each_line

if TYPE_CHECKING:
    from pytest_rollup_fake import Job, RollupCluster
    from tests.elasticsearch.api import Api, Response

STATES: Final = ("stopped", "started", "indexing", "stopping", "aborting")
EVERY_SECOND: Final = {"cron": "* * * * * ?"}
NO_TICKS: Final = {"cron": "* * * * * ? 2017"}


class Outcome(NamedTuple):
    """What an event does: the state that is shown afterwards (`None`: the job is gone) and what its caller is told."""

    after: str | None
    status: int | None = None
    text: object = None
    triggers: int = 0


Row = dict[str, Outcome]


def refused(status: int, text: str, *states: str) -> Row:
    """Return what states do in which an event is refused, which changes nothing; `text` has places for the state."""
    return {state: Outcome(state, status, text.format(state=state, STATE=state.upper())) for state in states}


# --- what is expected: the job of each state is named for it ---------------------------------------------------------

STARTED: Final = {"started": True}
STOPPED: Final = {"stopped": True}
DELETED: Final = {"acknowledged": True}
CANNOT_START: Final = "Cannot start task for Rollup Job [{state}] because state was [{STATE}]"
CANNOT_STOP: Final = "Cannot stop task for Rollup Job [{state}] because state was [{STATE}]"
CANNOT_DELETE: Final = (
    "Could not delete job [{state}] because indexer state is [{STATE}].  Job must be [STOPPED] before deletion."
)
TIMED_OUT: Final = "Timed out after [0ms] while waiting for rollup job [{state}] to stop"
UNKNOWN: Final = (
    "request [/_xpack/rollup/job/{state}/_stop] contains unrecognized parameters: [timeout], [wait_for_completion]"
)


def start(api: Api) -> Row:
    """Expect of a start: a job that is started or indexing is a 500 up to 7.x, a 200 from 8.0 on."""
    first = {"stopped": Outcome("started", 200, STARTED)}
    if api.is_from("8.0"):
        running = {state: Outcome(state, 200, STARTED) for state in ("started", "indexing")}
        return first | running | refused(500, CANNOT_START, "stopping", "aborting")
    return first | refused(500, CANNOT_START, "started", "indexing", "stopping", "aborting")


def stop(_: Api) -> Row:
    """Expect of a stop, in all versions: 200 unless the job is aborting."""
    return {
        "stopped": Outcome("stopped", 200, STOPPED),
        "started": Outcome("stopped", 200, STOPPED),
        "indexing": Outcome("stopping", 200, STOPPED),
        "stopping": Outcome("stopping", 200, STOPPED),
        **refused(500, CANNOT_STOP, "aborting"),
    }


def stop_and_wait(api: Api) -> Row:
    """Expect of a stop that waits: not stopped at the first look is timed out, and goes on; before 6.6 nobody waits."""
    if not api.is_from("6.6"):
        return refused(400, UNKNOWN, *STATES)
    text = TIMED_OUT + (". State was [STOPPING]" if api.is_from("6.7") else "")
    status = 429 if api.is_from("9.0") else 500
    timed_out = {state: Outcome("stopping", status, text.format(state=state)) for state in ("indexing", "stopping")}
    return stop(api) | timed_out


def delete(api: Api) -> Row:
    """Expect of a delete: from 6.5 on only a stopped job is deleted, before any."""
    if not api.is_from("6.5"):
        return dict.fromkeys(STATES, Outcome(None, 200, DELETED))
    return {
        "stopped": Outcome(None, 200, DELETED),
        **refused(500, CANNOT_DELETE, "started", "indexing", "stopping", "aborting"),
    }


def cron_tick(_: Api) -> Row:
    """Expect of a tick of the cron: only a started job takes it."""
    return {state: Outcome(state) for state in STATES} | {"started": Outcome("indexing", triggers=1)}


def run_end(_: Api) -> Row:
    """Expect of a run's end: one that stops has stopped, one that aborts is gone; without a run nothing happens."""
    return {
        "stopped": Outcome("stopped"),
        "started": Outcome("started"),
        "indexing": Outcome("started"),
        "stopping": Outcome("stopped"),
        "aborting": Outcome(None),
    }


# --- what is done ----------------------------------------------------------------------------------------------------


def ask(api: Api, expected: Row, method: str, action: str) -> Row:
    """Let a request reach a job in each state, and return what came of it."""
    for state in STATES:
        api.cluster.add_job(state, state=state, stop_delay=NEVER if state == "indexing" else 0, config=NO_TICKS)
    return {state: told(api, state, api.send(method, f"{api.prefix}/job/{state}{action}")) for state in expected}


def told(api: Api, state: str, response: Response) -> Outcome:
    """Return the outcome that an answer and the list of jobs show."""
    return Outcome(api.state(state), response.status, text_of(response.body))


def text_of(body: dict[str, Any]) -> object:
    """Return the reason of an error or of a task's failure, or the body of a success."""
    if "task_failures" in body:
        return body["task_failures"][0]["reason"]["reason"]
    return body["error"]["reason"] if "error" in body else body


def tick(api: Api) -> Row:
    """Let the cron tick for a job in each state; a run lasts longer than that."""
    for state in STATES:
        api.cluster.add_job(state, state=state, stop_delay=NEVER, config=EVERY_SECOND, runs=True, run_duration="1h")
    api.cluster.clock.advance("1s")
    return {state: Outcome(api.state(state), triggers=api.stats(state)["trigger_count"]) for state in STATES}


def end_runs(api: Api) -> Row:
    """Let the run end of each job that is in one; the one that aborts was removed in the middle of it."""
    jobs = {state: add_running(api.cluster, state) for state in STATES}
    jobs["aborting"].remove()
    assert jobs["aborting"].state == "aborting"
    api.cluster.clock.advance("5s")
    return {state: Outcome(api.state(state)) for state in STATES}


def add_running(cluster: RollupCluster, state: str) -> Job:
    """Add a job that is in a run if its state has one."""
    begun = "indexing" if state == "aborting" else state
    return cluster.add_job(state, state=begun, stop_delay="5s", config=NO_TICKS, runs=True, run_duration="5s")


WAITING: Final = "/_stop?wait_for_completion=true&timeout=0"
Act = Callable[["Api", Row], Row]
EVENTS: Final[dict[str, tuple[Callable[[Api], Row], Act]]] = {
    "start": (start, lambda api, row: ask(api, row, "POST", "/_start")),
    "stop": (stop, lambda api, row: ask(api, row, "POST", "/_stop")),
    "stop and wait": (stop_and_wait, lambda api, row: ask(api, row, "POST", WAITING)),
    "delete": (delete, lambda api, row: ask(api, row, "DELETE", "")),
    "cron tick": (cron_tick, lambda api, _: tick(api)),
    "run end": (run_end, lambda api, _: end_runs(api)),
}


@each_line()
@pytest.mark.parametrize("event", EVENTS)
def test_every_event_in_every_state(bare_api: Api, event: str) -> None:
    """The state machine: each event has the outcome that Elasticsearch gives it, in each of the five states."""
    expect, act = EVENTS[event]
    expected = expect(bare_api)
    assert set(expected) == set(STATES)

    assert act(bare_api, expected) == expected
