"""The state machine that does the same to a cluster and to the rules: requests, acts of a test, and time.

What is compared is written down in `rules`; nothing of it is taken from the package.
"""

from __future__ import annotations

import re
import urllib.parse
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pytest_rollup_fake import NEVER, polls
from tests.properties.drivers import as_duration
from tests.properties.facts import CRONS, LOST, NEVER_TICKS, NEW_ZONE, OLD_ZONE, PLAIN, STATES, TIMEOUTS
from tests.properties.life import Act
from tests.properties.searching import UNSUPPORTED

if TYPE_CHECKING:
    from tests.properties.drivers import Driver, Sent
    from tests.properties.life import Way
    from tests.properties.rules import Rules

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
    histogram = {interval: "1h", "field": "timestamp"}
    if draw(st.integers(0, 4)) == 0:
        histogram["time_zone"] = OLD_ZONE
    return {
        "index_pattern": draw(st.sampled_from(["data-*", PLAIN])),
        "rollup_index": draw(st.sampled_from(INDICES)),
        "cron": draw(crons),
        "groups": {"date_histogram": histogram},
        "metrics": [{"field": "temperature", "metrics": draw(st.sampled_from([["min"], ["min", "max"], ["avg"]]))}],
        "timeout": "20s",
        "page_size": 10,
    }


@st.composite
def searches(draw: st.DrawFn) -> dict[str, Any]:
    """Return a search; most are such as Elasticsearch would answer, given a job that suits."""
    histogram = {"field": "timestamp", "interval": draw(st.sampled_from(["1h", "1h", "1d", "2h", "30m", "90m"]))}
    if draw(st.integers(0, 2)) == 0:
        histogram["time_zone"] = draw(st.sampled_from(["UTC", OLD_ZONE, NEW_ZONE]))
    metrics = st.sampled_from(["min", "max", "avg"]).map(lambda kind: {kind: {"field": "temperature"}})
    aggregation = st.just({"date_histogram": histogram}) | metrics | st.just({"cardinality": {"field": "node"}})
    body: dict[str, Any] = {"size": 0, "aggs": draw(st.dictionaries(st.sampled_from("xyz"), aggregation, min_size=1))}
    odd = draw(st.sampled_from([*[""] * 12, "size", *UNSUPPORTED]))
    if odd == "size":
        body["size"] = 1
    elif odd:
        body[odd] = True if odd in {"profile", "explain"} else {}
    queries = [{"match_all": {}}, {"range": {"timestamp": {}}}, {"range": {"x": {}}}, {"match": {"x": "y"}}]
    if (query := draw(st.none() | st.sampled_from(queries))) is not None:
        body["query"] = {"bool": {"filter": query}} if draw(st.booleans()) else query
    return body


