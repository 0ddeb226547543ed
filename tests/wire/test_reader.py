"""The HTTP/1.1 reader: what it reads, what it refuses, and that it agrees with h11."""

from __future__ import annotations

import gzip
import re
import zlib
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

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
    return requests, refusal and (refusal.kind, refusal.detail)


def with_headers(*lines: bytes, body: bytes = b"", version: bytes = b"1.1") -> bytes:
    """Return a request with these header lines."""
    return b"".join([b"PUT /_rollup/job/sensor HTTP/", version, b"\r\n", *(b"%b\r\n" % line for line in lines), b"\r\n", body])


def chunked(*chunks: bytes) -> bytes:
    """Return a request with a chunked body that is given as sent."""
    return with_headers(b"Transfer-Encoding: chunked", body=b"".join(chunks))


class TestRequestLine:
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
        "line", [b"GET / HTTP/1.1\n", b"GET  \t/  HTTP/1.1\r\n", b"GET / HTTP/1.1  \r\n", b"GET\t/\tHTTP/1.1\r\n", b"GET / http/1.1\r\n"]
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
            (b"\x16\x03\x01\x02 / HTTP/1.1", "invalid character in name"),
        ],
    )
    def test_is_refused_in_netty_s_words_before_any_header_came(self, line: bytes, detail: str) -> None:
        """A client that sends no more than a bad line does not wait for its answer."""
        assert refusal_of(line + b"\r\n") == (BadRequestKind.MALFORMED, detail)


class TestHeaders:
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
            (b"foo : b", found := "a header name can only contain \"token\" characters, but found invalid character 0x20 at index 3 of header 'foo '."),
            (b"A: b\r\nfoo : b\r\nC: d", found),
            (b"f\xe4: b", "a header name can only contain \"token\" characters, but found invalid character 0xe4 at index 1 of header 'f\xe4'."),
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
    @pytest.mark.parametrize(
        "chunks",
        [
            [b"3\r\nabc\r\n", b"2\r\nde\r\n", b"0\r\n\r\n"],
            [b"0003 ;a=b;c=\"d\"\r\nabc\r\n", b"2\t\r\nde\r\n", b"000;last\r\n\r\n"],
            [b"5\nabcde\n0\n\n"],
            [b"5\r\nabcde\r\n", b"0\r\nA: b\r\nC: d\r\n e\r\n\r\n"],
            [b"5\r\nabcde\r\n", b"0\nA: b\n\n"],
        ],
    )
    def test_is_put_together_without_extensions_and_trailers(self, chunks: list[bytes]) -> None:
        """Sizes are hexadecimal with zeros and blanks, extensions and trailers are dropped, the next request follows."""
        requests, _ = read([chunked(*chunks) + STOP])
        assert [body for _, body in requests] == [b"abcde", b""]

    def test_size_may_be_written_in_either_case(self) -> None:
        """`1a` and `1A` are 26."""
        assert read_one(chunked(b"1a\r\n", b"x" * 26, b"\r\n1A\r\n", b"y" * 26, b"\r\n0\r\n\r\n"))[1] == b"x" * 26 + b"y" * 26

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
        head, body = read_one(with_headers(b"Content-Encoding: " + coding, b"Content-Length: %d" % len(sent), body=sent))
        assert (head.length, body) == (len(sent), self.PLAIN)
        assert head.headers[0] == ("Content-Encoding", coding.decode())

    def test_chunked_and_compressed_go_together(self) -> None:
        """The chunks are put together first."""
        sent = gzip.compress(self.PLAIN)
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
        sent = gzip.compress(self.PLAIN) + gzip.compress(b"more")
        assert read_one(with_headers(b"Content-Encoding: gzip", b"Content-Length: %d" % len(sent), body=sent))[1] == self.PLAIN

    @pytest.mark.parametrize("coding", [b"gzip", b"deflate"])
    @pytest.mark.parametrize("sent", [b"x", b"{}{}{}", b"\x1f\x8b\x08", gzip.compress(PLAIN)[:-1], gzip.compress(PLAIN)[:-8] + b"\0" * 8])
    def test_broken_stream_is_refused(self, coding: bytes, sent: bytes) -> None:
        """Something else than it says, cut short, or with a wrong checksum."""
        kind, detail = refusal_of(with_headers(b"Content-Encoding: " + coding, b"Content-Length: %d" % len(sent), body=sent))
        assert kind is BadRequestKind.MALFORMED
        assert detail.startswith("decompression failure: ")

    def test_bomb_is_refused_without_being_inflated(self) -> None:
        """A body may inflate to the limit and not by a byte further."""
        sent = gzip.compress(b"\0" * 10_000)
        data = with_headers(b"Content-Encoding: gzip", b"Content-Length: %d" % len(sent), body=sent)
        assert len(read_one(data, max_body=10_000)[1]) == 10_000
        assert refusal_of(data, max_body=9_999) == (BadRequestKind.BODY_TOO_LARGE, "the body inflates to more than 9999 bytes")


