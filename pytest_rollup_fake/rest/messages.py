"""Every text that Elasticsearch sends, with the class that sends it.

The texts are facts of the wire: callers parse them, log them and match them in tests. They stand here and nowhere
else, so that one file can be held against Elasticsearch. What a text says of a request is a field in it, and filled in
by whoever sends it: `TASK_NOT_FOUND.format(job=id_)`. Where more than the fields differs, a function puts the text
together; which version wants which is decided by the profile (`model.versions`), never here.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# --- Parameters: RestRequest, Booleans, TimeValue, BaseRestHandler -------------------------------------------------

BOOLEAN_EXPECTED = "Failed to parse value [{value}] as only [true] or [false] are allowed."  # Booleans.parseBoolean
NUMBER_FORMAT = 'For input string: "{text}"'  # NumberFormatException.forInputString
TIME_UNIT_MISSING = (  # TimeValue.parseTimeValue
    "failed to parse setting [{name}] with value [{value}] as a time value: unit is missing or unrecognized"
)
TIME_NEGATIVE = (  # TimeValue.parseTimeValue
    "failed to parse setting [{name}] with value [{value}] as a time value: negative durations are not supported"
)
TIME_FRACTIONAL = "failed to parse [{value}], fractional time values are not supported"  # TimeValue.parse
TIME_UNREADABLE = "failed to parse [{value}]"  # TimeValue.parse


def unrecognized_parameters(path: str, described: list[str]) -> str:
    """Refuse parameters that no handler has read (BaseRestHandler.unrecognized)."""
    plural = "s" if len(described) > 1 else ""
    return f"request [{path}] contains unrecognized parameter{plural}: {', '.join(described)}"


def unrecognized_parameter(name: str, candidates: list[str]) -> str:
    """Name one unrecognised parameter, with the known ones that resemble it (BaseRestHandler.unrecognized)."""
    return f"[{name}] ->{_did_you_mean(candidates)}" if candidates else f"[{name}]"


def _did_you_mean(candidates: list[str]) -> str:
    if not candidates:
        return ""
    meant = f"[{candidates[0]}]" if len(candidates) == 1 else f"any of [{', '.join(candidates)}]"
    return f" did you mean {meant}?"


# BaseRestHandler.handleRequest, 7.0 and later.
BODY_NOT_SUPPORTED = "request [{method} {path}] does not support having a body"

# BaseRestHandler.handleRequest, late 6.x.
BODY_DEPRECATED = f"{BODY_NOT_SUPPORTED}; Elasticsearch 7.x+ will reject such requests"
PARAMETER_RESERVED = "parameter [{name}] is reserved and may not be set"  # RestUtils.addParam, late 8.x and later


# --- The query string and the path: RestUtils ----------------------------------------------------------------------

ESCAPE_UNTERMINATED = "unterminated escape sequence at end of string: {text}"  # RestUtils.decodeComponent
ESCAPE_PARTIAL = "partial escape sequence at end of string: {text}"  # RestUtils.decodeComponent
ESCAPE_INVALID = "invalid escape sequence `{escape}' at index {index} of: {text}"  # RestUtils.decodeComponent


# --- Routing: RestController ---------------------------------------------------------------------------------------

NO_HANDLER = "no handler found for uri [{uri}] and method [{method}]"  # RestController.handleBadRequest


def method_not_allowed(uri: str, method: str, allowed: list[str]) -> str:
    """Refuse a method on a path that has others (RestController.handleUnsupportedHttpMethod)."""
    return f"Incorrect HTTP method for uri [{uri}] and method [{method}], allowed: [{', '.join(allowed)}]"


def method_unknown(cause: str, allowed: list[str]) -> str:
    """Refuse what made the method unreadable (RestController.handleUnsupportedHttpMethod, with an exception)."""
    return f"{cause}, allowed: [{', '.join(allowed)}]" if allowed else cause


UNEXPECTED_METHOD = "Unexpected http method: {method}"  # Netty4HttpRequest.method

# RestController.tryAllHandlers, later ActionModule.copyRequestHeadersToThreadContext.
OPAQUE_ID_REPEATED = "multiple values for single-valued header [X-Opaque-Id]."


# --- Media types: RestController, RestRequest, XContentType, ParsedMediaType ---------------------------------------

CONTENT_TYPE_MISSING = "Content-Type header is missing"  # RestController.sendContentTypeErrorMessage

# RestController.sendContentTypeErrorMessage.
CONTENT_TYPE_UNSUPPORTED = "Content-Type header [{value}] is not supported"
CONTENT_TYPE_REPEATED = "only one Content-Type header should be provided"  # RestRequest.parseContentType, 6.x and 7.x

CONTENT_TYPE_INVALID = "invalid Content-Type header [{value}]"  # RestRequest.parseContentType, 6.x and 7.x


def media_type_headers_invalid(headers: list[str]) -> str:
    """Name the headers whose media types were refused (RestRequest.MediaTypeHeaderException, 8.0 and later)."""
    return f"Invalid media-type value on headers [{', '.join(headers)}]"


MEDIA_TYPE_INVALID = "invalid media-type [{value}]"  # ParsedMediaType.parseMediaType, 8.0 and later
MEDIA_TYPE_EMPTY = "Header [{header}] cannot be empty."  # RestRequest.parseHeaderWithMediaType, 8.0 and later

# RestRequest.parseHeaderWithMediaType, 8.0 and later.
MEDIA_TYPE_REPEATED = "Incorrect header [{header}]. Only one value should be provided"

# ParsedMediaType.parseMediaType, 8.0 and later.
MEDIA_TYPE_PARAMETERS_INVALID = "invalid parameters for header [{value}]"


def compatible_version_unknown(header: str, majors: tuple[int, int], found: int, value: str) -> str:
    """Refuse a `compatible-with` that this version does not speak (RestCompatibleVersionHelper)."""
    current, previous = majors
    return f"{header} version must be either version {current} or {previous}, but found {found}. {header}={value}"


COMPATIBLE_VERSION_MISSING = (  # RestCompatibleVersionHelper
    "A compatible version is required on both Content-Type and Accept headers if either one has requested a "
    "compatible version. Accept={accept}, Content-Type={content_type}"
)
COMPATIBLE_VERSIONS_DIFFER = (  # RestCompatibleVersionHelper
    "A compatible version is required on both Content-Type and Accept headers if either one has requested a "
    "compatible version and the compatible versions must match. Accept={accept}, Content-Type={content_type}"
)


# --- Rollup: TransportTaskHelper, TransportStopRollupAction, RollupJobTask -----------------------------------------

TASK_NOT_FOUND = "Task for Rollup Job [{job}] not found"  # TransportStopRollupAction and TransportStartRollupAction
CANNOT_STOP = "Cannot stop task for Rollup Job [{job}] because state was [{state}]"  # RollupJobTask.stop
CANNOT_START = "Cannot start task for Rollup Job [{job}] because state was [{state}]"  # RollupJobTask.start


def job_not_found(job: str, *, brackets: bool) -> str:
    """Say that there is no job to delete (TransportDeleteRollupJobAction); 6.3 wrote the id without brackets."""
    return f"the task with id {f'[{job}]' if brackets else job} doesn't exist"


CANNOT_DELETE = (  # TransportDeleteRollupJobAction; the two spaces are its own
    "Could not delete job [{job}] because indexer state is [{state}].  Job must be [STOPPED] before deletion."
)
FAILED_NODE = "Failed node [{node_id}]"  # FailedNodeException, TransportTasksAction

# NodeDisconnectedException, by way of ActionTransportException.
NODE_DISCONNECTED = "[{name}][{address}][{action}] disconnected"


def stop_timed_out(job: str, timeout: str, state: str | None) -> str:
    """Give up waiting for a job to stop (TransportStopRollupAction); 6.6 did not name the state yet."""
    text = f"Timed out after [{timeout}] while waiting for rollup job [{job}] to stop"
    return text if state is None else f"{text}. State was [{state}]"


# --- Failures: of nodes, of the master, of memory ----------------------------------------------------------------

STATE_UPDATE_FAILED = "Error while updating state for rollup job [{job}] to [{state}]."  # RollupJobTask.start, stop
NO_KNOWN_MASTER = "no known master nodes"  # TransportGetRollupJobAction, TransportDeleteRollupJobAction

EVENT_TIMED_OUT = "failed to process cluster event ({source}) within 30s"  # ProcessClusterEventTimeoutException
STATE_UPDATE = "update task state [{task}]"  # PersistentTasksClusterService.updatePersistentTaskState


def execution_rejected(node: str) -> str:
    """Say that a thread pool's queue is full (EsAbortPolicy, EsThreadPoolExecutor.toString)."""
    executor = "org.elasticsearch.common.util.concurrent.EsThreadPoolExecutor"
    return (
        "rejected execution of org.elasticsearch.transport.TransportService$7@57d3c41b on EsThreadPoolExecutor["
        f"name = {node}/write, queue capacity = 200, {executor}@5ea1e2f0[Running, pool size = 8, active threads = 8, "
        "queued tasks = 200, completed tasks = 10731]]"
    )


