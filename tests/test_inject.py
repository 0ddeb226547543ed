"""`inject` from the user's side: what strikes, when and how often, and what the journal says of it."""

from __future__ import annotations

import contextlib
import http.client
from typing import TYPE_CHECKING, Any

import pytest

from pytest_rollup_fake import NEVER, RecordedRequest, RollupCluster, RollupClusterError, faults, polls
from tests.calling import WAITING, Answer, Background, ask, raw_status, shown_state, stop

if TYPE_CHECKING:
    from collections.abc import Iterator

STOP = "/_rollup/job/sensor/_stop"
BROKEN = (http.client.HTTPException, ConnectionError)


@pytest.fixture
def cluster() -> Iterator[RollupCluster]:
    """Give a cluster with one started job."""
    with RollupCluster(jobs=["sensor"]) as cluster:
        yield cluster


@pytest.fixture
def manual() -> Iterator[RollupCluster]:
    """Give a cluster whose time stands still, with a job that takes 90 s to stop."""
    with RollupCluster(clock="manual") as cluster:
        cluster.add_job("sensor", state="indexing", stop_delay="90s")
        yield cluster


def outcome(cluster: RollupCluster) -> list[tuple[str, int | None, str | None]]:
    """Return outcome, status and effect of each request."""
    return [(entry.outcome, entry.status, entry.effect) for entry in cluster.requests]


class TestEffect:
    """Whether the request has done what it asks for."""

    @pytest.mark.parametrize("fault", [faults.reset(), faults.empty_reply(), faults.garbage()], ids=repr)
    @pytest.mark.parametrize(("effect", "state"), [("skipped", "started"), ("applied", "stopped")])
    def test_is_skipped_or_applied_and_the_answer_is_lost(
        self, cluster: RollupCluster, fault: faults.Fault, effect: Any, state: str
    ) -> None:
        """Two facts, which the journal tells apart."""
        cluster.inject(fault, on="stop", effect=effect)
        with pytest.raises(BROKEN):
            stop(cluster, "sensor")
        assert cluster.jobs["sensor"].state == state
        assert outcome(cluster) == [("lost", None, effect)]
        assert cluster.requests.last.fault == fault

    @pytest.mark.parametrize("fault", [faults.reset(), faults.too_many_requests(), faults.bad_gateway()], ids=repr)
    def test_is_skipped_unless_told(self, cluster: RollupCluster, fault: faults.Fault) -> None:
        """Most faults mean that Elasticsearch never got the request."""
        cluster.inject(fault, on="stop")
        with contextlib.suppress(*BROKEN, ValueError):
            stop(cluster, "sensor")
        assert cluster.jobs["sensor"].state == "started"
        assert cluster.requests.last.effect == "skipped"

    @pytest.mark.parametrize(
        "fault", [faults.truncate(), faults.slow("1s"), faults.garbage(), faults.excess(), faults.delay("1s")], ids=repr
    )
    def test_is_applied_by_what_happens_to_an_answer(self, cluster: RollupCluster, fault: faults.Fault) -> None:
        """Without an effect there would be none."""
        cluster.inject(fault, on="stop")
        with contextlib.suppress(*BROKEN):
            stop(cluster, "sensor")
        assert cluster.jobs["sensor"].state == "stopped"

    def test_is_skipped_by_garbage_if_told(self, cluster: RollupCluster) -> None:
        """It can do without an answer."""
        cluster.inject(faults.garbage(), on="stop", effect="skipped")
        with contextlib.suppress(*BROKEN):
            stop(cluster, "sensor")
        assert cluster.jobs["sensor"].state == "started"

    def test_is_applied_before_the_wait_and_the_fault_strikes_after_it(self, cluster: RollupCluster) -> None:
        """In the place of the answer, at its instant."""
        job = cluster.add_job("slow", state="indexing", stop_delay="20s")
        cluster.inject(faults.reset(), on="stop", effect="applied")
        with pytest.raises(ConnectionError):
            stop(cluster, "slow", WAITING)
        assert job.state == "stopped"
        assert cluster.clock.now() >= 20
        assert cluster.requests.last.waited == pytest.approx(20, abs=1)

    def test_reads_that_are_lost_do_not_count(self, cluster: RollupCluster) -> None:
        """`polls` counts what a client has seen."""
        cluster.add_job("polled", state="stopping", stop_delay=polls(1))
        cluster.inject(faults.truncate(5), on="get")
        with pytest.raises(http.client.IncompleteRead):
            shown_state(cluster, "polled")
        assert [shown_state(cluster, "polled") for _ in range(2)] == ["stopping", "stopped"]


