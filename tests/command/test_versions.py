"""`rollup-fake versions`: the lines, the profile of a version, and what changes from one to another."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from pytest_rollup_fake.command.behaviours import BEHAVIOURS, change_in_words, in_words
from pytest_rollup_fake.command.main import main
from pytest_rollup_fake.command.questions import QUESTIONS, ask
from pytest_rollup_fake.command.versions import WIDTH, difference_text, lines_text, profile_text
from pytest_rollup_fake.command.versions_page import page
from pytest_rollup_fake.model.versions import LINES, ROWS, parse_version, profile_of

PAGE: Final = Path(__file__).parents[2] / "docs" / "reference" / "versions.md"
each_line = pytest.mark.parametrize("line", LINES)


class TestLines:
    """`rollup-fake versions`."""

    def test_the_program_lists_every_line_with_its_newest_release(self) -> None:
        """Run as users run it, by the console script."""
        script = Path(sys.executable).parent / "rollup-fake"
        printed = subprocess.run([script, "versions"], capture_output=True, text=True, check=True).stdout

        assert printed == lines_text()
        assert [row.split()[0] for row in printed.splitlines()[1 : len(LINES) + 1]] == list(LINES)
        assert "7.17  7.17.29   8.11.3  2025-06-19\n" in printed

    def test_a_reader_that_has_seen_enough_is_no_error(self) -> None:
        """As `head` is one."""
        script = Path(sys.executable).parent / "rollup-fake"
        pipe = f"set -o pipefail; '{script}' versions diff 6.3 9 | true"
        done = subprocess.run(["bash", "-c", pipe], capture_output=True, text=True, check=False)  # noqa: S607  (the user's own)

        assert (done.returncode, done.stderr) == (0, "")


class TestProfile:
    """`rollup-fake versions 7.17`."""

    def test_every_row_has_words(self) -> None:
        """One that was added to the data is found here."""
        assert {name for phrases in BEHAVIOURS.values() for name in phrases} == set(ROWS)

    def test_a_profile_tells_each_behaviour(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Under its subject, with the value that the fake acts by."""
        assert main(["versions", "9"]) == 0
        printed = capsys.readouterr().out
        assert "Elasticsearch 9.5.4, as the fake knows it" in printed
        assert "  status of a stop that timed out: 429\n" in printed

    @each_line
    def test_a_profile_fits_into_80_columns(self, line: str) -> None:
        """In every version line."""
        assert max(map(len, profile_text(line).splitlines())) <= WIDTH

    @pytest.mark.parametrize(
        ("value", "words"),
        [(True, "yes"), (False, "no"), (None, "none"), ((), "none"), (frozenset(), "none"), (("a", "b"), "a, b")],
    )
    def test_values_are_told_in_words(self, value: object, words: str) -> None:
        """Not in Python's."""
        assert in_words(value) == words

    def test_a_change_of_a_collection_tells_what_came_and_went(self) -> None:
        """All of it would hide what is new."""
        assert change_in_words(("a", "b"), ("b", "c")) == "with c, without a"
        assert change_in_words(("a", "b"), ("b", "a")) == "a, b -> b, a"


class TestDifferences:
    """`rollup-fake versions diff 7.17 9`."""

    def test_the_differences_of_stop(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The whole text, as a reader sees it."""
        assert main(["versions", "diff", "7.17", "9", "stop"]) == 0
        _, _, printed = capsys.readouterr().out.partition("\nstop ")
        assert printed == (
            f"{chr(45) * 75}\n"
            "  POST /_xpack/rollup/job/{id}/_stop: deprecated -> gone\n"
            "  status of a stop that timed out: 500 -> 429\n"
            "    [ElasticsearchTimeoutException.status; #116026 in 9.0.0]\n"
            "  where a stop that timed out is marked by X-Timed-Out: none -> header\n"
            "    [#124936; ElasticsearchException of 9.0.8 and 9.1.10 shows the header in the\n"
            "      body, that of 9.2.8 does not]\n"
            "  * a wait that times out\n"
            "    POST /_rollup/job/sensor/_stop?wait_for_completion=true&timeout=10s\n"
            "      status: 500 -> 429\n"
            "      header X-Timed-Out: + ?1\n"
            "      body error.timed_out: + true\n"
        )

    @pytest.mark.parametrize(("old", "new"), [*pairwise(LINES), ("6.3", "9")])
    def test_no_changed_row_is_left_out(self, old: str, new: str) -> None:
        """Whatever the fake does differently is told, in 80 columns."""
        was, now = (profile_of(parse_version(line)) for line in (old, new))
        text = difference_text(old, new)
        rows = text.splitlines()

        assert max(map(len, rows)) <= WIDTH
        for phrases in BEHAVIOURS.values():
            for name, phrase in phrases.items():
                if getattr(was, name) != getattr(now, name):
                    assert any(row.startswith(f"  {phrase}:") for row in rows), name

    def test_what_all_endpoints_share_is_told_once(self) -> None:
        """With the subjects that have it."""
        assert difference_text("7.17", "9").count("The rollup functionality will be removed") == 1

    def test_clients_of_6_5_are_asked_at_the_path_that_they_have(self) -> None:
        """Else every answer would be that there is no such path."""
        assert "POST /_xpack/rollup/job/sensor/_stop -> POST /_rollup/job/sensor/_stop" in " ".join(
            difference_text("6.5", "9", ["stop"]).split()
        )

    def test_a_version_does_not_differ_from_itself(self) -> None:
        """No chance gets into the answers: ids and dates are made alike."""
        assert difference_text("7.17", "7.17").endswith("\n\nNothing that the fake knows of.\n")

    @each_line
    def test_every_question_is_one_that_the_fake_answers(self, line: str) -> None:
        """As Elasticsearch would, and not by saying that it does not fake this."""
        profile = profile_of(parse_version(line))

        assert [question for question in QUESTIONS if ask(question, profile)["status"] == "501"] == []


class TestMistakes:
    """What cannot be meant."""

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            (["5"], "known lines are 6.3, 6.4"),
            (["diff", "7.17"], "takes two versions"),
            (["diff", "7.17", "9", "stpo"], "unknown subject 'stpo'; the subjects are paths, stop, start"),
            (["7.17", "9"], "one version, or diff and two of them, not 7.17 9"),
        ],
    )
    def test_a_mistake_is_named_with_what_is_allowed(
        self, capsys: pytest.CaptureFixture[str], arguments: list[str], text: str
    ) -> None:
        """On standard error, and the exit code is 2."""
        assert main(["versions", *arguments]) == 2
        assert text in capsys.readouterr().err


def test_the_page_is_what_the_data_says() -> None:
    """`python -m pytest_rollup_fake.command.versions_page > docs/reference/versions.md` writes it anew."""
    assert PAGE.read_text(encoding="utf-8") == page()