BREAKER_WANTED = 1020483488
BREAKER_LIMIT = 1020054732


def data_too_large(*, shows_real_usage: bool, breakers: tuple[str, ...], link: str | None) -> str:
    """Say that memory does not suffice (HierarchyCircuitBreakerService.checkParentLimit)."""
    wanted, limit = f"[{BREAKER_WANTED}/973.2mb]", f"[{BREAKER_LIMIT}/972.7mb]"
    real = f", real usage: {wanted}, new bytes reserved: [0/0b]" if shows_real_usage else ""
    usages = ", ".join(f"{name}=0/0b" for name in breakers)
    more = "" if link is None else f"; for more information, see {link}"
    return (
        f"[parent] Data too large, data for [<http_request>] would be {wanted}, which is larger than the limit of "
        f"{limit}{real}, usages [{usages}]{more}"
    )


# ReferenceDocs.CIRCUIT_BREAKER_ERRORS.
BREAKER_LINK = "https://www.elastic.co/docs/troubleshoot/elasticsearch/circuit-breaker-errors?version={line}"


def blocked(index: str | None, *, names_index: bool) -> str:
    """Say what blocks the cluster or an index (ClusterBlockException, NoMasterBlockService, IndexMetadata)."""
    if index is None:
        return "blocked by: [SERVICE_UNAVAILABLE/2/no master];"
    return f"{f'index [{index}] ' if names_index else ''}blocked by: [FORBIDDEN/5/index read-only (api)];"


