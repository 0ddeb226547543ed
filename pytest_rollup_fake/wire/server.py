"""The server of one node: pytest-httpserver's, with connections of our own.

`ClusterServer` is a `pytest_httpserver.HTTPServer`, so that `expect_request` and its relatives work on it. It starts
and stops in its own way: werkzeug's server ends the process when a port is taken, closes every connection after one
answer, and needs up to half a second to stop.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Protocol

from pytest_httpserver import HTTPServer
from pytest_httpserver.httpserver import HTTPServerError
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

from . import custom
from .connection import Activity, Connection
from .ports import listen
from .readiness import readable

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_rollup_fake.model.journal import RecordedRequest
    from pytest_rollup_fake.rest.reply import Reply

    from .connection import Exchange
    from .reader import BadRequest

_STOPPING_BOUND: Final = 5.0
_MAX_HEADER: Final = 8192  # http.max_header_size up to 7.17


class Service(Protocol):
    """What a server asks of its cluster; see `service.Service`."""

    def receive(self, request: RecordedRequest) -> Exchange:
        """Take a request and let it have its effect."""

    def receive_custom(self, request: RecordedRequest, respond: Callable[[], Reply]) -> Exchange:
        """Take a request to an endpoint of the user's, which `respond` answers."""

    def refuse(self, error: BadRequest) -> Reply:
        """Return the answer to what could not be read."""

    def abandon(self, request: RecordedRequest) -> None:
        """Note that the client of a waiting request has gone."""

    def cut(self) -> None:
        """Give up every request without an outcome."""


class _Acceptor(ThreadedWSGIServer):
    """werkzeug's threaded server around a listener that is there already; a thread for each connection."""

    def __init__(self, owner: ClusterServer, listener: socket.socket) -> None:  # no super(): it would bind and look up
        self.owner = owner
        self.socket = listener
        self.server_address = listener.getsockname()
        self.host, self.port = owner.host, listener.getsockname()[1]
        self.RequestHandlerClass = WSGIRequestHandler
        self.ssl_context = None
        self.is_busy = False
        self._stopping = False
        self._wake, self._woken = socket.socketpair()

    def serve_forever(self, poll_interval: float = 0.5) -> None:  # noqa: ARG002  (werkzeug's signature)
        """Accept connections until `shutdown`."""
        while not self._stopping:
            ready = readable([self.socket, self._woken], None)
            if self._stopping or self.socket.fileno() not in ready:
                continue
            self.is_busy = True
            try:
                with contextlib.suppress(OSError):  # the client may have gone again
                    client, address = self.socket.accept()
                    client.setblocking(True)
                    self.process_request(client, address)
            finally:
                self.is_busy = False

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401, ARG002  (socketserver's)
        """Serve a connection in a thread of its own, which is known before it starts."""
        self.owner.serve(Connection(self.owner, request))

    def shutdown(self) -> None:
        """Tell the accepting thread to end."""
        self._stopping = True
        self._wake.send(b"x")

    def server_close(self) -> None:
        """Close the listener, for forked children too, and the means to wake the thread."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        for item in (self.socket, self._wake, self._woken):
            item.close()


class ClusterServer(HTTPServer):
    """One node's address: accepts connections, and hands their requests to the cluster's service."""

    def __init__(self, host: str, port: int, service: Service) -> None:
        super().__init__(host, port, threaded=True)
        self.service = service
        self.max_header = _MAX_HEADER
        self._acceptor: _Acceptor | None = None
        self._guard = threading.Lock()
        self._custom_guard = threading.Lock()
        self._connections: dict[Connection, threading.Thread] = {}
        self._accepted = 0

    def start(self) -> None:
        """Listen and serve; raises `OSError` naming the port if it is taken."""
        if self.is_running():
            message = "Server is already running"
            raise HTTPServerError(message)
        self._acceptor = _Acceptor(self, listen(self.host, self.port))
        self.server = self._acceptor
        self.port = self._acceptor.port
        self.server_thread = threading.Thread(
            target=self._acceptor.serve_forever, daemon=True, name=f"rollup-fake-{self.port}"
        )
        self.server_thread.start()

    def stop(self) -> None:
        """Close the listener and every connection, and wait until their threads have ended."""
        acceptor, thread = self._acceptor, self.server_thread
        if acceptor is None or thread is None:
            message = "Server is not running"
            raise HTTPServerError(message)
        until = time.monotonic() + _STOPPING_BOUND
        acceptor.shutdown()
        thread.join(_STOPPING_BOUND)
        acceptor.server_close()
        self.service.cut()
        with self._guard:
            connections = dict(self._connections)
        for connection in connections:
            connection.shut_down()
        for worker in connections.values():
            if worker is not threading.current_thread():
                worker.join(max(until - time.monotonic(), 0))
        self.server = self.server_thread = self._acceptor = None

    # --- connections ------------------------------------------------------------------------------------------

    def serve(self, connection: Connection) -> None:
        """Start the thread of a connection."""
        thread = threading.Thread(target=self._run, args=(connection,), daemon=True, name="rollup-fake-connection")
        with self._guard:
            self._accepted += 1
            self._connections[connection] = thread
        thread.start()

    def _run(self, connection: Connection) -> None:
        try:
            connection.run()
        finally:
            with self._guard:
                self._connections.pop(connection, None)

    def is_busy(self) -> bool:
        """Say whether a request is under way: at a socket, or taken and neither answered nor waiting."""
        acceptor = self._acceptor
        if acceptor is None:
            return False
        with self._guard:
            accepted, connections = self._accepted, list(self._connections)
        idle = [connection.socket for connection in connections if connection.activity is Activity.IDLE]
        if readable([acceptor.socket, *idle]):
            return True
        if acceptor.is_busy or any(connection.activity is Activity.BUSY for connection in connections):
            return True
        with self._guard:
            return self._accepted != accepted

    def find_departed(self) -> None:
        """Tell the cluster which clients have gone while their requests wait."""
        with self._guard:
            connections = list(self._connections)
        for connection in connections:
            exchange = connection.exchange
            if exchange is not None and connection.activity is Activity.WAITING and connection.peer_has_gone():
                self.service.abandon(exchange.request)

    # --- requests ---------------------------------------------------------------------------------------------

    def receive(self, request: RecordedRequest) -> Exchange:
        """Hand a request to the endpoint of the user's that matches it, else to the cluster."""
        if self.handlers or self.oneshot_handlers or self.ordered_handlers:
            respond = custom.find(self, request, self._custom_guard)
            if respond is not None:
                return self.service.receive_custom(request, respond)
        return self.service.receive(request)
