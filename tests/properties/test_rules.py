"""A cluster and a second, plain statement of the rules, driven side by side: every answer is the same.

Each line's rules are tried with whatever Hypothesis can think of: requests, acts of the test, time, and several clients
that wait at once. What is compared is written down in `rules`; nothing of it is taken from the package.
"""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pytest_rollup_fake import NEVER, polls
from pytest_rollup_fake.model.versions import LINES
from tests.properties.drivers import Calls, Sockets
from tests.properties.facts import CRONS, FAULTS, LOST, NEVER_TICKS, PLAIN, STATES, TIMEOUTS, Answer, Fault
from tests.properties.life import Waiter
from tests.properties.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.properties.drivers import Driver, Sent

IDS = ("a", "ä/%")
INDICES = ("r1", "r2")

METHODS = {"stop": "POST", "start": "POST", "delete": "DELETE", "put": "PUT"}  # all else is a GET

ids = st.sampled_from(IDS)
states = st.sampled_from(["started", "started", *STATES, "indexing"])  # those that lead somewhere more often
delays = st.sampled_from([0, 0, 40, 1000, 10_000, 30_000, NEVER, polls(1), polls(2)])  # milliseconds
timeouts = st.sampled_from([*sorted(TIMEOUTS), "2m", "2m", "2m"])
# Looks are never at such an instant, but for the first, so none falls together with a request.
lengths = st.sampled_from([100, 1000, 1300, 10_000, 30_000, 61_000])
crons = st.sampled_from([*CRONS, "*/10 * * * * ?", "*/10 * * * * ?", "no cron"])


@st.composite
def configs(draw: st.DrawFn, interval: str = "interval") -> dict[str, Any]:
    """Return the configuration of a job, but for its id; all of it is right, except perhaps the cron."""
    return {
        "index_pattern": draw(st.sampled_from(["data-*", PLAIN])),
        "rollup_index": draw(st.sampled_from(INDICES)),
        "cron": draw(crons),
        "groups": {"date_histogram": {interval: "1h", "field": "timestamp"}},
        "metrics": [{"field": "temperature", "metrics": draw(st.sampled_from([["min"], ["min", "max"], ["avg"]]))}],
        "timeout": "20s",
        "page_size": 10,
    }


@st.composite
def jobs(draw: st.DrawFn) -> dict[str, Any]:
    """Return what a job that the test adds is like; what `add_job` would choose by itself is in its configuration."""
    config = draw(configs("fixed_interval"))
    config["cron"] = config["cron"] if config["cron"] in CRONS else NEVER_TICKS
    config["groups"]["date_histogram"] |= {"delay": "7d", "time_zone": "UTC"}
    config["groups"]["terms"] = {"fields": ["node"]}
    return {
        "config": config,
        "state": draw(states),
        "stop_delay": draw(delays),
        "runs": draw(st.sampled_from([True, True, False])),
        "run_ms": draw(st.sampled_from([0, 0, 10_000, 45_000])),
    }


def as_duration(stop_delay: Any) -> Any:
    """Return a stop delay as tests give it."""
    return f"{stop_delay}ms" if isinstance(stop_delay, int) else stop_delay


def comparable(body: Any) -> Any:
    """Bring what has no order in Elasticsearch into one."""
    if isinstance(body, dict) and "jobs" in body:
        return {"jobs": sorted(body["jobs"], key=lambda job: str(job["config"]["id"]))}
    for shown in body.values() if isinstance(body, dict) else ():
        if isinstance(shown, dict) and "rollup_jobs" in shown:
            shown["rollup_jobs"].sort(key=lambda job: (job["job_id"], job["rollup_index"]))
    return body


