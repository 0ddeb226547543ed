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


# --- HTTP itself: netty's decoder, by way of Netty4HttpRequest.getInboundException ---------------------------------


def line_too_long(limit: int) -> str:
    """Refuse a request line over `http.max_initial_line_length` (netty HttpObjectDecoder)."""
    return f"An HTTP line is larger than {limit} bytes."


def header_too_long(limit: int) -> str:
    """Refuse headers over `http.max_header_size` (netty HttpObjectDecoder)."""
    return f"HTTP header is larger than {limit} bytes."


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


# --- Index APIs: RestIndexAction, InvalidIndexNameException -------------------------------------------------------

BODY_REQUIRED = "request body is required"  # RestRequest.requiredContent
INDEX_READ = "must not start with '_'."  # IndexNameExpressionResolver
INDEX_CREATED = "must not start with '_', '-', or '+'"  # MetadataCreateIndexService.validateIndexOrAliasName


def invalid_index_name(name: str, description: str) -> str:
    """Refuse a name that no index can have (InvalidIndexNameException)."""
    return f"Invalid index name [{name}], {description}"


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
CREDENTIALS_REFUSED = "unable to authenticate with provided credentials and anonymous access is not allowed for this request"

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


# --- Root ----------------------------------------------------------------------------------------------------------

TAGLINE = "You Know, for Search"  # MainResponse
