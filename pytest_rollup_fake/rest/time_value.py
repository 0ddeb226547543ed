"""Time values as Elasticsearch reads and writes them: `30s`, `500ms`, `-1`.

They keep the unit that they were given in, and count in Java's 64-bit integers. Nothing here knows where a value came
from, nor which version reads it; durations as users of the fake give them are in `model.durations`.

Sources: TimeValue (libs/core), java.util.concurrent.TimeUnit, Long.parseLong, Double.parseDouble.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from pytest_rollup_fake.model.durations import MILLISECOND, UNITS

from . import messages
from .errors import ElasticsearchError, illegal_argument, number_format

_LONG_MIN: Final = -(2**63)
_LONG_MAX: Final = 2**63 - 1

# What String.trim removes: every character up to the space.
_TRIMMED: Final = "".join(map(chr, range(0x21)))

# What is sent nearly always; the steps of Elasticsearch give the same for it, more slowly.
_ORDINARY: Final = re.compile(r"([0-9]{1,18})(nanos|micros|ms|[smhd])")
_INTEGER: Final = re.compile(r"([+-]?)0*([0-9]{1,19})")
# Double.parseDouble, for text in lower case: that is why NaN and Infinity, whose case counts, are not in it.
_DOUBLE: Final = re.compile(
    r"""[+-]?
    (?: (?: [0-9]+ (?:\.[0-9]*)? | \.[0-9]+ ) (?: e [+-]? [0-9]+ )?
      | 0x (?: [0-9a-f]+ (?:\.[0-9a-f]*)? | \.[0-9a-f]+ ) p [+-]? [0-9]+
    ) [fd]?""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class TimeValue:
    """A number of `nanos`, `micros`, `ms`, `s`, `m`, `h` or `d`; -1 is Elasticsearch's "none"."""

    number: int
    unit: str

    @cached_property
    def nanoseconds(self) -> int:
        """The duration in nanoseconds, or the longest that a Java long holds."""
        return _saturated(self._exact)

    @property
    def milliseconds(self) -> int:
        """The duration in whole milliseconds, cut off towards zero."""
        whole = abs(self._exact) // MILLISECOND
        return _saturated(whole if self.number >= 0 else -whole)

    @property
    def string_rep(self) -> str:
        """The value as it was given (`90s`), a negative one without its unit.

        Source: TimeValue.getStringRep.
        """
        return str(self.number) if self.number < 0 else f"{self.number}{self.unit}"

    def __str__(self) -> str:
        """Return the largest unit of which there is one, with at most one decimal, cut off: `90s` is `1.5m`.

        Source: TimeValue.toString, which calculates with doubles; exact division would differ for centuries.
        """
        if self.number <= 0:
            return str(self.number) if self.number else "0s"
        nanoseconds = self.nanoseconds
        unit, length = next(row for row in reversed(UNITS.items()) if row[1] <= nanoseconds)
        whole, _, decimals = str(float(nanoseconds) / length).partition(".")
        return f"{whole}{unit}" if decimals.startswith("0") else f"{whole}.{decimals[0]}{unit}"

    @property
    def _exact(self) -> int:
        return self.number * UNITS[self.unit]


def _saturated(value: int) -> int:
    """Bring a number into the range of a Java long, as TimeUnit does."""
    return max(_LONG_MIN, min(value, _LONG_MAX))


def parse_time_value(raw: str, setting: str, *, refuse_negative: bool) -> TimeValue:
    """Read a time value; `setting` is what error messages call it.

    `refuse_negative` refuses numbers below -1, as newer versions do. Raises illegal_argument_exception, with the
    number_format_exception that Java had for a number it could not read.

    Source: TimeValue.parseTimeValue, whose steps these are, in their order.
    """
    if ordinary := _ORDINARY.fullmatch(raw):
        return TimeValue(int(ordinary[1]), ordinary[2])
    normalized = raw.lower().strip(_TRIMMED)
    unit = _unit(raw, normalized)
    if unit is None:
        return _parse_without_unit(raw, normalized, setting)
    text = normalized.removesuffix(unit).strip(_TRIMMED)
    number = parse_java_long(text)
    if number is None:
        raise _not_a_long(raw, text)
    if refuse_negative and number < -1:
        raise illegal_argument(messages.TIME_NEGATIVE.format(name=setting, value=raw))
    return TimeValue(number, unit)


def _unit(raw: str, normalized: str) -> str | None:
    """Return the unit that a text ends with.

    Minutes are looked for in the raw text: `M` would be months, and a space after the `m` hides it as well.
    """
    for unit in UNITS:
        if (raw if unit == "m" else normalized).endswith(unit):
            return unit
    return None


def _parse_without_unit(raw: str, normalized: str, setting: str) -> TimeValue:
    """Read the two numbers that need no unit, -1 and 0."""
    if re.fullmatch("-0*1", normalized):
        return TimeValue(-1, "ms")
    if re.fullmatch("0+", normalized):
        return TimeValue(0, "ms")
    raise illegal_argument(messages.TIME_UNIT_MISSING.format(name=setting, value=raw))


def _not_a_long(raw: str, text: str) -> ElasticsearchError:
    """Refuse a time value whose number `text` is none, or is one only as a double."""
    reason = (
        messages.TIME_FRACTIONAL.format(value=raw)
        if _DOUBLE.fullmatch(text)
        else messages.TIME_UNREADABLE.format(value=raw)
    )
    return illegal_argument(reason, number_format(text))


def parse_java_long(text: str) -> int | None:
    """Read what Java's `Long.parseLong` reads; `None` where it throws.

    A `+` and decimal digits of any script are fine; spaces and underscores are not.
    """
    match = _INTEGER.fullmatch(text if text.isascii() else _with_ascii_digits(text))
    if match is None:
        return None
    number = int(match[1] + match[2])
    return number if _LONG_MIN <= number <= _LONG_MAX else None


def _with_ascii_digits(text: str) -> str:
    """Replace decimal digits by ASCII ones, but for those beyond U+FFFF, in which Java's `char` sees no digit."""
    return "".join(str(unicodedata.decimal(c, c)) if c <= "\uffff" else c for c in text)
