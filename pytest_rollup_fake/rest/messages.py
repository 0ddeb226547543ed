"""Every text that Elasticsearch sends, with the class that sends it.

The texts are facts of the wire: callers parse them, log them and match them in tests. They stand here and nowhere
else, so that one file can be held against Elasticsearch. A text that differs between versions takes what it needs to
know as arguments; which version wants which is decided by the profile (`model.versions`), never here.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# --- Parameters: RestRequest, Booleans, TimeValue, BaseRestHandler -------------------------------------------------


def boolean_expected(value: str) -> str:
    """Refuse a value of a boolean parameter (Booleans.parseBoolean)."""
    return f"Failed to parse value [{value}] as only [true] or [false] are allowed."


def number_format(text: str) -> str:
    """Say what Java could not read as a number (NumberFormatException.forInputString)."""
    return f'For input string: "{text}"'


def time_unit_missing(name: str, value: str) -> str:
    """Refuse a time value without a known unit (TimeValue.parseTimeValue)."""
    return f"failed to parse setting [{name}] with value [{value}] as a time value: unit is missing or unrecognized"


def time_negative(name: str, value: str) -> str:
    """Refuse a time value below -1 (TimeValue.parseTimeValue)."""
    return (
        f"failed to parse setting [{name}] with value [{value}] as a time value: negative durations are not supported"
    )


def time_fractional(value: str) -> str:
    """Refuse a time value that is a number, but no long (TimeValue.parse)."""
    return f"failed to parse [{value}], fractional time values are not supported"


def time_unreadable(value: str) -> str:
    """Refuse a time value that is no number (TimeValue.parse)."""
    return f"failed to parse [{value}]"


def unrecognized_parameters(path: str, described: list[str]) -> str:
    """Refuse parameters that no handler has read (BaseRestHandler.unrecognized)."""
    plural = "s" if len(described) > 1 else ""
    return f"request [{path}] contains unrecognized parameter{plural}: {', '.join(described)}"


def unrecognized_parameter(name: str, candidates: list[str]) -> str:
    """Name one unrecognised parameter, with the known ones that resemble it (BaseRestHandler.unrecognized)."""
    if not candidates:
        return f"[{name}]"
    if len(candidates) == 1:
        return f"[{name}] -> did you mean [{candidates[0]}]?"
    return f"[{name}] -> did you mean any of [{', '.join(candidates)}]?"


def body_not_supported(method: str, path: str) -> str:
    """Refuse a body where none is taken (BaseRestHandler.handleRequest, 7.0 and later)."""
    return f"request [{method} {path}] does not support having a body"


def body_deprecated(method: str, path: str) -> str:
    """Warn of a body where none is taken (BaseRestHandler.handleRequest, late 6.x)."""
    return f"{body_not_supported(method, path)}; Elasticsearch 7.x+ will reject such requests"


def parameter_reserved(name: str) -> str:
    """Refuse a parameter that Elasticsearch sets itself (RestUtils.addParam, late 8.x and later)."""
    return f"parameter [{name}] is reserved and may not be set"


# --- The query string and the path: RestUtils ----------------------------------------------------------------------


def escape_unterminated(text: str) -> str:
    """Refuse a `%` at the end (RestUtils.decodeComponent)."""
    return f"unterminated escape sequence at end of string: {text}"


def escape_partial(text: str) -> str:
    """Refuse a `%` with one character after it (RestUtils.decodeComponent)."""
    return f"partial escape sequence at end of string: {text}"


def escape_invalid(escape: str, index: int, text: str) -> str:
    """Refuse a `%` that two hexadecimal digits do not follow (RestUtils.decodeComponent)."""
    return f"invalid escape sequence `{escape}' at index {index} of: {text}"


# --- Routing: RestController ---------------------------------------------------------------------------------------


def no_handler(uri: str, method: str) -> str:
    """Refuse a path that no handler is registered for (RestController.handleBadRequest)."""
    return f"no handler found for uri [{uri}] and method [{method}]"


def method_not_allowed(uri: str, method: str, allowed: list[str]) -> str:
    """Refuse a method on a path that has others (RestController.handleUnsupportedHttpMethod)."""
    return f"Incorrect HTTP method for uri [{uri}] and method [{method}], allowed: [{', '.join(allowed)}]"


def method_unknown(cause: str, allowed: list[str]) -> str:
    """Refuse what made the method unreadable (RestController.handleUnsupportedHttpMethod, with an exception)."""
    return f"{cause}, allowed: [{', '.join(allowed)}]" if allowed else cause


def unexpected_method(method: str) -> str:
    """Name a method that is none of HTTP's (Netty4HttpRequest.method)."""
    return f"Unexpected http method: {method}"


