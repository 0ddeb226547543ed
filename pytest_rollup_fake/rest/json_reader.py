"""JSON, token by token, with lines and columns as Jackson counts them.

Elasticsearch reads bodies through Jackson's streaming parser and says in its refusals where the current token begins.
Columns count bytes from 1. Comments are fine, a repeated name is not. What is wrong inside a string is found when its
text is asked for, everything else when its token is. Nothing here knows what a body means.

Sources: Jackson's UTF8StreamJsonParser and JsonReadContext (2.8 to 2.17); JsonXContent, JsonXContentParser,
AbstractXContentParser.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from . import messages
from .errors import ElasticsearchError, illegal_argument, number_format

if TYPE_CHECKING:
    from pytest_rollup_fake.model.versions import Profile

_SPACE: Final = re.compile(rb"(?:[ \t\r\n]+|//[^\r\n]*|/\*.*?\*/)*", re.DOTALL)
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_TEXT: Final = re.compile(rb'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*')
_NUMBER: Final = re.compile(rb"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WORD: Final = re.compile(rb"[A-Za-z_$][\w$]*")


class Kind(StrEnum):
    """What a token is, as XContentParser.Token names it."""

    START_OBJECT = "START_OBJECT"
    END_OBJECT = "END_OBJECT"
    START_ARRAY = "START_ARRAY"
    END_ARRAY = "END_ARRAY"
    FIELD_NAME = "FIELD_NAME"
    VALUE_STRING = "VALUE_STRING"
    VALUE_NUMBER = "VALUE_NUMBER"
    VALUE_BOOLEAN = "VALUE_BOOLEAN"
    VALUE_NULL = "VALUE_NULL"


class Location(NamedTuple):
    """A line and a column, both from 1 (XContentLocation)."""

    line: int
    column: int

    def __str__(self) -> str:
        """Return the two as they stand in messages."""
        return f"{self.line}:{self.column}"


NOWHERE: Final = Location(1, 0)
"""Where Jackson says to be before the first token."""


class Token(NamedTuple):
    """A token: `value` is a name, a text, a boolean or a number, `literal` how it was written."""

    kind: Kind
    location: Location
    value: Any = None
    literal: str = ""
    error: ElasticsearchError | None = None


class JsonError(ElasticsearchError):
    """What Jackson throws; an IOException, unlike what newer versions of Elasticsearch make of it."""


class XContentParseError(ElasticsearchError):
    """XContentParseException, a 400: its root cause is the innermost of its kind.

    Source: ElasticsearchException.guessRootCauses.
    """

    def __init__(
        self, reason: str, location: Location | None = None, caused_by: ElasticsearchError | None = None
    ) -> None:
        """Build the exception; a location stands before the reason."""
        super().__init__(
            "x_content_parse_exception",
            reason if location is None else f"[{location}] {reason}",
            400,
            java_class="org.elasticsearch.xcontent.XContentParseException",
            own=False,
            caused_by=caused_by,
        )

    @property
    def root_cause(self) -> ElasticsearchError:
        """The deepest exception that is one of these or Elasticsearch's own."""
        cause = self.caused_by
        return cause.root_cause if cause is not None and (cause.own or isinstance(cause, XContentParseError)) else self


@dataclass(slots=True)
class _Context:
    """An object or an array that has begun and not ended."""

    is_object: bool
    start: Location
    names: set[str] = field(default_factory=set)
    entries: int = 0

    def __str__(self) -> str:
        return "Object" if self.is_object else "Array"


