"""What documents say of a cluster, applied to one: jobs, users, API keys, indices, faults.

Each function takes a document that was held against its schema, or does so itself, and raises `DocumentError` with the
place in it for what the cluster does not take.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from pytest_rollup_fake.model.durations import to_nanoseconds
from pytest_rollup_fake.model.injection_arguments import read_on, read_times
from pytest_rollup_fake.model.job_configs import check_config
from pytest_rollup_fake.model.jobs import NEVER, Never, Polls, polls
from pytest_rollup_fake.model.journal import ENDPOINTS

from .checking import at
from .injections import read_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_rollup_fake.cluster import RollupCluster
    from pytest_rollup_fake.job import Job
    from pytest_rollup_fake.model.injections import Injection
    from pytest_rollup_fake.model.jobs import StopDelay

_POLLS: Final = re.compile(r"polls\((\d+)\)", re.ASCII)


def read_stop_delay(value: Any) -> StopDelay:  # noqa: ANN401  (what a document has)
    """Return the `stop_delay` that a document gives: a duration, `"never"` or `"polls(3)"`."""
    if value == "never":
        return NEVER
    counted = _POLLS.fullmatch(value) if isinstance(value, str) else None
    if counted is not None:
        return polls(int(counted[1]))
    to_nanoseconds(value, name="stop_delay (a duration, 'polls(3)' or 'never')")
    delay: StopDelay = value
    return delay


def write_stop_delay(value: StopDelay) -> object:
    """Return a `stop_delay` as documents give it; a duration as it was set."""
    if isinstance(value, Never):
        return "never"
    return repr(value) if isinstance(value, Polls) else value


def add_job(cluster: RollupCluster, document: Mapping[str, Any]) -> Job:
    """Add a job."""
    keywords = read_job_settings(document)
    with at("id"):
        cluster.world.check_new_job(document["id"])
    with at("config"):
        check_config(document.get("config", {}))
    with at():
        return cluster.add_job(keywords.pop("id"), **keywords)


def read_job_settings(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return keywords of `add_job`, whose durations are durations."""
    keywords = dict(document)
    if "stop_delay" in document:
        with at("stop_delay"):
            keywords["stop_delay"] = read_stop_delay(document["stop_delay"])
    if "run_duration" in document:
        with at("run_duration"):
            to_nanoseconds(document["run_duration"], name="run_duration")
    return keywords


def add_user(cluster: RollupCluster, document: Mapping[str, Any]) -> None:
    """Add a user; a cluster without security has none."""
    keywords = dict(document)
    with at():
        _require_security(cluster, "users")
        cluster.security.add_user(keywords.pop("name"), keywords.pop("password"), **keywords)


def add_api_key(cluster: RollupCluster, document: Mapping[str, Any]) -> None:
    """Add an API key of a user that is there."""
    keywords = dict(document)
    with at():
        _require_security(cluster, "API keys")
        try:
            cluster.security.add_api_key(keywords.pop("id"), keywords.pop("api_key"), **keywords)
        except LookupError as error:
            raise ValueError(*error.args) from None


def _require_security(cluster: RollupCluster, what: str) -> None:
    if not cluster.world.may_be_secured:
        message = f"{what} need security; turn it on (--security, or security = true under [settings])"
        raise ValueError(message)


def add_index(cluster: RollupCluster, document: Mapping[str, Any]) -> None:
    """Add an index."""
    with at():
        cluster.add_index(document["name"], document.get("mappings"))


def add_fault(cluster: RollupCluster, document: Mapping[str, Any]) -> Injection:
    """Inject a fault; one that never strikes is nobody's mistake here."""
    fault = read_fault(document)
    with at("on"):
        read_on(document["on"], ENDPOINTS)
    with at("times"):
        read_times(document.get("times", 1))
    with at("at"):
        to_nanoseconds(document.get("at", 0), name="at")
    where = {name: value for name, value in document.items() if name not in {"fault", "arguments"}}
    with at():
        return cluster.inject(fault, **where)


PARTS: Final[Mapping[str, Callable[[RollupCluster, Mapping[str, Any]], object]]] = {
    "users": add_user,
    "api_keys": add_api_key,
    "indices": add_index,
    "jobs": add_job,
    "faults": add_fault,
}
"""The lists of a scenario in the order in which they are applied, each with what adds one of it."""
