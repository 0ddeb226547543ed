"""Put: a job is created, stopped, with its rollup index.

On a cluster of an explicit version the index pattern is held against the mappings of the indices there are, as
Elasticsearch does. A cluster without a version accepts any pattern, until it is given an index that could be rolled up;
and it never asks for rollup usage.

Sources: RestPutRollupJobAction, TransportPutRollupJobAction, and `validateMappings` of the configuration's parts.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pytest_rollup_fake.model.indices import NUMERIC_TYPES, Index, field_types

from . import body, errors, job_config, messages
from .errors import ElasticsearchError, foreign
from .index_names import check_new_name, resolve
from .time_zones import OBSOLETE_TIME_ZONES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_rollup_fake.model.versions import Profile

    from .channel import Channel
    from .parameters import Parameters
    from .reply import Action, Reply

_NUMERIC: Final = NUMERIC_TYPES - {"unsigned_long"}  # RollupField.NUMERIC_FIELD_MAPPER_TYPES
_TERMS: Final = _NUMERIC | {"keyword", "text"}
_DATE_METRICS: Final = ("max", "min", "value_count")  # RollupField.SUPPORTED_DATE_METRICS


def put(channel: Channel, parameters: Parameters) -> Action:
    """Create a job."""
    id_ = parameters.text("id") or ""
    config = job_config.read_config(body.json_reader(channel), id_)
    channel.request.job = config["id"]
    return partial(_put, channel, config)


def _put(channel: Channel, config: dict[str, Any]) -> Reply:
    profile, world = channel.profile, channel.world
    _check_time_zone(channel, config)
    if profile.put_needs_usage and world.profile is not None and not world.has_rollup_usage:
        raise errors.illegal_argument(messages.ROLLUP_IS_NEW)
    if world.profile is not None or world.indices.are_given:
        _check_fields(channel, config)
    elif "groups" not in config:
        raise _null_pointer(profile)
    _remember(channel, config)
    _start_task(channel, config)
    return channel.done("acknowledged")


def _check_time_zone(channel: Channel, config: dict[str, Any]) -> None:
    """Warn of an old name of a time zone; without groups this, and what older versions do here, fails."""
    profile = channel.profile
    if "groups" not in config:
        if profile.obsolete_time_zones_warn or profile.job_parser == "builders":
            raise _null_pointer(profile)
        return
    zone = config["groups"]["date_histogram"]["time_zone"]
    if profile.obsolete_time_zones_warn and zone in OBSOLETE_TIME_ZONES:
        channel.warn(messages.TIME_ZONE_OBSOLETE.format(job=config["id"], zone=zone, modern=OBSOLETE_TIME_ZONES[zone]))


def _null_pointer(profile: Profile) -> ElasticsearchError:
    """Build what dereferencing groups that are not there ends in."""
    return foreign("java.lang.NullPointerException", messages.GROUPS_NULL if profile.null_pointers_explained else None)


# --- the fields --------------------------------------------------------------------------------------------------


def _check_fields(channel: Channel, config: dict[str, Any]) -> None:
    """Hold the configured fields against the mappings of the indices that the pattern stands for."""
    profile = channel.profile
    pattern = config["index_pattern"]
    indices = resolve(channel, pattern.split(",") if profile.put_splits_patterns else [pattern])
    if not any(field_types(indices, name) for name in _field_names(config)):
        raise errors.action_request_validation([messages.NO_FIELDS], profile.mapping_validation_type)
    if "groups" not in config:
        raise _null_pointer(profile)
    failures = list(_failures(profile, config, indices))
    if failures:
        raise errors.action_request_validation(failures, profile.mapping_validation_type)


def _field_names(config: dict[str, Any]) -> Iterator[str]:
    groups = config.get("groups", {})
    if "date_histogram" in groups:
        yield groups["date_histogram"]["field"]
    for group in ("histogram", "terms"):
        yield from groups.get(group, {}).get("fields", ())
    yield from (metric["field"] for metric in config["metrics"])


def _failures(profile: Profile, config: dict[str, Any], indices: list[Index]) -> Iterator[str]:
    groups = config["groups"]
    name = groups["date_histogram"]["field"]
    yield from _date_failures(profile, name, field_types(indices, name))
    for name in groups.get("histogram", {}).get("fields", ()):
        yield from _group_failures("histo group", "[numeric]", _NUMERIC, name, field_types(indices, name))
    for name in groups.get("terms", {}).get("fields", ()):
        wanted = "[numeric] or [keyword/text]"
        yield from _group_failures("terms group", wanted, _TERMS, name, field_types(indices, name))
    for metric in config["metrics"]:
        yield from _metric_failures(profile, metric, field_types(indices, metric["field"]))


def _date_failures(profile: Profile, name: str, types: dict[str, bool]) -> Iterator[str]:
    """Say what is wrong with a date histogram's field; before `date_nanos` what was wrong was said twice."""
    are_many = len(profile.date_types) > 1
    wanted = f"[{','.join(profile.date_types)}]"
    is_date = len(types) == 1 and next(iter(types)) in profile.date_types
    if is_date and all(types.values()):
        return
    if is_date:
        yield messages.NOT_AGGREGATABLE.format(name=name)
    elif types:
        one = f"one of type {wanted}" if are_many else f"a {wanted} type"
        yield messages.DATE_EXPECTED.format(wanted=one, found=_listed(types), name=name)
    if not types or not are_many:
        yield messages.FIELD_MISSING.format(
            wanted=f"one of {wanted} fields" if are_many else f"a {wanted} field", name=name
        )