# RestController.tryAllHandlers, later ActionModule.copyRequestHeadersToThreadContext.
OPAQUE_ID_REPEATED = "multiple values for single-valued header [X-Opaque-Id]."


# --- Media types: RestController, RestRequest, XContentType, ParsedMediaType ---------------------------------------

CONTENT_TYPE_MISSING = "Content-Type header is missing"  # RestController.sendContentTypeErrorMessage


def content_type_unsupported(value: str) -> str:
    """Refuse the media type of a body (RestController.sendContentTypeErrorMessage)."""
    return f"Content-Type header [{value}] is not supported"


CONTENT_TYPE_REPEATED = "only one Content-Type header should be provided"  # RestRequest.parseContentType, 6.x and 7.x


def content_type_invalid(value: str) -> str:
    """Refuse a Content-Type that is no media type (RestRequest.parseContentType, 6.x and 7.x)."""
    return f"invalid Content-Type header [{value}]"


def media_type_headers_invalid(headers: list[str]) -> str:
    """Name the headers whose media types were refused (RestRequest.MediaTypeHeaderException, 8.0 and later)."""
    return f"Invalid media-type value on headers [{', '.join(headers)}]"


def media_type_invalid(value: str) -> str:
    """Refuse a header value that is no media type (ParsedMediaType.parseMediaType, 8.0 and later)."""
    return f"invalid media-type [{value}]"


def media_type_empty(header: str) -> str:
    """Refuse an empty media type (RestRequest.parseHeaderWithMediaType, 8.0 and later)."""
    return f"Header [{header}] cannot be empty."


def media_type_repeated(header: str) -> str:
    """Refuse a second value of Accept or Content-Type (RestRequest.parseHeaderWithMediaType, 8.0 and later)."""
    return f"Incorrect header [{header}]. Only one value should be provided"


def media_type_parameters_invalid(value: str) -> str:
    """Refuse the parameters of a media type (ParsedMediaType.parseMediaType, 8.0 and later)."""
    return f"invalid parameters for header [{value}]"


def compatible_version_unknown(header: str, majors: tuple[int, int], found: int, value: str) -> str:
    """Refuse a `compatible-with` that this version does not speak (RestCompatibleVersionHelper)."""
    current, previous = majors
    return f"{header} version must be either version {current} or {previous}, but found {found}. {header}={value}"


def compatible_version_missing(accept: str, content_type: str) -> str:
    """Refuse a `compatible-with` on one header only (RestCompatibleVersionHelper)."""
    return (
        "A compatible version is required on both Content-Type and Accept headers if either one has requested a "
        f"compatible version. Accept={accept}, Content-Type={content_type}"
    )


def compatible_versions_differ(accept: str, content_type: str) -> str:
    """Refuse two different `compatible-with` (RestCompatibleVersionHelper)."""
    return (
        "A compatible version is required on both Content-Type and Accept headers if either one has requested a "
        f"compatible version and the compatible versions must match. Accept={accept}, Content-Type={content_type}"
    )


# --- Rollup: TransportTaskHelper, TransportStopRollupAction, RollupJobTask -----------------------------------------


def task_not_found(job: str) -> str:
    """Say that no live task runs the job (TransportStopRollupAction and TransportStartRollupAction)."""
    return f"Task for Rollup Job [{job}] not found"


def cannot_stop(job: str, state: str) -> str:
    """Refuse to stop a job that is being cancelled (RollupJobTask.stop)."""
    return f"Cannot stop task for Rollup Job [{job}] because state was [{state}]"


def cannot_start(job: str, state: str) -> str:
    """Refuse to start a job that is not in a state for it (RollupJobTask.start)."""
    return f"Cannot start task for Rollup Job [{job}] because state was [{state}]"


def job_not_found(job: str, *, brackets: bool) -> str:
    """Say that there is no job to delete (TransportDeleteRollupJobAction); 6.3 wrote the id without brackets."""
    return f"the task with id {f'[{job}]' if brackets else job} doesn't exist"


def cannot_delete(job: str, state: str) -> str:
    """Refuse to delete a job that is not stopped (TransportDeleteRollupJobAction); the two spaces are its own."""
    return f"Could not delete job [{job}] because indexer state is [{state}].  Job must be [STOPPED] before deletion."


def failed_node(node_id: str) -> str:
    """Say that a node did not answer its part of a request (FailedNodeException, TransportTasksAction)."""
    return f"Failed node [{node_id}]"


