"""Capabilities: what the rollup indices say can be aggregated, by index pattern and by rollup index.

All of it is computed from what Put has left in the mappings (`_meta._rollup`): it survives the job, and goes with the
index. An index pattern is an id here, compared as it was configured. Fields and their aggregations have the order of
the configuration; in Elasticsearch it is that of a hash. What stands in a mapping and is no configuration is not shown.

Sources: RestGetRollupCapsAction, RestGetRollupIndexCapsAction, their transport actions, RollupIndexCaps, RollupJobCaps.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from . import messages, rollup
from .errors import ElasticsearchError, illegal_argument
from .index_names import Requested

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_rollup_fake.model.indices import Index
    from pytest_rollup_fake.model.versions import Profile

    from .channel import Channel
    from .parameters import Parameters
    from .reply import Action, Reply

_EVERYTHING: Final = ("_all", "*", "")  # GetRollupCapsAction.Request maps `*` and nothing to `_all`
_WILDCARD_STATES: Final = frozenset(("open", "closed", "hidden", "none", "all"))  # IndicesOptions.WildcardStates


@dataclass(frozen=True, slots=True, eq=False)
class JobCaps:
    """What can be aggregated over what one job has rolled up: the aggregations of each field (RollupJobCaps)."""

    id: str
    rollup_index: str
    index_pattern: str
    fields: dict[str, list[dict[str, Any]]]

    def describe(self) -> dict[str, Any]:
        """Return what is shown of it."""
        return {
            "job_id": self.id,
            "rollup_index": self.rollup_index,
            "index_pattern": self.index_pattern,
            "fields": self.fields,
        }


def caps(channel: Channel, parameters: Parameters) -> Action:
    """Show what can be aggregated for an index pattern, or for all."""
    return partial(_caps, channel, parameters.text("id") or "")


def _caps(channel: Channel, pattern: str) -> Reply:
    jobs = [job for index in channel.world.indices for job in caps_of(index, channel.profile)]
    wanted = jobs if pattern in _EVERYTHING else [job for job in jobs if job.index_pattern == pattern]
    return _answer(channel, ((job.index_pattern, job) for job in wanted))


def index_caps(channel: Channel, parameters: Parameters) -> Action:
    """Show what can be aggregated in rollup indices."""
    requested = requested_indices(channel, parameters, is_list=channel.profile.index_caps_of_lists)
    return partial(_index_caps, channel, requested)


def _index_caps(channel: Channel, requested: Requested) -> Reply:
    jobs = (job for index in requested.resolve() for job in caps_of(index, channel.profile))
    return _answer(channel, ((job.rollup_index, job) for job in jobs))


def _answer(channel: Channel, caps_by_key: Iterable[tuple[str, JobCaps]]) -> Reply:
    shown: dict[str, Any] = {}
    for key, job in sorted(caps_by_key, key=lambda each: (each[0], each[1].id)):
        shown.setdefault(key, {"rollup_jobs": []})["rollup_jobs"].append(job.describe())
    return channel.success(shown)


# --- for search as well ------------------------------------------------------------------------------------------


def requested_indices(channel: Channel, parameters: Parameters, *, is_list: bool = True) -> Requested:
    """Read which indices a request is about, and refuse options that are none (IndicesOptions.fromParameters)."""
    for state in (parameters.text("expand_wildcards") or "open").split(","):
        if state not in _WILDCARD_STATES:
            raise illegal_argument(messages.WILDCARD_STATE_UNKNOWN.format(state=state))
    for name in ("ignore_unavailable", "allow_no_indices", "ignore_throttled"):
        try:
            parameters.boolean(name, default=False)
        except ElasticsearchError as error:
            raise illegal_argument(messages.OPTION_NO_BOOLEAN.format(name=name), error) from None
    return Requested(channel, parameters, is_list=is_list)


def caps_of(index: Index, profile: Profile) -> list[JobCaps]:
    """Return the capabilities of each job that an index remembers; none for an index that is no rollup index."""
    configs = (index.rollup_jobs or {}).values()
    return [_job_caps(config, profile) for config in configs if _is_config(config)]


def _is_config(config: object) -> bool:
    return isinstance(config, dict) and all(config.get(key) for key in ("id", "index_pattern", "rollup_index"))


def _job_caps(config: dict[str, Any], profile: Profile) -> JobCaps:
    fields: dict[str, list[dict[str, Any]]] = {}
    for field, agg in _aggregations(config, profile):
        fields.setdefault(field, []).append(agg)
    return JobCaps(config["id"], config["rollup_index"], config["index_pattern"], fields)


def _aggregations(config: dict[str, Any], profile: Profile) -> Iterator[tuple[str, dict[str, Any]]]:
    groups = config.get("groups", {})
    if "date_histogram" in groups:
        group = rollup.date_histogram(groups["date_histogram"], profile)
        field = group.pop("field")
        yield field, {"agg": "date_histogram", **group}
    for name, keys in (("histogram", ("interval",)), ("terms", ())):
        group = groups.get(name, {})
        yield from ((field, {"agg": name, **{key: group[key] for key in keys}}) for field in group.get("fields", ()))
    for metric in config.get("metrics", ()):
        yield from ((metric["field"], {"agg": name}) for name in metric["metrics"])