# --- Index APIs: RestIndexAction, InvalidIndexNameException -------------------------------------------------------

BODY_REQUIRED = "request body is required"  # RestRequest.requiredContent
INDEX_READ = "must not start with '_'."  # IndexNameExpressionResolver
INDEX_CREATED = "must not start with '_', '-', or '+'"  # MetadataCreateIndexService.validateIndexOrAliasName
INVALID_INDEX_NAME = "Invalid index name [{name}], {description}"  # InvalidIndexNameException


# --- JSON: Jackson's UTF8StreamJsonParser, JsonReadContext and ParserMinimalBase, by its version -------------------

JSON_VALUE_EXPECTED = {
    "2.8": "expected a valid value (number, String, array, object, 'true', 'false' or 'null')",
    "2.10": "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
}
JSON_WORD_EXPECTED = {
    "2.8": "('true', 'false' or 'null')",
    "2.10": "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
}

JSON_UNEXPECTED = "Unexpected character ({character}): {comment}"  # _reportUnexpectedChar
JSON_UNRECOGNIZED_WORD = "Unrecognized token '{word}': was expecting {expected}"  # _reportInvalidToken
JSON_DUPLICATE = "Duplicate field '{name}'"  # JsonReadContext._checkDup

# _handleEOF; what is before it says the reader.
JSON_UNCLOSED = ": expected close marker for {context} (start marker at {start})"


def json_mismatched(mark: str, context: str, start: str) -> str:
    """Refuse the wrong closing bracket (_reportMismatchedEndMarker)."""
    expected = "}" if context == "Object" else "]"
    return f"Unexpected close marker '{mark}': expected '{expected}' (for {context} starting at {start})"


# _throwUnquotedSpace.
JSON_UNESCAPED = "Illegal unquoted character ({character}): has to be escaped using backslash to be included in {place}"
JSON_BAD_ESCAPE = "Unrecognized character escape {character}"  # _handleUnrecognizedCharacterEscape
JSON_BAD_BYTE = "Invalid UTF-8 start byte {byte:#x}"  # _reportInvalidInitial


def number_out_of_range(text: str, name: str, bounds: tuple[int, int] | None) -> str:
    """Refuse a number that is too large (ParserMinimalBase.reportOverflowInt; the bounds since 2.10)."""
    text = f"Numeric value ({text}) out of range of {name}"
    return text if bounds is None else f"{text} ({bounds[0]} - {bounds[1]})"


def integer_out_of_range(text: str, name: str) -> str:
    """Refuse a number in a string that is too large (AbstractXContentParser.intValue and toLong)."""
    return f"Value [{text}] is out of range for {'an integer' if name == 'int' else 'a long'}"


NO_TEXT = "Can't get text on a {kind} at {location}"  # JsonXContentParser.text


# --- Objects of a body: ObjectParser, ConstructingObjectParser; what they say stands behind the parser's name ------

FAILED_TO_PARSE_OBJECT = "failed to parse object"  # ObjectParser.apply
OBJECT_EXPECTED = "Expected START_OBJECT but was: {kind}"  # ObjectParser.parse
UNKNOWN_FIELD_WITHOUT_PARSER = "unknown field [{name}], parser not found"  # ObjectParser, up to 7.6