class TestWhere:
    """Which requests are struck."""

    def test_another_endpoint_is_not(self, cluster: RollupCluster) -> None:
        """It strikes what it is for, when that comes."""
        cluster.inject(faults.too_many_requests(), on="stop")
        assert shown_state(cluster, "sensor") == "started"
        assert stop(cluster, "sensor").status == 429

    def test_one_of_several_endpoints_is(self, cluster: RollupCluster) -> None:
        """Whichever comes first."""
        injection = cluster.inject(faults.no_master(), on=("start", "delete"), times=2)
        assert stop(cluster, "sensor").status == 200
        assert ask(cluster, "DELETE", "/_rollup/job/sensor").status == 503
        assert ask(cluster, "POST", "/_rollup/job/sensor/_start").status == 503
        assert injection.hits == 2

    def test_every_endpoint_is(self, cluster: RollupCluster) -> None:
        """Also those that there are not."""
        cluster.inject(faults.no_master(), on="*", times=3)
        assert ask(cluster, "GET", "/").status == ask(cluster, "GET", "/nowhere/to/be/found/x").status == 503
        assert stop(cluster, "sensor").status == 503
        assert stop(cluster, "sensor").status == 200

    def test_another_job_is_not(self, cluster: RollupCluster) -> None:
        """A job that does not exist yet is fine."""
        cluster.inject(faults.no_master(), on="stop", job="later")
        assert stop(cluster, "sensor").status == 200
        cluster.add_job("later")
        assert stop(cluster, "later").status == 503

    def test_what_would_be_refused_is_struck_too(self, cluster: RollupCluster) -> None:
        """A fault that skips the effect comes before Elasticsearch looks at anything."""
        cluster.inject([None, faults.bad_gateway()], on="stop")
        assert stop(cluster, "sensor", "timeout=soon").status == 400
        with pytest.raises(ValueError, match="Expecting value"):  # a page of HTML
            stop(cluster, "sensor", "timeout=soon")

    def test_what_is_not_faked_can_be_answered(self, cluster: RollupCluster) -> None:
        """With a response in the place of the 501, which would fail the test."""
        cluster.inject(faults.response(200, []), on="unfaked")
        assert ask(cluster, "GET", "/_cat/indices") == (200, [])

    def test_endpoints_of_the_tests_own_are_not(self, cluster: RollupCluster) -> None:
        """They win over everything."""
        cluster.inject(faults.no_master(), on="*", optional=True)
        cluster.expect_request("/mine").respond_with_json({"mine": True})
        assert ask(cluster, "GET", "/mine") == (200, {"mine": True})

    def test_without_a_version_it_is_answered_as_the_clients_line(self, cluster: RollupCluster) -> None:
        """As everything else is."""
        cluster.inject(faults.circuit_breaking(), on="stop", times=2)
        assert stop(cluster, "sensor").status == 429
        assert ask(cluster, "POST", "/_xpack/rollup/job/sensor/_stop").status == 503  # a path of 6.8


