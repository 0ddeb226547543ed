"""What is not faked: a 501 that says so, and a finding that fails the test."""

from __future__ import annotations

import sys

import pytest

from pytest_rollup_fake.model.apis import Api, all_apis
from pytest_rollup_fake.model.versions import LINES
from pytest_rollup_fake.rest.routes import METHODS
from tests.support import Answer, FakeCluster, ask, lines

every_version = pytest.mark.parametrize("version", lines())


def reason_of(answer: Answer) -> str:
    """Return the text of a 501."""
    assert answer.status == 501
    return str(answer.error["reason"])


class TestAnswer:
    """An API that Elasticsearch has and the fake has not."""

    @every_version
    def test_says_what_and_what_to_do(self, version: str) -> None:
        """The body has the shape of an error, names the API and the version, and tells the two ways out."""
        cluster = FakeCluster(version)
        answer = cluster.ask("GET /_cluster/stats?pretty=false")
        number = answer.request.version
        text = (
            f"GET /_cluster/stats is an API of Elasticsearch {number} that pytest-rollup-fake does not fake. Answer "
            'it with rollup_cluster.expect_request(...), or let it pass with unfaked=["GET /_cluster/stats"].'
        )

        assert answer.json == {
            "error": {
                "root_cause": [{"type": "not_faked_by_pytest_rollup_fake", "reason": text}],
                "type": "not_faked_by_pytest_rollup_fake",
                "reason": text,
            },
            "status": 501,
        }
        assert (answer.request.endpoint, answer.request.effect) == ("unfaked", None)
        assert cluster.world.take_findings() == [text]

    @every_version
    def test_is_json_and_whole(self, version: str) -> None:
        """It is JSON whatever was asked for, and no filter touches it."""
        answer = ask(version, "GET /_cluster/stats?filter_path=status&format=yaml", ("Accept", "application/cbor"))

        assert reason_of(answer).startswith("GET /_cluster/stats is an API")
        assert answer.values("content-type") == [
            "application/json" if version in lines("8.0") else "application/json; charset=UTF-8"
        ]

    def test_is_elasticsearch_for_clients(self) -> None:
        """It is compressed and echoed as other answers, so that clients read it."""
        answer = ask("8.19", "GET /_cluster/stats", ("Accept-Encoding", "gzip"), ("X-Opaque-Id", "me"))

        assert [name for name, _ in answer.headers] == [
            "X-Opaque-Id",
            "X-elastic-product",
            "content-type",
            "content-encoding",
        ]

    @every_version
    def test_parameters_and_bodies_do_not_matter(self, version: str) -> None:
        """What the API would have made of them is not known; only a body's type is checked before."""
        json = ("Content-Type", "application/json")

        line = "PUT /sensor/_settings"
        assert reason_of(ask(version, f"{line}?foo=1", json, body="{}")).startswith(f"{line} is an API")
        assert ask(version, f"{line}?foo=1", body="{}").status == 406


class TestFinding:
    """Whether such a call fails the test."""

    @pytest.mark.parametrize("unfaked", [["/_cluster/stats"], ["GET /_cluster/*"], ["get /_cluster/stats"], True])
    def test_may_be_allowed(self, unfaked: list[str] | bool) -> None:  # noqa: FBT001  (parametrised)
        """A call that the test expects is answered 501 all the same, and not reported."""
        cluster = FakeCluster("8.19", unfaked=unfaked)

        assert reason_of(cluster.ask("GET /_cluster/stats"))
        assert cluster.world.take_findings() == []

    @pytest.mark.parametrize("unfaked", [[], ["POST /_cluster/*"], ["/_cat/*"], ["/_cluster"], False])
    def test_unless_allowed(self, unfaked: list[str] | bool) -> None:  # noqa: FBT001  (parametrised)
        """Any other is reported, once for each call."""
        cluster = FakeCluster("8.19", unfaked=unfaked)
        for _ in range(2):
            cluster.ask("GET /_cluster/stats")

        assert len(cluster.world.take_findings()) == 2

    def test_not_if_not_strict(self) -> None:
        """Nothing is reported with `strict=False`."""
        cluster = FakeCluster("8.19", strict=False)

        assert reason_of(cluster.ask("GET /_cluster/stats"))
        assert cluster.world.take_findings() == []

    @every_version
    def test_refusals_are_none(self, version: str) -> None:
        """What Elasticsearch itself refuses fails no test."""
        cluster = FakeCluster(version)
        for line in ("GET /a/b/c/d/e", "POST /", "GET /_rollup", "GET /?foo=1", "GET /?%"):
            assert cluster.ask(line).status in (400, 405)

        assert cluster.world.take_findings() == []


