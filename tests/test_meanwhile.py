"""Functions in the place of faults while other things happen: time, other requests, clients that leave, stop, kill."""

from __future__ import annotations

import http.client
import threading

import pytest

from pytest_rollup_fake import NEVER, RecordedRequest, RollupCluster, RollupClusterError, faults
from tests.calling import WAITING, Background, shown_state, stop

BROKEN = (http.client.HTTPException, ConnectionError)
BOUND = 5


class TestParked:
    """Requests that wait for a manual clock."""

    def test_an_act_of_the_test_goes_through_a_function_to_the_answer(self) -> None:
        """Without another act: the test waits for its client now."""
        seen: list[str | None] = []
        with RollupCluster(clock="manual") as cluster:
            job = cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
            cluster.inject(lambda request: seen.append(request.effect), on="stop", effect="applied")
            with Background(stop, cluster, "sensor", WAITING) as call:
                cluster.wait_for_request("stop", parked=True)
                job.set_state("stopped")
                assert seen == ["applied"]
                assert call.result().status == 200

    def test_a_function_at_another_request_is_an_act_of_the_test(self) -> None:
        """What waits looks at what it has changed, though time stands between two looks."""
        with RollupCluster(clock="manual") as cluster:
            job = cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
            with Background(stop, cluster, "sensor", WAITING) as call:
                cluster.wait_for_request("stop", parked=True)
                cluster.clock.advance(2.5)
                cluster.inject(lambda _: job.set_state("stopped"), on="get")
                assert shown_state(cluster, "sensor") == "stopped"
                assert call.result().status == 200
            assert cluster.requests.to("stop").last.waited == 2.5

    def test_a_reset_in_a_function_starts_time_again(self) -> None:
        """Also when the function is called with an answer that an advance has brought about."""
        with RollupCluster(clock="manual") as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay="5s")
            cluster.inject(lambda _: cluster.reset(), on="stop", effect="applied")
            with Background(stop, cluster, "sensor", WAITING) as call:
                cluster.wait_for_request("stop", parked=True)
                cluster.clock.advance("60s")
                assert cluster.clock.now() == 0
                with pytest.raises(BROKEN):
                    call.result()


class TestStandingTime:
    """While time stands for a call, requests are handled at that instant, and lead to calls themselves."""

    def test_a_function_is_called_once(self) -> None:
        """Also if the call that time stood for returns before it: the advance does not call it again."""
        calls: list[float] = []
        is_inside, may_return, is_called, may_go_on = (threading.Event() for _ in range(4))

        def look(_: RecordedRequest) -> None:
            is_called.set()
            may_go_on.wait(BOUND)
            calls.append(cluster.clock.now())

        def wait() -> None:
            is_inside.set()
            may_return.wait(BOUND)

        with RollupCluster(clock="manual", jobs=["sensor"]) as cluster:
            cluster.inject(look, on="get")
            cluster.clock.call_later("1s", wait)
            with Background(cluster.clock.advance, "2s") as advance:
                is_inside.wait(BOUND)
                with Background(shown_state, cluster, "sensor") as call:
                    is_called.wait(BOUND)
                    may_return.set()
                    may_go_on.set()
                    call.result()
                advance.result()
            assert calls == [1.0]

    def test_a_function_may_not_move_time_that_stands_for_another(self) -> None:
        """It is refused at once, rather than made to wait for what waits for it."""
        with RollupCluster(clock="manual", jobs=["sensor"]) as cluster:

            def move(_: RecordedRequest) -> None:
                with pytest.raises(RuntimeError, match="inside a call that the clock makes"):
                    cluster.clock.advance("1s")

            cluster.inject(move, on="get")
            cluster.clock.call_later("1s", shown_state, cluster, "sensor")
            cluster.clock.advance("2s")

    def test_who_waits_too_long_to_move_time_is_told_what_for(self) -> None:
        """By the name of the function."""
        is_called, may_return = threading.Event(), threading.Event()

        def dawdle(_: RecordedRequest) -> None:
            is_called.set()
            may_return.wait(BOUND)

        with RollupCluster(clock="manual", jobs=["sensor"]) as cluster:
            cluster.inject(dawdle, on="stop")
            cluster.clock.parked_timeout = 0.01
            with Background(stop, cluster, "sensor") as call:
                is_called.wait(BOUND)
                with pytest.raises(RuntimeError, match=r"does not return: the function .*dawdle\. Does it itself wait"):
                    cluster.clock.advance("1s")
                may_return.set()
                assert call.result().status == 200

    def test_time_that_goes_on_without_a_function_is_told(self) -> None:
        """One that was called while time stood for another call, and does not return."""
        is_inside, may_leave, is_called, may_return = (threading.Event() for _ in range(4))

        def wait() -> None:
            is_inside.set()
            may_leave.wait(BOUND)

        def dawdle(_: RecordedRequest) -> None:
            is_called.set()
            may_return.wait(BOUND)

        with RollupCluster(clock="manual", jobs=["sensor"]) as cluster:
            cluster.inject(dawdle, on="get")
            cluster.clock.call_later("1s", wait)
            with Background(cluster.clock.advance, "2s") as advance:
                is_inside.wait(BOUND)
                with Background(shown_state, cluster, "sensor") as call:
                    is_called.wait(BOUND)
                    cluster.clock.parked_timeout = 0.01
                    may_leave.set()
                    advance.result()
                    may_return.set()
                    call.result()
            with pytest.raises(RollupClusterError, match=r"dawdle had not returned after 0\.01 real seconds"):
                cluster.check()

    def test_a_call_is_made_without_the_lock_however_often_it_is_held(self) -> None:
        """Who reads several things at one instant holds it twice, and time may have come to a call in between."""
        with RollupCluster(clock="manual", jobs=["sensor"]) as cluster:
            states: list[str] = []
            cluster.clock.call_later("1s", lambda: states.append(shown_state(cluster, "sensor")))
            with cluster.clock.driver.reading():
                cluster.clock.advance("1s")
            assert states == ["started"]


