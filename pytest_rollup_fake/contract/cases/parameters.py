"""Parameters: booleans, time values and names, as Stop Job reads them; since 6.6 it has two of its own."""

from __future__ import annotations

from typing import Final

from pytest_rollup_fake.contract.expectation import Answer, Case, Including, Lines, Pattern, Step, changing

from .jobs import STOP, STOPPED, error, illegal

PATH: Final = "/<rollup>/job/<job>/_stop"


def _case(name: str, source: str, query: str, answer: object, *, lines: Lines = ("6.6", None)) -> Case:
    return Case("parameters", name, source, (Step(f"{STOP}?{query}", answer),), lines=lines)


def _boolean(value: str, sent: str | None = None) -> Case:
    text = f"Failed to parse value [{value}] as only [true] or [false] are allowed."
    return _case(
        f"the boolean {value!r}", "Booleans.parseBoolean", f"wait_for_completion={sent or value}", illegal(text)
    )


def _no_unit(value: str, sent: str | None = None) -> Case:
    text = f"failed to parse setting [timeout] with value [{value}] as a time value: unit is missing or unrecognized"
    return _case(
        f"the time {value!r}", "TimeValue.parseTimeValue", f"timeout={value if sent is None else sent}", illegal(text)
    )


def _no_number(value: str, text: str, number: str) -> Case:
    cause = ("number_format_exception", f'For input string: "{number}"')
    return _case(f"the time {value!r}", "TimeValue.parse", f"timeout={value}", illegal(text, caused_by=cause))


def _time(value: str, sent: str | None = None) -> Case:
    return _case(f"the time {value!r} will do", "TimeValue.parseTimeValue", f"timeout={sent or value}", STOPPED)


def unrecognized(*names: str) -> Answer:
    """Return the refusal of parameters that nobody reads (BaseRestHandler.unrecognized)."""
    plural = "s" if len(names) > 1 else ""
    return illegal(f"request [{PATH}] contains unrecognized parameter{plural}: {', '.join(names)}")


def _unknown(query: str, *names: str) -> Case:
    return _case(f"unknown: {query}", "BaseRestHandler, LevenshteinDistance", query, unrecognized(*names))


def _hinted(name: str, hint: str) -> Case:
    return _unknown(f"{name}=1", f"[{name}] -> did you mean [{hint}]?")


def _escape(name: str, value: str, text: str) -> Case:
    """Return a query that cannot be decoded (RestUtils.decodeComponent)."""
    cause = {"type": "illegal_argument_exception", "reason": Pattern(text)}
    reason = Pattern(rf"java\.lang\.IllegalArgumentException: {text}")
    shown = {"type": "bad_parameter_exception", "reason": reason}
    body = {"error": {"root_cause": [shown], **shown, "caused_by": cause}, "status": 400}
    return _case(name, "RestUtils.decodeComponent", f"timeout={value}", Answer(400, body), lines=("6.3", None))


# The exception as Java writes it; at some 8.x its whole name came, a colon and no brackets.
OLD_TRACE: Final = r"ResourceNotFoundException\[Task for Rollup Job \[<missing>\] not found\]"
NEW_TRACE: Final = r"org\.elasticsearch\.ResourceNotFoundException: Task for Rollup Job \[<missing>\] not found"
TRACE: Final = changing(
    Pattern(rf"(?s){OLD_TRACE}\n\tat .*"),
    v8_0=Pattern(rf"(?s)({OLD_TRACE}|{NEW_TRACE})\n\tat .*"),
    v9_0=Pattern(rf"(?s){NEW_TRACE}\n\tat .*"),
)
NEGATIVE: Final = illegal(
    "failed to parse setting [timeout] with value [-2s] as a time value: negative durations are not supported"
)