def node_disconnected(name: str, address: str, action: str) -> str:
    """Say that the connection to a node broke (NodeDisconnectedException, by way of ActionTransportException)."""
    return f"[{name}][{address}][{action}] disconnected"


def stop_timed_out(job: str, timeout: str, state: str | None) -> str:
    """Give up waiting for a job to stop (TransportStopRollupAction); 6.6 did not name the state yet."""
    text = f"Timed out after [{timeout}] while waiting for rollup job [{job}] to stop"
    return text if state is None else f"{text}. State was [{state}]"


# --- Failures: of nodes, of the master, of memory ----------------------------------------------------------------


def state_update_failed(job: str, state: str) -> str:
    """Say that a job's new state could not be persisted (RollupJobTask.start, stop)."""
    return f"Error while updating state for rollup job [{job}] to [{state}]."


NO_KNOWN_MASTER = "no known master nodes"  # TransportGetRollupJobAction, TransportDeleteRollupJobAction


def event_timed_out(source: str) -> str:
    """Say that the master was too busy for a change of the cluster's state (ProcessClusterEventTimeoutException)."""
    return f"failed to process cluster event ({source}) within 30s"


def state_update(task: str) -> str:
    """Name the change that persists a task's state (PersistentTasksClusterService.updatePersistentTaskState)."""
    return f"update task state [{task}]"


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


def breaker_link(line: str) -> str:
    """Return where Elasticsearch explains circuit breakers (ReferenceDocs.CIRCUIT_BREAKER_ERRORS)."""
    return f"https://www.elastic.co/docs/troubleshoot/elasticsearch/circuit-breaker-errors?version={line}"


def blocked(index: str | None, *, names_index: bool) -> str:
    """Say what blocks the cluster or an index (ClusterBlockException, NoMasterBlockService, IndexMetadata)."""
    if index is None:
        return "blocked by: [SERVICE_UNAVAILABLE/2/no master];"
    return f"{f'index [{index}] ' if names_index else ''}blocked by: [FORBIDDEN/5/index read-only (api)];"


# --- Index APIs: RestIndexAction, InvalidIndexNameException -------------------------------------------------------

BODY_REQUIRED = "request body is required"  # RestRequest.requiredContent
INDEX_READ = "must not start with '_'."  # IndexNameExpressionResolver
INDEX_CREATED = "must not start with '_', '-', or '+'"  # MetadataCreateIndexService.validateIndexOrAliasName


def invalid_index_name(name: str, description: str) -> str:
    """Refuse a name that no index can have (InvalidIndexNameException)."""
    return f"Invalid index name [{name}], {description}"


# --- JSON: Jackson's UTF8StreamJsonParser, JsonReadContext and ParserMinimalBase, by its version -------------------

JSON_VALUE_EXPECTED = {
    "2.8": "expected a valid value (number, String, array, object, 'true', 'false' or 'null')",
    "2.10": "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
}
JSON_WORD_EXPECTED = {
    "2.8": "('true', 'false' or 'null')",
    "2.10": "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
}


def json_unexpected(character: str, comment: str) -> str:
    """Refuse a character that no value or mark begins with (_reportUnexpectedChar)."""
    return f"Unexpected character ({character}): {comment}"


def json_unrecognized_word(word: str, expected: str) -> str:
    """Refuse a word that is no value (_reportInvalidToken)."""
    return f"Unrecognized token '{word}': was expecting {expected}"


def json_duplicate(name: str) -> str:
    """Refuse a name that its object has already (JsonReadContext._checkDup)."""
    return f"Duplicate field '{name}'"


def json_unclosed(context: str, start: str) -> str:
    """Complain of the end inside an object or array (_handleEOF; what is before it says the reader)."""
    return f": expected close marker for {context} (start marker at {start})"


def json_mismatched(mark: str, context: str, start: str) -> str:
    """Refuse the wrong closing bracket (_reportMismatchedEndMarker)."""
    expected = "}" if context == "Object" else "]"
    return f"Unexpected close marker '{mark}': expected '{expected}' (for {context} starting at {start})"


def json_unescaped(character: str, place: str) -> str:
    """Refuse a control character in a string (_throwUnquotedSpace)."""
    return f"Illegal unquoted character ({character}): has to be escaped using backslash to be included in {place}"


def json_bad_escape(character: str) -> str:
    """Refuse a backslash before what needs none (_handleUnrecognizedCharacterEscape)."""
    return f"Unrecognized character escape {character}"


