"""Rendering: the bytes of JSON and YAML, and the shape of errors."""

from __future__ import annotations

import enum
import json
import sys
from typing import Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pytest_rollup_fake.rest import errors
from pytest_rollup_fake.rest.errors import ElasticsearchError, NotFakedError, SimpleError
from pytest_rollup_fake.rest.rendering import (
    TraceFormat,
    check_format,
    error_body,
    simple_body,
    to_json,
    to_yaml,
    write,
)

FRAME = "\n\tat org.elasticsearch.<unknown>(Unknown Source)\n"
UNKNOWN_JOB = "Task for Rollup Job [x] not found"

texts = st.text(st.characters(exclude_categories=["Cs"]))
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
# The names of Elasticsearch's fields, which YAML writes without quotes, have no line breaks of any alphabet.
names = st.text("abc_.:#1 ", max_size=4)


def documents_of(names: st.SearchStrategy[str]) -> st.SearchStrategy[object]:
    """Return values of JSON whose objects have such names."""
    return st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4), max_leaves=8
    )


def body_of(error: ElasticsearchError) -> bytes:
    """Return what a client gets that asks for nothing in particular."""
    return to_json(error_body(error, error_trace=False, trace_format="old"), pretty=False)


def traces_of(error: ElasticsearchError, trace_format: TraceFormat) -> tuple[str, str, str | None]:
    """Return the stack traces of the root cause, of the error and of its cause."""
    body = json.loads(to_json(error_body(error, error_trace=True, trace_format=trace_format), pretty=False))["error"]
    cause = body.get("caused_by", {}).get("stack_trace")
    return body["root_cause"][0]["stack_trace"], body["stack_trace"], cause


class State(enum.StrEnum):
    """A text that is an enum's member."""

    STARTED = "started"


class TestJson:
    """JSON as Jackson writes it."""

    def test_compact_has_no_spaces(self) -> None:
        """Without `pretty` nothing stands between the tokens, nor at the end."""
        value = {"a": 1, "b": [True, None], "c": {}, "d": [], "e": State.STARTED}
        assert to_json(value, pretty=False) == b'{"a":1,"b":[true,null],"c":{},"d":[],"e":"started"}'

    def test_pretty(self) -> None:
        """With `pretty` there are two spaces a level, a space on both sides of a colon, and a line feed at the end."""
        error = errors.resource_not_found(UNKNOWN_JOB)
        body = error_body(error, error_trace=False, trace_format="old")
        assert to_json(body, pretty=True) == (
            b"{\n"
            b'  "error" : {\n'
            b'    "root_cause" : [\n'
            b"      {\n"
            b'        "type" : "resource_not_found_exception",\n'
            b'        "reason" : "Task for Rollup Job [x] not found"\n'
            b"      }\n"
            b"    ],\n"
            b'    "type" : "resource_not_found_exception",\n'
            b'    "reason" : "Task for Rollup Job [x] not found"\n'
            b"  },\n"
            b'  "status" : 404\n'
            b"}\n"
        )

    def test_pretty_empty(self) -> None:
        """Empty arrays and objects have one space inside, also where a text looks like one."""
        expected = b'{\n  "a" : [ ],\n  "b" : { },\n  "[]" : "{}",\n  "c" : [\n    1,\n    2\n  ]\n}\n'
        assert to_json({"a": [], "b": {}, "[]": "{}", "c": [1, 2]}, pretty=True) == expected
        assert to_json({}, pretty=True) == b"{ }\n"

    @pytest.mark.parametrize("pretty", [False, True])
    def test_non_ascii_is_utf_8(self, pretty: bool) -> None:  # noqa: FBT001
        """Neither other alphabets nor slashes are escaped."""
        assert to_json("sensor/1 ä 漢 😀", pretty=pretty).rstrip() == '"sensor/1 ä 漢 😀"'.encode()

    def test_control_characters(self) -> None:
        r"""Jackson's escapes are short where there is a short one, else in upper case."""
        assert to_json('\t\n"\\\x1f\x0b', pretty=False) == rb'"\t\n\"\\\u001F\u000B"'

    def test_escaped_backslash_is_left_alone(self) -> None:
        """What only looks like an escape keeps its case."""
        assert to_json("\\u001f\x1f", pretty=False) == rb'"\\u001f\u001F"'

    def test_half_a_surrogate_pair(self) -> None:
        """What UTF-8 cannot say becomes a question mark."""
        assert to_json("a\ud800b", pretty=False) == b'"a?b"'

    @given(documents_of(texts), st.booleans())
    def test_reads_back(self, value: object, pretty: bool) -> None:  # noqa: FBT001
        """Every value is the same again when read, pretty or not."""
        assert json.loads(to_json(value, pretty=pretty)) == value


