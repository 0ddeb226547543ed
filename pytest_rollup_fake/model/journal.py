"""What happened: the requests, as facts.

A request is in the journal once its head and body were read. Its outcome is `pending` until it is one of *answered*
(handed to the kernel, the peer not known to be gone), *lost* (a fault kept the answer from the client), *abandoned*
(the client closed first) or *cut* (the fake's own stop, reset or kill). Status, response and outcome are final before
the client can see a byte; only a send that fails turns *answered* into *abandoned*.
"""

from __future__ import annotations

import itertools
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, overload

from .choices import did_you_mean
from .durations import to_seconds

if TYPE_CHECKING:
    from pytest_rollup_fake.faults import Fault

    from .jobs import Task
    from .states import JobState
    from .versions import Version

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given


OUTCOMES: Final = ("pending", "answered", "lost", "abandoned", "cut")

ENDPOINTS: Final = frozenset(
    (
        *("stop", "start", "get", "put", "delete", "info"),
        *("caps", "index_caps", "search"),
        *("create_index", "get_index", "exists_index", "delete_index", "refresh", "get_mapping", "put_mapping"),
        *("health", "license", "xpack", "nodes", "tasks"),
        *("custom", "unfaked", "refused"),
    )
)
"""What `RecordedRequest.endpoint` can be."""

_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS + 32  # zlib's way to say: whichever it is

_NO_QUERY: Mapping[str, str] = MappingProxyType({})


