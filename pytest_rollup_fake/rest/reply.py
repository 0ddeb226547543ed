"""The answer to a request, as a value that the wire can send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from pytest_rollup_fake.faults import Fault


class Reply(NamedTuple):
    """What goes back to the client: the status, every header in its order but `content-length`, and the body.

    `closes` asks for the connection to be closed afterwards. `delivery` is what the wire does to it, a fault of the
    wire; `None` is to send it.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    closes: bool = False
    delivery: Fault | None = None


NOTHING: Final = Reply(0, (), b"")
"""The answer that there is not, for a fault in its place."""
