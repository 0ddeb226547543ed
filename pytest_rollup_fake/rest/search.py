"""Rollup search: validated as Elasticsearch does, answered with what the test gave.

Nothing is aggregated: without a stub (`RollupCluster.stub_search`) the answer is that of a rollup index in which there
is nothing yet. What is checked: the indices, what cannot be asked of rolled up data, and whether some job has rolled up
what aggregations and query are about. What is inside them is not parsed beyond that: an aggregation or a query that
Elasticsearch does not know at all is refused as one that rollup does not support. A search of normal indices only is
not validated, as in Elasticsearch, and answered without aggregations.

Sources: RestRollupSearchAction, RestSearchAction, SearchSourceBuilder, TransportRollupSearchAction,
RollupResponseTranslator.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pytest_rollup_fake.model.job_configs import GROUPS, METRICS

from . import body, messages
from .best_jobs import Aggregation, best_jobs
from .caps import caps_of, requested_indices
from .errors import action_request_validation, illegal_argument, parsing_exception
from .json_reader import JsonReader, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_rollup_fake.model.indices import Index
    from pytest_rollup_fake.model.versions import Profile

    from .caps import JobCaps
    from .channel import Channel
    from .index_names import Requested
    from .parameters import Parameters
    from .reply import Action, Reply

# What stands at the root of a search, by the kind of its value (SearchSourceBuilder.parseXContent).
_VALUES: Final = frozenset(
    (
        *("from", "size", "timeout", "terminate_after", "min_score", "version", "seq_no_primary_term"),
        *("explain", "track_scores", "include_named_queries_score", "track_total_hits", "_source"),
        *("stored_fields", "sort", "profile"),
    )
)
_OBJECTS: Final = frozenset(
    (
        *("query", "post_filter", "_source", "script_fields", "indices_boost", "aggregations", "aggs"),
        *("highlight", "suggest", "sort", "rescore", "ext", "slice", "collapse", "pit", "runtime_mappings"),
        *("knn", "rank", "retriever"),
    )
)
_ARRAYS: Final = frozenset(
    (
        *("stored_fields", "docvalue_fields", "fields", "indices_boost", "sort", "rescore", "stats", "_source"),
        *("search_after", "knn"),
    )
)
_KEYS: Final = {Kind.START_OBJECT: _OBJECTS, Kind.START_ARRAY: _ARRAYS, Kind.VALUE_NULL: frozenset[str]()}

_PARAMETERS: Final = (
    *("typed_keys", "rest_total_hits_as_int", "batched_reduce_size", "pre_filter_shard_size", "search_type", "from"),
    *("max_concurrent_shard_requests", "allow_partial_search_results", "request_cache", "scroll", "routing", "sort"),
    *("preference", "ccs_minimize_roundtrips", "q", "df", "analyzer", "analyze_wildcard", "lenient", "timeout"),
    *("default_operator", "version", "seq_no_primary_term", "terminate_after", "stored_fields", "docvalue_fields"),
    *("_source", "_source_includes", "_source_excludes", "track_scores", "track_total_hits", "stats", "source"),
    *("source_content_type", "type"),
)
"""What RestSearchAction reads, beside `size` and `explain` and the options of indices."""

_PIPELINES: Final = frozenset(
    (
        *("avg_bucket", "bucket_script", "bucket_selector", "bucket_sort", "cumulative_cardinality"),
        *("cumulative_sum", "derivative", "extended_stats_bucket", "max_bucket", "min_bucket", "moving_avg"),
        *("moving_fn", "normalize", "percentiles_bucket", "serial_diff", "stats_bucket", "sum_bucket"),
    )
)
_NOTHING: Final = {"sum": 0.0, "value_count": 0}  # the value of a metric over no document; the others have none


def search(channel: Channel, parameters: Parameters) -> Action:
    """Search rolled up data."""
    if channel.profile.types_are_deprecated and parameters.has("type"):
        channel.warn(messages.SEARCH_TYPES_DEPRECATED)
    source = _read_source(channel, parameters)
    _override_source(source, parameters)
    for name in _PARAMETERS:
        parameters.text(name)
    requested = requested_indices(channel, parameters)
    typed_keys = parameters.boolean("typed_keys", default=False)
    total_as_int = parameters.boolean("rest_total_hits_as_int", default=False)
    return partial(_search, channel, requested, source, typed_keys=typed_keys, total_as_int=total_as_int)


def _search(
    channel: Channel,
    requested: Requested,
    source: dict[str, Any],
    *,
    typed_keys: bool,
    total_as_int: bool,
) -> Reply:
    indices = _indices(channel.profile, requested)
    rollup_indices = _rollup_indices(channel.profile, indices)
    aggregations = source["aggregations"]
    if rollup_indices:
        _validate(channel.profile, source)
        jobs = caps_of(rollup_indices[0], channel.profile)
        best = [job for each in aggregations or () for job in best_jobs(channel.profile, each, jobs)]
        if aggregations and "query" in source:
            _check_query(source["query"], best)
    answer = _empty(channel.profile, len(indices), is_rollup=bool(rollup_indices), total_as_int=total_as_int)
    if rollup_indices and aggregations:
        answer["aggregations"] = _empty_aggregations(aggregations, typed_keys=typed_keys)
    stubs = channel.world.search_stubs
    stub = next((stubs[index.name] for index in (*rollup_indices, *indices) if index.name in stubs), {})
    return channel.success(answer | stub)


# --- the request -------------------------------------------------------------------------------------------------


def _read_source(channel: Channel, parameters: Parameters) -> dict[str, Any]:
    """Read the body, or the parameter in its place; neither is required (SearchSourceBuilder.parseXContent)."""
    parameter = parameters.text("source")
    source: dict[str, Any] = {}
    if channel.request.body:
        source = _read_keys(body.json_reader(channel))
    elif parameter is not None:
        source = _read_keys(JsonReader(parameter.encode(), channel.profile))
    aggregations = source.get("aggregations", source.get("aggs"))
    return {**source, "aggregations": None if aggregations is None else tuple(_aggregations(aggregations))}


def _read_keys(reader: JsonReader) -> dict[str, Any]:
    source: dict[str, Any] = {}
    reader.advance()
    if reader.kind is not Kind.START_OBJECT:
        raise parsing_exception(messages.SEARCH_EXPECTED.format(kind=reader.kind or "null"), *reader.location)
    while (name := reader.advance()) is not None and name.kind is not Kind.END_OBJECT:
        token = reader.advance()
        kind = token.kind if token is not None else Kind.VALUE_NULL
        if name.value not in _KEYS.get(kind, _VALUES):
            raise parsing_exception(messages.SEARCH_KEY_UNKNOWN.format(kind=kind, key=name.value), *reader.location)
        source[name.value] = reader.integer(bits=32) if name.value == "size" else reader.value()
    return source


def _aggregations(aggregations: dict[str, Any]) -> Iterator[Aggregation]:
    """Read aggregations (AggregatorFactories.parseAggregators)."""
    for name, definition in aggregations.items():
        parts = definition if isinstance(definition, dict) else {}
        types = [key for key in parts if key not in {"aggs", "aggregations", "meta"}]
        if not types:
            raise illegal_argument(messages.AGGREGATION_UNDEFINED.format(name=name))
        if types[0] in _PIPELINES:
            continue
        inner = parts.get("aggregations", parts.get("aggs"))
        inside = parts[types[0]]
        yield Aggregation(
            name,
            types[0],
            inside if isinstance(inside, dict) else {},
            tuple(_aggregations(inner if isinstance(inner, dict) else {})),
        )


def _override_source(source: dict[str, Any], parameters: Parameters) -> None:
    """Let parameters override the body (RestSearchAction.parseSearchSource)."""
    size = parameters.integer("size")
    if size is not None:
        source["size"] = size
    source["explain"] = parameters.boolean("explain", default=source.get("explain") is True)


# --- the indices -------------------------------------------------------------------------------------------------


def _indices(profile: Profile, requested: Requested) -> list[Index]:
    """Return the indices; up to 6.4 names were taken as they came."""
    if not profile.search_resolves_names:
        if not requested.is_named:
            raise illegal_argument(messages.NO_CONCRETE_INDEX)
        if "_all" in requested.expressions:
            raise illegal_argument(messages.ALL_NOT_SEARCHED)
    indices = requested.resolve()
    if not indices and profile.search_resolves_names:
        raise illegal_argument(messages.NO_CONCRETE_INDEX)
    return indices


def _rollup_indices(profile: Profile, indices: Iterable[Index]) -> list[Index]:
    found = [index for index in indices if caps_of(index, profile)]
    if len(found) > 1:
        names = [index.name for index in found] if profile.search_resolves_names else []
        raise illegal_argument(messages.one_rollup_index(names))
    return found


# --- what cannot be asked ----------------------------------------------------------------------------------------


def _validate(profile: Profile, source: dict[str, Any]) -> None:
    """Refuse what rolled up data cannot answer (TransportRollupSearchAction.validateSearchRequest)."""
    problems = (
        (source.get("size") != 0, messages.HITS_UNSUPPORTED),
        (source.get("post_filter") is not None, messages.POST_FILTER_UNSUPPORTED),
        (source.get("suggest") is not None, messages.SUGGEST_UNSUPPORTED),
        (source.get("highlight") is not None, messages.HIGHLIGHT_UNSUPPORTED),
        (source.get("profile") is True, messages.PROFILE_UNSUPPORTED),
        (source["explain"], messages.EXPLAIN_UNSUPPORTED),
    )
    for applies, text in problems:
        if applies:
            raise illegal_argument(text)
    if profile.search_needs_aggregation and not source["aggregations"]:
        if source["aggregations"] is None:
            raise illegal_argument(messages.AGGREGATION_REQUIRED)
        raise action_request_validation([messages.NO_REQUESTS])  # of the search in the background, which has none


# --- the query ---------------------------------------------------------------------------------------------------

_NESTED: Final = {
    "bool": ("must", "must_not", "should", "filter"),
    "constant_score": ("filter",),
    "boosting": ("negative", "positive"),
    "dis_max": ("queries",),
}
# A terms query is rewritten in the name of a term query.
_LEAVES: Final = {"range": "range", "term": "term", "terms": "term"}


def _check_query(query: dict[str, Any], jobs: Sequence[JobCaps]) -> None:
    """Refuse queries that cannot be asked of rolled up data (TransportRollupSearchAction.rewriteQuery)."""
    for name, inside in query.items():
        parts = inside if isinstance(inside, dict) else {}
        if name in _NESTED:
            for inner in _inner_queries(parts, _NESTED[name]):
                _check_query(inner, jobs)
        elif name in _LEAVES:
            for field in parts.keys() - {"boost", "_name"}:
                _check_field(_LEAVES[name], field, jobs)
        elif name != "match_all":
            raise illegal_argument(messages.QUERY_UNSUPPORTED.format(name=name))


def _inner_queries(parts: dict[str, Any], clauses: Iterable[str]) -> Iterator[dict[str, Any]]:
    for clause in clauses:
        inner = parts.get(clause, [])
        yield from (each for each in (inner if isinstance(inner, list) else [inner]) if isinstance(each, dict))


def _check_field(query: str, field: str, jobs: Iterable[JobCaps]) -> None:
    """Refuse a field that is no group of any job, or of different sorts (rewriteFieldName)."""
    rolled: dict[str, None] = {}
    for job in jobs:
        groups = [agg["agg"] for agg in job.fields.get(field, ()) if agg["agg"] in GROUPS]
        rolled |= {f"{field}.{group}.{'timestamp' if group == 'date_histogram' else 'value'}": None for group in groups}
    if not rolled:
        raise illegal_argument(messages.QUERY_FIELD_MISSING.format(query=query, field=field))
    if len(rolled) > 1:
        raise illegal_argument(messages.query_field_ambiguous(field, list(rolled)))


# --- the answer --------------------------------------------------------------------------------------------------


def _empty(profile: Profile, indices: int, *, is_rollup: bool, total_as_int: bool) -> dict[str, Any]:
    """Return a search response without hits; that of a rollup search says more (RollupResponseTranslator)."""
    shards = profile.default_shards * indices
    is_number = total_as_int or profile.total_hits == "number"
    return {
        "took": 0,
        "timed_out": False,
        **({"terminated_early": False} if is_rollup else {}),
        "_shards": {"total": shards, "successful": shards, "skipped": 0, "failed": 0},
        "hits": {
            "total": 0 if is_number else {"value": 0, "relation": "eq"},
            "max_score": 0.0 if is_rollup else None,
            "hits": [],
        },
    }


def _empty_aggregations(aggregations: Iterable[Aggregation], *, typed_keys: bool) -> dict[str, Any]:
    """Return what aggregations over no document come to; only the outermost ones show."""
    return {
        f"{_TYPED.get(each.type, each.type)}#{each.name}" if typed_keys else each.name: _empty_aggregation(each)
        for each in aggregations
    }


_TYPED: Final = {"terms": "umterms"}


def _empty_aggregation(aggregation: Aggregation) -> dict[str, Any]:
    if aggregation.type in METRICS:
        return {"value": _NOTHING.get(aggregation.type)}
    if aggregation.type == "terms":
        return {"doc_count_error_upper_bound": 0, "sum_other_doc_count": 0, "buckets": []}
    return {"buckets": []}
