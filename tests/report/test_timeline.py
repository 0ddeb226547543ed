"""A cluster's story as plain values."""

from __future__ import annotations

import dataclasses
import http.client
import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from pytest_rollup_fake import NEVER, RollupCluster
from pytest_rollup_fake.report.timeline import NoteEntry, RequestEntry, SkipEntry, StateEntry, read_timeline
from tests.calling import WAITING, Background, ask, stop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_rollup_fake.report.timeline import Entry


@pytest.fixture
def cluster() -> Iterator[RollupCluster]:
    """Give a cluster whose time stands still."""
    with RollupCluster("7.17", clock="manual", strict=False) as cluster:
        yield cluster


def send(cluster: RollupCluster, method: str, path: str, **what: Any) -> None:
    """Send a request with a body and headers."""
    with closing(http.client.HTTPConnection(cluster.host, cluster.port, timeout=10)) as connection:
        connection.request(method, path, **what)
        connection.getresponse().read()


def brief(entry: Entry) -> str:
    """Return an entry in a few words."""
    match entry:
        case RequestEntry():
            return f"{entry.at:g} {entry.endpoint} {entry.job} {entry.status} {entry.outcome}"
        case StateEntry():
            return f"{entry.at:g} {entry.job}/{entry.incarnation} {entry.state}{' gone' if entry.gone else ''}"
        case SkipEntry():
            return f"{entry.at:g} skip to {entry.to:g}"
        case NoteEntry():
            return f"{entry.at:g} {entry.text}"


def story(cluster: RollupCluster) -> list[str]:
    """Return a cluster's entries in a few words each."""
    return [brief(entry) for entry in read_timeline(cluster).entries]


def requests_of(cluster: RollupCluster) -> list[RequestEntry]:
    """Return the requests of a cluster's story."""
    return [entry for entry in read_timeline(cluster).entries if isinstance(entry, RequestEntry)]


class TestLatest:
    """For who looks again and again: the end of the story."""

    def test_has_the_latest_requests_and_what_happened_since(self, cluster: RollupCluster) -> None:
        """And the state that a job had before."""
        cluster.add_job("sensor")
        cluster.add_job("gone").remove()
        cluster.clock.advance(1)
        for path in ("a", "b", "sensor"):
            cluster.clock.advance(1)
            send(cluster, "POST", f"/_rollup/job/{path}/_stop")

        told = [brief(entry) for entry in read_timeline(cluster, latest=2).entries]
        assert told == [
            "0 sensor/1 started",
            "2 skip to 3",
            "3 stop b 404 answered",
            "3 skip to 4",
            "4 stop sensor 200 answered",
            "4 sensor/1 stopped",
        ]

    def test_has_all_if_that_is_not_more(self, cluster: RollupCluster) -> None:
        """Then nothing is left out."""
        cluster.add_job("gone").remove()
        send(cluster, "POST", "/_rollup/job/gone/_stop")
        assert read_timeline(cluster, latest=1) == read_timeline(cluster)

    def test_has_no_more_jobs_than_that_either(self, cluster: RollupCluster) -> None:
        """Those that changed last, and a second one of an id is still the second."""
        for id_ in ("a", "b", "c"):
            cluster.add_job(id_)
        cluster.remove_job("a")
        cluster.add_job("a")
        entries = read_timeline(cluster, latest=2).entries
        assert [brief(entry) for entry in entries] == ["0 a/1 started", "0 a/1 aborting gone", "0 a/2 started"]


