"""The answer to a request, as a value that the wire can send."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pytest_rollup_fake.faults import Fault


@dataclass(frozen=True, slots=True)
class Reply:
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
