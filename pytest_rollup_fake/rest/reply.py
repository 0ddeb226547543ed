"""The answer to a request, as a value that the wire can send."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from pytest_rollup_fake.model.waiting import Wait

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


Action = Callable[[], Reply | Wait]
"""What an endpoint does once the request has been read: it answers, or has to wait."""

NOTHING: Final = Reply(0, (), b"")
"""The answer that there is not, for a fault in its place."""
