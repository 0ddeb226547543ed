"""What a user of each client sees when a fault strikes: the table that the tests run, and that the documentation shows.

`python -m tests.clients.exceptions` writes `docs/reference/exceptions-of-clients.md` anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from pytest_rollup_fake import Fault, faults

if TYPE_CHECKING:
    from collections.abc import Sequence

PAGE: Final = Path(__file__).parents[2] / "docs" / "reference" / "exceptions-of-clients.md"
TIMES: Final = "\N{MULTIPLICATION SIGN}"
HTTP_CLIENTS: Final = ("http.client", "requests", "httpx", "aiohttp")
OFFICIAL_CLIENTS: Final = ("7.x", "8.x", "9.x")
COLUMNS: Final = (*HTTP_CLIENTS, *OFFICIAL_CLIENTS)


class Sight(NamedTuple):
    """What a user of one client sees."""

    texts: tuple[str, ...]
    """The answer or the exception; where versions of Python differ, each that it may be."""
    requests: int
    """How many requests have then reached the cluster; all but one per call are the client's own retries."""


@dataclass(frozen=True)
class Row:
    """A fault, where it strikes, and what a user of each client sees.

    A cell is `the synchronous client | the asynchronous one` where they differ, each with `xN` for a number of requests
    that is not what one call makes; in it, `older Python / newer Python`.
    """

    fault: Fault
    cells: tuple[str, ...]
    """One for each of `COLUMNS`."""
    on: Literal["stop", "get", "connect", "idle"] = "stop"
    times: Literal[1, "always"] = "always"
    method: Literal["GET", "POST"] = "POST"
    calls: int = 1
    kind: str | None = None
    """The type of the error in Elasticsearch's body."""
    tls: bool = False

    def sight(self, column: str, *, is_async: bool) -> Sight:
        """Return what is seen in a column by one of its clients."""
        variants = self.cells[COLUMNS.index(column)].split(" | ")
        text, _, count = variants[is_async and len(variants) > 1].partition(" x")
        texts = tuple(text.split(" / "))
        return Sight(texts, int(count) if count else self.usual(texts[0]))

    def usual(self, text: str) -> int:
        """Return how many requests a client makes that does not retry; who was not struck by one made none."""
        return self.calls if self.on in {"stop", "get"} or text == "200" else 0

    @property
    def label(self) -> str:
        """Name the fault and where it strikes."""
        where = {"stop": "", "get": " on a GET", "connect": " on connect", "idle": f" on an idle {self.method}"}[
            self.on
        ]
        often = ", once" if self.times == 1 and self.on == "connect" else ""
        return f"{self.fault!r}{where}{often}{' over TLS' if self.tls else ''}"


# --- shorthands -------------------------------------------------------------------------------------------------------

LOST: Final = ("elasticsearch.ConnectionError x4",) * 3
LOST_ON_GET: Final = ("elasticsearch.ConnectionError x4 | elasticsearch.ConnectionError x8",) * 3
NEVER_CONNECTED: Final = ("elasticsearch.ConnectionError",) * 3
RECOVERED: Final = ("200",) * 3
TIMED_OUT: Final = ("elasticsearch.ConnectionTimeout",) * 3
CHECK_FAILS: Final = ("elasticsearch.ConnectionError", "200", "200")
CHECK_PASSES: Final = ("elasticsearch.ConnectionError | 200", "200", "200")

RESET: Final = ("ConnectionResetError", "requests.ConnectionError", "httpx.ReadError")
CLOSED: Final = ("http.client.RemoteDisconnected", "requests.ConnectionError", "httpx.RemoteProtocolError")
HUNG: Final = ("TimeoutError", "requests.ReadTimeout", "httpx.ReadTimeout", "TimeoutError")
NO_HTTP: Final = (
    "http.client.BadStatusLine",
    "requests.ConnectionError",
    "httpx.RemoteProtocolError",
    "aiohttp.ClientResponseError",
)
RESET_IN_TLS: Final = (
    "http.client.RemoteDisconnected / ConnectionResetError",
    "requests.ConnectionError",
    "httpx.RemoteProtocolError / httpx.ReadError | httpx.ReadError",
)


