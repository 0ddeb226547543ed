"""Measure what the project promises about speed, as ratios within one run: `python benchmarks/run.py`.

Prints a Markdown table: what was measured, the figure (median, and the quartiles around it), what it is compared with,
and the target. Machines are noisy and differ; ratios of things measured side by side in one run count, and nothing
here is a test. What is compared is what a user would use instead: a canned answer of pytest-httpserver, or a bare
loopback socket that cannot be beaten.
"""

from __future__ import annotations

import http.client
import logging
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pytest_httpserver import HTTPServer

from pytest_rollup_fake import NEVER, RollupCluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STOP = "/_rollup/job/sensor/_stop"
ANSWER = b'{"stopped":true}'
HEAD = b"HTTP/1.1 200 OK\r\nX-elastic-product: Elasticsearch\r\ncontent-type: application/json\r\n"
CANNED = HEAD + b"content-length: 16\r\n\r\n" + ANSWER


class Row(NamedTuple):
    """A line of the table."""

    what: str
    figure: str
    target: str


def main() -> None:
    """Measure everything and print the table."""
    rows = [
        *requests(),
        *starting(),
        timeout_path(),
        stopping_with_connections(),
        *parked(),
        many_jobs(),
        small_tests(),
        *runs(),
    ]
    print("| what | measured | target |\n|---|---|---|")
    for row in rows:
        print(f"| {row.what} | {row.figure} | {row.target} |")


# --- a request --------------------------------------------------------------------------------------------------------


def requests() -> Iterator[Row]:
    """Measure a stop on a kept-alive connection beside what users would use instead, turn by turn."""
    with RollupCluster(jobs=["sensor"]) as cluster, bare_socket() as bare, canned_httpserver() as canned:
        ports = {"fake": cluster.port, "bare": bare, "canned": canned}
        times: dict[str, list[float]] = {name: [] for name in ports}
        for _ in range(15):
            for name, port in ports.items():
                times[name] += request_times(port, 200 if name != "canned" else 40)
    fake, bare_time, canned_time = (statistics.median(times[name]) for name in ("fake", "bare", "canned"))
    figure = f"{spread(times['fake'], 1e6, 'us')}"
    yield Row("stop on a kept-alive connection, through `http.client`", figure, "")
    yield Row(
        "... beside a bare loopback socket", f"{fake / bare_time:.2f} x ({bare_time * 1e6:.0f} us)", "at most 1.6 x"
    )
    yield Row(
        "... beside a canned answer of pytest-httpserver",
        f"1/{canned_time / fake:.1f} ({canned_time * 1e6:.0f} us)",
        "at most 1/3",
    )


def request_times(port: int, count: int) -> list[float]:
    """Return the seconds that each of some stops took, on one connection as far as the server keeps it."""
    client = http.client.HTTPConnection("127.0.0.1", port)
    times = []
    for _ in range(count):
        began = time.perf_counter()
        client.request("POST", STOP)
        answer = client.getresponse().read()
        times.append(time.perf_counter() - began)
        assert answer == ANSWER
    client.close()
    return times


