"""`--rollup-html`: a page for each test that has something to tell, and an index of them.

Under pytest-xdist each worker writes the pages of its tests; what the index says of them travels with the reports to
the controller, which writes it. Where pytest-html runs, its report links the pages.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from .pages import check_jinja, make_page, write_index, write_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .timeline import Timeline

_CARRIED: Final = "rollup_page"
"""The attribute of a report with what the index says of its page."""


class Gallery:
    """Writes the pages of a run."""

    def __init__(self, config: pytest.Config) -> None:
        try:
            check_jinja("--rollup-html")
        except ImportError as error:
            raise pytest.UsageError(str(error)) from None
        self._config = config
        self._folder = Path(config.invocation_params.dir, config.getoption("rollup_html"))
        if config.getoption("rollup_report") == "none":
            raise pytest.UsageError(
                "--rollup-html has nothing to write with --rollup-report=none; leave one of them out"
            )
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise pytest.UsageError(f"--rollup-html={self._folder} is to be a folder: {error}") from None
        self._pages: dict[str, dict[str, Any]] = {}

    def hang(self, report: pytest.TestReport, timelines: Sequence[Timeline]) -> None:
        """Write the page of a test; one that fails again in its teardown has its page written anew."""
        crash = getattr(report.longrepr, "reprcrash", None)
        page = make_page(
            report.nodeid,
            "passed" if report.passed else f"failed in {report.when}",
            timelines,
            message=getattr(crash, "message", ""),
            trace=report.longreprtext,
        )
        path = write_page(self._folder, page, timelines)
        vars(report)[_CARRIED] = page.row()
        if self._config.pluginmanager.hasplugin("html"):
            self._attach(report, path)

    def _attach(self, report: pytest.TestReport, path: Path) -> None:
        """Let pytest-html link the page, relative to its own if it can be."""
        html: str | None = self._config.getoption("htmlpath", default=None)
        folder = Path(self._config.invocation_params.dir, html).parent if html else path.parent
        link = Path(os.path.relpath(path, folder)).as_posix()
        extra = import_module("pytest_html").extras.url(link, name="Rollup cluster")
        vars(report)["extras"] = [*getattr(report, "extras", []), extra]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect what the index says."""
        row: dict[str, Any] | None = getattr(report, _CARRIED, None)
        if row is not None:
            self._pages[row["file"]] = row

    def pytest_sessionfinish(self) -> None:
        """Write the index, once."""
        if not hasattr(self._config, "workerinput"):
            write_index(self._folder, list(self._pages.values()))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where it is."""
        index = Path(self._config.getoption("rollup_html"), "index.html")
        terminalreporter.write_sep("-", f"rollup clusters: {index.as_posix()}")
