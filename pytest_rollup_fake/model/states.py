"""The state machine of a rollup job, as tables.

Everything that decides a job's next state is in this file; nothing here knows a version number, a clock or HTTP. A
table maps (state, event) to what happens: the new state, the answer, and what is written to the persistent task. A
pair that a table does not list is an error by construction: whoever raises it has asked for something that cannot
happen.

Two rows changed over the versions. They are tables of their own, and `transitions` puts together what a version does.

Source: RollupJobTask (`start`, `stop`, `triggered`, `onCancelled`) and AsyncTwoPhaseIndexer, read in 7.17 and 8.x.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class JobState(StrEnum):
    """The state of a job's indexer, spelt as in `status.job_state`; equal to that text."""

    STARTED = "started"
    INDEXING = "indexing"
    STOPPING = "stopping"
    STOPPED = "stopped"
    ABORTING = "aborting"

    # Defined so that type checkers do not take two comparisons of one attribute for a contradiction: a job's state
    # changes between two asserts. What runs are those of `str`, without a detour.
    if TYPE_CHECKING:

        def __eq__(self, other: object) -> bool: ...
        def __hash__(self) -> int: ...
    else:
        __eq__ = str.__eq__
        __hash__ = str.__hash__


class JobEvent(StrEnum):
    """What can happen to a job's task."""

    START = "start"
    STOP = "stop"
    DELETE = "delete"
    CANCEL = "cancel"  # the task is removed: a delete went through, or no node runs it any longer
    TRIGGER = "cron tick"
    FINISH = "run ended"

    __hash__ = str.__hash__  # without a detour


class Answer(Enum):
    """What the caller of an event is told."""

    NONE = "nobody asked"
    STARTED = '{"started":true}'
    STOPPED = '{"stopped":true}'
    DELETED = '{"acknowledged":true}'
    CANNOT_START = "Cannot start task"
    CANNOT_STOP = "Cannot stop task"
    CANNOT_DELETE = "Could not delete job"


@dataclass(frozen=True, slots=True)
class Transition:
    """What an event does: the state afterwards, the answer, and the state that is persisted (`None`: nothing)."""

    state: JobState
    answer: Answer = Answer.NONE
    persists: JobState | None = None


Table = MappingProxyType[tuple[JobState, JobEvent], Transition]

_S, _E, _A, _T = JobState, JobEvent, Answer, Transition

# Stopping an idle job writes nothing: after a restart of its node it is started again.
COMMON: Table = MappingProxyType(
    {
        (_S.STOPPED, _E.START): _T(_S.STARTED, _A.STARTED, _S.STARTED),
        (_S.STOPPING, _E.START): _T(_S.STOPPING, _A.CANNOT_START),
        (_S.ABORTING, _E.START): _T(_S.ABORTING, _A.CANNOT_START),
        (_S.STOPPED, _E.STOP): _T(_S.STOPPED, _A.STOPPED),
        (_S.STARTED, _E.STOP): _T(_S.STOPPED, _A.STOPPED),
        (_S.INDEXING, _E.STOP): _T(_S.STOPPING, _A.STOPPED, _S.STOPPED),
        (_S.STOPPING, _E.STOP): _T(_S.STOPPING, _A.STOPPED, _S.STOPPED),
        (_S.ABORTING, _E.STOP): _T(_S.ABORTING, _A.CANNOT_STOP),
        (_S.STOPPED, _E.DELETE): _T(_S.ABORTING, _A.DELETED),
        (_S.STOPPED, _E.CANCEL): _T(_S.ABORTING),
        (_S.STARTED, _E.CANCEL): _T(_S.ABORTING),
        (_S.INDEXING, _E.CANCEL): _T(_S.ABORTING),
        (_S.STOPPING, _E.CANCEL): _T(_S.ABORTING),
        (_S.ABORTING, _E.CANCEL): _T(_S.ABORTING),
        (_S.STOPPED, _E.TRIGGER): _T(_S.STOPPED),
        (_S.STARTED, _E.TRIGGER): _T(_S.INDEXING),
        (_S.INDEXING, _E.TRIGGER): _T(_S.INDEXING),
        (_S.STOPPING, _E.TRIGGER): _T(_S.STOPPING),
        (_S.ABORTING, _E.TRIGGER): _T(_S.ABORTING),
        (_S.INDEXING, _E.FINISH): _T(_S.STARTED, persists=_S.STARTED),
        (_S.STOPPING, _E.FINISH): _T(_S.STOPPED, persists=_S.STOPPED),
    }
)

# Up to 7.17 a start is refused unless the job is stopped (RollupJobTask.start).
START_ONLY_STOPPED: Table = MappingProxyType(
    {
        (_S.STARTED, _E.START): _T(_S.STARTED, _A.CANNOT_START),
        (_S.INDEXING, _E.START): _T(_S.INDEXING, _A.CANNOT_START),
    }
)
# From 8.0 a start of a running job is answered as done (elastic/elasticsearch#41502).
START_IDEMPOTENT: Table = MappingProxyType(
    {
        (_S.STARTED, _E.START): _T(_S.STARTED, _A.STARTED),
        (_S.INDEXING, _E.START): _T(_S.INDEXING, _A.STARTED),
    }
)

# 6.3 and 6.4 delete a job in any state.
DELETE_ANY: Table = MappingProxyType(
    {
        (_S.STARTED, _E.DELETE): _T(_S.ABORTING, _A.DELETED),
        (_S.INDEXING, _E.DELETE): _T(_S.ABORTING, _A.DELETED),
        (_S.STOPPING, _E.DELETE): _T(_S.ABORTING, _A.DELETED),
        (_S.ABORTING, _E.DELETE): _T(_S.ABORTING, _A.DELETED),
    }
)
# From 6.5 only a stopped one (elastic/elasticsearch#34574).
DELETE_ONLY_STOPPED: Table = MappingProxyType(
    {
        (_S.STARTED, _E.DELETE): _T(_S.STARTED, _A.CANNOT_DELETE),
        (_S.INDEXING, _E.DELETE): _T(_S.INDEXING, _A.CANNOT_DELETE),
        (_S.STOPPING, _E.DELETE): _T(_S.STOPPING, _A.CANNOT_DELETE),
        (_S.ABORTING, _E.DELETE): _T(_S.ABORTING, _A.CANNOT_DELETE),
    }
)

# What a task that is allocated anew starts with, by the state that was persisted (RollupJobTask's constructor).
RESTORED: Mapping[JobState, JobState] = MappingProxyType(
    {
        _S.STARTED: _S.STARTED,
        _S.INDEXING: _S.STARTED,
        _S.STOPPING: _S.STOPPED,
        _S.STOPPED: _S.STOPPED,
        _S.ABORTING: _S.STOPPED,
    }
)


@cache
def transitions(*, start_is_idempotent: bool, delete_needs_stopped: bool) -> Table:
    """Return the whole table of a version that has, or has not, these two rules."""
    start = START_IDEMPOTENT if start_is_idempotent else START_ONLY_STOPPED
    delete = DELETE_ONLY_STOPPED if delete_needs_stopped else DELETE_ANY
    return MappingProxyType({**COMMON, **start, **delete})
