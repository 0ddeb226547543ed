"""get_rollup_index_caps.yml: capabilities by rollup index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.elasticsearch.api import each_line

if TYPE_CHECKING:
    from tests.elasticsearch.api import Api


@pytest.fixture
def two_indices(with_job: Api) -> Api:
    """Give the API of a cluster with two jobs in one rollup index, and a third in another one."""
    with_job.create_source("foo2")
    with_job.create_job("foo2", index_pattern="foo2")
    with_job.create_job("foo3", rollup_index="foo_rollup2")
    return with_job


def first(api: Api) -> dict[str, object]:
    """Return what the first rollup index holds."""
    return {"foo_rollup": {"rollup_jobs": [api.expected_caps("foo"), api.expected_caps("foo2", pattern="foo2")]}}


def second(api: Api) -> dict[str, object]:
    """Return what the second rollup index holds."""
    return {"foo_rollup2": {"rollup_jobs": [api.expected_caps("foo3", "foo_rollup2")]}}


@each_line("6.4")
def test_verify_one_job_caps_by_rollup_index(with_job: Api) -> None:
    """Verify one job caps by rollup index: the answer has the name of the rollup index, not of the pattern."""
    response = with_job.get_rollup_index_caps("foo_rollup")

    assert response.status == 200
    assert response.body == {"foo_rollup": {"rollup_jobs": [with_job.expected_caps("foo")]}}


@each_line("6.4")
def test_verify_two_job_caps_by_rollup_index(with_job: Api) -> None:
    """Verify two job caps by rollup index: jobs of one index stand side by side."""
    with_job.create_job("foo2")

    jobs = [with_job.expected_caps("foo"), with_job.expected_caps("foo2")]
    assert with_job.get_rollup_index_caps("foo_rollup").body == {"foo_rollup": {"rollup_jobs": jobs}}


@each_line("6.4")
def test_verify_two_different_job_caps_by_rollup_index(two_indices: Api) -> None:
    """Verify two different job caps by rollup index: jobs of another index are not shown."""
    assert two_indices.get_rollup_index_caps("foo_rollup").body == first(two_indices)


@each_line("6.4")
def test_verify_all_job_caps_by_rollup_index(two_indices: Api) -> None:
    """Verify all job caps by rollup index: `_all` shows every rollup index, and no other index."""
    assert two_indices.get_rollup_index_caps("_all").body == expected_of_all(two_indices)


def expected_of_all(api: Api) -> dict[str, object]:
    """Return what both rollup indices hold."""
    return first(api) | second(api)


@each_line("6.5")
def test_verify_job_caps_by_rollup_index_comma_delimited_list(two_indices: Api) -> None:
    """Verify job caps by rollup index comma delimited list: several indices can be named."""
    response = two_indices.get_rollup_index_caps("foo_rollup2,foo_rollup")
    assert response.body == expected_of_all(two_indices)


@each_line("6.4")
def test_verify_index_pattern(two_indices: Api) -> None:
    """Verify index pattern: only the rollup indices that match are shown."""
    assert two_indices.get_rollup_index_caps("*_rollup2").body == second(two_indices)