def _group_failures(
    part: str, wanted: str, allowed: frozenset[str], name: str, types: dict[str, bool]
) -> Iterator[str]:
    if not types:
        yield messages.FIELD_MISSING.format(wanted=f"a {wanted} field", name=name)
    for type_, is_aggregatable in types.items():
        if type_ not in allowed:
            yield messages.TYPE_EXPECTED.format(part=part, wanted=wanted, found=_listed(types), name=name)
        elif not is_aggregatable:
            yield messages.NOT_AGGREGATABLE.format(name=name)


def _metric_failures(profile: Profile, metric: dict[str, Any], types: dict[str, bool]) -> Iterator[str]:
    if not profile.date_metrics:
        yield from _group_failures("metric group", "[numeric]", _NUMERIC, metric["field"], types)
        return
    name, wanted = metric["field"], f"[numeric] or [{','.join(profile.date_types)}]"
    if not types:
        yield messages.FIELD_MISSING.format(wanted=f"a {wanted} field", name=name)
    for type_, is_aggregatable in types.items():
        if not is_aggregatable:
            yield messages.NOT_AGGREGATABLE.format(name=name)
        if type_ in profile.date_types:
            others = [each for each in metric["metrics"] if each not in _DATE_METRICS]
            if others:
                yield messages.date_metrics_only(type_, others, name)
        elif type_ not in _NUMERIC:
            yield messages.TYPE_EXPECTED.format(part="metric group", wanted=wanted, found=_listed(types), name=name)


def _listed(types: dict[str, bool]) -> str:
    return f"[{', '.join(types)}]"


# --- the rollup index and the task -------------------------------------------------------------------------------


def _remember(channel: Channel, config: dict[str, Any]) -> None:
    """Write the job into its rollup index, which is created if there is none."""
    profile, name = channel.profile, config["rollup_index"]
    index = channel.world.indices.get(name)
    if index is None:
        try:
            check_new_name(profile, name)
        except ElasticsearchError as error:
            raise _runtime(messages.ROLLUP_INDEX_NOT_CREATED.format(job=config["id"]), error) from None
    else:
        _check_rollup_index(profile, index, config["id"])
    channel.world.remember_job(config, profile)


def _check_rollup_index(profile: Profile, index: Index, id_: str) -> None:
    meta, is_long = index.mapping.get("_meta"), profile.rollup_meta_wording == "long"
    if meta is None:
        raise _runtime(messages.rollup_meta_missing(index.name, "_meta", is_long=is_long))
    if index.rollup_jobs is None:
        raise _runtime(messages.rollup_meta_missing(index.name, "_rollup", is_long=is_long))
    if profile.rollup_version_checked and meta.get("rollup-version") is None:
        raise foreign("java.lang.IllegalStateException", messages.ROLLUP_VERSION_MISSING.format(index=index.name))
    if index.rollup_jobs.get(id_) is not None:
        raise errors.status_exception(messages.JOB_REMEMBERED.format(job=id_), 409)


def _runtime(reason: str, caused_by: ElasticsearchError | None = None) -> ElasticsearchError:
    return foreign("java.lang.RuntimeException", reason, caused_by=caused_by)


def _start_task(channel: Channel, config: dict[str, Any]) -> None:
    """Start the job's task; from 6.5 on one whose cron is none fails at once, and nobody is told."""
    request, world, id_ = channel.request, channel.world, config["id"]
    if id_ in world.jobs:
        cause = errors.resource_already_exists(messages.TASK_EXISTS.format(task=id_))
        raise errors.status_exception(messages.JOB_EXISTS.format(job=id_), 409, cause)
    if job_config.is_cron(config["cron"]):
        job = world.put_job(config, f"created (request #{request.number})")
        request.state_after = job.state
    else:
        world.note(f"{id_} dies at once: its cron {config['cron']!r} is none, which only Elasticsearch's log tells")
