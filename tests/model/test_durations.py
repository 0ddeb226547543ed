"""Durations that users give, as nanoseconds."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rollup_fake.model.durations import to_nanoseconds, to_seconds


class TestAccepted:
    """What is a duration."""

    @pytest.mark.parametrize(
        ("value", "nanoseconds"),
        [
            (0, 0),
            (3, 3_000_000_000),
            (0.1, 100_000_000),
            (1e-9, 1),
            (timedelta(minutes=1, microseconds=7), 60_000_007_000),
            ("5nanos", 5),
            ("5micros", 5_000),
            ("500ms", 500_000_000),
            ("10s", 10_000_000_000),
            (" 2m ", 120_000_000_000),
            ("36h", 129_600_000_000_000),
            ("106751d", 106_751 * 86_400 * 1_000_000_000),
        ],
    )
    def test_forms(self, value: Any, nanoseconds: int) -> None:
        """Numbers are seconds; timedeltas and Elasticsearch's time strings say their unit."""
        assert to_nanoseconds(value) == nanoseconds

    @given(st.integers(min_value=1, max_value=1000))
    def test_sums_are_exact(self, count: int) -> None:
        """Ten times 0.1 s is 1 s, which floats get wrong."""
        assert to_nanoseconds(0.1) * count * 10 == to_nanoseconds(count)

    def test_reads_back_as_seconds(self) -> None:
        """What users read is a float of seconds."""
        assert to_seconds(to_nanoseconds("1500ms")) == 1.5


class TestRefused:
    """What is none."""

    @pytest.mark.parametrize("value", [True, None, b"1s", [1], object()])
    def test_types(self, value: Any) -> None:
        """Another type, bool included, is a TypeError that names the accepted forms."""
        with pytest.raises(TypeError, match=r"stop_delay must be seconds as a number, a timedelta, or a time string"):
            to_nanoseconds(value, name="stop_delay")

    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    def test_not_finite(self, value: float) -> None:
        """NaN and infinity are no seconds."""
        with pytest.raises(ValueError, match="must be a finite number of seconds"):
            to_nanoseconds(value)

    @pytest.mark.parametrize("value", [-1, -0.5, "-5s", timedelta(seconds=-1)])
    def test_negative(self, value: Any) -> None:
        """Time never goes back."""
        with pytest.raises(ValueError, match="must not be negative"):
            to_nanoseconds(value)

    @pytest.mark.parametrize("value", ["", "10", "s", "1.5s", "10 weeks", "--1s", "1e3s", "\u0661s"])
    def test_text(self, value: str) -> None:
        """A text without a whole number and a unit names the units there are."""
        with pytest.raises(ValueError, match=r"one of the units nanos, micros, ms, s, m, h, d .* not "):
            to_nanoseconds(value)
