"""Fake time as clients and tests meet it."""

from __future__ import annotations

import math
import socket
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import pytest_rollup_fake
from pytest_rollup_fake import NEVER, Clock, RollupCluster, RollupClusterError, polls
from pytest_rollup_fake.driver import DEFAULT_PARKED_TIMEOUT
from tests.calling import WAITING, Background, shown_state, stop

TIMED_OUT = "Timed out after [{}] while waiting for rollup job [sensor] to stop. State was [{}]"


def reason(answer: Any) -> str:
    """Return the reason of an error."""
    text: str = answer.body["error"]["reason"]
    return text


class TestSkipping:
    """Nobody waits."""

    def test_a_wait_is_answered_at_once_and_time_has_passed(self) -> None:
        """Thirty fake seconds, and the stop goes on afterwards."""
        with RollupCluster() as cluster:
            job = cluster.add_job("sensor", state="indexing", stop_delay="45s")
            assert reason(stop(cluster, "sensor", WAITING)) == TIMED_OUT.format("30s", "STOPPING")
            assert 30 <= cluster.clock.now() < 40
            assert cluster.clock.skipped == pytest.approx(30, abs=0.5)
            assert cluster.requests.last.waited == 30.0
            cluster.clock.advance("15s")
            assert job.state == "stopped"

    def test_a_job_that_stops_in_time_is_seen_at_the_next_look(self) -> None:
        """A job that takes five seconds is seen stopped at the look at 5.023 s."""
        with RollupCluster() as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay="5s")
            assert stop(cluster, "sensor", WAITING).body == {"stopped": True}
            assert cluster.requests.last.waited == 5.023

    def test_a_delay_equal_to_the_timeout_is_in_time(self) -> None:
        """At one instant the cluster comes first."""
        with RollupCluster() as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay="10s")
            assert stop(cluster, "sensor", f"{WAITING}&timeout=10s").body == {"stopped": True}
            assert cluster.requests.last.waited == 10.0

    @pytest.mark.parametrize("timeout", ["0", "-1", "0ms", "500micros"])
    def test_a_timeout_of_nothing_looks_once(self, timeout: str) -> None:
        """Still after what happens at the same instant."""
        with RollupCluster() as cluster:
            cluster.add_job("sensor", state="indexing")
            assert stop(cluster, "sensor", f"{WAITING}&timeout={timeout}").body == {"stopped": True}
            cluster.add_job("other", state="indexing", stop_delay=NEVER)
            assert stop(cluster, "other", f"{WAITING}&timeout={timeout}").status == 500
            assert cluster.requests.last.waited == 0.0

    def test_centuries_cost_nothing(self) -> None:
        """Cost is per event, not per second."""
        with RollupCluster() as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
            assert reason(stop(cluster, "sensor", f"{WAITING}&timeout=106751d")).startswith("Timed out after [106751d]")

    def test_an_act_of_the_test_on_the_way_is_seen(self) -> None:
        """A skip passes through the calls that fall due."""
        with RollupCluster() as cluster:
            job = cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
            cluster.clock.call_later("5s", job.set_state, "stopped")
            assert stop(cluster, "sensor", WAITING).body == {"stopped": True}
            assert cluster.requests.last.waited == 5.023


