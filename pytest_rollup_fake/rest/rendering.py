"""How values and errors look as bytes.

JSON looks as Jackson writes it for Elasticsearch, YAML as Jackson's YAMLGenerator does. This module knows neither what
it writes nor whom for: which format, which trace and whether to indent is told to it.

Sources: JsonXContentGenerator and YamlXContent; ElasticsearchException.generateFailureXContent, innerToXContent and
toString; ExceptionsHelper.detailedMessage.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from functools import cache, partial
from typing import TYPE_CHECKING, Final, Literal

from .errors import NotFakedError

if TYPE_CHECKING:
    import yaml

    from .errors import ElasticsearchError, SimpleError
    from .media_types import Format

TraceFormat = Literal["old", "new"]

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"))
_ESCAPE: Final = re.compile(r"\\(?:[^u]|u[0-9a-f]{4})")

# ElasticsearchException.guessRootCauses wraps a foreign exception into an anonymous class.
_WRAPPER_CLASS: Final = "org.elasticsearch.ElasticsearchException$1"

# Frames are not faked; this is the shape that Java gives to one whose place it does not know.
_FRAME: Final = "\tat org.elasticsearch.<unknown>(Unknown Source)\n"


def write(value: object, format_: Format, *, pretty: bool) -> bytes:
    """Write a value in JSON or YAML; raises `NotFakedError` for another format, or if PyYAML is missing."""
    if format_ == "json":
        return to_json(value, pretty=pretty)
    check_format(format_)
    return to_yaml(value)


@cache
def flag(name: str, format_: Format, pretty: bool) -> bytes:  # noqa: FBT001  (a cache is slower with keywords)
    """Write `{name: true}`, the answer to most of what acts."""
    return write({name: True}, format_, pretty=pretty)


def check_format(format_: Format) -> None:
    """Raise `NotFakedError` for a format that cannot be written."""
    if format_ in {"smile", "cbor"}:
        raise NotFakedError(
            f"An answer in {format_.upper()} was asked for (`format=`, Accept or Content-Type), which "
            "pytest-rollup-fake does not write; it answers in JSON and YAML."
        )
    if format_ == "yaml" and importlib.util.find_spec("yaml") is None:
        raise NotFakedError(
            "An answer in YAML was asked for (`format=`, Accept or Content-Type), which needs an optional dependency: "
            "pip install 'pytest-rollup-fake[yaml]'"
        )


def to_json(value: object, *, pretty: bool) -> bytes:
    """Write JSON: without any space and line feed, or with `pretty` as `?pretty` has it, line feed at the end."""
    text = f"{_pretty(value, chr(10))}\n" if pretty else _compact(value)
    # Java writes half a surrogate pair as a question mark.
    return text.encode("utf-8", errors="replace")


def _compact(value: object) -> str:
    text = _ENCODER.encode(value)
    # Jackson writes \u001F where Python writes \u001f.
    return _ESCAPE.sub(lambda escape: escape[0][:2] + escape[0][2:].upper(), text) if "\\u" in text else text


def _pretty(value: object, line: str) -> str:
    """Write `value`, whose closing bracket goes after `line`: a line feed and the indentation."""
    inner = f"{line}  "
    if isinstance(value, dict):
        members = [f"{_compact(name)} : {_pretty(member, inner)}" for name, member in value.items()]
        return f"{{{inner}{f',{inner}'.join(members)}{line}}}" if members else "{ }"
    if isinstance(value, list | tuple):
        elements = [_pretty(element, inner) for element in value]
        return f"[{inner}{f',{inner}'.join(elements)}{line}]" if elements else "[ ]"
    return _compact(value)


def to_yaml(value: object) -> bytes:
    """Write YAML: keys plain, strings in double quotes."""
    import yaml  # optional, and slow to import

    text = yaml.dump(value, Dumper=_dumper(), explicit_start=True, allow_unicode=True, width=sys.maxsize)
    return text.encode("utf-8", errors="replace")


@cache
def _dumper() -> type[yaml.SafeDumper]:
    import yaml

    class Dumper(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002  (PyYAML's signature)
            return True

    Dumper.add_representer(str, _quoted)
    Dumper.add_multi_representer(str, _quoted)
    Dumper.add_representer(dict, partial(_block, yaml.MappingNode))
    return Dumper


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')


def _block(node: type[yaml.MappingNode], dumper: yaml.SafeDumper, members: dict[str, object]) -> yaml.MappingNode:
    """Build an object whose names, unlike other strings, are plain, in the order given."""
    pairs = [
        (dumper.represent_scalar("tag:yaml.org,2002:str", name), dumper.represent_data(member))
        for name, member in members.items()
    ]
    return node("tag:yaml.org,2002:map", pairs, flow_style=False)


def simple_body(error: SimpleError) -> dict[str, object]:
    """Build the short form, `{"error": text, "status": N}`."""
    body: dict[str, object] = {"error": error.text}
    if error.with_status:
        body["status"] = error.status
    return body


def error_body(error: ElasticsearchError, *, error_trace: bool, trace_format: TraceFormat) -> dict[str, object]:
    """Build the detailed form, `{"error": {...}, "status": N}`; stack traces are in it on demand only."""
    trace = trace_format if error_trace else None
    root_causes = [_exception(error.root_cause, trace, as_root_cause=True)]
    return {"error": {"root_cause": root_causes, **_exception(error, trace)}, "status": error.status}


def _exception(
    error: ElasticsearchError, trace: TraceFormat | None, *, as_root_cause: bool = False
) -> dict[str, object]:
    body: dict[str, object] = {"type": error.type, "reason": error.reason, **error.fields}
    if error.caused_by is not None and not as_root_cause:
        body["caused_by"] = _exception(error.caused_by, trace)
    if header := _header(error.headers):
        body["header"] = header
    if trace is not None:
        body["stack_trace"] = f"{_headline(error, trace, wrapped=as_root_cause and not error.own)}\n{_FRAME}"
    return body


def _header(headers: tuple[tuple[str, str], ...]) -> dict[str, str | list[str]]:
    """Group values by name: one stands for itself, several are a list."""
    grouped: dict[str, list[str]] = {}
    for name, value in headers:
        grouped.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in grouped.items()}


def _headline(error: ElasticsearchError, trace: TraceFormat, *, wrapped: bool) -> str:
    """Write the first line of a stack trace, which is the exception's `toString()`."""
    if trace == "old" and (error.own or wrapped):
        return _detailed_message(error, wrapped=wrapped)
    name = _WRAPPER_CLASS if wrapped else error.java_class
    return name if error.reason is None else f"{name}: {error.reason}"


def _detailed_message(error: ElasticsearchError, *, wrapped: bool) -> str:
    """Write an exception with its causes; the anonymous wrapper has no name."""
    if error.caused_by is None and not wrapped:
        return f"{error.simple_name}[{'null' if error.reason is None else error.reason}]"
    parts = [_in_brackets(error.reason)] if wrapped else []
    cause: ElasticsearchError | None = error
    while cause is not None:
        parts.append(cause.simple_name + _in_brackets(cause.reason))
        cause = cause.caused_by
    return f"{'; nested: '.join(parts)};"


def _in_brackets(reason: str | None) -> str:
    return "" if reason is None else f"[{reason}]"
