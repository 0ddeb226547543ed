"""The target of a request line, taken apart as Elasticsearch takes it apart.

Raw text is the bytes of the request line, one character each (latin-1), as netty hands them on. Nothing here knows
what a path or a parameter means, whether it exists, or which version answers.

Sources: RestUtils (decoding), RestRequest and HttpPreRequest (path and query), PathTrie (segments).
"""

from __future__ import annotations

import re
from typing import Final

from . import messages
from .errors import ElasticsearchError, illegal_argument

_ESCAPE: Final = re.compile(r"%(?:%|(?P<hex>[0-9A-Fa-f]{2})|(?P<bad>.{0,2}))", re.DOTALL)

# Java replaces an encoded surrogate, whole or cut short, by one U+FFFD, Python each of its bytes; all other malformed
# input they replace alike (java.lang.String's UTF-8 decoding).
_ENCODED_SURROGATE: Final = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]?")


def split_target(target: str) -> tuple[str, str]:
    """Return the raw path and the raw query of a request target, whatever its form: a host stays in the path."""
    path, _, query = target.partition("?")
    # RestUtils.decodeQueryString looks for the `#` in the whole URI: one in the path leaves nothing of the query.
    return path, "" if "#" in path else query


def path_segments(raw_path: str) -> list[str]:
    """Return the segments of a raw path, not decoded: `[]` for the root, inner empty ones kept.

    Java's `split` drops empty strings at the end, and PathTrie.retrieve one at the start.
    """
    segments = raw_path.rstrip("/").split("/")
    return segments if segments[0] else segments[1:]


def decode_query(query: str, *, reserved: frozenset[str] = frozenset()) -> dict[str, str]:
    """Return the parameters of a raw query; of a repeated one the last.

    Raises the illegal_argument_exception of a bad escape, and that of a name in `reserved` (in lower case), which
    RestRequest wraps into a bad_parameter_exception. Source: RestUtils.decodeQueryString and addParam.
    """
    parameters: dict[str, str] = {}
    for pair in query.partition("#")[0].replace(";", "&").split("&"):
        # A `=` before any name is skipped over, so that `=v` is a parameter named `v`.
        name, _, value = pair.lstrip("=").partition("=")
        if name:
            name = decode_component(name, plus_is_space=True)
            parameters[name] = decode_component(value, plus_is_space=True)
            if name.lower() in reserved:
                raise illegal_argument(messages.PARAMETER_RESERVED.format(name=name))
    return parameters


def decode_component(text: str, *, plus_is_space: bool) -> str:
    """Return a name, a value or a segment with its escapes resolved, read as UTF-8.

    `plus_is_space` is the rule of queries, and of paths in 6.x. Raises illegal_argument_exception for a bad escape.

    As in RestUtils.decodeComponent, bytes beyond ASCII are read as UTF-8 only where something is to be decoded; a text
    without an escape comes back as it is, one character for each byte.
    """
    has_space = plus_is_space and "+" in text
    if not has_space and "%" not in text:
        return text
    spaced = text.replace("+", " ") if has_space else text
    return _read_utf8(_ESCAPE.sub(lambda match: _resolve(match, text), spaced).encode("latin-1"))


def _resolve(match: re.Match[str], text: str) -> str:
    """Return the character that an escape of `text` stands for."""
    if match["bad"] is not None:
        raise _bad_escape(text, match.start())
    return chr(int(match["hex"], 16)) if match["hex"] else "%"


def _bad_escape(text: str, index: int) -> ElasticsearchError:
    """Say what is wrong with the escape that begins at `index`."""
    escape = text[index : index + 3]
    match len(escape):
        case 1:
            return illegal_argument(messages.ESCAPE_UNTERMINATED.format(text=text))
        case 2:
            return illegal_argument(messages.ESCAPE_PARTIAL.format(text=text))
        case _:
            return illegal_argument(messages.ESCAPE_INVALID.format(escape=escape, index=index, text=text))


def _read_utf8(raw: bytes) -> str:
    """Decode as `new String(bytes, UTF_8)` does, malformed input becoming U+FFFD."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return _ENCODED_SURROGATE.sub(b"\xff", raw).decode(errors="replace")
