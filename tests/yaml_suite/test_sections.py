"""The sections that look at an answer, on answers that the tests make up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pytest_rollup_fake import RollupCluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.yaml_suite.running import Ran, Runner

ANSWER = {
    "text": "some text",
    "empty": "",
    "no": False,
    "yes": True,
    "zero": 0,
    "three": 3,
    "half": 0.5,
    "nothing": None,
    "list": [{"name": "a", "size": 1}, {"name": "b", "size": 2}],
    "map": {"a.b": {"c": 1}, "d": 2},
    "names": ["a", "b"],
    "user": "ops",
    "password": "secret",
}


class Answering:
    """A cluster that answers `GET /made_up` with what a test wants, and a runner that asks it."""

    def __init__(self, runner: Runner, cluster: RollupCluster) -> None:
        self._runner = runner
        self.cluster = cluster
        self._api = runner.write(
            json.dumps({"made_up": {"url": {"paths": [{"path": "/made_up", "methods": ["GET"]}]}}}), "api/made_up.json"
        ).parent

    def run(self, steps: str, value: Any = ANSWER) -> Ran:
        """Ask, then run the steps."""
        self.cluster.expect_request("/made_up").respond_with_json(value)
        path = self._runner.write(f"it:\n  - do: {{made_up: {{}}}}\n{steps}\n")
        return self._runner.command(str(path), "--url", self.cluster.url, "--api", str(self._api))

    def holds(self, step: str) -> bool:
        """Say whether a section holds of the answer; raises if it was not run."""
        counts = self.run(f"  - {step}").counts
        assert ", 0 not run, 0 skipped" in counts
        return counts.startswith("1 passed")


@pytest.fixture
def answering(runner: Runner) -> Iterator[Answering]:
    """Return what answers as a test wants."""
    with RollupCluster("8.19") as cluster:
        yield Answering(runner, cluster)


@pytest.mark.parametrize(
    "step",
    [
        "is_true: yes",
        "is_true: text",
        "is_true: list",
        "is_true: ''",
        "is_true: list.1.name",
        r"is_true: map.a\.b.c",
        "is_false: no",
        "is_false: zero",
        "is_false: empty",
        "is_false: nothing",
        "is_false: missing",
        "is_false: list.2",
        "is_false: list.name",
        "is_false: text.length",
        "exists: empty",
        "exists: no",
        "match: {text: some text}",
        "match: {text: /^some .* t e x t $/}",
        "match: {three: 3}",
        "match: {three: 3.0}",
        "match: {nothing: null}",
        "match: {yes: true}",
        "match: {list.0: {size: 1, name: a}}",
        r"match: {map: {a.b: {c: 1}, d: 2}}",
        "match: {$body: /some \\s text/}",
        "match: {list: [{name: a, size: 1}, {name: b, size: 2}]}",
        "length: {list: 2}",
        "length: {map: 2}",
        "length: {text: 9}",
        "gt: {three: 2}",
        "gte: {three: 3}",
        "lt: {half: 0.6}",
        "lte: {half: 0.5}",
        "contains: {text: some}",
        "contains: {list: {name: b}}",
        "contains: {names: b}",
        "close_to: {half: {value: 0.51, error: 0.02}}",
    ],
)
def test_holds(answering: Answering, step: str) -> None:
    """A section that holds lets the test pass."""
    assert answering.holds(step)


@pytest.mark.parametrize(
    "step",
    [
        "is_true: no",
        "is_true: zero",
        "is_true: missing",
        "is_false: three",
        "is_false: yes",
        "exists: nothing",
        "match: {text: some}",
        "match: {text: /^text/}",
        "match: {missing: /.*/}",
        "match: {three: '3'}",
        "match: {yes: 1}",
        "match: {zero: false}",
        "match: {no: null}",
        "match: {list.0: {name: a}}",
        "match: {list: [{name: a, size: 1}]}",
        "match: {list: [{name: b, size: 2}, {name: a, size: 1}]}",
        "match: {map.a.b: {c: 1}}",
        "length: {list: 1}",
        "length: {three: 3}",
        "gt: {three: 3}",
        "gte: {three: 4}",
        "lt: {half: 0.5}",
        "lte: {half: 0.4}",
        "gt: {text: 1}",
        "contains: {text: other}",
        "contains: {list: {name: b, size: 1}}",
        "contains: {three: 3}",
        "close_to: {half: {value: 0.6, error: 0.02}}",
        "set: {missing: name}",
    ],
)
def test_does_not_hold(answering: Answering, step: str) -> None:
    """A section that does not hold fails the test."""
    assert not answering.holds(step)


class TestStash:
    """Values put aside."""

    @pytest.mark.parametrize(
        "steps",
        [
            "  - set: {three: n}\n  - match: {three: $n}",
            "  - set: {three: n}\n  - match: {three: '${n}'}",
            "  - set: {text: a-name}\n  - match: {text: $a-name}",
            "  - set: {list.1.name: key}\n  - match: {list.1: {name: $key, size: 2}}",
            "  - set: {three: n}\n  - match: {$n: 3}",
            "  - set: {list.0.size: at}\n  - match: {list.$at.name: b}",
            "  - set: {list.0.size: at}\n  - match: {'list.${at}.name': b}",
            "  - set: {list.0.name: a}\n  - match: {'map.${a}\\.b.c': 1}",
            "  - set: {map._arbitrary_key_: key}\n  - match: {$key: a.b}",
            "  - transform_and_set: {b: '#base64EncodeCredentials(user,password)'}\n  - match: {$b: b3BzOnNlY3JldA==}",
            "  - transform_and_set: {same: anything}\n  - match: {$same: anything}",
        ],
    )
    def test_stand_for_what_they_are(self, answering: Answering, steps: str) -> None:
        """In paths, in keys and in what is expected; a whole value keeps its type."""
        ran = answering.run(steps)

        assert ran.has_passed, ran.text

    def test_stand_for_keys(self, answering: Answering) -> None:
        """Of what is expected; the empty path is the whole answer."""
        ran = answering.run("  - set: {user: key}\n  - match: {'': {user: ops, $key: 1}}", {"user": "ops", "ops": 1})

        assert ran.has_passed, ran.text

    def test_a_name_that_is_not_there_is_a_failure(self, answering: Answering) -> None:
        """With those that are."""
        ran = answering.run("  - set: {three: n}\n  - match: {three: $m}")

        assert "nothing was put aside as $m; there is $body, $n" in ran.text


class TestExplanations:
    """How a difference is told."""

    def test_by_place_not_by_whole_answers(self, answering: Answering) -> None:
        """Each place that differs has a line."""
        ran = answering.run("  - match: {list: [{name: a, size: 2}, {name: b, colour: red}]}")

        assert [line.strip() for line in ran.lines[1:5]] == [
            "line 3, match: list.0.size is 1, expected 2",
            'list.1.colour is missing, expected "red"',
            "list.1.size is 2, and was not expected",
            "request: GET /made_up",
        ]

    def test_a_body_that_is_no_json(self, answering: Answering) -> None:
        """Is a text."""
        answering.cluster.expect_request("/made_up").respond_with_data("green open\n")
        assert answering.holds("match: {$body: /^green \\s open/}")

    def test_a_warning_that_is_none_of_elasticsearchs(self, answering: Answering) -> None:
        """Is a failure, as for the Java runner."""
        answering.cluster.expect_request("/made_up").respond_with_json({}, headers={"Warning": "199 - nothing"})

        assert "this is no warning of Elasticsearch's: 199 - nothing" in answering.run("").text
