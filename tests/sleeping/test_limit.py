"""More than `limit` skipped fails the test and says why."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
import time
from contextlib import suppress
from typing import Any

import pytest

from pytest_rollup_fake import NEVER, RollupCluster
from tests.calling import WAITING, shown_state, stop

BEYOND = "would have slept {}, more than the limit of {}"


def test_a_loop_on_a_clock_that_does_not_follow_is_ended() -> None:
    """A deadline by `datetime.now()` would let it spin until it really comes; a retry of every error does not help."""
    with RollupCluster() as cluster:
        cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
        stop(cluster, "sensor")
        deadline = dt.datetime.now(dt.UTC) + dt.timedelta(hours=1)

        def wait() -> None:
            while dt.datetime.now(dt.UTC) < deadline:
                with suppress(Exception):
                    assert shown_state(cluster, "sensor") == "stopping"
                    time.sleep(1)

        with cluster.clock.skipping_sleep(limit="100s"), pytest.raises(pytest.fail.Exception) as failure:
            wait()

        assert len(cluster.requests.to("get")) == 101
    assert BEYOND.format("101.000 s", "100.000 s") in str(failure.value)
    assert "datetime.now() without time-machine" in str(failure.value)


def test_it_is_two_hours_unless_told_otherwise() -> None:
    """Which may be reached, not exceeded."""
    with RollupCluster().clock.skipping_sleep():
        time.sleep(7200)
        with pytest.raises(pytest.fail.Exception, match=BEYOND.format("7200.001 s", "7200.000 s")):
            time.sleep(0.001)


def test_a_loop_of_asyncio_is_ended_and_cleans_up() -> None:
    """The failure comes out of `asyncio.run`; what is cancelled on the way may still wait."""
    ended: list[str] = []

    async def main() -> None:
        try:
            for _ in range(100):
                await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.001)
            ended.append("ended")

    cluster = RollupCluster(clock="manual")
    reason = BEYOND.format("3660.000 s", "3600.000 s")
    with cluster.clock.skipping_sleep(limit="1h"), pytest.raises(pytest.fail.Exception, match=reason):
        asyncio.run(main())

    assert ended == ["ended"]
    assert cluster.clock.now() == 3600


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_exceeds_it_fails_the_test_too() -> None:
    """Its own exception would only end the thread."""
    cluster = RollupCluster()
    with cluster.clock.skipping_sleep(limit="1h"):
        thread = threading.Thread(target=time.sleep, args=(3601,))
        thread.start()
        thread.join()

    [finding] = cluster.take_findings()
    assert BEYOND.format("3601.000 s", "3600.000 s") in finding


def test_what_the_cluster_skips_does_not_count() -> None:
    """A limit is for sleeps: waits of requests have their own timeouts."""
    with RollupCluster() as cluster, cluster.clock.skipping_sleep(limit="1m"):
        cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
        stop(cluster, "sensor", f"{WAITING}&timeout=1h")
        cluster.clock.advance("1h")
        time.sleep(60)

        assert cluster.clock.now() > 7200


@pytest.mark.parametrize(
    ("limit", "error"), [(0, ValueError), (-1, ValueError), ("soon", ValueError), (float("nan"), ValueError)]
)
def test_a_limit_that_is_none_is_refused(limit: Any, error: type[Exception]) -> None:
    """Before anything is replaced."""
    real = time.sleep
    with pytest.raises(error, match="limit"), RollupCluster().clock.skipping_sleep(limit=limit):
        pytest.fail("the block was entered")
    assert time.sleep is real
