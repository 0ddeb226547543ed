"""A cluster that returned to a snapshot does from there on what the other one did, whatever had happened before."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from hypothesis import given
from hypothesis import strategies as st

from pytest_rollup_fake.admin.checking import check
from pytest_rollup_fake.admin.schemas import definitions
from pytest_rollup_fake.admin.snapshots import restore, take
from pytest_rollup_fake.model.jobs import NEVER, polls
from pytest_rollup_fake.model.states import JobState
from tests.support import FakeCluster

JOBS = ("a", "b")
REQUESTS = (
    *("POST /_rollup/job/{}/_stop", "POST /_rollup/job/{}/_start", "DELETE /_rollup/job/{}", "GET /_rollup/job/{}"),
    *("PUT /index-{}", "DELETE /index-{}", "GET /index-{}/_mapping"),
)
NEW_UUID: Final = re.compile(r'(?<=[/"])[\w-]{22}(?=[]"])')  # of an index that is made afterwards

jobs = st.sampled_from(JOBS)
acts = st.one_of(
    st.tuples(st.just("ask"), st.sampled_from(REQUESTS), jobs),
    st.tuples(st.just("advance"), st.sampled_from([0.5, 1, 7, 29, 30, 45])),
    st.tuples(st.just("set_state"), st.sampled_from(["started", "indexing", "stopping", "stopped"]), jobs),
    st.tuples(st.sampled_from(["hold", "release", "unassign"]), jobs),
)
delays = st.sampled_from([0, 1.5, "45s", NEVER, polls(2)])


class Driven(FakeCluster):
    """A cluster that acts are done to, each of which tells what can be seen of it."""

    def act(self, name: str, *arguments: Any) -> Any:
        """Do something, and return what is seen afterwards."""
        if name == "advance":
            self.advance(*arguments)
            return [(job.id, job.state, job.history[-1][1:], dict(job.stats)) for job in self.world.jobs.values()]
        *more, id_ = arguments
        if name == "ask":
            answer = self.ask(more[0].format(id_))
            self.world.settle(answer.request, "answered")
            return answer.status, NEW_UUID.sub("", answer.text)
        job = self.world.jobs.get(id_)
        if job is None:
            return None
        match name:
            case "set_state":
                job.set_state(JobState(*more))
            case "hold":
                job.hold()
            case "release":
                job.release()
            case "unassign":
                job.unassign("unassigned by the test")
        return job.state, job.persisted


@given(st.lists(delays, min_size=2, max_size=2), st.lists(acts, max_size=8), st.lists(acts, min_size=1, max_size=8))
def test_what_follows_is_the_same(delays: list[Any], before: list[Any], after: list[Any]) -> None:
    """Jobs that wind down, count reads, run by their cron, are held, or that no node runs."""
    first, second = Driven("8.0"), Driven("8.0")
    for id_, delay in zip(JOBS, delays, strict=True):
        first.add_job(id_, stop_delay=delay, runs=True, run_duration="2s", run_documents=25)
    for act in before:
        first.act(*act)
    saved = json.loads(json.dumps(take(first.world)))
    check(saved, definitions()["snapshot"])
    restore(second.world, saved)
    second.world.nodes[0].id = first.world.nodes[0].id  # which refusals show, and snapshots leave as it is

    assert [second.act(*act) for act in after] == [first.act(*act) for act in after]
