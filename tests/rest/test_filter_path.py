"""`filter_path`: what it leaves of an answer."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rollup_fake.rest.filter_path import apply

JOBS: dict[str, object] = {
    "jobs": [
        {"config": {"id": "a", "cron": "*/30 * * * * ?"}, "status": {"job_state": "started"}, "stats": {"pages": 1}},
        {"config": {"id": "b", "cron": "0 0 * * * ?"}, "status": {"job_state": "stopped"}, "stats": {"pages": 2}},
    ],
    "took": 3,
    "empty": {},
}

leaves = st.none() | st.integers() | st.text(max_size=5)
names = st.text("abc._", min_size=1, max_size=3)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=8
)
objects = st.dictionaries(names, values, max_size=4)
paths = st.lists(st.sampled_from(["a", "b*", "*", "**", "c.a"]), min_size=1, max_size=4).map(".".join)


class TestInclusion:
    """Paths without a dash: what they end at stays whole, the rest goes."""

    def test_name(self) -> None:
        """A name at the top keeps what is below it, even where that is empty."""
        assert apply(JOBS, "took") == {"took": 3}
        assert apply(JOBS, "empty") == {"empty": {}}

    def test_goes_through_arrays(self) -> None:
        """Arrays are no level of their own."""
        expected = {"jobs": [{"status": {"job_state": "started"}}, {"status": {"job_state": "stopped"}}]}
        assert apply(JOBS, "jobs.status.job_state") == expected

    def test_comma_list_keeps_the_order_of_the_answer(self) -> None:
        """Paths add up, and change no order; spaces and empty ones do not matter."""
        filtered = apply(JOBS, "took, ,jobs.config.id")
        assert filtered == {"jobs": [{"config": {"id": "a"}}, {"config": {"id": "b"}}], "took": 3}
        assert isinstance(filtered, dict)
        assert list(filtered) == ["jobs", "took"]

    def test_shorter_path_wins(self) -> None:
        """A path that ends at a name beats those that go on below it."""
        assert apply({"a": {"b": 1, "c": 2}}, "a.b,a") == {"a": {"b": 1, "c": 2}}

    @pytest.mark.parametrize("expression", ["jo*.stats", "*.stats", "*ob*.st*ts", "j*s.stats.*"])
    def test_star_is_any_part_of_one_name(self, expression: str) -> None:
        """A star stands for one name or a part of it."""
        assert apply(JOBS, expression) == {"jobs": [{"stats": {"pages": 1}}, {"stats": {"pages": 2}}]}

    def test_star_is_one_level(self) -> None:
        """A star does not reach deeper."""
        assert apply({"a": {"b": {"x": 1}, "x": 2}}, "a.*.x") == {"a": {"b": {"x": 1}}}

    def test_double_star_is_any_depth(self) -> None:
        """Two stars stand for one name or more (FilterPath), so that a name at the top is not found below them."""
        value = {"x": 0, "a": {"x": 1, "b": {"c": [{"x": 2, "y": 3}]}}}
        assert apply(value, "**.x") == {"a": {"x": 1, "b": {"c": [{"x": 2}]}}}
        assert apply(value, "a.**.x") == {"a": {"b": {"c": [{"x": 2}]}}}

    def test_other_signs_are_themselves(self) -> None:
        """Only the star is special in a name."""
        assert apply({"a?": 1, "ab": 2, "[a]b": 3}, "a?,[a]*") == {"a?": 1, "[a]b": 3}

    def test_escaped_dot(self) -> None:
        """A dot after a backslash belongs to the name."""
        assert apply({"a.b": 1, "a": {"b": 2}}, "a\\.b") == {"a.b": 1}

    @pytest.mark.parametrize("expression", ["nope", "took.x", "jobs.nope", "empty.x", "jobs.config.id.x"])
    def test_nothing_left(self, expression: str) -> None:
        """Where nothing matches, an empty object is the answer."""
        assert apply(JOBS, expression) == {}

    def test_empty_elements_vanish(self) -> None:
        """An element of an array of which nothing is left is left out."""
        assert apply({"l": [{"a": 1}, {"b": 2}, 3, [{"a": 4}], [5]]}, "l.a") == {"l": [{"a": 1}, [{"a": 4}]]}

    def test_array_at_the_top(self) -> None:
        """An answer may be an array."""
        assert apply([{"a": 1, "b": 2}, {"b": 3}], "a") == [{"a": 1}]


class TestExclusion:
    """Paths with a dash: what they end at goes, the rest stays."""

    def test_name(self) -> None:
        """What a path names is left out."""
        assert apply({"a": 1, "b": {"c": 2, "d": 3}}, "-a,-b.d") == {"b": {"c": 2}}

    def test_goes_through_arrays(self) -> None:
        """Elements that are no objects stay."""
        assert apply({"l": [{"a": 1, "b": 2}, 3]}, "-l.a") == {"l": [{"b": 2}, 3]}

    def test_emptied_containers_vanish(self) -> None:
        """An object or an array of which nothing is left goes too."""
        assert apply({"a": {"b": 1}, "l": [{"b": 1}], "c": 2}, "-*.b") == {"c": 2}
        assert apply({"a": {"b": 1}}, "-a.b") == {}

    def test_comes_after_inclusion(self) -> None:
        """Where both are given, exclusions take away from what inclusions keep, whatever comes first."""
        expected = {"jobs": [{"config": {"id": "a"}}, {"config": {"id": "b"}}]}
        assert apply(JOBS, "-**.cron,jobs.config") == expected

    def test_double_star_excludes_everything(self) -> None:
        """Nothing is left of anything."""
        assert apply(JOBS, "-**") == {}


class TestAnyAnswer:
    """What holds for every answer."""

    @given(objects)
    def test_double_star_keeps_everything(self, value: dict[str, object]) -> None:
        """Two stars match every name."""
        assert apply(value, "**") == value

    @pytest.mark.parametrize("expression", ["", " ", ",", "-", " - ,"])
    def test_no_path_keeps_everything(self, expression: str) -> None:
        """An expression without a path filters nothing."""
        assert apply(JOBS, expression) == JOBS

    @given(objects, paths)
    def test_is_done_once(self, value: dict[str, object], path: str) -> None:
        """Filtering twice is filtering once, and changes nothing in the original."""
        before = copy.deepcopy(value)
        once = apply(value, path)
        assert apply(once, path) == once
        assert value == before
