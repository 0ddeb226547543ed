"""Values of parameters, against a second reading of what Elasticsearch does with them.

The oracles below follow the steps that Elasticsearch takes, one by one, and share nothing with the package. Requests go
the whole way: what is compared is the answer.

Sources: TimeValue.parseTimeValue, Booleans, RestRequest, RestUtils, BaseRestHandler, Lucene's LevenshteinDistance.
"""

from __future__ import annotations

import re
import string
from fractions import Fraction
from functools import cache
from typing import Any
from urllib.parse import quote

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_rollup_fake import NEVER
from pytest_rollup_fake.model.versions import LINES
from tests.support import Answer, FakeCluster

LONG = 2**63
UNITS = {"nanos": 1, "micros": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9}

lines = st.sampled_from(LINES)
lines_that_wait = st.sampled_from(LINES[LINES.index("6.6") :])

numbers = st.integers(-3, 2000).map(str) | st.sampled_from(
    ["", "+5", "007", "1.5", ".5", "1e3", "5f", "1_0", "-", "--1", "9223372036854775807", "9223372036854775808", "٣"]
)
units = st.sampled_from([*UNITS, "S", "M", "H", "D", "Ms", "MS", "NANOS", "min", "w", "y", "", " "])
blanks = st.sampled_from(["", " ", "\t"])
time_texts = st.builds("".join, st.tuples(blanks, numbers, blanks, units, blanks)) | st.text(
    "019.-+emsdhMSN ", max_size=6
)
boolean_texts = st.sampled_from(
    ["", "true", "false", " ", "\t", "True", "TRUE", "1", "0", "yes", "on", " true", '"true"']
)


class Refused(Exception):  # noqa: N818  (an outcome, not an error)
    """A value is refused with these words."""

    def __init__(self, reason: str, number: str | None = None) -> None:
        super().__init__(reason)
        self.body: dict[str, Any] = {"type": "illegal_argument_exception", "reason": reason}
        self.cause = None if number is None else number_format(number)


def number_format(text: str) -> dict[str, str]:
    """Return the cause that Java has for a text that is no number."""
    return {"type": "number_format_exception", "reason": f'For input string: "{text}"'}


def read_time(raw: str, *, refuses_negative: bool) -> tuple[int, str]:
    """Return number and unit of a time value; raises `Refused`."""
    lower = raw.lower().strip("".join(map(chr, range(33))))
    for unit in UNITS:  # in this order
        if raw.endswith("m") if unit == "m" else lower.endswith(unit):
            break
    else:
        if re.fullmatch(r"-0*1", lower):
            return -1, ""
        if re.fullmatch(r"0+", lower):
            return 0, "ms"
        text = f"failed to parse setting [timeout] with value [{raw}] as a time value: unit is missing or unrecognized"
        raise Refused(text)
    digits = lower[: len(lower) - len(unit)].strip("".join(map(chr, range(33))))
    if re.fullmatch(r"[+-]?\d+", digits) and -LONG <= int(digits) < LONG:
        if int(digits) < -1 and refuses_negative:
            text = f"failed to parse setting [timeout] with value [{raw}] as a time value: negative durations are not "
            raise Refused(text + "supported")
        return int(digits), unit
    if re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?[fd]?", digits):
        raise Refused(f"failed to parse [{raw}], fractional time values are not supported", digits)
    raise Refused(f"failed to parse [{raw}]", digits)


def read_boolean(raw: str, *, default: bool) -> bool:
    """Return what a text means; raises `Refused`."""
    if raw in {"", "true"}:
        return True
    if raw == "false":
        return False
    if not raw.strip():
        return default
    raise Refused(f"Failed to parse value [{raw}] as only [true] or [false] are allowed.")


def check_refused(answer: Answer, refused: Refused) -> None:
    """Check that a request was refused with these words and nothing else."""
    outer = refused.body if refused.cause is None else {**refused.body, "caused_by": refused.cause}
    assert answer.json == {"error": {"root_cause": [refused.body], **outer}, "status": 400}
    assert answer.status == 400


def stop(cluster: FakeCluster, query: str) -> Answer:
    """Stop a job that never stops by itself."""
    assert cluster.world.profile is not None
    prefix = "/_rollup" if cluster.world.profile.version >= "6.6" else "/_xpack/rollup"
    return cluster.ask(f"POST {prefix}/job/a/_stop?{query}")


def never_ending(line: str) -> FakeCluster:
    """Return a cluster with a job, `a`, that never stops by itself."""
    cluster = FakeCluster(line)
    cluster.add_job("a", state="indexing", stop_delay=NEVER)
    return cluster


