"""delete_job.yml."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.elasticsearch.api import each_line

if TYPE_CHECKING:
    from tests.elasticsearch.api import Api

NEVER = "*/30 * * * * ? 2017"


@pytest.fixture
def idle(api: Api) -> Api:
    """Give the API of a cluster that has the job `foo`, whose cron never ticks."""
    api.create_job("foo", cron=NEVER)
    return api


@each_line()
def test_basic_delete_job(idle: Api) -> None:
    """Test basic delete_job: a job is shown whole, is deleted, and is no longer listed."""
    assert idle.get_jobs("foo").body == {"jobs": [idle.expected_job("foo", cron=NEVER)]}
    response = idle.delete_job("foo")
    assert (response.status, response.body) == (200, {"acknowledged": True})
    assert idle.get_jobs("foo").body == {"jobs": []}


@each_line()
def test_delete_job_twice(idle: Api) -> None:
    """Test delete job twice: one delete, as there; the second one is a 404."""
    assert idle.get_jobs("foo").body == {"jobs": [idle.expected_job("foo", cron=NEVER)]}
    assert idle.delete_job("foo").body == {"acknowledged": True}
    assert idle.get_jobs("foo").body == {"jobs": []}
    assert idle.delete_job("foo").status == 404


@each_line()
def test_delete_running_job(idle: Api) -> None:
    """Test delete running job: from 6.5 on it is refused by the job's task, before it is done."""
    assert idle.get_jobs("foo").body == {"jobs": [idle.expected_job("foo", cron=NEVER)]}
    assert idle.start_job("foo").body == {"started": True}
    response = idle.delete_job("foo")

    if not idle.is_from("6.5"):
        assert (response.status, response.body) == (200, {"acknowledged": True})
        return
    assert (response.status, response.body["acknowledged"]) == (500, False)
    assert response.body["task_failures"][0]["reason"] == {
        "type": "illegal_state_exception",
        "reason": "Could not delete job [foo] because indexer state is [STARTED].  "
        "Job must be [STOPPED] before deletion.",
    }
    assert idle.state("foo") == "started"


@each_line()
def test_delete_non_existent_job(idle: Api) -> None:
    """Test delete non-existent job: it is an error, whose text had no brackets before 6.5."""
    response = idle.delete_job("does_not_exist")

    shown = "[does_not_exist]" if idle.is_from("6.5") else "does_not_exist"
    assert response.status == 404
    assert response.reasons == [f"the task with id {shown} doesn't exist"]