class TestHowOften:
    """`times`, `after`, lists and several injections."""

    def statuses(self, cluster: RollupCluster, count: int) -> list[int]:
        """Stop a job so often."""
        return [stop(cluster, "sensor").status for _ in range(count)]

    def test_once_unless_told(self, cluster: RollupCluster) -> None:
        """The retry works."""
        cluster.inject(faults.too_many_requests(), on="stop")
        assert self.statuses(cluster, 3) == [429, 200, 200]

    def test_so_many_times(self, cluster: RollupCluster) -> None:
        """And then no more."""
        injection = cluster.inject(faults.too_many_requests(), on="stop", times=2)
        assert self.statuses(cluster, 3) == [429, 429, 200]
        assert injection.hits == 2

    def test_always(self, cluster: RollupCluster) -> None:
        """Until it is removed."""
        injection = cluster.inject(faults.too_many_requests(), on="stop", times="always")
        assert self.statuses(cluster, 3) == [429, 429, 429]
        injection.remove()
        assert self.statuses(cluster, 1) == [200]
        assert injection.hits == 3

    def test_after_so_many(self, cluster: RollupCluster) -> None:
        """Those before are counted from the injection on."""
        assert self.statuses(cluster, 1) == [200]
        cluster.inject(faults.too_many_requests(), on="stop", after=2)
        assert self.statuses(cluster, 4) == [200, 200, 429, 200]

    def test_a_list_is_one_for_each_request(self, cluster: RollupCluster) -> None:
        """`None` is a clean one."""
        injection = cluster.inject([faults.too_many_requests(), None, faults.no_master()], on="stop")
        assert self.statuses(cluster, 4) == [429, 200, 503, 200]
        assert injection.hits == 2

    def test_a_list_goes_round(self, cluster: RollupCluster) -> None:
        """So many times, each time from its beginning."""
        cluster.inject([None, faults.no_master()], on="stop", times=2)
        assert self.statuses(cluster, 5) == [200, 503, 200, 503, 200]

    def test_several_are_used_up_in_their_order(self, cluster: RollupCluster) -> None:
        """One strikes at a time."""
        cluster.inject(faults.too_many_requests(), on="stop")
        cluster.inject(faults.no_master(), on="*")
        assert self.statuses(cluster, 3) == [429, 503, 200]

    @pytest.mark.parametrize("second", [faults.too_many_requests(), faults.slow("1s"), faults.truncate()], ids=repr)
    def test_each_request_is_struck_once(self, cluster: RollupCluster, second: faults.Fault) -> None:
        """What a function with the answer leaves, another injection may strike; what it wants, comes first."""
        cluster.inject([None, lambda _: faults.reset()], on="stop", effect="applied")
        cluster.inject(second, on="stop", effect="applied")
        for _ in range(3):
            with contextlib.suppress(*BROKEN):
                stop(cluster, "sensor")
        assert [entry.fault for entry in cluster.requests] == [None, faults.reset(), second]

    def test_a_function_with_the_answer_keeps_its_turn_where_there_is_none(self, cluster: RollupCluster) -> None:
        """Another injection has struck before the effect."""
        seen: list[str | None] = []
        cluster.inject(lambda request: seen.append(request.effect), on="stop", effect="applied")
        cluster.inject(faults.no_master(), on="stop")
        assert [stop(cluster, "sensor").status for _ in range(2)] == [503, 200]
        assert seen == ["applied"]

    def test_one_that_at_has_struck_leaves_the_others_their_turn(self, manual: RollupCluster) -> None:
        """They are for the next request."""
        manual.inject(faults.gateway_timeout(), on="stop", at="60s", effect="applied")
        manual.inject(faults.no_master(), on="stop", effect="applied")
        for status in (504, 503):
            with Background(raw_status, manual, f"{STOP}?{WAITING}&timeout=2m") as call:
                manual.wait_for_request("stop", parked=True)
                manual.clock.advance("60s")
                assert call.result() == status

    def test_as_a_context_manager_for_a_block(self, cluster: RollupCluster) -> None:
        """It is removed when the block is left."""
        with cluster.inject(faults.no_master(), on="*", times="always") as injection:
            assert self.statuses(cluster, 2) == [503, 503]
        assert self.statuses(cluster, 1) == [200]
        assert injection.hits == 2
        assert repr(injection) == "<inject(faults.no_master(), on='*'): 2 hits>"

    def test_requests_side_by_side_do_not_share_a_turn(self, manual: RollupCluster) -> None:
        """The second is clean although the first has not been struck as yet."""
        manual.inject(faults.no_master(), on="stop", effect="applied")
        with Background(stop, manual, "sensor", WAITING) as first:
            manual.wait_for_request("stop", parked=True)
            assert stop(manual, "sensor").status == 200
            manual.clock.advance("90s")
            assert first.result().status == 503

    def test_reset_forgets_them(self, cluster: RollupCluster) -> None:
        """As it forgets jobs; none is a finding."""
        cluster.inject(faults.no_master(), on="*", times="always")
        cluster.reset()
        cluster.add_job("sensor")
        assert self.statuses(cluster, 1) == [200]
        cluster.check()


