"""Fuzz for as long as you like: `python -m tests.fuzzing.run --seconds 600`, from the project's folder.

Each round is one of Hypothesis with a seed of its own, which a failure names: `--seed` begins with that round. It ends
with an error too if threads or descriptors are left, if a thread has failed, or if memory has grown.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import hypothesis
from hypothesis import HealthCheck, given, settings

from tests.fuzzing.conversations import Conversation, conversations
from tests.fuzzing.handshakes import openings
from tests.fuzzing.target import Target

ROUND = 500
WARMING_UP = 3  # rounds, until caches are full and the allocator has what it needs
# Each thread may have an arena of its own, of which the allocator gives nothing back; Hypothesis remembers too. A
# leak of 10 KB for each conversation shows within some minutes; `test_memory_is_flat` finds smaller ones.
GROWTH = 64 * 1024 * 1024


def resident() -> int:
    """Return how many bytes of memory this process has; 0 where there is no /proc."""
    status = Path("/proc/self/statm")
    return int(status.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") if status.exists() else 0


def descriptors() -> int:
    """Return how many descriptors this process has open; 0 where there is no /proc."""
    folder = Path("/proc/self/fd")
    return sum(1 for _ in folder.iterdir()) if folder.exists() else 0


def play(target: Target, seed: int, statuses: Counter[int], *, tls: bool) -> None:
    """Play one round."""

    @hypothesis.seed(seed)
    @settings(max_examples=ROUND, deadline=None, database=None, suppress_health_check=[*HealthCheck])
    @given(conversation=conversations() | openings() if tls else conversations())
    def shoot(conversation: Conversation) -> None:
        target.take(conversation, statuses)

    shoot()


def main() -> int:
    """Fuzz, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600, help="how long (600)")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of the first round (random)")  # noqa: S311  (no secret)
    parser.add_argument("--clock", choices=["skipping", "manual"], default="skipping", help="of the cluster (skipping)")
    parser.add_argument("--tls", action="store_true", help="speak inside TLS, or break off before")
    options = parser.parse_args()

    failures: list[str] = []
    threading.excepthook = lambda failure: failures.append(f"{failure.thread}: {failure.exc_value!r}")
    statuses: Counter[int] = Counter()
    until = time.monotonic() + options.seconds
    rounds, memory, opened = 0, 0, 0
    with Target(options.clock, tls=options.tls) as target:
        while time.monotonic() < until or rounds <= WARMING_UP:
            try:
                play(target, options.seed + rounds, statuses, tls=options.tls)
            except BaseException:
                again = f"--seed {options.seed + rounds} --clock {options.clock}{' --tls' if options.tls else ''}"
                print(f"the round of {again} failed", file=sys.stderr)
                raise
            rounds += 1
            if rounds == WARMING_UP:
                target.is_quiet()
                gc.collect()
                memory, opened = resident(), descriptors()
        if not target.is_quiet():
            failures.append("a thread still serves a client that has gone")
        gc.collect()
        grown, left = resident() - memory, descriptors() - opened
    if grown > GROWTH:
        failures.append(f"memory has grown by {grown / 2**20:.0f} MB")
    if left > 0:
        failures.append(f"{left} descriptors are left")
    answers = ", ".join(f"{count:,} x {status}" for status, count in statuses.most_common())
    print(
        f"{rounds:,} rounds of {ROUND} conversations from --seed {options.seed}, {grown / 2**20:.1f} MB of memory more"
    )
    print(f"answers: {answers}")
    print("\n".join(failures) or "nothing was found")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
