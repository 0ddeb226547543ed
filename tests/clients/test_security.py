"""The official clients against a cluster with security, of their own line and without a version."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import elasticsearch7
import pytest
from elasticsearch7.exceptions import ElasticsearchWarning

from tests.clients.official import OFFICIAL, Official, each_client, ignore_rollup_warning, with_and_without_a_version

if TYPE_CHECKING:
    from pytest_rollup_fake import MakeRollupCluster, RollupCluster

DENIED = "action [cluster:admin/xpack/rollup/stop] is unauthorized for user [ops] with"
GRANTED = "this action is granted by the cluster privileges [manage_rollup,manage,all]"
ROLES = {"7.17": "roles [ops]", "8.19": "effective roles [ops]", "9": "effective roles [ops]"}

# The client of 7 looks for the product before its first request, and goes on where it is not allowed to.
ignore_unverified = pytest.mark.filterwarnings("ignore:The client is unable to verify that the server is Elasticsearch")


def password(official: Official, name: str, secret: str) -> dict[str, Any]:
    """Return the client's argument for a user's password."""
    return {"http_auth" if official.line == "7.17" else "basic_auth": (name, secret)}


def reason(official: Official, error: Any) -> str:
    """Return the reason that a client's exception holds."""
    body = error.info if official.line == "7.17" else error.body
    text: str = body["error"]["reason"]
    return text


@pytest.fixture
def cluster(make_rollup_cluster: MakeRollupCluster, official: Official, *, has_version: bool) -> RollupCluster:
    """Give a cluster with security and a user who may only look, of the client's own line or without a version."""
    cluster = make_rollup_cluster(official.line if has_version else None, security=True, jobs=["sensor"])
    cluster.security.add_user("ops", "secret", cluster=["monitor_rollup", "monitor"])
    return cluster


@each_client
@with_and_without_a_version
@ignore_rollup_warning
class TestPasswords:
    """A user's name and password."""

    def test_success(self, cluster: RollupCluster, official: Official) -> None:
        """The superuser stops a job."""
        with official.connect(cluster.url, **password(official, "elastic", "changeme")) as client:
            assert client.rollup.stop_job(id="sensor")["stopped"] is True
        assert {request.user for request in cluster.requests} == {"elastic"}

    def test_privileges(self, cluster: RollupCluster, official: Official) -> None:
        """A user does what it may, and gets the very text for the rest."""
        with official.connect(cluster.url, **password(official, "ops", "secret")) as client:
            assert len(client.rollup.get_jobs(id="sensor")["jobs"]) == 1
            with pytest.raises(official.package.AuthorizationException) as error:
                client.rollup.stop_job(id="sensor")

        assert reason(official, error.value) == f"{DENIED} {ROLES[official.line]}, {GRANTED}"
        assert cluster.jobs["sensor"].state == "started"

    @ignore_unverified
    def test_wrong_password(self, cluster: RollupCluster, official: Official) -> None:
        """It is the client's AuthenticationException."""
        with (
            official.connect(cluster.url, **password(official, "ops", "wrong")) as client,
            pytest.raises(official.package.AuthenticationException) as error,
        ):
            client.rollup.stop_job(id="sensor")

        uri = "/_rollup/job/sensor/_stop"
        assert reason(official, error.value) == f"unable to authenticate user [ops] for REST request [{uri}]"
        assert [request.status for request in cluster.requests.to("stop")] == [401]

    @ignore_unverified
    def test_no_password(self, cluster: RollupCluster, official: Official) -> None:
        """The same exception, with other words."""
        with (
            official.connect(cluster.url) as client,
            pytest.raises(official.package.AuthenticationException) as error,
        ):
            client.rollup.get_jobs(id="sensor")

        assert reason(official, error.value) == (
            "missing authentication credentials for REST request [/_rollup/job/sensor]"
        )

    @ignore_unverified
    def test_asynchronous(self, cluster: RollupCluster, official: Official) -> None:
        """The asynchronous client raises the same."""

        async def main() -> None:
            async with official.connect_async(cluster.url, **password(official, "ops", "wrong")) as client:
                with pytest.raises(official.package.AuthenticationException):
                    await client.rollup.stop_job(id="sensor")
            async with official.connect_async(cluster.url, **password(official, "elastic", "changeme")) as client:
                assert (await client.rollup.stop_job(id="sensor"))["stopped"] is True

        asyncio.run(main())


