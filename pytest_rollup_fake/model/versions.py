"""What each version of Elasticsearch does differently, as data.

The class `Profile` has one row for each behaviour that changed: its value from each version on, and where that was
learned. A profile is the column of one version. Code asks the profile; it never compares version numbers.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, fields
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from .releases import KNOWN, RELEASES, Release

if TYPE_CHECKING:
    from collections.abc import Mapping

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """A version of Elasticsearch, ordered by its numbers, also against texts.

    It equals its text, and one with fewer parts if those are the same: 7.17.29 is `"7.17.29"`, `"7.17"` and `"7"`.
    """

    number: str
    """The whole number, `"7.17.29"`."""

    @property
    def line(self) -> str:
        """Major and minor, `"7.17"`."""
        return ".".join(self.number.split(".")[:2])

    @property
    def major(self) -> int:
        """The major number, `7`."""
        return int(self.number.partition(".")[0])

    def __str__(self) -> str:
        """Return the whole number."""
        return self.number

    def __repr__(self) -> str:
        """Return the constructor's call."""
        return f"Version({self.number!r})"

    def __eq__(self, other: object) -> bool:
        """Compare with a version or with a text."""
        if isinstance(other, Version):
            return self.number == other.number
        return f"{self.number}.".startswith(f"{other}.") if isinstance(other, str) else NotImplemented

    def __hash__(self) -> int:
        """Hash as the whole text."""
        return hash(self.number)

    def __lt__(self, other: object) -> bool:
        """Compare by numbers with a version or with a text such as `"7.17"`; raises `TypeError` for anything else."""
        if not isinstance(other, (Version, str)):
            message = f"a version is compared with a text such as '8' or '8.19', not {other!r} ({type(other).__name__})"
            raise TypeError(message)
        return as_numbers(self.number) < as_numbers(str(other))

    def __le__(self, other: object) -> bool:
        """Compare as `<` and `==` do."""
        return self < other or self == other

    def __gt__(self, other: object) -> bool:
        """Compare as `<` and `==` do."""
        return not self <= other

    def __ge__(self, other: object) -> bool:
        """Compare as `<` does."""
        return not self < other


def as_numbers(text: str) -> tuple[int, ...]:
    """Return `"7.17"` as `(7, 17)`; raises `ValueError` for anything but numbers and dots."""
    try:
        return tuple(map(int, text.split(".")))
    except ValueError:
        message = f"a version is numbers and dots, such as '8' or '8.19', not {text!r}"
        raise ValueError(message) from None


_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Row:
    """One behaviour: its value from each version on (ascending), and the source."""

    steps: tuple[tuple[str, Any], ...]
    source: str

    def at(self, numbers: tuple[int, ...]) -> Any:  # noqa: ANN401  (each row has a type of its own, that of its field)
        """Return the value in the version of these numbers."""
        reached = [value for since, value in self.steps if as_numbers(since) <= numbers]
        return reached[-1]


def _row(source: str, first: _Value, /, **later: _Value) -> _Value:
    """Declare a field of the profile by its row: the value in 6.3, then `v7_14=...` for each change."""
    steps = [("6.3", first), *((key[1:].replace("_", "."), value) for key, value in later.items())]
    declared: _Value = field(metadata={"row": Row(tuple(steps), source)})
    return declared


_STATS_6_3 = ("pages_processed", "documents_processed", "rollups_indexed", "trigger_count")
_STATS_6_6 = (
    *_STATS_6_3,
    "index_time_in_ms",
    "index_total",
    "index_failures",
    "search_time_in_ms",
    "search_total",
    "search_failures",
)
STATS: Final = (*_STATS_6_6, "processing_time_in_ms", "processing_total")
"""Every field of a job's stats, in the newest versions' order."""

_HEALTH_COUNTS = (
    *("active_primary_shards", "active_shards", "relocating_shards", "initializing_shards", "unassigned_shards"),
    *("delayed_unassigned_shards", "number_of_pending_tasks", "number_of_in_flight_fetch"),
)