def _refused(fault: Fault, status: int, kind: str, *, in_9: int | None = None) -> Row:
    """Return the row of an error of Elasticsearch's; official clients name some statuses, and retry some."""
    named = {401: "AuthenticationException", 403: "AuthorizationException"}
    in_7 = f"elasticsearch.{named.get(status, 'TransportError')} {status}{' x4' if status in {502, 503, 504} else ''}"
    later = tuple(
        f"elasticsearch.{named.get(each, 'ApiError')} {each}{' x4' if each in {429, 502, 503, 504} else ''}"
        for each in (status, in_9 or status)
    )
    return Row(fault, (*(str(status),) * 4, in_7, *later), kind=kind)


def _page(fault: Fault, status: int) -> Row:
    """Return the row of a proxy's page, which the official clients retry."""
    later = f"elasticsearch.ApiError {status} x4"
    return Row(fault, (*(str(status),) * 4, f"elasticsearch.TransportError {status} x4", later, later))


# --- the table --------------------------------------------------------------------------------------------------------

REFUSALS: Final = (
    _refused(faults.error(418, "teapot_exception", "short and stout"), 418, "teapot_exception"),
    _refused(faults.too_many_requests(), 429, "es_rejected_execution_exception"),
    _refused(faults.circuit_breaking(), 429, "circuit_breaking_exception"),
    _refused(faults.no_master(), 503, "master_not_discovered_exception"),
    _refused(faults.cluster_block(), 503, "cluster_block_exception"),
    _refused(faults.cluster_block("sensor_rollup"), 403, "cluster_block_exception"),
    _refused(faults.process_cluster_event_timeout(), 503, "process_cluster_event_timeout_exception", in_9=429),
    _refused(faults.failed_node(), 500, "failed_node_exception"),
    _refused(faults.state_update_failed(), 500, "exception"),
    _refused(faults.unauthenticated(), 401, "security_exception"),
    _refused(faults.forbidden(), 403, "security_exception"),
    Row(faults.not_acknowledged(), ("200, not stopped",) * 7),
)
PROXIES: Final = (
    _page(faults.bad_gateway(), 502),
    _page(faults.service_unavailable(), 503),
    _page(faults.gateway_timeout(), 504),
    Row(
        faults.response(200, "Please log in"),
        (*("200, a text",) * 5, *("elasticsearch.UnsupportedProductError 200",) * 2),
    ),
)
WIRE: Final = (
    Row(faults.reset(), (*RESET, "aiohttp.ClientOSError", *LOST)),
    Row(faults.empty_reply(), (*CLOSED, "aiohttp.ServerDisconnectedError", *LOST)),
    Row(faults.hang(), (*HUNG, *TIMED_OUT)),
    Row(faults.garbage(), (*NO_HTTP, *LOST)),
    Row(
        faults.truncate(),
        (
            "http.client.IncompleteRead",
            "requests.exceptions.ChunkedEncodingError",
            "httpx.RemoteProtocolError",
            "aiohttp.ClientPayloadError",
            *LOST,
        ),
    ),
    Row(
        faults.truncate("head"),
        (
            "200, empty",
            "200, empty",
            "httpx.RemoteProtocolError",
            "aiohttp.ServerDisconnectedError",
            "200, empty | elasticsearch.ConnectionError x4",
            "elasticsearch.SerializationError | elasticsearch.ConnectionError x4",
            "200, empty | elasticsearch.ConnectionError x4",
        ),
    ),
    Row(
        faults.excess(),
        (
            "200, then 200",
            "200, then 200",
            "200, then httpx.RemoteProtocolError",
            "aiohttp.ClientResponseError, then 200",
            *("200, then 200 | 200, then 200 x3",) * 3,
        ),
        times=1,
        calls=2,
    ),
    Row(faults.slow("9s"), ("200",) * 7),
    Row(faults.delay("9s"), ("200",) * 7),
    Row(faults.reset(), (*RESET, "aiohttp.ClientOSError x2", *LOST_ON_GET), on="get", method="GET"),
    Row(
        faults.empty_reply(),
        (*CLOSED, "aiohttp.ServerDisconnectedError x2", *LOST_ON_GET),
        on="get",
        method="GET",
    ),
)
CONNECT: Final = (
    Row(faults.reset(), (*RESET, "aiohttp.ClientOSError", *NEVER_CONNECTED), on="connect"),
    Row(faults.reset(), (*RESET, "aiohttp.ClientOSError", *CHECK_PASSES), on="connect", times=1),
    Row(faults.empty_reply(), (*CLOSED, "aiohttp.ServerDisconnectedError", *NEVER_CONNECTED), on="connect"),
    Row(faults.empty_reply(), (*CLOSED, "aiohttp.ServerDisconnectedError", *CHECK_PASSES), on="connect", times=1),
    Row(faults.hang(), (*HUNG, *TIMED_OUT), on="connect"),
    Row(faults.garbage(), (*NO_HTTP, *NEVER_CONNECTED), on="connect"),
    Row(faults.garbage(), (*NO_HTTP, *CHECK_FAILS), on="connect", times=1),
)
IDLE: Final = (
    Row(faults.reset(), (*RESET, "200", *RECOVERED), on="idle", method="GET", times=1),
    Row(faults.reset(), (*RESET, "aiohttp.ClientOSError", *RECOVERED), on="idle", times=1),
    Row(faults.empty_reply(), (*CLOSED, "200", *RECOVERED), on="idle", method="GET", times=1),
    Row(faults.empty_reply(), (*CLOSED, "aiohttp.ServerDisconnectedError", *RECOVERED), on="idle", times=1),
    Row(faults.hang(), (*HUNG, *TIMED_OUT), on="idle", times=1),
    Row(faults.garbage(), (*NO_HTTP, *RECOVERED), on="idle", times=1),
)
PLAIN: Final = (*REFUSALS, *PROXIES, *WIRE, *CONNECT, *IDLE)

