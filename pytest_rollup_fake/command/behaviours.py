"""What each row of `model.versions.ROWS` is about, in words for those who plan an upgrade.

A row of the profile has the name that the code asks for; here it gets a phrase that its value completes, and the
subject that readers look under. A row without words is found by a test.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

BEHAVIOURS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "paths": {
            "rollup_paths": "paths below /_rollup and /{index}/_rollup",
            "xpack_paths": "paths below /_xpack/rollup",
        },
        "stop": {
            "stop_waits": "stop takes wait_for_completion and timeout",
            "timeout_status": "status of a stop that timed out",
            "stop_timeout_names_state": "the text of a timeout ends with the job's state",
            "timeout_mark": "where a stop that timed out is marked by X-Timed-Out",
        },
        "start": {
            "start_is_idempotent": "starting a job that is started is answered as done, not refused",
        },
        "delete": {
            "delete_needs_stopped": "only a stopped job can be deleted",
            "delete_text_has_brackets": "the text for a missing job has its id in brackets",
        },
        "get": {
            "stats": "the stats of a job",
            "interval_keys": "how the interval of a date histogram is shown",
            "upgraded_doc_id": "a job's status has upgraded_doc_id",
        },
        "put": {
            "job_parser": "what checks a job's configuration, and so which error comes first",
            "put_needs_usage": "a new job is refused where rollup was never used",
            "put_splits_patterns": "a comma in index_pattern separates patterns",
            "unknown_field": "how an unknown field of a job is refused",
            "mapping_validation_type": "the error type of a job that does not fit its indices",
            "rollup_meta_wording": "the text for a rollup index without rollup metadata",
            "rollup_version_checked": "a rollup index has to say which version made it",
            "date_types": "types of the field of a date histogram",
            "date_metrics": "metrics on fields of dates",
            "time_zones": "whose time zones are known",
            "obsolete_time_zones_warn": "an obsolete time zone is warned of",
            "null_pointers_explained": "the texts of Java's null pointers say what was null",
        },
        "caps": {},
        "index_caps": {
            "index_caps": "there are capabilities by rollup index",
            "index_caps_of_lists": "several indices may be asked for at once",
        },
        "search": {
            "search_resolves_names": "aliases and patterns of rollup indices can be searched",
            "search_takes_types": "a type may stand in the path",
            "search_needs_aggregation": "a search without aggregations is refused",
            "total_hits": "hits.total",
            "search_action": "the action that a denied search names",
        },
        "indices": {
            "default_shards": "shards of a new index",
            "default_shards_warn": "a new index without a number of shards is warned of",
            "missing_index_is_named": "the text for a missing index names it",
            "mapping_types": "types in mappings (include_type_name)",
            "mapping_failure": "what the refusal of a mapping names",
            "unknown_type": "how an unknown type of a field is refused",
            "invalid_index_characters": "characters that a refused name is told of",
            "index_colon_refused": "a colon in a name is refused",
            "has_tiers": "a new index has a tier preference",
            "destruction_requires_name": "deleting indices by pattern is refused",
        },
        "health": {
            "health_counts": "the counts of cluster health",
            "health_takes_indices_options": "cluster health takes ignore_unavailable and its like",
            "health_level_is_checked": "an unknown level is refused",
        },
        "license": {
            "license_path": "the path /_license",
            "license_takes_master_timeout": "license takes master_timeout",
            "accept_enterprise": "the parameter accept_enterprise",
        },
        "xpack": {
            "xpack_features": "the features listed",
            "disabled_features": "features that are off by default",
            "security_is_basic": "security is part of the basic license",
            "features_are_described": "features have a description",
            "ml_shows_native_code": "machine learning shows its native code",
        },
        "nodes": {
            "node_roles": "the roles of a node",
            "transport_version": "transport_version",
            "index_version": "index_version",
            "component_versions": "component_versions",
        },
        "tasks": {
            "cancelled_tasks_are_marked": "a task that can be cancelled says whether it was",
        },
        "info": {
            "build_type": "build_type",
            "wire_compatibility": "minimum_wire_compatibility_version",
            "index_compatibility": "minimum_index_compatibility_version",
        },
        "bodies": {
            "parse_error": "the error type of a body that cannot be read",
            "json_error_status": "status of broken JSON",
            "json_end_status": "status of JSON that ends too early",
            "json_error_is_wrapped": "broken JSON is wrapped in an x_content_parse_exception",
            "json_words": "the version of Jackson whose texts are sent",
            "json_source": "what the texts call the source of the JSON",
            "json_error_offset": "how far behind an unexpected character the text points",
        },
        "http": {
            "rollup_is_deprecated": "every rollup endpoint warns that rollup will be removed",
            "warnings_are_dated": "a Warning ends in its date",
            "product_header": "answers have X-elastic-product",
            "json_content_type": "the content type of JSON",
            "exception_content_type": "the content type of exceptions, where it is another one",
            "media_types": "what is done with media types that are not known",
            "compatible_majors": "majors that compatible-with may ask for",
            "body_where_none_is_taken": "a body where none is taken",
            "reserved_parameters": "parameters that are refused everywhere",
            "plus_is_space_in_path": "a + in the path is a space",
            "bad_path_escape": "who refuses a path that cannot be decoded",
            "negative_time_is_refused": "a negative time is refused",
            "known_methods": "how many methods are told apart",
            "repeated_opaque_id": "two different values of X-Opaque-Id",
            "types_are_deprecated": "types in paths are warned of",
            "stack_trace": "the form of stack traces (error_trace)",
            "exception_type_header": "errors of the server have X-Elastic-App-Exception",
            "max_header": "bytes that all headers may have",
            "too_long_line": "the error type of a request line that is too long",
            "too_long_header": "the error type of headers that are too long",
        },
        "trouble": {
            "breaker_status": "status of a circuit breaker",
            "breaker_shows_durability": "the error of a circuit breaker tells its durability",
            "breaker_shows_real_usage": "the text of a circuit breaker tells the real usage",
            "breaker_usages": "usages that the text of a circuit breaker lists",
            "breaker_links": "the text of a circuit breaker ends with a link",
            "event_timeout_status": "status of what the master is too busy for",
            "block_names_index": "the text of a block names the index",
        },
        "security": {
            "security_by_default": "security is on by default",
            "security_default_warns": "answers warn if security is neither on nor off by the configuration",
            "api_keys_by_default": "API keys are on by default, over plain HTTP too",
            "authenticates_first": "credentials are looked at before anything else",
            "challenges": "the schemes of WWW-Authenticate",
            "basic_challenge": "the challenge of Basic",
            "missing_credentials": "what a refusal says is missing",
            "names_reserved_user": "a wrong password of a reserved user is told apart",
            "names_failed_credentials": "a refusal says which credentials failed",
            "names_failed_api_key": "a refusal says which API key failed",
            "runs_as_with_api_key": "an API key can act in the name of another user",
            "unauthorized_shows_trace": "a 401 may show a stack trace",
            "refusals_hide_product": "which refusals lack X-elastic-product",
            "denial_names_roles": "roles that a denial names",
            "denial_names_privileges": "a denial names the privileges that would do",
        },
    }
)
"""By subject, the rows of the profile, each with the phrase that its value completes."""


def in_words(value: Any) -> str:  # noqa: ANN401  (each row has a type of its own)
    """Return a value of a row as readers see it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case None | ():
            return "none"
        case frozenset():
            return ", ".join(sorted(map(str, value))) or "none"
        case tuple():
            return ", ".join(map(_item, value))
    return str(value)


def _item(item: object) -> str:
    return " ".join(map(str, item)) if isinstance(item, tuple) else str(item)


def change_in_words(old: Any, new: Any) -> str:  # noqa: ANN401  (as in_words)
    """Return what a row was and is; of a collection what it has gained and lost, if most of it stays."""
    if isinstance(old, (tuple, frozenset)) and isinstance(new, (tuple, frozenset)) and set(old) & set(new):
        lost = [f"without {_item(item)}" for item in _sorted(old, new)]
        gained = [f"with {_item(item)}" for item in _sorted(new, old)]
        if lost or gained:
            return ", ".join([*gained, *lost])
    return f"{in_words(old)} -> {in_words(new)}"


def _sorted(one: tuple[Any, ...] | frozenset[Any], other: tuple[Any, ...] | frozenset[Any]) -> list[Any]:
    items = sorted(one, key=str) if isinstance(one, frozenset) else one
    return [item for item in items if item not in other]
