"""How an answer is written: `pretty`, `filter_path`, `format`, and what is echoed."""

from __future__ import annotations

import dataclasses
from typing import Final

from pytest_rollup_fake.contract.expectation import Answer, Case, Form, Lines, Needs, Step

from .jobs import GET, REMOVAL, STOP, STOPPED, acted, document, no_handler, no_task, simple

MISSING: Final = "POST /<rollup>/job/<missing>/_stop"
YAML: Final = Answer(200, "---\nstopped: true\n", warnings=REMOVAL, content_type="application/yaml", form=Form.TEXT)
BOTH: Final = (("X-Opaque-Id", "mine"), ("X-Opaque-Id", "yours"))


def _pretty(answer: Answer) -> Answer:
    return dataclasses.replace(answer, form=Form.PRETTY)


def _case(name: str, source: str, *steps: Step, job: str | None = "stopped", lines: Lines = ("6.3", None)) -> Case:
    return Case("forms", name, source, steps, job=job, lines=lines)


CASES: Final = (
    _case("pretty", "XContentBuilder.prettyPrint", Step(f"{GET}?pretty", _pretty(acted({"jobs": [document()]})))),
    _case(
        "pretty without anything in it",
        "XContentBuilder",
        Step("GET /<rollup>/job/<missing>?pretty=true", _pretty(acted({"jobs": []}))),
        job=None,
    ),
    _case("a pretty error", "BytesRestResponse", Step(f"{MISSING}?pretty", _pretty(no_task("<missing>"))), job=None),
    _case(
        "a pretty refusal of a path",
        "RestController.handleBadRequest",
        Step("GET /<rollup>/job/x/_foo?pretty", _pretty(no_handler("GET", "/<rollup>/job/x/_foo?pretty"))),
        job=None,
    ),
    _case("filter_path", "FilterPath", Step(f"{STOP}?filter_path=stopped", STOPPED)),
    _case(
        "filter_path with a wildcard",
        "FilterPath",
        Step(f"{GET}?filter_path=jobs.*.job_state", acted({"jobs": [{"status": {"job_state": "stopped"}}]})),
    ),
    _case(
        "filter_path with a deep wildcard",
        "FilterPath",
        Step(f"{GET}?filter_path=**.job_state", acted({"jobs": [{"status": {"job_state": "stopped"}}]})),
    ),
    _case(
        "filter_path that leaves out",
        "FilterPath",
        Step(
            f"{GET}?filter_path=-jobs.config,-jobs.stats,-**.upgraded_doc_id",
            acted({"jobs": [{"status": {"job_state": "stopped"}}]}),
        ),
    ),
    _case("filter_path that leaves nothing", "FilterPath", Step(f"{STOP}?filter_path=foo", acted({}))),
    _case(
        "filter_path of an error",
        "BytesRestResponse does not filter errors",
        Step(f"{MISSING}?filter_path=status", no_task("<missing>")),
        job=None,
    ),
    _case("format=json", "AbstractRestChannel", Step(f"{STOP}?format=json", STOPPED)),
    Case(
        "forms",
        "format=yaml",
        "AbstractRestChannel",
        (Step(f"{STOP}?format=yaml", YAML),),
        needs=Needs.YAML,
    ),
    _case("human changes nothing", "ToXContent", Step(f"{STOP}?human", STOPPED)),
    _case(
        "an id of the request is echoed",
        "DefaultRestChannel",
        Step(STOP, acted({"stopped": True}, headers=(("X-Opaque-Id", "mine"),)), headers=BOTH[:1]),
        Step(
            "POST /<rollup>/nope/x/y",
            dataclasses.replace(no_handler("POST", "/<rollup>/nope/x/y"), headers=(("X-Opaque-Id", "mine"),)),
            headers=BOTH[:1],
        ),
    ),
    _case(
        "two ids of the request",
        "RestController.tryAllHandlers of 7.6.2 to 7.10.2",
        Step(
            STOP,
            simple(
                400,
                "multiple values for single-valued header [X-Opaque-Id].",
                headers=(("X-Opaque-Id", "mine"),),
            ),
            headers=BOTH,
        ),
        lines=("7.6", "7.16"),
    ),
)