class TestRunning:
    """Clients really wait."""

    def test_a_wait_takes_real_time(self) -> None:
        """A job that takes 30 ms is seen at the look at 31 ms, not before."""
        with RollupCluster(clock="running") as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay="30ms")
            began = time.monotonic()
            assert stop(cluster, "sensor", WAITING).body == {"stopped": True}
            assert time.monotonic() - began >= 0.031
            assert cluster.requests.last.waited == 0.031
            assert cluster.clock.skipped == 0.0

    def test_a_timeout_takes_real_time(self) -> None:
        """It is bounded by its own timeout."""
        with RollupCluster(clock="running") as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
            assert reason(stop(cluster, "sensor", f"{WAITING}&timeout=40ms")) == TIMED_OUT.format("40ms", "STOPPING")

    def test_a_change_wakes_who_waits(self) -> None:
        """A waiting stop sees the next look after the act, not its own timeout."""
        with RollupCluster(clock="running") as cluster:
            job = cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
            with Background(stop, cluster, "sensor", f"{WAITING}&timeout=1h") as call:
                cluster.wait_for_request("stop")
                job.set_state("stopped")
                assert call.result().body == {"stopped": True}

    def test_an_advance_wakes_who_waits(self) -> None:
        """Advancing a running clock is a skip, and its answers are there when it returns."""
        with RollupCluster(clock="running") as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay="45s")
            with Background(stop, cluster, "sensor", f"{WAITING}&timeout=10s") as call:
                cluster.wait_for_request("stop")
                released = cluster.clock.advance("60s")
                assert [(entry.outcome, entry.waited) for entry in released] == [("answered", 10.0)]
                assert reason(call.result()) == TIMED_OUT.format("10s", "STOPPING")


