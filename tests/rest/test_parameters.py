"""Parameters: their types, and what happens to those that nobody reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rollup_fake.rest.errors import ElasticsearchError
from pytest_rollup_fake.rest.parameters import Parameters
from pytest_rollup_fake.rest.time_value import TimeValue

THIRTY_SECONDS = TimeValue(30, "s")
PATH = "/_rollup/job/a/_stop"


def stop_job(query: dict[str, str]) -> ElasticsearchError | None:
    """Read what Stop Job reads, and return what is said of the rest."""
    parameters = Parameters({**query, "id": "a"})
    for name in ("error_trace", "filter_path", "format", "human", "pretty", "id"):
        parameters.text(name)
    parameters.time("timeout", default=THIRTY_SECONDS, refuse_negative=True)
    parameters.boolean("wait_for_completion", default=False)
    return parameters.unrecognized(PATH)


def reason(query: dict[str, str]) -> str | None:
    """Return in which words Stop Job refuses a query."""
    error = stop_job(query)
    assert error is not None
    assert (error.type, error.status) == ("illegal_argument_exception", 400)
    return error.reason


class TestText:
    """A parameter as it was sent."""

    def test_sent_or_default(self) -> None:
        """An empty value is a value, and the default is for what was not sent."""
        parameters = Parameters({"a": "1", "b": ""})

        assert parameters.text("a") == "1"
        assert parameters.text("b", "x") == ""
        assert parameters.text("c", "x") == "x"
        assert parameters.text("d") is None


class TestBoolean:
    """`true`, `false`, nothing, and what only looks like them."""

    @pytest.mark.parametrize("default", [True, False])
    @pytest.mark.parametrize(("raw", "value"), [("", True), ("true", True), ("false", False)])
    def test_values(self, raw: str, value: bool, default: bool) -> None:  # noqa: FBT001  (parametrised)
        """The two words are what they say, and an empty value is true."""
        assert Parameters({"x": raw}).boolean("x", default=default) is value

    @pytest.mark.parametrize("default", [True, False])
    @pytest.mark.parametrize("raw", [None, " ", "  ", "\t", "\x1c", "\u3000\u2028"])
    def test_default(self, raw: str | None, default: bool) -> None:  # noqa: FBT001  (parametrised)
        """What was not sent, and what is only white space, is the default."""
        query = {} if raw is None else {"x": raw}

        assert Parameters(query).boolean("x", default=default) is default

    @pytest.mark.parametrize(
        "raw", ["True", "TRUE", "1", "0", "yes", "on", '"true"', " true", "false ", "\xa0", "\x85"]
    )
    def test_refused(self, raw: str) -> None:
        """Anything else is refused, without the name of the parameter."""
        with pytest.raises(ElasticsearchError) as caught:
            Parameters({"wait_for_completion": raw}).boolean("wait_for_completion", default=False)

        assert caught.value.type == "illegal_argument_exception"
        assert caught.value.reason == f"Failed to parse value [{raw}] as only [true] or [false] are allowed."


class TestTime:
    """Time values."""

    def test_values(self) -> None:
        """A value is read with its unit, and the default is for what was not sent."""
        parameters = Parameters({"timeout": "10s", "other": "-2s"})

        assert parameters.time("timeout", default=THIRTY_SECONDS, refuse_negative=True) == TimeValue(10, "s")
        assert parameters.time("other", default=THIRTY_SECONDS, refuse_negative=False) == TimeValue(-2, "s")
        assert parameters.time("none", default=THIRTY_SECONDS, refuse_negative=True) == THIRTY_SECONDS

    @pytest.mark.parametrize("raw", ["", "abc", "10"])
    def test_refused_under_its_name(self, raw: str) -> None:
        """The refusal calls the parameter a setting, as Elasticsearch does."""
        with pytest.raises(ElasticsearchError) as caught:
            Parameters({"timeout": raw}).time("timeout", default=THIRTY_SECONDS, refuse_negative=True)

        text = f"failed to parse setting [timeout] with value [{raw}] as a time value: unit is missing or unrecognized"
        assert caught.value.reason == text


class TestUnrecognized:
    """Parameters that no handler has read."""

    @pytest.mark.parametrize(
        "query", [{}, {"pretty": ""}, {"timeout": "1s", "wait_for_completion": "true", "error_trace": "x", "id": "b"}]
    )
    def test_nothing_to_say(self, query: dict[str, str]) -> None:
        """What was read is known, whatever it holds."""
        assert stop_job(query) is None

    @pytest.mark.parametrize(
        ("name", "hint"),
        [
            ("timeot", "timeout"),
            ("time", "timeout"),
            ("timeouts", "timeout"),
            ("wait_for_complete", "wait_for_completion"),
            ("wait_for_completed", "wait_for_completion"),
            ("waitForCompletion", "wait_for_completion"),
            ("wait_for_compl", "wait_for_completion"),
            ("wait_for_stop", "wait_for_completion"),
            ("wait_for_timeout", "wait_for_completion"),
            ("prety", "pretty"),
            ("ids", "id"),
            ("hum", "human"),
        ],
    )
    def test_one_hint(self, name: str, hint: str) -> None:
        """A name more than half like a known one gets a hint."""
        expected = f"request [{PATH}] contains unrecognized parameter: [{name}] -> did you mean [{hint}]?"

        assert reason({name: ""}) == expected

    @pytest.mark.parametrize("name", ["wait", "wait_for", "master_timeout", "ignore", "foo", "request_timeout"])
    def test_no_hint(self, name: str) -> None:
        """A name at most half like any known one gets none; `master_timeout` is exactly half like `timeout`."""
        assert reason({name: ""}) == f"request [{PATH}] contains unrecognized parameter: [{name}]"

    def test_several_are_sorted(self) -> None:
        """All are named, in the order of their names, each with its own hint."""
        expected = f"request [{PATH}] contains unrecognized parameters: [a], [prety] -> did you mean [pretty]?, [z]"

        assert reason({"z": "", "prety": "", "a": ""}) == expected

    def test_several_hints_are_sorted_by_likeness_and_name(self) -> None:
        """The most similar comes first, then the first by name, and an exact half is left out."""
        parameters = Parameters({"abcd": ""})
        for name in ("abcz", "abca", "abcde", "abzz"):
            parameters.text(name)
        error = parameters.unrecognized("/x")

        assert error is not None
        hints = "did you mean any of [abcde, abca, abcz]?"
        assert error.reason == f"request [/x] contains unrecognized parameter: [abcd] -> {hints}"

    def test_looking_is_not_reading(self) -> None:
        """`has` leaves a parameter unread, and every reader reads it."""
        parameters = Parameters({"a": "", "b": "true", "c": "1s", "d": "x"})
        for name in "abcd":
            assert parameters.has(name)
        parameters.text("a")
        parameters.boolean("b", default=False)
        parameters.time("c", default=THIRTY_SECONDS, refuse_negative=True)
        error = parameters.unrecognized("/x")

        assert not parameters.has("e")
        assert error is not None
        assert error.reason == "request [/x] contains unrecognized parameter: [d]"

    def test_unread_path_parameter_is_refused_too(self) -> None:
        """A value of the path counts as a parameter like any other."""
        parameters = Parameters({"id": "a"})
        error = parameters.unrecognized("/x")

        assert error is not None
        assert error.reason == "request [/x] contains unrecognized parameter: [id]"

    def test_wrong_value_is_reported_before_an_unknown_name(self) -> None:
        """Values are refused as they are read, and unread names after all of them."""
        with pytest.raises(ElasticsearchError, match=r"setting \[timeout\] with value \[abc\]"):
            stop_job({"foo": "1", "wait_for_completion": "yes", "timeout": "abc"})

    def test_likeness_counts_as_java_counts(self) -> None:
        """A character beyond U+FFFF is two, for likeness and for order."""
        assert reason({"timeout😀😀😀": "", "timeout\uffff": ""}) == (
            f"request [{PATH}] contains unrecognized parameters: [timeout😀😀😀] -> did you mean [timeout]?, "
            "[timeout\uffff] -> did you mean [timeout]?"
        )
        assert reason({"timeout😀😀😀😀": ""}) == f"request [{PATH}] contains unrecognized parameter: [timeout😀😀😀😀]"

    @given(st.dictionaries(st.text(), st.text(max_size=3)))
    def test_any_names_are_accepted_or_refused(self, query: dict[str, str]) -> None:
        """Every name that nobody read is in the refusal, and no name can raise anything else."""
        parameters = Parameters(query)
        error = parameters.unrecognized("/x")

        assert (error is None) == (not query)
        assert error is None or all(f"[{name}]" in str(error.reason) for name in query)
