"""A rollup job's configuration: how it is read from a body, and what is said of one that is wrong.

Up to 6.4 builders made it, with words of their own and a look at the cron expression; from 6.5 on constructors do. What
comes out is the configuration as Get Jobs shows it. Nothing here knows a cluster: whether there are such fields is
asked later.

Sources: RollupJobConfig, GroupConfig, DateHistogramGroupConfig, HistogramGroupConfig, TermsGroupConfig and MetricConfig
(6.3: DateHistoGroupConfig, HistoGroupConfig), Rounding, Regex.
"""

from __future__ import annotations

import re
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from pytest_rollup_fake.model.cron import Cron
from pytest_rollup_fake.model.indices import matches
from pytest_rollup_fake.model.job_configs import CALENDAR_UNITS, GROUPS, METRICS

from . import messages
from .errors import foreign, illegal_argument
from .json_reader import JsonReader, Kind
from .object_parser import Field, ObjectParser, an_object, integer, objects, text, texts
from .time_value import TimeValue, parse_time_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_rollup_fake.model.versions import Profile

_DEFAULT_TIMEOUT: Final = TimeValue(20, "s")
_STRING: Final = frozenset({Kind.VALUE_STRING})
_STRING_OR_NULL: Final = frozenset({Kind.VALUE_STRING, Kind.VALUE_NULL})
_STRING_OR_NUMBER: Final = frozenset({Kind.VALUE_STRING, Kind.VALUE_NUMBER})

# java.time.ZoneId: an offset, alone or behind UTC, GMT or UT; ZoneId.SHORT_IDS; the form of a region's name.
_OFFSET: Final = re.compile(r"Z|(?:UTC|GMT|UT)?[+-](?:\d|\d\d(?::?[0-5]\d(?::?[0-5]\d)?)?)|UTC|GMT|UT")
_SHORT_IDS: Final = """
    EST HST MST ACT AET AGT ART AST BET BST CAT CNT CST CTT EAT ECT IET IST JST MIT NET NST PLT PNT PRT PST SST VST
"""
_REGION: Final = re.compile(r"[A-Za-z][A-Za-z0-9~/._+-]+")


def read_config(reader: JsonReader, id_of_url: str) -> dict[str, Any]:
    """Read a configuration; up to 6.4 the URL's id counts, later that of the body if it has one."""
    config: dict[str, Any] = _job_parser(reader.profile, id_of_url).parse(reader)
    return config


def _job_parser(profile: Profile, id_of_url: str) -> ObjectParser:
    required = constructs = profile.job_parser == "constructors"
    groups, metric = _group_parsers(profile)
    kinds = _STRING_OR_NULL if constructs else _STRING
    fields = (
        text("id"),
        text("index_pattern", required=required),
        text("rollup_index", required=required),
        an_object("groups", groups),
        objects("metrics", metric),
        Field("timeout", kinds, partial(_read_timeout, profile)),
        text("cron", required=required),
        integer("page_size", 32, required=required),
    )
    return ObjectParser(
        "xpack/rollup/jobconfig", fields, partial(_build_job, profile, id_of_url), constructs=constructs
    )


@cache
def _group_parsers(profile: Profile) -> tuple[ObjectParser, ObjectParser]:
    """Return the parsers of `groups` and of an element of `metrics`."""
    constructs = profile.job_parser == "constructors"
    names, refusals = messages.JOB_PARTS[profile.job_parser], messages.JOB_REFUSALS[profile.job_parser]
    parser = partial(ObjectParser, constructs=constructs)
    histogram = parser(
        names["histogram"],
        (integer("interval", 64, required=True), texts("fields", required=True)),
        partial(_build_histogram, refusals),
    )
    terms = parser(names["terms"], (texts("fields", required=True),), partial(_build_terms, refusals))
    date_histogram = parser(
        names["date_histogram"], _date_histogram_fields(profile), partial(_build_date_histogram, profile)
    )
    groups = (
        an_object("date_histogram", date_histogram, required=True),
        an_object("histogram", histogram),
        an_object("terms", terms),
    )
    metric = (text("field", required=True), texts("metrics", required=True))
    return (
        parser(names["groups"], groups, _build_groups),
        parser(names["metrics"], metric, partial(_build_metric, refusals)),
    )