class TestEntries:
    """What is told, in which order."""

    def test_requests_and_states_and_skips_are_in_order(self, cluster: RollupCluster) -> None:
        """By instant, and by number where time stands still."""
        cluster.add_job("sensor", state="indexing", stop_delay="5s")
        stop(cluster, "sensor")
        cluster.clock.advance("5s")
        stop(cluster, "other")

        assert story(cluster) == [
            "0 sensor/1 indexing",
            "0 stop sensor 200 answered",
            "0 sensor/1 stopping",
            "0 skip to 5",
            "5 sensor/1 stopped",
            "5 stop other 404 answered",
        ]

    def test_jobs_that_are_gone_are_told_of_too(self, cluster: RollupCluster) -> None:
        """Also one that no node ran, and one of the same id that came later is another one."""
        cluster.add_job("sensor")
        cluster.remove_job("sensor")
        cluster.add_job("sensor").unassign()
        cluster.remove_job("sensor")

        assert story(cluster) == [
            "0 sensor/1 started",
            "0 sensor/1 aborting gone",
            "0 sensor/2 started",
            "0 sensor/2 aborting",
            "0 sensor/2 aborting gone",
        ]

    def test_a_request_that_waits_has_no_answer_yet(self, cluster: RollupCluster) -> None:
        """Afterwards it has, with how long that took in both kinds of time."""
        cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
        with Background(stop, cluster, "sensor", WAITING):
            cluster.wait_for_request("stop", parked=True)
            (before,) = requests_of(cluster)
            cluster.clock.advance("30s")
        (after,) = requests_of(cluster)

        assert (before.outcome, before.parked, before.status, before.waited, before.answered_at) == (
            ("pending", True, None, None, None)
        )
        assert (after.outcome, after.parked, after.status, after.waited, after.answered_at) == (
            ("answered", False, 500, 30, 30)
        )
        assert after.took is not None
        assert "Timed out after [30s]" in after.reason

    def test_after_a_reset_there_is_nothing_to_tell(self, cluster: RollupCluster) -> None:
        """The story begins anew."""
        cluster.add_job("sensor")
        cluster.clock.advance(1)
        stop(cluster, "sensor")
        cluster.reset()

        assert story(cluster) == []


class TestValues:
    """What an entry is made of."""

    def test_the_story_is_what_json_can_say(self, cluster: RollupCluster) -> None:
        """Nothing of the cluster is in it, so it stays as it was."""
        cluster.add_job("sensor")
        stop(cluster, "sensor")
        timeline = read_timeline(cluster, ["found"])
        cluster.reset()

        told = json.loads(json.dumps(dataclasses.asdict(timeline)))
        assert [entry["kind"] for entry in told["entries"]] == ["state", "request", "state"]
        assert told["entries"][1]["response"] == '{"stopped":true}'
        assert (told["version"], told["versions"], told["clock"], told["findings"]) == (
            ("7.17.29", ["7.17.29"], "manual", ["found"])
        )

    def test_credentials_are_masked(self, cluster: RollupCluster) -> None:
        """A report is kept and sent around."""
        send(cluster, "GET", "/", headers={"Authorization": "Basic c2VjcmV0", "Cookie": "c2VjcmV0", "X-Mine": "seen"})

        (request,) = requests_of(cluster)
        assert "c2VjcmV0" not in repr(request)
        assert ("X-Mine", "seen") in request.headers
        assert ("Authorization", "***") in request.headers

    def test_long_bodies_are_cut(self, cluster: RollupCluster) -> None:
        """With a note of how much is missing."""
        send(cluster, "PUT", "/_rollup/job/sensor", body="x" * 5000)

        (request,) = requests_of(cluster)
        assert request.body == "x" * 4000 + "... (1,000 more characters)"

    @pytest.mark.parametrize(
        ("method", "path", "reason"),
        [
            ("POST", "/_rollup/job/other/_stop", "Task for Rollup Job [other] not found"),
            ("DELETE", "/_rollup/job/sensor", "Could not delete job [sensor] because indexer state is [STARTED]."),
            ("GET", "/nowhere/at/all/x", "no handler found for uri"),
            ("GET", "/_cat/indices", "is an API of Elasticsearch"),
        ],
    )
    def test_errors_say_what_they_are(self, cluster: RollupCluster, method: str, path: str, reason: str) -> None:
        """In whichever shape Elasticsearch says it."""
        cluster.add_job("sensor")
        ask(cluster, method, path)

        (request,) = requests_of(cluster)
        assert reason in request.reason
