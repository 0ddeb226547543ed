"""Which media types a request speaks, and which its answer is sent in.

This module reads Accept, Content-Type and `?format=`. There are two ways to read them, and a profile says which one a
version follows. It knows no version numbers and no bodies.

Sources: RestRequest.parseContentType and XContentType.fromMediaTypeOrFormat (6.x, 7.x); RestRequest, ParsedMediaType,
XContentType and RestCompatibleVersionHelper (8.0 and later); AbstractRestChannel.newBuilder; RestController (406).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol

from . import messages
from .errors import ElasticsearchError, SimpleError, illegal_argument, status_exception

if TYPE_CHECKING:
    from collections.abc import Mapping

Format = Literal["json", "yaml", "smile", "cbor"]
Strictness = Literal["ignored", "tolerated", "strict"]


class MediaTypeProfile(Protocol):
    """What a version does with media types."""

    def __hash__(self) -> int:
        """Tell versions apart: what is decided for one is remembered."""

    @property
    def media_types(self) -> Strictness:
        """Whether vendor types are unknown, read without their vendor part, or checked for their version."""

    @property
    def compatible_majors(self) -> tuple[int, int]:
        """The current major version and the one before, which `compatible-with` may name."""

    @property
    def json_content_type(self) -> str:
        """What JSON is sent as."""

    @property
    def exception_content_type(self) -> str | None:
        """What an exception in JSON is sent as, if that differs."""


@dataclass(frozen=True, slots=True)
class MediaTypes:
    """What an answer is written in: its format, and the Content-Type that says so.

    `exception_content_type` is that of exceptions, `None` if it is the same. `compatible_with` is the major version
    that the client asked for and gets, `None` if it asked for none.
    """

    format: Format
    content_type: str
    exception_content_type: str | None
    compatible_with: int | None


class MediaTypeHeaderError(ElasticsearchError):
    """A refused Accept or Content-Type, a 400.

    Elasticsearch takes such a request again without the headers in `failed`, and sends the refusal as that request
    asks for: `answer` (AbstractHttpServerTransport.requestWithoutFailedHeader).
    """

    answer: MediaTypes

    def __init__(self, name: str, reason: str, cause: ElasticsearchError, failed: tuple[str, ...]) -> None:
        """Build the exception of this name that RestRequest defines."""
        super().__init__(f"org.elasticsearch.rest.RestRequest${name}", reason, 400, own=False, caused_by=cause)
        self.failed = failed


class _Question(NamedTuple):
    """All that decides about the answer."""

    profile: MediaTypeProfile
    accept: tuple[str, ...]
    content_type: tuple[str, ...]
    has_body: bool
    format_parameter: str | None


class _Type(NamedTuple):
    """An XContentType: the format, and the name of the media type in an answer."""

    format: Format
    name: str


class _Parsed(NamedTuple):
    """A ParsedMediaType: the header as sent, and its parts in lower case."""

    text: str
    name: str
    parameters: Mapping[str, str]


_FORMATS: Final[tuple[Format, ...]] = ("json", "yaml", "smile", "cbor")
_PLAIN: Final = tuple(_Type(format_, f"application/{format_}") for format_ in _FORMATS)
_VENDOR: Final = tuple(_Type(format_, f"application/vnd.elasticsearch+{format_}") for format_ in _FORMATS)
_JSON: Final = _PLAIN[0]

# XContentType.fromMediaType of 6.x and 7.x, which reads Content-Type.
_BODY_TYPES: Final = {"application/x-ndjson": _JSON, **{type_.name: type_ for type_ in _PLAIN}}

# XContentType.headerValues and queryParameter of 8.0 and later.
_HEADER_TYPES: Final = {
    "application/*": _JSON,
    "application/vnd.elasticsearch+x-ndjson": _VENDOR[0],
    **_BODY_TYPES,
    **{type_.name: type_ for type_ in _VENDOR},
}
_PARAMETER_TYPES: Final[Mapping[str, _Type]] = {
    **{type_.format: type_ for type_ in _PLAIN},
    **{f"vnd_{type_.format}": type_ for type_ in _VENDOR},
}

# Java's split drops empty parts at the end, so that further slashes and equals signs there are no error.
_TCHARS: Final = r"[a-zA-Z0-9!#$%&'*+\-.^_`|~]+"
_BODY_TYPE: Final = re.compile(rf"{_TCHARS}/\s*{_TCHARS}\s*/*")
_MEDIA_TYPE: Final = re.compile(rf"\s*({_TCHARS})\s*/\s*({_TCHARS})\s*/*\s*")
_PARAMETER: Final = re.compile(r"([^=]*[^=\s])=([^=\s][^=]*)=*")
_VENDOR_PART: Final = re.compile(r"vnd\.elasticsearch\+|\s*;\s*compatible-with=\d+")
_MAJOR: Final = re.compile(r"[+-]?[0-9]{1,3}")
_REQUESTED_MAJOR: Final = re.compile(r";\s*compatible-with=([0-9]{1,3})(?![0-9])", re.IGNORECASE)


@cache
def plain_json(profile: MediaTypeProfile) -> MediaTypes:
    """Return what an answer is written in that nobody asked for anything else."""
    return MediaTypes("json", profile.json_content_type, profile.exception_content_type, None)


def negotiate(
    profile: MediaTypeProfile,
    accept: tuple[str, ...],
    content_type: tuple[str, ...],
    *,
    has_body: bool,
    format_parameter: str | None,
) -> MediaTypes:
    """Say what the answer is written in: `?format=` before Accept before Content-Type before JSON.

    `accept` and `content_type` are the values of all headers of that name, as sent. Raises `MediaTypeHeaderError` for
    a header that the version refuses, with or without a body.
    """
    question = _Question(profile, accept, content_type, has_body, format_parameter)
    try:
        return _strictly(question) if profile.media_types == "strict" else _leniently(question)
    except MediaTypeHeaderError as refused:
        refused.answer = _answer_without(refused.failed, question)
        raise


def check_body(profile: MediaTypeProfile, content_type: tuple[str, ...]) -> None:
    """Raise the 406 for a non-empty body whose media type is missing or unknown (RestController.dispatchRequest).

    To be asked after `negotiate`, which refuses what is no media type at all.
    """
    if not content_type:
        raise SimpleError(406, messages.CONTENT_TYPE_MISSING)
    if not _is_body_type(profile.media_types, content_type):
        raise SimpleError(406, messages.CONTENT_TYPE_UNSUPPORTED.format(value=",".join(content_type)))


def requested_major(values: tuple[str, ...]) -> int | None:
    """Return the N of the first `compatible-with=N` in media types, whether or not any version would honour it.

    Unlike Elasticsearch it looks into lists too: the JavaScript client sends one where it sends no body, and this is
    about which version a client was made for.
    """
    for value in values:
        if found := _REQUESTED_MAJOR.search(value):
            return int(found[1])
    return None


def _answer_without(failed: tuple[str, ...], question: _Question) -> MediaTypes:
    accept = () if "Accept" in failed else question.accept
    content_type = () if "Content-Type" in failed else question.content_type
    has_body, format_parameter = question.has_body, question.format_parameter
    try:
        return negotiate(question.profile, accept, content_type, has_body=has_body, format_parameter=format_parameter)
    except MediaTypeHeaderError as refused:
        return refused.answer


def _is_body_type(strictness: Strictness, values: tuple[str, ...]) -> bool:
    if strictness != "strict":
        return _lenient_body_type(strictness, values) is not None
    parsed = _parse("Content-Type", values)
    return parsed is not None and parsed.name in _HEADER_TYPES


def _media_types(question: _Question, chosen: _Type, parameters: str, compatible_with: int | None) -> MediaTypes:
    name = question.profile.json_content_type if chosen is _JSON else chosen.name
    exception = question.profile.exception_content_type
    if exception is not None and chosen.format != "json":
        # It is the generator's own type, which knows formats, but no Accept (elastic/elasticsearch#92658).
        exception = f"application/{chosen.format}"
    return MediaTypes(chosen.format, name + parameters, exception, compatible_with)


# --- 6.x and 7.x ---------------------------------------------------------------------------------------------------


def _leniently(question: _Question) -> MediaTypes:
    """Choose as AbstractRestChannel does up to 7.17, where `?format=` takes the place of Accept, known or not."""
    strictness = question.profile.media_types
    body_type = _lenient_body_type(strictness, question.content_type)
    wanted = question.format_parameter
    if wanted is None:
        wanted = question.accept[0] if question.accept else ""
    return _media_types(question, _lenient_type(strictness, wanted) or body_type or _JSON, "", None)


def _lenient_type(strictness: Strictness, text: str) -> _Type | None:
    """Read `?format=` or Accept: a format, or a media type with parameters (XContentType.fromMediaTypeOrFormat)."""
    text = _without_vendor(strictness, text.lower())
    if text.startswith("application/*"):
        return _JSON
    for type_ in _PLAIN:
        if text in (type_.format, type_.name) or text.startswith(f"{type_.name};"):
            return type_
    return None


def _lenient_body_type(strictness: Strictness, values: tuple[str, ...]) -> _Type | None:
    """Read Content-Type, whose parameters do not matter (RestRequest.parseContentType)."""
    if not values:
        return None
    if len(values) > 1:
        raise _content_type_refused(messages.CONTENT_TYPE_REPEATED)
    name = values[0].partition(";")[0].rstrip(" \t")
    if not _BODY_TYPE.fullmatch(name):
        raise _content_type_refused(messages.CONTENT_TYPE_INVALID.format(value=values[0]))
    return _BODY_TYPES.get(_without_vendor(strictness, name.lower()))


def _without_vendor(strictness: Strictness, text: str) -> str:
    """Take the vendor part away where it is tolerated (XContentType.removeVersionInMediaType)."""
    return _VENDOR_PART.sub("", text) if strictness == "tolerated" else text


def _content_type_refused(text: str) -> MediaTypeHeaderError:
    cause = illegal_argument(text)
    reason = f"{cause.java_class}: {text}"
    return MediaTypeHeaderError("ContentTypeHeaderException", reason, cause, ("Content-Type",))


# --- 8.0 and later -------------------------------------------------------------------------------------------------


def _strictly(question: _Question) -> MediaTypes:
    accept = _parse("Accept", question.accept)
    content_type = _parse("Content-Type", question.content_type)
    compatible_with = _compatible_with(question, accept, content_type)
    chosen = (
        _PARAMETER_TYPES.get((question.format_parameter or "").lower())
        or (accept and _HEADER_TYPES.get(accept.name))
        or (content_type and _HEADER_TYPES.get(content_type.name))
        or _JSON
    )
    # The parameters are Accept's, whichever of the three has decided.
    parameters = [f";{key}={value}" for key, value in accept.parameters.items()] if accept else []
    return _media_types(question, chosen, "".join(parameters), compatible_with)


def _parse(header: str, values: tuple[str, ...]) -> _Parsed | None:
    """Read a header that may have one media type; a list or `*/*` counts as absent (ParsedMediaType)."""
    if not values:
        return None
    if len(values) > 1:
        raise _media_type_refused(messages.MEDIA_TYPE_REPEATED.format(header=header), header)
    text = values[0]
    if not text.strip():
        raise _media_type_refused(messages.MEDIA_TYPE_EMPTY.format(header=header), header)
    if "," in text or text == "*/*":
        return None
    name, *parameters = text.lower().split(";")
    parts = _MEDIA_TYPE.fullmatch(name)
    if parts is None:
        raise _media_type_refused(messages.MEDIA_TYPE_INVALID.format(value=text), header)
    return _Parsed(text, f"{parts[1]}/{parts[2]}", _parse_parameters(header, text, parameters))


def _parse_parameters(header: str, text: str, parameters: list[str]) -> dict[str, str]:
    """Read `key=value`, with spaces around it but none inside."""
    pairs = [_PARAMETER.fullmatch(parameter.strip()) for parameter in parameters if parameter.strip()]
    if None in pairs:
        raise _media_type_refused(messages.MEDIA_TYPE_PARAMETERS_INVALID.format(value=text), header)
    return {pair[1]: pair[2] for pair in pairs if pair}


def _compatible_with(question: _Question, accept: _Parsed | None, content_type: _Parsed | None) -> int | None:
    """Return the major version asked for, if the headers agree (RestCompatibleVersionHelper.getCompatibleVersion)."""
    wanted, sent = _major("Accept", accept), _major("Content-Type", content_type)
    _check_major("Accept", question.profile.compatible_majors, wanted, accept)
    if question.has_body:
        _check_major("Content-Type", question.profile.compatible_majors, sent, content_type)
        texts = accept.text if accept else "null", content_type.text if content_type else "null"
        # A header without a version stands for the current one, which decides between the two texts.
        current = question.profile.compatible_majors[0]
        if (current if wanted is None else wanted) != (current if sent is None else sent):
            raise _versions_refused(messages.COMPATIBLE_VERSIONS_DIFFER.format(accept=texts[0], content_type=texts[1]))
        if wanted != sent:
            raise _versions_refused(messages.COMPATIBLE_VERSION_MISSING.format(accept=texts[0], content_type=texts[1]))
    return wanted


def _major(header: str, parsed: _Parsed | None) -> int | None:
    if parsed is None or "compatible-with" not in parsed.parameters:
        return None
    value = parsed.parameters["compatible-with"]
    if not _MAJOR.fullmatch(value):
        # Elasticsearch throws what nobody catches, and never answers; a refusal serves a test better.
        raise _media_type_refused(messages.MEDIA_TYPE_PARAMETERS_INVALID.format(value=parsed.text), header)
    return int(value)


def _check_major(header: str, majors: tuple[int, int], found: int | None, parsed: _Parsed | None) -> None:
    if parsed is not None and found is not None and found not in majors:
        raise _versions_refused(messages.compatible_version_unknown(header, majors, found, parsed.text))


def _media_type_refused(text: str, header: str) -> MediaTypeHeaderError:
    return _media_type_header_error(illegal_argument(text), header)


def _versions_refused(text: str) -> MediaTypeHeaderError:
    return _media_type_header_error(status_exception(text, 400), "Accept", "Content-Type")


def _media_type_header_error(cause: ElasticsearchError, *headers: str) -> MediaTypeHeaderError:
    reason = messages.media_type_headers_invalid(list(headers))
    return MediaTypeHeaderError("MediaTypeHeaderException", reason, cause, headers)
