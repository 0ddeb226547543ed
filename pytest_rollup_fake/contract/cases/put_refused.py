"""Put Job: bodies that are refused, and fields that do not fit."""

from __future__ import annotations

from typing import Any, Final

from pytest_rollup_fake.contract.expectation import (
    Answer,
    Case,
    Caused,
    Either,
    Including,
    Lines,
    Pattern,
    Step,
    changing,
)

from .jobs import INTERVAL, PUT, acted, config, illegal, refused

PARSE: Final = "x_content_parse_exception"
BUILD: Final = "Failed to build [xpack/rollup/jobconfig] after last required field arrived"
SOURCE: Final = "RollupJobConfig"


def _case(name: str, source: str, answer: object, lines: Lines = ("6.5", None), **changes: Any) -> Case:
    return Case("put", name, source, (Step(PUT, answer, config(**changes)),), job=None, lines=lines)


def _built(name: str, reason: str, old: str | None, **changes: Any) -> tuple[Case, ...]:
    """Return what is refused once the configuration is read; up to 6.4 its builder said it in other words."""
    new = refused(PARSE, BUILD, caused_by=("illegal_argument_exception", reason))
    case = _case(name, f"{SOURCE} (constructor)", new, **changes)
    if old is None:
        return (case,)
    return case, _case(
        f"{name}, in the words of 6.3", f"{SOURCE}.Builder.build", illegal(old), ("6.3", "6.4"), **changes
    )


def _nested(name: str, source: str, reason: object, since: str = "6.5", **changes: Any) -> Case:
    """Return what is refused in a part of the configuration, in as many wrappings as there are parsers."""
    return _case(name, source, Answer(400, {"error": Caused(PARSE, reason), "status": 400}), (since, None), **changes)


def _histogram(name: str, reason: str, since: str = "6.5", **parts: Any) -> Case:
    return _nested(
        name, "DateHistogramGroupConfig", reason, since, groups={"date_histogram": {"field": "the_field", **parts}}
    )


def _validated(name: str, reason: object, since: str = "8.0", **changes: Any) -> Case:
    """Return what field capabilities refuse (PutRollupJobAction.Request.validateMappings).

    The type is one on the node that was asked and another where the request was passed on to the master.
    """
    types = Either(
        (
            "action_request_validation_exception",
            "rollup_action_request_validation_exception",
            "illegal_argument_exception",
        )
    )
    shown = {"type": types, "reason": reason}
    body = {"error": {"root_cause": [shown], **shown}, "status": 400}
    return _case(
        name, "validateMappings of the group and metric configurations", acted(body, 400), (since, None), **changes
    )


def _failed(text: str) -> str:
    return f"Validation Failed: 1: {text};"


NOWHERE: Final = "in any of the indices matching the index pattern."
NO_METRIC: Final = "field with name [absent] in any of the indices matching the index pattern."
OLD_METRIC: Final = _failed(f"Could not find a [numeric] or [date] {NO_METRIC}")
NEW_METRIC: Final = _failed(f"Could not find a [numeric] or [date,date_nanos] {NO_METRIC}")
DATE_GROUP: Final = {"field": "the_field", INTERVAL: "1h"}


def _metric(field: str, *metrics: str) -> list[dict[str, object]]:
    return [{"field": field, "metrics": list(metrics)}]


