"""RollupIndexerStateTests, as far as it is visible from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.elasticsearch.api import each_line

if TYPE_CHECKING:
    from tests.elasticsearch.api import Api


@each_line()
def test_started(with_job: Api) -> None:
    """testStarted: a trigger lets a started job index one (empty) page, whereupon it is started again."""
    with_job.cluster.jobs["foo"].run_duration = "10s"
    with_job.start_job("foo")

    with_job.cluster.clock.advance("30s")
    assert with_job.state("foo") == "indexing"
    with_job.cluster.clock.advance("10s")

    stats = with_job.stats("foo")
    assert with_job.state("foo") == "started"
    assert (stats["trigger_count"], stats["pages_processed"]) == (1, 1)
    assert not with_job.is_from("6.6") or (stats["search_total"], stats["search_failures"]) == (1, 0)


@each_line()
def test_stop_indexing(with_job: Api) -> None:
    """testStopIndexing: a stopped job takes no trigger; one that is stopped in a run is stopping, then stopped."""
    job = with_job.cluster.jobs["foo"]
    with_job.cluster.clock.advance("60s")
    assert (with_job.state("foo"), with_job.stats("foo")["trigger_count"]) == ("stopped", 0)
    with_job.stop_job("foo")
    assert with_job.state("foo") == "stopped"
    job.run_duration = "1h"
    job.stop_delay = "5s"
    with_job.start_job("foo")
    with_job.cluster.clock.advance("30s")
    assert with_job.state("foo") == "indexing"

    with_job.stop_job("foo")
    assert with_job.state("foo") == "stopping"
    with_job.cluster.clock.advance("5s")

    assert with_job.state("foo") == "stopped"


@each_line(until="6.4")
def test_abort_indexing(with_job: Api) -> None:
    """testAbortIndexing: deleting an indexing job aborts it, and it cannot be done again."""
    job = with_job.cluster.jobs["foo"]
    job.run_duration = "1h"
    with_job.start_job("foo")
    with_job.cluster.clock.advance("30s")

    assert with_job.delete_job("foo").body == {"acknowledged": True}

    assert job.state == "aborting"
    assert with_job.delete_job("foo").status == 404


@each_line(until="6.4")
def test_abort_started(with_job: Api) -> None:
    """testAbortStarted: deleting a started job aborts it at once."""
    job = with_job.cluster.jobs["foo"]
    with_job.start_job("foo")

    assert with_job.delete_job("foo").body == {"acknowledged": True}

    assert (job.state, with_job.state("foo")) == ("aborting", None)


@each_line()
def test_multiple_job_triggering(with_job: Api) -> None:
    """testMultipleJobTriggering: a tick during a run does not count, and each run is one invocation of one page."""
    clock, job = with_job.cluster.clock, with_job.cluster.jobs["foo"]
    job.run_duration = "45s"
    with_job.start_job("foo")
    clock.advance("15s")
    for number in range(1, 6):
        clock.advance("15s")
        assert (with_job.state("foo"), with_job.stats("foo")["trigger_count"]) == ("indexing", number)
        clock.advance("30s")
        assert (with_job.state("foo"), with_job.stats("foo")["trigger_count"]) == ("indexing", number)
        clock.advance("15s")
        assert with_job.state("foo") == "started"
    assert with_job.stats("foo")["pages_processed"] == 5

    job.stop_delay = "5s"
    clock.advance("15s")
    with_job.stop_job("foo")
    assert with_job.state("foo") == "stopping"
    clock.advance("5s")
    assert with_job.state("foo") == "stopped"
