"""What a test's clusters are to be like: what the command line, the ini file and the markers say of them.

Strongest first: the arguments of `make_rollup_cluster`, the markers (nearest first), the command line, the ini file.
pytest imports this module in every run, so it imports nothing of ours at its top.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__tracebackhide__ = True  # pytest shows no frames of this module, unless --full-trace is given

MARKER_KEYWORDS: Final = (
    "version",
    "clock",
    "nodes",
    "jobs",
    "security",
    "strict",
    "unfaked",
    "client_timeout",
    "prior_rollup_usage",
    "reset",
)
_VERSION_PARAMETER: Final = "_rollup_version"

_options = pytest.StashKey[dict[str, Any]]()  # on the configuration: what command line and ini file say, by setting


# --- the command line and the ini file --------------------------------------------------------------------------------


def add_options(parser: pytest.Parser) -> None:
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
    parser.addini("rollup_version", "Elasticsearch version of the clusters that name none", default=None)
    parser.addini("rollup_clock", "like --rollup-clock", default=None)
    parser.addini(
        "rollup_strict", "whether calls to APIs that are not faked fail the test (default true)", "bool", default=True
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


def read_options(config: pytest.Config) -> None:
    """Read the options, once for the run; raises `pytest.UsageError` for a value that is none."""
    options: dict[str, Any] = {name: _read(config, name) for name in _READERS}
    config.stash[_options] = {name: value for name, value in options.items() if value is not None}


def options_of(config: pytest.Config) -> dict[str, Any]:
    """Return what the command line, else the ini file, says of each setting that they mention."""
    return config.stash[_options]


def _read(config: pytest.Config, name: str) -> Any:  # noqa: ANN401  (each setting has a type of its own)
    option = f"rollup_{name}"
    read, hint = _READERS[name]
    try:
        given = config.getoption(option, default=None) or config.getini(option)
        return None if given in {None, ""} else read(given)
    except (TypeError, ValueError, pytest.UsageError) as error:
        raise pytest.UsageError(f"{option}: {error}{hint}") from None


def _read_version(text: str) -> str:
    from .model.versions import parse_version

    parse_version(text)
    return text


def _read_clock(text: str) -> str:
    from .clock import check_mode

    return str(check_mode(text))


def _read_duration(text: str) -> float:
    from .model.durations import to_nanoseconds, to_seconds

    try:
        return to_seconds(to_nanoseconds(float(text)))
    except ValueError:
        return to_seconds(to_nanoseconds(text))


_READERS: Final[Mapping[str, tuple[Callable[[Any], Any], str]]] = {
    "version": (_read_version, ""),
    "clock": (_read_clock, ""),
    "strict": (bool, "; it is true or false"),
    "parked_timeout": (_read_duration, "; write it as '10s', or '10' for seconds"),
    "client_timeout": (_read_duration, "; write it as '10s', or '10' for seconds"),
}


# --- markers ----------------------------------------------------------------------------------------------------------


def add_markers(config: pytest.Config) -> None:
    """Register the markers."""
    config.addinivalue_line(
        "markers",
        f"rollup_cluster({', '.join(f'{name}=' for name in MARKER_KEYWORDS)}): settings of the fake Elasticsearch "
        "clusters of a test, as in RollupCluster; reset=False keeps a shared cluster's jobs, journal and time",
    )
    config.addinivalue_line(
        "markers",
        "rollup_versions(*versions): run the test once for each Elasticsearch version, 'all' meaning every line",
    )


def settings_of(item: pytest.Item) -> dict[str, Any]:
    """Return the arguments of `RollupCluster` that a test's markers, the command line and the ini file ask for."""
    settings = {**options_of(item.config), **_marked(item)}
    for name in ("parked_timeout", "reset"):
        settings.pop(name, None)
    if _versions_of(item) is not None:
        settings["version"] = _version_parameter(item)
    return settings


def wants_reset(item: pytest.Item) -> bool:
    """Say whether a test wants its shared clusters reset."""
    return bool(_marked(item).get("reset", True))


