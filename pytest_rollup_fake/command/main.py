"""The program `rollup-fake`: its arguments, and what it prints and returns.

Exit codes: 0 when it did what it was asked, 2 when what it was asked makes no sense, as argparse has it.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_VERSIONS_HELP = """\
examples:
  rollup-fake versions                     the version lines
  rollup-fake versions 7.17                what the fake knows of 7.17
  rollup-fake versions diff 7.17 9         what changes for callers
  rollup-fake versions diff 7.17 9 stop    ... about one subject
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program, and return its exit code; without `arguments` those of the command line."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    try:
        code: int = options.run(options)
    except (TypeError, ValueError) as error:
        options.parser.error(str(error))
    return code


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="rollup-fake",
        description="A fake Elasticsearch cluster with rollup jobs, and what it knows of Elasticsearch's versions.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_versions(commands)
    return parser


_Commands = argparse._SubParsersAction  # noqa: SLF001  (argparse has no other name for what add_subparsers returns)


def _add_versions(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "versions",
        help="versions of Elasticsearch, and what changes between them",
        usage="rollup-fake versions [-h] [VERSION | diff OLD NEW [SUBJECT ...]]",
        description="Without arguments, list the version lines; with one, tell what the fake knows of that version.",
        epilog=_VERSIONS_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", nargs="*", metavar="VERSION | diff OLD NEW", help="such as 7.17, 7.17.28 or 9")
    parser.set_defaults(run=_run_versions, parser=parser)


def _run_versions(options: argparse.Namespace) -> int:
    from . import versions

    match options.what:
        case []:
            text = versions.lines_text()
        case ["diff", old, new, *subjects]:
            text = versions.difference_text(old, new, subjects)
        case ["diff", *_]:
            message = "versions diff takes two versions, such as: rollup-fake versions diff 7.17 9"
            raise ValueError(message)
        case [version]:
            text = versions.profile_text(version)
        case _:
            message = f"versions takes one version, or diff and two of them, not {' '.join(options.what)}"
            raise ValueError(message)
    sys.stdout.write(text)
    return 0
