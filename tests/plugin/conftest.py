"""How the plugin is tested: as its users meet it, by running pytest on their tests."""

from __future__ import annotations

from typing import Protocol

import pytest
import trustme  # noqa: F401  (as below: what it makes keys with cannot be loaded twice)

import pytest_rollup_fake.cluster  # noqa: F401  (pytester forgets what an inner run imports: load it once)

CLIENT = '''
import http.client


def send(cluster, method="GET", path="/_cat/indices"):
    """Send a request, unless told otherwise to an API that is not faked, and return the status of the answer."""
    return send_to(cluster.host, cluster.port, method, path)


def send_to(host, port, method="GET", path="/_cat/indices"):
    connection = http.client.HTTPConnection(host, port, timeout=10)
    try:
        connection.request(method, path)
        return connection.getresponse().status
    finally:
        connection.close()


def stop(cluster, job, query=""):
    return send(cluster, "POST", f"/_rollup/job/{job}/_stop?{query}")
'''


class RunTests(Protocol):
    """What the fixture `run_tests` gives."""

    def __call__(self, source: str, *options: str) -> pytest.RunResult:
        """Run tests in their order, in this process; they can import `send`, `send_to` and `stop` from `client`."""


@pytest.fixture
def run_tests(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> RunTests:
    """Run the tests of a user, as on a machine of their own: in CI pytest's summary repeats whole messages."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("BUILD_NUMBER", raising=False)
    pytester.makepyfile(client=CLIENT)

    def run(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(source)
        return pytester.runpytest_inprocess("-p", "no:randomly", *options)

    return run
