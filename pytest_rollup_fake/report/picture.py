"""Where everything stands in the picture of a story: lanes from top to bottom, time from left to right.

The rules of this file:

* Things stand side by side in their order, each with room for its label; a longer time between two adds some room, by
  its magnitude. So the axis is no scale: it names instants, and shows where time was skipped.
* A request that waits is as long as what happened meanwhile.
* What repeats is drawn at its beginning and its end, with a gap that says how often it came between.
* Numbers are pixels. Nothing here knows HTML; how a thing looks is said by its class.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .folding import fold
from .timeline import NoteEntry, RequestEntry, SkipEntry, StateEntry
from .wording import instant, job_of, likeness, span, status_of, told

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .folding import Run
    from .timeline import Entry, Timeline

_MARGIN: Final = 18.0
_STEP: Final = 20.0
_CHARACTER: Final = 6.8
"""How wide a character is at most, on average."""
_END_ROOM: Final = 40.0
"""What the label of the last thing may take."""
_LANE: Final = {"notes": 30.0, "requests": 62.0, "states": 38.0}
_AXIS: Final = 44.0
_TICK: Final = 62.0
"""How far apart the instants at the axis are at least."""

_MOST_ENTRIES: Final = 240
_MOST_ROUNDS: Final = 6
"""What repeats more often is drawn twice at its beginning and once at its end."""
_MOST_CONNECTIONS: Final = 6
"""With more connections those that follow each other share lanes."""
_MOST_JOBS: Final = 12


@dataclass(frozen=True, slots=True)
class Lane:
    """A row of the picture."""

    kind: str
    label: str
    y: float
    height: float

    @property
    def middle(self) -> float:
        """Where its things are."""
        return self.y + self.height / 2


@dataclass(frozen=True, slots=True)
class Mark:
    """A request: from its receipt at `x` to its end; `look` is `ok`, `error`, `lost`, `gone` or `open`."""

    entry: RequestEntry
    lane: Lane
    x: float
    end: float
    look: str

    @property
    def waits(self) -> bool:
        """Whether it is drawn as waiting."""
        return self.end > self.x


@dataclass(frozen=True, slots=True)
class Band:
    """How long a job has a state; `ends` says that the job is gone then."""

    entry: StateEntry
    lane: Lane
    x: float
    end: float
    ends: bool

    @property
    def label(self) -> str:
        """The state, if there is room for it."""
        return self.entry.state if len(self.entry.state) * _CHARACTER + 10 <= self.end - self.x else ""


@dataclass(frozen=True, slots=True)
class Flag:
    """A note, or a gap in the story (`entry` is `None`), with a text."""

    entry: NoteEntry | None
    x: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A part of the axis whose time was skipped."""

    x: float
    end: float
    text: str

    @property
    def label(self) -> str:
        """How much was skipped, if there is room for it."""
        return self.text if len(self.text) * _CHARACTER + 6 <= self.end - self.x else ""


@dataclass(frozen=True, slots=True)
class Tick:
    """An instant at the axis."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is drawn, and the `shown` entries with the gaps between them, in order."""

    width: float
    height: float
    axis: float
    lanes: tuple[Lane, ...]
    marks: tuple[Mark, ...]
    bands: tuple[Band, ...]
    flags: tuple[Flag, ...]
    skips: tuple[Skipped, ...]
    ticks: tuple[Tick, ...]
    shown: tuple[Entry | str, ...]


@dataclass(frozen=True, slots=True)
class _Point:
    """A place on the axis: when, what comes first at one instant, and how much room it takes."""

    at: float
    order: float
    room: float


def draw(timeline: Timeline) -> Picture:
    """Return the picture of a story."""
    shown = _shorten(timeline)
    axis = _Axis(shown, timeline)
    lanes = list(_lanes(shown))
    placed = list(_stack([lane for lane, _ in lanes]))
    marks: list[Mark] = []
    bands: list[Band] = []
    for lane, (_, entries) in zip(placed, lanes, strict=True):
        if lane.kind == "requests":
            marks += [_mark(entry, lane, axis) for entry in entries if isinstance(entry, RequestEntry)]
        elif lane.kind == "states":
            bands += _bands([entry for entry in entries if isinstance(entry, StateEntry)], lane, axis)
    bottom = sum(lane.height for lane in placed)
    return Picture(
        width=axis.width,
        height=bottom + _AXIS,
        axis=bottom,
        lanes=tuple(placed),
        marks=tuple(marks),
        bands=tuple(bands),
        flags=tuple(_flags(shown, axis)),
        skips=tuple(axis.skips(timeline)),
        ticks=tuple(axis.ticks()),
        shown=shown,
    )


# --- what is shown ----------------------------------------------------------------------------------------------------


