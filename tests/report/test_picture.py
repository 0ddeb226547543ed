"""Where things stand in the picture."""

from __future__ import annotations

import itertools
import re
import time

import pytest

from pytest_rollup_fake.report.pages import style
from pytest_rollup_fake.report.picture import Mark, Picture, draw, look_of
from pytest_rollup_fake.report.timeline import NoteEntry, SkipEntry
from tests.report.stories import STOPPED_LATE, request, state, timeline


def labels(picture: Picture) -> list[str]:
    """Return the lanes' labels."""
    return [lane.label for lane in picture.lanes]


def mark_of(picture: Picture, number: int) -> Mark:
    """Return the mark of a request."""
    (mark,) = (mark for mark in picture.marks if mark.entry.number == number)
    return mark


class TestLanes:
    """From top to bottom."""

    def test_are_as_high_as_their_labels(self) -> None:
        """Which stand beside the picture, with heights from the style: a page may forbid others."""
        story = timeline(request(1, 0, "stop"), state(2, 0, "stopped", "stop"), NoteEntry(3, 0, "killed"))
        picture = draw(story)

        heights = {f".labels .{lane.kind}": lane.height for lane in picture.lanes}
        heights[".labels .axis"] = picture.height - picture.axis
        assert len(heights) == 4
        assert {f"{name} {{ height: {height:.0f}px; }}" for name, height in heights.items()} <= set(
            re.findall(r"\.labels \.\w+ \{.*?\}", style())
        )

    def test_there_is_one_for_each_connection_and_each_job(self) -> None:
        """In the order in which they appear."""
        picture = draw(
            timeline(
                state(1, 0, "started", "added by the test"),
                request(2, 1, "get", connection=1),
                state(3, 1, "started", "added by the test", "clicks"),
                request(4, 2, "get", connection=2),
                state(5, 3, "started", "added by the test", "sensor", incarnation=2),
            )
        )
        assert labels(picture) == ["connection 1", "connection 2", "sensor", "clicks", "sensor (2)"]

    def test_many_connections_share_lanes_unless_they_overlap(self) -> None:
        """A client without keep-alive would have one for each request."""
        singles = [request(number, number, "get", connection=number, job=f"job-{number}") for number in range(2, 12)]
        picture = draw(timeline(request(1, 0, "stop", connection=1, waited=20.0), *singles))

        assert labels(picture) == ["connection 1", "10 connections"]

    def test_of_many_jobs_the_eventful_are_drawn(self) -> None:
        """And it is said that there are more."""
        added = [state(number, 0, "started", "added", f"job-{number}") for number in range(1, 31)]
        picture = draw(timeline(*added, state(31, 1, "stopped", "stop", "job-30")))

        assert "job-30" in labels(picture)
        assert labels(picture)[-1] == "18 more jobs"

    def test_lanes_do_not_overlap(self) -> None:
        """Each begins where the one before ends."""
        lanes = draw(STOPPED_LATE).lanes
        assert all(below.y == above.y + above.height for above, below in itertools.pairwise(lanes))


class TestTime:
    """From left to right."""

    def test_things_stand_in_their_order_with_room_for_their_labels(self) -> None:
        """Also where time stands still."""
        marks = draw(timeline(*(request(number, 0, "unfaked") for number in range(1, 6)))).marks
        assert all(later.x - earlier.x > 45 for earlier, later in itertools.pairwise(marks))

    def test_a_request_that_waits_spans_what_happened_meanwhile(self) -> None:
        """From its receipt to its answer."""
        picture = draw(
            timeline(
                request(1, 0, "stop", connection=1, waited=10.0), request(2, 5, "get", connection=2), SkipEntry(0, 10)
            )
        )
        waiting, other = mark_of(picture, 1), mark_of(picture, 2)
        assert waiting.waits
        assert not other.waits
        assert waiting.x < other.x < waiting.end

    def test_a_client_asks_again_once_it_has_its_answer(self) -> None:
        """On one connection a request begins after the one before has ended, though it is the same instant."""
        picture = draw(timeline(request(1, 0, "stop", waited=5.0), request(2, 5, "get"), state(3, 5, "stopped", "why")))
        assert mark_of(picture, 1).end < mark_of(picture, 2).x

    def test_a_request_without_an_answer_lasts_until_now(self) -> None:
        """It is still waiting."""
        parked = request(1, 0, "stop", outcome="pending", parked=True, status=None, waited=None)
        picture = draw(timeline(parked, state(2, 3, "stopping", "why"), now=9.0))
        assert mark_of(picture, 1).end > max(band.x for band in picture.bands)

    def test_skipped_time_is_marked_and_named(self) -> None:
        """Where nothing else happened meanwhile."""
        picture = draw(timeline(request(1, 0, "get"), SkipEntry(0.01, 300), request(2, 300.01, "get")))
        (skip,) = picture.skips
        assert (skip.text, skip.label) == ("5 min", "5 min")
        assert mark_of(picture, 1).x <= skip.x < skip.end <= mark_of(picture, 2).x

    def test_instants_are_named_where_there_is_room(self) -> None:
        """And each once."""
        ticks = draw(STOPPED_LATE).ticks
        assert ticks[0].text == "0.001"
        assert all(later.x - earlier.x >= 60 for earlier, later in itertools.pairwise(ticks))
        assert len({tick.text for tick in ticks}) == len(ticks)


class TestThings:
    """What is drawn."""

    def test_a_state_lasts_until_the_next(self) -> None:
        """Of a job that is gone the last one ends."""
        picture = draw(
            timeline(
                state(1, 0, "started", "added"), state(2, 5, "aborting", "removed", gone=True), request(3, 60, "get")
            )
        )
        started, aborting = picture.bands
        assert started.end == aborting.x
        assert aborting.ends
        assert aborting.end < picture.width - 40

    @pytest.mark.parametrize(
        ("outcome", "status", "look"),
        [
            ("answered", 200, "ok"),
            ("answered", 404, "error"),
            ("lost", 200, "lost"),
            ("cut", None, "gone"),
            ("abandoned", 200, "gone"),
            ("pending", None, "open"),
        ],
    )
    def test_outcomes_look_different(self, outcome: str, status: int | None, look: str) -> None:
        """By shape too, not by colour alone."""
        assert look_of(request(1, 0, "get", outcome=outcome, status=status)) == look

    def test_what_repeats_is_drawn_at_its_ends(self) -> None:
        """With a gap that says how often it came between."""
        picture = draw(STOPPED_LATE)
        assert "31 × more" in picture.shown
        assert [flag.text for flag in picture.flags] == ["31 × more"]
        assert len(picture.marks) == 6

    def test_notes_are_flags(self) -> None:
        """In a lane of their own."""
        picture = draw(timeline(request(1, 0, "get"), NoteEntry(2, 1, "node-1 was killed")))
        (flag,) = picture.flags
        assert (flag.text, labels(picture)[0]) == ("#2", "events")

    def test_ten_thousand_requests_are_few_shapes(self) -> None:
        """And cost little."""
        entries = [request(number, number, "get", job=f"job-{number % 977}") for number in range(1, 10_001)]
        started = time.process_time()
        picture = draw(timeline(*entries))
        assert time.process_time() - started < 1
        assert len(picture.marks) == 240
        assert "9,760 left out" in picture.shown