class TestManual:
    """Clients wait for the test."""

    def test_an_answer_is_rendered_at_its_own_instant(self) -> None:
        """A stop that timed out at 10 s says STOPPING although the job stopped at 45 s."""
        with RollupCluster(clock="manual") as cluster:
            job = cluster.add_job("sensor", state="indexing", stop_delay="45s")
            with Background(stop, cluster, "sensor", f"{WAITING}&timeout=10s") as call:
                cluster.wait_for_request("stop", parked=True)
                [released] = cluster.clock.advance("60s")
                assert reason(call.result()) == TIMED_OUT.format("10s", "STOPPING")
            assert (released.answered_at, released.waited, released.outcome) == (10.0, 10.0, "answered")
            assert job.state == "stopped"

    def test_an_advance_by_what_the_job_takes_answers_the_stop(self) -> None:
        """Who waits looks once more when the test's act ends, instead of standing 23 ms short of a look."""
        with RollupCluster(clock="manual") as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay="5s")
            with Background(stop, cluster, "sensor", WAITING) as call:
                cluster.wait_for_request(parked=True)
                [released] = cluster.clock.advance("5s")
                assert call.result().body == {"stopped": True}
            assert released.waited == 5.0

    @pytest.mark.parametrize("act", ["set_state", "release"])
    def test_an_act_of_the_test_answers_the_stop(self, act: str) -> None:
        """Not only time releases a request."""
        with RollupCluster(clock="manual") as cluster:
            job = cluster.add_job("sensor", state="indexing")
            job.hold()
            with Background(stop, cluster, "sensor", WAITING) as call:
                cluster.wait_for_request(parked=True)
                if act == "release":
                    job.release()
                else:
                    job.set_state("stopped")
                assert cluster.requests.last.outcome == "answered"
                assert call.result().body == {"stopped": True}

    def test_a_request_of_another_client_is_seen_at_the_next_look_only(self) -> None:
        """What somebody else does, and what the test reads, is no act of the test: time has to pass."""
        with RollupCluster(clock="manual") as cluster:
            job = cluster.add_job("sensor", state="indexing", stop_delay=polls(1))
            with Background(stop, cluster, "sensor", WAITING) as call:
                cluster.wait_for_request(parked=True)
                assert shown_state(cluster, "sensor") == "stopping"
                assert job.state == "stopped"
                assert cluster.requests[0].outcome == "pending"
                cluster.clock.advance("1ms")
                assert call.result().body == {"stopped": True}

    def test_time_stands_still(self) -> None:
        """Between requests nothing passes, and ten advances of 0.1 s are a second."""
        with RollupCluster(clock="manual") as cluster:
            job = cluster.add_job("sensor", state="stopping", stop_delay=1)
            for _ in range(9):
                cluster.clock.advance(0.1)
            assert (cluster.clock.now(), job.state) == (0.9, "stopping")
            cluster.clock.advance(0.1)
            assert (cluster.clock.now(), job.state) == (1.0, "stopped")

    def test_answers_leave_in_the_order_of_their_instants(self) -> None:
        """One advance releases all, and each is at rest when it returns."""
        with RollupCluster(clock="manual") as cluster:
            for number in range(20):
                cluster.add_job(f"job{number}", state="indexing", stop_delay=20 - number)
            calls = [Background(stop, cluster, f"job{number}", WAITING) for number in range(20)]
            for call in calls:
                call.__enter__()
            cluster.wait_for_request("stop", parked=True, count=20)
            released = cluster.clock.advance("1m")
            assert [entry.job for entry in released] == [f"job{number}" for number in reversed(range(20))]
            assert {entry.outcome for entry in released} == {"answered"}
            for call in calls:
                assert call.result().body == {"stopped": True}

    def test_a_request_that_nothing_releases_is_given_up_and_fails_the_test(self) -> None:
        """After a bounded real time it is a 500 that names the missing time."""
        with RollupCluster(clock="manual") as cluster:
            cluster.clock.parked_timeout = 0.02
            cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
            cluster.clock.advance("5s")
            status, body = stop(cluster, "sensor", WAITING)
            assert status == 500
            assert body["error"]["type"] == "pytest_rollup_fake_error"
            assert (
                "clock stands at 5.000 s; it looks whether the job has stopped at 5.001 s next, and times out at"
                in body["error"]["reason"]
            )
            with pytest.raises(RollupClusterError, match=r"was parked for 0.02 real seconds"):
                cluster.check()
            cluster.check()

    def test_a_new_bound_is_for_those_that_are_parked_already(self) -> None:
        """A debugger that is opened meanwhile turns it off, and on again when it is left."""
        with RollupCluster(clock="manual") as cluster:
            cluster.clock.parked_timeout = 30
            cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
            with Background(stop, cluster, "sensor", WAITING) as call:
                cluster.wait_for_request(parked=True)
                cluster.clock.parked_timeout = 0
                assert cluster.requests.last.outcome == "pending"
                cluster.clock.parked_timeout = 0.02
                assert call.result().status == 500
            cluster.take_findings()

    @pytest.mark.parametrize(
        ("bound", "seconds"), [("1s", 1.0), ("20ms", 0.02), (timedelta(minutes=1), 60.0), (3, 3.0), (0, 0.0)]
    )
    def test_the_bound_is_a_duration(self, bound: Any, seconds: float) -> None:
        """Read back, it is seconds."""
        clock = Clock("manual")
        clock.parked_timeout = bound
        assert clock.parked_timeout == seconds

    @pytest.mark.parametrize(
        ("bound", "error"),
        [("soon", ValueError), (-1, ValueError), (math.nan, ValueError), (None, TypeError), (False, TypeError)],
    )
    def test_what_is_no_bound_is_refused(self, bound: Any, error: type[Exception]) -> None:
        """Where it is set, and not in the thread of a request that is to be parked."""
        clock = Clock("manual")
        with pytest.raises(error, match=r"parked_timeout \(0: no bound\) must"):
            clock.parked_timeout = bound
        assert clock.parked_timeout == DEFAULT_PARKED_TIMEOUT

    def test_what_is_under_way_is_received_before_time_moves(self) -> None:
        """A request that was sent before the advance is answered by it, whether or not its thread had run yet."""
        with RollupCluster(clock="manual") as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay="5s")
            for _ in range(50):
                with socket.create_connection((cluster.host, cluster.port)) as client:
                    client.sendall(f"POST /_rollup/job/sensor/_stop?{WAITING} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
                    [released] = cluster.clock.advance("5s")
                    assert released.outcome == "answered"
                    assert client.recv(4096).startswith(b"HTTP/1.1 200 OK")
                cluster.jobs["sensor"].set_state("indexing")


class TestMode:
    """Changing how time passes."""

    @pytest.mark.parametrize("mode", ["skipping", "running"])
    def test_leaving_manual_resolves_what_is_parked(self, mode: str) -> None:
        """Parked requests go on by the new mode."""
        with RollupCluster(clock="manual") as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay="20ms")
            with Background(stop, cluster, "sensor", WAITING) as call:
                cluster.wait_for_request(parked=True)
                cluster.clock.mode = mode
                assert call.result().body == {"stopped": True}
            assert cluster.clock.mode == mode

    def test_entering_manual_parks_what_waits(self) -> None:
        """A request that really waited now waits for the test."""
        with RollupCluster(clock="running") as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay="1h")
            with Background(stop, cluster, "sensor", f"{WAITING}&timeout=2h") as call:
                cluster.wait_for_request("stop")
                cluster.clock.mode = "manual"
                assert cluster.requests.last.parked
                cluster.clock.advance("1h")
                assert call.result().body == {"stopped": True}

    @pytest.mark.parametrize("mode", ["fast", "", None, 1])
    def test_unknown(self, mode: Any) -> None:
        """A clock that does not exist names those that do, wherever it is given."""
        pattern = "unknown clock .* the clocks are 'skipping', 'running', 'manual'"
        with pytest.raises(ValueError, match=pattern):
            RollupCluster(clock=mode)
        cluster = RollupCluster()
        with pytest.raises(ValueError, match=pattern):
            cluster.clock.mode = mode
        assert cluster.clock.mode == "skipping"


