"""get_rollup_caps.yml: capabilities by index pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.elasticsearch.api import each_line

if TYPE_CHECKING:
    from tests.elasticsearch.api import Api


@each_line()
def test_verify_one_job_caps(with_job: Api) -> None:
    """Verify one job caps: a job is found by the pattern that it rolls up."""
    response = with_job.get_rollup_caps("foo")

    assert (response.status, response.body) == (200, {"foo": {"rollup_jobs": [with_job.expected_caps("foo")]}})
    assert with_job.get_rollup_caps("bar").body == {}


@each_line()
def test_verify_two_job_caps(api: Api) -> None:
    """Verify two job caps: jobs of one pattern stand side by side, in the order of their names."""
    api.create_job("foo2")
    api.create_job("foo")

    jobs = [api.expected_caps("foo"), api.expected_caps("foo2")]
    assert api.get_rollup_caps("foo").body == {"foo": {"rollup_jobs": jobs}}


@each_line()
def test_verify_all_caps(api: Api) -> None:
    """Verify all caps: `_all` shows every pattern, each with its jobs, whatever their rollup indices are."""
    api.create_source("foo2")
    api.create_job("foo")
    api.create_job("foo2", index_pattern="foo2")
    api.create_job("foo3", rollup_index="foo_rollup2")

    assert api.get_rollup_caps("_all").body == {
        "foo": {"rollup_jobs": [api.expected_caps("foo"), api.expected_caps("foo3", "foo_rollup2")]},
        "foo2": {"rollup_jobs": [api.expected_caps("foo2", pattern="foo2")]},
    }
