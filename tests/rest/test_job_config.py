"""A job's configuration: what is taken, what becomes of it, and what is said of one that is wrong."""

from __future__ import annotations

import copy
import json
import zoneinfo
from typing import Any, NoReturn

import pytest

from pytest_rollup_fake.model.versions import parse_version, profile_of
from pytest_rollup_fake.rest.errors import ElasticsearchError
from pytest_rollup_fake.rest.job_config import read_config
from pytest_rollup_fake.rest.json_reader import JsonReader
from tests.support import lines

BUILT = "Failed to build [{}] after last required field arrived"
UNIT = "unit is missing or unrecognized"

# The first and the last line of each sort: what is read here depends on nothing else.
SORTS = ("6.3", "6.4", "6.5", "7.1", "7.2", "7.6", "7.7", "7.17", "8.0", "8.14", "8.19", "9.5")


def some(since: str = "6.3", until: str | None = None) -> list[str]:
    """Return those of the lines from one to another."""
    return [line for line in lines(since, until) if line in SORTS]


old_versions = pytest.mark.parametrize("version", some(until="6.4"))
new_versions = pytest.mark.parametrize("version", some("6.5"))

OLD: dict[str, Any] = {
    "index_pattern": "foo",
    "rollup_index": "foo_rollup",
    "cron": "*/30 * * * * ?",
    "page_size": 10,
    "groups": {"date_histogram": {"field": "the_field", "interval": "1h"}},
    "metrics": [{"field": "value_field", "metrics": ["min", "max", "sum"]}],
}


def config(**changes: Any) -> dict[str, Any]:
    """Return the configuration of Elasticsearch's own tests, with parts replaced; `...` leaves one out."""
    changed = copy.deepcopy(OLD) | changes
    return {key: value for key, value in changed.items() if value is not ...}


def dates(**date_histogram: Any) -> dict[str, Any]:
    """Return a configuration with this date histogram."""
    return config(groups={"date_histogram": date_histogram})


def read(body: object, version: str, *, id_: str = "foo") -> dict[str, Any]:
    """Read a body: a text as it is, anything else as JSON."""
    text = body if isinstance(body, str) else json.dumps(body)
    return read_config(JsonReader(text.encode(), profile_of(parse_version(version))), id_)


def refusal(body: object, version: str, *, id_: str = "foo") -> ElasticsearchError:
    """Return what is said to a body that is refused."""
    with pytest.raises(ElasticsearchError) as caught:
        read(body, version, id_=id_)
    return caught.value


def chain(error: ElasticsearchError | None) -> list[tuple[str, str | None]]:
    """Return type and reason of an exception and of all its causes."""
    return [] if error is None else [(error.type, error.reason), *chain(error.caused_by)]


def innermost(body: object, version: str) -> tuple[str, str | None]:
    """Return type and reason of the last cause of a refusal, which is a 400."""
    error = refusal(body, version)
    assert error.status == 400
    return chain(error)[-1]


def raise_not_found(name: str) -> NoReturn:
    """Stand in for `zoneinfo.ZoneInfo` on a machine without a database of time zones."""
    raise zoneinfo.ZoneInfoNotFoundError(name)