def _names(text: str, base: tuple[str, ...] = (), *, without: str = "") -> tuple[str, ...]:
    """Return the words of a text and those of `base`, in the order of the alphabet."""
    return tuple(sorted({*base, *text.split()} - set(without.split())))


_FEATURES_6_3 = _names("graph logstash ml monitoring rollup security watcher")
_FEATURES_6_6 = _names("ilm sql", _FEATURES_6_3)
_FEATURES_6_8 = _names("ccr", _FEATURES_6_6)
_FEATURES_7_2 = _names("data_frame", _FEATURES_6_8)
_FEATURES_7_3 = _names("flattened vectors voting_only", _FEATURES_7_2)
_FEATURES_7_4 = _names("analytics frozen_indices slm spatial", _FEATURES_7_3)
_FEATURES_7_5 = _names("enrich transform", _FEATURES_7_4, without="data_frame")
_FEATURES_7_7 = _names("eql", _FEATURES_7_5)
_FEATURES_7_9 = _names("data_streams", _FEATURES_7_7)
_FEATURES_7_10 = _names("data_tiers searchable_snapshots", _FEATURES_7_9)
_FEATURES_7_11 = _names("aggregate_metric", _FEATURES_7_10)
_FEATURES_7_13 = _names("", _FEATURES_7_11, without="flattened vectors")
_FEATURES_8_3 = _names("archive", _FEATURES_7_13)
_FEATURES_8_8 = _names("enterprise_search", _FEATURES_8_3)
_FEATURES_8_10 = _names("universal_profiling", _FEATURES_8_8)
_FEATURES_8_11 = _names("esql", _FEATURES_8_10)
_FEATURES_8_17 = _names("logsdb", _FEATURES_8_11)
_FEATURES_9_0 = _names("", _FEATURES_8_17, without="frozen_indices")
_FEATURES_9_3 = _names("gpu_vector_indexing", _FEATURES_9_0)

_ROLES_7_3 = _names("data ingest master ml")
_ROLES_7_7 = _names("remote_cluster_client transform", _ROLES_7_3)
_ROLES_7_10 = _names("data_cold data_content data_hot data_warm", _ROLES_7_7)

_COMPONENTS_8_11 = (("transform_config_version", 10_00_00_99), ("ml_config_version", 11_00_00_99))
_COMPONENTS_8_12 = (("transform_config_version", 10_00_00_99), ("ml_config_version", 12_00_00_99))

