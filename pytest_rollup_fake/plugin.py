"""The pytest plugin: options, markers and fixtures.

pytest imports this module in every run, so it imports nothing of ours at its top: the server and its libraries are
loaded when the first cluster is made.

A test's settings are put together from, strongest first, the arguments of `make_rollup_cluster`, the markers (nearest
wins), the command line and the ini file. A shared cluster takes them at its reset before each test that uses it. What
a cluster has found is raised after the test's call, so that the test fails, and again after its fixtures are torn
down; each finding once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from _pytest.nodes import Node

    from .cluster import RollupCluster

MARKER_KEYWORDS: Final = ("version", "clock", "jobs", "security", "strict", "unfaked", "client_timeout", "reset")
SHARED: Final = ("class_rollup_cluster", "module_rollup_cluster", "session_rollup_cluster")
FIXTURES: Final = ("rollup_cluster", "make_rollup_cluster", *SHARED)
_VERSION_PARAMETER: Final = "_rollup_version"

_clusters = pytest.StashKey[list["RollupCluster"]]()  # on an item: those that it uses
_has_failed = pytest.StashKey[bool]()  # on an item: there is nothing left to find
_shared = pytest.StashKey[dict[str, "RollupCluster"]]()  # on the configuration: the running ones, by fixture
_running = pytest.StashKey[pytest.Item]()  # on the configuration: the item whose fixtures are being set up


class MakeRollupCluster(Protocol):
    """What the fixture `make_rollup_cluster` gives: a call takes the arguments of `RollupCluster`."""

    def __call__(self, version: str | None = None, **arguments: Any) -> RollupCluster:  # noqa: ANN401  (as named)
        """Return a started cluster, stopped at the test's end."""


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
    parser.addini("rollup_version", "like --rollup-version", default=None)
    parser.addini("rollup_clock", "like --rollup-clock", default=None)
    parser.addini(
        "rollup_strict", "whether calls to APIs that are not faked fail the test (default true)", "bool", default=True
    )
    parser.addini(
        "rollup_parked_timeout",
        "real seconds after which a request that nothing releases on a manual clock is given up (default 4, 0 = never)",
        default="4",
    )
    parser.addini(
        "rollup_client_timeout",
        "fail tests whose requests wait longer than this, in fake time, such as 10s",
        default=None,
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and refuse settings that are none."""
    config.addinivalue_line(
        "markers",
        f"rollup_cluster({', '.join(f'{name}=' for name in MARKER_KEYWORDS)}): settings of the fake Elasticsearch "
        "clusters of a test, as in RollupCluster; reset=False keeps a shared cluster's state",
    )
    config.addinivalue_line(
        "markers",
        "rollup_versions(*versions): run the test once for each Elasticsearch version, 'all' meaning every line",
    )
    config.stash[_shared] = {}
    for name, check in (("version", _check_version), ("clock", _check_clock)):
        if value := _configured(config, name):
            check(value)
    for name in ("rollup_parked_timeout", "rollup_client_timeout"):
        _seconds(config, name)


def pytest_report_header(config: pytest.Config) -> str | None:
    """Name version and clock when they are set."""
    given = {name: value for name in ("version", "clock") if (value := _configured(config, name))}
    return f"rollup fake: {', '.join(f'{name} {value}' for name, value in given.items())}" if given else None


def _configured(config: pytest.Config, name: str) -> str | None:
    """Return what the command line, else the ini file, says of `version` or `clock`."""
    value: str | None = config.getoption(f"--rollup-{name}") or config.getini(f"rollup_{name}") or None
    return value


def _check_version(value: str) -> None:
    from .model.versions import parse_version

    try:
        parse_version(value)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None


def _check_clock(value: str) -> None:
    from .model.timeline import ClockMode

    if value not in list(ClockMode):
        message = f"unknown clock {value!r}; the clocks are {', '.join(ClockMode)}"
        raise pytest.UsageError(message)


def _seconds(config: pytest.Config, name: str) -> str | float | None:
    """Return a duration of the ini file: a bare number is seconds."""
    from .model.durations import to_nanoseconds

    text: str | None = config.getini(name)
    if not text:
        return None
    try:
        value: str | float = float(text)
    except ValueError:
        value = text
    try:
        to_nanoseconds(value, name=name)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    return value


# --- a test's settings ------------------------------------------------------------------------------------------------


def _settings_of(item: pytest.Item) -> dict[str, Any]:
    """Return the keywords of RollupCluster that a test's markers, the command line and the ini file ask for."""
    config = item.config
    settings: dict[str, Any] = {
        "version": _configured(config, "version"),
        "clock": _configured(config, "clock") or "skipping",
        "strict": config.getini("rollup_strict"),
        "client_timeout": _seconds(config, "rollup_client_timeout"),
        **_marked(item),
    }
    callspec = getattr(item, "callspec", None)
    if callspec is not None and _VERSION_PARAMETER in callspec.params:
        settings["version"] = callspec.params[_VERSION_PARAMETER]
    return settings


def _marked(node: pytest.Item) -> dict[str, Any]:
    """Merge the `rollup_cluster` markers of a test and its classes and modules; the nearest wins."""
    merged: dict[str, Any] = {}
    for mark in reversed(list(node.iter_markers("rollup_cluster"))):
        unknown = [name for name in mark.kwargs if name not in MARKER_KEYWORDS]
        if mark.args or unknown:
            what = ", ".join(map(repr, (*mark.args, *unknown)))
            message = (
                f"@pytest.mark.rollup_cluster does not take {what}; it takes {', '.join(MARKER_KEYWORDS)}, by name"
            )
            raise TypeError(message)
        merged.update(mark.kwargs)
    return merged


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test once for each version that its nearest `rollup_versions` names."""
    node = metafunc.definition
    _marked(node)
    versions = _versions_of(node)
    if versions is None:
        return
    if not set(FIXTURES) & set(metafunc.fixturenames):
        message = (
            f"@pytest.mark.rollup_versions on {node.name}, which uses none of the fixtures {', '.join(FIXTURES)}: "
            "there is no cluster that could have these versions"
        )
        raise pytest.UsageError(message)
    metafunc.fixturenames.append(_VERSION_PARAMETER)
    metafunc.parametrize(_VERSION_PARAMETER, _selected(node.config, versions), indirect=True)


def _versions_of(node: pytest.Item) -> list[str] | None:
    """Return the versions that the nearest marker which says anything about versions names, `None` for one version."""
    from_level: dict[Node, set[str]] = {}
    versions: list[str] | None = None
    for level, mark in node.iter_markers_with_node():
        if mark.name == "rollup_versions" or (mark.name == "rollup_cluster" and "version" in mark.kwargs):
            from_level.setdefault(level, set()).add(mark.name)
            if len(from_level) == 1 and mark.name == "rollup_versions":
                versions = _named(mark)
    if any(len(names) > 1 for names in from_level.values()):
        message = f"{node.name}: rollup_versions(...) and rollup_cluster(version=...) exclude each other"
        raise pytest.UsageError(message)
    return versions


def _named(mark: pytest.Mark) -> list[str]:
    """Return the versions that a `rollup_versions` marker names."""
    from .model.versions import LINES, parse_version

    if mark.kwargs or not mark.args:
        message = "@pytest.mark.rollup_versions takes versions such as '7.17' or '9', or 'all', and no keywords"
        raise TypeError(message)
    if mark.args == ("all",):
        return list(LINES)
    for version in mark.args:
        parse_version(version)
    return list(mark.args)


def _selected(config: pytest.Config, versions: list[str]) -> list[Any]:
    """Return the versions that --rollup-version leaves, or one parameter that skips the test."""
    from .model.versions import parse_version

    wanted = _configured(config, "version")
    left = [
        version
        for version in versions
        if wanted is None or f"{parse_version(version).number}.".startswith(f"{wanted}.")
    ]
    if left:
        return list(left)
    reason = f"--rollup-version={wanted} leaves none of the versions {', '.join(versions)}"
    return [pytest.param(None, marks=pytest.mark.skip(reason=reason), id="no-version")]


# --- fixtures ---------------------------------------------------------------------------------------------------------


@pytest.fixture(name=_VERSION_PARAMETER)
def _version_parameter(request: pytest.FixtureRequest) -> str | None:
    """Carry the version that rollup_versions chose."""
    version: str | None = request.param
    return version


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
    made: list[RollupCluster] = []

    def make(version: str | None = None, **arguments: Any) -> RollupCluster:  # noqa: ANN401  (those of RollupCluster)
        settings = _settings_of(item)
        settings.pop("reset", None)
        if made or arguments.get("jobs") is not None:
            settings.pop("jobs", None)  # the marker's jobs are those of the first cluster
        if version is not None:
            arguments["version"] = version
        cluster = _start(item.config, {**settings, **arguments})
        made.append(cluster)
        item.stash.setdefault(_clusters, []).append(cluster)
        return cluster

    yield make
    for cluster in reversed(made):
        cluster.stop()


@pytest.fixture(scope="class")
def class_rollup_cluster(request: pytest.FixtureRequest) -> Iterator[RollupCluster]:
    """Give a fake Elasticsearch cluster whose URL stays the same for all tests of a class.

    It is reset before each test that uses it, which then gets what its own marker asks for; the marker's `reset=False`
    keeps the state.
    """
    yield from _share(request, "class_rollup_cluster")


@pytest.fixture(scope="module")
def module_rollup_cluster(request: pytest.FixtureRequest) -> Iterator[RollupCluster]:
    """Give a fake Elasticsearch cluster whose URL stays the same for all tests of a module.

    It is reset before each test that uses it, which then gets what its own marker asks for; the marker's `reset=False`
    keeps the state.
    """
    yield from _share(request, "module_rollup_cluster")


@pytest.fixture(scope="session")
def session_rollup_cluster(request: pytest.FixtureRequest) -> Iterator[RollupCluster]:
    """Give a fake Elasticsearch cluster whose URL stays the same for the whole run (for each pytest-xdist worker).

    It is reset before each test that uses it, which then gets what its own marker asks for; the marker's `reset=False`
    keeps the state.
    """
    yield from _share(request, "session_rollup_cluster")


def _start(config: pytest.Config, settings: dict[str, Any]) -> RollupCluster:
    from .cluster import RollupCluster

    cluster = RollupCluster(**settings)
    cluster.clock.parked_timeout = _parked_timeout(config)
    cluster.start()
    return cluster


def _parked_timeout(config: pytest.Config) -> float:
    """Return the real seconds that a request may be parked; 0 under a debugger."""
    from .model.durations import to_nanoseconds, to_seconds

    if config.getoption("usepdb", default=False) or config.getoption("trace", default=False):
        return 0.0
    return to_seconds(to_nanoseconds(_seconds(config, "rollup_parked_timeout") or 0))


# --- shared clusters --------------------------------------------------------------------------------------------------


def _share(request: pytest.FixtureRequest, fixture: str) -> Iterator[RollupCluster]:
    config = request.config
    item = config.stash[_running]
    settings = _settings_of(item)
    settings.pop("reset", None)
    cluster = _start(config, settings)
    config.stash[_shared][fixture] = cluster
    item.stash.setdefault(_clusters, []).append(cluster)
    yield cluster
    del config.stash[_shared][fixture]
    cluster.stop()


def _reset_shared(item: pytest.Item) -> None:
    """Reset the running shared clusters that a test uses, and give them its settings."""
    for fixture, cluster in item.config.stash[_shared].items():
        if fixture in getattr(item, "fixturenames", ()):
            item.stash.setdefault(_clusters, []).append(cluster)
            settings = _settings_of(item)
            if settings.pop("reset", True):
                mode = settings.pop("clock")
                cluster.reset()
                cluster.clock.mode = mode
                cluster.configure(**settings)


# --- what a test must not overlook ------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Reset shared clusters before any fixture of the test runs."""
    item.config.stash[_running] = item
    item.stash[_clusters] = []
    item.stash[_has_failed] = False
    try:
        _reset_shared(item)
        yield
    except BaseException:
        item.stash[_has_failed] = True
        raise


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Let a test that passes fail for what its clusters have found."""
    try:
        yield
        _check(item)
    except BaseException:
        item.stash[_has_failed] = True
        raise


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """Look once more when the fixtures have been torn down; what is found now is an error of the teardown."""
    yield
    _check(item)


def _check(item: pytest.Item) -> None:
    __tracebackhide__ = True
    clusters = item.stash.get(_clusters, [])
    if not clusters:
        return
    from .cluster import RollupClusterError

    findings = [finding for cluster in clusters for finding in cluster.take_findings()]
    if findings and not item.stash.get(_has_failed, False):
        raise RollupClusterError("\n\n".join(findings))


# --- debuggers --------------------------------------------------------------------------------------------------------


def pytest_enter_pdb(config: pytest.Config) -> None:
    """Let parked requests wait while a debugger's prompt is open."""
    for cluster in _live(config):
        cluster.clock.parked_timeout = 0.0


def pytest_leave_pdb(config: pytest.Config) -> None:
    """Bound parked requests again."""
    for cluster in _live(config):
        cluster.clock.parked_timeout = _parked_timeout(config)


def _live(config: pytest.Config) -> list[RollupCluster]:
    item = config.stash.get(_running, None)
    return [] if item is None else item.stash.get(_clusters, [])