def _marked(item: pytest.Item) -> dict[str, Any]:
    """Merge the `rollup_cluster` markers of a test and of what it is in.

    The nearest wins. At one level that is the one that came last: those of base classes come before a class's own, and
    those of a parameter or of `add_marker` after the function's.
    """
    merged: dict[str, Any] = {}
    for level in item.listchain():
        for mark in level.own_markers:
            if mark.name == "rollup_cluster":
                _check_keywords(mark)
                merged.update(mark.kwargs)
    return merged


def _check_keywords(mark: pytest.Mark) -> None:
    wrong = [*mark.args, *(name for name in mark.kwargs if name not in MARKER_KEYWORDS)]
    if wrong:
        message = (
            f"@pytest.mark.rollup_cluster does not take {', '.join(map(repr, wrong))}; "
            f"it takes, by name, {', '.join(MARKER_KEYWORDS)}"
        )
        raise TypeError(message)


# --- versions ---------------------------------------------------------------------------------------------------------


def parametrize_versions(metafunc: pytest.Metafunc, fixtures: tuple[str, ...]) -> None:
    """Let a test that uses one of the fixtures run once for each version of its nearest `rollup_versions`.

    Raises `CollectError`, of which pytest shows nothing but the message, for a marker that cannot be meant.
    """
    item = metafunc.definition
    try:
        _marked(item)
        versions = _versions_of(item)
        if versions is not None:
            _check_use(metafunc.fixturenames, fixtures)
    except (TypeError, ValueError) as error:
        raise pytest.Collector.CollectError(f"{item.nodeid}: {type(error).__name__}: {error}") from None
    if versions is not None:
        metafunc.fixturenames.append(_VERSION_PARAMETER)  # no fixture has this name: `_version_parameter` reads it
        metafunc.parametrize(_VERSION_PARAMETER, _selected(item.config, versions), indirect=True)


def _check_use(used: Iterable[str], fixtures: tuple[str, ...]) -> None:
    if not set(fixtures).intersection(used):
        message = f"@pytest.mark.rollup_versions needs a cluster; use one of the fixtures {', '.join(fixtures)}"
        raise TypeError(message)


def _versions_of(item: pytest.Item) -> list[str] | None:
    """Return the versions of the nearest `rollup_versions`; `None` if there is none, or a nearer marker names one."""
    for level in item.iter_parents():
        one = [mark for mark in level.own_markers if mark.name == "rollup_cluster" and "version" in mark.kwargs]
        several = [mark for mark in level.own_markers if mark.name == "rollup_versions"]
        if one and several:
            message = f"rollup_versions(...) and rollup_cluster(version=...) on {level.name} exclude each other"
            raise TypeError(message)
        if one or several:
            return _named_by(several[-1]) if several else None
    return None


def _named_by(mark: pytest.Mark) -> list[str]:
    from .model.versions import LINES, parse_version

    if mark.kwargs or not mark.args:
        message = "@pytest.mark.rollup_versions takes versions such as '7.17' or '9', or 'all', and no keywords"
        raise TypeError(message)
    if mark.args == ("all",):
        return list(LINES)
    for version in mark.args:
        parse_version(version)
    return list(map(str, mark.args))


def _selected(config: pytest.Config, versions: list[str]) -> list[Any]:
    """Return the versions that --rollup-version leaves, or one parameter that skips the test."""
    from .model.versions import parse_version

    wanted = config.getoption("rollup_version")
    left = [name for name in versions if not wanted or f"{parse_version(name)}.".startswith(f"{wanted}.")]
    if left:
        return left
    reason = f"--rollup-version={wanted} leaves none of the versions {', '.join(versions)}"
    return [pytest.param(None, marks=pytest.mark.skip(reason=reason), id="no-version")]


def _version_parameter(item: pytest.Item) -> str | None:
    """Return for which of its `rollup_versions` a test was collected."""
    parameters: dict[str, Any] = item.callspec.params if hasattr(item, "callspec") else {}
    if _VERSION_PARAMETER not in parameters:
        message = (
            f"{item.name} was not collected once for each of its rollup_versions: put the marker on a function, class "
            "or module that pytest can parametrize"
        )
        raise TypeError(message)
    version: str | None = parameters[_VERSION_PARAMETER]
    return version
