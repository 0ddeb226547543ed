"""What is thrown while a body is parsed: Jackson's exceptions, Elasticsearch's own, and what each becomes in a version.

Sources: JsonXContentParser, XContentParseException, XContentEOFException, ParsingException, ExceptionsHelper.status,
ElasticsearchException.guessRootCauses.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from .errors import ElasticsearchError

if TYPE_CHECKING:
    from pytest_rollup_fake.model.versions import Profile


class Location(NamedTuple):
    """A line and a column, both from 1 (XContentLocation)."""

    line: int
    column: int

    def __str__(self) -> str:
        """Return the two as they stand in messages."""
        return f"{self.line}:{self.column}"


class JsonError(ElasticsearchError):
    """An IOException: what Jackson throws, as long as Elasticsearch did not make an XContentParseException of it."""


class XContentParseError(ElasticsearchError):
    """XContentParseException, a 400; its location stands before its reason."""

    def __init__(
        self,
        reason: str,
        location: Location | None = None,
        caused_by: ElasticsearchError | None = None,
        *,
        name: str = "XContentParseException",
    ) -> None:
        super().__init__(
            exception_type(name),
            reason if location is None else f"[{location}] {reason}",
            400,
            java_class=f"org.elasticsearch.xcontent.{name}",
            own=False,
            caused_by=caused_by,
        )

    @property
    def root_cause(self) -> ElasticsearchError:
        """The innermost exception of a chain of these, or the first that is Elasticsearch's own."""
        cause = self.caused_by
        return cause.root_cause if isinstance(cause, XContentParseError) or (cause and cause.own) else self


def exception_type(class_name: str) -> str:
    """Return a class name as JSON has it (ElasticsearchException.getExceptionName)."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", class_name).lower()


def foreign(java_class: str, reason: str | None, status: int = 500) -> ElasticsearchError:
    """Build an exception of Java's own or of a library."""
    type_ = exception_type(java_class.rpartition(".")[2])
    return ElasticsearchError(type_, reason, status, java_class=java_class, own=False)


def parse_error(
    profile: Profile, reason: str, location: Location, caused_by: ElasticsearchError | None = None
) -> ElasticsearchError:
    """Build what ObjectParser throws: XContentParseException, in 6.3 still ParsingException (a 400 both)."""
    if profile.parse_error == "x_content_parse_exception":
        return XContentParseError(reason, location, caused_by)
    return ElasticsearchError(
        "parsing_exception",
        reason,
        400,
        java_class="org.elasticsearch.common.ParsingException",
        fields={"line": location.line, "col": location.column},
        caused_by=caused_by,
    )


def json_error(profile: Profile, text: str, location: Location, source: str) -> ElasticsearchError:
    """Build what malformed JSON becomes in a version: JsonParseException, or what it is wrapped in."""
    thrown = _jackson("JsonParseException", text, source, profile.json_error_status)
    return XContentParseError(thrown.reason or "", location, thrown) if profile.json_error_is_wrapped else thrown


def json_end(profile: Profile, text: str, location: Location, source: str) -> ElasticsearchError:
    """Build what JSON that ends too early becomes in a version (JsonEOFException)."""
    thrown = _jackson("io.JsonEOFException", text, source, profile.json_end_status)
    if not profile.json_error_is_wrapped:
        return thrown
    name = "XContentEOFException"
    if profile.json_end_status == profile.json_error_status:
        return XContentParseError(thrown.reason or "", location, thrown, name=name)
    # It was an IOException, made of its cause alone, until that was taken for a bug (elastic/elasticsearch#111548).
    return JsonError(
        exception_type(name),
        f"{thrown.java_class}: {thrown.reason}",
        thrown.status,
        java_class=f"org.elasticsearch.xcontent.{name}",
        own=False,
        caused_by=thrown,
    )


def number_error(profile: Profile, text: str, location: Location, source: str) -> ElasticsearchError:
    """Build what a number that is too large becomes in a version (InputCoercionException)."""
    if profile.json_words == "2.8":
        return json_error(profile, text, location, source)
    thrown = _jackson("exc.InputCoercionException", text, source, 500)
    return XContentParseError(thrown.reason or "", location, thrown) if profile.json_error_is_wrapped else thrown


def _jackson(name: str, text: str, source: str, status: int) -> JsonError:
    type_ = exception_type(name.rpartition(".")[2])
    java_class = f"com.fasterxml.jackson.core.{name}"
    return JsonError(type_, f"{text}\n at {source}", status, java_class=java_class, own=False)
