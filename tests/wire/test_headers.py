"""Whole answers, byte for byte: the status line and its phrase, which headers there are, how spelt, in which order."""

from __future__ import annotations

import gzip
import http
import re
import zlib
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from pytest_rollup_fake import NEVER, RollupCluster
from tests.wire.speaking import STOP, Client, request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Case(NamedTuple):
    """A request to a version, and its answer's bytes: the head in lines, and the body."""

    version: str
    line: str
    head: tuple[str, ...]
    body: str
    headers: tuple[str, ...] = ()
    security: str | None = None


JSON_7: Final = "content-type: application/json; charset=UTF-8"
JSON: Final = "content-type: application/json"
PRODUCT: Final = "X-elastic-product: Elasticsearch"
STOPPED: Final = '{"stopped":true}'
MISSING: Final = (
    '{"error":{"root_cause":[{"type":"resource_not_found_exception","reason":"Task for Rollup Job [gone] not found"}],'
    '"type":"resource_not_found_exception","reason":"Task for Rollup Job [gone] not found"},"status":404}'
)
WRONG_METHOD: Final = (
    '{"error":"Incorrect HTTP method for uri [/_rollup/job/sensor/_stop] and method [GET], allowed: [POST]",'
    '"status":405}'
)
REMOVED_IN_10: Final = (
    'Warning: 299 Elasticsearch-9.2.8-cdb2d7a7a46dfe4ef7c3f859b94fb86ba8e652e1 "The rollup functionality will be '
    'removed in Elasticsearch 10.0. See docs for more information."'
)
TIMED_OUT: Final = (
    '"type":"timeout_exception","reason":"Timed out after [10s] while waiting for rollup job [slow] to stop. State was '
    '[STOPPING]"'
)
NO_SECURITY: Final = (
    'Warning: 299 Elasticsearch-7.17.29-580aff1a0064ce4c93293aaab6fcc55e22c10d1c "Elasticsearch built-in security '
    "features are not enabled. Without authentication, your cluster could be accessible to anyone. See "
    "https://www.elastic.co/guide/en/elasticsearch/reference/7.17/security-minimal-setup.html to enable "
    'security."'
)

CASES: Final = {
    "6.3": Case("6.3", "POST /_xpack/rollup/job/sensor/_stop", ("200 OK", JSON_7), STOPPED),
    "6.8, missing": Case("6.8", "POST /_rollup/job/gone/_stop", ("404 Not Found", JSON_7), MISSING),
    "7.10, opaque id": Case("7.10", STOP, ("200 OK", "X-Opaque-Id: me", JSON_7), STOPPED, ("x-opaque-id: me",)),
    "7.17": Case("7.17.29", STOP, ("200 OK", PRODUCT, JSON_7), STOPPED),
    "7.17, security unset": Case("7.17.29", STOP, ("200 OK", PRODUCT, NO_SECURITY, JSON_7), STOPPED, security="unset"),
    "8.19": Case("8.19", STOP, ("200 OK", PRODUCT, JSON), STOPPED),
    "8.19, wrong method": Case(
        "8.19",
        "GET /_rollup/job/sensor/_stop",
        ("405 Method Not Allowed", "X-Opaque-Id: a,b", "Allow: POST", PRODUCT, JSON),
        WRONG_METHOD,
        ("X-OPAQUE-ID: a,b",),
    ),
    "8.19, timeout": Case(
        "8.19",
        "POST /_rollup/job/slow/_stop?wait_for_completion=true&timeout=10s",
        ("500 Internal Server Error", PRODUCT, JSON),
        f'{{"error":{{"root_cause":[{{{TIMED_OUT}}}],{TIMED_OUT}}},"status":500}}',
    ),
    "8.19, vendor type": Case(
        "8.19",
        STOP,
        ("200 OK", PRODUCT, "content-type: application/vnd.elasticsearch+json;compatible-with=8"),
        STOPPED,
        ("Accept: application/vnd.elasticsearch+json; compatible-with=8",),
    ),
    "9.2": Case(
        "9.2.8", STOP, ("200 OK", "X-Opaque-Id: me", PRODUCT, REMOVED_IN_10, JSON), STOPPED, ("X-Opaque-Id: me",)
    ),
    "9.2, timeout": Case(
        "9.2.8",
        "POST /_rollup/job/slow/_stop?wait_for_completion=true&timeout=10s",
        ("429 Too Many Requests", "X-Timed-Out: ?1", PRODUCT, REMOVED_IN_10, JSON),
        f'{{"error":{{"root_cause":[{{{TIMED_OUT},"timed_out":true}}],{TIMED_OUT},"timed_out":true}},"status":429}}',
    ),
}


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


