"""A server's life: start, ports, stop with connections in every state, restart; and what a forked child changes."""

from __future__ import annotations

import contextlib
import errno
import importlib.metadata
import os
import select
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from pytest_rollup_fake import NEVER, RollupCluster
from pytest_rollup_fake.wire import ports
from tests.wire.speaking import STOP, STOPPED, WAITING_STOP, Client, request, serving_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LARGE = b"x" * (16 << 20)  # more than the kernel takes for a client that does not read


@pytest.fixture
def manual() -> Iterator[RollupCluster]:
    """Run a cluster whose time stands still, with a job that does not stop."""
    with RollupCluster("8.19", clock="manual", jobs={"sensor": {"stop_delay": NEVER}}) as cluster:
        cluster.expect_request("/large").respond_with_data(LARGE)
        yield cluster


@pytest.fixture
def many_descriptors() -> Iterator[None]:
    """Let the process have as many descriptors as it may; the limit is often 1024, and 256 on macOS."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextlib.contextmanager
def clients(cluster: RollupCluster, count: int, *data: bytes) -> Iterator[list[Client]]:
    """Connect some clients, each of which sends this."""
    with contextlib.ExitStack() as stack:
        connected = [stack.enter_context(Client(cluster)) for _ in range(count)]
        for client in connected:
            client.send(*data)
        yield connected


def is_refused(cluster: RollupCluster) -> bool:
    """Say whether nobody listens at a cluster's port."""
    try:
        Client(cluster).close()
    except ConnectionRefusedError:
        return True
    return False


class TestPorts:
    """Where a cluster listens."""

    def test_a_port_is_given_out_once(self) -> None:
        """The kernel soon repeats itself, and a late request of one test would land in the next."""
        given = set()
        for _ in range(1000):
            with RollupCluster() as cluster:
                given.add(cluster.port)
        assert len(given) == 1000

    def test_the_oldest_port_is_forgotten_first(self) -> None:
        """After some 10,000, or a long run would have none left."""
        used = ports.UsedPorts()
        assert all(used.claim(port) for port in range(1, 10_002))
        assert used.claim(1)
        assert not used.claim(10_001)
        assert not used.claim(3)

    def test_used_up_ports_are_given_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the system has few: the test goes on, on an old port."""
        used = ports.UsedPorts()
        for port in range(1, 1001):
            used.claim(port)
        with monkeypatch.context() as patch:
            patch.setattr(ports, "_USED", used)
            patch.setattr(used, "claim", lambda _port: False)
            with RollupCluster(jobs=["sensor"]) as cluster, Client(cluster) as client:
                assert client.ask(request(STOP)).endswith(STOPPED)
        assert used.claim(500)
        assert not used.claim(501)

    def test_a_port_may_be_asked_for(self) -> None:
        """It is used again and again, also right after a connection on it was closed by the server."""
        with RollupCluster() as cluster:
            port = cluster.port
        for _ in range(3):
            with RollupCluster(port=port) as cluster, Client(cluster) as client:
                assert cluster.port == port
                client.send(request("GET /", "Connection: close"))
                assert client.rest().startswith(b"HTTP/1.1 200 OK\r\n")

    def test_a_port_that_was_asked_for_is_not_given_to_another(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A late request to it would land there."""
        used = ports.UsedPorts()
        monkeypatch.setattr(ports, "_USED", used)
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = other.getsockname()[1]
        with RollupCluster(port=port):
            assert not used.claim(port)

    def test_a_taken_port_is_an_error_that_names_it(self, capfd: pytest.CaptureFixture[str]) -> None:
        """Werkzeug prints advice and ends the process, which would end the whole test run."""
        with RollupCluster() as first:
            second = RollupCluster(port=first.port)
            with pytest.raises(OSError, match=rf"cannot listen on 127\.0\.0\.1:{first.port}: .*; port=0 ") as raised:
                second.start()
            assert raised.value.errno == errno.EADDRINUSE
            assert capfd.readouterr() == ("", "")
            with Client(first) as client:
                assert client.ask(request("GET /")).startswith(b"HTTP/1.1 200 OK\r\n")
        with second:  # once it is free
            assert second.port == first.port

    @pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
    def test_an_address_that_is_not_ours_is_an_error_that_names_it(self, host: str) -> None:
        """With the system's reason."""
        with pytest.raises(OSError, match=rf"cannot listen on {host}:0: [A-Z][a-z]+ "):
            RollupCluster(host=host).start()

    def test_ipv6(self) -> None:
        """With brackets in the URL."""
        with RollupCluster(host="::1", jobs=["sensor"]) as cluster, Client(cluster) as client:
            assert cluster.url == f"http://[::1]:{cluster.port}"
            assert client.ask(request(STOP)).endswith(STOPPED)

    def test_a_host_may_be_a_name(self) -> None:
        """It stays in the URL."""
        with RollupCluster(host="localhost") as cluster, Client(cluster) as client:
            assert cluster.url == f"http://localhost:{cluster.port}"
            assert client.ask(request("GET /")).startswith(b"HTTP/1.1 200 OK\r\n")


