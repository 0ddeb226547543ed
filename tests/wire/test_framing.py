"""Where a request ends and what its body is: lengths, chunks, codings, `Expect`; and the answers that have no body."""

from __future__ import annotations

import gzip
import http.client
import zlib
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import requests
from werkzeug import Request, Response

from pytest_rollup_fake import RollupCluster
from tests.wire.speaking import STOP, STOPPED, Client, request

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = b'{"query":{"match_all":{}}}'
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def echo(request: Request) -> str:
    """Answer with what was read."""
    return f"{request.method} {request.get_data().decode()}"


@pytest.fixture
def cluster() -> Iterator[RollupCluster]:
    """Run a cluster with one job, and an endpoint that takes bodies."""
    with RollupCluster("8.19", jobs=["sensor"]) as cluster:
        cluster.expect_request("/echo").respond_with_handler(echo)  # type: ignore[arg-type]
        yield cluster


@pytest.fixture
def client(cluster: RollupCluster) -> Iterator[Client]:
    """Connect to the cluster."""
    with Client(cluster) as client:
        yield client


def chunked(*lines: bytes) -> bytes:
    """Return a request with a chunked body made of these lines."""
    return request("POST /echo", "Transfer-Encoding: chunked", body=b"".join(b"%b\r\n" % line for line in lines))


class TestBodies:
    """What a client sends after the head."""

    @pytest.mark.parametrize("size", [0, 1, 65536, 5_000_000])
    def test_a_body_has_the_length_that_was_declared(self, cluster: RollupCluster, client: Client, size: int) -> None:
        """The journal has it byte for byte, and the next request begins right after it."""
        body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
        client.send(request("POST /_bulk", f"Content-Length: {size}", body=body), request(STOP))
        client.answer()
        assert cluster.requests[0].body == body
        assert client.body() == STOPPED
        cluster.take_findings()  # _bulk is not faked

    def test_a_body_may_arrive_in_pieces(self, client: Client) -> None:
        """Whatever the pieces are."""
        head = request("POST /echo", f"Content-Length: {len(DOCUMENT)}")
        client.send(head[:20], head[20:], *(DOCUMENT[place : place + 1] for place in range(len(DOCUMENT))))
        assert client.body() == b"POST " + DOCUMENT

    def test_a_chunked_body_may_have_extensions_and_trailers(self, client: Client) -> None:
        """Werkzeug's reader breaks on trailers, prints a traceback and closes the connection."""
        lines = [b"4;name=value", b"Wiki", b"5", b"pedia", b"0", b"Expires: never", b"X-Checksum: 1"]
        client.send(chunked(*lines, b"") + request(STOP))
        assert client.body() == b"POST Wikipedia"
        assert client.body() == STOPPED

    def test_a_chunked_body_that_is_cut_off_ends_the_connection(self, cluster: RollupCluster, client: Client) -> None:
        """The request never was: it is not in the journal."""
        client.send(chunked(b"4", b"Wiki"))
        client.socket.shutdown(1)
        assert client.rest() == b""
        assert not cluster.requests

    @pytest.mark.parametrize(
        ("coding", "body"), [("gzip", gzip.compress(DOCUMENT, mtime=0)), ("deflate", zlib.compress(DOCUMENT))]
    )
    def test_a_compressed_body_is_inflated(self, cluster: RollupCluster, coding: str, body: bytes) -> None:
        """Official clients compress when told to (`http_compress`)."""
        answer = requests.post(cluster.url_for("/echo"), data=body, headers={"Content-Encoding": coding}, timeout=10)
        assert answer.content == b"POST " + DOCUMENT
        assert cluster.requests.last.json == {"query": {"match_all": {}}}

    def test_a_body_that_does_not_inflate_is_refused(self, client: Client) -> None:
        """With an answer: a traceback on stderr and a closed connection would look like a lost node."""
        client.send(request("POST /echo", "Content-Encoding: gzip", "Content-Length: 3", body=b"abc"))
        answer = client.answer()
        assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert b'"reason":"decompression failure: ' in answer
        assert client.rest() == b""

    @pytest.mark.parametrize("given", ["-1", "1e3", "0x10", "1, 2", "", "٣"])
    def test_a_length_that_is_none_is_refused(self, client: Client, given: str) -> None:
        """Werkzeug answers with a traceback on stderr and no response."""
        client.send(request("POST /echo").replace(b"\r\n\r\n", f"\r\nContent-Length: {given}\r\n\r\n".encode()))
        assert client.answer().startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert client.rest() == b""


