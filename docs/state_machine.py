"""Draw the state machine of a rollup job from its tables: `python docs/state_machine.py` writes the picture.

`pytest_rollup_fake.model.states` decides what happens; this only says where on the page each state stands. A transition
that the tables gain is drawn without a change here, between the places of its states.
"""

from __future__ import annotations

import math
from collections import defaultdict
from html import escape
from pathlib import Path
from typing import Final, NamedTuple

from pytest_rollup_fake.model.states import Answer, JobEvent, JobState, transitions

PICTURE: Final = Path(__file__).with_name("explanation") / "state-machine.svg"
WIDTH, HEIGHT = 760, 330
BOX: Final = (118, 44)


class Point(NamedTuple):
    """A place on the page, in pixels from the upper left corner."""

    x: float
    y: float


PLACES: Final = {
    JobState.STOPPED: Point(120, 70),
    JobState.STARTED: Point(380, 70),
    JobState.INDEXING: Point(640, 70),
    JobState.STOPPING: Point(510, 185),
    JobState.ABORTING: Point(120, 285),
}
ANY: Final = Point(420, 285)
STYLE: Final = """
svg { font: 13px system-ui, sans-serif; }
.box { fill: #f4f6fa; stroke: #38506e; stroke-width: 1.5; }
.state { fill: #16263c; font-weight: 600; text-anchor: middle; dominant-baseline: central; }
.way { fill: none; stroke: #38506e; stroke-width: 1.3; marker-end: url(#head); }
.label { fill: #38506e; text-anchor: middle; paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
#head path { fill: #38506e; }
@media (prefers-color-scheme: dark) {
  .box { fill: #1d2a3b; stroke: #9db4d1; } .state { fill: #eef3fa; }
  .way { stroke: #9db4d1; } .label { fill: #c6d5e8; stroke: #14181f; } #head path { fill: #9db4d1; }
}
"""


def ways() -> dict[tuple[JobState, JobState], list[str]]:
    """Return what leads from one state to another, of the newest version: each event, and what it is answered."""
    found: defaultdict[tuple[JobState, JobState], list[str]] = defaultdict(list)
    table = transitions(start_is_idempotent=True, delete_needs_stopped=True)
    for (state, event), transition in table.items():
        if transition.state != state and event is not JobEvent.CANCEL:
            found[state, transition.state].append(event.value)
    return dict(found)


def refusals() -> list[tuple[JobState, str, str]]:
    """Return which event is refused in which state, of the newest version."""
    table = transitions(start_is_idempotent=True, delete_needs_stopped=True)
    refused = (Answer.CANNOT_START, Answer.CANNOT_STOP, Answer.CANNOT_DELETE)
    return [(state, event.value, step.answer.value) for (state, event), step in table.items() if step.answer in refused]


def draw() -> str:
    """Return the picture as SVG."""
    found = ways()
    parts = [
        _way(PLACES[start], PLACES[end], labels, bend=34 if (end, start) in found else 0)
        for (start, end), labels in found.items()
    ]
    parts.append(_way(ANY, PLACES[JobState.ABORTING], ["the task is removed"], bend=0))
    parts.append(f'<text class="label" x="{ANY.x}" y="{ANY.y + 4}">any state</text>')
    parts += [_box(state, place) for state, place in PLACES.items()]
    head = '<path d="M0,0 L8,4 L0,8 z"/>'
    marker = f'<marker id="head" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto">{head}</marker>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="The states of a rollup job">\n<style>{STYLE}</style>\n<defs>{marker}</defs>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _box(state: JobState, place: Point) -> str:
    width, height = BOX
    corner = f'x="{place.x - width / 2:g}" y="{place.y - height / 2:g}"'
    return (
        f'<rect class="box" {corner} width="{width}" height="{height}" rx="9"/>'
        f'<text class="state" x="{place.x:g}" y="{place.y:g}">{state}</text>'
    )


def _way(tail: Point, tip: Point, labels: list[str], *, bend: float) -> str:
    """Draw an arrow, bent to its own right where there is a way back."""
    length = math.dist(tail, tip)
    across = Point((tip.y - tail.y) / length, (tail.x - tip.x) / length)
    middle = Point((tail.x + tip.x) / 2 + across.x * bend, (tail.y + tip.y) / 2 + across.y * bend)
    begin, finish = _edge(tail, middle), _edge(tip, middle)
    label = Point(middle.x - across.x * bend / 3, middle.y - across.y * bend / 3 - 4)
    return (
        f'<path class="way" d="M{begin.x:.0f},{begin.y:.0f} Q{middle.x:.0f},{middle.y:.0f} '
        f'{finish.x:.0f},{finish.y:.0f}"/>'
        f'<text class="label" x="{label.x:.0f}" y="{label.y:.0f}">{escape(", ".join(labels))}</text>'
    )


def _edge(place: Point, towards: Point) -> Point:
    """Return where a line from the middle of a box leaves it."""
    half_width, half_height = BOX[0] / 2 + 2, BOX[1] / 2 + 2
    x, y = towards.x - place.x, towards.y - place.y
    scale = min(half_width / abs(x) if x else math.inf, half_height / abs(y) if y else math.inf)
    return Point(place.x + x * scale, place.y + y * scale)


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
