"""Put Job: what is created, and what stands in the way of it."""

from __future__ import annotations

from typing import Any, Final

from pytest_rollup_fake.contract.expectation import (
    UNREAD,
    Answer,
    Case,
    Caused,
    Either,
    Including,
    Needs,
    Step,
    changing,
)

from .jobs import (
    ACKNOWLEDGED,
    DELETE,
    GET,
    INTERVAL,
    NO_JOBS,
    PUT,
    REMOVAL,
    REMOVED,
    acted,
    config,
    document,
    failed,
    illegal,
    in_state,
    refused,
)

EACH: Final = "TransportPutRollupJobAction; put_job.yml"
EXISTS: Final = failed(
    409, "status_exception", "Cannot create rollup job [<job>] because job was previously created (existing metadata)."
)
TASK_EXISTS: Final = acted(
    {
        "error": {
            "root_cause": UNREAD,
            "type": "status_exception",
            "reason": "Cannot create job [<job>] because it has already been created (task exists)",
            "caused_by": Including({"type": "resource_already_exists_exception"}),
        },
        "status": 409,
    },
    409,
)
NO_USAGE: Final = (
    "new rollup jobs are not allowed in clusters that don't have any rollup usage, since rollup has been deprecated"
)
OLD_ZONE: Final = (
    "Creating Rollup job [<job>] with timezone [Canada/Mountain], but [Canada/Mountain] has been deprecated by the "
    "IANA.  Use [America/Edmonton] instead."
)
NO_VERSION: Final[dict[str, Any]] = {"_meta": {"_rollup": {"other": {}}}}
UNVERSIONED: Final = failed(
    500, "illegal_state_exception", "Could not determine version of existing rollup metadata for index [<job>-other]"
)
NO_SUCH_LIST: Final = acted(
    {
        "error": Including({"type": "index_not_found_exception", "reason": "no such index [<source>,<missing>]"}),
        "status": 404,
    },
    404,
)
NO_META: Final = "xpected to find _meta key in mapping of rollup index [<job>-other] but not found"
NO_META_WHOLE: Final = f"Rollup data cannot be added to existing indices that contain non-rollup data (e{NO_META})."

WHOLE_GROUPS: Final[dict[str, Any]] = {
    "date_histogram": {INTERVAL: "1h", "field": "the_field", "delay": "7d", "time_zone": "Europe/Vienna"},
    "histogram": {"interval": 5, "fields": ["value_field"]},
    "terms": {"fields": ["name_field"]},
}
METRICS: Final = [{"field": "value_field", "metrics": ["avg", "value_count"]}]


def _interval(name: str, keys: tuple[str, str], value: str, since: str) -> Case:
    """Return a case of the key of an interval (DateHistogramGroupConfig)."""
    groups = {"date_histogram": {"field": "the_field", keys[0]: value}}
    seen = {"date_histogram": {keys[1]: value, "field": "the_field", "time_zone": "UTC"}}
    steps = (Step(PUT, ACKNOWLEDGED, config(groups=groups)), Step(GET, acted({"jobs": [document(groups=seen)]})))
    return Case("put", name, "DateHistogramGroupConfig; #33727", steps, job=None, lines=(since, None))


