"""Cron expressions: what is one, when it ticks, and that counting agrees with looking at every second and every day."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rollup_fake.model.cron import DAY, Cron

if TYPE_CHECKING:
    from collections.abc import Callable

    IsDay = Callable[[datetime], bool]

WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]


def instant(text: str) -> int:
    """Return the seconds since 1970 of a date and time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def shown(epoch_seconds: int | None) -> str | None:
    """Return an instant as a test writes it."""
    return None if epoch_seconds is None else f"{datetime.fromtimestamp(epoch_seconds, UTC):%Y-%m-%d %H:%M:%S}"


def ticks(expression: str, after: str, number: int) -> list[str | None]:
    """Return the next ticks."""
    cron, at, found = Cron(expression), instant(after), list[str | None]()
    for _ in range(number):
        tick = cron.next_after(at)
        found.append(shown(tick))
        if tick is None:
            break
        at = tick
    return found


def length_of(day: datetime) -> int:
    """Return how many days the month of a day has."""
    return calendar.monthrange(day.year, day.month)[1]


def weekday_of(day: datetime) -> int:
    """Return 1 for a Sunday up to 7 for a Saturday."""
    return day.isoweekday() % 7 + 1


class TestExpressions:
    """What is a cron expression, and what is wrong with one that is none."""

    @pytest.mark.parametrize(
        "expression",
        [
            "*/30 * * * * ?",
            "0 0 0 1 JAN ? 2017",
            "0 0 0 ? * MON-FRI",
            "0 0 0 ? * MONDAY",  # known by three letters
            "0 0 0 ? * 7L",
            "0 0 0 ? * fril",
            "0 0 0 ? * FRI#2 *",
            "0 0 0 L-3W * ?",
            "0 0 0 15W,20 * ?",
            "/5 0-10/2 22-2 * NOV-FEB ?",
            "\t0  0 0\t1,2,,3 * ? 2020-2030/2 and more ",
            "*/0 5-10/0 0 1 * ?",
        ],
    )
    def test_are_read_as_elasticsearch_reads_them(self, expression: str) -> None:
        """Case and white space do not matter, nor does what stands behind the last field."""
        assert Cron(expression).times_per_day > 0

    @pytest.mark.parametrize(
        ("expression", "reason"),
        [
            (
                "",
                "six fields are needed, or seven (seconds, minutes, hours, day of month, month, day of week, year)",
            ),
            ("00 14 * * *", "six fields are needed, or seven"),
            ("0 0 0 1 * *", "exactly one of day of month and day of week has to be '?'"),
            ("0 0 0 ? * ?", "exactly one of day of month and day of week has to be '?'"),
            ("? 0 0 1 * ?", "'?' is none of the seconds"),
            ("60 0 0 1 * ?", "seconds go from 0 to 59, not 60"),
            ("0 0-60 0 1 * ?", "minutes go from 0 to 59, not 60"),
            ("0 0 24 1 * ?", "hours go from 0 to 23, not 24"),
            ("0 0 0 0 * ?", "days of month go from 1 to 31, not 0"),
            ("0 0 0 1 13 ?", "months go from 1 to 12, not 13"),
            ("0 0 0 ? * 8", "days of week go from 1 to 7, not 8"),
            ("0 0 0 ? * 8L", "days of week go from 1 to 7, not 8"),
            ("0 0 0 1 FOO ?", "months are numbers or JAN, FEB"),
            ("0 0 0 1 JAN- ?", "months are numbers or JAN, FEB"),
            ("NOW 0 0 1 * ?", "seconds are numbers, not 'NOW'"),
            ("0 0 0 ? * MO", "days of week are numbers or SUN, MON"),
            ("*/60 0 0 1 * ?", "steps of seconds go up to 59, not 60"),
            ("*/x 0 0 1 * ?", "a whole number has to follow the '/' of '*/X'"),
            ("/ 0 0 1 * ?", "a whole number has to follow the '/' of '/'"),
            ("0/ 0 0 1 * ?", "'/' in '0/' is nothing that seconds take"),
            ("0- 0 0 1 * ?", "'-' in '0-' is nothing that seconds take"),
            ("5W 0 0 1 * ?", "'W' in '5W' is nothing that seconds take"),
            ("0 0 0 5L * ?", "'5L' as day of month: L, L-3, LW and L-3W stand alone"),
            ("0 0 0 L,5 * ?", "'L,5' as day of month: L, L-3, LW and L-3W stand alone"),
            ("0 0 0 L-31 * ?", "the offset from the last day goes up to 30, not 31"),
            ("0 0 0 32W * ?", "days of month go from 1 to 31, not 32"),
            ("0 0 0 ? * 6L,2", "'6L,2' as day of week: 6L and 6#3 stand alone"),
            ("0 0 0 ? * 6#3,2#1", "'6#3,2#1' as day of week: 6L and 6#3 stand alone"),
            ("0 0 0 ? * 6#6", "a number from 1 to 5 has to follow '#', not '6'"),
            ("0 0 0 ? * 6#", "a number from 1 to 5 has to follow '#', not ''"),
            (", 0 0 1 * ?", "there are no seconds in ','"),
            ("0 0 0 1 * ? 2030-2020", "the years from 2030 to 2020 would go back"),
            (5, "an expression is a text, not int"),
        ],
    )
    def test_that_are_none_say_why(self, expression: str, reason: str) -> None:
        """The message begins with Elasticsearch's own text."""
        with pytest.raises(ValueError, match="invalid cron expression") as caught:
            Cron(expression)
        assert str(caught.value).startswith(f"invalid cron expression [{expression}]: {reason}")

    def test_show_themselves(self) -> None:
        """A failed assertion shows the expression as it was given."""
        assert repr(Cron("* * * * * ? 2020")) == "Cron('* * * * * ? 2020')"