class TestTime:
    """`timeout`, as text and as the time that passes."""

    @given(line=lines_that_wait, raw=time_texts)
    @example(line="6.8", raw="-2s")
    @example(line="7.6", raw="-2s")
    @example(line="9.0", raw="10M")
    @settings(max_examples=200)
    def test_it_is_refused_or_waited_for(self, line: str, raw: str) -> None:
        """The answer comes at the instant at which the time is over, and repeats the value as it was given."""
        cluster = never_ending(line)
        answer = stop(cluster, f"wait_for_completion=true&timeout={quote(raw)}")
        major, minor = map(int, line.split("."))
        try:
            number, unit = read_time(raw, refuses_negative=(major, minor) == (6, 8) or (major, minor) >= (7, 7))
        except Refused as refused:
            check_refused(answer, refused)
            return

        whole_milliseconds = number * UNITS.get(unit, 1) // 10**6 if number > 0 else 0
        deadline = whole_milliseconds * 10**6
        if 0 < deadline < LONG:
            cluster.timeline.step(deadline - 1)
            assert answer.reply is None
            cluster.timeline.step(deadline)
        elif deadline:
            return  # for longer than Java can count nanoseconds
        shown = str(number) if number < 0 else f"{number}{unit}"
        assert answer.error["reason"].startswith(f"Timed out after [{shown}] while waiting for rollup job [a] to stop")
        assert answer.arrived_at == deadline


class TestBoolean:
    """`wait_for_completion`, and the two that every request takes."""

    @given(line=lines_that_wait, raw=boolean_texts | st.text("truefalsTRUE10 ", max_size=5))
    @settings(max_examples=100)
    def test_it_is_refused_or_decides_whether_to_wait(self, line: str, raw: str) -> None:
        """Only what waits has no answer yet."""
        answer = stop(never_ending(line), f"timeout=10s&wait_for_completion={quote(raw)}")
        try:
            waits = read_boolean(raw, default=False)
        except Refused as refused:
            check_refused(answer, refused)
        else:
            assert (answer.reply is None) == waits

    @given(line=lines, name=st.sampled_from(["pretty", "human"]), raw=boolean_texts)
    @settings(max_examples=60)
    def test_every_request_takes_it(self, line: str, name: str, raw: str) -> None:
        """It makes a body pretty, changes nothing, or is refused in a body that is not pretty."""
        answer = stop(never_ending(line), f"{name}={quote(raw)}")
        try:
            is_pretty = read_boolean(raw, default=False) and name == "pretty"
        except Refused as refused:
            check_refused(answer, refused)
            assert "\n" not in answer.text
        else:
            assert answer.text == ('{\n  "stopped" : true\n}\n' if is_pretty else '{"stopped":true}')


class TestInteger:
    """`size`, the one whole number that a rollup endpoint takes."""

    texts = st.integers(-(2**33), 2**33).map(str) | st.text("0123456789+-_. ٣x", max_size=4) | st.just("1_000")

    @given(line=lines, raw=texts)
    @example(line="8.19", raw="1_0")
    @example(line="8.19", raw="2147483648")
    @example(line="8.19", raw="")
    @settings(max_examples=100)
    def test_it_is_refused_unless_java_reads_an_int(self, line: str, raw: str) -> None:
        """No underscores, no blanks, 32 bits; what is read is then refused for what it asks for, unless it is 0."""
        cluster = FakeCluster(line, "a")
        content = ("Content-Type", "application/json")
        body = '{"aggs":{"m":{"max":{"field":"temperature"}}}}'
        answer = cluster.ask(f"POST /a_rollup/_rollup_search?size={quote(raw)}", content, body=body)

        if re.fullmatch(r"[+-]?\d+", raw) and -(2**31) <= int(raw) < 2**31:
            assert "parse int" not in answer.text
        else:
            refused = Refused(f"Failed to parse int parameter [size] with value [{raw}]")
            refused.cause = number_format(raw)
            check_refused(answer, refused)


