"""Delete Job."""

from __future__ import annotations

from typing import Final

from pytest_rollup_fake.contract.expectation import COUNT, NODE_ID, Answer, Case, Needs, Step, changing

from .jobs import ACKNOWLEDGED, DELETE, GET, NO_JOBS, acted, failed, illegal, in_state

EACH: Final = "TransportDeleteRollupJobAction; delete_job.yml"


def missing(id_: str) -> object:
    """Return what is said of a job that is not there; 6.3 and 6.4 had no brackets."""
    type_ = "resource_not_found_exception"
    return changing(
        failed(404, type_, f"the task with id {id_} doesn't exist"),
        v6_5=failed(404, type_, f"the task with id [{id_}] doesn't exist"),
    )


def not_stopped(state: str) -> Answer:
    """Return the refusal of a job that is not stopped, since 6.5 (#34574); a real one stands in #35295."""
    reason = f"Could not delete job [<job>] because indexer state is [{state}].  Job must be [STOPPED] before deletion."
    failure = {
        "task_id": COUNT,
        "node_id": NODE_ID,
        "status": "INTERNAL_SERVER_ERROR",
        "reason": {"type": "illegal_state_exception", "reason": reason},
    }
    return acted({"task_failures": [failure], "acknowledged": False}, 500)


def _held(state: str) -> Case:
    steps = (Step(DELETE, not_stopped(state.upper())), Step(GET, in_state(state)))
    return Case("delete", f"a job that is {state}", EACH, steps, job=state, lines=("6.5", None), needs=Needs.FAKE)


CASES: Final = (
    Case("delete", "a stopped job", EACH, (Step(DELETE, ACKNOWLEDGED), Step(GET, NO_JOBS))),
    Case("delete", "a job twice", EACH, (Step(DELETE, ACKNOWLEDGED), Step(DELETE, missing("<job>")))),
    Case(
        "delete",
        "a job that is not there",
        EACH,
        (Step("DELETE /<rollup>/job/<missing>", missing("<missing>")),),
        job=None,
    ),
    Case("delete", "no wildcard", EACH, (Step("DELETE /<rollup>/job/<prefix>*", missing("<prefix>*")),), job=None),
    Case(
        "delete",
        "a started job",
        EACH,
        (Step(DELETE, not_stopped("STARTED")), Step(GET, in_state("started"))),
        job="started",
        lines=("6.5", None),
    ),
    Case(
        "delete",
        "a started job, which was once done",
        EACH,
        (Step(DELETE, ACKNOWLEDGED),),
        job="started",
        lines=("6.3", "6.4"),
    ),
    _held("indexing"),
    _held("stopping"),
    Case(
        "delete",
        "a parameter that it does not have",
        "BaseRestHandler; #43119 was closed",
        (
            Step(
                f"{DELETE}?delete_data=true",
                illegal("request [/<rollup>/job/<job>] contains unrecognized parameter: [delete_data]"),
            ),
        ),
        job=None,
    ),
)