class TestFormats:
    """Formats that the fake cannot write."""

    @every_version
    @pytest.mark.parametrize("format_", ["cbor", "smile"])
    def test_binary_formats(self, version: str, format_: str) -> None:
        """A binary format is not written, and nothing is done; the request keeps its endpoint."""
        path = "/_xpack/rollup/job/a/_stop" if version in lines(until="6.8") else "/_rollup/job/a/_stop"
        for query, headers in ((f"?format={format_}", []), ("", [("Accept", f"application/{format_}")])):
            cluster = FakeCluster(version, "a")
            answer = cluster.ask(f"POST {path}{query}", *headers)
            assert reason_of(answer) == (
                f"An answer in {format_.upper()} was asked for (`format=`, Accept or Content-Type), which "
                "pytest-rollup-fake does not write; it answers in JSON and YAML."
            )
            assert (answer.request.endpoint, answer.request.effect) == ("stop", None)
            assert cluster.world.jobs["a"].state == "started"
            assert len(cluster.world.take_findings()) == 1

    @every_version
    def test_of_refusals(self, version: str) -> None:
        """A refusal cannot be written either."""
        for line in ("GET /a/b/c/d/e", "GET /?foo=1", "POST /", "GET /_rollup"):
            assert "CBOR" in reason_of(ask(version, line, ("Accept", "application/cbor"))), line

    @every_version
    def test_options_has_no_format(self, version: str) -> None:
        """OPTIONS has no body, in whatever format."""
        assert ask(version, "OPTIONS /", ("Accept", "application/cbor")).status == 200

    @every_version
    def test_yaml_without_pyyaml(self, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without PyYAML the answer says what to install, and nothing is done."""
        monkeypatch.setitem(sys.modules, "yaml", None)
        path = "/_xpack/rollup/job/a/_stop" if version in lines(until="6.8") else "/_rollup/job/a/_stop"
        cluster = FakeCluster(version, "a")

        for line in (f"POST {path}?format=yaml", f"POST {path}?format=yaml&foo=1", "GET /a/b/c/d/e?format=yaml"):
            assert reason_of(cluster.ask(line)).endswith("pip install 'pytest-rollup-fake[yaml]'")
        assert cluster.world.jobs["a"].state == "started"
        assert len(cluster.world.take_findings()) == 3


class TestTable:
    """Which APIs each line has."""

    def test_rows(self) -> None:
        """Each row names methods and lines that there are, in their order, and no row is there twice."""
        rows = all_apis()

        for api in rows:
            assert list(api.methods) == [method for method in METHODS if method in api.methods], api
            named = [line for line in (api.since, api.compatible_since, api.until) if line != "-"]
            assert named == sorted(named, key=LINES.index), api
        assert len({(api.path, api.methods, api.since) for api in rows}) == len(rows)

    def test_since_and_until(self) -> None:
        """A row is in the lines from its first to its last."""
        api = Api("/_x", ("GET",), "7.2", "8.1", "8.0")

        assert [line for line in LINES if api.is_in(line)] == lines("7.2", "8.1")
        assert [line for line in ("7.17", "8.0") if api.is_compatible_only(line)] == ["8.0"]
        assert Api("/_x", ("GET",), "9.1", "-").is_in("9.5")
        assert not Api("/_x", ("GET",), "9.1", "-").is_compatible_only("9.5")

    @pytest.mark.parametrize(
        ("line", "since", "until"),
        [
            ("GET /_cat/indices", "6.3", None),
            ("POST /_bulk", "6.3", None),
            ("GET /sensor/_stats", "6.3", None),
            ("PUT /sensor/_settings", "6.3", None),
            ("POST /sensor/_doc", "6.3", None),
            ("DELETE /", "6.3", None),
            ("POST /_async_search", "7.7", None),
            ("GET /_application/analytics", "8.8", None),
            ("GET /sensor/type/_search", "6.3", "7.17"),
            ("GET /sensor/_terms_enum", "7.14", None),
        ],
    )
    def test_what_is_there_when(self, line: str, since: str, until: str | None) -> None:
        """An API of a line is a 501 there, and refused by the lines that do not have it."""
        for version in lines():
            status = ask(version, line).status
            assert (status == 501) == (version in lines(since, until)), version
            assert status in (400, 405, 501)

    @pytest.mark.parametrize("version", lines("8.0", "8.19"))
    def test_types_are_for_compatible_requests_in_8(self, version: str) -> None:
        """8.x has typed paths for requests that ask for 7."""
        compatible = ("Accept", "application/vnd.elasticsearch+json; compatible-with=7")

        assert ask(version, "GET /sensor/type/1", compatible).status == 501
        assert ask(version, "GET /sensor/type/1").error == (
            "no handler found for uri [/sensor/type/1] and method [GET]"
        )


class TestNesting:
    """Bodies in which more is nested than anybody means."""

    @every_version
    @pytest.mark.parametrize("line", ["PUT /a", "PUT /a/_mapping", "POST /a/_rollup_search"])
    def test_what_is_too_deep_is_not_read(self, version: str, line: str) -> None:
        """Elasticsearch reads 1,000 levels, or as many as its stack holds."""
        prefix, suffix = ("{", "}") if line.startswith("PUT") else ('{"query":{', "}}")
        outer = prefix.count("{")

        def refusal_of(levels: int) -> Answer:
            inner = levels - outer
            body = f'{prefix}"a":{"[" * inner}{"]" * inner}{suffix}'
            return FakeCluster(version).ask(line, ("Content-Type", "application/json"), body=body)

        text = "More than 200 objects and arrays are nested in the body, which pytest-rollup-fake does not read."
        assert refusal_of(200).status in (400, 404)
        assert reason_of(refusal_of(201)) == reason_of(refusal_of(100_000)) == text
