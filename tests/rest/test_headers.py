"""The headers of an answer, on whatever it is."""

from __future__ import annotations

import gzip
import zlib

import pytest

from pytest_rollup_fake.model.jobs import NEVER
from pytest_rollup_fake.model.journal import RecordedRequest
from pytest_rollup_fake.rest.channel import Channel
from pytest_rollup_fake.rest.malformed import refuse
from tests.support import FakeCluster, ask, lines

OLD_JSON = "application/json; charset=UTF-8"
JSON = "application/json"
# One of each kind of answer, on paths that every line has.
KINDS = (
    "GET /",
    "HEAD /",
    "OPTIONS /",
    "POST /",
    "GET /?foo=1",
    "GET /?pretty=maybe",
    "GET /?%",
    "GET /?error_trace=maybe",
    "GET /a/b/c/d/e",
    "FOO /",
    "GET /_cluster/stats",
    "GET /_foo",
)

every_version = pytest.mark.parametrize("version", lines())


def security_warning(line: str) -> str:
    """Return what 7.13 to 7.17 say where nobody has decided about security."""
    return (
        "Elasticsearch built-in security features are not enabled. Without authentication, your cluster could be "
        "accessible to anyone. See https://www.elastic.co/guide/en/elasticsearch/reference/"
        f"{line}/security-minimal-setup.html to enable security."
    )


class TestProduct:
    """X-elastic-product, which official clients look for."""

    @pytest.mark.parametrize("version", lines(until="7.13"))
    def test_not_before_7_14(self, version: str) -> None:
        """Up to 7.13 nothing has it."""
        for line in KINDS:
            assert ask(version, line).values("X-elastic-product") == []

    @pytest.mark.parametrize("version", lines("7.14"))
    def test_on_everything_from_7_14_on(self, version: str) -> None:
        """From 7.14 on everything has it, refusals of every kind included."""
        for line in KINDS:
            assert ask(version, line).values("X-elastic-product") == ["Elasticsearch"], line

    @pytest.mark.parametrize("version", lines("7.14"))
    def test_on_what_is_no_http(self, version: str) -> None:
        """What could not be read as a request is refused with it, and the connection is closed."""
        reply = refuse("malformed", "text is empty (possibly HTTP/0.9)", FakeCluster(version).world)

        assert reply.status == 400
        assert reply.headers[0] == ("X-elastic-product", "Elasticsearch")
        assert reply.closes


class TestOrder:
    """Which header comes before which."""

    @pytest.mark.parametrize("version", lines("7.14", "7.17"))
    def test_of_all_that_there_are(self, version: str) -> None:
        """The echo comes first, then the answer's own, then product and warnings; the length is the wire's."""
        answer = ask(version, "POST /_xpack/rollup/job/a/_stop", ("x-opaque-id", "me"), security="unset")

        assert [name for name, _ in answer.headers] == [
            "X-Opaque-Id",
            "X-elastic-product",
            "Warning",
            "Warning",
            "content-type",
        ]
        assert answer.warnings[0].startswith("Elasticsearch built-in security")

    @pytest.mark.parametrize("version", lines("7.14"))
    def test_of_a_405(self, version: str) -> None:
        """`Allow` comes before the product."""
        answer = ask(version, "POST /", ("X-Opaque-Id", "me"), ("Accept-Encoding", "gzip"))

        assert [name for name, _ in answer.headers] == [
            "X-Opaque-Id",
            "Allow",
            "X-elastic-product",
            "content-type",
            "content-encoding",
        ]

    @every_version
    def test_nothing_else(self, version: str) -> None:
        """There is no Date, no Server and no Connection, and the length is left to the wire."""
        names = {"X-elastic-product", "content-type", "Allow"}

        for line in KINDS:
            assert {name for name, _ in ask(version, line).headers} <= names


