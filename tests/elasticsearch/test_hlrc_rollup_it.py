"""RollupIT of the Java high-level REST client, which spoke to 6.5 up to 7.17."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.elasticsearch.api import each_line

if TYPE_CHECKING:
    from tests.elasticsearch.api import Api


@each_line("6.5", "7.17")
def test_delete_rollup_job(with_job: Api) -> None:
    """testDeleteRollupJob: a job that was created can be deleted."""
    assert with_job.delete_job("foo").body == {"acknowledged": True}


@each_line("6.5", "7.17")
def test_delete_missing_rollup_job(bare_api: Api) -> None:
    """testDeleteMissingRollupJob: it is a 404."""
    assert bare_api.delete_job("foo").status == 404


@each_line("6.5", "7.17")
def test_get_missing_rollup_job(bare_api: Api) -> None:
    """testGetMissingRollupJob: it is an empty list."""
    response = bare_api.get_jobs("missing")
    assert (response.status, response.body) == (200, {"jobs": []})


@each_line("6.6", "7.17")
@pytest.mark.parametrize("query", ["", "wait_for_completion=true&timeout=10s"])
def test_put_start_and_get_rollup_job(with_job: Api, query: str) -> None:
    """testPutStartAndGetRollupJob: a job is created, started, seen at work and stopped, with or without waiting."""
    assert with_job.start_job("foo").body == {"started": True}
    with_job.cluster.clock.advance("30s")
    assert with_job.state("foo") in {"started", "indexing"}

    assert with_job.stop_job("foo", query).body == {"stopped": True}

    assert not query or with_job.state("foo") == "stopped"


@each_line("6.5", "7.17")
def test_get_rollup_caps(with_job: Api) -> None:
    """testGetRollupCaps: what a pattern can be asked for."""
    assert with_job.get_rollup_caps("foo").body == {"foo": {"rollup_jobs": [with_job.expected_caps("foo")]}}


@each_line("6.5", "7.17")
def test_get_rollup_index_caps(with_job: Api) -> None:
    """testGetRollupIndexCaps: what a rollup index can be asked for."""
    caps = {"foo_rollup": {"rollup_jobs": [with_job.expected_caps("foo")]}}
    assert with_job.get_rollup_index_caps("foo_rollup").body == caps
