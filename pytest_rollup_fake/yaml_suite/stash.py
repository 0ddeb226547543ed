r"""Paths into an answer, and values that a test has put aside.

A path is dotted, `jobs.0.status`; a dot of a name is written `\.`; `$name` in it stands for a value put aside before.
"""

from __future__ import annotations

import re
from typing import Final

from .outcomes import Failed

ARBITRARY_KEY: Final = "_arbitrary_key_"
"""The segment that stands for whichever key there is (feature `arbitrary_key`)."""

_DOT = re.compile(r"(?<!\\)\.")
_EMBEDDED = re.compile(r"\$\{([\w-]+)\}")
_WHOLE = re.compile(r"\$(?:\{(?P<braced>[\w-]+)\}|(?P<bare>[\w-]+))")


class Stash:
    """The values put aside by name."""

    def __init__(self) -> None:
        self._values: dict[str, object] = {}

    def put(self, name: str, value: object) -> None:
        """Put a value aside."""
        self._values[name] = value

    def __contains__(self, name: str) -> bool:
        """Say whether there is a value of this name."""
        return name in self._values

    def __getitem__(self, name: str) -> object:
        """Return a value; raises `Failed` if there is none, naming those that there are."""
        if name not in self._values:
            there = ", ".join(f"${known}" for known in self._values) or "nothing"
            raise Failed(f"nothing was put aside as ${name}; there is {there}")
        return self._values[name]

    def expand(self, value: object) -> object:
        """Return a value with what it names in the place of names, in keys too."""
        match value:
            case dict():
                return {self.expand_text(key): self.expand(item) for key, item in value.items()}
            case list():
                return [self.expand(item) for item in value]
            case str():
                return self._expand_string(value)
        return value

    def expand_text(self, text: str) -> str:
        """Return a text with what it names in the place of names, as a text."""
        return as_text(self._expand_string(text))

    def _expand_string(self, text: str) -> object:
        whole = _WHOLE.fullmatch(text)
        if whole is not None:
            return self[whole["braced"] or whole["bare"]]
        return _EMBEDDED.sub(lambda match: as_text(self[match[1]]), text)

    def split(self, path: str) -> list[str]:
        """Return the segments of a path, with values in the place of names; the empty path has none."""
        return [self.expand_text(segment.replace("\\.", ".")) for segment in _DOT.split(path) if segment]


def find(value: object, segments: list[str]) -> object:
    """Return what is at a place in a value, `None` if there is nothing."""
    for segment in segments:
        match value:
            case dict() if segment == ARBITRARY_KEY:
                value = next(iter(value), None)
            case dict():
                value = value.get(segment)
            case list():
                value = value[int(segment)] if segment.isdecimal() and int(segment) < len(value) else None
            case _:
                return None
    return value


def as_text(value: object) -> str:
    """Return a value as Java writes it: `true`, and a map as `{reason=not found}`."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case dict():
            return "{" + ", ".join(f"{key}={as_text(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(as_text, value)) + "]"
    return str(value)
