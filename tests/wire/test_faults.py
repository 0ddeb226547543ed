"""Faults of the wire, byte for byte, on kept-alive connections, connections as such, and TLS."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest

from pytest_rollup_fake import NEVER, RollupCluster, faults
from tests.calling import Background
from tests.wire.speaking import STOP, STOPPED, WAITING_STOP, Client, request

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = (
    b"HTTP/1.1 200 OK\r\nX-elastic-product: Elasticsearch\r\ncontent-type: application/json\r\n"
    b"content-length: 16\r\n\r\n"
)


@pytest.fixture
def cluster() -> Iterator[RollupCluster]:
    """Give a cluster with one started job."""
    with RollupCluster(jobs=["sensor"]) as cluster:
        yield cluster


@pytest.fixture
def client(cluster: RollupCluster) -> Iterator[Client]:
    """Give a connection to it."""
    client = Client(cluster)
    yield client
    client.close()


class TestAnswer:
    """What comes in the place of an answer."""

    def test_a_reset_is_a_reset(self, cluster: RollupCluster, client: Client) -> None:
        """Not an end in order: the kernel says so."""
        cluster.inject(faults.reset(), on="stop")
        client.send(request(STOP))
        with pytest.raises(ConnectionResetError):
            client.rest()

    def test_an_empty_reply_is_an_end_in_order(self, cluster: RollupCluster, client: Client) -> None:
        """A FIN, without a byte before it."""
        cluster.inject(faults.empty_reply(), on="stop")
        client.send(request(STOP))
        assert client.rest() == b""

    @pytest.mark.parametrize("body", [b"", b"x" * 5000], ids=["no body", "a body"])
    def test_an_empty_reply_stays_one_after_a_body(self, cluster: RollupCluster, client: Client, body: bytes) -> None:
        """Bytes that nobody has read would turn the end into a reset."""
        cluster.inject(faults.empty_reply(), on="stop")
        client.send(request(STOP, f"Content-Length: {len(body)}", body=body), request(STOP))
        assert client.rest() == b""

    @pytest.mark.parametrize(
        ("at", "sent"),
        [
            (0, HEAD),
            (1, HEAD + b"{"),
            (15, HEAD + STOPPED[:15]),
            (None, HEAD + STOPPED[:8]),
            ("head", HEAD[: len(HEAD) // 2]),
        ],
        ids=str,
    )
    def test_an_answer_that_is_cut_off_ends_there(
        self, cluster: RollupCluster, client: Client, at: Any, sent: bytes
    ) -> None:
        """In the body, or in the headers, with a FIN."""
        cluster.inject(faults.truncate(at), on="stop")
        client.send(request(STOP))
        assert client.rest() == sent

    def test_an_answer_in_excess_is_followed_by_what_belongs_to_nothing(
        self, cluster: RollupCluster, client: Client
    ) -> None:
        """And the connection serves on."""
        cluster.inject(faults.excess(b"more"), on="stop")
        assert client.ask(request(STOP)) == HEAD + STOPPED
        client.send(request(STOP))
        assert client.take(4) == b"more"
        assert client.answer() == HEAD + STOPPED

    def test_garbage_is_sent_as_it_is(self, cluster: RollupCluster, client: Client) -> None:
        """Then the connection ends."""
        cluster.inject(faults.garbage(b"\x15\x03\x01\x00\x02\x02F"), on="stop")
        client.send(request(STOP))
        assert client.rest() == b"\x15\x03\x01\x00\x02\x02F"

    def test_the_head_of_an_answer_to_head_can_be_cut_but_no_body(self, cluster: RollupCluster, client: Client) -> None:
        """There is none, whatever the length says; so it is not struck."""
        injection = cluster.inject(faults.truncate(1), on="info", optional=True)
        client.send(request("HEAD /"))
        assert client.head().startswith(b"HTTP/1.1 200 OK")
        assert injection.hits == 0

    @pytest.mark.parametrize(
        "fault", [faults.reset(), faults.empty_reply(), faults.garbage(), faults.truncate(), faults.excess()], ids=repr
    )
    def test_the_cluster_serves_the_next_connection(self, cluster: RollupCluster, fault: faults.Fault) -> None:
        """Whatever was done to the one before."""
        cluster.inject(fault, on="stop")
        struck = Client(cluster)
        struck.send(request(STOP))
        with contextlib.suppress(ConnectionResetError):
            assert struck.answer() if fault == faults.excess() else struck.rest() is not None
        struck.close()
        other = Client(cluster)
        assert other.ask(request(STOP)) == HEAD + STOPPED
        other.close()

    @pytest.mark.parametrize("number", [1, 2, 5])
    def test_the_nth_request_of_a_connection_is_struck(
        self, cluster: RollupCluster, client: Client, number: int
    ) -> None:
        """Those before it are answered on the same connection."""
        cluster.inject(faults.reset(), on="stop", after=number - 1)
        for _ in range(number - 1):
            assert client.ask(request(STOP)) == HEAD + STOPPED
        client.send(request(STOP))
        with pytest.raises(ConnectionResetError):
            client.rest()
        assert [entry.outcome for entry in cluster.requests] == ["answered"] * (number - 1) + ["lost"]

    def test_what_was_pipelined_behind_it_is_never_served(self, cluster: RollupCluster, client: Client) -> None:
        """The connection is gone."""
        cluster.inject(faults.empty_reply(), on="stop")
        client.send(request(STOP) * 3)
        assert client.rest() == b""
        assert len(cluster.requests) == 1

    def test_the_journal_knows_before_the_client_does(self, cluster: RollupCluster) -> None:
        """Every time: whoever sees the end can read what it was."""
        cluster.inject(faults.reset(), on="stop", times=200)
        for _ in range(200):
            client = Client(cluster)
            client.send(request(STOP))
            with pytest.raises(ConnectionResetError):
                client.rest()
            assert cluster.requests.last.outcome == "lost"
            client.close()


class TestHang:
    """An answer that never comes, in real time."""

    def test_the_connection_stays_open_until_the_client_gives_up(self, cluster: RollupCluster, client: Client) -> None:
        """Nothing comes, not even an end."""
        cluster.inject(faults.hang(), on="stop", effect="applied")
        client.send(request(STOP))
        assert cluster.wait_for_request("stop", outcome="lost").effect == "applied"
        assert client.nothing_came

    def test_a_client_without_a_timeout_is_found_out(
        self, cluster: RollupCluster, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The connection is closed, and the test fails."""
        monkeypatch.setattr("pytest_rollup_fake.exchange._HANG_BOUND", 0.01)
        cluster.inject(faults.hang(), on="stop")
        client.send(request(STOP))
        assert client.rest() == b""
        with pytest.raises(AssertionError, match="your client has no timeout"):
            cluster.check()

    def test_the_cluster_stops_at_once(self) -> None:
        """However long clients would wait."""
        with RollupCluster() as cluster:
            cluster.inject(faults.hang(), on="*", times="always")
            clients = [Client(cluster) for _ in range(5)]
            for client in clients:
                client.send(request("GET /"))
            cluster.wait_for_request(outcome="lost", count=5)
        for client in clients:
            assert client.rest() == b""
            client.close()

    @pytest.mark.parametrize("on", ["stop", "connect"])
    def test_a_reset_ends_it(self, cluster: RollupCluster, on: str) -> None:
        """What was forgotten keeps no client waiting, and is no finding of the next test."""
        cluster.inject(faults.hang(), on=on)
        client = Client(cluster)
        client.send(request(STOP))
        cluster.clock.driver.receive_what_is_under_way()
        cluster.reset()
        assert client.rest() == b""
        client.close()

    def test_advance_does_not_wait_for_it(self) -> None:
        """A request that hangs is at rest."""
        with RollupCluster(clock="manual") as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
            cluster.inject(faults.hang(), on="stop", effect="applied")
            client = Client(cluster)
            client.send(request(WAITING_STOP))
            cluster.wait_for_request("stop", parked=True)
            [lost] = cluster.clock.advance("30s")
            assert (lost.outcome, lost.waited, lost.effect) == ("lost", 30.0, "applied")
            client.close()


