"""A cluster and a second, plain statement of the rules, driven side by side: every answer is the same.

Each line's rules are tried with whatever Hypothesis can think of: requests, acts of the test, time, and several clients
that wait at once.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from pytest_rollup_fake.model.versions import LINES
from tests.properties.drivers import Calls
from tests.properties.injecting import Injecting
from tests.properties.machine import Machine
from tests.properties.rules import Rules
from tests.properties.several_nodes import SeveralNodes
from tests.properties.sockets import Sockets


def run(machine: Any, *, examples: int) -> None:
    """Run a machine, for longer if Hypothesis is told to try more than usual."""
    usual = 100
    run_state_machine_as_test(machine, settings=settings(max_examples=examples * settings().max_examples // usual))


# Within a group nothing changes for rollup jobs, as far as `rules` goes; each has its first line here and its last.
FIRST = ("6.3", "6.5", "6.6", "6.7", "7.0", "7.2", "7.7", "8.0", "8.15", "9.0", "9.2")
LAST = (*(LINES[LINES.index(line) - 1] for line in FIRST[1:]), LINES[-1])


@pytest.mark.parametrize("line", sorted({*FIRST, *LAST}, key=LINES.index))
def test_every_answer_follows_the_rules(line: str) -> None:
    """Without sockets: what a version answers, to anybody at any time, is what the rules say."""
    run(lambda: Machine(Calls(line), Rules(line, acts_release=False)), examples=12)


@pytest.mark.parametrize("line", LAST)
def test_every_answer_follows_the_rules_over_sockets(line: str) -> None:
    """With faults, functions in their place and calls of the clock's besides, in the middle of all that."""
    run(lambda: Injecting(Sockets(line), Rules(line, acts_release=True)), examples=24)


def test_every_answer_warns_where_nobody_has_said_whether_security_is_on() -> None:
    """From 7.13 to 7.17 it is off then, and Elasticsearch says so each time."""

    def machine() -> Injecting:
        model = Rules("7.17", acts_release=True)
        model.warns_of_security = True
        return Injecting(Sockets("7.17", security="unset"), model)

    run(machine, examples=6)


@pytest.mark.parametrize("line", ["6.8", "8.19", LINES[-1]])
def test_every_answer_follows_the_rules_of_several_nodes(line: str) -> None:
    """And every connection: nodes die and come back, connections break when they are made or used again."""
    run(lambda: SeveralNodes(line), examples=50)
