"""time-machine beside a block: the time of day follows, `datetime.now()` included."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import time

import pytest
import time_machine

from pytest_rollup_fake import NEVER, RollupCluster
from tests.calling import shown_state, stop

START = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
each_tick = pytest.mark.parametrize("tick", [True, False])


def now() -> float:
    """Return the seconds since the travel's start, by `datetime`."""
    return (dt.datetime.now(dt.UTC) - START).total_seconds()


def about(seconds: float, *, tick: bool) -> object:
    """Compare with a time that real time is part of where it ticks."""
    return pytest.approx(seconds, abs=5 if tick else 1e-6)


@each_tick
def test_a_travel_outside_follows_what_is_skipped(*, tick: bool) -> None:
    """And is back where it was when the block has ended."""
    cluster = RollupCluster()
    with time_machine.travel(START, tick=tick):
        with cluster.clock.skipping_sleep():
            before = time.monotonic()
            time.sleep(60)
            cluster.clock.advance("1m")
            assert now() == about(120, tick=tick)
            assert time.time() - START.timestamp() == about(120, tick=tick)
            assert time.time_ns() / 1e9 - START.timestamp() == about(120, tick=tick)
            assert time.monotonic() - before == about(120, tick=True)
        assert now() == about(0, tick=tick)


@each_tick
def test_a_travel_inside_starts_where_it_says(*, tick: bool) -> None:
    """Whatever was skipped before."""
    with RollupCluster().clock.skipping_sleep():
        time.sleep(3600)
        with time_machine.travel(START, tick=tick):
            assert now() == about(0, tick=tick)
            time.sleep(60)
            assert now() == about(60, tick=tick)
            assert time.time() - START.timestamp() == about(60, tick=tick)


def test_a_deadline_by_datetime_is_reached() -> None:
    """Which without time-machine is caught by the limit only."""
    with (
        RollupCluster(clock="manual") as cluster,
        time_machine.travel(START, tick=False),
        cluster.clock.skipping_sleep(),
    ):
        cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
        stop(cluster, "sensor")
        while now() < 600:
            assert shown_state(cluster, "sensor") == "stopping"
            time.sleep(1)

        assert len(cluster.requests.to("get")) == 600


def test_it_can_be_loaded_inside_a_block() -> None:
    """It looks into the functions of `time` when it is loaded, which crashed Python; in a process of its own."""
    source = """
import time
from pytest_rollup_fake import RollupCluster

with RollupCluster(clock="manual").clock.skipping_sleep():
    import time_machine
    with time_machine.travel(0, tick=False):
        time.sleep(60)
        assert time.time() == 60
"""
    finished = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=False)

    assert (finished.returncode, finished.stderr) == (0, "")
