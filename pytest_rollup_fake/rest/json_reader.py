"""JSON, token by token, with lines and columns as Jackson counts them.

Elasticsearch reads bodies through Jackson's streaming parser, and says in its refusals where the current token begins.
Columns count bytes of UTF-8, from 1. Comments are fine, a repeated name is not. What is wrong inside a value's string
is found when its text is asked for, everything else when its token is. Nothing here knows what a body means.

Sources: Jackson's UTF8StreamJsonParser and JsonReadContext (2.8 to 2.17); JsonXContent, AbstractXContentParser.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from . import messages
from .errors import ElasticsearchError, NotFakedError, foreign, illegal_argument, number_format
from .x_content import Location, json_end, json_error, number_error

if TYPE_CHECKING:
    from pytest_rollup_fake.model.versions import Profile

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_ENCODINGS: Final = (
    # By the byte order mark, or by which of the first bytes are zero (ByteSourceJsonBootstrapper.detectEncoding).
    ("utf-32-be", re.compile(rb"\0\0\xfe\xff|\0\0\0.", re.DOTALL)),
    ("utf-32-le", re.compile(rb"\xff\xfe\0\0|.\0\0\0", re.DOTALL)),
    ("utf-16-be", re.compile(rb"\xfe\xff..|\0.", re.DOTALL)),
    ("utf-16-le", re.compile(rb"\xff\xfe..|.\0", re.DOTALL)),
)
_SPACE: Final = re.compile(rb"(?:[ \t\r\n]+|//[^\r\n]*|/\*.*?\*/)*", re.DOTALL)
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
_TEXT: Final = re.compile(rb'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*')
_NUMBER: Final = re.compile(rb"-?(?:0(?![0-9])|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_DOUBLE: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WORD: Final = re.compile(rb"[A-Za-z_$][\w$]*")
_NOWHERE: Final = Location(1, 0)  # where Jackson says to be before the first token
_DEEPEST: Final = 200  # Jackson reads 1,000 levels since 2.15, before as many as the stack holds; Python's holds fewer


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


_WORDS: Final = {
    b"true": (Kind.VALUE_BOOLEAN, True),
    b"false": (Kind.VALUE_BOOLEAN, False),
    b"null": (Kind.VALUE_NULL, None),
}
_WITH_TEXT: Final = frozenset({Kind.VALUE_STRING, Kind.VALUE_NUMBER, Kind.VALUE_BOOLEAN})


class Token(NamedTuple):
    """A token: `value` is its name, text, boolean or number, `text` how that reads, `error` why it has none."""

    kind: Kind
    location: Location
    value: Any = None
    text: str = ""
    error: ElasticsearchError | None = None


@dataclass(slots=True)
class _Context:
    """An object or an array that has begun and not ended."""

    is_object: bool
    start: Location
    names: set[str] = field(default_factory=set)
    is_empty: bool = True

    def __str__(self) -> str:
        return "Object" if self.is_object else "Array"


class JsonReader:
    """Reads tokens; `token` is the current one, `None` before the first and after the last."""

    def __init__(self, body: bytes, profile: Profile) -> None:
        self.profile = profile
        self.token: Token | None = None
        self._body = body = _in_utf_8(body)
        self._position = len(_BYTE_ORDER_MARK) if body.startswith(_BYTE_ORDER_MARK) else 0
        self._lines = [0, *(end.end() for end in _LINE_END.finditer(body))]
        self._contexts: list[_Context] = []

    @property
    def location(self) -> Location:
        """Where the current token begins."""
        return _NOWHERE if self.token is None else self.token.location

    @property
    def kind(self) -> Kind | None:
        """What the current token is."""
        return None if self.token is None else self.token.kind

    def advance(self) -> Token | None:
        """Go to the next token and return it; a failure leaves the current one."""
        if self.token is not None and self.token.error is not None:
            raise self.token.error
        self.token = self._next()
        return self.token

    # --- the current value ------------------------------------------------------------------------------------

    def text(self) -> str:
        """Return the current value as a text (XContentParser.text)."""
        token = self.token
        if token is None or token.kind not in _WITH_TEXT:
            reason = messages.NO_TEXT.format(kind=self.kind or "null", location=str(self.location))
            raise foreign("java.lang.IllegalStateException", reason)
        if token.error is not None:
            raise token.error
        return token.text

    def integer(self, *, bits: int) -> int:
        """Return the current value as a number of 32 or 64 bits, cut off; a text may be one (intValue, longValue)."""
        name, limit = {32: "int", 64: "long"}[bits], 1 << (bits - 1)
        text = self.text()
        if not _DOUBLE.fullmatch(text):
            raise number_format(text)
        number = _number(text)
        if -limit <= number < limit:
            return int(number)
        if self.kind is Kind.VALUE_STRING:
            raise illegal_argument(messages.integer_out_of_range(text, name))
        bounds = None if self.profile.json_words == "2.8" else (-limit, limit - 1)
        raise number_error(self.profile, messages.number_out_of_range(text, name, bounds), *self._here())

    def value(self) -> Any:  # noqa: ANN401  (JSON)
        """Return the current value with all that is in it, and go to its end (XContentParser.map).

        Raises `NotFakedError` where more is nested than anybody means.
        """
        if len(self._contexts) > _DEEPEST:
            raise NotFakedError(
                f"More than {_DEEPEST} objects and arrays are nested in the body, which pytest-rollup-fake "
                "does not read."
            )
        if self.kind is Kind.START_OBJECT:
            members = {}
            while (name := self.advance()) is not None and name.kind is not Kind.END_OBJECT:
                self.advance()
                members[name.value] = self.value()
            return members
        if self.kind is Kind.START_ARRAY:
            elements = []
            while (element := self.advance()) is not None and element.kind is not Kind.END_ARRAY:
                elements.append(self.value())
            return elements
        if self.token is None or self.kind is Kind.VALUE_NULL:
            return None
        self.text()
        return self.token.value

    # --- tokens -----------------------------------------------------------------------------------------------

    def _next(self) -> Token | None:
        self._skip_space()
        context = self._contexts[-1] if self._contexts else None
        if context is None:
            return None if self._at_end else self._value()
        if self._at_end:
            raise self._end(messages.JSON_UNCLOSED.format(context=str(context), start=self._source(context.start)))
        if self.kind is Kind.FIELD_NAME:
            return self._value_of_name(context)
        if self._first in b"]}":
            return self._close(context)
        if not context.is_empty:
            self._skip_comma(context)
        context.is_empty = False
        return self._name(context) if context.is_object else self._value()

    def _value(self) -> Token:
        start, first = self._location(), self._first
        if first in b"{[":
            self._position += 1
            self._contexts.append(_Context(is_object=first == b"{", start=start))
            return Token(Kind.START_OBJECT if first == b"{" else Kind.START_ARRAY, start)
        if first == b'"':
            text, error = self._text("string value", " in VALUE_STRING")
            return Token(Kind.VALUE_STRING, start, text, text, error)
        if number := _NUMBER.match(self._body, self._position):
            self._position = number.end()
            text = number[0].decode()
            return Token(Kind.VALUE_NUMBER, start, _number(text), text)
        if word := _WORD.match(self._body, self._position):
            return self._word(start, word[0])
        expected = messages.JSON_VALUE_EXPECTED[self.profile.json_words]
        raise self._unexpected("expected a value" if first in b"}]," else expected)

    def _word(self, start: Location, word: bytes) -> Token:
        if word in _WORDS:
            self._position += len(word)
            kind, value = _WORDS[word]
            return Token(kind, start, value, word.decode())
        # Jackson has read the character behind the word as well.
        self._position = min(self._position + len(word) + 1, len(self._body))
        expected = messages.JSON_WORD_EXPECTED[self.profile.json_words]
        raise self._error(messages.JSON_UNRECOGNIZED_WORD.format(word=word.decode(), expected=expected))

    def _value_of_name(self, context: _Context) -> Token:
        if self._first != b":":
            raise self._unexpected("was expecting a colon to separate field name and value")
        self._position += 1
        self._skip_space()
        if self._at_end:
            raise self._end(f" within/between {context} entries")
        return self._value()

    def _name(self, context: _Context) -> Token:
        start = self._location()
        if self._first != b'"':
            raise self._unexpected("was expecting double-quote to start field name")
        name, error = self._text("name", " in field name")
        if error is not None:
            raise error
        if name in context.names:
            raise self._error(messages.JSON_DUPLICATE.format(name=name))
        context.names.add(name)
        return Token(Kind.FIELD_NAME, start, name, name)

    def _close(self, context: _Context) -> Token:
        start, mark = self._location(), self._first
        self._position += 1
        if (mark == b"}") != context.is_object:
            where = self._source(context.start)
            raise self._error(messages.json_mismatched(mark.decode(), str(context), where))
        self._contexts.pop()
        return Token(Kind.END_OBJECT if context.is_object else Kind.END_ARRAY, start)

    def _text(self, what: str, place: str) -> tuple[str, ElasticsearchError | None]:
        """Read a string; the position is behind it, or where it goes wrong."""
        match = _TEXT.match(self._body, self._position)
        raw = match[0] if match else b""
        self._position += len(raw)
        if self._at_end:
            return "", self._end(place)
        if self._first != b'"':
            return "", self._bad_character(what)
        self._position += 1
        try:
            return json.loads(raw + b'"'), None
        except UnicodeDecodeError as error:
            return "", self._error(messages.JSON_BAD_BYTE.format(byte=raw[error.start]))

    def _bad_character(self, what: str) -> ElasticsearchError:
        """Return what is said to a character that cannot stand in a string."""
        first = self._first
        self._position += 2 if first == b"\\" else 1
        if self._position > len(self._body):
            return self._end(" in character escape sequence")
        if first == b"\\":
            return self._error(messages.JSON_BAD_ESCAPE.format(character=_described(self._body[self._position - 1 :])))
        return self._error(messages.JSON_UNESCAPED.format(character=_described(first), place=what))

    # --- where we are -----------------------------------------------------------------------------------------

    @property
    def _first(self) -> bytes:
        return self._body[self._position : self._position + 1]

    @property
    def _at_end(self) -> bool:
        return self._position >= len(self._body)

    def _skip_space(self) -> None:
        match = _SPACE.match(self._body, self._position)
        self._position = match.end() if match else self._position

    def _skip_comma(self, context: _Context) -> None:
        if self._first != b",":
            raise self._unexpected(f"was expecting comma to separate {context} entries")
        self._position += 1
        self._skip_space()
        if self._at_end:
            raise self._error(f"Unexpected end-of-input within/between {context} entries")

    def _location(self) -> Location:
        line = bisect_right(self._lines, self._position)
        return Location(line, self._position - self._lines[line - 1] + 1)

    def _source(self, location: Location) -> str:
        return f"[Source: {self.profile.json_source}; line: {location.line}, column: {location.column}]"

    def _here(self) -> tuple[Location, str]:
        return self._location(), self._source(self._location())

    # --- what is wrong ----------------------------------------------------------------------------------------

    def _error(self, text: str) -> ElasticsearchError:
        return json_error(self.profile, text, *self._here())

    def _end(self, place: str) -> ElasticsearchError:
        self._position = len(self._body)
        return json_end(self.profile, f"Unexpected end-of-input{place}", *self._here())

    def _unexpected(self, comment: str) -> ElasticsearchError:
        if self._at_end:
            return self._end("")
        character = _described(self._body[self._position :])
        self._position += self.profile.json_error_offset
        return self._error(messages.JSON_UNEXPECTED.format(character=character, comment=comment))


def _in_utf_8(body: bytes) -> bytes:
    """Return a body in UTF-8 that may be in UTF-16 or UTF-32, as some shells and editors write files."""
    for encoding, beginning in _ENCODINGS:
        if beginning.match(body):
            return body.decode(encoding, "replace").removeprefix("\ufeff").encode("utf-8", "surrogatepass")
    return body


def _number(text: str) -> float:
    """Return a whole number exactly, unless it has thousands of digits."""
    try:
        return int(text)
    except ValueError:
        return float(text)


def _described(rest: bytes) -> str:
    """Name the first character as Jackson does (ParserMinimalBase._getCharDesc)."""
    character = rest[:4].decode(errors="replace")[:1]
    code = ord(character)
    if code < 0x20 or 0x7F <= code < 0xA0:  # noqa: PLR2004  (Character.isISOControl)
        return f"(CTRL-CHAR, code {code})"
    return f"'{character}' (code {code}{f' / 0x{code:x}' if code > 0xFF else ''})"  # noqa: PLR2004  (as in Jackson)
