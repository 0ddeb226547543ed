"""`rollup-fake serve`, as a program: what it prints, how it ends, what it refuses."""

from __future__ import annotations

import base64
import re
import signal
import socket
from pathlib import Path

import pytest
import requests

from pytest_rollup_fake.command.main import main
from tests.command.serving import serve

STOP = "/_rollup/job/slow/_stop?wait_for_completion=true"


class TestLife:
    """From the first line to the exit code."""

    @pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
    def test_it_prints_its_url_first_and_ends_by_a_signal(self, by: signal.Signals) -> None:
        """With exit code 0, and not a word more."""
        with serve("--job", "sensor") as served:
            assert requests.post(f"{served.url}/_rollup/job/sensor/_stop", timeout=5).json() == {"stopped": True}
            assert served.end(by) == (0, "", "")

    def test_it_ends_at_once_though_a_request_waits(self) -> None:
        """One that waits for a clock that stands still, for ever."""
        with (
            serve("--clock", "manual", "--job", "slow:indexing,stop_delay=never") as served,
            socket.create_connection(("127.0.0.1", int(served.url.rpartition(":")[2])), timeout=5) as client,
        ):
            client.sendall(f"POST {STOP} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            waiting = requests.get(f"{served.url}/_fake/requests?endpoint=stop&wait=10s", timeout=20).json()["requests"]
            assert [request["parked"] for request in waiting] == [True]
            assert served.end() == (0, "", "")
            assert client.recv(100) == b""

    def test_time_is_fake_here_too(self) -> None:
        """A stop that takes 45 seconds is answered at once, and the log tells how long it has waited."""
        with serve("--job", "slow:indexing,stop_delay=45s", "--version", "7.17", "--log") as served:
            assert requests.post(f"{served.url}{STOP}&timeout=60s", timeout=5).json() == {"stopped": True}
            assert requests.get(served.url, timeout=5).json()["version"]["number"] == "7.17.29"
            _, _, log = served.end()
        first, second = log.splitlines()
        assert first.endswith(f"s  #2 POST {STOP}&timeout=60s answered 200, waited 45.023 s")
        assert second.endswith("GET / answered 200")

    def test_each_node_has_a_line(self) -> None:
        """And an address of its own."""
        with serve("--nodes", "2", lines=2) as served:
            uuids = {requests.get(url, timeout=5).json()["cluster_uuid"] for url in served.printed}
        assert len(set(served.printed)) == 2
        assert len(uuids) == 1

    def test_it_asks_for_credentials(self) -> None:
        """With `--security`, of the superuser that every cluster begins with."""
        with serve("--security", "--job", "sensor") as served:
            assert requests.get(served.url, timeout=5).status_code == 401
            assert requests.get(served.url, auth=("elastic", "changeme"), timeout=5).status_code == 200

    def test_it_takes_the_api_keys_of_a_scenario(self, tmp_path: Path) -> None:
        """And still does once a snapshot was restored."""
        scenario = tmp_path / "scenario.toml"
        key = 'id = "retire"\napi_key = "hidden"\nuser = "elastic"\ncluster = ["monitor_rollup"]\n'
        scenario.write_text(f"[settings]\nsecurity = true\n[[api_keys]]\n{key}", encoding="utf-8")
        headers = {"Authorization": f"ApiKey {base64.b64encode(b'retire:hidden').decode()}"}
        with serve("--version", "8.19", "--scenario", str(scenario)) as served:
            for _ in range(2):
                jobs = requests.get(f"{served.url}/_rollup/job/_all", headers=headers, timeout=5)
                stop = requests.post(f"{served.url}/_rollup/job/sensor/_stop", headers=headers, timeout=5)
                assert (jobs.status_code, stop.status_code) == (200, 403)

                snapshot = requests.get(f"{served.url}/_fake/snapshot", timeout=5).json()
                assert requests.put(f"{served.url}/_fake/snapshot", json=snapshot, timeout=5).status_code == 200

    def test_it_speaks_tls_and_tells_whom_to_trust(self) -> None:
        """The file is there as long as the program is."""
        with serve("--tls", lines=3) as served:
            ca_path = served.printed[1].removeprefix("ca_path ")
            assert requests.get(f"{served.url}/_fake/clock", verify=ca_path, timeout=5).status_code == 200
            assert re.fullmatch(r"https://127\.0\.0\.1:\d+", served.url)
            assert re.fullmatch(r"ca_fingerprint [0-9a-f]{64}", served.printed[2])
            assert served.end() == (0, "", "")
        assert not Path(ca_path).exists()

    def test_an_address_that_others_can_reach_is_warned_of(self) -> None:
        """On standard error, since it is nobody's answer."""
        with serve("--host", "0.0.0.0") as served:  # noqa: S104  (what is warned of)
            _, _, warning = served.end()
        assert warning == (
            "warning: 0.0.0.0 is no loopback address; whoever reaches it can use and drive this cluster\n"
        )

    def test_a_port_that_is_taken_is_exit_code_1(self, capsys: pytest.CaptureFixture[str]) -> None:
        """And a line that names it."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            assert main(["serve", "--port", str(port)]) == 1
        assert str(port) in capsys.readouterr().err


class TestMistakes:
    """What cannot be meant is exit code 2 and one message, and nothing is served."""

    @pytest.mark.parametrize(
        ("arguments", "text"),
        [
            (
                ["--job", "slow:indexin"],
                '"indexin" is not allowed (did you mean \'indexing\'?); allowed are "started", "indexing", "stopping"',
            ),
            (["--job", "a,delay=5s"], "'delay=5s' is no KEY=VALUE; the keys are stop_delay, runs, run_duration, run_d"),
            (["--job", "a,stop_delay=5x"], "stop_delay: stop_delay (a duration, 'polls(3)' or 'never') must be"),
            (["--job", "a,runs=yes"], 'runs: expected is true or false, not "yes"'),
            (["--job", ""], "id: the text must not be empty"),
            (["--job", "a", "--job", "a"], "there is a rollup job 'a' already"),
            (["--version", "5"], "unknown Elasticsearch version '5'; known lines are 6.3"),
            (["--nodes", "0"], "nodes is at least 1, not 0"),
            (["--port", "65536"], "port is between 0 and 65535, not 65536"),
            (["--scenario", "missing.toml"], "the scenario missing.toml cannot be read: No such file or directory"),
        ],
    )
    def test_a_mistake_is_named_with_what_is_allowed(
        self,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        arguments: list[str],
        text: str,
    ) -> None:
        """In one line."""
        monkeypatch.chdir(tmp_path)
        assert main(["serve", *arguments]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("rollup-fake serve: error: ")
        assert text in err
        assert err.count("\n") == 1
