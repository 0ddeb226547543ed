"""Paths, methods, and bodies where none is taken."""

from __future__ import annotations

from itertools import permutations
from typing import Final

from pytest_rollup_fake.contract.expectation import (
    Answer,
    Case,
    Either,
    Form,
    Including,
    Lines,
    Pattern,
    Step,
    changing,
)

from .jobs import GET, JOB, STOP, STOPPED, illegal, no_handler, simple

STOP_PATH: Final = f"{JOB}/_stop"
ROUTES: Final = "RestController, PathTrie"
METHODS: Final = "RestController.handleUnsupportedHttpMethod"
PLAIN: Final = ("Content-Type", "text/plain")
JSON: Final = ("Content-Type", "application/json")


def _routing(name: str, source: str, *steps: Step, lines: Lines = ("6.3", None), job: str | None = None) -> Case:
    return Case("routing", name, source, steps, job=job, lines=lines)


def wrong_method(method: str, uri: str, *allowed: str) -> Answer:
    """Return the refusal of a method; several are in any order before 9.x, in that of RestRequest.Method since."""
    start = f"Incorrect HTTP method for uri [{uri}] and method [{method}], allowed: "
    texts = [f"{start}[{', '.join(order)}]" for order in permutations(allowed)]
    headers = [",".join(order) for order in permutations(allowed)]
    return Answer(
        405,
        {"error": changing(Either(tuple(texts)), v9_0=texts[0]), "status": 405},
        headers=changing((("Allow", Either(tuple(headers))),), v9_0=(("Allow", headers[0]),)),
    )


def _options(allowed: tuple[str, ...]) -> Answer:
    headers = tuple(",".join(order) for order in permutations(allowed))
    return Answer(
        200, "", headers=(("Allow", Either(headers)),), content_type="text/plain; charset=UTF-8", form=Form.TEXT
    )


BAD_ESCAPE: Final = r"invalid escape sequence `%zz' at index \d+ of: .*"
NO_BODY: Final = f"request [POST {STOP_PATH}] does not support having a body"
DEPRECATED_BODY: Final = f"{NO_BODY}; Elasticsearch 7.x+ will reject such requests"
UNKNOWN: Final = f"request [{STOP_PATH}] contains unrecognized parameter: [foo]"