class TestUnknown:
    """Parameters that nobody knows, and what is said of them."""

    always = ("error_trace", "filter_path", "format", "human", "pretty")

    @staticmethod
    def likeness(first: str, second: str) -> Fraction:
        """Return how alike two names are, from 0 to 1."""

        @cache
        def edits(one: int, other: int) -> int:
            if not one or not other:
                return one + other
            replaced = edits(one - 1, other - 1) + (first[one - 1] != second[other - 1])
            return min(replaced, edits(one - 1, other) + 1, edits(one, other - 1) + 1)

        return 1 - Fraction(edits(len(first), len(second)), max(len(first), len(second)))

    def described(self, name: str, known: tuple[str, ...]) -> str:
        """Return what is said of a name."""
        scores = {other: self.likeness(name, other) for other in known}
        near = sorted((other for other in known if scores[other] > Fraction(1, 2)), key=lambda o: (-scores[o], o))
        hint = f" -> did you mean [{near[0]}]?" if len(near) == 1 else ""
        return f"[{name}]{hint}" if len(near) < 2 else f"[{name}] -> did you mean any of [{', '.join(near)}]?"

    @given(line=lines, names=st.data())
    @settings(max_examples=80)
    def test_all_are_named_with_what_they_resemble(self, line: str, names: st.DataObject) -> None:
        """In the order of the alphabet; hints are names that are more than half alike, the most alike first."""
        cluster = never_ending(line)
        waits = LINES.index(line) >= LINES.index("6.6")
        known = (*self.always, "id", *(("timeout", "wait_for_completion") if waits else ()))
        unknown = names.draw(st.sets(misspelt(known), min_size=1, max_size=3).map(lambda found: found - set(known)))
        if not unknown:
            return

        answer = stop(cluster, "&".join(sorted(unknown, reverse=True)))

        plural = "s" if len(unknown) > 1 else ""
        path = answer.request.path
        listed = ", ".join(self.described(name, known) for name in sorted(unknown))
        check_refused(answer, Refused(f"request [{path}] contains unrecognized parameter{plural}: {listed}"))
        assert cluster.world.jobs["a"].state == "indexing"


class TestQuery:
    """How a query becomes names and values."""

    escapes = ("%20", "%C3%A4", "%2B", "%%", "%25", "%3d", "+")
    parts = st.lists(st.sampled_from(["a", "b", "1", ".", *escapes, *escapes]), max_size=3).map("".join)
    bad_parts = parts.flatmap(lambda part: st.sampled_from(["%", "%4", "%zz", "%z", "%4g1"]).map(part.__add__))

    @staticmethod
    def decode(text: str) -> str:
        """Return a name or a value; raises `Refused`."""
        data, place = b"", 0
        while place < len(text):
            escape = text[place : place + 3]
            if not escape.startswith("%"):
                data += b" " if escape[0] == "+" else escape[:1].encode()
                place += 1
            elif escape == "%":
                raise Refused(f"unterminated escape sequence at end of string: {text}")
            elif escape[1] == "%":
                data += b"%"
                place += 2
            elif len(escape) == 2:
                raise Refused(f"partial escape sequence at end of string: {text}")
            elif not re.fullmatch("%[0-9a-fA-F]{2}", escape):
                raise Refused(f"invalid escape sequence `{escape}' at index {place} of: {text}")
            else:
                data += bytes.fromhex(escape[1:])
                place += 3
        return data.decode()

    def read(self, pieces: list[tuple[str, str | None]]) -> dict[str, str]:
        """Return the parameters; of a name that comes again the last value, and one without any has an empty one."""
        found = {}
        for name, value in pieces:
            if not name:  # `=v` is a parameter called `v`
                name, value = value or "", None  # noqa: PLW2901  (so it is in RestUtils)
            if name:
                name = self.decode(name)  # noqa: PLW2901
                found[name] = self.decode(value or "")
        return found

    @given(
        line=lines,
        pieces=st.lists(st.tuples(parts, st.none() | parts), max_size=4),
        bad=st.none() | st.tuples(st.just("c"), bad_parts) | st.tuples(bad_parts, st.none()),
        separators=st.lists(st.sampled_from("&;"), min_size=5, max_size=5),
        fragment=st.sampled_from(["", "", "#", "#a=1"]),
    )
    @settings(max_examples=150)
    def test_it_is_refused_or_taken_apart(
        self,
        line: str,
        pieces: list[tuple[str, str | None]],
        bad: tuple[str, str | None] | None,
        separators: list[str],
        fragment: str,
    ) -> None:
        """At `&` and `;`, up to a `#`; the first bad escape is what is told of."""
        every = pieces if bad is None else [*pieces, bad]
        texts = [name if value is None else f"{name}={value}" for name, value in every]
        query = "".join(map("".join, zip(texts, separators, strict=False))) + fragment

        answer = FakeCluster(line).ask(f"GET /?{query}")
        try:
            expected = self.read(every)
        except Refused as refused:
            cause = {"type": "illegal_argument_exception", "reason": refused.body["reason"]}
            assert answer.status == 400
            assert answer.error["type"] == "bad_parameter_exception"
            assert answer.error["reason"] == f"java.lang.IllegalArgumentException: {cause['reason']}"
            assert answer.error["caused_by"] == cause
        else:
            assert answer.request.query == expected


@st.composite
def misspelt(draw: st.DrawFn, known: tuple[str, ...]) -> str:
    """Return a name with a few letters changed, or some letters."""
    letters = st.text(string.ascii_lowercase + "_", max_size=4)
    if draw(st.integers(0, 4)) == 0:
        return draw(letters.filter(bool))
    name = draw(st.sampled_from(known))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(name)))
        name = name[:place] + draw(letters) + name[place + draw(st.integers(0, 4)) :]
    return name or "x"
