"""An HTTP/1.1 request reader without a socket: bytes go in by `feed`, requests come out by `head` and `body`.

Rules of this file:

* The result depends on the bytes alone, not on the pieces they came in, and reading is linear in their number: each
  search starts where the last one ended, and what was taken is never looked at again.
* Framing is strict. Whatever h11 accepts reads the same here, apart from a few refusals that the tests list (versions
  other than 1.0 and 1.1, expectations other than 100-continue, content that does not inflate).
* Beyond that it is as lenient as netty: odd blanks in the request line, a method or target of unusual bytes, no
  `Host`, bare line feeds, controls before a request. Folded lines and forbidden characters are treated as by h11.
* What Elasticsearch would refuse is refused in netty's words (of 4.1.84 and later), a bad request line as soon as it
  is complete: a client that then waits gets its answer. A block that is too long is not looked at any closer.
* A refused connection stays refused: every further call raises the same `BadRequest`, what is fed is dropped.

What it does not know: sockets, time, the end of the stream, what a target or a header means beyond framing, any
answer (also the `100 Continue`). Content codings other than gzip and deflate, and several at a time, are left alone.

A request is a *line* and a *block* of lines up to an empty one, then perhaps a body. A chunked body ends likewise,
with the line of its last chunk and the block of trailers, so the same two methods find the ends of both.

Sources: HttpObjectDecoder, HttpVersion, HttpMethod, HttpUtil, DefaultHttpHeaders, HttpObjectAggregator,
HttpContentDecompressor and JdkZlibDecoder of netty; `_abnf`, `_headers` and `_readers` of h11.
"""

from __future__ import annotations

import re
import zlib
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_LINE: Final = 4096  # http.max_initial_line_length
MAX_BODY: Final = 100 * 1024 * 1024  # http.max_content_length

Fields = tuple[tuple[str, str], ...]
RequestLine = tuple[str, str, int]  # method, target, minor version
_T = TypeVar("_T")

_TCHAR: Final = r"-!#$%&'*+.^_`|~0-9A-Za-z"
_FORBIDDEN: Final = re.compile(r"[\x00\n\v\f\r]")  # in a value; newer netty refuses the other controls too

# Almost every request looks like this; what does not is taken apart slowly, by the functions called `_odd_`.
_PLAIN_LINE: Final = re.compile(r"([!-~]+) ([!-~]+) HTTP/1\.([01])\r?\n")
_PLAIN_FIELD: Final = re.compile(rf"\n([{_TCHAR}]+): ?(?! )([ -\xff]*)(?<! )\r(?=\n)")

_SKIPPED: Final = frozenset([*range(0x21), 0x7F])  # HttpObjectDecoder, SKIP_CONTROL_CHARS
_SEPARATOR: Final = re.compile(r"[ \t\v\f\r]+")  # HttpObjectDecoder.isSPLenient
_TRIMMED: Final = "".join(map(chr, range(0x21)))  # java.lang.String.trim
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # java.lang.Character.isISOControl
_VERSION: Final = re.compile(r"[^ \t\n\v\f\r]+/[0-9]+\.[0-9]+")  # HttpVersion.VERSION_PATTERN
_MINOR: Final = {"HTTP/1.0": 0, "HTTP/1.1": 1}
_NO_TCHAR: Final = re.compile(rf"[^{_TCHAR}]")
_EMPTY_LINE: Final = re.compile(rb"\n\r?\n")
_FOLD: Final = re.compile(r"\r?\n[ \t]+")
_LENGTH: Final = re.compile(r"[0-9]{1,20}")  # as many digits as h11 takes; int() of thousands would raise
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]+)[ \t]*(?:;.*)?\r?\n", re.DOTALL)
_FRAMING: Final = frozenset(["connection", "content-encoding", "content-length", "expect", "transfer-encoding"])
_CODINGS: Final = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate", "x-deflate": "deflate"}
_CR: Final = ord("\r")


