"""The order in which Elasticsearch finds things wrong with a request: the first is what the client hears of."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pytest

from tests.support import Answer, FakeCluster, ask, lines

OLD_JSON = "application/json; charset=UTF-8"
JSON = "application/json"
VENDOR_9 = "application/vnd.elasticsearch+json; compatible-with=9"
NOT_A_BOOLEAN = "Failed to parse value [maybe] as only [true] or [false] are allowed."

# Both spellings of the path, since 6.3 to 6.5 know one and 9.x the other.
PATH = {line: "/_xpack/rollup/job" if line in ("6.3", "6.4", "6.5") else "/_rollup/job" for line in lines()}


@dataclass(frozen=True)
class Wrong:
    """Something wrong with a request, and the status and reason that it earns (`{path}` is the path)."""

    status: int
    reason: str
    query: str = ""
    header: tuple[str, str] | None = None
    body: str = ""
    path: str = ""
    since: str = "6.3"


BAD_QUERY = Wrong(
    400, "java.lang.IllegalArgumentException: unterminated escape sequence at end of string: %", query="%"
)
BAD_PRETTY = Wrong(400, NOT_A_BOOLEAN, query="pretty=maybe")
BAD_HUMAN = Wrong(400, "Failed to parse value [sure] as only [true] or [false] are allowed.", query="human=sure")
BAD_ERROR_TRACE = Wrong(
    400, "Failed to parse value [why] as only [true] or [false] are allowed.", query="error_trace=why"
)
NO_ROUTE = Wrong(400, "no handler found for uri [{target}] and method [POST]", path="/nope")
BAD_BODY_TYPE = Wrong(
    406, "Content-Type header [text/plain] is not supported", header=("Content-Type", "text/plain"), body="x"
)
BAD_TIMEOUT = Wrong(
    400,
    "failed to parse setting [timeout] with value [abc] as a time value: unit is missing or unrecognized",
    query="timeout=abc",
    since="6.6",
)
BAD_WAIT = Wrong(
    400,
    "Failed to parse value [yes] as only [true] or [false] are allowed.",
    query="wait_for_completion=yes",
    since="6.6",
)
UNRECOGNIZED = Wrong(400, "request [{path}] contains unrecognized parameter: [foo]", query="foo=1")
BODY = Wrong(
    400,
    "request [POST {path}] does not support having a body",
    header=("Content-Type", "application/json"),
    body="{}",
    since="7.0",
)
UNKNOWN_JOB = Wrong(404, "Task for Rollup Job [b] not found")

IN_ORDER = (
    BAD_QUERY,
    BAD_PRETTY,
    BAD_HUMAN,
    BAD_ERROR_TRACE,
    NO_ROUTE,
    BAD_BODY_TYPE,
    BAD_TIMEOUT,
    BAD_WAIT,
    UNRECOGNIZED,
    BODY,
    UNKNOWN_JOB,
)


def stop_with(version: str, *wrongs: Wrong) -> tuple[Answer, str, str]:
    """Stop a job with all of this wrong; return the answer, the path and the target."""
    path = PATH[version] + "/b/_stop" + "".join(wrong.path for wrong in wrongs)
    query = "&".join(wrong.query for wrong in wrongs if wrong.query)
    target = f"{path}?{query}" if query else path
    headers = {wrong.header[0]: wrong.header[1] for wrong in reversed(wrongs) if wrong.header}
    body = next((wrong.body for wrong in wrongs if wrong.body), "")
    return FakeCluster(version).ask(f"POST {target}", *headers.items(), body=body), path, target


def reason_of(error: Any) -> str:
    """Return the reason of an error in either form."""
    return str(error if isinstance(error, str) else error["reason"])


class TestPrecedence:
    """Of two things that are wrong, the one that is looked at first."""

    @pytest.mark.parametrize("version", lines())
    def test_every_pair(self, version: str) -> None:
        """Each thing alone earns its refusal, and keeps it when any later thing is wrong too."""
        wrongs = [wrong for wrong in IN_ORDER if version not in lines(until="6.5") or wrong.since == "6.3"]
        wrongs = [wrong for wrong in wrongs if wrong.since != "7.0" or version in lines("7.0")]
        for together in [*((wrong,) for wrong in wrongs), *combinations(wrongs, 2)]:
            answer, path, target = stop_with(version, *together)
            first = together[0]
            assert reason_of(answer.error) == first.reason.format(path=path, target=target), together
            assert answer.status == first.status, together

    @pytest.mark.parametrize("version", lines("6.6"))
    def test_value_before_name(self, version: str) -> None:
        """A parameter that cannot be read is refused before one that nobody knows, wherever they stand."""
        assert ask(version, "POST /_rollup/job/a/_stop?foo=1&timeout=abc").error["reason"].startswith("failed to parse")

    @pytest.mark.parametrize("version", lines("7.0"))
    def test_name_before_body(self, version: str) -> None:
        """An unknown parameter is refused before a body."""
        answer = ask(version, "POST /_rollup/job/a/_stop?foo=1", ("Content-Type", JSON), body="{}")

        assert answer.error["reason"] == ("request [/_rollup/job/a/_stop] contains unrecognized parameter: [foo]")

    @pytest.mark.parametrize("version", lines("6.6"))
    def test_route_before_body_type(self, version: str) -> None:
        """A body of an unknown type is a 400 or a 405 where there is no handler, and a 406 where there is one."""
        text = ("Content-Type", "text/plain")

        assert ask(version, "POST /_rollup/job/a/_foo", text, body="x").status == 400
        assert ask(version, "GET /_rollup/job/a/_stop", text, body="x").status == 405
        assert ask(version, "POST /_rollup/job/a/_stop", text, body="x").status == 406

    @pytest.mark.parametrize("version", lines("6.6"))
    def test_nothing_happens(self, version: str) -> None:
        """A request that is refused stops nothing."""
        for query in ("?timeout=abc", "?foo=1", "?pretty=maybe", "?%", "?error_trace=maybe"):
            cluster = FakeCluster(version, "a")
            answer = cluster.ask(f"POST /_rollup/job/a/_stop{query}")
            assert answer.status == 400
            assert answer.request.effect is None
            assert cluster.world.jobs["a"].state == "started"
            assert list(cluster.world.jobs["a"].stop_requests) == []

    @pytest.mark.parametrize("version", lines("6.6"))
    def test_effect_is_noted(self, version: str) -> None:
        """A request whose endpoint acted has had its effect, even if that was a refusal."""
        assert ask(version, "POST /_rollup/job/a/_stop").request.effect == "applied"
        assert ask(version, "POST /_rollup/job/b/_stop").request.effect == "applied"
        assert ask(version, "GET /_rollup/job/b").request.effect == "applied"


class TestBadQuery:
    """A query string that cannot be decoded."""

    @pytest.mark.parametrize("version", lines())
    @pytest.mark.parametrize(
        ("query", "text"),
        [
            ("a=%", "unterminated escape sequence at end of string: %"),
            ("a=x%4", "partial escape sequence at end of string: x%4"),
            ("a=%zz", "invalid escape sequence `%zz' at index 0 of: %zz"),
        ],
    )
    def test_is_wrapped(self, version: str, query: str, text: str) -> None:
        """The decoder's complaint is the cause of a bad parameter, on any path and with any method."""
        for line in ("GET /", "POST /nope/nope/nope"):
            answer = ask(version, f"{line}?{query}")
            reason = f"java.lang.IllegalArgumentException: {text}"
            assert answer.status == 400
            assert answer.json == {
                "error": {
                    "root_cause": [{"type": "bad_parameter_exception", "reason": reason}],
                    "type": "bad_parameter_exception",
                    "reason": reason,
                    "caused_by": {"type": "illegal_argument_exception", "reason": text},
                },
                "status": 400,
            }
            assert answer.request.query == {}

    @pytest.mark.parametrize("version", lines())
    def test_takes_the_other_parameters_with_it(self, version: str) -> None:
        """The refusal is neither pretty nor in another format nor has it a trace, whatever else the query says."""
        answer = ask(version, "GET /?pretty&format=yaml&error_trace=true&a=%")

        assert answer.text.startswith('{"error":{"root_cause":[{"type":"bad_parameter_exception",')
        assert "stack_trace" not in answer.text

    @pytest.mark.parametrize("version", lines("8.7", "8.19"))
    def test_is_answered_as_the_headers_ask(self, version: str) -> None:
        """Accept is heeded all the same."""
        accept = "application/vnd.elasticsearch+json; compatible-with=8"

        assert ask(version, "GET /?%", ("Accept", accept)).values("content-type") == [
            "application/vnd.elasticsearch+json;compatible-with=8"
        ]

    @pytest.mark.parametrize("version", lines("8.0"))
    def test_comes_before_media_types(self, version: str) -> None:
        """The query is decoded before the headers are looked at."""
        assert ask(version, "GET /?%", ("Accept", "abc")).error["type"] == "bad_parameter_exception"

    @pytest.mark.parametrize("version", lines("8.19"))
    @pytest.mark.parametrize("name", ["operatorRequest", "serverlessRequest", "OPERATORREQUEST"])
    def test_reserved_names(self, version: str, name: str) -> None:
        """From late 8.x on two names cannot be sent, in any case."""
        answer = ask(version, f"POST /_rollup/job/a/_stop?{name}=true")

        assert answer.error["type"] == "bad_parameter_exception"
        assert answer.error["caused_by"]["reason"] == f"parameter [{name}] is reserved and may not be set"

    @pytest.mark.parametrize("version", lines("6.6", "8.18"))
    def test_names_are_not_reserved_before(self, version: str) -> None:
        """Before, they are unknown like others."""
        assert ask(version, "POST /_rollup/job/a/_stop?operatorRequest=true").error["reason"] == (
            "request [/_rollup/job/a/_stop] contains unrecognized parameter: [operatorRequest]"
        )