def json_bad_byte(byte: int) -> str:
    """Refuse what is no UTF-8 (_reportInvalidInitial)."""
    return f"Invalid UTF-8 start byte {byte:#x}"


def number_out_of_range(text: str, name: str, bounds: tuple[int, int] | None) -> str:
    """Refuse a number that is too large (ParserMinimalBase.reportOverflowInt; the bounds since 2.10)."""
    text = f"Numeric value ({text}) out of range of {name}"
    return text if bounds is None else f"{text} ({bounds[0]} - {bounds[1]})"


def integer_out_of_range(text: str, name: str) -> str:
    """Refuse a number in a string that is too large (AbstractXContentParser.intValue and toLong)."""
    return f"Value [{text}] is out of range for {'an integer' if name == 'int' else 'a long'}"


def no_text(kind: str, location: str) -> str:
    """Say that an object or an array is no text (JsonXContentParser.text)."""
    return f"Can't get text on a {kind} at {location}"


# --- Objects of a body: ObjectParser, ConstructingObjectParser; what they say stands behind the parser's name ------

FAILED_TO_PARSE_OBJECT = "failed to parse object"  # ObjectParser.apply


def object_expected(kind: str) -> str:
    """Refuse what is no object (ObjectParser.parse)."""
    return f"Expected START_OBJECT but was: {kind}"


def unknown_field_without_parser(name: str) -> str:
    """Refuse a field that is not declared (ObjectParser, up to 7.6)."""
    return f"unknown field [{name}], parser not found"


def unknown_field(name: str, candidates: list[str]) -> str:
    """Refuse a field that is not declared, with those that resemble it (SuggestingErrorOnUnknown, 7.7 and later)."""
    if not candidates:
        return f"unknown field [{name}]"
    hint = f"[{candidates[0]}]" if len(candidates) == 1 else f"any of [{', '.join(candidates)}]"
    return f"unknown field [{name}] did you mean {hint}?"


def value_unsupported(name: str, kind: str) -> str:
    """Refuse a value of the wrong kind (ObjectParser.FieldParser.assertSupports)."""
    return f"{name} doesn't support values of type: {kind}"


def value_expected(kind: str) -> str:
    """Refuse an array in an array (AbstractObjectParser.parseArray)."""
    return f"expected value but got [{kind}]"


def failed_to_parse_field(name: str) -> str:
    """Say in which field something went wrong (ObjectParser.parseValue)."""
    return f"failed to parse field [{name}]"


def fields_required(names: list[str]) -> str:
    """Name the required fields that did not come (ConstructingObjectParser.Target.finish)."""
    return f"Required [{', '.join(names)}]"


def failed_to_build(name: str) -> str:
    """Say that an object was refused once it was complete (ConstructingObjectParser.Target.buildTarget)."""
    return f"Failed to build [{name}] after last required field arrived"


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

JOB_ID_EMPTY = "Id must be a non-null, non-empty string"
INDEX_PATTERN_EMPTY = "Index pattern must be a non-null, non-empty string"
PATTERN_MATCHES_ALL = "Index pattern must not match all indices (as it would match it's own rollup index"
PATTERN_MATCHES = "Index pattern would match rollup index name which is not allowed"
PATTERN_IS_ROLLUP_INDEX = "Rollup index may not be the same as the index pattern"
ROLLUP_INDEX_EMPTY = "Rollup index must be a non-null, non-empty string"
CRON_EMPTY = "Cron schedule must be a non-null, non-empty string"
PAGE_SIZE_NOT_POSITIVE = "Page size is mandatory and  must be a positive long"
NOTHING_TO_ROLL_UP = "At least one grouping or metric must be configured"

OLD_JOB_ID_EMPTY = "An ID is mandatory."
OLD_INDEX_PATTERN_EMPTY = "An index pattern is mandatory."
OLD_ROLLUP_INDEX_EMPTY = "A rollup index name is mandatory."
OLD_CRON_EMPTY = "A cron schedule is mandatory."
OLD_PAGE_SIZE_NOT_POSITIVE = "Parameter [page_size] is mandatory and  must be a positive long."


def cron_invalid(expression: str) -> str:
    """Refuse what is no cron expression (Cron, up to 6.4 when the job is created)."""
    return f"invalid cron expression [{expression}]"


OLD_DATE_HISTOGRAM_MISSING = "A date_histogram group is mandatory"  # GroupConfig.Builder

