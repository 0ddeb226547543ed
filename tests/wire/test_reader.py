"""The HTTP/1.1 reader: what it reads, what it refuses, and that it agrees with h11."""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_rollup_fake.wire import reader as module
from pytest_rollup_fake.wire.reader import MAX_LINE, BadRequest, BadRequestKind, Head, Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Requests = list[tuple[Head, bytes]]

STOP = b"POST /_rollup/job/sensor/_stop HTTP/1.1\r\nHost: localhost:9200\r\n\r\n"


def drain(reader: Reader, requests: Requests) -> None:
    """Take all complete requests out of a reader."""
    while (head := reader.head()) is not None and (body := reader.body()) is not None:
        requests.append((head, body))


def read(pieces: Iterable[bytes], **limits: int) -> tuple[Requests, BadRequest | None]:
    """Return the requests that the pieces make up, and the refusal that ended them."""
    reader, requests = Reader(**limits), Requests()
    try:
        for piece in pieces:
            reader.feed(piece)
            drain(reader, requests)
    except BadRequest as refusal:
        return requests, refusal
    return requests, None


def read_one(data: bytes, **limits: int) -> tuple[Head, bytes]:
    """Return the only request of some bytes."""
    (request,), refusal = read([data], **limits)
    assert refusal is None
    return request


def refusal_of(data: bytes, **limits: int) -> tuple[BadRequestKind, str]:
    """Return why some bytes, which hold no complete request, are refused."""
    requests, refusal = read([data], **limits)
    assert refusal is not None
    assert requests == []
    return refusal.kind, refusal.detail


def is_read(data: bytes, **limits: int) -> bool:
    """Return whether some bytes are one request; they are refused otherwise."""
    requests, refusal = read([data], **limits)
    assert len(requests) == (refusal is None)
    return refusal is None


def outcome(pieces: Iterable[bytes]) -> tuple[Requests, tuple[BadRequestKind, str] | None]:
    """Return all that came of the pieces, comparable."""
    requests, refusal = read(pieces)
    return requests, (refusal.kind, refusal.detail) if refusal else None


def with_headers(*lines: bytes, body: bytes = b"", version: bytes = b"1.1") -> bytes:
    """Return a request with these header lines."""
    return b"".join(
        [b"PUT /_rollup/job/sensor HTTP/", version, b"\r\n", *(b"%b\r\n" % line for line in lines), b"\r\n", body]
    )


def chunked(*chunks: bytes) -> bytes:
    """Return a request with a chunked body that is given as sent."""
    return with_headers(b"Transfer-Encoding: chunked", body=b"".join(chunks))


class TestRequestLine:
    """Method, target and version."""

    def test_is_taken_apart_and_nothing_in_it_is_interpreted(self) -> None:
        """Method, target and version are as sent: no slash is collapsed, no escape decoded, no query cut off."""
        head, _ = read_one(b"POST //_rollup/job/a%2Fb;c/_stop?timeout=1s;x#y HTTP/1.1\r\n\r\n")
        assert (head.method, head.target, head.minor) == ("POST", "//_rollup/job/a%2Fb;c/_stop?timeout=1s;x#y", 1)

    def test_target_bytes_that_are_not_ascii_are_read_as_latin_1(self) -> None:
        """What curl sends for a typed `ä` reaches the caller byte by byte."""
        head, _ = read_one("GET /_rollup/job/ä HTTP/1.1\r\n\r\n".encode())
        assert head.target.encode("latin-1") == "/_rollup/job/ä".encode()

    @pytest.mark.parametrize("method", ["FOO", "get", "M-SEARCH", "GE{T"])
    def test_an_unknown_method_is_a_method(self, method: str) -> None:
        """Whether a method exists is not for the reader to say: Elasticsearch answers 405."""
        assert read_one(f"{method} / HTTP/1.1\r\n\r\n".encode())[0].method == method

    @pytest.mark.parametrize("before", [b"\r\n", b"\n\n\r\n", b" \t\0\x7f\r\n \r\n"])
    def test_empty_lines_and_controls_before_it_are_skipped(self, before: bytes) -> None:
        """As netty does; old clients send a line end after a body."""
        requests, _ = read([before + STOP + before + STOP])
        assert [head.target for head, _ in requests] == ["/_rollup/job/sensor/_stop"] * 2

    @pytest.mark.parametrize(
        "line",
        [
            b"GET / HTTP/1.1\n",
            b"GET  \t/  HTTP/1.1\r\n",
            b"GET / HTTP/1.1  \r\n",
            b"GET\t/\tHTTP/1.1\r\n",
            b"GET / http/1.1\r\n",
        ],
    )
    def test_is_read_as_leniently_as_netty_does(self, line: bytes) -> None:
        """Odd blanks, a bare line feed and a version in lower case make no difference."""
        head, _ = read_one(line + b"\r\n")
        assert (head.method, head.target, head.minor) == ("GET", "/", 1)

    @pytest.mark.parametrize(
        ("line", "detail"),
        [
            (b"GET / FOO", "invalid version format: FOO"),
            (b"GET /a b HTTP/1.1", "invalid version format: B HTTP/1.1"),
            (b"GET / HTTP/1.1x", "invalid version format: HTTP/1.1X"),
            (b"GET / HTTP/1", "invalid version format: HTTP/1"),
            (b"GET /", "text is empty (possibly HTTP/0.9)"),
            (b"GET", "text is empty (possibly HTTP/0.9)"),
            (b"GET / \x01", "text is empty (possibly HTTP/0.9)"),
            (b"GET / HTTP/1.2", "Unexpected http protocol version: HTTP/1.2"),
            (b"PRI * HTTP/2.0", "Unexpected http protocol version: HTTP/2.0"),
            (b"GE\x01T / HTTP/1.1", "invalid character in name"),
        ],
    )
    def test_is_refused_in_netty_s_words_before_any_header_came(self, line: bytes, detail: str) -> None:
        """A client that sends no more than a bad line does not wait for its answer."""
        assert refusal_of(line + b"\r\n") == (BadRequestKind.MALFORMED, detail)


