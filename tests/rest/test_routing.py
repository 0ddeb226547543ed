"""Which path and method is whose, and what is said to those that are nobody's."""

from __future__ import annotations

import pytest

from tests.support import FakeCluster, ask, lines

OLD_JSON = "application/json; charset=UTF-8"
JSON = "application/json"
COMPATIBLE_7 = ("Accept", "application/vnd.elasticsearch+json; compatible-with=7")
COMPATIBLE_8 = ("Accept", "application/vnd.elasticsearch+json; compatible-with=8")

every_version = pytest.mark.parametrize("version", lines())
with_rollup_paths = pytest.mark.parametrize("version", lines("6.6"))


class TestUnknownPaths:
    """A path that no API has is a 400, never a 404."""

    @every_version
    def test_no_handler(self, version: str) -> None:
        """The refusal shows the raw target and the method, and has no status; nobody's endpoint was reached."""
        answer = ask(version, "POST /_rollup/job/a%20b/_foo?x=%41&human")

        assert answer.status == 400
        assert answer.text == (
            '{"error":"no handler found for uri [/_rollup/job/a%20b/_foo?x=%41&human] and method [POST]"}'
        )
        assert (answer.request.endpoint, answer.request.job, answer.request.effect) == ("refused", None, None)

    @every_version
    def test_pretty(self, version: str) -> None:
        """The refusal is pretty-printed if asked for."""
        answer = ask(version, "POST /_rollup/nope/x/y?pretty")

        assert answer.text == (
            '{\n  "error" : "no handler found for uri [/_rollup/nope/x/y?pretty] and method [POST]"\n}\n'
        )

    @pytest.mark.parametrize("version", lines(until="7.17"))
    def test_content_type_before_8(self, version: str) -> None:
        """Up to 7.17 JSON has a charset."""
        assert ask(version, "POST /_rollup/nope/x/y").values("content-type") == [OLD_JSON]

    @pytest.mark.parametrize("version", lines("8.0"))
    def test_content_type_from_8_on(self, version: str) -> None:
        """From 8.0 on it has none."""
        assert ask(version, "POST /_rollup/nope/x/y").values("content-type") == [JSON]

    @with_rollup_paths
    def test_near_misses(self, version: str) -> None:
        """Slashes are not merged, case counts, and a target in the form for proxies is not understood."""
        for path in (
            "//_rollup/job/a/_stop",
            "/_rollup//job/a/_stop",
            "/_rollup/job/a//_stop",
            "/_rollup/job/a/_foo",
            "/_rollup/job/a/_stop/b",
            "/_Rollup/job/a/_stop",
            "/_rollup/job/a/_STOP",
            "http://localhost:9200/_rollup/job/a/_stop",
        ):
            answer = ask(version, f"POST {path}")
            assert answer.status == 400
            assert answer.error == f"no handler found for uri [{path}] and method [POST]"


