"""The API below `/_fake/`: what each operation does, and what mistakes get."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from pytest_rollup_fake import RollupCluster
from pytest_rollup_fake.admin.api import Api
from pytest_rollup_fake.admin.routes import ROUTES
from tests.admin.driving import Driver, driven

if TYPE_CHECKING:
    from collections.abc import Iterator

STOP = "_rollup/job/sensor/_stop"
WAIT = f"{STOP}?wait_for_completion=true&timeout=60s"


@pytest.fixture
def driver() -> Iterator[Driver]:
    """Give a cluster with the API, the job `sensor` and time that stands still."""
    with driven() as made:
        yield made


class TestJobs:
    """`/_fake/jobs`."""

    def test_a_job_is_added_listed_and_shown(self, driver: Driver) -> None:
        """With all that `add_job` takes."""
        added = driver.ask("POST", "jobs", {"id": "new", "state": "stopped", "stop_delay": "polls(2)"})

        assert added.status == 201
        assert (added.body["state"], added.body["stop_delay"], added.body["node"]) == ("stopped", "polls(2)", "node-1")
        assert [job["id"] for job in driver.ask("GET", "jobs").body["jobs"]] == ["sensor", "new"]
        assert driver.ask("GET", "jobs/new").body == added.body

    def test_a_job_is_changed(self, driver: Driver) -> None:
        """What is not named stays."""
        changed = driver.ask("PATCH", "jobs/sensor", {"stop_delay": "never", "state": "stopping"}).body

        assert (changed["state"], changed["stop_delay"]) == ("stopping", "never")
        assert changed["history"][-1]["why"] == "set by the test"
        assert driver.ask("PATCH", "jobs/sensor", {"runs": True, "run_duration": "5s"}).body["state"] == "stopping"

    def test_a_job_vanishes(self, driver: Driver) -> None:
        """As after a delete by somebody else."""
        assert driver.ask("DELETE", "jobs/sensor").body == {"removed": "sensor"}
        assert driver.client("POST", STOP).status_code == 404
        assert driver.ask("GET", "jobs/sensor") == (
            404,
            {"error": {"message": "there is no job 'sensor'; the jobs are none", "place": "id"}},
        )

    def test_a_job_is_held_and_released(self, driver: Driver) -> None:
        """Time does nothing to it meanwhile."""
        assert driver.ask("POST", "jobs/sensor/hold").body["held"]
        driver.client("POST", STOP)
        driver.ask("POST", "clock/advance", {"by": "1h"})
        assert driver.state("sensor") == "stopping"
        assert driver.ask("POST", "jobs/sensor/release").body["state"] == "stopped"

    def test_an_id_may_have_any_letter(self, driver: Driver) -> None:
        """It is decoded from the path."""
        driver.ask("POST", "jobs", {"id": "fühler 1"})
        assert driver.ask("GET", "jobs/f%C3%BChler%201").body["id"] == "fühler 1"

    def test_no_node_runs_it_for_a_while(self, driver: Driver) -> None:
        """A stop finds nothing meanwhile."""
        assert driver.ask("POST", "jobs/sensor/unassign").body["node"] is None
        assert driver.client("POST", STOP).status_code == 404
        assert driver.ask("POST", "jobs/sensor/assign").body["node"] == "node-1"
        assert driver.client("POST", STOP).status_code == 200


class TestNodes:
    """`/_fake/nodes`."""

    @pytest.fixture
    def driver(self) -> Iterator[Driver]:
        """Give a cluster of two nodes, whose first is asked; the second runs the job `other`."""
        with driven(nodes=2) as made:
            made.cluster.add_job("other")
            yield made

    def test_one_dies_and_is_back(self, driver: Driver) -> None:
        """Its jobs move after a while, unless it comes first."""
        assert [node["is_alive"] for node in driver.ask("GET", "nodes").body["nodes"]] == [True, True]
        assert not driver.ask("POST", "nodes/node-2/kill?reassign_after=1m").body["is_alive"]
        with pytest.raises(requests.ConnectionError):
            requests.get(driver.cluster.nodes[1].url, timeout=10)
        driver.ask("POST", "clock/advance", {"by": "59s"})
        assert driver.ask("GET", "jobs/other").body["node"] is None
        driver.ask("POST", "clock/advance", {"by": "1s"})
        assert driver.ask("GET", "jobs/other").body["node"] == "node-1"
        url = driver.ask("POST", "nodes/node-2/restart").body["url"]
        assert requests.get(url, timeout=10).status_code == 200

    @pytest.mark.parametrize(
        ("path", "status", "message"),
        [
            ("node-1/kill", 409, "node-1 is the node that is asked, which could not answer: ask another"),
            ("node-2/restart", 409, "node-2 lives already"),
            ("node-3/kill", 404, "there is no node 'node-3'; the nodes are node-1, node-2"),
            ("node-2/kill?reassign_after=soon", 400, "reassign_after"),
        ],
    )
    def test_what_cannot_be_is_refused(self, driver: Driver, path: str, status: int, message: str) -> None:
        """And changes nothing."""
        answer = driver.ask("POST", f"nodes/{path}")
        assert answer.status == status
        assert answer.body["error"]["message"].startswith(message)
        assert all(node.is_alive for node in driver.cluster.nodes)

    def test_a_dead_one_does_not_die_again(self, driver: Driver) -> None:
        """It is told so."""
        driver.ask("POST", "nodes/node-2/kill")
        assert driver.ask("POST", "nodes/node-2/kill").body["error"]["message"] == "node-2 was killed already"


class TestIndicesAndUsers:
    """`/_fake/indices`, `/_fake/searches`, `/_fake/users` and `/_fake/api_keys`."""

    def test_a_search_is_answered_as_it_was_told(self, driver: Driver) -> None:
        """For an index that was added before."""
        driver.ask("POST", "indices", {"name": "plain"})
        assert driver.client("GET", "plain").status_code == 200
        driver.ask("PUT", "searches/sensor_rollup", {"hits": {"total": 7}})
        url = f"{driver.cluster.url}/sensor_rollup/_rollup_search"
        answer = requests.get(url, json={"size": 0}, timeout=10)
        assert answer.json()["hits"] == {"total": 7}

    def test_a_user_may_send_requests(self) -> None:
        """Who may do what its privileges say."""
        with driven(security=True) as driver:
            driver.ask("POST", "users", {"name": "watcher", "password": "secret", "cluster": ["monitor_rollup"]})
            url = f"{driver.cluster.url}/_rollup/job/sensor"
            assert requests.get(url, auth=("watcher", "secret"), timeout=10).status_code == 200
            assert requests.post(f"{url}/_stop", auth=("watcher", "secret"), timeout=10).status_code == 403

    def test_an_api_key_that_is_added_can_log_in(self) -> None:
        """As the user whose it is, who has to be there."""
        key = {"id": "retire", "api_key": "hidden", "user": "elastic"}
        with driven(security=True) as driver:
            answer = driver.ask("POST", "api_keys", key)
            wrong = driver.ask("POST", "api_keys", {**key, "id": "other", "user": "nobody"})
            headers = {"Authorization": f"ApiKey {base64.b64encode(b'retire:hidden').decode()}"}
            response = requests.get(driver.cluster.url, headers=headers, timeout=10)

        assert (answer.status, response.status_code) == (201, 200)
        assert wrong.status == 400
        assert wrong.body["error"]["message"] == "there is no user 'nobody'; the users are 'elastic'"

    def test_a_cluster_without_security_has_no_users(self, driver: Driver) -> None:
        """The message says what to turn on."""
        answer = driver.ask("POST", "users", {"name": "watcher", "password": "secret"})
        assert answer.status == 400
        assert answer.body["error"]["message"].startswith("users need security; turn it on")


class TestFaults:
    """`/_fake/faults`."""

    def test_a_fault_strikes_and_its_hits_are_told(self, driver: Driver) -> None:
        """Also once it strikes no more."""
        injected = driver.ask("POST", "faults", {"fault": "too_many_requests", "on": "stop", "job": "sensor"}).body

        assert [driver.client("POST", STOP).status_code for _ in range(2)] == [429, 200]
        assert driver.ask("GET", "faults").body == {"faults": [{**injected, "hits": 1}]}

    def test_a_fault_is_removed(self, driver: Driver) -> None:
        """By its id."""
        id_ = driver.ask("POST", "faults", {"fault": "reset", "on": ["stop", "get"], "times": "always"}).body["id"]

        assert driver.ask("DELETE", f"faults/{id_}").body == {"removed": id_}
        assert driver.client("POST", STOP).status_code == 200
        assert driver.ask("GET", "faults").body == {"faults": []}
        assert driver.ask("DELETE", f"faults/{id_}").body["error"]["message"] == (
            f"there is no fault '{id_}'; the faults are none"
        )

    def test_faults_do_not_strike_the_api(self, driver: Driver) -> None:
        """Else nobody could remove one that always strikes."""
        driver.ask("POST", "faults", {"fault": "reset", "on": "*", "times": "always"})
        assert driver.ask("GET", "clock").status == 200

    def test_what_is_not_faked_is_answered_as_its_501_says(self, driver: Driver) -> None:
        """The advice is for who drives a cluster from outside: there is no Python to say `expect_request` in."""
        advice = driver.client("GET", "_cat/indices").json()["error"]["reason"].partition("POST /_fake/faults and ")[2]
        driver.ask("POST", "faults", json.loads(advice.removesuffix(".")))

        answer = driver.client("GET", "_cat/indices")
        assert (answer.status_code, answer.json()) == (200, {})


class TestClock:
    """`/_fake/clock`."""

    def test_a_stop_that_waits_is_answered_by_an_advance(self, driver: Driver) -> None:
        """From the first request to the last without a line of Python."""
        with ThreadPoolExecutor() as pool:
            stop = pool.submit(requests.post, f"{driver.cluster.url}/{WAIT}", timeout=10)
            [waiting] = driver.ask("GET", "requests?endpoint=stop&wait=5s").body["requests"]
            assert (waiting["outcome"], waiting["parked"]) == ("pending", True)

            advanced = driver.ask("POST", "clock/advance", {"by": "45s"}).body
            assert stop.result().json() == {"stopped": True}
        assert [(each["number"], each["waited"]) for each in advanced["answered"]] == [(waiting["number"], 45)]
        assert {**advanced, "answered": 0} == {"now": 45, "skipped": 45, "mode": "manual", "answered": 0}

    def test_the_mode_is_changed(self, driver: Driver) -> None:
        """A skipping clock lets nobody wait."""
        assert driver.ask("PATCH", "clock", {"mode": "skipping"}).body["mode"] == "skipping"
        assert driver.client("POST", WAIT).json() == {"stopped": True}
        assert driver.ask("GET", "clock").body["skipped"] > 45


class TestRequests:
    """`/_fake/requests`."""

    def test_a_request_is_told_with_what_became_of_it(self, driver: Driver) -> None:
        """As `RecordedRequest` has it, without headers, which may hold secrets."""
        driver.client("POST", STOP)
        [told] = driver.ask("GET", "requests").body["requests"]

        assert (told["method"], told["path"], told["endpoint"], told["job"]) == ("POST", f"/{STOP}", "stop", "sensor")
        assert (told["state_before"], told["state_after"], told["status"]) == ("indexing", "stopping", 200)
        assert (told["outcome"], told["response"], told["version"]) == ("answered", {"stopped": True}, "8.19.21")

    def test_the_api_itself_is_not_in_the_journal(self, driver: Driver) -> None:
        """It is no part of what the cluster sees."""
        driver.ask("GET", "jobs")
        assert driver.ask("GET", "requests").body == {"requests": [], "last": 0}
        assert not driver.cluster.requests

    @pytest.mark.parametrize(
        ("query", "paths"),
        [
            ("", ["/", f"/{STOP}", "/_rollup/job/other/_stop"]),
            ("?endpoint=stop", [f"/{STOP}", "/_rollup/job/other/_stop"]),
            ("?endpoint=stop,info&job=sensor", [f"/{STOP}"]),
            ("?outcome=lost", []),
            ("?after=3", ["/_rollup/job/other/_stop"]),
        ],
    )
    def test_filters(self, driver: Driver, query: str, paths: list[str]) -> None:
        """Each narrows the list."""
        for method, path in [("GET", ""), ("POST", STOP), ("POST", "_rollup/job/other/_stop")]:
            driver.client(method, path)
        assert [each["path"] for each in driver.ask("GET", f"requests{query}").body["requests"]] == paths

    def test_following_along_misses_nothing_and_tells_nothing_twice(self, driver: Driver) -> None:
        """`last` is what the next `after` is to be."""
        last, paths = 0, list[str]()
        for path in ("a", "b"):
            driver.client("GET", f"_rollup/job/{path}")
            told = driver.ask("GET", f"requests?after={last}&wait=5s").body
            last, paths = told["last"], paths + [each["path"] for each in told["requests"]]
        assert paths == ["/_rollup/job/a", "/_rollup/job/b"]

    def test_a_wait_ends_when_so_many_have_come(self, driver: Driver) -> None:
        """And not before."""
        with ThreadPoolExecutor() as pool:
            told = pool.submit(Driver(driver.cluster).ask, "GET", "requests?endpoint=get&count=2&wait=5s")
            driver.client("GET", "_rollup/job/a")
            driver.client("GET", "_rollup/job/b")
            assert len(told.result().body["requests"]) == 2

    def test_a_wait_for_nothing_ends_with_what_there_is(self, driver: Driver) -> None:
        """It is no mistake that nothing came."""
        driver.client("GET", "_rollup/job/a")
        assert len(driver.ask("GET", "requests?count=2&wait=10ms").body["requests"]) == 1

    def test_a_wait_ends_when_the_program_does(self) -> None:
        """Long before its time is over."""
        with ThreadPoolExecutor() as pool, driven() as driver:
            waiting = pool.submit(Driver(driver.cluster).ask, "GET", "requests?wait=60s")
            driver.ask("GET", "clock")
        with contextlib.suppress(requests.ConnectionError):  # the server may have gone before it had come in
            assert waiting.result(timeout=10).body["requests"] == []


class TestReset:
    """`/_fake/reset`."""

    def test_all_is_as_it_was_when_the_program_was_started(self, driver: Driver) -> None:
        """With the jobs that it was given, and nothing else."""
        driver.client("POST", STOP)
        driver.ask("POST", "jobs", {"id": "other"})
        driver.ask("POST", "clock/advance", {"by": 5})

        assert driver.ask("POST", "reset").body == {}
        assert driver.state("sensor") == "indexing"
        assert len(driver.ask("GET", "jobs").body["jobs"]) == 1
        assert driver.ask("GET", "clock").body["now"] == 0
        assert driver.ask("GET", "requests").body["requests"] == []


MISTAKES = [
    ("POST", "jobs", {"id": "a", "state": "idle"}, "state", '"idle" is not allowed; allowed are "started", "indexing"'),
    ("POST", "jobs", {"id": "a", "run_duration": "5s"}, "", "run_duration of a job whose indexer never runs"),
    (
        "POST",
        "jobs",
        {"id": "a", "delay": 1},
        "delay",
        "there is no such key (did you mean 'stop_delay'?); the keys are id, state, stop_delay",
    ),
    ("POST", "jobs", {"state": "stopped"}, "", "'id' is missing; the keys are id, state"),
    ("POST", "jobs", {"id": "sensor"}, "id", "there is a rollup job 'sensor' already; its state is indexing"),
    ("POST", "jobs", {"id": "a", "config": {"cron": "x"}}, "config", "invalid cron expression [x]"),
    ("POST", "jobs", {"id": "a", "config": []}, "config", "expected is an object, not []"),
    ("POST", "jobs", [], "", "expected is an object, not []"),
    ("POST", "jobs", "{", "", "the body is no JSON: Expecting property name"),
    ("POST", "jobs", "", "", "the body is no JSON: Expecting value"),
    ("POST", "jobs", b"\xff", "", "the body is no JSON"),
    ("POST", "jobs", '{"id": "a", "stop_delay": NaN}', "", "the body is no JSON: NaN is no number of JSON"),
    (
        "PATCH",
        "jobs/sensor",
        {"state": "stopped", "stop_delay": "1x"},
        "stop_delay",
        "stop_delay (a duration, 'polls(3)'",
    ),
    (
        "PATCH",
        "jobs/sensor",
        {"stop_delay": "5s", "run_documents": -1},
        "run_documents",
        "at least 0 is allowed, not -1",
    ),
    ("PATCH", "jobs/sensor", {"stop_delay": True}, "stop_delay", "expected is a number or a text, not true"),
    ("POST", "jobs/sensor/hold", {}, "", "POST /_fake/jobs/{id}/hold takes no body"),
    (
        "POST",
        "faults",
        {"fault": "reset", "on": "stpo"},
        "on",
        "on names 'stpo' (did you mean 'stop'?); it is one or several of caps",
    ),
    (
        "POST",
        "faults",
        {"fault": "truncate", "on": "stop", "effect": "skipped"},
        "",
        "faults.truncate() happens to an answer, and with effect='skipped' there would be none",
    ),
    ("POST", "faults", {"fault": "reset", "on": "stop", "times": 0}, "times", "times is a whole number of at least 1"),
    ("POST", "faults", {"fault": "reset", "on": "stop", "at": "5x"}, "at", "at must be a whole number with one of"),
    (
        "POST",
        "faults",
        {"fault": "rest", "on": "stop"},
        "fault",
        "\"rest\" is not allowed (did you mean 'reset'?); all",
    ),
    ("POST", "faults", {"fault": "error", "on": "stop"}, "arguments", "'status' is missing; error takes status, type"),
    ("PATCH", "clock", {"mode": "fast"}, "mode", '"fast" is not allowed; allowed are "skipping", "running", "manual"'),
    ("POST", "clock/advance", {"by": -1}, "by", "by must not be negative, but is -1"),
    (
        "GET",
        "requests?endpoint=stpo",
        None,
        "endpoint",
        "unknown endpoint 'stpo' (did you mean 'stop'?); the endpoints are caps",
    ),
    ("GET", "requests?outcome=lots", None, "outcome", "there is no outcome 'lots'; the outcomes are pending, answered"),
    ("GET", "requests?after=x", None, "after", "a whole number of at least 0 is allowed, not 'x'"),
    ("GET", "requests?count=0", None, "count", "a whole number of at least 1 is allowed, not '0'"),
    ("GET", "requests?wait=61s", None, "wait", "at most 60s are allowed, not 61s"),
    ("GET", "requests?jop=a", None, "jop", "there is no such parameter; there are endpoint, job, outcome"),
    ("PUT", "snapshot", {}, "", "'clock' and 'next_number' and 'next_task'"),
]


class TestMistakes:
    """What cannot be meant."""

    @pytest.mark.parametrize(("method", "path", "body", "place", "message"), MISTAKES)
    def test_a_mistake_is_a_400_with_its_place_and_changes_nothing(  # noqa: PLR0913, PLR0917  (the parameters)
        self, driver: Driver, method: str, path: str, body: Any, place: str, message: str
    ) -> None:
        """One clear message, with the allowed values."""
        before = driver.ask("GET", "jobs"), driver.ask("GET", "faults"), driver.ask("GET", "clock")
        status, answer = driver.ask(method, path, body)

        assert (status, answer["error"]["place"]) == (400, place)
        assert answer["error"]["message"].startswith(message)
        assert (driver.ask("GET", "jobs"), driver.ask("GET", "faults"), driver.ask("GET", "clock")) == before

    def test_a_path_that_there_is_not_is_told_with_those_that_there_are(self, driver: Driver) -> None:
        """A 404."""
        status, body = driver.ask("GET", "job")
        assert status == 404
        assert body["error"]["message"].startswith("there is no /_fake/job; there are /_fake/jobs, /_fake/jobs/{id}, ")

    def test_a_method_that_a_path_does_not_take_is_told_with_those_that_it_does(self, driver: Driver) -> None:
        """A 405 with its header."""
        response = requests.put(f"{driver.cluster.url}/_fake/jobs/sensor", timeout=10)
        assert (response.status_code, response.headers["allow"]) == (405, "GET, PATCH, DELETE")
        assert response.json()["error"]["message"] == "/_fake/jobs/sensor takes GET, PATCH, DELETE, not PUT"


class TestOtherSites:
    """A page in somebody's browser must not be able to drive the cluster."""

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Origin": "http://127.0.0.1:1"},
            {"Origin": "http://[::1"},
            {"Sec_Fetch_Site": "cross-site"},
            {"Sec_Fetch_Site": "same-site"},
            {"Host": "evil.example"},
            {"Host": "evil.example:9200"},
            {"Host": "localhost.evil.example"},
            {"Host": "[::1"},
        ],
        ids=str,
    )
    @pytest.mark.parametrize(("method", "path"), [("GET", "jobs"), ("POST", "reset"), ("GET", "nothing")])
    def test_a_request_of_another_site_gets_403(
        self, driver: Driver, method: str, path: str, headers: dict[str, str]
    ) -> None:
        """Whatever it asks for, and it has no effect."""
        driver.ask("POST", "jobs", {"id": "other"})
        assert driver.ask(method, path, **headers).status == 403
        assert driver.ask("GET", "jobs/other").status == 200

    @pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9200", "127.0.0.1:9200", "[::1]:9200", "192.0.2.1"])
    def test_addresses_and_localhost_are_nobody_elses(self, driver: Driver, host: str) -> None:
        """No page of another site has them for a name."""
        assert driver.ask("GET", "jobs", Host=host, Origin=f"http://{host}", Sec_Fetch_Site="same-origin").status == 200

    def test_a_client_that_names_no_host_is_no_browser(self, driver: Driver) -> None:
        """HTTP/1.0 asks for none."""
        with contextlib.closing(http.client.HTTPConnection(driver.cluster.host, driver.cluster.port)) as connection:
            connection.putrequest("GET", "/_fake/jobs", skip_host=True)
            connection.endheaders()
            assert connection.getresponse().status == 200

    def test_other_sites_may_ask_the_cluster_itself(self, driver: Driver) -> None:
        """It answers as Elasticsearch does."""
        url = driver.cluster.url
        assert requests.get(url, headers={"Origin": "http://evil.example"}, timeout=10).status_code == 200


