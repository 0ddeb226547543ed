"""TLS on the wire: handshakes that fail or never come, what follows them, and how a connection ends."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import time
from typing import TYPE_CHECKING

import pytest

from pytest_rollup_fake import NEVER, RollupCluster, faults
from tests.wire.speaking import STOP, STOPPED, WAITING_STOP, Client, keep_waiting, request, serving_threads

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGE = b"x" * (16 << 20)  # more than the kernel takes for a client that does not read
INFO = request("GET /")
both_versions = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])


class SecureClient(Client):
    """A connection on which TLS is spoken; the server's certificate is checked."""

    socket: ssl.SSLSocket

    def __init__(self, cluster: RollupCluster, *, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> None:
        super().__init__(cluster)
        context = ssl.create_default_context(cafile=cluster.ca_path)
        context.minimum_version = context.maximum_version = version
        self.socket = context.wrap_socket(self.socket, server_hostname="localhost", suppress_ragged_eofs=False)

    def say_goodbye(self) -> None:
        """Send `close_notify`, and keep the connection open until the cluster has said the same."""
        self.socket.setblocking(False)
        with contextlib.suppress(ssl.SSLWantReadError):
            self.socket.unwrap()
        self.socket.settimeout(10)

    def wait_for_end(self) -> None:
        """Read until the connection below TLS ends."""
        wait_for_end(self.socket)


def wait_for_end(secure: ssl.SSLSocket) -> None:
    """Read until the connection below TLS ends."""
    while socket.socket.recv(secure, 1000):
        pass


@pytest.fixture
def cluster() -> Iterator[RollupCluster]:
    """Run a cluster that speaks TLS, whose time stands still, with a job that does not stop and one that does."""
    jobs = {"sensor": "started", "never": {"state": "indexing", "stop_delay": NEVER}}
    with RollupCluster("8.19", clock="manual", jobs=jobs, tls=True) as cluster:
        yield cluster


@pytest.fixture
def client(cluster: RollupCluster) -> Iterator[SecureClient]:
    """Connect to the cluster."""
    with SecureClient(cluster) as client:
        yield client


class TestHandshake:
    """Who gets through it, and what becomes of who does not."""

    @both_versions
    def test_versions(self, cluster: RollupCluster, version: ssl.TLSVersion) -> None:
        """Those that Elasticsearch takes by itself."""
        with SecureClient(cluster, version=version) as client:
            assert client.ask(request(STOP)).endswith(STOPPED)

    @pytest.mark.parametrize(
        "sent",
        [INFO, request("POST /", "Content-Length: 100000", body=b"x" * 100_000), b"\x00\x01 neither of them \r\n" * 99],
        ids=["HTTP", "HTTP with a body", "neither"],
    )
    def test_plain_http_is_refused_without_an_answer(self, cluster: RollupCluster, sent: bytes) -> None:
        """The connection is closed, not reset, and nothing was received."""
        with Client(cluster) as client:
            client.send(sent)
            assert client.rest() == b""
        assert not cluster.requests
        assert len(cluster.world.notes) == 1

    def test_plain_http_is_told(self, cluster: RollupCluster) -> None:
        """No request reaches the cluster, so the story of a failing test would be empty."""
        with Client(cluster) as client:
            client.send(INFO)
            client.rest()
        (note,) = cluster.world.notes
        assert note.text == "a client spoke plain HTTP to a cluster with tls=True, whose URL begins with https://"

    def test_a_client_that_does_not_trust_the_cluster_sends_no_request(self, cluster: RollupCluster) -> None:
        """It is told why; the next one is served."""
        context = ssl.create_default_context()
        with Client(cluster) as client:
            client.socket = context.wrap_socket(
                client.socket, server_hostname="localhost", do_handshake_on_connect=False
            )
            with pytest.raises(ssl.SSLCertVerificationError, match="self-signed"):
                client.socket.do_handshake()
            wait_for_end(client.socket)
        assert not cluster.requests
        (note,) = cluster.world.notes
        assert note.text.endswith("UNKNOWN_CA: give the client cluster.ca_path or cluster.ca_fingerprint")
        with SecureClient(cluster) as client:
            assert client.ask(request(STOP)).endswith(STOPPED)

    @pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01"], ids=["mute", "in the middle of its first record"])
    def test_who_does_not_finish_keeps_nobody_waiting(self, cluster: RollupCluster, sent: bytes) -> None:
        """Neither another client nor an advance of the clock nor the end of the cluster."""
        with contextlib.ExitStack() as stack:
            for _ in range(20):
                stack.enter_context(Client(cluster)).send(sent)
            with SecureClient(cluster) as client:
                assert client.ask(request(STOP)).endswith(STOPPED)
                begin = time.monotonic()
                while cluster.nodes[0].server.is_busy():  # an advance would wait as long
                    assert time.monotonic() - begin < 10
                begin = time.monotonic()
                cluster.stop()
                assert time.monotonic() - begin < 0.5
        assert serving_threads() == 0

    def test_who_hangs_up_leaves_no_thread(self, cluster: RollupCluster) -> None:
        """Nor keeps the next one from being served."""
        for _ in range(20):
            Client(cluster).close()
        with SecureClient(cluster) as client:
            assert client.ask(request(STOP)).endswith(STOPPED)

    def test_who_is_gone_before_it_is_served_leaves_nothing_open(
        self, cluster: RollupCluster, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """CPython forgets the socket that it has made for such a client; warnings of that fail this test."""
        may_serve = keep_waiting(monkeypatch)
        try:
            with Client(cluster) as client:
                client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # an RST
        finally:
            may_serve.set()
        with SecureClient(cluster) as client:
            assert client.ask(request(STOP)).endswith(STOPPED)


class TestConnection:
    """What follows the handshake."""

    def test_pipelined_requests_are_all_answered(self, cluster: RollupCluster, client: SecureClient) -> None:
        """In one record, across the borders of several, and byte by byte."""
        padding = f"X-Padding: {'x' * 7000}"
        client.send(INFO * 3)
        client.send(request("GET /", padding) * 20)
        for byte in INFO:
            client.send(bytes([byte]))
        assert all(b"200 OK" in client.answer() for _ in range(24))
        assert len(cluster.requests) == 24

    def test_nothing_waits_inside_tls_for_what_comes_next(self, cluster: RollupCluster, client: SecureClient) -> None:
        """A request that comes in two records is answered, although the socket has nothing more to read."""
        body = b"x" * 100_000
        cluster.expect_request("/large", method="PUT", data=body).respond_with_data("taken")
        client.send(request("PUT /large", f"Content-Length: {len(body)}", body=body) + INFO)
        assert client.body() == b"taken"
        assert b"200 OK" in client.answer()

    def test_a_request_under_way_is_seen(self, cluster: RollupCluster, client: SecureClient) -> None:
        """So an advance finds a stop that was just sent, and releases it."""
        client.ask(INFO)
        client.send(request(WAITING_STOP.replace("sensor", "never")))
        (released,) = cluster.clock.advance("30s")
        assert released.waited == 30
        assert b"Timed out after [30s]" in client.body()

    def test_a_client_that_leaves_while_it_waits_is_noticed(self, cluster: RollupCluster) -> None:
        """As on a plain connection."""
        with SecureClient(cluster) as client:
            client.send(request(WAITING_STOP.replace("sensor", "never")))
            cluster.wait_for_request("stop", parked=True)
        assert cluster.wait_for_request("stop", outcome="abandoned").status is None

    @both_versions
    def test_a_client_that_says_goodbye_while_it_waits_is_noticed(
        self, cluster: RollupCluster, version: ssl.TLSVersion
    ) -> None:
        """Those of asyncio keep the connection open until they are told the same, so there is no other end to see."""
        with SecureClient(cluster, version=version) as client:
            client.send(request(WAITING_STOP.replace("sensor", "never")))
            cluster.wait_for_request("stop", parked=True)
            client.say_goodbye()
            assert cluster.wait_for_request("stop", outcome="abandoned").effect == "applied"
            client.wait_for_end()

    def test_what_was_sent_ahead_is_no_goodbye(self, cluster: RollupCluster, client: SecureClient) -> None:
        """Requests that are pipelined behind one that waits are answered after it."""
        client.send(request(WAITING_STOP.replace("sensor", "never")), INFO)
        cluster.wait_for_request("stop", parked=True)
        cluster.clock.advance("30s")
        assert b"Timed out" in client.answer()
        assert b"200 OK" in client.answer()

    def test_it_ends_as_tls_says(self, client: SecureClient) -> None:
        """With `close_notify`: without it a client could not tell the end from an attack."""
        client.send(request("GET /", "Connection: close"))
        client.answer()
        assert client.rest() == b""  # an end without it raises here

    def test_no_session_tickets_are_sent(self, client: SecureClient) -> None:
        """A client that leaves without having read them would reset the connection."""
        client.ask(INFO)
        assert client.socket.session is not None
        assert not client.socket.session.has_ticket

    def test_a_large_answer_arrives(self, cluster: RollupCluster, client: SecureClient) -> None:
        """To the last byte."""
        cluster.expect_request("/large").respond_with_data(LARGE)
        client.send(request("GET /large"))
        assert client.body() == LARGE

    def test_the_cluster_stops_whatever_its_clients_are_at(self, cluster: RollupCluster) -> None:
        """Idle, in the middle of a request, waiting, or not reading."""
        cluster.expect_request("/large").respond_with_data(LARGE)
        sent = [b"", b"GET / HT", request(WAITING_STOP.replace("sensor", "never")), request("GET /large")]
        with contextlib.ExitStack() as stack:
            for data in sent:
                stack.enter_context(SecureClient(cluster)).send(data)
            cluster.wait_for_request("stop", parked=True)
            cluster.wait_for_request("custom")
            begin = time.monotonic()
            cluster.stop()
            assert time.monotonic() - begin < 1
        assert serving_threads() == 0

    def test_a_killed_node_breaks_its_connections(self) -> None:
        """And takes TLS again when it is back."""
        with RollupCluster(tls=True, nodes=2, jobs=["sensor"]) as cluster:
            with SecureClient(cluster) as client:
                client.ask(INFO)
                cluster.nodes[0].kill()
                with pytest.raises((ssl.SSLError, EOFError, OSError)):
                    client.ask(INFO)
            cluster.nodes[0].restart()
            with SecureClient(cluster) as client:
                assert b"200 OK" in client.ask(INFO)


class TestFaults:
    """What a test does to a connection happens below TLS or within it, as it would to a real one."""

    def test_a_reset(self, cluster: RollupCluster, client: SecureClient) -> None:
        """Of the connection below, on a request and on an idle connection; Python 3.11's `ssl` calls it an end."""
        cluster.inject(faults.reset(), on="stop")
        client.send(request(STOP))
        with pytest.raises(ConnectionResetError):
            socket.socket.recv(client.socket, 1)
        cluster.inject(faults.reset(), on="idle")
        with SecureClient(cluster) as idle:
            assert b"200 OK" in idle.ask(INFO)
            idle.send(INFO)
            with pytest.raises(ConnectionResetError):
                socket.socket.recv(idle.socket, 1)

    @both_versions
    def test_a_client_that_says_goodbye_is_not_struck(self, cluster: RollupCluster, version: ssl.TLSVersion) -> None:
        """Its `close_notify` is no request, so the fault is there for the next client, whose connection was idle."""
        injection = cluster.inject(faults.reset(), on="idle")
        with SecureClient(cluster, version=version) as client:
            client.ask(INFO)
            client.socket.unwrap()
        assert injection.hits == 0
        with SecureClient(cluster, version=version) as client:
            client.ask(INFO)
            client.send(INFO)
            with pytest.raises(ConnectionResetError):
                socket.socket.recv(client.socket, 1)

    @both_versions
    @pytest.mark.parametrize("where", ["stop", "idle"])
    def test_an_answer_that_never_comes_ends_with_the_clients_goodbye(
        self, cluster: RollupCluster, version: ssl.TLSVersion, where: str
    ) -> None:
        """It has lost its patience, which is what the fault is for; so the test does not fail for want of a timeout."""
        injection = cluster.inject(faults.hang(), on=where)
        with SecureClient(cluster, version=version) as client:
            client.ask(INFO)
            client.send(request(STOP))
            client.say_goodbye()
            client.wait_for_end()
        assert injection.hits == 1

    def test_an_empty_reply(self, cluster: RollupCluster, client: SecureClient) -> None:
        """TLS ends as it should, and nothing was in it."""
        cluster.inject(faults.empty_reply(), on="stop")
        client.send(request(STOP))
        assert client.rest() == b""

    def test_an_answer_that_is_cut_off(self, cluster: RollupCluster, client: SecureClient) -> None:
        """What was left of it is encrypted like the rest."""
        cluster.inject(faults.truncate(5), on="stop")
        client.send(request(STOP))
        assert client.rest().endswith(b'\r\n\r\n{"sto')

    def test_garbage(self, cluster: RollupCluster, client: SecureClient) -> None:
        """It is TLS, and within it no HTTP."""
        cluster.inject(faults.garbage(), on="stop")
        client.send(request(STOP))
        garbage = client.rest()
        assert garbage
        assert not garbage.startswith(b"HTTP")

    def test_a_slow_answer(self, cluster: RollupCluster, client: SecureClient) -> None:
        """It arrives whole."""
        cluster.clock.mode = "skipping"
        cluster.inject(faults.slow("9s"), on="stop")
        assert client.ask(request(STOP)).endswith(STOPPED)

    def test_a_connection_that_is_refused_tls(self, cluster: RollupCluster) -> None:
        """It ends before the handshake, and the next one is served."""
        cluster.inject(faults.empty_reply(), on="connect")
        with pytest.raises((ssl.SSLEOFError, ConnectionResetError)):
            SecureClient(cluster)
        with SecureClient(cluster) as client:
            assert client.ask(request(STOP)).endswith(STOPPED)


class TestReadiness:
    """What can be known of a TLS socket on systems whose poll does not tell of a peer's end."""

    def test_the_peers_end_is_seen(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """By a look below TLS, since an SSLSocket refuses to peek."""
        monkeypatch.setattr("pytest_rollup_fake.wire.readiness._PEER_CLOSED", 0)
        with RollupCluster(
            clock="manual", jobs={"never": {"stop_delay": NEVER, "state": "indexing"}}, tls=True
        ) as cluster:
            with SecureClient(cluster) as client:
                client.send(request(WAITING_STOP.replace("sensor", "never")))
                assert cluster.wait_for_request("stop", parked=True).outcome == "pending"
            cluster.wait_for_request("stop", outcome="abandoned")