class TestTime:
    """`delay`, `slow` and `at`."""

    @pytest.mark.parametrize(("effect", "state"), [(None, "indexing"), ("applied", "stopping")])
    def test_a_delay_comes_before_the_effect_or_after_it(self, manual: RollupCluster, effect: Any, state: str) -> None:
        """In fake time, so a manual clock parks the request."""
        manual.inject(faults.delay("5s"), on="stop", effect=effect)
        with Background(stop, manual, "sensor") as call:
            manual.wait_for_request("stop", parked=True)
            assert manual.jobs["sensor"].state == state
            assert manual.clock.advance("4s") == []
            [request] = manual.clock.advance("1s")
            assert call.result() == (200, {"stopped": True})
        assert (request.waited, request.fault) == (5.0, faults.delay("5s"))

    def test_a_skipping_clock_skips_a_delay(self, cluster: RollupCluster) -> None:
        """No test waits."""
        cluster.inject(faults.delay("1h"), on="stop")
        assert stop(cluster, "sensor").status == 200
        assert cluster.clock.skipped == pytest.approx(3600, abs=1)

    def test_a_delay_and_a_wait_add_up(self, manual: RollupCluster) -> None:
        """The timeout counts from the effect on."""
        manual.inject(faults.delay("5s"), on="stop")
        with Background(stop, manual, "sensor", f"{WAITING}&timeout=10s") as call:
            manual.wait_for_request("stop", parked=True)
            assert manual.clock.advance("14s") == []
            manual.clock.advance("1s")
            assert "Timed out after [10s]" in call.result().body["error"]["reason"]

    def test_a_client_without_so_much_patience_is_found_out(self) -> None:
        """A delay counts as waiting."""
        with RollupCluster(client_timeout="10s", jobs=["sensor"]) as cluster:
            cluster.inject(faults.delay("20s"), on="stop")
            stop(cluster, "sensor")
            with pytest.raises(RollupClusterError, match="waited longer than client_timeout=10 s"):
                cluster.check()

    def test_slow_spreads_an_answer_over_fake_time(self, cluster: RollupCluster) -> None:
        """A skipping clock skips from drop to drop."""
        cluster.inject(faults.slow("20s"), on="stop")
        assert stop(cluster, "sensor") == (200, {"stopped": True})
        assert cluster.clock.skipped == pytest.approx(20, abs=0.5)
        assert cluster.requests.last.outcome == "answered"

    def test_at_strikes_a_request_that_waits(self, manual: RollupCluster) -> None:
        """A proxy gives up, and the stop goes on."""
        manual.inject(faults.gateway_timeout(), on="stop", at="60s", effect="applied")
        with Background(raw_status, manual, f"{STOP}?{WAITING}&timeout=2m") as call:
            manual.wait_for_request("stop", parked=True)
            assert manual.clock.advance("59s") == []
            [request] = manual.clock.advance("1s")
            assert call.result() == 504
        assert manual.jobs["sensor"].state == "stopping"
        assert (request.waited, request.effect, request.outcome) == (60.0, "applied", "answered")
        manual.clock.advance("30s")
        assert manual.jobs["sensor"].state == "stopped"

    def test_at_counts_from_receipt(self, cluster: RollupCluster) -> None:
        """Also for one that comes after another."""
        cluster.inject(lambda _: None, on="stop", at="5s", effect="skipped")
        cluster.inject(faults.no_master(), on="stop", at="7s", effect="skipped")
        assert stop(cluster, "sensor").status == 503
        assert cluster.requests.last.waited == 7.0

    def test_at_strikes_what_a_delay_has_held_up(self, cluster: RollupCluster) -> None:
        """Once it has its effect: the request has been there for so long, and was not answered before."""
        cluster.inject(faults.no_master(), on="stop", at="30s", effect="applied")
        cluster.inject(faults.delay("60s"), on="stop")
        assert stop(cluster, "sensor").status == 503
        assert outcome(cluster) == [("answered", 503, "applied")]

    def test_each_at_strikes_what_a_delay_has_held_up(self, cluster: RollupCluster) -> None:
        """Also after one whose list has nothing for this request."""
        cluster.inject([None, faults.reset()], on="stop", at="30s", effect="applied", optional=True)
        cluster.inject(faults.no_master(), on="stop", at="40s", effect="applied")
        cluster.inject(faults.delay("60s"), on="stop")
        assert stop(cluster, "sensor").status == 503

    def test_at_with_a_skipped_effect_is_over_once_its_function_lets_go(self, cluster: RollupCluster) -> None:
        """What Elasticsearch itself refuses then has been kept from its effect by no fault."""
        cluster.inject(_nothing, on="stop", at="5s", effect="skipped")
        assert stop(cluster, "sensor", "no_such_parameter").status == 400
        assert cluster.requests.last.effect is None

    def test_at_lets_an_answer_that_comes_first_pass(self, cluster: RollupCluster) -> None:
        """And stays for the next request."""
        injection = cluster.inject(faults.reset(), on="stop", at="60s", effect="applied")
        assert stop(cluster, "sensor", WAITING).status == 200
        cluster.add_job("slow", state="indexing", stop_delay=NEVER)
        with pytest.raises(ConnectionError):
            stop(cluster, "slow", f"{WAITING}&timeout=2m")
        assert injection.hits == 1

    def test_at_comes_before_an_answer_of_the_same_instant(self, manual: RollupCluster) -> None:
        """The cluster first, then faults, then looks: the job has stopped, and the client is not told."""
        manual.inject(faults.gateway_timeout(), on="stop", at="90s", effect="applied")
        with Background(raw_status, manual, f"{STOP}?{WAITING}&timeout=2m") as call:
            manual.wait_for_request("stop", parked=True)
            manual.clock.advance("90s")
            assert call.result() == 504
        assert manual.jobs["sensor"].state == "stopped"

    def test_at_with_a_skipped_effect_is_a_request_that_got_nowhere(self, manual: RollupCluster) -> None:
        """The proxy's own default: nobody was there, and after a while it says so."""
        manual.inject(faults.gateway_timeout(), on="stop", at="60s")
        with Background(raw_status, manual, STOP) as call:
            manual.wait_for_request("stop", parked=True)
            manual.clock.advance("60s")
            assert call.result() == 504
        assert manual.jobs["sensor"].state == "indexing"

    def test_two_with_at_strike_in_the_order_of_their_instants(self, manual: RollupCluster) -> None:
        """The later one is left for another request."""
        later = manual.inject(faults.reset(), on="stop", at="50s", effect="applied", optional=True)
        sooner = manual.inject(faults.gateway_timeout(), on="stop", at="40s", effect="applied")
        with Background(raw_status, manual, f"{STOP}?{WAITING}&timeout=2m") as call:
            manual.wait_for_request("stop", parked=True)
            manual.clock.advance("60s")
            assert call.result() == 504
        assert (sooner.hits, later.hits) == (1, 0)

    def test_a_delayed_request_that_nobody_releases_is_given_up(self) -> None:
        """With what is missing, and the test fails."""
        with RollupCluster(clock="manual", jobs=["sensor"]) as cluster:
            cluster.clock.parked_timeout = 0.01
            cluster.inject(faults.delay("5s"), on="stop")
            assert stop(cluster, "sensor").status == 500
            with pytest.raises(
                RollupClusterError, match=r"its delay is over at 5\.000 s, the clock stands at 0\.000 s"
            ):
                cluster.check()


