"""Clients that speak TLS to a cluster, each told in its own way whom to trust, and what they say if they do not."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import os
import shutil
import ssl
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import httpx
import pytest
import requests
from werkzeug import Request, Response

from tests.clients.official import OFFICIAL, each_client, ignore_rollup_warning

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_rollup_fake import MakeRollupCluster, RollupCluster
    from tests.clients.official import Official

STOP = "/_rollup/job/sensor/_stop"
PASSWORD = ("elastic", "changeme")

has_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@pytest.fixture
def cluster(make_rollup_cluster: MakeRollupCluster) -> RollupCluster:
    """Give a cluster that speaks TLS, with one job."""
    return make_rollup_cluster(tls=True, jobs=["sensor"])


def trust(cluster: RollupCluster) -> ssl.SSLContext:
    """Return a context for which the cluster's certificate is all that it trusts."""
    return ssl.create_default_context(cafile=cluster.ca_path)


def stop_with_http_client(cluster: RollupCluster) -> int:
    """Stop the job with http.client."""
    with closing(http.client.HTTPSConnection(cluster.host, cluster.port, timeout=10, context=trust(cluster))) as client:
        client.request("POST", STOP)
        return client.getresponse().status


def stop_with_urllib(cluster: RollupCluster) -> int:
    """Stop the job with urllib."""
    request = urllib.request.Request(cluster.url_for(STOP), method="POST")  # noqa: S310  (the cluster's own)
    with urllib.request.urlopen(request, timeout=10, context=trust(cluster)) as response:  # noqa: S310  (likewise)
        status: int = response.status
        return status


def stop_with_requests(cluster: RollupCluster) -> int:
    """Stop the job with requests."""
    return requests.post(cluster.url_for(STOP), verify=cluster.ca_path, timeout=10).status_code


def stop_with_httpx(cluster: RollupCluster) -> int:
    """Stop the job with httpx."""
    return httpx.post(cluster.url_for(STOP), verify=trust(cluster)).status_code


def stop_with_httpx_async(cluster: RollupCluster) -> int:
    """Stop the job with the asynchronous client of httpx."""

    async def main() -> int:
        async with httpx.AsyncClient(verify=trust(cluster)) as client:
            return (await client.post(cluster.url_for(STOP))).status_code

    return asyncio.run(main())


def stop_with_aiohttp(cluster: RollupCluster) -> int:
    """Stop the job with aiohttp."""

    async def main() -> int:
        connector = aiohttp.TCPConnector(ssl=trust(cluster))
        async with aiohttp.ClientSession(connector=connector) as session, session.post(cluster.url_for(STOP)) as answer:
            return answer.status

    return asyncio.run(main())


def stop_with_curl(cluster: RollupCluster) -> int:
    """Stop the job with curl in a process of its own."""
    options = ["--silent", "--show-error", "--output", os.devnull, "--write-out", "%{http_code}", "--max-time", "10"]
    command = ["curl", *options, "--cacert", cluster.ca_path, "--request", "POST", cluster.url_for(STOP)]
    return int(subprocess.run(command, capture_output=True, check=True).stdout)


CLIENTS = [
    pytest.param(stop_with_http_client, id="http.client"),
    pytest.param(stop_with_urllib, id="urllib"),
    pytest.param(stop_with_requests, id="requests"),
    pytest.param(stop_with_httpx, id="httpx"),
    pytest.param(stop_with_httpx_async, id="httpx async"),
    pytest.param(stop_with_aiohttp, id="aiohttp"),
    pytest.param(stop_with_curl, id="curl", marks=has_curl),
]


