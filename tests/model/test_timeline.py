"""Fake time's algebra, with a real clock that the test moves."""

from __future__ import annotations

import gc
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rollup_fake.model.timeline import Call, ClockMode, Rank, Timeline


class RealClock:
    """A real clock that goes when the test says so."""

    def __init__(self) -> None:
        self.now = 1_000_000

    def __call__(self) -> int:
        """Return the time."""
        return self.now


class Note:
    """A pending that writes its name and the time into a list."""

    def __init__(self, timeline: Timeline, name: str, log: list[tuple[str, int]], rank: Rank = Rank.CLUSTER) -> None:
        self.due_at: int | None = None
        self.rank = rank
        self._timeline, self._name, self._log = timeline, name, log

    def fire(self) -> None:
        """Write."""
        self._log.append((self._name, self._timeline.now))


class TestPresent:
    """What time it is."""

    @pytest.mark.parametrize("mode", [ClockMode.SKIPPING, ClockMode.RUNNING])
    def test_runs_with_real_time_from_zero(self, mode: ClockMode) -> None:
        """Skipping and running clocks show the real time since their start, and what was skipped."""
        real = RealClock()
        timeline = Timeline(mode, real)
        assert timeline.present() == 0
        real.now += 7
        assert timeline.present() == 7
        timeline.skip(100)
        assert (timeline.present(), timeline.skipped) == (107, 100)

    def test_stands_still_when_manual(self) -> None:
        """A manual clock shows what was advanced."""
        real = RealClock()
        timeline = Timeline(ClockMode.MANUAL, real)
        real.now += 7
        timeline.skip(100)
        assert (timeline.present(), timeline.skipped) == (100, 100)

    def test_goes_on_from_where_it_is_in_another_mode(self) -> None:
        """A change of mode is no jump."""
        real = RealClock()
        timeline = Timeline(ClockMode.RUNNING, real)
        real.now += 5
        timeline.mode = ClockMode.MANUAL
        real.now += 50
        assert timeline.present() == 5
        timeline.mode = ClockMode.SKIPPING
        real.now += 2
        assert timeline.present() == 7

    @given(st.lists(st.tuples(st.sampled_from(["real", "skip", "back", "mode", "step"]), st.integers(0, 1000))))
    def test_never_goes_back(self, acts: list[tuple[str, int]]) -> None:
        """Whatever happens to the real clock, fake time only grows."""
        real = RealClock()
        timeline = Timeline(ClockMode.SKIPPING, real)
        last = 0
        for act, amount in acts:
            match act:
                case "real":
                    real.now += amount
                case "back":
                    real.now -= amount
                case "skip":
                    timeline.skip(amount)
                case "mode":
                    timeline.mode = list(ClockMode)[amount % 3]
                case "step":
                    timeline.step(timeline.present())
            assert timeline.present() >= timeline.now >= 0
            assert timeline.now >= last
            last = timeline.now

    def test_skips_to_an_instant_but_not_back(self) -> None:
        """An instant that is past skips nothing."""
        timeline = Timeline(ClockMode.MANUAL, RealClock())
        timeline.skip_to(50)
        timeline.skip_to(20)
        assert (timeline.present(), timeline.skipped) == (50, 50)

    def test_restarts_at_zero(self) -> None:
        """Time and skips are forgotten, and so are the user's calls; what else is pending is as far away as it was."""
        real = RealClock()
        timeline = Timeline(ClockMode.RUNNING, real)
        call = Call(print, ())
        timeline.schedule(call, 600)
        timeline.schedule(Note(timeline, "a", []), 515)
        timeline.skip(500)
        real.now += 5
        timeline.restart()
        assert (timeline.present(), timeline.skipped, timeline.next_instant()) == (0, 0, 10)
        assert (timeline.calls(), call.due_at) == ([], None)


class TestEvents:
    """What happens by itself."""

    def test_happen_in_the_order_of_instant_rank_and_number(self) -> None:
        """At one instant the cluster comes before deliveries, and those before looks."""
        timeline = Timeline(ClockMode.MANUAL, RealClock())
        log: list[tuple[str, int]] = []
        for name, instant, rank in [
            ("look", 20, Rank.LOOK),
            ("late", 30, Rank.CLUSTER),
            ("delivery", 20, Rank.DELIVERY),
            ("first", 20, Rank.CLUSTER),
            ("second", 20, Rank.CLUSTER),
            ("early", 10, Rank.LOOK),
        ]:
            timeline.schedule(Note(timeline, name, log, rank), instant)
        timeline.step(25)
        assert log == [("early", 10), ("first", 20), ("second", 20), ("delivery", 20), ("look", 20)]
        assert timeline.now == 25

    def test_one_that_is_scheduled_anew_happens_once(self) -> None:
        """Only the last instant counts, earlier or later than the one before."""
        timeline = Timeline(ClockMode.MANUAL, RealClock())
        log: list[tuple[str, int]] = []
        note = Note(timeline, "note", log)
        timeline.schedule(note, 10)
        timeline.schedule(note, 40)
        timeline.schedule(note, 30)
        timeline.step(100)
        assert log == [("note", 30)]

    def test_one_that_is_scheduled_anew_at_the_same_instant_is_last(self) -> None:
        """Also if it was called off before: what it was scheduled for at first counts no more."""
        timeline = Timeline(ClockMode.MANUAL, RealClock())
        log: list[tuple[str, int]] = []
        again, other = Note(timeline, "again", log), Note(timeline, "other", log)
        timeline.schedule(again, 10)
        timeline.schedule(other, 10)
        again.due_at = None
        timeline.schedule(again, 10)
        timeline.step(100)
        assert log == [("other", 10), ("again", 10)]

    @pytest.mark.parametrize("instants", [(10,), (10, 40), (40, 10), (10, 10)])
    def test_what_has_happened_is_forgotten(self, instants: tuple[int, ...]) -> None:
        """A request that has waited would be kept for ever, with all that it knows."""
        timeline = Timeline(ClockMode.MANUAL, RealClock())
        note = Note(timeline, "note", [])
        for instant in instants:
            timeline.schedule(note, instant)
        kept = weakref.ref(note)
        timeline.step(100)
        del note
        gc.collect()
        assert kept() is None

    def test_one_that_is_called_off_does_not_happen(self) -> None:
        """Setting `due_at` to None is enough."""
        timeline = Timeline(ClockMode.MANUAL, RealClock())
        log: list[tuple[str, int]] = []
        note = Note(timeline, "note", log)
        timeline.schedule(note, 10)
        note.due_at = None
        assert timeline.next_instant() is None
        timeline.step(100)
        assert log == []

    def test_a_call_of_the_users_is_handed_out_with_time_standing_at_its_instant(self) -> None:
        """The timeline stops there; the rest happens when it is asked again."""
        timeline = Timeline(ClockMode.MANUAL, RealClock())
        log: list[tuple[str, int]] = []
        call = Call(log.append, (("called", 20),))
        timeline.schedule(call, 20)
        timeline.schedule(Note(timeline, "after", log), 21)
        assert timeline.calls() == [call]
        assert timeline.step(50) is call
        assert (timeline.now, log) == (20, [])
        call.fire()
        assert timeline.step(50) is None
        assert log == [("called", 20), ("after", 21)]

    def test_a_call_says_what_it_is(self) -> None:
        """Messages name the function and its arguments."""
        assert str(Call(len, ("sensor",))) == "len('sensor')"
