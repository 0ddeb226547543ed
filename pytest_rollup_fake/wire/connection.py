"""One client's connection: requests are read, answered and read again, in its own thread.

The rules of this file:

* It is idle while it waits for a client's next request, busy from before it takes the first byte until the answer is
  sent, waiting while the answer is not decided (`activity`).
* Nothing is sent before the exchange is settled: the journal knows it before the client does.
* An answer goes out in one `sendall`. A connection that ends is drained first: closing with unread bytes would reset
  it, and the client might lose the answer. By then the exchange is over, so nobody waits for a client to close.
* What ends a connection from outside is `end`; whoever calls it then gives up the requests, then shuts it down.
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Final, Protocol

from pytest_rollup_fake.faults import Hang, Slow
from pytest_rollup_fake.model.journal import RecordedRequest

from . import delivery
from .activity import Activity, Post
from .http import CONTINUE, serialize
from .reader import BadRequest, Head, Reader
from .readiness import departure, has_request, peer_left, readable, waiter

if TYPE_CHECKING:
    from pytest_rollup_fake.faults import Fault
    from pytest_rollup_fake.rest.reply import Reply

    from .server import ClusterServer

_CHUNK: Final = 65536
_DRAIN_SECONDS: Final = 0.5
_DRAIN_BYTES: Final = 128 * 1024 * 1024  # more than a body may have: what was refused is often sent all the same

# How the refusals of a request line begin. netty goes on with a request of HTTP/1.0 in the place of what it could not
# read, and answers in that version (HttpRequestDecoder.createInvalidMessage).
_BAD_LINES: Final = (
    "An HTTP line is larger",
    "text is empty",
    "invalid version format",
    "Unexpected http protocol version",
    "invalid character in name",
)


class Exchange(delivery.Exchange, Protocol):
    """One request and its answer; see `exchange.Exchange`."""

    def reply(self) -> Reply | None:
        """Block until there is an answer; `None`: close without one."""

    def settle(self, reply: Reply | None, *, peer_has_gone: bool) -> bool:
        """Make the outcome final; False: send nothing."""

    def failed(self, *, by_us: bool) -> None:
        """Note that the answer could not be sent."""


class Connection(Post):
    """A connection from accept to close."""

    def __init__(self, server: ClusterServer, client: socket.socket) -> None:
        super().__init__(client)
        self.request: RecordedRequest | None = None  # in hand, from before the cluster knows it
        self._server = server
        self._reader = Reader(max_header=server.max_header)
        self._wait_for_bytes = waiter(client)
        self._peer_has_gone = departure(client)
        self._is_ending = False
        self._number = server.service.next_connection()
        self._has_served = False
        self._is_hanging = False  # by a fault, until the client gives up

    def run(self) -> None:
        """Serve the connection until it ends; a client that breaks it off is no error."""
        try:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if not self._is_struck("connect"):
                self._serve()
            self._drain()
        except OSError:
            pass
        finally:
            self.socket.close()

    def end(self) -> None:
        """Serve no further request; called from another thread."""
        self._is_ending = True

    def end_hanging(self) -> None:
        """End it if it hangs; called from another thread."""
        if self._is_hanging:
            self.shut_down()

    def shut_down(self) -> None:
        """Wake the thread up wherever it is at the socket, and tell the client, even if a forked child has a copy."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.socket, socket.SHUT_RDWR)

    # --- one request ------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        head: Head | None = None
        try:
            while not self._is_ending and (head := self._read_head()) is not None and self._serve_one(head):
                head = None
        except BadRequest as refusal:
            is_bad_line = head is None and refusal.detail.startswith(_BAD_LINES)
            reply = self._server.service.refuse(refusal)
            is_head = head is not None and head.method == "HEAD"
            minor = 0 if is_bad_line else 1
            self.socket.sendall(serialize(reply, minor=minor, keep_alive=False, head_only=is_head))

    def _serve_one(self, head: Head) -> bool:
        """Serve a request; False: the connection is over."""
        body = self._read_body(head)
        if body is None:
            return False
        request = self.request = RecordedRequest(head.method, head.target, head.headers, body, head.minor)
        request.connection = self._number
        exchange = self._server.receive(request)
        try:
            if self._is_ending:  # what was pending has perhaps been given up before this request came
                self._server.service.cut()
            return self._answer(head, request, exchange)
        finally:
            self.request = None
            self._has_served = True
            exchange.rest()

    def _answer(self, head: Head, request: RecordedRequest, exchange: Exchange) -> bool:
        waits = request.status is None
        if waits:
            self.activity = Activity.WAITING
        reply = exchange.reply()
        if waits:
            self.activity = Activity.BUSY
        if not exchange.settle(reply, peer_has_gone=bool(self._peer_has_gone())) or reply is None:
            return False
        keep_alive = head.keep_alive and not reply.closes
        data = serialize(reply, minor=head.minor, keep_alive=keep_alive, head_only=head.method == "HEAD")
        try:
            if reply.delivery is not None:
                return self._deliver(reply.delivery, data, exchange) and keep_alive
            self.socket.sendall(data)
        except OSError:
            exchange.failed(by_us=self._is_ending)
            return False
        return keep_alive

    def _deliver(self, fault: Fault, data: bytes, exchange: Exchange) -> bool:
        """Do to an answer what a fault of the wire says; False: the connection is over."""
        self._is_hanging = isinstance(fault, Hang)
        if not isinstance(fault, Slow):  # which is under way until its first pause has begun
            self.activity = Activity.WAITING  # perhaps for long
        return delivery.deliver(fault, self.socket, data, exchange, self._is_ending_in_pause)

    def _is_ending_in_pause(self) -> bool:
        """Say, when a pause has begun, whether the connection is ending meanwhile."""
        self.activity = Activity.WAITING
        return self._is_ending

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
        is_idle = not self._reader.mid_request
        if is_idle:
            self.activity = Activity.IDLE
        self._wait_for_bytes()
        self.activity = Activity.BUSY
        if is_idle and self._has_served and self._server.service.strikes_idle() and self._is_struck_when_idle():
            return False
        data = self.socket.recv(_CHUNK)
        self._reader.feed(data)
        return bool(data)

    # --- faults that need no request --------------------------------------------------------------------------

    def _is_struck(self, moment: str) -> bool:
        """Say whether a fault strikes the connection, and let it."""
        fault = self._server.service.strike_connection(moment)
        if fault is None:
            return False
        self._is_hanging = isinstance(fault, Hang)
        self.activity = Activity.WAITING
        service = self._server.service
        if moment == "idle" and isinstance(fault, Hang):
            self.socket.recv(_CHUNK)  # the request, which would hide that the client leaves
        if not isinstance(fault, Hang):
            delivery.strike_connection(fault, self.socket)
        elif not peer_left(self.socket, service.patience):
            service.hung()
        return True

    def _is_struck_when_idle(self) -> bool:
        """Say whether a fault strikes now that the next request has come in on a connection that was idle."""
        return has_request(self.socket) and self._is_struck("idle")

    def _drain(self) -> None:
        """Say that this was all, and read what the client still sends, within bounds."""
        self.activity = Activity.OVER
        self.socket.shutdown(socket.SHUT_WR)
        left = _DRAIN_BYTES
        while left > 0 and readable([self.socket], _DRAIN_SECONDS):
            data = self.socket.recv(_CHUNK)
            if not data:
                return
            left -= len(data)
