"""Indices, as far as rollup needs them: names, aliases and mappings, and no document.

A mapping is kept without its type, as the inner object: `{"properties": ..., "_meta": ...}`; the type's name is known
beside it, since 6.x shows it. What a rollup job leaves behind stands in its rollup index, under `_meta._rollup` of the
mapping, where it survives the job.
"""

from __future__ import annotations

import base64
import copy
import re
import uuid
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from .choices import did_you_mean
from .indexer import EPOCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given


NUMERIC_TYPES: Final = frozenset(
    ("byte", "double", "float", "half_float", "integer", "long", "scaled_float", "short", "unsigned_long")
)
_OTHER_TYPES: Final = """
    aggregate_metric_double alias annotated_text binary boolean completion constant_keyword date date_nanos
    date_range dense_vector double_range flattened float_range geo_point geo_shape histogram integer_range ip ip_range
    join keyword long_range match_only_text murmur3 nested object percolator point rank_feature rank_features
    search_as_you_type semantic_text shape sparse_vector text token_count version wildcard
"""
TYPES: Final = NUMERIC_TYPES | frozenset(_OTHER_TYPES.split())
"""The types that a field may have in any version."""

ROOT_KEYS: Final = (
    *("properties", "_meta", "dynamic", "dynamic_templates", "date_detection", "dynamic_date_formats"),
    *("numeric_detection", "runtime", "enabled", "include_in_all", "subobjects", "_source", "_routing"),
    *("_data_stream_timestamp", "_doc_count", "_field_names", "_size", "_all"),
)
"""What a mapping may have at its root."""

INVALID_CHARACTERS: Final = frozenset('\\/*?"<>| ,#')
"""What the name of an index has none of."""

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_CONTAINERS: Final = frozenset({"object", "nested"})
_NO_DOC_VALUES: Final = frozenset({"text", "annotated_text", "match_only_text", "search_as_you_type", "binary"})


def make_uuid() -> str:
    """Return what Elasticsearch calls an index by itself: 22 characters (UUIDs.randomBase64UUID)."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes)[:22].decode()


class MappingError(ValueError):
    """A mapping that is none: `problem` says of what sort, `name` and `value` what is meant."""

    def __init__(self, problem: str, name: str, value: object, message: str) -> None:
        super().__init__(message)
        self.problem = problem
        self.name = name
        self.value = value


@dataclass(slots=True)
class Index:
    """An index; `type_name` is its mapping's type, `created_at` in milliseconds since 1970."""

    name: str
    mapping: dict[str, Any]
    type_name: str = "_doc"
    aliases: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    created_at: int = EPOCH * 1000
    uuid: str = field(default_factory=make_uuid)

    @property
    def rollup_jobs(self) -> dict[str, Any] | None:
        """The configurations by job id that the mapping remembers, or `None` if it is no rollup index."""
        meta = self.mapping.get("_meta")
        jobs = meta.get("_rollup") if isinstance(meta, dict) else None
        return jobs if isinstance(jobs, dict) else None

    def fields(self) -> Iterator[tuple[str, str, bool]]:
        """Yield the fields, each with its type and whether one can aggregate on it."""
        return _fields(self.mapping.get("properties", {}), "")


class Indices:
    """The indices of one cluster, by name."""

    def __init__(self) -> None:
        self._indices: dict[str, Index] = {}

    def __iter__(self) -> Iterator[Index]:
        """Iterate over the indices by name."""
        return iter(sorted(self._indices.values(), key=lambda index: index.name))

    def get(self, name: str) -> Index | None:
        """Return an index by its name."""
        return self._indices.get(name)

    def add(self, index: Index) -> Index:
        """Take an index in; raises `ValueError` if there is one of this name."""
        if index.name in self._indices:
            message = f"there is an index {index.name!r} already"
            raise ValueError(message)
        self._indices[index.name] = index
        return index

    def remove(self, index: Index) -> None:
        """Delete an index, and what it remembers of jobs with it."""
        del self._indices[index.name]

    def named(self, name: str) -> list[Index]:
        """Return the indices that a name or an alias stands for."""
        index = self._indices.get(name)
        return [index] if index else [each for each in self if name in each.aliases]

    def matching(self, pattern: str) -> list[Index]:
        """Return the indices whose name or alias matches a pattern with `*`; `_all` means every one."""
        pattern = "*" if pattern == "_all" else pattern
        return [index for index in self if any(matches(pattern, name) for name in (index.name, *index.aliases))]

    # --- rollup -----------------------------------------------------------------------------------------------

    @property
    def are_given(self) -> bool:
        """Whether there are indices to roll up: any that is no rollup index."""
        return any(index.rollup_jobs is None for index in self._indices.values())

    def rollup_metadata(self) -> dict[str, dict[str, Any]]:
        """Return the configurations by job id that each rollup index remembers, by the index's name."""
        return {index.name: index.rollup_jobs for index in self if index.rollup_jobs is not None}

    def remember_job(self, config: Mapping[str, Any], version: str) -> None:
        """Write a job's configuration into its rollup index, which is made if there is none."""
        name = str(config["rollup_index"])
        index = self._indices.get(name) or self.add(Index(name, _rollup_mapping(version)))
        meta = index.mapping.setdefault("_meta", {"rollup-version": version})
        meta.setdefault("_rollup", {})[config["id"]] = copy.deepcopy(dict(config))


