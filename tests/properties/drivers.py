"""Two ways to drive a cluster by hand: over real sockets, and by plain function calls.

Both take the same requests and the same acts of a test, so that one state machine can hold either against `rules`.
Durations are milliseconds.
"""

from __future__ import annotations

import http.client
import json
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, Any, Protocol

from pytest_rollup_fake import JobState, RollupCluster, faults
from tests.properties.facts import FIELDS, LOST, PLAIN, Answer
from tests.support import FakeCluster

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_rollup_fake.model.jobs import RollupJob
    from pytest_rollup_fake.model.journal import RecordedRequest
    from tests.support import Answer as Call

JSON = ("Content-Type", "application/json")


class Sent(Protocol):
    """A request that was sent."""

    request: RecordedRequest

    def answer(self) -> Answer | None:
        """Return what came back; `None` while nothing did."""

    def answered_at(self) -> int | None:
        """Return the instant of the answer."""


class Driver(Protocol):
    """A cluster of one version, which has an index to roll up and one that is no rollup index."""

    acts_release: bool
    takes_faults: bool

    def inject(self, name: str, *, on: str, effect: str) -> None:
        """Let a fault strike the next request to an endpoint."""

    def send(self, method: str, path: str, body: Any = None) -> Sent:
        """Send a request and return once the cluster has answered it, or lets it wait."""

    def advance(self, milliseconds: int) -> list[RecordedRequest] | None:
        """Let time pass; return what it has answered, if the driver can tell."""

    def add_job(self, id_: str, **settings: Any) -> None:
        """Let a job be there."""

    def remove(self, id_: str) -> None:
        """Let a job vanish."""

    def act(self, id_: str, act: str, *arguments: Any) -> None:
        """Do to a job what the method of `Job` does that is called so."""

    def set_stop_delay(self, id_: str, stop_delay: Any) -> None:
        """Change how long the next stop takes."""

    def states(self) -> dict[str, str]:
        """Return the jobs' states as a test reads them."""

    def findings(self) -> list[str]:
        """Return what `check` would raise."""

    def close(self) -> None:
        """Put everything away."""


class Sockets:
    """A cluster on a manual clock, with a connection of its own for each stop that waits."""

    acts_release = True
    takes_faults = True

    def __init__(self, version: str) -> None:
        self._stack = ExitStack()
        self.cluster = self._stack.enter_context(RollupCluster(version, clock="manual"))
        self.cluster.clock.parked_timeout = 0  # however long Hypothesis takes
        self.cluster.add_index(PLAIN, {"properties": FIELDS})
        self.cluster.add_index("plain")
        self._kept_alive = self._connect()

    def _connect(self) -> http.client.HTTPConnection:
        address = self.cluster.host, self.cluster.port
        return self._stack.enter_context(closing(http.client.HTTPConnection(*address, timeout=30)))

    def inject(self, name: str, *, on: str, effect: str) -> None:
        """Inject it; perhaps no such request will come."""
        arguments = {"error": (503, "some_exception", "by the test"), "response": (502, "bad"), "truncate": (0,)}.get(
            name, ()
        )
        fault = getattr(faults, name)(*arguments)
        self.cluster.inject(fault, on=on, effect="skipped" if effect == "skipped" else "applied", optional=True)

    def send(self, method: str, path: str, body: Any = None) -> Sent:
        """Send it, on a connection of its own if it may have to wait."""
        waits = "wait_for_completion" in path
        connection = self._connect() if waits else self._kept_alive
        connection.request(method, path, None if body is None else json.dumps(body), dict([JSON]))
        received = _Received(connection)
        if not waits:
            received.read()
        received.request = self.cluster.wait_for_request(timeout=30)
        return received

    def advance(self, milliseconds: int) -> list[RecordedRequest] | None:
        """Advance the clock."""
        return self.cluster.clock.advance(milliseconds / 1000)

    def add_job(self, id_: str, **settings: Any) -> None:
        """Add it."""
        self.cluster.add_job(id_, **settings)

    def remove(self, id_: str) -> None:
        """Remove it."""
        self.cluster.remove_job(id_)

    def act(self, id_: str, act: str, *arguments: Any) -> None:
        """Call the method."""
        getattr(self.cluster.jobs[id_], act)(*arguments)

    def set_stop_delay(self, id_: str, stop_delay: Any) -> None:
        """Set it."""
        self.cluster.jobs[id_].stop_delay = stop_delay

    def states(self) -> dict[str, str]:
        """Read them."""
        return {id_: str(job.state) for id_, job in self.cluster.jobs.items()}

    def findings(self) -> list[str]:
        """Take them."""
        return self.cluster.take_findings()

    def close(self) -> None:
        """Close connections and cluster."""
        self.cluster.stop()
        self._stack.close()


