"""Endpoints of the user's own: pytest-httpserver's `expect_request` beside the cluster's."""

from __future__ import annotations

import re
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
import requests
from pytest_httpserver.httpserver import HandlerType, HeaderValueMatcher
from werkzeug import Request, Response
from werkzeug.utils import send_file

from pytest_rollup_fake import RollupCluster
from tests.calling import Background
from tests.wire.speaking import STOP, STOPPED, Client, request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def cluster() -> Iterator[RollupCluster]:
    """Run a cluster with one job."""
    with RollupCluster("8.19", jobs=["sensor"]) as cluster:
        yield cluster


@pytest.fixture
def client(cluster: RollupCluster) -> Iterator[Client]:
    """Connect to the cluster."""
    with Client(cluster) as client:
        yield client


class TestMatching:
    """Which requests an endpoint gets."""

    def test_it_wins_over_the_cluster(self, cluster: RollupCluster, client: Client) -> None:
        """The job is not touched, and the journal calls it custom."""
        cluster.expect_request("/_rollup/job/sensor/_stop", method="POST").respond_with_data('{"stopped":"mine"}')
        assert client.ask(request(STOP)).endswith(b'\r\n\r\n{"stopped":"mine"}')
        entry = cluster.requests.last
        assert (entry.endpoint, entry.status, entry.outcome, entry.effect) == ("custom", 200, "answered", "applied")
        assert entry.response == {"stopped": "mine"}
        assert cluster.jobs["sensor"].state == "started"

    def test_what_it_does_not_match_is_the_clusters(self, cluster: RollupCluster, client: Client) -> None:
        """By path, method, query, headers, body or JSON."""
        path = "/_rollup/job/sensor/_stop"
        cluster.expect_request(path, method="GET").respond_with_data("no")
        cluster.expect_request(path, query_string="a=b").respond_with_data("no")
        cluster.expect_request(path, headers={"x": "y"}).respond_with_data("no")
        cluster.expect_request(path, data="body").respond_with_data("no")
        cluster.expect_request(path, json={}).respond_with_data("no")
        cluster.expect_request(re.compile("/other.*")).respond_with_data("no")
        assert client.ask(request(STOP)).endswith(STOPPED)

    def test_the_request_is_as_werkzeug_would_make_it(self, cluster: RollupCluster, client: Client) -> None:
        """Decoded path and query, headers with repeats joined, the body as it came."""
        seen: list[Request] = []
        cluster.expect_request(re.compile("/ä/.*")).respond_with_handler(collect(seen))
        head = ("X-A: 1", "X-A: 2", "Content-Type: application/json", "Content-Length: 7")
        client.ask(request("PUT /%C3%A4/b%2Fc+d?q=%C3%A4+1&q=2", *head, body=b'{"a":1}'))
        (got,) = seen
        assert (got.method, got.path, got.args.getlist("q")) == ("PUT", "/ä/b/c+d", ["ä 1", "2"])
        assert (got.headers["X-A"], got.headers["Host"], got.json) == ("1,2", "localhost:9200", {"a": 1})
        assert got.url == "http://localhost:9200/ä/b/c+d?q=ä+1&q=2"

    def test_a_form_is_read(self, cluster: RollupCluster) -> None:
        """By werkzeug's own parser."""
        seen: list[Request] = []
        cluster.expect_request("/form").respond_with_handler(collect(seen))
        requests.post(cluster.url_for("/form"), data={"a": "b"}, timeout=10)
        assert seen[0].form.to_dict() == {"a": "b"}

    def test_a_one_shot_endpoint_answers_once(self, cluster: RollupCluster, client: Client) -> None:
        """Then the cluster answers again."""
        cluster.expect_request(re.compile("/_rollup/.*"), handler_type=HandlerType.ONESHOT).respond_with_data("once")
        assert client.ask(request(STOP)).endswith(b"once")
        assert client.ask(request(STOP)).endswith(STOPPED)

    @pytest.mark.usefixtures("eager")
    def test_a_one_shot_endpoint_answers_one_of_many_at_once(self, cluster: RollupCluster) -> None:
        """Its list is not made for several threads: two of them could both take it, or one fail."""
        path = re.compile("/_rollup/.*")
        for _ in range(20):
            cluster.expect_request(path, handler_type=HandlerType.ONESHOT).respond_with_data("once")
        connected = [Client(cluster) for _ in range(40)]
        for client in connected:
            client.send(request(STOP))
        bodies = [client.body() for client in connected]
        for client in connected:
            client.close()
        assert (bodies.count(b"once"), bodies.count(STOPPED)) == (20, 20)

    @pytest.fixture
    def eager(self) -> Iterator[None]:
        """Let threads take turns as often as can be."""
        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        yield
        sys.setswitchinterval(interval)

    def test_ordered_endpoints(self, cluster: RollupCluster, client: Client) -> None:
        """In their order; what none of them matches goes to the cluster as ever."""
        for name in ("a", "b"):
            cluster.expect_request(f"/{name}", handler_type=HandlerType.ORDERED).respond_with_data(name)
        assert client.ask(request("GET /a")).endswith(b"a")
        assert client.ask(request(STOP)).endswith(STOPPED)
        assert client.ask(request("GET /b")).endswith(b"b")

    def test_ordered_endpoints_out_of_order(self, cluster: RollupCluster, client: Client) -> None:
        """Fail the test, as with pytest-httpserver, and so does every expected request after that."""
        for name in ("a", "b"):
            cluster.expect_request(f"/{name}", handler_type=HandlerType.ORDERED).respond_with_data(name)
        assert client.ask(request("GET /b")).startswith(b"HTTP/1.1 500 ")
        assert client.ask(request("GET /a")).startswith(b"HTTP/1.1 500 ")
        with pytest.raises(AssertionError, match="No handler found for request"):
            cluster.check()

    def test_a_reset_forgets_them(self, cluster: RollupCluster, client: Client) -> None:
        """With the jobs."""
        cluster.expect_request("/_rollup/job/sensor/_stop").respond_with_data("mine")
        cluster.reset()
        cluster.add_job("sensor")
        assert client.ask(request(STOP)).endswith(STOPPED)


