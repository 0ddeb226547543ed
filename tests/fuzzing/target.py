"""What is shot at: a cluster that has to survive conversations, and to answer each as HTTP wants it."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import select
import socket
import ssl
import struct
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Self

import h11

from pytest_rollup_fake import RollupCluster
from tests.fuzzing.handshakes import RECORD_TYPES, Opening

if TYPE_CHECKING:
    from collections import Counter

    from tests.fuzzing.conversations import Conversation

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close at once, with an RST
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_PATIENCE = 10.0
_SLOW = 0.001


class Target:
    """A cluster on one of the clocks, used for many conversations, inside TLS if so asked."""

    def __init__(self, clock: str, *, tls: bool = False) -> None:
        self.cluster = RollupCluster(clock=clock, strict=False, tls=tls)
        self._context: ssl.SSLContext | None = None
        self._is_secure = tls

    def __enter__(self) -> Self:
        self.cluster.start()
        if self._is_secure:
            self._context = ssl.create_default_context(cafile=self.cluster.ca_path)
        return self

    def __exit__(self, *exception: object) -> None:
        self.cluster.stop()

    def take(self, conversation: Conversation, statuses: Counter[int] | None = None) -> None:
        """Have a conversation, check what was answered, count it, and forget it."""
        self.cluster.reset()
        self.cluster.add_job("sensor", state="indexing", stop_delay="1h")
        is_opening = isinstance(conversation, Opening)
        with self._connect(is_secure=self._is_secure and not is_opening) as client:
            data = self._speak(client, conversation)
        assert self.is_quiet(), "a thread still serves a client that has gone"  # nor does it disturb the next one
        if data is not None and is_opening:
            self._check_opening(data)
        elif data is not None:
            statuses_read = self._check(data, may_refuse_head=b"HEAD" in b"".join(conversation.pieces))
            if statuses is not None:
                statuses.update(statuses_read)
        assert self.serves(), "the next client is not served"
        assert self.cluster.take_findings() == []

    def _connect(self, *, is_secure: bool) -> socket.socket:
        client = socket.create_connection((self.cluster.host, self.cluster.port), timeout=_PATIENCE)
        if self._context is None or not is_secure:
            return client
        return self._context.wrap_socket(client, server_hostname="localhost")

    def _speak(self, client: socket.socket, conversation: Conversation) -> bytes | None:
        """Send everything and end as the conversation does; return what came, `None` if the client does not look."""
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for piece in conversation.pieces:
            client.sendall(piece)
            if conversation.slowly:
                select.select([client], [], [], _SLOW)
        if conversation.ending == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        if conversation.ending != "half-close":
            return None
        socket.socket.shutdown(client, socket.SHUT_WR)  # TLS itself knows no half of it
        self.cluster.clock.advance("2h")  # what is parked is abandoned, or answered
        received = b""
        with contextlib.suppress(ssl.SSLError):  # OpenSSL complains at last: TLS was not told of the end
            while data := client.recv(1 << 20):
                received += data
        return received

    def _check(self, data: bytes, *, may_refuse_head: bool) -> list[int]:
        """Return the statuses; check that answers are whole, one for each request and one for a refusal.

        A refused request is in no journal: one to HEAD has no body in its answer.
        """
        journal = list(self.cluster.requests)
        assert all(request.outcome in {"answered", "abandoned"} for request in journal), journal
        answered = [request for request in journal if request.outcome == "answered"]
        methods = [request.method for request in answered]
        try:
            statuses = read_answers(data, methods)
        except (AssertionError, h11.RemoteProtocolError):
            if not may_refuse_head:
                raise
            statuses = read_answers(data, [*methods, "HEAD"])
        assert statuses[: len(answered)] == [request.status for request in answered], (data, journal)
        refusals = statuses[len(answered) :]
        assert len(refusals) <= 1
        assert {*refusals} <= {400, 413, 417}, refusals
        return statuses

    def _check_opening(self, data: bytes) -> None:
        """Check that who has not completed a handshake gets records of TLS, if anything, and has asked for nothing."""
        assert not self.cluster.requests
        while data:
            kind, version, length = data[0], data[1], int.from_bytes(data[3:5], "big")
            assert kind in RECORD_TYPES, data
            assert version == 3, data  # that of TLS 1.0 to 1.3
            data = data[5 + length :]

    def serves(self) -> bool:
        """Say whether a new client gets its answer."""
        address = self.cluster.host, self.cluster.port
        with closing(
            http.client.HTTPConnection(*address, timeout=_PATIENCE)
            if self._context is None
            else http.client.HTTPSConnection(*address, timeout=_PATIENCE, context=self._context)
        ) as connection:
            connection.request("GET", "/")
            response = connection.getresponse()
            return response.status == 200 and b"You Know, for Search" in response.read()

    def is_quiet(self) -> bool:
        """Say whether no thread serves a connection any longer, and none is still to be, after a while at most.

        A client that has gone may not have been accepted yet. If it sent more than the system takes unread, its end is
        not there either: then its request is answered, and must not be among those of the next conversation.
        """
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            self.cluster.requests  # noqa: B018  (looks who has gone)
            if not self.cluster.clock.driver.is_busy() and not _serves_anybody():
                return True
            select.select([], [], [], _SLOW)
        return False


def _serves_anybody() -> bool:
    return any(thread.name == "rollup-fake-connection" for thread in threading.enumerate())


def read_answers(data: bytes, methods: list[str]) -> list[int]:
    """Return the statuses of answers, read by h11; raises its error for anything that is not HTTP/1.1.

    `methods` are those of the requests in their order: an answer to HEAD has no body. What cannot be read as a request
    is answered as a GET would be.
    """
    statuses = []
    coming = itertools.chain(methods, itertools.repeat("GET"))
    while data and data != CONTINUE:  # the client broke off instead of going on
        parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 24)
        method = "HEAD" if next(coming) == "HEAD" else "GET"
        parser.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
        parser.send(h11.EndOfMessage())
        parser.receive_data(data)
        while not isinstance(event := parser.next_event(), h11.EndOfMessage):
            assert isinstance(event, h11.Event), f"an answer is cut off: {data!r}"
            if isinstance(event, h11.Response):
                statuses.append(event.status_code)
        data = parser.trailing_data[0]
    return statuses