class Machine(RuleBasedStateMachine):
    """Does the same to a cluster and to the rules."""

    def __init__(self, line: str, driver: Callable[[str], Driver]) -> None:
        super().__init__()
        self.driver = driver(line)
        self.model = Rules(line, acts_release=self.driver.acts_release)
        self.waiting: list[tuple[Waiter, Sent]] = []

    def teardown(self) -> None:
        """Nothing is left that a test must not overlook."""
        try:
            assert self.driver.findings() == []
        finally:
            self.driver.close()

    # --- requests -----------------------------------------------------------------------------------------------

    def ask(self, endpoint: str, path: str, *names: str, body: Any = None) -> None:
        """Send a request and compare the answer; the rules have a method that is called as the endpoint."""
        arguments = names if body is None else (*names, body)
        expected = self.model.ask(endpoint, getattr(self.model, endpoint), *arguments)
        self.compare(expected, self.driver.send(METHODS.get(endpoint, "GET"), self.path(path, *names), body))

    def path(self, path: str, *names: str) -> str:
        """Return a path of the line's own spelling."""
        escaped = [urllib.parse.quote(name, safe="*") for name in names]
        return path.format(*escaped, rollup=self.model.prefix)

    def compare(self, expected: Answer, sent: Sent) -> None:
        """Hold an answer against what it should be."""
        answer = sent.answer()
        assert answer is not None, f"{sent.request!r} still waits; expected: {expected}"
        assert (answer[0], comparable(answer[1])) == expected, repr(sent.request)
        assert sent.request.outcome == ("lost" if expected == LOST else "answered")

    @rule(id_=ids)
    def stop(self, id_: str) -> None:
        """Let a client stop a job."""
        self.ask("stop", "{rollup}/job/{0}/_stop", id_)

    @rule(id_=ids, timeout=timeouts)
    def stop_and_wait(self, id_: str, timeout: str) -> None:
        """Let a client stop a job and wait; others go on meanwhile."""
        path = self.path("{rollup}/job/{0}/_stop", id_) + f"?wait_for_completion=true&timeout={timeout}"
        sent = self.driver.send("POST", path)
        answer = self.model.ask_and_wait(id_, sent.request.number, timeout)
        if isinstance(answer, Waiter):
            self.waiting.append((answer, sent))
        else:
            self.compare(answer, sent)

    @rule(id_=ids)
    def start(self, id_: str) -> None:
        """Let a client start a job."""
        self.ask("start", "{rollup}/job/{0}/_start", id_)

    @rule(id_=ids)
    def delete(self, id_: str) -> None:
        """Let a client delete a job."""
        self.ask("delete", "{rollup}/job/{0}", id_)

    @rule(id_=st.sampled_from([*IDS, "_all", "*", "a*", "a,b"]))
    def get(self, id_: str) -> None:
        """Let a client read one job or all."""
        self.ask("get", "{rollup}/job/{0}", id_)

    @rule(id_=ids, config=configs() | configs("fixed_interval"), body_id=st.none() | ids, is_refused=st.booleans())
    def put(self, id_: str, config: dict[str, Any], body_id: str | None, is_refused: bool) -> None:  # noqa: FBT001  (Hypothesis)
        """Let a client create a job."""
        if "fixed_interval" in config["groups"]["date_histogram"] and not self.model.since(7, 2):
            config["groups"]["date_histogram"]["interval"] = config["groups"]["date_histogram"].pop("fixed_interval")
        if is_refused:
            config["rollup_index"] = "plain"
        if body_id is not None:
            config["id"] = body_id
        self.ask("put", "{rollup}/job/{0}", id_, body=config)

    @rule(
        pattern=st.sampled_from(["data-*", PLAIN, "data", "_all", "*"]),
        index=st.sampled_from([*INDICES, "plain", "nowhere", "_all", "*"]),
    )
    def caps(self, pattern: str, index: str) -> None:
        """Let a client ask for the capabilities of an index pattern and of a rollup index."""
        self.ask("caps", "{rollup}/data/{0}", pattern)
        if self.model.since(6, 4):
            self.ask("index_caps", "/{0}{rollup}/data", index)

    # --- acts of the test ---------------------------------------------------------------------------------------

    @precondition(lambda self: self.driver.takes_faults)
    @rule(
        endpoint=st.sampled_from(["stop", "stop", "get", "start", "put", "delete", "caps"]),
        name=st.sampled_from(sorted(FAULTS)),
        effect=st.sampled_from(["skipped", "applied"]),
        then=st.none() | ids,
    )
    def inject(self, endpoint: str, name: str, effect: str, then: str | None) -> None:
        """Let the next request to an endpoint go wrong, which perhaps comes at once."""
        effect = "applied" if name == "truncate" else effect
        self.model.faults.append(Fault(endpoint, name, effect))
        self.driver.inject(name, on=endpoint, effect=effect)
        self.model.act_is_over()
        if then is not None and endpoint in {"stop", "start", "get", "delete"}:
            getattr(self, endpoint)(then)
            self.get(then)

    @initialize(first=jobs(), second=jobs())
    def begin(self, first: dict[str, Any], second: dict[str, Any]) -> None:
        """Begin with two jobs."""
        self.add_job(IDS[0], first)
        self.add_job(IDS[1], second)

    @rule(id_=ids, job=jobs())
    def add_job(self, id_: str, job: dict[str, Any]) -> None:
        """Let a job be there."""
        if id_ in self.model.jobs:
            return
        config = {**job["config"], "id": id_}
        stop_delay, run_ms = job["stop_delay"], job["run_ms"]
        self.model.add_job(config, job["state"], stop_delay, runs=job["runs"], run_ms=run_ms)
        self.driver.add_job(
            id_,
            state=job["state"],
            stop_delay=as_duration(stop_delay),
            config=config,
            runs=job["runs"],
            run_duration=as_duration(run_ms),
        )

    @precondition(lambda self: self.model.jobs)
    @rule(data=st.data(), timeouts=st.lists(timeouts, min_size=2, max_size=4), milliseconds=lengths)
    def wait_side_by_side(self, data: st.DataObject, timeouts: list[str], milliseconds: int) -> None:
        """Let several clients stop jobs and wait, then let time pass."""
        for timeout in timeouts:
            self.stop_and_wait(self.any_job(data), timeout)
        self.advance(milliseconds)

    def any_job(self, data: st.DataObject) -> str:
        """Choose a job that there is."""
        return data.draw(st.sampled_from(sorted(self.model.jobs)), label="job")

    @precondition(lambda self: self.model.jobs)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        """Let somebody else delete a job."""
        id_ = self.any_job(data)
        self.model.remove(id_)
        self.driver.remove(id_)

    @precondition(lambda self: self.model.jobs)
    @rule(data=st.data(), state=states)
    def set_state(self, data: st.DataObject, state: str) -> None:
        """Put a job into a state."""
        id_ = self.any_job(data)
        self.model.set_state(id_, state)
        self.driver.act(id_, "set_state", state)

    @precondition(lambda self: self.model.jobs)
    @rule(data=st.data(), act=st.sampled_from(["hold", "release", "unassign", "assign"]))
    def do(self, data: st.DataObject, act: str) -> None:
        """Hold a job or let it go, take it from its node or give it to one."""
        id_ = self.any_job(data)
        getattr(self.model, act)(id_)
        self.driver.act(id_, act)

    @precondition(lambda self: self.model.jobs)
    @rule(data=st.data(), milliseconds=lengths)
    def hold_for(self, data: st.DataObject, milliseconds: int) -> None:
        """Hold a job for a while."""
        id_ = self.any_job(data)
        for act in ("hold", "release"):
            getattr(self.model, act)(id_)
            self.driver.act(id_, act)
            self.advance(milliseconds)

    @precondition(lambda self: self.model.jobs)
    @rule(data=st.data())
    def restart(self, data: st.DataObject) -> None:
        """Restart the node of a job."""
        id_ = self.any_job(data)
        for act in ("unassign", "assign"):
            getattr(self.model, act)(id_)
            self.driver.act(id_, act)

    @precondition(lambda self: self.model.jobs)
    @rule(data=st.data(), stop_delay=delays)
    def set_stop_delay(self, data: st.DataObject, stop_delay: Any) -> None:
        """Change how long a stop takes."""
        id_ = self.any_job(data)
        self.model.set_stop_delay(id_, stop_delay)
        self.driver.set_stop_delay(id_, as_duration(stop_delay))

    @rule(milliseconds=lengths, then=st.sampled_from(["_all", *IDS]))
    def advance_and_get(self, milliseconds: int, then: str) -> None:
        """Let time pass, and a client read what has become of the jobs."""
        self.advance(milliseconds)
        self.get(then)

    @rule(milliseconds=lengths)
    def advance(self, milliseconds: int) -> None:
        """Let time pass; what waits is answered in the order of the instants."""
        expected = [waiter.number for waiter in self.model.advance(milliseconds)]
        answered = self.driver.advance(milliseconds)
        if answered is not None:
            assert [request.number for request in answered] == expected

    @rule()
    def read_in_python(self) -> None:
        """Read the states as a test does."""
        self.model.catch_up()
        expected = {id_: job.shown_in_python for id_, job in self.model.jobs.items()}
        assert self.driver.states() == expected

    @invariant()
    def who_waits_is_answered_when_the_rules_say(self) -> None:
        """Neither earlier nor later, and by what the cluster was like at that instant."""
        for waiter, sent in list(self.waiting):
            if waiter.answer is None:
                assert sent.answer() is None, f"{sent.request!r} should still wait"
            else:
                self.waiting.remove((waiter, sent))
                self.compare(waiter.answer, sent)
                assert sent.answered_at() == waiter.answered_at, repr(sent.request)


def run(line: str, driver: Callable[[str], Driver], *, examples: int) -> None:
    """Run the machine on one line, for longer if Hypothesis is told to try more than usual."""

    class OfLine(Machine):
        def __init__(self) -> None:
            super().__init__(line, driver)

    usual = 100
    run_state_machine_as_test(OfLine, settings=settings(max_examples=examples * settings().max_examples // usual))


# Within a group nothing changes for rollup jobs, as far as `rules` goes; each has its first line here and its last.
FIRST = ("6.3", "6.5", "6.6", "6.7", "7.0", "7.2", "7.7", "8.0", "8.15", "9.0", "9.2")
LAST = (*(LINES[LINES.index(line) - 1] for line in FIRST[1:]), LINES[-1])


@pytest.mark.parametrize("line", sorted({*FIRST, *LAST}, key=LINES.index))
def test_every_answer_follows_the_rules(line: str) -> None:
    """Without sockets: what a version answers, to anybody at any time, is what the rules say."""
    run(line, Calls, examples=12)


@pytest.mark.parametrize("line", LAST)
def test_every_answer_follows_the_rules_over_sockets(line: str) -> None:
    """With a client that keeps its connection alive, and one for each stop that waits, on a manual clock."""
    run(line, Sockets, examples=6)
