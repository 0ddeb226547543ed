"""What is thrown while a body is parsed: Jackson's exceptions, Elasticsearch's own, and what each becomes in a version.

Sources: JsonXContentParser, XContentParseException, XContentEOFException, ParsingException, ExceptionsHelper.status,
ElasticsearchException.guessRootCauses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .errors import ElasticsearchError, parsing_exception

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
        text = reason if location is None else f"[{location}] {reason}"
        super().__init__(f"org.elasticsearch.xcontent.{name}", text, 400, own=False, caused_by=caused_by)

    @property
    def root_cause(self) -> ElasticsearchError:
        """The innermost exception of a chain of these, or the first that is Elasticsearch's own."""
        cause = self.caused_by
        return cause.root_cause if isinstance(cause, XContentParseError) or (cause and cause.own) else self


def parse_error(
    profile: Profile, reason: str, location: Location, caused_by: ElasticsearchError | None = None
) -> ElasticsearchError:
    """Build what ObjectParser throws: XContentParseException, in 6.3 still ParsingException (a 400 both)."""
    if profile.parse_error == "x_content_parse_exception":
        return XContentParseError(reason, location, caused_by)
    return parsing_exception(reason, *location, caused_by)


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
    reason = f"{thrown.java_class}: {thrown.reason}"
    return JsonError(f"org.elasticsearch.xcontent.{name}", reason, thrown.status, own=False, caused_by=thrown)


def number_error(profile: Profile, text: str, location: Location, source: str) -> ElasticsearchError:
    """Build what a number that is too large becomes in a version (InputCoercionException)."""
    if profile.json_words == "2.8":
        return json_error(profile, text, location, source)
    thrown = _jackson("exc.InputCoercionException", text, source, 500)
    return XContentParseError(thrown.reason or "", location, thrown) if profile.json_error_is_wrapped else thrown


def _jackson(name: str, text: str, source: str, status: int) -> JsonError:
    return JsonError(f"com.fasterxml.jackson.core.{name}", f"{text}\n at {source}", status, own=False)
