"""The pytest plugin: the fixtures, and what happens around each test.

A cluster is set up as `settings` says; a shared one is handed from test to test. What a cluster has found makes the
test fail after its call, and is an error when it is found only after the test's fixtures have been torn down; each
finding is reported once.

pytest imports this module in every run, so it imports nothing of ours at its top: settings are loaded when somebody
says something of them, the server and its libraries when the first cluster is made.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from .clock import Clock
    from .cluster import RollupCluster
    from .settings import MakeRollupCluster

__tracebackhide__ = True  # pytest shows no frames of this module, unless --full-trace is given

SHARED: Final = ("class_rollup_cluster", "module_rollup_cluster", "session_rollup_cluster")
FIXTURES: Final = ("rollup_cluster", "make_rollup_cluster", *SHARED)
CONTRACT: Final = "pytest_rollup_fake.contract"
GALLERY: Final = "rollup_fake_gallery"
STARTS: Final = "pytest_rollup_fake.starts"
OPTIONS: Final = ("version", "clock", "strict", "parked_timeout", "client_timeout", "sleep")

# On the configuration:
_options: pytest.StashKey[dict[str, Any]] = pytest.StashKey()  # what the command line and the ini file say
_shared: pytest.StashKey[dict[str, RollupCluster]] = pytest.StashKey()  # the shared clusters that run, by fixture
_ended: pytest.StashKey[list[RollupCluster]] = pytest.StashKey()  # those that end with an item that does not use them
_current: pytest.StashKey[pytest.Item] = pytest.StashKey()  # the item that is set up, called or torn down
# On an item:
_clusters: pytest.StashKey[list[RollupCluster]] = pytest.StashKey()  # those that it uses
_sleeps: pytest.StashKey[_Sleeps] = pytest.StashKey()  # while it is called
_is_decided: pytest.StashKey[bool] = pytest.StashKey()  # failed, skipped or xfailed: findings have nothing to add


def __dir__() -> list[str]:
    """List what pytest looks for: in every run it looks at each name of a plugin, for hooks and again for fixtures."""
    return [*FIXTURES, *(name for name in globals() if name.startswith("pytest_"))]


# --- options and markers ----------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the command line options and the ini settings."""
    group = parser.getgroup("rollup-fake", "fake Elasticsearch rollup clusters")
    group.addoption(
        "--rollup-version",
        metavar="VERSION",
        help="Elasticsearch version of the clusters that name none, such as 7.17, 7.17.28 or 9; of the versions of "
        "rollup_versions it selects those that match",
    )
    group.addoption(
        "--rollup-clock",
        metavar="MODE",
        help="how fake time passes in clusters that do not say: skipping (default), running or manual",
    )
    group.addoption(
        "--rollup-report",
        choices=("failed", "all", "none"),
        default="failed",
        help="the tests in whose reports the clusters tell what happened: failed (default), all or none",
    )
    group.addoption(
        "--rollup-html",
        metavar="DIR",
        help="write a page with a picture of what happened for each of these tests into this folder, and an index of "
        "them; needs the extra `report`",
    )
    parser.addini("rollup_version", "Elasticsearch version of the clusters that name none", default=None)
    parser.addini("rollup_clock", "like --rollup-clock", default=None)
    parser.addini(
        "rollup_strict", "whether calls to APIs that are not faked fail the test (default true)", "bool", default=None
    )
    parser.addini(
        "rollup_parked_timeout",
        "real seconds after which a request that nothing releases on a manual clock is given up (default 4, 0 = never)",
        default=None,
    )
    parser.addini(
        "rollup_client_timeout",
        "fail tests whose requests wait longer than this, in fake time, such as 10s",
        default=None,
    )
    parser.addini(
        "rollup_sleep",
        "'skipping' lets tests that use a cluster skip the sleeps of their code, as clock.skipping_sleep() does "
        "(default 'real')",
        default=None,
    )