class TestBadForm:
    """`pretty`, `human` and `error_trace` with a value that is no boolean."""

    @pytest.mark.parametrize("version", lines())
    @pytest.mark.parametrize("name", ["pretty", "human"])
    def test_form_is_refused_before_the_route(self, version: str, name: str) -> None:
        """The refusal comes on any path, is not pretty, and in the format of the headers only."""
        answer = ask(version, f"POST /nope/nope/nope?pretty&format=yaml&error_trace=true&{name}=maybe")

        assert answer.status == 400
        assert answer.text == (
            f'{{"error":{{"root_cause":[{{"type":"illegal_argument_exception","reason":"{NOT_A_BOOLEAN}"}}],'
            f'"type":"illegal_argument_exception","reason":"{NOT_A_BOOLEAN}"}},"status":400}}'
        )

    @pytest.mark.parametrize("version", lines())
    def test_values_of_pretty(self, version: str) -> None:
        """An empty value is true, white space the default, and case counts."""
        nope = '{"error":"no handler found for uri [/a/b/c/d?pretty=%s] and method [POST]"}'
        for value, is_pretty in (("", True), ("true", True), ("false", False), ("%20", False)):
            text = ask(version, f"POST /a/b/c/d?pretty={value}").text
            assert (text != nope % value) == is_pretty
        for value in ("True", "1", "yes"):
            assert ask(version, f"POST /a/b/c/d?pretty={value}").error["reason"] == (
                f"Failed to parse value [{value}] as only [true] or [false] are allowed."
            )

    @pytest.mark.parametrize("version", lines())
    def test_error_trace_is_refused_in_short(self, version: str) -> None:
        """A bad `error_trace` gets the short form, before the route, and obeys `pretty`."""
        assert ask(version, "POST /nope/nope/nope?error_trace=maybe").text == (
            f'{{"error":"{NOT_A_BOOLEAN}","status":400}}'
        )
        assert ask(version, "POST /nope/nope/nope?error_trace=maybe&pretty").text == (
            f'{{\n  "error" : "{NOT_A_BOOLEAN}",\n  "status" : 400\n}}\n'
        )