class TestAdvance:
    """Moving time by hand."""

    @pytest.mark.parametrize("duration", [-1, "-1s", float("nan")])
    def test_not_back(self, duration: Any) -> None:
        """Time never goes back."""
        with pytest.raises(ValueError, match="the duration of advance"):
            RollupCluster(clock="manual").clock.advance(duration)

    def test_without_anybody_waiting_releases_nothing(self) -> None:
        """It returns the requests that it has answered: none."""
        cluster = RollupCluster()
        assert cluster.clock.advance("1h") == []
        assert cluster.clock.now() >= 3600
        assert cluster.clock.skipped == 3600.0

    def test_returns_also_what_others_have_handed_out(self) -> None:
        """A call on the way that reads the journal lets an answer go first; the advance has released it anyhow."""
        with RollupCluster(clock="manual") as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay="5s")
            with Background(stop, cluster, "sensor", WAITING) as call:
                cluster.wait_for_request(parked=True)
                cluster.clock.call_later("10s", lambda: cluster.requests)
                [released] = cluster.clock.advance("1m")
                assert (released.outcome, released.waited) == ("answered", 5.023)
                assert call.result().body == {"stopped": True}

    def test_beside_a_call_that_does_not_return_is_bounded(self) -> None:
        """Else a call that waits for it would wait for ever."""
        cluster = RollupCluster(clock="manual")
        cluster.clock.parked_timeout = 0.05

        def wait_for_an_advance() -> None:
            with (
                Background(cluster.clock.advance, "1s") as call,
                pytest.raises(RuntimeError, match="time has stood for"),
            ):
                call.result()

        cluster.clock.call_later("1s", wait_for_an_advance)
        cluster.clock.advance("5s")
        assert cluster.clock.now() == 5.0
        cluster.check()

    def test_inside_a_call_of_the_clock_is_refused(self) -> None:
        """Time stands still until that call returns; the error fails the test."""
        with RollupCluster(clock="manual") as cluster:
            cluster.clock.call_later("1s", cluster.clock.advance, "1s")
            cluster.clock.advance("2s")
            with pytest.raises(RollupClusterError, match=r"call_later: Clock.advance\('1s'\) raised RuntimeError"):
                cluster.check()
            assert cluster.clock.now() == 2.0