class TestWhatIsTaken:
    """What a configuration becomes."""

    @pytest.mark.parametrize("version", some(until="7.1"))
    def test_interval_up_to_7_1(self, version: str) -> None:
        """Defaults are filled in, in the order in which Get Jobs shows them."""
        read_back = read(OLD, version)

        assert read_back == {
            "id": "foo",
            "index_pattern": "foo",
            "rollup_index": "foo_rollup",
            "cron": "*/30 * * * * ?",
            "groups": {"date_histogram": {"interval": "1h", "field": "the_field", "time_zone": "UTC"}},
            "metrics": [{"field": "value_field", "metrics": ["min", "max", "sum"]}],
            "timeout": "20s",
            "page_size": 10,
        }
        assert list(read_back) == [
            *("id", "index_pattern", "rollup_index", "cron", "groups", "metrics", "timeout", "page_size")
        ]
        assert list(read_back["groups"]["date_histogram"]) == ["interval", "field", "time_zone"]

    @pytest.mark.parametrize("version", some("7.2"))
    @pytest.mark.parametrize(("key", "interval"), [("calendar_interval", "1M"), ("fixed_interval", "90m")])
    def test_two_intervals_from_7_2_on(self, version: str, key: str, interval: str) -> None:
        """The kind of interval is kept."""
        group = {key: interval, "field": "f", "delay": "7d", "time_zone": "Europe/Berlin"}

        assert read(dates(**group), version)["groups"] == {"date_histogram": group}

    @pytest.mark.parametrize("version", some("7.2", "7.17"))
    def test_legacy_interval_stays_up_to_7_17(self, version: str) -> None:
        """Before 8.0 what was sent as `interval` stays one."""
        assert read(OLD, version)["groups"]["date_histogram"]["interval"] == "1h"

    @pytest.mark.parametrize("version", some("8.0"))
    @pytest.mark.parametrize(
        ("interval", "key"),
        [
            ("1h", "calendar_interval"),
            ("month", "calendar_interval"),
            ("2h", "fixed_interval"),
            ("60m", "fixed_interval"),
        ],
    )
    def test_legacy_interval_is_converted_from_8_0_on(self, version: str, interval: str, key: str) -> None:
        """A unit of the calendar is a calendar interval, all else a fixed one."""
        assert read(dates(field="f", interval=interval), version)["groups"]["date_histogram"][key] == interval

    @pytest.mark.parametrize("version", some())
    def test_every_group(self, version: str) -> None:
        """Histogram and terms are there if they were sent, and one field needs no array."""
        groups = {**OLD["groups"], "terms": {"fields": "node"}, "histogram": {"fields": ["a", "b"], "interval": "5"}}
        read_back = read(config(groups=groups, metrics=..., page_size="1000", timeout="2m"), version)

        assert list(read_back["groups"]) == ["date_histogram", "histogram", "terms"]
        assert read_back["groups"]["histogram"] == {"interval": 5, "fields": ["a", "b"]}
        assert read_back["groups"]["terms"] == {"fields": ["node"]}
        assert (read_back["metrics"], read_back["timeout"], read_back["page_size"]) == ([], "2m", 1000)

    @new_versions
    def test_one_metric_needs_no_array(self, version: str) -> None:
        """An object in the place of an array is its only element."""
        metric = {"field": "a", "metrics": ["value_count"]}

        assert read(config(metrics=metric), version)["metrics"] == [metric]

    @old_versions
    def test_id_of_the_url_counts_up_to_6_4(self, version: str) -> None:
        """The body's id is taken, and overruled."""
        assert read(config(id="bar"), version)["id"] == "foo"

    @new_versions
    def test_id_of_the_body_counts_from_6_5_on(self, version: str) -> None:
        """The URL's id counts where the body has none."""
        assert read(config(id="bar"), version)["id"] == "bar"
        assert read(OLD, version)["id"] == "foo"

    @new_versions
    def test_any_cron_is_taken_from_6_5_on(self, version: str) -> None:
        """Nobody looks at it when a job is created."""
        assert read(config(cron="00 14 * * *"), version)["cron"] == "00 14 * * *"

    @pytest.mark.parametrize("version", some())
    @pytest.mark.parametrize("zone", ["UTC", "Z", "+01:00", "America/New_York", "Canada/Mountain"])
    def test_time_zones(self, version: str, zone: str) -> None:
        """Names and offsets are zones."""
        read_back = read(dates(field="f", interval="1d", time_zone=zone), version)

        assert read_back["groups"]["date_histogram"]["time_zone"] == zone

    @old_versions
    def test_time_zone_in_hours(self, version: str) -> None:
        """Up to 6.4 a zone may be its hours from UTC, and a delay a number that then lacks its unit."""
        assert (
            read(dates(field="f", interval="1d", time_zone=-5), version)["groups"]["date_histogram"]["time_zone"]
            == "-05:00"
        )
        assert innermost(dates(field="f", interval="1d", delay=5), version)[1] == (
            f"failed to parse setting [interval] with value [5] as a time value: {UNIT}"
        )