class TestOpaqueId:
    """X-Opaque-Id comes back."""

    @every_version
    def test_is_echoed(self, version: str) -> None:
        """Every kind of answer has it, spelt in one way, as it was sent."""
        for line in KINDS:
            answer = ask(version, line, ("x-opaque-id", "my id/1"), ("traceparent", "00-1-1-01"))
            assert answer.headers[0] == ("X-Opaque-Id", "my id/1"), line
            assert answer.values("traceparent") == []

    @every_version
    def test_not_unless_sent(self, version: str) -> None:
        """Without one there is none."""
        assert ask(version, "GET /").values("X-Opaque-Id") == []

    @every_version
    def test_traces_are_not_echoed(self, version: str) -> None:
        """What an application's tracing sends is taken, and the opaque id alone comes back."""
        trace = [("traceparent", f"00-{'a' * 32}-{'b' * 16}-01"), ("tracestate", "es=s:1")]
        answer = ask(version, "GET /", *trace, ("X-Opaque-Id", "me"))

        assert answer.status == 200
        assert [name for name, _ in answer.headers if name.lower() in {"traceparent", "tracestate"}] == []
        assert answer.values("X-Opaque-Id") == ["me"]


class TestWarning:
    """Warning headers: their form, and what nobody decided about security."""

    @pytest.mark.parametrize(
        ("version", "prefix"),
        [
            ("7.0", "299 Elasticsearch-7.0.1-e4efcb5 "),
            ("7.3", "299 Elasticsearch-7.3.2-1c1faf1 "),
            ("7.4", "299 Elasticsearch-7.4.2-2f90bbf7b93631e52bafb59b3b049cb44ec25e96 "),
            ("7.10.2", "299 Elasticsearch-7.10.2-747e1cc71def077253878a59143c1f785afa92b9 "),
            ("7.17.0", "299 Elasticsearch-7.17.0-bee86328705acaa9a6daede7140defd4d9ec56bd "),
        ],
    )
    def test_prefix(self, version: str, prefix: str) -> None:
        """A warning names the release and its build, whose hash is short up to 7.3; it has no date."""
        text = "[POST /_xpack/rollup/job/{id}/_stop] is deprecated! Use [POST /_rollup/job/{id}/_stop] instead."

        assert ask(version, "POST /_xpack/rollup/job/a/_stop").values("Warning") == [f'{prefix}"{text}"']

    @pytest.mark.parametrize("version", lines("6.4", "6.6"))
    def test_has_a_date_up_to_6_6(self, version: str) -> None:
        """It ends in the time of the request, which is the cluster's own (DeprecationLogger.formatWarning)."""
        cluster = FakeCluster(version)
        first = cluster.ask("PUT /foo").values("Warning")
        cluster.advance("36h")
        second = cluster.ask("PUT /bar").values("Warning")

        assert [value.rpartition('"')[0].rpartition('" "')[2] for value in (*first, *second)] == [
            "Wed, 01 Jan 2020 00:00:00 GMT",
            "Thu, 02 Jan 2020 12:00:00 GMT",
        ]

    @pytest.mark.parametrize("version", lines("6.7"))
    def test_has_no_date_from_6_7_on(self, version: str) -> None:
        """It takes time to tell the time (elastic/elasticsearch#37622)."""
        headers = []
        if version in lines(until="6.8"):
            line = "PUT /foo"
        elif version in lines("9.0"):
            line = "GET /_rollup/job/a"
        else:
            line = "GET /_xpack/rollup/job/a"
            headers = [("Accept", "application/vnd.elasticsearch+json; compatible-with=7")]

        [value] = ask(version, line, *headers).values("Warning")
        assert value.endswith('"')
        assert '" "' not in value

    def test_escapes(self) -> None:
        """Quotes and backslashes are escaped, what Latin-1 lacks is percent-encoded, and so is a percent sign."""
        cluster = FakeCluster("6.8")
        path = "/_rollup/job/%22%5C%25%C3%A9%E2%82%AC%09%7F/_stop"

        warning = cluster.ask(f"POST {path}", ("Content-Type", JSON), body="{}").values("Warning")[0]
        assert '[POST /_rollup/job/\\"\\\\%25é%E2%82%AC\t%7F/_stop]' in warning

    def test_a_text_is_sent_once(self) -> None:
        """The same warning twice is one."""
        cluster = FakeCluster("9.5")
        channel = Channel(RecordedRequest("GET", "/"), cluster.world)
        for text in ("a", "b", "a"):
            channel.warn(text)

        assert [value.split('"')[1] for name, value in channel.success({}).headers if name == "Warning"] == ["a", "b"]

    @pytest.mark.parametrize("version", lines("7.13", "7.17"))
    def test_of_security(self, version: str) -> None:
        """7.13 to 7.17 warn where security is left at its default, on whatever a handler says, errors included."""
        expected = [security_warning(version)]

        for line in (
            "GET /",
            "HEAD /",
            "GET /?foo=1",
            "GET /_rollup/job/a",
            "POST /_rollup/job/a/_stop",
            "POST /_rollup/job/b/_stop",
            "POST /_rollup/job/b/_stop?timeout=abc",
            "GET /_rollup",
        ):
            assert ask(version, line, security="unset").warnings == expected, line

    @pytest.mark.parametrize("version", lines("7.13", "7.17"))
    def test_of_security_comes_late(self, version: str) -> None:
        """An answer that comes after a wait has it too."""
        cluster = FakeCluster(version, security="unset")
        cluster.add_job("a", state="indexing", stop_delay=NEVER)
        answer = cluster.ask("POST /_rollup/job/a/_stop?wait_for_completion=true&timeout=1s")
        cluster.advance("1s")

        assert (answer.status, answer.warnings) == (500, [security_warning(version)])

    @pytest.mark.parametrize("version", lines("7.13", "7.17"))
    def test_of_security_needs_a_handler(self, version: str) -> None:
        """Where no handler is reached nothing is said (SecurityRestFilter wraps handlers)."""
        for line in (
            "OPTIONS /",
            "POST /",
            "GET /a/b/c/d/e",
            "FOO /",
            "GET /?%",
            "GET /?pretty=maybe",
            "GET /?error_trace=maybe",
        ):
            assert ask(version, line, security="unset").warnings == [], line
        assert ask(version, "GET /", body="x", security="unset").status == 406
        assert ask(version, "GET /", body="x", security="unset").warnings == []

    @pytest.mark.parametrize("version", lines("7.13", "7.17"))
    def test_of_security_not_when_disabled(self, version: str) -> None:
        """Who has disabled security is not warned."""
        assert ask(version, "GET /").warnings == []

    @pytest.mark.parametrize("version", [*lines(until="7.12"), *lines("8.0")])
    def test_of_security_not_elsewhere(self, version: str) -> None:
        """Other versions never warn."""
        assert ask(version, "GET /", security="unset").warnings == []


