"""How the tests speak to a cluster where it does not matter which client does."""

from __future__ import annotations

import http.client
import json
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple, Self

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_rollup_fake import RollupCluster

WAITING = "wait_for_completion=true"


class Answer(NamedTuple):
    """What a client got."""

    status: int
    body: Any


def ask(cluster: RollupCluster, method: str, path: str) -> Answer:
    """Send a request on a connection of its own and return its answer, the body as JSON."""
    with closing(http.client.HTTPConnection(cluster.host, cluster.port, timeout=10)) as connection:
        connection.request(method, path)
        response = connection.getresponse()
        text = response.read()
        return Answer(response.status, json.loads(text) if text else None)


def stop(cluster: RollupCluster, job: str, query: str = "") -> Answer:
    """Stop a job."""
    return ask(cluster, "POST", f"/_rollup/job/{job}/_stop" + (f"?{query}" if query else ""))


def raw_status(cluster: RollupCluster, target: str) -> int:
    """Return the status of a POST whose answer need not be JSON."""
    with closing(http.client.HTTPConnection(cluster.host, cluster.port, timeout=10)) as connection:
        connection.request("POST", target)
        response = connection.getresponse()
        response.read()
        return response.status


def shown_state(cluster: RollupCluster, job: str) -> str:
    """Return the state that Get Jobs shows for a job."""
    state: str = ask(cluster, "GET", f"/_rollup/job/{job}").body["jobs"][0]["status"]["job_state"]
    return state


class Background:
    """A call in a thread of its own: `with Background(stop, cluster, "sensor") as call: ...`, then `call.result()`."""

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self._function, self._args = function, args
        self._value: Any = None
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self._value = self._function(*self._args)
        except BaseException as error:  # noqa: BLE001  (raised again by `result`)
            self._error = error

    def result(self) -> Any:
        """Wait for the call and return what it returned, or raise what it raised."""
        self._thread.join(10)
        assert not self._thread.is_alive(), "the call has not come back"
        if self._error is not None:
            raise self._error
        return self._value

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._thread.join(10)
