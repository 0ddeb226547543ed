"""The server of one node: pytest-httpserver's, with connections of our own.

`ClusterServer` is a `pytest_httpserver.HTTPServer`, so that `expect_request` and its relatives work on it. It starts
and stops in its own way: werkzeug's server ends the process when a port is taken, closes every connection after one
answer, and needs up to half a second to stop.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Final, Protocol

from pytest_httpserver import HTTPServer
from pytest_httpserver.httpserver import HTTPServerError
from werkzeug.serving import ThreadedWSGIServer

from pytest_rollup_fake.real import OwnThread, Real

from . import custom
from .activity import Activity, Post, is_under_way
from .connection import Connection
from .ports import listen, reserve
from .readiness import peer_has_gone, readable

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from pytest_rollup_fake.faults import Fault
    from pytest_rollup_fake.model.journal import RecordedRequest
    from pytest_rollup_fake.rest.reply import Reply

    from .connection import Exchange
    from .reader import BadRequest

_STOPPING_BOUND: Final = 5.0
_PAUSE: Final = 0.01  # before accepting is tried again
_MAX_HEADER: Final = 8192  # http.max_header_size up to 7.17


class Service(Protocol):
    """What a server asks of its cluster; see `service.Service`."""

    def receive(self, request: RecordedRequest) -> Exchange:
        """Take a request and let it have its effect."""

    def receive_custom(self, request: RecordedRequest, respond: Callable[[], Reply]) -> Exchange:
        """Take a request to an endpoint of the user's, which `respond` answers."""

    def next_connection(self) -> int:
        """Return the number of a connection that was accepted."""

    def strikes_idle(self) -> bool:
        """Say whether a fault may strike the next request on a connection that was idle."""

    def strike_connection(self, moment: str) -> Fault | None:
        """Return the fault that strikes a connection at a moment."""

    @property
    def patience(self) -> float | None:
        """Real seconds that a client may wait for an answer that never comes; `None`: as long as it likes."""

    def hung(self) -> None:
        """Note that a client has waited longer than that, and has only connected."""

    def refuse(self, error: BadRequest) -> Reply:
        """Return the answer to what could not be read."""

    def note(self, text: str) -> None:
        """Note something about a connection."""

    def abandon(self, request: RecordedRequest) -> None:
        """Note that the client of a waiting request has gone."""

    def cut(self) -> None:
        """Give up every request without an outcome."""