class TestGivenUp:
    """Requests that have no client any longer when the function returns."""

    @pytest.mark.parametrize("act", ["kill", "stop"])
    def test_a_function_that_was_called_has_struck(self, act: str) -> None:
        """Whatever it does to the request that it was called for."""
        with RollupCluster(jobs=["sensor"], nodes=2) as cluster:
            acts = {"kill": cluster.nodes[0].kill, "stop": cluster.stop}
            injection = cluster.inject(lambda _: acts[act](), on="stop")
            with pytest.raises(BROKEN):
                stop(cluster, "sensor")
            assert injection.hits == 1
            assert cluster.requests.last.outcome == "cut"

    def test_a_client_may_leave_meanwhile(self) -> None:
        """The function has been called all the same."""
        may_return = threading.Event()

        def dawdle(_: RecordedRequest) -> None:
            may_return.wait(BOUND)

        with RollupCluster(jobs=["sensor"]) as cluster:
            cluster.inject(dawdle, on="stop")
            client = http.client.HTTPConnection(cluster.host, cluster.port)
            client.request("POST", "/_rollup/job/sensor/_stop")
            cluster.wait_for_request("stop")
            client.close()
            cluster.wait_for_request("stop", outcome="abandoned")
            may_return.set()

    @pytest.mark.parametrize("fault", [faults.delay("1s"), faults.slow("1s"), faults.truncate(), faults.excess()])
    def test_what_happens_to_an_answer_cannot_happen_before_there_is_one(self, fault: faults.Fault) -> None:
        """A function with `at` that returns it fails the test, and the request goes on."""
        with RollupCluster() as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay="10s")
            cluster.inject(lambda _: fault, on="stop", at="5s", effect="applied")
            assert stop(cluster, "sensor", WAITING).status == 200
            with pytest.raises(RollupClusterError, match=r"lambda> returned faults.* happens to an answer"):
                cluster.check()
            assert cluster.requests.last.fault is None


class TestReading:
    """Who reads in a call does not disturb the act that time stands in."""

    def test_answers_that_an_advance_has_decided_are_kept_for_its_end(self) -> None:
        """They go out one after the other, in the order of their instants."""
        jobs = {"sensor": {"state": "indexing", "stop_delay": "1s"}}
        outcomes: list[str] = []

        def look() -> None:
            with pytest.raises(TimeoutError):
                cluster.wait_for_request("stop", outcome="answered", timeout=0.05)
            outcomes.append(cluster.requests.last.outcome)

        with RollupCluster(clock="manual", jobs=jobs) as cluster, Background(stop, cluster, "sensor", WAITING) as call:
            cluster.wait_for_request("stop", parked=True)
            cluster.clock.call_later("2s", look)
            cluster.clock.advance("3s")
            assert call.result().status == 200
            assert outcomes == ["pending"]