class BadRequestKind(StrEnum):
    """Why a request is refused before it is one."""

    LINE_TOO_LONG = "line_too_long"
    HEADER_TOO_LONG = "header_too_long"
    BODY_TOO_LARGE = "body_too_large"
    EXPECTATION_FAILED = "expectation_failed"
    MALFORMED = "malformed"


class BadRequest(Exception):  # noqa: N818  (named for the status, as elsewhere in HTTP libraries)
    """Bytes that Elasticsearch refuses; the caller renders the answer and closes the connection.

    `detail` is netty's text where it has one (Elasticsearch passes it on as the reason), else a text of ours.
    """

    def __init__(self, kind: BadRequestKind, detail: str) -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail


def _refuse(kind: BadRequestKind, detail: str) -> NoReturn:
    raise BadRequest(kind, detail)


def _malformed(detail: str) -> NoReturn:
    raise BadRequest(BadRequestKind.MALFORMED, detail)


@dataclass(frozen=True, slots=True)
class Head:
    """A request without its body. All text is latin-1: a character is a byte as it was sent."""

    method: str
    target: str
    minor: int  # of the version, HTTP/1.minor
    headers: Fields  # in order, repeats kept; names as sent, values without outer blanks
    length: int  # of the body as it is sent; 0 for a chunked one
    chunked: bool
    expects_continue: bool
    keep_alive: bool
    coding: str = ""  # "gzip" or "deflate": what `Reader.body` undoes


