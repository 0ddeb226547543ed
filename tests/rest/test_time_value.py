"""Time values: what is read, what is refused in which words, and how they are written."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_rollup_fake.rest.errors import ElasticsearchError
from pytest_rollup_fake.rest.time_value import TimeValue, parse_java_long, parse_time_value

LONG_MAX = 2**63 - 1
LONG_MIN = -(2**63)
UNITS = ("nanos", "micros", "ms", "s", "m", "h", "d")

numbers = st.integers(LONG_MIN, LONG_MAX)
units = st.sampled_from(UNITS)
time_like = st.lists(st.sampled_from([*"0123456789+-.exfdsmhSM \t", *UNITS, "\u0665", "NaN"])).map("".join)


def parse(raw: str) -> TimeValue:
    """Read `raw` as the newer versions do."""
    return parse_time_value(raw, "timeout", refuse_negative=True)


def refusal(raw: str) -> ElasticsearchError:
    """Return the error that reading `raw` raises."""
    with pytest.raises(ElasticsearchError) as caught:
        parse(raw)
    assert caught.value.type == "illegal_argument_exception"
    return caught.value


class TestParse:
    """Texts that are time values."""

    @pytest.mark.parametrize(
        ("raw", "number", "unit"),
        [
            ("5nanos", 5, "nanos"),
            ("1000micros", 1000, "micros"),
            ("500ms", 500, "ms"),
            ("30s", 30, "s"),
            ("2m", 2, "m"),
            ("36h", 36, "h"),
            ("1d", 1, "d"),
            ("10S", 10, "s"),
            ("10H", 10, "h"),
            ("10MS", 10, "ms"),
            ("10 s", 10, "s"),
            (" 10 s\t", 10, "s"),
            ("10 m", 10, "m"),
            (" 10m", 10, "m"),
            ("+5s", 5, "s"),
            ("007s", 7, "s"),
            ("-0s", 0, "s"),
            ("0s", 0, "s"),
            ("\u0665s", 5, "s"),
            ("\uff11\uff10s", 10, "s"),
            ("0" * 5000 + "1s", 1, "s"),
            (f"{LONG_MAX}s", LONG_MAX, "s"),
            ("-1s", -1, "s"),
            ("-1ms", -1, "ms"),
            ("-1d", -1, "d"),
        ],
    )
    def test_number_and_unit(self, raw: str, number: int, unit: str) -> None:
        """The number is whatever Java reads as a long, and the unit is kept."""
        assert parse(raw) == TimeValue(number, unit)

    @pytest.mark.parametrize(
        ("raw", "number"),
        [("-1", -1), ("-01", -1), ("-001", -1), (" -1 ", -1), ("0", 0), ("000", 0), (" 0 ", 0)],
    )
    def test_two_numbers_need_no_unit(self, raw: str, number: int) -> None:
        """Minus one and zero are milliseconds without saying so."""
        assert parse(raw) == TimeValue(number, "ms")

    @pytest.mark.parametrize("raw", ["-2s", "-30s", "-2ms", "-9223372036854775808nanos"])
    def test_negative_durations_are_a_matter_of_version(self, raw: str) -> None:
        """Below minus one, older versions accept what newer ones refuse."""
        negative = f"failed to parse setting [timeout] with value [{raw}] as a time value: "

        assert parse_time_value(raw, "timeout", refuse_negative=False).number < -1
        assert refusal(raw).reason == negative + "negative durations are not supported"
        assert refusal(raw).caused_by is None


class TestRefuse:
    """Texts that are none."""

    @pytest.mark.parametrize(
        "raw",
        [
            "abc",
            "",
            " ",
            "10",
            "-2",
            "-0",
            "+1",
            "+0",
            "1",
            "10w",
            "10y",
            "10min",
            "10M",
            "10m ",
            "NaN",
            "-1 0",
            "\u0660",
        ],
    )
    def test_unit_missing(self, raw: str) -> None:
        """A text without a unit is refused as it was given."""
        reason = (
            f"failed to parse setting [timeout] with value [{raw}] as a time value: unit is missing or unrecognized"
        )

        assert refusal(raw).reason == reason
        assert refusal(raw).caused_by is None

    @pytest.mark.parametrize(
        ("raw", "number"),
        [
            ("1.5s", "1.5"),
            ("1.5S", "1.5"),
            ("1e3s", "1e3"),
            ("1E+3 S", "1e+3"),
            (".5h", ".5"),
            ("5.m", "5."),
            ("-1.5s", "-1.5"),
            ("99999999999999999999s", "99999999999999999999"),
            ("9223372036854775808s", "9223372036854775808"),
            ("-9223372036854775809s", "-9223372036854775809"),
            ("1fs", "1f"),
            ("1dd", "1d"),
            ("0x1p3s", "0x1p3"),
            ("0X.8P-1Ds", "0x.8p-1d"),
            ("9" * 5000 + "s", "9" * 5000),
        ],
    )
    def test_fractional(self, raw: str, number: str) -> None:
        """What Java reads as a double but not as a long is called fractional."""
        error = refusal(raw)

        assert error.reason == f"failed to parse [{raw}], fractional time values are not supported"
        assert error.caused_by is not None
        assert error.caused_by.reason == f'For input string: "{number}"'

    @pytest.mark.parametrize(
        ("raw", "number"),
        [
            ("xs", "x"),
            ("s", ""),
            (" D ", ""),
            ("1_000s", "1_000"),
            ("--1s", "--1"),
            ("1 0s", "1 0"),
            ("+s", "+"),
            (".s", "."),
            ("1.e.s", "1.e."),
            ("1es", "1e"),
            ("0xs", "0x"),
            ("1,5s", "1,5"),
            ("NaNs", "nan"),
            ("Infinitys", "infinity"),
            ("\u0665.\u0665s", "\u0665.\u0665"),
            ("\U0001d7cfs", "\U0001d7cf"),
            ("²s", "²"),
            ("10\xa0s", "10\xa0"),
        ],
    )
    def test_unreadable(self, raw: str, number: str) -> None:
        """A unit with no number before it is refused, with the number in lower case as the cause."""
        error = refusal(raw)

        assert error.reason == f"failed to parse [{raw}]"
        assert error.caused_by is not None
        assert error.caused_by.type == "number_format_exception"
        assert error.caused_by.reason == f'For input string: "{number}"'

    def test_setting_is_named(self) -> None:
        """The error names the parameter that was read."""
        with pytest.raises(ElasticsearchError, match=r"failed to parse setting \[master_timeout\] with value \[10\]"):
            parse_time_value("10", "master_timeout", refuse_negative=True)

    @given(raw=st.text() | time_like, refuse_negative=st.booleans())
    @example(raw="0" * 10_000 + "s", refuse_negative=False)
    def test_any_text_is_read_or_refused(self, raw: str, refuse_negative: bool) -> None:  # noqa: FBT001  (Hypothesis)
        """No text can raise anything but Elasticsearch's error."""
        try:
            value = parse_time_value(raw, "timeout", refuse_negative=refuse_negative)
        except ElasticsearchError as error:
            assert raw in str(error.reason)  # noqa: PT017  (not every text is refused)
        else:
            assert value.number >= -1 or not refuse_negative


