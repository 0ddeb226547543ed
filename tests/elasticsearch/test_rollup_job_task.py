"""RollupJobTaskTests, as far as it is visible from outside.

There a task is made with a persisted state; here a node takes a job whose task had that state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_rollup_fake import NEVER
from tests.elasticsearch.api import each_line

if TYPE_CHECKING:
    from pytest_rollup_fake import Job
    from tests.elasticsearch.api import Api


def restored(api: Api, persisted: str) -> str | None:
    """Return the state that a job has on its next node, by the state that was persisted."""
    job = api.cluster.add_job("foo", state=persisted)
    reassign(job)
    return api.state("foo")


def reassign(job: Job) -> None:
    """Let a node run a job's task anew."""
    job.unassign()
    job.assign()


@each_line()
def test_no_initial_status(with_job: Api) -> None:
    """testNoInitialStatus: a job that was never persisted is stopped, and has no position."""
    [job] = with_job.get_jobs("foo").body["jobs"]
    assert job["status"]["job_state"] == "stopped"
    assert "current_position" not in job["status"]


@each_line()
def test_initial_status_stopped(bare_api: Api) -> None:
    """testInitialStatusStopped: a job that was stopped is."""
    assert restored(bare_api, "stopped") == "stopped"


@each_line()
def test_initial_status_aborting(bare_api: Api) -> None:
    """testInitialStatusAborting: a job that was aborting is stopped."""
    assert restored(bare_api, "aborting") == "stopped"


@each_line()
def test_initial_status_stopping(bare_api: Api) -> None:
    """testInitialStatusStopping: a job that was stopping is stopped."""
    assert restored(bare_api, "stopping") == "stopped"


@each_line()
def test_initial_status_started(bare_api: Api) -> None:
    """testInitialStatusStarted: a job that was started is."""
    assert restored(bare_api, "started") == "started"


@each_line()
def test_initial_status_indexing_new_id(bare_api: Api) -> None:
    """testInitialStatusIndexingNewID: a job that was indexing is started, and runs at its next tick."""
    assert restored(bare_api, "indexing") == "started"


@each_line()
def test_start_when_started(with_job: Api) -> None:
    """testStartWhenStarted: a second start is refused up to 7.x, and is answered as done from 8.0 on."""
    with_job.start_job("foo")

    response = with_job.start_job("foo")

    if with_job.is_from("8.0"):
        assert response.body == {"started": True}
    else:
        assert response.reasons == ["Cannot start task for Rollup Job [foo] because state was [STARTED]"]
    assert with_job.state("foo") == "started"


def let_run(api: Api) -> Job:
    """Start the job and let its cron tick; the run does not end by itself."""
    job = api.cluster.jobs["foo"]
    job.run_duration = "1h"
    job.stop_delay = NEVER
    assert api.start_job("foo").body == {"started": True}
    api.cluster.clock.advance("30s")
    assert (api.state("foo"), api.stats("foo")["trigger_count"]) == ("indexing", 1)
    return job


@each_line()
def test_start_when_stopping(with_job: Api) -> None:
    """testStartWhenStopping: a job that is stopping cannot be started, and what is persisted is that it stopped."""
    job = let_run(with_job)
    assert with_job.stop_job("foo").body == {"stopped": True}
    assert with_job.state("foo") == "stopping"

    response = with_job.start_job("foo")

    assert response.status == 500
    assert response.reasons == ["Cannot start task for Rollup Job [foo] because state was [STOPPING]"]
    reassign(job)
    assert with_job.state("foo") == "stopped"


@each_line()
def test_start_when_stopped(with_job: Api) -> None:
    """testStartWhenStopped: a stopped job is started, which is persisted."""
    assert with_job.start_job("foo").body == {"started": True}
    assert with_job.state("foo") == "started"
    reassign(with_job.cluster.jobs["foo"])
    assert with_job.state("foo") == "started"


@each_line()
def test_trigger_unrelated(with_job: Api) -> None:
    """testTriggerUnrelated: the cron of another job does nothing to this one."""
    with_job.create_job("other", cron="* * * * * ?")
    with_job.start_job("foo")
    with_job.start_job("other")

    with_job.cluster.clock.advance("1s")

    assert with_job.stats("other")["trigger_count"] == 1
    assert (with_job.state("foo"), with_job.stats("foo")["trigger_count"]) == ("started", 0)


@each_line()
def test_trigger(with_job: Api) -> None:
    """testTrigger: a started job is indexing after a tick of its cron, which counts."""
    let_run(with_job)


@each_line()
def test_stop_when_stopped(with_job: Api) -> None:
    """testStopWhenStopped: it succeeds."""
    assert with_job.stop_job("foo").body == {"stopped": True}
    assert with_job.state("foo") == "stopped"


@each_line()
def test_stop_when_stopping(with_job: Api) -> None:
    """testStopWhenStopping: both stops succeed at once, and what is persisted is that it stopped."""
    job = let_run(with_job)

    assert with_job.stop_job("foo").body == {"stopped": True}
    assert with_job.stop_job("foo").body == {"stopped": True}

    assert with_job.state("foo") == "stopping"
    reassign(job)
    assert with_job.state("foo") == "stopped"


@each_line()
def test_stop_when_aborting(with_job: Api) -> None:
    """testStopWhenAborting: a job that is being cancelled cannot be stopped."""
    with_job.cluster.jobs["foo"].set_state("aborting")

    response = with_job.stop_job("foo")

    assert response.status == 500
    assert response.reasons == ["Cannot stop task for Rollup Job [foo] because state was [ABORTING]"]
