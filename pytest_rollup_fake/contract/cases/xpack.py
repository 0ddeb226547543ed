"""The old paths below `_xpack`."""

from __future__ import annotations

import dataclasses
from typing import Final

from pytest_rollup_fake.contract.expectation import Answer, Case, Lines, Step

from .caps import capabilities, of
from .jobs import ACKNOWLEDGED, STARTED, STOPPED, acted, config, document, no_handler, no_task

JOB: Final = "/_xpack/rollup/job/<job>"
STOP: Final = f"POST {JOB}/_stop"
VENDOR: Final = "application/vnd.elasticsearch+json"
SOURCE: Final = (
    "the REST actions of rollup: registerWithDeprecatedHandler, ReplacedRoute, Route.replaces; #36451, #118103"
)

# Both paths as they are registered; some old ones have a slash at their end.
_PATHS: Final = {
    "stop": ("POST /_xpack/rollup/job/{id}/_stop", "POST /_rollup/job/{id}/_stop"),
    "start": ("POST /_xpack/rollup/job/{id}/_start", "POST /_rollup/job/{id}/_start"),
    "put": ("PUT /_xpack/rollup/job/{id}", "PUT /_rollup/job/{id}"),
    "get": ("GET /_xpack/rollup/job/{id}/", "GET /_rollup/job/{id}"),
    "delete": ("DELETE /_xpack/rollup/job/{id}/", "DELETE /_rollup/job/{id}"),
    "caps": ("GET /_xpack/rollup/data/{id}/", "GET /_rollup/data/{id}"),
    "index_caps": ("GET /{index}/_xpack/rollup/data", "GET /{index}/_rollup/data"),
}


def _warned(endpoint: str, answer: Answer, content_type: str | None = None) -> Answer:
    old, new = _PATHS[endpoint]
    text = f"[{old}] is deprecated! Use [{new}] instead."
    return dataclasses.replace(answer, warnings=(text,), content_type=content_type)


def _case(name: str, source: str, step: Step, lines: Lines, job: str | None = None) -> Case:
    return Case("xpack", name, source, (step,), job=job, lines=lines)


def _replaced(endpoint: str, request: str, answer: Answer) -> tuple[Case, ...]:
    """Return what an old path does: the same in 6.6 to 6.8, with a warning in 7.x."""
    body, job = (config(), None) if endpoint == "put" else (None, "stopped")
    beside, warned = Step(request, answer, body), Step(request, _warned(endpoint, answer), body)
    return (
        _case(f"{endpoint} beside the new path", "#36383", beside, ("6.6", "6.8"), job),
        _case(f"{endpoint} is deprecated", SOURCE, warned, ("7.0", "7.17"), job),
    )


def _spoken(major: int, answer: Answer) -> Step:
    """Return a stop that asks for the answers of a major version."""
    vendor = f"{VENDOR};compatible-with={major}"
    headers = (("Accept", f"{VENDOR}; compatible-with={major}"),)
    return Step(STOP, dataclasses.replace(answer, content_type=vendor), headers=headers)


MISSING: Final = Step("POST /_xpack/rollup/job/<missing>/_stop", _warned("stop", no_task("<missing>")))
GONE: Final = no_handler("POST", f"{JOB}/_stop")

CASES: Final = (
    *_replaced("stop", STOP, STOPPED),
    *_replaced("start", f"POST {JOB}/_start", STARTED),
    *_replaced("put", f"PUT {JOB}", ACKNOWLEDGED),
    *_replaced("get", f"GET {JOB}", acted({"jobs": [document()]})),
    *_replaced("delete", f"DELETE {JOB}", ACKNOWLEDGED),
    *_replaced("caps", "GET /_xpack/rollup/data/<source>", of("<source>", capabilities())),
    *_replaced("index_caps", "GET /<index>/_xpack/rollup/data", of("<index>", capabilities())),
    _case("an error is warned of too", SOURCE, MISSING, ("7.0", "7.17")),
    _case("gone", SOURCE, Step(STOP, GONE), ("8.0", None)),
    _case("there for those who speak 7", SOURCE, _spoken(7, _warned("stop", STOPPED)), ("8.0", "8.19"), "stopped"),
    _case("gone for those who speak 8", SOURCE, _spoken(8, GONE), ("9.0", None)),
)