class Headers(Mapping[str, str]):
    """Request headers: names are compared without regard to case, and a repeated name gives its first value."""

    __slots__ = ("_fields", "_first")

    def __init__(self, fields: tuple[tuple[str, str], ...] = ()) -> None:
        self._fields = fields
        self._first: dict[str, str] | None = None

    def _index(self) -> dict[str, str]:
        if self._first is None:
            self._first = {name.lower(): value for name, value in reversed(self._fields)}
        return self._first

    def __getitem__(self, name: str) -> str:
        """Return the first value of a header."""
        return self._index()[name.lower()]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the distinct names, as first sent."""
        seen: set[str] = set()
        for name, _ in self._fields:
            if name.lower() not in seen:
                seen.add(name.lower())
                yield name

    def __len__(self) -> int:
        """Count the distinct names."""
        return len(self._index())

    def get_all(self, name: str) -> list[str]:
        """Return every value of a header, in the order in which they were sent."""
        name = name.lower()
        return [value for key, value in self._fields if key.lower() == name]

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """Every header as it was sent, in order."""
        return self._fields

    def __repr__(self) -> str:
        """Show the headers, but not what authorises a request."""
        return repr({name: "***" if name.lower() in SECRET_HEADERS else value for name, value in self._fields})


SECRET_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "cookie", "es-secondary-authorization"})


class RecordedRequest:
    """A request that reached the cluster, and what came of it. Entries are live until their outcome is final.

    Attributes
    ----------
    number: its place among the requests and the jobs' state changes.
    method, path: as sent; the path is raw and without the query.
    query: the decoded query parameters; of a repeated one the last value.
    headers: the request's headers, whatever their case.
    body: the request's body as bytes, inflated if it came compressed.
    endpoint: `"stop"`, `"get"`, `"info"` ..., `"custom"` (`expect_request`), `"unfaked"` or `"refused"`.
    job: the job id that it names, or `None`.
    version: the `Version` as which it was answered.
    user: the name of the user that it was authenticated as; `None` without security, or if it was not.
    node: the name of the node that it was sent to.
    connection: the number of the connection that it came by, counted over the cluster's nodes.
    wait_for_completion, timeout: as in force for a stop, the timeout in seconds; `None` elsewhere.
    state_before, state_after: the job's state before and right after the effect; `None` without a job.
    effect: `"applied"` once its endpoint has acted, `"skipped"` if a fault kept it from that, else `None`.
    fault: the fault that has struck it, or `None`.
    status: the status of the answer, or `None` while there is none, and if a fault left none.
    outcome: `"pending"`, `"answered"`, `"lost"`, `"abandoned"` or `"cut"`.
    parked: whether it waits for a test to advance a manual clock.

    """

    __slots__ = (
        "_answered",
        "_arrived",
        "_received",
        "_response",
        "_settled",
        "body",
        "connection",
        "effect",
        "endpoint",
        "fault",
        "fields",
        "http_minor",
        "job",
        "method",
        "node",
        "number",
        "outcome",
        "parked",
        "path",
        "query",
        "reads",
        "state_after",
        "state_before",
        "status",
        "target",
        "timeout",
        "user",
        "version",
        "wait_for_completion",
    )

    def __init__(
        self,
        method: str,
        target: str,
        fields: tuple[tuple[str, str], ...] = (),
        body: bytes = b"",
        http_minor: int = 1,
    ) -> None:
        self.http_minor = http_minor  # HTTP/1.minor
        self.method = method
        self.target = target
        self.path = target.partition("?")[0]
        self.fields = fields
        self.body = body
        self.number = 0
        self.node: str | None = None
        self.connection = 0
        self.query = _NO_QUERY
        self.endpoint = "refused"
        self.job: str | None = None
        self.version: Version | None = None
        self.user: str | None = None
        self.wait_for_completion: bool | None = None
        self.timeout: float | None = None
        self.state_before: JobState | None = None
        self.state_after: JobState | None = None
        self.effect: str | None = None
        self.fault: Fault | None = None
        self.status: int | None = None
        self.outcome = "pending"
        self.parked = False
        self.reads: tuple[Task, ...] = ()
        self._received = 0
        self._answered: int | None = None
        self._response = b""
        self._arrived = 0
        self._settled: int | None = None

    @property
    def headers(self) -> Headers:
        """The request's headers, whatever their case."""
        return Headers(self.fields)

    @property
    def json(self) -> Any:  # noqa: ANN401  (JSON is anything)
        """The body as JSON, or `None` without a body; raises `ValueError` for a body that is not JSON."""
        return json.loads(self.body) if self.body else None

    @property
    def response(self) -> Any:  # noqa: ANN401  (JSON is anything)
        """The answer's body: parsed if it is JSON, else text; `None` while there is no answer or it has no body."""
        text = self.response_text
        if not text:
            return None
        try:
            return json.loads(text)
        except ValueError:
            return text

    @property
    def received_at(self) -> float:
        """When it was received, in fake seconds."""
        return to_seconds(self._received)

    @property
    def answered_at(self) -> float | None:
        """When its answer was decided, in fake seconds; `None` before."""
        return None if self._answered is None else to_seconds(self._answered)

    @property
    def waited(self) -> float | None:
        """How long it waited for its answer, in fake seconds; `None` before there is one."""
        return None if self._answered is None else to_seconds(self._answered - self._received)

    @property
    def took(self) -> float | None:
        """How long it really took from its receipt to its outcome, in seconds; `None` before it has one."""
        return None if self._settled is None else to_seconds(self._settled - self._arrived)

    @property
    def response_text(self) -> str:
        """The answer's body as text, inflated if it went out compressed; empty while there is none."""
        return _inflated(self._response).decode("utf-8", "replace")

    def receive(self, number: int, instant: int, real: int = 0) -> None:
        """Note the arrival: the instant of fake time, and the nanoseconds of the real clock."""
        self.number = number
        self._received = instant
        self._arrived = real

    def decide(self, status: int | None, response: bytes, instant: int) -> None:
        """Note the answer (`None`: a fault leaves none) and the instant at which it was decided."""
        self.status = status
        self._response = response
        self._answered = instant
        self.parked = False

    def settle(self, outcome: str, real: int) -> None:
        """Note the outcome and when it came, in nanoseconds of the real clock."""
        self.outcome = outcome
        self.parked = False
        self._settled = real

    def brief(self) -> str:
        """Return what it was and what came of it, in a few words: `stop sensor 500 after 10 s`."""
        what = f"{self.endpoint} {self.job}" if self.job is not None else f"{self.method} {self.path}"
        outcome = "" if self.outcome == "answered" else f" {self.outcome}"
        status = "" if self.status is None else f" {self.status}"
        waited = f" after {self.waited:g} s" if self.waited else ""
        return f"{what}{outcome}{status}{waited}"

    def __repr__(self) -> str:
        """Show the request in one line, as a failed assertion needs it."""
        status = "" if self.status is None else f" {self.status}"
        waited = f" after {self.waited:g} s" if self.waited else ""
        fault = "" if self.fault is None else f" by {self.fault!r}"
        return f"<#{self.number} {self.method} {self.target} {self.outcome}{status}{waited}{fault}>"


