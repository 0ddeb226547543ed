"""What a client is told when a fault strikes, in each version."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pytest_rollup_fake import faults
from pytest_rollup_fake.model.journal import RecordedRequest
from pytest_rollup_fake.rest.faulted import strike
from pytest_rollup_fake.rest.handle import prepare
from tests.support import FakeCluster, lines

if TYPE_CHECKING:
    from pytest_rollup_fake.rest.reply import Reply

STOP = "POST /_rollup/job/sensor/_stop"
OLD_STOP = "POST /_xpack/rollup/job/sensor/_stop"  # the only path in 6.3, and the usual one in 6.8
TOO_LARGE = (
    "[parent] Data too large, data for [<http_request>] would be [1020483488/973.2mb], "
    "which is larger than the limit of [1020054732/972.7mb]"
)
REAL = ", real usage: [1020483488/973.2mb], new bytes reserved: [0/0b]"
USAGES = "request=0/0b, fielddata=0/0b, in_flight_requests=0/0b"
DENIED = "action [cluster:admin/xpack/rollup/stop] is unauthorized for user [ops]"
GRANTED = ", this action is granted by the cluster privileges [manage_rollup,manage,all]"
LINES = ("6.3", "6.8", "7.17", "8.19", "9.0", "9")


def struck(
    fault: faults.Fault, version: str, line: str = "", *headers: tuple[str, str], security: bool | None = None
) -> Reply:
    """Let a fault strike a request to a cluster of a version, in the place of its effect."""
    cluster = FakeCluster(version, "sensor", security=security)
    method, target = (line or (OLD_STOP if version < "7" else STOP)).split(" ")
    request = RecordedRequest(method, target, headers)
    cluster.world.receive(request)
    prepare(request, cluster.world)
    return strike(fault, request, cluster.world, None)


def error_of(reply: Reply) -> dict[str, Any]:
    """Return the error of a body, after checking that it says the status too."""
    body = json.loads(reply.body)
    assert body["status"] == reply.status
    error: dict[str, Any] = body["error"]
    return error


def statuses(fault: faults.Fault) -> list[int]:
    """Return the status in each line."""
    return [struck(fault, line).status for line in LINES]


class TestStatus:
    """Some changed over the versions."""

    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            (faults.too_many_requests(), [429] * 6),
            (faults.circuit_breaking(), [503, 503, 429, 429, 429, 429]),
            (faults.no_master(), [503] * 6),
            (faults.cluster_block(), [503] * 6),
            (faults.cluster_block("sensor_rollup"), [403] * 6),
            (faults.process_cluster_event_timeout(), [503, 503, 503, 503, 429, 429]),
            (faults.failed_node(), [500] * 6),
            (faults.state_update_failed(), [500] * 6),
            (faults.not_acknowledged(), [200] * 6),
            (faults.unauthenticated(), [401] * 6),
            (faults.forbidden(), [403] * 6),
        ],
        ids=lambda value: repr(value) if isinstance(value, faults.Fault) else "",
    )
    def test_is_that_of_the_version(self, fault: faults.Fault, expected: list[int]) -> None:
        """ExceptionsHelper.status, and that of each exception."""
        assert statuses(fault) == expected


class TestBody:
    """The error, in the shape of all others."""

    def test_a_full_queue(self) -> None:
        """EsRejectedExecutionException, of the node that was asked."""
        error = error_of(struck(faults.too_many_requests(), "8.19"))
        assert error["type"] == "es_rejected_execution_exception"
        assert error["reason"].startswith("rejected execution of ")
        assert " on EsThreadPoolExecutor[name = node-1/write, queue capacity = 200, " in error["reason"]

    @pytest.mark.parametrize(
        ("version", "reason", "durability"),
        [
            ("6.8", f"{TOO_LARGE}, usages [{USAGES}, accounting=0/0b]", {}),
            (
                "7.17",
                f"{TOO_LARGE}{REAL}, usages [{USAGES}, model_inference=0/0b, eql_sequence=0/0b, accounting=0/0b]",
                {"durability": "PERMANENT"},
            ),
        ],
    )
    def test_a_circuit_breaker(self, version: str, reason: str, durability: dict[str, str]) -> None:
        """CircuitBreakingException, with the numbers beside its text."""
        error = error_of(struck(faults.circuit_breaking(), version))
        shown = {
            "type": "circuit_breaking_exception",
            "reason": reason,
            "bytes_wanted": 1020483488,
            "bytes_limit": 1020054732,
            **durability,
        }
        assert error == {"root_cause": [shown], **shown}
        assert list(error) == ["root_cause", *shown]

    def test_a_circuit_breaker_of_9_says_where_to_read_on(self) -> None:
        """elastic/elasticsearch#113561."""
        assert "https://www.elastic.co/" not in error_of(struck(faults.circuit_breaking(), "8.19"))["reason"]
        assert (
            "; for more information, see https://www.elastic.co/"
            in error_of(struck(faults.circuit_breaking(), "9.0"))["reason"]
        )

    @pytest.mark.parametrize("version", lines())
    def test_no_master_has_no_reason(self, version: str) -> None:
        """MasterNotDiscoveredException has no message, which is null in JSON."""
        assert struck(faults.no_master(), version).body == (
            b'{"error":{"root_cause":[{"type":"master_not_discovered_exception","reason":null}],'
            b'"type":"master_not_discovered_exception","reason":null},"status":503}'
        )

    @pytest.mark.parametrize("version", lines())
    def test_no_master_is_told_by_whom_it_is_looked_for(self, version: str) -> None:
        """Get Jobs, and from 6.5 on Delete Job, hand the request to the master themselves, and have a message."""
        path = f"/{'_xpack/rollup' if version in lines(until='6.5') else '_rollup'}/job/sensor"
        known = "no known master nodes"

        assert error_of(struck(faults.no_master(), version, f"GET {path}"))["reason"] == known
        deleted = error_of(struck(faults.no_master(), version, f"DELETE {path}"))
        assert deleted["reason"] == (known if version in lines("6.5") else None)
        assert error_of(struck(faults.no_master(), version, f"PUT {path}"))["reason"] is None

    def test_a_block_of_the_cluster(self) -> None:
        """The cluster has no master."""
        assert error_of(struck(faults.cluster_block(), "7.17"))["reason"] == (
            "blocked by: [SERVICE_UNAVAILABLE/2/no master];"
        )

    @pytest.mark.parametrize("version", lines())
    def test_a_block_of_an_index(self, version: str) -> None:
        """It names the index from 7.2 on."""
        names = "index [logs] " if version in lines("7.2") else ""
        error = error_of(struck(faults.cluster_block("logs"), version))
        assert error["reason"] == f"{names}blocked by: [FORBIDDEN/5/index read-only (api)];"

    @pytest.mark.parametrize(("version", "marked"), [("8.19", False), ("9.0", True), ("9", True)])
    def test_a_master_that_is_too_busy(self, version: str, *, marked: bool) -> None:
        """In 9.x it says that it is a timeout, as a stop does that has timed out."""
        reply = struck(faults.process_cluster_event_timeout(), version)
        error = error_of(reply)
        assert error["type"] == "process_cluster_event_timeout_exception"
        assert error["reason"] == "failed to process cluster event (update task state [sensor]) within 30s"
        assert error.get("timed_out", False) == marked
        assert ("X-Timed-Out" in dict(reply.headers)) == marked

    @pytest.mark.parametrize(
        ("line", "event"),
        [
            ("PUT /_rollup/job/sensor", "create rollup job"),
            ("PUT /logs", "create-index"),
            ("DELETE /logs", "delete-index"),
            (STOP, "update task state [sensor]"),
        ],
    )
    def test_a_master_that_is_too_busy_names_the_change(self, line: str, event: str) -> None:
        """That the request had asked for."""
        error = error_of(struck(faults.process_cluster_event_timeout(), "8.19", line))
        assert error["reason"] == f"failed to process cluster event ({event}) within 30s"

    def test_a_failed_node(self) -> None:
        """The node that runs the job, and why it was not reached."""
        error = error_of(struck(faults.failed_node(), "8.19"))
        assert error["type"] == "failed_node_exception"
        assert error["reason"] == f"Failed node [{error['node_id']}]"
        assert error["caused_by"]["type"] == "node_disconnected_exception"
        assert error["caused_by"]["reason"].endswith("[cluster:admin/xpack/rollup/stop[n]] disconnected")

    @pytest.mark.parametrize("version", lines())
    @pytest.mark.parametrize(("action", "state"), [("_stop", "STOPPED"), ("_start", "STARTED")])
    def test_a_state_that_could_not_be_persisted(self, action: str, state: str, version: str) -> None:
        """RollupJobTask names the state in upper case, and the master's error is the cause."""
        line = (OLD_STOP if version < "7" else STOP).replace("_stop", action)
        error = error_of(struck(faults.state_update_failed(), version, line))
        assert (error["type"], error["reason"]) == (
            "exception",
            f"Error while updating state for rollup job [sensor] to [{state}].",
        )
        assert error["caused_by"]["type"] == "process_cluster_event_timeout_exception"
        assert [cause["type"] for cause in error["root_cause"]] == ["process_cluster_event_timeout_exception"]

    @pytest.mark.parametrize(
        ("line", "body"),
        [
            (STOP, b'{"stopped":false}'),
            ("POST /_rollup/job/sensor/_start", b'{"started":false}'),
            ("DELETE /_rollup/job/sensor", b'{"acknowledged":false}'),
            ("PUT /_rollup/job/sensor", b'{"acknowledged":false}'),
        ],
    )
    def test_not_acknowledged(self, line: str, body: bytes) -> None:
        """A 200 that says no, in the words of the endpoint."""
        reply = struck(faults.not_acknowledged(), "8.19", line)
        assert (reply.status, reply.body) == (200, body)

    def test_any_error(self) -> None:
        """In the body of all errors."""
        assert struck(faults.error(418, "teapot_exception", None), "7.17").body == (
            b'{"error":{"root_cause":[{"type":"teapot_exception","reason":null}],'
            b'"type":"teapot_exception","reason":null},"status":418}'
        )


