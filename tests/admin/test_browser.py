"""The live page in a browser: what its script and its style do, with keys and without a mouse."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import requests

from pytest_rollup_fake import NEVER
from tests.admin.browser import CHROMIUM, DRIVER, ENTER, MISSING, SPACE, TAB, Browser, browsing
from tests.admin.driving import Driver, driven

if TYPE_CHECKING:
    from collections.abc import Iterator

STOP: Final = "_rollup/job/sensor/_stop"
WAIT: Final = f"{STOP}?wait_for_completion=true&timeout=60s"

pytestmark = pytest.mark.skipif(CHROMIUM is None or DRIVER is None, reason=MISSING)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Give a browser."""
    with browsing(tmp_path_factory.mktemp("browser")) as made:
        yield made


@pytest.fixture
def driver(browser: Browser) -> Iterator[Driver]:
    """Give a cluster whose page the browser shows, with time that stands still."""
    with driven() as made:
        show(browser, made)
        browser.run("window.isOld = true")
        yield made
        assert browser.run("return window.isOld"), "the page was loaded anew"
        assert browser.complaints() == []
        assert "/favicon.ico" not in [request.path for request in made.cluster.requests]
        browser.open("about:blank")


def show(browser: Browser, driver: Driver) -> None:
    """Let a browser show a cluster's page."""
    browser.look(width=1280, dark=False)
    browser.complaints()  # of an earlier page
    browser.open(f"{driver.cluster.url}/_fake/")
    browser.wait_for_text("#news", "Following along.")


def tell_a_story(driver: Driver) -> None:
    """Let as much happen as a page may show."""
    cluster = driver.cluster
    cluster.add_job("slow", state="indexing", stop_delay="5m")
    cluster.add_job("sensor-with-a-very-long-name-of-its-own", stop_delay=NEVER)
    cluster.jobs["sensor"].hold()
    for _ in range(8):
        driver.client("GET", "_rollup/job/slow")
        cluster.clock.advance(1)
    driver.ask("POST", "faults", {"fault": "too_many_requests", "on": "stop", "job": "sensor"})
    for job in ("sensor", "slow", "nosuch"):
        driver.client("POST", f"_rollup/job/{job}/_stop")
    cluster.clock.advance("10s")


def keep(name: str, picture: bytes) -> None:
    """Write a picture where somebody wants to look at it."""
    if folder := os.environ.get("LIVE_PICTURES"):
        Path(folder, name).write_bytes(picture)


# Texts whose contrast with what is behind them is less than WCAG 2 asks for (AA: 4.5, of large texts 3).
FAINT: Final = """
const channels = colour => colour.match(/[\\d.]+/g).map(Number);
const linear = c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
function behind(element) {
  for (; element; element = element.parentElement) {
    const colour = getComputedStyle(element).backgroundColor;
    if ((channels(colour)[3] ?? 1) === 1) return channels(colour);
  }
  return [255, 255, 255];
}
return [...document.querySelectorAll("body :not(svg, svg *)")]
  .filter(element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
  .filter(element => element.checkVisibility() && !element.closest("noscript, datalist, script"))
  .map(element => {
    const [a, b] = [light(channels(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
    return [(a + 0.05) / (b + 0.05), element.outerHTML.slice(0, 90)];
  })
  .filter(([contrast]) => contrast < 4.5);
"""