_BREAKERS_6_3 = ("request", "fielddata", "in_flight_requests", "accounting")
_BREAKERS_7_13 = ("request", "fielddata", "in_flight_requests", "model_inference", "eql_sequence", "accounting")
_BREAKERS_8_0 = ("model_inference", "inflight_requests", "request", "fielddata", "eql_sequence")


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """All that the fake has to know about one version. There is one of each version, so identity tells them apart."""

    version: Version
    release: Release

    # Routes
    rollup_paths: bool = _row("elastic/elasticsearch#36383, release notes of 6.6.0", False, v6_6=True)
    xpack_paths: Literal["plain", "deprecated", "compatible", "gone"] = _row(
        "#36451 deprecates them in 7.0; RestApiVersion.V_7 in 8.x; #118103 removes them in 9.0",
        "plain",
        v7_0="deprecated",
        v8_0="compatible",
        v9_0="gone",
    )

    # Stop
    stop_waits: bool = _row("#34811, release notes of 6.6.0", False, v6_6=True)
    stop_timeout_names_state: bool = _row("between #36072 (without) and #38877 (with)", False, v6_7=True)
    timeout_status: int = _row("ElasticsearchTimeoutException.status; #116026 in 9.0.0", 500, v9_0=429)
    timeout_mark: Literal["none", "header and body", "header"] = _row(
        "#124936; ElasticsearchException of 9.0.8 and 9.1.10 shows the header in the body, that of 9.2.8 does not",
        "none",
        v9_0="header and body",
        v9_2="header",
    )

    # Start and delete
    start_is_idempotent: bool = _row("RollupJobTask.start; #41502", False, v8_0=True)
    delete_needs_stopped: bool = _row("#34574; reference pages of 6.3 and 6.5", False, v6_5=True)
    delete_text_has_brackets: bool = _row("reference pages of 6.3 and 6.5", False, v6_5=True)

    # Get jobs
    stats: tuple[str, ...] = _row(
        "RollupIndexerJobStats; #35471 in 6.6, #53770 in 7.7", _STATS_6_3, v6_6=_STATS_6_6, v7_7=STATS
    )
    interval_keys: Literal["interval", "as given", "converted"] = _row(
        "DateHistogramGroupConfig: #33727 in 7.2; the constructor of 8.0 converts",
        "interval",
        v7_2="as given",
        v8_0="converted",
    )
    upgraded_doc_id: bool = _row("RollupJobStatus", False, v6_4=True, v8_0=False)

    # Bodies: JSON and what is made of it
    json_words: Literal["2.8", "2.10"] = _row(
        "Jackson, whose version the texts follow; a trace of 6.6.1 has 2.8.11, the first with 2.10 was not read",
        "2.8",
        v7_7="2.10",
    )
    # JsonLocation's source: the class of the stream, at first with a hash of the object.
    json_source: str = _row(
        "#44659 (7.2), elastic/go-elasticsearch#730 (8.10); the change points were not read",
        "org.elasticsearch.transport.netty4.ByteBufStreamInput@26017a55",
        v7_7="(org.elasticsearch.transport.netty4.ByteBufStreamInput)",
        v7_11="(org.elasticsearch.common.io.stream.ByteBufferStreamInput)",
    )
    # Behind an unexpected character; Jackson 2.17, which stands in a trace of 9.0.0, points to it.
    json_error_offset: int = _row("elastic/go-elasticsearch#730, #114142, jackson-core#1173", 1, v8_16=0)
    json_error_is_wrapped: bool = _row(
        "ExceptionsHelper.status of 7.17.29 and 8.19.21, #111542 (8.14); the change point was not read",
        False,
        v8_1=True,
    )
    json_error_status: int = _row("ExceptionsHelper.status; #44659 (7.2), #49558 in 7.6", 500, v7_6=400)
    json_end_status: int = _row(
        "XContentEOFException; #111542 (8.14), #112579 in 8.16", 500, v7_6=400, v8_1=500, v8_16=400
    )
    parse_error: Literal["parsing_exception", "x_content_parse_exception"] = _row(
        "#31030", "parsing_exception", v6_4="x_content_parse_exception"
    )
    unknown_field: Literal["parser not found", "did you mean"] = _row(
        "#42491 (7.3), #50985 in 7.7", "parser not found", v7_7="did you mean"
    )

    # Put
    job_parser: Literal["builders", "constructors"] = _row(
        "RollupJobConfig of 6.3 and 7.x; #32669 in 6.5", "builders", v6_5="constructors"
    )
    time_zones: Literal["joda", "java"] = _row(
        "DateHistogramGroupConfig.createRounding of 6.3 and 7.x", "joda", v7_0="java"
    )
    obsolete_time_zones_warn: bool = _row("TransportPutRollupJobAction.checkForDeprecatedTZ", False, v7_2=True)
    put_needs_usage: bool = _row("#108624 in 8.15.0", False, v8_15=True)
    put_splits_patterns: bool = _row("#45591 (7.3), #61396 (7.9); #47041, whose release was not read", False, v8_0=True)
    date_types: tuple[str, ...] = _row(
        "RollupField.DATE_FIELD_MAPPER_TYPES; #59349", ("date",), v7_9=("date", "date_nanos")
    )
    date_metrics: bool = _row("MetricConfig.validateMappings; #34200", False, v6_5=True)
    mapping_validation_type: str = _row(
        "PutRollupJobAction.Request.validateMappings of 6.3 and 6.4",
        "action_request_validation_exception",
        v6_4="rollup_action_request_validation_exception",
    )
    rollup_meta_wording: Literal["short", "long"] = _row(
        "TransportPutRollupJobAction.updateMapping; #32965", "short", v6_5="long"
    )
    rollup_version_checked: bool = _row("TransportPutRollupJobAction of 8.x and 9.x", True, v9_0=False)
    null_pointers_explained: bool = _row("JEP 358, on by default in the JDK 15 that 7.10 comes with", False, v7_10=True)

    # Caps and search
    index_caps: bool = _row("#30401", False, v6_4=True)
    index_caps_of_lists: bool = _row("#34115", False, v6_5=True)
    search_resolves_names: bool = _row("TransportRollupSearchAction; #34930", False, v6_5=True)
    search_takes_types: bool = _row("the clients' API specifications of 7.x and 8.x", True, v8_0=False)
    search_needs_aggregation: bool = _row("#32256 (6.3), #32796, whose release was not read", True, v6_5=False)
    total_hits: Literal["number", "object"] = _row("7.0 breaking changes", "number", v7_0="object")

    # Indices
    default_shards: int = _row("7.0 breaking changes", 5, v7_0=1)
    default_shards_warn: bool = _row("#30587; answers of 6.4.0, 6.4.2 and 6.7.0", False, v6_4=True, v7_0=False)
    missing_index_is_named: bool = _row("IndexNotFoundException; answers of 6.8 and 7.0", False, v7_0=True)
    mapping_types: Literal["required", "choice", "deprecated", "gone"] = _row(
        "RestCreateIndexAction of 6.8, 7.17.29 and 8.19.21",
        "required",
        v6_7="choice",
        v7_0="deprecated",
        v8_0="gone",
    )
    mapping_failure: Literal["type", "plain"] = _row("MapperService of 7.17.29 and 8.19.21", "type", v8_0="plain")
    unknown_type: Literal["handler", "mapper"] = _row(
        "ObjectMapper of 7.17.29 and 8.19.21; the change point was not read", "handler", v8_8="mapper"
    )
    invalid_index_characters: str = _row(
        "Strings.INVALID_FILENAME_CHARS of 7.17.29 and 8.19.21; the change point was not read",
        r"""[ , ", *, \, <, |, ,, >, /, ?]""",
        v8_0=r"""[' ','"','*',',','/','<','>','?','\','|']""",
    )
    index_colon_refused: bool = _row("7.0 breaking changes", False, v7_0=True)
    destruction_requires_name: bool = _row("DestructiveOperations of 7.17.29 and 8.19.21", False, v8_0=True)
    has_tiers: bool = _row("DataTier in the settings of new indices, release notes of 7.10", False, v7_10=True)

    # Around: health, license, features, nodes, tasks
    health_counts: tuple[str, ...] = _row(
        "ClusterHealthResponse.toXContent; #112024 (8.16)",
        _HEALTH_COUNTS,
        v8_16=(*_HEALTH_COUNTS[:5], "unassigned_primary_shards", *_HEALTH_COUNTS[5:]),
    )
    health_takes_indices_options: bool = _row(
        "RestClusterHealthAction of 6.3.2 and 7.3.2; the first version with it was not read", False, v7_0=True
    )
    health_level_is_checked: bool = _row("#94136 (8.8)", False, v8_8=True)
    license_path: bool = _row(
        "RestGetLicenseAction of 6.8.23; the first version with it was not read", False, v6_7=True
    )
    license_takes_master_timeout: bool = _row(
        "RestGetLicenseAction of 7.17.29 and 8.19.21; the first version with it is from memory", False, v8_16=True
    )
    accept_enterprise: Literal["unknown", "opt-in", "deprecated"] = _row(
        "RestGetLicenseAction of 6.8.23, 7.17.29 and 8.19.21; that it came with 7.6 is from memory",
        "unknown",
        v7_6="opt-in",
        v8_0="deprecated",
    )
    # From memory: the changes at 6.6, 6.8, 7.4, 7.5, 7.7, 7.9, 7.11, 7.13, 8.3 to 8.17, 9.0 and 9.3.
    xpack_features: tuple[str, ...] = _row(
        "answers of 6.3.2, 6.5.1, 6.7.1, 7.1.1, 7.3.0, 7.6.2, 7.8.0 and 7.16.0; XPackField of 7.10.2; "
        "XPackInfoFeatureAction.ALL of 8.0, 8.19.21 and 9.5.3",
        _FEATURES_6_3,
        v6_6=_FEATURES_6_6,
        v6_8=_FEATURES_6_8,
        v7_2=_FEATURES_7_2,
        v7_3=_FEATURES_7_3,
        v7_4=_FEATURES_7_4,
        v7_5=_FEATURES_7_5,
        v7_7=_FEATURES_7_7,
        v7_9=_FEATURES_7_9,
        v7_10=_FEATURES_7_10,
        v7_11=_FEATURES_7_11,
        v7_13=_FEATURES_7_13,
        v8_3=_FEATURES_8_3,
        v8_8=_FEATURES_8_8,
        v8_10=_FEATURES_8_10,
        v8_11=_FEATURES_8_11,
        v8_17=_FEATURES_8_17,
        v9_0=_FEATURES_9_0,
        v9_3=_FEATURES_9_3,
    )
    disabled_features: frozenset[str] = _row(
        "an answer of 7.8.0; the reference of 8.18",
        frozenset(),
        v7_7=frozenset({"eql"}),
        v7_9=frozenset(),
        v8_17=frozenset({"logsdb"}),
    )
    security_is_basic: bool = _row(
        "answers of 6.3.2, 6.7.1 and 7.1.1; release notes of 6.8.0 and 7.1.0",
        False,
        v6_8=True,
        v7_0=False,
        v7_1=True,
    )
    features_are_described: bool = _row(
        "XPackInfoResponse.FeatureSetsInfo.FeatureSet; answers of 7.1.1 and 7.3.0", True, v7_3=False
    )
    ml_shows_native_code: bool = _row("XPackInfoResponse of 7.17.29 and 8.0", True, v8_0=False)
    # A set of no order until they were sorted; who was the first to sort them was not read.
    node_roles: tuple[str, ...] = _row(
        "DiscoveryNode of 6.3.2 and 7.3.2, DiscoveryNodeRole of 7.17.29 and 8.19.21; 7.7 and 7.10 are from memory",
        ("master", "data", "ingest"),
        v7_3=_ROLES_7_3,
        v7_7=_ROLES_7_7,
        v7_10=_ROLES_7_10,
        v7_12=_names("data_frozen", _ROLES_7_10),
    )
    # That of each line's newest release; what a release says of itself counts more than what later ones say of it.
    transport_version: int | None = _row(
        "NodesInfoResponse; #94669 (8.8); TransportVersions.csv and transport/upper_bounds of 9.5.3 and others",
        None,
        v8_8=8080299,
        v8_9=8500020,
        v8_10=8500061,
        v8_11=8512001,
        v8_12=8560001,
        v8_13=8595001,
        v8_14=8636001,
        v8_15=8702003,
        v8_16=8772006,
        v8_17=8797010,
        v8_18=8840011,
        v8_19=8841096,
        v9_0=9000018,
        v9_1=9112018,
        v9_2=9185023,
        v9_3=9250012,
        v9_4=9348009,
        v9_5=9458007,
    )
    index_version: int | None = _row(
        "NodesInfoResponse; #99515 (8.11); IndexVersions.csv of 9.5.3",
        None,
        v8_11=8500003,
        v8_12=8500010,
        v8_13=8503000,
        v8_14=8505000,
        v8_15=8512000,
        v8_16=8518000,
        v8_17=8521000,
        v8_18=8525000,
        v8_19=8537000,
        v9_0=9009000,
        v9_1=9033001,
        v9_2=9039003,
        v9_3=9060001,
        v9_4=9094000,
        v9_5=9111000,
    )
    component_versions: tuple[tuple[str, int], ...] = _row(
        "#99631 (8.11); the ComponentVersionNumbers of 8.19.21 and 9.5.3, earlier ones from memory",
        (),
        v8_11=_COMPONENTS_8_11,
        v8_12=_COMPONENTS_8_12,
        v8_15=(*_COMPONENTS_8_12, ("api_key_version", 8_15_00_99)),
    )
    cancelled_tasks_are_marked: bool = _row("TaskInfo of 7.3.2 and 7.17.29; #72931 (7.14)", False, v7_14=True)

    # The HTTP layer
    rollup_is_deprecated: bool = _row("#113131, deprecations of 9.0.0", False, v9_0=True)
    warnings_are_dated: bool = _row("DeprecationLogger.formatWarning; #37622, elastic/kibana#28995", True, v6_7=False)
    body_where_none_is_taken: Literal["ignored", "deprecated", "refused"] = _row(
        "BaseRestHandler of 6.3.2, 6.8.13 and 7.2.1; the first 6.x minor that warns was not read",
        "ignored",
        v6_8="deprecated",
        v7_0="refused",
    )
    plus_is_space_in_path: bool = _row("RestUtils.decodeComponent, 7.0 breaking changes", True, v7_0=False)
    negative_time_is_refused: bool = _row(
        "TimeValue.parseTimeValue of 6.8.13, 7.6.2 and 7.7.0",
        False,
        v6_8_9=True,
        v7_0=False,
        v7_7=True,
    )
    bad_path_escape: Literal["argument", "method", "path"] = _row(
        "RestController of 7.2.1, 7.5.2, 7.17.29 and 8.19.21; tracing (#87921) decodes the whole path first",
        "argument",
        v7_5="method",
        v8_5="path",
    )
    # How many of RestRequest.Method there are; 6.3 takes any other method for GET. 6.4 to 7.4 throw where nobody
    # catches and never answer; there a refusal as in 7.5 serves a test better.
    known_methods: int = _row("Netty4HttpRequest.method of 6.3.2 and 6.4.2", 6, v6_4=9)
    repeated_opaque_id: Literal["accepted", "refused in short", "refused"] = _row(
        "RestController of 7.6.2; ActionModule.copyRequestHeadersToThreadContext since #95040 (8.8) and #96703 "
        "(its backport, whose release within 7.17 was not read)",
        "accepted",
        v7_6="refused in short",
        v7_17_13="refused",
        v8_0="refused in short",
        v8_8="refused",
    )
    reserved_parameters: frozenset[str] = _row(
        "RestUtils.addParam of 8.19.21; the first version with it was not read",
        frozenset(),
        v8_19=frozenset({"serverlessrequest", "operatorrequest"}),
    )
    product_header: bool = _row("release notes of 7.14.0", False, v7_14=True)
    types_are_deprecated: bool = _row("RestIndexAction.TYPES_DEPRECATION_MESSAGE of 7.17.29", False, v7_0=True)
    security_default_warns: bool = _row("SecurityRestFilter", False, v7_13=True, v8_0=False)
    media_types: Literal["ignored", "tolerated", "strict"] = _row(
        "RestRequest of 7.10.2; #64406 and following", "ignored", v7_11="tolerated", v8_0="strict"
    )
    compatible_majors: tuple[int, int] = _row("RestApiVersion", (7, 6), v8_0=(8, 7), v9_0=(9, 8))
    json_content_type: str = _row("XContentType.mediaType", "application/json; charset=UTF-8", v8_0="application/json")
    exception_content_type: str | None = _row(
        "#92658, fixed by #92695", None, v8_0="application/json;charset=utf-8", v8_7=None
    )
    stack_trace: Literal["old", "new"] = _row(
        "ElasticsearchException.toString of 7.17.29 and 8.19.21 (#45878), and an answer of 8.5", "old", v8_0="new"
    )
    max_header: int = _row("HttpTransportSettings of 7.17.29, 8.19.21 and 9.0.8", 8192, v8_0=16384)
    too_long_line: str = _row(
        "netty 4.1.32 and 4.1.118 (that of 8.18); the first version with it was not read",
        "too_long_frame_exception",
        v8_18="too_long_http_line_exception",
    )
    too_long_header: str = _row(
        "netty 4.1.32 and 4.1.118 (that of 8.18); the first version with it was not read",
        "too_long_frame_exception",
        v8_18="too_long_http_header_exception",
    )
    exception_type_header: bool = _row("#130226, renamed by #133045; ElasticsearchException of 9.2.8", False, v9_2=True)
    build_type: str = _row(
        "answers of the official images: 6.7.2 says tar, 6.8.23 and 7.0.1 docker", "tar", v6_8="docker"
    )
    wire_compatibility: str = _row(
        "Version.minimumCompatibilityVersion",
        "5.6.0",
        v7_0="6.7.0",
        v7_1="6.8.0",
        v8_0="7.17.0",
        v9_0="8.18.0",
        v9_1="8.19.0",
    )
    index_compatibility: str = _row(
        "Version.minimumIndexCompatibilityVersion", "5.0.0", v7_0="6.0.0-beta1", v8_0="7.0.0", v9_0="8.0.0"
    )

    # Failures
    breaker_status: int = _row("CircuitBreakingException.status; a 503 in #18221, a 429 in #48842", 503, v7_0=429)
    breaker_shows_durability: bool = _row("CircuitBreakingException.metadataToXContent; #48842", False, v7_0=True)
    breaker_shows_real_usage: bool = _row("HierarchyCircuitBreakerService.checkParentLimit; #48842", False, v7_0=True)
    breaker_usages: tuple[str, ...] = _row(
        "HierarchyCircuitBreakerServiceTests of 7.x; answers of 7.4 to 8.x; the change points were not read",
        _BREAKERS_6_3,
        v7_13=_BREAKERS_7_13,
        v8_0=_BREAKERS_8_0,
    )
    breaker_links: bool = _row("#113561", False, v9_0=True)
    block_names_index: bool = _row("ClusterBlockException of 6.8.13 and 7.2.1", False, v7_2=True)
    event_timeout_status: int = _row("ProcessClusterEventTimeoutException.status; #116026", 503, v9_0=429)

    # Security
    security_by_default: bool = _row("XPackSettings.SECURITY_ENABLED, release notes of 8.0.0", False, v8_0=True)
    authenticates_first: bool = _row(
        "#95112 in 8.9; #96703, its backport, is in 7.17.29, its release within 7.17 was not read",
        False,
        v7_17_13=True,
        v8_0=False,
        v8_9=True,
    )
    challenges: tuple[str, ...] = _row(
        "DefaultAuthenticationFailureHandler of 6.3.2, 6.8.13, 7.9.0 and 7.10.2; API keys are of 6.7",
        ("Basic",),
        v6_4=("Bearer", "Basic"),
        v6_7=("Bearer", "ApiKey", "Basic"),
        v7_10=("Basic", "Bearer", "ApiKey"),
    )
    basic_challenge: str = _row(
        "#110906, #111144",
        'Basic realm="security" charset="UTF-8"',
        v8_15='Basic realm="security", charset="UTF-8"',
    )
    api_keys_by_default: bool = _row("XPackSettings.API_KEY_SERVICE_ENABLED_SETTING, over plain HTTP", False, v8_0=True)
    missing_credentials: str = _row(
        "DefaultAuthenticationFailureHandler.missingToken of 6.8.13 and 7.10.2",
        "authentication token",
        v7_0="authentication credentials",
    )
    names_reserved_user: bool = _row("ReservedRealm, AuthenticationService; #56153", True, v7_8=False)
    names_failed_credentials: bool = _row(
        "AuthenticatorChain.handleNullToken; the first version with it was not read", False, v7_15=True
    )
    names_failed_api_key: bool = _row(
        "ApiKeyService.validateApiKeyCredentials of a 7.x and an 8.x; the change point was not read",
        False,
        v8_0=True,
    )
    runs_as_with_api_key: bool = _row(
        "AuthenticatorChain.maybeLookupRunAsUser; the first version with it was not read", False, v8_0=True
    )
    unauthorized_shows_trace: bool = _row("BytesRestResponse of 7.8.0 and 7.9.0", True, v7_9=False)
    refusals_hide_product: Literal["never", "on errors of the handler", "on 401", "on 401 and 403"] = _row(
        "SecurityRestFilter: #64948, #76434; RestResponse.filterHeaders: #95189 and, in 7.17, #96703",
        "never",
        v7_12="on errors of the handler",
        v7_17_13="on 401 and 403",
        v8_0="on 401",
        v8_8="on 401 and 403",
    )
    denial_names_roles: Literal["no", "roles", "effective roles"] = _row(
        "AuthorizationService, later AuthorizationDenialMessages", "no", v7_13="roles", v8_5="effective roles"
    )
    denial_names_privileges: bool = _row("#60357, backported by #66878", False, v7_12=True)
    search_action: str = _row(
        "RollupSearchAction.NAME of 6.3",
        "indices:admin/xpack/rollup/search",
        v6_4="indices:data/read/xpack/rollup/search",
    )


