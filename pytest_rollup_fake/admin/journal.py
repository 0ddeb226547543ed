"""The journal over HTTP: which requests are asked for, and each as a document."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

from pytest_rollup_fake.model.durations import SECOND, to_nanoseconds
from pytest_rollup_fake.model.journal import ENDPOINTS, OUTCOMES, check_endpoints, is_match

from .checking import DocumentError, at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_rollup_fake.model.journal import RecordedRequest, Requests

_LONGEST: Final = 60


@dataclass(frozen=True)
class Wanted:
    """Which requests are asked for, and for how many real nanoseconds to wait for how many of them."""

    endpoints: tuple[str, ...]
    job: str | None
    outcome: str | None
    after: int
    wait: int
    count: int

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """Read a query; raises `DocumentError` for what cannot be meant."""
        endpoints = tuple(query["endpoint"].split(",")) if "endpoint" in query else ()
        with at("endpoint"):
            check_endpoints(endpoints, ENDPOINTS)
        outcome = query.get("outcome")
        if outcome not in {None, *OUTCOMES}:
            raise DocumentError(
                ("outcome",), f"there is no outcome {outcome!r}; the outcomes are {', '.join(OUTCOMES)}"
            )
        wait = read_wait(query)
        after, count = _whole(query, "after", 0, least=0), _whole(query, "count", 1, least=1)
        return cls(endpoints, query.get("job"), outcome, after, wait, count)

    def found_in(self, requests: Requests) -> list[RecordedRequest]:
        """Return those of them that there are; what comes before `after` is not even looked at."""
        first = bisect.bisect_right(requests, self.after, key=lambda request: request.number)
        return [
            request
            for request in requests[first:]
            if is_match(request, self.endpoints, self.job) and self.outcome in {None, request.outcome}
        ]


def read_wait(query: Mapping[str, str]) -> int:
    """Return for how many real nanoseconds a query wants to wait."""
    with at("wait"):
        wait = to_nanoseconds(query.get("wait", 0), name="wait")
    if wait > _LONGEST * SECOND:
        raise DocumentError(("wait",), f"at most {_LONGEST}s are allowed, not {query['wait']}")
    return wait


def _whole(query: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdecimal()) or int(text) < least:
        raise DocumentError((name,), f"a whole number of at least {least} is allowed, not {text!r}")
    return int(text)


def write_request(request: RecordedRequest) -> dict[str, Any]:
    """Return a request as a document; without its headers, which may hold what is secret."""
    names = ("number", "method", "path", "endpoint", "job", "user", "node", "connection", "wait_for_completion")
    more = ("timeout", "received_at", "answered_at", "waited", "parked", "state_before", "state_after", "effect")
    return {
        **{name: getattr(request, name) for name in (*names, *more, "status", "response", "outcome")},
        "query": dict(request.query),
        "version": None if request.version is None else str(request.version),
        "body": request.body.decode("utf-8", "replace"),
        "fault": None if request.fault is None else repr(request.fault),
    }