class TestSecurity:
    """Refusals of who it is and what may be done, also where security is off."""

    @pytest.mark.parametrize(
        ("version", "challenge"),
        [
            ("6.8", 'Basic realm="security" charset="UTF-8"'),
            ("7.17", 'Basic realm="security" charset="UTF-8"'),
            ("8.19", 'Basic realm="security", charset="UTF-8"'),
        ],
    )
    def test_unauthenticated(self, version: str, challenge: str) -> None:
        """With the version's challenge."""
        reply = struck(faults.unauthenticated(), version)
        assert ("WWW-Authenticate", challenge) in reply.headers
        assert error_of(reply)["type"] == "security_exception"

    def test_unauthenticated_names_the_user_that_was_sent(self) -> None:
        """As a wrong password is refused."""
        reply = struck(faults.unauthenticated(), "8.19", STOP, ("Authorization", "Basic b3BzOnNlY3JldA=="))
        assert error_of(reply)["reason"] == (
            "unable to authenticate user [ops] for REST request [/_rollup/job/sensor/_stop]"
        )

    @pytest.mark.parametrize(
        ("version", "reason"),
        [
            ("6.8", DENIED),
            ("7.17", f"{DENIED} with roles [b,a]{GRANTED}"),
            ("8.19", f"{DENIED} with effective roles [a,b]{GRANTED}"),
        ],
    )
    def test_forbidden(self, version: str, reason: str) -> None:
        """In the words of the version (AuthorizationDenialMessages)."""
        assert error_of(struck(faults.forbidden("ops", ["b", "a"]), version))["reason"] == reason

    def test_forbidden_names_the_user_that_was_sent(self) -> None:
        """Unless the fault names one."""
        reply = struck(faults.forbidden(), "6.8", OLD_STOP, ("Authorization", "Basic b3BzOnNlY3JldA=="))
        assert error_of(reply)["reason"].endswith("user [ops]")
        assert error_of(struck(faults.forbidden(), "6.8"))["reason"].endswith("user [guest]")

    @pytest.mark.parametrize("line", ["GET /nowhere/to/be/found", "GET /_cat/indices", "POST /a/_rollup_search"])
    def test_forbidden_anywhere(self, line: str) -> None:
        """Also where no action of ours is behind the path."""
        assert struck(faults.forbidden(), "8.19", line).status == 403


