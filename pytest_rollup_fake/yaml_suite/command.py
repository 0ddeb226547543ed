"""The command line: what is run, what is printed, and the exit code."""

from __future__ import annotations

import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .outcomes import Ended, NotRun, Outcome, Result

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping

    from .clusters import Fakes, Running

DESCRIPTION: Final = "Run Elasticsearch's own YAML REST tests of rollup, from your checkout, against the fake."

_PASSED, _FAILED, _WRONG_USE = range(3)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what this command takes to a parser."""
    parser.add_argument(
        "path",
        metavar="PATH",
        type=Path,
        help="a checkout of Elasticsearch (its rollup tests are run), a folder of YAML tests, or one file",
    )
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--version", help="the version to be, such as 7.17: each test gets a fresh fake of it")
    target.add_argument(
        "--url",
        help="a cluster that runs, such as http://user:password@localhost:9200, in the place of fakes. The tests "
        "change it: take one that you can throw away. Jobs and indices that a test leaves there are removed after it",
    )
    parser.add_argument(
        "--api",
        metavar="DIR",
        type=Path,
        action="append",
        help="a folder of API descriptions (rest-api-spec/api); by default those found around PATH. May be repeated",
    )
    parser.add_argument("--strict", action="store_true", help="fail if a test could not be run")
    parser.add_argument("-q", "--quiet", action="store_true", help="print only what failed, and the counts")


def run(arguments: argparse.Namespace) -> int:
    """Run the tests and print what became of each.

    Returns 0 if none failed, 1 if one did, or with `--strict` was not run, and 2 if there is nothing that can be run.
    """
    if find_spec("yaml") is None:
        return _refuse("PyYAML is needed to read the tests: pip install 'pytest-rollup-fake[yaml]'")
    from .places import find_line, find_tests

    try:
        files = find_tests(arguments.path)
        target = _target_of(arguments)
    except (OSError, ValueError, Ended) as error:
        return _refuse(str(error))
    line = find_line(arguments.path)
    if line is not None and target.version.line != line:
        _say(f"note: the tests are those of {line}, and {target.version} answers; what changed in between may fail")
    counts: Counter[Outcome] = Counter()
    for result in _run_files(files, target):
        counts[result.outcome] += 1
        _print_result(result, is_quiet=arguments.quiet)
    _say(", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome) + f" ({target.version})")
    has_failed = counts[Outcome.FAILED] or (arguments.strict and counts[Outcome.NOT_RUN])
    return _FAILED if has_failed else _PASSED


def _target_of(arguments: argparse.Namespace) -> Fakes | Running:
    from .clusters import Fakes, Running
    from .places import find_apis
    from .specs import Apis

    for folder in arguments.api or ():
        if not folder.is_dir():
            raise FileNotFoundError(f"--api {folder}: no such folder")
    apis = Apis(arguments.api or find_apis(arguments.path))
    return Running(arguments.url, apis) if arguments.url else Fakes(arguments.version, apis)


def _run_files(files: Mapping[str, Path], target: Fakes | Running) -> Iterator[Result]:
    """Run the tests of each file; one that cannot be read counts as a test that was not run."""
    from .files import read_file

    for name, path in files.items():
        try:
            file = read_file(path)
        except NotRun as reason:
            yield Result(name, Outcome.NOT_RUN, str(reason))
            continue
        for test, sections in file.tests.items():
            yield target.run(f"{name}: {test}", file, sections)


def _print_result(result: Result, *, is_quiet: bool) -> None:
    if is_quiet and result.outcome is not Outcome.FAILED:
        return
    if result.outcome is Outcome.FAILED:
        reason = result.reason.replace("\n", "\n    ")
        _say(f"failed   {result.test}\n    {reason}")
    else:
        _say(f"{result.outcome:8} {result.test}" + (f" ({result.reason})" if result.reason else ""))


def _refuse(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return _WRONG_USE


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