class TestTicks:
    """When an expression ticks."""

    @pytest.mark.parametrize(
        ("expression", "after", "expected"),
        [
            ("*/30 * * * * ?", "2020-01-01 00:00:00", ["2020-01-01 00:00:30", "2020-01-01 00:01:00"]),
            ("0 0 0 1 1 ? 2017", "2020-01-01", [None]),
            ("0 0 0 29 2 ?", "2020-01-01", ["2020-02-29 00:00:00", "2024-02-29 00:00:00", "2028-02-29 00:00:00"]),
            ("0 0 0 29 2 ?", "2096-03-01", ["2104-02-29 00:00:00"]),  # 2100 is no leap year
            ("0 0 0 30 2 ?", "2020-01-01", [None]),
            ("0 0 0 31 * ?", "2020-03-31", ["2020-05-31 00:00:00", "2020-07-31 00:00:00"]),
            ("0 0 0 30-2 * ?", "2020-02-03", ["2020-03-01 00:00:00", "2020-03-02 00:00:00", "2020-03-30 00:00:00"]),
            ("0 0 22-1 1 1 ?", "2020-01-01", ["2020-01-01 01:00:00", "2020-01-01 22:00:00", "2020-01-01 23:00:00"]),
            ("0 0 0 1 NOV-FEB/2 ?", "2020-01-01", ["2020-02-01 00:00:00", "2020-11-01 00:00:00"]),  # no steps of names
            ("0 0 0 L * ?", "2020-01-31", ["2020-02-29 00:00:00", "2020-03-31 00:00:00"]),
            ("0 0 0 L-3 2 ?", "2020-01-31", ["2020-02-26 00:00:00", "2021-02-25 00:00:00"]),
            ("0 0 0 L-30 * ?", "2020-01-01", ["2020-03-01 00:00:00"]),  # months of 29 and 30 days have none
            ("0 0 0 LW * ?", "2020-02-01", ["2020-02-28 00:00:00", "2020-03-31 00:00:00"]),  # 29th: a Saturday
            ("0 0 0 L-28W 2 ?", "2020-01-01", ["2020-02-03 00:00:00"]),  # the 1st: a Saturday
            ("0 0 0 15W * ?", "2020-02-01", ["2020-02-14 00:00:00", "2020-03-16 00:00:00", "2020-04-15 00:00:00"]),
            ("0 0 0 1W 2 ?", "2020-01-31", ["2020-02-03 00:00:00"]),  # never in another month
            ("0 0 0 31W 5 ?", "2020-01-01", ["2020-05-29 00:00:00"]),  # the last day, a Sunday
            ("0 0 0 31W 9-11 ?", "2022-01-01", ["2022-09-30 00:00:00", "2022-10-31 00:00:00"]),  # see below
            ("0 0 0 20,15W * ?", "2020-04-01", ["2020-04-15 00:00:00", "2020-05-15 00:00:00"]),
            ("0 0 0 ? * L", "2020-01-01", ["2020-01-04 00:00:00", "2020-01-11 00:00:00"]),
            ("0 0 0 ? * 6L", "2020-01-01", ["2020-01-31 00:00:00", "2020-02-28 00:00:00"]),
            ("0 0 0 ? * FRI#3", "2020-01-01", ["2020-01-17 00:00:00", "2020-02-21 00:00:00"]),
            ("0 0 0 ? * 7#5", "2020-01-01", ["2020-02-29 00:00:00", "2020-05-30 00:00:00"]),
            ("0 0 0 ? * FRI-MON", "2020-01-01", ["2020-01-03 00:00:00", "2020-01-04 00:00:00", "2020-01-05 00:00:00"]),
            ("0 0 0 ? * 3,1", "2020-01-01", ["2020-01-05 00:00:00", "2020-01-07 00:00:00"]),
            ("59 59 23 31 12 ? 2020/50", "2020-01-01", ["2020-12-31 23:59:59", "2070-12-31 23:59:59"]),
            ("5-10/0 0 0 1 1 ?", "2020-01-01", ["2020-01-01 00:00:05", "2021-01-01 00:00:05"]),  # a step of 0 is none
        ],
    )
    def test_are_those_of_the_calendar(self, expression: str, after: str, expected: list[str | None]) -> None:
        """Leap days, month ends, weekends. Java takes the 31st of a month of 30 days for the 1st of the next."""
        assert ticks(expression, after, len(expected)) == expected

    def test_are_strictly_after(self) -> None:
        """The instant itself is no longer to come."""
        cron = Cron("* * * * * ?")
        assert cron.next_after(instant("2020-01-01")) == instant("2020-01-01 00:00:01")
        assert cron.next_after(-5) == 0

    def test_end_a_century_after_the_node_started(self) -> None:
        """The last tick is at the end of 2120; there are none before 1970."""
        cron, end = Cron("* * * * * ?"), instant("2121-01-01")
        assert cron.next_after(end - 2) == end - 1
        assert [cron.next_after(end - 1), cron.next_after(10**15)] == [None, None]
        assert cron.count(-(10**15), 10**15) == end
        assert Cron("0 0 0 1 1 ? 2500").next_after(0) is None

    def test_of_years_are_counted_at_once(self) -> None:
        """One every second of ten years is a matter of months."""
        cron = Cron("* * * * * ?")
        assert cron.count(instant("2020-01-01"), instant("2020-01-01") + 3650 * DAY) == 3650 * DAY
        assert cron.count(5, 5) == cron.count(5, 4) == 0


