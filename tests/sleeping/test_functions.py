"""The functions of `time` in a block, in code that knows nothing of it."""

from __future__ import annotations

import math
import queue
import sched
import subprocess
import sys
import threading
import time
import types
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING, Any

import elasticsearch9
import pytest
import requests
import tenacity
from _pytest import timing
from werkzeug import Response

from pytest_rollup_fake import NEVER, RollupCluster
from pytest_rollup_fake.real import Real
from tests.calling import WAITING, shown_state, stop
from tests.sleeping.polling import GaveUpError, poll, poll_by_aliases

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug import Request

    from tests.sleeping.measuring import RealTime

CLOCKS = ("time", "monotonic", "perf_counter")
each_mode = pytest.mark.parametrize("clock", ["skipping", "manual"])


def ahead_of(seconds: float) -> Any:
    """Compare with a difference of two readings, which real time is part of."""
    return pytest.approx(seconds + 0.5, abs=0.5)


class TestPolling:
    """A loop that polls with a deadline, which is what all this is for."""

    @each_mode
    @pytest.mark.parametrize("polls", [poll, poll_by_aliases])
    def test_a_job_that_stops_is_seen(self, clock: str, polls: Callable[[RollupCluster], int]) -> None:
        """After 45 seconds of fake time, with `time.sleep` and with names imported from `time`."""
        with RollupCluster(clock=clock) as cluster, cluster.clock.skipping_sleep():
            cluster.add_job("sensor", state="indexing", stop_delay="45s")
            stop(cluster, "sensor")

            assert polls(cluster) == 46

    @each_mode
    @pytest.mark.parametrize("polls", [poll, poll_by_aliases])
    def test_one_that_never_stops_brings_the_loop_to_its_own_deadline(
        self, clock: str, polls: Callable[[RollupCluster], int], real_time: RealTime
    ) -> None:
        """Ten minutes, in a second or so: what really passes counts too, so it is not always 600 polls."""
        with RollupCluster(clock=clock) as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
            stop(cluster, "sensor")

            with cluster.clock.skipping_sleep(), pytest.raises(GaveUpError) as gave_up:
                polls(cluster)

        assert 600 - real_time.passed() - 1 <= gave_up.value.args[0] <= 600
        assert real_time.passed() < 10  # on a quiet machine under one

    def test_a_wait_of_the_cluster_counts(self) -> None:
        """Else a loop of waiting stops would never come to its deadline."""
        with RollupCluster() as cluster, cluster.clock.skipping_sleep():
            cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
            deadline = time.monotonic() + 100
            while time.monotonic() < deadline:
                stop(cluster, "sensor", WAITING)

            assert len(cluster.requests) == 4

    def test_requests_in_one_session(self) -> None:
        """The client's own timeouts and pools do not mind."""
        with RollupCluster() as cluster, cluster.clock.skipping_sleep(), requests.Session() as session:
            cluster.add_job("sensor", state="indexing", stop_delay="45s")
            job = f"{cluster.url}/_rollup/job/sensor"
            session.post(f"{job}/_stop", timeout=10)
            polls = 1
            while session.get(job, timeout=10).json()["jobs"][0]["status"]["job_state"] != "stopped":
                polls += 1
                time.sleep(1)

            assert polls == 46

    def test_retries_of_tenacity_wait_in_fake_time(self) -> None:
        """It sleeps by `time.sleep`."""
        with RollupCluster() as cluster, cluster.clock.skipping_sleep():
            cluster.add_job("sensor", state="indexing", stop_delay="45s")
            stop(cluster, "sensor")
            look = tenacity.retry(
                wait=tenacity.wait_fixed(10), retry=tenacity.retry_if_result(lambda state: state != "stopped")
            )(shown_state)

            assert look(cluster, "sensor") == "stopped"
            assert len(cluster.requests.to("get")) == 6

    def test_a_dead_node_of_the_official_client_rests_in_fake_time(self) -> None:
        """Its transport asks a node that was down again after a back-off, by `time.time`."""
        with (
            RollupCluster() as cluster,
            elasticsearch9.Elasticsearch([cluster.url, "http://127.0.0.1:1"]) as client,
            cluster.clock.skipping_sleep(),
        ):
            pool = client.transport.node_pool
            dead = pool.get()
            pool.mark_dead(dead)
            assert dead not in {pool.get() for _ in range(4)}

            time.sleep(3600)
            assert dead in {pool.get() for _ in range(4)}