def _nothing(_: object) -> None:
    """Return nothing, whatever it is given."""


class TestFunction:
    """A function in the place of a fault."""

    def test_is_given_the_request_before_its_effect(self, cluster: RollupCluster) -> None:
        """And nothing else happens if it returns nothing."""
        seen: list[tuple[str, str | None, str | None, str]] = []

        def look(request: RecordedRequest) -> None:
            seen.append((request.endpoint, request.job, request.effect, cluster.jobs["sensor"].state))

        injection = cluster.inject(look, on="*", times="always")
        assert stop(cluster, "sensor") == (200, {"stopped": True})
        assert seen == [("stop", "sensor", None, "started")]
        assert (injection.hits, cluster.requests.last.fault) == (1, None)

    def test_is_given_the_request_after_its_effect(self, cluster: RollupCluster) -> None:
        """Before the answer goes out."""
        seen: list[tuple[Any, ...]] = []
        cluster.inject(
            lambda request: seen.append((request.effect, request.state_after, request.outcome)),
            on="stop",
            effect="applied",
        )
        stop(cluster, "sensor")
        assert seen == [("applied", "stopped", "pending")]

    def test_may_change_the_cluster(self, cluster: RollupCluster) -> None:
        """The race: somebody deletes the job between the request's arrival and its effect."""
        cluster.inject(lambda _: cluster.remove_job("sensor"), on="stop")
        assert stop(cluster, "sensor").status == 404

    def test_may_send_a_request_itself(self, cluster: RollupCluster) -> None:
        """It is called without the lock."""
        answers: list[Answer] = []

        def delete_first(_: RecordedRequest) -> None:
            answers.append(stop(cluster, "other"))

        cluster.add_job("other")
        cluster.inject(delete_first, on="stop", job="sensor")
        assert stop(cluster, "sensor").status == 200
        assert answers == [(200, {"stopped": True})]

    @pytest.mark.parametrize(("effect", "state"), [(None, "started"), ("applied", "stopped")])
    def test_may_return_a_fault(self, cluster: RollupCluster, effect: Any, state: str) -> None:
        """Which strikes at that point."""
        cluster.inject(lambda request: faults.too_many_requests() if request.job else None, on="stop", effect=effect)
        assert stop(cluster, "sensor").status == 429
        assert cluster.jobs["sensor"].state == state
        assert cluster.requests.last.fault == faults.too_many_requests()

    def test_may_return_a_fault_that_needs_the_answer(self, cluster: RollupCluster) -> None:
        """The effect is applied, and the answer cut off."""
        cluster.inject(lambda _: faults.truncate(3), on="stop")
        with pytest.raises(http.client.IncompleteRead):
            stop(cluster, "sensor")
        assert cluster.jobs["sensor"].state == "stopped"

    def test_that_returns_nothing_lets_the_next_injection_strike(self, cluster: RollupCluster) -> None:
        """A tripwire hides no fault."""
        seen: list[int] = []
        cluster.inject(lambda request: seen.append(request.number), on="*", times="always")
        cluster.inject(lambda request: seen.append(request.number), on="*", times="always", effect="applied")
        cluster.inject(faults.no_master(), on="stop", effect="applied")
        assert [stop(cluster, "sensor").status for _ in range(2)] == [503, 200]
        assert len(seen) == 4

    def test_is_a_scripted_sequence(self, cluster: RollupCluster) -> None:
        """States that follow each other, one for each read."""
        job = cluster.jobs["sensor"]
        states = iter(["indexing", "stopping", "stopped"])
        cluster.inject(lambda _: job.set_state(next(states)), on="get", times=3)
        assert [shown_state(cluster, "sensor") for _ in range(3)] == ["indexing", "stopping", "stopped"]

    def test_is_called_at_its_instant(self, manual: RollupCluster) -> None:
        """With `at` while the request waits, and time stands."""
        seen: list[float] = []
        manual.inject(lambda _: seen.append(manual.clock.now()), on="stop", at="5s")
        with Background(stop, manual, "sensor", WAITING + "&timeout=10s") as call:
            manual.wait_for_request("stop", parked=True)
            manual.clock.advance("20s")
            assert call.result().status == 500
        assert seen == [5.0]

    @pytest.mark.parametrize("clock", ["skipping", "manual", "running"])
    def test_may_not_move_time(self, clock: str) -> None:
        """It would be moved while it stands; the error fails the test."""
        with RollupCluster(clock=clock, jobs=["sensor"]) as moved:
            moved.inject(lambda _: _nothing(moved.clock.advance("1s")), on="stop")
            assert stop(moved, "sensor").status == 200
            with pytest.raises(
                RollupClusterError, match=r"inject: the function .* raised RuntimeError: advance\(\) inside"
            ):
                moved.check()

    def test_that_raises_fails_the_test_and_not_the_request(self) -> None:
        """An assertion in a thread of the server would be lost otherwise."""

        def forbid(_: RecordedRequest) -> None:
            pytest.fail("nobody was to stop it")

        with RollupCluster(jobs=["sensor"]) as cluster:
            cluster.inject(forbid, on="stop")
            assert stop(cluster, "sensor").status == 200
            with pytest.raises(
                RollupClusterError,
                match=r"inject: the function .*forbid raised Failed: nobody was to stop it \(test_inject.py:\d+\)",
            ):
                cluster.check()

    @pytest.mark.parametrize(
        "result",
        [429, "reset", faults.reset, faults.delay("soon"), [faults.reset()]],
        ids=["number", "text", "not called", "no duration", "list"],
    )
    def test_that_returns_nonsense_fails_the_test(self, result: Any) -> None:
        """And says what it may return."""
        with RollupCluster(jobs=["sensor"]) as cluster:
            cluster.inject(lambda _: result, on="stop")
            assert stop(cluster, "sensor").status == 200
            with pytest.raises(RollupClusterError, match="it returns a fault or None"):
                cluster.check()

    def test_that_returns_a_coroutine_fails_the_test(self) -> None:
        """Nobody would await it, and nobody is warned of it in some other test."""

        async def later() -> None:
            pass

        with RollupCluster(jobs=["sensor"]) as cluster:
            cluster.inject(lambda _: later(), on="stop")  # type: ignore[arg-type]
            stop(cluster, "sensor")
            with pytest.raises(RollupClusterError, match="returned a coroutine"):
                cluster.check()