CASES: Final = (
    Case("put", "a job", EACH, (Step(PUT, ACKNOWLEDGED, config()), Step(GET, acted({"jobs": [document()]}))), job=None),
    Case(
        "put",
        "a job with every group",
        "GroupConfig, RollupJobConfig.toXContent",
        (
            Step(PUT, ACKNOWLEDGED, config(groups=WHOLE_GROUPS, metrics=METRICS, timeout="30s", page_size=1000)),
            Step(GET, acted({"jobs": [document(groups=WHOLE_GROUPS, metrics=METRICS, timeout="30s", page_size=1000)]})),
        ),
        job=None,
    ),
    Case(
        "put",
        "a job without metrics",
        "RollupJobConfig.toXContent",
        (Step(PUT, ACKNOWLEDGED, config(metrics=...)), Step(GET, acted({"jobs": [document(metrics=[])]}))),
        job=None,
        lines=("6.5", None),
    ),
    _interval("a calendar interval", ("calendar_interval", "calendar_interval"), "1d", "7.2"),
    _interval("a fixed interval", ("fixed_interval", "fixed_interval"), "90m", "7.2"),
    _interval("an old interval of the calendar", ("interval", "calendar_interval"), "1d", "8.0"),
    _interval("an old interval that is fixed", ("interval", "fixed_interval"), "90m", "8.0"),
    Case("put", "a job that is there", EACH, (Step(PUT, EXISTS, config()), Step(GET, in_state("stopped")))),
    Case("put", "a job whose index remembers it", "#37387", (Step(DELETE, ACKNOWLEDGED), Step(PUT, EXISTS, config()))),
    Case(
        "put",
        "a job that is there, into another index",
        EACH,
        (Step(PUT, TASK_EXISTS, config(rollup_index="<index>b")),),
    ),
    Case(
        "put",
        "an id in the body",
        "RollupJobConfig.fromXContent since 6.5",
        (
            Step(PUT, ACKNOWLEDGED, config(id="<job>b")),
            Step(GET, NO_JOBS),
            Step(f"{GET}b", acted(Including({"jobs": [Including({"config": Including({"id": "<job>b"})})]}))),
        ),
        job=None,
        lines=("6.5", None),
    ),
    Case(
        "put",
        "a zone of another name now",
        "TransportPutRollupJobAction.checkForDeprecatedTZ; rollup_search.yml",
        (
            Step(
                PUT,
                acted(
                    {"acknowledged": True},
                    warnings=changing((OLD_ZONE,), v9_0=(OLD_ZONE, REMOVED)),
                ),
                config(
                    groups={"date_histogram": {"field": "the_field", INTERVAL: "1h", "time_zone": "Canada/Mountain"}}
                ),
            ),
        ),
        job=None,
        lines=("7.2", None),
    ),
    Case(
        "put",
        "an index of other data",
        f"{EACH}; #32965",
        (
            Step("PUT /<job>-other"),
            Step(
                PUT,
                changing(
                    failed(500, "runtime_exception", f"E{NO_META}."),
                    v6_5=failed(500, "runtime_exception", NO_META_WHOLE),
                ),
                config(rollup_index="<job>-other"),
            ),
            Step(GET, NO_JOBS),
        ),
        job=None,
    ),
    Case(
        "put",
        "a rollup index without its version",
        "TransportPutRollupJobAction up to 8.x",
        (
            Step("PUT /<job>-other", None, {"mappings": changing({"_doc": NO_VERSION}, v7_0=NO_VERSION)}),
            Step(PUT, changing(UNVERSIONED, v9_0=ACKNOWLEDGED), config(rollup_index="<job>-other")),
        ),
        job=None,
    ),
    Case(
        "put",
        "metrics without groups",
        "TransportPutRollupJobAction reads the groups of a job that has none",
        (
            Step(
                PUT,
                Answer(
                    500,
                    {"error": Including({"type": "null_pointer_exception"}), "status": 500},
                    maybe=REMOVAL,
                ),
                config(groups=...),
            ),
        ),
        job=None,
        lines=("6.5", None),
    ),
    Case(
        "put",
        "a list of sources, which was taken for a name",
        "#45591, #61396; #47041",
        (Step(PUT, NO_SUCH_LIST, config(index_pattern="<source>,<missing>")),),
        job=None,
        lines=("7.0", "7.12"),
    ),
    Case(
        "put",
        "a source that is not there",
        "FieldCapabilities in TransportPutRollupJobAction",
        (
            Step(
                PUT,
                acted(
                    {
                        "error": Including(
                            {"type": "index_not_found_exception", "reason": "no such index [<missing>]"}
                        ),
                        "status": 404,
                    },
                    404,
                ),
                config(index_pattern="<missing>"),
            ),
        ),
        job=None,
        lines=("7.0", None),
    ),
    Case(
        "put",
        "a cron that is none",
        "RollupJobConfig since 6.5; kibana#42132",
        (Step(PUT, ACKNOWLEDGED, config(cron="00 14 * * *")),),
        job=None,
        lines=("6.5", None),
    ),
    Case(
        "put",
        "a cron that is none, which was once refused",
        "RollupJobConfig.Builder.build",
        (
            Step(
                PUT,
                acted(
                    {
                        "error": Caused(
                            "illegal_argument_exception", Either(("invalid cron expression [00 14 * * *]",))
                        ),
                        "status": 400,
                    },
                    400,
                ),
                config(cron="00 14 * * *"),
            ),
        ),
        job=None,
        lines=("6.3", "6.4"),
    ),
    Case(
        "put",
        "a cluster in which rollup was never used",
        "TransportPutRollupJobAction; #108624",
        (Step(PUT, failed(400, "illegal_argument_exception", NO_USAGE), config()),),
        job=None,
        lines=("8.15", None),
        needs=Needs.FRESH,
    ),
    Case(
        "put",
        "no body",
        "RestRequest.requiredContent",
        (Step(PUT, refused("parse_exception", "request body is required")),),
        job=None,
    ),
    Case(
        "put",
        "a parameter that it does not have",
        "BaseRestHandler",
        (
            Step(
                f"{PUT}?wait=1",
                illegal("request [/<rollup>/job/<job>] contains unrecognized parameter: [wait]"),
                config(),
            ),
        ),
        job=None,
    ),
)
