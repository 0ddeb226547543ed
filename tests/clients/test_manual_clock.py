"""Clients side by side on a manual clock, moved from the event loop's own thread."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import aiohttp
import elasticsearch9
import httpx
import pytest
import requests

from pytest_rollup_fake import NEVER
from tests.clients.official import Official, each_client, ignore_rollup_warning

if TYPE_CHECKING:
    from pytest_rollup_fake import RollupCluster

pytestmark = pytest.mark.rollup_cluster(clock="manual")

STOP_AND_WAIT = "/_rollup/job/{}/_stop?wait_for_completion=true&timeout={}"


class TestAsync:
    """One event loop runs the test and its clients."""

    @each_client
    @ignore_rollup_warning
    def test_official_clients_are_answered_in_the_order_of_their_instants(
        self, rollup_cluster: RollupCluster, official: Official
    ) -> None:
        """Three jobs wind down for 8, 3 and 5 seconds; one `advance` answers all three waits."""
        for id_, delay in (("slow", 8), ("fast", 3), ("middling", 5)):
            rollup_cluster.add_job(id_, state="indexing", stop_delay=delay)

        async def main() -> None:
            async with official.connect_async(rollup_cluster.url) as client:
                stops = [
                    asyncio.create_task(client.rollup.stop_job(id=id_, wait_for_completion=True, timeout="10s"))
                    for id_ in ("slow", "fast", "middling")
                ]
                await rollup_cluster.wait_for_request_async("stop", parked=True, count=3)

                released = rollup_cluster.clock.advance("10s")

                assert [request.job for request in released] == ["fast", "middling", "slow"]
                assert all(answer["stopped"] for answer in await asyncio.gather(*stops))

        asyncio.run(main())

    def test_httpx_waits_for_one_job_several_times(self, rollup_cluster: RollupCluster) -> None:
        """Two clients wait for the same job with different patience: one times out, one succeeds."""
        rollup_cluster.add_job("sensor", state="indexing", stop_delay="20s")

        async def main() -> None:
            async with httpx.AsyncClient(base_url=rollup_cluster.url) as client, asyncio.TaskGroup() as tasks:
                hasty = tasks.create_task(client.post(STOP_AND_WAIT.format("sensor", "10s")))
                patient = tasks.create_task(client.post(STOP_AND_WAIT.format("sensor", "30s")))
                await rollup_cluster.wait_for_request_async("stop", parked=True, count=2)

                rollup_cluster.clock.advance("10s")
                assert (await hasty).status_code == 500
                assert not patient.done()

                rollup_cluster.clock.advance("10s")
                assert (await patient).json() == {"stopped": True}

        asyncio.run(main())

    def test_aiohttp_hangs_up(self, rollup_cluster: RollupCluster) -> None:
        """A client that is cancelled while it waits is recorded as gone, and the stop goes on."""
        job = rollup_cluster.add_job("sensor", state="indexing", stop_delay="20s")

        async def stop() -> None:
            async with aiohttp.ClientSession(rollup_cluster.url) as session:
                await session.post(STOP_AND_WAIT.format("sensor", "30s"))

        async def main() -> None:
            stopping = asyncio.create_task(stop())
            await rollup_cluster.wait_for_request_async("stop", parked=True)
            stopping.cancel()
            with pytest.raises(asyncio.CancelledError):
                await stopping
            await rollup_cluster.wait_for_request_async("stop", outcome="abandoned")

        asyncio.run(main())
        assert rollup_cluster.clock.advance("20s") == []
        assert job.state == "stopped"

    @pytest.mark.rollup_cluster(version="9")
    @ignore_rollup_warning
    def test_each_retry_of_a_429_waits_anew(self, rollup_cluster: RollupCluster) -> None:
        """The client for 9.x needs four timeouts to give up."""
        rollup_cluster.add_job("sensor", state="indexing", stop_delay=NEVER)

        async def main() -> None:
            async with elasticsearch9.AsyncElasticsearch(rollup_cluster.url) as client:
                stop = asyncio.create_task(client.rollup.stop_job(id="sensor", wait_for_completion=True, timeout="10s"))
                for _ in range(4):
                    await rollup_cluster.wait_for_request_async("stop", parked=True)
                    rollup_cluster.clock.advance("10s")
                with pytest.raises(elasticsearch9.ApiError, match="timeout_exception"):
                    await stop

        asyncio.run(main())
        assert [request.answered_at for request in rollup_cluster.requests] == [10, 20, 30, 40]

    def test_the_blocking_wait_is_refused_in_an_event_loop(self, rollup_cluster: RollupCluster) -> None:
        """It names the one to use, instead of standing still until it times out."""

        async def main() -> Any:
            return rollup_cluster.wait_for_request("stop", parked=True)

        with pytest.raises(RuntimeError, match="wait_for_request_async"):
            asyncio.run(main())


class TestThreads:
    """Clients in threads of their own."""

    def test_requests_in_a_pool(self, rollup_cluster: RollupCluster) -> None:
        """Nothing is answered before its time, and then all is."""
        job = rollup_cluster.add_job("sensor", state="indexing", stop_delay="5s")
        url = rollup_cluster.url_for(STOP_AND_WAIT.format("sensor", "10s"))

        with ThreadPoolExecutor() as pool:
            stops = [pool.submit(requests.post, url, timeout=10) for _ in range(3)]
            rollup_cluster.wait_for_request("stop", parked=True, count=3)
            assert rollup_cluster.clock.advance("4s") == []
            assert job.state == "stopping"

            released = rollup_cluster.clock.advance("1s")

            assert [(request.status, request.outcome, request.waited) for request in released] == [
                (200, "answered", 5.0)
            ] * 3
            assert [stop.result().json() for stop in stops] == [{"stopped": True}] * 3
