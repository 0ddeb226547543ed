"""What came near an injection that has never struck, for whoever has to find out why."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from .durations import to_seconds
from .injections import CONNECTIONS, EVERY_ENDPOINT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .injections import Injection
    from .journal import RecordedRequest


def describe_unstruck(injection: Injection, requests: Sequence[RecordedRequest]) -> str:
    """Say of an injection that was never hit what came near; `requests` are those of the cluster."""
    since = [request for request in requests if request.number > injection.number]
    near = "; ".join(injection.misses) or _near_misses(injection, since)
    return f"{injection} never struck: {near}. The test does not test what it says (optional=True lets it pass)"


def _near_misses(injection: Injection, since: Sequence[RecordedRequest]) -> str:
    """Say what came instead of what it was for."""
    if injection.on[0] in CONNECTIONS:
        return _near_connections(injection)
    where = f"to {' or '.join(injection.on)}"
    to_it = [request for request in since if injection.sees(request.endpoint, request.job or injection.job)]
    for_it = [request for request in to_it if injection.sees(request.endpoint, request.job)]
    if for_it:
        near = _counted(len(for_it), "request", where)
        return near + (_why_not_in_time(injection, for_it) or _why_not(injection, len(for_it)))
    others = [request for request in since if request.endpoint in injection.on or EVERY_ENDPOINT in injection.on]
    if others:
        jobs = sorted({repr(request.job) for request in others})
        return f"{_counted(len(others), 'request', where)}, all for job {', '.join(jobs)}"
    endpoints = Counter(request.endpoint for request in since)
    elsewhere = ", ".join(f"{count} to {endpoint}" for endpoint, count in endpoints.items())
    return f"no request {where}" + (f" (but {elsewhere})" if elsewhere else "")


def _near_connections(injection: Injection) -> str:
    where = " or ".join({"connect": "made", "idle": "reused"}[place] for place in injection.on)
    count, _, _ = injection.progress
    return _counted(count, "connection", where) + _why_not(injection, count) if count else f"no connection was {where}"


def _counted(count: int, what: str, where: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''} {where}"


def _why_not_in_time(injection: Injection, requests: Sequence[RecordedRequest]) -> str:
    """Say of requests that it was for, and that were over before it could strike, how they ended."""
    if injection.at is None:
        _, taken, _ = injection.progress
        outcomes = sorted({request.outcome for request in requests} & {"abandoned", "cut", "pending"})
        return f", {' or '.join(outcomes)} before it could strike" if taken and outcomes else ""
    waits = ", ".join(f"{request.waited:g} s" for request in requests if request.waited is not None)
    ways = [f"answered after {waits}"] if waits else []
    ways += sorted({request.outcome for request in requests if request.waited is None})
    return f", {' or '.join(ways)}, before at={to_seconds(injection.at):g} s"


def _why_not(injection: Injection, count: int) -> str:
    """Say why requests or connections that it was for were not struck."""
    if injection.is_removed:
        return ", and it was removed"
    if injection.after >= count:
        return f", and it strikes after {injection.after}"
    return ", each struck by an injection that came before"