class TestAnswers:
    """What goes over the wire, to the last byte."""

    @pytest.mark.parametrize("case", CASES.values(), ids=CASES)
    def test_an_answer(self, case: Case) -> None:
        """Nothing else is sent: no `Date`, no `Server`, no `Connection`; `content-length` comes last."""
        jobs = {"sensor": "started", "slow": {"stop_delay": NEVER}}
        with RollupCluster(case.version, jobs=jobs, security=case.security) as cluster, Client(cluster) as client:
            head = [f"HTTP/1.1 {case.head[0]}", *case.head[1:], f"content-length: {len(case.body)}"]
            expected = "\r\n".join(head) + "\r\n\r\n" + case.body
            assert client.ask(request(case.line, *case.headers)).decode() == expected
            assert client.nothing_came

    def test_repeated_headers_stay_apart(self) -> None:
        """One line for each warning: clients split them at lines, not at commas."""
        with (
            RollupCluster("7.17.29", jobs=["sensor"], security="unset") as cluster,
            Client(cluster) as client,
        ):
            answer = client.ask(request("POST /_xpack/rollup/job/sensor/_stop")).decode()
        assert answer.count("\r\nWarning: 299 Elasticsearch-7.17.29-580aff1a0064ce4c93293aaab6fcc55e22c10d1c ") == 2

    def test_request_headers_are_not_merged(self, client: Client) -> None:
        """Werkzeug joins repeated headers, so that two opaque ids would be one."""
        answer = client.ask(request(STOP, "X-Opaque-Id: a", "X-Opaque-Id: b"))
        assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\nX-Opaque-Id: a\r\n")
        assert b"multiple values for single-valued header [X-Opaque-Id]." in answer

    def test_request_headers_are_not_dropped(self, cluster: RollupCluster, client: Client) -> None:
        """Werkzeug drops those with an underscore, http.server refuses more than a hundred."""
        client.ask(request(STOP, "X_Trace: 1", *(f"X-Header-{number}: {number}" for number in range(200))))
        headers = cluster.requests.last.headers
        assert (headers["x_trace"], headers["x-header-199"], len(headers)) == ("1", "199", 202)

    def test_a_double_slash_stays_one(self, client: Client) -> None:
        """Werkzeug makes one slash of two, and would find a handler where Elasticsearch finds none."""
        answer = client.ask(request("POST //_rollup/job/sensor/_stop"))
        assert b"no handler found for uri [//_rollup/job/sensor/_stop] and method [POST]" in answer

    @pytest.mark.parametrize("blank", ["\u00a0", "\u0085"])
    def test_only_blanks_of_http_split_the_request_line(self, cluster: RollupCluster, blank: str) -> None:
        """`str.split` would cut an unescaped Latin-1 path at its no-break space."""
        with Client(cluster) as client:
            client.ask(request(f"POST /_rollup/job/a{blank}b/_stop"))
        assert cluster.requests.last.path == f"/_rollup/job/a{blank}b/_stop"


class TestPhrases:
    """The reason phrase is netty's, whatever Python calls the status."""

    @pytest.mark.parametrize(
        ("status", "phrase"),
        [
            (200, "OK"),
            (404, "Not Found"),
            (413, "Request Entity Too Large"),
            (414, "Request-URI Too Long"),
            (416, "Requested Range Not Satisfiable"),
            (422, "Unprocessable Entity"),
            (425, "Unordered Collection"),
            (429, "Too Many Requests"),
            (503, "Service Unavailable"),
            (599, "Server Error (599)"),
            (299, "Success (299)"),
            (799, "Unknown Status (799)"),
        ],
    )
    def test_a_phrase(self, cluster: RollupCluster, client: Client, status: int, phrase: str) -> None:
        """Python 3.13 has renamed some of them."""
        cluster.expect_request("/status").respond_with_data("", status=status)
        assert client.ask(request("GET /status")).startswith(f"HTTP/1.1 {status} {phrase}\r\n".encode())

    def test_every_status_of_http_has_one(self, cluster: RollupCluster, client: Client) -> None:
        """A client that parses the line strictly wants three digits and a text."""
        for status in http.HTTPStatus:
            if status >= 200 and status not in {204, 304}:
                cluster.expect_request(f"/{status.value}").respond_with_data("", status=status.value)
                answer = client.ask(request(f"GET /{status.value}"))
                assert re.match(rb"HTTP/1\.1 %d [A-Z]" % status.value, answer)


class TestCompression:
    """`Accept-Encoding`, as all clients send it."""

    @pytest.mark.parametrize(("coding", "decompress"), [("gzip", gzip.decompress), ("deflate", zlib.decompress)])
    def test_the_body_is_compressed(self, client: Client, coding: str, decompress: Callable[[bytes], bytes]) -> None:
        """The length is that of what is sent, and stands behind the coding."""
        plain = client.ask(request("GET /")).partition(b"\r\n\r\n")[2]
        head, _, body = client.ask(request("GET /", f"Accept-Encoding: {coding}")).partition(b"\r\n\r\n")
        assert decompress(body) == plain
        assert head.decode().split("\r\n")[1:] == [
            PRODUCT,
            JSON,
            f"content-encoding: {coding}",
            f"content-length: {len(body)}",
        ]

    def test_the_same_answer_is_the_same_bytes(self, client: Client) -> None:
        """The time that gzip writes into its header would differ from run to run."""
        body = client.ask(request("GET /", "Accept-Encoding: gzip")).partition(b"\r\n\r\n")[2]
        assert body[4:8] == bytes(4)

    def test_an_empty_body_is_left_alone(self, client: Client) -> None:
        """Compressed, it would no longer be empty."""
        answer = client.ask(request("OPTIONS /_rollup/job/sensor/_stop", "Accept-Encoding: gzip"))
        assert answer.endswith(b"content-type: text/plain; charset=UTF-8\r\ncontent-length: 0\r\n\r\n")
