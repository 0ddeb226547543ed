"""The answer to a request, as a value that the wire can send."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back to the client: the status, every header in its order but `content-length`, and the body.

    `closes` asks for the connection to be closed afterwards.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    closes: bool = False