def collect(seen: list[Request]) -> Callable[[Request], Any]:
    """Return a handler that keeps the requests it gets, and answers nothing."""
    return seen.append


class TestAnswers:
    """What a handler may answer."""

    @pytest.mark.parametrize(
        ("answer", "body"), [("text", b"text"), (None, b""), (Response("response"), b"response"), (b"bytes", b"bytes")]
    )
    def test_a_text_or_a_response_or_nothing(
        self, cluster: RollupCluster, client: Client, answer: Any, body: bytes
    ) -> None:
        """As pytest-httpserver takes them."""
        cluster.expect_request("/mine").respond_with_handler(lambda _: answer)
        assert client.ask(request("GET /mine")).endswith(b"\r\n\r\n" + body)

    def test_the_wire_says_how_long_it_is(self, cluster: RollupCluster, client: Client) -> None:
        """A length of the user's, or chunks that nobody sends, would break the connection."""
        headers = {"Content-Length": "99", "Transfer-Encoding": "chunked", "X-Mine": "yes"}
        cluster.expect_request("/mine").respond_with_handler(lambda _: Response("ab", headers=headers))
        assert client.ask(request("GET /mine")) == (
            b"HTTP/1.1 200 OK\r\nX-Mine: yes\r\nContent-Type: text/plain; charset=utf-8\r\ncontent-length: 2\r\n\r\nab"
        )

    def test_a_stream_is_sent_whole(self, cluster: RollupCluster, client: Client) -> None:
        """A generator may be slow; its answer has a length all the same."""
        cluster.expect_request("/mine").respond_with_handler(lambda _: Response(str(number) for number in range(5)))
        assert client.ask(request("GET /mine")).endswith(b"content-length: 5\r\n\r\n01234")

    def test_a_file_is_sent(self, cluster: RollupCluster, client: Client, tmp_path: Path) -> None:
        """Werkzeug leaves its reading to the server."""
        path = tmp_path / "file.txt"
        path.write_text("content")
        cluster.expect_request("/mine").respond_with_handler(lambda got: send_file(path, got.environ))
        assert client.ask(request("GET /mine")).endswith(b"\r\n\r\ncontent")

    def test_it_may_close_the_connection(self, cluster: RollupCluster, client: Client) -> None:
        """By the header that says so."""
        cluster.expect_request("/mine").respond_with_data("bye", headers={"Connection": "close"})
        client.send(request("GET /mine"))
        assert client.rest().endswith(b"bye")

    def test_a_redirect_keeps_what_the_user_wrote(self, cluster: RollupCluster) -> None:
        """Only what no header may contain is escaped, as werkzeug does."""
        cluster.expect_request("/old").respond_with_data("", status=302, headers={"Location": "/neu/ä"})
        answer = requests.get(cluster.url_for("/old"), allow_redirects=False, timeout=10)
        assert answer.headers["Location"] == "/neu/%C3%A4"


