"""Whether anything is under way at some sockets, and what can be known of one on systems that know less."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from pytest_httpserver import HTTPServerError

from pytest_rollup_fake import RollupCluster
from pytest_rollup_fake.model.journal import RecordedRequest
from pytest_rollup_fake.rest.reply import Reply
from pytest_rollup_fake.wire import readiness
from pytest_rollup_fake.wire.activity import Activity, Post, is_under_way
from pytest_rollup_fake.wire.server import ClusterServer
from tests.wire.speaking import STOP, STOPPED, WAITING_STOP, Client, request

if TYPE_CHECKING:
    from collections.abc import Iterator

Pair = tuple[Post, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Make a post whose thread waits for something to take, and the other end of its socket."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        post = Post(ours)
        post.activity = Activity.IDLE
        yield post, theirs


class ChangingPost(Post):
    """A post that goes through some activities, one for each look at it."""

    def __init__(self, socket_: socket.socket, *activities: Activity) -> None:
        self.socket = socket_
        self._activities = list(activities)

    def __getattr__(self, name: str) -> Activity:
        """Return the next activity."""
        assert name == "activity"
        return self._activities.pop(0)


class TestActivity:
    """Nothing may be overlooked between a socket and the thread that takes from it."""

    def test_a_new_post_is_busy(self, pair: Pair) -> None:
        """Its thread has not looked yet whether there is something to take."""
        assert is_under_way([Post(pair[0].socket)])

    @pytest.mark.parametrize(
        ("activity", "expected"),
        [(Activity.IDLE, False), (Activity.BUSY, True), (Activity.WAITING, False), (Activity.OVER, False)],
    )
    def test_with_nothing_to_take(self, pair: Pair, activity: Activity, *, expected: bool) -> None:
        """Only a thread that works on something counts."""
        pair[0].activity = activity
        assert is_under_way([pair[0]]) is expected

    @pytest.mark.parametrize(
        ("activity", "expected"),
        [(Activity.IDLE, True), (Activity.BUSY, True), (Activity.WAITING, False), (Activity.OVER, False)],
    )
    def test_with_something_to_take(self, pair: Pair, activity: Activity, *, expected: bool) -> None:
        """What is pipelined behind a waiting request cannot be taken yet, what follows the last one never is."""
        pair[1].send(b"x")
        pair[0].activity = activity
        assert is_under_way([pair[0]]) is expected

    def test_something_taken_after_the_first_look(self, pair: Pair) -> None:
        """By the time that its socket is asked, it is empty, but the thread says that it is busy."""
        assert is_under_way([ChangingPost(pair[0].socket, Activity.IDLE, Activity.BUSY)])

    def test_something_arrived_when_its_thread_was_about_to_be_idle(self, pair: Pair) -> None:
        """Asked for idle ones first and for busy ones later, it would be neither."""
        pair[1].send(b"x")
        assert is_under_way([ChangingPost(pair[0].socket, Activity.BUSY, Activity.IDLE)])

    def test_a_post_that_was_closed_meanwhile(self, pair: Pair) -> None:
        """Has nothing to take, and is no error."""
        pair[0].socket.close()
        assert not is_under_way([pair[0]])
        assert readiness.peer_has_gone(pair[0].socket)

    def test_a_stopped_cluster_has_nothing_under_way(self) -> None:
        """Its clock may go on."""
        with RollupCluster("8.19", clock="manual") as cluster:
            pass
        assert cluster.clock.advance("5s") == []


class Echo:
    """A cluster's service that answers every request with its method, at once."""

    def __init__(self) -> None:
        self.request = RecordedRequest("", "")

    def receive(self, request: RecordedRequest) -> Echo:
        """Take a request; the exchange is the service itself."""
        request.status = 200
        self.request = request
        return self

    def reply(self) -> Reply:
        """Answer."""
        return Reply(200, (), self.request.method.encode())

    def settle(self, reply: Reply | None, *, peer_has_gone: bool) -> bool:
        """Send it to whoever is there."""
        return reply is not None and not peer_has_gone

    def next_connection(self) -> int:
        """Give every connection the same number."""
        return 1

    def nothing(self, *_: object, **__: object) -> Any:
        """Take note of nothing."""

    patience = None
    receive_custom = refuse = note = abandon = cut = failed = rest = hung = pause = decided_at = nothing
    strikes_idle = strike_connection = nothing


