"""Bytes that are no request, or too much of one: what is answered, and that nothing suffers from it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_rollup_fake import RollupCluster
from tests.wire.speaking import STOP, STOPPED, Client, request

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BODY: Final = 100 * 1024 * 1024
VERSIONS: Final = ("6.3", "6.8", "7.17", "8.17", "8.19", "9", None)
TOO_LARGE: Final = b"HTTP/1.1 413 Request Entity Too Large\r\ncontent-length: 0\r\n\r\n"


@pytest.fixture
def cluster() -> Iterator[RollupCluster]:
    """Run a cluster with one job."""
    with RollupCluster("8.19", jobs=["sensor"]) as cluster:
        yield cluster


def refusal(version: str | None, type_: str, reason: str, *, minor: int = 1) -> bytes:
    """Return the whole answer that refuses a request, after which the connection is closed."""
    cause = {"type": type_, "reason": reason}
    body = json.dumps({"error": {"root_cause": [cause], **cause}, "status": 400}, separators=(",", ":"))
    is_old = version is not None and version < "8"
    product = "" if is_old and version != "7.17" else "X-elastic-product: Elasticsearch\r\n"
    charset = "; charset=UTF-8" if is_old else ""
    return (
        f"HTTP/1.{minor} 400 Bad Request\r\n{product}content-type: application/json{charset}\r\n"
        f"content-length: {len(body)}\r\n\r\n{body}"
    ).encode()


def answer_to(cluster: RollupCluster, *data: bytes) -> bytes:
    """Send bytes and return all that comes until the connection is closed."""
    with Client(cluster) as client:
        client.send(*data)
        return client.rest()


def line_of(length: int) -> bytes:
    """Return a request whose line is of some length."""
    return request("GET /?" + "x" * (length - len("GET /? HTTP/1.1")))


def headers_of(size: int) -> bytes:
    """Return a request whose header lines are of some length together, line ends not counted, as netty counts."""
    lines = ["Host: localhost:9200", "Connection: close"]
    lines.append("X: " + "x" * (size - len("".join(lines)) - len("X: ")))
    return ("\r\n".join(["GET / HTTP/1.1", *lines]) + "\r\n\r\n").encode()


class TestRequestLines:
    """A bad request line is answered in HTTP/1.0: netty goes on with a request of its own in its place."""

    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("GET / FOO", "invalid version format: FOO"),
            ("GET /", "text is empty (possibly HTTP/0.9)"),
            ("GARBAGE", "text is empty (possibly HTTP/0.9)"),
        ],
    )
    def test_a_version_that_is_none(self, version: str | None, line: str, reason: str) -> None:
        """The answer is JSON: http.server would send an HTML page, and without a version a page without a head."""
        with RollupCluster(version) as cluster:
            answer = answer_to(cluster, f"{line}\r\n\r\n".encode())
        assert answer == refusal(version, "illegal_argument_exception", reason, minor=0)

    def test_a_version_that_elasticsearch_does_not_speak(self, cluster: RollupCluster) -> None:
        """HTTP/2 with prior knowledge: the client gets an answer that it can at least show."""
        answer = answer_to(cluster, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert answer.startswith(b"HTTP/1.0 400 Bad Request\r\n")
        assert b"Unexpected http protocol version: HTTP/2.0" in answer

    @pytest.mark.parametrize("version", VERSIONS)
    def test_a_line_that_is_too_long(self, version: str | None) -> None:
        """4096 bytes are read, one more is refused."""
        old = version in {"6.3", "6.8", "7.17", "8.17"}
        type_ = "too_long_frame_exception" if old else "too_long_http_line_exception"
        with RollupCluster(version) as cluster:
            with Client(cluster) as client:
                assert b"request [/] contains unrecognized parameter: [xxx" in client.ask(line_of(4096))
            answer = answer_to(cluster, line_of(4097))
        assert answer == refusal(version, type_, "An HTTP line is larger than 4096 bytes.", minor=0)

    def test_it_is_refused_as_soon_as_it_is_complete(self, cluster: RollupCluster) -> None:
        """A client that then waits for an answer would wait for ever."""
        assert answer_to(cluster, b"GET / FOO\r\n").startswith(b"HTTP/1.0 400 Bad Request\r\n")

    def test_it_is_refused_in_its_turn(self, cluster: RollupCluster) -> None:
        """After the answers to the requests before it."""
        with Client(cluster) as client:
            client.send(request(STOP) + request("HEAD /") + b"GARBAGE\r\n\r\n" + request(STOP))
            assert client.body() == STOPPED
            assert client.head().startswith(b"HTTP/1.1 200 OK\r\n")
            assert client.rest().startswith(b"HTTP/1.0 400 Bad Request\r\n")
        assert [entry.endpoint for entry in cluster.requests] == ["stop", "info"]


class TestHeaders:
    """What is wrong with a header."""

    @pytest.mark.parametrize(("version", "limit"), [("6.3", 8192), ("7.17", 8192), ("8.0", 16384), ("8.19", 16384)])
    def test_a_head_that_is_too_long(self, version: str, limit: int) -> None:
        """The limit was doubled in 8.0."""
        type_ = "too_long_http_header_exception" if version == "8.19" else "too_long_frame_exception"
        with RollupCluster(version) as cluster:
            assert answer_to(cluster, headers_of(limit)).startswith(b"HTTP/1.1 200 OK\r\n")
            answer = answer_to(cluster, headers_of(limit + 1))
        reason = f"HTTP header is larger than {limit} bytes."
        if version == "8.0":
            assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["reason"] == reason
        else:
            assert answer == refusal(version, type_, reason)

    def test_a_shared_cluster_takes_the_limit_of_its_new_version(self, cluster: RollupCluster) -> None:
        """For the connections that come from then on."""
        cluster.configure(version="7.17")
        assert b"HTTP header is larger than 8192 bytes." in answer_to(cluster, headers_of(8193))

    @pytest.mark.parametrize(
        ("lines", "reason"),
        [
            ("no colon", "No colon found"),
            ("Content-Length: 1\r\nContent-Length: 2", "Multiple Content-Length values found: [1, 2]"),
            ("Content-Length: x", "Content-Length value is not a number: x"),
        ],
    )
    def test_a_header_that_is_none(self, cluster: RollupCluster, lines: str, reason: str) -> None:
        """In netty's words; the line was read, so the answer is of its version."""
        answer = answer_to(cluster, f"GET / HTTP/1.1\r\n{lines}\r\n\r\n".encode())
        assert answer == refusal("8.19", "illegal_argument_exception", reason)


