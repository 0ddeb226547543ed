"""Users, API keys and tokens, from the user's side."""

from __future__ import annotations

import base64
import http.client
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from pytest_rollup_fake import NEVER, RollupCluster
from tests.calling import Answer, Background
from tests.calling import stop as stop_job

if TYPE_CHECKING:
    from pytest_rollup_fake import MakeRollupCluster

STOP = "/_rollup/job/sensor/_stop"
DENIED = "action [cluster:admin/xpack/rollup/stop] is unauthorized for user [ops]"
GRANTED = ", this action is granted by the cluster privileges [manage_rollup,manage,all]"


def ask(cluster: RollupCluster, method: str, path: str, authorization: str = "", **headers: str) -> Answer:
    """Send a request with an Authorization header, unless it is empty."""
    if authorization:
        headers["Authorization"] = authorization
    with closing(http.client.HTTPConnection(cluster.host, cluster.port, timeout=10)) as connection:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        text = response.read().decode()
        return Answer(response.status, text)


def basic(name: str, password: str) -> str:
    """Return what sends a password."""
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


class TestCluster:
    """`security=True` and `cluster.security`."""

    def test_the_superuser(self) -> None:
        """`elastic` with `changeme` is there, and may do everything; without credentials nobody gets in."""
        with RollupCluster(security=True, jobs=["sensor"]) as cluster:
            assert ask(cluster, "POST", STOP).status == 401
            assert cluster.jobs["sensor"].state == "started"
            assert ask(cluster, "POST", STOP, basic("elastic", "changeme")) == (200, '{"stopped":true}')
            assert [request.user for request in cluster.requests.to("stop")] == [None, "elastic"]

    def test_a_user_with_privileges(self) -> None:
        """What they grant is done, the rest is a 403."""
        with RollupCluster("8.19", security=True, jobs=["sensor"]) as cluster:
            cluster.security.add_user("ops", "secret", cluster=["monitor_rollup"])
            assert ask(cluster, "GET", "/_rollup/job/sensor", basic("ops", "secret")).status == 200
            status, text = ask(cluster, "POST", STOP, basic("ops", "secret"))
            assert (status, f"{DENIED} with effective roles [ops]{GRANTED}" in text) == (403, True)
            assert cluster.jobs["sensor"].state == "started"
            assert [request.user for request in cluster.requests] == ["ops", "ops"]

    def test_an_api_key(self) -> None:
        """`encoded` is what a client sends; it ends with `revoke`."""
        with RollupCluster(security=True, jobs=["sensor"]) as cluster:
            key = cluster.security.add_api_key("k1", "hunter2", user="elastic", cluster=["manage_rollup"])
            assert ask(cluster, "POST", STOP, f"ApiKey {key.encoded}").status == 200
            assert ask(cluster, "GET", "/", f"ApiKey {key.encoded}").status == 403
            key.revoke()
            assert ask(cluster, "POST", STOP, f"ApiKey {key.encoded}").status == 401

    def test_a_token_runs_out(self) -> None:
        """By fake time, so that no test waits for it."""
        with RollupCluster(security=True, clock="manual", jobs=["sensor"]) as cluster:
            cluster.security.add_token("t", user="elastic", expires_in="20m")
            assert ask(cluster, "POST", STOP, "Bearer t").status == 200
            cluster.clock.advance("20m")
            status, text = ask(cluster, "POST", STOP, "Bearer t")
            assert (status, '"reason":"token expired"' in text) == (401, True)

    def test_a_password_changes(self) -> None:
        """The old one is refused at once."""
        with RollupCluster(security=True) as cluster:
            cluster.security.set_password("elastic", "new")
            assert ask(cluster, "GET", "/", basic("elastic", "changeme")).status == 401
            assert ask(cluster, "GET", "/", basic("elastic", "new")).status == 200

    def test_a_user_vanishes_while_its_stop_waits(self) -> None:
        """Who was let in stays in for that request."""
        with RollupCluster(security=True, clock="manual") as cluster:
            cluster.add_job("sensor", state="indexing", stop_delay=NEVER)
            cluster.security.add_user("ops", "secret", cluster=["manage_rollup"])
            query = f"{STOP}?wait_for_completion=true&timeout=10s"
            with Background(ask, cluster, "POST", query, basic("ops", "secret")) as call:
                cluster.wait_for_request("stop", parked=True)
                cluster.security.remove_user("ops")
                cluster.jobs["sensor"].set_state("stopped")
                assert call.result().status == 200
            assert ask(cluster, "POST", STOP, basic("ops", "secret")).status == 401

    def test_reset(self) -> None:
        """Only the superuser is left, with its own password."""
        with RollupCluster(security=True) as cluster:
            cluster.security.add_user("ops", "secret", cluster=["all"])
            cluster.security.set_password("elastic", "new")
            cluster.reset()
            assert repr(cluster.security) == "<Security: users 'elastic'>"
            assert ask(cluster, "GET", "/", basic("elastic", "changeme")).status == 200

    @pytest.mark.parametrize(("version", "security"), [(None, None), ("9", None), ("6.8", "unset"), ("7.17", "unset")])
    def test_where_it_is_off(self, version: str | None, security: str | None) -> None:
        """Adding a user would change nothing, so there is nobody to add one to."""
        cluster = RollupCluster(version, security=security)
        with pytest.raises(RuntimeError, match=r"security is off in this cluster; turn it on with security=True"):
            _ = cluster.security

    @pytest.mark.parametrize(
        ("version", "security"), [(None, True), ("6.3", True), ("8.0", "unset"), ("9", "unset"), (None, "unset")]
    )
    def test_where_it_is_on(self, version: str | None, security: Any) -> None:
        """By wish or by the version's default; without a version some requests ask for it."""
        cluster = RollupCluster(version, security=security)
        cluster.security.add_user("ops", "secret")

    @pytest.mark.parametrize("security", [1, "on", "", "True"])
    def test_bad_settings(self, security: Any) -> None:
        """The error names those that there are."""
        with pytest.raises(
            ValueError, match=r"security must be True, None or False \(disabled\) or 'unset' \(the version's"
        ):
            RollupCluster(security=security)

    def test_false_is_off_as_none_is(self) -> None:
        """As with the other switches."""
        with RollupCluster("8.19", security=False, jobs=["sensor"]) as cluster:
            assert stop_job(cluster, "sensor").status == 200

    def test_endpoints_of_the_users_own(self) -> None:
        """They answer everybody."""
        with RollupCluster(security=True) as cluster:
            cluster.expect_request("/_security/_authenticate").respond_with_data("me")
            assert ask(cluster, "GET", "/_security/_authenticate") == (200, "me")