class TestUnstruck:
    """An injection that never struck fails the test, and says what came near."""

    @pytest.mark.parametrize(
        ("where", "message"),
        [
            ({"on": "delete"}, r"on='delete'\) never struck: no request to delete \(but 3 to stop\)"),
            ({"on": "stop", "job": "other"}, "never struck: 3 requests to stop, all for job 'sensor'"),
            ({"on": "stop", "after": 3}, r"after=3\) never struck: 3 requests to stop, and it strikes after 3"),
            (
                {"on": "stop", "at": "60s", "effect": "applied"},
                r"at='60s'\) never struck: 3 requests to stop, answered after 0 s, 0 s, 0 s, before at=60 s",
            ),
            ({"on": "idle"}, r"on='idle'\) never struck: no connection was reused"),
        ],
        ids=["endpoint", "job", "after", "at", "idle"],
    )
    def test_says_what_came_near(self, where: dict[str, Any], message: str) -> None:
        """The commonest reasons by name."""
        with RollupCluster(jobs=["sensor"]) as cluster:
            cluster.inject(faults.reset(), **where)
            for _ in range(3):
                stop(cluster, "sensor")
            with pytest.raises(RollupClusterError, match=message):
                cluster.check()

    @pytest.mark.parametrize(
        ("on", "message"),
        [("connect", "3 connections made, and it strikes after 3"), ("idle", "1 connection reused, and it strikes")],
    )
    def test_counts_connections(self, on: str, message: str) -> None:
        """As it counts requests."""
        with RollupCluster() as cluster:
            cluster.inject(faults.reset(), on=on, after=3)
            for times in (1, 1, 2):
                with contextlib.closing(http.client.HTTPConnection(cluster.host, cluster.port)) as connection:
                    for _ in range(times):
                        connection.request("GET", "/")
                        connection.getresponse().read()
            with pytest.raises(RollupClusterError, match=f"never struck: {message}"):
                cluster.check()

    def test_whose_client_had_less_patience_than_at(self, manual: RollupCluster) -> None:
        """It was not answered, and so says the message."""
        manual.inject(faults.gateway_timeout(), on="stop", at="60s", effect="applied")
        with contextlib.closing(http.client.HTTPConnection(manual.host, manual.port)) as connection:
            connection.request("POST", f"/_rollup/job/sensor/_stop?{WAITING}")
            manual.wait_for_request("stop", parked=True)
        manual.wait_for_request("stop", outcome="abandoned")
        with pytest.raises(RollupClusterError, match="1 request to stop, abandoned, before at=60 s"):
            manual.check()

    def test_whose_request_was_abandoned(self, manual: RollupCluster) -> None:
        """Before there was an answer for it to strike."""
        manual.inject(faults.no_master(), on="stop", effect="applied")
        with contextlib.closing(http.client.HTTPConnection(manual.host, manual.port)) as connection:
            connection.request("POST", f"/_rollup/job/sensor/_stop?{WAITING}")
            manual.wait_for_request("stop", parked=True)
        manual.wait_for_request("stop", outcome="abandoned")
        with pytest.raises(RollupClusterError, match="1 request to stop, abandoned before it could strike"):
            manual.check()

    def test_without_any_request(self) -> None:
        """Nothing came at all."""
        with RollupCluster() as cluster:
            cluster.inject(faults.reset(), on=["stop", "get"])
            with pytest.raises(RollupClusterError, match="never struck: no request to stop or get"):
                cluster.check()

    def test_whose_turn_never_came(self) -> None:
        """Others had been injected before it."""
        with RollupCluster() as cluster:
            cluster.inject(faults.no_master(), on="stop", times="always")
            cluster.inject(faults.no_master(), on="stop")
            stop(cluster, "sensor")
            with pytest.raises(
                RollupClusterError, match="1 request to stop, each struck by an injection that came before"
            ):
                cluster.check()

    def test_that_had_nothing_to_cut_off(self) -> None:
        """An answer shorter than `truncate` says is not struck."""
        with RollupCluster(jobs=["sensor"]) as cluster:
            cluster.inject(faults.truncate(16), on="stop")
            assert stop(cluster, "sensor").status == 200
            with pytest.raises(RollupClusterError, match="has a body of 16 bytes on the wire"):
                cluster.check()

    @pytest.mark.parametrize("way", ["optional", "not strict", "struck once"])
    def test_may_be_meant(self, way: str) -> None:
        """By the injection, or by the cluster; one that struck once of twice tested something."""
        with RollupCluster(jobs=["sensor"], strict=way != "not strict") as cluster:
            injection = cluster.inject(faults.no_master(), on="stop", times=2, optional=way == "optional")
            if way == "struck once":
                stop(cluster, "sensor")
                assert injection.hits == 1

    def test_is_reported_once(self) -> None:
        """As every finding."""
        with RollupCluster() as cluster:
            cluster.inject(faults.reset(), on="stop")
            with pytest.raises(RollupClusterError):
                cluster.check()
            cluster.check()

    def test_is_one_also_when_it_was_removed(self) -> None:
        """A block in which it never struck tests nothing."""
        with RollupCluster() as cluster:
            cluster.inject(faults.reset(), on="stop").remove()
            stop(cluster, "sensor")
            with pytest.raises(RollupClusterError, match="never struck: 1 request to stop, and it was removed"):
                cluster.check()


