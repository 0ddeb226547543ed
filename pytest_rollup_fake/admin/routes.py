"""What the admin API has: paths and methods, what each takes and answers, and the OpenAPI document that says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from .schemas import definitions

PREFIX: Final = "/_fake/"
"""What all its paths begin with; the path is no index's, since no name of an index begins with `_`."""

Parameters = dict[str, tuple[dict[str, Any], str]]

JSON: Final = "application/json"
HTML: Final = "text/html"
FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Route:
    """A method and a path, whose `{id}` stands for anything without a slash; `operation` is the method of `Api`.

    `takes` and `gives` are names of schemas, `parameters` those of the query. `media` is what it answers with, and with
    `takes_form` it takes a form of HTML in the place of JSON.
    """

    method: str
    path: str
    operation: str
    summary: str
    gives: str | None
    takes: str | None = None
    status: int = 200
    parameters: tuple[str, ...] = ()
    media: str = JSON
    takes_form: bool = False


PARAMETERS: Final[Parameters] = {
    "endpoint": ({"type": "string"}, "Endpoints, such as stop, with commas between them."),
    "job": ({"type": "string"}, "The id of a job."),
    "outcome": ({"type": "string"}, "pending, answered, lost, abandoned or cut."),
    "after": ({"type": "integer", "minimum": 0, "default": 0}, "Only requests with a greater number."),
    "wait": ({"type": "string", "default": "0s"}, "How long to wait, in real time and for at most 60s."),
    "count": ({"type": "integer", "minimum": 1, "default": 1}, "How many requests to wait for."),
    "reassign_after": (
        {"type": "string", "default": "10s"},
        "After how much fake time another node takes its jobs.",
    ),
    "seen": ({"type": "string"}, "The `data-state` of a page that was seen: `wait` for another one."),
}
"""The parameters of queries."""

_JOB: Final = f"{PREFIX}jobs/{{id}}"
_NODE: Final = f"{PREFIX}nodes/{{id}}"
_FAULTS: Final = f"{PREFIX}faults"
_CLOCK: Final = f"{PREFIX}clock"
_SNAPSHOT: Final = f"{PREFIX}snapshot"

