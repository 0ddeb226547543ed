"""What can become of a test.

Four things, so that what the runner or the fake cannot do never looks like success:

* *passed*: every section was run, and held;
* *failed*: a section was run, and did not hold;
* *not run*: the runner or the cluster lacks something that the test needs, be it in its last section;
* *skipped*: the test says itself that it is not for this version.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a test, in the order of the counts."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not run"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Result:
    """A test, what became of it, and why."""

    test: str
    outcome: Outcome
    reason: str = ""


class Ended(Exception):  # noqa: N818  (it ends a test, for whatever reason)
    """A test is over before its last section; the message is the reason."""

    outcome: Outcome


class Failed(Ended):
    """What was expected is not what came."""

    outcome = Outcome.FAILED


class NotRun(Ended):
    """The runner or the cluster cannot do what the test needs."""

    outcome = Outcome.NOT_RUN


class Skipped(Ended):
    """The test says that it is not for this cluster."""

    outcome = Outcome.SKIPPED
