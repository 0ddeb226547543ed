"""Event loops in a block: they wait in fake time, in the right order."""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import anyio
import httpx
import pytest
import requests
from werkzeug import Response

from pytest_rollup_fake import NEVER, RollupCluster, faults
from tests.calling import WAITING, stop
from tests.clients.official import Official, each_client, ignore_rollup_warning
from tests.sleeping.polling import GaveUpError, poll_async

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
    from contextlib import AbstractAsyncContextManager

    from werkzeug import Request

    from tests.sleeping.measuring import RealTime

    Look = Callable[[], Awaitable[str]]

each_mode = pytest.mark.parametrize("clock", ["skipping", "manual"])


def run(cluster: RollupCluster, main: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine in a block."""
    with cluster.clock.skipping_sleep():
        return asyncio.run(main)


def state_in(answer: Any) -> str:
    """Return the job's state in an answer of Get Jobs."""
    state: str = answer["jobs"][0]["status"]["job_state"]
    return state


@asynccontextmanager
async def by_httpx(url: str) -> AsyncIterator[Look]:
    """Look with httpx."""
    async with httpx.AsyncClient() as client:

        async def look() -> str:
            return state_in((await client.get(f"{url}/_rollup/job/sensor")).json())

        yield look


@asynccontextmanager
async def by_aiohttp(url: str) -> AsyncIterator[Look]:
    """Look with aiohttp."""
    async with aiohttp.ClientSession(url) as session:

        async def look() -> str:
            async with session.get("/_rollup/job/sensor") as answer:
                return state_in(await answer.json())

        yield look


each_asynchronous = pytest.mark.parametrize("looking", [by_httpx, by_aiohttp])


class TestSleeps:
    """Timers without any request."""

    @each_mode
    def test_sleeps_end_in_the_order_of_their_instants(self, clock: str) -> None:
        """Side by side they take as long as the longest."""
        cluster = RollupCluster(clock=clock)
        woken: list[int] = []

        async def sleep(seconds: int) -> None:
            await asyncio.sleep(seconds)
            woken.append(seconds)

        async def main() -> float:
            began = asyncio.get_running_loop().time()
            await asyncio.gather(sleep(10), sleep(1), sleep(5))
            return asyncio.get_running_loop().time() - began

        assert run(cluster, main()) == pytest.approx(10, abs=0 if clock == "manual" else 1)
        assert woken == [1, 5, 10]

    @each_mode
    def test_a_timeout_ends_a_sleep(self, clock: str) -> None:
        """At its own instant."""
        cluster = RollupCluster(clock=clock)

        async def main() -> None:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(5):
                    await asyncio.sleep(10)

        run(cluster, main())
        assert cluster.clock.now() == pytest.approx(5, abs=0 if clock == "manual" else 1)

    def test_instants_are_exact_on_a_manual_clock(self) -> None:
        """Although a loop's time is a float: a thousand tenths of a second are a hundred seconds."""
        cluster = RollupCluster(clock="manual")

        async def main() -> None:
            for _ in range(1000):
                await asyncio.sleep(0.1)

        run(cluster, main())
        assert cluster.clock.now() == 100

    def test_anyio_sleeps_too(self) -> None:
        """Its backend for asyncio does."""
        cluster = RollupCluster(clock="manual")

        async def main() -> None:
            with anyio.move_on_after(5):
                await anyio.sleep(10)

        run(cluster, main())
        assert cluster.clock.now() == 5

    def test_a_sleep_for_ever_is_none_to_skip(self) -> None:
        """Such tasks are there to be cancelled."""
        cluster = RollupCluster(clock="manual")

        async def main() -> None:
            forever = asyncio.create_task(asyncio.sleep(float("inf")))
            await asyncio.sleep(1)
            forever.cancel()

        run(cluster, main())
        assert cluster.clock.now() == 1

    @each_mode
    def test_what_blocks_the_loop_is_skipped_too(self, clock: str) -> None:
        """`time.sleep` in a coroutine moves the loop's own time."""
        cluster = RollupCluster(clock=clock)

        async def main() -> None:
            async def block_it() -> None:
                time.sleep(10)  # noqa: ASYNC251  (the code under test may)
                await asyncio.sleep(1)

            with pytest.raises(TimeoutError):
                await asyncio.wait_for(block_it(), 5)

        run(cluster, main())

    def test_loops_in_threads_skip(self) -> None:
        """Each for itself."""
        cluster = RollupCluster(clock="manual")
        with cluster.clock.skipping_sleep():
            thread = threading.Thread(target=lambda: asyncio.run(asyncio.sleep(10)))
            thread.start()
            thread.join()

        assert cluster.clock.now() == 10

    def test_a_loop_in_an_older_thread_is_left_alone(self, real_time: RealTime) -> None:
        """As the thread is."""
        cluster = RollupCluster(clock="manual")
        may_go = threading.Event()

        async def main() -> None:
            may_go.wait()
            await asyncio.sleep(0.01)

        thread = threading.Thread(target=lambda: asyncio.run(main()))
        thread.start()
        with cluster.clock.skipping_sleep():
            may_go.set()
            thread.join()

        assert cluster.clock.now() == 0
        assert real_time.passed() >= 0.01


class TestPolling:
    """Asynchronous clients that poll."""

    @each_mode
    @each_asynchronous
    def test_pollers_side_by_side_poll_as_if_alone(
        self, clock: str, looking: Callable[[str], AbstractAsyncContextManager[Look]]
    ) -> None:
        """Each once a second, 45 seconds long."""

        async def main() -> list[int]:
            async with looking(cluster.url) as look:
                return [*await asyncio.gather(poll_async(look), poll_async(look))]

        with RollupCluster(clock=clock) as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay="45s")
            stop(cluster, "sensor")
            assert run(cluster, main()) == [46, 46]

    @each_client
    @ignore_rollup_warning
    def test_official_clients_poll(self, official: Official) -> None:
        """With `AsyncElasticsearch`, once a second."""

        async def main() -> int:
            async with official.connect_async(cluster.url) as client:

                async def look() -> str:
                    return state_in(await client.rollup.get_jobs(id="sensor"))

                return await poll_async(look)

        with RollupCluster(clock="manual") as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay="45s")
            stop(cluster, "sensor")
            assert run(cluster, main()) == 46

    @each_asynchronous
    def test_a_job_that_never_stops_brings_the_loop_to_its_own_deadline(
        self, looking: Callable[[str], AbstractAsyncContextManager[Look]], real_time: RealTime
    ) -> None:
        """Ten minutes, exactly 600 polls on a manual clock, in a second or so."""

        async def main() -> int:
            async with looking(cluster.url) as look:
                return await poll_async(look)

        with RollupCluster(clock="manual") as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
            stop(cluster, "sensor")
            with pytest.raises(GaveUpError, match="600"):
                run(cluster, main())
            assert cluster.clock.now() == 600
        assert real_time.passed() < 20  # on a quiet machine about one

    @each_mode
    @each_asynchronous
    def test_a_heartbeat_beside_a_poller_beats_in_its_time(
        self, clock: str, looking: Callable[[str], AbstractAsyncContextManager[Look]]
    ) -> None:
        """And no client loses patience."""
        beats: list[float] = []

        async def beat() -> None:
            while True:
                await asyncio.sleep(30)
                beats.append(cluster.clock.now())

        async def main() -> int:
            heart = asyncio.create_task(beat())
            async with looking(cluster.url) as look:
                looks = await poll_async(look)
            heart.cancel()
            return looks

        with RollupCluster(clock=clock) as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay="45s")
            stop(cluster, "sensor")
            assert run(cluster, main()) == 46
        assert beats == [pytest.approx(30, abs=0 if clock == "manual" else 1)]

    def test_a_heartbeat_beside_foreign_work_does_not_run_away(self) -> None:
        """After 64 beats without a request each takes a millisecond."""
        beats = 0

        async def beat() -> None:
            nonlocal beats
            while True:
                await asyncio.sleep(30)
                beats += 1

        async def main() -> None:
            heart = asyncio.create_task(beat())
            await asyncio.to_thread(threading.Event().wait, 0.05)
            heart.cancel()

        cluster = RollupCluster()
        run(cluster, main())
        assert 0 < beats < 64 + 60


