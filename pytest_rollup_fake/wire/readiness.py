"""What can be known of a socket without reading from it.

Asked also by other threads than the socket's own, which may close it meanwhile: then it has nothing to read, and its
peer has gone.
"""

from __future__ import annotations

import select
import socket
from functools import partial
from typing import TYPE_CHECKING, Final

from pytest_rollup_fake.real import Real

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_HAS_POLL: Final = hasattr(select, "poll")
# Linux says that the peer has closed although bytes of its are still unread (pipelining); elsewhere only an empty
# stream shows it.
_PEER_CLOSED: Final[int] = getattr(select, "POLLRDHUP", 0)
# How a TLS record begins that holds an alert: as such up to 1.2, in 1.3 encrypted and told by its length of 19 bytes.
_TLS_ALERTS: Final = (b"\x15", b"\x17\x03\x03\x00\x13")
_AT_ONCE: Final[int] = getattr(socket, "MSG_DONTWAIT", 0)  # another thread may have read what was there
_GLANCE: Final = 0.05  # how often is looked for an end that unread bytes hide
_SELECTED_AT_A_TIME: Final = 256  # Windows takes 512


def readable(sockets: Sequence[socket.socket], timeout: float | None = 0) -> list[int]:
    """Return the descriptors that have something to read, or an end; `timeout` in seconds, `None` = wait for ever."""
    descriptors = [descriptor for item in sockets if (descriptor := item.fileno()) >= 0]
    if not _HAS_POLL:
        return _selected(descriptors, timeout)
    poller = select.poll()
    for descriptor in descriptors:
        poller.register(descriptor, select.POLLIN)
    return [descriptor for descriptor, _ in poller.poll(None if timeout is None else timeout * 1000)]


def waiter(socket_: socket.socket) -> Callable[[], object]:
    """Return what waits until a socket has something to read, or an end; for its own thread, which does so often."""
    if not _HAS_POLL:
        return partial(readable, [socket_], None)
    poller = select.poll()
    poller.register(socket_, select.POLLIN)
    return poller.poll


def _selected(descriptors: list[int], timeout: float | None) -> list[int]:
    """Return the same without poll, which Windows has not; only questions without a timeout are about many."""
    ready: list[int] = []
    for start in range(0, len(descriptors), _SELECTED_AT_A_TIME):
        ready += select.select(descriptors[start : start + _SELECTED_AT_A_TIME], [], [], timeout)[0]
    return ready


def has_request(connection: socket.socket) -> bool:
    """Say whether what can be read begins a request: neither an end nor TLS's word that it is the end."""
    begin = _peek(connection)
    return begin != b"" and not begin.startswith(_TLS_ALERTS)


def peer_has_gone(connection: socket.socket) -> bool:
    """Say whether the peer has closed its side; one that only finished sending counts as gone, as for netty.

    So does one that has said so inside TLS: asyncio's clients then keep the connection open until they are told the
    same. What is behind bytes that nobody has read yet cannot be seen.
    """
    if not _PEER_CLOSED:
        return _has_ended(connection)
    descriptor = connection.fileno()
    if descriptor < 0:
        return True
    poller = select.poll()
    poller.register(descriptor, _PEER_CLOSED | select.POLLIN)  # errors are reported unasked
    events = poller.poll(0)
    return bool(events) and (events[0][1] != select.POLLIN or _has_ended(connection))


def departure(socket_: socket.socket) -> Callable[[], object]:
    """Return what says whether a socket's peer has gone; for its own thread, which asks before each answer."""
    if not _PEER_CLOSED:
        return partial(_has_ended, socket_)
    poller = select.poll()
    poller.register(socket_, _PEER_CLOSED)
    return partial(poller.poll, 0)


def peer_left(connection: socket.socket, timeout: float | None) -> bool:
    """Wait until the peer closes its side; False if it has not after `timeout` real seconds (`None`: for ever)."""
    until = None if timeout is None else Real.monotonic() + timeout
    while not peer_has_gone(connection):
        left = None if until is None else until - Real.monotonic()
        if left is not None and left <= 0:
            return False
        _wait_for_end(connection, left)
    return True


def _wait_for_end(connection: socket.socket, timeout: float | None) -> None:
    """Wait until something about the peer may have changed."""
    if readable([connection], timeout) and not _has_ended(connection):
        Real.sleep(_GLANCE if timeout is None else min(timeout, _GLANCE))  # unread bytes hide the end


def _has_ended(connection: socket.socket) -> bool:
    """Look for an end in what can be read: blind while other bytes are unread."""
    if not readable([connection]):
        return False
    try:
        begin = _peek(connection)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return not begin or begin.startswith(_TLS_ALERTS)


def _peek(connection: socket.socket) -> bytes:
    """Return the first bytes that can be read, without taking them; an SSLSocket's own `recv` cannot."""
    return socket.socket.recv(connection, 5, socket.MSG_PEEK | _AT_ONCE)
