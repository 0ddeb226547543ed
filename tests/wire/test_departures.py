"""Clients that leave, and what the journal may be relied upon to say without waiting for it."""

from __future__ import annotations

import http.client
import socket
import struct
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from pytest_rollup_fake import NEVER, RollupCluster
from tests.wire.speaking import STOP, STOPPED, WAITING_STOP, Client, request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from werkzeug import Request

OFTEN = 300


@pytest.fixture
def manual() -> Iterator[RollupCluster]:
    """Run a cluster whose time stands still, with a job that stops after 5 s."""
    with RollupCluster("8.19", clock="manual", jobs={"sensor": {"stop_delay": "5s"}}) as cluster:
        yield cluster


def half_close(client: Client) -> None:
    """Say that nothing more will be sent."""
    client.socket.shutdown(socket.SHUT_WR)


def reset(client: Client) -> None:
    """Break the connection off."""
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


class TestReturnedCalls:
    """My call returned, so its entry is complete."""

    def test_on_a_connection_that_is_kept(self) -> None:
        """Noted after sending, the outcome would be read as pending about once in a hundred calls."""
        with (
            RollupCluster("8.19", jobs=["sensor"]) as cluster,
            closing(http.client.HTTPConnection(cluster.host, cluster.port)) as client,
        ):
            for number in range(1, OFTEN):
                client.request("POST", "/_rollup/job/sensor/_stop")
                client.getresponse().read()
                entry = cluster.requests.last
                assert (entry.outcome, entry.status, entry.response) == ("answered", 200, {"stopped": True})
                assert entry.answered_at is not None
                assert len(cluster.requests) == number

    def test_on_a_connection_of_its_own(self) -> None:
        """The end of the connection comes after everything else."""
        with RollupCluster("8.19", jobs=["sensor"]) as cluster:
            for _ in range(OFTEN):
                with Client(cluster) as client:
                    client.send(request(STOP, "Connection: close"))
                    client.rest()
                    assert cluster.requests.last.outcome == "answered"

    def test_a_released_request_is_at_rest_when_advance_returns(self, manual: RollupCluster) -> None:
        """Handed to the kernel, not read: the client that waits for it may be this very thread."""
        with Client(manual) as client:
            for _ in range(OFTEN):
                manual.jobs["sensor"].set_state("started")
                client.send(request(WAITING_STOP))
                released = manual.clock.advance("5s")
                assert [entry.outcome for entry in released] == ["answered"]
                assert client.body() == STOPPED

    def test_a_client_that_does_not_close_is_not_waited_for(self, manual: RollupCluster) -> None:
        """It asked for the end of the connection, but reads it only when `advance` has returned."""
        with Client(manual) as client:
            client.send(request(WAITING_STOP, "Connection: close"))
            (released,) = manual.clock.advance("5s")
            assert released.outcome == "answered"
            client.send(b"more" * 1000)  # taken and forgotten
            manual.clock.advance("1s")
            assert client.rest().endswith(STOPPED)


