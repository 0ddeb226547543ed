"""What a user may do: privileges, and the actions that they grant.

An action is what Elasticsearch calls a request once it knows what it is for, such as `cluster:admin/xpack/rollup/stop`.
A privilege grants actions by patterns with `*`; those that grant no action of the fake are known by name only.

Sources: ClusterPrivilegeResolver, IndexPrivilege.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given

_ROLLUP_READS: Final = "cluster:monitor/xpack/rollup/*"
_INDEX_CAPS: Final = "indices:data/read/xpack/rollup/get/index/caps*"

# From least to most powerful, which is the order in which a denial names them (sortByAccessLevel).
_CLUSTER: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "monitor_rollup": (_ROLLUP_READS,),
        "manage_rollup": (_ROLLUP_READS, "cluster:admin/xpack/rollup/*"),
        "monitor": ("cluster:monitor/*",),
        "manage": ("cluster:*",),
        "all": ("cluster:*",),
    }
)
_INDEX: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "create_index": ("indices:admin/create",),
        "delete_index": ("indices:admin/delete",),
        "maintenance": ("indices:admin/refresh*",),
        "read": ("indices:data/read/*",),
        "view_index_metadata": ("indices:admin/get", "indices:admin/mappings/get", _INDEX_CAPS),
        "manage": ("indices:admin/*", "indices:monitor/*", _INDEX_CAPS),
        "all": ("indices:*",),
    }
)

# What they grant is nothing that the fake does.
_OTHER_CLUSTER: Final = """
    cancel_task create_snapshot cross_cluster_replication cross_cluster_search delegate_pki grant_api_key manage_api_key
    manage_autoscaling manage_behavioral_analytics manage_ccr manage_connector manage_data_frame_transforms
    manage_data_stream_global_retention manage_enrich manage_ilm manage_index_templates manage_inference
    manage_ingest_pipelines manage_logstash_pipelines manage_ml manage_oidc manage_own_api_key manage_pipeline
    manage_saml manage_search_application manage_search_query_rules manage_search_synonyms manage_security
    manage_service_account manage_slm manage_token manage_transform manage_user_profile manage_watcher monitor_connector
    monitor_data_frame_transforms monitor_data_stream_global_retention monitor_enrich monitor_esql monitor_inference
    monitor_ml monitor_snapshot monitor_stats monitor_text_structure monitor_transform monitor_watcher none
    post_behavioral_analytics_event read_ccr read_connector_secrets read_fleet_secrets read_ilm read_pipeline
    read_security read_slm transport_client write_connector_secrets write_fleet_secrets
"""
_OTHER_INDEX: Final = """
    auto_configure create create_doc cross_cluster_replication cross_cluster_replication_internal delete index
    manage_data_stream_lifecycle manage_failure_store manage_follow_index manage_ilm manage_leader_index monitor none
    read_cross_cluster read_failure_store write
"""

CLUSTER_PRIVILEGES: Final = frozenset((*_CLUSTER, *_OTHER_CLUSTER.split()))
"""The cluster privileges of all versions."""

INDEX_PRIVILEGES: Final = frozenset((*_INDEX, *_OTHER_INDEX.split()))
"""The index privileges of all versions."""


def is_index_action(action: str) -> bool:
    """Say whether an action is allowed index by index, not for the cluster as a whole."""
    return action.startswith("indices:")


def granted_by(action: str) -> list[str]:
    """Name the privileges that grant an action, the least powerful first."""
    table = _INDEX if is_index_action(action) else _CLUSTER
    return [name for name, patterns in table.items() if _matches(action, patterns)]


def _matches(text: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(text, pattern) for pattern in patterns)


@dataclass(frozen=True, slots=True)
class Privileges:
    """What a role allows: patterns of actions on the cluster, on the indices of a pattern, and whom to run as."""

    cluster: tuple[str, ...] = ()
    indices: tuple[tuple[str, tuple[str, ...]], ...] = ()
    run_as: tuple[str, ...] = ()

    def allow(self, action: str) -> bool:
        """Say whether they allow an action on the cluster, or on any index at all."""
        if is_index_action(action):
            return any(_matches(action, actions) for _, actions in self.indices)
        return _matches(action, self.cluster)

    def allow_on(self, action: str, index: str) -> bool:
        """Say whether they allow an action on an index."""
        return any(_matches(index, [pattern]) and _matches(action, actions) for pattern, actions in self.indices)

    def allow_to_run_as(self, name: str) -> bool:
        """Say whether they allow to act in another user's name."""
        return _matches(name, self.run_as)


def read_privileges(
    cluster: Iterable[str], indices: Mapping[str, Iterable[str]] | None, run_as: Iterable[str] = ()
) -> Privileges:
    """Read privileges as Python gives them; raises `ValueError` naming the known ones for one that is none of them."""
    if not isinstance(indices, Mapping | None):
        message = f"indices maps patterns of index names to lists of privileges, it is not {indices!r}"
        raise TypeError(message)
    by_index = () if indices is None else tuple(indices.items())
    return Privileges(
        _actions("cluster", cluster, _CLUSTER, CLUSTER_PRIVILEGES, "cluster:"),
        tuple((name, _index_actions(name, given)) for name, given in by_index),
        read_texts("run_as", run_as),
    )


def _index_actions(pattern: str, names: Iterable[str]) -> tuple[str, ...]:
    return _actions(f"indices[{pattern!r}]", names, _INDEX, INDEX_PRIVILEGES, "indices:")


def _actions(
    where: str, names: Iterable[str], granting: Mapping[str, tuple[str, ...]], known: frozenset[str], prefix: str
) -> tuple[str, ...]:
    """Return the patterns of actions that privileges stand for; an action's own name is one too."""
    patterns: list[str] = []
    for name in read_texts(where, names):
        if name.startswith(prefix):
            patterns.append(f"{name}*")
        elif name in known:
            patterns.extend(granting.get(name, ()))
        else:
            message = f"{where}: unknown privilege {name!r}; known are {', '.join(sorted(known))}, or an action"
            raise ValueError(message)
    return tuple(patterns)


def read_texts(where: str, names: Iterable[str]) -> tuple[str, ...]:
    """Read a list of texts; raises `TypeError` for a single text, which is a list of letters."""
    if isinstance(names, (list, tuple, set, frozenset)) and all(isinstance(name, str) for name in names):
        return tuple(names)
    message = f"{where} is a list of texts, not {names!r}"
    raise TypeError(message)