class TestBadMediaTypes:
    """Headers that are refused before anything else but the query."""

    @pytest.mark.parametrize("version", lines(until="7.17"))
    def test_content_type_before_8(self, version: str) -> None:
        """Up to 7.17 a Content-Type that is none is refused on any path, even without a body; Accept never is."""
        text = "invalid Content-Type header [abc]"
        answer = ask(version, "POST /nope/nope/nope", ("Content-Type", "abc"), ("Accept", "abc"))

        assert answer.json == {
            "error": {
                "root_cause": [
                    {
                        "type": "content_type_header_exception",
                        "reason": f"java.lang.IllegalArgumentException: {text}",
                    }
                ],
                "type": "content_type_header_exception",
                "reason": f"java.lang.IllegalArgumentException: {text}",
                "caused_by": {"type": "illegal_argument_exception", "reason": text},
            },
            "status": 400,
        }

    @pytest.mark.parametrize("version", lines("8.0"))
    @pytest.mark.parametrize("header", ["Accept", "Content-Type"])
    def test_either_header_from_8_on(self, version: str, header: str) -> None:
        """From 8.0 on either header is refused, even without a body."""
        reason = f"Invalid media-type value on headers [{header}]"

        assert ask(version, "POST /nope/nope/nope", (header, "abc")).json == {
            "error": {
                "root_cause": [{"type": "media_type_header_exception", "reason": reason}],
                "type": "media_type_header_exception",
                "reason": reason,
                "caused_by": {"type": "illegal_argument_exception", "reason": "invalid media-type [abc]"},
            },
            "status": 400,
        }

    @pytest.mark.parametrize("version", lines("8.0", "8.19"))
    def test_client_of_9_on_8(self, version: str) -> None:
        """This is how a client of 9 fails on a cluster of 8."""
        answer = ask(version, "POST /_rollup/job/a/_stop", ("Accept", VENDOR_9), ("Content-Type", VENDOR_9))
        reason = "Invalid media-type value on headers [Accept, Content-Type]"

        assert answer.json == {
            "error": {
                "root_cause": [{"type": "media_type_header_exception", "reason": reason}],
                "type": "media_type_header_exception",
                "reason": reason,
                "caused_by": {
                    "type": "status_exception",
                    "reason": f"Accept version must be either version 8 or 7, but found 9. Accept={VENDOR_9}",
                },
            },
            "status": 400,
        }

    @pytest.mark.parametrize("version", lines())
    def test_obeys_the_parameters(self, version: str) -> None:
        """The refusal is pretty and has a trace if asked for."""
        answer = ask(version, "GET /?pretty&error_trace=true", ("Content-Type", "abc"))

        assert answer.text.startswith('{\n  "error" : {\n')
        assert "stack_trace" in answer.error

    @pytest.mark.parametrize("version", lines())
    def test_comes_before_pretty(self, version: str) -> None:
        """Of a bad header and a bad `pretty` the header is reported."""
        for name in ("pretty", "error_trace"):
            answer = ask(version, f"GET /?{name}=maybe", ("Content-Type", "abc"))
            assert answer.error["type"] in ("content_type_header_exception", "media_type_header_exception")