CASES: Final = (
    *map(_boolean, ("True", "TRUE", "1", "0", "yes", "on")),
    _boolean(" true", "%20true"),
    _case("a boolean of blanks is not there", "Booleans.parseBoolean", "wait_for_completion=%20", STOPPED),
    _case("a boolean without a value is true", "Booleans.parseBoolean", "wait_for_completion=", STOPPED),
    *map(_no_unit, ("abc", "10", "-2", "10w", "10y", "10min", "10M")),
    _no_unit("", ""),
    _no_unit("10m ", "10m%20"),
    _no_number("1.5s", "failed to parse [1.5s], fractional time values are not supported", "1.5"),
    _no_number("1e3s", "failed to parse [1e3s], fractional time values are not supported", "1e3"),
    _no_number("xs", "failed to parse [xs]", "x"),
    _case(
        "the time '-2s' is refused", "TimeValue.parseTimeValue since 7.7", "timeout=-2s", NEGATIVE, lines=("7.7", None)
    ),
    _case(
        "the time '-2s' will do",
        "TimeValue.parseTimeValue of 7.2.1 to 7.6.2",
        "timeout=-2s",
        STOPPED,
        lines=("7.2", "7.6"),
    ),
    *map(_time, ("10S", "10H", "007s", "0", "000", "-1", "-1s", "5nanos", "5micros", "1d")),
    _time("10 s", "10%20s"),
    _time("+5s", "%2B5s"),
    _unknown("foo=1", "[foo]"),
    _unknown("b=1&a=1", "[a]", "[b]"),
    _hinted("timeot", "timeout"),
    _hinted("time", "timeout"),
    _hinted("timeouts", "timeout"),
    _hinted("wait_for_complete", "wait_for_completion"),
    _hinted("waitForCompletion", "wait_for_completion"),
    _hinted("wait_for_stop", "wait_for_completion"),
    _hinted("prety", "pretty"),
    _hinted("ids", "id"),
    _hinted("hum", "human"),
    *(
        _unknown(f"{name}=1", f"[{name}]")
        for name in ("wait", "wait_for", "master_timeout", "ignore", "request_timeout")
    ),
    _unknown("=v", "[v]"),
    _unknown("foo;bar", "[bar]", "[foo]"),
    _case(
        "a bad value before an unknown name", "BaseRestHandler", "timeout=abc&foo=1", _no_unit("abc").steps[0].answer
    ),
    _case(
        "a bad time before a bad boolean",
        "RestStopRollupJobAction",
        "wait_for_completion=x&timeout=abc",
        _no_unit("abc").steps[0].answer,
    ),
    _case("the last of several counts", "RestUtils.decodeQueryString", "timeout=abc&timeout=1s", STOPPED),
    _case("an id in the query does not count", "PathTrie", "id=x", STOPPED),
    _case(
        "waiting is unknown before 6.6",
        "RestStopRollupJobAction of 6.3.2",
        "wait_for_completion=true&timeout=1s",
        unrecognized("[timeout]", "[wait_for_completion]"),
        lines=("6.3", "6.5"),
    ),
    _case(
        "a bad boolean of every request",
        "RestRequest.paramAsBoolean",
        "pretty=maybe",
        illegal("Failed to parse value [maybe] as only [true] or [false] are allowed."),
        lines=("6.3", None),
    ),
    _escape("an escape that is none", "%zz", r"invalid escape sequence `%zz' at index \d+ of: .*"),
    _escape("half an escape", "%2", "partial escape sequence at end of string: .*"),
    _escape("an escape without anything", "%", "unterminated escape sequence at end of string: .*"),
    Case(
        "parameters",
        "the trace of an error",
        "ElasticsearchException.generateFailureXContent",
        (
            Step(
                "POST /<rollup>/job/<missing>/_stop?error_trace=true",
                Answer(
                    404,
                    {
                        "error": Including(
                            {
                                **error(
                                    "resource_not_found_exception",
                                    "Task for Rollup Job [<missing>] not found",
                                    stack_trace=TRACE,
                                )
                            }
                        ),
                        "status": 404,
                    },
                    warnings=changing((), v9_0=STOPPED.warnings.at((9, 0))),
                ),
            ),
        ),
        job=None,
    ),
)
