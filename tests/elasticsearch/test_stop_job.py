"""stop_job.yml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.elasticsearch.api import each_line

if TYPE_CHECKING:
    from tests.elasticsearch.api import Api


@each_line()
def test_stop_nonexistent_job(with_job: Api) -> None:
    """Test stop nonexistent job: it is an error that names the job."""
    response = with_job.stop_job("does_not_exist")

    assert response.status == 404
    assert response.reasons == ["Task for Rollup Job [does_not_exist] not found"]


@each_line()
def test_stop_job_twice(with_job: Api) -> None:
    """Test stop job twice: the second stop succeeds like the first."""
    assert with_job.start_job("foo").body == {"started": True}
    assert with_job.stop_job("foo").body == {"stopped": True}
    assert with_job.stop_job("foo").body == {"stopped": True}


@each_line()
def test_stop_non_started_job(with_job: Api) -> None:
    """Test stop non-started job: a job that never ran can be stopped."""
    assert with_job.stop_job("foo").body == {"stopped": True}


@each_line("6.6")
def test_wait_for_completion_default_timeout(with_job: Api) -> None:
    """Test wait_for_completion default timeout: a stop that waits is answered once the job has stopped."""
    assert with_job.start_job("foo").body == {"started": True}
    assert with_job.stop_job("foo", "wait_for_completion=true").body == {"stopped": True}
    assert with_job.state("foo") == "stopped"


@each_line("6.6")
def test_wait_for_completion_with_custom_timeout(with_job: Api) -> None:
    """Test wait_for_completion with custom timeout: the same with a timeout of the caller's."""
    assert with_job.start_job("foo").body == {"started": True}
    assert with_job.stop_job("foo", "wait_for_completion=true&timeout=5s").body == {"stopped": True}
    assert with_job.state("foo") == "stopped"
