"""Measure what the project promises about speed: `python benchmarks/run.py`, or with the names of some parts only.

Prints Markdown: what was measured, the median with the quartiles around it, how that compares, and the target. Machines
are noisy and differ; ratios of things measured side by side in one run count, and nothing here is a test. What is
compared is what a user would use instead, and a bare loopback socket that cannot be beaten. `RESULTS.md` is one run.
"""

from __future__ import annotations

import logging
import os
import platform
import resource
import sys
from importlib.metadata import version
from pathlib import Path

import clusters
import pytest_runs
import stopping
from table import show

PARTS = {"stopping": stopping.sections, "clusters": clusters.sections, "pytest_runs": pytest_runs.sections}
COMPARED = ("pytest", "pytest-httpserver", "werkzeug", "httpx", "respx", "requests", "responses")


def main(names: list[str]) -> None:
    """Measure the parts of these names, or all, and print them as they are ready."""
    if unknown := set(names) - PARTS.keys():
        sys.exit(f"unknown part {', '.join(sorted(unknown))}; the parts are {', '.join(PARTS)}")
    print(f"# Benchmarks\n\n{machine()}\n", flush=True)
    for name in names or PARTS:
        for section in PARTS[name]():
            print(show(section), flush=True)


def machine() -> str:
    """Describe what it was measured on, without its name."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    others = ", ".join(f"{name} {version(name)}" for name in COMPARED)
    system = f"{platform.system()} {platform.release()}, load {os.getloadavg()[0]:.1f} before this run"
    return f"{processor()}, {os.cpu_count()} processors, {system}; {python}; {others}."


def processor() -> str:
    """Return the name of the processor's model."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # pytest-httpserver logs each request on stderr, which costs
    main(sys.argv[1:])
