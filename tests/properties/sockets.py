"""A cluster over real sockets, on a manual clock. Durations are milliseconds."""

from __future__ import annotations

import http.client
import json
import select
import socket
import time
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any

from pytest_rollup_fake import RollupCluster, faults
from pytest_rollup_fake.job import Job
from tests.properties.drivers import JSON, as_duration
from tests.properties.facts import FIELDS, LOST, PLAIN, Answer
from tests.properties.ways import Fault, Function

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_rollup_fake.faults import Fault as RealFault
    from pytest_rollup_fake.model.injections import Injection as RealInjection
    from pytest_rollup_fake.model.journal import RecordedRequest
    from tests.properties.life import Act
    from tests.properties.ways import Injection

PATIENCE = 30.0  # real seconds
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "error": (503, "some_exception", "by the test"),
    "response": (502, "bad"),
    "truncate": (0,),
}


class Sockets:
    """A cluster on a manual clock; each client that waits has a connection of its own, the others share one."""

    acts_release = True

    def __init__(self, version: str, **settings: Any) -> None:
        self._stack = ExitStack()
        self.cluster = self._stack.enter_context(RollupCluster(version, clock="manual", **settings))
        self.cluster.clock.parked_timeout = 0  # however long Hypothesis takes
        self.cluster.add_index(PLAIN, {"properties": FIELDS})
        self.cluster.add_index("plain")
        self.called: list[tuple[int, Act]] = []
        self.node = 0  # to which clients speak
        self._idle: list[list[http.client.HTTPConnection]] = [[] for _ in self.cluster.nodes]

    # --- requests -----------------------------------------------------------------------------------------------

    def send(self, method: str, path: str, body: Any = None) -> Received:
        """Send it, and return once the cluster has answered it or lets it wait."""
        connection = self._send(method, path, body)
        request = self.cluster.wait_for_request(timeout=PATIENCE)
        self._wait_until(lambda: not self.cluster.clock.driver.is_busy())
        return Received(connection, request, self._idle[self.node])

    @property
    def will_connect(self) -> bool:
        """Whether the next request makes a connection, since none is kept alive."""
        return not self._idle[self.node]

    def send_in_vain(self, method: str, path: str, body: Any, *, hangs: bool) -> None:
        """Send what gets no answer, since the connection breaks before it can be received."""
        is_lost = hangs
        try:
            connection = self._send(method, path, body)
            if not hangs:
                connection.getresponse()
        except (ConnectionError, http.client.HTTPException):
            is_lost = True
        self._wait_until(lambda: not self.cluster.clock.driver.is_busy())
        if hangs:
            assert not select.select([connection.sock], [], [], 0)[0]
            connection.close()
        assert is_lost

    def _send(self, method: str, path: str, body: Any) -> http.client.HTTPConnection:
        idle = self._idle[self.node]
        connection = idle.pop() if idle else self._connect()
        connection.request(method, path, None if body is None else json.dumps(body), dict([JSON]))
        return connection

    def _connect(self) -> http.client.HTTPConnection:
        address = self.cluster.nodes[self.node].host, self.cluster.nodes[self.node].port
        return self._stack.enter_context(closing(http.client.HTTPConnection(*address, timeout=PATIENCE)))

    def leave(self, sent: Received) -> None:
        """Let the client of a request that waits go."""
        sent.connection.close()
        self._wait_until(lambda: bool(self.cluster.requests) and sent.request.outcome != "pending")

    def kill(self, node: int, milliseconds: int) -> None:
        """Kill a node; the connections to it that were kept alive break."""
        self.cluster.nodes[node].kill(reassign_after=as_duration(milliseconds))
        for connection in self._idle[node]:
            assert is_broken(connection)
            connection.close()
        self._idle[node].clear()

    def restart(self, node: int) -> None:
        """Let it be back."""
        self.cluster.nodes[node].restart()

    def _wait_until(self, is_so: Callable[[], bool]) -> None:
        until = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < until
            select.select([], [], [], 0.0001)

    # --- what a test does ---------------------------------------------------------------------------------------

    def advance(self, milliseconds: int) -> list[RecordedRequest] | None:
        """Advance the clock."""
        return self.cluster.clock.advance(milliseconds / 1000)

    def add_job(self, id_: str, **settings: Any) -> None:
        """Add it."""
        self.cluster.add_job(id_, **settings)

    def do(self, act: Act) -> None:
        """Do it by the job's handle."""
        job = self.cluster.jobs[act.id]
        if act.name == "set_stop_delay":
            job.stop_delay = as_duration(act.arguments[0])
        else:
            getattr(job, act.name)(*act.arguments)

    def stub_search(self, index: str, response: dict[str, Any]) -> None:
        """Stub it."""
        self.cluster.stub_search(index, response)

    def call_later(self, milliseconds: int, act: Act) -> None:
        """Let the clock call it."""
        self.cluster.clock.call_later(as_duration(milliseconds), self._call, act)

    def _call(self, act: Act) -> None:
        """Do what a test does in a call of the clock's.

        Neither the jobs nor the time are read as a test would: whoever reads lets answers go out that are there.
        """
        cluster = self.cluster
        self.called.append((cluster.clock.driver.timeline.now // 1_000_000, act))
        if act.id in cluster.world.jobs:
            getattr(Job(cluster.world, cluster.clock.driver, cluster.world.jobs[act.id]), act.name)(*act.arguments)

    def inject(self, injection: Injection) -> RealInjection:
        """Inject it; perhaps no such request will come."""
        plan = [self._as_item(item) for item in injection.plan]
        first: Any = plan[0]  # never `None` if it is the only one
        more: dict[str, Any] = {"times": injection.times, "effect": injection.effect, "at": as_duration(injection.at)}
        return self.cluster.inject(
            plan if len(plan) > 1 else first,
            on=injection.on,
            job=injection.job,
            after=injection.after,
            optional=True,
            **more,
        )

    def _as_item(
        self, item: Fault | Function | None
    ) -> RealFault | Callable[[RecordedRequest], RealFault | None] | None:
        if isinstance(item, Function):

            def function(_request: RecordedRequest) -> RealFault | None:
                self._call(item.act)
                return None if item.fault is None else as_fault(item.fault)

            return function
        return None if item is None else as_fault(item)

    # --- what has become ----------------------------------------------------------------------------------------

    def states(self) -> dict[str, str]:
        """Read them."""
        return {id_: str(job.state) for id_, job in self.cluster.jobs.items()}

    def findings(self) -> list[str]:
        """Take them."""
        world, driver = self.cluster.world, self.cluster.clock.driver
        with driver.reading():
            return [*world.take_findings(), *driver.take_findings(world)]

    def close(self) -> None:
        """Close connections and cluster."""
        self.cluster.stop()
        self._stack.close()


def as_fault(fault: Fault) -> RealFault:
    """Return the fault as tests make it."""
    arguments = (as_duration(fault.milliseconds),) if fault.milliseconds else ARGUMENTS.get(fault.name, ())
    made: RealFault = getattr(faults, fault.name)(*arguments)
    return made


def is_broken(connection: http.client.HTTPConnection) -> bool:
    """Say whether the other side has ended a connection."""
    try:
        return bool(select.select([connection.sock], [], [], 0)[0]) and not connection.sock.recv(1)
    except ConnectionError:
        return True


class Received:
    """A request that was sent; its connection is `idle` once the answer is there."""

    def __init__(
        self, connection: http.client.HTTPConnection, request: RecordedRequest, idle: list[http.client.HTTPConnection]
    ) -> None:
        self.connection, self.request = connection, request
        self._idle = idle
        self._answer: Answer | None = None
        self._warnings: list[str] = []
        self._part = 0  # the bytes of the answer that were there while it was arriving

    def answer(self) -> Answer | None:
        """Read the answer if there is one."""
        if self._answer is None and self.request.answered_at is not None:
            self._answer = self._read()
        return self._answer

    def answered_at(self) -> int | None:
        """Return what the journal says."""
        seconds = self.request.answered_at
        return None if seconds is None else round(seconds * 1000)

    def warnings(self) -> list[str]:
        """Return the values of the headers."""
        return self._warnings

    def is_arriving(self) -> None:
        """Look how much is there; that it was not all shows in the end."""
        assert self.request.outcome == "answered"
        arrived = len(self.arrived())
        assert arrived >= self._part
        assert arrived
        self._part = arrived

    def arrived(self) -> bytes:
        """Return the bytes that have arrived and were not read."""
        is_there = select.select([self.connection.sock], [], [], 0)[0]
        return self.connection.sock.recv(1 << 20, socket.MSG_PEEK) if is_there else b""

    def _read(self) -> Answer:
        if self.request.fault == faults.hang():
            assert not self.arrived()
            self.connection.close()
            return LOST
        assert not self._part or len(self.arrived()) > self._part
        try:
            response = self.connection.getresponse()
            text = response.read().decode()
        except (ConnectionError, http.client.HTTPException):
            self.connection.close()
            return LOST
        self._warnings = response.headers.get_all("Warning", [])
        self._idle.append(self.connection)
        return response.status, json.loads(text) if text.startswith("{") else text