NOT_A_TOKEN: Final = 'a header name can only contain "token" characters, but found invalid character '


class TestHeaders:
    """Names, values and their line ends."""

    def test_are_in_order_with_repeats_and_names_as_sent(self) -> None:
        """Nothing is joined, dropped, or put into another case, underscores included."""
        head, _ = read_one(with_headers(b"X-Opaque-Id: 1", b"x-opaque-ID: 2", b"a_b: c", b"X-Opaque-Id: 1"))
        assert head.headers == (("X-Opaque-Id", "1"), ("x-opaque-ID", "2"), ("a_b", "c"), ("X-Opaque-Id", "1"))

    @pytest.mark.parametrize(
        ("line", "value"),
        [
            (b"X: a", "a"),
            (b"X:a", "a"),
            (b"X: \t a \t", "a"),
            (b"X:  a", "a"),
            (b"X: a ", "a"),
            (b"X:", ""),
            (b"X: \t ", ""),
            (b"X: a  b\tc: d", "a  b\tc: d"),
            (b"X: \xe4\xa0", "\xe4\xa0"),
            (b"X: \xa0a\x85", "\xa0a\x85"),
            (b"X: \x01\x7f", "\x01\x7f"),
        ],
    )
    def test_value_is_latin_1_without_outer_blanks(self, line: bytes, value: str) -> None:
        """Only spaces and tabs are blanks, not what Unicode takes for some."""
        assert read_one(with_headers(line))[0].headers == (("X", value),)

    @pytest.mark.parametrize(
        ("lines", "value"),
        [
            ([b"X: a", b" b"], "a b"),
            ([b"X: a", b"\t \tb", b" c"], "a b c"),
            ([b"X: a ", b" b"], "a  b"),
            ([b"X:", b" b"], "b"),
            ([b"X: a", b" "], "a"),
        ],
    )
    def test_folded_line_is_joined_by_one_space(self, lines: list[bytes], value: str) -> None:
        """As h11 does: blanks that begin the line go, blanks that end the one before stay."""
        assert read_one(with_headers(*lines, b"Y: z"))[0].headers == (("X", value), ("Y", "z"))

    def test_bare_line_feeds_end_lines_too(self) -> None:
        """Both line ends may be mixed, and the first empty line of either kind ends the head."""
        requests, _ = read([b"GET / HTTP/1.1\nA: b\r\nC: d\n\nGET /2 HTTP/1.1\r\nE: f\n\r\n"])
        assert [head.headers for head, _ in requests] == [(("A", "b"), ("C", "d")), (("E", "f"),)]

    @pytest.mark.parametrize(
        ("line", "detail"),
        [
            (b"foo", "No colon found"),
            (b": b", "empty headers are not allowed []"),
            (b"foo : b", NOT_A_TOKEN + "0x20 at index 3 of header 'foo '."),
            (b"A: b\r\nfoo : b\r\nC: d", NOT_A_TOKEN + "0x20 at index 3 of header 'foo '."),
            (b"f\xe4: b", NOT_A_TOKEN + "0xe4 at index 1 of header 'f\xe4'."),
            (b"A: b\0c", "a header value contains prohibited character 0x0 at index 1."),
            (b"A: \x0b", "a header value contains prohibited character 0xb at index 0."),
            (b"A: b\x0cc", "a header value contains prohibited character 0xc at index 1."),
            (b"A: b\rc", "a header value contains prohibited character 0xd at index 1."),
            (b"A: b\r", "a header value contains prohibited character 0xd at index 1."),
            (b" A: b", "continuation line at start of headers"),
        ],
    )
    def test_malformed_line_is_refused_in_netty_s_words(self, line: bytes, detail: str) -> None:
        """No colon, a name that is no token, a character that no value may have, a continuation of nothing."""
        assert refusal_of(with_headers(line)) == (BadRequestKind.MALFORMED, detail)


class TestFraming:
    """Where a request ends, by its headers."""

    def test_without_a_length_there_is_no_body(self) -> None:
        """The bytes that follow are the next request."""
        requests, _ = read([STOP + STOP])
        assert [(head.length, head.chunked, body) for head, body in requests] == [(0, False, b"")] * 2

    @pytest.mark.parametrize("lines", [[b"5"], [b"5", b"5"], [b"5, 5"], [b"5,5", b"5"], [b" 5\t"]])
    def test_repeats_of_one_length_count_as_one(self, lines: list[bytes]) -> None:
        """Whether in one header or in several."""
        head, body = read_one(with_headers(*(b"content-LENGTH: " + line for line in lines), body=b"abcde"))
        assert (head.length, head.chunked, body) == (5, False, b"abcde")

    @pytest.mark.parametrize(
        ("lines", "detail"),
        [
            ([b"5", b"6"], "Multiple Content-Length values found: [5, 6]"),
            ([b"5, 6"], "Multiple Content-Length values found: [5, 6]"),
            ([b"5", b"05"], "Multiple Content-Length values found: [5, 05]"),
            ([b"-5"], "Content-Length value is not a number: -5"),
            ([b"+5"], "Content-Length value is not a number: +5"),
            ([b""], "Content-Length value is not a number: "),
            ([b"5a"], "Content-Length value is not a number: 5a"),
            ([b"1_0"], "Content-Length value is not a number: 1_0"),
            ([b"\xb2"], "Content-Length value is not a number: \xb2"),
            ([b"9" * 5000], "Content-Length value is not a number: " + "9" * 5000),
        ],
    )
    def test_other_lengths_are_refused(self, lines: list[bytes], detail: str) -> None:
        """Two that differ as text, a sign, no digits, digits of another kind, more than a number may have."""
        data = with_headers(*(b"Content-Length: " + line for line in lines), body=b"abcde")
        assert refusal_of(data) == (BadRequestKind.MALFORMED, detail)

    def test_chunked_wins_over_a_length(self) -> None:
        """As in h11 and netty; the length still has to be one."""
        lines = [b"Content-Length: 999999999999", b"Transfer-Encoding: CHUNKED"]
        head, body = read_one(with_headers(*lines, body=b"2\r\nab\r\n0\r\n\r\n"))
        assert (head.length, head.chunked, body) == (0, True, b"ab")
        assert refusal_of(with_headers(b"Content-Length: x", *lines[1:]))[0] is BadRequestKind.MALFORMED

    @pytest.mark.parametrize("lines", [[b"gzip"], [b"gzip, chunked"], [b"identity"], [b""], [b"chunked", b"chunked"]])
    def test_other_transfer_codings_are_refused(self, lines: list[bytes]) -> None:
        """As h11 does: nobody knows where such a body ends."""
        kind, detail = refusal_of(with_headers(*(b"Transfer-Encoding: " + line for line in lines)))
        assert kind is BadRequestKind.MALFORMED
        assert detail.startswith("Transfer-Encoding is not chunked: ")