FIELD_EMPTY = "Field must be a non-null, non-empty string"  # DateHistogramGroupConfig, MetricConfig
INTERVAL_MISSING = "An interval is required.  Use [fixed_interval] or [calendar_interval]."  # DateHistogramGroupConfig
INTERVALS_BOTH = "Cannot set both [fixed_interval] and [calendar_interval] at the same time"
INTERVALS_MIXED = "Cannot use [interval] with [fixed_interval] or [calendar_interval] configuration options."
INTERVAL_TOO_SHORT = "Zero or negative time interval not supported"  # Rounding.Builder


def calendar_interval_invalid(interval: str) -> str:
    """Refuse what is no unit of the calendar (DateHistogramGroupConfig.CalendarInterval)."""
    return f"The supplied interval [{interval}] could not be parsed as a calendar interval."


def parameter_mandatory(name: str) -> str:
    """Name what a date histogram lacks (DateHistoGroupConfig.Builder)."""
    return f"Parameter [{name}] is mandatory."


def zone_unknown(zone: str) -> str:
    """Refuse a time zone (java.time.zone.ZoneRulesProvider)."""
    return f"Unknown time-zone ID: {zone}"


def zone_invalid(zone: str) -> str:
    """Refuse what cannot be a time zone's name (java.time.ZoneRegion)."""
    return f"Invalid ID for region-based ZoneId, invalid format: {zone}"


def joda_zone_unknown(zone: str) -> str:
    """Refuse a time zone (Joda's DateTimeZone.forID)."""
    return f"The datetime zone id '{zone}' is not recognised"


INTERVAL_NOT_POSITIVE = "Interval must be a positive long"  # HistogramGroupConfig
OLD_INTERVAL_NOT_POSITIVE = "Parameter [interval] must be a positive long."
FIELDS_EMPTY = "Fields must have at least one value"  # HistogramGroupConfig, TermsGroupConfig
OLD_FIELDS_EMPTY = "Parameter [fields] must have at least one value."
METRICS_EMPTY = "Metrics must be a non-null, non-empty array of strings"  # MetricConfig
OLD_METRIC_FIELD_EMPTY = "Parameter [field] must be a non-null, non-empty string."
OLD_METRICS_EMPTY = "Parameter [metrics] must be a non-null, non-empty array of strings."

METRICS = ("min", "avg", "max", "sum", "value_count")  # RollupField.SUPPORTED_METRICS, in the order of a HashSet
_OLD_METRICS = ("max", "min", "sum", "avg", "value_count")


def unsupported_metric(metric: str) -> str:
    """Refuse what is no metric (MetricConfig)."""
    return f"Unsupported metric [{metric}]. Supported metrics include: [{', '.join(METRICS)}]"


def old_unsupported_metric(metric: str) -> str:
    """Refuse what is no metric (MetricConfig.Builder)."""
    return f"Unsupported metric [{metric}].  Supported metrics include: [{', '.join(_OLD_METRICS)}]"


# --- Creating a job: TransportPutRollupJobAction, and what its groups and metrics say of mappings -------------------