def unknown_field(name: str, candidates: list[str]) -> str:
    """Refuse a field that is not declared, with those that resemble it (SuggestingErrorOnUnknown, 7.7 and later)."""
    return f"unknown field [{name}]{_did_you_mean(candidates)}"


VALUE_UNSUPPORTED = "{name} doesn't support values of type: {kind}"  # ObjectParser.FieldParser.assertSupports
VALUE_EXPECTED = "expected value but got [{kind}]"  # AbstractObjectParser.parseArray
FAILED_TO_PARSE_FIELD = "failed to parse field [{name}]"  # ObjectParser.parseValue


def fields_required(names: list[str]) -> str:
    """Name the required fields that did not come (ConstructingObjectParser.Target.finish)."""
    return f"Required [{', '.join(names)}]"


# ConstructingObjectParser.Target.buildTarget.
FAILED_TO_BUILD = "Failed to build [{name}] after last required field arrived"


# --- A job's configuration: RollupJobConfig and its parts; from 6.5 on, and those of the builders of 6.3 and 6.4 ----

# The names of the parsers, which stand before what they refuse.
JOB_PARTS = {
    "builders": {
        "groups": "grouping_config",
        "date_histogram": "date_histo_group_config",
        "histogram": "histo_group_config",
        "terms": "term_group_config",
        "metrics": "metric_config",
    },
    "constructors": {name: name for name in ("groups", "date_histogram", "histogram", "terms", "metrics")},
}

# What is said of a value that is missing, empty or wrong.
JOB_REFUSALS = {
    "builders": {
        "id": "An ID is mandatory.",
        "index_pattern": "An index pattern is mandatory.",
        "pattern matches": "Index pattern would match rollup index name which is not allowed.",
        "pattern is rollup index": "Rollup index may not be the same as the index pattern.",
        "rollup_index": "A rollup index name is mandatory.",
        "cron": "A cron schedule is mandatory.",
        "page_size": "Parameter [page_size] is mandatory and  must be a positive long.",
        "nothing to roll up": "At least one grouping or metric must be configured.",
        "date field": "Parameter [field] is mandatory.",
        "interval": "Parameter [interval] must be a positive long.",
        "fields": "Parameter [fields] must have at least one value.",
        "metric field": "Parameter [field] must be a non-null, non-empty string.",
        "metrics": "Parameter [metrics] must be a non-null, non-empty array of strings.",
        "metric": "Unsupported metric [{metric}].  Supported metrics include: [max, min, sum, avg, value_count]",
    },
    "constructors": {
        "id": "Id must be a non-null, non-empty string",
        "index_pattern": "Index pattern must be a non-null, non-empty string",
        "pattern matches": "Index pattern would match rollup index name which is not allowed",
        "pattern is rollup index": "Rollup index may not be the same as the index pattern",
        "rollup_index": "Rollup index must be a non-null, non-empty string",
        "cron": "Cron schedule must be a non-null, non-empty string",
        "page_size": "Page size is mandatory and  must be a positive long",
        "nothing to roll up": "At least one grouping or metric must be configured",
        "date field": "Field must be a non-null, non-empty string",
        "interval": "Interval must be a positive long",
        "fields": "Fields must have at least one value",
        "metric field": "Field must be a non-null, non-empty string",
        "metrics": "Metrics must be a non-null, non-empty array of strings",
        "metric": "Unsupported metric [{metric}]. Supported metrics include: [min, avg, max, sum, value_count]",
    },
}

PATTERN_MATCHES_ALL = "Index pattern must not match all indices (as it would match it's own rollup index"
CRON_INVALID = "invalid cron expression [{expression}]"  # Cron, up to 6.4 when the job is created
DATE_HISTOGRAM_MISSING = "A date_histogram group is mandatory"  # GroupConfig.Builder
INTERVAL_MANDATORY = "Parameter [interval] is mandatory."  # DateHistoGroupConfig.Builder
INTERVAL_MISSING = "An interval is required.  Use [fixed_interval] or [calendar_interval]."  # DateHistogramGroupConfig
INTERVALS_BOTH = "Cannot set both [fixed_interval] and [calendar_interval] at the same time"
INTERVALS_MIXED = "Cannot use [interval] with [fixed_interval] or [calendar_interval] configuration options."
INTERVAL_TOO_SHORT = "Zero or negative time interval not supported"  # Rounding.Builder

# DateHistogramGroupConfig.CalendarInterval
CALENDAR_INTERVAL_INVALID = "The supplied interval [{interval}] could not be parsed as a calendar interval."
ZONE_UNKNOWN = "Unknown time-zone ID: {zone}"  # java.time.zone.ZoneRulesProvider
ZONE_INVALID = "Invalid ID for region-based ZoneId, invalid format: {zone}"  # java.time.ZoneRegion
JODA_ZONE_UNKNOWN = "The datetime zone id '{zone}' is not recognised"  # Joda's DateTimeZone.forID


