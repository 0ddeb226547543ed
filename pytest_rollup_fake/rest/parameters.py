"""The parameters of a request, and which of them have been read.

A handler reads what it knows; what is left unread at the end is refused, with hints among the names that were read.
Nothing here knows which parameters a handler has, or a version.

Sources: RestRequest.param and its kin, Booleans.parseBoolean, BaseRestHandler.unrecognized, Lucene's
LevenshteinDistance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import messages
from .errors import ElasticsearchError, illegal_argument, number_format
from .time_value import TimeValue, parse_java_long, parse_time_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# What Python calls white space and Character.isWhitespace does not.
_NO_JAVA_WHITESPACE: Final = frozenset("\x85\xa0\u2007\u202f")

_INT_LIMIT: Final = 2**31  # one more than the largest Java int


class Parameters:
    """The parameters of one request; whoever reads one thereby says that it is known.

    The readers return `default` for a parameter that was not sent, and raise illegal_argument_exception for a value
    that Elasticsearch cannot read.
    """

    __slots__ = ("_consumed", "_values")

    def __init__(self, values: Mapping[str, str], *, read: Iterable[str] = ()) -> None:
        """Take the values of query and path; those named in `read` have been read already."""
        self._values = values
        self._consumed = set(read)

    def has(self, name: str) -> bool:
        """Return whether a parameter was sent, which does not count as reading it."""
        return name in self._values

    def text(self, name: str, default: str | None = None) -> str | None:
        """Read a parameter as it was sent (RestRequest.param)."""
        self._consumed.add(name)
        return self._values.get(name, default)

    def boolean(self, name: str, *, default: bool) -> bool:
        """Read `true` or `false` (RestRequest.paramAsBoolean); an empty value is true, white space the default."""
        value = self.text(name)
        if value is None:
            return default
        if value in {"", "true"}:
            return True
        if value == "false":
            return False
        if value.isspace() and _NO_JAVA_WHITESPACE.isdisjoint(value):
            return default
        raise illegal_argument(messages.BOOLEAN_EXPECTED.format(value=value))

    def integer(self, name: str) -> int | None:
        """Read a whole number of 32 bits (RestRequest.paramAsInt); `None` if it was not sent."""
        value = self.text(name)
        if value is None:
            return None
        number = parse_java_long(value)
        if number is None or not -_INT_LIMIT <= number < _INT_LIMIT:
            raise illegal_argument(messages.INT_EXPECTED.format(name=name, value=value), number_format(value))
        return number

    def time(self, name: str, *, default: TimeValue, refuse_negative: bool) -> TimeValue:
        """Read a time value (RestRequest.paramAsTime); `refuse_negative` is that of `parse_time_value`."""
        value = self.text(name)
        return default if value is None else parse_time_value(value, name, refuse_negative=refuse_negative)

    def unrecognized(self, path: str) -> ElasticsearchError | None:
        """Return the refusal of what nobody has read, or `None`; `path` is the decoded path for its text.

        Source: BaseRestHandler.handleRequest and unrecognized.
        """
        unread = self._values.keys() - self._consumed
        if not unread:
            return None
        described = [
            messages.unrecognized_parameter(name, resembling(name, self._consumed))
            for name in sorted(unread, key=_utf16)
        ]
        return illegal_argument(messages.unrecognized_parameters(path, described))


def resembling(name: str, candidates: Iterable[str]) -> list[str]:
    """Return the candidates that are more than half like `name`, the most similar first, then by name."""
    scored = [(_similarity(name, candidate), candidate) for candidate in candidates]
    hints = [(-score, candidate) for score, candidate in scored if score > 0.5]  # noqa: PLR2004
    return [candidate for _, candidate in sorted(hints)]


def _similarity(first: str, second: str) -> float:
    """Return how alike two texts are, from 0 to 1 (LevenshteinDistance.getDistance).

    Java calculates with 32-bit floats. For names of this length they distinguish the same fractions as these do.
    """
    one, other = _utf16(first), _utf16(second)
    longest = max(len(one), len(other))
    return 1 - _edits(one, other) / longest if longest else 1.0


def _edits(first: list[bytes], second: list[bytes]) -> int:
    """Return how many insertions, deletions and replacements make one text of the other."""
    previous = list(range(len(second) + 1))
    for row, unit in enumerate(first, 1):
        current = [row]
        for column, other in enumerate(second, 1):
            replaced = previous[column - 1] + (unit != other)
            current.append(min(replaced, previous[column] + 1, current[-1] + 1))
        previous = current
    return previous[-1]


def _utf16(text: str) -> list[bytes]:
    """Return the units that Java counts and sorts by; they differ from Python's characters beyond U+FFFF."""
    raw = text.encode("utf-16-be", "surrogatepass")
    return [raw[index : index + 2] for index in range(0, len(raw), 2)]