class TestHttpClients:
    """General clients of HTTP."""

    @pytest.mark.parametrize("stop", CLIENTS)
    def test_each(self, cluster: RollupCluster, stop: Callable[[RollupCluster], int]) -> None:
        """It is served as over plain HTTP."""
        assert stop(cluster) == 200
        assert cluster.jobs["sensor"].state == "stopped"
        assert cluster.requests.to("stop").last.outcome == "answered"

    @pytest.mark.parametrize("host", ["localhost", "::1", "127.0.0.1", "127.0.0.5"])
    def test_each_host(self, make_rollup_cluster: MakeRollupCluster, host: str) -> None:
        """The certificate is made out to where the cluster listens."""
        cluster = make_rollup_cluster(tls=True, jobs=["sensor"], host=host)
        assert cluster.url.startswith("https://")
        assert stop_with_requests(cluster) == 200

    def test_other_names_of_this_machine(self, cluster: RollupCluster) -> None:
        """The certificate is good for localhost too."""
        url = f"https://localhost:{cluster.port}{STOP}"
        assert requests.post(url, verify=cluster.ca_path, timeout=10).status_code == 200

    @pytest.mark.parametrize(
        ("variable", "code"),
        [
            ("SSL_CERT_FILE", "import os, urllib.request as r; r.urlopen(os.environ['URL']).close()"),
            ("SSL_CERT_FILE", "import os, httpx; httpx.get(os.environ['URL']).raise_for_status()"),
            ("REQUESTS_CA_BUNDLE", "import os, requests; requests.get(os.environ['URL']).raise_for_status()"),
        ],
        ids=["urllib", "httpx", "requests"],
    )
    def test_trust_by_environment(self, cluster: RollupCluster, variable: str, code: str) -> None:
        """An application that cannot be told otherwise is told by a variable."""
        environment = {**os.environ, "URL": cluster.url, variable: cluster.ca_path}
        subprocess.run([sys.executable, "-c", code], env=environment, check=True)
        assert len(cluster.requests.to("info")) == 1

    def test_who_does_not_trust_it(self, cluster: RollupCluster) -> None:
        """The user's client says why, and the cluster has received nothing."""
        with pytest.raises(requests.exceptions.SSLError, match="self-signed certificate"):
            requests.post(cluster.url_for(STOP), timeout=10)
        assert not cluster.requests

    def test_who_speaks_plain_http_to_it(self, cluster: RollupCluster) -> None:
        """As with Elasticsearch, the connection ends without a word."""
        plain = cluster.url_for(STOP).replace("https:", "http:")
        with pytest.raises(requests.ConnectionError, match="RemoteDisconnected"):
            requests.post(plain, timeout=10)
        with pytest.raises(httpx.RemoteProtocolError, match="Server disconnected without sending a response"):
            httpx.post(plain)
        assert not cluster.requests

    def test_who_speaks_tls_to_plain_http(self, rollup_cluster: RollupCluster) -> None:
        """The other way round, the cluster has not received a request either."""
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(rollup_cluster.url.replace("http:", "https:"), timeout=10)
        assert not rollup_cluster.requests

    def test_an_endpoint_of_the_users(self, cluster: RollupCluster) -> None:
        """It knows by which scheme it was asked."""
        seen: list[str] = []

        def answer(request: Request) -> Response:
            seen.append(request.url)
            return Response("mine")

        cluster.expect_request("/mine").respond_with_handler(answer)
        assert requests.get(cluster.url_for("/mine"), verify=cluster.ca_path, timeout=10).text == "mine"
        assert seen == [cluster.url_for("/mine")]


@ignore_rollup_warning
class TestOfficialClients:
    """Elasticsearch's own."""

    @each_client
    def test_ca_certs(self, cluster: RollupCluster, official: Official) -> None:
        """The file is what they trust."""
        with official.connect(cluster.url, ca_certs=cluster.ca_path) as client:
            assert client.rollup.stop_job(id="sensor")["stopped"]

    @each_client
    def test_ca_certs_async(self, cluster: RollupCluster, official: Official) -> None:
        """And their asynchronous twins."""

        async def main() -> Any:
            async with official.connect_async(cluster.url, ca_certs=cluster.ca_path) as client:
                return await client.rollup.stop_job(id="sensor")

        assert asyncio.run(main())["stopped"]

    @each_client
    def test_fingerprint(self, cluster: RollupCluster, official: Official) -> None:
        """Without the file; elasticsearch7 still wants to be told that it shall not check the rest."""
        options = {"verify_certs": False, "ssl_show_warn": False} if official.line == "7.17" else {}
        fingerprint = cluster.ca_fingerprint
        with official.connect(cluster.url, ssl_assert_fingerprint=fingerprint, **options) as client:
            assert client.rollup.stop_job(id="sensor")["stopped"]

    @pytest.mark.parametrize("official", OFFICIAL[1:], ids=str)
    def test_fingerprint_async(self, cluster: RollupCluster, official: Official) -> None:
        """What aiohttp compares is the node's own certificate, which here is the authority's too."""

        async def main() -> Any:
            async with official.connect_async(cluster.url, ssl_assert_fingerprint=cluster.ca_fingerprint) as client:
                return await client.rollup.stop_job(id="sensor")

        assert asyncio.run(main())["stopped"]

    @pytest.mark.parametrize("official", OFFICIAL[1:], ids=str)
    def test_wrong_fingerprint(self, cluster: RollupCluster, official: Official) -> None:
        """It is refused by the client, which sends nothing."""
        with (
            official.connect(cluster.url, ssl_assert_fingerprint="00" * 32, max_retries=0) as client,
            pytest.raises(official.package.SSLError) as refused,
        ):
            client.rollup.stop_job(id="sensor")
        assert refused.value.message.startswith("Fingerprints did not match")
        assert not cluster.requests

    @each_client
    def test_security(self, make_rollup_cluster: MakeRollupCluster, official: Official) -> None:
        """TLS with a password, as Elasticsearch is set up by itself from 8.0 on."""
        cluster = make_rollup_cluster(official.line, tls=True, security=True, jobs=["sensor"])
        password = {"http_auth" if official.line == "7.17" else "basic_auth": PASSWORD}
        with official.connect(cluster.url, ca_certs=cluster.ca_path, **password) as client:
            assert client.rollup.stop_job(id="sensor")["stopped"]
        assert cluster.requests.to("stop").last.user == "elastic"

    @each_client
    def test_sniffing(self, make_rollup_cluster: MakeRollupCluster, official: Official) -> None:
        """Addresses have no scheme in what a node tells of itself; elasticsearch7 has to be told of it once more."""
        options = {"use_ssl": True} if official.line == "7.17" else {}
        cluster = make_rollup_cluster(official.line, tls=True, nodes=2, jobs=["sensor"])
        with official.connect(cluster.url, ca_certs=cluster.ca_path, sniff_on_start=True, **options) as client:
            for _ in range(4):
                assert client.rollup.stop_job(id="sensor")["stopped"]
        assert {request.node for request in cluster.requests.to("stop")} == {"node-1", "node-2"}


