"""What can go wrong, as values: `from pytest_rollup_fake import faults`.

A fault says what goes wrong; `RollupCluster.inject` says where, when and how often. A request passes: received, faults
that skip the effect, effect, wait, faults on the answer, sent. Most faults skip the effect, as if Elasticsearch had
never got the request. With `effect="applied"` it did what was asked, and only the answer is another one, or none.
What each client makes of each fault stands in `docs/reference/exceptions-of-clients.md`.

This module imports nothing of ours: the model, the REST layer and the wire all know what a fault is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, ClassVar, Final, Literal

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given

__all__ = [
    "Fault",
    "bad_gateway",
    "circuit_breaking",
    "cluster_block",
    "delay",
    "empty_reply",
    "error",
    "excess",
    "failed_node",
    "forbidden",
    "garbage",
    "gateway_timeout",
    "hang",
    "no_master",
    "not_acknowledged",
    "process_cluster_event_timeout",
    "reset",
    "response",
    "service_unavailable",
    "slow",
    "state_update_failed",
    "too_many_requests",
    "truncate",
    "unauthenticated",
]


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)


Duration = int | float | str | timedelta
"""Seconds as a number, a `timedelta`, or an Elasticsearch time string such as `"500ms"`, `"10s"` or `"2m"`."""

Effect = Literal["skipped", "applied"]
"""Whether the request that a fault strikes has its effect."""

Body = str | bytes | Mapping[str, Any] | Sequence[Any]


@dataclass(frozen=True, slots=True, repr=False)
class Fault:
    """Base class of what can go wrong. Faults of the same kind and arguments are equal."""

    effect: ClassVar[Effect] = "skipped"
    """What becomes of the request's effect, unless `inject` says."""
    needs_answer: ClassVar[bool] = False
    """Whether it is something that happens to an answer, so that it never suppresses the effect."""
    loses: ClassVar[bool] = False
    """Whether it keeps the answer from the client."""
    strikes_connections: ClassVar[bool] = False
    """Whether it can strike a connection, without a request."""

    @property
    def name(self) -> str:
        """The name of the function that makes it."""
        return _NAMES[type(self)]

    def __repr__(self) -> str:
        """Show the call that makes it."""
        return f"faults.{self.name}({', '.join(self._arguments())})"

    def _arguments(self) -> list[str]:
        """Show what differs from what the function takes if nothing is said."""
        values = [(field, getattr(self, field.name)) for field in fields(self)]
        return [f"{field.name}={value!r}" for field, value in values if value != field.default]


# --- Elasticsearch says no --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class Refusal(Fault):
    """An error of Elasticsearch's; how it looks is decided by the version, when it strikes."""

    kind: str
    arguments: tuple[tuple[str, Any], ...] = ()

    @property
    def name(self) -> str:
        """The name of the function that makes it."""
        return self.kind

    def _arguments(self) -> list[str]:
        return [f"{name}={value!r}" for name, value in self.arguments]


def error(status: int, type: str, reason: str | None) -> Refusal:  # noqa: A002  (as in Elasticsearch's body)
    """Answer with any exception of Elasticsearch, in the version's error body.

    `status` is the HTTP status (400 to 599), `type` as in the body (`"illegal_state_exception"`), `reason` its message.
    Raises `ValueError` for a status that is no error.
    """
    if isinstance(status, bool) or not isinstance(status, int) or not 400 <= status <= 599:  # noqa: PLR2004
        message = f"the status of an error is between 400 and 599, not {status!r}; for another one use faults.response"
        raise ValueError(message)
    return Refusal("error", (("status", status), ("type", type), ("reason", reason)))


def too_many_requests() -> Refusal:
    """Refuse for a full queue: 429 `es_rejected_execution_exception`, which official clients from 8.x on retry."""
    return Refusal("too_many_requests")


def circuit_breaking() -> Refusal:
    """Refuse for want of memory: `circuit_breaking_exception`, 503 in 6.x and 429 from 7.0 on."""
    return Refusal("circuit_breaking")


def no_master() -> Refusal:
    """Find no master: 503 `master_not_discovered_exception`, whose reason is null but for Get and Delete Job."""
    return Refusal("no_master")


def cluster_block(index: str | None = None) -> Refusal:
    """Be blocked: 503 `cluster_block_exception` for a cluster without a master, or 403 for an index that is read-only.

    `index` is the name of the index; without one the whole cluster is blocked.
    """
    return Refusal("cluster_block", () if index is None else (("index", index),))


def process_cluster_event_timeout() -> Refusal:
    """Let the master be too busy: `process_cluster_event_timeout_exception` after 30 s, 503, and 429 from 9.0 on."""
    return Refusal("process_cluster_event_timeout")


def failed_node() -> Refusal:
    """Let a node not be reached while all are asked: 500 `failed_node_exception`.

    Elasticsearch says this also when the node that runs the job was reached and has stopped it: `effect="applied"`.
    """
    return Refusal("failed_node")