class TestOpaqueId:
    """Two different values of X-Opaque-Id."""

    TWICE = (("X-Opaque-Id", "a"), ("x-opaque-id", "b"))
    TEXT = "multiple values for single-valued header [X-Opaque-Id]."

    @pytest.mark.parametrize("version", lines(until="7.5"))
    def test_first_counts_before_7_6(self, version: str) -> None:
        """Up to 7.5 the first is taken."""
        answer = ask(version, "GET /", *self.TWICE)

        assert answer.status == 200
        assert answer.values("X-Opaque-Id") == ["a"]

    @pytest.mark.parametrize("version", [*lines("7.6", "7.16"), "7.17.12", *lines("8.0", "8.7")])
    def test_is_refused_in_short_by_the_controller(self, version: str) -> None:
        """From 7.6 on the controller refuses them before it looks at `error_trace` and the route."""
        answer = ask(version, "POST /nope/nope/nope?error_trace=maybe", *self.TWICE)

        assert answer.status == 400
        assert answer.text == f'{{"error":"{self.TEXT}","status":400}}'
        assert answer.values("X-Opaque-Id") == ["a"]

    @pytest.mark.parametrize("version", ["7.17.13", "7.17", *lines("8.8")])
    def test_is_refused_in_full_before_the_controller(self, version: str) -> None:
        """Since headers are copied earlier the refusal has the long form, and does not name the product."""
        answer = ask(version, "POST /nope/nope/nope?error_trace=maybe", *self.TWICE)

        assert answer.status == 400
        assert answer.text == (
            f'{{"error":{{"root_cause":[{{"type":"illegal_argument_exception","reason":"{self.TEXT}"}}],'
            f'"type":"illegal_argument_exception","reason":"{self.TEXT}"}},"status":400}}'
        )
        assert answer.values("X-elastic-product") == []

    @pytest.mark.parametrize("version", lines())
    def test_one_value_twice_is_one_value(self, version: str) -> None:
        """A value that is repeated is no second one."""
        answer = ask(version, "GET /", ("X-Opaque-Id", "a"), ("X-Opaque-Id", "a"))

        assert answer.status == 200
        assert answer.values("X-Opaque-Id") == ["a"]

    @pytest.mark.parametrize("version", lines("7.6"))
    def test_comes_after_bad_requests(self, version: str) -> None:
        """A query that cannot be decoded, and a bad `pretty`, are reported before."""
        assert ask(version, "GET /?%", *self.TWICE).error["type"] == "bad_parameter_exception"
        assert ask(version, "GET /?pretty=maybe", *self.TWICE).error["reason"] == NOT_A_BOOLEAN


