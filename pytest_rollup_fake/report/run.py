"""What pytest is given of the clusters of a test: sections of its report, for the terminal, JUnit XML and xdist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from . import SECTION
from .text import MOST_LINES, paint, section
from .timeline import read_timeline

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from pytest_rollup_fake.cluster import RollupCluster

    from .text import Markup
    from .timeline import Timeline


def read_timelines(clusters: Sequence[RollupCluster], made: Sequence[RollupCluster]) -> list[Timeline]:
    """Return the story of each cluster, with its findings, told once; those that a test has made check theirs."""
    stories = [read_timeline(cluster, cluster.take_findings()) for cluster in clusters]
    return stories + [read_timeline(cluster) for cluster in made]


def add_sections(report: pytest.TestReport, timelines: Sequence[Timeline], more: int = 0) -> None:
    """Add a section for each cluster to a report; together they stay within the bounds of one."""
    most = max(MOST_LINES // max(len(timelines), 1), 20)
    for number, timeline in enumerate(timelines, 1):
        name = SECTION if len(timelines) == 1 else f"{SECTION} {number} of {len(timelines)}, {timeline.url}"
        report.sections.append((name, section(timeline, most_lines=most)))
    if more:
        report.sections.append((f"{SECTION}s before", f"{more:,} more that the test has made itself are not told of."))


def add_findings(report: pytest.TestReport, clusters: Iterable[RollupCluster]) -> None:
    """Add one section with nothing but what clusters have found, if they have."""
    findings = [finding for cluster in clusters for finding in cluster.take_findings()]
    if findings:
        report.sections.append((SECTION, "\n\n".join(findings)))


def sections_of(report: pytest.TestReport) -> list[tuple[str, str]]:
    """Return our sections of a report."""
    return [(name, content) for name, content in report.sections if name.startswith(SECTION)]


def colour(reports: Iterable[pytest.TestReport], markup: Markup) -> None:
    """Give the sections that are about to be printed the colours of the terminal; elsewhere they stay plain."""
    for report in reports:
        report.sections[:] = [
            (name, paint(content, markup) if name.startswith(SECTION) else content) for name, content in report.sections
        ]


def print_passed(reporter: pytest.TerminalReporter) -> None:
    """Print the sections of the tests that have passed, unless pytest does it itself (`-rP`)."""
    reports = [report for report in reporter.stats.get("passed", ()) if sections_of(report)]
    if not reports or reporter.hasopt("P"):
        return
    reporter.write_sep("=", "rollup clusters of passed tests")
    for report in reports:
        reporter.write_sep("_", report.nodeid)
        for name, content in sections_of(report):
            reporter.write_sep("-", name)
            reporter.write_line(content)


class JUnit:
    """Lets JUnit XML have the sections: of a report it writes the failure's text, and no sections but captured output.

    So they are in that text while the report is handed round.
    """

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> Generator[None]:
        """Add the sections to the failure's text, and take them out again."""
        added = [(name, content, "-") for name, content in sections_of(report)] if report.failed else []
        sections: list[tuple[str, str, str]] = getattr(report.longrepr, "sections", [])
        sections += added
        yield
        del sections[len(sections) - len(added) :]