class TestClocks:
    """What the code under test reads."""

    @pytest.mark.parametrize("name", CLOCKS)
    def test_each_clock_is_ahead_by_a_sleep(self, name: str) -> None:
        """Also in nanoseconds."""
        with RollupCluster().clock.skipping_sleep():
            seconds, nanoseconds = getattr(time, name), getattr(time, f"{name}_ns")
            before, before_ns = seconds(), nanoseconds()
            time.sleep(3600)

            assert seconds() - before == ahead_of(3600)
            assert (nanoseconds() - before_ns) / 1e9 == ahead_of(3600)

    @each_mode
    def test_they_are_ahead_by_whatever_moves_the_clock(self, clock: str) -> None:
        """A request that waits, and the test; from where they were when the block began."""
        with RollupCluster(clock=clock) as cluster:
            cluster.clock.advance("1h")
            before = time.monotonic()
            with cluster.clock.skipping_sleep():
                assert time.monotonic() - before == ahead_of(0)
                cluster.clock.advance("1m")
                assert time.monotonic() - before == ahead_of(60)
                cluster.reset()
                assert time.monotonic() - before == ahead_of(60)
            assert time.monotonic() - before == ahead_of(0)

    def test_a_manual_clock_moves_by_exactly_what_is_slept(self) -> None:
        """So that instants can be compared."""
        cluster = RollupCluster(clock="manual")
        with cluster.clock.skipping_sleep():
            for _ in range(10):
                time.sleep(0.1)

            assert cluster.clock.now() == 1.0

    def test_a_borrowed_clock_is_the_same(self) -> None:
        """One block is enough for clusters that share a clock."""
        owner = RollupCluster(clock="manual")
        borrower = RollupCluster(clock=owner.clock)
        job = borrower.add_job("sensor", state="stopping", stop_delay="1m")
        with owner.clock.skipping_sleep():
            time.sleep(60)

        assert job.state == "stopped"

    def test_a_class_that_takes_one_as_attribute_can_call_it(self) -> None:
        """As it can Python's own, which takes no `self`."""
        with RollupCluster().clock.skipping_sleep():

            class Timer:
                clock: Any = time.monotonic

            assert Timer().clock() == pytest.approx(time.monotonic(), abs=1)


class TestRealFunctions:
    """What is left to Python's own functions."""

    @pytest.mark.parametrize("seconds", [0, 0.0, False])
    def test_nothing_to_sleep_only_yields(self, seconds: float) -> None:
        """No time passes."""
        cluster = RollupCluster(clock="manual")
        with cluster.clock.skipping_sleep():
            time.sleep(seconds)

        assert cluster.clock.now() == 0

    @pytest.mark.parametrize("seconds", [-1, math.nan, math.inf, "1", None])
    def test_what_cannot_be_slept_raises_what_it_always_does(self, seconds: Any) -> None:
        """The same error as without a block."""
        if seconds == math.inf:
            error: type[Exception] = OverflowError
        else:
            error = ValueError if isinstance(seconds, int | float) else TypeError
        with pytest.raises(error) as real:
            time.sleep(seconds)

        with RollupCluster().clock.skipping_sleep(), pytest.raises(error) as ours:
            time.sleep(seconds)

        assert str(ours.value) == str(real.value)

    @pytest.mark.parametrize("wait", [threading.Event().wait, threading.Condition, sched.scheduler])
    def test_what_has_names_of_its_own_does_not_follow(self, wait: Callable[..., Any], real_time: RealTime) -> None:
        """Events, conditions, and default arguments such as those of `sched`."""
        cluster = RollupCluster(clock="manual")
        with cluster.clock.skipping_sleep():
            match wait:
                case threading.Condition:
                    with (condition := threading.Condition()):
                        condition.wait(0.01)
                case sched.scheduler:
                    scheduler = sched.scheduler()
                    scheduler.enter(0.01, 0, lambda: None)
                    scheduler.run()
                case _:
                    wait(0.01)

        assert cluster.clock.now() == 0
        assert real_time.passed() >= 0.01

    @pytest.mark.parametrize("module", [queue, subprocess, threading, timing], ids=lambda module: module.__name__)
    def test_what_measures_real_time_keeps_its_names(self, module: types.ModuleType) -> None:
        """Timeouts of queues, subprocesses and conditions, and pytest's own durations."""
        names = {name: value for name, value in vars(module).items() if isinstance(value, types.BuiltinFunctionType)}
        with RollupCluster().clock.skipping_sleep():
            assert {name: vars(module)[name] for name in names} == names

    def test_what_reads_a_clock_by_attribute_sees_what_was_skipped(self) -> None:
        """`as_completed` waits in real time, but knows when it looks that its minute is over."""
        with RollupCluster().clock.skipping_sleep(), ThreadPoolExecutor() as pool:
            done, never = pool.submit(int), Future[int]()
            answers = as_completed([done, never], timeout=60)
            assert next(answers) is done
            time.sleep(3600)
            with pytest.raises(TimeoutError):
                next(answers)

    def test_a_default_argument_keeps_what_it_was_given(self, real_time: RealTime) -> None:
        """Consistently: it really sleeps, by a clock that really runs."""

        def nap(sleep: Callable[[float], None] = time.sleep) -> None:
            sleep(0.01)

        cluster = RollupCluster(clock="manual")
        with cluster.clock.skipping_sleep():
            nap()

        assert cluster.clock.now() == 0
        assert real_time.passed() >= 0.01

    def test_everything_is_put_back(self) -> None:
        """In `time`, in modules that were there, and in those that were imported meanwhile."""
        late = types.ModuleType("imported_in_the_block")
        before = {name: value for name, value in vars(time).items() if callable(value)}
        with RollupCluster().clock.skipping_sleep():
            assert time.sleep is not before["sleep"]
            exec("from time import sleep, monotonic", vars(late))  # noqa: S102  (as an import does)
            sys.modules[late.__name__] = late
        try:
            assert {name: value for name, value in vars(time).items() if callable(value)} == before
            assert (late.sleep, late.monotonic) == (time.sleep, time.monotonic)
        finally:
            del sys.modules[late.__name__]

    def test_everything_is_put_back_when_the_block_raises(self) -> None:
        """As any context manager does."""
        real = time.sleep
        with pytest.raises(KeyError), RollupCluster().clock.skipping_sleep():
            raise KeyError

        assert time.sleep is real

    def test_what_somebody_has_kept_is_real_afterwards(self, real_time: RealTime) -> None:
        """A function that was stored away sleeps again."""
        cluster = RollupCluster(clock="manual")
        with cluster.clock.skipping_sleep():
            kept = time.sleep
        kept(0.01)

        assert real_time.passed() >= 0.01
        assert cluster.clock.now() == 0