class JsonReader:
    """Reads tokens; `token` is the current one, `None` before the first and after the last."""

    def __init__(self, body: bytes, profile: Profile) -> None:
        self.profile = profile
        self.token: Token | None = None
        self._body = body
        self._position = 3 if body.startswith(b"\xef\xbb\xbf") else 0
        self._lines = [0, *(end.end() for end in _LINE_END.finditer(body))]
        self._contexts: list[_Context] = []

    @property
    def location(self) -> Location:
        """Where the current token begins."""
        return NOWHERE if self.token is None else self.token.location

    # --- tokens -----------------------------------------------------------------------------------------------

    def advance(self) -> Token | None:
        """Go to the next token and return it; a failure leaves the current one."""
        if self.token is not None and self.token.error is not None:
            raise self.token.error
        self.token = self._next()
        return self.token

    def _next(self) -> Token | None:
        self._skip_space()
        context = self._contexts[-1] if self._contexts else None
        if self._at_end:
            if context is None:
                return None
            marker = f"(start marker at {self._source(context.start)})"
            raise self._end_of_input(f": expected close marker for {context} {marker}")
        if context is None:
            return self._value()
        if self.token is not None and self.token.kind is Kind.FIELD_NAME:
            return self._value_of_name(context)
        if self._peek() in b"]}":
            return self._close(context)
        if context.entries:
            self._skip_comma(context)
        context.entries += 1
        return self._name(context) if context.is_object else self._value()

    def _value(self) -> Token:
        start, first = self._location(self._position), self._peek()
        if first in b"{[":
            self._position += 1
            self._contexts.append(_Context(is_object=first == b"{", start=start))
            return Token(Kind.START_OBJECT if first == b"{" else Kind.START_ARRAY, start)
        if first == b'"':
            text, error = self._text("string value", " in VALUE_STRING")
            return Token(Kind.VALUE_STRING, start, text, text, error)
        if first in b"-0123456789":
            return self._number(start)
        if word := _WORD.match(self._body, self._position):
            return self._word(start, word[0])
        expected = messages.JSON_VALUE_EXPECTED[self.profile.json_words]
        raise self._unexpected("expected a value" if first in b"}]," else f"expected a valid value {expected}")

    def _value_of_name(self, context: _Context) -> Token:
        if self._peek() != b":":
            raise self._unexpected("was expecting a colon to separate field name and value")
        self._position += 1
        self._skip_space()
        if self._at_end:
            raise self._end_of_input(f" within/between {context} entries")
        return self._value()

    def _name(self, context: _Context) -> Token:
        start = self._location(self._position)
        if self._peek() != b'"':
            raise self._unexpected("was expecting double-quote to start field name")
        name, error = self._text("name", " in field name")
        if error is not None:
            raise error
        if name in context.names:
            raise self.error(f"Duplicate field '{name}'")
        context.names.add(name)
        return Token(Kind.FIELD_NAME, start, name, name)

    def _close(self, context: _Context) -> Token:
        start, mark = self._location(self._position), self._peek()
        self._position += 1
        if (mark == b"}") != context.is_object:
            wanted = "}" if context.is_object else "]"
            where = f"(for {context} starting at {self._source(context.start)})"
            raise self.error(f"Unexpected close marker '{mark.decode()}': expected '{wanted}' {where}")
        self._contexts.pop()
        return Token(Kind.END_OBJECT if context.is_object else Kind.END_ARRAY, start)

    def _number(self, start: Location) -> Token:
        match = _NUMBER.match(self._body, self._position)
        if match is None:
            self._position += 1
            raise self._unexpected("expected digit (0-9) to follow minus sign, for valid numeric value", in_number=True)
        literal = match[0].decode()
        if literal in {"0", "-0"} and self._body[match.end() : match.end() + 1].isdigit():
            self._position = match.end() + 1
            raise self.error("Invalid numeric value: Leading zeroes not allowed")
        self._position = match.end()
        return Token(Kind.VALUE_NUMBER, start, float(literal) if match[1] or match[2] else int(literal), literal)

    def _word(self, start: Location, word: bytes) -> Token:
        if word in _WORDS:
            self._position += len(word)
            return Token(*_WORDS[word], start, word.decode())
        # Jackson has read the character behind the word as well.
        self._position = min(self._position + len(word) + 1, len(self._body))
        expected = messages.JSON_WORD_EXPECTED[self.profile.json_words]
        raise self.error(f"Unrecognized token '{word.decode()}': was expecting {expected}")

    def _text(self, what: str, place: str) -> tuple[str, ElasticsearchError | None]:
        """Read a string; the position is behind it, or where it goes wrong."""
        match = _TEXT.match(self._body, self._position)
        raw = match[0] if match else b""
        self._position += len(raw)
        if self._at_end:
            return "", self._end_of_input(place)
        if self._peek() != b'"':
            return "", self._bad_character(what)
        self._position += 1
        try:
            return json.loads(raw + b'"'), None
        except UnicodeDecodeError as error:
            return "", self.error(f"Invalid UTF-8 start byte {raw[error.start]:#x}")

    def _bad_character(self, what: str) -> ElasticsearchError:
        """Return what is said to a character that cannot stand in a string."""
        first = self._peek()
        self._position += 2 if first == b"\\" else 1
        if first == b"\\":
            return self.error(f"Unrecognized character escape {_describe(self._body[self._position - 1 :])}")
        has = f"has to be escaped using backslash to be included in {what}"
        return self.error(f"Illegal unquoted character ({_describe(first)}): {has}")

    # --- where we are -----------------------------------------------------------------------------------------

    def _peek(self) -> bytes:
        return self._body[self._position : self._position + 1]

    @property
    def _at_end(self) -> bool:
        return self._position >= len(self._body)

    def _skip_space(self) -> None:
        match = _SPACE.match(self._body, self._position)
        self._position = match.end() if match else self._position

    def _skip_comma(self, context: _Context) -> None:
        if self._peek() != b",":
            raise self._unexpected(f"was expecting comma to separate {context} entries")
        self._position += 1
        self._skip_space()
        if self._at_end:
            raise self.error(f"Unexpected end-of-input within/between {context} entries")

    def _location(self, position: int) -> Location:
        line = bisect_right(self._lines, position)
        return Location(line, position - self._lines[line - 1] + 1)

    def _source(self, location: Location) -> str:
        return f"[Source: {self.profile.json_source}; line: {location.line}, column: {location.column}]"

    # --- what is wrong ----------------------------------------------------------------------------------------

    def _unexpected(self, comment: str, *, in_number: bool = False) -> ElasticsearchError:
        text = f"Unexpected character ({_describe(self._body[self._position :])})"
        text = f"{text} in numeric value: {comment}" if in_number else f"{text}: {comment}"
        self._position += self.profile.json_error_offset
        return self.error(text)

    def _end_of_input(self, place: str) -> ElasticsearchError:
        self._position = len(self._body)
        return self.error(f"Unexpected end-of-input{place}", "io.JsonEOFException")

    def error(self, text: str, name: str = "JsonParseException") -> ElasticsearchError:
        """Return Jackson's exception for the current position, as the version throws it."""
        location, profile = self._location(self._position), self.profile
        is_end = name.endswith("JsonEOFException")
        status = profile.json_end_status if is_end else profile.json_error_status
        type_ = messages.exception_name(name.rpartition(".")[2])
        java_class = f"com.fasterxml.jackson.core.{name}"
        thrown = JsonError(
            type_, f"{text}\n at {self._source(location)}", status, java_class=java_class, own=False
        )
        if not profile.json_error_is_wrapped:
            return thrown
        if is_end and profile.json_end_status != profile.json_error_status:
            return JsonError(
                "x_content_e_o_f_exception",
                f"{java_class}: {thrown.reason}",
                status,
                java_class="org.elasticsearch.xcontent.XContentEOFException",
                own=False,
                caused_by=thrown,
            )
        error = XContentParseError(thrown.reason or "", location, thrown)
        if is_end:
            error.type, error.java_class = "x_content_e_o_f_exception", "org.elasticsearch.xcontent.XContentEOFException"
        return error

    # --- values of the current token --------------------------------------------------------------------------

    def text(self) -> str:
        """Return the current value as a text (XContentParser.text)."""
        token = self.token
        if token is not None and token.error is not None:
            raise token.error
        if token is None or token.kind not in _WITH_TEXT:
            kind = "null" if token is None else token.kind
            raise illegal_state(messages.no_text(kind, str(self.location)))
        return token.literal

    def integer(self, *, bits: int) -> int:
        """Return the current value as an `int` or a `long`, cut off; texts are numbers too (intValue, longValue)."""
        token, name = self.token, "int" if bits == 32 else "long"  # noqa: PLR2004  (as above)
        assert token is not None, "a value is current"  # noqa: S101  (fields are read at their value)
        limit = 1 << (bits - 1)
        if token.kind is Kind.VALUE_STRING:
            value = int(_to_double(self.text()))
            if not -limit <= value < limit:
                raise illegal_argument(messages.integer_out_of_range(token.literal, name))
            return value
        value = int(token.value)
        if not -limit <= value < limit:
            bounds = "" if self.profile.json_words == "old" else f" ({-limit} - {limit - 1})"
            exception = "JsonParseException" if self.profile.json_words == "old" else "exc.InputCoercionException"
            raise self.error(f"Numeric value ({token.literal}) out of range of {name}{bounds}", exception)
        return value

    def value(self) -> Any:  # noqa: ANN401  (JSON)
        """Return the current value with all that is in it, and go to its end (XContentParser.map)."""
        token = self.token
        if token is None or token.kind is Kind.VALUE_STRING:
            return self.text()
        if token.kind is Kind.START_ARRAY:
            elements = []
            while (element := self.advance()) is not None and element.kind is not Kind.END_ARRAY:
                elements.append(self.value())
            return elements
        if token.kind is not Kind.START_OBJECT:
            return token.value
        members = {}
        while (name := self.advance()) is not None and name.kind is not Kind.END_OBJECT:
            self.advance()
            members[name.value] = self.value()
        return members


_WITH_TEXT: Final = frozenset({Kind.VALUE_STRING, Kind.VALUE_NUMBER, Kind.VALUE_BOOLEAN})


def illegal_state(reason: str) -> ElasticsearchError:
    """Build Java's IllegalStateException, a 500."""
    return ElasticsearchError(
        "illegal_state_exception", reason, 500, java_class="java.lang.IllegalStateException", own=False
    )


def _to_double(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise number_format(text) from None


def _describe(rest: bytes) -> str:
    """Name the first character as Jackson does (ParserMinimalBase._getCharDesc)."""
    character = rest[:4].decode(errors="replace")[:1]
    code = ord(character)
    if code < 0x20 or 0x7F <= code < 0xA0:  # noqa: PLR2004  (Character.isISOControl)
        return f"(CTRL-CHAR, code {code})"
    return f"'{character}' (code {code}{f' / 0x{code:x}' if code > 255 else ''})"  # noqa: PLR2004  (as in Jackson)
