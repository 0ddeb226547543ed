"""Hypothesis: a cluster for each example, made inside the test function."""

from __future__ import annotations

import string

import elasticsearch8
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_rollup_fake import RollupCluster

# Of real time, which a busy machine takes: what is tested is in fake time.
a_few = settings(max_examples=25, deadline=None)

ids = st.text(string.ascii_letters + string.digits + "-_ä/%+ ", min_size=1).filter(str.strip)


@a_few
@given(st.sets(ids, min_size=1, max_size=5), st.data())
def test_a_stop_stops_the_job_that_it_names(every: set[str], data: st.DataObject) -> None:
    """Whatever its id: the official client escapes it, the cluster finds it, and the others go on."""
    wanted = data.draw(st.sampled_from(sorted(every)))

    with RollupCluster(jobs=list(every)) as cluster, elasticsearch8.Elasticsearch(cluster.url) as client:
        assert client.rollup.stop_job(id=wanted) == {"stopped": True}

        assert {id_ for id_, job in cluster.jobs.items() if job.state == "stopped"} == {wanted}


@a_few
@given(delay=st.integers(0, 3600), timeout=st.integers(0, 3600))
def test_a_stop_succeeds_if_the_job_takes_no_longer_than_the_timeout(delay: int, timeout: int) -> None:
    """At the instant of the timeout itself the job has just stopped."""
    with RollupCluster() as cluster, elasticsearch8.Elasticsearch(cluster.url, request_timeout=5) as client:
        cluster.add_job("sensor", state="indexing", stop_delay=delay)

        answer = client.options(ignore_status=500).rollup.stop_job(
            id="sensor", wait_for_completion=True, timeout=f"{timeout}s"
        )

        assert answer.meta.status == (200 if delay <= timeout else 500)
