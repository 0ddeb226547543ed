"""TransportTaskHelperTests and GetJobsActionRequestTests, as far as they are visible from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.elasticsearch.api import each_line

if TYPE_CHECKING:
    from tests.elasticsearch.api import Api


@each_line()
def test_one_match(with_job: Api) -> None:
    """One match: of two jobs the one that is named is stopped."""
    with_job.create_job("bar")
    with_job.start_job("foo")
    with_job.start_job("bar")

    assert with_job.stop_job("bar").body == {"stopped": True}

    assert (with_job.state("foo"), with_job.state("bar")) == ("started", "stopped")


@each_line()
def test_no_match(with_job: Api) -> None:
    """No match: a name that matches no job, not even with wildcards, reaches no task."""
    for name in ("fo", "fo*", "*", "_all", "foo,foo"):
        assert with_job.stop_job(name).reasons == [f"Task for Rollup Job [{name}] not found"]


@each_line()
@pytest.mark.parametrize("name", ["*", "_all"])
def test_star_is_all(with_job: Api, name: str) -> None:
    """`*` is `_all`: both list every job."""
    with_job.create_job("bar")
    ids = {job["config"]["id"] for job in with_job.get_jobs(name).body["jobs"]}
    assert ids == {"foo", "bar"}