@st.composite
def jobs(draw: st.DrawFn) -> dict[str, Any]:
    """Return what a job that the test adds is like; what `add_job` would choose by itself is in its configuration."""
    config = draw(configs("fixed_interval"))
    config["cron"] = config["cron"] if config["cron"] in CRONS else NEVER_TICKS
    config["groups"]["date_histogram"] = {
        "delay": "7d",
        "time_zone": "UTC",
        **config["groups"]["date_histogram"],
    }
    config["groups"]["terms"] = {"fields": ["node"]}
    return {
        "config": config,
        "state": draw(states),
        "stop_delay": draw(delays),
        "runs": draw(st.sampled_from([True, True, False])),
        "run_ms": draw(st.sampled_from([0, 0, 10_000, 45_000])),
    }


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

    def __init__(self, driver: Driver, model: Rules) -> None:
        super().__init__()
        self.driver, self.model = driver, model
        self.waiting: list[tuple[Way, Sent, list[str]]] = []

    def teardown(self) -> None:
        """Nothing is left that a test must not overlook, but for calls that are still to come."""
        try:
            findings = self.driver.findings()
            assert len(findings) == len(self.model.calls), findings
            assert all(finding.startswith("call_later: ") for finding in findings), findings
        finally:
            self.driver.close()

    # --- requests -----------------------------------------------------------------------------------------------

    def ask(self, endpoint: str, path: str, *names: str, body: Any = None, query: str = "", **more: Any) -> None:
        """Send a request and compare the answer, or the one that it gets later."""
        target = path.format(*(urllib.parse.quote(name, safe="*,") for name in names), rollup=self.model.prefix)
        sent = self.send(METHODS.get(endpoint, "GET"), target + query, body)
        if sent is None:
            return
        arguments = names if body is None else (*names, body)
        warnings = self.model.warnings(endpoint, *arguments)
        way = self.model.ask(sent.request.number, endpoint, *arguments, **more)
        self.waiting.append((way, sent, warnings))
        self.compare()

    def send(self, method: str, target: str, body: Any) -> Sent | None:
        """Send a request; `None`: it does not reach the cluster."""
        return self.driver.send(method, target, body)

    @invariant()
    def compare(self) -> None:
        """Who waits is answered when the rules say, and by what the cluster was like at that instant."""
        for each in list(self.waiting):
            way, sent, warnings = each
            if way.answer is None:
                assert sent.answer() is None, f"{sent.request!r} should still wait"
            elif self.model.now < way.answered_at + way.slowly:
                sent.is_arriving()
            else:
                self.waiting.remove(each)
                self.check(way, sent)
                self.check_warnings(way, sent, warnings)

    def check(self, way: Way, sent: Sent) -> None:
        """Hold an answer against what it should be."""
        answer = sent.answer()
        assert answer is not None, f"{sent.request!r} still waits; expected: {way.answer}"
        assert (answer[0], comparable(answer[1])) == way.answer, repr(sent.request)
        assert sent.request.outcome == ("lost" if way.answer == LOST else "answered")
        assert sent.answered_at() == way.answered_at, repr(sent.request)

    def check_warnings(self, way: Way, sent: Sent, expected: list[str]) -> None:
        """Hold the answer's warnings against those that there should be; what is no answer of the cluster has none."""
        if way.fault == "error":
            return  # whether the request came far enough is not known
        answered = [] if way.answer == LOST or way.fault == "response" else expected
        matches = [re.fullmatch(self.model.warning, value) for value in sent.warnings()]
        assert sorted(match[1] if match else "" for match in matches) == sorted(answered), sent.warnings()

    @rule(id_=ids)
    def stop(self, id_: str) -> None:
        """Let a client stop a job."""
        self.ask("stop", "{rollup}/job/{0}/_stop", id_)

    @rule(id_=ids, timeout=timeouts)
    def stop_and_wait(self, id_: str, timeout: str) -> None:
        """Let a client stop a job and wait; others go on meanwhile."""
        query = f"?wait_for_completion=true&timeout={timeout}"
        self.ask("stop", "{rollup}/job/{0}/_stop", id_, query=query, timeout=timeout)

    @precondition(lambda self: len(self.model.prefixes) > 1)
    @rule()
    def spell_otherwise(self) -> None:
        """Let the clients use the other spelling of the paths from now on."""
        self.model.prefixes.reverse()

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

    @rule(
        names=st.sampled_from([*INDICES, *INDICES, "r1,r2", "plain", PLAIN, "nowhere", "_all", "*"]),
        body=searches(),
        intervals=st.sampled_from(["calendar_interval", "fixed_interval"]),
    )
    def search(self, names: str, body: dict[str, Any], intervals: str) -> None:
        """Let a client search rolled up data."""
        if not self.model.since(6, 5) and names in {"*", "r1,r2"}:
            return  # what these mean there is not known
        for aggregation in body["aggs"].values():
            for histogram in aggregation.values():
                if "interval" in histogram and self.model.since(7, 2):
                    histogram[intervals] = histogram.pop("interval")
        self.ask("search", "/{0}/_rollup_search", names, body=body)

    # --- acts of the test ---------------------------------------------------------------------------------------

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
            run_duration=as_duration(run_ms if job["runs"] else 0),
        )

    @precondition(lambda self: self.model.jobs)
    @rule(data=st.data(), timeouts=st.lists(timeouts, min_size=2, max_size=4), milliseconds=lengths)
    def wait_side_by_side(self, data: st.DataObject, timeouts: list[str], milliseconds: int) -> None:
        """Let several clients stop jobs and wait, then let time pass."""
        for timeout in timeouts:
            if self.model.jobs:  # a function may have removed one meanwhile
                self.stop_and_wait(self.any_job(data), timeout)
        self.advance(milliseconds)

    def any_job(self, data: st.DataObject) -> str:
        """Choose a job that there is."""
        return data.draw(st.sampled_from(sorted(self.model.jobs)), label="job")

    def do(self, name: str, id_: str, *arguments: Any) -> None:
        """Do something to a job, unless it has gone."""
        self.model.catch_up()
        if id_ in self.model.jobs:
            getattr(self.model, name)(id_, *arguments)
            self.driver.do(Act(name, id_, arguments))

    @precondition(lambda self: self.model.jobs)
    @rule(data=st.data(), name=st.sampled_from(["remove", "hold", "release", "unassign", "assign"]))
    def act(self, data: st.DataObject, name: str) -> None:
        """Let a job vanish, hold it or let it go, take it from its node or give it to one."""
        self.do(name, self.any_job(data))

    @precondition(lambda self: self.model.jobs)
    @rule(data=st.data(), state=states)
    def set_state(self, data: st.DataObject, state: str) -> None:
        """Put a job into a state."""
        self.do("set_state", self.any_job(data), state)

    @precondition(lambda self: self.model.jobs)
    @rule(data=st.data(), milliseconds=lengths)
    def hold_for(self, data: st.DataObject, milliseconds: int) -> None:
        """Hold a job for a while."""
        id_ = self.any_job(data)
        for name in ("hold", "release"):
            self.do(name, id_)
            self.advance(milliseconds)

    @precondition(lambda self: self.model.jobs)
    @rule(data=st.data())
    def restart(self, data: st.DataObject) -> None:
        """Take a job from its node and give it to one again."""
        id_ = self.any_job(data)
        for name in ("unassign", "assign"):
            self.do(name, id_)

    @precondition(lambda self: self.model.jobs)
    @rule(data=st.data(), stop_delay=delays)
    def set_stop_delay(self, data: st.DataObject, stop_delay: Any) -> None:
        """Change how long a stop takes."""
        self.do("set_stop_delay", self.any_job(data), stop_delay)

    @rule(
        index=st.sampled_from(INDICES), response=st.sampled_from([{"took": 5}, {"aggregations": {"x": {"value": 1}}}])
    )
    def stub_search(self, index: str, response: dict[str, Any]) -> None:
        """Say what a search finds."""
        self.model.stub_search(index, response)
        self.driver.stub_search(index, response)

    @precondition(lambda self: self.model.jobs)
    @rule(data=st.data(), count=st.integers(1, 2), reads=st.integers(1, 3))
    def stop_and_poll(self, data: st.DataObject, count: int, reads: int) -> None:
        """Let a client stop a job that takes a number of reads, and read it."""
        id_ = self.any_job(data)
        self.do("set_stop_delay", id_, polls(count))
        self.do("set_state", id_, "indexing")
        self.stop(id_)
        for _ in range(reads):
            self.get(id_)

    @rule(milliseconds=lengths, then=st.sampled_from(["_all", *IDS]))
    def advance_and_get(self, milliseconds: int, then: str) -> None:
        """Let time pass, and a client read what has become of the jobs."""
        self.advance(milliseconds)
        self.get(then)

    @rule(milliseconds=lengths)
    def advance(self, milliseconds: int) -> None:
        """Let time pass; what waits is answered in the order of the instants."""
        expected = [way.number for way in self.model.advance(milliseconds)]
        answered = self.driver.advance(milliseconds)
        if answered is not None:
            assert [request.number for request in answered] == expected

    @rule()
    def read_in_python(self) -> None:
        """Read the states as a test does."""
        self.model.catch_up()
        expected = {id_: job.shown_in_python for id_, job in self.model.jobs.items()}
        self.model.hand_out()
        assert self.driver.states() == expected
