"""A cluster as a whole: settings, life, reset and check."""

from __future__ import annotations

import http.client
import os
import socket
import weakref
from contextlib import closing
from typing import Any

import pytest

import pytest_rollup_fake.rest.rollup
from pytest_rollup_fake import NEVER, RollupCluster, RollupClusterError, Version
from tests.calling import ask, stop


class TestAddress:
    """Where it is, before it is anywhere."""

    def test_there_is_none_before_the_start(self) -> None:
        """Port 0 in a URL would be port 80 for some clients."""
        cluster = RollupCluster()
        for node in (cluster, cluster.nodes[0]):
            with pytest.raises(RuntimeError, match=r"no address yet: start\(\) it, or use it as a context manager"):
                node.url_for("/")
        with pytest.raises(RuntimeError, match="no address yet"):
            str(cluster.url)
        assert repr(cluster) == "<RollupCluster not started: 0 jobs, skipping clock>"
        assert repr(cluster.nodes[0]) == "<Node 'node-1' not started>"

    def test_it_stays_known_after_the_stop(self) -> None:
        """A stopped cluster keeps its port, and can be started again there."""
        with RollupCluster(jobs=["sensor"]) as cluster:
            url = cluster.url
        assert cluster.url == url
        assert repr(cluster) == f"<RollupCluster at {url}: 1 job, skipping clock>"


def test_a_request_that_is_on_its_way_is_answered_before_a_reset() -> None:
    """A client beside the test, such as a poller of an application that lives for the run, is not cut off."""
    with RollupCluster() as cluster:
        for _ in range(50):
            cluster.add_job("sensor")
            with socket.create_connection((cluster.host, cluster.port), timeout=10) as client:
                client.sendall(b"POST /_rollup/job/sensor/_stop HTTP/1.1\r\nHost: a\r\n\r\n")
                cluster.reset()
                assert client.recv(1000).endswith(b'{"stopped":true}')


class TestSettings:
    """What a cluster takes, and what it refuses at once."""

    @pytest.mark.parametrize(
        ("given", "number"),
        [("7.17", "7.17.29"), ("7.17.28", "7.17.28"), ("6.3", "6.3.2"), ("8", "8.19.21"), ("9", "9.5.4"), (None, None)],
    )
    def test_version(self, given: str | None, number: str | None) -> None:
        """A line and a major mean the newest release that is known; no version is none."""
        assert RollupCluster(given).version == number

    def test_versions_are_ordered_and_say_their_parts(self) -> None:
        """Against each other and against texts."""
        version = RollupCluster("7.17").version
        assert version is not None
        assert (version.number, version.line, version.major, str(version)) == ("7.17.29", "7.17", 7, "7.17.29")
        assert "7.9" < version < "8.0" <= RollupCluster("8.0.1").version
        assert version == RollupCluster(version).version == RollupCluster(Version("7.17")).version
        assert version != 7

    @pytest.mark.parametrize("text", ["7.17.29", "7.17", "7"])
    def test_versions_equal_their_line_and_major_too(self, text: str) -> None:
        """So that a test of several versions can tell them apart as it named them."""
        version = RollupCluster("7.17").version
        assert version == text
        assert version is not None
        assert version >= text
        assert version <= text
        assert not version > text

    @pytest.mark.parametrize("text", ["7.1", "7.17.2", "8", ""])
    def test_versions_do_not_equal_what_only_begins_alike(self, text: str) -> None:
        """Numbers are compared, not characters."""
        assert RollupCluster("7.17").version != text

    @pytest.mark.parametrize("version", ["5.6", "6.2", "7.99", "10", "", "latest", "7.17.29.1", "7.x"])
    def test_unknown_version(self, version: str) -> None:
        """The error names the lines there are."""
        for given in (version, Version(version)):
            with pytest.raises(ValueError, match=r"unknown Elasticsearch version .*; known lines are 6\.3, 6\.4, "):
                RollupCluster(given)

    @pytest.mark.parametrize("version", [7.17, 9, b"9", ["9"]])
    def test_version_of_another_type(self, version: Any) -> None:
        """7.10 as a number would be 7.1."""
        with pytest.raises(TypeError, match=r"a version is a text such as '7\.17'"):
            RollupCluster(version)

    @pytest.mark.parametrize(
        ("jobs", "states"),
        [
            (["a", "b"], {"a": "started", "b": "started"}),
            ({"a": "indexing", "b": {"state": "stopped", "stop_delay": NEVER}}, {"a": "indexing", "b": "stopped"}),
            ((), {}),
            (None, {}),
        ],
    )
    def test_jobs(self, jobs: Any, states: dict[str, str]) -> None:
        """A list of ids, or a mapping of ids to states or to keywords of add_job."""
        assert {id_: job.state for id_, job in RollupCluster(jobs=jobs).jobs.items()} == states

    @pytest.mark.parametrize(
        ("settings", "error", "message"),
        [
            ({"jobs": "sensor"}, TypeError, "jobs is a list of ids, or a mapping"),
            ({"jobs": {"a": "running"}}, ValueError, "unknown job state 'running'"),
            (
                {"jobs": {"a": {"delay": 1}}},
                TypeError,
                "jobs: 'delay' of 'a' is no keyword of add_job; it takes state, stop_delay, config",
            ),
            ({"jobs": {"a": {"stop_delay": "never"}}}, ValueError, "is a text; import NEVER from pytest_rollup_fake"),
            ({"jobs": ["a", "a"]}, ValueError, "there is a rollup job 'a' already"),
            ({"security": "on"}, ValueError, r"security must be True, None or False \(disabled\) or 'unset'"),
            ({"unfaked": "/_cat/*"}, TypeError, "unfaked takes True or a list of paths"),
            ({"unfaked": [1]}, TypeError, "unfaked takes True or a list of paths"),
            ({"unfaked": ["_cat/*"]}, ValueError, r"'_cat/\*' would match no request; .* '/_cat/\*' or 'GET /_cat/\*'"),
            ({"unfaked": ["GET _cat/*"]}, ValueError, r"'GET _cat/\*' would match no request"),
            ({"unfaked": ["GTE /_cat/*"]}, ValueError, r"'GTE /_cat/\*' would match no request"),
            ({"unfaked": ["/_cat/indices?v"]}, ValueError, r"would match no request; .* without a query"),
            ({"unfaked": [""]}, ValueError, "'' would match no request"),
            ({"client_timeout": -1}, ValueError, "client_timeout must not be negative"),
            ({"client_timeout": True}, TypeError, "client_timeout must be seconds"),
            ({"host": ""}, TypeError, "host is an address"),
            ({"tls": "yes"}, TypeError, "tls is True or False, not 'yes'"),
            ({"strict": "no"}, TypeError, "strict is True or False, not 'no'"),
            ({"port": "9200"}, TypeError, "port is a whole number"),
            ({"port": 65536}, ValueError, "port is between 0 and 65535"),
        ],
    )
    def test_bad_ones(self, settings: dict[str, Any], error: type[Exception], message: str) -> None:
        """Each error names what was given and what is allowed."""
        with pytest.raises(error, match=message):
            RollupCluster(**settings)

    @pytest.mark.parametrize("keyword", ["faults", "tsl", "versoin"])
    def test_unknown_keyword(self, keyword: str) -> None:
        """As of any function."""
        with pytest.raises(TypeError, match=keyword):
            RollupCluster(**{keyword: 1})  # type: ignore[arg-type]


