"""Stop Job."""

from __future__ import annotations

from typing import Final

from pytest_rollup_fake.contract.expectation import Answer, Case, Either, Needs, Step, changing

from .jobs import GET, STOP, STOPPED, acted, error, failed, in_state, no_task

MISSING: Final = no_task("<missing>")
TASK: Final = "TransportStopRollupAction; stop_job.yml"


def stop(id_: str, query: str = "") -> str:
    """Return the request that stops a job."""
    return f"POST /<rollup>/job/{id_}/_stop{query}"


def timed_out(shown: str) -> Answer:
    """Return the end of a wait that was too short.

    ElasticsearchTimeoutException; #36072 (6.6, without the state), #38877 (with it), #116026 (429 in 9.0), #124936 (its
    mark; in the body of some 9.0 and 9.1 stands the header too).
    """
    short = f"Timed out after [{shown}] while waiting for rollup job [<job>] to stop"
    whole = f"{short}. State was [STOPPING]"
    body = {"error": error("timeout_exception", whole, timed_out=True), "status": 429}
    header = {"X-Timed-Out": "?1"}
    more = {"error": error("timeout_exception", whole, timed_out=True, header=header), "status": 429}
    return acted(
        changing(
            {"error": error("timeout_exception", short), "status": 500},
            v6_7={"error": error("timeout_exception", whole), "status": 500},
            v9_0=Either((body, more)),
            v9_2=body,
        ),
        changing(500, v9_0=429),
        headers=changing((), v9_0=(("X-Timed-Out", "?1"),)),
    )


def _waits(name: str, query: str) -> Case:
    source = "StopRollupJobAction, since 6.6 (#34811); stop_job.yml"
    return Case(
        "stop",
        name,
        source,
        (Step(stop("<job>", query), STOPPED), Step(GET, in_state("stopped"))),
        job="started",
        lines=("6.6", None),
    )


def _times_out(name: str, given: str, shown: str) -> Case:
    return Case(
        "stop",
        name,
        "TransportStopRollupAction, TimeValue.getStringRep",
        (
            Step(stop("<job>", f"?wait_for_completion=true&timeout={given}"), timed_out(shown)),
            Step(GET, in_state("stopping")),
        ),
        job="indexing",
        lines=("6.6", None),
        needs=Needs.FAKE,
    )


def _literal(name: str, path: str, id_: object) -> Case:
    answer = changing(no_task(id_)) if isinstance(id_, str) else id_
    return Case("stop", name, "TransportTaskHelper compares ids as they are", (Step(stop(path), answer),), job=None)


CASES: Final = (
    Case("stop", "a job that is not there", TASK, (Step(stop("<missing>"), MISSING),), job=None),
    Case(
        "stop",
        "a started job",
        "RollupJobTask.stop",
        (Step(STOP, STOPPED), Step(GET, in_state("stopped"))),
        job="started",
    ),
    Case("stop", "a job twice", TASK, (Step(STOP, STOPPED), Step(STOP, STOPPED)), job="started"),
    Case("stop", "a job that was never started", TASK, (Step(STOP, STOPPED), Step(GET, in_state("stopped")))),
    _waits("waiting as long as it takes", "?wait_for_completion=true"),
    _waits("waiting 1s", "?wait_for_completion=true&timeout=1s"),
    _waits("waiting with a timeout of 0", "?wait_for_completion=true&timeout=0"),
    _waits("waiting with a timeout of -1", "?wait_for_completion=true&timeout=-1"),
    _waits("a flag without a value", "?wait_for_completion"),
    _waits("not waiting", "?wait_for_completion=false&timeout=1s"),
    Case(
        "stop",
        "waiting for a stopped job",
        "TransportStopRollupAction",
        (Step(stop("<job>", "?wait_for_completion=true&timeout=1s"), STOPPED),) * 2,
        lines=("6.6", None),
    ),
    Case(
        "stop",
        "waiting for a job that is not there",
        TASK,
        (Step(stop("<missing>", "?wait_for_completion=true&timeout=1s"), MISSING),),
        job=None,
        lines=("6.6", None),
    ),
    _literal("all jobs", "_all", "_all"),
    _literal("a wildcard", "*", "*"),
    _literal("a list", "<missing>,<missing>", "<missing>,<missing>"),
    _literal("an id with an escaped slash", "<missing>%2Fb", "<missing>/b"),
    _literal("an id in UTF-8", "<missing>%20%C3%A4", "<missing> ä"),
    _literal("an empty id", "", ""),
    _literal("an id with a plus", "<missing>+b", changing(no_task("<missing> b"), v7_0=no_task("<missing>+b"))),
    Case(
        "stop",
        "an indexing job is stopping and stays it when stopped again",
        "AsyncTwoPhaseIndexer.stop; RollupJobTaskTests.testStopWhenStopping",
        (Step(STOP, STOPPED), Step(GET, in_state("stopping")), Step(STOP, STOPPED), Step(GET, in_state("stopping"))),
        job="indexing",
        needs=Needs.FAKE,
    ),
    _times_out("giving up after 1s", "1s", "1s"),
    _times_out("giving up after 1500ms", "1500ms", "1500ms"),
    _times_out("giving up after 1m", "1m", "1m"),
    _times_out("giving up at once", "-1", "-1"),
    Case(
        "stop",
        "a job that is being cancelled",
        "RollupJobTaskTests.testStopWhenAborting",
        (Step(STOP, failed(500, "exception", "Cannot stop task for Rollup Job [<job>] because state was [ABORTING]")),),
        job="aborting",
        needs=Needs.FAKE,
    ),
)
