"""Many clients at once on few jobs: what holds however their requests fall together."""

from __future__ import annotations

import http.client
import itertools
import json
import random
import select
import threading
from collections import Counter
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_rollup_fake import RollupCluster, faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_rollup_fake.model.journal import RecordedRequest

JOBS = ("a", "b", "c")
CLIENTS = 8
REQUESTS = 25  # of each client

Line = tuple[str, str]  # method and target
Received = dict[str, tuple[int, bytes] | None]  # status and body, if any, by what the client called its request


def choose(dice: random.Random) -> Line:
    """Return one of the requests that clients send."""
    job = dice.choice(JOBS)
    timeout = dice.choice(["0", "1ms", "20ms", "50ms"])
    return dice.choice(
        [
            ("POST", f"/_rollup/job/{job}/_stop"),
            ("POST", f"/_rollup/job/{job}/_stop?wait_for_completion=true&timeout={timeout}"),
            ("POST", f"/_rollup/job/{job}/_start"),
            ("GET", f"/_rollup/job/{job}"),
            ("GET", "/_rollup/job/_all"),
        ]
    )


class Client:
    """Sends requests one after the other on a connection of its own, each with a name that no other has."""

    def __init__(self, cluster: RollupCluster, number: int, seed: int) -> None:
        self.received: Received = {}
        self.error: BaseException | None = None
        self._cluster = cluster
        self._number = number
        self._dice = random.Random(seed + number)  # noqa: S311  (no secret)
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            with closing(http.client.HTTPConnection(self._cluster.host, self._cluster.port, timeout=30)) as connection:
                for number in range(REQUESTS):
                    name = f"{self._number}-{number}"
                    method, target = choose(self._dice)
                    connection.request(method, target, headers={"X-Opaque-Id": name})
                    try:
                        response = connection.getresponse()
                        self.received[name] = response.status, response.read()
                    except ConnectionError:  # a fault; the next request makes a new connection
                        self.received[name] = None
                        connection.close()
        except BaseException as error:  # noqa: BLE001  (raised again by `run`)
            self.error = error


def run(cluster: RollupCluster, seed: int) -> Received:
    """Let all clients send their requests at once, while time is watched; return what they received."""
    clients = [Client(cluster, number, seed) for number in range(CLIENTS)]
    is_over = threading.Event()
    seen: list[float] = []

    def watch() -> None:
        while not is_over.is_set():
            seen.append(cluster.clock.now())
            if cluster.clock.mode == "manual":
                cluster.clock.advance("10ms")

    watcher = threading.Thread(target=watch)
    for thread in (watcher, *(client.thread for client in clients)):
        thread.start()
    for client in clients:
        client.thread.join()
    is_over.set()
    watcher.join()
    for client in clients:
        if client.error is not None:
            raise client.error
    assert seen == sorted(seen), "time went back"
    return {name: answer for client in clients for name, answer in client.received.items()}


def check_journal(requests: list[RecordedRequest], received: Received) -> None:
    """Check that each request is there once, with the answer that its client got, in the order of arrival."""
    names = Counter(request.headers["X-Opaque-Id"] for request in requests)
    assert names == dict.fromkeys(received, 1)
    for request in requests:
        answer = received[request.headers["X-Opaque-Id"]]
        if answer is None:
            assert request.outcome == "lost"
        else:
            assert (request.outcome, request.status) == ("answered", answer[0])
            assert request.response == json.loads(answer[1])
        assert request.answered_at is not None
        assert request.answered_at >= request.received_at
    numbers = [request.number for request in requests]
    assert all(one < other for one, other in itertools.pairwise(numbers))
    instants = [request.received_at for request in requests]
    assert instants == sorted(instants)