class TestRequired:
    """Fields that have to be there, from 6.5 on."""

    @pytest.mark.parametrize("version", lines("6.5"))
    def test_all_that_are_missing_are_named(self, version: str) -> None:
        """They are named in the order in which they are declared, without a place."""
        assert chain(refusal({}, version)) == [
            ("illegal_argument_exception", "Required [index_pattern, rollup_index, cron, page_size]")
        ]
        assert chain(refusal(config(cron=..., rollup_index=...), version)) == [
            ("illegal_argument_exception", "Required [rollup_index, cron]")
        ]

    @pytest.mark.parametrize("version", lines("6.5"))
    def test_groups_need_a_date_histogram(self, version: str) -> None:
        """The place is that of the end of `groups`."""
        error = refusal('{"cron": "x",\n "groups": {"terms": {"fields": ["a"]}}}', version)

        assert chain(error) == [
            ("x_content_parse_exception", "[2:39] [xpack/rollup/jobconfig] failed to parse field [groups]"),
            ("illegal_argument_exception", "Required [date_histogram]"),
        ]
        assert error.root_cause is error

    @new_versions
    @pytest.mark.parametrize(
        ("changes", "missing"),
        [
            ({"groups": {**OLD["groups"], "terms": {}}}, "fields"),
            ({"groups": {**OLD["groups"], "histogram": {}}}, "interval, fields"),
            ({"metrics": [{}]}, "field, metrics"),
        ],
    )
    def test_parts_have_required_fields(self, version: str, changes: dict[str, Any], missing: str) -> None:
        """Each part names what it lacks."""
        assert innermost(config(**changes), version) == ("illegal_argument_exception", f"Required [{missing}]")

    def test_date_histogram_needs_a_field(self) -> None:
        """Up to 7.1 it needs its interval in the same way."""
        assert innermost(dates(), "7.1")[1] == "Required [field, interval]"
        assert innermost(dates(), "7.2")[1] == "Required [field]"


class TestConstructor:
    """Values that the configuration refuses, from 6.5 on."""

    @new_versions
    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"id": ""}, "Id must be a non-null, non-empty string"),
            ({"index_pattern": ""}, "Index pattern must be a non-null, non-empty string"),
            (
                {"index_pattern": "*"},
                "Index pattern must not match all indices (as it would match it's own rollup index",
            ),
            ({"index_pattern": "foo*"}, "Index pattern would match rollup index name which is not allowed"),
            ({"index_pattern": "*_ro*p"}, "Index pattern would match rollup index name which is not allowed"),
            ({"index_pattern": "foo_rollup"}, "Rollup index may not be the same as the index pattern"),
            ({"rollup_index": ""}, "Rollup index must be a non-null, non-empty string"),
            ({"cron": ""}, "Cron schedule must be a non-null, non-empty string"),
            ({"page_size": 0}, "Page size is mandatory and  must be a positive long"),
            ({"page_size": -1}, "Page size is mandatory and  must be a positive long"),
            ({"groups": ..., "metrics": []}, "At least one grouping or metric must be configured"),
        ],
    )
    def test_is_refused_at_the_end(self, version: str, changes: dict[str, Any], reason: str) -> None:
        """The outer exception has no place, and the inner one tells."""
        error = refusal(config(**changes), version)

        assert chain(error) == [
            ("x_content_parse_exception", BUILT.format("xpack/rollup/jobconfig")),
            ("illegal_argument_exception", reason),
        ]
        assert (error.status, error.root_cause) == (400, error)

    @pytest.mark.parametrize("version", lines("6.5"))
    def test_first_of_several_counts(self, version: str) -> None:
        """They are checked in the constructor's order."""
        assert innermost(config(id="", index_pattern="", cron="", page_size=0), version)[1] == (
            "Id must be a non-null, non-empty string"
        )
        assert (
            innermost(config(cron="", page_size=0), version)[1] == "Cron schedule must be a non-null, non-empty string"
        )

    @new_versions
    def test_last_of_all_fields_is_blamed(self, version: str) -> None:
        """Where every field came, the object is made at the last, which then failed to parse."""
        error = refusal(
            '{"id":"a","index_pattern":"foo","rollup_index":"foo","metrics":[],"timeout":"1s","cron":"x","page_size":1,'
            '\n"groups":{"date_histogram":{"field":"f","interval":"1h"}}}',
            version,
        )

        assert chain(error) == [
            ("x_content_parse_exception", "[2:57] [xpack/rollup/jobconfig] failed to parse field [groups]"),
            ("x_content_parse_exception", BUILT.format("xpack/rollup/jobconfig")),
            ("illegal_argument_exception", "Rollup index may not be the same as the index pattern"),
        ]
        assert error.root_cause is error.caused_by

    @pytest.mark.parametrize("version", some("8.0"))
    def test_each_part_of_a_pattern_counts_from_8_0_on(self, version: str) -> None:
        """A list of patterns may not have the rollup index in it."""
        assert innermost(config(index_pattern="test,foo", rollup_index="foo"), version)[1] == (
            "Rollup index may not be the same as the index pattern"
        )
        assert innermost(config(index_pattern="test,foo_*"), version)[1] == (
            "Index pattern would match rollup index name which is not allowed"
        )

    @pytest.mark.parametrize("version", some("6.5", "7.17"))
    def test_pattern_is_one_name_before_8_0(self, version: str) -> None:
        """Before 8.0 a list is a name that has a comma."""
        assert read(config(index_pattern="test,foo", rollup_index="foo"), version)["index_pattern"] == "test,foo"