def time_zone_obsolete(job: str, zone: str, modern: str) -> str:
    """Warn of an old name of a time zone (TransportPutRollupJobAction.checkForDeprecatedTZ)."""
    return (
        f"Creating Rollup job [{job}] with timezone [{zone}], but [{zone}] has been deprecated by the IANA.  "
        f"Use [{modern}] instead."
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


def not_aggregatable(name: str) -> str:
    """Refuse a field of the right type that cannot be aggregated on (every group and MetricConfig)."""
    return f"The field [{name}] must be aggregatable across all indices, but is not."


def field_missing(wanted: str, name: str) -> str:
    """Miss a field (every group and MetricConfig)."""
    return f"Could not find {wanted} with name [{name}] in any of the indices matching the index pattern."


def date_expected(wanted: str, found: str, name: str) -> str:
    """Refuse the type of a date histogram's field (DateHistogramGroupConfig.validateMappings)."""
    return (
        f"The field referenced by a date_histo group must be {wanted} across all indices in the index pattern.  "
        f"Found: {found} for field [{name}]"
    )


def type_expected(part: str, wanted: str, found: str, name: str) -> str:
    """Refuse the type of a field (HistogramGroupConfig, TermsGroupConfig, MetricConfig: validateMappings)."""
    return f"The field referenced by a {part} must be a {wanted} type, but found {found} for field [{name}]"


def date_metrics_only(type_: str, metrics: list[str], name: str) -> str:
    """Refuse metrics that dates do not have (MetricConfig.buildSupportedMetricError)."""
    return (
        f"Only the metrics [max, min, value_count] are supported for [{type_}] types, but unsupported metrics "
        f"[{', '.join(metrics)}] supplied for field [{name}]"
    )


def rollup_index_not_created(job: str) -> str:
    """Say that the rollup index could not be created; why is the cause (TransportPutRollupJobAction.createIndex)."""
    return f"Could not create index for rollup job [{job}]"


def rollup_meta_missing(index: str, key: str, *, is_long: bool) -> str:
    """Refuse a rollup index that is none (TransportPutRollupJobAction.updateMapping; reworded in 6.5)."""
    what = "_meta key" if key == "_meta" else f"rollup meta key [{key}]"
    expected = f"xpected to find {what} in mapping of rollup index [{index}] but not found"
    if is_long:
        return f"Rollup data cannot be added to existing indices that contain non-rollup data (e{expected})."
    return f"E{expected}."


def rollup_version_missing(index: str) -> str:
    """Refuse a rollup index without a version (TransportPutRollupJobAction.updateMapping, up to 8.x)."""
    return f"Could not determine version of existing rollup metadata for index [{index}]"


def job_remembered(job: str) -> str:
    """Refuse a job that its rollup index remembers (TransportPutRollupJobAction.updateMapping)."""
    return f"Cannot create rollup job [{job}] because job was previously created (existing metadata)."


def job_exists(job: str) -> str:
    """Refuse a job that exists, with another rollup index (TransportPutRollupJobAction.startPersistentTask)."""
    return f"Cannot create job [{job}] because it has already been created (task exists)"


def task_exists(task: str) -> str:
    """Refuse a task of an id that is taken (PersistentTasksClusterService.createPersistentTask)."""
    return f"task with id {{{task}}} already exist"


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


def index_exists(name: str, uuid: str) -> str:
    """Refuse an index that exists (ResourceAlreadyExistsException)."""
    return f"index [{name}/{uuid}] already exists"


def index_characters(characters: str) -> str:
    """Refuse characters that no file name has (MetadataCreateIndexService.validateIndexOrAliasName)."""
    return f"must not contain the following characters {characters}"


def index_character(character: str) -> str:
    """Refuse one more character (MetadataCreateIndexService.validateIndexOrAliasName)."""
    return f"must not contain '{character}'"


def index_too_long(length: int, limit: int) -> str:
    """Refuse a name over 255 bytes (MetadataCreateIndexService.validateIndexOrAliasName)."""
    return f"index name is too long, ({length} > {limit})"


def index_key_unknown(key: str) -> str:
    """Refuse what an index is not created with (CreateIndexRequest.source)."""
    return f"unknown key [{key}] for create index"


def index_key_no_object(key: str) -> str:
    """Refuse a part of an index that is no object (CreateIndexRequest.validateIsMap)."""
    return f"key [{key}] must be an object"


def mapping_typed(type_name: str) -> str:
    """Refuse a mapping under its type (RestCreateIndexAction.prepareMappings, 7.0 and later)."""
    text = f"The mapping definition cannot be nested under a type [{type_name}]"
    return f"{text} unless include_type_name is set to true."


def mapping_types_many(index: str, names: list[str]) -> str:
    """Refuse a second type (MapperService, 6.x)."""
    names_text = ", ".join(sorted(names))
    return f"Rejecting mapping update to [{index}] as the final mapping would have more than 1 type: [{names_text}]"


def mapping_failed(type_name: str | None, reason: str) -> str:
    """Refuse a mapping (MapperService.parseMapping); up to 7.x its type is named."""
    text = "Failed to parse mapping" if type_name is None else f"Failed to parse mapping [{type_name}]"
    return f"{text}: {reason}"


def mapping_root(key: str, value: str) -> str:
    """Refuse a key at the root of a mapping (MappingParser.checkNoRemainingFields)."""
    return f"Root mapping definition has unsupported parameters:  [{key} : {value}]"


def mapping_object_expected(name: str) -> str:
    """Refuse a field that is no object (ObjectMapper.TypeParser.parseProperties)."""
    return f"Expected map for property [fields] on field [{name}] but got a class java.lang.String"


def field_untyped(name: str) -> str:
    """Refuse a field without a type (ObjectMapper.TypeParser.parseProperties)."""
    return f"No type specified for field [{name}]"


def field_type_unknown(type_: str, name: str, *, old: bool) -> str:
    """Refuse the type of a field (ObjectMapper.TypeParser.parseProperties)."""
    if old:
        return f"No handler for type [{type_}] declared on field [{name}]"
    return (
        f"The mapper type [{type_}] declared on field [{name}] does not exist. It might have been created within a "
        "future version or requires a plugin to be installed. Check the documentation."
    )


def type_name_deprecated(where: str) -> str:
    """Warn of `include_type_name` (RestCreateIndexAction, RestPutMappingAction and their kin, 7.x)."""
    return (
        f"[types removal] Using include_type_name in {where} requests is deprecated. "
        "The parameter will be removed in the next major version."
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


def no_suitable_job(type_: str, where: str, what: str) -> str:
    """Say that no job has rolled up what an aggregation needs (RollupJobIdentifierUtils)."""
    return (
        f"There is not a rollup job that has a [{type_}] agg {where} [{what}] which also satisfies all requirements of "
        "query."
    )


def aggregation_unsupported(name: str, class_name: str) -> str:
    """Refuse an aggregation of another kind than rollup has (RollupJobIdentifierUtils.doFindBestJobs)."""
    return (
        f"Unable to translate aggregation tree into Rollup.  Aggregation [{name}] is of type [{class_name}] which is "
        "currently unsupported."
    )


def aggregation_undefined(name: str) -> str:
    """Refuse an aggregation without a type (AggregatorFactories.parseAggregators)."""
    return f"Missing definition for aggregation [{name}]"


def query_unsupported(name: str) -> str:
    """Refuse a query of another kind than rollup has (rewriteQuery)."""
    return f"Unsupported Query in search request: [{name}]"


def query_field_missing(query: str, field: str) -> str:
    """Refuse a query of a field that is no group of the jobs (rewriteFieldName)."""
    return f"Field [{field}] in [{query}] query is not available in selected rollup indices, cannot query."


def query_field_ambiguous(field: str, rolled: list[str]) -> str:
    """Refuse a query of a field that is groups of two sorts (rewriteFieldName)."""
    return (
        f"Ambiguous field name resolution when mapping to rolled fields.  Field name [{field}] was mapped to: "
        f"[{','.join(rolled)}]."
    )


def search_expected(kind: str) -> str:
    """Refuse a search that is no object (SearchSourceBuilder.parseXContent)."""
    return f"Expected [START_OBJECT] but found [{kind}]"


def search_key_unknown(kind: str, key: str) -> str:
    """Refuse what is no part of a search (SearchSourceBuilder.parseXContent)."""
    return f"Unknown key for a {kind} in [{key}]."


def int_expected(name: str, value: str) -> str:
    """Refuse a parameter that is no number (RestRequest.paramAsInt)."""
    return f"Failed to parse int parameter [{name}] with value [{value}]"


def wildcard_state_unknown(state: str) -> str:
    """Refuse what wildcards cannot expand to (IndicesOptions.WildcardStates.parseParameter)."""
    return f"No valid expand wildcard value [{state}]"


def option_no_boolean(name: str) -> str:
    """Refuse an option of indices that is no boolean (XContentMapValues.nodeBooleanValue)."""
    return f"Could not convert [{name}] to boolean"


# RestSearchAction.TYPES_DEPRECATION_MESSAGE, 7.x.
SEARCH_TYPES_DEPRECATED = "[types removal] Specifying types in search requests is deprecated."


# --- Deprecation warnings ------------------------------------------------------------------------------------------


def route_deprecated(method: str, old: str, new: str) -> str:
    """Warn of a replaced path (RestController.registerWithDeprecatedHandler, later ReplacedRoute)."""
    return f"[{method} {old}] is deprecated! Use [{method} {new}] instead."


# Rollup.DEPRECATION_MESSAGE, 9.0 and later; elastic/elasticsearch#113131.
ROLLUP_DEPRECATED = "The rollup functionality will be removed in Elasticsearch 10.0. See docs for more information."


# RestIndexAction.TYPES_DEPRECATION_MESSAGE, 7.0 and later.
TYPES_DEPRECATED = (
    "[types removal] Specifying types in document index requests is deprecated, use the typeless endpoints instead "
    "(/{index}/_doc/{id}, /{index}/_doc, or /{index}/_create/{id})."
)


def security_not_enabled(line: str) -> str:
    """Warn that security is left at its default, which is off (SecurityRestFilter, 7.13 to 7.17)."""
    return (
        "Elasticsearch built-in security features are not enabled. Without authentication, your cluster could be "
        f"accessible to anyone. See https://www.elastic.co/guide/en/elasticsearch/reference/{line}/"
        "security-minimal-setup.html to enable security."
    )


# --- Security: DefaultAuthenticationFailureHandler, AuthenticatorChain, AuthorizationDenialMessages ----------------


def credentials_missing(what: str, uri: str) -> str:
    """Ask for credentials (DefaultAuthenticationFailureHandler.missingToken)."""
    return f"missing {what} for REST request [{uri}]"


def user_refused(user: str, uri: str) -> str:
    """Refuse a user or a password (DefaultAuthenticationFailureHandler.failedAuthentication)."""
    return f"unable to authenticate user [{user}] for REST request [{uri}]"


def reserved_user_refused(user: str) -> str:
    """Refuse the password of a built-in user, up to 7.7 (ReservedRealm)."""
    return f"failed to authenticate user [{user}]"


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


def api_key_refused(cause: str) -> str:
    """Say of an API key why it was refused (ApiKeyAuthenticator.name)."""
    return f"API key: {cause}"


API_KEY_UNREADABLE = "invalid ApiKey value"  # ApiKeyService.parseApiKey
API_KEY_EXPIRED = "api key is expired"  # ApiKeyService.validateApiKeyTypeAndExpiration


def api_key_unknown(id_: str) -> str:
    """Say that there is no such API key (ApiKeyService.loadApiKeyAndValidateCredentials)."""
    return f"unable to find apikey with id {id_}"


def api_key_revoked(id_: str | None) -> str:
    """Say that an API key was invalidated (ApiKeyService.validateApiKeyCredentials); 7.x does not name it."""
    return "api key has been invalidated" if id_ is None else f"api key [{id_}] has been invalidated"


def api_key_wrong(id_: str | None) -> str:
    """Say that the key is not the one of its id (ApiKeyService.validateApiKeyCredentials); 7.x does not name it."""
    return "invalid credentials" if id_ is None else f"invalid credentials for API key [{id_}]"


# java.util.Base64.Decoder
BASE64_TOO_SHORT = "Input byte[] should at least have 2 bytes for base64 bytes"
BASE64_WRONG_ENDING = "Input byte array has wrong 4-byte ending unit"
BASE64_DANGLING = "Last unit does not have enough valid bits"


def base64_illegal(byte: int) -> str:
    """Refuse what is no digit; Java's bytes have a sign (java.util.Base64.Decoder)."""
    return f"Illegal base64 character {byte if byte < 0x80 else byte - 0x100:x}"  # noqa: PLR2004  (the sign)


def base64_after_the_end(place: int) -> str:
    """Refuse what stands behind the padding (java.util.Base64.Decoder)."""
    return f"Input byte array has incorrect ending byte at {place}"


def user_described(name: str, api_key: str | None) -> str:
    """Name whom a request comes from (AuthorizationDenialMessages.authenticatedUserDescription)."""
    return f"user [{name}]" if api_key is None else f"API key id [{api_key}] of user [{name}]"


def action_denied(action: str, who: str) -> str:
    """Refuse an action (AuthorizationDenialMessages.actionDenied); `who` ends in roles where the version names them."""
    return f"action [{action}] is unauthorized for {who}"


def on_indices(indices: list[str]) -> str:
    """Name the indices that are the reason (IndexAuthorizationResult.getFailureContext)."""
    return f" on indices [{','.join(indices)}]"


def granted_by(kind: str, privileges: list[str]) -> str:
    """Name the privileges that would have been enough, the least powerful first, `kind` being `cluster` or `index`."""
    return f", this action is granted by the {kind} privileges [{','.join(privileges)}]"


def run_as_denied(who: str, name: str) -> str:
    """Refuse to act in another user's name (AuthorizationDenialMessages.runAsDenied, 8.5 and later)."""
    return f", because {who} is unauthorized to run as [{name}]"


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


def no_enum_constant(enum: str, name: str) -> str:
    """Refuse a name that an enum does not have (java.lang.Enum.valueOf)."""
    return f"No enum constant {enum}.{name}"


def level_unknown(level: str) -> str:
    """Refuse a level of detail (ClusterStatsLevel.of)."""
    return f"level parameter must be one of [cluster] or [indices] or [shards] but was [{level}]"


def shard_count_unreadable(value: str) -> str:
    """Refuse what is no number of shards (ActiveShardCount.parseString)."""
    return f"cannot parse ActiveShardCount[{value}]"


def task_id_malformed(text: str) -> str:
    """Refuse what is no id of a task (TaskId)."""
    return f"malformed task id {text}"


def group_by_unknown(value: str) -> str:
    """Refuse a way to group tasks (RestListTasksAction.listTasksResponseListener)."""
    return f"[group_by] must be one of [nodes], [parents] or [none] but was [{value}]"


# --- Root ----------------------------------------------------------------------------------------------------------

TAGLINE = "You Know, for Search"  # MainResponse
