"""Which calls of what is not faked may pass: paths with `*`, optionally after a method."""

from __future__ import annotations

import fnmatch
import re
from typing import Final

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given

_UNFAKED: Final = re.compile(r"((GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH) +)?[/*][^\s?]*", re.IGNORECASE)


def check_unfaked(unfaked: object) -> tuple[str, ...] | bool:
    """Return which calls may pass; raises `TypeError` or `ValueError` saying what to write, for what is none."""
    if isinstance(unfaked, bool):
        return unfaked
    if not isinstance(unfaked, (list, tuple, set, frozenset)) or not all(isinstance(each, str) for each in unfaked):
        message = f"unfaked takes True or a list of paths such as '/_cat/*' or 'GET /_cat/*', not {unfaked!r}"
        raise TypeError(message)
    for pattern in unfaked:
        if not _UNFAKED.fullmatch(pattern):
            message = (
                f"unfaked: {pattern!r} would match no request; write a path as it is sent, without a query, perhaps "
                "with * and after a method: '/_cat/*' or 'GET /_cat/*'"
            )
            raise ValueError(message)
    return tuple(unfaked)


def matches_unfaked(pattern: str, method: str, path: str) -> bool:
    """Say whether a pattern is for such a request."""
    wanted, _, rest = pattern.partition(" ")
    if rest:
        return wanted.upper() == method and fnmatch.fnmatchcase(path, rest.strip())
    return fnmatch.fnmatchcase(path, pattern)
