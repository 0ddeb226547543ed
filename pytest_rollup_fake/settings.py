"""What a test's clusters are to be like: what the command line, the ini file and the markers say of them.

Strongest first: the arguments of `make_rollup_cluster`, the markers (nearest first), the command line, the ini file.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Protocol

import pytest

from .model.choices import check_flag, did_you_mean
from .model.durations import to_nanoseconds, to_seconds
from .model.timeline import check_mode
from .model.versions import LINES, parse_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from .clock import Clock
    from .cluster import RollupCluster
    from .model.durations import Duration
    from .model.versions import Version

__tracebackhide__ = True  # pytest shows no frames of this module, unless --full-trace is given

MARKER_KEYWORDS: Final = (
    "version",
    "clock",
    "nodes",
    "jobs",
    "security",
    "tls",
    "strict",
    "unfaked",
    "client_timeout",
    "prior_rollup_usage",
    "sleep",
    "reset",
)
SLEEPS: Final = ("real", "skipping")
_VERSION_PARAMETER: Final = "_rollup_version"


class MakeRollupCluster(Protocol):
    """What the fixture `make_rollup_cluster` gives: a call takes the arguments of `RollupCluster`."""

    def __call__(  # noqa: PLR0913  (those of RollupCluster)
        self,
        version: str | Version | None = ...,
        *,
        clock: str | Clock = ...,
        nodes: int = ...,
        jobs: Sequence[str] | Mapping[str, Any] | None = ...,
        security: bool | str | None = ...,
        tls: bool = ...,
        strict: bool = ...,
        unfaked: Sequence[str] | bool = ...,
        client_timeout: Duration | None = ...,
        prior_rollup_usage: bool = ...,
        host: str = ...,
        port: int = ...,
    ) -> RollupCluster:
        """Return a started cluster, stopped at the test's end."""


# --- the command line and the ini file --------------------------------------------------------------------------------


def read_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """Read settings of the command line and the ini file; raises `pytest.UsageError` for a value that is none."""
    return {name: _read(name, value) for name, value in given.items()}


def _read(name: str, value: Any) -> Any:  # noqa: ANN401  (each setting has a type of its own)
    try:
        return _READERS[name](value)
    except ValueError as error:
        raise pytest.UsageError(f"rollup_{name}: {error}") from None


def _read_version(text: str) -> str:
    parse_version(text)
    return text


def _read_duration(text: str) -> float:
    """Return seconds, of a bare number or a time string."""
    with suppress(ValueError):
        return to_seconds(to_nanoseconds(float(text)))
    try:
        return to_seconds(to_nanoseconds(text))
    except ValueError as error:
        message = f"{error}; write it as '10s', or '10' for seconds"
        raise ValueError(message) from None


def _check_sleep(sleep: object) -> str:
    if isinstance(sleep, str) and sleep in SLEEPS:
        return sleep
    message = f"unknown sleep {sleep!r}; the code under test sleeps {' or '.join(map(repr, SLEEPS))}"
    raise ValueError(message)


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "version": _read_version,
    "clock": check_mode,
    "strict": bool,
    "parked_timeout": _read_duration,
    "client_timeout": _read_duration,
    "sleep": _check_sleep,
}


# --- markers ----------------------------------------------------------------------------------------------------------


def settings_of(item: pytest.Item, options: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of `RollupCluster` that a test's markers, else the options, ask for."""
    settings = {**options, **_marked(item)}
    for name in ("parked_timeout", "sleep", "reset"):
        settings.pop(name, None)
    if _versions_of(item) is not None:
        settings["version"] = _version_parameter(item)
    return settings


def wants_reset(item: pytest.Item) -> bool:
    """Say whether a test wants its shared clusters reset."""
    return check_flag("reset", _marked(item).get("reset", True))


def wants_skipping_sleep(item: pytest.Item, options: dict[str, Any]) -> bool:
    """Say whether a test's markers, else the options, want the sleeps of the code under test skipped."""
    return _check_sleep({"sleep": "real", **options, **_marked(item)}["sleep"]) == "skipping"


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
    wrong = [
        *map(repr, mark.args),
        *(f"{name!r}{did_you_mean(name, MARKER_KEYWORDS)}" for name in mark.kwargs if name not in MARKER_KEYWORDS),
    ]
    if wrong:
        message = (
            f"@pytest.mark.rollup_cluster does not take {', '.join(wrong)}; "
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
