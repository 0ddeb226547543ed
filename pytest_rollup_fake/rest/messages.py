"""Every text that Elasticsearch sends, with the class that sends it.

The texts are facts of the wire: callers parse them, log them and match them in tests. They stand here and nowhere
else, so that one file can be held against Elasticsearch. A text that differs between versions takes what it needs to
know as arguments; which version wants which is decided by the profile (`model.versions`), never here.
"""

from __future__ import annotations

# --- Parameters: RestRequest, Booleans, TimeValue, BaseRestHandler -------------------------------------------------


def boolean_expected(value: str) -> str:
    """Refuse a value of a boolean parameter (Booleans.parseBoolean)."""
    return f"Failed to parse value [{value}] as only [true] or [false] are allowed."


def integer_expected(name: str, value: str) -> str:
    """Refuse a value of an integer parameter (RestRequest.paramAsInt)."""
    return f"Failed to parse int parameter [{name}] with value [{value}]"


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


ERROR_TRACE_DISABLED = "error traces in responses are disabled."  # RestController.checkErrorTraceParameter


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
    return f"{cause}, allowed: [{', '.join(allowed)}]"


def unexpected_method(method: str) -> str:
    """Name a method that is none of HTTP's (Netty4HttpRequest.method)."""
    return f"Unexpected http method: {method}"


OPAQUE_ID_REPEATED = "multiple values for single-valued header [X-Opaque-Id]."  # RestController.tryAllHandlers


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


def compatible_version_missing(accept: str | None, content_type: str | None) -> str:
    """Refuse a `compatible-with` on one header only (RestCompatibleVersionHelper)."""
    return (
        "A compatible version is required on both Content-Type and Accept headers if either one has requested a "
        f"compatible version. Accept={accept or 'null'}, Content-Type={content_type or 'null'}"
    )


def compatible_versions_differ(accept: str, content_type: str) -> str:
    """Refuse two different `compatible-with` (RestCompatibleVersionHelper)."""
    return (
        "A compatible version is required on both Content-Type and Accept headers if either one has requested a "
        f"compatible version and the compatible versions must match. Accept={accept}, Content-Type={content_type}"
    )


# --- HTTP itself: netty's decoder, by way of Netty4HttpRequest.getInboundException ---------------------------------


def line_too_long(limit: int) -> str:
    """Refuse a request line over `http.max_initial_line_length` (netty HttpObjectDecoder)."""
    return f"An HTTP line is larger than {limit} bytes."


def header_too_long(limit: int) -> str:
    """Refuse headers over `http.max_header_size` (netty HttpObjectDecoder)."""
    return f"HTTP header is larger than {limit} bytes."


def http_version_invalid(text: str) -> str:
    """Refuse the third part of a request line (netty HttpVersion)."""
    return f"invalid version format: {text}"


HTTP_VERSION_EMPTY = "text is empty (possibly HTTP/0.9)"  # netty HttpVersion.valueOf


# --- Rollup: TransportTaskHelper, TransportStopRollupAction, RollupJobTask -----------------------------------------


def task_not_found(job: str) -> str:
    """Say that no live task runs the job (TransportStopRollupAction and TransportStartRollupAction)."""
    return f"Task for Rollup Job [{job}] not found"


def cannot_stop(job: str, state: str) -> str:
    """Refuse to stop a job that is being cancelled (RollupJobTask.stop)."""
    return f"Cannot stop task for Rollup Job [{job}] because state was [{state}]"


def stop_timed_out(job: str, timeout: str, state: str | None) -> str:
    """Give up waiting for a job to stop (TransportStopRollupAction); 6.6 did not name the state yet."""
    text = f"Timed out after [{timeout}] while waiting for rollup job [{job}] to stop"
    return text if state is None else f"{text}. State was [{state}]"


# --- Deprecation warnings ------------------------------------------------------------------------------------------


def route_deprecated(method: str, old: str, new: str) -> str:
    """Warn of a replaced path (RestController.registerWithDeprecatedHandler, later ReplacedRoute)."""
    return f"[{method} {old}] is deprecated! Use [{method} {new}] instead."


# DeprecationMessages of the rollup plugin, 9.0 and later; elastic/elasticsearch#113131.
ROLLUP_DEPRECATED = "The rollup functionality will be removed in Elasticsearch 10.0. See docs for more information."


def security_not_enabled(line: str) -> str:
    """Warn that security is left at its default, which is off (SecurityRestFilter's forerunner, 7.13 to 7.17)."""
    return (
        "Elasticsearch built-in security features are not enabled. Without authentication, your cluster could be "
        f"accessible to anyone. See https://www.elastic.co/guide/en/elasticsearch/reference/{line}/"
        "security-minimal-setup.html to enable security."
    )


# --- Root ----------------------------------------------------------------------------------------------------------

TAGLINE = "You Know, for Search"  # MainResponse
