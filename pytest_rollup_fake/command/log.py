"""`rollup-fake serve --log`: a line on standard error for each request whose outcome is final."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pytest_rollup_fake.cluster import RollupCluster
    from pytest_rollup_fake.model.journal import RecordedRequest


class Log:
    """Writes while the block lasts, in a thread of its own: nobody waits for a slow terminal."""

    def __init__(self, cluster: RollupCluster) -> None:
        self._cluster = cluster
        self._seen: list[RecordedRequest] = cluster.world.requests  # a reset begins another list
        self._pending: list[RecordedRequest] = []
        self._next = 0
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="rollup-fake-log", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Write what is left, and end."""
        with self._cluster.clock.driver.changed:
            self._is_over = True
            self._cluster.clock.driver.changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while final := self._wait_for_final():
            for request in final:
                sys.stderr.write(f"{line_of(request)}\n")

    def _wait_for_final(self) -> list[RecordedRequest]:
        """Return the requests that have become final since the last time, once there are any; none: it is over."""
        with self._cluster.clock.driver.changed:
            while not (final := self._take_final()) and not self._is_over:
                self._cluster.clock.driver.changed.wait()
        return final

    def _take_final(self) -> list[RecordedRequest]:
        """Return the requests that have become final, perhaps none."""
        requests = self._cluster.world.requests
        if requests is not self._seen:
            self._seen, self._next = requests, 0
        new, self._next = requests[self._next :], len(requests)
        known = [*self._pending, *new]
        self._pending = [request for request in known if request.outcome == "pending"]
        return [request for request in known if request.outcome != "pending"]


def line_of(request: RecordedRequest) -> str:
    """Return a request in one line: when it came in fake time, what it was, and what became of it."""
    status = "" if request.status is None else f" {request.status}"
    waited = f", waited {request.waited:g} s" if request.waited else ""
    what = f"#{request.number} {request.method} {request.target}"
    return f"{request.received_at:10.3f} s  {what} {request.outcome}{status}{waited}"
