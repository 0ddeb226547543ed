"""A client that sends bytes as they are, and reads whole answers as they were on the wire."""

from __future__ import annotations

import contextlib
import gc
import re
import socket
import threading
from typing import TYPE_CHECKING, Final, Protocol, Self

from pytest_rollup_fake.wire.server import ClusterServer

if TYPE_CHECKING:
    import pytest

STOP: Final = "POST /_rollup/job/sensor/_stop"
WAITING_STOP: Final = f"{STOP}?wait_for_completion=true&timeout=30s"
STOPPED: Final = b'{"stopped":true}'

_LENGTH = re.compile(rb"^content-length: (\d+)\r$", re.MULTILINE)


def request(line: str, *headers: str, body: bytes = b"", version: str = "1.1") -> bytes:
    """Return the bytes of a request."""
    lines = [f"{line} HTTP/{version}", "Host: localhost:9200", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


class Address(Protocol):
    """Where somebody listens: a cluster, or a server."""

    @property
    def host(self) -> str:
        """The address."""

    @property
    def port(self) -> int:
        """The port."""


class Client:
    """One connection to a cluster."""

    def __init__(self, address: Address) -> None:
        self.socket = socket.create_connection((address.host, address.port), timeout=10)
        self._unread = b""

    def send(self, *pieces: bytes) -> None:
        """Send each piece in a call of its own."""
        for piece in pieces:
            self.socket.sendall(piece)

    def ask(self, *pieces: bytes) -> bytes:
        """Send a request and return its answer."""
        self.send(*pieces)
        return self.answer()

    def head(self) -> bytes:
        """Return the next answer up to its empty line; none after it are taken for granted."""
        while b"\r\n\r\n" not in self._unread:
            self._read()
        head, mark, self._unread = self._unread.partition(b"\r\n\r\n")
        return head + mark

    def answer(self) -> bytes:
        """Return the next answer, head and body."""
        head = self.head()
        length = _LENGTH.search(head)
        assert length is not None, head
        return head + self.take(int(length[1]))

    def body(self) -> bytes:
        """Return the body of the next answer."""
        return self.answer().partition(b"\r\n\r\n")[2]

    def rest(self) -> bytes:
        """Return all that comes until the server closes the connection; a reset raises."""
        with contextlib.suppress(EOFError):
            while True:
                self._read()
        rest, self._unread = self._unread, b""
        return rest

    @property
    def nothing_came(self) -> bool:
        """Whether not a byte is there that was not read, nor an end."""
        self.socket.setblocking(False)
        try:
            return not self._unread and not self.socket.recv(1)
        except BlockingIOError:
            return True
        finally:
            self.socket.settimeout(10)

    def close(self) -> None:
        """Close the connection."""
        self.socket.close()

    def server_side(self) -> socket.socket:
        """Return the server's socket of this connection, which lives in this process too."""
        own = self.socket.getsockname()
        return next(item for item in gc.get_objects() if isinstance(item, socket.socket) and _peer_of(item) == own)

    def take(self, count: int) -> bytes:
        """Return the next bytes, as many as are asked for."""
        while len(self._unread) < count:
            self._read()
        taken, self._unread = self._unread[:count], self._unread[count:]
        return taken

    def _read(self) -> None:
        data = self.socket.recv(1 << 20)
        if not data:
            raise EOFError
        self._unread += data

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _peer_of(item: socket.socket) -> object:
    try:
        return item.getpeername()
    except OSError:
        return None


def serving_threads() -> int:
    """Count the threads that serve a connection."""
    return sum(thread.name == "rollup-fake-connection" for thread in threading.enumerate())


def keep_waiting(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Let servers accept clients and not serve them yet; return what is to be set for that."""
    may_serve = threading.Event()
    serve = ClusterServer.serve

    def serve_later(server: ClusterServer, client: socket.socket) -> None:
        may_serve.wait()
        serve(server, client)

    monkeypatch.setattr(ClusterServer, "serve", serve_later)
    return may_serve
