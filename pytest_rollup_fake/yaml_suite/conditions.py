"""`skip` and `requires`: whether a test is for this cluster, and whether this runner can run it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pytest_rollup_fake.model.versions import as_numbers

from .outcomes import NotRun, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_rollup_fake.model.versions import Version

    from .files import Section

FEATURES: Final = frozenset(
    {
        "allowed_warnings",
        "allowed_warnings_regex",
        "arbitrary_key",
        "catch_unauthorized",
        "close_to",
        "contains",
        "default_shards",  # the number of shards is not changed here
        "embedded_stash_key",
        "fips_140",  # neither is this mode on
        "headers",
        "node_selector",
        "regex",
        "stash_in_key",
        "stash_in_path",
        "transform_and_set",
        "warnings",
        "warnings_regex",
        "xpack",
    }
)
"""What a test may ask of its runner and this one can do."""

_NUMBERS = re.compile(r"\d+(?:\.\d+)*")
_GTE: Final = "gte_v"


def check_conditions(sections: Iterable[Section], version: Version) -> None:
    """Return if a test can be run; raises `Skipped` if it is not for this version, `NotRun` if more is needed."""
    for section in sections:
        if section.kind == "skip":
            _check(section, _SKIP, version)
        elif section.kind == "requires":
            _check(section, _REQUIRES, version)


def _check(section: Section, checks: Mapping[str, _Check], version: Version) -> None:
    if not isinstance(section.content, dict):
        raise NotRun(f"line {section.line}: {section.kind} is a mapping, not {section.content!r}")
    reason = section.content.get("reason")
    because = f": {reason}" if reason else ""
    for name, value in section.content.items():
        if name == "reason":
            continue
        if name not in checks:
            raise NotRun(f"line {section.line}: {section.kind} with {name} is not known here")
        checks[name](value, version, because)


def is_in_ranges(version: Version, ranges: str) -> bool:
    """Say whether a version is in one of the ranges, `"7.0.0 - 7.1.99, 8.0.0 - "`; raises `NotRun` for others."""
    return any(_is_in_range(as_numbers(version.number), text) for text in ranges.split(","))


def _is_in_range(numbers: tuple[int, ...], text: str) -> bool:
    if text.strip() == "all":
        return True
    bounds = [bound.strip() for bound in text.split("-")]
    if len(bounds) != 2:  # noqa: PLR2004  (from and to)
        raise NotRun(f"{text!r} is no range of versions, such as '7.0.0 - 7.1.99'")
    low, high = bounds
    return (not low or _numbers_of(low) <= numbers) and (not high or numbers <= _numbers_of(high))


def _numbers_of(text: str) -> tuple[int, ...]:
    """Return the numbers of a version, `1.0.0.Beta1` as that of 1.0.0."""
    match = _NUMBERS.match(text)
    if match is None:
        raise NotRun(f"{text!r} is no version")
    return as_numbers(match[0])


def _has_feature(name: str, version: Version) -> bool:
    """Say whether a cluster has a feature, of which only those are known that stand for a version."""
    if not name.startswith(_GTE):
        raise NotRun(f"whether the cluster has the feature {name} is not known here")
    return as_numbers(version.number) >= _numbers_of(name.removeprefix(_GTE))


def as_list(value: object) -> list[object]:
    """Return a value, or the list that it is."""
    return value if isinstance(value, list) else [value]


# --- what may stand in the two sections -------------------------------------------------------------------------------


def _skip_version(value: object, version: Version, because: str) -> None:
    if is_in_ranges(version, str(value)):
        raise Skipped(f"not for {version}{because}")


def _need_runner_features(value: object, version: Version, because: str) -> None:  # noqa: ARG001  (one signature)
    for name in map(str, as_list(value)):
        if name == "no_xpack":
            raise Skipped("for a distribution without X-Pack")
        if name not in FEATURES:
            raise NotRun(f"the runner lacks the feature {name}{because}")


def _need_cluster_features(value: object, version: Version, because: str) -> None:
    for name in map(str, as_list(value)):
        if not _has_feature(name, version):
            raise Skipped(f"needs {name}, and the cluster is {version}{because}")


def _skip_cluster_features(value: object, version: Version, because: str) -> None:
    for name in map(str, as_list(value)):
        if _has_feature(name, version):
            raise Skipped(f"not with {name}, and the cluster is {version}{because}")


def _skip_known_issues(value: object, version: Version, because: str) -> None:
    for issue in as_list(value):
        if not isinstance(issue, dict) or not {"cluster_feature", "fixed_by"} <= issue.keys():
            raise NotRun(f"a known issue has cluster_feature and fixed_by, not {issue!r}")
        is_there = _has_feature(str(issue["cluster_feature"]), version)
        if is_there and not _has_feature(str(issue["fixed_by"]), version):
            raise Skipped(f"{version} has a known issue{because}")


def _skip_awaits_fix(value: object, version: Version, because: str) -> None:  # noqa: ARG001  (one signature)
    raise Skipped(f"awaits the fix of {value}{because}")


if TYPE_CHECKING:
    from collections.abc import Callable

    _Check = Callable[[object, Version, str], None]

_SKIP: Final[Mapping[str, _Check]] = {
    "version": _skip_version,
    "features": _need_runner_features,
    "cluster_features": _skip_cluster_features,
    "known_issues": _skip_known_issues,
    "awaits_fix": _skip_awaits_fix,
}
_REQUIRES: Final[Mapping[str, _Check]] = {
    "test_runner_features": _need_runner_features,
    "cluster_features": _need_cluster_features,
}