class TestServer:
    """What a server says of its connections."""

    @pytest.fixture
    def server(self) -> Iterator[ClusterServer]:
        """Run a server without a cluster."""
        with ClusterServer("127.0.0.1", 0, Echo()) as server:
            yield server

    def test_an_idle_connection_is_not_under_way(self, server: ClusterServer) -> None:
        """Every `advance` would wait for it in vain, as long as it waits at all."""
        with Client(server) as client:
            assert client.ask(request("GET /")).endswith(b"GET")
            until = time.monotonic() + 10
            while server.is_busy():
                assert time.monotonic() < until

    def test_it_starts_and_stops_once(self, server: ClusterServer) -> None:
        """As pytest-httpserver's own says it."""
        with pytest.raises(HTTPServerError, match="already running"):
            server.start()
        server.stop()
        with pytest.raises(HTTPServerError, match="not running"):
            server.stop()

    def test_a_connection_that_comes_while_it_looks(
        self, server: ClusterServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is not among those that are looked at, and no longer in the queue."""

        def look(_: object) -> bool:
            with Client(server) as newcomer:
                newcomer.ask(request("GET /"))
            return False

        monkeypatch.setattr("pytest_rollup_fake.wire.server.is_under_way", look)
        assert server.is_busy()


class TestOtherSystems:
    """Windows has no `poll`, and only Linux tells that a peer has closed while bytes of its are unread."""

    @pytest.fixture
    def poor(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take away what other systems have not."""
        monkeypatch.setattr(readiness, "_HAS_POLL", False)
        monkeypatch.setattr(readiness, "_PEER_CLOSED", 0)

    @pytest.mark.usefixtures("poor")
    def test_a_cluster_works(self) -> None:
        """Keep-alive, pipelining, time that passes, and the stop."""
        jobs = {"sensor": {"stop_delay": "5s"}}
        with RollupCluster("8.19", clock="manual", jobs=jobs) as cluster, Client(cluster) as client:
            client.send(request(WAITING_STOP) + request(STOP))
            assert len(cluster.clock.advance("5s")) == 1
            assert (client.body(), client.body()) == (STOPPED, STOPPED)

    @pytest.mark.usefixtures("poor")
    @pytest.mark.parametrize("leave", [socket.socket.close, lambda client: client.shutdown(socket.SHUT_WR)])
    def test_a_client_that_leaves_is_seen(self, leave: Any) -> None:
        """By an empty stream."""
        jobs = {"sensor": {"stop_delay": "5s"}}
        with RollupCluster("8.19", clock="manual", jobs=jobs) as cluster, Client(cluster) as client:
            client.send(request(WAITING_STOP))
            cluster.wait_for_request("stop", parked=True)
            assert cluster.requests.last.outcome == "pending"
            leave(client.socket)
            assert cluster.requests.last.outcome == "abandoned"

    @pytest.mark.usefixtures("poor")
    def test_bytes_that_are_unread_hide_that_it_has_left(self, pair: Pair) -> None:
        """The answer is sent then, and the journal says answered: all that these systems tell."""
        pair[1].send(b"x")
        pair[1].close()
        assert not readiness.peer_has_gone(pair[0].socket)
        pair[0].socket.recv(1)
        assert readiness.peer_has_gone(pair[0].socket)

    @pytest.mark.usefixtures("poor")
    def test_many_sockets_are_asked_a_part_at_a_time(self, pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
        """`select` of Windows takes 512."""
        monkeypatch.setattr(readiness, "_SELECTED_AT_A_TIME", 1)
        pair[1].send(b"x")
        assert readiness.readable([pair[1], pair[0].socket, pair[1]]) == [pair[0].socket.fileno()]

    @pytest.mark.usefixtures("poor")
    def test_a_connection_that_was_reset_has_gone(self) -> None:
        """Asking it is an error."""
        with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
            client.connect(listener.getsockname())
            ours, _ = listener.accept()
            with ours:
                ours.send(b"x")  # what is unread at its close becomes a reset
                client.close()
                assert readiness.peer_has_gone(ours)
