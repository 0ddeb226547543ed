"""A rollup job's configuration: what it is made of, and those of the jobs that a test adds."""

from __future__ import annotations

import copy
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from .cron import Cron

if TYPE_CHECKING:
    from collections.abc import Mapping

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given


PARTS: Final = ("id", "index_pattern", "rollup_index", "cron", "groups", "metrics", "timeout", "page_size")
"""The parts of a configuration, in the order of RollupJobConfig.toXContent."""

GROUPS: Final = ("date_histogram", "histogram", "terms")
"""The groups that there may be, in the order of GroupConfig.toXContent."""

METRICS: Final = ("min", "max", "sum", "avg", "value_count")
"""The metrics of a field (RollupField.SUPPORTED_METRICS)."""

CALENDAR_UNITS: Final[Mapping[str, int]] = MappingProxyType(
    {
        name: seconds
        for names, seconds in (
            (("1s", "second"), 1),
            (("1m", "minute"), 60),
            (("1h", "hour"), 3_600),
            (("1d", "day"), 86_400),
            (("1w", "week"), 604_800),
            (("1M", "month"), 2_629_746),
            (("1q", "quarter"), 7_889_238),
            (("1y", "year"), 31_556_952),
        )
        for name in names
    }
)
"""The intervals of the calendar (DateHistogramAggregationBuilder.DATE_FIELD_UNITS), and how many seconds they have."""


def default_config(id_: str) -> dict[str, Any]:
    """Return a configuration such as the reference shows, for a job of this id."""
    return {
        "id": id_,
        "index_pattern": f"{id_}-*",
        "rollup_index": f"{id_}_rollup",
        "cron": "*/30 * * * * ?",
        "groups": {
            "date_histogram": {"fixed_interval": "1h", "field": "timestamp", "delay": "7d", "time_zone": "UTC"},
            "terms": {"fields": ["node"]},
        },
        "metrics": [{"field": "temperature", "metrics": ["min", "max", "sum"]}],
        "timeout": "20s",
        "page_size": 1000,
    }


def check_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return parts of a configuration; raises `ValueError` for one that no job has, and for a cron that is none."""
    groups = config.get("groups")
    parts = ((config, PARTS, "config"), (groups, GROUPS, "groups of a config"))
    for part, known, what in parts:
        if isinstance(part, dict) and (unknown := [name for name in part if name not in known]):
            message = f"unknown {', '.join(map(repr, unknown))} in the {what}; it has {', '.join(known)}"
            raise ValueError(message)
    if "cron" in config:
        Cron(config["cron"])
    return config


def merge_config(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with parts replaced; objects are merged, everything else is replaced whole."""
    merged = copy.deepcopy(dict(base))
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = merge_config(merged[key], value)
        else:
            merged[key] = copy.deepcopy(value)
    return merged
