"""Replies as bytes of HTTP/1.1, as netty writes them."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pytest_rollup_fake.rest.reply import Reply

CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"

# Newer Pythons have renamed some phrases after RFC 9110; netty has not (HttpResponseStatus).
_PHRASES: Final = {
    **{status.value: status.phrase for status in HTTPStatus},
    413: "Request Entity Too Large",
    414: "Request-URI Too Long",
    416: "Requested Range Not Satisfiable",
    422: "Unprocessable Entity",
    425: "Unordered Collection",
}
# Of a status that has none of its own (HttpStatusClass).
_PHRASES_OF_CLASSES: Final = {1: "Informational", 2: "Success", 3: "Redirection", 4: "Client Error", 5: "Server Error"}
_NO_BODY: Final = frozenset({204, 304})


def serialize(reply: Reply, *, minor: int = 1, keep_alive: bool = True, head_only: bool = False) -> bytes:
    """Return a reply as it goes over the wire: status line, headers in their order, `content-length`, body.

    `minor` is that of the request's version, HTTP/1.minor: Netty4HttpResponse answers in the same. A client of
    HTTP/1.0 is told that its connection stays open (`keep_alive`), and before all else (Netty4HttpChannel.newResponse
    of 6.x). `head_only` leaves the body away, but not its length (HEAD).
    """
    head = _head(reply.status, reply.headers, len(reply.body), minor, keep_alive)
    return head if head_only or reply.status in _NO_BODY else head + reply.body


@lru_cache(maxsize=256)  # which is slower with keywords
def _head(status: int, headers: tuple[tuple[str, str], ...], length: int, minor: int, keep_alive: bool) -> bytes:  # noqa: FBT001
    """Return everything before the body; the same few heads go out all the time."""
    lines = [f"HTTP/1.{minor} {status} {_PHRASES.get(status) or _phrase_of_class(status)}"]
    if keep_alive and not minor:
        lines.append("Connection: Keep-Alive")
    lines += [f"{name}: {value}" for name, value in headers]
    if status not in _NO_BODY:
        lines.append(f"content-length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def _phrase_of_class(status: int) -> str:
    return f"{_PHRASES_OF_CLASSES.get(status // 100, 'Unknown Status')} ({status})"
