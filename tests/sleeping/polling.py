"""The code under test of these tests: loops that look at a job every second, each with a deadline of ten minutes."""

from __future__ import annotations

import asyncio
import time
from time import monotonic as aliased_monotonic
from time import sleep as aliased_sleep
from typing import TYPE_CHECKING

from tests.calling import shown_state

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pytest_rollup_fake import RollupCluster

PATIENCE = 600


class GaveUpError(Exception):
    """The deadline was reached."""


def poll(cluster: RollupCluster, job: str = "sensor") -> int:
    """Look until the job is stopped and return how many looks that took."""
    deadline = time.monotonic() + PATIENCE
    looks = 0
    while time.monotonic() < deadline:
        looks += 1
        if shown_state(cluster, job) == "stopped":
            return looks
        time.sleep(1)
    raise GaveUpError(looks)


def poll_by_aliases(cluster: RollupCluster) -> int:
    """Look as `poll` does, with names of this module's own."""
    deadline = aliased_monotonic() + PATIENCE
    looks = 0
    while aliased_monotonic() < deadline:
        looks += 1
        if shown_state(cluster, "sensor") == "stopped":
            return looks
        aliased_sleep(1)
    raise GaveUpError(looks)


async def poll_async(look: Callable[[], Awaitable[str]]) -> int:
    """Look until the job is stopped and return how many looks that took, asynchronously."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE
    looks = 0
    while loop.time() < deadline:
        looks += 1
        if await look() == "stopped":
            return looks
        await asyncio.sleep(1)
    raise GaveUpError(looks)
