"""The words that many cases share: jobs, errors, and the warning of 9.x."""

from __future__ import annotations

from typing import Any, Final

from pytest_rollup_fake.contract.expectation import Answer, Including, changing

NEVER_FIRES: Final = "0 0 0 1 1 ? 2100"

# #113131: since 9.0 a call of a rollup API is told so, once it has reached the action.
REMOVED: Final = "The rollup functionality will be removed in Elasticsearch 10.0. See docs for more information."
REMOVAL: Final = changing((), v9_0=(REMOVED,))

# DateHistogramGroupConfig, #33727.
INTERVAL: Final = changing("interval", v7_2="calendar_interval")


def acted(body: object, status: object = 200, **more: Any) -> Answer:
    """Return the answer of a rollup action."""
    return Answer(status, body, **{"warnings": REMOVAL, **more})


def error(type_: object, reason: object, **more: object) -> dict[str, Any]:
    """Return an error as ElasticsearchException.generateFailureXContent writes it, with what it has in addition.

    `caused_by` is a pair of type and reason; it is no part of the root cause (ExceptionsHelper).
    """
    cause = more.pop("caused_by", None)
    root_cause = more.pop("root_cause", None)
    shown = {"type": type_, "reason": reason, **more}
    whole = {"root_cause": [shown] if root_cause is None else root_cause, **shown}
    if isinstance(cause, tuple):
        whole["caused_by"] = {"type": cause[0], "reason": cause[1]}
    return whole


def failed(status: int, type_: object, reason: object, **more: object) -> Answer:
    """Return the error of a rollup action, which has the warning of 9.x too."""
    return acted({"error": error(type_, reason, **more), "status": status}, status)


def refused(type_: object, reason: object, status: int = 400, **more: object) -> Answer:
    """Return an error that comes before the action."""
    return Answer(status, {"error": error(type_, reason, **more), "status": status})


def illegal(reason: object, **more: Any) -> Answer:
    """Return the refusal of an argument (IllegalArgumentException)."""
    return refused("illegal_argument_exception", reason, **more)


def simple(status: int, text: object, **more: Any) -> Answer:
    """Return an error of one line (RestController, BytesRestResponse)."""
    return Answer(status, {"error": text, "status": status}, **more)


def no_handler(method: str, uri: str) -> Answer:
    """Return the answer to a path that nothing is registered for (RestController.handleBadRequest)."""
    return Answer(400, {"error": f"no handler found for uri [{uri}] and method [{method}]"})


# --- jobs -------------------------------------------------------------------------------------------------------------


def config(**changes: object) -> dict[str, Any]:
    """Return the body that creates a job like that of Elasticsearch's own REST tests; `...` leaves a part out."""
    whole = {
        "index_pattern": "<source>",
        "rollup_index": "<index>",
        "cron": NEVER_FIRES,
        "page_size": 10,
        "groups": {"date_histogram": {"field": "the_field", INTERVAL: "1h"}},
        "metrics": [{"field": "value_field", "metrics": ["min", "max", "sum"]}],
        **changes,
    }
    return {key: value for key, value in whole.items() if value is not ...}


def shown_config(id_: str = "<job>", **changes: object) -> dict[str, Any]:
    """Return the configuration as it is shown, with what Elasticsearch fills in, in its order (RollupJobConfig)."""
    return {
        "id": id_,
        "index_pattern": "<source>",
        "rollup_index": "<index>",
        "cron": NEVER_FIRES,
        "groups": {"date_histogram": {INTERVAL: "1h", "field": "the_field", "time_zone": "UTC"}},
        "metrics": [{"field": "value_field", "metrics": ["min", "max", "sum"]}],
        "timeout": "20s",
        "page_size": 10,
        **changes,
    }


# RollupIndexerJobStats: #35471 in 6.6, #53770 in 7.7.
_FIRST: Final = ("pages_processed", "documents_processed", "rollups_indexed", "trigger_count")
_SECOND: Final = (
    *("index_time_in_ms", "index_total", "index_failures"),
    *("search_time_in_ms", "search_total", "search_failures"),
)
_THIRD: Final = ("processing_time_in_ms", "processing_total")
NO_STATS: Final = changing(
    dict.fromkeys(_FIRST, 0),
    v6_6=dict.fromkeys((*_FIRST, *_SECOND), 0),
    v7_7=dict.fromkeys((*_FIRST, *_SECOND, *_THIRD), 0),
)


def document(state: str = "stopped", **configured: object) -> dict[str, Any]:
    """Return a job that has not run yet, as Get Jobs shows it (RollupJobStatus had `upgraded_doc_id` in 6.4 to 7.x)."""
    status = {"job_state": state}
    return {
        "config": shown_config(**configured),  # type: ignore[arg-type]
        "status": changing(status, v6_4={**status, "upgraded_doc_id": True}, v8_0=status),
        "stats": NO_STATS,
    }


def in_state(state: str) -> Answer:
    """Return what Get Jobs answers for the case's job, as far as its state goes."""
    shown = Including({"config": Including({"id": "<job>"}), "status": Including({"job_state": state})})
    return acted({"jobs": [shown]})


JOB: Final = "/<rollup>/job/<job>"
STOP: Final = f"POST {JOB}/_stop"
START: Final = f"POST {JOB}/_start"
GET: Final = f"GET {JOB}"
PUT: Final = f"PUT {JOB}"
DELETE: Final = f"DELETE {JOB}"
STOPPED: Final = acted({"stopped": True})
STARTED: Final = acted({"started": True})
ACKNOWLEDGED: Final = acted({"acknowledged": True})
NO_JOBS: Final = acted({"jobs": []})


def no_task(id_: str) -> Answer:
    """Return what stop and start say of a job that nothing runs."""
    return failed(404, "resource_not_found_exception", f"Task for Rollup Job [{id_}] not found")
