"""A cluster with the admin API in front of it, and a client that holds each answer against the OpenAPI document."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import requests

from pytest_rollup_fake import RollupCluster
from pytest_rollup_fake.admin.api import Api
from pytest_rollup_fake.admin.checking import check
from pytest_rollup_fake.admin.routes import JSON, ROUTES
from pytest_rollup_fake.admin.schemas import definitions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_rollup_fake.admin.routes import Route


class Answer(NamedTuple):
    """What a client got."""

    status: int
    body: Any


class Driver:
    """Speaks to the admin API of a cluster."""

    def __init__(self, cluster: RollupCluster, api: Api | None = None) -> None:
        self.cluster = cluster
        self.api = api
        self._session = requests.Session()

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request below `/_fake/`; its answer is what the document says, or the test fails."""
        route = _route(method, path.partition("?")[0])
        is_raw = body is None or isinstance(body, (str, bytes)) or (route is not None and route.takes_form)
        response = self._session.request(
            method,
            f"{self.cluster.url}/_fake/{path}",
            data=body if is_raw else json.dumps(body),
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            timeout=10,
            allow_redirects=False,
        )
        media = response.headers.get("content-type", "").partition(";")[0]
        answer = Answer(response.status_code, response.json() if media == JSON else response.text)
        _check(route, answer, media)
        return answer

    def client(self, method: str, path: str) -> requests.Response:
        """Send a request to the cluster itself."""
        return self._session.request(method, f"{self.cluster.url}/{path}", timeout=10)

    def state(self, job: str) -> str:
        """Return a job's state, as the API tells it."""
        state: str = self.ask("GET", f"jobs/{job}").body["state"]
        return state


def _check(route: Route | None, answer: Answer, media: str) -> None:
    """Hold an answer against the document."""
    if answer.status >= 400:
        assert media == JSON or (route is not None and media == route.media)
        check(answer.body, definitions()["error" if media == JSON else "text"])
        return
    assert route is not None, "the document has no such operation"
    assert answer.status == route.status
    if route.gives is not None:
        assert media == route.media
        check(answer.body, definitions()[route.gives])


def _route(method: str, path: str) -> Route | None:
    """Return the route of a request."""
    for route in ROUTES:
        before, _, behind = route.path.removeprefix("/_fake/").partition("{id}")
        if route.method == method and path.startswith(before) and path.endswith(behind):
            rest = path[len(before) : len(path) - len(behind)]
            if bool(rest) == ("{id}" in route.path) and "/" not in rest:
                return route
    return None


@contextlib.contextmanager
def driven(**settings: Any) -> Iterator[Driver]:
    """Run a cluster with the API in front; it begins with the job `sensor`."""
    cluster = RollupCluster(strict=False, **{"clock": "manual", **settings})

    def set_up(*keys: str) -> None:
        if not keys:
            cluster.add_job("sensor", state="indexing", stop_delay="45s")

    set_up()
    api = Api(cluster, set_up)
    api.attach()
    with cluster, contextlib.closing(Driver(cluster, api)) as driver:
        yield driver
        api.close()
