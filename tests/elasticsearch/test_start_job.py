"""start_job.yml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.elasticsearch.api import each_line

if TYPE_CHECKING:
    from tests.elasticsearch.api import Api


@each_line()
def test_start_nonexistent_job(with_job: Api) -> None:
    """Test start nonexistent job: it is an error that names the job."""
    response = with_job.start_job("does_not_exist")

    assert response.status == 404
    assert response.reasons == ["Task for Rollup Job [does_not_exist] not found"]


@each_line()
def test_start_job_twice(with_job: Api) -> None:
    """Test start job twice: the second start is refused up to 7.x, and succeeds from 8.0 on."""
    assert with_job.start_job("foo").body == {"started": True}
    response = with_job.start_job("foo")

    if with_job.is_from("8.0"):
        assert (response.status, response.body) == (200, {"started": True})
    else:
        assert response.status == 500
        assert response.reasons == ["Cannot start task for Rollup Job [foo] because state was [STARTED]"]