class TestExpect:
    """`Expect: 100-continue`, as curl sends it with a body of some size."""

    def test_the_go_ahead_is_given_once(self, client: Client) -> None:
        """Twice, as http.server and werkzeug together do, the second would be taken for the answer."""
        client.send(request("POST /echo", "Expect: 100-continue", "Content-Length: 4"))
        assert client.head() == CONTINUE
        client.send(b"Wi", b"ki")
        assert client.body() == b"POST Wiki"
        assert client.nothing_came

    def test_it_is_given_for_each_request_that_asks(self, client: Client) -> None:
        """Whatever its case, also on a connection that is used again, and for a chunked body."""
        for header in ("Content-Length: 9", "Transfer-Encoding: chunked"):
            client.send(request("POST /echo", "expect: 100-Continue", header))
            assert client.head() == CONTINUE
            client.send(b"Wikipedia" if header.startswith("Content") else b"9\r\nWikipedia\r\n0\r\n\r\n")
            assert client.body() == b"POST Wikipedia"

    def test_a_body_that_is_there_needs_no_go_ahead(self, client: Client) -> None:
        """The client did not wait for it."""
        assert client.ask(
            request("POST /echo", "Expect: 100-continue", "Content-Length: 4", body=b"Wiki"),
        ).startswith(b"HTTP/1.1 200 OK\r\n")
        assert client.nothing_came

    def test_a_client_of_http_1_0_gets_none(self, client: Client) -> None:
        """It does not know the status."""
        client.send(request("POST /echo", "Expect: 100-continue", "Content-Length: 4", version="1.0"))
        client.send(b"Wiki")
        assert client.rest().startswith(b"HTTP/1.0 200 OK\r\n")

    def test_another_expectation_is_refused(self, client: Client) -> None:
        """By netty itself, without a body."""
        client.send(request(STOP, "Expect: the-best", "Content-Length: 4"))
        assert client.rest() == b"HTTP/1.1 417 Expectation Failed\r\ncontent-length: 0\r\n\r\n"

    def test_a_body_that_will_be_too_large_gets_no_go_ahead(self, client: Client) -> None:
        """The refusal comes in its place, before anything of the body."""
        client.send(request(STOP, "Expect: 100-continue", f"Content-Length: {100 * 1024 * 1024 + 1}"))
        assert client.rest() == b"HTTP/1.1 413 Request Entity Too Large\r\ncontent-length: 0\r\n\r\n"


class TestHead:
    """HEAD: the head that a GET would have, and no body."""

    def test_the_length_is_that_of_the_body_which_get_has(self, client: Client) -> None:
        """Servers of tests like to say 0; a body that was sent would be taken for the next answer."""
        get = client.ask(request("GET /"))
        client.send(request("HEAD /") * 2)
        assert client.head() == client.head() == get.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        assert client.ask(request(STOP)).endswith(STOPPED)

    def test_a_path_that_only_has_a_get_refuses_it(self, client: Client) -> None:
        """405, with the length of a body that is not sent."""
        client.send(request("HEAD /_rollup/job/sensor"))
        assert client.head() == (
            b"HTTP/1.1 405 Method Not Allowed\r\nAllow: GET,PUT,DELETE\r\nX-elastic-product: Elasticsearch\r\n"
            b"content-type: application/json\r\ncontent-length: 123\r\n\r\n"
        )
        assert client.ask(request(STOP)).endswith(STOPPED)

    def test_http_client_reads_on_after_it(self, cluster: RollupCluster) -> None:
        """On the same connection."""
        with closing(http.client.HTTPConnection(cluster.host, cluster.port)) as connection:
            for method, is_empty in [("HEAD", True), ("GET", False), ("HEAD", True)]:
                connection.request(method, "/")
                assert (connection.getresponse().read() == b"") is is_empty

    def test_an_endpoint_of_the_users_answers_it_likewise(self, client: Client) -> None:
        """Its handler answers as for a GET."""
        client.send(request("HEAD /echo"))
        assert client.head().endswith(b"content-length: 5\r\n\r\n")
        assert client.ask(request("GET /echo")).endswith(b"content-length: 4\r\n\r\nGET ")


class TestNoBody:
    """Answers that have neither a body nor a length."""

    @pytest.mark.parametrize(("status", "line"), [(204, "204 No Content"), (304, "304 Not Modified")])
    def test_a_status_without_a_body(self, cluster: RollupCluster, client: Client, status: int, line: str) -> None:
        """A length would make some clients wait for bytes that never come."""
        answer = Response("ignored", status, {"X-Mine": "yes"}, content_type="text/plain")
        cluster.expect_request("/empty").respond_with_response(answer)
        client.send(request("GET /empty"))
        head = client.head().decode()
        assert head.startswith(f"HTTP/1.1 {line}\r\nX-Mine: yes\r\n")
        assert "content-length" not in head
        assert client.ask(request(STOP)).startswith(b"HTTP/1.1 200 OK\r\n")

    def test_options_says_what_is_allowed(self, client: Client) -> None:
        """In a header, with an empty text."""
        assert client.ask(request("OPTIONS /_rollup/job/sensor/_stop")) == (
            b"HTTP/1.1 200 OK\r\nAllow: POST\r\nX-elastic-product: Elasticsearch\r\n"
            b"content-type: text/plain; charset=UTF-8\r\ncontent-length: 0\r\n\r\n"
        )