class TestWithoutAVersion:
    """Each request is answered as the line that its client was made for."""

    @pytest.mark.parametrize(
        ("path", "headers", "challenge", "denial"),
        [
            (
                "/_xpack/rollup/job/sensor/_stop",
                {},
                "missing authentication token for REST request [/_xpack/rollup/job/sensor/_stop]",
                DENIED,
            ),
            (
                STOP,
                {"user_agent": "elasticsearch-py/7.17.13"},
                f"missing authentication credentials for REST request [{STOP}]",
                f"{DENIED} with roles [r2,r1]{GRANTED}",
            ),
            (
                STOP,
                {"accept": "application/vnd.elasticsearch+json; compatible-with=9"},
                f"missing authentication credentials for REST request [{STOP}]",
                f"{DENIED} with effective roles [r1,r2]{GRANTED}",
            ),
        ],
    )
    def test_texts(self, path: str, headers: dict[str, str], challenge: str, denial: str) -> None:
        """Those of 6.8, 7.17 and 9."""
        with RollupCluster(security=True, jobs=["sensor"]) as cluster:
            cluster.security.add_user("ops", "secret", roles=["r2", "r1"])
            assert f'"reason":"{challenge}"' in ask(cluster, "POST", path, **headers).body
            assert f'"reason":"{denial}"' in ask(cluster, "POST", path, basic("ops", "secret"), **headers).body

    def test_left_unset(self) -> None:
        """A client of 8 has to log in, an old one does not."""
        with RollupCluster(security="unset", jobs=["sensor"]) as cluster:
            assert ask(cluster, "POST", STOP).status == 401
            assert ask(cluster, "POST", "/_xpack/rollup/job/sensor/_stop").status == 200


class TestSecrets:
    """What a test never shows."""

    def test_findings(self) -> None:
        """A call of what is not faked is reported without its credentials."""
        with RollupCluster(security=True) as cluster:
            cluster.security.add_user("ops", "hunter2", cluster=["all"])
            key = cluster.security.add_api_key("k", "hunter2", user="ops")
            cluster.security.add_token("hunter2", user="ops")
            for authorization in (basic("ops", "hunter2"), f"ApiKey {key.encoded}", "Bearer hunter2"):
                assert ask(cluster, "GET", "/_cat/indices", authorization).status == 501
            (finding,) = cluster.take_findings()
            shown = finding + repr((cluster, cluster.security, cluster.requests, key))
            shown += repr([request.headers for request in cluster.requests])

            assert finding.endswith(" (× 3)")
            assert shown.count("GET /_cat/indices") > 1
            for secret in ("hunter2", key.encoded, basic("ops", "hunter2").removeprefix("Basic ")):
                assert secret not in shown


class TestFixtures:
    """The marker's `security`."""

    @pytest.mark.rollup_cluster(security=True)
    def test_marker(self, rollup_cluster: RollupCluster) -> None:
        """It is an argument of the cluster's."""
        assert ask(rollup_cluster, "GET", "/").status == 401

    @pytest.mark.rollup_cluster(security=True)
    def test_factory(self, make_rollup_cluster: MakeRollupCluster) -> None:
        """What the test gives wins."""
        assert ask(make_rollup_cluster(security=None), "GET", "/").status == 200

    @pytest.mark.parametrize("name", ["a", "b"])
    @pytest.mark.rollup_cluster(security=True)
    def test_shared_clusters_forget_users(self, module_rollup_cluster: RollupCluster, name: str) -> None:
        """Each test begins with the superuser alone."""
        assert repr(module_rollup_cluster.security) == "<Security: users 'elastic'>"
        module_rollup_cluster.security.add_user(name, "x")

    def test_shared_clusters_forget_the_setting(self, module_rollup_cluster: RollupCluster) -> None:
        """The next test's cluster is as its own marker says."""
        assert ask(module_rollup_cluster, "GET", "/").status == 200
