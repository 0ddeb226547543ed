"""get_jobs.yml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.elasticsearch.api import each_line

if TYPE_CHECKING:
    from tests.elasticsearch.api import Api


@each_line()
def test_basic_get_jobs(api: Api) -> None:
    """Test basic get_jobs: the job that was created is shown, with every default and nothing else."""
    assert api.put_job("foo", api.job()).body == {"acknowledged": True}
    assert api.get_jobs("foo").body == {"jobs": [api.expected_job("foo")]}


@each_line()
def test_get_with_no_jobs(api: Api) -> None:
    """Test get with no jobs: all of none are none."""
    assert api.get_jobs("_all").body == {"jobs": []}


@each_line()
def test_get_missing_job(api: Api) -> None:
    """Test get missing job: a job that there is not is no error."""
    response = api.get_jobs("foo")
    assert (response.status, response.body) == (200, {"jobs": []})


@each_line()
def test_get_all_jobs(api: Api) -> None:
    """Test get all jobs: skipped there, since the order may be any; so it is left open here."""
    api.create_job("foo")
    api.create_job("bar")

    jobs = api.get_jobs("_all").body["jobs"]

    expected = [api.expected_job("bar"), api.expected_job("foo")]
    assert sorted(jobs, key=lambda job: str(job["config"]["id"])) == expected
