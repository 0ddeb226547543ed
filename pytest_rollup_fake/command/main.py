"""The program `rollup-fake`: its arguments, and what it prints and returns.

Exit codes: 0 when it did what it was asked, 2 when what it was asked makes no sense, as argparse has it.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING, Final

from pytest_rollup_fake.model.timeline import ClockMode

if TYPE_CHECKING:
    from collections.abc import Sequence

_HELP = """\
examples:
  rollup-fake serve --port 9200 --job sensor
  rollup-fake versions diff 7.17 9

exit codes:
  0  done; for serve: ended by SIGTERM or Ctrl-C
  1  the address cannot be had
  2  what was asked makes no sense; standard error says why
"""
_SERVE_HELP = """\
jobs:
  --job ID[:STATE][,KEY=VALUE...], as often as you like
    STATE is started (as without one), indexing, stopping, stopped or aborting
    KEY is stop_delay (a duration, polls(3) or never), runs (true or false),
    run_duration or run_documents
  Durations are seconds, or a number with ms, s, m, h or d.

examples:
  rollup-fake serve
  rollup-fake serve --port 9200 --version 7.17 --job sensor --log
  rollup-fake serve --job sensor:stopped --job 'slow:indexing,stop_delay=45s'
  rollup-fake serve --scenario scenario.toml
  rollup-fake serve --security --tls

Below /_fake/ at its URL are a page that shows it live, and the admin API.

The first line on standard output is the cluster's URL; if there are several
nodes, each has a line. With --tls two more tell whom to trust: ca_path, a file
that is there as long as the program runs, and ca_fingerprint.
SIGTERM and Ctrl-C end the program with exit code 0.
"""
_VERSIONS_HELP = """\
examples:
  rollup-fake versions                     the version lines
  rollup-fake versions 7.17                what the fake knows of 7.17
  rollup-fake versions diff 7.17 9         what changes for callers
  rollup-fake versions diff 7.17 9 stop    ... about one subject
"""
_COMPLETION_HELP = """\
examples:
  bash  source <(rollup-fake completion bash)
  zsh   source <(rollup-fake completion zsh), after compinit
  fish  rollup-fake completion fish | source
"""


USAGE: Final = 2
"""The exit code for what makes no sense."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program, and return its exit code; without `arguments` those of the command line."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has seen enough, as head has; Python must not try again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ValueError as error:
        sys.stderr.write(f"{options.parser.prog}: error: {error}\n")
        return USAGE
    return code


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="rollup-fake",
        description="A fake Elasticsearch cluster with rollup jobs, and what it knows of Elasticsearch's versions.",
        epilog=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_serve(commands)
    _add_schema(commands)
    _add_versions(commands)
    _add_yaml_suite(commands)
    _add_completion(commands)
    return parser


_Commands = argparse._SubParsersAction  # noqa: SLF001  (argparse has no other name for what add_subparsers returns)


def _add_serve(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "serve",
        help="run a cluster until it is stopped",
        description="Run a fake cluster, for clients in any language. A scenario file is weaker than options.",
        epilog=_SERVE_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", metavar="ADDRESS", help="where to listen (default: %(default)s)")
    add("--port", type=int, default=0, metavar="N", help="the first node's port (default: one that is free)")
    add("--version", metavar="V", help="such as 7.17, 7.17.28 or 9 (default: what each client was made for)")
    add("--clock", choices=[*ClockMode], help="how fake time passes (default: skipping)")
    add("--nodes", type=int, metavar="N", help="how many nodes, each with a port of its own (default: 1)")
    add("--security", action="store_true", default=None, help="ask for credentials; there is elastic:changeme")
    add("--tls", action="store_true", default=None, help="speak HTTPS; the lines after the URL say how to trust it")
    add("--job", action="append", default=[], dest="jobs", metavar="JOB", help="a job that is there, see below")
    add(
        "--scenario",
        metavar="FILE",
        help="settings, jobs, users, API keys, indices and faults as TOML, see rollup-fake schema",
    )
    add("--log", action="store_true", help="write a line to standard error for each request")
    parser.set_defaults(run=_run_serve, parser=parser)


def _run_serve(options: argparse.Namespace) -> int:
    from . import serve

    return serve.run(options)


def _add_schema(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "schema",
        help="print the JSON Schema of scenario files",
        description="Print the JSON Schema of scenario files, for editors that check and complete TOML.",
    )
    parser.set_defaults(run=_run_schema, parser=parser)


def _run_schema(_options: argparse.Namespace) -> int:
    from pytest_rollup_fake.admin.checking import scenario_schema_text

    sys.stdout.write(scenario_schema_text())
    return 0


def _add_yaml_suite(commands: _Commands[argparse.ArgumentParser]) -> None:
    from pytest_rollup_fake.yaml_suite import command

    parser = commands.add_parser(
        "yaml-suite", help="run Elasticsearch's own YAML tests of rollup", description=command.DESCRIPTION
    )
    command.add_arguments(parser)
    parser.set_defaults(run=command.run, parser=parser)


def _add_completion(commands: _Commands[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "completion",
        help="print a script that completes this command",
        description="Print a script that lets a shell complete this command.",
        epilog=_COMPLETION_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", choices=["bash", "zsh", "fish"])
    parser.set_defaults(run=_run_completion, parser=parser)


def _run_completion(options: argparse.Namespace) -> int:
    from . import completion

    sys.stdout.write(completion.script(options.shell, build_parser()))
    return 0


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
