"""One client's connection: requests are read, answered and read again, in its own thread.

The rules of this file:

* A connection is `IDLE` while it waits for a client's next request, `BUSY` from the first byte it takes until the
  answer is sent, `WAITING` while the answer is not decided. It is marked busy before it takes bytes, so that there is
  no moment at which a request is neither at the socket nor under way.
* Nothing is sent before the exchange is settled: the journal knows it before the client does.
* An answer goes out in one `sendall`. A connection that is to be closed is drained first: closing with unread bytes
  would reset it, and the client might lose the answer.
"""

from __future__ import annotations

import contextlib
import socket
from enum import Enum
from typing import TYPE_CHECKING, Final, Protocol

from pytest_rollup_fake.model.journal import RecordedRequest

from .http import CONTINUE, serialize
from .reader import BadRequest, Head, Reader
from .readiness import peer_has_gone, readable

if TYPE_CHECKING:
    from pytest_rollup_fake.rest.reply import Reply

    from .server import ClusterServer

_CHUNK: Final = 65536
_DRAIN_SECONDS: Final = 0.5
_DRAIN_BYTES: Final = 128 * 1024 * 1024


class Exchange(Protocol):
    """One request and its answer; see `service.Exchange`."""

    request: RecordedRequest

    def reply(self) -> Reply | None:
        """Block until there is an answer; `None`: close without one."""

    def settle(self, *, peer_has_gone: bool) -> bool:
        """Make the outcome final; False: send nothing."""

    def failed(self) -> None:
        """Note that the answer could not be sent."""

    def rest(self) -> None:
        """Note that the exchange is over."""


class Activity(Enum):
    """What a connection is at."""

    IDLE = "waits for a request"
    BUSY = "has taken bytes and not finished"
    WAITING = "waits for its answer"


class Connection:
    """A connection from accept to close."""

    def __init__(self, server: ClusterServer, client: socket.socket) -> None:
        self.socket = client
        self.activity = Activity.BUSY  # until its first look for a request
        self.exchange: Exchange | None = None
        self._server = server
        self._reader = Reader(max_header=server.max_header)

    def run(self) -> None:
        """Serve the connection until it ends; a client that breaks it off is no error."""
        try:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while self._serve_one():
                pass
        except OSError:
            pass
        except BadRequest as refusal:
            with contextlib.suppress(OSError):
                self.socket.sendall(self._serialized(self._server.service.refuse(refusal), None))
                self._drain()
        finally:
            self.socket.close()

    def shut_down(self) -> None:
        """End the connection from another thread; its own wakes up and closes it."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)

    def peer_has_gone(self) -> bool:
        """Say whether the client has closed its side."""
        return peer_has_gone(self.socket)

    # --- one request ------------------------------------------------------------------------------------------

    def _serve_one(self) -> bool:
        """Serve one request; False: the connection is over."""
        head = self._read_head()
        if head is None:
            return False
        body = self._read_body(head)
        if body is None:
            return False
        request = RecordedRequest(head.method, head.target, head.headers, body)
        exchange = self.exchange = self._server.receive(request)
        try:
            return self._answer(exchange, head) and head.keep_alive
        finally:
            self.exchange = None
            exchange.rest()

    def _answer(self, exchange: Exchange, head: Head) -> bool:
        self.activity = Activity.WAITING
        reply = exchange.reply()
        self.activity = Activity.BUSY
        if not exchange.settle(peer_has_gone=peer_has_gone(self.socket)) or reply is None:
            return False
        try:
            self.socket.sendall(self._serialized(reply, head))
        except OSError:
            exchange.failed()
            return False
        if reply.closes or not head.keep_alive:
            self._drain()
        return not reply.closes

    def _serialized(self, reply: Reply, head: Head | None) -> bytes:
        is_head = head is not None and head.method == "HEAD"
        keeps_1_0 = head is not None and head.minor == 0 and head.keep_alive
        return serialize(reply, head_only=is_head, keep_alive_of_1_0=keeps_1_0)

    # --- reading ----------------------------------------------------------------------------------------------

    def _read_head(self) -> Head | None:
        """Return the next request's head, or `None` at the end of the connection."""
        while (head := self._reader.head()) is None:
            if not self._receive():
                return None
        return head

    def _read_body(self, head: Head) -> bytes | None:
        """Return the request's body, or `None` if the client broke off in the middle of it."""
        body = self._reader.body()
        if body is None and head.expects_continue:
            self.socket.sendall(CONTINUE)
        while body is None and self._receive():
            body = self._reader.body()
        return body

    def _receive(self) -> bool:
        """Feed the reader with what the client sends next; False at its end."""
        if not self._reader.mid_request:
            self.activity = Activity.IDLE
        readable([self.socket], None)
        self.activity = Activity.BUSY
        data = self.socket.recv(_CHUNK)
        self._reader.feed(data)
        return bool(data)

    def _drain(self) -> None:
        """Say that this was all, and read what the client still sends, within bounds."""
        self.socket.shutdown(socket.SHUT_WR)
        left = _DRAIN_BYTES
        while left > 0 and readable([self.socket], _DRAIN_SECONDS):
            data = self.socket.recv(_CHUNK)
            if not data:
                return
            left -= len(data)
