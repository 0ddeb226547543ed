"""The live page at `/_fake/` as its server gives it: what it shows, what its forms do, what keeps others out."""

from __future__ import annotations

import http.client
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import pytest
import requests

from pytest_rollup_fake import NEVER
from pytest_rollup_fake.admin.live import LATEST, MOST_JOBS
from pytest_rollup_fake.admin.schemas import FORMS
from tests.admin.driving import Driver, driven

if TYPE_CHECKING:
    from collections.abc import Iterator

STOP: Final = "_rollup/job/sensor/_stop"
FORM: Final = "application/x-www-form-urlencoded"
EVIL: Final = "\"><script>alert('&amp;')</script>"


@pytest.fixture
def driver() -> Iterator[Driver]:
    """Give a cluster with the page, the job `sensor` and time that stands still."""
    with driven() as made:
        yield made


def page(driver: Driver, query: str = "") -> str:
    """Return the page."""
    html: str = driver.ask("GET", query).body
    return html


def submit(driver: Driver, **fields: str) -> tuple[int, str]:
    """Post a form; return the status, and what the page says was wrong."""
    status, html = driver.ask("POST", "", fields)
    problem = re.search(r'<p class="problem">(.*?)</p>', html)
    return status, unescape(problem[1]) if problem else ""


def state_of(html: str) -> str:
    """Return what a page says of its state."""
    found = re.search(r'data-state="(.*?)"', html)
    assert found is not None
    return found[1]


