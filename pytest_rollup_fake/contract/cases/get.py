"""Get Jobs."""

from __future__ import annotations

from typing import Final

from pytest_rollup_fake.contract.expectation import Case, Containing, Including, Step, changing

from .jobs import GET, NO_JOBS, acted, document, illegal, no_handler, simple

LISTED: Final = acted({"jobs": Containing(Including({"config": Including({"id": "<job>"})}))})
EACH: Final = "TransportGetRollupJobAction; get_jobs.yml"

CASES: Final = (
    Case("get", "a job", EACH, (Step(GET, acted({"jobs": [document()]})),)),
    Case("get", "a started job", EACH, (Step(GET, acted({"jobs": [document("started")]})),), job="started"),
    Case("get", "a job that is not there", EACH, (Step("GET /<rollup>/job/<missing>", NO_JOBS),), job=None),
    Case("get", "all jobs", EACH, (Step("GET /<rollup>/job/_all", LISTED),)),
    Case("get", "all jobs by a wildcard", EACH, (Step("GET /<rollup>/job/*", LISTED),)),
    Case("get", "no other wildcard", EACH, (Step("GET /<rollup>/job/<prefix>*", NO_JOBS),)),
    Case("get", "no list", EACH, (Step("GET /<rollup>/job/<job>,<job>", NO_JOBS),)),
    Case("get", "a slash at the end", "RestController, PathTrie", (Step(f"{GET}/", acted({"jobs": [document()]})),)),
    Case(
        "get",
        "no id",
        "RestGetRollupJobsAction has no such path: 3.4 of the paths of RestController",
        (
            Step(
                "GET /_rollup/job",
                changing(
                    simple(
                        405,
                        "Incorrect HTTP method for uri [/_rollup/job] and method [GET], allowed: [POST]",
                        headers=(("Allow", "POST"),),
                    ),
                    v9_0=no_handler("GET", "/_rollup/job"),
                ),
            ),
        ),
        job=None,
        lines=("6.6", None),
    ),
    Case(
        "get",
        "a parameter that it does not have",
        "BaseRestHandler",
        (Step(f"{GET}?size=1", illegal("request [/<rollup>/job/<job>] contains unrecognized parameter: [size]")),),
        job=None,
    ),
)