class TestStart:
    """What a start does, and what it spares itself."""

    def test_nothing_is_looked_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """http.server asks for the host's full name, which may take seconds; werkzeug reads its own version."""

        def unexpected(*arguments: object) -> None:
            pytest.fail(f"looked up {arguments}")

        monkeypatch.setattr(socket, "getfqdn", unexpected)
        monkeypatch.setattr(importlib.metadata, "version", unexpected)
        with RollupCluster():
            pass

    @pytest.mark.usefixtures("many_descriptors")
    def test_the_listen_queue_holds_a_thousand_clients(self) -> None:
        """With werkzeug's queue of 128 the others would try again after a second, and after three, and after seven."""
        with contextlib.closing(ports.listen("127.0.0.1", 0)) as listener, contextlib.ExitStack() as stack:
            poller = select.poll()
            for _ in range(1000):  # nobody accepts them
                client = stack.enter_context(socket.socket())
                client.setblocking(False)
                client.connect_ex(listener.getsockname())
                poller.register(client, select.POLLOUT)
            assert len(poller.poll(900)) == 1000

    @pytest.mark.usefixtures("many_descriptors")
    def test_a_thousand_clients_at_once_are_all_answered(self) -> None:
        """Each on a connection of its own, all of them open."""
        with (
            RollupCluster("8.19", jobs=["sensor"]) as cluster,
            clients(cluster, 1000, request(STOP)) as connected,
        ):
            assert sum(client.body() == STOPPED for client in connected) == 1000
        assert len(cluster.requests) == 1000

    def test_two_clusters_at_once_know_nothing_of_each_other(self) -> None:
        """Each has its own port, jobs and journal."""
        with RollupCluster(jobs=["sensor"]) as one, RollupCluster() as other:
            with Client(one) as client:
                assert client.ask(request(STOP)).startswith(b"HTTP/1.1 200 OK\r\n")
            with Client(other) as client:
                assert client.ask(request(STOP)).startswith(b"HTTP/1.1 404 Not Found\r\n")
            assert (len(one.requests), len(other.requests)) == (1, 1)

    def test_a_stopped_cluster_starts_again_on_its_port(self) -> None:
        """With its jobs and its journal: its URL is in somebody's configuration."""
        cluster = RollupCluster(jobs=["sensor"])
        seen = set()
        for _ in range(3):
            with cluster, Client(cluster) as client:
                seen.add(cluster.url)
                assert client.ask(request(STOP)).endswith(STOPPED)
            assert is_refused(cluster)
        assert len(seen) == 1
        assert len(cluster.requests) == 3

    def test_a_system_without_a_thread_to_spare_turns_a_client_away(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The accepting thread would die of it, and every later client wait for ever."""
        with RollupCluster("8.19", jobs=["sensor"]) as cluster:
            with monkeypatch.context() as patch:
                patch.setattr(threading.Thread, "start", _refuse_to_start)
                with Client(cluster) as client:
                    assert client.rest() == b""
            with Client(cluster) as client:
                assert client.ask(request(STOP)).endswith(STOPPED)

    def test_a_process_without_a_descriptor_to_spare_accepts_later(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The client is in the queue meanwhile, and is answered."""
        failures = iter([OSError(errno.EMFILE, "Too many open files")] * 2)
        accept = socket.socket.accept

        def accept_or_fail(self: socket.socket) -> object:
            for error in failures:
                raise error
            return accept(self)

        monkeypatch.setattr(socket.socket, "accept", accept_or_fail)
        with RollupCluster("8.19", jobs=["sensor"]) as cluster, Client(cluster) as client:
            assert client.ask(request(STOP)).endswith(STOPPED)


def _refuse_to_start(_thread: threading.Thread) -> None:
    message = "can't start new thread"
    raise RuntimeError(message)


class TestStop:
    """A stop ends everything at once; that no thread and no descriptor is left is checked after every test."""

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param((), id="nothing sent"),
            pytest.param((request("GET /"),), id="idle"),
            pytest.param((request(WAITING_STOP),), id="parked"),
            pytest.param((request(WAITING_STOP) + request("GET /") * 3,), id="parked, more behind"),
            pytest.param((request("GET /")[:30],), id="mid-head"),
            pytest.param((request("POST /", "Content-Length: 1000", body=b"x"),), id="mid-body"),
            pytest.param(
                (request("POST /", "Content-Length: 9", "Expect: 100-continue"),), id="mid-body, told to go on"
            ),
            pytest.param((request("GET /", "Connection: close"),), id="closing"),
            pytest.param((b"GARBAGE\r\n",), id="refused"),
        ],
    )
    def test_with_a_hundred_connections(self, manual: RollupCluster, data: tuple[bytes, ...]) -> None:
        """Daemon threads that nobody joins would serve the next test's requests."""
        with clients(manual, 100, *data) as connected:
            if data and data[0].startswith(b"POST /_rollup"):
                manual.wait_for_request("stop", parked=True, count=100)
            manual.stop()
            assert serving_threads() == 0
            assert is_refused(manual)
            for client in connected:
                with contextlib.suppress(ConnectionResetError):  # what was not accepted yet, or not read
                    client.rest()
        assert all(entry.outcome in {"answered", "cut"} for entry in manual.requests)

    def test_what_was_parked_is_cut(self, manual: RollupCluster) -> None:
        """Not answered, and not abandoned either: it was not the client who ended it."""
        with clients(manual, 20, request(WAITING_STOP)) as connected:
            manual.wait_for_request("stop", parked=True, count=20)
            manual.stop()
            assert [client.rest() for client in connected] == [b""] * 20
        assert {entry.outcome for entry in manual.requests} == {"cut"}
        assert manual.jobs["sensor"].state == "stopping"  # the effect stays

    def test_while_somebody_reads_the_journal(self, manual: RollupCluster) -> None:
        """Who found the connections shut down before their requests are cut would call the clients gone."""
        with clients(manual, 100, request(WAITING_STOP)):
            manual.wait_for_request("stop", parked=True, count=100)
            readers = [threading.Thread(target=read_until_final, args=(manual,)) for _ in range(2)]
            for reader in readers:
                reader.start()
            manual.stop()
            for reader in readers:
                reader.join()
        assert {entry.outcome for entry in manual.requests} == {"cut"}

    def test_while_answers_are_stuck_on_their_way(self, manual: RollupCluster) -> None:
        """A client that never reads would hold its thread in `sendall` for ever."""
        with clients(manual, 5, request("GET /large")):
            manual.wait_for_request("custom", outcome="answered", count=5)
            manual.stop()
            assert serving_threads() == 0
        assert {entry.outcome for entry in manual.requests} == {"cut"}

    def test_under_fire(self) -> None:
        """A connection that slips in while the server stops would be served by nobody's thread."""
        for _ in range(50):
            with RollupCluster("8.19", clock="manual", jobs={"sensor": {"stop_delay": NEVER}}) as cluster:
                shooters = [threading.Thread(target=shoot, args=(cluster, number)) for number in range(4)]
                for shooter in shooters:
                    shooter.start()
                cluster.wait_for_request(count=20)
            for shooter in shooters:
                shooter.join()
            assert serving_threads() == 0
            assert {entry.outcome for entry in cluster.requests} <= {"cut", "answered", "abandoned"}

    def test_from_an_endpoint_of_the_users(self, manual: RollupCluster) -> None:
        """The node that goes away while it handles a request: its own thread cannot wait for itself."""
        manual.expect_request("/last").respond_with_handler(lambda _: manual.stop())  # type: ignore[arg-type,return-value]
        with Client(manual) as client:
            client.send(request("GET /last"))
            assert client.rest() == b""
        assert is_refused(manual)
        assert manual.requests.last.outcome == "cut"

    def test_a_stop_prints_nothing(self, manual: RollupCluster, capfd: pytest.CaptureFixture[str]) -> None:
        """http.server's `handle_error` and `log_*` would, for each connection."""
        with clients(manual, 5, request(WAITING_STOP)), clients(manual, 5, b"GET"), clients(manual, 5, b"\r\r\r"):
            manual.wait_for_request("stop", parked=True, count=5)
            manual.stop()
        assert capfd.readouterr() == ("", "")


