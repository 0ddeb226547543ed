"""What a client may send: requests of a grammar, some of them wrong, then damaged, cut into pieces, and broken off.

Everything is made by Hypothesis, so that what fails becomes small.
"""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

STOP: Final = "/_rollup/job/sensor/_stop"
ENDINGS: Final = ("half-close", "half-close", "close", "reset")


@dataclass(frozen=True)
class Conversation:
    """Pieces that are sent one after the other, `slowly` or in a row, and how the client ends it."""

    pieces: tuple[bytes, ...]
    slowly: bool
    ending: str

    def __repr__(self) -> str:
        """Show it as it is made, with long runs of one byte as a product."""
        shown = re.sub(r"(x|a)\1{99,}", lambda run: f"' + b'{run[1]}' * {len(run[0])} + b'", repr(self.pieces))
        return f"{type(self).__name__}(pieces={shown}, slowly={self.slowly}, ending={self.ending!r})"


methods = st.sampled_from(
    [
        b"GET",
        b"POST",
        b"POST",
        b"PUT",
        b"DELETE",
        b"HEAD",
        b"OPTIONS",
        b"CONNECT",
        b"FOO",
        b"get",
        b"",
        b"P\xd6ST",
        b"a b",
    ]
)
targets = st.sampled_from(
    [
        *(b"/", b"/_rollup/job/_all", b"/_rollup/job/sensor", b"/_xpack/rollup/job/sensor/_stop"),
        *(
            f"{STOP}{query}".encode()
            for query in ("", "?wait_for_completion=true&timeout=10s", "?pretty", "?timeout=%zz")
        ),
        *(b"/_rollup/job/%ff%2F/_stop", b"//x", b"*", b"http://x/", b"", b"?", b"/\xc3\xa4", b"/a\x00b", b"/%"),
        *(b"/a_rollup/_rollup_search", b"/_cat/indices", b"/nodes/" + b"x" * 4100, b"/_nodes", b"/_tasks"),
    ]
)
versions = st.sampled_from(
    [b"HTTP/1.1"] * 8 + [b"HTTP/1.0", b"HTTP/1.2", b"HTTP/2.0", b"HTTP/0.9", b"http/1.1", b"HTTP/1.1 x", b"FOO", b""]
)
header_names = st.sampled_from(
    [
        *(b"Host", b"Connection", b"Content-Type", b"Accept", b"Accept-Encoding", b"X-Opaque-Id", b"Authorization"),
        *(b"Content-Length", b"Transfer-Encoding", b"Content-Encoding", b"Expect", b"TE", b"Upgrade"),
        *(b"", b" ", b"a b", b"\xe4", b"x" * 300, b"X-Elastic-Client-Meta", b"Content-Length "),
    ]
)
header_values = st.sampled_from(
    [
        *(b"", b"close", b"keep-alive", b"close, keep-alive", b"application/json", b"text/plain", b"gzip", b"deflate"),
        *(b"chunked", b"chunked, chunked", b"identity", b"100-continue", b"200-ok", b"0", b"3", b"-1", b"+3", b"3, 3"),
        *(b"3, 4", b"0x3", b"99999999999999999999999", b"104857600", b"104857601", b"\xff", b"\x00", b"x" * 9000),
        *(
            b"application/vnd.elasticsearch+json; compatible-with=8",
            b"Basic eDp5",
            b"Basic \xff",
            b"localhost",
            b"es=7.17",
        ),
    ]
)
bodies = st.sampled_from([b"", b"{}", b"abc", b'{"size":0}', b"{", b"\x00\xff", b"x" * 70_000]) | st.binary(max_size=40)
chunk_sizes: Final = (b"", b"-1", b"g", b"0x3", b"3;a=b", b"fffffffffffffffffff", b"3 ", b" 3", b"000000003")
encoders: Final[dict[bytes, Callable[[bytes], bytes]]] = {
    b"gzip": lambda body: gzip.compress(body, mtime=0),
    b"deflate": zlib.compress,
}
ends = st.sampled_from([b"\r\n"] * 12 + [b"\n", b"\r", b"\r\r\n", b""])
tokens = st.sampled_from(
    [
        *(
            b"\r\n",
            b"\n",
            b"\r",
            b"\r\n\r\n",
            b" ",
            b"\t",
            b":",
            b"0\r\n\r\n",
            b"\x00",
            b"\x16\x03\x01",
            b"%",
            b"HTTP/1.1",
        ),
        *(b"GET / HTTP/1.1\r\n\r\n", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"a" * 5000),
    ]
)