# --- Creating a job: TransportPutRollupJobAction, and what its groups and metrics say of mappings -------------------

TIME_ZONE_OBSOLETE = (  # TransportPutRollupJobAction.checkForDeprecatedTZ
    "Creating Rollup job [{job}] with timezone [{zone}], but [{zone}] has been deprecated by the IANA.  Use "
    "[{modern}] instead."
)

ROLLUP_IS_NEW = (
    "new rollup jobs are not allowed in clusters that don't have any rollup usage, since rollup has been deprecated"
)
NO_FIELDS = "Could not find any fields in the index/index-pattern that were configured in job"
GROUPS_NULL = (
    'Cannot invoke "org.elasticsearch.xpack.core.rollup.job.GroupConfig.getDateHistogram()" because the return value '
    'of "org.elasticsearch.xpack.core.rollup.job.RollupJobConfig.getGroupConfig()" is null'
)


def validation_failed(failures: list[str]) -> str:
    """List what is wrong, with numbers (ValidationException.getMessage)."""
    return "Validation Failed: " + "".join(f"{number}: {failure};" for number, failure in enumerate(failures, 1))


# Every group and MetricConfig.
NOT_AGGREGATABLE = "The field [{name}] must be aggregatable across all indices, but is not."

# Every group and MetricConfig.
FIELD_MISSING = "Could not find {wanted} with name [{name}] in any of the indices matching the index pattern."
DATE_EXPECTED = (  # DateHistogramGroupConfig.validateMappings
    "The field referenced by a date_histo group must be {wanted} across all indices in the index pattern.  Found: "
    "{found} for field [{name}]"
)

# HistogramGroupConfig, TermsGroupConfig, MetricConfig: validateMappings.
TYPE_EXPECTED = "The field referenced by a {part} must be a {wanted} type, but found {found} for field [{name}]"


def date_metrics_only(type_: str, metrics: list[str], name: str) -> str:
    """Refuse metrics that dates do not have (MetricConfig.buildSupportedMetricError)."""
    return (
        f"Only the metrics [max, min, value_count] are supported for [{type_}] types, but unsupported metrics "
        f"[{', '.join(metrics)}] supplied for field [{name}]"
    )


ROLLUP_INDEX_NOT_CREATED = "Could not create index for rollup job [{job}]"  # TransportPutRollupJobAction.createIndex


def rollup_meta_missing(index: str, key: str, *, is_long: bool) -> str:
    """Refuse a rollup index that is none (TransportPutRollupJobAction.updateMapping; reworded in 6.5)."""
    what = "_meta key" if key == "_meta" else f"rollup meta key [{key}]"
    expected = f"xpected to find {what} in mapping of rollup index [{index}] but not found"
    if is_long:
        return f"Rollup data cannot be added to existing indices that contain non-rollup data (e{expected})."
    return f"E{expected}."


# TransportPutRollupJobAction.updateMapping, up to 8.x.
ROLLUP_VERSION_MISSING = "Could not determine version of existing rollup metadata for index [{index}]"

# TransportPutRollupJobAction.updateMapping.
JOB_REMEMBERED = "Cannot create rollup job [{job}] because job was previously created (existing metadata)."

# TransportPutRollupJobAction.startPersistentTask.
JOB_EXISTS = "Cannot create job [{job}] because it has already been created (task exists)"
TASK_EXISTS = "task with id {{{task}}} already exist"  # PersistentTasksClusterService.createPersistentTask


# --- Indices: MetadataCreateIndexService, CreateIndexRequest, MappingParser, DestructiveOperations ------------------

CONTENT_UNREADABLE = "Failed to parse content to map"  # XContentHelper.convertToMap
INDEX_EMPTY = "must not be empty"
INDEX_DOTS = "must not be '.' or '..'"
INDEX_UPPER_CASE = "must be lowercase"
WILDCARDS_REFUSED = "Wildcard expressions or all indices are not allowed"  # DestructiveOperations.failDestructive
MAPPING_TYPE_MISSING = "mapping type is missing"  # PutMappingRequest.validate, 6.x


def no_such_index(name: str | None) -> str:
    """Miss an index (IndexNotFoundException; up to 6.8 without its name)."""
    return "no such index" if name is None else f"no such index [{name}]"


INDEX_EXISTS = "index [{name}/{uuid}] already exists"  # ResourceAlreadyExistsException