@pytest.mark.parametrize("misspelt", ["stopdelay", "url_", "mood", "parked_timout"])
def test_an_attribute_that_does_not_exist_cannot_be_set(misspelt: str) -> None:
    """Of what a test holds in its hands: it would be as if nothing had been said."""
    cluster = RollupCluster(jobs=["sensor"])
    for held in (cluster, cluster.jobs["sensor"], cluster.nodes[0], cluster.clock):
        assert weakref.ref(held)() is held
        with pytest.raises(AttributeError, match=f"has no attribute '{misspelt}'"):
            setattr(held, misspelt, 3)
    with pytest.raises(AttributeError, match="'clock' of 'RollupCluster' object has no setter"):
        cluster.clock = "manual"  # type: ignore[misc, assignment]


def test_what_there_is_not_is_told_with_what_there_is() -> None:
    """Errors of the kinds that a tuple and a mapping raise."""
    cluster = RollupCluster(jobs=["sensor"])
    with pytest.raises(IndexError, match=r"the cluster has 1 node; say nodes=2 \(argument or marker\)"):
        _ = cluster.nodes[1]
    with pytest.raises(IndexError, match="the cluster has 2 nodes; say nodes=8"):
        _ = RollupCluster(nodes=2).nodes[-8]
    with pytest.raises(AttributeError, match=r"a job is found by its id: jobs\['sensor'\]"):
        _ = cluster.jobs.sensor  # type: ignore[attr-defined]
    assert cluster.nodes[:1] == (cluster.nodes[-1],)
    assert not hasattr(cluster.jobs, "sensor")