class Reader:
    """Reads the requests of one connection: `feed` bytes, take the `head` when it is there, then the `body`."""

    def __init__(self, *, max_header: int = 8192, max_body: int = MAX_BODY) -> None:
        self._max_header = max_header
        self._max_body = max_body
        self._buffer = bytearray()
        self._refusal: BadRequest | None = None
        self._head: Head | None = None  # from when it was read until its body was
        self._known: deque[tuple[bytes, Head]] = deque(maxlen=4)  # clients repeat themselves: the last heads, as sent
        self._line: RequestLine = ("", "", 0)
        self._block = 0  # where the block begins; 0 as long as its line is incomplete
        self._searched = 0  # the end that is looked for is not before this place
        self._counted = 0  # so far lines of the block were measured,
        self._size = 0  # and this is their size, without line ends: netty counts so
        self._part: Callable[[Reader], bool] | None = Reader._read_size  # what comes next in a chunked body
        self._left = 0  # of the current chunk
        self._chunks = bytearray()

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the connection."""
        if self._refusal is None:
            self._buffer += data

    @property
    def mid_request(self) -> bool:
        """Whether bytes of a request are there whose body was not returned yet."""
        return self._head is not None or bool(self._buffer)

    @property
    def buffered(self) -> bool:
        """Whether bytes of a further request are there, the last one being complete (pipelining)."""
        return self._head is None and bool(self._buffer)

    def head(self) -> Head | None:
        """Return the head of a request, the same until `body` returned its body; `None`: more bytes are needed.

        A declared body that is too large is refused here, before it is sent. Raises `BadRequest`.
        """
        if self._head is None and (self._buffer or self._refusal is not None):
            self._head = self._recall() or self._for_good(self._read_head)
        return self._head

    def body(self) -> bytes | None:
        """Return the whole body of the request that `head` returned, inflated; `None`: more bytes are needed.

        Afterwards `head` reads the next request. Raises `BadRequest`.
        """
        head = self._head
        has_none = head is not None and not head.length and not head.chunked
        body = b"" if has_none else self._for_good(self._read_body)
        if body is not None:
            self._head = None
        return body

    def _for_good(self, read: Callable[[], _T]) -> _T:
        """Call a method that may refuse the connection, once and for ever."""
        if self._refusal is not None:
            raise self._refusal
        try:
            return read()
        except BadRequest as refusal:
            self._refusal = refusal
            self._head = None
            self._buffer.clear()
            raise

    def _recall(self) -> Head | None:
        """Return the next head if it is one of the last; no head begins with a whole other one, so a look suffices."""
        for raw, head in self._known:
            if self._buffer.startswith(raw):
                self._take(len(raw))
                return head
        return None

    def _take(self, count: int) -> None:
        """Drop the first bytes of the buffer; what comes next is a new line."""
        del self._buffer[:count]
        self._block = self._searched = self._counted = self._size = 0

    def _find_line(self) -> int:
        """Return where the first line of the buffer ends, line end included; 0 if it is incomplete."""
        buffer = self._buffer
        end = buffer.find(b"\n", self._searched, MAX_LINE + 2) + 1
        length = end - 1 if end else len(buffer)
        if length > MAX_LINE and length - (buffer[length - 1] == _CR) > MAX_LINE:
            _refuse(BadRequestKind.LINE_TOO_LONG, f"An HTTP line is larger than {MAX_LINE} bytes.")
        self._searched = end or length
        return end

    def _find_block(self) -> int:
        """Return where the block ends, empty line included; 0 if it is incomplete."""
        buffer = self._buffer
        limit = self._block + 3 * self._max_header + 2  # each line has a character at least, and a line end
        empty_line = _EMPTY_LINE.search(buffer, max(self._searched - 2, self._block - 1), limit)
        end = empty_line.end() if empty_line else 0
        self._searched = end or min(len(buffer), limit)
        if self._searched - self._block > self._max_header:
            self._measure(self._searched, pending=0 if end else buffer[self._searched - 1] == _CR)
        return end

    def _measure(self, until: int, pending: int) -> None:
        """Refuse a block that is too long up to `until`; `pending` is 1 for a carriage return that may end a line."""
        buffer, begin = self._buffer, self._counted or self._block
        self._size += until - begin - buffer.count(b"\n", begin, until) - buffer.count(b"\r\n", begin - 1, until)
        self._counted = until
        if self._size - pending > self._max_header:
            _refuse(BadRequestKind.HEADER_TOO_LONG, f"HTTP header is larger than {self._max_header} bytes.")

    def _read_head(self) -> Head | None:
        if not self._block and not self._read_line():
            return None
        end = self._find_block()
        if not end:
            return None
        raw = bytes(self._buffer[:end])
        head = _head(self._line, _fields(raw[self._block - 1 :].decode("latin-1")))
        self._check_body(head.length)
        self._take(end)
        self._known.appendleft((raw, head))
        return head

    def _read_line(self) -> bool:
        buffer = self._buffer
        if buffer and buffer[0] in _SKIPPED:
            self._take(next((place for place, byte in enumerate(buffer) if byte not in _SKIPPED), len(buffer)))
        end = self._find_line()
        if end:
            self._line = _request_line(buffer[:end].decode("latin-1"))
            self._block = end
        return end > 0

    def _check_body(self, length: int) -> None:
        if length > self._max_body:
            _refuse(BadRequestKind.BODY_TOO_LARGE, f"the body is larger than {self._max_body} bytes")

    def _read_body(self) -> bytes | None:
        head = self._head
        if head is None:
            message = "body() without a head: call head() until it returns one"
            raise RuntimeError(message)
        body = self._read_chunks() if head.chunked else self._read_length(head.length)
        return _inflate(body, head.coding, self._max_body) if body and head.coding else body

    def _read_length(self, length: int) -> bytes | None:
        if len(self._buffer) < length:
            return None
        with memoryview(self._buffer) as view:
            body = bytes(view[:length])
        self._take(length)
        return body

    def _read_chunks(self) -> bytes | None:
        while self._part is not None:
            if not self._part(self):
                return None
        self._part = Reader._read_size
        body = bytes(self._chunks)
        self._chunks.clear()
        return body

    def _read_size(self) -> bool:
        end = self._find_line()
        if end:
            self._left = _chunk_size(bytes(self._buffer[:end]))
            self._check_body(len(self._chunks) + self._left)
            if self._left:
                self._take(end)
                self._part = Reader._read_data
            else:
                self._block = end  # the line stays in the buffer as long as its block is incomplete
                self._part = Reader._read_trailers
        return end > 0

    def _read_data(self) -> bool:
        piece = self._buffer[: self._left]
        self._take(len(piece))
        self._chunks += piece
        self._left -= len(piece)
        if not self._left:
            self._part = Reader._read_data_end
        return not self._left

    def _read_data_end(self) -> bool:
        start = bytes(self._buffer[:2])
        if start in {b"", b"\r"}:
            return False
        if start != b"\r\n" and start[:1] != b"\n":
            _malformed("no line end after the data of a chunk")  # netty would skip the rest of the line
        self._take(2 if start == b"\r\n" else 1)
        self._part = Reader._read_size
        return True

    def _read_trailers(self) -> bool:
        end = self._find_block()
        if end:
            _fields(self._buffer[self._block - 1 : end].decode("latin-1"))  # checked and dropped
            self._take(end)
            self._part = None
        return end > 0


def _request_line(line: str) -> RequestLine:
    plain = _PLAIN_LINE.fullmatch(line)
    if plain is None:
        return _odd_request_line(line.removesuffix("\n").removesuffix("\r"))
    method, target, minor = plain.groups()
    return method, target, _MINOR[f"HTTP/1.{minor}"]


def _odd_request_line(line: str) -> RequestLine:
    """Take a request line apart as HttpObjectDecoder.splitInitialLine does; the version is looked at first."""
    method, target, version = (*_SEPARATOR.split(line, maxsplit=2), "", "")[:3]
    version = version.strip(_TRIMMED).upper()
    if not version:
        _malformed("text is empty (possibly HTTP/0.9)")  # HttpVersion.valueOf
    if not _VERSION.fullmatch(version):
        _malformed(f"invalid version format: {version}")  # HttpVersion.<init>
    if version not in _MINOR:
        _malformed(f"Unexpected http protocol version: {version}")  # Netty4HttpRequest.protocolVersion
    if _CONTROL.search(method):
        _malformed("invalid character in name")  # HttpMethod.<init>
    return method, target, _MINOR[version]


def _fields(block: str) -> Fields:
    """Return the names and values of a block, given with the line feed before it and the empty line at its end."""
    fields = _PLAIN_FIELD.findall(block)
    return tuple(fields if len(fields) == block.count("\n") - 2 else _odd_fields(block[1:]))


def _odd_fields(block: str) -> Iterator[tuple[str, str]]:
    """Unfold the lines as h11 does: a line end and the blanks after it are one space, whatever is before it stays."""
    if block[0] in " \t":
        _malformed("continuation line at start of headers")  # h11's text; netty takes it for a header
    for line in _FOLD.sub(" ", block).split("\n")[:-2]:
        yield _odd_field(line.removesuffix("\r"))


def _odd_field(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    value = value.strip(" \t")
    if not colon:
        _malformed("No colon found")  # HttpObjectDecoder.splitHeader
    if not name:
        _malformed("empty headers are not allowed []")  # DefaultHttpHeaders.HttpNameValidator, and the next
    if wrong := _NO_TCHAR.search(name):
        found = f"found invalid character 0x{ord(wrong[0]):x} at index {wrong.start()} of header '{name}'."
        _malformed(f'a header name can only contain "token" characters, but {found}')
    if wrong := _FORBIDDEN.search(value):  # DefaultHttpHeaders.HeaderValueValidator
        _malformed(f"a header value contains prohibited character 0x{ord(wrong[0]):x} at index {wrong.start()}.")
    return name, value


def _head(line: RequestLine, fields: Fields) -> Head:
    """Put a head together; what is wrong with its framing comes before what it expects, as in netty's pipeline."""
    method, target, minor = line
    found = [(key, value) for name, value in fields if (key := name.lower()) in _FRAMING]
    if not found:
        return Head(method, target, minor, fields, 0, False, False, minor == 1)
    framing: dict[str, list[str]] = {}
    for key, value in found:
        framing.setdefault(key, []).append(value)
    chunked = "transfer-encoding" in framing and _is_chunked(framing["transfer-encoding"])
    return Head(
        method=method,
        target=target,
        minor=minor,
        headers=fields,
        length=_length(framing.get("content-length", ["0"]), chunked=chunked),
        chunked=chunked,
        expects_continue=minor > 0 and "expect" in framing and _expects_continue(framing["expect"]),
        keep_alive=_keeps_alive(minor, framing["connection"]) if "connection" in framing else minor > 0,
        coding=_CODINGS.get(framing.get("content-encoding", [""])[0].lower(), ""),
    )


