"""What clients ask a cluster about itself before they turn to rollup: its health, its license, its features.

The cluster has no shards, so it is green and nothing is ever waited for: every answer comes at once. Its license is the
basic one that a cluster gives to itself, issued when fake time began.

Sources: RestClusterHealthAction and ClusterHealthResponse of 6.3.2, 7.3.2, 7.17.29, 8.19.21 and 9.5.3;
RestGetLicenseAction, License, RestXPackInfoAction and XPackInfoResponse of 6.8.23, 7.17.29, 8.19.21 and 9.5.3.
"""

from __future__ import annotations

import operator
import uuid
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from pytest_rollup_fake.model.indexer import wall_clock

from . import errors, messages
from .time_value import TimeValue, parse_java_long

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from .channel import Channel
    from .parameters import Parameters
    from .reply import Action, Reply

_TIMEOUT: Final = TimeValue(30, "s")  # MasterNodeRequest.DEFAULT_MASTER_NODE_TIMEOUT, ClusterHealthRequest.timeout
_INDICES_OPTIONS: Final = ("expand_wildcards", "ignore_unavailable", "allow_no_indices", "ignore_throttled")
_STATUSES: Final = frozenset({"GREEN", "YELLOW", "RED"})
_PRIORITIES: Final = frozenset({"IMMEDIATE", "URGENT", "HIGH", "NORMAL", "LOW", "LANGUID"})
_LEVELS: Final = frozenset({"cluster", "indices", "shards"})
_COMPARISONS: Final[Mapping[str, Callable[[int, int], bool]]] = MappingProxyType(
    {
        ">=": operator.ge,
        "ge(": operator.ge,
        "<=": operator.le,
        "le(": operator.le,
        ">": operator.gt,
        "gt(": operator.gt,
        "<": operator.lt,
        "lt(": operator.lt,
        "": operator.eq,
    }
)


# --- health ----------------------------------------------------------------------------------------------------


def get_health(channel: Channel, parameters: Parameters) -> Action:
    """Say that all is well (RestClusterHealthAction); only nodes can be waited for in vain."""
    _read_waiting(channel, parameters)
    wait_for_nodes = parameters.text("wait_for_nodes", "") or ""
    _check_name("common.Priority", parameters.text("wait_for_events"), _PRIORITIES)
    shows_indices = _read_level(channel, parameters.text("level", "cluster") or "") in {"indices", "shards"}
    human = parameters.boolean("human", default=False)
    return partial(_get_health, channel, wait_for_nodes, shows_indices=shows_indices, human=human)


def _read_waiting(channel: Channel, parameters: Parameters) -> None:
    """Read, in the server's order, what is waited for in vain in no cluster without shards."""
    refuse_negative = channel.profile.negative_time_is_refused
    for name in _INDICES_OPTIONS if channel.profile.health_takes_indices_options else ():
        parameters.text(name)
    parameters.boolean("local", default=False)
    for name in ("master_timeout", "timeout"):
        parameters.time(name, default=_TIMEOUT, refuse_negative=refuse_negative)
    _check_name("cluster.health.ClusterHealthStatus", parameters.text("wait_for_status"), _STATUSES)
    for name in ("wait_for_no_relocating_shards", "wait_for_no_initializing_shards"):
        parameters.boolean(name, default=False)
    if parameters.has("wait_for_relocating_shards"):
        raise errors.illegal_argument(messages.RELOCATING_SHARDS_REMOVED)
    _check_shard_count(parameters.text("wait_for_active_shards"))


def _read_level(channel: Channel, level: str) -> str:
    """Read the level of detail, since 8.8 in any case and nothing unknown (ClusterStatsLevel.of)."""
    if not channel.profile.health_level_is_checked:
        return level
    if level.lower() not in _LEVELS:
        raise errors.illegal_argument(messages.LEVEL_UNKNOWN.format(level=level))
    return level.lower()


def _check_name(enum: str, value: str | None, names: Collection[str]) -> None:
    """Refuse what is not the name of one of an enum's constants, in any case (Enum.valueOf)."""
    if value is not None and value.upper() not in names:
        raise errors.illegal_argument(
            messages.NO_ENUM_CONSTANT.format(enum=f"org.elasticsearch.{enum}", name=value.upper())
        )


def _check_shard_count(value: str | None) -> None:
    """Refuse what is neither `all` nor a number (ActiveShardCount.parseString)."""
    if value is None or value == "all":
        return
    number = parse_java_long(value)
    if number is None:
        raise errors.illegal_argument(messages.SHARD_COUNT_UNREADABLE.format(value=value), errors.number_format(value))
    if number < 0:
        raise errors.illegal_argument(messages.SHARD_COUNT_NEGATIVE)


def _get_health(channel: Channel, wait_for_nodes: str, *, shows_indices: bool, human: bool) -> Reply:
    nodes = sum(node.is_alive for node in channel.world.nodes)
    timed_out = bool(wait_for_nodes) and not _is_met(wait_for_nodes, nodes)
    body: dict[str, Any] = {
        "cluster_name": channel.world.cluster_name,
        "status": "green",
        "timed_out": timed_out,
        "number_of_nodes": nodes,
        "number_of_data_nodes": nodes,
        **dict.fromkeys(channel.profile.health_counts, 0),
        **({"task_max_waiting_in_queue": "0s"} if human else {}),
        "task_max_waiting_in_queue_millis": 0,
        **({"active_shards_percent": "100.0%"} if human else {}),
        "active_shards_percent_as_number": 100.0,
    }
    if shows_indices:
        body["indices"] = {}
    return channel.success(body, 408 if timed_out else 200)