# --- against looking at every second --------------------------------------------------------------------------------


@st.composite
def numbers(draw: st.DrawFn, low: int, high: int) -> tuple[str, set[int]]:
    """Return the text of a field, and the values that it means."""
    start, stop = draw(st.integers(low, high)), draw(st.integers(low, high))
    step = draw(st.integers(1, min(high, 20)))
    wrapped = [*range(start, high + 1), *range(low, high + 1)]
    between = wrapped[: wrapped.index(stop, 1 if stop < start else 0) + 1] if stop != start else [start]
    field: tuple[str, set[int]] = draw(
        st.sampled_from(
            [
                ("*", set(range(low, high + 1))),
                (f"*/{step}", set(range(low, high + 1, step))),
                (f"{start}", {start}),
                (f"{start},{stop}", {start, stop}),
                (f"{start}/{step}", set(range(start, high + 1, step))),
                (f"{start}-{stop}", set(between)),
                (f"{start}-{stop}/{step}", set(between[::step])),
            ]
        )
    )
    return field


def days_of_month(number: int, offset: int) -> list[tuple[str, IsDay]]:
    """Return texts for the day of month, and what they mean, each day for itself."""

    def is_nearest(day: datetime) -> bool:
        month = [day.replace(day=other) for other in range(1, length_of(day) + 1)]
        if number > len(month):
            return number == day.day + 1 and weekday_of(day) == 6
        workdays = [other.day for other in month if other.isoweekday() < 6]
        return day.day == min(workdays, key=lambda other: abs(other - number))

    def is_last_workday(day: datetime) -> bool:
        return day.isoweekday() < 6 and all(
            day.replace(day=later).isoweekday() > 5 for later in range(day.day + 1, length_of(day) + 1)
        )

    return [
        (f"{number}", lambda day: day.day == number),
        ("L", lambda day: day.day == length_of(day)),
        (f"L-{offset}", lambda day: day.day == length_of(day) - offset),
        ("LW", is_last_workday),
        (f"{number}W", is_nearest),
    ]