def _length(values: list[str], *, chunked: bool) -> int:
    """Return the length of the body. Repeats of one value count as one: h11 takes them, netty can be told to."""
    lengths = {length.strip(" \t") for value in values for length in value.split(",")}
    if len(lengths) > 1:
        _malformed(f"Multiple Content-Length values found: [{', '.join(values)}]")  # HttpUtil, and the next
    length = lengths.pop()
    if not _LENGTH.fullmatch(length):
        _malformed(f"Content-Length value is not a number: {length}")
    return 0 if chunked else int(length)


def _is_chunked(values: list[str]) -> bool:
    """Refuse other codings than `chunked`, as h11 does: netty would take the body for the next request."""
    if [value.lower() for value in values] != ["chunked"]:
        _malformed(f"Transfer-Encoding is not chunked: {', '.join(values)}")
    return True


def _expects_continue(values: list[str]) -> bool:
    """Compare whole values: HttpUtil.isUnsupportedExpectation, called by HttpObjectAggregator, knows no lists."""
    for value in values:
        if value.lower() != "100-continue":
            _refuse(BadRequestKind.EXPECTATION_FAILED, f"Expect: {value}")
    return True


def _keeps_alive(minor: int, values: list[str]) -> bool:
    """Tell from `Connection` whether a further request may follow (HttpUtil.isKeepAlive)."""
    options = [option.strip(" \t") for option in ",".join(values).lower().split(",")]
    return "close" not in options and (minor > 0 or "keep-alive" in options)