class TestChunkedBody:
    """Chunks, their extensions, and trailers."""

    @pytest.mark.parametrize(
        "chunks",
        [
            [b"3\r\nabc\r\n", b"2\r\nde\r\n", b"0\r\n\r\n"],
            [b'0003 ;a=b;c="d"\r\nabc\r\n', b"2\t\r\nde\r\n", b"000;last\r\n\r\n"],
            [b"5\nabcde\n0\n\n"],
            [b"5\r\nabcde\r\n", b"0\r\nA: b\r\nC: d\r\n e\r\n\r\n"],
            [b"5\r\nabcde\r\n", b"0\nA: b\n\n"],
        ],
    )
    def test_is_put_together_without_extensions_and_trailers(self, chunks: list[bytes]) -> None:
        """Zeros and blanks in a size, extensions, trailers and line ends are dropped; the next request follows."""
        requests, _ = read([chunked(*chunks) + STOP])
        assert [body for _, body in requests] == [b"abcde", b""]

    def test_size_may_be_written_in_either_case(self) -> None:
        """`1a` and `1A` are 26."""
        assert (
            read_one(chunked(b"1a\r\n", b"x" * 26, b"\r\n1A\r\n", b"y" * 26, b"\r\n0\r\n\r\n"))[1]
            == b"x" * 26 + b"y" * 26
        )

    @pytest.mark.parametrize("line", [b"", b"x", b"-1", b"+1", b"0x1", b"1 2", b" 1", b";a", b"1_0", b"\xb2"])
    def test_size_that_is_none_is_refused(self, line: bytes) -> None:
        """Nothing but hexadecimal digits is a size."""
        assert refusal_of(chunked(line, b"\r\n")) == (BadRequestKind.MALFORMED, "Invalid character in chunk size")

    @pytest.mark.parametrize("after", [b"x", b"\rx", b"\r\r\n", b" \r\n"])
    def test_data_without_a_line_end_is_refused(self, after: bytes) -> None:
        """A chunk that is longer than it says is no chunk."""
        detail = "no line end after the data of a chunk"
        assert refusal_of(chunked(b"3\r\nabc", after)) == (BadRequestKind.MALFORMED, detail)

    def test_malformed_trailer_is_refused(self) -> None:
        """Dropped does not mean unread."""
        assert refusal_of(chunked(b"0\r\nfoo\r\n\r\n")) == (BadRequestKind.MALFORMED, "No colon found")


class TestContentCoding:
    """Bodies that are sent compressed."""

    PLAIN: Final = b'{"index_pattern": "sensor-*"}' * 10

    @staticmethod
    def encode_raw(data: bytes) -> bytes:
        """Return raw deflate, without the zlib header."""
        return zlib.compress(data)[2:-4]

    @pytest.mark.parametrize(
        ("coding", "encode"),
        [
            (b"gzip", gzip.compress),
            (b"X-GZIP", gzip.compress),
            (b"deflate", zlib.compress),
            (b"x-deflate", encode_raw),
            (b"deflate", lambda data: gzip.compress(data)[10:-8]),
        ],
    )
    def test_gzip_and_both_kinds_of_deflate_are_undone(self, coding: bytes, encode: Callable[[bytes], bytes]) -> None:
        """The headers, the length too, stay as sent."""
        sent = encode(self.PLAIN)
        head, body = read_one(
            with_headers(b"Content-Encoding: " + coding, b"Content-Length: %d" % len(sent), body=sent)
        )
        assert (head.length, body) == (len(sent), self.PLAIN)
        assert head.headers[0] == ("Content-Encoding", coding.decode())

    def test_chunked_and_compressed_go_together(self) -> None:
        """The chunks are put together first."""
        sent = gzip.compress(self.PLAIN, mtime=0)
        lines = [b"Transfer-Encoding: chunked", b"Content-Encoding: gzip"]
        assert read_one(with_headers(*lines, body=b"%x\r\n%b\r\n0\r\n\r\n" % (len(sent), sent)))[1] == self.PLAIN

    @pytest.mark.parametrize("coding", [b"identity", b"br", b"gzip, gzip", b""])
    def test_other_codings_are_left_alone(self, coding: bytes) -> None:
        """As netty does, which compares the whole value."""
        assert read_one(with_headers(b"Content-Encoding: " + coding, b"Content-Length: 3", body=b"abc"))[1] == b"abc"

    def test_no_body_stays_no_body(self) -> None:
        """Nothing is not a broken stream."""
        assert read_one(with_headers(b"Content-Encoding: gzip"))[1] == b""

    def test_what_follows_the_stream_is_ignored(self) -> None:
        """As netty does, a second gzip member included."""
        sent = gzip.compress(self.PLAIN, mtime=0) + gzip.compress(b"more", mtime=0)
        assert (
            read_one(with_headers(b"Content-Encoding: gzip", b"Content-Length: %d" % len(sent), body=sent))[1]
            == self.PLAIN
        )

    @pytest.mark.parametrize("coding", [b"gzip", b"deflate"])
    @pytest.mark.parametrize(
        "sent",
        [
            b"x",
            b"{}{}{}",
            b"\x1f\x8b\x08",
            gzip.compress(PLAIN, mtime=0)[:-1],
            gzip.compress(PLAIN, mtime=0)[:-8] + b"\0" * 8,
        ],
    )
    def test_broken_stream_is_refused(self, coding: bytes, sent: bytes) -> None:
        """Something else than it says, cut short, or with a wrong checksum."""
        kind, detail = refusal_of(
            with_headers(b"Content-Encoding: " + coding, b"Content-Length: %d" % len(sent), body=sent)
        )
        assert kind is BadRequestKind.MALFORMED
        assert detail.startswith("decompression failure: ")

    def test_bomb_is_refused_without_being_inflated(self) -> None:
        """A body may inflate to the limit and not by a byte further."""
        sent = gzip.compress(b"\0" * 10_000)
        data = with_headers(b"Content-Encoding: gzip", b"Content-Length: %d" % len(sent), body=sent)
        assert len(read_one(data, max_body=10_000)[1]) == 10_000
        assert refusal_of(data, max_body=9_999) == (
            BadRequestKind.BODY_TOO_LARGE,
            "the body inflates to more than 9999 bytes",
        )