class TestLife:
    """Starting, stopping, starting again."""

    def test_url(self) -> None:
        """Without a slash at the end; paths may come with or without one in front."""
        with RollupCluster() as cluster:
            assert cluster.url == f"http://127.0.0.1:{cluster.port}"
            assert cluster.url_for("/a") == cluster.url_for("a") == f"{cluster.url}/a"
            assert repr(cluster) == f"<RollupCluster at {cluster.url}: 0 jobs, skipping clock>"

    def test_stop_and_start_again(self) -> None:
        """The port stays, and so do jobs and journal."""
        cluster = RollupCluster(jobs=["sensor"])
        cluster.start()
        url = cluster.url
        stop(cluster, "sensor")
        cluster.stop()
        with pytest.raises(ConnectionRefusedError):
            ask(cluster, "GET", "/")
        cluster.start()
        assert (cluster.url, cluster.jobs["sensor"].state, len(cluster.requests)) == (url, "stopped", 1)
        assert ask(cluster, "GET", "/").status == 200
        cluster.stop()
        cluster.stop()

    def test_start_twice(self) -> None:
        """The error says where it runs."""
        with RollupCluster() as cluster, pytest.raises(RuntimeError, match=f"runs already, at {cluster.url}"):
            cluster.start()

    def test_stop_takes_no_job(self) -> None:
        """Its name is that of the API; the error explains it."""
        with pytest.raises(TypeError, match=r"stop\(\) stops the cluster and takes no arguments; to stop a job"):
            RollupCluster().stop("sensor")

    def test_a_port_that_is_taken(self) -> None:
        """An OSError that names it; the process goes on."""
        with RollupCluster() as cluster:
            other = RollupCluster(port=cluster.port)
            with pytest.raises(OSError, match=rf"cannot listen on 127\.0\.0\.1:{cluster.port}: Address already in use"):
                other.start()

    def test_a_start_that_fails_leaves_nothing_listening(self) -> None:
        """Not even the nodes that could start."""
        with RollupCluster() as other:
            cluster = RollupCluster(nodes=2)
            cluster.nodes[1].server.port = other.port
            with pytest.raises(OSError, match="cannot listen"):
                cluster.start()
            with pytest.raises(ConnectionRefusedError):
                ask(cluster, "GET", "/")

    def test_leaving_checks_unless_an_exception_is_on_its_way(self) -> None:
        """The first error is the one to see."""
        with pytest.raises(RollupClusterError, match="GET /_cat/jobs"), RollupCluster(version="8.19") as cluster:
            cluster.world.findings.append("GET /_cat/jobs")
        cluster = RollupCluster()
        cluster.world.findings.append("something")
        with pytest.raises(KeyError), cluster:
            raise KeyError


class TestReset:
    """A shared cluster between two tests."""

    def test_forgets_everything_but_the_address(self) -> None:
        """Jobs, journal, findings, endpoints of the test's own and time."""
        with RollupCluster(jobs=["sensor"]) as cluster:
            job = cluster.jobs["sensor"]
            cluster.expect_request("/mine").respond_with_data("x")
            cluster.clock.call_later("1h", print)
            cluster.clock.advance("1m")
            ask(cluster, "GET", "/_cat/indices")
            url = cluster.url
            cluster.reset()
            assert (cluster.url, dict(cluster.jobs), len(cluster.requests)) == (url, {}, 0)
            assert cluster.clock.now() < 60
            assert not job.exists
            cluster.check()
            assert ask(cluster, "GET", "/mine").status == 404  # no such index
            cluster.take_findings()

    def test_keeps_idle_connections(self) -> None:
        """A pooled client of the next test is not disturbed."""
        with RollupCluster() as cluster, closing(http.client.HTTPConnection(cluster.host, cluster.port)) as client:
            client.request("GET", "/")
            client.getresponse().read()
            before = client.sock
            cluster.reset()
            client.request("GET", "/")
            assert client.getresponse().read()
            assert client.sock is before