@pytest.mark.parametrize("official", OFFICIAL[1:], ids=str)
@with_and_without_a_version
@ignore_rollup_warning
class TestOtherCredentials:
    """API keys and tokens, which the clients of 8 and 9 send."""

    def test_api_key(self, cluster: RollupCluster, official: Official) -> None:
        """In both forms that a client takes."""
        key = cluster.security.add_api_key("k", "x", user="elastic", cluster=["manage_rollup"])
        for api_key in (key.encoded, (key.id, key.api_key)):
            with official.connect(cluster.url, api_key=api_key) as client:
                assert client.rollup.stop_job(id="sensor")["stopped"] is True

    def test_bad_api_key(self, cluster: RollupCluster, official: Official) -> None:
        """The exception says what was wrong with it."""
        key = cluster.security.add_api_key("k", "x", user="elastic")
        key.expire()
        with (
            official.connect(cluster.url, api_key=key.encoded) as client,
            pytest.raises(official.package.AuthenticationException) as error,
        ):
            client.rollup.stop_job(id="sensor")

        body = error.value.body["error"]
        assert body["additional_unsuccessful_credentials"] == "API key: api key is expired"
        assert body["header"] == {"WWW-Authenticate": ['Basic realm="security", charset="UTF-8"', "ApiKey"]}

    def test_api_key_without_the_privilege(self, cluster: RollupCluster, official: Official) -> None:
        """The text names the key."""
        key = cluster.security.add_api_key("k", "x", user="elastic", cluster=["monitor"])
        with (
            official.connect(cluster.url, api_key=key.encoded) as client,
            pytest.raises(official.package.AuthorizationException) as error,
        ):
            client.rollup.stop_job(id="sensor")

        assert reason(official, error.value) == (
            f"action [cluster:admin/xpack/rollup/stop] is unauthorized for API key id [k] of user [elastic], {GRANTED}"
        )

    def test_token(self, cluster: RollupCluster, official: Official) -> None:
        """One that is valid, and one that has run out."""
        token = cluster.security.add_token("t", user="elastic")
        with official.connect(cluster.url, bearer_auth="t") as client:
            assert client.rollup.stop_job(id="sensor")["stopped"] is True
            token.expire()
            with pytest.raises(official.package.AuthenticationException) as error:
                client.rollup.stop_job(id="sensor")

        assert reason(official, error.value) == "token expired"


@pytest.mark.rollup_cluster(version="7.17", security=True, jobs=["sensor"])
class TestProductCheckOf7:
    """`GET /` of the client of 7, which needs the privilege `monitor`."""

    def test_a_user_who_may_not_see_the_product(self, rollup_cluster: RollupCluster) -> None:
        """The client warns, and goes on."""
        rollup_cluster.security.add_user("ops", "secret", cluster=["manage_rollup"])
        with (
            elasticsearch7.Elasticsearch(rollup_cluster.url, http_auth=("ops", "secret")) as client,
            pytest.warns(ElasticsearchWarning, match="due security privileges on the server side"),
        ):
            assert client.rollup.stop_job(id="sensor") == {"stopped": True}

        assert [(request.path, request.status) for request in rollup_cluster.requests] == [
            ("/", 403),
            ("/_rollup/job/sensor/_stop", 200),
        ]

    def test_a_wrong_password(self, rollup_cluster: RollupCluster) -> None:
        """The same warning, and then the exception."""
        with (
            elasticsearch7.Elasticsearch(rollup_cluster.url, http_auth=("elastic", "wrong")) as client,
            pytest.warns(ElasticsearchWarning, match="due security privileges on the server side"),
            pytest.raises(elasticsearch7.AuthenticationException),
        ):
            client.rollup.stop_job(id="sensor")

        assert [request.status for request in rollup_cluster.requests] == [401, 401]
