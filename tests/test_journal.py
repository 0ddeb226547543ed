"""What the journal says, and when."""

from __future__ import annotations

import asyncio
import http.client
import socket
from typing import TYPE_CHECKING, Any

import pytest

from pytest_rollup_fake import NEVER, RollupCluster
from tests.calling import WAITING, Background, ask, stop

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def cluster() -> Iterator[RollupCluster]:
    """Give a cluster with one job whose time stands still."""
    with RollupCluster(clock="manual") as cluster:
        cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
        yield cluster


def raw(cluster: RollupCluster, target: str = f"/_rollup/job/sensor/_stop?{WAITING}") -> socket.socket:
    """Send a stop from a bare socket."""
    client = socket.create_connection((cluster.host, cluster.port), timeout=10)
    client.sendall(f"POST {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    return client


class TestEntry:
    """A request, recorded."""

    def test_has_what_was_sent_and_what_came_of_it(self, cluster: RollupCluster) -> None:
        """Facts, not responses: the request, its effect and its answer."""
        stop(cluster, "sensor", "wait_for_completion=false&timeout=500ms")
        entry = cluster.requests.last
        assert (entry.method, entry.path) == ("POST", "/_rollup/job/sensor/_stop")
        assert entry.query == {"wait_for_completion": "false", "timeout": "500ms"}
        assert (entry.endpoint, entry.job, str(entry.version)) == ("stop", "sensor", "8.19.21")
        assert (entry.wait_for_completion, entry.timeout) == (False, 0.5)
        assert (entry.state_before, entry.state_after, entry.effect) == ("indexing", "stopping", "applied")
        assert (entry.status, entry.response, entry.outcome) == (200, {"stopped": True}, "answered")
        assert (entry.received_at, entry.answered_at, entry.waited) == (0.0, 0.0, 0.0)
        assert entry.headers["HOST"] == f"{cluster.host}:{cluster.port}"
        assert (entry.body, entry.json) == (b"", None)

    @pytest.mark.parametrize("coding", ["gzip", "deflate"])
    def test_shows_an_answer_that_was_sent_compressed(self, cluster: RollupCluster, coding: str) -> None:
        """As it was before."""
        with socket.create_connection((cluster.host, cluster.port), timeout=10) as client:
            client.sendall(f"GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: {coding}\r\n\r\n".encode())
            assert f"content-encoding: {coding}".encode() in client.recv(65536)

        assert cluster.requests.last.response["cluster_name"] == "elasticsearch"

    def test_of_a_refused_request_has_no_effect(self, cluster: RollupCluster) -> None:
        """What the endpoint never saw has changed nothing."""
        stop(cluster, "sensor", "timeout=soon")
        assert (cluster.requests.last.status, cluster.requests.last.effect) == (400, None)

    def test_that_was_compressed_is_read_all_the_same(self, cluster: RollupCluster) -> None:
        """Clients such as requests ask for compressed answers."""
        for encoding in ("gzip", "deflate"):
            client = http.client.HTTPConnection(cluster.host, cluster.port, timeout=10)
            client.request("POST", "/_rollup/job/sensor/_stop", headers={"Accept-Encoding": encoding})
            assert client.getresponse().getheader("content-encoding") == encoding
            client.close()
            assert cluster.requests.last.response == {"stopped": True}

    def test_tells_how_long_it_took_in_real_time(self, cluster: RollupCluster) -> None:
        """Beside `waited`, which is fake time."""
        with Background(stop, cluster, "sensor", WAITING):
            entry = cluster.wait_for_request()
            assert entry.took is None
            cluster.jobs["sensor"].set_state("stopped")
        assert entry.took is not None
        assert 0 < entry.took < 60

    def test_shows_itself_in_one_line(self, cluster: RollupCluster) -> None:
        """As a failed assertion needs it."""
        stop(cluster, "sensor")
        assert repr(cluster.requests.last) == "<#2 POST /_rollup/job/sensor/_stop answered 200>"

    def test_keeps_credentials_to_itself(self, cluster: RollupCluster) -> None:
        """Headers that authorise are not shown."""
        with socket.create_connection((cluster.host, cluster.port), timeout=10) as client:
            client.sendall(b"GET / HTTP/1.1\r\nAuthorization: Basic c2VjcmV0\r\n\r\n")
            client.recv(4096)
        assert "c2VjcmV0" not in repr(cluster.requests.last.headers)
        assert cluster.requests.last.headers["authorization"] == "Basic c2VjcmV0"

    def test_body_that_is_no_json(self, cluster: RollupCluster) -> None:
        """It is there as bytes; as JSON it is an error."""
        with socket.create_connection((cluster.host, cluster.port), timeout=10) as client:
            client.sendall(b"GET / HTTP/1.1\r\nContent-Length: 3\r\n\r\n{a}")
            client.recv(4096)
        assert cluster.requests.last.body == b"{a}"
        with pytest.raises(ValueError, match="property name"):
            _ = cluster.requests.last.json


class TestRequests:
    """The journal as a sequence."""

    def test_is_a_snapshot_of_live_entries(self, cluster: RollupCluster) -> None:
        """The sequence stays as it was, its entries go on until their outcome is final."""
        before = cluster.requests
        with Background(stop, cluster, "sensor", WAITING):
            entry = cluster.wait_for_request()
            assert (len(before), entry.outcome, entry.parked) == (0, "pending", True)
            cluster.jobs["sensor"].set_state("stopped")
            assert (entry.outcome, entry.parked) == ("answered", False)

    def test_filters_by_endpoint_and_job(self, cluster: RollupCluster) -> None:
        """Several endpoints, all of them, and only those for one job."""
        stop(cluster, "sensor")
        stop(cluster, "other")
        ask(cluster, "GET", "/_rollup/job/sensor")
        ask(cluster, "GET", "/")
        requests = cluster.requests
        assert [entry.endpoint for entry in requests] == ["stop", "stop", "get", "info"]
        assert [entry.job for entry in requests.to("stop")] == ["sensor", "other"]
        assert [entry.endpoint for entry in requests.to("stop", "get", job="sensor")] == ["stop", "get"]
        assert len(requests.to(job="other")) == 1
        assert requests.to() == requests

    def test_of_a_misspelt_endpoint_is_an_error(self, cluster: RollupCluster) -> None:
        """Else `not requests.to("dlete")` would be green for ever."""
        pattern = r"'stpo' \(did you mean 'stop'\?\); the endpoints are .*custom, delete, .*start, stop, .*unfaked"
        with pytest.raises(ValueError, match=pattern):
            cluster.requests.to("stpo")

    @pytest.mark.parametrize("endpoints", [["stop", "delete"], ("stop",), None])
    def test_of_several_endpoints_in_one_is_an_error(self, cluster: RollupCluster, endpoints: Any) -> None:
        """They are given one by one."""
        with pytest.raises(TypeError, match=r"to\('stop', 'delete'\), not "):
            cluster.requests.to(endpoints)

    def test_one_that_there_is_not_is_told_with_those_that_there_are(self, cluster: RollupCluster) -> None:
        """It is an index error, as of any sequence."""
        with pytest.raises(IndexError, match=r"no requests\[0\]: <no requests>"):
            _ = cluster.requests[0]
        stop(cluster, "sensor")
        with pytest.raises(IndexError, match=r"no requests\[3\]: <1 request: #2 stop sensor 200>"):
            _ = cluster.requests[3]
        assert list(cluster.requests) == [cluster.requests[-1]]

    def test_slices_are_of_its_own_type(self, cluster: RollupCluster) -> None:
        """So that they can be filtered further."""
        stop(cluster, "sensor")
        ask(cluster, "GET", "/")
        assert [entry.endpoint for entry in cluster.requests[:1].to("stop")] == ["stop"]
        assert cluster.requests[-1] is cluster.requests.last

    def test_last_of_nothing_says_so(self, cluster: RollupCluster) -> None:
        """Not an index error."""
        with pytest.raises(LookupError, match="no request has reached the cluster"):
            _ = cluster.requests.last

    def test_compares_with_lists(self, cluster: RollupCluster) -> None:
        """Entry by entry; nothing else is equal to it."""
        stop(cluster, "sensor")
        assert cluster.requests == [cluster.requests.last]
        assert cluster.requests != [1]
        assert cluster.requests != "requests"

    def test_show_themselves_in_one_line(self, cluster: RollupCluster) -> None:
        """It is what pytest shows of a failed assertion; what repeats is said once."""
        assert repr(cluster.requests) == "<no requests>"
        stop(cluster, "sensor")
        for _ in range(3):
            ask(cluster, "GET", "/")
        stop(cluster, "other")
        assert repr(cluster.requests) == "<5 requests: #2 stop sensor 200, #4 GET / 200 × 3, #7 stop other 404>"
        assert repr(cluster.requests[:1]) == "<1 request: #2 stop sensor 200>"

    def test_that_were_looked_for_in_vain_show_what_there_was(self, cluster: RollupCluster) -> None:
        """One of them may have been meant."""
        assert repr(cluster.requests.to("delete")) == "<no requests to 'delete'; there are none at all>"
        stop(cluster, "sensro")
        found = cluster.requests.to("stop", job="sensor")
        assert repr(found) == "<no requests to 'stop' for job 'sensor'; there are 1: #2 stop sensro 404>"


class TestOutcome:
    """Nothing reaches the client before the journal says so."""

    def test_my_call_returned_so_its_entry_is_complete(self, cluster: RollupCluster) -> None:
        """Without waiting, every time."""
        for _ in range(200):
            stop(cluster, "sensor")
            assert cluster.requests.last.outcome == "answered"

    def test_my_client_closed_so_it_is_abandoned(self, cluster: RollupCluster) -> None:
        """Seen at once when the journal is read; the stop itself goes on."""
        for _ in range(50):
            client = raw(cluster)
            cluster.wait_for_request(parked=True)
            client.close()
            assert (cluster.requests.last.outcome, cluster.requests.last.status) == ("abandoned", None)
        assert cluster.jobs["sensor"].state == "stopping"
        assert cluster.clock.advance("1m") == []

    def test_a_client_that_left_is_waited_for(self, cluster: RollupCluster) -> None:
        """`outcome="abandoned"` is something to wait for."""
        client = raw(cluster)
        cluster.wait_for_request(parked=True)
        with Background(cluster.wait_for_request, "stop") as call:
            assert call.result() is not None
        with Background(lambda: cluster.wait_for_request(outcome="abandoned")) as call:
            client.close()
            assert call.result().outcome == "abandoned"

    def test_stopping_the_cluster_cuts_what_waits(self, cluster: RollupCluster) -> None:
        """The client gets no answer."""
        with raw(cluster) as client:
            cluster.wait_for_request(parked=True)
            cluster.stop()
            assert cluster.requests.last.outcome == "cut"
            assert client.recv(4096) == b""

    def test_a_reset_cuts_what_waits_and_forgets_it(self, cluster: RollupCluster) -> None:
        """The connection is closed, the entry of the old journal says why."""
        with raw(cluster) as client:
            entry = cluster.wait_for_request(parked=True)
            cluster.reset()
            assert entry.outcome == "cut"
            assert client.recv(4096) == b""
        assert not cluster.requests

    def test_an_answer_that_nobody_reads_is_answered(self, cluster: RollupCluster) -> None:
        """Answered means handed to the kernel."""
        with raw(cluster):
            cluster.wait_for_request(parked=True)
            [released] = cluster.clock.advance("30s")
            assert released.outcome == "answered"


class TestWaitForRequest:
    """Waiting for a request in real time."""

    def test_returns_each_request_once_for_each_combination_of_filters(self, cluster: RollupCluster) -> None:
        """Oldest first; another combination begins anew."""
        stop(cluster, "sensor")
        stop(cluster, "other")
        assert [cluster.wait_for_request("stop").job for _ in range(2)] == ["sensor", "other"]
        assert cluster.wait_for_request("stop", job="other").job == "other"
        with pytest.raises(TimeoutError):
            cluster.wait_for_request("stop", timeout=0)

    def test_returns_each_request_once_to_several_threads(self, cluster: RollupCluster) -> None:
        """Whoever waits for the same shares what arrives."""
        for _ in range(20):
            calls = [Background(cluster.wait_for_request, "stop") for _ in range(4)]
            for call in calls:
                call.__enter__()
            for _ in calls:
                stop(cluster, "sensor")
            assert len({call.result().number for call in calls}) == 4

    def test_returns_a_list_for_a_count(self, cluster: RollupCluster) -> None:
        """With `count=1` it is one request."""
        stop(cluster, "sensor")
        ask(cluster, "GET", "/")
        found = cluster.wait_for_request(["stop", "info"], count=2)
        assert [entry.endpoint for entry in found] == ["stop", "info"]

    def test_is_bounded_and_lists_what_has_arrived(self, cluster: RollupCluster) -> None:
        """The error names the filters and shows the near misses."""
        stop(cluster, "other")
        pattern = (
            r"waited 1ms \(real time\) .* with on='stop', job='sensor'; what has arrived: <1 request: #2 stop other"
        )
        with pytest.raises(TimeoutError, match=pattern):
            cluster.wait_for_request("stop", job="sensor", timeout="1ms")

    def test_says_what_was_returned_already(self, cluster: RollupCluster) -> None:
        """It has arrived, but a wait with the same filters had it; one with others has not."""
        stop(cluster, "sensor")
        ask(cluster, "GET", "/")
        number = cluster.wait_for_request("info").number
        with pytest.raises(TimeoutError, match=rf"waits with the same filters have returned #{number} already"):
            cluster.wait_for_request("info", timeout=0)
        with pytest.raises(TimeoutError, match=r"waited 0 s .*with on=\['info', 'stop'\]; what has arrived: <[^>]*>$"):
            cluster.wait_for_request(["info", "stop"], timeout=0, count=3)

    @pytest.mark.parametrize(
        ("filters", "error", "message"),
        [
            ({"on": "stpo"}, ValueError, "unknown endpoint 'stpo'"),
            ({"on": 5}, TypeError, "endpoints are texts, .* not 5"),
            ({"outcome": "gone"}, ValueError, "unknown outcome 'gone'; the outcomes are pending, answered, lost, "),
            ({"count": 0}, ValueError, "count is a whole number of at least 1"),
            ({"timeout": -1}, ValueError, "timeout must not be negative"),
            ({"timeout": "soon"}, ValueError, "timeout must be a whole number with one of the units"),
        ],
    )
    def test_bad_filters(self, cluster: RollupCluster, filters: Any, error: type[Exception], message: str) -> None:
        """They are refused at once."""
        with pytest.raises(error, match=message):
            cluster.wait_for_request(**filters)

    @pytest.mark.parametrize("mode", ["skipping", "running"])
    def test_a_clock_that_never_parks(self, mode: str) -> None:
        """`parked=True` names the clock that does."""
        with pytest.raises(ValueError, match=f"a {mode} clock never parks a request; use clock='manual'"):
            RollupCluster(clock=mode).wait_for_request(parked=True)

    def test_in_an_event_loop_names_its_twin(self, cluster: RollupCluster) -> None:
        """It raises at once, unless there is nothing to wait for."""

        async def wait() -> None:
            stop(cluster, "sensor")
            cluster.wait_for_request("stop")
            cluster.wait_for_request("stop")

        with pytest.raises(RuntimeError, match="wait_for_request_async"):
            asyncio.run(wait())

    def test_its_twin_does_not_block_the_loop(self, cluster: RollupCluster) -> None:
        """The request may come from the same loop, and so may the advance."""

        async def client() -> bytes:
            reader, writer = await asyncio.open_connection(cluster.host, cluster.port)
            writer.write(f"POST /_rollup/job/sensor/_stop?{WAITING} HTTP/1.1\r\n\r\n".encode())
            line = await reader.readline()
            writer.close()
            await writer.wait_closed()
            return line

        async def scenario() -> bytes:
            call = asyncio.create_task(client())
            await cluster.wait_for_request_async("stop", parked=True)
            cluster.clock.advance("30s")
            return await call

        assert asyncio.run(scenario()) == b"HTTP/1.1 500 Internal Server Error\r\n"

    def test_its_twin_is_bounded(self, cluster: RollupCluster) -> None:
        """With the same error."""
        with pytest.raises(TimeoutError, match=r"waited 10ms \(real time\)"):
            asyncio.run(cluster.wait_for_request_async(timeout="10ms"))