def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """Load the contract suite's options where that suite is run; pytest looks for no conftest behind `--pyargs`."""
    if any(argument.startswith(CONTRACT) for argument in args):
        early_config.pluginmanager.import_plugin(f"{CONTRACT}.plugin")


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and refuse options that are none."""
    config.addinivalue_line(
        "markers",
        "rollup_cluster(version=, clock=, nodes=, jobs=, security=, tls=, strict=, unfaked=, client_timeout=, "
        "prior_rollup_usage=, sleep=, reset=): settings of the fake Elasticsearch clusters of a test, as in "
        "RollupCluster; sleep='skipping' runs the test in clock.skipping_sleep(), without its fixtures; "
        "reset=False keeps a shared cluster's jobs, journal and time",
    )
    config.addinivalue_line(
        "markers",
        "rollup_versions(*versions): run the test once for each Elasticsearch version, 'all' meaning every line",
    )
    config.stash[_shared] = {}
    config.stash[_ended] = []
    config.stash[_options] = _read_options(config)
    if config.getoption("xmlpath", default=None) and not hasattr(config, "workerinput"):
        from .report.run import JUnit

        config.pluginmanager.register(JUnit(), "rollup_fake_junit")
    if config.getoption("rollup_html"):
        from .report.gallery import Gallery

        config.pluginmanager.register(Gallery(config), GALLERY)


def _read_options(config: pytest.Config) -> dict[str, Any]:
    given = {name: value for name in OPTIONS if (value := _given(config, name)) not in {None, ""}}
    if not given:
        return {}
    from .settings import read_options

    return read_options(given)


def _given(config: pytest.Config, name: str) -> str | bool | None:
    """Return what the command line, else the ini file, says of a setting."""
    option = f"rollup_{name}"
    try:
        given: str | bool | None = config.getoption(option, default=None) or config.getini(option)
    except (ValueError, pytest.UsageError) as error:
        raise pytest.UsageError(f"{option}: {error}{'; it is true or false' if name == 'strict' else ''}") from None
    return given


def pytest_report_header(config: pytest.Config) -> str | None:
    """Name version and clock when they are set."""
    options = config.stash[_options]
    given = [f"{name} {options[name]}" for name in ("version", "clock") if name in options]
    return f"rollup fake: {', '.join(given)}" if given else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for each version that its nearest `rollup_versions` names; check its markers."""
    if any(mark.name.startswith("rollup_") for mark in metafunc.definition.iter_markers()):
        from .settings import parametrize_versions

        parametrize_versions(metafunc, FIXTURES)


# --- fixtures ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def rollup_cluster(make_rollup_cluster: MakeRollupCluster) -> RollupCluster:
    """Give a fake Elasticsearch cluster with rollup jobs, started on a port of its own.

    Point your client at `rollup_cluster.url`, add jobs with `rollup_cluster.add_job("sensor")`, and look at
    `rollup_cluster.jobs` and `rollup_cluster.requests` afterwards. `@pytest.mark.rollup_cluster(version="7.17", ...)`
    sets it up.
    """
    return make_rollup_cluster()


@pytest.fixture
def make_rollup_cluster(request: pytest.FixtureRequest) -> Iterator[MakeRollupCluster]:
    """Give a factory of fake Elasticsearch clusters, with the arguments of `RollupCluster`.

    What is not given comes from marker and options. Each cluster is started, is a context manager too, and is stopped
    at the test's end.
    """
    item: pytest.Item = request.node
    with ExitStack() as started:

        def make(*version: Any, **arguments: Any) -> RollupCluster:  # noqa: ANN401  (those of RollupCluster)
            settings = _settings_of(item)
            if version:
                settings.pop("version", None)
            cluster = _start(item, *version, **{**settings, **arguments})
            started.callback(_end, cluster)
            return cluster

        yield make


@pytest.fixture(scope="class")
def class_rollup_cluster(request: pytest.FixtureRequest) -> Iterator[RollupCluster]:
    """Give a fake Elasticsearch cluster whose URL stays the same for all tests of a class.

    It is reset before each test that uses it, which then gets what its own marker asks for; the marker's `reset=False`
    keeps jobs, journal and time.
    """
    yield from _share(request, "class_rollup_cluster")


@pytest.fixture(scope="module")
def module_rollup_cluster(request: pytest.FixtureRequest) -> Iterator[RollupCluster]:
    """Give a fake Elasticsearch cluster whose URL stays the same for all tests of a module.

    It is reset before each test that uses it, which then gets what its own marker asks for; the marker's `reset=False`
    keeps jobs, journal and time.
    """
    yield from _share(request, "module_rollup_cluster")


@pytest.fixture(scope="session")
def session_rollup_cluster(request: pytest.FixtureRequest) -> Iterator[RollupCluster]:
    """Give a fake Elasticsearch cluster whose URL stays the same for the whole run (for each pytest-xdist worker).

    It is reset before each test that uses it, which then gets what its own marker asks for; the marker's `reset=False`
    keeps jobs, journal and time.
    """
    yield from _share(request, "session_rollup_cluster")


def _settings_of(item: pytest.Item) -> dict[str, Any]:
    from .settings import settings_of

    return settings_of(item, item.config.stash[_options])


def _start(item: pytest.Item, *version: Any, **settings: Any) -> RollupCluster:  # noqa: ANN401  (those of RollupCluster)
    """Start a cluster that a test is to use."""
    from .cluster import RollupCluster

    cluster = RollupCluster(*version, **settings)
    _skip_sleeps(item, cluster)
    cluster.clock.parked_timeout = _parked_timeout(item.config)
    cluster._is_counted = True  # noqa: SLF001  (it is known as the fixture's)
    cluster.start()
    _clusters_of(item).append(cluster)
    return cluster