class Elements(HTMLParser):
    """The elements of a page with their attributes; each that is opened is closed, in order."""

    VOID: Final = frozenset({"meta", "link", "input"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.all.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element of SVG."""
        self.all.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element, which has to be this one."""
        assert self._open.pop() == tag


class TestPage:
    """What it shows."""

    def test_shows_clock_jobs_faults_and_the_story(self, driver: Driver) -> None:
        """In words and as a picture."""
        driver.ask("POST", "jobs/sensor/hold")
        driver.ask("POST", "faults", {"fault": "no_master", "on": "get"})
        driver.client("POST", STOP)
        driver.ask("POST", "clock/advance", {"by": 3})
        html = page(driver)

        assert 'data-mode="manual">3.000 s<' in html
        assert '<span class="state stopping">stopping</span> <span class="tag">held</span>' in html
        assert "faults.no_master(), on=&#39;get&#39;</code>" in html
        assert re.search(r'<a class="ok" href="#n4" tabindex="-1"><title>#4 POST stop sensor, 200</title>', html)
        assert '<li id="n4"><details>' in html
        assert "sensor is <strong>stopping</strong>: stop (request #4)" in html

    def test_needs_nothing_from_elsewhere_and_allows_nothing_else(self, driver: Driver) -> None:
        """Its policy forbids styles and scripts in the page too, so there are none."""
        driver.client("POST", STOP)
        response = requests.get(f"{driver.cluster.url}/_fake/", timeout=10)
        elements = Elements(response.text).all

        assert response.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")
        assert response.headers["x-content-type-options"] == "nosniff"
        assert [attributes["src"] for tag, attributes in elements if tag == "script"] == ["/_fake/live.js"]
        assert not {"style", "img", "iframe"} & {tag for tag, _ in elements}
        assert not [name for _, attributes in elements for name in attributes if name == "style" or name[:2] == "on"]
        links = {attributes["href"] or "" for tag, attributes in elements if tag in {"link", "a"}}
        assert {link.partition(":")[0].partition("#")[0].rpartition("/")[0] for link in links} <= {"data", "", "/_fake"}

    def test_every_field_has_a_label_and_every_id_is_there_once(self, driver: Driver) -> None:
        """Whoever does not see it can use it."""
        driver.ask("POST", "jobs", {"id": "fühler 1"})
        elements = Elements(page(driver)).all
        ids = [attributes["id"] for _, attributes in elements if attributes.get("id")]
        labelled = {attributes["for"] for tag, attributes in elements if tag == "label"}
        fields = {
            attributes.get("id")
            for tag, attributes in elements
            if tag in {"input", "select"} and attributes.get("type") != "hidden"
        }

        assert len(ids) == len(set(ids))
        assert fields == labelled
        assert ("p", {"id": "news", "class": "news", "role": "status"}) in elements
        assert {attributes["aria-labelledby"] for tag, attributes in elements if tag == "section"} <= set(ids)

    def test_cannot_be_broken_by_what_clients_send(self, driver: Driver) -> None:
        """Everything is escaped, in text and in attributes."""
        driver.ask("POST", "jobs", {"id": EVIL})
        driver.ask("POST", "faults", {"fault": "response", "arguments": {"status": 200, "body": EVIL}, "on": "get"})
        driver.client("GET", f"_rollup/job/{EVIL}?{EVIL}")
        assert submit(driver, do="hold_job", id=EVIL + "?")[0] == 404

        scripts = [tag for tag, _ in Elements(page(driver)).all if tag == "script"]
        assert scripts == ["script"]

    def test_shows_no_credentials(self, driver: Driver) -> None:
        """They are masked, as in reports."""
        requests.get(f"{driver.cluster.url}/", auth=("ops", "secret"), timeout=10)
        html = page(driver)
        assert "Authorization: ***" in html
        assert "b3BzOnNlY3JldA" not in html

    def test_of_many_requests_and_jobs_shows_the_latest_and_says_so(self, driver: Driver) -> None:
        """In a time that does not grow with them."""
        for number in range(1000):
            driver.cluster.add_job(f"job-{number}")
        with closing(http.client.HTTPConnection(driver.cluster.host, driver.cluster.port)) as connection:
            for number in range(10_000):
                connection.request("GET", f"/_rollup/job/job-{number % 997}")
                connection.getresponse().read()
        page(driver)  # the template is compiled once
        start = time.perf_counter()
        html = page(driver)
        took = time.perf_counter() - start

        assert took < 0.5
        assert len(html) < 1_000_000
        assert f"The latest {LATEST} of 10,000 requests" in html
        assert f"{MOST_JOBS} of 1,001 jobs, those that changed last." in html
        assert html.count('name="do" value="hold_job"') == MOST_JOBS
        assert html.count('<li id="n') == LATEST

    @pytest.mark.parametrize(("mode", "shown"), [("skipping", "Time is real, and skips"), ("running", "really waits")])
    def test_says_how_time_passes(self, driver: Driver, mode: str, shown: str) -> None:
        """And which of the modes it is."""
        driver.ask("PATCH", "clock", {"mode": mode})
        html = page(driver)
        assert shown in html
        assert f'value="{mode}" aria-pressed="true"' in html
        assert html.count('aria-pressed="true"') == 1

    def test_of_nothing_says_what_to_do(self, driver: Driver) -> None:
        """No job, no request, no fault."""
        driver.cluster.reset()
        html = page(driver)
        assert "rollup-fake serve --job sensor" in html
        assert f"curl {driver.cluster.url}/_rollup/job/_all" in html
        Elements(html)

    def test_is_in_no_journal(self, driver: Driver) -> None:
        """With its script and its style."""
        for path in ("", "live.js", "live.css"):
            assert driver.ask("GET", path).status == 200
        assert not driver.cluster.requests

    def test_without_the_slash_leads_there(self, driver: Driver) -> None:
        """As people type it."""
        response = requests.get(f"{driver.cluster.url}/_fake", timeout=10)
        assert response.url.endswith("/_fake/")
        assert not driver.cluster.requests

    def test_without_jinja_says_what_to_install(self, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
        """As text, with a 501; everything else works."""
        monkeypatch.setitem(sys.modules, "jinja2", None)
        response = requests.get(f"{driver.cluster.url}/_fake/", timeout=10)

        assert (response.status_code, response.headers["content-type"]) == (501, "text/plain; charset=utf-8")
        assert response.text.endswith("python -m pip install 'pytest-rollup-fake[report]'\n")
        fields = {"do": "remove_job", "id": "sensor"}
        assert requests.post(f"{driver.cluster.url}/_fake/", fields, timeout=10).status_code == 501
        assert driver.state("sensor") == "indexing"


CHANGES: Final = {
    "a request": lambda driver: driver.client("GET", "_rollup/job/other"),
    "a job": lambda driver: driver.ask("POST", "jobs", {"id": "other"}),
    "a hold": lambda driver: driver.ask("POST", "jobs/sensor/hold"),
    "a setting": lambda driver: driver.ask("PATCH", "jobs/sensor", {"stop_delay": "7s"}),
    "a state": lambda driver: driver.ask("PATCH", "jobs/sensor", {"state": "stopped"}),
    "a fault": lambda driver: driver.ask("POST", "faults", {"fault": "reset", "on": "stop"}),
    "time": lambda driver: driver.ask("POST", "clock/advance", {"by": 1}),
    "a mode": lambda driver: driver.ask("PATCH", "clock", {"mode": "running"}),
    "a node": lambda driver: driver.cluster.jobs["sensor"].unassign(),
}


class TestFollowing:
    """`wait` and `seen`."""

    @pytest.mark.parametrize("change", CHANGES)
    def test_a_wait_ends_with_each_change(self, driver: Driver, change: str) -> None:
        """Whoever makes it."""
        seen = state_of(page(driver))
        with ThreadPoolExecutor() as pool, closing(Driver(driver.cluster)) as other:
            waiting = pool.submit(page, other, f"?wait=30s&seen={seen}")
            CHANGES[change](driver)
            assert state_of(waiting.result(timeout=10)) != seen

    def test_a_wait_for_what_is_there_already_ends_at_once(self, driver: Driver) -> None:
        """Nothing that happened between two questions is missed."""
        seen = state_of(page(driver))
        driver.client("GET", "")
        assert state_of(page(driver, f"?wait=30s&seen={seen}")) != seen

    def test_a_wait_for_nothing_ends_with_what_there_is(self, driver: Driver) -> None:
        """Time that passes by itself is nothing new."""
        driver.ask("PATCH", "clock", {"mode": "running"})
        seen = state_of(page(driver))
        assert state_of(page(driver, f"?wait=100ms&seen={seen}")) == seen

    def test_what_time_does_by_itself_is_something_new(self, driver: Driver) -> None:
        """Though nobody asks the cluster anything meanwhile."""
        driver.ask("PATCH", "clock", {"mode": "running"})
        driver.ask("PATCH", "jobs/sensor", {"stop_delay": "200ms", "state": "stopping"})
        html = page(driver, f"?wait=30s&seen={state_of(page(driver))}")
        assert '<span class="state stopped">' in html

    def test_a_wait_ends_when_the_program_does(self) -> None:
        """Long before its time is over."""
        with ThreadPoolExecutor() as pool, driven() as driver, closing(Driver(driver.cluster)) as other:
            seen = state_of(page(driver))
            waiting = pool.submit(other.ask, "GET", f"?wait=60s&seen={seen}")
            driver.ask("GET", "clock")
            assert driver.api is not None
            driver.api.close()
            assert waiting.result(timeout=10).status == 200

    def test_a_wait_is_at_most_so_long(self, driver: Driver) -> None:
        """As for requests."""
        assert driver.ask("GET", "?wait=61s").body["error"]["message"] == "at most 60s are allowed, not 61s"


class TestForms:
    """What is posted to the page."""

    def test_lead_back_to_the_page(self, driver: Driver) -> None:
        """So that loading it again posts nothing again."""
        response = requests.post(f"{driver.cluster.url}/_fake/", data={"do": "hold_job", "id": "sensor"}, timeout=10)
        assert [each.status_code for each in response.history] == [303]
        assert '<span class="tag">held</span>' in response.text

    def test_hold_release_and_remove_a_job(self, driver: Driver) -> None:
        """As the API does."""
        assert submit(driver, do="hold_job", id="sensor") == (303, "")
        assert driver.ask("GET", "jobs/sensor").body["held"]
        assert submit(driver, do="release_job", id="sensor") == (303, "")
        assert not driver.ask("GET", "jobs/sensor").body["held"]
        assert submit(driver, do="remove_job", id="sensor") == (303, "")
        assert driver.ask("GET", "jobs").body["jobs"] == []

    @pytest.mark.parametrize(("by", "now"), [("10s", 10), ("5", 5), (" 1m ", 60)])
    def test_advance_the_clock(self, driver: Driver, by: str, now: float) -> None:
        """By a duration, or seconds."""
        assert submit(driver, do="advance_clock", by=by) == (303, "")
        assert driver.ask("GET", "clock").body["now"] == now

    def test_change_the_clock_and_reset_all(self, driver: Driver) -> None:
        """A reset leads back to what the program was started with."""
        driver.client("POST", STOP)
        assert submit(driver, do="change_clock", mode="skipping") == (303, "")
        assert driver.ask("GET", "clock").body["mode"] == "skipping"
        assert submit(driver, do="reset") == (303, "")
        assert driver.state("sensor") == "indexing"
        assert not driver.cluster.requests

    def test_inject_and_remove_a_fault(self, driver: Driver) -> None:
        """With what fields that are no texts mean; empty ones are left out."""
        fields = {"fault": "error", "on": "stop", "job": "", "times": "3", "effect": ""}
        arguments = '{"status": 503, "type": "a", "reason": "b"}'
        assert submit(driver, do="inject_fault", **fields, arguments=arguments) == (303, "")
        [injected] = driver.ask("GET", "faults").body["faults"]
        assert (injected["times"], injected["arguments"]["status"]) == (3, 503)
        assert driver.client("POST", STOP).status_code == 503

        assert submit(driver, do="remove_fault", id=str(injected["id"])) == (303, "")
        assert driver.client("POST", STOP).status_code == 200

    @pytest.mark.parametrize("operation", FORMS)
    def test_are_on_the_page_for_each_operation(self, driver: Driver, operation: str) -> None:
        """Those that it may do."""
        driver.ask("POST", "jobs", {"id": "other"})
        driver.ask("POST", "jobs/other/hold")
        driver.ask("POST", "faults", {"fault": "reset", "on": "stop"})
        assert f'name="do" value="{operation}"' in page(driver)

    @pytest.mark.parametrize(
        ("fields", "status", "problem"),
        [
            (
                {"do": "add_job", "id": "a"},
                400,
                'do: "add_job" is not allowed (did you mean',
            ),
            ({"id": "a"}, 400, "'do' is missing; the keys are do, id"),
            ({"do": "hold_job", "id": "nosuch"}, 404, "there is no job 'nosuch'; the jobs are 'sensor'"),
            ({"do": "remove_fault", "id": "7"}, 404, "there is no fault '7'; the faults are none"),
            ({"do": "advance_clock", "by": "1x"}, 400, "by: by must be a whole number with one of the units"),
            ({"do": "advance_clock"}, 400, "'by' is missing; the keys are by"),
            (
                {"do": "advance_clock", "bye": "1s"},
                400,
                "bye: there is no such key (did you mean 'by'?); the keys",
            ),
            ({"do": "inject_fault", "fault": "error", "on": "stop"}, 400, "arguments: 'status' is missing"),
            ({"do": "inject_fault", "fault": "error", "on": "stop", "arguments": "{"}, 400, "arguments: this is no"),
            (
                {"do": "inject_fault", "fault": "reset", "on": "stop", "times": "x"},
                400,
                "times: times is a whole",
            ),
        ],
    )
    def test_with_a_mistake_show_the_page_with_it_and_change_nothing(
        self, driver: Driver, fields: dict[str, str], status: int, problem: str
    ) -> None:
        """In words, with the allowed values, to be read out at once."""
        before = state_of(page(driver))
        got = submit(driver, **fields)
        assert got[0] == status
        assert got[1].startswith(problem)
        assert state_of(page(driver)) == before

    def test_with_a_mistake_keep_what_was_typed(self, driver: Driver) -> None:
        """Only a word of it was wrong."""
        fields = {"job": "sensor", "times": "4", "arguments": "{oops"}
        chosen = {"fault": "error", "on": "get", "effect": "skipped"}
        _, html = driver.ask("POST", "", {"do": "inject_fault", **chosen, **fields})
        assert '<option value="error" selected>error (status, type, reason)</option>' in html
        assert "<option selected>get</option>" in html
        assert all(f'value="{text}"' in html for text in fields.values())
        assert '<option value="skipped" selected>' in html
        assert "<details open><summary>Arguments and effect" in html

    @pytest.mark.parametrize(
        ("media", "status"),
        [(FORM, 303), (f"{FORM}; charset=UTF-8", 303), ("text/plain", 415), ("multipart/form-data", 415), (None, 415)],
    )
    def test_are_forms(self, driver: Driver, media: str | None, status: int) -> None:
        """Nothing else is taken for one."""
        with closing(http.client.HTTPConnection(driver.cluster.host, driver.cluster.port)) as connection:
            headers = {} if media is None else {"content-type": media}
            connection.request("POST", "/_fake/", urlencode({"do": "hold_job", "id": "sensor"}), headers)
            assert connection.getresponse().status == status
        assert driver.ask("GET", "jobs/sensor").body["held"] == (status == 303)

    def test_are_taken_by_the_page_only(self, driver: Driver) -> None:
        """The operations of the API take JSON."""
        assert driver.ask("POST", "clock/advance", "by=10s", Content_Type=FORM).status == 400

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"},
            {"Sec_Fetch_Site": "same-site"},
            {"Host": "evil.example"},
        ],
        ids=str,
    )
    def test_of_other_sites_are_refused(self, driver: Driver, headers: dict[str, Any]) -> None:
        """A form is what a page in somebody's browser can post anywhere without being asked."""
        assert driver.ask("POST", "", {"do": "remove_job", "id": "sensor"}, **headers).status == 403
        assert driver.state("sensor") == "indexing"
        assert driver.ask("GET", "", **headers).status == 403


def test_a_job_that_never_stops_says_so(driver: Driver) -> None:
    """And one that no node runs."""
    driver.cluster.add_job("never", stop_delay=NEVER).unassign()
    assert "on no node, never stops" in page(driver)
