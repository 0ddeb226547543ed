"""As which version a request is answered when the cluster has none of its own."""

from __future__ import annotations

import pytest

from tests.support import FakeCluster, ask

VENDOR = "application/vnd.elasticsearch+json"
FOR_9, FOR_8, FOR_7, FOR_6 = (f"{VENDOR}; compatible-with={major}" for major in (9, 8, 7, 6))
META_7, META_8 = (
    ("x-elastic-client-meta", "es=7.17.13,py=3.11.2,t=7.17.13"),
    ("x-elastic-client-meta", "es=8.19.3,py=3"),
)
AGENT_7 = ("User-Agent", "elasticsearch-py/7.17.13 (Python 3.11.2)")
OLD_PATH = "POST /_xpack/rollup/job/a/_stop"
PATH = "POST /_rollup/job/a/_stop"


class TestChoice:
    """Media types before the client's name before the path before the default."""

    @pytest.mark.parametrize(
        ("headers", "version"),
        [
            ([("Accept", FOR_9)], "9.5.4"),
            ([("Accept", FOR_8)], "8.19.21"),
            ([("accept", FOR_7)], "7.17.29"),
            ([("Accept", FOR_6)], "6.8.23"),
            ([("Content-Type", FOR_9)], "9.5.4"),
            ([("Accept", FOR_9), ("Content-Type", FOR_8)], "9.5.4"),
            ([("Accept", f"{FOR_9},text/plain")], "9.5.4"),
            ([("Accept", FOR_8.replace(" ", ""))], "8.19.21"),
            ([("Accept", FOR_9), META_7, AGENT_7], "9.5.4"),
        ],
    )
    def test_media_types(self, headers: list[tuple[str, str]], version: str) -> None:
        """`compatible-with=N` means the newest of N, whatever else the client says."""
        assert ask(None, PATH, *headers).request.version == version
        assert ask(None, OLD_PATH, *headers).request.version == version

    @pytest.mark.parametrize(
        "header",
        [
            META_7,
            ("X-Elastic-Client-Meta", "es=7.14.0,go=1.17"),
            ("x-elastic-client-meta", "ent=1.0, es=7.17p,js=16"),
            AGENT_7,
            ("User-Agent", "elasticsearch-js/7.17.0 (linux; Node.js v16)"),
            ("user-agent", "elastic-transport-php/7.17.0 (PHP 8)"),
            ("User-Agent", "go-elasticsearch/7.17.7 (linux amd64; Go 1.19)"),
        ],
    )
    def test_client_of_7(self, header: tuple[str, str]) -> None:
        """A client that names itself as 7.x means 7.17, on the old path too."""
        assert ask(None, PATH, header).request.version == "7.17.29"
        assert ask(None, OLD_PATH, header).request.version == "7.17.29"

    @pytest.mark.parametrize(
        "headers",
        [
            [],
            [META_8],
            [("User-Agent", "curl/7.88.1")],
            [("User-Agent", "python-requests/2.31.0")],
            [("User-Agent", "elasticsearch-py/8.7.1 (Python/3.11.2; elastic-transport/8.4.0)")],
            [("x-elastic-client-meta", "es=8.7.1,py=3.7.0")],
            [("Accept", "application/json")],
            [("Accept", f"{VENDOR};compatible-with=eight")],
        ],
    )
    def test_everybody_else(self, headers: list[tuple[str, str]]) -> None:
        """Below `_xpack/` that is 6.8, elsewhere 8.19."""
        assert ask(None, PATH, *headers).request.version == "8.19.21"
        assert ask(None, OLD_PATH, *headers).request.version == "6.8.23"
        assert ask(None, "GET /", *headers).request.version == "8.19.21"

    def test_refusals_are_of_the_same_version(self) -> None:
        """What could not be routed is answered by the same rule."""
        assert ask(None, "GET /nope/nope/nope/nope", META_7).values("content-type") == [
            "application/json; charset=UTF-8"
        ]
        assert ask(None, "GET /?%", ("Accept", FOR_8)).request.version == "8.19.21"


class TestAnswers:
    """Clients of every age work at once, with no set-up."""

    def test_old_script(self) -> None:
        """A script on the old path stops a job and waits for it, and gets 6.8's 404."""
        cluster = FakeCluster(None, "sensor")
        stop = "POST /_xpack/rollup/job/{}/_stop?wait_for_completion=true&timeout=10s"

        assert cluster.ask(stop.format("sensor")).text == '{"stopped":true}'
        assert cluster.ask(stop.format("does_not_exist")).text == (
            '{"error":{"root_cause":[{"type":"resource_not_found_exception",'
            '"reason":"Task for Rollup Job [does_not_exist] not found"}],"type":"resource_not_found_exception",'
            '"reason":"Task for Rollup Job [does_not_exist] not found"},"status":404}'
        )

    @pytest.mark.parametrize(
        ("headers", "number"), [([META_7], "7.17.29"), ([("Accept", FOR_8)], "8.19.21"), ([("Accept", FOR_9)], "9.5.4")]
    )
    def test_official_clients(self, headers: list[tuple[str, str]], number: str) -> None:
        """Each finds a cluster of its own version."""
        cluster = FakeCluster(None, "a")

        assert cluster.ask("GET /", *headers).json["version"]["number"] == number
        assert cluster.ask(PATH, *headers).text == '{"stopped":true}'

    def test_versions_that_never_were(self) -> None:
        """A version that never was is refused as 8.19 refuses it."""
        accept = f"{VENDOR}; compatible-with=12"
        answer = ask(None, PATH, ("Accept", accept))

        assert answer.request.version == "8.19.21"
        assert answer.error["caused_by"]["reason"] == (
            f"Accept version must be either version 8 or 7, but found 12. Accept={accept}"
        )

    def test_explicit_version_is_strict(self) -> None:
        """With a version of its own a cluster refuses what that version refuses, whoever asks."""
        assert ask("9", OLD_PATH).error == "no handler found for uri [/_xpack/rollup/job/a/_stop] and method [POST]"
        assert ask("8.19", PATH, ("Accept", FOR_9)).status == 400
        assert ask("6.8", PATH, ("Accept", FOR_9)).request.version == "6.8.23"
