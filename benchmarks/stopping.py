"""A stop request: the fake beside servers with a canned answer, and beside mocks inside the client."""

from __future__ import annotations

import http.client
import time
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

import httpx
import requests
import responses
import respx

import servers
from measuring import ANSWER, STOP, in_turn, one_processor
from table import Row, Section, ratio, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

_FAKE, _BARE, _THREADED = "this fake", "a bare loopback socket", "pytest-httpserver, `threaded=True`"
_SERVERS: Mapping[str, Callable[[], AbstractContextManager[int]]] = {
    _FAKE: servers.fake,
    _BARE: servers.bare_socket,
    "`http.server.ThreadingHTTPServer`": servers.http_server,
    _THREADED: partial(servers.httpserver, threaded=True),
    "pytest-httpserver, as its fixture starts it": partial(servers.httpserver, threaded=False),
}


def sections() -> Iterator[Section]:
    """Measure a stop in each of the ways in which it can be answered."""
    yield _on_sockets()
    yield _inside_clients()


def _on_sockets() -> Section:
    with one_processor():
        times = _turns(list(_SERVERS), rounds=15)
    free = _turns([_FAKE, _BARE], rounds=15)
    targets = {
        _BARE: (times[_BARE], "the fake at most 1.6 x this"),
        _THREADED: (times[_THREADED], "at least 3 x the fake"),
    }
    rows = [
        Row(name, spread(figures, 1e6, "us", 0), ratio(figures, times[_FAKE]), targets.get(name, ("", ""))[1])
        for name, figures in times.items()
    ]
    rows[0] = rows[0]._replace(beside=f"{ratio(times[_FAKE], times[_BARE])} the bare socket", target="at most 1.6 x")
    rows += [
        Row(f"{name}, on any processor", spread(figures, 1e6, "us", 0), ratio(figures, free[_FAKE]))
        for name, figures in free.items()
    ]
    return Section(
        "A stop request over a socket",
        "`POST /_rollup/job/sensor/_stop` through `http.client`, in one process with the server, on one connection as "
        "far as the server keeps it (pytest-httpserver closes each after its answer, so that the next request connects "
        "anew). The fake reads the request as Elasticsearch does, applies it to the job and records it; "
        "pytest-httpserver matches and records; `http.server` parses; the bare socket does nothing but send. Client "
        "and server take turns, and with the GIL never run at once, so they share one processor: with several, the "
        "figures depend on where the system happens to put the two threads, as the last two lines show. `beside` is a "
        "multiple of the fake's time.",
        rows,
    )


def _turns(names: Sequence[str], rounds: int) -> dict[str, list[float]]:
    with ExitStack() as stack:
        ports = {name: stack.enter_context(_SERVERS[name]()) for name in names}
        return in_turn({name: partial(request_times, port, 100) for name, port in ports.items()}, rounds)


def request_times(port: int, count: int) -> list[float]:
    """Return the seconds that each of some stops took, the first on a connection not counted."""
    client = http.client.HTTPConnection("127.0.0.1", port)

    def stop() -> bytes:
        client.request("POST", STOP)
        return client.getresponse().read()

    times = _times(stop, count)
    client.close()
    return times


def _times(stop: Callable[[], bytes], count: int) -> list[float]:
    stop()
    times = []
    for _ in range(count):
        began = time.perf_counter()
        answer = stop()
        times.append(time.perf_counter() - began)
        assert answer == ANSWER
    return times


def _inside_clients() -> Section:
    with one_processor(), servers.fake() as port, httpx.Client() as plain, requests.Session() as session:
        url = f"http://127.0.0.1:{port}{STOP}"
        ways: dict[str, Callable[[], list[float]]] = {
            "httpx, this fake": lambda: _times(lambda: plain.post(url).content, 40),
            "httpx, respx": partial(_with_respx, url),
            "requests, this fake": lambda: _times(lambda: session.post(url).content, 40),
            "requests, responses": partial(_with_responses, url),
        }
        times = in_turn(ways, rounds=15)
    rows = [
        Row(name, spread(figures, 1e6, "us", 0), ratio(figures, times[f"{name.partition(',')[0]}, this fake"]))
        for name, figures in times.items()
    ]
    return Section(
        "The same request, answered inside the client",
        "respx and responses take the request inside httpx or requests and answer what the test has told them; no "
        "byte is sent. So there is no job whose state could change, nothing on the wire that could break, and a "
        "client of another kind, or in another process, is not answered at all. `beside` is a multiple of the fake's "
        "time through the same client.",
        rows,
    )


def _with_respx(url: str) -> list[float]:
    with respx.mock, httpx.Client() as client:
        respx.post(url).respond(content=ANSWER, content_type="application/json")
        return _times(lambda: client.post(url).content, 40)


def _with_responses(url: str) -> list[float]:
    with responses.RequestsMock() as mock, requests.Session() as session:
        mock.post(url, body=ANSWER, content_type="application/json")
        return _times(lambda: session.post(url).content, 40)
