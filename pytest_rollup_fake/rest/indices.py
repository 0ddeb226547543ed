"""The index endpoints, as far as rollup needs them: create, get, exists, delete, refresh, and mappings.

In 6.x a mapping stands under its type; from 7.0 on it does not, unless `include_type_name` asks for it.

Sources: RestCreateIndexAction, RestGetIndicesAction, RestDeleteIndexAction, RestRefreshAction, RestGetMappingAction,
RestPutMappingAction and their transport actions.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pytest_rollup_fake.model.indexer import wall_clock
from pytest_rollup_fake.model.indices import Index, MappingError, check_mapping

from . import body, errors, messages
from .index_names import Requested, check_new_name, is_pattern
from .time_value import TimeValue

if TYPE_CHECKING:
    from pytest_rollup_fake.model.versions import Profile

    from .channel import Channel
    from .parameters import Parameters
    from .reply import Action, Reply

_TIMEOUT: Final = TimeValue(30, "s")
_PARTS: Final = ("settings", "mappings", "aliases")


def create(channel: Channel, parameters: Parameters) -> Action:
    """Create an index."""
    name = parameters.text("index") or ""
    is_typed = _has_types(channel, parameters, "create index")
    _read_timeouts(channel, parameters, "wait_for_active_shards", "update_all_types")
    source = body.json_object(channel) if channel.request.body else {}
    if channel.profile.mapping_types == "choice" and "mappings" in source and not parameters.has("include_type_name"):
        channel.warn(messages.TYPE_NAME_EXPECTED)
    for key, value in source.items():
        if key not in _PARTS:
            raise errors.parse_exception(messages.INDEX_KEY_UNKNOWN.format(key=key))
        if not isinstance(value, dict):
            raise errors.parse_exception(messages.INDEX_KEY_NO_OBJECT.format(key=key))
    type_name, mapping = _without_type(name, source.get("mappings", {}), is_typed=is_typed)
    return partial(_create, channel, name, type_name, mapping, source)


def _create(channel: Channel, name: str, type_name: str, mapping: object, source: dict[str, Any]) -> Reply:
    world, profile = channel.world, channel.profile
    if name.startswith("_"):
        channel.request.endpoint = "refused"
    check_new_name(profile, name)
    existing = world.indices.get(name)
    if existing is not None:
        fields = {"index_uuid": existing.uuid, "index": name}
        raise errors.resource_already_exists(messages.INDEX_EXISTS.format(name=name, uuid=existing.uuid), fields)
    settings = _flat(source.get("settings", {}))
    if profile.default_shards_warn and "number_of_shards" not in settings:
        channel.warn(messages.DEFAULT_SHARDS_CHANGE)
    world.indices.add(
        Index(
            name,
            _checked(profile, type_name, mapping),
            type_name,
            aliases=dict(source.get("aliases", {})),
            settings=settings,
            created_at=wall_clock(world.timeline.now),
        )
    )
    return channel.success({"acknowledged": True, "shards_acknowledged": True, "index": name})


def get(channel: Channel, parameters: Parameters) -> Action:
    """Describe indices; HEAD asks whether there are any."""
    requested = Requested(channel, parameters)
    is_typed = _has_types(channel, parameters, "get indices", by_clients_only=channel.request.method == "HEAD")
    _read_timeouts(channel, parameters, "local", "flat_settings", "include_defaults", "features")
    return partial(_get, channel, requested, is_typed=is_typed)


def _get(channel: Channel, requested: Requested, *, is_typed: bool) -> Reply:
    return channel.success(
        {
            index.name: {
                "aliases": index.aliases,
                "mappings": _shown(index, is_typed=is_typed),
                "settings": {"index": _settings(channel.profile, index)},
            }
            for index in requested.resolve()
        }
    )


def delete(channel: Channel, parameters: Parameters) -> Action:
    """Delete indices; from 8.0 on each by its name."""
    requested = Requested(channel, parameters)
    _read_timeouts(channel, parameters)
    return partial(_delete, channel, requested)


def _delete(channel: Channel, requested: Requested) -> Reply:
    if channel.profile.destruction_requires_name and any(map(is_pattern, requested.expressions)):
        raise errors.illegal_argument(messages.WILDCARDS_REFUSED)
    for index in requested.resolve():
        channel.world.indices.remove(index)
    return channel.done("acknowledged")


def refresh(channel: Channel, parameters: Parameters) -> Action:
    """Refresh indices, in which there is nothing; one shard of two has no node."""
    return partial(_refresh, channel, Requested(channel, parameters))


def _refresh(channel: Channel, requested: Requested) -> Reply:
    shards = sum(_shards(channel.profile, index) for index in requested.resolve())
    return channel.success({"_shards": {"total": 2 * shards, "successful": shards, "failed": 0}})


def get_mapping(channel: Channel, parameters: Parameters) -> Action:
    """Show the mappings of indices."""
    requested = Requested(channel, parameters)
    is_typed = _has_types(channel, parameters, "get mapping")
    _read_timeouts(channel, parameters, "local")
    return partial(_get_mapping, channel, requested, is_typed=is_typed)


def _get_mapping(channel: Channel, requested: Requested, *, is_typed: bool) -> Reply:
    return channel.success(
        {index.name: {"mappings": _shown(index, is_typed=is_typed)} for index in requested.resolve()}
    )


def put_mapping(channel: Channel, parameters: Parameters) -> Action:
    """Add to the mappings of indices."""
    requested = Requested(channel, parameters)
    is_typed = _has_types(channel, parameters, "put mapping")
    _read_timeouts(channel, parameters, "update_all_types", "write_index_only")
    source: dict[str, Any] = body.json_object(channel)
    type_name = parameters.text("type") or ("" if is_typed else "_doc")
    return partial(_put_mapping, channel, requested, type_name, source.get(type_name, source))


def _put_mapping(channel: Channel, requested: Requested, type_name: str, mapping: object) -> Reply:
    if not type_name:
        raise errors.action_request_validation([messages.MAPPING_TYPE_MISSING])
    checked = _checked(channel.profile, type_name, mapping)
    for index in requested.resolve():
        index.mapping = _merged(index.mapping, checked)
        index.type_name = type_name
    return channel.done("acknowledged")


# --- parameters --------------------------------------------------------------------------------------------------


def _read_timeouts(channel: Channel, parameters: Parameters, *others: str) -> None:
    """Read the parameters that change nothing here."""
    for name in ("timeout", "master_timeout"):
        parameters.time(name, default=_TIMEOUT, refuse_negative=channel.profile.negative_time_is_refused)
    for name in others:
        parameters.text(name)


def _has_types(channel: Channel, parameters: Parameters, where: str, *, by_clients_only: bool = False) -> bool:
    """Say whether mappings stand under their types in this request and its answer."""
    policy = channel.profile.mapping_types
    if policy == "required" or (
        policy == "gone" and channel.media.compatible_with != channel.profile.version.major - 1
    ):
        return policy == "required"
    if policy != "choice" and parameters.has("include_type_name") and not by_clients_only:
        channel.warn(messages.TYPE_NAME_DEPRECATED.format(where=where))
    return parameters.boolean("include_type_name", default=policy == "choice")


# --- mappings ----------------------------------------------------------------------------------------------------


def _without_type(index: str, mappings: dict[str, Any], *, is_typed: bool) -> tuple[str, object]:
    """Return the type and the mapping of a request."""
    if not is_typed:
        if list(mappings) == ["_doc"]:
            raise errors.illegal_argument(messages.MAPPING_TYPED.format(type="_doc"))
        return "_doc", mappings
    if len(mappings) > 1:
        raise errors.illegal_argument(messages.mapping_types_many(index, list(mappings)))
    return next(iter(mappings.items()), ("_doc", {}))


def _checked(profile: Profile, type_name: str, mapping: object) -> dict[str, Any]:
    """Return a mapping, or refuse it as MapperService does."""
    try:
        return check_mapping(mapping)
    except TypeError:
        raise errors.parse_exception(messages.INDEX_KEY_NO_OBJECT.format(key=type_name)) from None
    except MappingError as error:
        cause = errors.mapper_parsing(_problem(profile, error))
        shown = type_name if profile.mapping_failure == "type" else None
        raise errors.mapper_parsing(messages.mapping_failed(shown, cause.reason or ""), cause) from None


def _problem(profile: Profile, error: MappingError) -> str:
    match error.problem:
        case "root":
            return messages.MAPPING_ROOT.format(key=error.name, value=_as_java(error.value))
        case "type":
            return messages.field_type_unknown(str(error.value), error.name, old=profile.unknown_type == "handler")
        case "untyped":
            return messages.FIELD_UNTYPED.format(name=error.name)
    return messages.MAPPING_OBJECT_EXPECTED.format(name=error.name)


def _as_java(value: object) -> str:
    """Write JSON as Java's `toString` does."""
    match value:
        case dict():
            return f"{{{', '.join(f'{name}={_as_java(member)}' for name, member in value.items())}}}"
        case list():
            return f"[{', '.join(map(_as_java, value))}]"
        case bool() | None:
            return {True: "true", False: "false", None: "null"}[value]
    return str(value)