class TestThreads:
    """Whose time it is."""

    def test_a_thread_that_was_started_inside_skips(self) -> None:
        """And sees what others skip; sleeps of threads add up, since nobody knows whether a thread is idle."""
        cluster = RollupCluster(clock="manual")
        with cluster.clock.skipping_sleep(), ThreadPoolExecutor(5) as pool:
            list(pool.map(time.sleep, [10] * 5))

        assert cluster.clock.now() == 50

    def test_pollers_in_a_pool_reach_what_they_wait_for(self) -> None:
        """Fewer polls each, and no deadline is missed."""
        with RollupCluster() as cluster, cluster.clock.skipping_sleep(), ThreadPoolExecutor(5) as pool:
            cluster.add_job("sensor", state="indexing", stop_delay="45s")
            stop(cluster, "sensor")
            looks = list(pool.map(poll, [cluster] * 5))

        assert all(2 <= count <= 46 for count in looks)
        assert sum(looks) >= 45

    def test_an_older_thread_is_left_alone(self, real_time: RealTime) -> None:
        """One of a wider fixture that sleeps in a loop would drive time away."""
        cluster = RollupCluster(clock="manual")
        with ThreadPoolExecutor(1) as pool:
            pool.submit(int).result()
            with cluster.clock.skipping_sleep():
                before = pool.submit(time.monotonic).result()
                pool.submit(time.sleep, 0.01).result()
                cluster.clock.advance("1h")
                assert pool.submit(time.monotonic).result() - before < 60

        assert real_time.passed() >= 0.01
        assert cluster.clock.now() == 3600

    def test_the_threads_of_the_cluster_are_left_alone(self) -> None:
        """An endpoint of the test's own runs in one; a cluster that starts inside is no exception."""
        with RollupCluster(clock="manual").clock.skipping_sleep(), RollupCluster() as cluster:
            time.sleep(3600)

            def respond(_: Request) -> Response:
                return Response(str(time.monotonic()))

            cluster.expect_request("/").respond_with_handler(respond)
            shown = float(requests.get(cluster.url, timeout=10).text)

            assert time.monotonic() - shown == ahead_of(3600)

    def test_a_sleep_in_a_call_of_the_clock_is_refused(self) -> None:
        """Time stands still for it, as for `advance`."""
        cluster = RollupCluster(clock="manual")
        cluster.clock.call_later("2s", lambda: time.sleep(1))
        with cluster.clock.skipping_sleep():
            cluster.clock.advance("2s")

        [finding] = cluster.take_findings()
        assert "a sleep of the code under test inside a call that the clock makes" in finding


class TestForeignWork:
    """Waiting for what takes real time."""

    def test_a_loop_that_waits_for_a_thread_does_not_run_away(self) -> None:
        """After 64 sleeps without a request each takes a millisecond, so that others get somewhere."""
        cluster = RollupCluster()
        others = threading.Thread(target=threading.Event().wait, args=(0.05,))
        others.start()
        with cluster.clock.skipping_sleep():
            while others.is_alive():
                time.sleep(10)

        assert cluster.clock.skipped < 64 * 10 + 1000

    def test_a_request_starts_the_count_anew(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A loop that polls is not slowed down."""
        braked: list[float] = []
        with RollupCluster() as cluster, cluster.clock.skipping_sleep():
            monkeypatch.setattr(Real, "sleep", braked.append)
            cluster.add_job("sensor")
            for _ in range(3):
                for _ in range(64):
                    time.sleep(1)
                assert shown_state(cluster, "sensor") == "started"

            assert 0.001 not in braked
            for _ in range(70):
                time.sleep(1)
            assert braked.count(0.001) == 6
