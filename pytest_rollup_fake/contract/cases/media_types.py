"""What `Accept` and `Content-Type` ask for, and the versions in them."""

from __future__ import annotations

from typing import Final

from pytest_rollup_fake.contract.expectation import UNREAD, Answer, Case, Either, Form, Lines, Needs, Step

from .jobs import PUT, REMOVAL, STOP, STOPPED, acted, config, simple

VENDOR: Final = "application/vnd.elasticsearch+json"
HELPER: Final = "RestCompatibleVersionHelper"
UTF_8: Final = ("Content-Type", "application/json; charset=UTF-8")


def vendor(major: int) -> str:
    """Return the media type that asks for the answers of a major version."""
    return f"{VENDOR}; compatible-with={major}"


def _refused(headers: tuple[str, ...], type_: str, reason: object) -> Answer:
    """Return the refusal of a media type (RestRequest.MediaTypeHeaderException); the root cause was not read."""
    names = Either(
        tuple(f"Invalid media-type value on headers [{', '.join(order)}]" for order in {headers, headers[::-1]})
    )
    cause = {"type": type_, "reason": reason}
    error = {"root_cause": UNREAD, "type": "media_type_header_exception", "reason": names, "caused_by": cause}
    return Answer(400, {"error": error, "status": 400}, content_type=None)


def _version(majors: tuple[int, int], found: int) -> str:
    current, previous = majors
    return f"Accept version must be either version {current} or {previous}, but found {found}. Accept={vendor(found)}"


def _case(name: str, source: str, step: Step, lines: Lines, *, job: str | None = "stopped") -> Case:
    return Case("media_types", name, source, (step,), job=job, lines=lines)


def _accept(name: str, value: str, answer: object, lines: Lines = ("6.3", None)) -> Case:
    return _case(name, HELPER, Step(STOP, answer, headers=(("Accept", value),)), lines)


def _spoken(major: int, lines: Lines) -> Case:
    answer = acted({"stopped": True}, content_type=f"{VENDOR};compatible-with={major}")
    return _accept(f"answers of {major} in {lines[0]}", vendor(major), answer, lines)


def _unspoken(major: int, majors: tuple[int, int], lines: Lines) -> Case:
    answer = _refused(("Accept", "Content-Type"), "status_exception", _version(majors, major))
    return _accept(f"answers of {major} are not spoken in {lines[0]}", vendor(major), answer, lines)


def _lone(major: int, lines: Lines, text: str) -> Case:
    """Return a body in the words of a version whose answer is to be in those of none."""
    answer = _refused(
        ("Accept", "Content-Type"), "status_exception", f"{text}. Accept=null, Content-Type={vendor(major)}"
    )
    step = Step(STOP, answer, {}, (("Content-Type", vendor(major)),))
    return _case(f"the version {major} of a body alone in {lines[0]}", HELPER, step, lines, job=None)


YAML: Final = Answer(200, "---\nstopped: true\n", warnings=REMOVAL, content_type="application/yaml", form=Form.TEXT)
BOTH: Final = (
    "A compatible version is required on both Content-Type and Accept headers if either one has requested a "
    "compatible version"
)

CASES: Final = (
    _accept("anything", "*/*", STOPPED),
    _accept("JSON", "application/json", STOPPED),
    Case(
        "media_types", "YAML", HELPER, (Step(STOP, YAML, headers=(("Accept", "application/yaml"),)),), needs=Needs.YAML
    ),
    _accept("a list is passed over", "application/yaml,application/json", STOPPED, ("8.0", None)),
    _accept("a version is passed over", vendor(8), STOPPED, ("6.3", "7.10")),
    _accept("any version will do", vendor(8), STOPPED, ("7.11", "7.17")),
    _spoken(8, ("8.0", "8.19")),
    _spoken(7, ("8.0", "8.19")),
    _spoken(9, ("9.0", None)),
    _spoken(8, ("9.0", None)),
    _unspoken(9, (8, 7), ("8.0", "8.19")),
    _unspoken(6, (8, 7), ("8.0", "8.19")),
    _unspoken(7, (9, 8), ("9.0", None)),
    _case(
        "a charset will do",
        "XContentType.fromMediaType",
        Step(PUT, acted({"acknowledged": True}), config(), (UTF_8,)),
        ("6.3", None),
        job=None,
    ),
    _lone(8, ("8.0", "8.19"), BOTH),
    _lone(9, ("9.0", None), BOTH),
    # A header without a version stands for the current one, which is another.
    _lone(7, ("8.0", "8.19"), f"{BOTH} and the compatible versions must match"),
    _lone(8, ("9.0", None), f"{BOTH} and the compatible versions must match"),
    _case(
        "the version of a body in 7.10",
        "XContentType",
        Step(
            STOP, simple(406, f"Content-Type header [{vendor(8)}] is not supported"), {}, (("Content-Type", vendor(8)),)
        ),
        ("6.3", "7.10"),
        job=None,
    ),
    _case(
        "two versions",
        HELPER,
        Step(
            STOP,
            _refused(
                ("Accept", "Content-Type"),
                "status_exception",
                f"{BOTH} and the compatible versions must match. Accept={vendor(8)}, Content-Type={vendor(7)}",
            ),
            {},
            (("Accept", vendor(8)), ("Content-Type", vendor(7))),
        ),
        ("8.0", "8.19"),
        job=None,
    ),
    _case(
        "a type that is none",
        "ParsedMediaType",
        Step(
            STOP,
            _refused(("Content-Type",), "illegal_argument_exception", "invalid media-type [abc]"),
            {},
            (("Content-Type", "abc"),),
        ),
        ("8.0", None),
        job=None,
    ),
    _case(
        "a type that is none, in 7",
        "RestRequest.parseContentType",
        Step(
            STOP,
            Answer(
                400,
                {
                    "error": {
                        "root_cause": UNREAD,
                        "type": "content_type_header_exception",
                        "reason": "java.lang.IllegalArgumentException: invalid Content-Type header [abc]",
                        "caused_by": {
                            "type": "illegal_argument_exception",
                            "reason": "invalid Content-Type header [abc]",
                        },
                    },
                    "status": 400,
                },
            ),
            {},
            (("Content-Type", "abc"),),
        ),
        ("6.3", "7.10"),
        job=None,
    ),
)
