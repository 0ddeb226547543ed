"""The body of a request, where an endpoint reads one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import errors, messages
from .json_reader import JsonReader, Kind
from .x_content import JsonError

if TYPE_CHECKING:
    from .channel import Channel


def json_reader(channel: Channel) -> JsonReader:
    """Return a reader of the body, which is required (RestRequest.contentParser)."""
    body = channel.request.body
    if not body:
        raise errors.parse_exception(messages.BODY_REQUIRED)
    media_type = ",".join(channel.head.content_type).lower()
    if any(format_ in media_type for format_ in ("yaml", "cbor", "smile")):
        raise errors.NotFakedError(
            f"The body of {channel.request.method} {channel.request.path} is {media_type}, which pytest-rollup-fake "
            "does not read; it reads bodies in JSON."
        )
    return JsonReader(body, channel.profile)


def json_object(channel: Channel) -> dict[str, Any]:
    """Return the body, which is required and an object, as a whole (XContentHelper.convertToMap)."""
    reader = json_reader(channel)
    try:
        reader.advance()
        value = reader.value()
    except JsonError as error:
        raise errors.parse_exception(messages.CONTENT_UNREADABLE, error) from None
    if reader.kind is not Kind.END_OBJECT:
        raise errors.parse_exception(messages.CONTENT_UNREADABLE)
    return dict(value)