def _date_histogram_fields(profile: Profile) -> tuple[Field, ...]:
    if profile.job_parser == "builders":
        delay = Field("delay", _STRING_OR_NUMBER, JsonReader.text)
        return text("interval"), text("field"), delay, Field("time_zone", _STRING_OR_NUMBER, _read_old_time_zone)
    if profile.interval_keys == "interval":
        return text("field", required=True), text("interval", required=True), text("delay"), text("time_zone")
    intervals = (text("interval"), text("calendar_interval"), text("fixed_interval"))
    return text("field", required=True), *intervals, text("delay"), text("time_zone")


# --- the whole -------------------------------------------------------------------------------------------------


def _read_timeout(profile: Profile, reader: JsonReader) -> TimeValue:
    if reader.kind is Kind.VALUE_NULL:
        raise foreign("java.lang.NullPointerException", None)
    return parse_time_value(reader.text(), "timeout", refuse_negative=profile.negative_time_is_refused)


def _build_job(profile: Profile, id_of_url: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Check in RollupJobConfig's order, and return what Get Jobs shows (toXContent)."""
    refusals, is_old = messages.JOB_REFUSALS[profile.job_parser], profile.job_parser == "builders"
    id_ = id_of_url if is_old else values.get("id", id_of_url)
    pattern, rollup_index, cron = values.get("index_pattern"), values.get("rollup_index"), values.get("cron")
    _require(id_, refusals["id"])
    _require(pattern, refusals["index_pattern"])
    _check_pattern(profile, pattern or "", rollup_index or "")
    _require(rollup_index, refusals["rollup_index"])
    _require(cron, refusals["cron"])
    _require(values.get("page_size", 0) > 0, refusals["page_size"])
    _require(not is_old or is_cron(cron or ""), messages.CRON_INVALID.format(expression=cron))
    _require("groups" in values or values.get("metrics"), refusals["nothing to roll up"])
    timeout = values.get("timeout", _DEFAULT_TIMEOUT)
    return {
        "id": id_,
        "index_pattern": pattern,
        "rollup_index": rollup_index,
        "cron": cron,
        **({"groups": values["groups"]} if "groups" in values else {}),
        "metrics": values.get("metrics", []),
        "timeout": str(timeout) if is_old else timeout.string_rep,
        "page_size": values["page_size"],
    }


def _check_pattern(profile: Profile, pattern: str, rollup_index: str) -> None:
    """Refuse a pattern that is, or matches, the rollup index; one that matches everything in its own words."""
    refusals = messages.JOB_REFUSALS[profile.job_parser]
    parts = pattern.split(",") if profile.put_splits_patterns else [pattern]
    _require(pattern != "*", messages.PATTERN_MATCHES_ALL)
    _require(not any("*" in part and matches(part, rollup_index) for part in parts), refusals["pattern matches"])
    _require(rollup_index not in parts, refusals["pattern is rollup index"])


def is_cron(expression: str) -> bool:
    """Say whether a text is a cron expression."""
    try:
        Cron(expression)
    except ValueError:
        return False
    return True


# --- its parts -------------------------------------------------------------------------------------------------


def _build_groups(values: dict[str, Any]) -> dict[str, Any]:
    _require("date_histogram" in values, messages.DATE_HISTOGRAM_MISSING)
    return {name: values[name] for name in GROUPS if name in values}


def _build_histogram(refusals: Mapping[str, str], values: dict[str, Any]) -> dict[str, Any]:
    _require(values.get("interval", 0) > 0, refusals["interval"])
    return {"interval": values["interval"], **_build_terms(refusals, values)}


def _build_terms(refusals: Mapping[str, str], values: dict[str, Any]) -> dict[str, Any]:
    _require(values.get("fields"), refusals["fields"])
    return {"fields": values["fields"]}


def _build_metric(refusals: Mapping[str, str], values: dict[str, Any]) -> dict[str, Any]:
    _require(values.get("field"), refusals["metric field"])
    _require(values.get("metrics"), refusals["metrics"])
    for metric in values["metrics"]:
        _require(metric in METRICS, refusals["metric"].format(metric=metric))
    return {"field": values["field"], "metrics": values["metrics"]}


def _build_date_histogram(profile: Profile, values: dict[str, Any]) -> dict[str, Any]:
    """Check an interval's form by its kind, and the rest; return it under the key that the version stores."""
    key = _interval_key(profile, values)
    interval, zone = values.get(key), values.get("time_zone") or "UTC"
    _require(values.get("field"), messages.JOB_REFUSALS[profile.job_parser]["date field"])
    _require(interval is not None, messages.INTERVAL_MANDATORY)
    is_old = profile.job_parser == "builders"
    _check_rounding(profile, interval or "", zone, "interval" if is_old else "createRounding")
    if "delay" in values:
        _time(profile, values["delay"], "interval" if is_old else "delay")
    if key == "interval" and profile.interval_keys == "converted":
        key = "calendar_interval" if interval in CALENDAR_UNITS else "fixed_interval"
    if key == "calendar_interval":
        _require(interval in CALENDAR_UNITS, messages.CALENDAR_INTERVAL_INVALID.format(interval=interval or ""))
    if key == "fixed_interval":
        _time(profile, interval or "", "date_histogram.FixedInterval")
    delay = {"delay": values["delay"]} if "delay" in values else {}
    return {key: interval, "field": values["field"], **delay, "time_zone": zone}


def _interval_key(profile: Profile, values: dict[str, Any]) -> str:
    """Return which of the three intervals was given, from 7.2 on; it must be one."""
    if profile.interval_keys == "interval":
        return "interval"
    given = [key for key in ("interval", "calendar_interval", "fixed_interval") if key in values]
    if len(given) > 1:
        raise illegal_argument(messages.INTERVALS_MIXED if "interval" in given else messages.INTERVALS_BOTH)
    _require(given, messages.INTERVAL_MISSING)
    return given[0]


def _check_rounding(profile: Profile, interval: str, zone: str, setting: str) -> None:
    """Refuse an interval or a time zone that nothing can be rounded to (createRounding, Rounding.Builder)."""
    if interval not in CALENDAR_UNITS:
        _require(_time(profile, interval, setting).milliseconds > 0, messages.INTERVAL_TOO_SHORT)
    if profile.job_parser == "constructors":
        _check_time_zone(profile, zone)


def _time(profile: Profile, value: str, setting: str) -> TimeValue:
    return parse_time_value(value, setting, refuse_negative=profile.negative_time_is_refused)


def _read_old_time_zone(reader: JsonReader) -> str:
    """Read a zone, or its hours from UTC (up to 6.4)."""
    if reader.kind is Kind.VALUE_NUMBER:
        hours = reader.integer(bits=32)
        return f"{'-' if hours < 0 else '+'}{abs(hours):02}:00" if hours else "UTC"
    zone = reader.text()
    _check_time_zone(reader.profile, zone)
    return zone


def _check_time_zone(profile: Profile, zone: str) -> None:
    """Refuse a zone that Joda, from 7.0 on Java, does not know."""
    if _OFFSET.fullmatch(zone) or zone in _SHORT_IDS.split() or _is_zone(zone):
        return
    if profile.time_zones == "joda":
        raise illegal_argument(messages.JODA_ZONE_UNKNOWN.format(zone=zone))
    if _REGION.fullmatch(zone):
        raise foreign("java.time.zone.ZoneRulesException", messages.ZONE_UNKNOWN.format(zone=zone))
    raise foreign("java.time.DateTimeException", messages.ZONE_INVALID.format(zone=zone))


def _is_zone(zone: str) -> bool:
    """Ask Python's time zones; where there are none, every name is one."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    for name in (zone, "Europe/London"):
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
        return name == zone
    return True


def _require(holds: object, message: str) -> None:
    if not holds:
        raise illegal_argument(message)