class TestForm:
    """How it looks is what the request asks for, as with every answer."""

    def test_pretty(self) -> None:
        """Errors obey it."""
        reply = struck(faults.no_master(), "8.19", f"{STOP}?pretty")
        assert reply.body.startswith(b'{\n  "error" : {\n    "root_cause" : [\n')

    def test_media_types(self) -> None:
        """The vendor's is echoed."""
        accept = ("Accept", "application/vnd.elasticsearch+json; compatible-with=8")
        headers = dict(struck(faults.no_master(), "8.19", STOP, accept).headers)
        assert headers["content-type"] == "application/vnd.elasticsearch+json;compatible-with=8"

    @pytest.mark.parametrize("version", lines())
    @pytest.mark.parametrize(
        "fault",
        [faults.too_many_requests(), faults.circuit_breaking(), faults.no_master(), faults.cluster_block()],
        ids=repr,
    )
    def test_nobody_is_told_when_to_come_again(self, fault: faults.Fault, version: str) -> None:
        """Elasticsearch sends no Retry-After, neither with a 429 nor with a 503."""
        assert "retry-after" not in {name.lower() for name, _ in struck(fault, version).headers}

    @pytest.mark.parametrize("target", ["?timeout=soon", "?pretty=maybe", "?a=%zz"])
    def test_what_is_wrong_with_the_request_is_not_looked_at(self, target: str) -> None:
        """The fault came before."""
        assert struck(faults.no_master(), "8.19", STOP + target).status == 503

    @pytest.mark.parametrize("fault", [faults.no_master(), faults.error(500, "exception", "x")], ids=repr)
    def test_it_is_elasticsearch_that_speaks(self, fault: faults.Fault) -> None:
        """The product's header is there, which clients look for; and in 9.x the exception's class."""
        assert ("X-elastic-product", "Elasticsearch") in struck(fault, "8.19").headers
        assert "X-Elastic-App-Exception" in dict(struck(fault, "9").headers)

    @pytest.mark.parametrize(
        ("fault", "status", "title"),
        [
            (faults.bad_gateway(), 502, b"502 Bad Gateway"),
            (faults.service_unavailable(), 503, b"503 Service Temporarily Unavailable"),
            (faults.gateway_timeout(), 504, b"504 Gateway Time-out"),
        ],
        ids=repr,
    )
    @pytest.mark.parametrize("version", ["6.8", "9"])
    def test_a_proxy_says_nothing_of_elasticsearch(
        self, fault: faults.Fault, status: int, title: bytes, version: str
    ) -> None:
        """A page of HTML, whatever the version and the media types."""
        reply = struck(fault, version, f"{STOP}?pretty")
        assert (reply.status, reply.headers) == (status, (("Server", "nginx"), ("Content-Type", "text/html")))
        assert reply.body == (
            b"<html>\r\n<head><title>"
            + title
            + b"</title></head>\r\n<body>\r\n<center><h1>"
            + title
            + b"</h1></center>"
            b"\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
        )