class TestErrors:
    """What the user's code raises fails the test; the client gets a 500 and keeps its connection."""

    @pytest.mark.parametrize(
        ("error", "finding"),
        [
            (AssertionError("not so"), "expect_request: not so"),
            (ZeroDivisionError("by zero"), r"expect_request: a handler raised ZeroDivisionError\('by zero'\)"),
            (pytest.fail.Exception("failed"), "expect_request: a handler raised failed"),
            (SystemExit(1), r"expect_request: a handler raised SystemExit\(1\)"),
        ],
    )
    def test_in_a_handler(
        self,
        cluster: RollupCluster,
        client: Client,
        error: BaseException,
        finding: str,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        """A connection that is closed instead would be tried again by every client, and the reason lost."""

        def handler(_: Request) -> Response:
            raise error

        cluster.expect_request("/mine").respond_with_handler(handler)
        answer = client.ask(request("GET /mine"))
        assert answer.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
        assert b"the handler of /mine raised " in answer
        assert client.ask(request(STOP)).endswith(STOPPED)
        with pytest.raises(AssertionError, match=finding):
            cluster.check()
        cluster.check()  # each finding is reported once
        assert capfd.readouterr() == ("", "")

    def test_in_a_matcher(self, cluster: RollupCluster, client: Client) -> None:
        """A matcher is the user's code too."""

        def broken(_actual: str | None, _expected: str) -> bool:
            raise ZeroDivisionError

        matcher = HeaderValueMatcher({"x": broken})
        cluster.expect_request("/mine", headers={"x": "1"}, header_value_matcher=matcher).respond_with_data("never")
        answer = client.ask(request("GET /mine", "X: 1"))
        assert answer.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
        with pytest.raises(AssertionError, match=r"expect_request: a handler raised ZeroDivisionError\(\)"):
            cluster.check()

    def test_in_a_stream(self, cluster: RollupCluster, client: Client) -> None:
        """It is read before anything is sent."""

        def stream() -> Iterator[str]:
            yield "half"
            raise ValueError

        cluster.expect_request("/mine").respond_with_handler(lambda _: Response(stream()))
        assert client.ask(request("GET /mine")).startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
        with pytest.raises(AssertionError, match=r"expect_request: a handler raised ValueError\(\)"):
            cluster.check()

    def test_without_an_answer(self, cluster: RollupCluster, client: Client) -> None:
        """`expect_request` alone, with the `respond_with_...` forgotten."""
        cluster.expect_request("/mine")
        assert client.ask(request("GET /mine")).startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
        with pytest.raises(AssertionError, match="Matching request handler found but no response defined: GET /mine"):
            cluster.check()


class TestHandlers:
    """A handler runs in the connection's thread, without any lock."""

    def test_it_may_use_the_cluster(self, client: Client, cluster: RollupCluster) -> None:
        """Also with a client of its own."""

        def relay(_: Request) -> str:
            cluster.jobs["sensor"].set_state("stopped")
            with Client(cluster) as inner:
                return inner.ask(request(STOP)).decode()

        cluster.expect_request("/relay").respond_with_handler(relay)  # type: ignore[arg-type]
        assert client.ask(request("GET /relay")).endswith(STOPPED)
        assert [entry.endpoint for entry in cluster.requests] == ["custom", "stop"]

    def test_it_may_advance_the_clock(self) -> None:
        """A request that is being handled by the user is not one that is still to be received."""
        with RollupCluster("8.19", clock="manual") as cluster, Client(cluster) as client:
            cluster.expect_request("/later").respond_with_handler(
                lambda _: str(cluster.clock.advance("5s"))  # type: ignore[arg-type,return-value]
            )
            assert client.ask(request("GET /later")).endswith(b"[]")
            assert cluster.requests.last.waited == 5

    def test_a_slow_one_holds_nobody_up(self, cluster: RollupCluster, client: Client) -> None:
        """Other endpoints of the user's answer meanwhile, and so does the cluster."""
        go_on = threading.Event()
        cluster.expect_request("/slow").respond_with_handler(
            lambda _: str(go_on.wait(10))  # type: ignore[arg-type,return-value]
        )
        cluster.expect_request("/fast").respond_with_data("fast")
        with Background(requests.get, cluster.url_for("/slow")) as slow:
            cluster.wait_for_request("custom")
            assert client.ask(request("GET /fast")).endswith(b"fast")
            assert client.ask(request(STOP)).endswith(STOPPED)
            go_on.set()
            assert slow.result().text == "True"
