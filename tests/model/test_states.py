"""The state machine's tables, walked whole."""

from __future__ import annotations

import pytest

from pytest_rollup_fake.model.states import RESTORED, Answer, JobEvent, JobState, Table, transitions

STOPPED, STARTED, INDEXING = JobState.STOPPED, JobState.STARTED, JobState.INDEXING
STOPPING, ABORTING = JobState.STOPPING, JobState.ABORTING

# The rules of RollupJobTask and AsyncTwoPhaseIndexer, by hand: event -> state -> (the state afterwards, whether it was
# answered with success; None: nobody asked).
COMMON = {
    JobEvent.STOP: {
        STOPPED: (STOPPED, True),
        STARTED: (STOPPED, True),
        INDEXING: (STOPPING, True),
        STOPPING: (STOPPING, True),
        ABORTING: (ABORTING, False),
    },
    JobEvent.TRIGGER: {
        STOPPED: (STOPPED, None),
        STARTED: (INDEXING, None),
        INDEXING: (INDEXING, None),
        STOPPING: (STOPPING, None),
        ABORTING: (ABORTING, None),
    },
    JobEvent.FINISH: {INDEXING: (STARTED, None), STOPPING: (STOPPED, None)},
    JobEvent.CANCEL: dict.fromkeys(JobState, (ABORTING, None)),
}
START_UP_TO_7 = {
    STOPPED: (STARTED, True),
    STARTED: (STARTED, False),
    INDEXING: (INDEXING, False),
    STOPPING: (STOPPING, False),
    ABORTING: (ABORTING, False),
}
START_FROM_8 = {**START_UP_TO_7, STARTED: (STARTED, True), INDEXING: (INDEXING, True)}
DELETE_UP_TO_6_4 = dict.fromkeys(JobState, (ABORTING, True))
DELETE_FROM_6_5 = {**{state: (state, False) for state in JobState}, STOPPED: (ABORTING, True)}

SUCCESS = {Answer.STARTED: True, Answer.STOPPED: True, Answer.DELETED: True, Answer.NONE: None}


def table_as_facts(table: Table) -> dict[JobEvent, dict[JobState, tuple[JobState, bool | None]]]:
    """Turn a table into the form of the facts above."""
    facts: dict[JobEvent, dict[JobState, tuple[JobState, bool | None]]] = {}
    for (state, event), transition in table.items():
        facts.setdefault(event, {})[state] = (transition.state, SUCCESS.get(transition.answer, False))
    return facts


class TestTables:
    """Every event in every state."""

    @pytest.mark.parametrize("start_is_idempotent", [False, True])
    @pytest.mark.parametrize("delete_needs_stopped", [False, True])
    def test_are_the_facts(self, *, start_is_idempotent: bool, delete_needs_stopped: bool) -> None:
        """Each combination of the two rules that changed gives the facts' table, no pair more and none less."""
        table = transitions(start_is_idempotent=start_is_idempotent, delete_needs_stopped=delete_needs_stopped)
        assert table_as_facts(table) == {
            **COMMON,
            JobEvent.START: START_FROM_8 if start_is_idempotent else START_UP_TO_7,
            JobEvent.DELETE: DELETE_FROM_6_5 if delete_needs_stopped else DELETE_UP_TO_6_4,
        }

    def test_an_unlisted_pair_is_an_error(self) -> None:
        """A run that nobody has started cannot end."""
        table = transitions(start_is_idempotent=True, delete_needs_stopped=True)
        with pytest.raises(KeyError):
            table[STOPPED, JobEvent.FINISH]

    def test_what_is_persisted(self) -> None:
        """A stop that finds a run, a start and a run's end are written; stopping an idle job is not."""
        table = transitions(start_is_idempotent=False, delete_needs_stopped=True)
        assert {pair: step.persists for pair, step in table.items() if step.persists is not None} == {
            (STOPPED, JobEvent.START): STARTED,
            (INDEXING, JobEvent.STOP): STOPPED,
            (STOPPING, JobEvent.STOP): STOPPED,
            (INDEXING, JobEvent.FINISH): STARTED,
            (STOPPING, JobEvent.FINISH): STOPPED,
        }

    def test_what_a_restart_restores(self) -> None:
        """A run is taken up as started, one that was ending as stopped."""
        assert RESTORED == {
            STARTED: STARTED,
            INDEXING: STARTED,
            STOPPING: STOPPED,
            STOPPED: STOPPED,
            ABORTING: STOPPED,
        }


class TestJobState:
    """States as values."""

    def test_are_their_texts(self) -> None:
        """A state equals its text, both ways round, and hashes like it."""
        state = JobState("stopping")
        assert state == "stopping"
        assert state == JobState.STOPPING
        assert {"stopping": 1}[state] == 1
        assert state != "STOPPING"
        assert state != 1