class TestContentType:
    """What answers are sent as."""

    @pytest.mark.parametrize("version", lines(until="7.17"))
    def test_before_8(self, version: str) -> None:
        """Up to 7.17 JSON is sent under one name, whatever Accept says."""
        for accept in ("", JSON, "*/*", "text/html", "application/vnd.elasticsearch+json; compatible-with=8"):
            headers = [("Accept", accept)] if accept else []
            assert ask(version, "GET /", *headers).values("content-type") == [OLD_JSON]

    @pytest.mark.parametrize("version", lines("8.0"))
    def test_from_8_on(self, version: str) -> None:
        """From 8.0 on it is plain, unless Accept has parameters, which come back."""
        for accept, expected in (
            ("", JSON),
            (JSON, JSON),
            ("*/*", JSON),
            ("text/html", JSON),
            ("application/json; charset=utf-8", "application/json;charset=utf-8"),
            (
                "application/vnd.elasticsearch+json; compatible-with=8",
                "application/vnd.elasticsearch+json;compatible-with=8",
            ),
            ("application/vnd.elasticsearch+json; compatible-with=8,text/plain", JSON),
        ):
            headers = [("Accept", accept)] if accept else []
            assert ask(version, "GET /", *headers).values("content-type") == [expected]

    @pytest.mark.parametrize("version", lines("8.0"))
    def test_of_the_javascript_client(self, version: str) -> None:
        """Where Accept is a list the vendor type of Content-Type decides, without its parameters."""
        vendor = "application/vnd.elasticsearch+json; compatible-with=8"
        answer = ask(version, "GET /", ("Accept", f"{vendor},text/plain"), ("Content-Type", vendor))

        assert answer.values("content-type") == ["application/vnd.elasticsearch+json"]

    @pytest.mark.parametrize("version", lines("8.0"))
    def test_of_vendor_yaml(self, version: str) -> None:
        """A vendor type of YAML is answered in kind."""
        answer = ask(version, "GET /", ("Accept", "application/vnd.elasticsearch+yaml; compatible-with=8"))

        assert answer.text.startswith("---\nname: ")
        assert answer.values("content-type") == ["application/vnd.elasticsearch+yaml;compatible-with=8"]

    @every_version
    def test_format_wins(self, version: str) -> None:
        """`format` goes before Accept, and Accept before Content-Type."""
        yaml, json = ("Accept", "application/yaml"), ("Accept", JSON)

        assert ask(version, "GET /?format=yaml", json).text.startswith("---\n")
        assert ask(version, "GET /?format=json", yaml).text.startswith("{\n")
        assert ask(version, "GET /", json, ("Content-Type", "application/yaml")).text.startswith("{\n")
        assert ask(version, "GET /", ("Content-Type", "application/yaml")).text.startswith("---\n")