class TestBodies:
    """A body that is too large, or that is none."""

    @pytest.mark.parametrize("version", VERSIONS)
    def test_a_length_that_is_too_large(self, version: str | None) -> None:
        """Refused before a byte of it is read, by netty itself: the answer has no body and no product header."""
        with RollupCluster(version) as cluster:
            assert answer_to(cluster, request(STOP, f"Content-Length: {MAX_BODY + 1}")) == TOO_LARGE
            assert not cluster.requests
            with Client(cluster) as client:
                client.send(request(STOP, "Expect: 100-continue", f"Content-Length: {MAX_BODY}"))
                assert client.head() == b"HTTP/1.1 100 Continue\r\n\r\n"

    def test_a_client_that_sends_all_the_same_gets_the_answer(self, cluster: RollupCluster) -> None:
        """Closing with its bytes unread would reset the connection, and it would see a broken pipe instead."""
        piece = b"x" * (1 << 20)
        with Client(cluster) as client:
            client.send(request(STOP, f"Content-Length: {MAX_BODY + 1}"), *[piece] * 100, b"x")
            assert client.rest() == TOO_LARGE

    def test_chunks_that_become_too_large(self, cluster: RollupCluster) -> None:
        """The size of a chunk is declared too."""
        head = request(STOP, "Transfer-Encoding: chunked")
        assert answer_to(cluster, head, b"1\r\nx\r\n6400000\r\n") == TOO_LARGE

    @pytest.mark.parametrize("size", [b"", b"x", b"-1", b"x" * 5000])
    def test_a_chunk_without_a_size(self, cluster: RollupCluster, size: bytes) -> None:
        """The head was read, so the answer is of its version."""
        answer = answer_to(cluster, request(STOP, "Transfer-Encoding: chunked"), size + b"\r\n")
        assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")