class TestYaml:
    """YAML as Jackson's YAMLGenerator writes it."""

    def test_layout(self) -> None:
        """Keys are plain, texts in double quotes, arrays not indented, empty ones in brackets."""
        value = {
            "error": {"root_cause": [{"type": "x", "reason": None}], "list": [], "object": {}},
            "state": State.STARTED,
            "ok": True,
            "nodes": ["a", 1],
            "percent": 100.0,
            "status": 404,
        }
        assert to_yaml(value) == (
            b"---\n"
            b"error:\n"
            b"  root_cause:\n"
            b'  - type: "x"\n'
            b"    reason: null\n"
            b"  list: []\n"
            b"  object: {}\n"
            b'state: "started"\n'
            b"ok: true\n"
            b"nodes:\n"
            b'- "a"\n'
            b"- 1\n"
            b"percent: 100.0\n"
            b"status: 404\n"
        )

    def test_long_texts_stay_on_their_line(self) -> None:
        """No text is wrapped."""
        text = "word " * 100
        assert to_yaml({"a": text}) == f'---\na: "{text}"\n'.encode()

    def test_repeated_values_have_no_alias(self) -> None:
        """A value that occurs twice is written twice."""
        same = ["ä"]
        assert to_yaml({"a": same, "b": same}) == '---\na:\n- "ä"\nb:\n- "ä"\n'.encode()

    @given(documents_of(names))
    def test_reads_back(self, value: object) -> None:
        """Every value is the same again when read."""
        assert yaml.safe_load(to_yaml(value)) == value


