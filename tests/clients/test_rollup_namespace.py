"""Every method of the official clients' `rollup` namespace, against every version line of the client's own major."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_rollup_fake import RollupCluster
from pytest_rollup_fake.model.versions import LINES
from tests.clients.official import OFFICIAL, ROLLUP_IS_DEPRECATED, Official, each_client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INDEX: Final = {"properties": {"timestamp": {"type": "date"}, "temperature": {"type": "integer"}}}
USAGE: Final[dict[str, Any]] = {"_meta": {"_rollup": {"my-id": {}}}}
NO_HITS: Final = {"value": 0, "relation": "eq"}


class Namespace:
    """The rollup namespace of a client, and a job of its own for each method's case."""

    def __init__(self, official: Official, line: str, client: Any) -> None:
        self.official = official
        self.interval = "interval" if LINES.index(line) < LINES.index("7.2") else "calendar_interval"
        self.methods = client.rollup
        self._indices = client.indices

    def count_as_used(self) -> None:
        """Create what counts as rollup usage, without which the newest versions refuse the first job."""
        self._indices.create(index="dummy-rollup-index", mappings=USAGE)

    def create_job(self, id_: str) -> None:
        """Create a job, stopped, and the index that it rolls up, which has its name."""
        self._indices.create(index=id_, mappings=INDEX)
        assert self.methods.put_job(id=id_, **self.as_body(self.config(id_)))["acknowledged"] is True

    def config(self, id_: str) -> dict[str, Any]:
        """Return what a job is created of."""
        return {
            "index_pattern": id_,
            "rollup_index": f"{id_}_rollup",
            "cron": "*/30 * * * * ?",
            "page_size": 10,
            "groups": {"date_histogram": {"field": "timestamp", self.interval: "1h"}},
            "metrics": [{"field": "temperature", "metrics": ["max"]}],
        }

    def state(self, id_: str) -> str:
        """Return the state that is shown."""
        [job] = self.methods.get_jobs(id=id_)["jobs"]
        return str(job["status"]["job_state"])

    def search(self, index: str) -> Any:
        """Search for nothing in a rollup index."""
        return self.methods.rollup_search(index=index, **self.as_body({"size": 0}))

    def as_body(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Return a body as each client takes it."""
        return {"body": fields} if self.official.line == "7.17" else fields


# --- what each method does -------------------------------------------------------------------------------------------


def put_job(rollup: Namespace, job: str) -> None:
    """Put Job: the job is there, stopped; it cannot be created again."""
    assert rollup.state(job) == "stopped"
    with pytest.raises(rollup.official.api_error) as error:
        rollup.methods.put_job(id=job, **rollup.as_body(rollup.config(job)))
    assert error.value.status_code == 409  # type: ignore[attr-defined]


def get_jobs(rollup: Namespace, job: str) -> None:
    """Get Jobs: the job is listed by its name, and among all."""
    [shown] = rollup.methods.get_jobs(id=job)["jobs"]
    assert shown["config"]["groups"]["date_histogram"][rollup.interval] == "1h"
    assert shown["stats"]["trigger_count"] == 0
    assert shown in rollup.methods.get_jobs(id="_all")["jobs"]


def start_job(rollup: Namespace, job: str) -> None:
    """Start Job: the job is started."""
    assert rollup.methods.start_job(id=job)["started"] is True
    assert rollup.state(job) == "started"


def stop_job(rollup: Namespace, job: str) -> None:
    """Stop Job: the job is stopped, with or without waiting; one that there is not is an error."""
    rollup.methods.start_job(id=job)
    assert rollup.methods.stop_job(id=job)["stopped"] is True
    assert rollup.methods.stop_job(id=job, wait_for_completion=True, timeout="10s")["stopped"] is True
    assert rollup.state(job) == "stopped"
    with pytest.raises(rollup.official.not_found, match=r"Task for Rollup Job \[missing\] not found"):
        rollup.methods.stop_job(id="missing")


def delete_job(rollup: Namespace, job: str) -> None:
    """Delete Job: a running job is not deleted, a stopped one is."""
    rollup.methods.start_job(id=job)
    with pytest.raises(rollup.official.api_error) as error:
        rollup.methods.delete_job(id=job)
    assert error.value.status_code == 500  # type: ignore[attr-defined]
    rollup.methods.stop_job(id=job)
    assert rollup.methods.delete_job(id=job)["acknowledged"] is True
    assert rollup.methods.get_jobs(id=job)["jobs"] == []


def get_rollup_caps(rollup: Namespace, job: str) -> None:
    """Get Rollup Caps: the job is found by the pattern that it rolls up."""
    [found] = rollup.methods.get_rollup_caps(id=job)[job]["rollup_jobs"]
    assert (found["job_id"], found["fields"]["temperature"]) == (job, [{"agg": "max"}])


def get_rollup_index_caps(rollup: Namespace, job: str) -> None:
    """Get Rollup Index Caps: the job is found by its rollup index."""
    index = f"{job}_rollup"
    [found] = rollup.methods.get_rollup_index_caps(index=index)[index]["rollup_jobs"]
    assert (found["job_id"], found["index_pattern"]) == (job, job)


def rollup_search(rollup: Namespace, job: str) -> None:
    """Rollup Search: nothing is found, and the answer says so as that of any search."""
    answer = rollup.search(f"{job}_rollup")
    assert (answer["hits"]["total"], answer["hits"]["hits"]) == (NO_HITS, [])


CASES: Final[dict[str, Callable[[Namespace, str], None]]] = {
    case.__name__: case
    for case in (
        put_job,
        get_jobs,
        start_job,
        stop_job,
        delete_job,
        get_rollup_caps,
        get_rollup_index_caps,
        rollup_search,
    )
}
NEVER_RELEASED: Final = {"rollup"}
"""`rollup.rollup` of the client for 7.x: an API that was behind a feature flag and in no release."""


# --- the tests -------------------------------------------------------------------------------------------------------


def methods_of(namespace: Any) -> set[str]:
    """Return the names of a namespace's own methods."""
    return {name for name, value in vars(type(namespace)).items() if callable(value) and not name.startswith("_")}


def own_lines(official: Official) -> list[str]:
    """Return the version lines of the major that a client was made for."""
    return [line for line in LINES if line.split(".")[0] == official.line.split(".")[0]]


@contextmanager
def connected(official: Official, line: str, **settings: Any) -> Iterator[Namespace]:
    """Give the namespace of a client of a cluster of a version line."""
    with RollupCluster(line, **settings) as cluster, official.connect(cluster.url) as client:
        rollup = Namespace(official, line, client)
        rollup.count_as_used()
        yield rollup


@each_client
def test_every_method_has_a_case(official: Official) -> None:
    """A method that a new release of a client brings is noticed."""
    with official.connect("http://localhost:9200") as client:
        assert methods_of(client.rollup) - NEVER_RELEASED == set(CASES)


@pytest.mark.parametrize(
    ("official", "line"),
    [(official, line) for official in OFFICIAL for line in own_lines(official)],
    ids=str,
)
def test_every_method_in_every_line(official: Official, line: str) -> None:
    """Each is answered as the client expects it; in 9.x with the warning that rollup will be removed."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with connected(official, line) as rollup:
            for method, case in CASES.items():
                rollup.create_job(method)
                case(rollup, method)

    assert {warning.category.__name__ for warning in caught} == official.own_warnings
    removals = [warning for warning in caught if ROLLUP_IS_DEPRECATED in str(warning.message)]
    assert bool(removals) == (official.line == "9")


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("7.")])
def test_the_method_that_no_release_answers(line: str) -> None:
    """`rollup.rollup` of the client for 7.x looks like a document being indexed, which is not faked."""
    [official] = [official for official in OFFICIAL if official.line == "7.17"]
    with (
        connected(official, line, unfaked=["POST /sensor/_rollup/*"]) as rollup,
        pytest.raises(official.api_error) as error,
    ):
        rollup.methods.rollup(index="sensor", rollup_index="other", body={"groups": {}})
    assert error.value.status_code == 501  # type: ignore[attr-defined]