class TestParts:
    """Values that groups and metrics refuse, from 6.5 on."""

    @new_versions
    def test_chain_of_a_group(self, version: str) -> None:
        """Each object says in which of its fields it went wrong, all with the place where it was noticed."""
        error = refusal(
            '{"groups": {"date_histogram": {"field": "f", "interval": "1h"}, "terms": {"fields": []}}}', version
        )

        assert chain(error) == [
            ("x_content_parse_exception", "[1:86] [xpack/rollup/jobconfig] failed to parse field [groups]"),
            ("x_content_parse_exception", "[1:86] [groups] failed to parse field [terms]"),
            ("x_content_parse_exception", "[1:86] [terms] failed to parse field [fields]"),
            ("x_content_parse_exception", BUILT.format("terms")),
            ("illegal_argument_exception", "Fields must have at least one value"),
        ]

    @new_versions
    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"histogram": {"fields": ["a"], "interval": 0}}, "Interval must be a positive long"),
            ({"histogram": {"fields": [], "interval": 5}}, "Fields must have at least one value"),
            ({"terms": {"fields": []}}, "Fields must have at least one value"),
        ],
    )
    def test_groups(self, version: str, changes: dict[str, Any], reason: str) -> None:
        """Histogram and terms check their values."""
        body = config(groups={**OLD["groups"], **changes})

        assert innermost(body, version) == ("illegal_argument_exception", reason)

    @new_versions
    @pytest.mark.parametrize(
        ("metric", "reason"),
        [
            ({"field": "", "metrics": ["min"]}, "Field must be a non-null, non-empty string"),
            ({"field": "a", "metrics": []}, "Metrics must be a non-null, non-empty array of strings"),
            (
                {"field": "a", "metrics": ["min", "does_not_exist"]},
                "Unsupported metric [does_not_exist]. Supported metrics include: [min, avg, max, sum, value_count]",
            ),
        ],
    )
    def test_metrics(self, version: str, metric: dict[str, Any], reason: str) -> None:
        """Metrics check their values."""
        assert innermost(config(metrics=[metric]), version) == ("illegal_argument_exception", reason)

    @new_versions
    @pytest.mark.parametrize(
        ("group", "reason"),
        [
            ({"field": "", "interval": "1h"}, "Field must be a non-null, non-empty string"),
            (
                {"field": "f", "interval": "x"},
                f"failed to parse setting [createRounding] with value [x] as a time value: {UNIT}",
            ),
            ({"field": "f", "interval": "0s"}, "Zero or negative time interval not supported"),
            (
                {"field": "f", "interval": "1h", "delay": "y"},
                f"failed to parse setting [delay] with value [y] as a time value: {UNIT}",
            ),
        ],
    )
    def test_date_histogram(self, version: str, group: dict[str, Any], reason: str) -> None:
        """Interval and delay have to be durations."""
        assert innermost(dates(**group), version) == ("illegal_argument_exception", reason)

    @pytest.mark.parametrize("version", lines("7.2"))
    @pytest.mark.parametrize(
        ("group", "reason"),
        [
            ({}, "An interval is required.  Use [fixed_interval] or [calendar_interval]."),
            (
                {"fixed_interval": "1h", "calendar_interval": "1h"},
                "Cannot set both [fixed_interval] and [calendar_interval] at the same time",
            ),
            (
                {"interval": "1h", "calendar_interval": "1h"},
                "Cannot use [interval] with [fixed_interval] or [calendar_interval] configuration options.",
            ),
            (
                {"calendar_interval": "2h"},
                "The supplied interval [2h] could not be parsed as a calendar interval.",
            ),
            (
                {"fixed_interval": "1w"},
                f"failed to parse setting [date_histogram.FixedInterval] with value [1w] as a time value: {UNIT}",
            ),
            (
                {"fixed_interval": "x"},
                f"failed to parse setting [createRounding] with value [x] as a time value: {UNIT}",
            ),
        ],
    )
    def test_two_intervals(self, version: str, group: dict[str, Any], reason: str) -> None:
        """From 7.2 on there is exactly one interval, of the form of its kind."""
        assert innermost(dates(field="f", **group), version) == ("illegal_argument_exception", reason)

    @pytest.mark.parametrize("version", some("6.5", "7.1"))
    def test_two_intervals_before_7_2(self, version: str) -> None:
        """Before there was but one."""
        reason = innermost(dates(field="f", fixed_interval="1h"), version)[1] or ""

        assert reason.endswith("[date_histogram] unknown field [fixed_interval], parser not found")

    @pytest.mark.parametrize(
        ("version", "type_", "reason"),
        [
            ("6.8", "illegal_argument_exception", "The datetime zone id 'Mars/Base' is not recognised"),
            ("7.0", "zone_rules_exception", "Unknown time-zone ID: Mars/Base"),
            ("9", "zone_rules_exception", "Unknown time-zone ID: Mars/Base"),
        ],
    )
    def test_unknown_time_zone(self, version: str, type_: str, reason: str) -> None:
        """Java's words differ from Joda's."""
        assert innermost(dates(field="f", interval="1d", time_zone="Mars/Base"), version) == (type_, reason)

    def test_machine_without_time_zones(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where Python knows no time zones, every name is taken for one."""
        monkeypatch.setattr(zoneinfo, "ZoneInfo", raise_not_found)

        assert read(dates(field="f", interval="1d", time_zone="Mars/Base"), "8.19")["id"] == "foo"

    def test_time_zone_that_cannot_be(self) -> None:
        """What cannot be a name is refused in other words."""
        assert innermost(dates(field="f", interval="1d", time_zone="a b"), "8.19") == (
            "date_time_exception",
            "Invalid ID for region-based ZoneId, invalid format: a b",
        )

    @new_versions
    def test_timeout(self, version: str) -> None:
        """A timeout has to be a duration, and null is a mistake of the server's."""
        assert innermost(config(timeout="x"), version)[1] == (
            f"failed to parse setting [timeout] with value [x] as a time value: {UNIT}"
        )
        assert innermost(config(timeout=None), version) == ("null_pointer_exception", None)


class TestFields:
    """Fields that there are not, and values of the wrong kind."""

    @pytest.mark.parametrize("version", some("6.4", "7.6"))
    def test_unknown_field_before_7_7(self, version: str) -> None:
        """The place is that of the name."""
        error = refusal('{"cron":"x",\n  "headers":{}}', version)

        assert chain(error) == [
            (
                "x_content_parse_exception",
                "[2:3] [xpack/rollup/jobconfig] unknown field [headers], parser not found",
            )
        ]
        assert error.status == 400

    @pytest.mark.parametrize("version", some("7.7"))
    def test_unknown_field_from_7_7_on(self, version: str) -> None:
        """From 7.7 on there are hints, for names that are more than half like a known one."""
        start = "[1:2] [xpack/rollup/jobconfig] unknown field "

        assert refusal('{"headers":{}}', version).reason == f"{start}[headers]"
        assert refusal('{"crom":{}}', version).reason == f"{start}[crom] did you mean [cron]?"
        assert refusal('{"timeot":{}}', version).reason == f"{start}[timeot] did you mean [timeout]?"

    def test_unknown_field_in_6_3(self) -> None:
        """In 6.3 the place stands in fields of its own."""
        error = refusal('{"headers":{}}', "6.3")

        assert chain(error) == [
            ("parsing_exception", "[xpack/rollup/jobconfig] unknown field [headers], parser not found")
        ]
        assert (error.status, error.fields) == (400, {"line": 1, "col": 2})

    @pytest.mark.parametrize("version", some("6.4"))
    @pytest.mark.parametrize(
        ("field", "value", "kind"),
        [
            ("cron", "5", "VALUE_NUMBER"),
            ("cron", "null", "VALUE_NULL"),
            ("id", "[]", "START_ARRAY"),
            ("page_size", "true", "VALUE_BOOLEAN"),
            ("groups", '"x"', "VALUE_STRING"),
            ("metrics", '"x"', "VALUE_STRING"),
        ],
    )
    def test_wrong_kind(self, version: str, field: str, value: str, kind: str) -> None:
        """The place is that of the value."""
        column = len(field) + 5

        assert chain(refusal(f'{{"{field}":{value}}}', version)) == [
            (
                "x_content_parse_exception",
                f"[1:{column}] [xpack/rollup/jobconfig] {field} doesn't support values of type: {kind}",
            )
        ]

    @pytest.mark.parametrize("version", some("6.4"))
    @pytest.mark.parametrize(("body", "kind"), [("[]", "START_ARRAY"), ('"x"', "VALUE_STRING"), ("5", "VALUE_NUMBER")])
    def test_no_object(self, version: str, body: str, kind: str) -> None:
        """A body has to be an object."""
        assert refusal(body, version).reason == (
            f"[1:1] [xpack/rollup/jobconfig] Expected START_OBJECT but was: {kind}"
        )

    @new_versions
    def test_page_size_that_is_no_number(self, version: str) -> None:
        """A text may be a number, but this is none."""
        assert chain(refusal('{"page_size":"x"}', version)) == [
            ("x_content_parse_exception", "[1:14] [xpack/rollup/jobconfig] failed to parse field [page_size]"),
            ("number_format_exception", 'For input string: "x"'),
        ]

    @new_versions
    def test_array_in_an_array(self, version: str) -> None:
        """Where texts are expected, an array is none."""
        body = config(groups={**OLD["groups"], "terms": {"fields": [["a"]]}})

        assert innermost(body, version) == ("illegal_argument_exception", "expected value but got [START_ARRAY]")

    @new_versions
    def test_metric_that_is_no_object(self, version: str) -> None:
        """In an array of objects a text is refused as an object."""
        reason = innermost('{"metrics":["x"]}', version)[1]

        assert reason is not None
        assert reason.startswith("[1:1")
        assert "[metrics] Expected START_OBJECT but was: " in reason


class TestMalformed:
    """JSON that is none."""

    @pytest.mark.parametrize("version", some("6.5", "8.0"))
    def test_at_the_top(self, version: str) -> None:
        """Jackson's exception goes through as it is."""
        [(type_, reason)] = chain(refusal('{"cron" 5}', version))

        assert type_ == "json_parse_exception"
        assert (reason or "").startswith("Unexpected character ('5' (code 53)): was expecting a colon")

    @new_versions
    def test_inside(self, version: str) -> None:
        """Inside of a field it is the field that failed to parse, where the last token was."""
        error = refusal('{"groups": {"date_histogram": {"field" 5}}}', version)

        assert error.status == 400
        assert [reason.partition("\n")[0] for _, reason in chain(error)[:2] if reason] == [
            "[1:32] [xpack/rollup/jobconfig] failed to parse field [groups]",
            "[1:32] [groups] failed to parse field [date_histogram]",
        ]
        assert chain(error)[-1][0] == "json_parse_exception"

    @old_versions
    def test_up_to_6_4(self, version: str) -> None:
        """The old parser says that it failed to parse an object."""
        error = refusal('{"cron" 5}', version)
        place = "" if version == "6.3" else "[1:2] "

        assert error.status == 400
        assert [type_ for type_, _ in chain(error)] == [
            "parsing_exception" if version == "6.3" else "x_content_parse_exception",
            "json_parse_exception",
        ]
        assert error.reason == f"{place}[xpack/rollup/jobconfig] failed to parse object"


class TestBuilders:
    """Values that 6.3 and 6.4 refuse, in words of their own."""

    @old_versions
    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"index_pattern": ...}, "An index pattern is mandatory."),
            ({"index_pattern": ""}, "An index pattern is mandatory."),
            (
                {"index_pattern": "*"},
                "Index pattern must not match all indices (as it would match it's own rollup index",
            ),
            ({"index_pattern": "foo*"}, "Index pattern would match rollup index name which is not allowed."),
            ({"index_pattern": "foo_rollup"}, "Rollup index may not be the same as the index pattern."),
            ({"rollup_index": ...}, "A rollup index name is mandatory."),
            ({"cron": ...}, "A cron schedule is mandatory."),
            ({"page_size": ...}, "Parameter [page_size] is mandatory and  must be a positive long."),
            ({"cron": "00 14 * * *"}, "invalid cron expression [00 14 * * *]"),
            ({"groups": ..., "metrics": ...}, "At least one grouping or metric must be configured."),
        ],
    )
    def test_whole(self, version: str, changes: dict[str, Any], reason: str) -> None:
        """They stand alone: the parser had finished."""
        assert chain(refusal(config(**changes), version)) == [("illegal_argument_exception", reason)]

    @old_versions
    def test_id_of_the_url_is_empty(self, version: str) -> None:
        """The URL's id is the only one that counts."""
        assert refusal(config(id="bar"), version, id_="").reason == "An ID is mandatory."

    def test_chain_in_6_3(self) -> None:
        """Each parser names itself as it was called then; the innermost of Elasticsearch's own is the root cause."""
        error = refusal('{"groups":{"date_histogram":{"interval":"1h"}}}', "6.3")

        assert chain(error) == [
            ("parsing_exception", "[xpack/rollup/jobconfig] failed to parse field [groups]"),
            ("parsing_exception", "[grouping_config] failed to parse field [date_histogram]"),
            ("illegal_argument_exception", "Parameter [field] is mandatory."),
        ]
        assert error.fields == {"line": 1, "col": 45}
        assert error.root_cause is error.caused_by

    @old_versions
    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"groups": {}}, "A date_histogram group is mandatory"),
            ({"groups": {"date_histogram": {"field": "f"}}}, "Parameter [interval] is mandatory."),
            (
                {"groups": {"date_histogram": {"field": "f", "interval": "x"}}},
                f"failed to parse setting [interval] with value [x] as a time value: {UNIT}",
            ),
            (
                {"groups": {**OLD["groups"], "histogram": {"fields": ["a"]}}},
                "Parameter [interval] must be a positive long.",
            ),
            ({"groups": {**OLD["groups"], "terms": {}}}, "Parameter [fields] must have at least one value."),
            ({"metrics": [{"metrics": ["min"]}]}, "Parameter [field] must be a non-null, non-empty string."),
            ({"metrics": [{"field": "a"}]}, "Parameter [metrics] must be a non-null, non-empty array of strings."),
            (
                {"metrics": [{"field": "a", "metrics": ["x"]}]},
                "Unsupported metric [x].  Supported metrics include: [max, min, sum, avg, value_count]",
            ),
        ],
    )
    def test_parts(self, version: str, changes: dict[str, Any], reason: str) -> None:
        """Groups and metrics check their values, too."""
        assert innermost(config(**changes), version) == ("illegal_argument_exception", reason)