def _is_met(wait_for_nodes: str, nodes: int) -> bool:
    """Compare a number of nodes with what is waited for: `3`, `>=3`, `ge(3)` and so on (prepareResponse)."""
    prefix = next(prefix for prefix in _COMPARISONS if wait_for_nodes.startswith(prefix))
    text = wait_for_nodes[len(prefix) : -1 if prefix.endswith("(") else None]
    number = parse_java_long(text)
    if number is None:
        raise errors.number_format(text)
    return _COMPARISONS[prefix](nodes, number)


# --- license ---------------------------------------------------------------------------------------------------


def get_license(channel: Channel, parameters: Parameters) -> Action:
    """Show the license, pretty-printed unless asked not to (RestGetLicenseAction)."""
    is_enterprise = _accepts_enterprise(channel, parameters)
    if channel.profile.license_takes_master_timeout:
        parameters.time("master_timeout", default=_TIMEOUT, refuse_negative=True)
    parameters.boolean("local", default=False)
    human = parameters.boolean("human", default=False)
    is_pretty = channel.pretty or not parameters.has("pretty")
    return partial(_get_license, channel, is_enterprise=is_enterprise, human=human, is_pretty=is_pretty)


def _accepts_enterprise(channel: Channel, parameters: Parameters) -> bool:
    """Say whether the client knows of enterprise licenses, and thereby of their fields."""
    kind = channel.profile.accept_enterprise
    if kind == "unknown":
        return False
    is_opt_in = kind == "opt-in" or channel.media.compatible_with == 7  # noqa: PLR2004  (8.x speaking as 7.x)
    is_sent = parameters.has("accept_enterprise")
    if is_sent and kind == "deprecated":
        channel.warn(messages.ACCEPT_ENTERPRISE_DEPRECATED)
    accepts = parameters.boolean("accept_enterprise", default=not is_opt_in)
    if not accepts and not is_opt_in:
        raise errors.illegal_argument(messages.ACCEPT_ENTERPRISE_FALSE)
    return accepts


def _get_license(channel: Channel, *, is_enterprise: bool, human: bool, is_pretty: bool) -> Reply:
    channel.pretty = is_pretty
    return channel.success(
        {
            "license": {
                "status": "active",
                "uid": _license_uid(channel),
                "type": "basic",
                "issue_date": "2020-01-01T00:00:00.000Z",
                "issue_date_in_millis": wall_clock(0),
                "max_nodes": 1000,
                **({"max_resource_units": None} if is_enterprise else {}),
                "issued_to": channel.world.cluster_name,
                "issuer": "elasticsearch",
                **({"start_date": "1969-12-31T23:59:59.999Z"} if human else {}),
                "start_date_in_millis": -1,
            }
        }
    )


def _license_uid(channel: Channel) -> str:
    """Return the license's id, which stays that of the cluster."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, channel.world.cluster_uuid))


# --- features --------------------------------------------------------------------------------------------------

_CATEGORIES: Final = ("BUILD", "LICENSE", "FEATURES")

# What needs more than a basic license. Read in answers of 6.3.2 to 7.16.0; that of later features is from memory.
_NOT_BASIC: Final = frozenset(
    (
        *("archive", "ccr", "enterprise_search", "gpu_vector_indexing", "graph", "logstash", "ml"),
        *("searchable_snapshots", "universal_profiling", "watcher"),
    )
)


def get_xpack_info(channel: Channel, parameters: Parameters) -> Action:
    """Show build, license and features (RestXPackInfoAction); `human` is on unless turned off."""
    verbose = parameters.boolean("human", default=True)
    _accepts_enterprise(channel, parameters)
    categories = _categories(parameters.text("categories", "_all") or "")
    return partial(_get_xpack_info, channel, categories, verbose=verbose)


def _categories(text: str) -> set[str]:
    """Read which parts are asked for (XPackInfoRequest.Category.toSet)."""
    wanted: set[str] = set()
    for name in text.split(",") if text else ():
        if name == "_all":
            return set(_CATEGORIES)
        if name == "_none":
            return set()
        _check_name("protocol.xpack.XPackInfoRequest.Category", name, _CATEGORIES)
        wanted.add(name.upper())
    return wanted


def _get_xpack_info(channel: Channel, categories: set[str], *, verbose: bool) -> Reply:
    release = channel.profile.release
    body: dict[str, Any] = {}
    if "BUILD" in categories:
        # Up to 7.x it is X-Pack's own build, which was dated minutes later.
        body["build"] = {"hash": release.build_hash, "date": release.build_date}
    if "LICENSE" in categories:
        body["license"] = {"uid": _license_uid(channel), "type": "basic", "mode": "basic", "status": "active"}
    if "FEATURES" in categories:
        body["features"] = {name: _feature(channel, name, verbose=verbose) for name in channel.profile.xpack_features}
    if verbose:
        body["tagline"] = messages.XPACK_TAGLINE
    return channel.success(body)


def _feature(channel: Channel, name: str, *, verbose: bool) -> dict[str, Any]:
    profile, has_security = channel.profile, channel.world.security is True
    available, enabled = name not in _NOT_BASIC, name not in profile.disabled_features
    if name == "security":
        available, enabled = profile.security_is_basic or has_security, has_security
    feature: dict[str, Any] = {"available": available, "enabled": enabled}
    if verbose and profile.features_are_described:
        feature = {"description": messages.FEATURES[name], **feature}
    if verbose and name == "ml" and profile.ml_shows_native_code:
        feature["native_code_info"] = {"version": "N/A", "build_hash": "N/A"}  # as a node without native code says
    return feature
