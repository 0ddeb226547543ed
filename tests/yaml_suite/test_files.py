"""How files of tests are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_rollup_fake.yaml_suite.files import read_file
from pytest_rollup_fake.yaml_suite.outcomes import NotRun

if TYPE_CHECKING:
    from tests.yaml_suite.running import Runner


def value_of(runner: Runner, text: str) -> object:
    """Return what a scalar is read as."""
    file = read_file(runner.write(f"it:\n  - match: {{x: {text}}}\n"))
    content = file.tests["it"][0].content
    assert isinstance(content, dict)
    return content["x"]


class TestScalars:
    """As the Java runner reads them, not as YAML 1.1 does."""

    @pytest.mark.parametrize(
        "text", ["yes", "no", "on", "Off", "2017-01-01", "12:30:45", "0x1F", "1_000", "1h", "1.0.0"]
    )
    def test_that_are_texts(self, runner: Runner, text: str) -> None:
        """PyYAML's own rules make booleans, dates and numbers of most of them."""
        assert value_of(runner, text) == text

    @pytest.mark.parametrize(
        ("text", "value"),
        [("true", True), ("False", False), ("~", None), ("null", None), ("12", 12), ("-3", -3), ("0.5", 0.5)],
    )
    def test_that_are_not(self, runner: Runner, text: str, value: object) -> None:
        """Booleans, nothing, and numbers."""
        read = value_of(runner, text)

        assert read == value
        assert type(read) is type(value)

    def test_with_an_exponent(self, runner: Runner) -> None:
        """With and without a point."""
        assert (value_of(runner, "1e3"), value_of(runner, "2.5E-1")) == (1000.0, 0.25)

    def test_as_keys_are_always_texts(self, runner: Runner) -> None:
        """As those of JSON are."""
        assert value_of(runner, "{1: a, true: b}") == {"1": "a", "true": "b"}


class TestStructure:
    """Documents, tests and sections."""

    def test_tests_have_names_and_sections_have_lines(self, runner: Runner) -> None:
        """Whether they share a document or not."""
        file = read_file(
            runner.write("---\nfirst:\n  - do: {}\n\nsecond:\n  - match: {}\n---\nthird:\n\n  - set: {}\n")
        )

        assert {name: [(s.kind, s.line) for s in sections] for name, sections in file.tests.items()} == {
            "first": [("do", 3)],
            "second": [("match", 6)],
            "third": [("set", 10)],
        }

    def test_setup_and_teardown_are_no_tests(self, runner: Runner) -> None:
        """They may be empty, and stand anywhere."""
        file = read_file(runner.write("---\n---\nit:\n  - do: {}\n---\nteardown:\n  - do: {}\n---\nsetup:\n---\n"))

        assert (len(file.setup), len(file.teardown), list(file.tests)) == (0, 1, ["it"])

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("it: [", "while parsing a flow node"),
            ("- it", "line 1: a document of tests is a mapping"),
            ("it: 3", "line 1: below a test's name stands a list of sections"),
            ("it:\n  - do: {}\n    match: {}", "line 2: a section is a mapping with one key"),
            ("it:\n  - do: {[a]: b}", "a key is a text"),
        ],
    )
    def test_what_is_none_is_refused(self, runner: Runner, text: str, reason: str) -> None:
        """With the place."""
        with pytest.raises(NotRun, match="the file cannot be read") as refused:
            read_file(runner.write(text))
        assert reason in str(refused.value)

    def test_a_file_that_cannot_be_read_counts_as_not_run(self, runner: Runner) -> None:
        """The others are run."""
        runner.write("it: [", "a.yml")
        runner.write("it:\n  - do: {info: {}}\n", "b.yml")
        ran = runner.command(str(runner.folder), "--version", "9")

        assert ran.lines[0].startswith("not run  a.yml (the file cannot be read: ")
        assert ran.lines[1] == "passed   b.yml: it"
