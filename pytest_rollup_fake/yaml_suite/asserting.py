"""The sections that assert something of the last answer, each a function of what is there and what is expected.

A function returns whether it holds; the words of a failure are made in one place, from both values.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Final

from .outcomes import NotRun

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_FALSE: Final = ("", "false", "0")


def pattern_of(text: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """Return Java's pattern as Python's; raises `NotRun` for one that Python has not."""
    try:
        return re.compile(text, flags)
    except re.error as error:
        raise NotRun(f"the pattern {text!r} is none in Python: {error}") from None


def is_pattern(text: object) -> bool:
    """Say whether a value is written as a pattern, between slashes."""
    return isinstance(text, str) and len(stripped := text.strip()) > 2 and stripped[0] == stripped[-1] == "/"  # noqa: PLR2004  (the slashes)


def show(value: object) -> str:
    """Return a value as a failure shows it."""
    return json.dumps(value, ensure_ascii=False)


# --- one value --------------------------------------------------------------------------------------------------------


def is_true(actual: object) -> bool:
    """Say whether a value is there and neither false, 0 nor empty text."""
    return not is_false(actual)


def is_false(actual: object) -> bool:
    """Say whether a value is missing, false, 0 or empty text."""
    return actual is None or actual is False or (_is_number(actual) and actual == 0) or actual in _FALSE


def exists(actual: object) -> bool:
    """Say whether a value is there, be it empty."""
    return actual is not None


# --- a value and what is expected -------------------------------------------------------------------------------------


def match(actual: object, expected: object) -> bool:
    """Say whether two values are the same, or a text has what a pattern between slashes asks for."""
    if isinstance(expected, str) and is_pattern(expected):
        text = actual if isinstance(actual, str) else show(actual)
        return actual is not None and pattern_of(expected.strip()[1:-1], re.VERBOSE).search(text) is not None
    return _is_same(actual, expected)


def _is_same(actual: object, expected: object) -> bool:
    return next(differences("", actual, expected), None) is None


def differences(path: str, actual: object, expected: object) -> Iterator[str]:
    """Yield where two values differ, in words; as in JSON a number is no boolean, and 1 is 1.0."""
    match actual, expected:
        case dict(), dict():
            for key in {**expected, **actual}:
                place = f"{path}.{key}" if path else key
                if key not in actual:
                    yield f"{place} is missing, expected {show(expected[key])}"
                elif key not in expected:
                    yield f"{place} is {show(actual[key])}, and was not expected"
                else:
                    yield from differences(place, actual[key], expected[key])
        case list(), list() if len(actual) == len(expected):
            for number, pair in enumerate(zip(actual, expected, strict=True)):
                yield from differences(f"{path}.{number}" if path else str(number), *pair)
        case _ if isinstance(actual, bool) != isinstance(expected, bool) or actual != expected:
            yield f"{path or 'the answer'} is {show(actual)}, expected {show(expected)}"


def length(actual: object, expected: object) -> bool:
    """Say whether a text, list or mapping is this long."""
    return isinstance(actual, (str, list, dict)) and _is_number(expected) and len(actual) == expected


def contains(actual: object, expected: object) -> bool:
    """Say whether a text has a text, or a list an element, of a mapping at least these entries."""
    match actual:
        case str():
            return isinstance(expected, str) and expected in actual
        case list():
            return any(_has_entries(element, expected) for element in actual)
    return False


def _has_entries(element: object, expected: object) -> bool:
    if isinstance(element, dict) and isinstance(expected, dict):
        return all(key in element and _is_same(element[key], value) for key, value in expected.items())
    return _is_same(element, expected)


def close_to(actual: object, expected: object) -> bool:
    """Say whether a number is as near to `value` as `error` allows."""
    match expected:
        case {"value": int() | float() as value, "error": int() | float() as error}:
            return isinstance(actual, int | float) and math.isclose(actual, value, rel_tol=0, abs_tol=error)
    raise NotRun(f"close_to has a value and an error, not {expected!r}")


def _comparing(compare: Callable[[float, float], bool]) -> Callable[[object, object], bool]:
    def holds(actual: object, expected: object) -> bool:
        numbers = [value for value in (actual, expected) if isinstance(value, int | float)]
        return len(numbers) == 2 and compare(*numbers)  # noqa: PLR2004  (both)

    return holds


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


OF_ONE: Final[Mapping[str, Callable[[object], bool]]] = {"is_true": is_true, "is_false": is_false, "exists": exists}
"""Sections whose content is a path."""

OF_TWO: Final[Mapping[str, Callable[[object, object], bool]]] = {
    "match": match,
    "length": length,
    "contains": contains,
    "close_to": close_to,
    "gt": _comparing(lambda actual, expected: actual > expected),
    "gte": _comparing(lambda actual, expected: actual >= expected),
    "lt": _comparing(lambda actual, expected: actual < expected),
    "lte": _comparing(lambda actual, expected: actual <= expected),
}
"""Sections whose content is a mapping of paths to what is expected there."""
