"""One connection, many requests: keep-alive, pipelining, and how an answer leaves the server."""

from __future__ import annotations

import http.client
import socket
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import httpx
import pytest
import requests

from pytest_rollup_fake import RollupCluster
from tests.wire.speaking import STOP, STOPPED, WAITING_STOP, Client, request, serving_threads

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def cluster() -> Iterator[RollupCluster]:
    """Run a cluster with one job."""
    with RollupCluster("8.19", jobs=["sensor"]) as cluster:
        yield cluster


@pytest.fixture
def manual() -> Iterator[RollupCluster]:
    """Run a cluster whose time stands still, with a job that takes its time to stop."""
    with RollupCluster("8.19", clock="manual", jobs={"sensor": {"stop_delay": "5s"}}) as cluster:
        yield cluster


class TestKeepAlive:
    """A connection stays open until its client is done with it."""

    def test_a_connection_serves_many_requests(self, cluster: RollupCluster) -> None:
        """A server that closed after each answer would hide everything that happens to pooled connections."""
        with closing(http.client.HTTPConnection(cluster.host, cluster.port)) as client:
            client.connect()
            first = client.sock
            for _ in range(50):
                client.request("POST", "/_rollup/job/sensor/_stop")
                assert client.getresponse().read() == STOPPED
                assert client.sock is first

    def test_the_pool_of_requests_keeps_its_connection(self, cluster: RollupCluster) -> None:
        """A session opens one connection for all of its requests."""
        with requests.Session() as session:
            answers = [session.post(cluster.url_for("/_rollup/job/sensor/_stop")).content for _ in range(3)]
            assert answers == [STOPPED] * 3
            assert serving_threads() == 1

    def test_the_pool_of_httpx_keeps_its_connection(self, cluster: RollupCluster) -> None:
        """A client opens one connection for all of its requests."""
        with httpx.Client(base_url=cluster.url) as client:
            assert [client.post("/_rollup/job/sensor/_stop").content for _ in range(3)] == [STOPPED] * 3
            assert serving_threads() == 1

    @pytest.mark.parametrize("value", ["close", "Close", "foo, close"])
    def test_a_client_may_ask_for_the_connection_to_be_closed(self, cluster: RollupCluster, value: str) -> None:
        """The answer comes whole, without a header of ours, and then the end."""
        with Client(cluster) as client:
            client.send(request(STOP, f"Connection: {value}"))
            assert client.rest() == (
                b"HTTP/1.1 200 OK\r\nX-elastic-product: Elasticsearch\r\ncontent-type: application/json\r\n"
                b'content-length: 16\r\n\r\n{"stopped":true}'
            )

    def test_what_follows_a_close_is_not_a_request(self, cluster: RollupCluster) -> None:
        """It is read and forgotten: closing with bytes unread would reset the connection, and lose the answer."""
        with Client(cluster) as client:
            client.send(request(STOP, "Connection: close") + request(STOP) * 1000)
            assert client.answer().endswith(STOPPED)
            assert client.rest() == b""
        assert len(cluster.requests) == 1

    def test_a_client_of_http_1_0_is_answered_in_its_version_and_then_closed(self, cluster: RollupCluster) -> None:
        """It did not ask for more."""
        with Client(cluster) as client:
            client.send(request(STOP, version="1.0"))
            assert client.rest() == (
                b"HTTP/1.0 200 OK\r\nX-elastic-product: Elasticsearch\r\ncontent-type: application/json\r\n"
                b'content-length: 16\r\n\r\n{"stopped":true}'
            )

    def test_a_client_of_http_1_0_may_keep_its_connection(self, cluster: RollupCluster) -> None:
        """It is told so by the one `Connection` header that is ever sent."""
        with Client(cluster) as client:
            for _ in range(3):
                assert client.ask(request(STOP, "Connection: Keep-Alive", version="1.0")) == (
                    b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nX-elastic-product: Elasticsearch\r\n"
                    b'content-type: application/json\r\ncontent-length: 16\r\n\r\n{"stopped":true}'
                )

    def test_an_idle_connection_survives_a_reset_of_the_cluster(self, cluster: RollupCluster) -> None:
        """Clients that do not send a POST twice would fail on the stale connection in the next test."""
        with Client(cluster) as client:
            client.ask(request(STOP))
            cluster.reset()
            cluster.add_job("sensor")
            assert client.ask(request(STOP)).endswith(STOPPED)

    def test_a_request_that_a_reset_cuts_ends_its_connection(self, manual: RollupCluster) -> None:
        """Its client sees an end in the place of the answer, at once and not when it closes itself."""
        with Client(manual) as client:
            client.send(request(WAITING_STOP))
            cut = manual.wait_for_request("stop", parked=True)
            manual.reset()
            assert client.rest() == b""
            assert cut.outcome == "cut"