class TestBodies:
    """A body where none is taken."""

    @pytest.mark.parametrize("version", lines(until="6.7"))
    def test_is_ignored_before_6_8(self, version: str) -> None:
        """Up to 6.7 nobody minds."""
        answer = ask(version, "POST /_xpack/rollup/job/a/_stop", ("Content-Type", JSON), body="{}")

        assert (answer.status, answer.text, answer.warnings) == (200, '{"stopped":true}', [])

    def test_is_deprecated_in_6_8(self) -> None:
        """6.8 warns, with the decoded path."""
        cluster = FakeCluster("6.8", "a b", "é")
        answer = cluster.ask("POST /_rollup/job/a%20b/_stop?timeout=1s", ("Content-Type", JSON), body="{}")

        assert answer.text == '{"stopped":true}'
        assert answer.warnings == [
            (
                "request [POST /_rollup/job/a b/_stop] does not support having a body; "
                "Elasticsearch 7.x+ will reject such requests"
            )
        ]
        answer = cluster.ask("POST /_rollup/job/%C3%A9/_stop", ("Content-Type", JSON), body="{}")
        assert "[POST /_rollup/job/é/_stop]" in answer.warnings[0]

    @pytest.mark.parametrize("version", lines("7.0"))
    def test_is_refused_from_7_on(self, version: str) -> None:
        """From 7.0 on it is an illegal argument, with the decoded path; `{}` is a body."""
        for line, text in (
            ("POST /_rollup/job/a%2Fb/_stop?timeout=1s", "POST /_rollup/job/a/b/_stop"),
            ("GET /_rollup/job/a", "GET /_rollup/job/a"),
            ("GET /", "GET /"),
        ):
            answer = ask(version, line, ("Content-Type", JSON), body="{}")
            assert answer.status == 400
            assert answer.error["type"] == "illegal_argument_exception"
            assert answer.error["reason"] == f"request [{text}] does not support having a body"

    @pytest.mark.parametrize("version", lines("6.6"))
    def test_type_matters_only_with_a_body(self, version: str) -> None:
        """Without a body any media type will do."""
        assert ask(version, "POST /_rollup/job/a/_stop", ("Content-Type", "text/plain")).status == 200

    @pytest.mark.parametrize("version", lines("6.6"))
    def test_unsupported_type(self, version: str) -> None:
        """A body needs a Content-Type that is known, else it is a 406 in the short form, never a 415."""
        line = "POST /_rollup/job/a/_stop"

        assert ask(version, line, body="x").text == '{"error":"Content-Type header is missing","status":406}'
        for type_ in ("text/plain", "Text/HTML; charset=utf-8", "application/x-www-form-urlencoded"):
            answer = ask(version, line, ("Content-Type", type_), body="x")
            assert answer.status == 406
            assert answer.text == f'{{"error":"Content-Type header [{type_}] is not supported","status":406}}'

    @pytest.mark.parametrize("version", lines("8.0"))
    @pytest.mark.parametrize("type_", ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"])
    def test_a_form_is_unsupported(self, version: str, type_: str) -> None:
        """What any page of the web may make a browser send is read by no endpoint, not even by one with a body."""
        for line in ("POST /_rollup/job/a/_stop", "PUT /_rollup/job/b"):
            answer = ask(version, line, ("Content-Type", type_), body="a=b")
            assert answer.status == 406
            assert answer.text == f'{{"error":"Content-Type header [{type_}] is not supported","status":406}}'

    @pytest.mark.parametrize("version", lines("6.6", "7.10"))
    def test_vendor_type_before_7_11(self, version: str) -> None:
        """Up to 7.10 a vendor type is unknown."""
        type_ = "application/vnd.elasticsearch+json; compatible-with=8"

        assert ask(version, "POST /_rollup/job/a/_stop", ("Content-Type", type_), body="{}").text == (
            f'{{"error":"Content-Type header [{type_}] is not supported","status":406}}'
        )

    @pytest.mark.parametrize("version", lines("7.11"))
    def test_known_types(self, version: str) -> None:
        """Whose type is known gets to the next refusal."""
        vendor = "application/vnd.elasticsearch+json; compatible-with=8"
        for type_ in ("application/json; charset=UTF-8", "application/x-ndjson", "APPLICATION/YAML", vendor):
            headers = (("Content-Type", type_), ("Accept", vendor if type_ == vendor else "*/*"))
            answer = ask(version, "POST /_rollup/job/a/_stop?format=json", *headers, body="x")
            assert answer.error["reason"].endswith("does not support having a body")


class TestContentTypes:
    """What refusals are sent as."""

    @pytest.mark.parametrize("version", lines(until="7.17"))
    def test_before_8(self, version: str) -> None:
        """Up to 7.17 all have the same type."""
        for query in ("", "?foo=1", "?%", "?error_trace=maybe"):
            assert ask(version, f"GET /nope/nope/nope/nope{query}").values("content-type") == [OLD_JSON]

    @pytest.mark.parametrize("version", lines("8.0", "8.6"))
    def test_exceptions_from_8_0_to_8_6(self, version: str) -> None:
        """8.0 to 8.6 send exceptions as a type of their own, but not what the controller says."""
        accept = ("Accept", "application/vnd.elasticsearch+json; compatible-with=8")

        for line in ("POST /_rollup/job/b/_stop", "POST /_rollup/job/a/_stop?foo=1", "GET /?%", "GET /?pretty=maybe"):
            assert ask(version, line, accept).values("content-type") == ["application/json;charset=utf-8"]
        for line in ("POST /_rollup/job/a/_foo", "GET /_rollup/job/a/_stop", "GET /?error_trace=maybe"):
            assert ask(version, line, accept).values("content-type") == [
                "application/vnd.elasticsearch+json;compatible-with=8"
            ]

    @pytest.mark.parametrize("version", lines("8.7"))
    def test_from_8_7_on(self, version: str) -> None:
        """From 8.7 on refusals are sent as any answer, which is as Accept says."""
        accept = ("Accept", "application/vnd.elasticsearch+json; compatible-with=8")

        for line in ("POST /_rollup/job/b/_stop", "POST /_rollup/job/a/_foo", "GET /?%", "GET /?error_trace=maybe"):
            assert ask(version, line, accept).values("content-type") == [
                "application/vnd.elasticsearch+json;compatible-with=8"
            ]
            assert ask(version, line).values("content-type") == [JSON]