class _Received:
    request: RecordedRequest

    def __init__(self, connection: http.client.HTTPConnection) -> None:
        self._connection = connection
        self._answer: Answer | None = None

    def answer(self) -> Answer | None:
        """Read the answer if there is one."""
        if self._answer is None and self.request.answered_at is not None:
            self.read()
        return self._answer

    def answered_at(self) -> int | None:
        """Return what the journal says."""
        seconds = self.request.answered_at
        return None if seconds is None else round(seconds * 1000)

    def read(self) -> None:
        """Read the answer."""
        try:
            response = self._connection.getresponse()
            text = response.read().decode()
        except (ConnectionError, http.client.HTTPException):
            self._connection.close()
            self._answer = LOST
        else:
            self._answer = response.status, json.loads(text) if text.startswith("{") else text


class Calls:
    """A cluster without sockets and threads; nothing looks when an act of the test ends."""

    acts_release = False
    takes_faults = False

    def __init__(self, version: str) -> None:
        self.fake = FakeCluster(version)
        self.fake.world.add_index(PLAIN, {"properties": FIELDS})
        self.fake.world.add_index("plain", None)

    def inject(self, name: str, *, on: str, effect: str) -> None:
        """Faults are a matter of whoever delivers the answers."""
        raise NotImplementedError

    def send(self, method: str, path: str, body: Any = None) -> Sent:
        """Hand it over."""
        self.fake.advance(0)
        if body is None:
            return _Called(self.fake, self.fake.ask(f"{method} {path}"))
        return _Called(self.fake, self.fake.ask(f"{method} {path}", JSON, body=json.dumps(body)))

    def advance(self, milliseconds: int) -> list[RecordedRequest] | None:
        """Move the timeline."""
        self.fake.advance(f"{milliseconds}ms")
        return None

    def add_job(self, id_: str, **settings: Any) -> None:
        """Add it."""
        self.fake.advance(0)
        self.fake.add_job(id_, **settings)

    def remove(self, id_: str) -> None:
        """Remove it."""
        self.fake.advance(0)
        self.fake.world.remove_job(id_)

    def act(self, id_: str, act: str, *arguments: Any) -> None:
        """Do it to the model's job."""
        self.fake.advance(0)
        job = self.fake.world.jobs[id_]
        if act == "assign":
            self.fake.world.assign_job(job)
        else:
            getattr(job, act)(*(JobState(text) for text in arguments), *(["by the test"] if act == "unassign" else []))

    def set_stop_delay(self, id_: str, stop_delay: Any) -> None:
        """Set it."""
        self.fake.advance(0)
        self.fake.world.jobs[id_].stop_delay = stop_delay

    def states(self) -> dict[str, str]:
        """Read them."""
        self.fake.advance(0)
        jobs: Mapping[str, RollupJob] = self.fake.world.jobs
        return {id_: str(job.state) for id_, job in jobs.items()}

    def findings(self) -> list[str]:
        """Take them."""
        return self.fake.world.take_findings()

    def close(self) -> None:
        """Nothing is open."""


class _Called:
    def __init__(self, fake: FakeCluster, call: Call) -> None:
        self._fake, self._call = fake, call
        self.request = call.request
        self.answer()

    def answer(self) -> Answer | None:
        """Return the reply, which with the first look at it is sent."""
        if self._call.reply is None:
            return None
        if self.request.outcome == "pending":
            self._fake.world.settle(self.request, "answered")
        return self._call.status, self._call.json

    def answered_at(self) -> int | None:
        """Return when it came."""
        instant = self._call.arrived_at
        return None if instant is None else instant // 1_000_000
