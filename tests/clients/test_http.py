"""General HTTP clients, each sending what a user's script sends, to a cluster without a version."""

from __future__ import annotations

import asyncio
import http.client
import json
import shutil
import subprocess
import urllib.error
import urllib.request
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import aiohttp
import httpx
import pytest
import requests

from pytest_rollup_fake import NEVER, polls

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_rollup_fake import RollupCluster

SEED = "/_xpack/rollup/job/sensor/_stop?wait_for_completion=true&timeout=10s"
MISSING = (
    b'{"error":{"root_cause":[{"type":"resource_not_found_exception",'
    b'"reason":"Task for Rollup Job [does_not_exist] not found"}],'
    b'"type":"resource_not_found_exception","reason":"Task for Rollup Job [does_not_exist] not found"},"status":404}'
)
TIMED_OUT = (
    b'{"error":{"root_cause":[{"type":"timeout_exception",'
    b'"reason":"Timed out after [10s] while waiting for rollup job [sensor] to stop. State was [STOPPING]"}],'
    b'"type":"timeout_exception",'
    b'"reason":"Timed out after [10s] while waiting for rollup job [sensor] to stop. State was [STOPPING]"},'
    b'"status":500}'
)


class Answer(NamedTuple):
    """What a client got."""

    status: int
    body: bytes


def ask_with_requests(method: str, url: str) -> Answer:
    """Send a request with requests."""
    response = requests.request(method, url, timeout=10)
    return Answer(response.status_code, response.content)


def ask_with_httpx(method: str, url: str) -> Answer:
    """Send a request with httpx."""
    response = httpx.request(method, url)
    return Answer(response.status_code, response.content)


def ask_with_httpx_async(method: str, url: str) -> Answer:
    """Send a request with the asynchronous client of httpx."""

    async def main() -> Answer:
        async with httpx.AsyncClient() as client:
            response = await client.request(method, url)
            return Answer(response.status_code, response.content)

    return asyncio.run(main())


def ask_with_aiohttp(method: str, url: str) -> Answer:
    """Send a request with aiohttp."""

    async def main() -> Answer:
        async with aiohttp.ClientSession() as session, session.request(method, url) as response:
            return Answer(response.status, await response.read())

    return asyncio.run(main())


def ask_with_http_client(method: str, url: str) -> Answer:
    """Send a request with http.client."""
    parts = urlsplit(url)
    with closing(http.client.HTTPConnection(parts.netloc, timeout=10)) as connection:
        connection.request(method, f"{parts.path}?{parts.query}")
        response = connection.getresponse()
        return Answer(response.status, response.read())


def ask_with_urllib(method: str, url: str) -> Answer:
    """Send a request with urllib, which raises for an error and has its answer in the exception."""
    request = urllib.request.Request(url, method=method)  # noqa: S310  (the cluster's own)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310  (the cluster's own)
            return Answer(response.status, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read())


def ask_with_curl(method: str, url: str) -> Answer:
    """Send a request with curl in a process of its own."""
    how = ["--head"] if method == "HEAD" else ["--request", method]
    command = ["curl", "--silent", "--show-error", "--max-time", "10", *how, "--write-out", "\n%{http_code}", url]
    body, _, status = subprocess.run(command, capture_output=True, check=True).stdout.rpartition(b"\n")
    return Answer(int(status), b"" if method == "HEAD" else body)


has_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")

CLIENTS = [
    pytest.param(ask_with_requests, id="requests"),
    pytest.param(ask_with_httpx, id="httpx"),
    pytest.param(ask_with_httpx_async, id="httpx async"),
    pytest.param(ask_with_aiohttp, id="aiohttp"),
    pytest.param(ask_with_http_client, id="http.client"),
    pytest.param(ask_with_urllib, id="urllib"),
    pytest.param(ask_with_curl, id="curl", marks=has_curl),
]


