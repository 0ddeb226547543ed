"""The nightmares of stopping a rollup job, each by name: `from pytest_rollup_fake import scenarios`.

A scenario is a function: `job = scenarios.answer_lost(rollup_cluster)` adds a job (`"sensor"`, unless `id=` names
another one), sets up what goes wrong, and returns the job. Code under test goes through all of them with one line:

    @pytest.mark.parametrize("scenario", scenarios.ALL)

Each works on any cluster: every version and clock, with security or without. Each says which behaviour of Elasticsearch
it mirrors, and what is left of the job in the end. Where a fault is reached by some code only (it waits long enough, it
deletes), it is optional, and code that never gets there passes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from . import faults
from .model.jobs import NEVER
from .rest import messages
from .rest.rollup import DEFAULT_STOP_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from .cluster import RollupCluster
    from .job import Job
    from .model.journal import RecordedRequest

    Scenario = Callable[..., Job]

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given

_EVERYTHING: Final = "*"


def stops_during_indexing(cluster: RollupCluster, *, id: str = "sensor") -> Job:
    """A stop finds the indexer at work: it is answered at once, and the job is `stopping` for 5 s more.

    Mirrors RollupJobTask.stop: INDEXING becomes STOPPING, which the answer `{"stopped":true}` does not say. Who deletes
    right away is refused. In the end the job is stopped.
    """
    return cluster.add_job(id, state="indexing", stop_delay="5s")


def times_out_then_completes(cluster: RollupCluster, *, id: str = "sensor") -> Job:
    """The job needs 45 s to stop, longer than a stop waits by default (30 s).

    Mirrors TransportStopRollupAction: the wait ends with `timeout_exception` (500, and 429 in 9.x), and the stop goes
    on. In the end the job is stopped.
    """
    return cluster.add_job(id, state="indexing", stop_delay="45s")


def never_stops(cluster: RollupCluster, *, id: str = "sensor") -> Job:
    """The job stays `stopping` for ever, as one does whose search or bulk request hangs.

    The indexer sees the stop only between two requests of its own (AsyncTwoPhaseIndexer). Every wait times out, and the
    job can never be deleted.
    """
    return cluster.add_job(id, state="indexing", stop_delay=NEVER)


def answer_lost(cluster: RollupCluster, *, id: str = "sensor") -> Job:
    """The first stop has its effect, and its answer is lost: the connection is reset.

    Whoever tries again finds the job stopped, which is a 200 too.
    """
    job = cluster.add_job(id)
    cluster.inject(faults.reset(), on="stop", job=id, effect="applied")
    return job


def deleted_by_somebody_else(cluster: RollupCluster, *, id: str = "sensor") -> Job:
    """Between stop and delete somebody else deletes the job: the delete gets a 404.

    Two operators at once, or a delete whose answer was lost and which is repeated. In the end the job is gone.
    """
    job = cluster.add_job(id)

    def delete(_: RecordedRequest) -> None:
        if job.exists:
            job.remove()

    cluster.inject(delete, on="delete", job=id, optional=True)
    return job


def master_fails_over(cluster: RollupCluster, *, id: str = "sensor") -> Job:
    """The master is lost while it persists the stop: a 500, then two 503, then there is a new master.

    Mirrors RollupJobTask.stop, whose indexer has taken the stop by then and winds down all the same, and the
    `master_not_discovered_exception` of whatever needs a master meanwhile. In the end the job is stopped.
    """
    job = cluster.add_job(id, state="indexing", stop_delay="5s")
    cluster.inject(faults.state_update_failed(), on="stop", job=id, effect="applied")
    cluster.inject(faults.no_master(), on=("stop", "start", "delete", "put"), times=2, optional=True)
    return job


def privileges_revoked(cluster: RollupCluster, *, id: str = "sensor") -> Job:
    """Once the first stop is answered, everything is forbidden: a 403, for ever.

    A role was changed, or a key has lost its privileges, midway. The job stays stopped.
    """
    job = cluster.add_job(id)

    def revoke(_: RecordedRequest) -> None:
        cluster.inject(faults.forbidden(), on=_EVERYTHING, times="always", optional=True)

    cluster.inject(revoke, on="stop", job=id, effect="applied")
    return job


def too_many_requests_twice(cluster: RollupCluster, *, id: str = "sensor") -> Job:
    """The first two stops find a queue full: 429, without any effect; the third works.

    Mirrors `es_rejected_execution_exception`, which clients are to retry. Official ones from 8.x on do it unasked.
    """
    job = cluster.add_job(id)
    cluster.inject(faults.too_many_requests(), on="stop", job=id, times=2)
    return job


def proxy_gives_up(cluster: RollupCluster, *, id: str = "sensor") -> Job:
    """A proxy answers 504 once a stop has waited for 60 s, while the stop goes on; the job needs 90 s.

    The usual patience of nginx (`proxy_read_timeout`) and of load balancers. Only a stop that waits longer meets it,
    others time out first. In the end the job is stopped.
    """
    job = cluster.add_job(id, state="indexing", stop_delay="90s")
    cluster.inject(
        faults.gateway_timeout(), on="stop", job=id, times="always", effect="applied", at="60s", optional=True
    )
    return job


def client_gives_up(cluster: RollupCluster, *, id: str = "sensor") -> Job:
    """The client's 10 s are over before the stop's 30: the connection breaks, and the stop goes on; the job needs 20 s.

    Official clients hang up after 10 s by default. The break comes from the cluster's side, so that no test waits for
    it; for the client's own error give it a short timeout, and `inject(faults.hang(), on="stop", effect="applied")`.
    In the end the job is stopped.
    """
    job = cluster.add_job(id, state="indexing", stop_delay="20s")
    cluster.inject(faults.empty_reply(), on="stop", job=id, times="always", effect="applied", at="10s", optional=True)
    return job


def timeout_is_retried(cluster: RollupCluster, *, id: str = "sensor") -> Job:
    """A wait that has timed out is a 429, which official clients from 8.x on retry by themselves; the job needs 45 s.

    Mirrors 9.0 and later (elastic/elasticsearch#116026): one call of the client becomes several stops, and waits as
    often. On older versions the 429 is injected, so that code is ready for the upgrade. In the end the job is stopped.
    """
    job = cluster.add_job(id, state="indexing", stop_delay="45s")

    def answer_as_newer(request: RecordedRequest) -> faults.Fault | None:
        has_timed_out = request.wait_for_completion and job.state == "stopping"  # or there would be no answer yet
        if not has_timed_out or request.version is None or request.version >= "9":
            return None
        timeout = request.query.get("timeout", DEFAULT_STOP_TIMEOUT.string_rep)
        return faults.error(429, "timeout_exception", messages.stop_timed_out(id, timeout, "STOPPING"))

    cluster.inject(answer_as_newer, on="stop", job=id, times="always", effect="applied", optional=True)
    return job


def node_restarts(cluster: RollupCluster, *, id: str = "sensor") -> Job:
    """The node of an idle job restarts after the first stop, and the job is started again.

    Mirrors a quirk of RollupJobTask.stop: that an idle job was stopped is not persisted, so a task that is allocated
    anew is what it was before. Who deletes is refused; a second stop stays.
    """
    job = cluster.add_job(id)

    def restart(_: RecordedRequest) -> None:
        job.unassign()
        job.assign()

    cluster.inject(restart, on="stop", job=id, effect="applied")
    return job


ALL: Final[tuple[Scenario, ...]] = (
    stops_during_indexing,
    times_out_then_completes,
    never_stops,
    answer_lost,
    deleted_by_somebody_else,
    master_fails_over,
    privileges_revoked,
    too_many_requests_twice,
    proxy_gives_up,
    client_gives_up,
    timeout_is_retried,
    node_restarts,
)
"""Every scenario, for `@pytest.mark.parametrize`."""


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(("ALL", "get", *(scenario.__name__ for scenario in ALL)))


def get(name: str) -> Scenario:
    """Return the scenario of this name; raises `ValueError` naming those that there are."""
    for scenario in ALL:
        if scenario.__name__ == name:
            return scenario
    message = f"unknown scenario {name!r}; the scenarios are {', '.join(scenario.__name__ for scenario in ALL)}"
    raise ValueError(message)