def _end(cluster: RollupCluster) -> None:
    cluster._stop()  # noqa: SLF001  (a `stop` is noted as the test's)


def _parked_timeout(config: pytest.Config) -> float:
    """Return the real seconds that a request may be parked; 0 under a debugger."""
    from .driver import DEFAULT_PARKED_TIMEOUT

    if config.getoption("usepdb", default=False) or config.getoption("trace", default=False):
        return 0.0
    timeout: float = config.stash[_options].get("parked_timeout", DEFAULT_PARKED_TIMEOUT)
    return timeout


# --- the sleeps of the code under test --------------------------------------------------------------------------------


class _Sleeps:
    """What becomes of the sleeps of a test while it is called: skipped by its clusters' clock, if it wants that."""

    def __init__(self, item: pytest.Item, block: ExitStack) -> None:
        self._item = item
        self._block = block
        self._clock: Clock | None = None

    def skip_by(self, clock: Clock) -> None:
        """Skip sleeps by a clock from now on; raises `ValueError` for a second one."""
        from .settings import wants_skipping_sleep

        if clock is self._clock or not wants_skipping_sleep(self._item, self._item.config.stash[_options]):
            return
        if self._clock is not None:
            message = (
                "sleep='skipping' moves one clock, but the clusters of this test have two: let them share one, with "
                "make_rollup_cluster(clock=other.clock)"
            )
            raise ValueError(message)
        self._block.enter_context(clock.skipping_sleep())
        self._clock = clock


def _skip_sleeps(item: pytest.Item, cluster: RollupCluster) -> None:
    """Skip the sleeps of a test that gets a cluster while it is called, if it wants that."""
    if (sleeps := item.stash.get(_sleeps, None)) is not None:
        sleeps.skip_by(cluster.clock)


# --- shared clusters --------------------------------------------------------------------------------------------------


def _share(request: pytest.FixtureRequest, fixture: str) -> Iterator[RollupCluster]:
    from .asking import watch

    config = request.config
    item = config.stash[_current]
    cluster = config.stash[_shared][fixture] = _start(item, **_settings_of(item))
    with ExitStack() as watched:
        watch(request, lambda: _use(config.stash[_current], fixture, cluster), watched)
        yield cluster
    del config.stash[_shared][fixture]
    _end(cluster)
    if cluster not in _clusters_of(config.stash[_current]):
        config.stash[_ended].append(cluster)


def _use(item: pytest.Item, fixture: str, cluster: RollupCluster) -> None:
    """Hand a running shared cluster over to a test that uses it, once."""
    if cluster not in _clusters_of(item):
        _check_settings(item, fixture, cluster)
        _skip_sleeps(item, cluster)
        _clusters_of(item).append(cluster)
        _hand_over(cluster, item)


def _check_settings(item: pytest.Item, fixture: str, cluster: RollupCluster | None) -> None:
    """Raise for settings that a shared cluster cannot take, before its fixture does and fails for all later tests."""
    from .cluster import RollupCluster

    settings = _settings_of(item)
    if cluster is None:
        RollupCluster(**settings)
        return
    for name, there, default in (("nodes", len(cluster.nodes), 1), ("tls", cluster.world.tls, False)):
        if (wanted := settings.get(name, default)) != there:
            message = (
                f"{fixture} runs with {name}={there}, but this test wants {name}={wanted}: let all tests that share it "
                "want the same, with a marker on their class or module, or use rollup_cluster"
            )
            raise ValueError(message)


def _hand_over(cluster: RollupCluster, item: pytest.Item) -> None:
    """Give a running shared cluster to the next test."""
    from .settings import wants_reset

    settings = _settings_of(item)
    for name in ("nodes", "tls"):  # it keeps those that it was started with
        settings.pop(name, None)
    if wants_reset(item):
        cluster.reset()
        cluster.__enter__()  # starts it, if a test has stopped it
    else:
        settings.pop("jobs", None)
    cluster.clock.parked_timeout = _parked_timeout(item.config)
    cluster.clock.mode = settings.pop("clock", "skipping")
    cluster.configure(**settings)


