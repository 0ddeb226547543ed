"""What drives a cluster by hand; and the way by plain function calls. `sockets` has the other, over real sockets.

Both take the same requests and the same acts of a test, so that one state machine can hold either against `rules`.
Durations are milliseconds.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from pytest_rollup_fake import JobState
from tests.properties.facts import FIELDS, PLAIN, Answer
from tests.support import FakeCluster

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_rollup_fake.model.jobs import RollupJob
    from pytest_rollup_fake.model.journal import RecordedRequest
    from tests.properties.life import Act
    from tests.support import Answer as Call

JSON = ("Content-Type", "application/json")


class Sent(Protocol):
    """A request that was sent."""

    request: RecordedRequest

    def answer(self) -> Answer | None:
        """Return what came back; `None` while nothing did."""

    def answered_at(self) -> int | None:
        """Return the instant of the answer."""

    def warnings(self) -> list[str]:
        """Return the values of the answer's Warning headers."""

    def is_arriving(self) -> None:
        """Check that a part of the answer is there, and not yet all of it."""


class Driver(Protocol):
    """A cluster of one version, which has an index to roll up and one that is no rollup index."""

    acts_release: bool

    def send(self, method: str, path: str, body: Any = None) -> Sent:
        """Send a request and return once the cluster has answered it, or lets it wait."""

    def advance(self, milliseconds: int) -> list[RecordedRequest] | None:
        """Let time pass; return what it has answered, if the driver can tell."""

    def add_job(self, id_: str, **settings: Any) -> None:
        """Let a job be there."""

    def do(self, act: Act) -> None:
        """Do to a job what the act says."""

    def stub_search(self, index: str, response: dict[str, Any]) -> None:
        """Let searches of an index be answered with this."""

    def states(self) -> dict[str, str]:
        """Return the jobs' states as a test reads them."""

    def findings(self) -> list[str]:
        """Return what `check` would raise."""

    def close(self) -> None:
        """Put everything away."""


class Calls:
    """A cluster without sockets and threads; nothing looks when an act of the test ends."""

    acts_release = False

    def __init__(self, version: str) -> None:
        self.fake = FakeCluster(version)
        self.fake.world.add_index(PLAIN, {"properties": FIELDS})
        self.fake.world.add_index("plain", None)

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

    def do(self, act: Act) -> None:
        """Do it to the model's job."""
        self.fake.advance(0)
        job = self.fake.world.jobs[act.id]
        if act.name == "remove":
            self.fake.world.remove_job(act.id)
        elif act.name == "assign":
            self.fake.world.assign_job(job)
        elif act.name == "unassign":
            job.unassign("by the test")
        elif act.name == "set_state":
            job.set_state(JobState(act.arguments[0]))
        elif act.name == "set_stop_delay":
            job.stop_delay = as_duration(act.arguments[0])
        else:
            getattr(job, act.name)()

    def stub_search(self, index: str, response: dict[str, Any]) -> None:
        """Stub it."""
        self.fake.advance(0)
        self.fake.world.stub_search(index, response)

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

    def is_arriving(self) -> None:
        """Answers come at once."""
        raise NotImplementedError

    def warnings(self) -> list[str]:
        """Return them."""
        return self._call.values("Warning")


def as_duration(milliseconds: Any) -> Any:
    """Return a duration as tests give it; what is none stays what it is."""
    return f"{milliseconds}ms" if isinstance(milliseconds, int) else milliseconds
