"""What type checkers say of tests that use the fixtures. Never run: checked by mypy and by pyright, both strict.

A wrong line has a comment that silences its error, for both; each checker reports one that silences nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, assert_type

import pytest

import pytest_rollup_fake
from pytest_rollup_fake import (
    NEVER,
    AccessToken,
    ApiKey,
    Change,
    Clock,
    Duration,
    Effect,
    Fault,
    FaultFunction,
    Injected,
    Injection,
    Job,
    JobState,
    MakeRollupCluster,
    Node,
    RecordedRequest,
    Requests,
    RollupCluster,
    RollupClusterError,
    Security,
    StopDelay,
    Version,
    faults,
    polls,
    scenarios,
)

pytest_rollup_fake.nonsense  # type: ignore[attr-defined]  # noqa: B018  (a name that does not exist is an error)


def test_a_state_changes_between_two_asserts(rollup_cluster: RollupCluster) -> None:
    """What comes after them is reachable: its errors are found.

    pyright narrows every property that is compared with a literal, whatever its type, but goes on below.
    """
    job = rollup_cluster.add_job("sensor", state="indexing", stop_delay="5m")

    assert job.state == "stopping"
    rollup_cluster.clock.advance("5m")
    assert job.state == "stopped"
    assert_type(job.state, JobState)  # pyright: ignore[reportAssertTypeFailure]
    job.set_stat("started")  # type: ignore[attr-defined]


def test_what_is_misspelt_or_not_assigned(rollup_cluster: RollupCluster) -> None:
    """A state is set by `set_state`."""
    job = rollup_cluster.add_job("sensor")

    job.stopdelay = 3  # type: ignore[attr-defined]
    job.state = "stopped"  # type: ignore[assignment]
    rollup_cluster.verison = "9"  # type: ignore[attr-defined]


def test_a_state_is_compared_with_members(rollup_cluster: RollupCluster) -> None:
    """As with their texts."""
    job = rollup_cluster.add_job("sensor")

    assert job.state == JobState.STARTED
    job.set_state("stopped")
    assert job.state == JobState.STOPPED
    assert_type(job.state, JobState)  # pyright: ignore[reportAssertTypeFailure]
    job.set_stat("started")  # type: ignore[attr-defined]


def test_state_of_two_jobs(rollup_cluster: RollupCluster) -> None:
    """A job of the mapping is a job."""
    assert_type(rollup_cluster.jobs, Mapping[str, Job])
    assert rollup_cluster.jobs["sensor"].state == rollup_cluster.jobs["other"].state != "started"


def test_existence_is_not_narrowed(rollup_cluster: RollupCluster) -> None:
    """Nor is it after `not`."""
    job = rollup_cluster.add_job("sensor")

    assert job.exists
    rollup_cluster.remove_job("sensor")
    assert not job.exists
    rollup_cluster.add_job("sensor")
    assert_type(rollup_cluster.jobs["sensor"], Job)


def test_clusters_of_wider_scope(
    class_rollup_cluster: RollupCluster, module_rollup_cluster: RollupCluster, session_rollup_cluster: RollupCluster
) -> None:
    """They are clusters like any other."""
    for cluster in (class_rollup_cluster, module_rollup_cluster, session_rollup_cluster):
        assert_type(cluster.url, str)
        assert_type(cluster.version, Version | Any)
        assert_type(cluster.clock, Clock)


def test_skipping_sleep(rollup_cluster: RollupCluster) -> None:
    """A block gives nothing, and its limit is a duration."""
    with rollup_cluster.clock.skipping_sleep(), rollup_cluster.clock.skipping_sleep(limit=timedelta(hours=1)) as block:
        assert_type(block, None)
    rollup_cluster.clock.skipping_sleep(limit=None)  # type: ignore[arg-type]


def test_parked_timeout(rollup_cluster: RollupCluster) -> None:
    """Set as any duration, it is seconds."""
    assert_type(rollup_cluster.clock.parked_timeout, float)
    rollup_cluster.clock.parked_timeout = "1s"
    rollup_cluster.clock.parked_timeout = timedelta(seconds=5)
    rollup_cluster.clock.parked_timeout = 0


def test_factory(make_rollup_cluster: MakeRollupCluster) -> None:
    """The factory takes the arguments of the class, and no others."""
    old = make_rollup_cluster("7.17", jobs={"sensor": "stopped", "other": {"stop_delay": NEVER}}, unfaked=["/_cat/*"])
    with make_rollup_cluster(version=None, clock=old.clock, client_timeout=timedelta(seconds=5)) as new:
        assert_type(new, RollupCluster)
    make_rollup_cluster(jobs=["sensor"], strict=False, security="unset", host="::1", port=9200)
    make_rollup_cluster(version=old.version)
    secure = make_rollup_cluster(tls=True)
    assert_type(secure.ca_path, str)
    assert_type(secure.ca_fingerprint, str)
    make_rollup_cluster(jbos=["sensor"])  # type: ignore[call-arg]
    make_rollup_cluster(7.17)  # type: ignore[arg-type]


def test_stop_delays(rollup_cluster: RollupCluster) -> None:
    """A delay is a duration, a number of polls, or for ever."""
    job = rollup_cluster.add_job("sensor", stop_delay=polls(3))
    job.stop_delay = 5
    job.stop_delay = 0.5
    job.stop_delay = "5s"
    job.stop_delay = timedelta(seconds=5)
    job.stop_delay = NEVER
    with job.hold() as held:
        assert_type(held, Job)
    for change in job.history:
        assert_type(change, Change)
        assert_type(change.state, JobState)


def test_journal(rollup_cluster: RollupCluster) -> None:
    """Its slices are of its own type."""
    requests = rollup_cluster.requests
    assert_type(requests, Requests)
    assert_type(requests.to("stop", job="sensor"), Requests)
    assert_type(requests[1:], Requests)
    assert_type(requests[0], RecordedRequest)
    assert_type(requests.last, RecordedRequest)
    assert_type(requests.last.status, int | None)
    assert_type([request.outcome for request in requests], list[str])


def test_waiting_for_requests(rollup_cluster: RollupCluster, number: int) -> None:
    """One request is a request, several are a list."""
    assert_type(rollup_cluster.wait_for_request(), RecordedRequest)
    assert_type(rollup_cluster.wait_for_request(("stop", "delete"), count=1), RecordedRequest)
    assert_type(rollup_cluster.wait_for_request("stop", job="sensor", count=2, timeout="5s"), list[RecordedRequest])
    rollup_cluster.wait_for_request("stop", outcome="lost", count=number)
    rollup_cluster.wait_for_request("stop", "sensor")  # type: ignore[call-overload]


async def test_waiting_in_an_event_loop(rollup_cluster: RollupCluster) -> None:
    """Likewise."""
    assert_type(await rollup_cluster.wait_for_request_async("stop", parked=True), RecordedRequest)
    assert_type(await rollup_cluster.wait_for_request_async("stop", count=2), list[RecordedRequest])


def test_faults(rollup_cluster: RollupCluster) -> None:
    """Whatever goes wrong is a fault; where it strikes is an injection, a context manager too."""
    struck = rollup_cluster.inject(faults.reset(), on="stop", job="sensor", effect="applied")
    assert_type(struck, Injection)
    assert_type(struck.hits, int)
    with rollup_cluster.inject(faults.no_master(), on=("stop", "delete"), times="always", optional=True) as injection:
        assert_type(injection, Injection)
    rollup_cluster.inject(faults.gateway_timeout(), on="stop", at=timedelta(minutes=1), effect="applied")
    rollup_cluster.inject(faults.slow("5s"), on=["get"], times=2, after=1).remove()
    fault: Fault = faults.error(503, "exception", "gone")
    rollup_cluster.inject(fault, on="*")
    assert_type(rollup_cluster.requests.last.fault, Fault | None)
    rollup_cluster.inject(faults.reset, on="stop")  # type: ignore[arg-type]  # (forgot the brackets)
    rollup_cluster.inject(faults.reset(), on="stop", effect="aplied")  # type: ignore[arg-type]
    rollup_cluster.inject(faults.reset(), on="stop", times="alway")  # type: ignore[arg-type]


def test_functions_in_the_place_of_faults(rollup_cluster: RollupCluster) -> None:
    """One that returns a fault sometimes, one that returns nothing, a lambda; and lists of all these."""

    def only_the_first(request: RecordedRequest) -> Fault | None:
        return faults.too_many_requests() if request.number == 1 else None

    def somebody_deletes(_: RecordedRequest) -> None:
        rollup_cluster.remove_job("sensor")

    def no_parameter() -> None:
        """Take nothing, which is one too few."""

    rollup_cluster.inject(only_the_first, on="stop")
    rollup_cluster.inject(somebody_deletes, on="stop")
    rollup_cluster.inject(lambda request: faults.delay("1s") if request.job == "sensor" else None, on="stop")
    rollup_cluster.inject([faults.reset(), None, faults.hang()], on="stop")
    rollup_cluster.inject((only_the_first, None, faults.forbidden(user="me", roles=["reader"])), on="stop")
    rollup_cluster.inject([only_the_first, somebody_deletes], on="stop", times=3)
    rollup_cluster.inject(no_parameter, on="stop")  # type: ignore[arg-type]
    rollup_cluster.inject(["reset"], on="stop")  # type: ignore[list-item]


def add_slow_job(cluster: RollupCluster, stop_delay: StopDelay, injected: Injected, effect: Effect) -> Job:
    """Annotate a helper with what the cluster takes."""
    cluster.inject(injected, on="stop", effect=effect)
    return cluster.add_job("sensor", stop_delay=stop_delay)


def test_helpers_of_the_users(rollup_cluster: RollupCluster, fault: FaultFunction, duration: Duration) -> None:
    """They take what the cluster takes."""
    for injected in (fault, faults.reset(), [faults.hang(), None]):
        add_slow_job(rollup_cluster, duration, injected, "applied")
    add_slow_job(rollup_cluster, NEVER, fault, "both")  # type: ignore[arg-type]


def test_lists_of_faults_made_elsewhere(rollup_cluster: RollupCluster) -> None:
    """A list that was inferred, or that is of one kind only."""
    resets = [faults.reset(), faults.reset()]
    mixed = [faults.no_master(), faults.bad_gateway()]
    rollup_cluster.inject(resets, on="stop")
    rollup_cluster.inject(mixed, on="stop")


@pytest.mark.parametrize("fault", [faults.reset(), faults.bad_gateway(), faults.garbage(b"?"), faults.truncate("head")])
def test_parametrized_faults(rollup_cluster: RollupCluster, fault: Fault) -> None:
    """All are of one type, with a name."""
    assert_type(fault.name, str)
    rollup_cluster.inject(fault, on="stop")


@pytest.mark.parametrize("scenario", scenarios.ALL)
def test_scenarios(rollup_cluster: RollupCluster, scenario: Callable[..., Job]) -> None:
    """A scenario gives its job."""
    assert_type(scenario(rollup_cluster), Job)
    assert_type(scenarios.answer_lost(rollup_cluster, id="other"), Job)
    assert_type(scenarios.get("answer_lost")(rollup_cluster), Job)
    scenarios.answer_lots(rollup_cluster)  # type: ignore[attr-defined]


@pytest.mark.rollup_cluster(security=True)
def test_security(rollup_cluster: RollupCluster) -> None:
    """Users, keys and tokens are what a client needs to prove who it is."""
    security = rollup_cluster.security
    assert_type(security, Security)
    assert_type(security.add_api_key("id", "key", user="elastic"), ApiKey)
    assert_type(security.add_token("token", user="elastic"), AccessToken)


def test_nodes(make_rollup_cluster: MakeRollupCluster) -> None:
    """Each is one of a tuple."""
    for node in make_rollup_cluster(nodes=3).nodes:
        assert_type(node, Node)
        assert_type(node.url, str)


def test_class_alone() -> None:
    """Without pytest it is a context manager, and what it finds is an assertion's error."""
    with RollupCluster("8.19", clock="manual") as cluster:
        assert_type(cluster, RollupCluster)
        released = cluster.clock.advance(10)
        assert_type(released, list[RecordedRequest])
    with pytest.raises(RollupClusterError):
        cluster.check()
    error: AssertionError = RollupClusterError("")
    raise error


def test_skipped_sleeps(rollup_cluster: RollupCluster) -> None:
    """A block returns what is returned in it, and takes any duration."""

    def stop() -> str:
        with rollup_cluster.clock.skipping_sleep("1h"):
            return "stopped"

    assert_type(stop(), str)
    with rollup_cluster.clock.skipping_sleep(limit=timedelta(days=1)):
        rollup_cluster.clock.call_later("5s", rollup_cluster.remove_job, "sensor")


def test_versions(rollup_cluster: RollupCluster) -> None:
    """A version is compared with its text; who gives none knows that there is none."""
    assert rollup_cluster.version >= "9"
    assert rollup_cluster.version is None or rollup_cluster.version.line == "9.5"
    version = rollup_cluster.version
    assert version is not None
    assert_type(version.major, int | Any)
    assert version == "7.17.29"
    assert version >= "7.17"


@pytest.fixture
def app(rollup_cluster: RollupCluster, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Fixtures of the user's own build on ours."""
    monkeypatch.setenv("ELASTICSEARCH_URL", rollup_cluster.url)
    return rollup_cluster.url_for("/_rollup/job")