# MetadataCreateIndexService.validateIndexOrAliasName.
INDEX_CHARACTERS = "must not contain the following characters {characters}"
INDEX_CHARACTER = "must not contain '{character}'"  # MetadataCreateIndexService.validateIndexOrAliasName
INDEX_TOO_LONG = "index name is too long, ({length} > {limit})"  # MetadataCreateIndexService.validateIndexOrAliasName
INDEX_KEY_UNKNOWN = "unknown key [{key}] for create index"  # CreateIndexRequest.source
INDEX_KEY_NO_OBJECT = "key [{key}] must be an object"  # CreateIndexRequest.validateIsMap
MAPPING_TYPED = (  # RestCreateIndexAction.prepareMappings, 7.0 and later
    "The mapping definition cannot be nested under a type [{type}] unless include_type_name is set to true."
)


def mapping_types_many(index: str, names: list[str]) -> str:
    """Refuse a second type (MapperService, 6.x)."""
    names_text = ", ".join(sorted(names))
    return f"Rejecting mapping update to [{index}] as the final mapping would have more than 1 type: [{names_text}]"


def mapping_failed(type_name: str | None, reason: str) -> str:
    """Refuse a mapping (MapperService.parseMapping); up to 7.x its type is named."""
    return f"Failed to parse mapping{'' if type_name is None else f' [{type_name}]'}: {reason}"


# MappingParser.checkNoRemainingFields.
MAPPING_ROOT = "Root mapping definition has unsupported parameters:  [{key} : {value}]"

# ObjectMapper.TypeParser.parseProperties.
MAPPING_OBJECT_EXPECTED = "Expected map for property [fields] on field [{name}] but got a class java.lang.String"
FIELD_UNTYPED = "No type specified for field [{name}]"  # ObjectMapper.TypeParser.parseProperties


def field_type_unknown(type_: str, name: str, *, old: bool) -> str:
    """Refuse the type of a field (ObjectMapper.TypeParser.parseProperties)."""
    if old:
        return f"No handler for type [{type_}] declared on field [{name}]"
    return (
        f"The mapper type [{type_}] declared on field [{name}] does not exist. It might have been created within a "
        "future version or requires a plugin to be installed. Check the documentation."
    )


TYPE_NAME_DEPRECATED = (  # RestCreateIndexAction, RestPutMappingAction and their kin, 7.x
    "[types removal] Using include_type_name in {where} requests is deprecated. The parameter will be removed in the "
    "next major version."
)

# MetaDataCreateIndexService of 6.4 to 6.8.
DEFAULT_SHARDS_CHANGE = (
    "the default number of shards will change from [5] to [1] in 7.0.0; if you wish to continue using the default of "
    "[5] shards, you must manage this on the create index request or with an index template"
)

# RestCreateIndexAction of 6.7 and 6.8.
TYPE_NAME_EXPECTED = (
    "[types removal] The parameter include_type_name should be explicitly specified in create index requests to "
    "prepare for 7.0. In 7.0 include_type_name will default to 'false', and requests are expected to omit the type "
    "name in mapping definitions."
)


# --- Rollup search: TransportRollupSearchAction, RollupJobIdentifierUtils, SearchSourceBuilder, IndicesOptions --------

HITS_UNSUPPORTED = "Rollup does not support returning search hits, please try again with [size: 0]."
POST_FILTER_UNSUPPORTED = "Rollup search does not support post filtering."
SUGGEST_UNSUPPORTED = "Rollup search does not support suggestors."
HIGHLIGHT_UNSUPPORTED = "Rollup search does not support highlighting."
PROFILE_UNSUPPORTED = "Rollup search does not support profiling at the moment."
EXPLAIN_UNSUPPORTED = "Rollup search does not support explaining."
AGGREGATION_REQUIRED = "Rollup requires at least one aggregation to be set."  # up to 6.4
NO_REQUESTS = "no requests added"  # MultiSearchRequest.validate
NO_CONCRETE_INDEX = "Must specify at least one concrete index."
ALL_NOT_SEARCHED = "Searching _all via RollupSearch endpoint is not supported at this time."
INTERVAL_REQUIRED = "An interval of some variety must be configured on the date_histogram aggregation."


def one_rollup_index(names: list[str]) -> str:
    """Refuse to search several rollup indices (separateIndices); up to 6.4 they were not named."""
    text = "RollupSearch currently only supports searching one rollup index at a time."
    return f"{text} Found the following rollup indices: [{', '.join(names)}]" if names else text


NO_SUITABLE_JOB = (  # RollupJobIdentifierUtils
    "There is not a rollup job that has a [{type}] agg {where} [{what}] which also satisfies all requirements of query."
)
AGGREGATION_UNSUPPORTED = (  # RollupJobIdentifierUtils.doFindBestJobs
    "Unable to translate aggregation tree into Rollup.  Aggregation [{name}] is of type [{class_name}] which is "
    "currently unsupported."
)
AGGREGATION_UNDEFINED = "Missing definition for aggregation [{name}]"  # AggregatorFactories.parseAggregators
QUERY_UNSUPPORTED = "Unsupported Query in search request: [{name}]"  # rewriteQuery