@pytest.mark.parametrize("ask", CLIENTS)
class TestEachClient:
    """What is the same with every client."""

    def test_the_seed_example(self, rollup_cluster: RollupCluster, ask: Callable[[str, str], Answer]) -> None:
        """An old script's stop on the old path works with no set-up, as 6.8 answers it."""
        job = rollup_cluster.add_job("sensor")

        assert ask("POST", rollup_cluster.url_for(SEED)) == (200, b'{"stopped":true}')

        assert job.state == "stopped"
        assert rollup_cluster.requests.last.version is not None
        assert rollup_cluster.requests.last.version.line == "6.8"

    def test_a_missing_job(self, rollup_cluster: RollupCluster, ask: Callable[[str, str], Answer]) -> None:
        """The 404 of the old path has Elasticsearch's own bytes."""
        missing = rollup_cluster.url_for(SEED.replace("sensor", "does_not_exist"))

        assert ask("POST", missing) == (404, MISSING)

    def test_a_repeated_stop(self, rollup_cluster: RollupCluster, ask: Callable[[str, str], Answer]) -> None:
        """It is no different from the first."""
        rollup_cluster.add_job("sensor")

        answers = {ask("POST", rollup_cluster.url_for("/_rollup/job/sensor/_stop")) for _ in range(2)}

        assert answers == {(200, b'{"stopped":true}')}

    def test_a_stop_that_times_out(self, rollup_cluster: RollupCluster, ask: Callable[[str, str], Answer]) -> None:
        """The answer of 10 fake seconds later comes now, and the stop goes on."""
        job = rollup_cluster.add_job("sensor", state="indexing", stop_delay="1m")

        assert ask("POST", rollup_cluster.url_for(SEED)) == (500, TIMED_OUT)

        assert job.state == "stopping"
        rollup_cluster.clock.advance("1m")
        assert job.state == "stopped"

    def test_polling(self, rollup_cluster: RollupCluster, ask: Callable[[str, str], Answer]) -> None:
        """Get Jobs shows the job as long as the test wants it to be stopping."""
        rollup_cluster.add_job("sensor", state="indexing", stop_delay=polls(1))
        ask("POST", rollup_cluster.url_for("/_rollup/job/sensor/_stop"))

        bodies = [ask("GET", rollup_cluster.url_for("/_rollup/job/sensor")).body for _ in range(2)]

        assert [json.loads(body)["jobs"][0]["status"]["job_state"] for body in bodies] == ["stopping", "stopped"]

    def test_a_ping(self, rollup_cluster: RollupCluster, ask: Callable[[str, str], Answer]) -> None:
        """The answer to a HEAD has no body, and no client waits for one."""
        assert ask("HEAD", rollup_cluster.url) == (200, b"")


class TestPython:
    """What happens to values of Python on their way into a query."""

    @pytest.mark.rollup_cluster(jobs=["sensor"])
    def test_requests_spells_true_as_elasticsearch_does_not(self, rollup_cluster: RollupCluster) -> None:
        """`True` is refused as Elasticsearch refuses it, so the mistake does not reach production."""
        response = requests.post(
            rollup_cluster.url_for("/_rollup/job/sensor/_stop"), params={"wait_for_completion": True}, timeout=10
        )

        assert response.status_code == 400
        assert response.json()["error"]["reason"] == (
            "Failed to parse value [True] as only [true] or [false] are allowed."
        )
        assert rollup_cluster.jobs["sensor"].state == "started"

    @pytest.mark.rollup_cluster(jobs=["sensor"])
    def test_httpx_spells_true_as_elasticsearch_does(self, rollup_cluster: RollupCluster) -> None:
        """It writes booleans in lower case."""
        response = httpx.post(rollup_cluster.url_for("/_rollup/job/sensor/_stop"), params={"wait_for_completion": True})

        assert response.json() == {"stopped": True}
        assert rollup_cluster.requests.last.wait_for_completion is True


class TestConnections:
    """What a client notices of the connection."""

    def test_a_session_keeps_its_connection(self, rollup_cluster: RollupCluster) -> None:
        """Errors and timeouts do not close it either."""
        rollup_cluster.add_job("sensor", state="indexing", stop_delay=NEVER)

        with closing(http.client.HTTPConnection(rollup_cluster.host, rollup_cluster.port, timeout=10)) as connection:
            connection.connect()
            first = connection.sock
            for path in (SEED, SEED.replace("sensor", "does_not_exist"), "/_rollup/job/sensor/_stop"):
                connection.request("POST", path)
                connection.getresponse().read()
                assert connection.sock is first

    def test_a_stopped_cluster_refuses_connections(self, rollup_cluster: RollupCluster) -> None:
        """A client gets the error that it gets when Elasticsearch is down."""
        rollup_cluster.stop()

        with pytest.raises(httpx.ConnectError):
            httpx.get(rollup_cluster.url)