class TestExpectation:
    """The header `Expect`."""

    def test_100_continue_is_reported(self) -> None:
        """In any case; whoever reads it decides whether to send the 100."""
        assert read_one(with_headers(b"Expect: 100-Continue"))[0].expects_continue
        assert not read_one(STOP)[0].expects_continue

    @pytest.mark.parametrize("value", [b"foo", b"", b"100-continue, foo", b"200-ok", b"100-continue;a=b"])
    def test_any_other_is_refused(self, value: bytes) -> None:
        """Elasticsearch answers 417, even where the body is too large as well."""
        data = with_headers(b"Content-Length: 999999999999", b"Expect: " + value)
        assert refusal_of(data) == (BadRequestKind.EXPECTATION_FAILED, f"Expect: {value.decode()}")

    @pytest.mark.parametrize("value", [b"foo", b"100-continue"])
    def test_http_1_0_has_none(self, value: bytes) -> None:
        """There the header is one like any other."""
        assert not read_one(with_headers(b"Expect: " + value, version=b"1.0"))[0].expects_continue

    def test_is_ready_before_the_body(self) -> None:
        """The head is there as soon as its last byte is; else nobody would send the 100."""
        reader = Reader()
        reader.feed(with_headers(b"Expect: 100-continue", b"Content-Length: 3"))
        head = reader.head()
        assert head is not None
        assert head.expects_continue
        assert reader.body() is None
        reader.feed(b"abc")
        assert reader.body() == b"abc"


class TestKeepAlive:
    """Whether the connection goes on."""

    @pytest.mark.parametrize(
        ("version", "lines", "keep_alive"),
        [
            (b"1.1", [], True),
            (b"1.1", [b"close"], False),
            (b"1.1", [b"Keep-Alive"], True),
            (b"1.1", [b"TE, Close"], False),
            (b"1.1", [b"TE", b"close"], False),
            (b"1.1", [b"closed"], True),
            (b"1.0", [], False),
            (b"1.0", [b"Keep-Alive"], True),
            (b"1.0", [b"TE ,\tkeep-alive"], True),
            (b"1.0", [b"keep-alive, close"], False),
            (b"1.0", [b"TE"], False),
        ],
    )
    def test_depends_on_version_and_connection_header(
        self, version: bytes, lines: list[bytes], *, keep_alive: bool
    ) -> None:
        """1.1 goes on unless told to close, 1.0 closes unless told to go on."""
        data = with_headers(*(b"Connection: " + line for line in lines), version=version)
        assert read_one(data)[0].keep_alive is keep_alive