class TestDocument:
    """`/_fake/openapi.json`; that answers are what it says is checked by every test here."""

    def test_it_has_every_route_and_no_other(self, driver: Driver) -> None:
        """Each with an operation that there is."""
        document = driver.ask("GET", "openapi.json").body
        described = {
            (method.upper(), path, operation["operationId"])
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        }
        assert document["openapi"] == "3.1.0"
        assert described == {(route.method, route.path, route.operation) for route in ROUTES}
        assert all(hasattr(Api, f"_{route.operation}") for route in ROUTES)
        [page] = document["paths"]["/_fake/"]["get"]["responses"]["200"]["content"]
        assert page == "text/html"

    def test_every_reference_leads_somewhere(self, driver: Driver) -> None:
        """In the document itself."""
        document = driver.ask("GET", "openapi.json").body
        names = {reference.removeprefix("#/components/schemas/") for reference in references(document)}
        assert names <= set(document["components"]["schemas"])

    @pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.operation)
    def test_every_operation_takes_and_gives_what_it_says(self, route: Any) -> None:
        """One good request to each, held against the schemas by the client."""
        with driven(nodes=2, security=True) as driver:
            self.check_operation(driver, route)

    def check_operation(self, driver: Driver, route: Any) -> None:
        """Send the request."""
        if route.operation == "restart_node":
            driver.cluster.nodes[1].kill()
        fault = driver.ask("POST", "faults", {"fault": "reset", "on": "stop"}).body["id"]
        bodies = {
            "job": {"id": "new"},
            "job_change": {"state": "stopped"},
            "fault": {"fault": "truncate", "arguments": {"at": 3}, "on": "stop", "effect": "applied"},
            "clock_change": {"mode": "running"},
            "advance": {"by": "5s"},
            "snapshot": driver.ask("GET", "snapshot").body,
            "form": {"do": "hold_job", "id": "sensor"},
            "index": {"name": "sensors"},
            "user": {"name": "watcher", "password": "secret"},
            "api_key": {"id": "retire", "api_key": "hidden", "user": "elastic"},
            "document": {"hits": {"hits": []}},
        }
        id_ = str(fault) if "faults" in route.path else "node-2" if "nodes" in route.path else "sensor"
        path = route.path.removeprefix("/_fake/").replace("{id}", id_)

        assert driver.ask(route.method, path, bodies.get(route.takes)).status == route.status


def references(value: Any) -> list[str]:
    """Return all references in a document."""
    match value:
        case {"$ref": str() as reference}:
            return [reference]
        case dict():
            return [each for inner in value.values() for each in references(inner)]
        case list():
            return [each for inner in value for each in references(inner)]
    return []


def test_without_the_program_there_is_no_such_api() -> None:
    """In a pytest run the path is answered as Elasticsearch answers it."""
    with RollupCluster(strict=False) as cluster:
        assert requests.get(f"{cluster.url}/_fake/jobs", timeout=10).status_code in {400, 405, 501}
        assert len(cluster.requests) == 1


def test_the_reference_page_lists_every_operation() -> None:
    """And no other."""
    page = (Path(__file__).parents[2] / "docs" / "reference" / "admin-api.md").read_text(encoding="utf-8")
    assert re.findall(r"(?m)^\| `([A-Z]+ /_fake/\S*)`", page) == [f"{route.method} {route.path}" for route in ROUTES]
