"""Holding a document against its JSON Schema, with errors for people: the place, what is wrong, what is allowed.

Only what `scenario.schema.json` uses of JSON Schema is understood: `type`, `enum`, `properties`, `required`,
`additionalProperties`, `items`, `minimum`, `minLength` and `$ref`.
"""

from __future__ import annotations

import contextlib
import json
from functools import cache
from importlib import resources
from types import NoneType
from typing import TYPE_CHECKING, Any, Final

from pytest_rollup_fake.model.choices import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Place = tuple[str | int, ...]
"""Where in a document something is: keys and numbers."""

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (NoneType,),
}
JSON_WORDS: Final[Mapping[str, str]] = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
TOML_WORDS: Final[Mapping[str, str]] = {**JSON_WORDS, "object": "a table"}


class DocumentError(ValueError):
    """A document that cannot be meant: where, and what is wrong and allowed."""

    def __init__(self, place: Place, problem: str) -> None:
        shown = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".")
        super().__init__(f"{shown}: {problem}" if shown else problem)
        self.place = place
        self.shown_place = shown
        self.problem = problem


@contextlib.contextmanager
def at(*place: str | int) -> Iterator[None]:
    """Say of errors in the block where in the document they come from."""
    try:
        yield
    except DocumentError as error:
        raise DocumentError((*place, *error.place), error.problem) from None
    except (TypeError, ValueError) as error:
        raise DocumentError(place, str(error)) from None


@cache
def scenario_schema() -> Any:  # noqa: ANN401  (JSON is anything)
    """Return the JSON Schema of scenarios, whose `$defs` are those of the admin API too."""
    return json.loads(scenario_schema_text())


def scenario_schema_text() -> str:
    """Return the text of the JSON Schema of scenarios."""
    return (resources.files(__package__) / "scenario.schema.json").read_text(encoding="utf-8")


def check(value: object, schema: Mapping[str, Any], words: Mapping[str, str] = JSON_WORDS) -> None:
    """Raise `DocumentError` for the first thing in a value that its schema does not allow.

    `words` are what the types are called in the language of the document.
    """
    schema = _resolved(schema)
    if "enum" in schema and not _is_in(value, schema["enum"]):
        meant = did_you_mean(value, [each for each in schema["enum"] if isinstance(each, str)])
        message = f"{_shown(value)} is not allowed{meant}; allowed are {', '.join(map(_shown, schema['enum']))}"
        raise DocumentError((), message)
    types = schema.get("type", ())
    _check_type(value, (types,) if isinstance(types, str) else types, words)
    match value:
        case dict():
            _check_object(value, schema, words)
        case list():
            for number, item in enumerate(value):
                with at(number):
                    check(item, schema.get("items", {}), words)
        case str() if len(value) < schema.get("minLength", 0):
            message = "the text must not be empty"
            raise DocumentError((), message)
        case int() | float() if value < schema.get("minimum", value):
            message = f"at least {schema['minimum']} is allowed, not {_shown(value)}"
            raise DocumentError((), message)


def _check_object(value: Mapping[str, Any], schema: Mapping[str, Any], words: Mapping[str, str]) -> None:
    properties, others = schema.get("properties", {}), schema.get("additionalProperties", {})
    for key, inner in value.items():
        with at(key):
            if key not in properties and others is False:
                message = f"there is no such key{did_you_mean(key, properties)}; the keys are {', '.join(properties)}"
                raise DocumentError((), message)
            check(inner, properties.get(key, others), words)
    missing = [key for key in schema.get("required", ()) if key not in value]
    if missing:
        message = f"{' and '.join(map(repr, missing))} is missing; the keys are {', '.join(properties)}"
        raise DocumentError((), message)


def _check_type(value: object, types: Sequence[str], words: Mapping[str, str]) -> None:
    if types and not any(_is_of(value, type_) for type_ in types):
        message = f"expected is {' or '.join(words[type_] for type_ in types)}, not {_shown(value)}"
        raise DocumentError((), message)


def _is_of(value: object, type_: str) -> bool:
    """Say whether a value is of a type; Python takes true and false for numbers, JSON does not."""
    return isinstance(value, _TYPES[type_]) and (type_ == "boolean" or not isinstance(value, bool))


def _is_in(value: object, allowed: Sequence[object]) -> bool:
    return any(value == each and type(value) is type(each) for each in allowed)


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    from .schemas import definitions  # which are made of those of scenarios

    found: Mapping[str, Any] = definitions()[reference.rpartition("/")[2]]
    return found


def _shown(value: object) -> str:
    """Return a value as documents write it."""
    return json.dumps(value, default=str, ensure_ascii=False)