# rewriteFieldName.
QUERY_FIELD_MISSING = "Field [{field}] in [{query}] query is not available in selected rollup indices, cannot query."


def query_field_ambiguous(field: str, rolled: list[str]) -> str:
    """Refuse a query of a field that is groups of two sorts (rewriteFieldName)."""
    return (
        f"Ambiguous field name resolution when mapping to rolled fields.  Field name [{field}] was mapped to: "
        f"[{','.join(rolled)}]."
    )


SEARCH_EXPECTED = "Expected [START_OBJECT] but found [{kind}]"  # SearchSourceBuilder.parseXContent
SEARCH_KEY_UNKNOWN = "Unknown key for a {kind} in [{key}]."  # SearchSourceBuilder.parseXContent
INT_EXPECTED = "Failed to parse int parameter [{name}] with value [{value}]"  # RestRequest.paramAsInt
WILDCARD_STATE_UNKNOWN = "No valid expand wildcard value [{state}]"  # IndicesOptions.WildcardStates.parseParameter
OPTION_NO_BOOLEAN = "Could not convert [{name}] to boolean"  # XContentMapValues.nodeBooleanValue

# RestSearchAction.TYPES_DEPRECATION_MESSAGE, 7.x.
SEARCH_TYPES_DEPRECATED = "[types removal] Specifying types in search requests is deprecated."


# --- Deprecation warnings ------------------------------------------------------------------------------------------

# RestController.registerWithDeprecatedHandler, later ReplacedRoute.
ROUTE_DEPRECATED = "[{method} {old}] is deprecated! Use [{method} {new}] instead."

# Rollup.DEPRECATION_MESSAGE, 9.0 and later; elastic/elasticsearch#113131.
ROLLUP_DEPRECATED = "The rollup functionality will be removed in Elasticsearch 10.0. See docs for more information."

# RestIndexAction.TYPES_DEPRECATION_MESSAGE, 7.0 and later.
TYPES_DEPRECATED = (
    "[types removal] Specifying types in document index requests is deprecated, use the typeless endpoints instead "
    "(/{index}/_doc/{id}, /{index}/_doc, or /{index}/_create/{id})."
)

SECURITY_NOT_ENABLED = (  # SecurityRestFilter, 7.13 to 7.17
    "Elasticsearch built-in security features are not enabled. Without authentication, your cluster could be "
    "accessible to anyone. See "
    "https://www.elastic.co/guide/en/elasticsearch/reference/{line}/security-minimal-setup.html to enable security."
)


# --- Security: DefaultAuthenticationFailureHandler, AuthenticatorChain, AuthorizationDenialMessages ----------------

CREDENTIALS_MISSING = "missing {what} for REST request [{uri}]"  # DefaultAuthenticationFailureHandler.missingToken

# DefaultAuthenticationFailureHandler.failedAuthentication.
USER_REFUSED = "unable to authenticate user [{user}] for REST request [{uri}]"
RESERVED_USER_REFUSED = "failed to authenticate user [{user}]"  # ReservedRealm, up to 7.7

# AuthenticatorChain.handleNullToken, and AuthenticationService before it.
CREDENTIALS_REFUSED = (
    "unable to authenticate with provided credentials and anonymous access is not allowed for this request"
)

BASIC_ENCODING = "invalid basic authentication header encoding"  # UsernamePasswordToken.extractToken
BASIC_VALUE = "invalid basic authentication header value"  # UsernamePasswordToken.extractToken
TOKEN_EXPIRED = "token expired"  # noqa: S105  # TokenService.expiredTokenException
TOKEN_INVALID = "oauth2 token: invalid token"  # noqa: S105  # OAuth2TokenAuthenticator
EXPIRED_CHALLENGE = (  # TokenService.EXPIRED_TOKEN_WWW_AUTH_VALUE
    'Bearer realm="security", error="invalid_token", error_description="The access token expired"'
)
BEARER_CHALLENGE = 'Bearer realm="security"'  # Security.createAuthenticationFailureHandler
API_KEY_CHALLENGE = "ApiKey"  # Security.createAuthenticationFailureHandler
API_KEY_REFUSED = "API key: {cause}"  # ApiKeyAuthenticator.name

API_KEY_UNREADABLE = "invalid ApiKey value"  # ApiKeyService.parseApiKey
API_KEY_EXPIRED = "api key is expired"  # ApiKeyService.validateApiKeyTypeAndExpiration
API_KEY_UNKNOWN = "unable to find apikey with id {id}"  # ApiKeyService.loadApiKeyAndValidateCredentials