class TestFollowing:
    """What others do appears by itself."""

    def test_a_request_of_another_client_appears_and_is_told(self, browser: Browser, driver: Driver) -> None:
        """In the picture, in words, and to those who listen."""
        driver.client("GET", "_rollup/job/other")

        browser.wait_for_text("#news", "New: GET job other")
        assert browser.text("#story > li:first-child .name") == "GET job other"
        assert "#2 GET job other, 200" in browser.text("#picture svg a title")
        assert browser.run("return document.getElementById('news').role") == "status"

    def test_a_state_of_a_job_follows(self, browser: Browser, driver: Driver) -> None:
        """Whoever has changed it."""
        driver.client("POST", STOP)
        browser.wait_for_text("#job-list .state", "stopping")
        driver.cluster.clock.advance("45s")
        browser.wait_for_text("#job-list .state", "stopped")

    def test_what_is_open_stays_open_and_where_one_reads_stays_in_view(self, browser: Browser, driver: Driver) -> None:
        """Though a list above it grows."""
        driver.client("GET", "_rollup/job/first")
        browser.wait_for_text("#story", "GET job first")
        browser.click("#n2 summary")
        driver.client("GET", "_rollup/job/second")
        browser.wait_for_text("#story", "GET job second")
        assert browser.run("return document.querySelector('#n2 details').open")

    def test_a_click_in_the_picture_opens_the_request_in_words(self, browser: Browser, driver: Driver) -> None:
        """With all that was sent and answered."""
        driver.client("GET", "_rollup/job/first")
        browser.wait_for_text("#story", "GET job first")
        browser.click("#picture svg a")
        browser.wait(lambda: browser.run("return document.querySelector('#n2 details').open"), "the request is open")

    def test_the_clock_goes_on_by_itself(self, browser: Browser, driver: Driver) -> None:
        """When time is real."""
        driver.ask("PATCH", "clock", {"mode": "running"})
        browser.wait_for_text("#clock-now", "really waits")
        browser.wait(lambda: browser.text("#now") in {"1 s", "2 s", "3 s"}, "a second has passed")

    def test_a_connection_that_is_lost_is_told_and_found_again(self, browser: Browser) -> None:
        """Also that to another program at the same address, which has another story."""
        with driven() as driver:
            show(browser, driver)
            driver.client("GET", "_rollup/job/first")
            browser.wait_for_text("#story", "GET job first")
        browser.wait_for_text("#news", "The connection is lost; trying again.")
        with driven(port=driver.cluster.port) as again:
            browser.wait_for_text("#news", "Connected again.")
            assert "GET job first" not in browser.text("#story")
            again.client("GET", "_rollup/job/second")
            browser.wait_for_text("#news", "New: GET job second")
            browser.open("about:blank")