BEFORE_TLS: Final = ("requests.exceptions.SSLError", "httpx.ConnectError", "aiohttp.ClientConnectorError")
NO_TLS: Final = ("elasticsearch.SSLError | elasticsearch.ConnectionError",) * 3
IN_CONNECTING: Final = ("ConnectionResetError", "requests.ConnectionError", *BEFORE_TLS[1:])
DIFFERENT_OVER_TLS: Final = (
    Row(faults.reset(), (*RESET_IN_TLS, "aiohttp.ClientOSError", *LOST)),
    Row(faults.reset(), (*RESET_IN_TLS, "aiohttp.ClientOSError x2", *LOST_ON_GET), on="get", method="GET"),
    Row(faults.reset(), (*IN_CONNECTING, *NEVER_CONNECTED), on="connect"),
    Row(faults.reset(), (*IN_CONNECTING, *CHECK_FAILS), on="connect", times=1),
    Row(faults.empty_reply(), ("ssl.SSLEOFError", *BEFORE_TLS, *NO_TLS), on="connect"),
    Row(faults.empty_reply(), ("ssl.SSLEOFError", *BEFORE_TLS, NO_TLS[0], "200", "200"), on="connect", times=1),
    Row(faults.hang(), (*HUNG[:2], "httpx.ConnectTimeout", "TimeoutError", *TIMED_OUT), on="connect"),
    Row(faults.reset(), (*RESET_IN_TLS, "200", *RECOVERED), on="idle", method="GET", times=1),
    Row(faults.reset(), (*RESET_IN_TLS, "aiohttp.ClientOSError", *RECOVERED), on="idle", times=1),
)
_DIFFERENT: Final = {row.label: row for row in DIFFERENT_OVER_TLS}
TLS: Final = tuple(replace(_DIFFERENT.get(row.label, row), tls=True) for row in (*WIRE, *CONNECT, *IDLE))
ROWS: Final = (*PLAIN, *TLS)