@contextmanager
def bare_socket() -> Iterator[int]:
    """Answer whatever comes with the same bytes: nothing in Python is quicker."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with client:
                while client.recv(65536):
                    client.sendall(CANNED)

    thread = threading.Thread(target=serve)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


@contextmanager
def canned_httpserver() -> Iterator[int]:
    """Answer with pytest-httpserver, threaded as ours is."""
    server = HTTPServer(threaded=True)
    server.expect_request(STOP, method="POST").respond_with_data(ANSWER, content_type="application/json")
    with server:
        yield server.port


# --- a cluster --------------------------------------------------------------------------------------------------------


def starting() -> Iterator[Row]:
    """Measure start and stop together."""
    ours, theirs = [], []
    for _ in range(200):
        cluster = RollupCluster()
        ours.append(timed(lambda cluster=cluster: (cluster.start(), cluster.stop())))  # type: ignore[misc]
    for _ in range(10):
        server = HTTPServer(threaded=True)
        theirs.append(timed(lambda server=server: (server.start(), server.stop())))  # type: ignore[misc]
    ratio = statistics.median(theirs) / statistics.median(ours)
    yield Row("cluster start + stop", spread(ours, 1e3, "ms"), "under 3 ms")
    yield Row("... beside pytest-httpserver, threaded", f"1/{ratio:.0f} ({spread(theirs, 1e3, 'ms')})", "at most 1/50")


def timeout_path() -> Row:
    """Measure a stop that times out after 30 s of fake time."""
    with RollupCluster() as cluster:
        cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
        client = http.client.HTTPConnection(cluster.host, cluster.port)
        times = [timed(lambda: exchange(client, f"{STOP}?wait_for_completion=true", 500)) for _ in range(200)]
        client.close()
    return Row("a stop that times out after 30 s", spread(times, 1e3, "ms"), "under 5 ms")


def stopping_with_connections() -> Row:
    """Measure a cluster's stop with 100 connections: idle, parked, and in the middle of a request."""
    times = []
    for _ in range(10):
        cluster = RollupCluster(clock="manual")
        cluster.start()
        cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
        parked_request = f"POST {STOP}?wait_for_completion=true HTTP/1.1\r\n\r\n".encode()
        starts = [b"", b"POST /_rollup", parked_request, b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"]
        clients = [connected(cluster, starts[number % 4]) for number in range(100)]
        cluster.wait_for_request("stop", parked=True, count=25)
        times.append(timed(cluster.stop))
        for client in clients:
            client.close()
    return Row("cluster stop with 100 connections", spread(times, 1e3, "ms"), "under 50 ms")


def many_jobs() -> Row:
    """Measure a stop in a cluster with 100,000 jobs beside one with a single job."""
    medians = []
    for count in (1, 100_000):
        with RollupCluster() as cluster:
            for number in range(count - 1):
                cluster.add_job(f"job{number}")
            cluster.add_job("sensor")
            medians.append(statistics.median(request_times(cluster.port, 1000)))
    return Row("a stop among 100,000 jobs beside one among 1", f"{medians[1] / medians[0]:.2f} x", "the same")


# --- a thousand at once -----------------------------------------------------------------------------------------------

_PARKED = """
    import resource, socket, sys, time
    from pytest_rollup_fake import RollupCluster

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    with RollupCluster(clock="manual") as cluster:
        for number in range(1000):
            cluster.add_job(f"job{number}", state="indexing", stop_delay=1000 - number)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        clients = []
        for number in range(1000):
            client = socket.create_connection((cluster.host, cluster.port))
            path = f"/_rollup/job/job{number}/_stop?wait_for_completion=true&timeout=1h"
            client.sendall(f"POST {path} HTTP/1.1\\r\\n\\r\\n".encode())
            clients.append(client)
        cluster.wait_for_request("stop", parked=True, count=1000, timeout=60)
        began = time.perf_counter()
        released = cluster.clock.advance("1h")
        took = time.perf_counter() - began
        assert [entry.job for entry in released] == [f"job{number}" for number in reversed(range(1000))]
        assert all(client.recv(4096).startswith(b"HTTP/1.1 200 OK") for client in clients)
        print(took, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
        for client in clients:
            client.close()
"""


def parked() -> Iterator[Row]:
    """Measure 1,000 parked requests that one advance releases in the order of their instants."""
    results = [python(_PARKED).split() for _ in range(3)]
    times = [float(took) for took, _ in results]
    memory = max(float(megabytes) for _, megabytes in results)
    yield Row("1,000 parked requests, released in order by one `advance`", spread(times, 1e3, "ms"), "under 1 s")
    yield Row("... memory that they take", f"{memory:.0f} MB", "under 100 MB")


# --- pytest runs ------------------------------------------------------------------------------------------------------

_SMALL_TESTS = """
    import http.client
    import pytest

    @pytest.mark.parametrize("number", range(200))
    def test_stops_a_job(rollup_cluster, number):
        job = rollup_cluster.add_job("sensor")
        client = http.client.HTTPConnection(rollup_cluster.host, rollup_cluster.port)
        client.request("POST", "/_rollup/job/sensor/_stop")
        assert client.getresponse().read() == b'{"stopped":true}'
        client.close()
        assert job.state == "stopped"
"""
_TRIVIAL_TEST = "def test_trivial(): pass\n"


def small_tests() -> Row:
    """Measure 200 tests that each start a cluster of their own and stop a job."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_small.py").write_text(textwrap.dedent(_SMALL_TESTS))
        times = [timed(lambda: run_pytest(folder)) for _ in range(3)]
        (Path(folder) / "test_small.py").write_text(_TRIVIAL_TEST)
        empty = statistics.median(timed(lambda: run_pytest(folder)) for _ in range(3))
    with_start = statistics.median(times)
    figure = f"{with_start - empty:.2f} s, with pytest's start {with_start:.2f} s"
    return Row("200 tests with a cluster of their own each", figure, "under 2 s")


def runs() -> Iterator[Row]:
    """Measure what a pytest run without our fixtures pays for the plugin."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_trivial.py").write_text(_TRIVIAL_TEST)
        with_us, without = [], []
        for _ in range(25):
            with_us.append(timed(lambda: run_pytest(folder, "-p", "no:pytest_httpserver")))
            without.append(timed(lambda: run_pytest(folder, "-p", "no:pytest_httpserver", "-p", "no:rollup_fake")))
    extra = (statistics.median(with_us) - statistics.median(without)) * 1e3
    yield Row("a pytest run that does not use the fixtures", f"{extra:+.1f} ms", "at most 2 ms")


def run_pytest(folder: str, *arguments: str) -> None:
    """Run pytest on a folder, in a process of its own."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", *arguments, folder]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)


# --- helpers ----------------------------------------------------------------------------------------------------------


def timed(action: Callable[[], object]) -> float:
    """Return the seconds that an action takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def exchange(client: http.client.HTTPConnection, path: str, status: int) -> None:
    """Send a request and read its answer."""
    client.request("POST", path)
    response = client.getresponse()
    response.read()
    assert response.status == status


def connected(cluster: RollupCluster, start: bytes) -> socket.socket:
    """Connect and send the start of a request."""
    client = socket.create_connection((cluster.host, cluster.port))
    client.sendall(start)
    return client


def python(code: str) -> str:
    """Run code in a process of its own, where it may raise limits, and return what it prints."""
    result = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True, capture_output=True, text=True)
    return result.stdout


def spread(times: list[float], factor: float, unit: str) -> str:
    """Return the median with the quartiles around it."""
    low, middle, high = statistics.quantiles(times, n=4)
    return f"{middle * factor:.2f} {unit} ({low * factor:.2f} to {high * factor:.2f})"


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # pytest-httpserver logs each request on stderr
    main()