class TestWrongMethods:
    """A known path with another method is a 405."""

    @with_rollup_paths
    def test_stop_is_a_post(self, version: str) -> None:
        """The refusal shows the raw target, the method and those that the path has."""
        for method in ("GET", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT"):
            answer = ask(version, f"{method} /_rollup/job/a/_stop?x=1")
            assert answer.status == 405
            assert answer.text == (
                f'{{"error":"Incorrect HTTP method for uri [/_rollup/job/a/_stop?x=1] and method [{method}], '
                'allowed: [POST]","status":405}'
            )
            assert answer.values("Allow") == ["POST"]
            assert (answer.request.endpoint, answer.request.job) == ("refused", None)

    @with_rollup_paths
    def test_several_allowed_methods(self, version: str) -> None:
        """The header has no space after the comma, the body has one."""
        answer = ask(version, "POST /_rollup/job/a")

        assert answer.values("Allow") == ["GET,PUT,DELETE"]
        assert answer.error == (
            "Incorrect HTTP method for uri [/_rollup/job/a] and method [POST], allowed: [GET, PUT, DELETE]"
        )

    @every_version
    def test_root(self, version: str) -> None:
        """The root can be deleted, which stands for every index."""
        answer = ask(version, "POST /")

        assert answer.status == 405
        assert answer.values("Allow") == ["GET,DELETE,HEAD"]

    @every_version
    def test_index(self, version: str) -> None:
        """A path of one segment is an index."""
        answer = ask(version, "POST /_rollup")

        assert answer.status == 405
        assert answer.values("Allow") == ["GET,PUT,DELETE,HEAD"]

    @pytest.mark.parametrize("version", lines("6.4"))
    def test_method_that_nobody_knows(self, version: str) -> None:
        """A method that HTTP does not have is named, with those that the path has."""
        answer = ask(version, "FOO /_xpack/rollup/job/a/_stop" if version < "6.6" else "FOO /_rollup/job/a/_stop")

        assert answer.status == 405
        assert answer.text == '{"error":"Unexpected http method: FOO, allowed: [POST]","status":405}'
        assert answer.values("Allow") == ["POST"]

    @pytest.mark.parametrize("version", lines("6.4"))
    def test_method_that_nobody_knows_on_an_unknown_path(self, version: str) -> None:
        """Where no method is allowed, none is listed."""
        answer = ask(version, "FOO /_rollup/nope/x/y")

        assert answer.status == 405
        assert answer.text == '{"error":"Unexpected http method: FOO","status":405}'
        assert answer.values("Allow") == []

    @pytest.mark.parametrize("method", ["FOO", "PATCH", "TRACE", "CONNECT"])
    def test_6_3_takes_what_it_does_not_know_for_get(self, method: str) -> None:
        """6.3 knows six methods, and takes any other for GET."""
        assert ask("6.3", f"{method} /_xpack/rollup/job/a").json["jobs"][0]["config"]["id"] == "a"
        assert ask("6.3", f"{method} /_xpack/rollup/job/a/_stop").error.endswith("method [GET], allowed: [POST]")


class TestHeadAndOptions:
    """HEAD is a method like others; OPTIONS asks for the others."""

    @with_rollup_paths
    def test_head_is_not_routed_to_get(self, version: str) -> None:
        """A path with GET or POST only refuses HEAD; the body is left to the wire, which needs its length."""
        for path, allowed in (("/_rollup/job/a", "GET,PUT,DELETE"), ("/_rollup/job/a/_stop", "POST")):
            answer = ask(version, f"HEAD {path}")

            assert answer.status == 405
            assert answer.values("Allow") == [allowed]
            assert "and method [HEAD], allowed: [" in answer.error

    @with_rollup_paths
    def test_options_of_a_known_path(self, version: str) -> None:
        """OPTIONS lists the methods in a header, and its body is an empty text, whatever else was sent."""
        answer = ask(
            version, "OPTIONS /_rollup/job/a?x=1&pretty", ("Content-Type", "text/plain"), body="x", security="unset"
        )

        assert answer.status == 200
        assert answer.text == ""
        assert answer.values("Allow") == ["GET,PUT,DELETE"]
        assert answer.values("content-type") == ["text/plain; charset=UTF-8"]
        assert answer.warnings == []
        assert answer.request.endpoint == "refused"

    @every_version
    def test_options_of_an_unknown_path(self, version: str) -> None:
        """OPTIONS of an unknown path is answered too, without a list."""
        answer = ask(version, "OPTIONS /_rollup/nope/x/y")

        assert (answer.status, answer.text) == (200, "")
        assert answer.values("Allow") == []


class TestPaths:
    """What a path's segments are."""

    @with_rollup_paths
    def test_slashes_at_the_end(self, version: str) -> None:
        """Any number of slashes at the end makes no difference."""
        assert ask(version, "POST /_rollup/job/a/_stop/").text == '{"stopped":true}'
        assert ask(version, "POST /_rollup/job/a/_stop///").text == '{"stopped":true}'

    @every_version
    def test_double_slash_is_the_root(self, version: str) -> None:
        """Two slashes are the root."""
        assert ask(version, "GET //").json["tagline"] == "You Know, for Search"

    @with_rollup_paths
    def test_empty_id(self, version: str) -> None:
        """An empty segment can be an id; no job has it."""
        answer = ask(version, "POST /_rollup/job//_stop")

        assert answer.status == 404
        assert answer.error["reason"] == "Task for Rollup Job [] not found"
        assert (answer.request.endpoint, answer.request.job) == ("stop", "")

    @with_rollup_paths
    def test_escapes(self, version: str) -> None:
        """A path is split before it is decoded, so that an id may hold a slash; the journal has the decoded id."""
        ids = {"a%2Fb": "a/b", "a%20b": "a b", "a%2Bb": "a+b", "sensor%2F1%20%C3%A4": "sensor/1 ä", "%61": "a"}
        cluster = FakeCluster(version, *ids.values())

        for raw, id_ in ids.items():
            answer = cluster.ask(f"POST /_rollup/job/{raw}/_stop")
            assert answer.text == '{"stopped":true}'
            assert cluster.world.jobs[id_].state == "stopped"
            assert answer.request.job == id_

    @pytest.mark.parametrize("version", lines(until="6.8"))
    def test_plus_is_a_space_in_6(self, version: str) -> None:
        """In 6.x a plus in a path is a space."""
        assert ask(version, "POST /_xpack/rollup/job/a+b/_stop").error["reason"] == (
            "Task for Rollup Job [a b] not found"
        )

    @pytest.mark.parametrize("version", lines("7.0"))
    def test_plus_is_a_plus_from_7_on(self, version: str) -> None:
        """From 7.0 on it is itself."""
        assert ask(version, "POST /_rollup/job/a+b/_stop").error["reason"] == "Task for Rollup Job [a+b] not found"

    @pytest.mark.parametrize("version", lines(until="7.4"))
    @pytest.mark.parametrize("method", ["POST", "GET"])
    def test_bad_escape_before_7_5(self, version: str, method: str) -> None:
        """Up to 7.4 a value that cannot be decoded is an illegal argument, whatever the method."""
        answer = ask(version, f"{method} /_xpack/rollup/job/a%zz/_stop")

        assert answer.status == 400
        assert answer.error["type"] == "illegal_argument_exception"
        assert answer.error["reason"] == "invalid escape sequence `%zz' at index 1 of: a%zz"
        assert answer.request.endpoint == "refused"

    @pytest.mark.parametrize("version", lines("7.5", "8.4"))
    def test_bad_escape_from_7_5_to_8_4(self, version: str) -> None:
        """7.5 to 8.4 take it for a method that they do not know."""
        answer = ask(version, "POST /_rollup/job/a%zz/_stop")

        assert answer.status == 405
        assert answer.text == (
            '{"error":"invalid escape sequence `%zz\' at index 1 of: a%zz, allowed: [POST]","status":405}'
        )
        assert answer.values("Allow") == ["POST"]
        assert ask(version, "GET /_rollup/job/a%zz/_stop").error == (
            "Incorrect HTTP method for uri [/_rollup/job/a%zz/_stop] and method [GET], allowed: [POST]"
        )

    @pytest.mark.parametrize("version", lines("8.5"))
    @pytest.mark.parametrize("line", ["POST /_rollup/job/a%zz/_stop", "GET /_rollup/job/a%zz/_stop"])
    def test_bad_escape_from_8_5_on(self, version: str, line: str) -> None:
        """From 8.5 on the whole path is decoded first, whatever the method."""
        answer = ask(version, line)

        assert answer.status == 400
        assert answer.error["type"] == "illegal_argument_exception"
        assert answer.error["reason"] == "invalid escape sequence `%zz' at index 14 of: /_rollup/job/a%zz/_stop"
        assert answer.values("Allow") == []

    @pytest.mark.parametrize("version", ["6.8", "7.17", "8.4", "8.19", "9.5"])
    @pytest.mark.parametrize(
        ("raw", "text"),
        [
            ("a%", "unterminated escape sequence at end of string: "),
            ("a%4", "partial escape sequence at end of string: "),
        ],
    )
    def test_escapes_cut_short(self, version: str, raw: str, text: str) -> None:
        """An escape at the end says what is missing."""
        answer = ask(version, f"GET /_rollup/job/{raw}")

        assert (answer.error if isinstance(answer.error, str) else answer.error["reason"]).startswith(text)


class TestRollupPrefix:
    """`/_rollup/...` from 6.6 on."""

    @pytest.mark.parametrize("version", lines(until="6.5"))
    def test_unknown_before_6_6(self, version: str) -> None:
        """Up to 6.5 there is only the old prefix."""
        assert ask(version, "POST /_rollup/job/a/_stop").text == (
            '{"error":"no handler found for uri [/_rollup/job/a/_stop] and method [POST]"}'
        )

    @with_rollup_paths
    def test_works_without_a_route_warning(self, version: str) -> None:
        """From 6.6 on it works, and nothing is said against it."""
        cluster = FakeCluster(version, "a")

        for line, endpoint in (("POST /_rollup/job/a/_stop", "stop"), ("GET /_rollup/job/a", "get")):
            answer = cluster.ask(line)
            assert answer.status == 200
            assert (answer.request.endpoint, answer.request.job) == (endpoint, "a")
            assert not any("is deprecated" in text for text in answer.warnings)


class TestXpackPrefix:
    """`/_xpack/rollup/...` up to 8.x."""

    @pytest.mark.parametrize("version", lines(until="6.8"))
    def test_is_the_usual_one_in_6(self, version: str) -> None:
        """6.x says nothing against it."""
        cluster = FakeCluster(version, "a")

        for line, endpoint in (("POST /_xpack/rollup/job/a/_stop", "stop"), ("GET /_xpack/rollup/job/a", "get")):
            answer = cluster.ask(line)
            assert (answer.status, answer.warnings) == (200, [])
            assert (answer.request.endpoint, answer.request.job) == (endpoint, "a")

    @pytest.mark.parametrize("version", lines("7.0", "7.17"))
    def test_is_deprecated_in_7(self, version: str) -> None:
        """7.x warns with the registered paths, of which the old one of Get Jobs ends in a slash."""
        cluster = FakeCluster(version, "a")

        assert cluster.ask("POST /_xpack/rollup/job/a/_stop").warnings == [
            "[POST /_xpack/rollup/job/{id}/_stop] is deprecated! Use [POST /_rollup/job/{id}/_stop] instead."
        ]
        assert cluster.ask("GET /_xpack/rollup/job/a").warnings == [
            "[GET /_xpack/rollup/job/{id}/] is deprecated! Use [GET /_rollup/job/{id}] instead."
        ]

    @pytest.mark.parametrize("version", lines("7.0", "7.17"))
    def test_warns_with_errors_too(self, version: str) -> None:
        """The warning goes out with whatever the endpoint says, but not where it is not reached."""
        for path, status in (("a/_stop?foo=1", 400), ("b/_stop", 404)):
            answer = ask(version, f"POST /_xpack/rollup/job/{path}")
            assert answer.status == status
            assert len(answer.warnings) == 1
        assert ask(version, "GET /_xpack/rollup/job/a/_stop").warnings == []

    @pytest.mark.parametrize("version", lines("8.0", "8.19"))
    def test_is_for_compatible_requests_in_8(self, version: str) -> None:
        """8.x knows it for requests that ask for 7, and warns."""
        cluster = FakeCluster(version, "a")
        answer = cluster.ask("POST /_xpack/rollup/job/a/_stop", COMPATIBLE_7)

        assert answer.text == '{"stopped":true}'
        assert answer.warnings == [
            "[POST /_xpack/rollup/job/{id}/_stop] is deprecated! Use [POST /_rollup/job/{id}/_stop] instead."
        ]
        assert answer.values("content-type") == ["application/vnd.elasticsearch+json;compatible-with=7"]
        assert cluster.ask("GET /_xpack/rollup/job/a", COMPATIBLE_7).warnings == [
            "[GET /_xpack/rollup/job/{id}/] is deprecated! Use [GET /_rollup/job/{id}] instead."
        ]

    @pytest.mark.parametrize("version", lines("8.0", "8.19"))
    @pytest.mark.parametrize("headers", [(), (COMPATIBLE_8,)])
    def test_is_unknown_to_others_in_8(self, version: str, headers: tuple[tuple[str, str], ...]) -> None:
        """Others meet a path without a handler, unless their method is none of the path's: the list is the same."""
        answer = ask(version, "POST /_xpack/rollup/job/a/_stop", *headers)

        assert answer.status == 400
        assert answer.error == "no handler found for uri [/_xpack/rollup/job/a/_stop] and method [POST]"
        assert answer.request.endpoint == "refused"
        assert ask(version, "GET /_xpack/rollup/job/a/_stop", *headers).values("Allow") == ["POST"]

    @pytest.mark.parametrize("version", lines("9.0"))
    @pytest.mark.parametrize("line", ["POST /_xpack/rollup/job/a/_stop", "GET /_xpack/rollup/job/a"])
    @pytest.mark.parametrize("headers", [(), (COMPATIBLE_8,)])
    def test_is_gone_in_9(self, version: str, line: str, headers: tuple[tuple[str, str], ...]) -> None:
        """9.x does not know it at all."""
        method, path = line.split(" ")
        answer = ask(version, line, *headers)

        assert answer.status == 400
        assert answer.error == f"no handler found for uri [{path}] and method [{method}]"


class TestForgottenId:
    """Paths that are one segment short, which the official clients send for "all jobs"."""

    @pytest.mark.parametrize("version", lines(until="8.19"))
    def test_get_meets_a_typed_index_up_to_8(self, version: str) -> None:
        """Up to 8.x two segments are an index and a type, to which documents are posted."""
        for path in ("/_rollup/job", "/_rollup/job/", "/_rollup/foo", "/_rollup/data"):
            answer = ask(version, f"GET {path}")
            assert answer.status == 405
            assert answer.values("Allow") == ["POST"]
            assert answer.error == f"Incorrect HTTP method for uri [{path}] and method [GET], allowed: [POST]"

    @pytest.mark.parametrize("version", lines(until="6.8"))
    @pytest.mark.parametrize("path", ["/_xpack/rollup/job", "/_xpack/rollup/job/", "/_xpack/rollup/data"])
    def test_get_meets_a_document_by_the_paths_of_6(self, version: str, path: str) -> None:
        """Three segments are an index, a type and an id; the index is missing, as none can have such a name."""
        answer = ask(version, f"GET {path}")

        assert (answer.status, answer.warnings, answer.request.endpoint) == (404, [], "refused")
        assert answer.error["type"] == "index_not_found_exception"
        assert answer.error["reason"] == "no such index"
        assert (answer.error["resource.type"], answer.error["resource.id"]) == ("index_expression", "_xpack")

    @pytest.mark.parametrize("version", lines("9.0"))
    def test_get_meets_nothing_in_9(self, version: str) -> None:
        """9.x has no types."""
        for path in ("/_rollup/job", "/_rollup/job/", "/_rollup/foo", "/_rollup/data"):
            assert ask(version, f"GET {path}").text == (
                f'{{"error":"no handler found for uri [{path}] and method [GET]"}}'
            )

    @pytest.mark.parametrize("version", lines(until="7.17"))
    @pytest.mark.parametrize("path", ["/_rollup/job", "/_rollup/job/"])
    def test_post_lacks_a_document_up_to_7(self, version: str, path: str) -> None:
        """Up to 7.17 a POST is one of a document, which is missing."""
        answer = ask(version, f"POST {path}")

        assert answer.status == 400
        assert answer.text == (
            '{"error":{"root_cause":[{"type":"parse_exception","reason":"request body is required"}],'
            '"type":"parse_exception","reason":"request body is required"},"status":400}'
        )
        assert answer.request.endpoint == "refused"

    @pytest.mark.parametrize("version", lines("7.0", "7.17"))
    def test_post_is_told_about_types_in_7(self, version: str) -> None:
        """7.x warns of types before it misses the document."""
        assert ask(version, "POST /_rollup/job").warnings == [
            (
                "[types removal] Specifying types in document index requests is deprecated, use the typeless endpoints "
                "instead (/{index}/_doc/{id}, /{index}/_doc, or /{index}/_create/{id})."
            )
        ]

    @pytest.mark.parametrize("version", lines(until="6.8"))
    def test_post_is_not_told_about_types_in_6(self, version: str) -> None:
        """6.x has nothing against types."""
        assert ask(version, "POST /_rollup/job").warnings == []

    @pytest.mark.parametrize("version", lines("8.0"))
    def test_post_meets_nothing_from_8_on(self, version: str) -> None:
        """From 8.0 on there is no such API."""
        assert ask(version, "POST /_rollup/job").text == (
            '{"error":"no handler found for uri [/_rollup/job] and method [POST]"}'
        )

    @pytest.mark.parametrize("version", lines("8.0", "8.19"))
    def test_post_that_asks_for_7_is_told_about_types_in_8(self, version: str) -> None:
        """A request that asks 8.x for 7 is answered as by 7.x."""
        answer = ask(version, "POST /_rollup/job", COMPATIBLE_7)

        assert answer.error["reason"] == "request body is required"
        assert len(answer.warnings) == 1

    @every_version
    def test_no_index_begins_with_an_underscore(self, version: str) -> None:
        """A path of one segment that begins with an underscore is an index that cannot be."""
        for method in ("GET", "HEAD", "DELETE"):
            answer = ask(version, f"{method} /_rollup")
            exception = (
                '"type":"invalid_index_name_exception","reason":"Invalid index name [_rollup], must not start with '
                '\'_\'.","index_uuid":"_na_","index":"_rollup"'
            )
            assert answer.status == 400
            assert answer.text == f'{{"error":{{"root_cause":[{{{exception}}}],{exception}}},"status":400}}'

    @every_version
    def test_no_index_can_be_made_with_an_underscore(self, version: str) -> None:
        """Who makes an index is told of two more characters."""
        answer = ask(version, "PUT /_rollup")

        assert answer.error["reason"] == "Invalid index name [_rollup], must not start with '_', '-', or '+'"


class TestLabels:
    """What the journal calls a request: the endpoint it was routed to, even if that refused it."""

    @with_rollup_paths
    def test_endpoint_and_job(self, version: str) -> None:
        """A request has a job as soon as it has a route that names one; without a route it was refused."""
        for line, endpoint, job in (
            ("POST /_rollup/job/a/_stop", "stop", "a"),
            ("POST /_rollup/job/b/_stop", "stop", "b"),
            ("POST /_rollup/job/a/_stop?foo=1", "stop", "a"),
            ("POST /_rollup/job/a/_stop?timeout=abc", "stop", "a"),
            ("GET /_rollup/job/_all", "get", "_all"),
            ("GET /_rollup/job/a?foo=1", "get", "a"),
            ("GET /", "info", None),
            ("HEAD /?foo=1", "info", None),
            ("GET /_cluster/stats", "unfaked", None),
            ("DELETE /_rollup/job/a", "delete", "a"),
            ("POST /_rollup/job/a/_start", "start", "a"),
            ("GET /sensor/_doc/a", "unfaked", None),
            ("POST /_rollup/job/a/_stop?pretty=maybe", "refused", None),
            ("POST /_rollup/job/a/_stop?%", "refused", None),
            ("GET /_rollup/job/a/_stop", "refused", None),
        ):
            request = ask(version, line).request
            assert (line, request.endpoint, request.job) == (line, endpoint, job)

    def test_body_type_is_refused_by_the_endpoint(self) -> None:
        """The 406 comes after the route."""
        request = ask("8.19", "POST /_rollup/job/a/_stop", body="x").request

        assert (request.endpoint, request.job, request.effect) == ("stop", "a", None)

    def test_version_and_query(self) -> None:
        """The journal has the version that answered, and the decoded parameters."""
        request = ask("8.19", "POST /_rollup/job/a/_stop?timeout=1%73&timeout=10s&wait_for_completion").request

        assert request.version == "8.19.21"
        assert request.query == {"timeout": "10s", "wait_for_completion": ""}
