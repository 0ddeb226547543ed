"""The words that section and pages share: what a request is called, what became of it, how long things took."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pytest_rollup_fake.model.jobs import ADDED

from .timeline import SkipEntry

if TYPE_CHECKING:
    from collections.abc import Hashable

    from .timeline import Entry, RequestEntry, StateEntry, Timeline

_WORDS: Final = {
    "get": "job",
    "put": "job",
    "delete": "job",
    "index_caps": "caps of index",
}
"""What stands between method and job, where it is not the endpoint's own name."""

_MOST_FINDINGS: Final = 15

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def span(seconds: float) -> str:
    """Return a length of time in as few characters as it takes: `2 ms`, `10 s`, `5 min`, `1 h 30 min`."""
    if seconds < 0.0995:  # noqa: PLR2004  (from here on it would read 100 ms)
        return "< 1 ms" if 0 < seconds < 0.001 else f"{seconds * 1000:.0f} ms"  # noqa: PLR2004  (a millisecond)
    if seconds < 2 * _MINUTE:
        return f"{seconds:.3g} s"
    for unit, size, part, name in ((_MINUTE, 2 * _HOUR, 1, "s"), (_HOUR, 2 * _DAY, _MINUTE, "min")):
        if seconds < size:
            whole, rest = divmod(round(seconds / part), unit // part)
            big = "min" if unit == _MINUTE else "h"
            return f"{whole} {big} {rest} {name}" if rest else f"{whole} {big}"
    days = f"{seconds / _DAY:.1f}".removesuffix(".0")
    return f"{days} days"


def instant(seconds: float) -> str:
    """Return an instant of fake time: seconds, to the millisecond."""
    return f"{seconds:.3f}"


def name_of(request: RequestEntry) -> str:
    """Return what a request is called: method and job, or path if it names none, and the node of several."""
    where = "" if request.node is None else f" at {request.node}"
    if request.job is None or request.endpoint in {"refused", "unfaked", "custom"}:
        return f"{request.method} {request.path}{where}"
    return f"{request.method} {_WORDS.get(request.endpoint, request.endpoint)} {request.job}{where}"


def status_of(request: RequestEntry) -> str:
    """Return a request's status, or its outcome where there is none."""
    return request.outcome if request.status is None else str(request.status)


def answer_to(request: RequestEntry) -> str:
    """Return what became of a request: its status, and its outcome unless it was simply answered."""
    outcome = "parked" if request.parked else request.outcome
    if request.status is None:
        return outcome
    return str(request.status) if outcome == "answered" else f"{request.status} {outcome}"


def details_of(request: RequestEntry) -> list[str]:
    """Return what else there is to say of a request, each in one line."""
    lines = [request.query] if request.query else []
    if request.fault is not None:
        effect = f", its effect was {request.effect}" if request.effect else ""
        lines.append(f"struck by {request.fault}{effect}")
    if request.endpoint == "unfaked":
        lines.append("is not faked")
    elif request.reason:
        lines.append(" ".join(request.reason.split()))
    return lines


def job_of(entry: StateEntry) -> str:
    """Return a job's name; the second of one id is another one."""
    return entry.job if entry.incarnation == 1 else f"{entry.job} ({entry.incarnation})"


def state_of(entry: StateEntry) -> str:
    """Return what a job is: its state, or gone."""
    return "gone" if entry.gone else entry.state


def version_of(timeline: Timeline) -> str:
    """Return which version was asked, or would be."""
    if timeline.version is not None:
        return f"Elasticsearch {timeline.version}"
    if timeline.versions:
        return f"Elasticsearch {', '.join(timeline.versions)} as clients ask"
    return "Elasticsearch of no set version"


def clock_line(timeline: Timeline) -> str:
    """Return version, clock and skipped time."""
    skipped = f", {span(timeline.skipped)} skipped" if timeline.skipped else ""
    return f"{version_of(timeline)}, {timeline.clock} clock at {instant(timeline.now)} s{skipped}"


def told(timeline: Timeline) -> list[Entry]:
    """Return the entries that are told; skips with nothing between are one.

    On a skipping clock a waiting request says itself what it has skipped.
    """
    entries: list[Entry] = []
    until = 0.0
    for entry in timeline.entries:
        if entry.kind == "request" and entry.answered_at is not None and timeline.clock == "skipping":
            until = max(until, entry.answered_at)
        if entry.kind != "skip":
            entries.append(entry)
        elif entry.at >= until:
            last = entries[-1] if entries else None
            if isinstance(last, SkipEntry):
                entries[-1] = replace(last, to=last.to + entry.to - entry.at)
            else:
                entries.append(entry)
    return entries


def findings_of(timeline: Timeline) -> list[str]:
    """Return what was found, and no more than can be read."""
    left = len(timeline.findings) - _MOST_FINDINGS
    texts = list(timeline.findings[:_MOST_FINDINGS])
    return [*texts, f"... and {left:,} more"] if left > 0 else texts


def unstruck_of(timeline: Timeline) -> list[str]:
    """Return which injections have struck nothing, unless a finding says it."""
    told = "\n".join(timeline.findings)
    return [injection for injection in timeline.unstruck if injection not in told]


def skip_text(skip: SkipEntry) -> str:
    """Return what happened to the clock."""
    return f"the clock skips {span(skip.to - skip.at)}"


def likeness(entry: Entry) -> Hashable:
    """Return what is equal for entries that a reader takes for the same."""
    match entry.kind:
        case "request":
            waited = None if entry.waited is None else float(f"{entry.waited:.2g}")
            fate = entry.outcome, entry.status, entry.parked, entry.fault, entry.effect, entry.reason
            return "request", entry.node, entry.method, entry.path, entry.query, waited, *fate
        case "state":
            why = entry.why.partition(" (request #")[0]
            return "state", None if why == ADDED else job_of(entry), entry.state, why, entry.gone
        case "skip":
            return "skip", f"{entry.to - entry.at:.2g}"
        case "note":
            return "note", entry.text