class TestConvert:
    """Conversions are those of TimeUnit."""

    @pytest.mark.parametrize(
        ("value", "nanoseconds", "milliseconds"),
        [
            (TimeValue(30, "s"), 30_000_000_000, 30_000),
            (TimeValue(1_999_999, "nanos"), 1_999_999, 1),
            (TimeValue(-1_999_999, "nanos"), -1_999_999, -1),
            (TimeValue(-1, "nanos"), -1, 0),
            (TimeValue(1999, "micros"), 1_999_000, 1),
            (TimeValue(200_000, "d"), LONG_MAX, 17_280_000_000_000),
            (TimeValue(-200_000, "d"), LONG_MIN, -17_280_000_000_000),
            (TimeValue(LONG_MAX, "d"), LONG_MAX, LONG_MAX),
            (TimeValue(LONG_MIN, "d"), LONG_MIN, LONG_MIN),
        ],
    )
    def test_cut_off_and_saturated(self, value: TimeValue, nanoseconds: int, milliseconds: int) -> None:
        """Smaller units are cut off towards zero, and what does not fit a long is its nearest end."""
        assert value.nanoseconds == nanoseconds
        assert value.milliseconds == milliseconds

    @given(numbers, units)
    def test_always_a_long(self, number: int, unit: str) -> None:
        """Whatever was read fits Java's long in both units."""
        value = TimeValue(number, unit)

        assert LONG_MIN <= value.nanoseconds <= LONG_MAX
        assert LONG_MIN <= value.milliseconds <= LONG_MAX


