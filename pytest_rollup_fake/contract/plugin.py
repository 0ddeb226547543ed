"""The suite's options, and what it prints and writes at its end.

Loaded only where the suite is run, so that nobody else sees its options: by `pytest_rollup_fake.plugin` when the suite
is named with `--pyargs`, and by the suite's conftest when its folder is.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from .agreement import AGREED, DIFFERED, LEFT_OUT, Agreement, Held
from .client import CertificatesError
from .product import NotElasticsearchError
from .subject import SetUpError, find_leftovers, remove_indices, remove_jobs
from .subjects import Subjects, Target, fake_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROPERTY: Final = "rollup_contract"  # of a report: what the table and the record need, across processes too

_lines: pytest.StashKey[Sequence[str]] = pytest.StashKey()
_about: pytest.StashKey[list[str]] = pytest.StashKey()
_cluster: pytest.StashKey[dict[str, Any]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the suite."""
    group = parser.getgroup("rollup-fake contract", "what the contract suite of the fake is held against")
    group.addoption(
        "--rollup-url",
        metavar="URL",
        help="hold this cluster to the contract, such as https://user:password@host:9200, in the place of the fake; "
        "jobs and indices are created in it below a prefix of their own, and removed",
    )
    group.addoption("--rollup-ca", metavar="FILE", help="certificates that the cluster's is checked against")
    group.addoption("--rollup-insecure", action="store_true", help="do not check the cluster's certificate")
    group.addoption(
        "--rollup-record", metavar="FILE", help="write what was asked and answered, as JSON, without credentials"
    )
    group.addoption(
        "--rollup-remove-leftovers",
        action="store_true",
        help="first remove jobs and indices that an earlier run, which could not end, has left in the cluster",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Gather what is found, in the process that reports."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Reporter(config), "rollup_contract_reporter")


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Ask the cluster what it is, before anything is held against it."""
    config = session.config
    target, version = _target(config), config.getoption("rollup_version")
    if target is None:
        lines = fake_lines(version)
        config.stash[_lines] = lines
        config.stash[_about] = [f"the fake, version lines {', '.join(lines)}"]
        config.stash[_cluster] = {"fake": True}
        return
    if version is not None:
        message = "--rollup-version selects among the fake's versions; a cluster says itself which one it is"
        raise pytest.UsageError(message)
    try:
        _look_at(target, config)
    except CertificatesError as error:
        message = f"--rollup-ca: {error}"
        raise pytest.UsageError(message) from None
    except (NotElasticsearchError, OSError, ValueError) as error:
        message = f"--rollup-url: {error}"
        raise pytest.UsageError(message) from None


def _target(config: pytest.Config) -> Target | None:
    url, ca, insecure = (config.getoption(f"rollup_{name}") for name in ("url", "ca", "insecure"))
    if url is None:
        alone = [name for name in ("ca", "insecure", "remove_leftovers") if config.getoption(f"rollup_{name}")]
        if alone:
            message = f"--rollup-{alone[0].replace('_', '-')} goes with --rollup-url; the fake of this suite needs none"
            raise pytest.UsageError(message)
        return None
    return Target(url, ca, insecure)


def _look_at(target: Target, config: pytest.Config) -> None:
    """Note what the cluster is, and what an earlier run has left in it."""
    subject = target.connect()
    try:
        product = subject.product
        config.stash[_lines] = [product.number]
        config.stash[_cluster] = {
            "url": subject.client.url,
            "version": product.number,
            "build_hash": product.build_hash,
        }
        about = [f"{subject.client.url}, which says it is Elasticsearch {product.number}"]
        if product.version >= (8, 15):
            about.append(
                "from 8.15 on, jobs are refused where rollup was never used: an index with an entry in _meta._rollup "
                "is created first, which counts as use"
            )
        jobs, indices = find_leftovers(subject) if not hasattr(config, "workerinput") else ([], [])
        there = f"{len(jobs)} jobs and {len(indices)} indices of another run of this suite"
        if config.getoption("rollup_remove_leftovers"):
            stay = [*remove_jobs(subject, jobs), *remove_indices(subject, indices)]
            about.append(f"removed {there}" + (f", but not {'; '.join(stay)}" if stay else ""))
        elif jobs or indices:
            about.append(f"there are {there}; if none is running, --rollup-remove-leftovers removes them")
        config.stash[_about] = about
    finally:
        subject.client.close()


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    """Say what is held to the contract."""
    about = config.stash.get(_about, [])
    return [f"rollup contract: {text}" for text in about]


# --- what cases need --------------------------------------------------------------------------------------------------


def lines_of(config: pytest.Config) -> Sequence[str]:
    """Return the versions that are held to the contract."""
    if _lines not in config.stash:
        message = f"name the suite itself, so that its options are there: --pyargs {__package__}"
        raise pytest.UsageError(message)
    return config.stash[_lines]


@pytest.fixture(scope="session")
def rollup_subjects(request: pytest.FixtureRequest) -> Iterator[Subjects]:
    """Give the clusters that are held to the contract."""
    subjects = Subjects(_target(request.config))
    yield subjects
    try:
        subjects.end()
    except SetUpError as error:
        pytest.fail(str(error), pytrace=False)


# --- what was found ---------------------------------------------------------------------------------------------------


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Note on each case what table and record say of it, so that its reports carry that from process to process."""
    for item in items:
        held = getattr(item, "callspec", None)
        if held is not None and "contract_case" in held.params:
            line, case = held.params["contract_case"]
            noted = {
                "endpoint": case.endpoint,
                "case": case.name,
                "version": line,
                "source": case.source,
                "exchanges": [],
            }
            item.user_properties.append((PROPERTY, noted))


class Reporter:
    """Gathers how the cases ended, and prints and writes it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._agreement = Agreement()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a case ended."""
        noted = dict(report.user_properties).get(PROPERTY)
        if not isinstance(noted, dict):
            return
        if report.when == "teardown":
            return  # what could not be removed is an error of its own
        if report.failed:
            self._agreement.add(report.nodeid, Held(noted, DIFFERED, report.longreprtext))
        elif report.skipped:
            self._agreement.add(report.nodeid, Held(noted, LEFT_OUT, _reason(report)))
        elif report.when == "call":
            self._agreement.add(report.nodeid, Held(noted, AGREED))

    def pytest_sessionfinish(self) -> None:
        """Write the record, also of a run that was interrupted."""
        path = self._config.getoption("rollup_record")
        if path is not None and self._agreement.held:
            record = self._agreement.record(self._config.stash[_cluster])
            Path(path).write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the table."""
        if self._agreement.held:
            terminalreporter.section("rollup contract")
            for line in [*self._config.stash[_about], "", *self._agreement.table()]:
                terminalreporter.line(line)


def _reason(report: pytest.TestReport) -> str:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
    return reason.removeprefix("Skipped: ")
