"""What holds for every test of this project: it leaves no thread and no socket behind."""

from __future__ import annotations

import gc
import os
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

# Machines are noisy: how long an example takes, or making one, says nothing.
hypothesis.settings.register_profile("project", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("project")

DESCRIPTORS = Path("/proc/self/fd")


def running_threads() -> set[threading.Thread]:
    """Return the threads that a test answers for, daemons included.

    Not its own are a thread that `threading` did not start, which it learns of when that thread first asks for itself
    (execnet starts those, for pytest-xdist), and one of an event loop's default executor, which outlives a closed loop.
    """
    return {
        thread
        for thread in threading.enumerate()
        if not isinstance(thread, threading._DummyThread) and not thread.name.startswith("asyncio_")  # noqa: SLF001
    }


def open_sockets() -> dict[str, int]:
    """Return the open sockets by the kernel's name, each with one of its descriptors; none where there is no /proc.

    Other descriptors do not count: imports and random numbers open files that stay.
    """
    sockets = {}
    for descriptor in DESCRIPTORS.iterdir() if DESCRIPTORS.exists() else ():
        try:
            target = str(descriptor.readlink())
        except FileNotFoundError:  # closed meanwhile, as the one is that lists the folder
            continue
        if target.startswith("socket:"):
            sockets[target] = int(descriptor.name)
    return sockets


def describe_socket(descriptor: int) -> str:
    """Return what a socket is connected to, read from a copy of its descriptor."""
    with socket.socket(fileno=os.dup(descriptor)) as copy:
        return repr(copy)


class Surroundings:
    """The threads and sockets that were there before a test."""

    def __init__(self) -> None:
        self.threads = running_threads()
        self.sockets = open_sockets()

    def additions(self, *, patience: float) -> list[str]:
        """Return what is still there in addition after so many seconds, each described; at once if nothing is."""
        deadline = time.monotonic() + patience
        while True:
            threads = running_threads() - self.threads
            sockets = {name: descriptor for name, descriptor in open_sockets().items() if name not in self.sockets}
            if not (threads or sockets) or time.monotonic() > deadline:
                return [*map(repr, threads), *map(describe_socket, sockets.values())]
            time.sleep(0.001)


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Fail a test that leaves a thread or a socket behind.

    Fixtures of wider scope may keep theirs. What is ending when the test ends, such as the thread of a connection that
    was just closed, has a second to be gone; only a test for which that is needed waits.
    """
    before = Surroundings()
    yield
    if not before.additions(patience=0.05):
        return
    gc.collect()  # an exception that the test caught keeps the frames below it alive, and an unread response in them
    if left := before.additions(patience=1):
        pytest.fail("The test left behind: " + ", ".join(left), pytrace=False)