class TestJournal:
    """What it says under faults."""

    def test_a_client_that_leaves_during_a_delay_has_abandoned_its_request(self, manual: RollupCluster) -> None:
        """The effect comes all the same, or not, as the delay has it."""
        manual.inject(faults.delay("20s"), on="stop", effect="applied")
        connection = http.client.HTTPConnection(manual.host, manual.port)
        connection.request("POST", "/_rollup/job/sensor/_stop")
        manual.wait_for_request("stop", parked=True)
        connection.close()
        request = manual.wait_for_request("stop", outcome="abandoned")
        assert (request.effect, request.status) == ("applied", None)
        assert manual.clock.advance("1m") == []

    def test_a_client_with_less_patience_than_the_server_leaves_and_the_stop_completes(self) -> None:
        """On a running clock, where both really wait."""
        with RollupCluster(clock="running") as cluster:
            job = cluster.add_job("sensor", state="indexing", stop_delay="300ms")
            connection = http.client.HTTPConnection(cluster.host, cluster.port, timeout=0.02)
            connection.request("POST", f"/_rollup/job/sensor/_stop?{WAITING}")
            with pytest.raises(TimeoutError):
                connection.getresponse()
            connection.close()
            request = cluster.wait_for_request("stop", outcome="abandoned")
            assert (request.effect, request.state_after) == ("applied", "stopping")
            cluster.clock.advance("1s")
            assert job.state == "stopped"

    def test_a_request_shows_its_fault(self, cluster: RollupCluster) -> None:
        """In the line that a failed assertion shows."""
        cluster.inject(faults.no_master(), on="stop")
        stop(cluster, "sensor")
        assert repr(cluster.requests.last).endswith("_stop answered 503 by faults.no_master()>")

    def test_connections_are_numbered(self) -> None:
        """Over all nodes, so that one can see which requests came by the same."""
        with RollupCluster(nodes=2) as cluster:
            first, second = (http.client.HTTPConnection(node.host, node.port) for node in cluster.nodes)
            for connection in (first, second, first):
                connection.request("GET", "/")
                connection.getresponse().read()
            first.close()
            second.close()
            numbers = [request.connection for request in cluster.requests]
        assert numbers[0] == numbers[2] != numbers[1]