class TestKeyboard:
    """Everything is done without a mouse, and the focus is kept."""

    def test_an_advance_releases_a_request_that_is_parked(self, browser: Browser, driver: Driver) -> None:
        """10 seconds, with the Enter key."""
        driver.ask("PATCH", "jobs/sensor", {"stop_delay": "10s"})
        with ThreadPoolExecutor() as pool:
            stop = pool.submit(requests.post, f"{driver.cluster.url}/{WAIT}", timeout=30)
            browser.wait_for_text("#clock-now", "1 parked now.")
            browser.focus("#advance-1s")
            browser.press(TAB, ENTER)
            assert stop.result().json() == {"stopped": True}
        browser.wait_for_text("#now", "10.000 s")
        browser.wait_for_text("#story", "waited 10 s")
        browser.wait_for_text("#news", "Done: Advance 10 s")
        assert browser.focused() == "advance-10s"
        assert "parked now" not in browser.text("#clock-now")

    def test_a_duration_of_ones_own(self, browser: Browser, driver: Driver) -> None:
        """Enter in the field will do; a mistake is told, and what was typed stays."""
        browser.focus("#by")
        browser.press(*"1.5x", ENTER)
        browser.wait_for_text("#problem", "by must be a whole number with one of the units")
        assert browser.run("return document.getElementById('by').value") == "1.5x"
        assert browser.run("return document.getElementById('problem').role") == "alert"

        browser.run("document.getElementById('by').select()")
        browser.press(*"1500ms", ENTER)
        browser.wait_for_text("#now", "1.500 s")
        assert browser.text("#problem") == ""
        assert driver.cluster.clock.now() == 1.5
        assert browser.focused() == "by"
        [complaint] = browser.complaints()
        assert "400" in complaint

    def test_hold_and_release(self, browser: Browser, driver: Driver) -> None:
        """The button that was pressed is another one, and has the focus."""
        browser.focus("#hold-sensor")
        browser.press(SPACE)
        browser.wait_for_text("#job-list", "held")
        assert browser.text("#hold-sensor") == "Release sensor"
        assert browser.focused() == "hold-sensor"
        driver.client("POST", STOP)
        driver.cluster.clock.advance("1h")
        browser.wait_for_text("#job-list .state", "stopping")

        browser.press(SPACE)
        browser.wait_for_text("#job-list .state", "stopped")
        assert "held" not in browser.text("#job-list")

    def test_a_job_is_removed(self, browser: Browser, driver: Driver) -> None:
        """The focus is where it was, at the heading."""
        browser.focus("#remove-sensor")
        browser.press(ENTER)
        browser.wait_for_text("#job-list", "There are none.")
        assert driver.client("POST", STOP).status_code == 404
        assert browser.focused() == "jobs"

    def test_a_fault_is_injected_and_the_next_stop_fails(self, browser: Browser, driver: Driver) -> None:
        """Chosen by its first letters."""
        browser.focus("#fault")
        browser.press(*"too")
        browser.focus("#times")
        browser.press(ENTER)
        browser.wait_for_text("#fault-list", "faults.too_many_requests(), on='stop' has struck 0 of 1")
        assert driver.client("POST", STOP).status_code == 429
        browser.wait_for_text("#fault-list", "has struck 1 ×, and is over")

    def test_the_mode_is_changed_and_all_is_reset(self, browser: Browser, driver: Driver) -> None:
        """With the buttons that say so."""
        driver.client("GET", "_rollup/job/first")
        browser.focus("#mode-skipping")
        browser.press(SPACE)
        browser.wait_for_text("#clock-now", "Time is real, and skips")
        assert browser.focused() == "mode-skipping"
        browser.focus("#reset")
        browser.press(ENTER)
        browser.wait(lambda: "GET job first" not in browser.text("#story"), "the story is over")
        assert not driver.cluster.requests

    def test_every_control_is_reached_and_seen(self, browser: Browser, driver: Driver) -> None:
        """By the Tab key alone, in the order in which they stand, with a ring around each."""
        driver.ask("POST", "faults", {"fault": "reset", "on": "stop"})
        browser.wait_for_text("#fault-list", "reset")
        browser.focus("#reset")
        reached = []
        for _ in range(17):
            browser.press(TAB)
            reached.append(browser.focused())
            assert browser.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
        assert reached[:3] == ["mode-skipping", "mode-running", "mode-manual"]
        assert reached[3:9] == ["advance-1s", "advance-10s", "advance-1m", "advance-1h", "by", "advance-by"]
        assert reached[9:13] == ["hold-sensor", "remove-sensor", "remove-fault-2", "fault"]
        assert reached[13:] == ["on", "fault-job", "times", ""]  # and then what can be opened, which has no id


class TestWithoutScript:
    """Forms lead back to the page."""

    def test_all_is_there(self, browser: Browser) -> None:
        """But it does not follow along, and says so."""
        with driven() as driver:
            browser.without_script(is_off=True)
            try:
                browser.open(f"{driver.cluster.url}/_fake/")
                assert "does not follow along. Load it again" in browser.text("#news")
                browser.click("#hold-sensor")
                browser.wait_for_text("#job-list", "held")
                browser.click("#advance-10s")
                browser.wait_for_text("#now", "10.000 s")
            finally:
                browser.without_script(is_off=False)
            assert driver.ask("GET", "jobs/sensor").body["held"]
            browser.open("about:blank")


class TestLook:
    """Wide and narrow, in light and in the dark. `LIVE_PICTURES` names a folder for pictures to look at."""

    @pytest.mark.parametrize("width", [1280, 400])
    @pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
    def test_fits_and_can_be_read(self, browser: Browser, driver: Driver, width: int, *, dark: bool) -> None:
        """Nothing is wider than the window, and texts stand out from what is behind them."""
        tell_a_story(driver)
        browser.look(width=width, dark=dark)
        browser.wait_for_text("#fault-list", "has struck 1")

        assert browser.run("return document.documentElement.scrollWidth") == width
        assert browser.run("return matchMedia('(prefers-color-scheme: dark)').matches") == dark
        assert browser.run(FAINT) == []
        picture = browser.picture()
        assert picture.startswith(b"\x89PNG")
        keep(f"{width}-{'dark' if dark else 'light'}.png", picture)
