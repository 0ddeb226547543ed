"""When a waiting stop looks at its job."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rollup_fake.model.durations import MILLISECOND
from pytest_rollup_fake.model.waiting import Looks


def looks_of_the_loop(timeout: int) -> list[int]:
    """Count the loop's looks out, in milliseconds, as TransportStopRollupAction does."""
    looks, total, step = [], 0, 1
    while total + step < timeout:
        looks.append(total)
        total += step
        step = min(1000, step * 2)
    return [*looks, max(timeout, 0)]


def looks_in_closed_form(timeout: int) -> list[int]:
    """Ask for one look after the other."""
    looks = Looks(0, timeout)
    found = [looks.at_or_after(0)]
    while found[-1] < looks.deadline:
        found.append(looks.at_or_after(found[-1] + 1))
    return [instant // MILLISECOND for instant in found]


class TestLooks:
    """The closed form against the loop."""

    @pytest.mark.parametrize(
        "timeout", [-1, 0, 1, 2, 3, 4, 5, 255, 500, 511, 1000, 1023, 1024, 2023, 2024, 10_000, 30_000]
    )
    def test_are_those_of_the_loop(self, timeout: int) -> None:
        """One look at 0 or below, and only such looks as leave room for the next step before the timeout."""
        assert looks_in_closed_form(timeout) == looks_of_the_loop(timeout)

    @given(st.integers(min_value=-5, max_value=120_000))
    def test_are_those_of_the_loop_for_any_timeout(self, timeout: int) -> None:
        """So it is for every timeout."""
        assert looks_in_closed_form(timeout) == looks_of_the_loop(timeout)

    def test_known_schedules(self) -> None:
        """A second: 255 and then 1000 ms; ten: 8023 and then 10000 ms."""
        assert looks_in_closed_form(1000)[-2:] == [255, 1000]
        assert looks_in_closed_form(10_000)[-3:] == [7023, 8023, 10_000]

    @given(st.integers(min_value=0, max_value=10**15), st.integers(min_value=0, max_value=20_000), st.data())
    def test_the_next_is_the_first_that_is_not_before(self, started: int, timeout: int, data: st.DataObject) -> None:
        """For any instant, also between milliseconds, whatever the start."""
        instant = started + data.draw(st.integers(min_value=0, max_value=timeout * MILLISECOND))
        instants = [started + look * MILLISECOND for look in looks_of_the_loop(timeout)]
        expected = next(itertools.dropwhile(lambda look: look < instant, instants))
        assert Looks(started, timeout).at_or_after(instant) == expected

    def test_nearly_three_centuries_cost_nothing(self) -> None:
        """`timeout=106751d` is legal; its nine billion looks are never counted out."""
        century = 106_751 * 86_400_000
        looks = Looks(0, century)
        assert looks.deadline == century * MILLISECOND
        assert looks.at_or_after(looks.deadline - 1) == looks.deadline
