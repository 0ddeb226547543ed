"""Ports that this process has not used before.

The kernel gives a port again soon after it was closed. A request that arrives late would then land in the cluster of
the next test; with a port of its own for each cluster it is refused instead.
"""

from __future__ import annotations

import errno
import os
import socket
import threading
from collections import OrderedDict
from typing import Final

LISTEN_QUEUE: Final = 1024  # werkzeug's 128 makes a thousand clients that connect at once wait for seconds
_REMEMBERED: Final = 10_000


class UsedPorts:
    """The ports that were given out, oldest first; the oldest is forgotten when there are too many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ports: OrderedDict[int, None] = OrderedDict()

    def claim(self, port: int) -> bool:
        """Take a port; False if it was taken before."""
        with self._lock:
            if port in self._ports:
                return False
            self._ports[port] = None
            if len(self._ports) > _REMEMBERED:
                self._ports.popitem(last=False)
            return True

    def forget_oldest(self) -> None:
        """Make room when every port that the kernel offers was used."""
        with self._lock:
            for _ in range(len(self._ports) // 2):
                self._ports.popitem(last=False)


_USED: Final = UsedPorts()
_TRIES: Final = 64


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 means one that this process has not used.

    Raises `OSError` naming host and port, with the original `errno`, if it cannot be had.
    """
    if port:
        _USED.claim(port)
        return _bind(host, port)
    rejected: list[socket.socket] = []
    try:
        for _ in range(_TRIES):
            listener = _bind(host, 0)
            if _USED.claim(listener.getsockname()[1]):
                return listener
            rejected.append(listener)  # kept open meanwhile, so that the kernel offers another one
    finally:
        for listener in rejected:
            listener.close()
    _USED.forget_oldest()
    return _bind(host, 0)


def reserve(host: str, port: int) -> socket.socket:
    """Take a port without listening: connections to it are refused, and nobody else gets it."""
    return _bind(host, port, listens=False)


def _bind(host: str, port: int, *, listens: bool = True) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name != "nt":  # a restarted node gets its port back although connections, which inherit this, linger
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        if listens:
            listener.listen(LISTEN_QUEUE)
            listener.setblocking(False)
    except OSError as error:
        listener.close()
        hint = "; port=0 takes a free one" if error.errno == errno.EADDRINUSE else ""
        # `os.strerror` does not know the number of an unknown host, which is the resolver's.
        message = f"cannot listen on {host}:{port}: {error.strerror}{hint}"
        raise OSError(error.errno, message) from error
    return listener