CASES: Final = (
    _routing(
        "no such path",
        ROUTES,
        Step("POST /<rollup>/nope/x/y?pretty=false", no_handler("POST", "/<rollup>/nope/x/y?pretty=false")),
    ),
    _routing("no such verb", ROUTES, Step("POST /<rollup>/job/x/_foo", no_handler("POST", "/<rollup>/job/x/_foo"))),
    _routing("slashes at the end", ROUTES, Step(f"{STOP}/", STOPPED), Step(f"{STOP}//", STOPPED), job="stopped"),
    _routing("two slashes at the start", ROUTES, Step(f"POST /{STOP_PATH}", no_handler("POST", f"/{STOP_PATH}"))),
    _routing("two slashes further on", ROUTES, Step(f"POST {JOB}//_stop", no_handler("POST", f"{JOB}//_stop"))),
    _routing(
        "_rollup is of 6.6",
        "#36383",
        Step("POST /_rollup/job/x/_stop", no_handler("POST", "/_rollup/job/x/_stop")),
        lines=("6.3", "6.5"),
    ),
    _routing("case matters", ROUTES, Step(f"POST {JOB}/_Stop", no_handler("POST", f"{JOB}/_Stop"))),
    _routing(
        "GET where POST is", METHODS, Step(f"GET {STOP_PATH}?x=1", wrong_method("GET", f"{STOP_PATH}?x=1", "POST"))
    ),
    _routing(
        "DELETE where POST is", METHODS, Step(f"DELETE {JOB}/_start", wrong_method("DELETE", f"{JOB}/_start", "POST"))
    ),
    _routing("POST where others are", METHODS, Step(f"POST {JOB}", wrong_method("POST", JOB, "GET", "PUT", "DELETE"))),
    _routing(
        "POST where GET is", METHODS, Step("POST /<rollup>/data/x", wrong_method("POST", "/<rollup>/data/x", "GET"))
    ),
    _routing(
        "HEAD where GET is",
        METHODS,
        Step(f"HEAD {STOP_PATH}", Answer(405, None, headers=(("Allow", "POST"),), form=Form.HEAD)),
    ),
    _routing("OPTIONS", METHODS, Step(f"OPTIONS {STOP_PATH}", _options(("POST",)))),
    _routing("OPTIONS of several", METHODS, Step(f"OPTIONS {JOB}", _options(("GET", "PUT", "DELETE")))),
    _routing(
        "an escape that is none",
        "RestController of 6.3.2 to 7.2.1",
        Step("POST /<rollup>/job/a%zz/_stop", illegal(Pattern(BAD_ESCAPE))),
        lines=("6.3", "7.2"),
    ),
    _routing(
        "an escape that is none takes the method for wrong",
        "RestController of 7.5.2 to 7.10.2",
        Step(
            "POST /<rollup>/job/a%zz/_stop",
            simple(405, Pattern(rf"{BAD_ESCAPE}, allowed: \[POST\]"), headers=(("Allow", "POST"),)),
        ),
        lines=("7.5", "7.17"),
    ),
    _routing(
        "a line that is too long",
        "Netty4BadRequestIT",
        Step(
            f"GET /<rollup>/job/{'a' * 5000}",
            Answer(
                400,
                {
                    "error": Including(
                        {
                            "type": Either(("too_long_frame_exception", "too_long_http_line_exception")),
                            "reason": "An HTTP line is larger than 4096 bytes.",
                        }
                    ),
                    "status": 400,
                },
            ),
        ),
    ),
    # --- bodies ---
    Case("bodies", "one is ignored", "BaseRestHandler of 6.3.2", (Step(STOP, STOPPED, {}),), lines=("6.3", "6.3")),
    Case(
        "bodies",
        "one is warned of",
        "BaseRestHandler of 6.8.13",
        (Step(STOP, Answer(200, {"stopped": True}, warnings=(DEPRECATED_BODY,)), {}),),
        lines=("6.8", "6.8"),
    ),
    Case(
        "bodies",
        "one is refused",
        "BaseRestHandler since 7.0",
        (Step(STOP, illegal(NO_BODY), {}),),
        lines=("7.0", None),
    ),
    Case(
        "bodies",
        "of no length is none",
        "BaseRestHandler",
        (Step(STOP, STOPPED, headers=(("Content-Length", "0"), JSON)),),
    ),
    Case(
        "bodies",
        "an unknown parameter comes first",
        "BaseRestHandler",
        (Step(f"{STOP}?foo=1", illegal(UNKNOWN), {}),),
        lines=("7.0", None),
    ),
    Case(
        "bodies",
        "on Get Jobs",
        "BaseRestHandler",
        (Step(GET, illegal(f"request [GET {JOB}] does not support having a body"), {}),),
        lines=("7.0", None),
    ),
    Case(
        "bodies",
        "of a type that is not taken",
        "RestController.sendContentTypeErrorMessage",
        (Step(STOP, simple(406, "Content-Type header [text/plain] is not supported"), "x", (PLAIN,)),),
        job=None,
    ),
    Case(
        "bodies",
        "of no type",
        "RestController.sendContentTypeErrorMessage",
        (Step(STOP, simple(406, "Content-Type header is missing"), "{}"),),
        job=None,
    ),
    Case(
        "bodies",
        "of a form",
        "XContentType; the CSRF safelist since 8.0",
        (
            Step(
                STOP,
                simple(406, "Content-Type header [application/x-www-form-urlencoded] is not supported"),
                "a=b",
                (("Content-Type", "application/x-www-form-urlencoded"),),
            ),
        ),
        job=None,
    ),
    Case(
        "bodies",
        "of a type that is not taken, to no path",
        "RestController: routing comes first",
        (Step("POST /<rollup>/nope/x/y", no_handler("POST", "/<rollup>/nope/x/y"), "x", (PLAIN,)),),
        job=None,
    ),
)
