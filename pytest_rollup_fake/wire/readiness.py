"""What can be known of a socket without reading from it."""

from __future__ import annotations

import select
import socket
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_HAS_POLL: Final = hasattr(select, "poll")
# Linux says that the peer has closed although bytes of its are still unread (pipelining); elsewhere only an empty
# stream shows it.
_PEER_CLOSED: Final[int] = getattr(select, "POLLRDHUP", 0)
_GONE: Final = _PEER_CLOSED | (select.POLLHUP | select.POLLERR | select.POLLNVAL if _HAS_POLL else 0)


def readable(sockets: Sequence[socket.socket], timeout: float | None = 0) -> list[int]:
    """Return the descriptors that have something to read, or an end; `timeout` in seconds, `None` = wait for ever."""
    if not _HAS_POLL:
        return [item.fileno() for item in select.select(sockets, [], [], timeout)[0]]
    poller = select.poll()
    for item in sockets:
        if item.fileno() >= 0:
            poller.register(item, select.POLLIN)
    return [descriptor for descriptor, _ in poller.poll(None if timeout is None else timeout * 1000)]


def peer_has_gone(connection: socket.socket) -> bool:
    """Say whether the peer has closed its side; one that only finished sending counts as gone, as for netty."""
    if connection.fileno() < 0:
        return True
    if _PEER_CLOSED:
        poller = select.poll()
        poller.register(connection, _PEER_CLOSED)
        return any(event & _GONE for _, event in poller.poll(0))
    return _has_ended(connection)


def _has_ended(connection: socket.socket) -> bool:
    """Look for an end without poll's help: blind while bytes are unread."""
    if not readable([connection]):
        return False
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except OSError:
        return True