ROUTES: Final = (
    Route("GET", f"{PREFIX}jobs", "list_jobs", "List the jobs", "jobs"),
    Route("POST", f"{PREFIX}jobs", "add_job", "Add a job that is simply there", "job_state", "job", 201),
    Route("GET", _JOB, "get_job", "Show a job", "job_state"),
    Route("PATCH", _JOB, "change_job", "Change a job", "job_state", "job_change"),
    Route("DELETE", _JOB, "remove_job", "Let a job vanish, as after a delete by somebody else", "removed"),
    Route("POST", f"{_JOB}/hold", "hold_job", "Keep time from changing a job", "job_state"),
    Route("POST", f"{_JOB}/release", "release_job", "End a hold", "job_state"),
    Route("POST", f"{_JOB}/unassign", "unassign_job", "Let no node run a job's task", "job_state"),
    Route("POST", f"{_JOB}/assign", "assign_job", "Let a node run a job's task again", "job_state"),
    Route("GET", f"{PREFIX}nodes", "list_nodes", "List the nodes", "nodes"),
    Route(
        *("POST", f"{_NODE}/kill", "kill_node", "Let a node die, another than the one that is asked", "node"),
        parameters=("reassign_after",),
    ),
    Route("POST", f"{_NODE}/restart", "restart_node", "Let a killed node be back at its address", "node"),
    Route("POST", f"{PREFIX}indices", "add_index", "Add an index", "nothing", "index", 201),
    Route("PUT", f"{PREFIX}searches/{{id}}", "stub_search", "Answer searches of an index", "nothing", "document"),
    Route("POST", f"{PREFIX}users", "add_user", "Add a user", "nothing", "user", 201),
    Route("POST", f"{PREFIX}api_keys", "add_api_key", "Add an API key of a user", "nothing", "api_key", 201),
    Route("GET", _FAULTS, "list_faults", "List the faults, with their hits", "injections"),
    Route("POST", _FAULTS, "inject_fault", "Inject a fault", "injection", "fault", 201),
    Route("DELETE", f"{_FAULTS}/{{id}}", "remove_fault", "Let a fault strike no more", "removed"),
    Route("GET", _CLOCK, "get_clock", "Tell the fake time", "clock"),
    Route("PATCH", _CLOCK, "change_clock", "Let time pass in another way", "clock", "clock_change"),
    Route("POST", f"{_CLOCK}/advance", "advance_clock", "Let fake time pass", "advanced", "advance"),
    Route(
        *("GET", f"{PREFIX}requests", "list_requests", "List the requests, or wait for some to arrive", "requests"),
        parameters=("endpoint", "job", "outcome", "after", "wait", "count"),
    ),
    Route("POST", f"{PREFIX}reset", "reset", "Begin again, with what the program was started with", "nothing"),
    Route("GET", _SNAPSHOT, "take_snapshot", "Take a snapshot of jobs, indices, faults and time", "snapshot"),
    Route("PUT", _SNAPSHOT, "restore_snapshot", "Return to a snapshot, and forget the requests", "nothing", "snapshot"),
    Route("GET", f"{PREFIX}openapi.json", "describe", "Describe this API", "document"),
    Route("GET", PREFIX, "show_page", "Show it all as a page", "text", parameters=("seen", "wait"), media=HTML),
    Route(
        *("POST", PREFIX, "act_on_page", "Do what a form of the page says, and return to it", None, "form", 303),
        media=HTML,
        takes_form=True,
    ),
    Route("GET", f"{PREFIX}live.js", "get_script", "What lets the page follow along", "text", media="text/javascript"),
    Route("GET", f"{PREFIX}live.css", "get_style", "What the page looks like", "text", media="text/css"),
)
"""All of it."""

OPERATIONS: Final = {route.operation: route for route in ROUTES}
"""The same by the names of the operations."""


def openapi() -> dict[str, Any]:
    """Return the OpenAPI document."""
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "rollup-fake",
            "version": "1",
            "description": "Drives a fake Elasticsearch cluster that `rollup-fake serve` runs.",
        },
        "paths": paths,
        "components": {"schemas": _with_components(definitions())},
    }


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.operation,
        "summary": route.summary,
        "responses": _responses(route),
    }
    parameters = [_parameter(name, "query", *PARAMETERS[name]) for name in route.parameters]
    if "{id}" in route.path:
        parameters.append(_parameter("id", "path", {"type": "string"}, "Its id.") | {"required": True})
    if parameters:
        operation["parameters"] = parameters
    if route.takes is not None:
        operation["requestBody"] = {"required": True, **_content("", route.takes, FORM if route.takes_form else JSON)}
        del operation["requestBody"]["description"]
    return operation


def _responses(route: Route) -> dict[str, Any]:
    mistake = _content("A mistake (400), nothing of this id (404), or another web site (403).", "error")
    if route.takes_form:  # the page says what was wrong
        mistake["content"] |= _content("", "text", route.media)["content"]
    responses = {str(route.status): _content("What was asked for.", route.gives, route.media), "default": mistake}
    if route.media == HTML:
        responses["501"] = _content("Jinja2 is missing.", "text", "text/plain")
    return responses


def _parameter(name: str, place: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": place, "schema": schema, "description": description}


def _content(description: str, schema: str | None, media: str = JSON) -> dict[str, Any]:
    if schema is None:
        return {"description": description}
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {"description": description, "content": {media: {"schema": reference}}}


def _with_components(value: Any) -> Any:  # noqa: ANN401  (JSON is anything)
    """Return schemas whose references lead to where OpenAPI keeps them."""
    match value:
        case {"$ref": reference}:
            return {"$ref": str(reference).replace("#/$defs/", "#/components/schemas/")}
        case dict():
            return {key: _with_components(inner) for key, inner in value.items()}
        case list():
            return [_with_components(inner) for inner in value]
    return value
