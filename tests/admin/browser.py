"""A browser without a window: Chromium, driven as the W3C's WebDriver says, which is JSON over HTTP."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import shutil
import subprocess
import time
from typing import IO, TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER: Final = shutil.which("chromedriver")
MISSING: Final = "needs chromium and chromedriver (Debian: apt-get install chromium chromium-driver)"
ENTER: Final = "\ue007"
TAB: Final = "\ue004"
SPACE: Final = " "

_PATIENCE: Final = 20
_ELEMENT: Final = "element-6066-11e4-a52e-4f735466cecf"  # what WebDriver calls a reference to an element
_FLAGS: Final = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--hide-scrollbars"),
)


class Browser:
    """One window."""

    def __init__(self, port: int, folder: Path) -> None:
        self._port = port
        options = {"binary": CHROMIUM, "args": [*_FLAGS, f"--user-data-dir={folder}"]}
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
        self._session = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]

    def close(self) -> None:
        """End the browser."""
        self._ask("DELETE", f"/session/{self._session}")

    def open(self, url: str) -> None:
        """Load a page."""
        self._do("url", url=url)

    def run(self, script: str, *arguments: Any) -> Any:
        """Run the body of a function of JavaScript, and return what it returns."""
        return self._do("execute/sync", script=script, args=list(arguments))

    def text(self, selector: str) -> str:
        """Return the text of an element, with its white space as one space each."""
        text: str = self.run("return document.querySelector(arguments[0])?.textContent ?? ''", selector)
        return " ".join(text.split())

    def press(self, *keys: str) -> None:
        """Press keys, one after the other, wherever the focus is."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._do("actions", actions=[{"type": "key", "id": "keyboard", "actions": actions}])

    def focus(self, selector: str) -> None:
        """Put the focus on an element."""
        self.run("document.querySelector(arguments[0]).focus()", selector)

    def focused(self) -> str:
        """Return the id of the element that has the focus."""
        return str(self.run("return document.activeElement.id"))

    def click(self, selector: str) -> None:
        """Click an element with the mouse."""
        found = self._do("element", using="css selector", value=selector)[_ELEMENT]
        self._do(f"element/{found}/click")

    def wait(self, is_so: Callable[[], object], what: str) -> None:
        """Block until something is so, which nobody tells of."""
        until = time.monotonic() + _PATIENCE
        while not is_so():
            assert time.monotonic() < until, f"it never came: {what}; the page says:\n{self.text('body')}"

    def wait_for_text(self, selector: str, text: str) -> None:
        """Block until a text is in an element."""
        self.wait(lambda: text in self.text(selector), f"{text!r} in {selector}")

    def look(self, *, width: int, dark: bool) -> None:
        """Be so wide, and in the dark or not."""
        metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self._protocol("Emulation.setDeviceMetricsOverride", **metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._protocol("Emulation.setEmulatedMedia", features=[scheme])

    def picture(self) -> bytes:
        """Return a PNG of the whole page."""
        shot = self._protocol("Page.captureScreenshot", captureBeyondViewport=True)
        return base64.b64decode(shot["data"])

    def without_script(self, *, is_off: bool) -> None:
        """Run the scripts of pages no more, or again."""
        self._protocol("Emulation.setScriptExecutionDisabled", value=is_off)

    def complaints(self) -> list[str]:
        """Return what the console says since the last time that it was asked."""
        return [entry["message"] for entry in self._do("se/log", type="browser")]

    def _protocol(self, command: str, **parameters: Any) -> Any:
        return self._do("goog/cdp/execute", cmd=command, params=parameters)

    def _do(self, command: str, **parameters: Any) -> Any:
        return self._ask("POST", f"/session/{self._session}/{command}", parameters)

    def _ask(self, method: str, path: str, document: Any = None) -> Any:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)) as connection:
            connection.request(method, path, None if document is None else json.dumps(document))
            value = json.loads(connection.getresponse().read())["value"]
        assert not (isinstance(value, dict) and "error" in value), value
        return value


@contextlib.contextmanager
def browsing(folder: Path) -> Iterator[Browser]:
    """Run a browser whose files are in a folder."""
    assert DRIVER is not None
    driver = subprocess.Popen(
        [DRIVER, "--port=0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    try:
        with contextlib.closing(Browser(_port(driver.stdout), folder / "profile")) as browser:
            yield browser
    finally:
        driver.terminate()
        driver.communicate()


def _port(stream: IO[str] | None) -> int:
    assert stream is not None
    for line in stream:
        if "started successfully on port" in line:
            return int(line.rstrip().rstrip(".").rpartition(" ")[2])
    message = "chromedriver has ended at once"
    raise AssertionError(message)
