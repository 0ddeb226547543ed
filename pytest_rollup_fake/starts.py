"""Which clusters were started in this process by no fixture of ours, for who tells of the test that made them."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MOST: Final = 3
"""How many are known, the latest; Hypothesis makes one for each example."""


class Starts:
    """The first starts of clusters: counted always, and kept alive while a test runs that may be told of."""

    def __init__(self) -> None:
        self._count = 0
        self._latest: deque[Callable[[], Any]] = deque(maxlen=MOST)
        self._is_watched = False
        self._lock = threading.Lock()

    def add(self, cluster: object) -> None:
        """Count a cluster."""
        with self._lock:
            self._count += 1
            self._latest.append((lambda: cluster) if self._is_watched else weakref.ref(cluster))

    def watch(self, *, is_watched: bool) -> None:
        """Begin anew, for a test; or end, and let all go."""
        with self._lock:
            self._count = 0
            self._latest.clear()
            self._is_watched = is_watched

    def latest(self) -> tuple[list[Any], int]:
        """Return the latest clusters, oldest first, and how many more there were."""
        with self._lock:
            known = [cluster for get in self._latest if (cluster := get()) is not None]
            return known, self._count - len(known)


STARTS: Final = Starts()