class TestFormats:
    """Which formats are written."""

    def test_json_and_yaml(self) -> None:
        """The format decides about the writer, and `pretty` is for JSON."""
        assert write({"a": 1}, "json", pretty=False) == b'{"a":1}'
        assert write({"a": 1}, "json", pretty=True) == b'{\n  "a" : 1\n}\n'
        assert write({"a": 1}, "yaml", pretty=True) == b"---\na: 1\n"

    @pytest.mark.parametrize("format_", ["smile", "cbor"])
    def test_binary_ones_are_not(self, format_: Literal["smile", "cbor"]) -> None:
        """The binary formats are refused, with the formats that there are."""
        with pytest.raises(NotFakedError, match=rf"{format_.upper()} was asked for .* in JSON and YAML"):
            write({}, format_, pretty=False)

    def test_without_pyyaml(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without PyYAML the error says what was asked for, and what to install."""
        monkeypatch.setitem(sys.modules, "yaml", None)
        with pytest.raises(NotFakedError, match=r"YAML was asked for.*pip install 'pytest-rollup-fake\[yaml\]'"):
            check_format("yaml")
        check_format("json")


class TestErrors:
    """The detailed form of errors."""

    def test_plain(self) -> None:
        """The root cause comes first, then the error itself, then the status."""
        assert body_of(errors.resource_not_found("Task for Rollup Job [does_not_exist] not found")) == (
            b'{"error":{"root_cause":[{"type":"resource_not_found_exception",'
            b'"reason":"Task for Rollup Job [does_not_exist] not found"}],'
            b'"type":"resource_not_found_exception",'
            b'"reason":"Task for Rollup Job [does_not_exist] not found"},"status":404}'
        )

    def test_foreign_cause(self) -> None:
        """A cause is in the error, but never in the root cause, which a foreign exception is itself."""
        error = errors.illegal_argument("failed to parse [xs]", errors.number_format("x"))
        assert body_of(error) == (
            b'{"error":{"root_cause":[{"type":"illegal_argument_exception","reason":"failed to parse [xs]"}],'
            b'"type":"illegal_argument_exception","reason":"failed to parse [xs]",'
            b'"caused_by":{"type":"number_format_exception","reason":"For input string: \\"x\\""}},"status":400}'
        )

    def test_own_cause(self) -> None:
        """The root cause is the deepest of Elasticsearch's own exceptions; here it is ClusterBlockException."""
        block = ElasticsearchError("x.ClusterBlockException", "blocked by: [b];", 503)
        error = ElasticsearchError(
            "x.MasterNotDiscoveredException", "ClusterBlockException[blocked by: [b];]", 503, caused_by=block
        )
        assert body_of(error) == (
            b'{"error":{"root_cause":[{"type":"cluster_block_exception","reason":"blocked by: [b];"}],'
            b'"type":"master_not_discovered_exception","reason":"ClusterBlockException[blocked by: [b];]",'
            b'"caused_by":{"type":"cluster_block_exception","reason":"blocked by: [b];"}},"status":503}'
        )

    def test_no_message(self) -> None:
        """An exception without a message has the reason null."""
        error = ElasticsearchError("x.MasterNotDiscoveredException", None, 503)
        assert body_of(error) == (
            b'{"error":{"root_cause":[{"type":"master_not_discovered_exception","reason":null}],'
            b'"type":"master_not_discovered_exception","reason":null},"status":503}'
        )

    def test_timed_out(self) -> None:
        """Fields follow the reason in both places; what is an HTTP header only is not in the body."""
        error = ElasticsearchError(
            "org.elasticsearch.ElasticsearchTimeoutException",
            "R",
            429,
            fields={"timed_out": True},
            http_headers=(("X-Timed-Out", "?1"),),
        )
        assert body_of(error) == (
            b'{"error":{"root_cause":[{"type":"timeout_exception","reason":"R","timed_out":true}],'
            b'"type":"timeout_exception","reason":"R","timed_out":true},"status":429}'
        )

    @pytest.mark.parametrize(
        ("values", "expected"),
        [(["Basic"], '"Basic"'), (["Bearer", "ApiKey", "Basic"], '["Bearer","ApiKey","Basic"]')],
    )
    def test_header(self, values: list[str], expected: str) -> None:
        """One value of a header is a text, several are an array."""
        headers = tuple(("WWW-Authenticate", value) for value in values)
        error = ElasticsearchError("x.SecurityException", "R", 401, headers=headers)
        part = f'"type":"security_exception","reason":"R","header":{{"WWW-Authenticate":{expected}}}'
        assert body_of(error) == f'{{"error":{{"root_cause":[{{{part}}}],{part}}},"status":401}}'.encode()

    def test_order_of_everything(self) -> None:
        """Fields, cause, header and stack trace follow each other in this order."""
        error = ElasticsearchError(
            "x.A",
            "R",
            500,
            fields={"line": 1},
            headers=(("H", "v"),),
            caused_by=errors.number_format("x"),
        )
        body = error_body(error, error_trace=True, trace_format="new")["error"]
        assert isinstance(body, dict)
        assert list(body) == ["root_cause", "type", "reason", "line", "caused_by", "header", "stack_trace"]
        assert list(body["root_cause"][0]) == ["type", "reason", "line", "header", "stack_trace"]


class TestStackTraces:
    """Stack traces, which clients get on demand; their frames are not faked."""

    def test_own_exception(self) -> None:
        """The old format has the simple name and brackets, the new one Java's own form."""
        error = errors.resource_not_found(UNKNOWN_JOB)
        old = f"ResourceNotFoundException[{UNKNOWN_JOB}]{FRAME}"
        new = f"org.elasticsearch.ResourceNotFoundException: {UNKNOWN_JOB}{FRAME}"
        assert traces_of(error, "old") == (old, old, None)
        assert traces_of(error, "new") == (new, new, None)

    def test_foreign_exception(self) -> None:
        """As a root cause a foreign exception is wrapped into one without a name."""
        error = errors.illegal_argument("msg")
        plain = f"java.lang.IllegalArgumentException: msg{FRAME}"
        assert traces_of(error, "old") == (f"[msg]; nested: IllegalArgumentException[msg];{FRAME}", plain, None)
        assert traces_of(error, "new") == (f"org.elasticsearch.ElasticsearchException$1: msg{FRAME}", plain, None)

    def test_cause(self) -> None:
        """In the old format an exception names its causes, and every cause has a trace of its own."""
        error = errors.elasticsearch_exception("msg")
        error.caused_by = errors.number_format("x")
        own = f'ElasticsearchException[msg]; nested: NumberFormatException[For input string: "x"];{FRAME}'
        assert traces_of(error, "old") == (own, own, f'java.lang.NumberFormatException: For input string: "x"{FRAME}')

    def test_no_message(self) -> None:
        """Without a message the old format says null, the new one nothing."""
        error = ElasticsearchError("org.elasticsearch.Outer$NotMasterException", None, 503)
        assert traces_of(error, "old")[1] == f"NotMasterException[null]{FRAME}"
        assert traces_of(error, "new")[1] == f"org.elasticsearch.Outer$NotMasterException{FRAME}"


class TestSimpleErrors:
    """The short form of errors."""

    def test_with_status(self) -> None:
        """Most have a text and a status."""
        error = SimpleError(406, "Content-Type header is missing")
        assert to_json(simple_body(error), pretty=False) == b'{"error":"Content-Type header is missing","status":406}'

    def test_without_status(self) -> None:
        """A path without a handler has a text only."""
        error = SimpleError(400, "no handler found for uri [/x] and method [POST]", with_status=False)
        assert to_json(simple_body(error), pretty=False) == (
            b'{"error":"no handler found for uri [/x] and method [POST]"}'
        )