def days_of_week(number: int, nth: int) -> list[tuple[str, IsDay]]:
    """Return texts for the day of week, and what they mean, each day for itself."""
    return [
        (f"{number}", lambda day: weekday_of(day) == number),
        (f"{WEEKDAYS[number - 1]}-{WEEKDAYS[number % 7]}", lambda day: weekday_of(day) in {number, number % 7 + 1}),
        (f"{number}L", lambda day: weekday_of(day) == number and day.day + 7 > length_of(day)),
        (f"{WEEKDAYS[number - 1]}#{nth}", lambda day: weekday_of(day) == number and (day.day - 1) // 7 + 1 == nth),
    ]


class TestCounting:
    """The closed form against looking at each second, and at each day."""

    @given(numbers(0, 59), numbers(0, 59), numbers(0, 23), st.integers(0, DAY), st.integers(0, 2000))
    def test_agrees_with_looking_at_every_second(
        self,
        seconds: tuple[str, set[int]],
        minutes: tuple[str, set[int]],
        hours: tuple[str, set[int]],
        after: int,
        length: int,
    ) -> None:
        """Lists, ranges and steps of the time of day, also over midnight."""
        cron = Cron(f"{seconds[0]} {minutes[0]} {hours[0]} * * ?")
        expected = [
            at
            for at in range(after + 1, after + length + 1)
            if at % 60 in seconds[1] and at // 60 % 60 in minutes[1] and at // 3600 % 24 in hours[1]
        ]
        assert cron.count(after, after + length) == len(expected)
        tick = cron.next_after(after)
        assert tick is not None
        assert [tick][: tick <= after + length] == expected[:1]

    @given(st.integers(1, 31), st.integers(0, 25), st.integers(1, 7), st.integers(1, 5), st.data())
    def test_agrees_with_looking_at_every_day(
        self, number: int, offset: int, weekday: int, nth: int, data: st.DataObject
    ) -> None:
        """Days of month and of week, month ends, leap days and weekends, over a few years."""
        is_weekday = data.draw(st.booleans())
        text, is_day = data.draw(
            st.sampled_from(days_of_week(weekday, nth) if is_weekday else days_of_month(number, offset))
        )
        months, is_month = data.draw(numbers(1, 12))
        cron = Cron(f"0 0 12 ? {months} {text}" if is_weekday else f"0 0 12 {text} {months} ?")
        first = datetime(data.draw(st.integers(1971, 2110)), 1, 15, tzinfo=UTC)
        noons = [first + timedelta(days=day, hours=12) for day in range(data.draw(st.integers(0, 900)))]
        expected = [int(noon.timestamp()) for noon in noons if noon.month in is_month and is_day(noon)]
        after, until = int(first.timestamp()), int(first.timestamp()) + len(noons) * DAY
        assert cron.count(after, until) == len(expected)
        found, at = list[int](), cron.next_after(after)
        while at is not None and at <= until:
            found.append(at)
            at = cron.next_after(at)
        assert found == expected