class TestExpectation:
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
    def test_depends_on_version_and_connection_header(self, version: bytes, lines: list[bytes], *, keep_alive: bool) -> None:
        """1.1 goes on unless told to close, 1.0 closes unless told to go on."""
        data = with_headers(*(b"Connection: " + line for line in lines), version=version)
        assert read_one(data)[0].keep_alive is keep_alive


class TestLimits:
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
        assert (caught.value.kind, caught.value.detail) == (BadRequestKind.BODY_TOO_LARGE, "the body is larger than 10 bytes")

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
        requests, _ = read([STOP, other + STOP, *(STOP[place:][:1] for place in range(len(STOP))), STOP[:-2] + b"A: b\r\n\r\n"])
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
    "compressed": with_headers(b"Content-Encoding: gzip", b"Content-Length: 23", body=gzip.compress(b"abc", mtime=0)) + STOP,
    "bad version": STOP + b"GET / FOO\r\nA: b\r\n\r\n",
    "bad header": STOP + b"GET / HTTP/1.1\r\nA : b\r\n\r\n" + STOP,
    "bad chunk": chunked(b"3\r\nabcd\r\n"),
    "bad size": chunked(b"3x\r\nabcd\r\n"),
    "bad trailer": chunked(b"0\r\nA b\r\n\r\n"),
    "bad expectation": with_headers(b"Expect: b") + STOP,
    "large": with_headers(b"Content-Length: 999999999"),
}


class TestPieces:
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

    def find(self, *args: Any) -> int:
        """Count the bytes searched."""
        self.looked_at += len(range(*slice(*args[1:]).indices(len(self)))) if len(args) > 2 else len(self) - args[1]
        return super().find(*args)

    def count(self, *args: Any) -> int:
        """Count the bytes searched."""
        self.looked_at += args[2] - args[1]
        return super().count(*args)

    def __getitem__(self, key: Any) -> Any:
        """Count the bytes copied."""
        self.looked_at += len(range(len(self))[key]) if isinstance(key, slice) else 1
        return super().__getitem__(key)


class CountingPattern:
    """A pattern that counts the bytes that it is given to search, in the buffer's tally."""

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        self.pattern = pattern

    def search(self, buffer: Tally, begin: int, end: int) -> re.Match[bytes] | None:
        """Count and search."""
        buffer.looked_at += min(end, len(buffer)) - begin
        return self.pattern.search(buffer, begin, end)


class TestEffort:
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


# What h11 accepts and we refuse. Nothing else may be added without a reason that is Elasticsearch's.
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


def seen_by_h11(pieces: Iterable[bytes]) -> list[Seen]:
    """Return the complete requests that h11 accepts, up to the first thing that it does not."""
    connection, seen = h11.Connection(h11.SERVER, max_incomplete_event_size=2**20), list[Seen]()
    try:
        for piece in pieces:
            if piece:
                connection.receive_data(piece)
            take_from_h11(connection, seen)
    except h11.RemoteProtocolError:
        pass
    return [complete for complete in seen if complete.method]


def take_from_h11(connection: h11.Connection, seen: list[Seen]) -> None:
    """Take all events that are there, answering each complete request so that h11 goes on to the next."""
    while (event := connection.next_event()) not in {h11.NEED_DATA, h11.PAUSED}:
        if isinstance(event, h11.Request):
            pending[connection] = event
