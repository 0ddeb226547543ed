"""What is refused on entry, with the reason, and leaves everything as it was."""

from __future__ import annotations

import asyncio
import time
from asyncio.selector_events import BaseSelectorEventLoop
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import freezegun
import pytest

from pytest_rollup_fake import RollupCluster
from pytest_rollup_fake.real import Real

if TYPE_CHECKING:
    from collections.abc import Iterator

uvloop = pytest.importorskip("uvloop")


@contextmanager
def refused(reason: str) -> Iterator[None]:
    """Expect that a block is refused for a reason, in words that a user understands."""
    before = time.sleep
    with pytest.raises(RuntimeError, match=reason):
        yield
    assert time.sleep is before


def enter() -> None:
    """Enter a block."""
    with RollupCluster().clock.skipping_sleep():
        pytest.fail("the block was entered")


class TestFunctions:
    """Somebody else has replaced the functions of `time`."""

    def test_a_block_in_a_block(self) -> None:
        """Of the same clock or another; the outer one goes on."""
        cluster = RollupCluster(clock="manual")
        with cluster.clock.skipping_sleep():
            with refused(r"inside skipping_sleep\(\).*RollupCluster\(clock=other.clock\)"):
                enter()
            with refused("inside skipping_sleep"), cluster.clock.skipping_sleep():
                pytest.fail("the block was entered")
            time.sleep(1)
        assert cluster.clock.now() == 1

    def test_blocks_one_after_the_other(self) -> None:
        """Are no nesting."""
        cluster = RollupCluster(clock="manual")
        for _ in range(2):
            with cluster.clock.skipping_sleep():
                time.sleep(1)
        assert cluster.clock.now() == 2

    def test_a_block_inside_freezegun(self) -> None:
        """Its clocks stand still whatever we do."""
        with (
            freezegun.freeze_time("2030-01-01"),
            refused("inside freezegun.*freeze inside the block, or use time-machine"),
        ):
            enter()

    def test_freezegun_inside_a_block(self) -> None:
        """Is fine, and afterwards all is as before."""
        cluster = RollupCluster(clock="manual")
        with cluster.clock.skipping_sleep():
            with freezegun.freeze_time("2030-01-01"):
                frozen = time.time()
                time.sleep(10)
                assert time.time() == frozen
            before = time.monotonic()
            time.sleep(10)
            assert time.monotonic() - before >= 10
        assert cluster.clock.now() == 20
        assert (time.time, time.monotonic) == (Real.time, Real.monotonic)

    def test_a_patched_sleep(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A patch of the test's own would win or be lost, depending on the module."""
        monkeypatch.setattr(time, "sleep", print)
        monkeypatch.setattr(time, "monotonic", lambda: 0.0)
        with refused(r"needs Python's own time.monotonic, but somebody has replaced it by <function .*lambda"):
            enter()


class TestLoops:
    """Event loops whose timers cannot be seen."""

    def test_a_block_inside_uvloop(self) -> None:
        """Its timers are written in C."""

        async def main() -> None:
            enter()

        with refused("cannot see the timers of uvloop"):
            uvloop.run(main())

    def test_uvloop_inside_a_block(self) -> None:
        """As soon as it is to run; without a block it may."""

        async def main() -> None:
            await asyncio.sleep(0)

        def run() -> None:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(main())

        with RollupCluster().clock.skipping_sleep(), refused("cannot see the timers of uvloop"):
            run()
        run()

    @pytest.mark.filterwarnings("ignore:.*polic:DeprecationWarning")
    def test_uvloop_installed_for_all_loops(self) -> None:
        """By its policy."""
        before = asyncio.get_event_loop_policy()
        try:
            asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
            with refused("cannot see the timers of uvloop"):
                enter()
        finally:
            asyncio.set_event_loop_policy(before)

    @pytest.mark.parametrize(
        ("owner", "name"), [(asyncio.futures, "_set_result_unless_cancelled"), (asyncio.TimerHandle, "_when")]
    )
    def test_an_asyncio_without_what_is_needed(self, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
        """A later Python may have other private names."""
        monkeypatch.delattr(owner, name)
        with refused(f"needs asyncio's .*{name}, which this Python does not have"):
            enter()

    @pytest.mark.parametrize(
        ("kind", "name"), [(asyncio.BaseEventLoop, "_scheduled"), (BaseSelectorEventLoop, "_selector")]
    )
    def test_loops_without_what_is_needed(self, monkeypatch: pytest.MonkeyPatch, kind: type, name: str) -> None:
        """Their attributes are seen where loops set them."""

        def init(_: object) -> None:
            pytest.fail("a loop was made")

        monkeypatch.setattr(kind, "__init__", init)
        with refused(rf"needs asyncio's {kind.__name__}\.{name}, which"):
            enter()
