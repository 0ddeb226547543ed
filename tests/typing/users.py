"""What type checkers say of tests that use the fixtures. Never run: checked by mypy only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, assert_type

import pytest

import pytest_rollup_fake
from pytest_rollup_fake import (
    NEVER,
    Change,
    Clock,
    Job,
    JobState,
    MakeRollupCluster,
    RecordedRequest,
    Requests,
    RollupCluster,
    RollupClusterError,
    Version,
    polls,
)

pytest_rollup_fake.nonsense  # type: ignore[attr-defined]  # noqa: B018  (a name that does not exist is an error)


def test_state_is_not_narrowed(rollup_cluster: RollupCluster) -> None:
    """A state changes between two asserts, and what comes after them is reachable."""
    job = rollup_cluster.add_job("sensor", state="indexing", stop_delay="5m")

    assert job.state == "stopping"
    rollup_cluster.clock.advance("5m")
    assert job.state == "stopped"
    assert_type(job.state, JobState)


def test_state_is_not_narrowed_by_members(rollup_cluster: RollupCluster) -> None:
    """By mypy; pyright narrows whatever is compared with a member of an enum."""
    job = rollup_cluster.add_job("sensor")

    assert job.state == JobState.STARTED
    job.set_state("stopped")
    assert job.state == JobState.STOPPED
    assert_type(job.state, JobState)


def test_state_of_two_jobs(rollup_cluster: RollupCluster) -> None:
    """A job of the mapping is a job."""
    assert_type(rollup_cluster.jobs, Mapping[str, Job])
    assert rollup_cluster.jobs["sensor"].state == rollup_cluster.jobs["other"].state != "started"


def test_existence_is_not_narrowed(rollup_cluster: RollupCluster) -> None:
    """Nor is it after `not`."""
    job = rollup_cluster.add_job("sensor")

    assert job.exists
    rollup_cluster.remove_job("sensor")
    assert not job.exists
    rollup_cluster.add_job("sensor")
    assert_type(rollup_cluster.jobs["sensor"], Job)


def test_clusters_of_wider_scope(
    class_rollup_cluster: RollupCluster, module_rollup_cluster: RollupCluster, session_rollup_cluster: RollupCluster
) -> None:
    """They are clusters like any other."""
    for cluster in (class_rollup_cluster, module_rollup_cluster, session_rollup_cluster):
        assert_type(cluster.url, str)
        assert_type(cluster.version, Version | None)
        assert_type(cluster.clock, Clock)


def test_skipping_sleep(rollup_cluster: RollupCluster) -> None:
    """A block gives nothing, and its limit is a duration."""
    with rollup_cluster.clock.skipping_sleep(), rollup_cluster.clock.skipping_sleep(limit=timedelta(hours=1)) as block:
        assert_type(block, None)
    rollup_cluster.clock.skipping_sleep(limit=None)  # type: ignore[arg-type]


def test_factory(make_rollup_cluster: MakeRollupCluster) -> None:
    """The factory takes the arguments of the class, and no others."""
    old = make_rollup_cluster("7.17", jobs={"sensor": "stopped", "other": {"stop_delay": NEVER}}, unfaked=["/_cat/*"])
    with make_rollup_cluster(version=None, clock=old.clock, client_timeout=timedelta(seconds=5)) as new:
        assert_type(new, RollupCluster)
    make_rollup_cluster(jobs=["sensor"], strict=False, security="unset", host="::1", port=9200)
    make_rollup_cluster(version=old.version)
    secure = make_rollup_cluster(tls=True)
    assert_type(secure.ca_path, str)
    assert_type(secure.ca_fingerprint, str)
    make_rollup_cluster(jbos=["sensor"])  # type: ignore[call-arg]
    make_rollup_cluster(7.17)  # type: ignore[arg-type]


def test_stop_delays(rollup_cluster: RollupCluster) -> None:
    """A delay is a duration, a number of polls, or for ever."""
    job = rollup_cluster.add_job("sensor", stop_delay=polls(3))
    job.stop_delay = 5
    job.stop_delay = 0.5
    job.stop_delay = "5s"
    job.stop_delay = timedelta(seconds=5)
    job.stop_delay = NEVER
    with job.hold() as held:
        assert_type(held, Job)
    for change in job.history:
        assert_type(change, Change)
        assert_type(change.state, JobState)


def test_journal(rollup_cluster: RollupCluster) -> None:
    """Its slices are of its own type."""
    requests = rollup_cluster.requests
    assert_type(requests, Requests)
    assert_type(requests.to("stop", job="sensor"), Requests)
    assert_type(requests[1:], Requests)
    assert_type(requests[0], RecordedRequest)
    assert_type(requests.last, RecordedRequest)
    assert_type(requests.last.status, int | None)
    assert_type([request.outcome for request in requests], list[str])


def test_class_alone() -> None:
    """Without pytest it is a context manager, and what it finds is an assertion's error."""
    with RollupCluster("8.19", clock="manual") as cluster:
        assert_type(cluster, RollupCluster)
        released = cluster.clock.advance(10)
        assert_type(released, list[RecordedRequest])
    with pytest.raises(RollupClusterError):
        cluster.check()
    error: AssertionError = RollupClusterError("")
    raise error


def test_versions(rollup_cluster: RollupCluster) -> None:
    """A version is compared with its text."""
    version = rollup_cluster.version
    assert version is not None
    assert version == "7.17.29"
    assert version >= "7.17"
    assert_type(version.major, int)


@pytest.fixture
def app(rollup_cluster: RollupCluster, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Fixtures of the user's own build on ours."""
    monkeypatch.setenv("ELASTICSEARCH_URL", rollup_cluster.url)
    return rollup_cluster.url_for("/_rollup/job")
