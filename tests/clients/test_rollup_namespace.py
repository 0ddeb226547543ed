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
USAGE: Final = {"_meta": {"_rollup": {"my-id": {}}}}
NO_HITS: Final = {"value": 0, "relation": "eq"}


class Namespace:
    """The rollup namespace of one client, connected to a cluster that has a job `sensor`, stopped."""

    def __init__(self, official: Official, line: str, client: Any) -> None:
        self.official = official
        self.interval = "interval" if LINES.index(line) < LINES.index("7.2") else "calendar_interval"
        self.methods = client.rollup
        self._indices = client.indices

    def set_up(self) -> None:
        """Create the index that is rolled up, what counts as rollup usage, and the job."""
        self._create_index("sensor", INDEX)
        self._create_index("dummy-rollup-index", USAGE)
        assert self.put_job("sensor")["acknowledged"] is True

    def put_job(self, id_: str) -> Any:
        """Create a job, as each client takes it."""
        config = {
            "index_pattern": "sensor",
            "rollup_index": "sensor_rollup",
            "cron": "*/30 * * * * ?",
            "page_size": 10,
            "groups": {"date_histogram": {"field": "timestamp", self.interval: "1h"}},
            "metrics": [{"field": "temperature", "metrics": ["max"]}],
        }
        return self.methods.put_job(id=id_, **self._as_body(config))

    def search(self, index: str) -> Any:
        """Search for nothing in a rollup index."""
        return self.methods.rollup_search(index=index, **self._as_body({"size": 0}))

    def _create_index(self, name: str, mapping: dict[str, Any]) -> None:
        self._indices.create(index=name, **self._as_body({"mappings": mapping}))

    def _as_body(self, fields: dict[str, Any]) -> dict[str, Any]:
        return {"body": fields} if self.official.line == "7.17" else fields


# --- what each method does -------------------------------------------------------------------------------------------


def put_job(rollup: Namespace) -> None:
    """A second job is created, stopped."""
    assert rollup.put_job("other")["acknowledged"] is True
    [job] = rollup.methods.get_jobs(id="other")["jobs"]
    assert (job["config"]["id"], job["status"]["job_state"]) == ("other", "stopped")


def get_jobs(rollup: Namespace) -> None:
    """The job is listed by its name, and among all."""
    for id_ in ("sensor", "_all"):
        [job] = rollup.methods.get_jobs(id=id_)["jobs"]
        assert job["config"]["groups"]["date_histogram"][rollup.interval] == "1h"
        assert job["stats"]["trigger_count"] == 0


def start_job(rollup: Namespace) -> None:
    """The job is started."""
    assert rollup.methods.start_job(id="sensor")["started"] is True
    assert rollup.methods.get_jobs(id="sensor")["jobs"][0]["status"]["job_state"] == "started"


def stop_job(rollup: Namespace) -> None:
    """The job is stopped again, with or without waiting; one that there is not is an error."""
    rollup.methods.start_job(id="sensor")
    assert rollup.methods.stop_job(id="sensor")["stopped"] is True
    assert rollup.methods.stop_job(id="sensor", wait_for_completion=True, timeout="10s")["stopped"] is True
    with pytest.raises(rollup.official.not_found, match=r"Task for Rollup Job \[missing\] not found"):
        rollup.methods.stop_job(id="missing")


def delete_job(rollup: Namespace) -> None:
    """A running job is not deleted, a stopped one is."""
    rollup.methods.start_job(id="sensor")
    with pytest.raises(rollup.official.api_error) as error:
        rollup.methods.delete_job(id="sensor")
    assert error.value.status_code == 500  # type: ignore[attr-defined]
    rollup.methods.stop_job(id="sensor")
    assert rollup.methods.delete_job(id="sensor")["acknowledged"] is True
    assert rollup.methods.get_jobs(id="sensor")["jobs"] == []


def get_rollup_caps(rollup: Namespace) -> None:
    """The job is found by the pattern that it rolls up."""
    [job] = rollup.methods.get_rollup_caps(id="sensor")["sensor"]["rollup_jobs"]
    assert (job["job_id"], job["fields"]["temperature"]) == ("sensor", [{"agg": "max"}])


def get_rollup_index_caps(rollup: Namespace) -> None:
    """The job is found by its rollup index."""
    [job] = rollup.methods.get_rollup_index_caps(index="sensor_rollup")["sensor_rollup"]["rollup_jobs"]
    assert (job["job_id"], job["index_pattern"]) == ("sensor", "sensor")


def rollup_search(rollup: Namespace) -> None:
    """Nothing is found, and the answer says so as that of any search."""
    answer = rollup.search("sensor_rollup")
    assert (answer["hits"]["total"], answer["hits"]["hits"]) == (NO_HITS, [])


CASES: Final[dict[str, Callable[[Namespace], None]]] = {
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
"""`rollup.rollup` of the client for 7.x: an API that was behind a feature flag, so that no release answers it."""


# --- the tests -------------------------------------------------------------------------------------------------------


def methods_of(namespace: Any) -> set[str]:
    """Return the names of a namespace's own methods."""
    return {name for name, value in vars(type(namespace)).items() if callable(value) and not name.startswith("_")}


def own_lines(official: Official) -> list[str]:
    """Return the version lines of the major that a client was made for."""
    return [line for line in LINES if line.split(".")[0] == official.line.split(".")[0]]


@contextmanager
def connected(official: Official, line: str) -> Iterator[Namespace]:
    """Give the namespace of a client of a cluster of a version line."""
    with RollupCluster(line) as cluster, official.connect(cluster.url) as client:
        rollup = Namespace(official, line, client)
        rollup.set_up()
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
@pytest.mark.parametrize("method", CASES)
def test_every_method_in_every_line(official: Official, line: str, method: str) -> None:
    """It is answered as the client expects it; in 9.x with the warning that rollup will be removed."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with connected(official, line) as rollup:
            CASES[method](rollup)

    assert {warning.category.__name__ for warning in caught} == official.own_warnings
    removals = [warning for warning in caught if ROLLUP_IS_DEPRECATED in str(warning.message)]
    assert bool(removals) == (official.line == "9")


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("7.")])
def test_the_method_that_no_release_answers(line: str) -> None:
    """`rollup.rollup` of the client for 7.x is refused."""
    [official] = [official for official in OFFICIAL if official.line == "7.17"]
    with connected(official, line) as rollup, pytest.raises(official.api_error) as error:
        rollup.methods.rollup(index="sensor", rollup_index="other", body={"groups": {}})
    assert error.value.status_code in {400, 405}  # type: ignore[attr-defined]