class TestParked:
    """Requests that wait on a manual clock are answered by the loop that waits for them."""

    @pytest.mark.parametrize("round_", range(30))
    def test_concurrent_clients_get_the_same_each_time(self, round_: int) -> None:
        """Three stops, a poller, a heartbeat and a timeout, in thirty runs of thirty."""
        del round_
        log: list[tuple[float, str]] = []

        def note(text: str) -> None:
            log.append((cluster.clock.now(), text))

        async def stop_job(client: httpx.AsyncClient, id_: str, patience: str) -> None:
            answer = await client.post(f"/_rollup/job/{id_}/_stop?{WAITING}&timeout={patience}")
            note(f"{id_} {answer.status_code}")

        async def beat() -> None:
            while True:
                await asyncio.sleep(3)
                note("beat")

        async def main() -> None:
            heart = asyncio.create_task(beat())
            async with httpx.AsyncClient(base_url=cluster.url, timeout=None) as client:  # noqa: S113  (the test's subject)
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(7):
                        await asyncio.gather(
                            stop_job(client, "fast", "30s"),
                            stop_job(client, "slow", "30s"),
                            stop_job(client, "stuck", "5500ms"),
                        )
                note("gave up")
                await stop_job(client, "slow", "30s")
            heart.cancel()

        with RollupCluster(clock="manual") as cluster:
            cluster.add_job("fast", state="indexing", stop_delay="5s")
            cluster.add_job("slow", state="indexing", stop_delay="8s")
            cluster.add_job("stuck", state="indexing", stop_delay=NEVER)
            run(cluster, main())

        assert log == [
            (3, "beat"),
            (5, "fast 200"),
            (5.5, "stuck 500"),
            (6, "beat"),
            (7, "gave up"),
            (8, "slow 200"),
        ]
        assert sorted((str(entry.job), entry.outcome, entry.answered_at) for entry in cluster.requests) == [
            ("fast", "answered", 5),
            ("slow", "abandoned", None),
            ("slow", "answered", 8),
            ("stuck", "answered", 5.5),
        ]

    @each_client
    @ignore_rollup_warning
    def test_a_timeout_of_the_code_under_test_comes_before_the_answer(self, official: Official) -> None:
        """`asyncio.timeout(5)` around a stop that takes ten seconds."""

        async def main() -> None:
            async with official.connect_async(cluster.url) as client:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(5):
                        await client.rollup.stop_job(id="sensor", wait_for_completion=True, timeout="10s")

        with RollupCluster(clock="manual") as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
            run(cluster, main())
            assert cluster.clock.now() == 5
            assert cluster.requests.to("stop").last.outcome == "abandoned"

    def test_a_call_of_the_test_comes_at_its_instant(self) -> None:
        """The clock stops at whatever is scheduled, and the call can change what a task does next."""

        async def main() -> list[float]:
            sleeping = asyncio.create_task(asyncio.sleep(60))
            cluster.clock.call_later("10s", sleeping.cancel)
            await asyncio.wait([sleeping])
            return [cluster.clock.now()]

        cluster = RollupCluster(clock="manual")
        assert run(cluster, main()) == [10]

    @pytest.mark.parametrize("fault", [faults.delay("5s"), faults.slow("5s")], ids=["delay", "slow"])
    def test_answers_that_take_their_time_are_there_in_time(self, fault: faults.Fault) -> None:
        """Delayed or in slow drops, beside a heart that beats once on the way."""
        beats: list[float] = []

        async def beat() -> None:
            await asyncio.sleep(3)
            beats.append(cluster.clock.now())
            await asyncio.sleep(3)
            beats.append(cluster.clock.now())

        async def main() -> Any:
            heart = asyncio.create_task(beat())
            async with httpx.AsyncClient(timeout=10) as client:
                answer = (await client.post(f"{cluster.url}/_rollup/job/sensor/_stop")).json()
            heart.cancel()
            return answer

        with RollupCluster(clock="manual") as cluster:
            cluster.add_job("sensor")
            cluster.inject(fault, on="stop", effect="applied")
            assert run(cluster, main()) == {"stopped": True}
            assert cluster.clock.now() == 5
        assert beats == [3]

    def test_a_client_in_a_thread_is_answered(self) -> None:
        """The loop that waits for the thread notices that its request is parked."""

        async def main() -> Any:
            url = f"{cluster.url}/_rollup/job/sensor/_stop?{WAITING}"
            return (await asyncio.to_thread(requests.post, url, timeout=10)).json()

        with RollupCluster(clock="manual") as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay="5s")
            assert run(cluster, main()) == {"stopped": True}
            assert cluster.clock.now() == 5

    @pytest.mark.parametrize("delay", [0, 60])
    def test_the_test_can_wait_for_a_request_and_advance_itself(self, delay: int) -> None:
        """`wait_for_request_async` looks in real time, before the clock goes on; also if the client sleeps first."""

        async def stop_job() -> Any:
            await asyncio.sleep(delay)
            async with httpx.AsyncClient() as client:
                return (await client.post(f"{cluster.url}/_rollup/job/sensor/_stop?{WAITING}")).json()

        async def main() -> Any:
            stopping = asyncio.create_task(stop_job())
            await cluster.wait_for_request_async("stop", parked=True)
            assert cluster.clock.now() == delay
            [released] = cluster.clock.advance("5s")
            assert released.waited == 5
            return await stopping

        with RollupCluster(clock="manual") as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay="5s")
            assert run(cluster, main()) == {"stopped": True}

    def test_a_request_that_never_comes_still_times_out_in_real_time(self) -> None:
        """The wait of the test is not the code's."""

        async def main() -> None:
            with pytest.raises(TimeoutError, match="real time"):
                await cluster.wait_for_request_async("stop", timeout=0.02)

        with RollupCluster(clock="manual") as cluster:
            run(cluster, main())
            assert cluster.clock.now() == 0