def read_until_final(cluster: RollupCluster) -> None:
    """Read the journal as long as anything in it is pending."""
    while any(entry.outcome == "pending" for entry in cluster.requests):
        pass


def shoot(cluster: RollupCluster, number: int) -> None:
    """Connect and ask until nobody is there; one of the clients asks for what takes for ever."""
    with contextlib.suppress(OSError):
        while True:
            with Client(cluster) as client:
                client.send(request(WAITING_STOP if number == 0 else "GET /", "Connection: close"))
                client.rest()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
class TestFork:
    """A child of the process has a copy of every descriptor."""

    def test_a_child_does_not_keep_the_listener_alive(self, in_child: Callable[[], None]) -> None:
        """Its copy would go on taking connections after the stop, and clients would hang instead of being refused."""
        with RollupCluster() as cluster:
            in_child()
        assert is_refused(cluster)

    def test_a_child_does_not_keep_connections_open(self, manual: RollupCluster, in_child: Callable[[], None]) -> None:
        """A close of ours alone would be seen by nobody, and clients would wait for an end that does not come."""
        with Client(manual) as idle, Client(manual) as parked, Client(manual) as closing:
            idle.ask(request("GET /"))
            parked.send(request(WAITING_STOP))
            manual.wait_for_request("stop", parked=True)
            closing.ask(request("GET /"))
            in_child()
            closing.send(request("GET /", "Connection: close"))
            closing.answer()
            assert closing.rest() == b""
            manual.stop()
            assert (idle.rest(), parked.rest()) == (b"", b"")

    @pytest.fixture
    def in_child(self) -> Iterator[Callable[[], None]]:
        """Fork a child that lives until the test ends."""
        children = []

        def fork() -> None:
            reading, writing = os.pipe()
            child = os.fork()
            if not child:
                os.close(writing)
                os.read(reading, 1)
                os._exit(0)
            os.close(reading)
            children.append((child, writing))

        yield fork
        for child, writing in children:
            os.close(writing)
            os.waitpid(child, 0)