class TestCallLater:
    """The user's own events."""

    def test_are_made_at_their_instant_and_in_their_order(self) -> None:
        """Time stands at each call's instant while it runs."""
        cluster = RollupCluster(clock="manual")
        seen: list[tuple[str, float]] = []

        def note(name: str) -> None:
            seen.append((name, cluster.clock.now()))

        cluster.clock.call_later("2s", note, "b")
        cluster.clock.call_later("1s", note, "a")
        cluster.clock.call_later("2s", note, "c")
        cluster.clock.advance("10s")
        assert seen == [("a", 1.0), ("b", 2.0), ("c", 2.0)]

    def test_may_make_requests_which_see_the_cluster_of_that_instant(self) -> None:
        """They are made without the lock, and are handled while time stands."""
        with RollupCluster(clock="manual") as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay="10s")
            cluster.clock.call_later("3s", stop, cluster, "sensor")
            cluster.clock.advance("1m")
            assert cluster.requests.last.received_at == 3.0
            assert cluster.jobs["sensor"].history[-1].when == 13.0

    def test_may_call_for_more_calls(self) -> None:
        """A call that falls due within the same advance is made in it."""
        cluster = RollupCluster(clock="manual")
        seen: list[float] = []

        def tick() -> None:
            seen.append(cluster.clock.now())
            if len(seen) < 3:
                cluster.clock.call_later("1s", tick)

        cluster.clock.call_later("1s", tick)
        cluster.clock.advance("1m")
        assert seen == [1.0, 2.0, 3.0]

    def test_an_exception_in_one_fails_the_test(self) -> None:
        """The cluster goes on, check tells."""
        with RollupCluster(clock="manual") as cluster:
            cluster.clock.call_later("1s", int, "x")
            cluster.clock.advance("2s")
            with pytest.raises(RollupClusterError, match=r"call_later: int\('x'\) raised ValueError: invalid literal"):
                cluster.check()

    def test_the_place_of_an_exception_is_the_users_wherever_that_is(self) -> None:
        """Also in a folder whose name begins as that of the package does."""
        folder = f"{Path(pytest_rollup_fake.__file__).parent}_tests"
        names: dict[str, Any] = {}
        exec(compile("def fail(): raise KeyError(5)", f"{folder}/helper.py", "exec"), names)  # noqa: S102  (for its path)
        with RollupCluster(clock="manual") as cluster:
            cluster.clock.call_later("1s", names["fail"])
            cluster.clock.advance("2s")
            with pytest.raises(RollupClusterError, match=r"raised KeyError: 5 \(helper\.py:1\)"):
                cluster.check()

    def test_one_that_was_never_made_fails_the_test(self) -> None:
        """A test does not test what it says if its race never came."""
        with RollupCluster(clock="manual") as cluster:
            cluster.clock.call_later("5s", print, "x")
            pattern = r"print\('x'\) was to be called at 5.000 s, but the test ended"
            with pytest.raises(RollupClusterError, match=pattern):
                cluster.check()

    @pytest.mark.parametrize("error", [SystemExit, KeyError, pytest.fail.Exception])
    def test_whatever_one_raises_is_told(self, error: type[BaseException]) -> None:
        """Also what is no Exception, or cannot be shown: no thread of the cluster ends for it."""

        class Unspeakable(error):  # type: ignore[misc, valid-type]
            def __str__(self) -> str:
                raise ValueError

        def fail() -> None:
            raise Unspeakable

        with RollupCluster(jobs=["sensor"]) as cluster:
            cluster.clock.call_later(0, fail)
            assert stop(cluster, "sensor").body == {"stopped": True}
            assert "raised Unspeakable" in cluster.take_findings()[0]

    def test_a_reset_in_one_starts_time_again(self) -> None:
        """The move that it was made in ends there."""
        cluster = RollupCluster(clock="manual")
        cluster.clock.call_later("10s", cluster.reset)
        cluster.clock.call_later("20s", print)
        cluster.clock.advance("60s")
        assert cluster.clock.now() == 0.0
        cluster.check()

    @pytest.mark.parametrize("mode", ["skipping", "running", "manual"])
    def test_a_stop_of_an_idle_job_meanwhile_is_answered_at_its_instant(self, mode: str) -> None:
        """It waits, but not for time: its first look finds the job stopped."""
        with RollupCluster(clock=mode, jobs=["sensor"]) as cluster:
            answers: list[Any] = []
            cluster.clock.call_later(0, lambda: answers.append(stop(cluster, "sensor", WAITING)))
            cluster.clock.now()
            assert [answer.body for answer in answers] == [{"stopped": True}]

    def test_a_check_before_the_end_does_not_call_it_off(self) -> None:
        """It is reported once, and made when its time comes."""
        with RollupCluster(clock="manual") as cluster:
            seen: list[str] = []
            cluster.clock.call_later("5s", seen.append, "x")
            with pytest.raises(RollupClusterError, match="call_later"):
                cluster.check()
            cluster.check()
            cluster.clock.advance("5s")
            assert seen == ["x"]

    def test_a_request_that_has_to_wait_meanwhile_is_bounded(self) -> None:
        """Time cannot move while a call runs: a call that waits for such a request gets a 500, not a deadlock."""
        with RollupCluster() as cluster:
            cluster.clock.parked_timeout = 0.05
            cluster.add_job("sensor", state="indexing", stop_delay="5s")
            answers: list[Any] = []

            def begin() -> None:
                answers.append(stop(cluster, "sensor", WAITING))

            cluster.clock.call_later("1s", begin)
            cluster.clock.advance("2s")
            assert answers[0].status == 500
            assert "was parked for 0.05 real seconds" in reason(answers[0])
            assert "begin() has not returned, which must not wait for what takes time" in reason(answers[0])
            cluster.take_findings()

    def test_a_request_that_has_to_wait_meanwhile_goes_on_afterwards(self) -> None:
        """Its wait is skipped as soon as the call has returned."""
        with RollupCluster() as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay="5s")
            calls: list[Background] = []

            def begin() -> None:
                calls.append(Background(stop, cluster, "sensor", WAITING).__enter__())
                cluster.wait_for_request("stop")

            cluster.clock.call_later("1s", begin)
            cluster.clock.advance("2s")
            assert calls[0].result().body == {"stopped": True}

    def test_the_mode_cannot_change_inside_a_call(self) -> None:
        """As time cannot move there."""
        with RollupCluster(clock="manual") as cluster:
            cluster.clock.call_later("1s", setattr, cluster.clock, "mode", "skipping")
            cluster.clock.advance("2s")
            assert "a new mode inside a call that the clock makes" in cluster.take_findings()[0]
            assert cluster.clock.mode == "manual"

    def test_an_advance_that_had_to_wait_for_another_hands_out_its_answers(self) -> None:
        """What it has decided is answered when it returns."""
        with RollupCluster(clock="manual") as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay="30s")
            inside, go_on = threading.Event(), threading.Event()

            def linger() -> None:
                inside.set()
                go_on.wait(5)

            cluster.clock.call_later("1s", linger)
            with Background(stop, cluster, "sensor", WAITING) as call:
                cluster.wait_for_request(parked=True)
                with Background(cluster.clock.advance, "1s"):
                    inside.wait(5)
                    with Background(cluster.clock.advance, "29s") as second:
                        go_on.set()
                        assert [entry.outcome for entry in second.result()] == ["answered"]
                assert call.result().body == {"stopped": True}

    @pytest.mark.parametrize(
        ("delay", "function", "error"),
        [(-1, print, ValueError), (1, "print", TypeError), (1, RollupCluster.wait_for_request_async, TypeError)],
    )
    def test_bad_arguments(self, delay: Any, function: Any, error: type[Exception]) -> None:
        """A negative delay and something that cannot be called are refused at once."""
        with pytest.raises(error, match="call_later"):
            RollupCluster().clock.call_later(delay, function)

    def test_other_threads_that_move_time_wait_for_it(self) -> None:
        """Time stands while a call runs; a second advance goes on from where the first has ended."""
        cluster = RollupCluster(clock="manual")
        inside, go_on = threading.Event(), threading.Event()
        seen: list[float] = []

        def linger() -> None:
            inside.set()
            go_on.wait(5)
            seen.append(cluster.clock.now())

        cluster.clock.call_later("1s", linger)
        with Background(cluster.clock.advance, "2s") as first:
            inside.wait(5)
            assert cluster.clock.now() == 1.0
            with Background(cluster.clock.advance, "10s") as second:
                go_on.set()
                first.result()
                second.result()
        assert seen == [1.0]
        assert cluster.clock.now() == 12.0