ROWS: Final[Mapping[str, Row]] = MappingProxyType(
    {each.name: each.metadata["row"] for each in fields(Profile) if "row" in each.metadata}
)
"""The row of each behaviour, by its name in the profile."""

LINES: Final = tuple(RELEASES)
"""Every version line from 6.3 on, oldest first."""

_TEXT = re.compile(r"\d+(\.\d+){0,2}", re.ASCII)


def parse_version(text: object) -> Version:
    """Return the version that a text names: `"7.17.28"`, or the newest known release of `"7.17"` or `"7"`.

    A `Version`, which users make too, is as its text. Raises `TypeError` for anything but these, and `ValueError` for a
    line that never was or that has no rollup jobs, naming the lines that have.
    """
    if isinstance(text, Version):
        text = text.number
    if not isinstance(text, str):
        message = f"a version is a text such as '7.17', '7.17.28' or '9', not {text!r} ({type(text).__name__})"
        raise TypeError(message)
    line = _line_of(text)
    if line is None:
        message = f"unknown Elasticsearch version {text!r}; known lines are {', '.join(LINES)} (or a major such as '9')"
        raise ValueError(message)
    return Version(text if text.count(".") == 2 else RELEASES[line].number)  # noqa: PLR2004  (major.minor.patch)


def _line_of(text: str) -> str | None:
    if not _TEXT.fullmatch(text):
        return None
    if "." not in text:
        return next((line for line in reversed(LINES) if line.startswith(f"{text}.")), None)
    line = Version(text).line
    return line if line in RELEASES else None


@cache
def profile_of(version: Version) -> Profile:
    """Return all that the fake has to know about a version."""
    numbers = as_numbers(version.number)
    return Profile(version, _release(version), **{name: row.at(numbers) for name, row in ROWS.items()})


def newest_of_major(major: int) -> Profile | None:
    """Return the profile of the newest release of a major, or `None` where there is no such major."""
    line = _line_of(str(major))
    return None if line is None else profile_of(Version(RELEASES[line].number))


def _release(version: Version) -> Release:
    """Return a release's build, with stable stand-ins for the hash and the date of one that is not known."""
    for release in KNOWN:
        if release.number == version.number:
            return release
    build_hash = hashlib.sha1(version.number.encode(), usedforsecurity=False).hexdigest()
    newest = RELEASES[version.line]
    return Release(version.number, newest.lucene, build_hash[: len(newest.build_hash)], newest.build_date)