class TestSlow:
    """An answer in drops."""

    def test_a_manual_clock_sends_each_at_its_instant(self) -> None:
        """The first at once, the last when the duration is over."""
        with RollupCluster(clock="manual", jobs=["sensor"]) as cluster:
            cluster.inject(faults.slow("9s"), on="stop")
            client = Client(cluster)
            client.send(request(STOP))
            first = client.socket.recv(1000)
            assert (HEAD + STOPPED).startswith(first)
            assert cluster.requests.last.outcome == "answered"
            assert client.nothing_came
            assert cluster.clock.advance("1s") == []
            second = client.socket.recv(1000)
            assert first + second == (HEAD + STOPPED)[: 2 * len(first)]
            cluster.clock.advance("8s")
            assert first + second + client.take(len(HEAD + STOPPED) - 2 * len(first)) == HEAD + STOPPED
            assert client.ask(request(STOP)) == HEAD + STOPPED
            client.close()

    def test_a_client_that_leaves_meanwhile_gets_no_more(self) -> None:
        """And nothing is left of its connection."""
        with RollupCluster(clock="manual", jobs=["sensor"]) as cluster:
            cluster.inject(faults.slow("9s"), on="stop")
            client = Client(cluster)
            client.send(request(STOP))
            client.socket.recv(1000)
            client.close()
            cluster.clock.advance("20s")
            assert cluster.requests.last.outcome == "abandoned"

    def test_the_cluster_stops_at_once(self) -> None:
        """With an answer that is half sent."""
        with RollupCluster(clock="manual", jobs=["sensor"]) as cluster:
            cluster.inject(faults.slow("9s"), on="stop")
            client = Client(cluster)
            client.send(request(STOP))
            first = client.socket.recv(1000)
        assert client.rest() == b""
        assert (HEAD + STOPPED).startswith(first)
        assert cluster.requests.last.outcome == "cut"
        client.close()

    def test_one_that_nobody_advances_is_given_up(self) -> None:
        """The client would wait for the rest for ever; the test fails and says so."""
        with RollupCluster(clock="manual", jobs=["sensor"]) as cluster:
            cluster.clock.parked_timeout = 0.01
            cluster.inject(faults.slow("9s"), on="stop")
            client = Client(cluster)
            client.send(request(STOP))
            assert len(client.rest()) < len(HEAD + STOPPED)
            assert cluster.requests.last.outcome == "cut"
            with pytest.raises(AssertionError, match=r"was half sent for 0\.01 real seconds: its delay"):
                cluster.check()
            client.close()

    def test_a_running_clock_lets_the_client_see_them_come(self) -> None:
        """In real time, until it has all."""
        with RollupCluster(clock="running", jobs=["sensor"]) as cluster:
            cluster.inject(faults.slow("50ms"), on="stop")
            client = Client(cluster)
            client.send(request(STOP))
            first = client.socket.recv(1000)
            assert len(first) < len(HEAD)
            assert first + client.take(len(HEAD + STOPPED) - len(first)) == HEAD + STOPPED
            client.close()