class TestSharing:
    """Two clusters on one clock."""

    def test_a_borrowed_clock_is_the_same(self) -> None:
        """Both clusters' events are in one time."""
        with RollupCluster(clock="manual") as first, RollupCluster(clock=first.clock) as second:
            job = second.add_job("sensor", state="stopping", stop_delay="5s")
            first.clock.advance("5s")
            assert job.state == "stopped"
            assert second.clock.now() == 5.0

    def test_only_the_owner_starts_it_again(self) -> None:
        """The reset of a borrower leaves time alone, but its own events are forgotten."""
        with RollupCluster(clock="manual") as first, RollupCluster(clock=first.clock) as second:
            second.add_job("sensor", state="stopping", stop_delay="5s")
            first.clock.advance("2s")
            second.reset()
            assert first.clock.now() == 2.0
            first.reset()
            assert (first.clock.now(), second.clock.now()) == (0.0, 0.0)

    def test_the_owners_reset_cuts_what_borrowers_wait_for(self) -> None:
        """Its instants are gone; what else is to happen there happens as much later as it would have."""
        with RollupCluster(clock="manual") as first, RollupCluster(clock=first.clock) as second:
            second.add_job("sensor", state="indexing", stop_delay=NEVER)
            ending = second.add_job("ending", state="stopping", stop_delay="10s")
            ticking = second.add_job("ticking", runs=True, config={"cron": "0 * * * * ?"})
            first.clock.advance("4s")
            with Background(stop, second, "sensor", WAITING) as call:
                entry = second.wait_for_request(parked=True)
                first.reset()
                with pytest.raises(ConnectionError):
                    call.result()
            assert entry.outcome == "cut"
            first.clock.advance("5s")
            assert ending.state == "stopping"
            first.clock.advance("1s")
            assert ending.state == "stopped"
            first.clock.advance("54s")
            assert ticking.stats["trigger_count"] == 1

    def test_a_cluster_that_could_not_be_made_owns_nothing(self) -> None:
        """The next one does."""
        clock = RollupCluster(clock="manual").clock.__class__("manual")
        with pytest.raises(ValueError, match="nodes is at least 1"):
            RollupCluster(clock=clock, nodes=0)
        cluster = RollupCluster(clock=clock)
        clock.advance("5s")
        cluster.reset()
        assert clock.now() == 0.0