class TestCheck:
    """What a passing test must not overlook."""

    def test_an_api_that_is_not_faked(self) -> None:
        """The answer and the check say the same words, once."""
        with RollupCluster("8.19") as cluster:
            status, body = ask(cluster, "GET", "/_cat/indices?v")
            assert status == 501
            with pytest.raises(RollupClusterError) as caught:
                cluster.check()
            assert str(caught.value) == body["error"]["reason"]
            assert str(caught.value).startswith("GET /_cat/indices is an API of Elasticsearch 8.19.21 that ")
            assert cluster.requests.last.endpoint == "unfaked"
            cluster.check()

    def test_what_is_found_again_and_again_is_one_finding(self) -> None:
        """With how often, as somebody who polls finds it."""
        with RollupCluster() as cluster:
            for path in ("/_cat/indices", "/_cat/health", "/_cat/indices", "/_cat/indices"):
                ask(cluster, "GET", path)
            indices, health = cluster.take_findings()
        assert indices.startswith("GET /_cat/indices ")
        assert indices.endswith(" (× 3)")
        assert "×" not in health

    @pytest.mark.parametrize(
        ("unfaked", "passes"),
        [
            (True, True),
            (["/_cat/*"], True),
            (["GET /_cat/*"], True),
            (["get /_cat/indices"], True),
            (["GET *"], True),
            (["*indices"], True),
            (["POST /_cat/*"], False),
            (["/_cat"], False),
            ((), False),
        ],
    )
    def test_an_api_that_may_be_called(self, unfaked: Any, *, passes: bool) -> None:
        """Paths with `*`, optionally after a method; True is all."""
        cluster = RollupCluster(unfaked=unfaked)
        with cluster:
            ask(cluster, "GET", "/_cat/indices")
            assert (not cluster.take_findings()) is passes

    def test_is_off_when_not_strict(self) -> None:
        """The 501 stays."""
        with RollupCluster(strict=False) as cluster:
            assert ask(cluster, "GET", "/_cat/indices").status == 501

    def test_what_elasticsearch_refuses_is_no_finding(self) -> None:
        """A refusal is an answer like any other."""
        with RollupCluster() as cluster:
            assert ask(cluster, "POST", "/_rollup/nope/x/y").status == 400
            assert cluster.requests.last.endpoint == "refused"

    def test_errors_of_the_fake_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A 500 that says whose it is, a finding with the traceback, and the cluster goes on."""
        with RollupCluster(jobs=["sensor"]) as cluster:

            def fail(*_: object) -> None:
                message = "boom"
                raise ZeroDivisionError(message)

            with monkeypatch.context() as patch:
                patch.setattr(pytest_rollup_fake.rest.rollup, "describe", fail)
                status, body = ask(cluster, "GET", "/_rollup/job/sensor")
            assert (status, body["error"]["type"]) == (500, "pytest_rollup_fake_error")
            assert "an error inside pytest-rollup-fake" in body["error"]["reason"]
            with pytest.raises(RollupClusterError, match="ZeroDivisionError: boom"):
                cluster.check()
            assert ask(cluster, "GET", "/_rollup/job/sensor").status == 200

    def test_endpoints_of_the_tests_own(self) -> None:
        """What their handlers raise fails the test."""
        with RollupCluster() as cluster:

            def refuse(_: object) -> str:
                message = "not today"
                raise AssertionError(message)

            cluster.expect_request("/mine").respond_with_handler(refuse)  # type: ignore[arg-type]
            cluster.expect_request("/broken").respond_with_handler(lambda _: 1 / 0)  # type: ignore[arg-type, return-value]
            assert ask_text(cluster, "/mine")[0] == ask_text(cluster, "/broken")[0] == 500
            with pytest.raises(RollupClusterError, match=r"(?s)expect_request: not today.*raised ZeroDivisionError"):
                cluster.check()


def ask_text(cluster: RollupCluster, path: str) -> tuple[int, bytes]:
    """Get something that is no JSON."""
    with closing(http.client.HTTPConnection(cluster.host, cluster.port, timeout=10)) as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()


class TestExpectRequest:
    """Endpoints of the test's own."""

    def test_win_over_everything(self) -> None:
        """They are journalled as `custom`, and need not exist in Elasticsearch."""
        with RollupCluster(jobs=["sensor"]) as cluster:
            cluster.expect_request("/_rollup/job/sensor").respond_with_json({"mine": True})
            cluster.expect_request("/healthz").respond_with_data("ok")
            assert ask(cluster, "GET", "/_rollup/job/sensor").body == {"mine": True}
            assert ask_text(cluster, "/healthz") == (200, b"ok")
            assert [(entry.endpoint, entry.status) for entry in cluster.requests] == [("custom", 200)] * 2
            assert cluster.requests[0].response == {"mine": True}
            assert cluster.requests[1].response == "ok"

    def test_may_advance_time(self) -> None:
        """A handler runs without the lock."""
        with RollupCluster(clock="manual") as cluster:
            job = cluster.add_job("sensor", state="stopping", stop_delay="5s")

            def handler(_: object) -> str:
                cluster.clock.advance("5s")
                return "ok"

            cluster.expect_request("/mine").respond_with_handler(handler)  # type: ignore[arg-type]
            assert ask_text(cluster, "/mine") == (200, b"ok")
            assert job.state == "stopped"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform cannot fork")
def test_a_forked_child_does_not_keep_the_address() -> None:
    """A stopped cluster refuses connections although a child still has its listener."""
    cluster = RollupCluster()
    cluster.start()
    go_on, finish = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(finish)
        os.read(go_on, 1)
        os._exit(0)
    os.close(go_on)
    try:
        cluster.stop()
        with pytest.raises(ConnectionRefusedError):
            ask(cluster, "GET", "/")
    finally:
        os.close(finish)
        os.waitpid(child, 0)