class TestConnect:
    """A fault that strikes a connection when it is made."""

    def test_reset(self, cluster: RollupCluster) -> None:
        """Before a byte is read."""
        injection = cluster.inject(faults.reset(), on="connect")
        client = Client(cluster)
        with pytest.raises(ConnectionResetError):
            client.rest()
        client.close()
        assert injection.hits == 1
        assert len(cluster.requests) == 0

    @pytest.mark.parametrize(
        ("fault", "sent"), [(faults.empty_reply(), b""), (faults.garbage(b"220 ftp\r\n"), b"220 ftp\r\n")], ids=repr
    )
    def test_end(self, cluster: RollupCluster, fault: faults.Fault, sent: bytes) -> None:
        """In order, perhaps after bytes that are not HTTP."""
        cluster.inject(fault, on="connect")
        client = Client(cluster)
        assert client.rest() == sent
        client.close()

    def test_hang(self, cluster: RollupCluster) -> None:
        """A server that accepts, and never answers."""
        cluster.inject(faults.hang(), on="connect")
        client = Client(cluster)
        client.send(request(STOP))
        other = Client(cluster)
        assert other.ask(request(STOP)) == HEAD + STOPPED
        assert client.nothing_came
        assert len(cluster.requests) == 1
        client.close()
        other.close()

    def test_hang_for_ever_is_found_out(self, cluster: RollupCluster, monkeypatch: pytest.MonkeyPatch) -> None:
        """Also without a request."""
        monkeypatch.setattr("pytest_rollup_fake.exchange._HANG_BOUND", 0.01)
        cluster.inject(faults.hang(), on="connect")
        client = Client(cluster)
        assert client.rest() == b""
        client.close()
        with pytest.raises(AssertionError, match=r"a connection was not answered for 0\.01 real seconds"):
            cluster.check()

    def test_the_nth_connection(self, cluster: RollupCluster) -> None:
        """A list is one for each connection."""
        cluster.inject([None, faults.empty_reply()], on="connect")
        clients = [Client(cluster)]
        assert clients[0].ask(request(STOP)) == HEAD + STOPPED
        clients.append(Client(cluster))
        assert clients[1].rest() == b""
        for client in clients:
            client.close()

    def test_is_told(self, cluster: RollupCluster) -> None:
        """As a note between the requests, since there is none."""
        cluster.inject(faults.empty_reply(), on="connect")
        client = Client(cluster)
        client.rest()
        client.close()
        assert [note.text for note in cluster.world.notes] == [
            "inject(faults.empty_reply(), on='connect')",
            "faults.empty_reply() struck a connection (connect)",
        ]