def check_effects(cluster: RollupCluster) -> None:
    """Check that each request changed a job once, or not at all, just as its entry says; and that time goes on."""
    requests = {request.number: request for request in cluster.requests}
    numbers = [*requests]
    for job in cluster.jobs.values():
        stops = [request for request in cluster.requests.to("stop", job=job.id) if request.state_after]
        assert list(job.stop_requests) == stops
        changes = Counter(change.why for change in job.history)
        for request in cluster.requests.to("stop", "start", job=job.id):
            why = f"{request.endpoint} (request #{request.number})"
            assert changes[why] == (request.state_before != request.state_after), why
        whens = [change.when for change in job.history]
        assert whens == sorted(whens)
        states = [change.state for change in job.history]
        assert all(one != other for one, other in itertools.pairwise(states))
        numbers += [change.number for change in job.history]
    assert len(numbers) == len(set(numbers))


@pytest.fixture(params=["skipping", "running", "manual"])
def cluster(request: pytest.FixtureRequest) -> Iterator[RollupCluster]:
    """Return a cluster with jobs that take their time."""
    with RollupCluster("8.19", clock=request.param) as cluster:
        cluster.clock.parked_timeout = 0  # however busy the machine is
        for number, job in enumerate(JOBS):
            cluster.add_job(job, state="indexing", stop_delay=f"{number * 20}ms")
        yield cluster


@pytest.mark.parametrize("seed", range(3))
def test_every_request_is_told_once_and_has_one_effect(cluster: RollupCluster, seed: int) -> None:
    """On every clock: the journal is complete, its numbers rise, time never goes back."""
    received = run(cluster, seed)

    assert len(received) == CLIENTS * REQUESTS
    assert {answer[0] for answer in received.values() if answer} <= {200, 500}
    assert all(received.values())
    check_journal(list(cluster.requests), received)
    check_effects(cluster)


@pytest.mark.parametrize("effect", ["skipped", "applied"])
def test_answers_that_are_lost_are_told_as_lost(cluster: RollupCluster, effect: Literal["skipped", "applied"]) -> None:
    """Each fault strikes one request, wherever that comes from, with its effect or without."""
    plan = [None, None, None, faults.empty_reply(), None, faults.reset()]
    injection = cluster.inject(plan, on=("stop", "start", "get"), times=15, effect=effect)

    received = run(cluster, 0)

    check_journal(list(cluster.requests), received)
    check_effects(cluster)
    lost = [request for request in cluster.requests if request.outcome == "lost"]
    assert len(lost) == injection.hits == 15 * 2
    assert {request.effect for request in lost} == {effect}


@given(timeouts=st.lists(st.integers(0, 90_000), min_size=2, max_size=20), delay=st.integers(1, 60_000))
@settings(max_examples=15)
def test_one_advance_answers_in_the_order_of_the_instants(timeouts: list[int], delay: int) -> None:
    """Of many that wait: each at its own instant, and all have their answer when `advance` returns."""
    with RollupCluster("8.19", clock="manual") as cluster, ExitStack() as stack:
        cluster.clock.parked_timeout = 0
        cluster.add_job("a", state="indexing", stop_delay=f"{delay}ms")
        address = cluster.host, cluster.port
        connections = [stack.enter_context(closing(http.client.HTTPConnection(*address, timeout=30))) for _ in timeouts]
        for connection, timeout in zip(connections, timeouts, strict=True):
            connection.request("POST", f"/_rollup/job/a/_stop?wait_for_completion=true&timeout={timeout}ms")
        arrived = cluster.wait_for_request("stop", count=len(timeouts), timeout=30)
        at_once = [request for request in arrived if request.status is not None]

        released = cluster.clock.advance("100s")

        assert {*at_once, *released} == set(arrived)
        instants = [request.answered_at for request in released]
        assert instants == sorted(instants, key=lambda instant: instant or 0)
        for request in released:
            assert request.timeout is not None
            assert request.status == (200 if request.timeout * 1000 >= delay else 500)
            assert request.answered_at is not None
            assert request.answered_at <= request.timeout
        sockets = [connection.sock for connection in connections]
        assert len(select.select(sockets, [], [], 0)[0]) == len(sockets)
        for connection in connections:
            connection.getresponse().read()
