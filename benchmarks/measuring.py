"""How things are measured: turn by turn, on one processor where that is fairer, in a process of its own."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

STOP = "/_rollup/job/sensor/_stop"
ANSWER = b'{"stopped":true}'


def timed(action: Callable[[], object]) -> float:
    """Return the seconds that an action takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def in_turn(actions: Mapping[str, Callable[[], list[float]]], rounds: int) -> dict[str, list[float]]:
    """Let each measure in each round, so that a noisy moment strikes all of them; return the figures of each."""
    figures: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            figures[name] += action()
    return figures


@contextmanager
def one_processor() -> Iterator[None]:
    """Keep this thread, and those that it starts, on one processor."""
    all_of_them = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(all_of_them)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, all_of_them)


def run(command: Sequence[str | Path], **variables: str) -> str:
    """Run a command and return what it prints; Python keeps its byte code, as it does for users."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,  # so that code that is run can import these modules
        env={**environment, **variables},
    ).stdout


def python(code: str, *arguments: str) -> str:
    """Run code in a process of its own, which can import these modules, and return what it prints."""
    return run([sys.executable, "-c", textwrap.dedent(code), *arguments])


def processor_seconds(command: Sequence[str | Path], **variables: str) -> float:
    """Run a command and return its processor time, user and system: other work on the machine hardly changes it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run(command, **variables)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