class TestPipelining:
    """Requests that are sent before the earlier ones are answered."""

    def test_answers_come_in_the_order_of_the_requests(self, cluster: RollupCluster) -> None:
        """All of them arrive in one piece."""
        names = [f"job-{number}" for number in range(300)]
        with Client(cluster) as client:
            client.send(b"".join(request(f"POST /_rollup/job/{name}/_stop") for name in names))
            for name in names:
                assert b"Task for Rollup Job [%b] not found" % name.encode() in client.answer()

    def test_a_request_may_arrive_byte_by_byte(self, cluster: RollupCluster) -> None:
        """With a pipelined one behind it."""
        data = request(STOP, "Content-Length: 0") + request("GET /")
        with Client(cluster) as client:
            client.send(*(data[place : place + 1] for place in range(len(data))))
            assert client.answer().endswith(STOPPED)
            assert b'"tagline" : "You Know, for Search"' in client.answer()

    def test_a_request_behind_a_waiting_one_waits_for_its_turn(self, manual: RollupCluster) -> None:
        """Executed one by one, where Elasticsearch executes them side by side: otherwise the order would be chance."""
        with Client(manual) as client:
            client.send(request(WAITING_STOP) + request("GET /_rollup/job/sensor"))
            manual.wait_for_request("stop", parked=True)
            assert [entry.endpoint for entry in manual.requests] == ["stop"]
            assert client.nothing_came

            manual.clock.advance("5s")
            assert client.body() == STOPPED
            assert b'"job_state":"stopped"' in client.answer()
        assert [entry.outcome for entry in manual.requests] == ["answered", "answered"]

    def test_pipelined_bytes_do_not_hide_that_the_client_has_gone(self, manual: RollupCluster) -> None:
        """A look for the end of an empty stream would be blind behind unread bytes, and answer nobody."""
        with Client(manual) as client:
            client.send(request(WAITING_STOP))
            parked = manual.wait_for_request("stop", parked=True)
            client.send(request("GET /") * 10)
        assert manual.requests.last is parked
        assert manual.requests.last.outcome == "abandoned"


class TestSending:
    """How an answer leaves the server."""

    def test_an_answer_is_sent_in_one_call(self, cluster: RollupCluster, monkeypatch: pytest.MonkeyPatch) -> None:
        """Head and body apart could be torn in two by a slow reader, and cost a wake-up each."""
        sent = []
        sendall = socket.socket.sendall

        def recording(self: socket.socket, data: bytes) -> None:
            if threading.current_thread() is not threading.main_thread():
                sent.append(data)
            sendall(self, data)

        monkeypatch.setattr(socket.socket, "sendall", recording)
        with Client(cluster) as client:
            answers = [client.ask(request(STOP)), client.ask(request("GET /")), client.ask(b"GARBAGE\r\n")]
        assert sent == answers

    def test_small_packets_are_not_held_back(self, cluster: RollupCluster) -> None:
        """Nagle's algorithm would make the second answer on a connection wait for the client's acknowledgement."""
        with Client(cluster) as client:
            client.ask(request(STOP))
            assert client.server_side().getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    def test_an_answer_may_be_larger_than_the_buffers_of_the_kernel(self, cluster: RollupCluster) -> None:
        """The list of all jobs can be: it blocks its thread until the client reads, and arrives whole."""
        cluster.expect_request("/large").respond_with_data(b"x" * (16 << 20))
        with Client(cluster) as client:
            client.send(request("GET /large"))
            assert client.body() == b"x" * (16 << 20)

    def test_a_default_timeout_of_the_process_does_not_matter(self) -> None:
        """Sockets that are made while one is set would give up on a client that thinks for longer."""
        socket.setdefaulttimeout(0.001)
        try:
            with RollupCluster("8.19") as cluster, Client(cluster) as client:
                assert client.ask(request("GET /")).startswith(b"HTTP/1.1 200 OK")
                assert client.server_side().gettimeout() is None
        finally:
            socket.setdefaulttimeout(None)


class TestHttp10:
    """What HTTP/1.0 does without."""

    def test_answers_are_not_compressed(self, cluster: RollupCluster) -> None:
        """Netty compresses from HTTP/1.1 on."""
        with Client(cluster) as client:
            answer = client.ask(request("GET /", "Accept-Encoding: gzip", "Connection: keep-alive", version="1.0"))
            assert b"content-encoding" not in answer