class TestAbandonedRequests:
    """My client closed, so its request is abandoned."""

    @pytest.mark.parametrize("leave", [Client.close, half_close, reset])
    def test_while_it_is_parked(self, manual: RollupCluster, leave: Callable[[Client], None]) -> None:
        """Seen when the journal is read; time that passes later waits for nobody, and answers nobody."""
        for _ in range(OFTEN):
            manual.jobs["sensor"].set_state("started")
            with Client(manual) as client:
                client.send(request(WAITING_STOP))
                parked = manual.wait_for_request("stop", parked=True)
                leave(client)
                assert manual.requests.last is parked
                assert manual.requests.last.outcome == "abandoned"
                assert manual.clock.advance("5s") == []
        assert {entry.status for entry in manual.requests} == {None}

    @pytest.mark.parametrize("leave", [Client.close, half_close, reset])
    def test_before_the_answer(self, manual: RollupCluster, leave: Callable[[Client], None]) -> None:
        """A send to a client that left succeeds, so without a look at the peer it would count as answered."""
        both = threading.Barrier(2, timeout=10)

        def answer_late(_: Request) -> str:
            both.wait()
            both.wait()  # until the client has left
            return "too late"

        manual.expect_request("/late").respond_with_handler(answer_late)  # type: ignore[arg-type]
        for _ in range(OFTEN):
            with Client(manual) as client:
                client.send(request("GET /late"))
                both.wait()
                leave(client)
                both.wait()
                assert manual.wait_for_request("custom", outcome="abandoned")
        assert {entry.outcome for entry in manual.requests} == {"abandoned"}

    def test_while_the_answer_is_on_its_way(self, manual: RollupCluster) -> None:
        """The one case in which an outcome changes: the send fails."""
        manual.expect_request("/large").respond_with_data(b"x" * (32 << 20))
        with Client(manual) as client:
            client.send(request("GET /large"))
            manual.wait_for_request("custom", outcome="answered")
        assert manual.wait_for_request("custom", outcome="abandoned") is manual.requests.last

    def test_what_was_pipelined_behind_it_is_not_executed(self, manual: RollupCluster) -> None:
        """Nobody is there to be answered, and the client may already have sent it elsewhere."""
        with Client(manual) as client:
            client.send(request(WAITING_STOP) + request(STOP) * 3)
            manual.wait_for_request("stop", parked=True)
        assert [entry.outcome for entry in manual.requests] == ["abandoned"]
        manual.clock.advance("1h")
        assert len(manual.requests) == 1

    def test_on_a_running_clock(self) -> None:
        """Its thread goes home at once, not after the half minute that the client had asked for."""
        with RollupCluster("8.19", clock="running", jobs={"sensor": {"stop_delay": NEVER}}) as cluster:
            with Client(cluster) as client:
                client.send(request(WAITING_STOP))
                cluster.wait_for_request("stop")
            assert cluster.requests.last.outcome == "abandoned"

    def test_a_request_that_was_not_sent_whole_is_not_in_the_journal(self, manual: RollupCluster) -> None:
        """There is no request to abandon."""
        for data in (b"", b"GET", request("POST /", "Content-Length: 5", body=b"1234")):
            with Client(manual) as client:
                client.send(data)
                half_close(client)
                assert client.rest() == b""
        assert not manual.requests


class TestWhatIsUnderWay:
    """`advance` first lets what clients have sent be received: no request may be found between socket and journal."""

    def test_on_a_new_connection(self, manual: RollupCluster) -> None:
        """From the queue of the listener to the journal, through two threads."""
        for _ in range(OFTEN):
            manual.jobs["sensor"].set_state("started")
            with Client(manual) as client:
                client.send(request(WAITING_STOP))
                assert [entry.outcome for entry in manual.clock.advance("5s")] == ["answered"]

    def test_on_a_connection_whose_last_answer_was_just_read(self, manual: RollupCluster) -> None:
        """Its thread may be anywhere between the last answer and the next look at the socket."""
        with Client(manual) as client:
            for _ in range(OFTEN):
                manual.jobs["sensor"].set_state("started")
                client.ask(request("GET /"))
                client.send(request(WAITING_STOP))
                assert [entry.outcome for entry in manual.clock.advance("5s")] == ["answered"]
                client.answer()

    def test_on_many_connections_at_once(self, manual: RollupCluster) -> None:
        """The answers come in the order in which the requests were received."""
        connected: list[Any] = [Client(manual) for _ in range(50)]
        try:
            for client in connected:
                client.send(request(WAITING_STOP))
            released = manual.clock.advance("5s")
            assert [entry.number for entry in released] == sorted(entry.number for entry in manual.requests)
            assert {entry.outcome for entry in released} == {"answered"}
        finally:
            for client in connected:
                client.close()
