"""Requests that are not the cluster's: answered in front of it, and not in its journal.

`rollup-fake serve` answers below `/_fake/` so. In a pytest run there is nothing in front of a cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_rollup_fake.rest.reply import Reply


class Unrecorded:
    """Such a request and its answer, as the connection's thread sees them; `respond` is called without the lock."""

    patience = None

    def __init__(self, respond: Callable[[], Reply]) -> None:
        self._respond = respond

    def reply(self) -> Reply:
        """Block until there is an answer, and return it."""
        return self._respond()

    def settle(self, reply: Reply | None, *, peer_has_gone: bool) -> bool:
        """Say whether to send the answer; there is nobody to tell."""
        return reply is not None and not peer_has_gone

    def failed(self, *, by_us: bool) -> None:
        """Do nothing about an answer that could not be sent."""

    def decided_at(self) -> int:
        """Return any instant: no fault strikes these answers."""
        return 0

    def pause(self, until: int, is_ending: Callable[[], bool]) -> bool:  # noqa: ARG002  (as in service.Exchange)
        """Wait for nothing."""
        return True

    def hung(self) -> None:
        """Do nothing: these answers never hang."""

    def rest(self) -> None:
        """Do nothing: nobody waits for them to be over."""