def _inflated(body: bytes) -> bytes:
    """Return a body as it was before it was compressed, as gzip or deflate; the first bytes tell."""
    try:
        return zlib.decompress(body, _GZIP_OR_ZLIB)
    except zlib.error:
        return body


class Requests(Sequence[RecordedRequest]):
    """A snapshot of the journal, oldest first; slices are of this type too."""

    def __init__(
        self,
        entries: Sequence[RecordedRequest],
        endpoints: frozenset[str],
        *,
        found_in: tuple[Requests, str] | None = None,
    ) -> None:
        self._entries = tuple(entries)
        self._endpoints = endpoints
        self._found_in = found_in  # the requests among which these were looked for, and how

    def to(self, *endpoints: str, job: str | None = None) -> Requests:
        """Return the requests to one of these endpoints (all if none is given), for one job if `job` is given.

        Raises `ValueError` for an endpoint that does not exist, since a misspelt one would match nothing for ever, and
        `TypeError` for what is no text.
        """
        check_endpoints(endpoints, self._endpoints)
        asked = " or ".join(map(repr, endpoints)) + ("" if job is None else f" for job {job!r}")
        found = tuple(entry for entry in self._entries if is_match(entry, endpoints, job))
        return Requests(found, self._endpoints, found_in=(self, asked))

    @property
    def last(self) -> RecordedRequest:
        """The newest request; raises `LookupError` if there is none."""
        if not self._entries:
            message = "no request has reached the cluster"
            raise LookupError(message)
        return self._entries[-1]

    @overload
    def __getitem__(self, index: int) -> RecordedRequest: ...
    @overload
    def __getitem__(self, index: slice) -> Requests: ...
    def __getitem__(self, index: int | slice) -> RecordedRequest | Requests:
        """Return one request, or a part of the journal; raises `IndexError` saying what there is."""
        try:
            found = self._entries[index]
        except IndexError:
            message = f"there is no requests[{index}]: {self!r}"
            raise IndexError(message) from None
        return Requests(found, self._endpoints) if isinstance(found, tuple) else found

    def __iter__(self) -> Iterator[RecordedRequest]:
        """Iterate over the requests, oldest first."""
        return iter(self._entries)

    def __len__(self) -> int:
        """Count the requests."""
        return len(self._entries)

    def __eq__(self, other: object) -> bool:
        """Compare the entries with those of another snapshot or a sequence."""
        if isinstance(other, Requests):
            return self._entries == other._entries
        return self._entries == tuple(other) if isinstance(other, (list, tuple)) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Show the requests in few words and one line, since pytest shows 240 characters; of none, what there was."""
        if self._entries:
            return f"<{_count(self._entries)}: {_list(self._entries)}>"
        if self._found_in is None:
            return "<no requests>"
        others, asked = self._found_in
        there = f"{len(others):,}: {_list(others)}" if others else "none at all"
        return f"<no requests to {asked}; there are {there}>" if asked else "<no requests>"


def _count(entries: Sequence[RecordedRequest]) -> str:
    return "1 request" if len(entries) == 1 else f"{len(entries):,} requests"


def _list(entries: Iterable[RecordedRequest]) -> str:
    """Return requests in a few words each; what repeats is said once."""
    texts = []
    for brief, alike in itertools.groupby(entries, RecordedRequest.brief):
        first, *others = alike
        times = f" × {len(others) + 1:,}" if others else ""
        texts.append(f"#{first.number} {brief}{times}")
    return ", ".join(texts)


def check_endpoints(endpoints: Sequence[str], known: frozenset[str]) -> None:
    """Raise `ValueError` naming the endpoints there are, for one that is not among them, `TypeError` for no text."""
    for endpoint in endpoints:
        if not isinstance(endpoint, str):
            message = f"endpoints are texts, one by one as in requests.to('stop', 'delete'), not {endpoint!r}"
            raise TypeError(message)
        if endpoint not in known:
            meant = did_you_mean(endpoint, known)
            message = f"unknown endpoint {endpoint!r}{meant}; the endpoints are {', '.join(sorted(known))}"
            raise ValueError(message)


def is_match(entry: RecordedRequest, endpoints: Sequence[str], job: str | None) -> bool:
    """Say whether a request went to one of the endpoints (any, if none is given) and names the job (if given)."""
    return (not endpoints or entry.endpoint in endpoints) and (job is None or entry.job == job)
