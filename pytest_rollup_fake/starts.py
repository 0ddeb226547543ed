"""Which clusters were started in this process by no fixture of ours, for who tells of the test that made them."""

from __future__ import annotations

import threading
import weakref
from collections import deque
from typing import Any, Final

_KEPT: Final = 16


class Starts:
    """The first starts of clusters, counted; the latest are known as long as somebody else keeps them alive."""

    def __init__(self) -> None:
        self.count = 0
        self._latest: deque[tuple[int, weakref.ref[Any]]] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()

    def add(self, cluster: object) -> None:
        """Count a cluster."""
        with self._lock:
            self.count += 1
            self._latest.append((self.count, weakref.ref(cluster)))

    def since(self, count: int, most: int) -> tuple[list[Any], int]:
        """Return the last ones, oldest first, that were started since there were so many, and how many more were."""
        with self._lock:
            started = self.count - count
            latest = [cluster() for number, cluster in self._latest if number > count]
        known = [cluster for cluster in latest if cluster is not None][-most:]
        return known, started - len(known)


STARTS: Final = Starts()
