"""What Elasticsearch answers to bytes that are no request, or too much of one.

Sources: netty's HttpObjectDecoder, Netty4HttpRequest.getInboundException, RestController.dispatchBadRequest,
Netty4HttpAggregator (413 and 417 come from netty itself and have no body).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_rollup_fake.model.journal import RecordedRequest

from . import errors
from .channel import Channel
from .reply import Reply

if TYPE_CHECKING:
    from pytest_rollup_fake.model.world import World

    from .errors import ElasticsearchError


def refuse(kind: str, detail: str, world: World) -> Reply:
    """Answer a request that is bad in this way, as the cluster's version does; `detail` is netty's text.

    The connection is closed after it.
    """
    if kind == "body_too_large":
        return Reply(413, (), b"", closes=True)
    if kind == "expectation_failed":
        return Reply(417, (), b"", closes=True)
    channel = Channel(RecordedRequest("", ""), world)
    profile = channel.profile
    match kind:
        case "line_too_long":
            error = _too_long(profile.too_long_line, detail)
        case "header_too_long":
            error = _too_long(profile.too_long_header, detail)
        case _:
            error = errors.illegal_argument(detail)
    return channel.failure(error)._replace(closes=True)


def _too_long(type_: str, reason: str) -> ElasticsearchError:
    package = "io.netty.handler.codec.http" if "http" in type_ else "io.netty.handler.codec"
    return errors.foreign(f"{package}.{errors.class_name(type_)}", reason, 400)