class TestRealWaits:
    """What takes real time takes it."""

    @each_mode
    def test_a_timeout_alone_is_not_skipped(self, clock: str, real_time: RealTime) -> None:
        """Nothing sleeps, so the loop waits for something outside; the time for it passes on each clock."""

        async def main() -> float:
            began = asyncio.get_running_loop().time()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await asyncio.get_running_loop().create_future()
            return asyncio.get_running_loop().time() - began

        cluster = RollupCluster(clock=clock)
        assert 0.0199 <= run(cluster, main()) < 10
        assert real_time.passed() >= 0.02
        assert cluster.clock.now() >= 0.0199

    def test_a_socket_is_read_as_soon_as_there_is_something(self) -> None:
        """Selectors that are not a loop's are left alone, too."""
        ours, theirs = socket.socketpair()

        async def main() -> bytes:
            threading.Timer(0.01, theirs.sendall, [b"x"]).start()
            ours.setblocking(False)
            return await asyncio.get_running_loop().sock_recv(ours, 1)

        with ours, theirs:
            assert run(RollupCluster(), main()) == b"x"

    def test_time_is_not_skipped_while_a_request_is_under_way(self) -> None:
        """An endpoint that needs 20 ms, and a heart that would beat 20 times a millisecond."""
        beats = 0

        async def beat() -> None:
            nonlocal beats
            while True:
                await asyncio.sleep(30)
                beats += 1

        async def main() -> None:
            async with httpx.AsyncClient() as client:
                heart = asyncio.create_task(beat())
                await client.get(cluster.url)
                heart.cancel()

        def respond(_: Request) -> Response:
            threading.Event().wait(0.02)
            return Response()

        with RollupCluster() as cluster:
            cluster.expect_request("/").respond_with_handler(respond)
            run(cluster, main())

        assert beats == 0

    def test_a_body_that_is_sent_in_pieces_does_not_stop_time(self) -> None:
        """Half a request is under way for as long as the client sleeps, and that is skipped nevertheless."""

        async def body() -> AsyncIterator[bytes]:
            yield b"{"
            await asyncio.sleep(60)
            yield b"}"

        async def main() -> int:
            async with httpx.AsyncClient(timeout=None) as client:  # noqa: S113  (a minute of fake time)
                return (await client.post(f"{cluster.url}/_rollup/job/sensor/_stop", content=body())).status_code

        with RollupCluster(clock="manual") as cluster:
            cluster.add_job("sensor")
            run(cluster, main())
            assert cluster.clock.now() == 60
            assert len(cluster.requests) == 1


