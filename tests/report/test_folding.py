"""What repeats is told once."""

from __future__ import annotations

import time

import pytest

from pytest_rollup_fake.report.folding import fold


def shown(text: str) -> str:
    """Return the runs of a text's letters as `a b*3`."""
    runs = fold(text, str)
    assert "".join("".join(items) for run in runs for items in run.rounds) == text
    return " ".join(f"{''.join(run.items)}{f'*{run.times}' if run.times > 1 else ''}" for run in runs)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("a", "a"),
        ("aa", "a a"),
        ("aaa", "a*3"),
        ("abab", "a b a b"),
        ("xababab", "x ab*3"),
        ("abcdabcdabcd", "abcd*3"),
        ("aaaaaabab", "a*6 b a b"),
        ("aabaabaab", "aab*3"),
        ("abcdeabcdeabcde", "a b c d e a b c d e a b c d e"),
    ],
)
def test_runs_of_up_to_four_that_come_at_least_three_times(text: str, expected: str) -> None:
    """Two of the same are shown as they are, and of the periods that cover as much the shortest is taken."""
    assert shown(text) == expected


def test_what_is_alike_need_not_be_equal() -> None:
    """The caller says what a reader takes for the same."""
    (run,) = fold([1, 11, 21], lambda number: number % 10)

    assert (run.items, run.times, run.rounds) == ((1,), 3, ((1,), (11,), (21,)))


def test_costs_little_where_nothing_repeats() -> None:
    """A report must not hold a failing test up; counted is what the processor did, for machines are busy."""
    started = time.process_time()
    fold(range(100_000), int)
    assert time.process_time() - started < 5
