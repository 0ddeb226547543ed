"""Runs of pytest: what a test costs, and what a run pays that does not use the fixtures."""

from __future__ import annotations

import sys
import tempfile
import textwrap
import venv
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from measuring import in_turn, processor_seconds, run
from table import Row, Section, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TESTS = 200
_PAIRS = 120  # their differences are a few milliseconds apart


class _Kind(NamedTuple):
    """A way to test a client: what it is written with, the plugins that the run loads, and the test."""

    client: str
    plugins: tuple[str, ...]
    test: str


_FAKE = ("pytest_rollup_fake.plugin",)
_URL = "http://es:9200/_rollup/job/sensor/_stop"
_HTTP_CLIENT = """
        client = http.client.HTTPConnection(server.host, server.port)
        client.request("POST", "/_rollup/job/sensor/_stop")
        assert json.loads(client.getresponse().read()) == {"stopped": True}
        client.close()
"""
_HTTPX = "httpx; CLIENT = httpx.Client()"  # one for all tests: to make one takes longer than all the rest
_OF_A_CLUSTER = """
    def test_stop(FIXTURE, number):
        server = FIXTURE
        job = server.add_job("sensor")
        CALL
        assert job.state == "stopped"
"""
_OF_HTTPSERVER = """
    def test_stop(httpserver, number):
        server = httpserver
        stop = server.expect_oneshot_request("/_rollup/job/sensor/_stop", method="POST")
        stop.respond_with_json({"stopped": True})
        CALL
        server.check()
"""
_OF_RESPX = f"""
    def test_stop(respx_mock, number):
        respx_mock.post("{_URL}").respond(json={{"stopped": True}})
        assert CLIENT.post("{_URL}").json() == {{"stopped": True}}
"""
_OF_RESPONSES = f"""
    def test_stop(number):
        import responses

        with responses.RequestsMock() as mock:
            mock.post("{_URL}", json={{"stopped": True}})
            assert requests.post("{_URL}").json() == {{"stopped": True}}
"""
_EMPTY = "def test_empty(number): pass"


def _of_a_cluster(fixture: str, post: str = "") -> str:
    url = 'f"{server.url}/_rollup/job/sensor/_stop"'
    call = f'assert {post}({url}).json() == {{"stopped": True}}' if post else _HTTP_CLIENT.strip()
    return _OF_A_CLUSTER.replace("FIXTURE", fixture).replace("CALL", call)


_KINDS = {
    "this fake, `rollup_cluster`": _Kind("http.client, json", _FAKE, _of_a_cluster("rollup_cluster")),
    "this fake, `session_rollup_cluster`": _Kind("http.client, json", _FAKE, _of_a_cluster("session_rollup_cluster")),
    "pytest-httpserver, `httpserver`": _Kind(
        "http.client, json",
        ("pytest_httpserver.pytest_plugin",),
        _OF_HTTPSERVER.replace("CALL", _HTTP_CLIENT.strip()),
    ),
    "httpx and this fake, `rollup_cluster`": _Kind(_HTTPX, _FAKE, _of_a_cluster("rollup_cluster", "CLIENT.post")),
    "httpx and respx, `respx_mock`": _Kind(_HTTPX, ("respx.plugin",), _OF_RESPX),
    "requests and this fake, `rollup_cluster`": _Kind(
        "requests", _FAKE, _of_a_cluster("rollup_cluster", "requests.post")
    ),
    "requests and responses, `RequestsMock()`": _Kind("requests", (), _OF_RESPONSES),
}
_IMPORTS = (
    "import pytest_rollup_fake",
    "import pytest_rollup_fake.plugin",
    "from pytest_rollup_fake import RollupCluster",
    "import pytest_httpserver",
    "import http.server",
    "import respx",
    "import responses",
)


def sections() -> Iterator[Section]:
    """Measure runs of pytest and imports."""
    yield _small_tests()
    yield _imports()
    yield _unused()


# --- a test -----------------------------------------------------------------------------------------------------------