def state_update_failed() -> Refusal:
    """Let the new state not be persisted: 500 `exception`, "Error while updating state for rollup job".

    The indexer of a running job has taken the stop by then and winds down all the same: `effect="applied"`. Source:
    RollupJobTask.
    """
    return Refusal("state_update_failed")


def not_acknowledged() -> Refusal:
    """Answer 200 with `false`: `{"acknowledged":false}`, `{"stopped":false}`, `{"started":false}`.

    No client raises for that. Only for the endpoints that acknowledge: stop, start, put, delete and the changes of
    indices.
    """
    return Refusal("not_acknowledged")


def unauthenticated() -> Refusal:
    """Refuse who it is: 401 `security_exception`, whether or not the cluster has security on."""
    return Refusal("unauthenticated")


_ROLES: Final = ("monitoring",)


def forbidden(user: str | None = None, roles: Sequence[str] = _ROLES) -> Refusal:
    """Refuse what may be done: 403 `security_exception`, whether or not the cluster has security on.

    `user` is who is told so, if not who has sent the request; `roles` are the roles that versions from 7.13 on name.
    Raises `TypeError` for roles that are no list.
    """
    if isinstance(roles, str):
        message = f"roles is a list of names, not the text {roles!r}"
        raise TypeError(message)
    named = () if user is None else (("user", user),)
    return Refusal("forbidden", named if roles == _ROLES else (*named, ("roles", tuple(roles))))


# --- something in between says no -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class Response(Fault):
    """An answer that does not come from Elasticsearch: no `X-elastic-product`, no error body."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    title: str = "response"

    @property
    def name(self) -> str:
        """The name of the function that makes it."""
        return self.title

    def _arguments(self) -> list[str]:
        return [str(self.status)] if self.title == "response" else []


def response(status: int, body: Body = b"", headers: Mapping[str, str] | None = None) -> Response:
    """Answer with anything: what a proxy, a load balancer or a gateway may say.

    `body` is sent as it is if it is bytes, a text as UTF-8, anything else as JSON; `headers` are sent in their order,
    after a content type that suits the body unless they name one. Official clients take a 200 for Elasticsearch's only
    with `{"X-elastic-product": "Elasticsearch"}` (from 8.x on, `UnsupportedProductError`). Raises `ValueError` for a
    status that is none.
    """
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:  # noqa: PLR2004
        message = f"a status is a number between 200 and 599, not {status!r}"
        raise ValueError(message)
    given = dict(headers or {})
    data, content_type = _encoded(body)
    if content_type and "content-type" not in {name.lower() for name in given}:
        given = {"content-type": content_type, **given}
    return Response(status, data, tuple(given.items()))


def _encoded(body: Body) -> tuple[bytes, str]:
    if isinstance(body, bytes):
        return body, "application/octet-stream" if body else ""
    if isinstance(body, str):
        return body.encode(), "text/plain; charset=UTF-8"
    return json.dumps(body).encode(), "application/json"


def bad_gateway() -> Response:
    """Answer as nginx does when it could not reach Elasticsearch: a 502 with a page of HTML."""
    return _page(502, "502 Bad Gateway", "bad_gateway")


def service_unavailable() -> Response:
    """Answer as nginx does when there is nobody to ask: a 503 with a page of HTML."""
    return _page(503, "503 Service Temporarily Unavailable", "service_unavailable")


def gateway_timeout() -> Response:
    """Answer as nginx does when Elasticsearch has not answered in time: a 504 with a page of HTML.

    A proxy gives up while the stop goes on: `inject(gateway_timeout(), on="stop", at="60s", effect="applied")`. Without
    `effect` the stop gets no further than the proxy.
    """
    return _page(504, "504 Gateway Time-out", "gateway_timeout")


def _page(status: int, heading: str, title: str) -> Response:
    """Return nginx's page for an error (ngx_http_special_response)."""
    lines = (
        "<html>",
        f"<head><title>{heading}</title></head>",
        "<body>",
        f"<center><h1>{heading}</h1></center>",
        "<hr><center>nginx</center>",
        "</body>",
        "</html>",
        "",
    )
    headers = (("Server", "nginx"), ("Content-Type", "text/html"))
    return Response(status, "\r\n".join(lines).encode(), headers, title)


# --- the wire ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class Reset(Fault):
    """See `reset`."""

    loses: ClassVar[bool] = True
    strikes_connections: ClassVar[bool] = True


def reset() -> Reset:
    """Break the connection off with an RST, in the place of an answer ("connection reset by peer").

    With `on="connect"` right after it was accepted; with `on="idle"` when the next request of a kept-alive connection
    comes in: what happens to a pool whose connections have gone stale.
    """
    return Reset()


