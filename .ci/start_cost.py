"""Check what the plugin costs a pytest run that has no use for it: at most 2 ms over one with `-p no:rollup_fake`.

Measured is the processor time of a run with and of one without, side by side: each pair gives one difference. A busy
machine adds more than two milliseconds to a run, so this fails only on evidence that chance does not produce (a sign
test: so many differences beyond the limit would come up once in a million tries if the median were at the limit), and
ends as soon as the opposite is all but sure. If neither is so when its time is over, it says so and passes. An import
of a library (30 ms) is found on any machine, one millisecond too many on a quiet one only; so what a run may import at
all is asserted by tests/plugin/test_surroundings.py, and the figure stands in benchmarks/.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from math import comb
from pathlib import Path
from typing import Final

LIMIT: Final = 2.0  # milliseconds
SECONDS: Final = 10
FAILS: Final = 1e-6  # how likely it may be that chance has done it, for the check to fail
PASSES: Final = 1e-3  # likewise, for it to end early
OFF: Final = ("-p", "no:rollup_fake")


def main() -> None:
    """Measure pairs until it is known; exits with the figure if the plugin costs too much."""
    until = time.monotonic() + SECONDS
    differences: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_nothing.py").write_text("def test_nothing(): pass\n", encoding="utf-8")
        run(folder)  # writes the compiled modules
        while time.monotonic() < until or len(differences) < 2:  # noqa: PLR2004  (as many have quartiles)
            differences.append(difference(folder, first=len(differences) % 2 == 0))
            above = sum(each > LIMIT for each in differences)
            if chance(above, len(differences)) < FAILS:
                sys.exit(
                    f"a run that does not use the plugin pays more than {LIMIT:g} ms for it: {figure(differences)}"
                )
            if chance(len(differences) - above, len(differences)) < PASSES:
                print(f"at most {LIMIT:g} ms: {figure(differences)}")
                return
    print(f"not told apart from {LIMIT:g} ms in {SECONDS} s: {figure(differences)}")


def difference(folder: str, *, first: bool) -> float:
    """Run with the plugin, first or second, and without it; return what it has cost."""
    if first:
        return run(folder) - run(folder, *OFF)
    return -run(folder, *OFF) + run(folder)


def run(folder: str, *options: str) -> float:
    """Run pytest on one empty test and return the processor time of the process, in milliseconds.

    Switched off is pytest-httpserver's own plugin, which loads the libraries that ours must not. The environment's
    settings of Python and pytest do not count: one keeps Python from storing what it has compiled.
    """
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:pytest_httpserver", *options]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime) * 1000


def chance(hits: int, tries: int) -> float:
    """Return how likely a fair coin shows at least so many heads."""
    return float(sum(comb(tries, heads) for heads in range(hits, tries + 1)) / 2**tries)


def figure(differences: list[float]) -> str:
    """Describe what was measured."""
    low, middle, high = statistics.quantiles(differences, n=4)
    return f"median {middle:.1f} ms of processor time ({low:.1f} to {high:.1f}), {len(differences)} pairs of runs"


if __name__ == "__main__":
    main()