# --- what a test must not overlook ------------------------------------------------------------------------------------


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Hand over the shared clusters that a test names, before its fixtures are set up. A skipped test has none.

    Those that it gets by `request` or by a doctest's `getfixture` are handed over when it does.
    """
    item.config.stash[_current] = item
    item.stash[_is_decided] = False
    _watch_starts(is_watched=True)
    for fixture in SHARED:
        if fixture in getattr(item, "fixturenames", ()):
            cluster = item.config.stash[_shared].get(fixture)
            if cluster is None:
                _check_settings(item, fixture, None)
            else:
                _use(item, fixture, cluster)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Skip the sleeps of a test that wants it; let one that passes fail for what its clusters have found."""
    with ExitStack() as block:
        sleeps = item.stash[_sleeps] = _Sleeps(item, block)
        for cluster in _clusters_of(item):
            sleeps.skip_by(cluster.clock)
        try:
            result = yield
        finally:
            del item.stash[_sleeps]
    _fail_for(_clusters_of(item))
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note that a test has failed, was skipped or has xfailed, and let its clusters tell what happened."""
    report = yield
    if not report.passed:
        item.stash[_is_decided] = True
    wanted = item.config.getoption("rollup_report")
    if report.failed or (wanted == "all" and report.when == "call" and report.passed):
        _tell(item, report, is_short=wanted == "none")
    if report.when == "teardown":
        _clusters_of(item).clear()  # an item lives as long as the run
        _watch_starts(is_watched=False)
    return report


def _tell(item: pytest.Item, report: pytest.TestReport, *, is_short: bool) -> None:
    """Add to a report the sections of a test's clusters, and of those that it has made itself."""
    config, clusters, (made, more) = item.config, _clusters_of(item), _made()
    if clusters or made:
        from .report import run

        if is_short:
            run.add_findings(report, clusters)
            return
        timelines = run.read_timelines(clusters, made)
        run.add_sections(report, timelines, more)
        if gallery := config.pluginmanager.get_plugin(GALLERY):
            gallery.hang(report, timelines)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Colour the sections, which are plain text until now, if the terminal has colours."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # -p no:terminal
        return
    writer = session.config.get_terminal_writer()
    if writer.hasmarkup and (reports := _told_by_us(reporter)):
        from .report.run import colour

        colour(reports, writer.markup)


def _told_by_us(reporter: pytest.TerminalReporter) -> list[pytest.TestReport]:
    """Return the reports with sections of ours."""
    from .report import SECTION

    return [
        report
        for outcome in ("failed", "error", "passed")
        for report in reporter.stats.get(outcome, ())
        if any(name.startswith(SECTION) for name, _ in getattr(report, "sections", ()))
    ]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the sections of tests that have passed, if they are asked for."""
    if terminalreporter.config.getoption("rollup_report") == "all":
        from .report.run import print_passed

        print_passed(terminalreporter)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Look once more when the fixtures have been torn down; what is found now is an error of the teardown."""
    item.config.stash[_current] = item
    clusters, ended = _clusters_of(item), item.config.stash[_ended]
    try:
        result = yield
        _fail_for(ended if item.stash.get(_is_decided, False) else [*clusters, *ended])
    finally:
        for cluster in clusters:
            cluster.take_findings()  # the next test that shares it has nothing to do with them
        ended.clear()
    return result


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """Explain comparisons of states, outcomes and requests that have failed."""
    item = config.stash.get(_current, None)
    if item is None or not (clusters := [*_clusters_of(item), *_made()[0]]):
        return None
    from .report.assertions import explain

    return explain(clusters, op, left, right)


def _clusters_of(item: pytest.Item) -> list[RollupCluster]:
    return item.stash.setdefault(_clusters, [])


def _made() -> tuple[list[RollupCluster], int]:
    """Return the last clusters that were started since the test's setup by no fixture of ours, and how many more were.

    The module that knows them is loaded with the first cluster: who makes none loads nothing.
    """
    starts = sys.modules.get(STARTS)
    made: tuple[list[RollupCluster], int] = starts.STARTS.latest() if starts else ([], 0)
    return made


def _watch_starts(*, is_watched: bool) -> None:
    if starts := sys.modules.get(STARTS):
        starts.STARTS.watch(is_watched=is_watched)


def _take_findings(clusters: Sequence[RollupCluster]) -> list[str]:
    return [finding for cluster in clusters for finding in cluster.take_findings()]


def _fail_for(clusters: Sequence[RollupCluster]) -> None:
    """Fail for what clusters have found, showing nothing but the words."""
    __tracebackhide__ = False  # pytest would say that everything is hidden
    findings = _take_findings(clusters)
    if findings:
        pytest.fail("\n\n".join(findings), pytrace=False)


# --- debuggers --------------------------------------------------------------------------------------------------------


def pytest_enter_pdb(config: pytest.Config) -> None:
    """Let parked requests wait while a debugger's prompt is open."""
    _bound_parked(config, 0.0)


def pytest_leave_pdb(config: pytest.Config) -> None:
    """Bound parked requests again."""
    _bound_parked(config, _parked_timeout(config))


def _bound_parked(config: pytest.Config, timeout: float) -> None:
    if item := config.stash.get(_current, None):
        for cluster in _clusters_of(item):
            cluster.clock.parked_timeout = timeout
