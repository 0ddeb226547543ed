"""A cluster without sockets and threads: requests are handed to `rest.handle.handle` as plain function calls.

Time stands still until a test calls `advance`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_rollup_fake.model.durations import to_nanoseconds
from pytest_rollup_fake.model.journal import RecordedRequest
from pytest_rollup_fake.model.timeline import ClockMode, Timeline
from pytest_rollup_fake.model.versions import LINES
from pytest_rollup_fake.model.world import World
from pytest_rollup_fake.rest.handle import handle
from pytest_rollup_fake.rest.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_rollup_fake.model.durations import Duration
    from pytest_rollup_fake.model.jobs import RollupJob

Fields = tuple[tuple[str, str], ...]


def lines(since: str = "6.3", until: str | None = None) -> list[str]:
    """Return the version lines from one to another, both included."""
    end = len(LINES) if until is None else LINES.index(until) + 1
    return list(LINES[LINES.index(since) : end])


class Answer:
    """A request and what became of it; `reply` is `None` while it waits, `arrived_at` the instant of the reply."""

    def __init__(self, request: RecordedRequest, timeline: Timeline) -> None:
        self.request = request
        self.reply: Reply | None = None
        self.arrived_at: int | None = None
        self._timeline = timeline

    def arrive(self, reply: object) -> None:
        """Take the reply."""
        assert isinstance(reply, Reply)
        self.reply = reply
        self.arrived_at = self._timeline.now

    @property
    def _arrived(self) -> Reply:
        assert self.reply is not None, "the request still waits for its answer"
        return self.reply

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self._arrived.status

    @property
    def text(self) -> str:
        """The body."""
        return self._arrived.body.decode()

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self._arrived.body)

    @property
    def error(self) -> Any:
        """The body's error."""
        return self.json["error"]

    @property
    def headers(self) -> Fields:
        """Every header in its order."""
        return self._arrived.headers

    def values(self, name: str) -> list[str]:
        """Return all values of a header, whose name is spelt exactly like this."""
        return [value for key, value in self.headers if key == name]

    @property
    def warnings(self) -> list[str]:
        """The texts inside the Warning headers."""
        return [value.split('"')[1] for value in self.values("Warning")]


class FakeCluster:
    """The state of a cluster of one version, with jobs of these ids, all of them started."""

    def __init__(
        self,
        version: str | None = None,
        *jobs: str,
        security: bool | str | None = None,
        tls: bool = False,
        strict: bool = True,
        unfaked: Iterable[str] | bool = (),
    ) -> None:
        self.timeline = Timeline(ClockMode.MANUAL, lambda: 0)
        self.world = World(self.timeline)
        self.world.tls = tls
        settings = unfaked if isinstance(unfaked, bool) else list(unfaked)
        self.world.configure(version=version, security=security, strict=strict, unfaked=settings, client_timeout=None)
        for job in jobs:
            self.add_job(job)

    def add_job(self, id_: str, *, state: str = "started", **settings: Any) -> RollupJob:
        """Add a job; `settings` are `stop_delay`, `config` and `stats`."""
        settings = {"stop_delay": 0, "config": None, "stats": None, **settings}
        return self.world.add_job(id_, state=state, **settings)

    def ask(self, line: str, *headers: tuple[str, str], body: str = "") -> Answer:
        """Send a request, given as method and target; one that has to wait looks once."""
        method, target = line.split(" ", 1)
        answer = Answer(RecordedRequest(method, target, headers, body.encode()), self.timeline)
        self.world.receive(answer.request)
        result = handle(answer.request, self.world)
        if isinstance(result, Reply):
            answer.arrive(result)
        else:
            result.begin(self.timeline, answer.arrive)
            self.advance(0)
        return answer

    def advance(self, duration: Duration) -> None:
        """Let time pass."""
        self.timeline.step(self.timeline.now + to_nanoseconds(duration))


def ask(
    version: str | None, line: str, *headers: tuple[str, str], body: str = "", security: bool | str | None = None
) -> Answer:
    """Send a request to a new cluster of a version, which has one started job, `a`."""
    return FakeCluster(version, "a", security=security).ask(line, *headers, body=body)
