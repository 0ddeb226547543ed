"""Elasticsearch's cron expressions: when a job's indexer is triggered.

An expression has six fields, or seven: seconds, minutes, hours, day of month, month, day of week, and a year. Between
them they say which days there are ticks on, and at which times of such a day, the same on each. So ticks are counted
by multiplication, days times times, and never walked. Everything is UTC.

What an expression means is Elasticsearch's own reading, oddities included: case does not matter, exactly one of the
two day fields is `?`, a range may wrap round (`FRI-MON`), a name is known by its first three letters (`MONDAY`), what
stands behind a complete value is ignored, and so is what follows the seventh field; of several days one of which has
`W`, `L` or `#` the first counts. Not taken over are fields without any value, which Elasticsearch accepts first and
then fails on.

Source: org.elasticsearch.xpack.core.scheduler.Cron of 8.x, a fork of Quartz's CronExpression.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given


DAY: Final = 86400

# A node takes no year that is more than a hundred after the one in which it started (Cron.MAX_YEAR); fake time starts
# in 2020. No field reaches back before 1970.
FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2120

_UNIX_ORDINAL: Final = date(FIRST_YEAR, 1, 1).toordinal()
_END: Final = (date(LAST_YEAR + 1, 1, 1).toordinal() - _UNIX_ORDINAL) * DAY
_SUNDAY: Final = 1
_SATURDAY: Final = 7
_MOST_WEEKS: Final = 5
_LARGEST_OFFSET: Final = 30


class Cron:
    """A cron expression; raises `ValueError` for one that is none, beginning with Elasticsearch's own text.

    Instants are whole seconds since 1970, UTC.
    """

    def __init__(self, expression: str) -> None:
        self.expression = expression
        try:
            seconds, minutes, hours, days, months, weekdays, years = _split(expression)
            self._seconds = _read(_SECONDS, seconds)
            self._minutes = _read(_MINUTES, minutes)
            self._hours = _read(_HOURS, hours)
            self._months = frozenset(_read(_MONTHS, months))
            self._years = frozenset(_read(_YEARS, years))
            self._rule = _day_rule(days, weekdays)
        except ValueError as error:
            message = f"invalid cron expression [{expression}]: {error}"
            raise ValueError(message) from None
        self.times_per_day = len(self._hours) * len(self._minutes) * len(self._seconds)
        self._days_of_months: dict[int, tuple[int, ...]] = {}

    def __repr__(self) -> str:
        """Return the call that made it."""
        return f"Cron({self.expression!r})"

    def next_after(self, epoch_seconds: int) -> int | None:
        """Return the first tick after an instant; `None` if there is none any more."""
        today, second = divmod(max(epoch_seconds + 1, 0), DAY)
        for day in self.days_from(today):
            number = self.times_before(second) if day == today else 0
            if number < self.times_per_day:
                return day * DAY + self.time(number)
        return None

    def count(self, after: int, until: int) -> int:
        """Return how many ticks there are with `after` < tick <= `until`."""
        if until <= after:
            return 0
        first_month, before_first = self._place(after + 1)
        last_month, before_last = self._place(until + 1)
        days = sum(len(self._days_of(month)) for month in range(first_month, last_month))
        return days * self.times_per_day + before_last - before_first

    def days_from(self, day: int) -> Iterator[int]:
        """Return the days with ticks, from a day on; a day is a whole number, 0 being the first of 1970."""
        if day * DAY >= _END:
            return
        month = _month_of(day)
        days = self._days_of(month)
        yield from days[bisect_left(days, day) :]
        for later in range(month + 1, (LAST_YEAR + 1) * 12):
            yield from self._days_of(later)

    def times_before(self, second: int) -> int:
        """Return how many of a day's ticks come before a second of the day."""
        hour, rest = divmod(second, 3600)
        minute, second = divmod(rest, 60)
        place = bisect_left(self._hours, hour)
        times = place * len(self._minutes) * len(self._seconds)
        if self._hours[place : place + 1] == (hour,):
            place = bisect_left(self._minutes, minute)
            times += place * len(self._seconds)
            if self._minutes[place : place + 1] == (minute,):
                times += bisect_left(self._seconds, second)
        return times

    def time(self, number: int) -> int:
        """Return the second of the day of a day's tick, counted from 0."""
        rest, second = divmod(number, len(self._seconds))
        hour, minute = divmod(rest, len(self._minutes))
        return self._hours[hour] * 3600 + self._minutes[minute] * 60 + self._seconds[second]

    def _place(self, instant: int) -> tuple[int, int]:
        """Return the month of an instant, and how many of that month's ticks come before it."""
        day, second = divmod(min(max(instant, 0), _END), DAY)
        month = _month_of(day)
        days = self._days_of(month)
        place = bisect_left(days, day)
        today = self.times_before(second) if days[place : place + 1] == (day,) else 0
        return month, place * self.times_per_day + today

    def _days_of(self, month: int) -> tuple[int, ...]:
        """Return the days with ticks in a month; it is counted from January of the year 0."""
        days = self._days_of_months.get(month)
        if days is None:
            days = self._days_of_months[month] = self._find_days(month // 12, month % 12 + 1)
        return days

    def _find_days(self, year: int, month: int) -> tuple[int, ...]:
        if year > LAST_YEAR or year not in self._years or month not in self._months:
            return ()
        first = date(year, month, 1)
        ordinal = first.toordinal()
        after = date(year + month // 12, month % 12 + 1, 1).toordinal()
        shape = _Month(first.isoweekday() % 7 + 1, after - ordinal)
        found = {day for day in self._rule(shape) if 1 <= day <= shape.length}
        return tuple(ordinal - _UNIX_ORDINAL + day - 1 for day in sorted(found))


def _month_of(day: int) -> int:
    of = date.fromordinal(_UNIX_ORDINAL + day)
    return of.year * 12 + of.month - 1


# --- which days: a rule takes the shape of a month and returns days, which it may not have -------------------------


class _Month(NamedTuple):
    """The shape of a month: the weekday of its first day (Sunday is 1) and its length."""

    first: int
    length: int

    def first_on(self, weekday: int) -> int:
        """Return its first day on a weekday."""
        return (weekday - self.first) % 7 + 1


_Rule = Callable[[_Month], Iterable[int]]


def _dates(days: tuple[int, ...], _month: _Month) -> Iterable[int]:
    return days


def _last_day(offset: int, month: _Month) -> Iterable[int]:
    return (month.length - offset,)


def _workday_before_end(offset: int, month: _Month) -> Iterable[int]:
    return _workday(month.length - offset, month) if offset < month.length else ()


def _workday(day: int, month: _Month) -> Iterable[int]:
    """Return the day from Monday to Friday that is nearest to a day and in the same month."""
    weekday = (month.first + day - 2) % 7 + 1
    if weekday == _SATURDAY:
        return (day + 2 if day == 1 else day - 1,)
    if weekday == _SUNDAY:
        return (day - 2 if day == month.length else day + 1,)
    return (day,)


def _weekdays(weekdays: tuple[int, ...], month: _Month) -> Iterable[int]:
    return (day for weekday in weekdays for day in range(month.first_on(weekday), month.length + 1, 7))


def _last_weekday(weekday: int, month: _Month) -> Iterable[int]:
    first = month.first_on(weekday)
    return (first + (month.length - first) // 7 * 7,)


def _nth_weekday(number: int, weekday: int, month: _Month) -> Iterable[int]:
    return (month.first_on(weekday) + 7 * (number - 1),)


# --- reading expressions ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Field:
    """What a field is called, and what it takes."""

    name: str
    low: int
    high: int
    largest_step: int | None
    names: Mapping[str, int] = field(default_factory=dict)

    def check(self, value: int) -> int:
        """Return a value that the field takes; years are not checked."""
        if self is not _YEARS and not self.low <= value <= self.high:
            message = f"{self.name} go from {self.low} to {self.high}, not {value}"
            raise ValueError(message)
        return value

    def named(self, name: str) -> int:
        """Return the value of a name."""
        if name not in self.names:
            message = f"{self.name} are numbers{' or ' if self.names else ''}{', '.join(self.names)}, not {name!r}"
            raise ValueError(message)
        return self.names[name]

    def span(self, start: int, stop: int, step: int) -> Iterable[int]:
        """Return the values from `start` to `stop`, round the end if need be; a step of 0 leads nowhere."""
        if step == 0:
            return (start,)
        if stop >= start:
            return range(start, min(stop, self.high) + 1, step)
        if self is _YEARS:
            message = f"the years from {start} to {stop} would go back"
            raise ValueError(message)
        size = self.high - self.low + 1
        return ((value - self.low) % size + self.low for value in range(start, stop + size + 1, step))


def _numbered(names: str) -> dict[str, int]:
    return {name: number for number, name in enumerate(names.split(), start=1)}


_SECONDS: Final = _Field("seconds", 0, 59, 59)
_MINUTES: Final = _Field("minutes", 0, 59, 59)
_HOURS: Final = _Field("hours", 0, 23, 23)
_DAYS: Final = _Field("days of month", 1, 31, 31)
_MONTHS: Final = _Field("months", 1, 12, 12, _numbered("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"))
_WEEKDAYS: Final = _Field("days of week", 1, 7, 7, _numbered("SUN MON TUE WED THU FRI SAT"))
_YEARS: Final = _Field("years", FIRST_YEAR, LAST_YEAR, None)

_FEWEST_FIELDS: Final = 6
_NUMBER: Final = re.compile(r"([0-9]+)(?:-([0-9]+))?(?:/([0-9]+))?")
_REFUSED_BEHIND: Final = {1: tuple("-/LW#"), 2: ("/",), 3: ()}  # behind a number, a range, and steps
_NAME: Final = re.compile(r"([A-Z].{0,2})(?:-(.{0,3}))?")
_STEP: Final = re.compile(r"\*?/([0-9]+)")
_LAST_DAY: Final = re.compile(r"L(?:-([0-9]+))?(W?)")
_WORKDAY: Final = re.compile(r"([0-9]+)W")
_SATURDAYS: Final = re.compile(r"LW?|L-[0-9]*W?")
_ONE_WEEKDAY: Final = re.compile(r"([0-9]+|[A-Z]{3})(?:(L)|#(.*))")


def _split(expression: object) -> list[str]:
    """Return the texts of the seven fields, in upper case."""
    if not isinstance(expression, str):
        message = f"an expression is a text, not {type(expression).__name__}"
        raise ValueError(message)  # noqa: TRY004  (whoever asks whether it is an expression asks for one error)
    fields = [text.strip() for text in re.split("[ \t]+", expression.upper().strip(" \t"))]
    if len(fields) < _FEWEST_FIELDS:
        message = (
            "six fields are needed, or seven (seconds, minutes, hours, day of month, month, day of week, year), "
            f"not {len(fields) if fields != [''] else 0}"
        )
        raise ValueError(message)
    return [*fields, "*"][:7]


def _elements(of: _Field, text: str) -> list[str]:
    """Return the elements of a list; empty ones do not count, but one must be left."""
    elements = [element for element in text.split(",") if element]
    if not elements:
        message = f"there are no {of.name} in {text!r}"
        raise ValueError(message)
    return elements


def _read(of: _Field, text: str) -> tuple[int, ...]:
    """Return the values of a field, in order."""
    return tuple(sorted({value for element in _elements(of, text) for value in _values(of, element)}))


def _values(of: _Field, element: str) -> Iterable[int]:
    """Return the values of one element: a number, a name, a range, or steps."""
    if element[0] in "*/":
        return _steps(of, element)
    if match := _NUMBER.match(element):
        return _numbers(of, element, match)
    if match := _NAME.match(element):
        start = of.named(match[1])
        return (start,) if match[2] is None else of.span(start, of.named(match[2]), 1)
    message = f"{element!r} is none of the {of.name}"
    raise ValueError(message)


def _steps(of: _Field, element: str) -> Iterable[int]:
    """Return every value, or every n-th from the first on."""
    if element[0] == "*" and element[1:2] != "/":
        return of.span(of.low, of.high, 1)
    match = _STEP.fullmatch(element)
    if match is None:
        message = f"a whole number has to follow the '/' of {element!r}"
        raise ValueError(message)
    step = int(match[1])
    if of.largest_step is not None and step > of.largest_step:
        message = f"steps of {of.name} go up to {of.largest_step}, not {step}"
        raise ValueError(message)
    return of.span(of.low, of.high, max(step, 1))


def _numbers(of: _Field, element: str, match: re.Match[str]) -> Iterable[int]:
    """Return the values of an element that begins with a number; what else stands behind it is ignored."""
    rest = element[match.end() :]
    if rest[:1] in _REFUSED_BEHIND[match.lastindex or 1]:
        message = f"{rest!r} in {element!r} is nothing that {of.name} take"
        raise ValueError(message)
    start = of.check(int(match[1]))
    stop = of.high if match[2] is None else int(match[2])
    if of is not _YEARS and stop > of.high:
        of.check(stop)
    if match[2] is None and match[3] is None:
        return (start,)
    return of.span(start, stop, 1 if match[3] is None else int(match[3]))


def _day_rule(days: str, weekdays: str) -> _Rule:
    """Return which days the two fields mean of which one is `?`."""
    is_open = ["?" in _elements(_DAYS, days), "?" in _elements(_WEEKDAYS, weekdays)]
    if is_open.count(True) != 1:
        message = "exactly one of day of month and day of week has to be '?'"
        raise ValueError(message)
    return _weekday_rule(weekdays) if is_open[0] else _date_rule(days)


def _date_rule(text: str) -> _Rule:
    """Return which days a day of month means."""
    if "L" in text:
        return _last_day_rule(text)
    elements = _elements(_DAYS, text)
    days = _read(_DAYS, ",".join(_WORKDAY.sub(r"\1", element) for element in elements))
    if any(_WORKDAY.match(element) for element in elements):
        return partial(_workday, days[0])
    return partial(_dates, days)


def _last_day_rule(text: str) -> _Rule:
    match = _LAST_DAY.fullmatch(text)
    if match is None:
        message = f"{text!r} as day of month: L, L-3, LW and L-3W stand alone"
        raise ValueError(message)
    offset = int(match[1] or 0)
    if offset > _LARGEST_OFFSET:
        message = f"the offset from the last day goes up to {_LARGEST_OFFSET}, not {offset}"
        raise ValueError(message)
    return partial(_workday_before_end if match[2] else _last_day, offset)


def _weekday_rule(text: str) -> _Rule:
    """Return which days a day of week means."""
    if _SATURDAYS.fullmatch(text):
        return partial(_weekdays, (_SATURDAY,))
    if ("L" in text and "," in text) or text.count("#") > 1:
        message = f"{text!r} as day of week: 6L and 6#3 stand alone"
        raise ValueError(message)
    elements = _elements(_WEEKDAYS, text)
    ones = [match for element in elements if (match := _ONE_WEEKDAY.match(element))]
    weekdays = _read(_WEEKDAYS, ",".join(_ONE_WEEKDAY.sub(r"\1", element) for element in elements))
    if not ones:
        return partial(_weekdays, weekdays)
    return partial(_last_weekday, weekdays[0]) if ones[0][2] else partial(_nth_weekday, _nth(ones[0][3]), weekdays[0])


def _nth(text: str) -> int:
    if not re.fullmatch("[0-9]+", text) or not 1 <= int(text) <= _MOST_WEEKS:
        message = f"a number from 1 to {_MOST_WEEKS} has to follow '#', not {text!r}"
        raise ValueError(message)
    return int(text)