@dataclass(frozen=True, slots=True, repr=False)
class EmptyReply(Fault):
    """See `empty_reply`."""

    loses: ClassVar[bool] = True
    strikes_connections: ClassVar[bool] = True


def empty_reply() -> EmptyReply:
    """Close the connection in order, with a FIN, without a byte of an answer ("empty reply from server")."""
    return EmptyReply()


@dataclass(frozen=True, slots=True, repr=False)
class Hang(Fault):
    """See `hang`."""

    loses: ClassVar[bool] = True
    strikes_connections: ClassVar[bool] = True


def hang() -> Hang:
    """Never answer, in real time: what a client's own timeout is for.

    The connection stays open until the client gives up, for at most 30 real seconds: then it is closed, and the test
    fails, since the client has no timeout.
    """
    return Hang()


_NO_HTTP: Final = b"SSH-2.0-OpenSSH_9.6\r\n"


@dataclass(frozen=True, slots=True, repr=False)
class Garbage(Fault):
    """See `garbage`."""

    data: bytes = _NO_HTTP
    effect: ClassVar[Effect] = "applied"
    loses: ClassVar[bool] = True
    strikes_connections: ClassVar[bool] = True


def garbage(data: bytes = _NO_HTTP) -> Garbage:
    """Send bytes that are not HTTP in the place of the answer, and close; the effect is applied, unless `inject` says.

    `data` is what is sent, as it is. Raises `ValueError` for no bytes at all: that is `empty_reply`.
    """
    if not isinstance(data, bytes) or not data:
        message = f"garbage takes the bytes to send, not {data!r}; to send none use faults.empty_reply()"
        raise ValueError(message)
    return Garbage(data)


@dataclass(frozen=True, slots=True, repr=False)
class Truncate(Fault):
    """See `truncate`."""

    at: int | Literal["head"] | None = None
    effect: ClassVar[Effect] = "applied"
    needs_answer: ClassVar[bool] = True
    loses: ClassVar[bool] = True


def truncate(at: int | Literal["head"] | None = None) -> Truncate:
    """Cut the answer off and close the connection, so that its body is shorter than its `content-length`.

    `at` is the number of bytes of the body that still go out, as they go over the wire (compressed, if the client asks
    for that); without it half of them. `"head"` cuts in the middle of the headers, which http.client and requests take
    for a complete answer without a body. The effect is always applied. An answer without so many bytes is not struck,
    and the test fails. Raises `ValueError` for another value.
    """
    is_number = isinstance(at, int) and not isinstance(at, bool) and at >= 0
    if not (at is None or at == "head" or is_number):
        message = f"truncate takes a number of bytes of the body, at least 0, or 'head', not {at!r}"
        raise ValueError(message)
    return Truncate(at)


_ONE_ANSWER_MORE: Final = b'{"stopped":true}'


@dataclass(frozen=True, slots=True, repr=False)
class Excess(Fault):
    """See `excess`."""

    data: bytes = _ONE_ANSWER_MORE
    effect: ClassVar[Effect] = "applied"
    needs_answer: ClassVar[bool] = True


def excess(data: bytes = _ONE_ANSWER_MORE) -> Excess:
    """Send more than `content-length` says: the answer, and after it bytes that belong to nothing.

    The connection stays open, so a client that reuses it finds them in the place of its next answer. The effect is
    always applied. Raises `ValueError` for no bytes at all.
    """
    if not isinstance(data, bytes) or not data:
        message = f"excess takes the bytes that are too many, not {data!r}"
        raise ValueError(message)
    return Excess(data)


@dataclass(frozen=True, slots=True, repr=False)
class Slow(Fault):
    """See `slow`."""

    duration: Duration
    effect: ClassVar[Effect] = "applied"
    needs_answer: ClassVar[bool] = True


def slow(duration: Duration) -> Slow:
    """Send the answer in drops, spread over a duration of fake time.

    A skipping clock skips from drop to drop, so that no client notices; a manual one sends each when its instant has
    come; on a running one the client sees them come in real time. The effect is always applied. `inject` raises for a
    duration that is none.
    """
    return Slow(duration)


@dataclass(frozen=True, slots=True, repr=False)
class Delay(Fault):
    """See `delay`."""

    duration: Duration
    needs_answer: ClassVar[bool] = True


def delay(duration: Duration) -> Delay:
    """Let a duration of fake time pass before the request has its effect, or with `effect="applied"` before its answer.

    A skipping clock skips it, so that no client notices: for a client's own timeout use `hang`, or the marker's
    `client_timeout`. The effect is always applied. `inject` raises for a duration that is none.
    """
    return Delay(duration)


_NAMES: Final[Mapping[type[Fault], str]] = {
    Reset: "reset",
    EmptyReply: "empty_reply",
    Hang: "hang",
    Garbage: "garbage",
    Truncate: "truncate",
    Excess: "excess",
    Slow: "slow",
    Delay: "delay",
}
