"""What a stop request is sent to: the fake, and what a user would write or install instead, with the same answer."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from pytest_httpserver import HTTPServer

from measuring import ANSWER, STOP
from pytest_rollup_fake import RollupCluster

if TYPE_CHECKING:
    from collections.abc import Iterator

_BYTES = (
    b"HTTP/1.1 200 OK\r\nX-elastic-product: Elasticsearch\r\ncontent-type: application/json\r\n"
    b"content-length: 16\r\n\r\n" + ANSWER
)


@contextmanager
def fake() -> Iterator[int]:
    """Serve a cluster with one job."""
    with RollupCluster(jobs=["sensor"]) as cluster:
        yield cluster.port


@contextmanager
def bare_socket() -> Iterator[int]:
    """Answer whatever comes with the same bytes, a thread for each connection: nothing in Python is quicker."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with client:
            while client.recv(65536):
                client.sendall(_BYTES)

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    thread = threading.Thread(target=accept)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


class _Handler(BaseHTTPRequestHandler):
    """A handler as quick as they get: kept-alive connections, one send for each answer, no log."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Answer a stop."""
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.send_response(200)
        self.send_header("X-elastic-product", "Elasticsearch")
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (http.server's signature)
        """Keep silent."""


@contextmanager
def http_server() -> Iterator[int]:
    """Serve with the standard library's server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@contextmanager
def httpserver(*, threaded: bool) -> Iterator[int]:
    """Serve a canned answer with pytest-httpserver."""
    server = HTTPServer(threaded=threaded)
    server.expect_request(STOP, method="POST").respond_with_data(ANSWER, content_type="application/json")
    with server:
        yield server.port