class TestIdle:
    """A fault that strikes a kept-alive connection when it is used again: a pool gone stale."""

    def test_reset_comes_with_the_next_request(self, cluster: RollupCluster, client: Client) -> None:
        """Which has not been received, so it is in no journal and has no effect."""
        assert client.ask(request(STOP)) == HEAD + STOPPED
        cluster.inject(faults.reset(), on="idle")
        assert client.nothing_came
        client.send(request("POST /_rollup/job/sensor/_start"))
        with pytest.raises(ConnectionResetError):
            client.rest()
        assert [entry.endpoint for entry in cluster.requests] == ["stop"]
        assert cluster.jobs["sensor"].state == "stopped"

    def test_empty_reply_comes_with_the_next_request(self, cluster: RollupCluster, client: Client) -> None:
        """An end in order, although a request was sent."""
        assert client.ask(request(STOP)) == HEAD + STOPPED
        cluster.inject(faults.empty_reply(), on="idle")
        client.send(request(STOP))
        assert client.rest() == b""

    def test_a_new_connection_is_not_idle(self, cluster: RollupCluster, client: Client) -> None:
        """Only one that has served already."""
        injection = cluster.inject(faults.reset(), on="idle")
        assert client.ask(request(STOP)) == HEAD + STOPPED
        assert injection.hits == 0
        client.send(request(STOP))
        with pytest.raises(ConnectionResetError):
            client.rest()
        assert injection.hits == 1

    def test_a_client_that_closes_its_idle_connection_is_not_struck(self, cluster: RollupCluster) -> None:
        """There is no next request."""
        injection = cluster.inject(faults.reset(), on="idle", optional=True)
        client = Client(cluster)
        assert client.ask(request(STOP)) == HEAD + STOPPED
        client.close()
        cluster.stop()
        assert injection.hits == 0


def test_many_threads_under_faults_leave_a_true_journal(cluster: RollupCluster) -> None:
    """Every second answer is lost, and each outcome is that of its own request."""
    cluster.inject([faults.reset(), None], on="stop", times=50)

    def stop_25_times() -> int:
        answered = 0
        for _ in range(25):
            client = Client(cluster)
            client.send(request(STOP))
            with contextlib.suppress(ConnectionResetError):
                answered += client.answer() == HEAD + STOPPED
            client.close()
        return answered

    with Background(stop_25_times) as a, Background(stop_25_times) as b, Background(stop_25_times) as c:
        answered = stop_25_times() + a.result() + b.result() + c.result()
    outcomes = [entry.outcome for entry in cluster.requests]
    assert (answered, outcomes.count("answered"), outcomes.count("lost")) == (50, 50, 50)