CATCH_ALL: Final = {
    "http.client": ("OSError", "http.client.HTTPException"),
    "requests": ("requests.RequestException",),
    "httpx": ("httpx.TransportError",),
    "aiohttp": ("aiohttp.ClientError", "TimeoutError"),
    "7.x": ("elasticsearch.ElasticsearchException",),
    "8.x": ("elasticsearch.ApiError", "elasticsearch.TransportError"),
    "9.x": ("elasticsearch.ApiError", "elasticsearch.TransportError"),
}
"""What catches everything in a column."""

# --- the page ---------------------------------------------------------------------------------------------------------

_INTRODUCTION: Final = f"""\
# Which exceptions clients raise

What a user of each client sees when a [fault](../how-to/inject-failures.md) strikes a stop, with the client's default
settings. This page is written by the tests that run every cell of it; do not edit it by hand.

* The exception is the same whether or not the stop had its effect. That is why a lost answer is dangerous: only the
  next look at the job tells.
* `200` is the answer that was asked for. `200, empty` is one without a body, which the client takes for complete.
* `{TIMES}4` is how many requests had reached the cluster in the end, if not one for each call: the client's own
  retries, here with `times="always"`. Struck once, a client that retries succeeds, and nobody notices.
* Where the synchronous and the asynchronous client of a package differ, both are named.
* `elasticsearch` is the package of that name, whose major version heads the column.

## What surprises

* **http.client and requests take an answer that is cut off in the middle of its headers for a complete one**: a 200
  with an empty body, from `faults.truncate("head")`. The synchronous official clients read as they do: those for 7.x
  and 9.x return an empty answer, that for 8.x raises a `SerializationError`. Asynchronous ones and httpx see the cut.
* **Official clients retry by themselves**, three times: connections that break, 502, 503, 504, and from 8.x on 429.
  A client for 7.x raises a 429 at once. They never retry a timeout of their own (`ConnectionTimeout`).
* **From 8.x on a `ConnectionTimeout` is no `ConnectionError`**: both are `TransportError`. In 7.x it is one, and
  `TransportError` is there what 8.x calls `ApiError`. And no client's `ConnectionError` is Python's own.
* **After a timeout an `http.client` connection is of no use** until its `close()`: `CannotSendRequest`.
* **aiohttp sends a GET twice** if the connection breaks, without being told to. So an asynchronous official client
  sends eight. A POST, such as a stop, aiohttp sends once.
* **A proxy's page with a 200 is an answer for a client of 7.x**, which looks at the product once, at the beginning.
  From 8.x on each answer is looked at: `UnsupportedProductError`.
* **`rollup.get_jobs()` without an id is refused**: `/_rollup/job` has no `GET`, a 405, in 9.x a 400. All jobs are
  `get_jobs(id="_all")`.
* **Nobody raises for `{{"stopped":false}}`**: it is a 200.
* **Bytes that are too many** (`faults.excess()`) are not noticed by http.client and requests. httpx fails at the *next*
  request. aiohttp refuses the good answer, so the asynchronous official clients stop the job twice.
* **A delay or a slow answer is noticed by no client** as long as the clock skips: it is fake time. For a client's own
  timeout there is `faults.hang()`, and the marker's `client_timeout`.
* **The official client for 7.x asks `GET /` first**, and the synchronous one does not retry that: if its first
  connection is struck, `on="connect"`, it fails although it was struck once.
"""
_REFUSALS: Final = """\
Whatever Elasticsearch or a proxy answers, 4xx and 5xx too, is no exception for these: the user looks at the status, or
calls `raise_for_status()`. What is left are the faults of the wire.
"""
_OVER_TLS: Final = """\
All of the rest is as over plain HTTP. Up to Python 3.12 a reset inside TLS looks like an end in order.
"""
_STALE: Final = """\
What becomes of a request on a kept-alive connection that has gone stale, because a load balancer or the node has closed
it (`on="idle"`, with `faults.reset()` or `faults.empty_reply()`):
"""


