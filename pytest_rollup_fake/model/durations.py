"""Durations as users give them, and as the model keeps them: whole nanoseconds.

Instants and durations are integers inside, because sums of floats are not exact: ten times 0.1 s is less than 1 s.
"""

from __future__ import annotations

import math
import re
from datetime import timedelta
from typing import Final

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given


Duration = int | float | str | timedelta
"""Seconds as a number, a `timedelta`, or an Elasticsearch time string such as `"500ms"`, `"10s"` or `"2m"`."""

SECOND: Final = 1_000_000_000
MILLISECOND: Final = 1_000_000

UNITS: Final = {
    "nanos": 1,
    "micros": 1_000,
    "ms": MILLISECOND,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3600 * SECOND,
    "d": 86400 * SECOND,
}
_TIME_STRING = re.compile(r"\s*(-?\d+)\s*(nanos|micros|ms|s|m|h|d)\s*", re.ASCII)
_MICROSECOND = timedelta(microseconds=1)


def to_nanoseconds(value: object, *, name: str = "duration") -> int:
    """Return a duration in nanoseconds; `name` is what error messages call it.

    Accepts seconds as `int` or `float`, a `timedelta`, or an Elasticsearch time string. Raises `TypeError` for another
    type (`bool` included) and `ValueError` for NaN, infinity, a negative duration or a text that is no time string.
    """
    nanoseconds = _parse(value, name)
    if nanoseconds < 0:
        message = f"{name} must not be negative, but is {value!r}"
        raise ValueError(message)
    return nanoseconds


def to_seconds(nanoseconds: int) -> float:
    """Return nanoseconds as the seconds that users read."""
    return nanoseconds / SECOND


def _parse(value: object, name: str) -> int:
    match value:
        case bool():
            pass
        case int():
            return value * SECOND
        case float():
            return _from_float(value, name)
        case timedelta():
            return (value // _MICROSECOND) * 1_000
        case str():
            return _from_text(value, name)
    message = (
        f"{name} must be seconds as a number, a timedelta, or a time string such as '500ms', '10s' or '2m', "
        f"not {value!r} ({type(value).__name__})"
    )
    raise TypeError(message)


def _from_float(value: float, name: str) -> int:
    if not math.isfinite(value):
        message = f"{name} must be a finite number of seconds, but is {value!r}"
        raise ValueError(message)
    return round(value * SECOND)


def _from_text(value: str, name: str) -> int:
    match = _TIME_STRING.fullmatch(value)
    if match is None:
        message = (
            f"{name} must be a whole number with one of the units {', '.join(UNITS)} (such as '500ms', '10s', '2m'), "
            f"not {value!r}"
        )
        raise ValueError(message)
    return int(match[1]) * UNITS[match[2]]


def format_duration(nanoseconds: int) -> str:
    """Return a duration as messages show it: seconds with three digits, `12.500 s`."""
    return f"{nanoseconds / SECOND:.3f} s"
