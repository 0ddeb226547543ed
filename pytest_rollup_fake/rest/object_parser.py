"""How Elasticsearch reads an object of a body: fields by name, each with the kinds of token that it takes.

There are two ways. With *builders* an object is made of what came, at its end. With *constructors* it is made as soon
as all fields have come, else at its end, and some are required; so it depends on the fields sent which token is the
current one when something is wrong, and who wraps whose exception. Nothing here knows which objects there are.

Sources: ObjectParser (6.3 to 8.x), ConstructingObjectParser, AbstractObjectParser.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from . import messages
from .errors import ElasticsearchError, illegal_argument
from .json_reader import JsonReader, Kind
from .parameters import resembling
from .x_content import JsonError, XContentParseError, parse_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from .x_content import Location

_VALUES: Final = frozenset({Kind.VALUE_STRING, Kind.VALUE_NUMBER, Kind.VALUE_BOOLEAN, Kind.VALUE_NULL})


@dataclass(frozen=True, slots=True)
class Field:
    """A field: the kinds of token that its value may begin with (ObjectParser.ValueType), and how it is read."""

    name: str
    kinds: frozenset[Kind]
    read: Callable[[JsonReader], Any]
    required: bool = False


def text(name: str, *, required: bool = False) -> Field:
    """Declare a text."""
    return Field(name, frozenset({Kind.VALUE_STRING}), JsonReader.text, required)


def integer(name: str, bits: int, *, required: bool = False) -> Field:
    """Declare an `int` (32 bits) or a `long` (64), which a text may be too."""
    kinds = frozenset({Kind.VALUE_NUMBER, Kind.VALUE_STRING})
    return Field(name, kinds, lambda reader: reader.integer(bits=bits), required)


def texts(name: str, *, required: bool = False) -> Field:
    """Declare an array of texts, or one text."""
    kinds = frozenset({Kind.START_ARRAY, Kind.VALUE_STRING})
    return Field(name, kinds, lambda reader: _array(reader, JsonReader.text), required)


def an_object(name: str, parser: ObjectParser, *, required: bool = False) -> Field:
    """Declare an object."""
    return Field(name, frozenset({Kind.START_OBJECT}), parser.parse, required)


def objects(name: str, parser: ObjectParser) -> Field:
    """Declare an array of objects, or one object."""
    return Field(name, frozenset({Kind.START_OBJECT, Kind.START_ARRAY}), lambda reader: _array(reader, parser.parse))


def _array(reader: JsonReader, read: Callable[[JsonReader], Any]) -> list[Any]:
    """Read the elements of an array, or a value in the place of one (AbstractObjectParser.parseArray)."""
    if reader.kind is not Kind.START_ARRAY:
        return [read(reader)]
    elements = []
    while (token := reader.advance()) is not None and token.kind is not Kind.END_ARRAY:
        if token.kind not in _VALUES and token.kind is not Kind.START_OBJECT:
            raise illegal_argument(messages.VALUE_EXPECTED.format(kind=token.kind))
        elements.append(read(reader))
    return elements


class ObjectParser:
    """Reads one sort of object; `build` makes it of the values that came, and says what is wrong with them."""

    def __init__(
        self, name: str, fields: tuple[Field, ...], build: Callable[[dict[str, Any]], Any], *, constructs: bool
    ) -> None:
        self.name = name
        self.fields = {field.name: field for field in fields}
        self.build = build
        self.constructs = constructs

    def parse(self, reader: JsonReader) -> Any:  # noqa: ANN401  (what `build` makes)
        """Read an object from its beginning, or from the token before it, to its end."""
        if self.constructs:
            return self._parse(reader).finish()
        try:
            return self._parse(reader).finish()
        except JsonError as error:
            raise self._refusal(reader, reader.location, messages.FAILED_TO_PARSE_OBJECT, error) from None

    def _parse(self, reader: JsonReader) -> _Target:
        if reader.kind is not Kind.START_OBJECT:
            first = reader.advance()
            if first is None or first.kind is not Kind.START_OBJECT:
                raise self._refusal(
                    reader, reader.location, messages.OBJECT_EXPECTED.format(kind=reader.kind or "null")
                )
        target = _Target(self)
        while (name := reader.advance()) is not None and name.kind is not Kind.END_OBJECT:
            reader.advance()
            declared = self.fields.get(name.value)
            if declared is None:
                raise self._refusal(reader, name.location, self._unknown(reader, name.value))
            self._read(reader, declared, target)
        return target

    def _read(self, reader: JsonReader, declared: Field, target: _Target) -> None:
        if reader.kind not in declared.kinds:
            text = messages.VALUE_UNSUPPORTED.format(name=declared.name, kind=reader.kind or "null")
            raise self._refusal(reader, reader.location, text)
        try:
            target.take(declared.name, declared.read(reader))
        except ElasticsearchError as error:
            text = messages.FAILED_TO_PARSE_FIELD.format(name=declared.name)
            raise self._refusal(reader, reader.location, text, error) from None

    def _unknown(self, reader: JsonReader, name: str) -> str:
        if reader.profile.unknown_field == "parser not found":
            return messages.UNKNOWN_FIELD_WITHOUT_PARSER.format(name=name)
        return messages.unknown_field(name, resembling(name, self.fields))

    def _refusal(
        self, reader: JsonReader, location: Location, text: str, cause: ElasticsearchError | None = None
    ) -> ElasticsearchError:
        return parse_error(reader.profile, f"[{self.name}] {text}", location, cause)


@dataclass(slots=True)
class _Target:
    """An object that is being read (ConstructingObjectParser.Target)."""

    parser: ObjectParser
    values: dict[str, Any] = field(default_factory=dict)
    built: list[Any] = field(default_factory=list)

    def take(self, name: str, value: Any) -> None:  # noqa: ANN401  (any value)
        """Take a field's value, and make the object if it was the last."""
        self.values[name] = value
        if self.parser.constructs and len(self.values) == len(self.parser.fields):
            self._construct()

    def finish(self) -> Any:  # noqa: ANN401  (what `build` makes)
        """Return the object at its end."""
        if not self.parser.constructs:
            return self.parser.build(self.values)
        if not self.built:
            declared = self.parser.fields.values()
            missing = [each.name for each in declared if each.required and self.values.get(each.name) is None]
            if missing:
                raise illegal_argument(messages.fields_required(missing))
            self._construct()
        return self.built[0]

    def _construct(self) -> None:
        try:
            self.built.append(self.parser.build(self.values))
        except ElasticsearchError as error:
            raise XContentParseError(messages.FAILED_TO_BUILD.format(name=self.parser.name), caused_by=error) from None