class TestCertificate:
    """The file and the fingerprint."""

    def test_the_file_is_there_while_the_cluster_runs(self, cluster: RollupCluster) -> None:
        """At the same path when it is started again."""
        path = Path(cluster.ca_path)
        cluster.stop()
        assert not path.exists()
        cluster.start()
        assert cluster.ca_path == str(path)
        assert stop_with_requests(cluster) == 200

    def test_the_fingerprint_is_that_of_the_file(self, cluster: RollupCluster) -> None:
        """As `openssl x509 -fingerprint -sha256` says it, without colons and in small letters."""
        der = ssl.PEM_cert_to_DER_cert(Path(cluster.ca_path).read_text(encoding="ascii"))
        assert cluster.ca_fingerprint == hashlib.sha256(der).hexdigest()

    def test_clusters_share_the_certificate_and_not_the_file(self, make_rollup_cluster: MakeRollupCluster) -> None:
        """It takes longer to make than a cluster to start."""
        first, second = make_rollup_cluster(tls=True), make_rollup_cluster(tls=True)
        assert first.ca_fingerprint == second.ca_fingerprint
        second.stop()
        assert Path(first.ca_path).exists()

    @pytest.mark.parametrize("attribute", ["ca_path", "ca_fingerprint"])
    def test_without_tls_there_is_none(self, rollup_cluster: RollupCluster, attribute: str) -> None:
        """The error says how to have one."""
        with pytest.raises(RuntimeError, match=r"TLS is off in this cluster; turn it on with tls=True"):
            getattr(rollup_cluster, attribute)

    def test_without_the_extra(self, make_rollup_cluster: MakeRollupCluster, monkeypatch: pytest.MonkeyPatch) -> None:
        """The error says what to install."""
        monkeypatch.setitem(sys.modules, "trustme", None)
        with pytest.raises(ImportError, match=r"pip install 'pytest-rollup-fake\[tls\]'"):
            make_rollup_cluster(tls=True, host="127.0.0.9")  # one without a certificate as yet

    def test_a_port_that_is_taken(self, cluster: RollupCluster, make_rollup_cluster: MakeRollupCluster) -> None:
        """What could not be started leaves no file: a fixture looks for one."""
        with pytest.raises(OSError, match="cannot listen"):
            make_rollup_cluster(tls=True, port=cluster.port)


def test_a_cluster_without_it_loads_nothing_for_it() -> None:
    """Neither trustme nor what makes certificates."""
    code = "import sys; from pytest_rollup_fake import RollupCluster\nwith RollupCluster(): pass\nprint(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert "pytest_rollup_fake.wire.server" in loaded
    assert not any(name in loaded for name in ("trustme", "cryptography", "wire.tls", "wire.certificate"))
