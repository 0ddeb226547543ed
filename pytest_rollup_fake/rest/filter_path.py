r"""What `?filter_path=` leaves of an answer.

An expression is a comma list of dotted paths: `*` stands for any part of one name, `**` for one name or more, `\.` for
a dot in a name, and a leading `-` excludes. Arrays are transparent: a path goes through them to their elements. This
module knows plain values only, neither what they are nor in which format they are sent.

Sources: AbstractRestChannel.newBuilder, FilterPath, FilterPathBasedFilter, and Jackson's FilteringGeneratorDelegate,
which writes an object or array only once something in it is written.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

_Path = tuple[str, ...]

_NOTHING: Final = object()
_DOT: Final = re.compile(r"(?<!\\)\.")


def apply(value: object, expression: str) -> object:
    """Return what of `value` the expression leaves, `{}` if that is nothing; inclusions first, then exclusions."""
    included, excluded = _compile(expression)
    for paths, inclusive in ((included, True), (excluded, False)):
        if paths:
            value = _filter(value, paths, inclusive=inclusive)
        if value is _NOTHING:
            return {}
    return value


@lru_cache(maxsize=256)
def _compile(expression: str) -> tuple[tuple[_Path, ...], tuple[_Path, ...]]:
    """Split an expression into the paths that include and those that exclude."""
    filters = [part.strip() for part in expression.split(",")]
    included = [part for part in filters if part and not part.startswith("-")]
    excluded = [part[1:].strip() for part in filters if part.startswith("-")]
    return tuple(map(_parse, included)), tuple(_parse(part) for part in excluded if part)


def _parse(path: str) -> _Path:
    return tuple(name.replace("\\.", ".") for name in _DOT.split(path))


def _filter(value: object, paths: tuple[_Path, ...], *, inclusive: bool) -> object:
    """Filter what some path has led to, but not ended at."""
    if isinstance(value, dict):
        return _filter_object(value, paths, inclusive=inclusive)
    if isinstance(value, list | tuple):
        elements = [_filter(element, paths, inclusive=inclusive) for element in value]
        return [element for element in elements if element is not _NOTHING] or _NOTHING
    return _NOTHING if inclusive else value


def _filter_object(members: dict[str, object], paths: tuple[_Path, ...], *, inclusive: bool) -> object:
    kept: dict[str, object] = {}
    for name, member in members.items():
        ended, following = _follow(paths, name)
        if following and not ended:
            result = _filter(member, following, inclusive=inclusive)
        else:
            result = member if ended == inclusive else _NOTHING
        if result is not _NOTHING:
            kept[name] = result
    return kept or _NOTHING


def _follow(paths: tuple[_Path, ...], name: str) -> tuple[bool, tuple[_Path, ...]]:
    """Say whether a path ends at `name`, and what is left of those that go on."""
    following: list[_Path] = []
    for path in paths:
        if _matches(path[0], name):
            following.append(path[1:])
        if path[0] == "**":
            following.append(path)
    return () in following, tuple(dict.fromkeys(following))


def _matches(pattern: str, name: str) -> bool:
    return pattern == name or ("*" in pattern and _glob(pattern).fullmatch(name) is not None)


@lru_cache(maxsize=256)
def _glob(pattern: str) -> re.Pattern[str]:
    """Compile a pattern in which only `*` is special (Glob.globMatch)."""
    return re.compile(".*".join(map(re.escape, re.split(r"\*+", pattern))), re.DOTALL)
