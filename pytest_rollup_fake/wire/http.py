"""Replies as bytes of HTTP/1.1, as netty writes them."""

from __future__ import annotations

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
}
_NO_BODY: Final = frozenset({204, 304})


def serialize(reply: Reply, *, head_only: bool, keep_alive_of_1_0: bool) -> bytes:
    """Return a reply as it goes over the wire: status line, headers in their order, `content-length`, body.

    `head_only` leaves the body away, but not its length (HEAD). `keep_alive_of_1_0` adds the header that tells an
    HTTP/1.0 client that its connection stays open.
    """
    status = reply.status
    lines = [f"HTTP/1.1 {status} {_PHRASES.get(status, 'Unknown Status')}"]
    lines += [f"{name}: {value}" for name, value in reply.headers]
    if status not in _NO_BODY:
        lines.append(f"content-length: {len(reply.body)}")
    if keep_alive_of_1_0:
        lines.append("Connection: Keep-Alive")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
    return head if head_only or status in _NO_BODY else head + reply.body
