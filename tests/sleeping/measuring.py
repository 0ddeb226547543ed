"""Real time, for tests in which the clocks of this module's readers are fake."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class RealTime:
    """Seconds that have really passed since it was made; `monotonic` is an attribute, which no block replaces."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._began = monotonic()

    def passed(self) -> float:
        """Return the seconds."""
        return self._monotonic() - self._began
