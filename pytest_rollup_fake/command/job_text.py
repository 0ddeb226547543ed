"""A job as one text of the command line: `sensor`, `sensor:stopped`, `slow:indexing,stop_delay=45s`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pytest_rollup_fake.admin.checking import DocumentError, at, check, scenario_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS: Final = ("stop_delay", "runs", "run_duration", "run_documents")
"""What may stand behind a job's id and state."""

GRAMMAR: Final = "ID[:STATE][,KEY=VALUE...]"
_BOOLEANS: Final = {"true": True, "false": False}


def read_job(text: str) -> dict[str, Any]:
    """Return a job's document; raises `ValueError` that shows the text, and what is wrong and allowed in it."""
    name, *settings = text.split(",")
    id_, colon, state = name.partition(":")
    try:
        document: dict[str, Any] = {"id": id_, **({"state": state} if colon else {})}
        for setting in settings:
            key, value = _read_setting(setting)
            document[key] = value
        check(document, scenario_schema()["$defs"]["job"])
    except DocumentError as error:
        raise wrong(text, error) from None
    return document


def wrong(text: str, error: DocumentError) -> ValueError:
    """Return the error for a text that cannot be meant."""
    return ValueError(f"--job {text!r} ({GRAMMAR}): {error}")


def _read_setting(setting: str) -> tuple[str, object]:
    key, equals, value = setting.partition("=")
    if not equals or key not in KEYS:
        message = f"{setting!r} is no KEY=VALUE; the keys are {', '.join(KEYS)}"
        raise DocumentError((), message)
    with at(key):
        return key, _read_value(value, scenario_schema()["$defs"]["job"]["properties"][key])


def _read_value(text: str, schema: Mapping[str, Any]) -> object:
    if schema["type"] == "boolean":
        return _BOOLEANS.get(text, text)
    return int(text) if text.isdecimal() and text.isascii() else text