def _small_tests() -> Section:
    with tempfile.TemporaryDirectory() as folder:
        runs = {name: _run_of(Path(folder) / str(number), kind) for number, (name, kind) in enumerate(_KINDS.items())}
        times = in_turn(runs, rounds=5)
    return Section(
        f"A small test in a run of {_TESTS}",
        "Each test sets its answer or its job up, sends a stop (through a connection of its own where there is one), "
        f"and asserts the answer and that it was asked for. Given is the processor time of a run of {_TESTS} such "
        "tests over that of as many empty ones without any plugin, for each test: what a run pays once, as the import "
        "of a server, is part of it. "
        "`rollup_cluster` starts a cluster for each test; `httpserver` starts one server for the run and clears it, "
        "and stops it at the end, which takes it half a second that is no processor time.",
        [
            Row(name, spread(figures, 1e3, "ms"), "", "at most 10 ms" if number == 0 else "")
            for number, (name, figures) in enumerate(times.items())
        ],
    )


def _run_of(folder: Path, kind: _Kind) -> Callable[[], list[float]]:
    """Return what measures a test, by a run of many and one of as many empty ones."""
    options = [option for plugin in kind.plugins for option in ("-p", plugin)]
    head = f'import {kind.client}\nimport pytest\n\n\n@pytest.mark.parametrize("number", range({_TESTS}))\n'
    run: list[str | Path] = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    for name, test in (("full", textwrap.dedent(kind.test).strip()), ("empty", _EMPTY)):
        (folder / name).mkdir(parents=True)
        (folder / name / "test_small.py").write_text(f"{head}{test}\n")
    commands = [*run, *options, folder / "full"], [*run, folder / "empty"]

    def measure() -> list[float]:
        full, empty = (processor_seconds(command, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1") for command in commands)
        return [(full - empty) / _TESTS]

    return measure


# --- imports ----------------------------------------------------------------------------------------------------------


def _imports() -> Section:
    def measure(statement: str) -> list[float]:
        with_it = processor_seconds([sys.executable, "-c", f"import pytest\n{statement}"])
        return [with_it - processor_seconds([sys.executable, "-c", "import pytest"])]

    times = in_turn({statement: partial(measure, statement) for statement in _IMPORTS}, rounds=15)
    return Section(
        "Imports",
        "Processor time of a process that imports, over one that imports only pytest, which is there in a test run "
        "anyway; pairs, one after the other. pytest itself imports the first two in every run.",
        [Row(f"`{name}`", spread(figures, 1e3, "ms", 1)) for name, figures in times.items()],
    )


# --- a run that does not use us ---------------------------------------------------------------------------------------


def _unused() -> Section:
    with tempfile.TemporaryDirectory() as folder:
        python, tests = _installed(Path(folder)), Path(folder) / "tests"
        tests.mkdir()
        (tests / "test_trivial.py").write_text("def test_trivial(): pass\n")
        both: list[str | Path] = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", tests]
        lone = [*both, "-p", "no:pytest_httpserver"]
        pairs = {
            "this plugin": lambda: _pair(lone, [*lone, "-p", "no:rollup_fake"]),
            "pytest-httpserver's own plugin, which is a dependency": lambda: _pair(both, lone),
        }
        processor_seconds(both)  # what comes first writes byte code
        differences = in_turn(pairs, rounds=_PAIRS)
    return Section(
        "A run that does not use the fixtures",
        "What a run with one empty test pays for a plugin that is only installed: the wheel, built and installed into "
        f"an environment of its own with nothing but its dependencies; processor time of {_PAIRS} pairs of runs with "
        "and without it, in turn. Our own was measured under `-p no:pytest_httpserver`, so that nothing that both "
        "import is hidden.",
        [
            Row(name, spread(figures, 1e3, "ms", 1), "", target)
            for (name, figures), target in zip(differences.items(), ["at most 2 ms", ""], strict=True)
        ],
    )


def _pair(with_it: list[str | Path], without: list[str | Path]) -> list[float]:
    return [processor_seconds(with_it) - processor_seconds(without)]


def _installed(folder: Path) -> Path:
    """Build the wheel and install it into an environment of its own; return the interpreter of that."""
    venv.create(folder / "environment", with_pip=True)
    python = folder / "environment" / "bin" / "python"
    project = Path(__file__).parents[1]
    run([python, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, project])
    (wheel,) = folder.glob("*.whl")
    run([python, "-m", "pip", "install", "-q", wheel])
    return python