def _merged(mapping: dict[str, Any], update: dict[str, Any]) -> dict[str, Any]:
    """Merge objects; everything else, and `_meta` as a whole, is replaced."""
    merged = dict(mapping)
    for key, value in update.items():
        before = merged.get(key)
        is_merged = isinstance(before, dict) and isinstance(value, dict) and key != "_meta"
        merged[key] = _merged(before, value) if is_merged and isinstance(before, dict) else value
    return merged


# --- what is shown -----------------------------------------------------------------------------------------------


def _shown(index: Index, *, is_typed: bool) -> dict[str, Any]:
    return {index.type_name: index.mapping} if is_typed and index.mapping else index.mapping


def _shards(profile: Profile, index: Index) -> int:
    return int(index.settings.get("number_of_shards", profile.default_shards))


def _settings(profile: Profile, index: Index) -> dict[str, Any]:
    """Return an index's settings: texts, those that every index has last."""
    given: dict[str, Any] = {}
    for path, value in index.settings.items():
        *folders, name = path.split(".")
        place = given
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = value
    tiers = {"routing": {"allocation": {"include": {"_tier_preference": "data_content"}}}}
    own = {
        "number_of_shards": str(profile.default_shards),
        "provided_name": index.name,
        "creation_date": str(index.created_at),
        "number_of_replicas": "1",
        "uuid": index.uuid,
        "version": {"created": _version_id(profile)},
    }
    return {**(tiers if profile.has_tiers else {}), **own, **given}


def _version_id(profile: Profile) -> str:
    """Return the version that an index is of; since 8.11 indices have versions of their own (IndexVersion)."""
    major, minor, patch = map(int, profile.version.number.split("."))
    return str(profile.index_version or f"{major}{minor:02}{patch:02}99")


def _flat(settings: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Return settings by their whole names, without `index.`, each as a text."""
    flat: dict[str, str] = {}
    for key, value in settings.items():
        path = prefix + key
        if isinstance(value, dict):
            flat.update(_flat(value, f"{path}."))
        else:
            flat[path.removeprefix("index.")] = _as_java(value)
    return flat