def api_key_revoked(id_: str | None) -> str:
    """Say that an API key was invalidated (ApiKeyService.validateApiKeyCredentials); 7.x does not name it."""
    return "api key has been invalidated" if id_ is None else f"api key [{id_}] has been invalidated"


def api_key_wrong(id_: str | None) -> str:
    """Say that the key is not the one of its id (ApiKeyService.validateApiKeyCredentials); 7.x does not name it."""
    return "invalid credentials" if id_ is None else f"invalid credentials for API key [{id_}]"


# java.util.Base64.Decoder.
BASE64_TOO_SHORT = "Input byte[] should at least have 2 bytes for base64 bytes"
BASE64_WRONG_ENDING = "Input byte array has wrong 4-byte ending unit"
BASE64_DANGLING = "Last unit does not have enough valid bits"


def base64_illegal(byte: int) -> str:
    """Refuse what is no digit; Java's bytes have a sign (java.util.Base64.Decoder)."""
    return f"Illegal base64 character {byte if byte < 0x80 else byte - 0x100:x}"  # noqa: PLR2004  (the sign)


BASE64_AFTER_THE_END = "Input byte array has incorrect ending byte at {place}"  # java.util.Base64.Decoder


def user_described(name: str, api_key: str | None) -> str:
    """Name whom a request comes from (AuthorizationDenialMessages.authenticatedUserDescription)."""
    return f"user [{name}]" if api_key is None else f"API key id [{api_key}] of user [{name}]"


# AuthorizationDenialMessages.actionDenied; `who` ends in roles where the version names them.
ACTION_DENIED = "action [{action}] is unauthorized for {who}"


def on_indices(indices: list[str]) -> str:
    """Name the indices that are the reason (IndexAuthorizationResult.getFailureContext)."""
    return f" on indices [{','.join(indices)}]"


def granted_by(kind: str, privileges: list[str]) -> str:
    """Name the privileges that would have been enough, the least powerful first, `kind` being `cluster` or `index`."""
    return f", this action is granted by the {kind} privileges [{','.join(privileges)}]"


# AuthorizationDenialMessages.runAsDenied, 8.5 and later.
RUN_AS_DENIED = ", because {who} is unauthorized to run as [{name}]"


# --- Around: RestClusterHealthAction, RestGetLicenseAction, RestXPackInfoAction, RestListTasksAction ----------------

RELOCATING_SHARDS_REMOVED = (
    "wait_for_relocating_shards has been removed, use wait_for_no_relocating_shards [true/false] instead"
)
SHARD_COUNT_NEGATIVE = "shard count cannot be a negative value"  # ActiveShardCount.from
ACCEPT_ENTERPRISE_DEPRECATED = (
    "Including [accept_enterprise] in get license requests is deprecated. The parameter will be removed in the next "
    "major version"
)
ACCEPT_ENTERPRISE_FALSE = "The [accept_enterprise] parameters may not be false"
XPACK_TAGLINE = "You know, for X"  # XPackInfoResponse

# The descriptions of features, up to 7.2: XPackFeatureSet.description. That of `data_frame` is from memory.
FEATURES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ccr": "Cross Cluster Replication",
        "data_frame": "Data Frame for the Elastic Stack",
        "graph": "Graph Data Exploration for the Elastic Stack",
        "ilm": "Index lifecycle management for the Elastic Stack",
        "logstash": "Logstash management component for X-Pack",
        "ml": "Machine Learning for the Elastic Stack",
        "monitoring": "Monitoring for the Elastic Stack",
        "rollup": "Time series pre-aggregation and rollup",
        "security": "Security for the Elastic Stack",
        "sql": "SQL access to Elasticsearch",
        "watcher": "Alerting, Notification and Automation for the Elastic Stack",
    }
)

NO_ENUM_CONSTANT = "No enum constant {enum}.{name}"  # java.lang.Enum.valueOf

# ClusterStatsLevel.of.
LEVEL_UNKNOWN = "level parameter must be one of [cluster] or [indices] or [shards] but was [{level}]"
SHARD_COUNT_UNREADABLE = "cannot parse ActiveShardCount[{value}]"  # ActiveShardCount.parseString
TASK_ID_MALFORMED = "malformed task id {text}"  # TaskId

# RestListTasksAction.listTasksResponseListener.
GROUP_BY_UNKNOWN = "[group_by] must be one of [nodes], [parents] or [none] but was [{value}]"


# --- Root ----------------------------------------------------------------------------------------------------------

TAGLINE = "You Know, for Search"  # MainResponse