class _Acceptor(ThreadedWSGIServer):
    """werkzeug's threaded server, as far as others can see it: the listener is there already, `serve` is its owner's.

    Its constructor is not called. It would bind again, end the process if it cannot, and look names and versions up.
    """

    def __init__(self, owner: ClusterServer, listener: socket.socket) -> None:
        self.owner = owner
        self.socket = listener
        self.server_address = listener.getsockname()
        self.host, self.port = owner.host, self.server_address[1]
        self.ssl_context = owner.ssl_context
        self.post = Post(listener)
        self._is_stopping = False
        self._wake, self._woken = socket.socketpair()

    def serve_forever(self, poll_interval: float = 0.5) -> None:  # noqa: ARG002  (werkzeug's signature)
        """Accept connections until `shutdown`."""
        while not self._is_stopping:
            self.post.activity = Activity.IDLE
            ready = readable([self.socket, self._woken], None)
            self.post.activity = Activity.BUSY
            if self.socket.fileno() in ready and not self._is_stopping:
                self._accept()

    def _accept(self) -> None:
        try:
            client, _ = self.socket.accept()
        except OSError:  # the client has gone again, or there is no descriptor for it as yet
            readable([self._woken], _PAUSE)
        else:
            client.setblocking(True)  # not everywhere does a connection do without its listener's settings
            self.owner.serve(client)

    def shutdown(self) -> None:
        """Tell the accepting thread to end."""
        self._is_stopping = True
        self._wake.send(b"x")

    def server_close(self) -> None:
        """Close the listener, for forked children too, and the means to wake the thread."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        for item in (self.socket, self._wake, self._woken):
            item.close()


class ClusterServer(HTTPServer):
    """One node's address: accepts connections, with a context in TLS, and hands their requests to the service."""

    def __init__(self, host: str, port: int, service: Service, ssl_context: ssl.SSLContext | None = None) -> None:
        super().__init__(host, port, ssl_context, threaded=True)
        self.service = service
        self.max_header = _MAX_HEADER
        self.front: Callable[[RecordedRequest], Exchange | None] | None = None
        self._acceptor: _Acceptor | None = None
        self._guard = threading.Lock()
        self._connections: dict[Connection, threading.Thread] = {}
        self._accepted = 0
        self._placeholder: socket.socket | None = None
        self._keeps_address = False

    # --- life -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Listen and serve; raises `OSError` naming the port if it is taken."""
        if self.is_running():
            message = "Server is already running"
            raise HTTPServerError(message)
        self.release()
        acceptor = _Acceptor(self, listen(self.host, self.port))
        self.server = self._acceptor = acceptor
        self.port = acceptor.port
        self.server_thread = OwnThread(target=acceptor.serve_forever, daemon=True, name=f"rollup-fake-{self.port}")
        self.server_thread.start()

    def stop(self) -> None:
        """Close the listener and every connection, and wait until their threads have ended."""
        if not self._stop():
            message = "Server is not running"
            raise HTTPServerError(message)

    def _stop(self, *, keeps_address: bool = False) -> bool:
        """Stop, unless somebody else has done so, or does it now: a handler of the user's may, while the test ends."""
        with self._guard:
            acceptor, thread = self._acceptor, self.server_thread
            if acceptor is None or thread is None:
                return False
            self.server = self.server_thread = self._acceptor = None
            self._keeps_address = keeps_address
        acceptor.shutdown()
        thread.join()  # from here on no connection is added
        acceptor.server_close()
        self._end_connections()
        return True

    def kill(self) -> None:
        """Stop as a node that dies: its address stays its own and refuses connections until `start` or `release`."""
        self._stop(keeps_address=True)
        with self._guard:
            if self._keeps_address and self._placeholder is None:  # else it was given up meanwhile
                self._placeholder = reserve(self.host, self.port)

    def release(self) -> None:
        """Give up the address of a killed node."""
        with self._guard:
            self._keeps_address = False
            if self._placeholder is not None:
                self._placeholder.close()
                self._placeholder = None

    def _end_connections(self) -> None:
        """Cut what is pending and end every connection; the threads have one deadline together."""
        until = Real.monotonic() + _STOPPING_BOUND
        with self._guard:
            connections = dict(self._connections)
        for connection in connections:
            connection.end()
        self.service.cut()
        for connection in connections:
            connection.shut_down()
        for thread in connections.values():
            if thread is not threading.current_thread():  # a handler of the user's may stop the cluster
                thread.join(max(until - Real.monotonic(), 0))

    # --- connections ------------------------------------------------------------------------------------------

    def serve(self, client: socket.socket) -> None:
        """Serve a client in a thread of its own, which is known before it starts."""
        try:
            connection = self._connect(client)
        except OSError:  # it has gone before TLS could begin
            client.close()
            return
        thread = OwnThread(target=self._run, args=(connection,), daemon=True, name="rollup-fake-connection")
        with self._guard:
            self._accepted += 1
            self._connections[connection] = thread
        try:
            thread.start()
        except RuntimeError:  # the system has no thread to spare: this client is turned away, not the next one
            self._forget(connection)
            connection.socket.close()

    def _connect(self, client: socket.socket) -> Connection:
        if self.ssl_context is None:
            return Connection(self, client)
        from .tls import SecureConnection

        return SecureConnection(self, client, self.ssl_context)

    def _run(self, connection: Connection) -> None:
        try:
            connection.run()
        finally:
            self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        with self._guard:
            del self._connections[connection]

    def end_hanging(self) -> None:
        """End the connections that hang by a fault, without waiting for their threads."""
        with self._guard:
            connections = list(self._connections)
        for connection in connections:
            connection.end_hanging()

    def is_busy(self) -> bool:
        """Say whether a request is under way: at a socket, or taken and neither answered nor waiting."""
        acceptor = self._acceptor
        if acceptor is None:
            return False
        with self._guard:
            accepted, connections = self._accepted, list(self._connections)
        if is_under_way([acceptor.post, *connections]):
            return True
        with self._guard:
            return self._accepted != accepted

    def find_departed(self) -> None:
        """Tell the cluster which clients have gone before their requests are answered."""
        with self._guard:
            connections = list(self._connections)
        for connection in connections:
            request = connection.request
            # Without a number the cluster does not know it yet.
            if request and request.number and request.outcome == "pending" and peer_has_gone(connection.socket):
                self.service.abandon(request)

    # --- requests ---------------------------------------------------------------------------------------------

    def receive(self, request: RecordedRequest) -> Exchange:
        """Hand a request to what is in front of the cluster, to the endpoint of the user's that matches, or to it."""
        exchange = None if self.front is None else self.front(request)
        if exchange is not None:
            return exchange
        if self.handlers or self.oneshot_handlers or self.ordered_handlers:
            respond = custom.find(self, request)
            if respond is not None:
                return self.service.receive_custom(request, respond)
        return self.service.receive(request)
