"""A cluster as a whole: starting, stopping, waiting, and what is in it by the thousand."""

from __future__ import annotations

import http.client
import socket
import time
from functools import partial
from typing import TYPE_CHECKING

from pytest_httpserver import HTTPServer

import servers
from measuring import STOP, in_turn, one_processor, python, timed
from pytest_rollup_fake import NEVER, RollupCluster
from stopping import request_times
from table import Row, Section, ratio, spread

if TYPE_CHECKING:
    from collections.abc import Iterator


def sections() -> Iterator[Section]:
    """Measure clusters."""
    yield _starting()
    yield _waiting()
    yield _many()
    yield _memory()


# --- start and stop ---------------------------------------------------------------------------------------------------


def _starting() -> Section:
    times = in_turn(
        {
            "this fake": lambda: [_start_and_stop(RollupCluster()) for _ in range(20)],
            "`http.server.ThreadingHTTPServer`, polling every 10 ms": lambda: [timed(_http_server)],
            "pytest-httpserver, `threaded=True`": lambda: [_start_and_stop(HTTPServer(threaded=True))],
            "pytest-httpserver, as its fixture starts it": lambda: [_start_and_stop(HTTPServer())],
        },
        rounds=10,
    )
    targets = ["under 3 ms", "", "at least 50 x", ""]
    rows = [
        Row(name, spread(figures, 1e3, "ms"), ratio(figures, times["this fake"]), target)
        for (name, figures), target in zip(times.items(), targets, strict=True)
    ]
    crowded = [_stop_with_connections() for _ in range(10)]
    rows.append(Row("this fake, stop alone, with 100 connections", spread(crowded, 1e3, "ms"), "", "under 50 ms"))
    return Section(
        "Start and stop of a server",
        "Without a request in between. pytest-httpserver's fixture therefore starts one server for the whole run; the "
        "fake starts one for each test. `http.server` looks twice a second by itself whether it is to stop; here it "
        "is told to look every 10 ms. The 100 connections are idle, parked, and in the middle of a request.",
        rows,
    )


def _start_and_stop(server: RollupCluster | HTTPServer) -> float:
    return timed(lambda: (server.start(), server.stop()))


def _http_server() -> None:
    with servers.http_server():
        pass


def _stop_with_connections() -> float:
    cluster = RollupCluster(clock="manual")
    cluster.start()
    cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
    parked_request = f"POST {STOP}?wait_for_completion=true HTTP/1.1\r\n\r\n".encode()
    starts = [b"", b"POST /_rollup", parked_request, b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"]
    clients = [_connected(cluster, starts[number % 4]) for number in range(100)]
    cluster.wait_for_request("stop", parked=True, count=25)
    took = timed(cluster.stop)
    for client in clients:
        client.close()
    return took


def _connected(cluster: RollupCluster, start: bytes) -> socket.socket:
    client = socket.create_connection((cluster.host, cluster.port))
    client.sendall(start)
    return client


# --- waiting ----------------------------------------------------------------------------------------------------------

_PARKED = """
    import resource, socket, time
    from pytest_rollup_fake import RollupCluster

    def resident():
        pages = int(open("/proc/self/statm").read().split()[1])
        return pages * resource.getpagesize() / 2**20

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    with RollupCluster(clock="manual") as cluster:
        for number in range(1000):
            cluster.add_job(f"job{number}", state="indexing", stop_delay=1000 - number)
        before = resident()
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
        grown = resident() - before
        assert [entry.job for entry in released] == [f"job{number}" for number in reversed(range(1000))]
        assert all(client.recv(4096).startswith(b"HTTP/1.1 200 OK") for client in clients)
        print(took, grown)
        for client in clients:
            client.close()
"""


def _waiting() -> Section:
    parked = [python(_PARKED).split() for _ in range(5)]
    times = [float(took) for took, _ in parked]
    memory = [float(megabytes) for _, megabytes in parked]
    return Section(
        "Waiting, which none of the others can fake",
        "The 1,000 requests wait at once, each in a connection and a thread of its own, and one `advance` answers them "
        "in the order in which their jobs stop; the memory is what the process has grown by right after, the clients' "
        "sockets included.",
        [
            Row("a stop that times out after 30 s of fake time", spread(_timeouts(), 1e3, "ms"), "", "under 5 ms"),
            Row("1,000 parked stops, released by one `advance`", spread(times, 1e3, "ms", 0), "", "under 1 s"),
            Row("... memory that they take", spread(memory, 1, "MB", 0), "", "under 100 MB"),
        ],
    )


def _timeouts() -> list[float]:
    with RollupCluster() as cluster:
        cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
        client = http.client.HTTPConnection(cluster.host, cluster.port)
        times = [timed(partial(_time_out, client)) for _ in range(200)]
        client.close()
    return times


def _time_out(client: http.client.HTTPConnection) -> None:
    client.request("POST", f"{STOP}?wait_for_completion=true")
    response = client.getresponse()
    assert b"Timed out after [30s]" in response.read()


# --- a hundred thousand -----------------------------------------------------------------------------------------------


def _many() -> Section:
    with one_processor(), RollupCluster(jobs=["sensor"]) as one, RollupCluster(jobs=["sensor"]) as many:
        began = time.thread_time()
        for number in range(99_999):
            many.add_job(f"job{number}")
        adding = time.thread_time() - began
        ports = {"among 1 job": one.port, "among 100,000 jobs": many.port}
        times = in_turn({name: partial(request_times, port, 100) for name, port in ports.items()}, rounds=15)
    rows = [
        Row(f"a stop {name}", spread(figures, 1e6, "us", 0), ratio(figures, times["among 1 job"]), target)
        for (name, figures), target in zip(times.items(), ["", "the same"], strict=True)
    ]
    note = f"`add_job` took {adding / 99_999 * 1e6:.0f} us of processor time for each of the 100,000."
    return Section("Many jobs", note, rows)


# --- memory -----------------------------------------------------------------------------------------------------------

_MEMORY = """
    import http.client, sys, tracemalloc
    import servers
    from measuring import STOP

    kind, method, path = sys.argv[1:]
    start = servers.fake if kind == "fake" else lambda: servers.httpserver(threaded=False)

    def send(count):
        client = http.client.HTTPConnection("127.0.0.1", port)
        for _ in range(count):
            client.request(method, path)
            assert client.getresponse().read()
        client.close()

    with start() as port:
        send(500)
        tracemalloc.start()
        send(2000)
        print(tracemalloc.get_traced_memory()[0] / 2000)
"""
_RECORDED = {
    "this fake, a stop": ("fake", "POST", STOP),
    "this fake, Get Jobs of one job, with its answer": ("fake", "GET", "/_rollup/job/sensor"),
    "pytest-httpserver, a canned answer": ("httpserver", "POST", STOP),
}


def _memory() -> Section:
    figures = {name: [_bytes(*arguments) for _ in range(3)] for name, arguments in _RECORDED.items()}
    stops = figures["this fake, a stop"]
    return Section(
        "Memory for each recorded request",
        "What 2,000 requests leave behind, by `tracemalloc`, in a process of its own. Both keep every request, with "
        "its headers and its answer, until the test ends.",
        [Row(name, spread(sizes, 1, "bytes", 0), ratio(sizes, stops)) for name, sizes in figures.items()],
    )


def _bytes(kind: str, method: str, path: str) -> float:
    return float(python(_MEMORY, kind, method, path))
