"""The section of a failing test: one cluster's story in lines of 80 characters."""

from __future__ import annotations

import itertools
import re
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from .folding import Run, fold
from .timeline import NoteEntry, RequestEntry, SkipEntry, StateEntry
from .wording import (
    answer_to,
    clock_line,
    details_of,
    findings_of,
    instant,
    job_of,
    likeness,
    name_of,
    skip_text,
    span,
    state_of,
    told,
    unstruck_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .timeline import Entry, Timeline

WIDTH: Final = 80
MOST_LINES: Final = 180
"""How many lines a story may have, besides findings; of a longer one the middle is left out."""

_WAITED, _TOOK, _ANSWER = 8, 7, 13
_AT_HEAD, _NUMBER_HEAD = "at", "#"
_MOST_DETAIL_LINES: Final = 6


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the table; `details` stand in lines of their own below it."""

    at: str
    number: str
    what: str
    waited: str = ""
    took: str = ""
    answer: str = ""
    details: tuple[str, ...] = ()


def section(timeline: Timeline, *, most_lines: int = MOST_LINES) -> str:
    """Return the section: version, clock and skipped time in one line, the story, and what else was found."""
    parts = ["\n".join([*textwrap.wrap(clock_line(timeline), WIDTH), *_table(timeline, most_lines)])]
    never = [f"never struck: {injection}" for injection in unstruck_of(timeline)]
    return "\n\n".join([*parts, *never, *findings_of(timeline)])


def _table(timeline: Timeline, most: int) -> list[str]:
    """Return the story; of what is too long the middle is left out, and the end, where the test failed, is longer."""
    if all(entry.kind == "skip" for entry in timeline.entries):
        return ["No request has reached the cluster, and it has no jobs."]
    runs = fold(told(timeline), likeness)
    if len(runs) > 2 * most:  # each has a line at least
        runs[most:-most] = []
    lines = list(_lines([row for run in runs for row in _rows(run)]))
    if len(lines) > most:
        head, tail = most // 3, most - most // 3 - 1
        lines[head:-tail] = [f"... the middle is left out: {len(timeline.entries):,} requests and changes in all ..."]
    return lines


# --- rows -------------------------------------------------------------------------------------------------------------


def _rows(run: Run[Entry]) -> Iterable[_Row]:
    """Return the rows of what repeats: of one entry one with a multiplier, of several theirs and a line that tells."""
    if len(run.items) > 1:
        for entry in run.items:
            yield _row(entry)
        yield _Row("", "", f"the {len(run.items)} above {_times(run)}")
    else:
        yield _row(run.items[0], run if run.times > 1 else None)


def _row(entry: Entry, run: Run[Entry] | None = None) -> _Row:
    times = "" if run is None else f" {_times(run)}"
    at = instant(entry.at)
    match entry:
        case RequestEntry():
            details = tuple(details_of(entry))
            return _Row(at, str(entry.number), f"{name_of(entry)}{times}", *_waits(entry), answer_to(entry), details)
        case StateEntry():
            who = job_of(entry) if run is None else _jobs_of(run)
            return _Row(at, str(entry.number), f"{who} is {state_of(entry)}{times}: {entry.why}")
        case NoteEntry():
            return _Row(at, str(entry.number), f"{entry.text}{times}")
        case SkipEntry():
            return _Row(at, "", f"{skip_text(entry)}{times}")


def _times(run: Run[Entry]) -> str:
    """Return how often something came, and how far apart: `× 58, every 1 s`."""
    firsts = [items[0].at for items in run.rounds]
    gaps = [later - earlier for earlier, later in itertools.pairwise(firsts)]
    whole = firsts[-1] - firsts[0]
    mean = whole / len(gaps)
    if whole < 0.001:  # noqa: PLR2004  (a millisecond: at once)
        return f"× {run.times:,}"
    if max(abs(gap - mean) for gap in gaps) <= max(0.1 * mean, 0.005):
        return f"× {run.times:,}, every {span(mean)}"
    return f"× {run.times:,} in {span(whole)}"


def _jobs_of(run: Run[Entry]) -> str:
    jobs = [entry.job for (entry, *_) in run.rounds if isinstance(entry, StateEntry)]
    return jobs[0] if len(set(jobs)) == 1 else f"each of {jobs[0]} to {jobs[-1]}"


def _waits(request: RequestEntry) -> tuple[str, str]:
    """Return how long a request waited in fake and in real time; nothing for one that did not wait."""
    waited, took = request.waited or 0, request.took or 0
    if not waited and took < 0.1:  # noqa: PLR2004  (a tenth of a second is not felt)
        return "", ""
    return span(waited), span(took)


# --- lines ------------------------------------------------------------------------------------------------------------


def _lines(rows: Sequence[_Row]) -> Iterable[str]:
    at = max(len(_AT_HEAD), *(len(row.at) for row in rows))
    number = max(len(_NUMBER_HEAD), *(len(row.number) for row in rows))
    indent = at + number + 4
    what = WIDTH - indent - _WAITED - _TOOK - _ANSWER - 3
    yield from _line(_Row(_AT_HEAD, _NUMBER_HEAD, "", "waited", "real", "answer"), at, number, what)
    for row in rows:
        yield from _line(row, at, number, what)


def _line(row: _Row, at: int, number: int, what: int) -> Iterable[str]:
    """Return a row in columns; one too long for its column has what belongs to the right of it in its last line."""
    begin = f"{row.at:>{at}}  {row.number:>{number}}  "
    columns = f" {row.waited:>{_WAITED}} {row.took:>{_TOOK}}  {row.answer}".rstrip()
    lines = [row.what] if len(row.what) <= what else _wrap(row.what, WIDTH - len(begin))
    if len(lines[-1]) > what and columns:
        lines.append("")
    lines[-1] = f"{lines[-1]:<{what}}{columns}"
    indent = " " * len(begin)
    yield f"{begin}{lines[0]}".rstrip()
    yield from (f"{indent}{line}".rstrip() for line in lines[1:])
    for detail in row.details:
        yield from (f"{indent}  {line}" for line in _detail(detail, WIDTH - len(begin) - 2))


def _detail(text: str, width: int) -> list[str]:
    lines = _wrap(text, width)
    if len(lines) > _MOST_DETAIL_LINES:
        lines[_MOST_DETAIL_LINES - 1 :] = [f"{lines[_MOST_DETAIL_LINES - 1][:-3]}..."]
    return lines


def _wrap(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]


# --- colours ----------------------------------------------------------------------------------------------------------


class Markup(Protocol):
    """What `TerminalWriter.markup` is."""

    def __call__(self, text: str, **markup: bool) -> str:
        """Return a text with the colours of a terminal."""


_PAINT: Final[tuple[tuple[re.Pattern[str], dict[str, bool]], ...]] = (
    (re.compile(r"(?<=  )[45]\d\d\b[ \w]*$"), {"red": True}),
    (re.compile(r"(?<=  )(?:\d+ )?(?:lost|abandoned|cut|pending|parked)$"), {"yellow": True}),
    (re.compile(r"(?<=  )[23]\d\d$"), {"green": True}),
    (re.compile(r"\bstruck by .*|\bis not faked$"), {"yellow": True}),
    (re.compile(r"(?<= is )(?:started|indexing|stopping|stopped|aborting|gone)\b"), {"cyan": True}),
    (re.compile(r"× [\d,]+"), {"bold": True}),
)


def paint(text: str, markup: Markup) -> str:
    """Return a section with the colours of a terminal; without them it is the same text."""
    return "\n".join(_paint_line(line, markup) for line in text.split("\n"))


def _paint_line(line: str, markup: Markup) -> str:
    for pattern, colours in _PAINT:
        line = pattern.sub(lambda found, colours=colours: markup(found[0], **colours), line)  # type: ignore[misc]
    return line