@st.composite
def chunked(draw: st.DrawFn, body: bytes) -> bytes:
    """Return a body in chunks, seldom with a size that is none, or without its end."""
    sent = b""
    while body:
        length = draw(st.integers(1, len(body)))
        size = draw(st.sampled_from([f"{length:x}".encode()] * 20 + [*chunk_sizes]))
        sent += size + b"\r\n" + body[:length] + draw(ends)
        body = body[length:]
    return sent + draw(st.sampled_from([b"0\r\n\r\n"] * 6 + [b"0\r\nA: b\r\n\r\n", b"0\r\n", b"0\r\nbad\r\n\r\n", b""]))


right_lines = st.sampled_from(
    [
        *(f"POST {STOP}".encode(), f"POST {STOP}?wait_for_completion=true&timeout=10s&pretty".encode()),
        *(b"POST /_rollup/job/sensor/_start", b"GET /_rollup/job/_all", b"HEAD /", b"GET /_tasks?detailed", b"GET /"),
        *(b"DELETE /_rollup/job/sensor", b"PUT /_rollup/job/b", b"GET /_rollup/data/_all", b"OPTIONS /_rollup/job/a"),
        *(b"POST /a_rollup/_rollup_search", b"PUT /data", b"GET /data/_mapping", b"GET /_cat/indices"),
    ]
)
right_fields = st.sampled_from(
    [
        *(b"Connection: keep-alive", b"X-Opaque-Id: 1", b"Expect: 100-continue"),
        *(b"Accept: application/vnd.elasticsearch+json; compatible-with=8", b"Accept-Encoding: gzip", b"TE: trailers"),
    ]
)


@st.composite
def right_requests(draw: st.DrawFn) -> bytes:
    """Return a request that is HTTP, perhaps with a body that means something."""
    body = draw(st.sampled_from([b"", b"{}", b'{"size":0}', b"x" * 70_000]))
    fields = [*draw(st.lists(right_fields, max_size=2, unique=True)), b"Content-Type: application/json"]
    length = b"Transfer-Encoding: chunked" if draw(st.booleans()) else b"Content-Length: %d" % len(body)
    if length.startswith(b"T"):
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    return b"\r\n".join([draw(right_lines) + b" HTTP/1.1", b"Host: x", length, *fields, b"", body])


@st.composite
def odd_requests(draw: st.DrawFn) -> bytes:
    """Return a request in which each part may be wrong."""
    line = b" ".join([draw(methods), draw(targets), draw(versions)])
    others = draw(st.lists(st.tuples(header_names, header_values), max_size=2))
    fields = [b"Host: x", *map(b": ".join, others)]
    body = draw(bodies)
    match draw(st.sampled_from(["none", "length", "length", "wrong length", "chunked", "coded"])):
        case "none":
            body = b""
        case "length":
            fields.append(b"Content-Length: %d" % len(body))
        case "wrong length":
            fields.append(b"Content-Length: %d" % draw(st.integers(0, len(body) + 3)))
        case "chunked":
            fields.append(b"Transfer-Encoding: chunked")
            body = draw(chunked(body))
        case "coded":
            coding = draw(st.sampled_from(sorted(encoders)))
            body = encoders[coding](body)[: draw(st.sampled_from([None, None, -1, 5]))]
            fields += [b"Content-Encoding: " + coding, b"Content-Length: %d" % len(body)]
    return b"".join(field + draw(ends) for field in [line, *fields]) + draw(ends) + body


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Return bytes of which some are gone, doubled, replaced, or mixed with others."""
    for _ in range(draw(st.sampled_from([0, 0, 0, 0, 1, 2, 4]))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(start + 20, len(data))))
        piece = draw(tokens | st.binary(max_size=4) | st.just(b"") | st.just(data[start:end] * 2))
        data = data[:start] + piece + data[end:]
    return data


@st.composite
def cut(draw: st.DrawFn, data: bytes) -> tuple[bytes, ...]:
    """Return the pieces in which bytes are sent, of which perhaps the last ones never are."""
    data = data[: draw(st.sampled_from([None, None, None, -1, -7, len(data) // 2]))]
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=6)))
    return tuple(filter(None, (data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True))))


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    """Return what one client does, from connecting to going."""
    data = draw(damaged(b"".join(draw(st.lists(right_requests() | right_requests() | odd_requests(), max_size=4)))))
    return Conversation(draw(cut(data)), draw(st.integers(0, 3)) == 0, draw(st.sampled_from(ENDINGS)))