CASES: Final = (
    *_built(
        "an empty pattern",
        "Index pattern must be a non-null, non-empty string",
        "An index pattern is mandatory.",
        index_pattern="",
    ),
    *_built(
        "a pattern of everything",
        "Index pattern must not match all indices (as it would match it's own rollup index",
        "Index pattern must not match all indices (as it would match it's own rollup index",
        index_pattern="*",
    ),
    *_built(
        "a pattern that matches its rollup index",
        "Index pattern would match rollup index name which is not allowed",
        "Index pattern would match rollup index name which is not allowed.",
        index_pattern="<job>*",
    ),
    *_built(
        "a rollup index that is its own source",
        "Rollup index may not be the same as the index pattern",
        "Rollup index may not be the same as the index pattern.",
        rollup_index="<source>",
    ),
    *_built(
        "an empty rollup index",
        "Rollup index must be a non-null, non-empty string",
        "A rollup index name is mandatory.",
        rollup_index="",
    ),
    *_built(
        "an empty cron", "Cron schedule must be a non-null, non-empty string", "A cron schedule is mandatory.", cron=""
    ),
    *_built(
        "a page size of 0",
        "Page size is mandatory and  must be a positive long",
        "Parameter [page_size] is mandatory and  must be a positive long.",
        page_size=0,
    ),
    *_built("nothing to roll up", "At least one grouping or metric must be configured", None, groups=..., metrics=...),
    *_built("an empty id in the body", "Id must be a non-null, non-empty string", None, id=""),
    _case(
        "what is required",
        "ConstructingObjectParser",
        illegal("Required [index_pattern, rollup_index, cron, page_size]"),
        index_pattern=...,
        rollup_index=...,
        cron=...,
        page_size=...,
    ),
    _case(
        "a field that is none",
        "ObjectParser; put_job.yml",
        refused(PARSE, Pattern(r"\[1:\d+\] \[xpack/rollup/jobconfig\] unknown field \[headers\](, parser not found)?")),
        headers={"foo": "bar"},
    ),
    _case(
        "a field that is none, in the words of 6.3",
        "ObjectParser before #31030",
        Answer(
            400,
            {
                "error": Including(
                    {
                        "type": "parsing_exception",
                        "reason": Pattern(r"\[xpack/rollup/jobconfig\] unknown field \[headers\], parser not found"),
                    }
                ),
                "status": 400,
            },
        ),
        ("6.3", "6.3"),
        headers={"foo": "bar"},
    ),
    _nested(
        "a metric that is none",
        "MetricConfig; put_job.yml",
        Pattern(
            r"Unsupported metric \[does_not_exist\]\. Supported metrics include: \[(min|max|sum|avg|value_count|, )+\]"
        ),
        metrics=_metric("value_field", "does_not_exist"),
    ),
    _nested(
        "a metric without metrics",
        "MetricConfig",
        "Metrics must be a non-null, non-empty array of strings",
        metrics=_metric("value_field"),
    ),
    _nested(
        "no date histogram", "GroupConfig", "Required [date_histogram]", groups={"terms": {"fields": ["name_field"]}}
    ),
    _nested(
        "a histogram with an interval of 0",
        "HistogramGroupConfig",
        "Interval must be a positive long",
        groups={"date_histogram": DATE_GROUP, "histogram": {"interval": 0, "fields": ["value_field"]}},
    ),
    _nested(
        "terms without fields",
        "TermsGroupConfig",
        "Fields must have at least one value",
        groups={"date_histogram": DATE_GROUP, "terms": {"fields": []}},
    ),
    _histogram("no interval", "An interval is required.  Use [fixed_interval] or [calendar_interval].", "7.2"),
    _histogram(
        "two intervals",
        "Cannot set both [fixed_interval] and [calendar_interval] at the same time",
        "7.2",
        fixed_interval="60m",
        calendar_interval="1h",
    ),
    _histogram(
        "an old interval and a new one",
        "Cannot use [interval] with [fixed_interval] or [calendar_interval] configuration options.",
        "7.2",
        interval="1h",
        calendar_interval="1h",
    ),
    _histogram(
        "a calendar interval that is none",
        "The supplied interval [2h] could not be parsed as a calendar interval.",
        "7.2",
        calendar_interval="2h",
    ),
    _validated(
        "a metric of a field that is not there",
        changing(
            _failed(f"Could not find a [numeric] {NO_METRIC}"),
            v6_5=OLD_METRIC,
            v7_0=Either((OLD_METRIC, NEW_METRIC)),
            v8_0=NEW_METRIC,
        ),
        "6.3",
        metrics=_metric("absent", "min"),
    ),
    _validated(
        "a metric of a keyword",
        _failed(
            "The field referenced by a metric group must be a [numeric] or [date,date_nanos] type, but found [keyword] "
            "for field [name_field]"
        ),
        metrics=_metric("name_field", "min"),
    ),
    _validated(
        "the sum of dates",
        _failed(
            "Only the metrics [max, min, value_count] are supported for [date] types, but unsupported metrics [sum] "
            "supplied for field [the_field]"
        ),
        metrics=_metric("the_field", "sum"),
    ),
    _validated(
        "a date histogram of numbers",
        _failed(
            "The field referenced by a date_histo group must be one of type [date,date_nanos] across all indices in "
            "the index pattern.  Found: [integer] for field [value_field]"
        ),
        groups={"date_histogram": {"field": "value_field", INTERVAL: "1h"}},
    ),
    _validated(
        "a date histogram of nothing",
        _failed(f"Could not find one of [date,date_nanos] fields with name [absent] {NOWHERE}"),
        groups={"date_histogram": {"field": "absent", INTERVAL: "1h"}},
    ),
    _validated(
        "terms of nothing",
        _failed(f"Could not find a [numeric] or [keyword/text] field with name [absent] {NOWHERE}"),
        "6.5",
        groups={"date_histogram": DATE_GROUP, "terms": {"fields": ["absent"]}},
    ),
    _validated(
        "terms of dates",
        _failed(
            "The field referenced by a terms group must be a [numeric] or [keyword/text] type, but found [date] for "
            "field [the_field]"
        ),
        "6.5",
        groups={"date_histogram": DATE_GROUP, "terms": {"fields": ["the_field"]}},
    ),
    _validated(
        "a histogram of nothing",
        _failed(f"Could not find a [numeric] {NO_METRIC}"),
        "6.5",
        groups={"date_histogram": DATE_GROUP, "histogram": {"interval": 5, "fields": ["absent"]}},
    ),
    _validated(
        "a histogram of a keyword",
        _failed(
            "The field referenced by a histo group must be a [numeric] type, but found [keyword] for field [name_field]"
        ),
        "6.5",
        groups={"date_histogram": DATE_GROUP, "histogram": {"interval": 5, "fields": ["name_field"]}},
    ),
    _validated(
        "a pattern that matches nothing",
        _failed("Could not find any fields in the index/index-pattern that were configured in job"),
        "6.5",
        index_pattern="<missing>*",
    ),
)