ALWAYS_APPLIED = r"happens to an answer, and .* leave effect out \(it is always applied\)"
NEEDS_REQUEST = "reset, empty_reply, hang and garbage strike connections"


class TestBadInput:
    """What cannot be meant is refused at once, with the choices."""

    @pytest.mark.parametrize(
        ("fault", "where", "error", "message"),
        [
            (
                faults.reset(),
                {"on": "dlete"},
                ValueError,
                r"'dlete' \(did you mean 'delete'\?\); it is one or several of",
            ),
            (faults.reset(), {"on": ()}, ValueError, r"on names \(\); it is one or several of"),
            (faults.reset(), {"on": 5}, ValueError, "on names 5; it is one or several of"),
            (faults.reset(), {"on": "custom"}, ValueError, "an endpoint of expect_request says itself"),
            (faults.reset(), {"on": ("stop", "connect")}, ValueError, "mixes requests with connections"),
            (
                faults.reset(),
                {"on": "stop", "times": 0},
                ValueError,
                "times is a whole number of at least 1 or 'always'",
            ),
            (faults.reset(), {"on": "stop", "times": True}, ValueError, "times is a whole number"),
            (faults.reset(), {"on": "stop", "times": "often"}, ValueError, "times is a whole number"),
            (faults.reset(), {"on": "stop", "after": -1}, ValueError, "after is a whole number of at least 0"),
            (faults.reset(), {"on": "stop", "effect": "both"}, ValueError, "effect is 'skipped' or 'applied'"),
            (faults.reset(), {"on": "stop", "job": 5}, TypeError, "job is the id of a job, not 5"),
            (
                faults.reset(),
                {"on": "stop", "at": "soon"},
                ValueError,
                "at must be a whole number with one of the units",
            ),
            (faults.truncate(), {"on": "stop", "at": "5s"}, ValueError, "strikes while there is none: leave at out"),
            (faults.truncate(), {"on": "stop", "effect": "skipped"}, ValueError, ALWAYS_APPLIED),
            (faults.excess(), {"on": "stop", "effect": "skipped"}, ValueError, ALWAYS_APPLIED),
            ([faults.reset(), faults.slow("5s")], {"on": "*", "effect": "skipped"}, ValueError, ALWAYS_APPLIED),
            (faults.delay("x"), {"on": "stop"}, ValueError, "the duration of faults.delay must be"),
            (faults.slow(-1), {"on": "stop"}, ValueError, "the duration of faults.slow must not be negative"),
            (faults.not_acknowledged(), {"on": "get"}, ValueError, r"not_acknowledged\(\) is for .*stop"),
            (
                faults.reset(),
                {"on": "connect", "job": "a"},
                ValueError,
                "job='a' needs a request, and on='connect' has none",
            ),
            (faults.reset(), {"on": "idle", "effect": "applied"}, ValueError, "effect='applied' needs a request"),
            (faults.reset(), {"on": "idle", "at": "5s"}, ValueError, "at='5s' needs a request"),
            (faults.truncate(), {"on": "connect"}, ValueError, NEEDS_REQUEST),
            (faults.no_master(), {"on": "idle"}, ValueError, NEEDS_REQUEST),
            (print, {"on": "connect"}, ValueError, NEEDS_REQUEST),
            (faults.reset, {"on": "stop"}, TypeError, r"call it: faults.reset\(\)"),
            (faults.Reset, {"on": "stop"}, TypeError, "did you forget to call it"),
            ("reset", {"on": "stop"}, TypeError, r"inject takes a fault such as faults.reset\(\)"),
            (None, {"on": "stop"}, TypeError, "inject takes a fault such as"),
            ([], {"on": "stop"}, ValueError, "at least one that is not None"),
            (faults.reset(), {"on": "stop", "optional": "no"}, TypeError, "optional is True or False, not 'no'"),
            ([None, None], {"on": "stop"}, ValueError, "at least one that is not None"),
        ],
    )
    def test_is_refused(
        self, fault: Any, where: dict[str, Any], error: type[Exception], message: str, cluster: RollupCluster
    ) -> None:
        """And changes nothing."""
        with pytest.raises(error, match=message):
            cluster.inject(fault, **where)
        assert stop(cluster, "sensor").status == 200

    def test_a_coroutine_function_is_refused(self, cluster: RollupCluster) -> None:
        """Nobody would await it."""

        async def fault(_: RecordedRequest) -> None:
            pass

        with pytest.raises(TypeError, match="not <function"):
            cluster.inject(fault, on="stop")  # type: ignore[arg-type]