class TestClientTimeout:
    """The client's patience."""

    def test_a_longer_wait_fails_the_test(self) -> None:
        """Under skipping a client that would have given up is happily answered; the check tells."""
        with RollupCluster(client_timeout="10s") as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay="20s")
            assert stop(cluster, "sensor", WAITING).body == {"stopped": True}
            with pytest.raises(RollupClusterError, match=r"waited longer than client_timeout=10 s"):
                cluster.check()

    def test_a_shorter_wait_does_not(self) -> None:
        """Exactly as long is not longer."""
        with RollupCluster(client_timeout="10s") as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
            assert stop(cluster, "sensor", f"{WAITING}&timeout=10s").status == 500


class TestEndlessLoop:
    """Code that waits again and again without a deadline, on a clock that skips each wait."""

    def test_is_ended_and_the_test_fails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """By an answer that is no timeout; without it the loop would go on for ever."""
        monkeypatch.setattr("pytest_rollup_fake.model.world.MOST_VAIN_WAITS", 20)
        with RollupCluster() as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
            while (answer := stop(cluster, "sensor", WAITING)).body["error"]["type"] == "timeout_exception":
                pass
            assert answer.body["error"]["type"] == "pytest_rollup_fake_error"
            assert len(cluster.requests) == 21
            with pytest.raises(RollupClusterError, match=r"20 waits for a job have timed out .* have a deadline\?"):
                cluster.check()

    def test_one_with_waits_that_end_goes_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What counts is how many time out one after the other."""
        monkeypatch.setattr("pytest_rollup_fake.model.world.MOST_VAIN_WAITS", 5)
        with RollupCluster() as cluster:
            for _ in range(4):
                job = cluster.add_job("sensor", state="indexing", stop_delay="75s")
                assert [stop(cluster, "sensor", WAITING).status for _ in range(3)] == [500, 500, 200]
                job.remove()
