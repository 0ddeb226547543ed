"""What Elasticsearch answers to bytes that are no request, or too much of one.

Sources: netty's HttpObjectDecoder, Netty4HttpRequest.getInboundException, RestController.dispatchBadRequest,
Netty4HttpAggregator (413 and 417 come from netty itself and have no body).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import errors
from .reply import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_rollup_fake.model.versions import Profile

    from .errors import ElasticsearchError


def error_for(kind: str, detail: str) -> Callable[[Profile], ElasticsearchError | Reply]:
    """Return what a version answers to a request of this kind of badness; `detail` is netty's text."""

    def answer(profile: Profile) -> ElasticsearchError | Reply:
        match kind:
            case "line_too_long":
                return _too_long(profile.too_long_line, detail)
            case "header_too_long":
                return _too_long(profile.too_long_header, detail)
            case "body_too_large":
                return Reply(413, (), b"")
            case "expectation_failed":
                return Reply(417, (), b"")
            case _:
                return errors.illegal_argument(detail)

    return answer


def _too_long(type_: str, reason: str) -> ElasticsearchError:
    package = "io.netty.handler.codec.http" if "http" in type_ else "io.netty.handler.codec"
    return errors.foreign(f"{package}.{errors.class_name(type_)}", reason, 400)
