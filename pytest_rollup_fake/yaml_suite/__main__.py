"""The runner as a program of its own."""

from __future__ import annotations

import argparse
import sys

from .command import DESCRIPTION, add_arguments, run


def main() -> int:
    """Read the command line and run; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m pytest_rollup_fake.yaml_suite", description=DESCRIPTION)
    add_arguments(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
