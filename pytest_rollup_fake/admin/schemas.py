"""The schemas of what the admin API takes and answers, beside those of scenarios."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from pytest_rollup_fake.model.states import JobState
from pytest_rollup_fake.model.timeline import ClockMode

from .checking import scenario_schema

FORMS: Final = (
    *("advance_clock", "change_clock", "hold_job", "release_job", "remove_job"),
    *("inject_fault", "remove_fault", "reset"),
)
"""The operations that the forms of the live page may do."""

_NUMBER: Final = {"type": "number"}
_TEXT: Final = {"type": "string"}
_WHOLE: Final = {"type": "integer"}
_YES: Final = {"type": "boolean"}
_TABLE: Final = {"type": "object"}
_DURATION: Final = {
    "type": ["number", "string"],
    "description": 'Seconds as a number, or a time string such as "500ms", "10s" or "2m".',
}
_STATE: Final = {"enum": [str(state) for state in JobState]}
_MODE: Final = {"enum": [str(mode) for mode in ClockMode]}

_FORM: Final = {
    "type": "object",
    "description": "The name of an operation, its id, and the parts of its document as texts; empty ones are left out.",
    "properties": {"do": {"enum": list(FORMS)}, "id": _TEXT},
    "required": ["do"],
    "additionalProperties": _TEXT,
}


def _maybe(schema: dict[str, Any]) -> dict[str, Any]:
    types = schema["type"]
    return {**schema, "type": [*([types] if isinstance(types, str) else types), "null"]}


def _object(required: dict[str, Any], **optional: Any) -> dict[str, Any]:  # noqa: ANN401  (schemas)
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": {"$ref": f"#/$defs/{name}"}}


_CHANGE: Final = _object({"number": _WHOLE, "when": _NUMBER, "state": _TEXT, "why": _TEXT})
_CLOCK: Final = {"now": _NUMBER, "skipped": _NUMBER, "mode": _MODE}
_JOB: Final = {
    "id": _TEXT,
    "state": _STATE,
    "held": _YES,
    "stop_delay": _DURATION,
    "runs": _YES,
    "run_duration": _DURATION,
    "run_documents": _WHOLE,
    "node": _maybe(_TEXT),
    "config": _TABLE,
    "stats": {"type": "object", "additionalProperties": _WHOLE},
    "history": {"type": "array", "items": _CHANGE},
}
_REQUEST: Final = {
    "number": _WHOLE,
    "method": _TEXT,
    "path": _TEXT,
    "query": {"type": "object", "additionalProperties": _TEXT},
    "endpoint": _TEXT,
    "job": _maybe(_TEXT),
    "version": _maybe(_TEXT),
    "user": _maybe(_TEXT),
    "node": _maybe(_TEXT),
    "connection": _WHOLE,
    "body": _TEXT,
    "wait_for_completion": _maybe(_YES),
    "timeout": _maybe(_NUMBER),
    "received_at": _NUMBER,
    "answered_at": _maybe(_NUMBER),
    "waited": _maybe(_NUMBER),
    "parked": _YES,
    "state_before": _maybe(_TEXT),
    "state_after": _maybe(_TEXT),
    "effect": _maybe(_TEXT),
    "fault": _maybe(_TEXT),
    "status": _maybe(_WHOLE),
    "response": {},
    "outcome": _TEXT,
}
_NODE: Final = {"name": _TEXT, "id": _TEXT, "url": _TEXT, "is_alive": _YES}
_INDEXER: Final = _object({"due_at": _maybe(_WHOLE), "run_is_over": _YES})
_TASK: Final = _object(
    {
        "id": _WHOLE,
        "node": _TEXT,
        "started_at": _WHOLE,
        "state": _STATE,
        "due_at": _maybe(_WHOLE),
        "reads_left": _maybe(_WHOLE),
        "is_overdue": _YES,
        "indexer": {"$ref": "#/$defs/saved_indexer"},
    }
)
_SAVED_JOB: Final = {
    **{name: _JOB[name] for name in ("id", "stop_delay", "runs", "run_duration", "run_documents", "config", "stats")},
    "history": _JOB["history"],
    "persisted": _STATE,
    "is_held": _YES,
    "is_lost": _YES,
    "reassigned_at": _maybe(_WHOLE),
    "task": {"$ref": "#/$defs/saved_task"},
}
_SAVED_INDEX: Final = {
    "name": _TEXT,
    "mapping": _TABLE,
    "type_name": _TEXT,
    "aliases": _TABLE,
    "settings": _TABLE,
    "created_at": _WHOLE,
    "uuid": _TEXT,
}
_SNAPSHOT: Final = {
    "clock": _object({"now": _WHOLE, "skipped": _WHOLE, "mode": _MODE}),
    "next_number": _WHOLE,
    "next_task": _WHOLE,
    "jobs": _list("saved_job"),
    "indices": _list("saved_index"),
    "search_stubs": {"type": "object", "additionalProperties": _TABLE},
    "faults": _list("saved_fault"),
}


@cache
def definitions() -> dict[str, Any]:
    """Return every schema by its name, those of scenarios among them."""
    given: dict[str, Any] = scenario_schema()["$defs"]
    fault = given["fault"]["properties"]
    injected = {"id": _WHOLE, "hits": _WHOLE, **{name: fault[name] for name in ("fault", "on", "times")}}
    optional = {name: schema for name, schema in fault.items() if name not in injected}
    progress = {"type": "array", "items": _WHOLE}
    return {
        **given,
        "job_state": _object(_JOB),
        "jobs": _object({"jobs": _list("job_state")}),
        "node": _object(_NODE),
        "nodes": _object({"nodes": _list("node")}),
        "injection": _object(injected, **optional),
        "injections": _object({"faults": _list("injection")}),
        "clock": _object(_CLOCK),
        "clock_change": _object({"mode": _MODE}),
        "advance": _object({"by": _DURATION}),
        "advanced": _object({**_CLOCK, "answered": _list("request")}),
        "request": _object(_REQUEST),
        "requests": _object({"requests": _list("request"), "last": _WHOLE}),
        "removed": _object({"removed": {"type": ["string", "integer"]}}),
        "nothing": _object({}),
        "error": _object({"error": _object({"message": _TEXT, "place": _TEXT})}),
        "document": _TABLE,
        "text": _TEXT,
        "form": _FORM,
        "saved_indexer": _maybe(_INDEXER),
        "saved_task": _maybe(_TASK),
        "saved_job": _object(_SAVED_JOB),
        "saved_index": _object(_SAVED_INDEX),
        "saved_fault": _object({**injected, "progress": progress}, **optional),
        "snapshot": _object(_SNAPSHOT),
    }
