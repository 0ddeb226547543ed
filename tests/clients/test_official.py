"""The official clients against a cluster of their own line, and against one without a version."""

from __future__ import annotations

import asyncio
import warnings
from typing import TYPE_CHECKING, Any

import elasticsearch7
import elasticsearch8
import elasticsearch9
import pytest

from pytest_rollup_fake import NEVER, polls
from tests.clients.official import (
    ROLLUP_IS_DEPRECATED,
    Official,
    each_client,
    ignore_rollup_warning,
    summary,
    with_and_without_a_version,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_rollup_fake import MakeRollupCluster, RollupCluster

TIMED_OUT = r"Timed out after \[10s\] while waiting for rollup job \[sensor\] to stop\. State was \[STOPPING\]"


@pytest.fixture
def cluster(make_rollup_cluster: MakeRollupCluster, official: Official, *, has_version: bool) -> RollupCluster:
    """Give a cluster of the client's own line, or one without a version."""
    return make_rollup_cluster(official.line if has_version else None)


@pytest.fixture
def client(cluster: RollupCluster, official: Official) -> Iterator[Any]:
    """Give a client of the cluster, past its product check."""
    with official.connect(cluster.url) as client:
        client.info()
        yield client


@each_client
@with_and_without_a_version
@ignore_rollup_warning
class TestEachClient:
    """What a client can do in either cluster."""

    def test_it_stops_a_job(self, cluster: RollupCluster, client: Any) -> None:
        """The answer arrives as the client's own response."""
        job = cluster.add_job("sensor")

        assert client.rollup.stop_job(id="sensor")["stopped"] is True

        assert job.state == "stopped"

    def test_it_may_stop_a_job_again(self, cluster: RollupCluster, client: Any) -> None:
        """A stop of a stopped job succeeds too."""
        cluster.add_job("sensor", state="stopped")

        assert client.rollup.stop_job(id="sensor")["stopped"] is True

    def test_it_waits_for_a_slow_job(self, cluster: RollupCluster, client: Any) -> None:
        """The stop is answered once the job has stopped, in fake time."""
        cluster.add_job("sensor", state="indexing", stop_delay="5s")

        assert client.rollup.stop_job(id="sensor", wait_for_completion=True, timeout="10s")["stopped"] is True

        assert 5 <= (cluster.requests.last.waited or 0) < 10

    def test_a_missing_job_is_its_not_found_error(
        self, cluster: RollupCluster, client: Any, official: Official
    ) -> None:
        """The exception carries the status and Elasticsearch's own words."""
        with pytest.raises(official.not_found, match=r"Task for Rollup Job \[sensor\] not found") as error:
            client.rollup.stop_job(id="sensor")

        assert error.value.status_code == 404  # type: ignore[attr-defined]
        assert len(cluster.requests.to("stop")) == 1

    def test_a_timeout_is_its_error(self, cluster: RollupCluster, client: Any, official: Official) -> None:
        """Up to 8.x it is a 500; in 9.x a 429, which the client sends again three times by itself."""
        job = cluster.add_job("sensor", state="indexing", stop_delay="5m")

        with pytest.raises(official.api_error, match=TIMED_OUT) as error:
            client.rollup.stop_job(id="sensor", wait_for_completion=True, timeout="10s")

        assert error.value.status_code == official.timeout_status  # type: ignore[attr-defined]
        assert [request.waited for request in job.stop_requests] == [10.0] * official.timeout_requests
        assert job.state == "stopping"

    def test_it_polls_until_the_job_has_stopped(self, cluster: RollupCluster, client: Any) -> None:
        """Get Jobs shows the job as long as the test wants it to be stopping."""
        cluster.add_job("sensor", state="indexing", stop_delay=polls(2))
        client.rollup.stop_job(id="sensor")

        shown = [client.rollup.get_jobs(id="sensor")["jobs"][0]["status"]["job_state"] for _ in range(3)]

        assert shown == ["stopping", "stopping", "stopped"]

    def test_it_lists_all_jobs(self, cluster: RollupCluster, client: Any) -> None:
        """The id `_all` means every job, and a missing one is an empty list."""
        cluster.add_job("sensor")
        cluster.add_job("clicks")

        assert {job["config"]["id"] for job in client.rollup.get_jobs(id="_all")["jobs"]} == {"clicks", "sensor"}
        assert client.rollup.get_jobs(id="missing")["jobs"] == []

    def test_it_learns_the_version_of_its_line(self, client: Any, official: Official) -> None:
        """Without a version the cluster is one of the client's own line."""
        assert f"{client.info()['version']['number']}.".startswith(f"{official.line}.")

    def test_it_pings(self, cluster: RollupCluster, client: Any) -> None:
        """A ping is a HEAD request."""
        assert client.ping() is True
        assert (cluster.requests.last.method, cluster.requests.last.path) == ("HEAD", "/")


@each_client
@with_and_without_a_version
class TestBeginning:
    """What a client does before anything else."""

    @ignore_rollup_warning
    def test_the_product_check_is_passed(self, cluster: RollupCluster, official: Official) -> None:
        """The clients of 7.x ask for `GET /`, later ones look at a header of the first answer."""
        cluster.add_job("sensor")

        with official.connect(cluster.url) as client:
            client.rollup.stop_job(id="sensor")
            client.rollup.stop_job(id="sensor")

        check = [("GET", "/", 200, "answered")] if official.checks_product else []
        assert summary(cluster.requests) == [*check, *2 * [("POST", "/_rollup/job/sensor/_stop", 200, "answered")]]

    def test_the_only_warnings_are_known(self, cluster: RollupCluster, official: Official) -> None:
        """They are those that Elasticsearch or the client itself causes."""
        cluster.add_job("sensor")

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            with official.connect(cluster.url) as client:
                client.info()
                client.ping()
                client.rollup.stop_job(id="sensor")
                client.rollup.get_jobs(id="sensor")

        assert {warning.category.__name__ for warning in caught} == official.own_warnings


class TestWarnings:
    """What Elasticsearch warns about reaches the user as the client's warning."""

    @pytest.mark.parametrize("version", ["9", None])
    @pytest.mark.parametrize("call", ["stop_job", "get_jobs"])
    def test_rollup_is_deprecated_in_9(self, make_rollup_cluster: MakeRollupCluster, version: str, call: str) -> None:
        """Every rollup call says so."""
        cluster = make_rollup_cluster(version, jobs=["sensor"])

        with (
            elasticsearch9.Elasticsearch(cluster.url) as client,
            pytest.warns(elasticsearch9.ElasticsearchWarning, match=ROLLUP_IS_DEPRECATED),
        ):
            getattr(client.rollup, call)(id="sensor")

    def test_the_error_of_9_carries_the_warning_too(self, rollup_cluster: RollupCluster) -> None:
        """The client raises before it would warn; the header is among those of the error."""
        with (
            elasticsearch9.Elasticsearch(rollup_cluster.url) as client,
            pytest.raises(elasticsearch9.NotFoundError) as error,
        ):
            client.rollup.stop_job(id="sensor")

        assert ROLLUP_IS_DEPRECATED in error.value.meta.headers["warning"]

    @pytest.mark.rollup_cluster(version="7.17", security="unset", jobs=["sensor"])
    def test_security_that_was_left_unset_in_7(self, rollup_cluster: RollupCluster) -> None:
        """A cluster of 7.13 to 7.17 whose settings say nothing of security warns in every answer."""
        with (
            elasticsearch7.Elasticsearch(rollup_cluster.url) as client,
            pytest.warns(elasticsearch7.exceptions.ElasticsearchWarning, match="security features are not enabled"),
        ):
            client.rollup.stop_job(id="sensor")


class TestOtherLines:
    """A client of one major against a cluster of another, as during an upgrade."""

    @pytest.mark.rollup_cluster(version="8.19", jobs=["sensor"])
    def test_a_client_of_7_speaks_to_8(self, rollup_cluster: RollupCluster) -> None:
        """It sends no vendor media type, so it is answered as anybody."""
        with elasticsearch7.Elasticsearch(rollup_cluster.url) as client:
            assert client.rollup.stop_job(id="sensor") == {"stopped": True}

    @pytest.mark.rollup_cluster(version="9", jobs=["sensor"])
    @ignore_rollup_warning
    def test_a_client_of_8_speaks_to_9(self, rollup_cluster: RollupCluster) -> None:
        """A cluster answers in the language of the major before its own."""
        with elasticsearch8.Elasticsearch(rollup_cluster.url) as client:
            answer = client.rollup.stop_job(id="sensor")

        assert answer.meta.headers["content-type"] == "application/vnd.elasticsearch+json;compatible-with=8"

    @pytest.mark.rollup_cluster(version="8.19", jobs=["sensor"])
    def test_a_client_of_9_is_refused_by_8(self, rollup_cluster: RollupCluster) -> None:
        """A cluster does not know the language of the major after its own."""
        with (
            elasticsearch9.Elasticsearch(rollup_cluster.url) as client,
            pytest.raises(elasticsearch9.BadRequestError, match="media_type_header_exception"),
        ):
            client.rollup.stop_job(id="sensor")

        assert rollup_cluster.jobs["sensor"].state == "started"

    @pytest.mark.rollup_cluster(version="7.10", jobs=["sensor"])
    def test_a_client_of_8_does_not_take_7_10_for_elasticsearch(self, rollup_cluster: RollupCluster) -> None:
        """A cluster that is older than 7.14 does not send the header by which clients know the product."""
        with (
            elasticsearch8.Elasticsearch(rollup_cluster.url) as client,
            pytest.raises(elasticsearch8.UnsupportedProductError),
        ):
            client.rollup.stop_job(id="sensor")


class TestSettings:
    """Settings of the client that people change when stops take long."""

    @pytest.mark.rollup_cluster(version="9", jobs={"sensor": {"state": "indexing", "stop_delay": NEVER}})
    @ignore_rollup_warning
    def test_without_retries_a_timeout_of_9_is_one_request(self, rollup_cluster: RollupCluster) -> None:
        """`max_retries=0` turns the client's own retries off."""
        with (
            elasticsearch9.Elasticsearch(rollup_cluster.url, max_retries=0) as client,
            pytest.raises(elasticsearch9.ApiError, match=TIMED_OUT),
        ):
            client.rollup.stop_job(id="sensor", wait_for_completion=True, timeout="10s")

        assert len(rollup_cluster.requests.to("stop")) == 1

    @each_client
    @ignore_rollup_warning
    def test_compression_works_both_ways(self, rollup_cluster: RollupCluster, official: Official) -> None:
        """A client that asks for gzip gets it and reads it."""
        rollup_cluster.add_job("sensor")

        with official.connect(rollup_cluster.url, http_compress=True) as client:
            assert len(client.rollup.get_jobs(id="_all")["jobs"]) == 1

        assert "gzip" in rollup_cluster.requests.last.headers["accept-encoding"]


@each_client
@with_and_without_a_version
@ignore_rollup_warning
class TestEachAsyncClient:
    """The asynchronous twin of each client, on an event loop of the test's own."""

    def test_it_stops_a_job(self, cluster: RollupCluster, official: Official) -> None:
        """Stop, repeat, look and ping."""
        job = cluster.add_job("sensor")

        async def main() -> None:
            async with official.connect_async(cluster.url) as client:
                assert (await client.rollup.stop_job(id="sensor"))["stopped"] is True
                assert (await client.rollup.stop_job(id="sensor", wait_for_completion=True))["stopped"] is True
                [shown] = (await client.rollup.get_jobs(id="sensor"))["jobs"]
                assert shown["status"]["job_state"] == "stopped"
                assert await client.ping() is True

        asyncio.run(main())
        assert job.state == "stopped"

    def test_a_missing_job_is_its_not_found_error(self, cluster: RollupCluster, official: Official) -> None:
        """The exception is the same as the synchronous client's."""

        async def main() -> None:
            async with official.connect_async(cluster.url) as client:
                with pytest.raises(official.not_found, match=r"Task for Rollup Job \[sensor\] not found"):
                    await client.rollup.stop_job(id="sensor")

        asyncio.run(main())

    def test_a_timeout_is_its_error(self, cluster: RollupCluster, official: Official) -> None:
        """Here too the client for 9.x sends the 429 again three times by itself."""
        job = cluster.add_job("sensor", state="indexing", stop_delay="5m")

        async def main() -> None:
            async with official.connect_async(cluster.url) as client:
                with pytest.raises(official.api_error, match=TIMED_OUT):
                    await client.rollup.stop_job(id="sensor", wait_for_completion=True, timeout="10s")

        asyncio.run(main())
        assert [request.waited for request in job.stop_requests] == [10.0] * official.timeout_requests