class TestLimits:
    """How much is too much, to the byte."""

    @pytest.mark.parametrize("end", [b"\r\n", b"\n"])
    def test_request_line_may_have_4096_bytes(self, end: bytes) -> None:
        """Its line end is not counted."""
        line = b"GET /%b HTTP/1.1" % (b"x" * (MAX_LINE - 14))
        assert len(line) == 4096
        assert is_read(line + end + end)
        too_long = (BadRequestKind.LINE_TOO_LONG, "An HTTP line is larger than 4096 bytes.")
        assert refusal_of(b"x" + line + end) == too_long

    def test_request_line_is_too_long_before_it_ends(self) -> None:
        """4096 bytes and what may be half a line end are waited for, one more is not."""
        assert read([b"x" * 4096 + b"\r"]) == ([], None)
        assert refusal_of(b"x" * 4097)[0] is BadRequestKind.LINE_TOO_LONG
        assert refusal_of(b"x" * 4096 + b"\rx")[0] is BadRequestKind.LINE_TOO_LONG

    @pytest.mark.parametrize("end", [b"\r\n", b"\n"])
    @pytest.mark.parametrize("limit", [8192, 16384])
    def test_headers_may_have_max_header_bytes_together(self, limit: int, end: bytes) -> None:
        """Their line ends are not counted."""
        lines = [b"A: b"] * 1000 + [b"C: " + b"x" * (limit - 4003)]
        head = end.join([b"GET / HTTP/1.1", *lines, b"", b""])
        assert is_read(head, max_header=limit)
        refused = refusal_of(head.replace(b"C: ", b"CC: "), max_header=limit)
        assert refused == (BadRequestKind.HEADER_TOO_LONG, f"HTTP header is larger than {limit} bytes.")

    def test_each_request_is_measured_by_itself(self) -> None:
        """What one request needed of a limit is there again for the next."""
        heads = [b"GET / HTTP/1.1\r\n%b\r\n" % lines for lines in (b"A:" + b"x" * 8190 + b"\r\n", b"A:\r\n" * 4096)]
        requests, refusal = read(heads)
        assert (len(requests), refusal) == (2, None)

    @pytest.mark.parametrize("line", [b"X", b"X:", b"X: " + b"x" * 50])
    def test_headers_are_too_long_before_they_end(self, line: bytes) -> None:
        """As many as fit are waited for, and what may be half a line end; one byte more is not."""
        head = b"GET / HTTP/1.1\r\n" + (line + b"\r\n") * (8192 // len(line)) + b"y" * (8192 % len(line))
        assert read([head + b"\r"]) == ([], None)
        assert refusal_of(head + b"z")[0] is BadRequestKind.HEADER_TOO_LONG
        assert refusal_of(head + b"\rz")[0] is BadRequestKind.HEADER_TOO_LONG

    def test_trailers_are_limited_like_headers(self) -> None:
        """A chunked body has an end."""
        fits = chunked(b"0\r\nA: " + b"x" * 8189)
        assert is_read(fits + b"\r\n\r\n")
        assert refusal_of(fits + b"x")[0] is BadRequestKind.HEADER_TOO_LONG

    def test_line_of_a_chunk_is_limited_like_a_request_line(self) -> None:
        """Extensions have an end, and so have zeros."""
        fits = chunked(b"0;" + b"x" * 4094)
        assert is_read(fits + b"\r\n\r\n")
        assert refusal_of(fits + b"x")[0] is BadRequestKind.LINE_TOO_LONG

    def test_declared_body_is_refused_before_it_is_read(self) -> None:
        """`head` refuses it, so that nobody sends a 100 for it."""
        assert is_read(with_headers(b"Content-Length: 10", body=b"x" * 10), max_body=10)
        reader = Reader(max_body=10)
        reader.feed(with_headers(b"Expect: 100-continue", b"Content-Length: 11"))
        with pytest.raises(BadRequest) as caught:
            reader.head()
        assert (caught.value.kind, caught.value.detail) == (
            BadRequestKind.BODY_TOO_LARGE,
            "the body is larger than 10 bytes",
        )

    def test_body_may_have_100_mb_unless_told_otherwise(self) -> None:
        """The default of `http.max_content_length`."""
        assert read([with_headers(b"Content-Length: 104857600")]) == ([], None)
        assert refusal_of(with_headers(b"Content-Length: 104857601"))[0] is BadRequestKind.BODY_TOO_LARGE

    def test_chunked_body_is_refused_at_the_size_that_exceeds(self) -> None:
        """All chunks together count, and the data of the last one is not waited for."""
        fits = chunked(b"6\r\nabcdef\r\n4\r\nghij\r\n")
        assert is_read(fits + b"0\r\n\r\n", max_body=10)
        assert refusal_of(fits + b"1\r\n", max_body=10)[0] is BadRequestKind.BODY_TOO_LARGE
        assert refusal_of(chunked(b"f" * 4096, b"\r\n"))[0] is BadRequestKind.BODY_TOO_LARGE


class TestConnection:
    """Several requests, one after the other, and the calls that take them."""

    def test_knows_whether_it_is_within_a_request(self) -> None:
        """`mid_request` from the first byte of a request until its body was returned; blanks before are none."""
        reader = Reader()
        seen = []
        for piece in (b"", b"\r\n", b"P", with_headers(b"Content-Length: 2")[1:], b"a", b"b"):
            reader.feed(piece)
            if reader.head():
                reader.body()
            seen.append(reader.mid_request)
        assert seen == [False, False, True, True, True, False]

    def test_knows_whether_a_further_request_was_sent(self) -> None:
        """`buffered` after a body, when bytes follow it."""
        reader = Reader()
        reader.feed(STOP + STOP[:1])
        assert reader.head()
        assert not reader.buffered
        assert reader.body() == b""
        assert reader.buffered
        reader.feed(STOP[1:])
        assert reader.head()
        assert reader.body() == b""
        assert not reader.buffered

    def test_head_stays_until_its_body_was_returned(self) -> None:
        """Asking twice does no harm."""
        reader = Reader()
        reader.feed(with_headers(b"Content-Length: 2", body=b"a"))
        head = reader.head()
        assert head is not None
        assert reader.body() is None
        assert reader.head() is head

    def test_body_without_head_is_an_error_of_the_caller(self) -> None:
        """It says what to do, and the reader goes on."""
        reader = Reader()
        with pytest.raises(RuntimeError, match=r"call head\(\)"):
            reader.body()
        reader.feed(STOP)
        assert reader.head() is not None

    def test_refusal_is_for_good(self) -> None:
        """After it nothing is read any more: head and body raise what was raised."""
        reader = Reader()
        reader.feed(b"FOO\r\n\r\n" + STOP)
        with pytest.raises(BadRequest) as caught:
            reader.head()
        reader.feed(STOP)
        for method in (reader.head, reader.body):
            with pytest.raises(BadRequest) as again:
                method()
            assert again.value is caught.value
        assert not reader.mid_request

    def test_refused_body_is_for_good(self) -> None:
        """Also what `body` refuses."""
        reader = Reader()
        reader.feed(chunked(b"x\r\n") + STOP)
        assert reader.head()
        with pytest.raises(BadRequest):
            reader.body()
        with pytest.raises(BadRequest):
            reader.head()

    def test_head_that_was_seen_before_is_not_read_again(self) -> None:
        """Clients repeat their heads; equal bytes give the same object, others never do."""
        other = STOP.replace(b"sensor", b"sensos")
        requests, _ = read(
            [STOP, other + STOP, *(STOP[place:][:1] for place in range(len(STOP))), STOP[:-2] + b"A: b\r\n\r\n"]
        )
        first, second, third, fourth, fifth = (head for head, _ in requests)
        assert first is third is fourth
        assert second.target == "/_rollup/job/sensos/_stop"
        assert fifth.headers == (*first.headers, ("A", "b"))


SAMPLES: Final = {
    "plain": STOP + STOP,
    "odd": b"\r\n \nGET  /  http/1.0\nA:b\r\n  c\nConnection: keep-alive \n\n\r\n" + STOP,
    "length": with_headers(b"Content-Length: 5", body=b"a\r\n\r\n") + STOP,
    "chunked": chunked(b'3;a="b"\r\na\r\n\r\n', b"2\nbc\n", b"0\r\nA: b\r\nC: d\r\n\te\r\n\r\n") + STOP,
    "no trailers": chunked(b"0\r\n\r\n") + chunked(b"0\n\n") + STOP,
    "compressed": with_headers(b"Content-Encoding: gzip", b"Content-Length: 23", body=gzip.compress(b"abc", mtime=0))
    + STOP,
    "bad version": STOP + b"GET / FOO\r\nA: b\r\n\r\n",
    "bad header": STOP + b"GET / HTTP/1.1\r\nA : b\r\n\r\n" + STOP,
    "bad chunk": chunked(b"3\r\nabcd\r\n"),
    "bad size": chunked(b"3x\r\nabcd\r\n"),
    "bad trailer": chunked(b"0\r\nA b\r\n\r\n"),
    "bad expectation": with_headers(b"Expect: b") + STOP,
    "large": with_headers(b"Content-Length: 999999999"),
}


class TestPieces:
    """Bytes arrive as they like."""

    @pytest.mark.parametrize("data", SAMPLES.values(), ids=SAMPLES)
    def test_it_does_not_matter_where_bytes_are_split(self, data: bytes) -> None:
        """Two pieces, split anywhere, and single bytes give what the whole gives, refusals included."""
        whole = outcome([data])
        assert whole != ([], None)
        for place in range(1, len(data)):
            assert outcome([data[:place], data[place:]]) == whole
        assert outcome(data[place : place + 1] for place in range(len(data))) == whole

    @pytest.mark.parametrize("end", [b"\r\n", b"\n"])
    @pytest.mark.parametrize("excess", [0, 1])
    def test_limits_do_not_move_when_bytes_drip(self, end: bytes, excess: int) -> None:
        """What is refused as a whole is refused in single bytes, and nothing else."""
        line = b"GET /%b HTTP/1.1" % (b"x" * (MAX_LINE - 14 + excess))
        headers = end.join([b"GET / HTTP/1.1", *[b"X"] * 190, b"A: " + b"x" * (7 + excess)])
        for data in (line + end * 2, headers + end * 2):
            whole = read([data], max_header=200)
            dripped = read((data[place : place + 1] for place in range(len(data))), max_header=200)
            assert str(dripped) == str(whole)


class Tally(bytearray):
    """A buffer that counts the bytes that are looked at or copied."""

    looked_at = 0

    def find(self, what: bytes, begin: int, end: int) -> int:  # type: ignore[override]  # as the reader calls it
        """Count the bytes up to what is found, or all."""
        place = super().find(what, begin, end)
        self.looked_at += (place if place >= 0 else min(end, len(self))) - begin
        return place

    def count(self, what: bytes, begin: int, end: int) -> int:  # type: ignore[override]  # as the reader calls it
        """Count the bytes searched."""
        self.looked_at += end - begin
        return super().count(what, begin, end)

    def __getitem__(self, key: int | slice) -> int | bytearray:  # type: ignore[override]  # overloads say no more
        """Count the bytes copied."""
        self.looked_at += len(range(len(self))[key]) if isinstance(key, slice) else 1
        return super().__getitem__(key)


class CountingPattern:
    """A pattern that counts the bytes that it looks at, in the buffer's tally."""

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        self.pattern = pattern

    def search(self, buffer: Tally, begin: int, end: int) -> re.Match[bytes] | None:
        """Count the bytes up to what is found, or all."""
        match = self.pattern.search(buffer, begin, end)
        buffer.looked_at += (match.end() if match else min(end, len(buffer))) - begin
        return match


class TestEffort:
    """What a byte costs."""

    @pytest.mark.parametrize(
        ("data", "piece"),
        [
            pytest.param(b"GET /" + b"x" * 4000, 1, id="request line"),
            pytest.param(b"GET / HTTP/1.1\r\nA: " + b"x" * 8000, 1, id="one long header"),
            pytest.param(b"GET / HTTP/1.1\r\n" + b"A:\r\n" * 4096, 1, id="many short headers"),
            pytest.param(b"\r\n" * 4000, 1, id="empty lines"),
            pytest.param(b"\r\n" * 4000 + STOP * 2000, 2**20, id="many requests at once"),
            pytest.param(with_headers(b"Content-Length: 10000", body=b"x" * 10_000), 1, id="body"),
            pytest.param(with_headers(b"Content-Length: 4194304", body=b"x" * 2**22), 2**16, id="large body"),
            pytest.param(chunked(b"1000\r\n", b"x" * 4096), 1, id="one chunk"),
            pytest.param(chunked(b"1\r\nx\r\n" * 2000), 1, id="many chunks"),
            pytest.param(chunked(b"1\r\nx\r\n" * 20_000), 2**20, id="many chunks at once"),
            pytest.param(chunked(b"400000\r\n", b"x" * 2**22), 2**16, id="large chunk"),
            pytest.param(chunked(b"0\r\n", b"A:\r\n" * 4096), 1, id="trailers"),
        ],
    )
    def test_grows_with_the_bytes_and_not_with_the_pieces(
        self, data: bytes, piece: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """No byte is looked at or copied more than a few times, however it arrives."""
        monkeypatch.setattr(module, "_EMPTY_LINE", CountingPattern(re.compile(rb"\n\r?\n")))
        reader, tally = Reader(), Tally()
        monkeypatch.setattr(reader, "_buffer", tally)
        for place in range(0, len(data), piece):
            reader.feed(data[place : place + piece])
            drain(reader, [])
        assert tally.looked_at < 10 * len(data)


# What h11 accepts and we refuse. Nothing may be added without a reason that is Elasticsearch's.
REFUSED: Final = {
    "malformed: Unexpected http protocol version: ": "Elasticsearch speaks 1.0 and 1.1; h11 reads any two digits",
    "expectation_failed: ": "Elasticsearch answers 417; h11 looks for `100-continue` and ignores the rest",
    "malformed: decompression failure: ": "Elasticsearch inflates bodies; h11 leaves that to others",
}


@dataclass(frozen=True)
class Seen:
    """A request in the terms in which both readers are compared."""

    method: str
    target: str
    minor: int
    headers: list[tuple[str, str]]
    body: bytes
    expects_continue: bool
    keep_alive: bool


class SeenByH11:
    """The complete requests that h11 accepts, up to the first thing that it does not."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.requests: list[Seen] = []
        self._connection = h11.Connection(h11.SERVER, max_incomplete_event_size=2**20)
        self._head: h11.Request | None = None
        self._expects_continue = False
        self._body = b""
        try:
            for piece in filter(None, pieces):
                self._connection.receive_data(piece)
                while self._take():
                    pass
        except h11.RemoteProtocolError:
            pass

    def _take(self) -> bool:
        event = self._connection.next_event()
        if isinstance(event, h11.Request):
            self._head, self._body = event, b""
            self._expects_continue = self._connection.they_are_waiting_for_100_continue
        elif isinstance(event, h11.Data):
            self._body += event.data
        elif isinstance(event, h11.EndOfMessage):
            self._complete()
        return event is not h11.NEED_DATA and event is not h11.PAUSED

    def _complete(self) -> None:
        """Answer, so that h11 goes on to the next request; a 404 also refuses upgrades and tunnels."""
        self._connection.send(h11.Response(status_code=404, headers=[("content-length", "0")]))
        self._connection.send(h11.EndOfMessage())
        keep_alive = self._connection.their_state is h11.DONE
        assert self._head is not None
        self.requests.append(
            Seen(
                self._head.method.decode(),
                self._head.target.decode(),
                int(self._head.http_version[-1:]),
                [(name.decode(), value.decode("latin-1")) for name, value in self._head.headers],
                self._body,
                self._expects_continue,
                keep_alive,
            )
        )
        if keep_alive:
            self._connection.start_next_cycle()


def seen_by_us(requests: Requests) -> list[Seen]:
    """Return our requests in the same terms; h11 keeps no 1.0 connection alive, which netty does on demand."""
    return [
        Seen(
            head.method,
            head.target,
            head.minor,
            normalised(head.headers),
            body,
            head.expects_continue,
            head.keep_alive and head.minor > 0,
        )
        for head, body in requests
    ]


def normalised(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return headers as h11 does: names in lower case, one length, transfer codings in lower case."""
    found = [(name.lower(), value) for name, value in headers]
    lengths = [place for place, (name, _) in enumerate(found) if name == "content-length"]
    found = [header for place, header in enumerate(found) if place not in lengths[1:]]
    changes = {"content-length": lambda value: value.split(",")[0].strip(), "transfer-encoding": str.lower}
    return [(name, changes.get(name, str)(value)) for name, value in found]


def assert_agrees_with_h11(pieces: list[bytes]) -> None:
    """Check that all that h11 accepts was read the same, or refused for one of the reasons listed."""
    expected = SeenByH11(pieces).requests
    requests, refusal = read(pieces)
    seen = seen_by_us(requests)
    if len(seen) < len(expected):
        assert refusal is not None
        assert f"{refusal.kind}: {refusal.detail}".startswith(tuple(REFUSED))
        expected = expected[: len(seen)]
    for ours, theirs, (head, _) in zip(seen, expected, requests, strict=False):
        assert ours == (replace(theirs, body=inflated(theirs.body)) if head.coding and theirs.body else theirs)


def inflated(data: bytes) -> bytes:
    """Return what is in a gzip stream, or in a zlib one."""
    return zlib.decompressobj(32 + zlib.MAX_WBITS).decompress(data)


LINE_END: Final = st.sampled_from([b"\r\n"] * 9 + [b"\n"])
BLANKS: Final = st.sampled_from([b"", b" ", b" ", b"\t", b" \t "])
TOKEN: Final = st.text("-!#$%&'*+.^_`|~09azAZ", min_size=1, max_size=8).map(str.encode)
CONTENT: Final = st.binary(max_size=6).map(lambda data: re.sub(rb"[\x00\s]", b"", data))
FRAMING: Final = st.sampled_from(
    [
        b"Connection: close",
        b"connection:\tTE , keep-alive",
        b"Content-Length: 0",
        b"CONTENT-length: 00, 00 ",
        b"Expect: 100-Continue",
        b"Expect: nothing",
        b"Upgrade: websocket",
        b"Content-Encoding: br",
        b"Transfer-Encoding: chunked",
    ]
)


@st.composite
def header_lines(draw: st.DrawFn) -> bytes:
    """Draw a header with odd blanks, perhaps folded, or one that matters for framing."""
    if draw(st.integers(0, 3)) == 0:
        return draw(FRAMING) + draw(LINE_END)
    words = draw(st.lists(st.tuples(BLANKS, CONTENT), max_size=4))
    folds = st.one_of(st.just(b""), st.just(b""), st.builds(bytes.__add__, LINE_END, st.sampled_from([b" ", b"\t  "])))
    value = b"".join(draw(folds) + blanks + word for blanks, word in words)
    return draw(TOKEN) + b":" + value + draw(BLANKS) + draw(LINE_END)


@st.composite
def chunked_bodies(draw: st.DrawFn) -> bytes:
    """Draw a chunked body with extensions and trailers."""
    sent = b""
    for data in draw(st.lists(st.binary(min_size=1, max_size=20), max_size=3)):
        size = draw(st.sampled_from([b"%x", b"%X", b"00%x"])) % len(data)
        extension = draw(st.sampled_from([b"", b"", b";a", b';a="\xff b"', b"; \r", b" \t"]))
        sent += size + extension + b"\r\n" + data + b"\r\n"
    trailers = draw(st.lists(header_lines(), max_size=2))
    return sent + draw(st.sampled_from([b"0", b"000;a"])) + b"\r\n" + b"".join(trailers) + draw(LINE_END)


@st.composite
def requests_as_sent(draw: st.DrawFn) -> bytes:
    """Draw a request that is well-formed, more or less: framing headers may contradict each other."""
    method = draw(st.one_of(st.sampled_from([b"GET", b"POST", b"HEAD", b"CONNECT"]), TOKEN))
    target = draw(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=12)).encode()
    version = draw(st.sampled_from([b"1.1"] * 20 + [b"1.0", b"1.2", b"2.0", b"0.9"]))
    framing, body = draw(
        st.one_of(
            st.just((b"", b"")),
            st.binary(max_size=40).map(lambda data: (b"Content-Length: %d\r\n" % len(data), data)),
            st.binary(max_size=40).map(compressed),
            chunked_bodies().map(lambda data: (b"Transfer-Encoding: chunked\r\n", data)),
        )
    )
    headers = [b"Host: localhost" + draw(LINE_END), framing, *draw(st.lists(header_lines(), max_size=4))]
    head = b"%b %b HTTP/%b%b" % (method, target, version, draw(LINE_END))
    return head + b"".join(draw(st.permutations(headers))) + draw(LINE_END) + body


def compressed(data: bytes) -> tuple[bytes, bytes]:
    """Return a body that is gzip, with the headers that say so."""
    sent = gzip.compress(data, mtime=0)
    return b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(sent), sent


@st.composite
def streams(draw: st.DrawFn, *, damaged: bool) -> list[bytes]:
    """Draw the pieces of a connection: some requests, repeated, damaged or not, split anywhere."""
    several = draw(st.lists(requests_as_sent(), min_size=1, max_size=3))
    data = b"".join(draw(st.lists(st.sampled_from(several), min_size=1, max_size=4)))
    if damaged:
        for _ in range(draw(st.integers(1, 3))):
            data = draw(damages(data))
    places = sorted(draw(st.lists(st.integers(0, len(data)), max_size=6)))
    return [data[begin:end] for begin, end in pairwise([0, *places, len(data)])]


@st.composite
def damages(draw: st.DrawFn, data: bytes) -> bytes:
    """Draw a copy of some bytes in which some are replaced, inserted or left out."""
    begin = draw(st.integers(0, len(data)))
    end = min(len(data), begin + draw(st.sampled_from([0, 1, 1, 1, 2, 5])))
    odd = st.sampled_from([b"\r", b"\n", b"\r\n", b" ", b"\t", b":", b",", b";", b"\0", b"\x0b", b"0", b"1", b"f"])
    return data[:begin] + draw(st.one_of(st.just(b""), odd, st.binary(max_size=2))) + data[end:]


class TestAgainstH11:
    """Agreement with an implementation that others rely on."""

    @given(streams(damaged=False))
    @settings(deadline=None)
    def test_what_h11_accepts_is_read_the_same(self, pieces: list[bytes]) -> None:
        """Requests, their versions, headers, bodies and persistence, however they are split."""
        assert_agrees_with_h11(pieces)

    @given(streams(damaged=True))
    @settings(deadline=None)
    def test_damage_is_not_overlooked(self, pieces: list[bytes]) -> None:
        """What h11 still accepts after bytes were changed means the same to both."""
        assert_agrees_with_h11(pieces)

    def test_each_refusal_that_is_listed_exists(self) -> None:
        """The list of what h11 accepts and we refuse has no entry without need."""
        samples = [
            b"GET / HTTP/1.2\r\nHost: a\r\n\r\n",
            with_headers(b"Host: a", b"Expect: b"),
            with_headers(b"Host: a", b"Content-Encoding: gzip", b"Content-Length: 1", body=b"x"),
        ]
        for sample, prefix in zip(samples, REFUSED, strict=True):
            assert len(SeenByH11([sample]).requests) == 1
            assert ": ".join(refusal_of(sample)).startswith(prefix)


class TestAnyBytes:
    """What nobody has thought of."""

    @given(st.lists(st.binary(max_size=30), max_size=8))
    def test_raise_nothing_but_bad_request(self, pieces: list[bytes]) -> None:
        """Whatever arrives is read, waited for, or refused."""
        read(pieces)

    @given(streams(damaged=True))
    @settings(deadline=None)
    def test_mean_the_same_in_any_pieces(self, pieces: list[bytes]) -> None:
        """Damaged requests too: the same are read, and the same refusal ends them."""
        data = b"".join(pieces)
        assert outcome(pieces) == outcome([data]) == outcome(data[place : place + 1] for place in range(len(data)))