class TestLeaving:
    """A block that ends while the loop goes on."""

    @each_mode
    def test_the_loop_keeps_its_time(self, clock: str) -> None:
        """Else timers that were set inside would be an hour late."""
        cluster = RollupCluster(clock=clock)

        async def main() -> None:
            loop = asyncio.get_running_loop()
            with cluster.clock.skipping_sleep():
                await asyncio.sleep(3600)
                inside = loop.time()
                soon = asyncio.create_task(asyncio.sleep(0.01))
                await asyncio.sleep(0)
            assert 0 <= loop.time() - inside < 60
            async with asyncio.timeout(10):
                await soon
            with cluster.clock.skipping_sleep():
                await asyncio.sleep(3600)
            assert 7200 <= loop.time() - (inside - 3600) < 7260

        asyncio.run(main())

    def test_what_still_sleeps_goes_on_in_real_time(self, real_time: RealTime) -> None:
        """From where it is."""
        cluster = RollupCluster(clock="manual")

        async def main() -> None:
            with cluster.clock.skipping_sleep():
                sleeping = asyncio.create_task(asyncio.sleep(60.05))
                await asyncio.sleep(60)
            await sleeping

        asyncio.run(main())
        assert 0.05 <= real_time.passed() < 10
        assert cluster.clock.now() == 60

    def test_a_block_keeps_no_loop_alive(self) -> None:
        """Nor does a loop keep what the block was for."""
        cluster = RollupCluster()
        run(cluster, asyncio.sleep(1))
        gc.collect()
        assert not [each for each in gc.get_objects() if type(each).__name__ == "LoopWaiting"]