def field_types(indices: Iterable[Index], name: str) -> dict[str, bool]:
    """Return the types that a field has in the indices, each with whether one can aggregate on it in all of them.

    Source: TransportFieldCapabilitiesAction; the order of the types is that of their names.
    """
    types: dict[str, bool] = {}
    for index in indices:
        for path, type_, is_aggregatable in index.fields():
            if path == name:
                types[type_] = types.get(type_, True) and is_aggregatable
    return dict(sorted(types.items()))


def check_name(name: object) -> str:
    """Return a name that an index can have; raises `TypeError` or `ValueError` naming what is allowed."""
    if not isinstance(name, str):
        message = f"an index name is a text, not {name!r} ({type(name).__name__})"
        raise TypeError(message)
    if not name or name != name.lower() or not INVALID_CHARACTERS.isdisjoint(name) or name[0] in "_-+" or name in "..":
        message = (
            f"an index name is in lower case, begins with none of _ - + and has none of the characters "
            f"{' '.join(sorted(INVALID_CHARACTERS)).strip()} and space; not {name!r}"
        )
        raise ValueError(message)
    return name


def matches(pattern: str, name: str) -> bool:
    """Say whether a pattern, in which `*` stands for anything, matches a name (Regex.simpleMatch)."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name, re.DOTALL) is not None


def split_type(mapping: object) -> tuple[str, object]:
    """Return the type that a mapping stands under, as in 6.x (`{"_doc": {"properties": ...}}`), and what is in it."""
    if isinstance(mapping, dict) and len(mapping) == 1:
        [(name, inner)] = mapping.items()
        if name not in ROOT_KEYS and isinstance(inner, dict) and inner.keys() <= set(ROOT_KEYS):
            return name, inner
    return "_doc", mapping


def check_mapping(mapping: object) -> dict[str, Any]:
    """Return a copy of a mapping.

    Raises `TypeError` for what is no dict, and `MappingError`, a `ValueError`, for a dict that is no mapping; both name
    what is allowed.
    """
    if not isinstance(mapping, dict):
        message = f"a mapping is a dict such as {{'properties': {{'timestamp': {{'type': 'date'}}}}}}, not {mapping!r}"
        raise TypeError(message)
    for key, value in mapping.items():
        if key not in ROOT_KEYS:
            is_field = isinstance(value, dict) and "type" in value
            meant = (
                f" (did you mean {{'properties': {{{key!r}: ...}}}}?)"
                if is_field
                else did_you_mean(key, ["properties"])
            )
            message = f"unknown key {key!r} in a mapping{meant}; the keys are {', '.join(ROOT_KEYS)}"
            raise MappingError("root", str(key), value, message)
    _check_properties(mapping.get("properties", {}), "properties")
    return copy.deepcopy(mapping)


def _check_properties(properties: object, place: str) -> None:
    if not isinstance(properties, dict):
        message = f"{place!r} of a mapping is a dict of fields, not {properties!r}"
        raise MappingError("properties", place, properties, message)
    for name, definition in properties.items():
        if not isinstance(definition, dict):
            message = f"field {name!r} of a mapping is a dict such as {{'type': 'keyword'}}, not {definition!r}"
            raise MappingError("field", name, definition, message)
        _check_field(name, definition)


def _check_field(name: str, definition: dict[str, Any]) -> None:
    type_ = definition.get("type", "object" if "properties" in definition or definition.keys() == {"enabled"} else None)
    if type_ is None:
        message = f"field {name!r} of a mapping has neither a 'type' nor 'properties'"
        raise MappingError("untyped", name, definition, message)
    if type_ not in TYPES:
        message = f"unknown type {type_!r} of field {name!r} in a mapping; the types are {', '.join(sorted(TYPES))}"
        raise MappingError("type", name, type_, message)
    for place in ("properties", "fields"):
        _check_properties(definition.get(place, {}), place)


def _fields(properties: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str, bool]]:
    for name, definition in properties.items():
        path, type_ = prefix + name, definition.get("type", "object")
        if type_ not in _CONTAINERS:
            yield path, type_, _is_aggregatable(type_, definition)
        yield from _fields(definition.get("properties", _NOTHING), f"{path}.")
        yield from _fields(definition.get("fields", _NOTHING), f"{path}.")


def _is_aggregatable(type_: str, definition: Mapping[str, Any]) -> bool:
    if type_ in _NO_DOC_VALUES:
        return definition.get("fielddata") is True or definition.get("doc_values") is True
    return definition.get("doc_values") is not False


def _rollup_mapping(version: str) -> dict[str, Any]:
    """Return the mapping of a new rollup index (TransportPutRollupJobAction.createMappings)."""
    keywords = {"strings": {"match_mapping_type": "string", "mapping": {"type": "keyword"}}}
    dates = {"date_histograms": {"path_match": "*.date_histogram.timestamp", "mapping": {"type": "date"}}}
    return {"_meta": {"rollup-version": version, "_rollup": {}}, "dynamic_templates": [keywords, dates]}