def _chunk_size(line: bytes) -> int:
    match = _CHUNK_SIZE.fullmatch(line)
    if match is None:
        _malformed("Invalid character in chunk size")  # HttpObjectDecoder.getChunkSize
    return int(match[1], 16)


def _inflate(data: bytes, coding: str, limit: int) -> bytes:
    """Undo a content coding; like JdkZlibDecoder, ignore what follows the end of the stream."""
    decoder = zlib.decompressobj(16 + zlib.MAX_WBITS if coding == "gzip" else _deflate_bits(data))
    try:
        inflated = decoder.decompress(data, limit + 1)
    except zlib.error as error:
        raise BadRequest(BadRequestKind.MALFORMED, f"decompression failure: {error}") from error
    if len(inflated) > limit:
        _refuse(BadRequestKind.BODY_TOO_LARGE, f"the body inflates to more than {limit} bytes")
    if not decoder.eof:
        _malformed("decompression failure: the stream is incomplete")  # netty would pass on what there is
    return inflated


def _deflate_bits(data: bytes) -> int:
    """Tell zlib from raw deflate, both of which are sent by this name (JdkZlibDecoder.looksLikeZlib)."""
    looks_like_zlib = data[:1] == b"\x78" and int.from_bytes(data[:2]) % 31 == 0
    return zlib.MAX_WBITS if looks_like_zlib else -zlib.MAX_WBITS
