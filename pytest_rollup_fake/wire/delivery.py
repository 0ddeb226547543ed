"""What the wire does to an answer that a fault has struck, and to a connection.

Everything here happens after the journal has been told; `True` means that the connection serves on.
"""

from __future__ import annotations

import socket
import struct
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Protocol

from pytest_rollup_fake.faults import EmptyReply, Excess, Fault, Garbage, Hang, Reset, Slow, Truncate
from pytest_rollup_fake.model.durations import to_nanoseconds

from .readiness import peer_left, readable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DROPS: Final = 10
_FIRST_BYTES: Final = 0.25  # real seconds
_ABORT: Final = struct.pack("ii", 1, 0)  # linger for no time: close sends an RST
_HEAD_END: Final = b"\r\n\r\n"


class Exchange(Protocol):
    """What a delivery asks of the exchange; see `exchange.Exchange`."""

    @property
    def patience(self) -> float | None:
        """Real seconds that a client may wait for nothing."""

    def decided_at(self) -> int:
        """Return the instant at which the answer was decided."""

    def pause(self, until: int, is_ending: Callable[[], bool]) -> bool:
        """Block until an instant of fake time, unless the connection is ending; False: send no more."""

    def rest(self) -> None:
        """Note that nothing more is to be waited for."""

    def hung(self) -> None:
        """Note that the client has no timeout."""


def deliver(
    fault: Fault, client: socket.socket, data: bytes, exchange: Exchange, is_ending: Callable[[], bool]
) -> bool:
    """Do to an answer what a fault says; `data` is its bytes. Returns whether the connection can serve on."""
    match fault:
        case Excess(extra):
            client.sendall(data + extra)
            return True
        case Slow(duration):
            begun, length = exchange.decided_at(), to_nanoseconds(duration)
            return _drip(client, data, lambda share: exchange.pause(begun + int(length * share), is_ending))
        case Truncate(at):
            client.sendall(_cut(data, at))
            return False
        case Hang():
            exchange.rest()
            if not peer_left(client, exchange.patience):
                exchange.hung()
            return False
        case _:
            strike(fault, client)
            return False


def strike_connection(fault: Fault, client: socket.socket) -> None:
    """Do to a connection what a fault says.

    A reset waits for what the client sends first, though not for long: before, some clients see it in their call to
    connect and some do not, by chance.
    """
    if isinstance(fault, Reset):
        readable([client], _FIRST_BYTES)
    strike(fault, client)


def strike(fault: Fault, client: socket.socket) -> None:
    """Do to a connection what a fault says that needs no answer; its own thread closes what is still open."""
    match fault:
        case Reset():
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
            client.close()
        case Garbage(data):
            client.sendall(data)
        case EmptyReply():
            pass  # the connection's thread closes it in order


def _cut(data: bytes, at: object) -> bytes:
    head = data.index(_HEAD_END) + len(_HEAD_END)
    if at == "head":
        return data[: head // 2]
    length = len(data) - head
    return data[: head + (at if isinstance(at, int) else length // 2)]


def _drip(client: socket.socket, data: bytes, pause: Callable[[Fraction], bool]) -> bool:
    """Send drop by drop: the first at once, the last when the duration is over, of which `pause` is told the share."""
    drops = list(_drops(data))
    for number, drop in enumerate(drops):
        if number and not pause(Fraction(number, len(drops) - 1)):
            return False
        client.sendall(drop)
    return True


def _drops(data: bytes) -> Iterator[bytes]:
    size = max(-(-len(data) // _DROPS), 1)
    for start in range(0, len(data), size):
        yield data[start : start + size]