def render() -> str:
    """Return the page of the documentation."""
    wire = [row for row in (*WIRE, *IDLE) if row.fault.name not in {"slow", "delay"}]
    wire += [row for row in CONNECT if row.times == "always"]  # these clients do not retry a connection
    parts = (
        _INTRODUCTION,
        "## One clause that catches all of it\n",
        _lines([("client", "exceptions"), *((_heading(name), _codes(caught)) for name, caught in CATCH_ALL.items())]),
        "## HTTP clients\n",
        _REFUSALS,
        _table(HTTP_CLIENTS, wire),
        "## Official clients\n",
        _table(OFFICIAL_CLIENTS, PLAIN),
        "## Over TLS\n",
        _OVER_TLS,
        _table(HTTP_CLIENTS, _different(HTTP_CLIENTS)),
        _table(OFFICIAL_CLIENTS, _different(OFFICIAL_CLIENTS)),
        "## A connection that was idle\n",
        _recovery(),
    )
    return "\n".join(parts)


def _different(columns: tuple[str, ...]) -> list[Row]:
    """Return the rows that are different over TLS for one of these clients."""
    plain = {row.label: row for row in PLAIN}
    rows = [
        row
        for row in DIFFERENT_OVER_TLS
        if any(_cell(row, column) != _cell(plain[row.label], column) for column in columns)
    ]
    return [row for row in rows if row.on != "connect" or row.times == "always" or columns == OFFICIAL_CLIENTS]


def _heading(column: str) -> str:
    return f"official, {column}" if column in OFFICIAL_CLIENTS else column


def _codes(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(columns: tuple[str, ...], rows: Sequence[Row]) -> str:
    head = ("fault", *map(_heading, columns))
    body = [
        (f"`{row.fault!r}`{row.label.removeprefix(repr(row.fault))}", *(_cell(row, column) for column in columns))
        for row in rows
    ]
    return _lines([head, *body])


def _lines(rows: Sequence[tuple[str, ...]]) -> str:
    head, *body = (f"| {' | '.join(row)} |\n" for row in rows)
    return head + "|---" * len(rows[0]) + "|\n" + "".join(body)


def _cell(row: Row, column: str) -> str:
    """Return a cell as it is shown."""
    sync, in_asyncio = (_sight(row, row.sight(column, is_async=is_async)) for is_async in (False, True))
    return sync if sync == in_asyncio else f"{sync}; async: {in_asyncio}"


def _sight(row: Row, sight: Sight) -> str:
    usual = row.usual(sight.texts[0])
    count = "" if sight.requests == usual else f" {TIMES}{sight.requests}"
    versions = (f"`{text}`" for text in sight.texts)
    return " up to Python 3.12, then ".join(versions) + count


def _recovery() -> str:
    """Say which clients get over a connection that has gone stale."""
    stale = [row for row in IDLE if row.fault.name in {"reset", "empty_reply"}]
    head = ("client", "a GET", "a POST, such as a stop")
    body = ((_heading(column), *(_recovers(column, stale, method) for method in ("GET", "POST"))) for column in COLUMNS)
    return f"{_STALE}\n{_lines([head, *body])}"


def _recovers(column: str, stale: Sequence[Row], method: str) -> str:
    seen = {text for row in stale if row.method == method for text in row.sight(column, is_async=False).texts}
    return "goes on by itself" if seen == {"200"} else "raises"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")
