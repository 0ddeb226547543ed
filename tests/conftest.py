"""What holds for every test of this project: it leaves no thread, no socket and no temporary file behind."""

from __future__ import annotations

import gc
import os
import socket
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

# Machines are noisy: how long an example takes, or making one, says nothing.
# The same examples each time, so that a check that fails does so for what was changed; by hand, ever new ones.
hypothesis.settings.register_profile(
    "project", derandomize=True, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.register_profile(
    "thorough", hypothesis.settings.get_profile("project"), derandomize=False, max_examples=2000
)
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


def temporary_files() -> set[Path]:
    """Return what is in the folder for temporary files, which no other process shares: see `own_temporary_files`."""
    return set(Path(tempfile.gettempdir()).iterdir())


def describe_socket(descriptor: int) -> str:
    """Return what a socket is connected to, read from a copy of its descriptor."""
    with socket.socket(fileno=os.dup(descriptor)) as copy:
        return repr(copy)


class Surroundings:
    """The threads, sockets and temporary files that were there before a test."""

    def __init__(self) -> None:
        self.threads = running_threads()
        self.sockets = open_sockets()
        self.files = temporary_files()

    def additions(self, *, patience: float) -> list[str]:
        """Return what is still there in addition after so many seconds, each described; at once if nothing is."""
        deadline = time.monotonic() + patience
        while True:
            threads = running_threads() - self.threads
            sockets = {name: descriptor for name, descriptor in open_sockets().items() if name not in self.sockets}
            files = temporary_files() - self.files
            if not (threads or sockets or files) or time.monotonic() > deadline:
                return [*map(repr, threads), *map(describe_socket, sockets.values()), *map(str, files)]
            time.sleep(0.001)


@pytest.fixture(autouse=True, scope="session")
def own_temporary_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give this process a folder of its own for temporary files: other workers make some all the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("temporary")))
        yield


@pytest.fixture(autouse=True)
def nothing_left_behind(own_temporary_files: None) -> Iterator[None]:  # noqa: ARG001  (comes first)
    """Fail a test that leaves a thread, a socket or a temporary file behind.

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