def _shorten(timeline: Timeline) -> tuple[Entry | str, ...]:
    """Return the entries that are drawn, with texts in the place of those that are not."""
    shown: list[Entry | str] = []
    for run in fold(told(timeline), likeness):
        shown += _ends_of(run)
    if len(shown) > _MOST_ENTRIES:
        head, tail = _MOST_ENTRIES // 3, _MOST_ENTRIES * 2 // 3
        shown[head:-tail] = [f"{len(shown) - head - tail:,} left out"]
    return tuple(shown)


def _ends_of(run: Run[Entry]) -> Iterable[Entry | str]:
    if run.times <= _MOST_ROUNDS:
        yield from itertools.chain(*run.rounds)
    else:
        yield from itertools.chain(*run.rounds[:2])
        yield f"{run.times - 3:,} × more"
        yield from run.rounds[-1]


# --- from left to right -----------------------------------------------------------------------------------------------


class _Axis:
    """Where instants are: `x` of an entry, of its end, and of gaps."""

    def __init__(self, shown: Sequence[Entry | str], timeline: Timeline) -> None:
        self._ends = _orders_of_ends(entry for entry in shown if isinstance(entry, RequestEntry))
        points = _points(shown, self._ends, timeline.now)
        self._points = sorted(points, key=lambda point: (point.at, point.order))
        self._keys = [(point.at, point.order) for point in self._points]
        self._places: list[float] = []
        x = _MARGIN
        for before, point in zip([None, *self._points], self._points, strict=False):
            if before is not None:
                x += before.room + _room_for(point.at - before.at)
            self._places.append(x)
        self.width = x + _MARGIN + _STEP + _END_ROOM

    def of(self, at: float, order: float) -> float:
        """Return where an instant is, or the last one before it."""
        return self._places[max(bisect_right(self._keys, (at, order)) - 1, 0)]

    def end_of(self, request: RequestEntry) -> float:
        """Return where a request ends: now, if it has no end."""
        if request.answered_at is None and request.outcome == "pending":
            return self.now
        if request.answered_at is None or not request.waited:
            return self.of(request.at, request.number)
        return self.of(request.answered_at, self._ends[request.number])

    @property
    def now(self) -> float:
        """Where the story ends."""
        return self._places[-1]

    def ticks(self) -> Iterable[Tick]:
        """Return the instants that are named: as many as there is room for, each once."""
        last = -math.inf
        named = ""
        for point, x in zip(self._points, self._places, strict=True):
            text = instant(point.at)
            if x - last >= _TICK and text != named:
                yield Tick(x, text)
                last, named = x, text

    def skips(self, timeline: Timeline) -> Iterable[Skipped]:
        """Return where most of the time between two points was skipped, those side by side as one."""
        skips = [entry for entry in timeline.entries if isinstance(entry, SkipEntry)]
        run: list[tuple[float, float, float]] = []
        for index, (before, after) in enumerate(itertools.pairwise(self._points)):
            gap = after.at - before.at
            skipped = _overlap(skips, before.at, after.at) if gap > 0 else 0.0
            if gap > 0 and skipped > gap / 2:
                run.append((self._places[index], self._places[index + 1], skipped))
        for x, end, skipped in run:
            yield Skipped(x, end, span(skipped))


_END: Final = 1e9
"""At one instant, requests end after all else has happened, except what their client did then."""


def _orders_of_ends(requests: Iterable[RequestEntry]) -> dict[int, float]:
    """Return what comes before the end of each request at its instant, by the requests' numbers."""
    orders: dict[int, float] = {}
    last: dict[int, RequestEntry] = {}
    for request in requests:
        before = last.get(request.connection)
        if before is not None and before.answered_at == request.at:
            orders[before.number] = request.number - 0.5
        orders[request.number] = _END + request.number
        last[request.connection] = request
    return orders


def _points(shown: Sequence[Entry | str], ends: Mapping[int, float], now: float) -> Iterable[_Point]:
    at, order = 0.0, 0.0
    for entry in shown:
        match entry:
            case str():
                yield _Point(at, order + 0.5, len(entry) * _CHARACTER + 12)
                continue
            case SkipEntry():
                continue
            case RequestEntry():
                room = max(_STEP, _CHARACTER * max(len(entry.endpoint), len(status_of(entry))) + 8)
                if entry.waited and entry.answered_at is not None:
                    room = max(room, _CHARACTER * len(span(entry.waited)) + 34)
                    yield _Point(entry.answered_at, ends[entry.number], _STEP + 14)
            case NoteEntry():
                room = _CHARACTER * len(f"#{entry.number}") + 10
            case StateEntry():
                room = _STEP
        at, order = entry.at, entry.number
        yield _Point(at, order, room)
    yield _Point(now, math.inf, 0)


