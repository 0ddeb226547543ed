"""Start Job."""

from __future__ import annotations

from typing import Final

from pytest_rollup_fake.contract.expectation import Answer, Case, Needs, Step, changing

from .jobs import GET, START, STARTED, failed, illegal, in_state, no_task


def cannot(state: str) -> Answer:
    """Return the refusal to start a job that is in no state for it."""
    return failed(500, "exception", f"Cannot start task for Rollup Job [<job>] because state was [{state}]")


def _held(state: str, answer: object) -> Case:
    return Case(
        "start",
        f"a job that is {state}",
        "RollupJobTask.start; RollupJobTaskTests; #41502",
        (Step(START, answer), Step(GET, in_state(state))),
        job=state,
        needs=Needs.FAKE,
    )


CASES: Final = (
    Case(
        "start",
        "a job that is not there",
        "TransportStartRollupAction; start_job.yml",
        (Step("POST /<rollup>/job/<missing>/_start", no_task("<missing>")),),
        job=None,
    ),
    Case("start", "a stopped job", "RollupJobTask.start", (Step(START, STARTED), Step(GET, in_state("started")))),
    Case(
        "start",
        "a job twice",
        "RollupJobTask.start; start_job.yml; #41502",
        (Step(START, STARTED), Step(START, changing(cannot("STARTED"), v8_0=STARTED)), Step(GET, in_state("started"))),
    ),
    _held("indexing", changing(cannot("INDEXING"), v8_0=STARTED)),
    _held("stopping", cannot("STOPPING")),
    Case(
        "start",
        "a job that is being cancelled",
        "RollupJobTask.start",
        (Step(START, cannot("ABORTING")),),
        job="aborting",
        needs=Needs.FAKE,
    ),
    Case(
        "start",
        "a parameter that it does not have",
        "RestStartRollupJobAction, BaseRestHandler",
        (
            Step(
                f"{START}?wait=1",
                illegal("request [/<rollup>/job/<job>/_start] contains unrecognized parameter: [wait]"),
            ),
        ),
        job=None,
    ),
    Case(
        "start",
        "a body",
        "BaseRestHandler",
        (Step(START, illegal("request [POST /<rollup>/job/<job>/_start] does not support having a body"), body={}),),
        job=None,
        lines=("7.0", None),
    ),
)