class TestCompression:
    """Accept-Encoding, as netty's compressor reads it."""

    @every_version
    def test_gzip(self, version: str) -> None:
        """Who accepts gzip gets it, refusals included."""
        for line in ("GET /", "GET /?foo=1", "POST /"):
            plain = ask(version, line)
            packed = ask(version, line, ("Accept-Encoding", "gzip, deflate, br"))
            assert packed.values("content-encoding") == ["gzip"]
            assert packed.headers[-1] == ("content-encoding", "gzip")
            assert packed.reply is not None
            body = gzip.decompress(packed.reply.body).decode()
            assert len(body) == len(plain.text)

    @every_version
    @pytest.mark.parametrize(("security", "is_packed"), [(True, False), (None, True)])
    def test_over_tls(self, version: str, *, security: bool | None, is_packed: bool) -> None:
        """Elasticsearch then compresses nothing; without security it is not Elasticsearch that speaks TLS."""
        cluster = FakeCluster(version, security=security, tls=True)
        answer = cluster.ask("GET /", ("Accept-Encoding", "gzip"), ("Authorization", "Basic ZWxhc3RpYzpjaGFuZ2VtZQ=="))
        assert answer.status == 200
        assert answer.values("content-encoding") == (["gzip"] if is_packed else [])

    @pytest.mark.parametrize(
        ("accepted", "encoding"),
        [
            ([], None),
            (["identity"], None),
            (["br"], None),
            (["gzip"], "gzip"),
            (["deflate"], "deflate"),
            (["deflate, gzip"], "gzip"),
            (["gzip;q=0.5, deflate"], "deflate"),
            (["gzip; q=0, deflate;q=0.1"], "deflate"),
            (["gzip;q=0"], None),
            (["gzip;q=x"], None),
            (["*"], "gzip"),
            (["*;q=0"], None),
            (["gzip;q=0, *"], "deflate"),
            (["gzip;q=0, deflate;q=0, *"], None),
            (["x-gzip"], "gzip"),
            (["br", "gzip"], "gzip"),
            (["GZIP"], None),
        ],
    )
    def test_choice(self, accepted: list[str], encoding: str | None) -> None:
        """The better liked of gzip and deflate is taken, gzip if both are liked alike."""
        answer = ask("8.19", "GET /", *(("accept-encoding", value) for value in accepted))

        assert answer.values("content-encoding") == ([] if encoding is None else [encoding])

    def test_deflate(self) -> None:
        """Deflate comes with the header of zlib."""
        answer = ask("8.19", "GET /?pretty=false", ("Accept-Encoding", "deflate"))

        assert answer.reply is not None
        assert zlib.decompress(answer.reply.body).startswith(b'{"name"')

    @every_version
    def test_not_without_a_body(self, version: str) -> None:
        """An empty answer is left alone, and so is that of HEAD, whose length is the plain one's."""
        assert ask(version, "OPTIONS /", ("Accept-Encoding", "gzip")).values("content-encoding") == []
        head = ask(version, "HEAD /", ("Accept-Encoding", "gzip"))
        assert head.values("content-encoding") == []
        assert head.text.startswith("{")