class TestStringRep:
    """The form that keeps the unit as given (TimeValue.getStringRep)."""

    @pytest.mark.parametrize(
        ("raw", "rep"),
        [
            ("30s", "30s"),
            ("90s", "90s"),
            ("500ms", "500ms"),
            ("1000micros", "1000micros"),
            ("5nanos", "5nanos"),
            ("0s", "0s"),
            ("+007 S", "7s"),
            ("0", "0ms"),
            ("-1", "-1"),
            ("-1s", "-1"),
        ],
    )
    def test_as_given(self, raw: str, rep: str) -> None:
        """Number and unit are as given, and a negative duration is a plain number."""
        assert parse(raw).string_rep == rep

    @given(numbers.filter(lambda number: number >= 0), units)
    def test_what_is_written_is_what_was_read(self, number: int, unit: str) -> None:
        """A value in its plain form is written back unchanged."""
        assert parse(f"{number}{unit}").string_rep == f"{number}{unit}"

    @given(time_like)
    def test_what_is_written_can_be_read(self, raw: str) -> None:
        """Reading what was written gives the same value, unless the sign took the unit away."""
        try:
            value = parse_time_value(raw, "timeout", refuse_negative=False)
        except ElasticsearchError:
            return
        if value.number < 0:
            assert value.string_rep == str(value.number)
        else:
            assert parse(value.string_rep) == value


class TestText:
    """The form for people (TimeValue.toString)."""

    @pytest.mark.parametrize(
        ("raw", "text"),
        [
            ("90s", "1.5m"),
            ("60s", "1m"),
            ("30000ms", "30s"),
            ("100ms", "100ms"),
            ("1500ms", "1.5s"),
            ("36h", "1.5d"),
            ("0", "0s"),
            ("0d", "0s"),
            ("-1", "-1"),
            ("-1d", "-1"),
            ("1999ms", "1.9s"),
            ("1999micros", "1.9ms"),
            ("1999nanos", "1.9micros"),
            ("999nanos", "999nanos"),
            ("3599s", "59.9m"),
            ("86399s", "23.9h"),
            ("60001ms", "1m"),
            (f"{LONG_MAX}nanos", "106751.9d"),
            (f"{LONG_MAX}d", "106751.9d"),
        ],
    )
    def test_largest_unit_with_one_decimal(self, raw: str, text: str) -> None:
        """The largest unit of which there is one is taken, with one decimal that is cut off, and left out if zero."""
        assert str(parse(raw)) == text

    def test_centuries_are_rounded_by_the_double(self) -> None:
        """Elasticsearch divides doubles, so that a nanosecond short of 100,000 days is 100,000 days."""
        assert str(TimeValue(100_000 * 86_400 * 10**9 - 1, "nanos")) == "100000d"


class TestJavaLong:
    """Integers as Java reads them."""

    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("9223372036854775807", LONG_MAX),
            ("9223372036854775808", None),
            ("-9223372036854775808", LONG_MIN),
            ("-9223372036854775809", None),
            ("+0", 0),
            (" 1", None),
            ("1\n", None),
            ("1_0", None),
            ("", None),
            ("-", None),
        ],
    )
    def test_64_bits(self, text: str, number: int | None) -> None:
        """Signs are read, spaces are not, and the range is that of a long."""
        assert parse_java_long(text) == number
