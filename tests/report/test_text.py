"""The section of a failing test."""

from __future__ import annotations

import dataclasses
import time

import pytest

from pytest_rollup_fake.report.text import paint, section
from pytest_rollup_fake.report.timeline import NoteEntry, SkipEntry
from pytest_rollup_fake.report.wording import span
from tests.report.stories import STOPPED_LATE, request, state, timeline

EXPECTED = """\
Elasticsearch 8.19.21 as clients ask, skipping clock at 45.010 s, 44 s skipped
    at   #                                          waited    real  answer
 0.001   1  sensor is indexing: added by the test
 0.003   2  POST stop sensor                          10 s    2 ms  500
              wait_for_completion=true&timeout=10s
              Timed out after [10s] while waiting for rollup job [sensor] to
              stop. State was [STOPPING]
 0.003   3  sensor is stopping: stop (request #2)
10.004   4  GET job sensor                                          200
10.005      the clock skips 0.999 s
            the 2 above × 34, every 1 s
44.010  38  GET job sensor                                          lost
              struck by faults.reset(), its effect was skipped
45.003  39  sensor is stopped: wound down
45.010  40  GET /_cat/indices                                       501
              is not faked

GET /_cat/indices is an API of Elasticsearch 8.19.21 that pytest-rollup-fake does not fake."""


def table(*entries: object, **changes: object) -> list[str]:
    """Return the lines below the head of the table."""
    return section(timeline(*entries, **changes)).splitlines()[2:]  # type: ignore[arg-type]


class TestSection:
    """What it says."""

    def test_tells_the_story(self) -> None:
        """Version, clock and skipped time; requests, states and faults in order, what repeats once; the findings."""
        assert section(STOPPED_LATE) == EXPECTED

    def test_of_nothing_says_so(self) -> None:
        """That no request came is often what was wrong."""
        assert section(timeline(versions=())) == (
            "Elasticsearch of no set version, skipping clock at 0.000 s\n"
            "No request has reached the cluster, and it has no jobs."
        )

    def test_names_the_version_that_was_set(self) -> None:
        """Else those that its clients asked as."""
        assert section(timeline(version="7.17.29")).startswith("Elasticsearch 7.17.29, skipping")
        assert section(timeline(versions=("6.8.23", "9.4.0"))).startswith("Elasticsearch 6.8.23, 9.4.0 as clients ask")

    def test_requests_of_one_kind_are_one_line(self) -> None:
        """With how many there were and how far apart."""
        polls = [request(number, number * 1.0, "get") for number in range(1, 59)]
        assert table(*polls) == ["1.000  1  GET job sensor × 58, every 1 s                            200"]

    @pytest.mark.parametrize(
        ("instants", "words"),
        [
            ((0, 0, 0), "× 3"),
            ((0, 10, 20), "× 3, every 10 s"),
            ((0, 1, 60), "× 3 in 60 s"),
            ((0, 0.01, 0.021), "× 3, every 10 ms"),
        ],
    )
    def test_the_distance_is_told_if_it_is_one(self, instants: tuple[float, ...], words: str) -> None:
        """Else how long it all took."""
        (line,) = table(*(request(number, at, "get") for number, at in enumerate(instants, 1)))
        assert f"GET job sensor {words}  " in line

    def test_many_jobs_are_one_line(self) -> None:
        """They were added, and that is all."""
        jobs = [state(number, 0.0, "started", "added by the test", f"job-{number}") for number in range(1, 101)]
        assert table(*jobs) == ["0.000  1  each of job-1 to job-100 is started × 100: added by the test"]

    def test_a_request_that_is_parked_has_no_answer(self) -> None:
        """It says what it waits for instead."""
        (line,) = table(request(1, 0, "stop", outcome="pending", parked=True, status=None, waited=None), clock="manual")
        assert line.endswith(" parked")

    def test_what_was_answered_in_vain_has_its_status_too(self) -> None:
        """The client had gone."""
        (line,) = table(request(1, 0, "stop", outcome="abandoned"))
        assert line.endswith("  200 abandoned")

    def test_on_a_manual_clock_each_move_is_told(self) -> None:
        """Also those that a waiting request sees."""
        stop = request(1, 0, "stop", waited=10.0)
        lines = table(stop, SkipEntry(0, 4), SkipEntry(4, 10), clock="manual")
        assert lines[1:] == ["0.000     the clock skips 10 s"]
        assert len(table(stop, SkipEntry(0, 4), SkipEntry(4, 10))) == 1

    def test_notes_are_told(self) -> None:
        """What is neither request nor job."""
        assert table(NoteEntry(1, 0.0, "node-1 was killed"), request(2, 0, "get"))[0].endswith("node-1 was killed")

    def test_nothing_is_wider_than_a_terminal(self) -> None:
        """Long names go on in the next line, and long reasons end."""
        job = "a-job-with-a-name-that-is-longer-than-its-column-" * 3
        lines = table(
            request(1, 123456.0, "stop", job=job, status=500, reason="why " * 200, waited=10.0),
            state(2, 123456.0, "stopping", "stop (request #1)", job),
        )
        assert max(map(len, lines)) <= 80
        assert sum("500" in line for line in lines) == 1
        assert len(lines) < 15
        assert any(line.endswith("...") for line in lines)

    def test_ten_thousand_requests_cost_neither_time_nor_lines(self) -> None:
        """The beginning and, longer, the end are shown."""
        entries = [request(number, number * 0.37, "get", job=f"job-{number}") for number in range(1, 10_001)]
        started = time.process_time()
        lines = section(timeline(*entries)).splitlines()
        assert time.process_time() - started < 1
        assert len(lines) < 200
        assert "... the middle is left out: 10,000 requests and changes in all ..." in lines
        assert "job-1 " in lines[2]
        assert "job-10000" in lines[-1]

    def test_of_too_many_findings_the_first_are_told(self) -> None:
        """And how many more there are."""
        found = section(timeline(findings=tuple(map(str, range(1000))))).split("\n\n")
        assert (len(found), found[-1]) == (17, "... and 985 more")


class TestColours:
    """On a terminal."""

    def test_mark_what_a_reader_looks_for(self) -> None:
        """Errors, lost answers, faults, states."""
        painted = paint(EXPECTED, lambda text, **colours: f"<{'+'.join(colours)} {text}>")

        assert painted.count("<green 200>") == 1
        assert "<red 500>\n" in painted
        assert "<yellow lost>" in painted
        assert "<yellow struck by faults.reset(), its effect was skipped>" in painted
        assert "sensor is <cyan stopping>: stop" in painted

    def test_change_no_word(self) -> None:
        """Without them it is the same text."""
        assert paint(EXPECTED, lambda text, **_: text) == EXPECTED


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 ms"),
        (0.0004, "< 1 ms"),
        (0.0023, "2 ms"),
        (0.25, "0.25 s"),
        (9.9996, "10 s"),
        (119, "119 s"),
        (300, "5 min"),
        (301.2, "5 min 1 s"),
        (5400, "90 min"),
        (9000, "2 h 30 min"),
        (864000, "10 days"),
    ],
)
def test_spans_of_time_are_short(seconds: float, words: str) -> None:
    """Whole units where there are any."""
    assert span(seconds) == words


def test_stories_are_values() -> None:
    """They can be compared and changed into others."""
    assert dataclasses.replace(STOPPED_LATE) == STOPPED_LATE