def _room_for(seconds: float) -> float:
    """Return how many pixels a time between two things adds: a few for each power of ten."""
    return min(13 * math.log10(1 + seconds / 0.01), 90)


def _overlap(skips: Sequence[SkipEntry], start: float, end: float) -> float:
    return sum(max(min(skip.to, end) - max(skip.at, start), 0.0) for skip in skips)


# --- from top to bottom -----------------------------------------------------------------------------------------------


def _lanes(shown: Sequence[Entry | str]) -> Iterable[tuple[tuple[str, str], list[Entry]]]:
    """Return kind, label and entries of each lane."""
    entries = [entry for entry in shown if not isinstance(entry, str)]
    notes: list[Entry] = [entry for entry in entries if isinstance(entry, NoteEntry)]
    if notes or len(entries) != len(shown):
        yield ("notes", "events" if notes else ""), notes
    for connections, requests in _connections([entry for entry in entries if isinstance(entry, RequestEntry)]):
        yield ("requests", connections), list(requests)
    jobs: dict[str, list[Entry]] = {}
    for entry in entries:
        if isinstance(entry, StateEntry):
            jobs.setdefault(job_of(entry), []).append(entry)
    eventful = sorted(jobs, key=lambda job: -len(jobs[job]))[:_MOST_JOBS]
    for job, states in jobs.items():
        if job in eventful:
            yield ("states", job), states
    if left := len(jobs) - len(eventful):
        yield ("notes", f"{left:,} more jobs"), []


def _connections(requests: Sequence[RequestEntry]) -> Iterable[tuple[str, list[RequestEntry]]]:
    """Return label and requests of the lanes of connections; if there are many, those that follow each other share."""
    by_connection: dict[int, list[RequestEntry]] = {}
    for request in requests:
        by_connection.setdefault(request.connection, []).append(request)
    if len(by_connection) <= _MOST_CONNECTIONS:
        return [(f"connection {number}", those) for number, those in by_connection.items()]
    lanes: list[list[int]] = []
    for number, those in by_connection.items():
        first = those[0]
        free = (lane for lane in lanes if _is_over(by_connection[lane[-1]], first))
        lane = next(free, None)
        if lane is None:
            lanes.append(lane := [])
        lane.append(number)
    return [(_numbers(lane), [request for number in lane for request in by_connection[number]]) for lane in lanes]


def _is_over(requests: Sequence[RequestEntry], later: RequestEntry) -> bool:
    """Say whether all requests of a connection had ended when a later one came."""
    last = requests[-1]
    if last.outcome == "pending" or last.number > later.number:
        return False
    return not last.waited or last.answered_at is None or last.answered_at < later.at


def _numbers(connections: Sequence[int]) -> str:
    if len(connections) == 1:
        return f"connection {connections[0]}"
    return f"{len(connections)} connections"


def _stack(lanes: Sequence[tuple[str, str]]) -> Iterable[Lane]:
    y = 0.0
    for kind, label in lanes:
        yield Lane(kind, label, y, _LANE[kind])
        y += _LANE[kind]


# --- things -----------------------------------------------------------------------------------------------------------


def _mark(request: RequestEntry, lane: Lane, axis: _Axis) -> Mark:
    return Mark(request, lane, axis.of(request.at, request.number), axis.end_of(request), look_of(request))


def look_of(request: RequestEntry) -> str:
    """Return how a request looks: whether it was answered, and how."""
    match request.outcome:
        case "answered":
            return "error" if (request.status or 0) >= 400 else "ok"  # noqa: PLR2004  (an HTTP error)
        case "lost":
            return "lost"
        case "pending":
            return "open"
    return "gone"


def _bands(states: Sequence[StateEntry], lane: Lane, axis: _Axis) -> Iterable[Band]:
    for entry, following in zip(states, [*states[1:], None], strict=True):
        x = axis.of(entry.at, entry.number)
        if entry.gone:
            yield Band(entry, lane, x, x + _STEP, ends=True)
        else:
            end = axis.now + _STEP if following is None else axis.of(following.at, following.number)
            yield Band(entry, lane, x, end, ends=False)


def _flags(shown: Sequence[Entry | str], axis: _Axis) -> Iterable[Flag]:
    at, order = 0.0, 0.0
    for entry in shown:
        match entry:
            case str():
                x = axis.of(at, order + 0.5)
                yield Flag(None, x, x + len(entry) * _CHARACTER + 8, entry)
            case NoteEntry():
                x = axis.of(entry.at, entry.number)
                yield Flag(entry, x, x, f"#{entry.number}")
        if not isinstance(entry, (str, SkipEntry)):
            at, order = entry.at, entry.number