GARBAGE: Final[dict[str, bytes]] = {
    "nothing": b"",
    "line ends": b"\r\n" * 10_000,
    "zeros": bytes(100_000),
    "a TLS hello": bytes.fromhex("16030100c2010000be0303") + bytes(range(200)) + b"\r\n\r\n",
    "an SSH hello": b"SSH-2.0-OpenSSH_9.6\r\n",
    "a line without end": b"x" * 200_000,
    "headers without end": b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 50_000,
    "only colons": b"GET / HTTP/1.1\r\n" + b":\r\n" * 100 + b"\r\n",
    "a header in UTF-16": "GET / HTTP/1.1\r\nHost: x\r\n\r\n".encode("utf-16"),
    "a path of all bytes": b"GET /" + bytes(range(256)) + b" HTTP/1.1\r\n\r\n",
    "a query of all escapes": b"GET /?%" + b"%00%ff%zz" * 100 + b" HTTP/1.1\r\n\r\n",
    "a method of nothing": b" / HTTP/1.1\r\n\r\n",
    "a target of nothing": b"GET  HTTP/1.1\r\n\r\n",
    "a line of blanks": b" \t \x0b \x0c\r\n\r\n",
    "folded headers": b"GET / HTTP/1.1\r\nA: b\r\n c\r\n\td\r\n\r\n",
    "two ways to end": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\nGET",
    "a coding unheard of": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked, magic\r\n\r\n",
    "a chunk of 2^80 bytes": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 20 + b"\r\n",
    "a length of 5000 digits": b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
    "a broken gzip": b"POST / HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\n\x1f\x8b\x08zzzzzz",
    "random bytes": os.urandom(100_000),
}


class TestGarbage:
    """Whatever is sent, the next client is served, nothing is printed and nothing left behind."""

    @pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
    @pytest.mark.parametrize("version", ["6.3", "9"])
    def test_garbage(self, version: str, garbage: bytes, capfd: pytest.CaptureFixture[str]) -> None:
        """A traceback on stderr would be all that the user of a test sees of it."""
        with RollupCluster(version, strict=False) as cluster:
            with Client(cluster) as client:
                client.send(garbage)
                client.socket.shutdown(1)
                check_answers(client.rest())
            check_that_it_serves(cluster)
        assert capfd.readouterr() == ("", "")

    @pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
    def test_a_client_that_leaves_at_once(
        self, cluster: RollupCluster, garbage: bytes, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """The answer may meet a closed socket at any point."""
        with Client(cluster) as client:
            client.send(garbage)
        check_that_it_serves(cluster)
        cluster.take_findings()  # some of it asks for what is not faked
        assert capfd.readouterr() == ("", "")

    @given(
        pieces=st.lists(
            st.one_of(
                st.binary(max_size=40),
                st.sampled_from([b"\r\n", b"\r\n\r\n", b"GET / HTTP/1.1\r\n", b"Content-Length: 3\r\n", b" ", b":"]),
                st.just(b"Transfer-Encoding: chunked\r\n"),
                st.just(request(STOP)),
            ),
            max_size=12,
        )
    )
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_made_by_hypothesis(self, cluster: RollupCluster, pieces: list[bytes]) -> None:
        """Requests cut and mixed with anything."""
        with Client(cluster) as client:
            client.send(b"".join(pieces))
            client.socket.shutdown(1)
            check_answers(client.rest())
        check_that_it_serves(cluster)
        cluster.reset()
        cluster.add_job("sensor")


def test_a_refused_head_has_no_body(cluster: RollupCluster) -> None:
    """Though its head says how long it would be; a compressed body that is broken is known after the head."""
    broken = request("HEAD /", "Content-Encoding: gzip", "Content-Length: 4", body=b"none")
    head, _, body = answer_to(cluster, broken).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert int(head.rpartition(b"content-length: ")[2]) > 0
    assert body == b""


def test_it_is_told(cluster: RollupCluster) -> None:
    """What is refused is no request, so the story of a failing test would not have it."""
    answer_to(cluster, b"GET /\r\n\r\n")
    assert [note.text for note in cluster.world.notes] == [
        "a client sent what is no request, and was refused (400): text is empty (possibly HTTP/0.9)"
    ]


def check_answers(data: bytes) -> None:
    """Check that what came are whole answers, one after the other, and no page of a traceback."""
    assert b"Traceback" not in data
    assert b"<html" not in data.lower()
    while data:
        head, mark, data = data.partition(b"\r\n\r\n")
        assert mark
        assert head.startswith((b"HTTP/1.1 ", b"HTTP/1.0 "))
        length = int(head.rpartition(b"content-length: ")[2]) if b"content-length: " in head else 0
        body, data = data[:length], data[length:]
        assert len(body) == length
        if body:
            parsed: Any = json.loads(body)
            assert isinstance(parsed, dict)


def check_that_it_serves(cluster: RollupCluster) -> None:
    """Check that the next client is served."""
    with Client(cluster) as client:
        assert client.ask(request("GET /", "Connection: close")).startswith(b"HTTP/1.1 200 OK\r\n")
        assert client.rest() == b""
