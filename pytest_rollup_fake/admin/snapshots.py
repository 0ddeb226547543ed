"""Snapshots of a cluster: its jobs with what they are about to do, its indices, its faults, and its time.

All that will happen by itself is data on a job, so a snapshot has it as instants (in nanoseconds of fake time), and the
heap of the timeline is made anew from them. What waits at a socket is no state of the cluster: it is cut.
"""

from __future__ import annotations

import copy
import itertools
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pytest_rollup_fake.model.indices import Index, check_mapping, check_name
from pytest_rollup_fake.model.jobs import Change, RollupJob
from pytest_rollup_fake.model.nodes import Node, Reassignment
from pytest_rollup_fake.model.states import JobState
from pytest_rollup_fake.model.timeline import ClockMode, Timeline
from pytest_rollup_fake.model.versions import STATS
from pytest_rollup_fake.model.world import World

from .checking import at
from .documents import read_stop_delay, write_stop_delay
from .injections import read_fault, write_injection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_rollup_fake.model.injections import Injection
    from pytest_rollup_fake.model.jobs import Task

Saved = dict[str, Any]


# --- taking ----------------------------------------------------------------------------------------------------


def take(world: World) -> Saved:
    """Return all of a cluster that a snapshot has, as JSON; under the lock, with all that is due run."""
    timeline, number = world.timeline, world.next_number()
    world.numbers = itertools.count(number)  # that one is still to be used
    saved = {
        "clock": {"now": timeline.now, "skipped": timeline.skipped, "mode": str(timeline.mode)},
        "next_number": number,
        "next_task": next(world.task_ids),  # used up by this, which nobody is the worse for: tasks have gaps anyway
        "jobs": [_save_job(job) for job in world.jobs.values()],
        "indices": [asdict(index) for index in world.indices],
        "search_stubs": world.search_stubs,
        "faults": [_save_injection(injection) for injection in world.injections],
    }
    return copy.deepcopy(saved)


def _save_job(job: RollupJob) -> Saved:
    return {
        "id": job.id,
        "config": job.config,
        "stats": job.stats,
        "stop_delay": write_stop_delay(job.stop_delay),
        "runs": job.runs,
        "run_duration": job.run_duration,
        "run_documents": job.run_documents,
        "history": [change._asdict() for change in job.history],
        "persisted": str(job.persisted),
        "is_held": job.is_held,
        "is_lost": job.is_lost,
        "reassigned_at": None if job.reassignment is None else job.reassignment.due_at,
        "task": None if job.task is None else _save_task(job.task),
    }


def _save_task(task: Task) -> Saved:
    indexer = task.indexer
    return {
        "id": task.id,
        "node": task.node.name,
        "started_at": task.started_at,
        "state": str(task.state),
        "due_at": task.due_at,
        "reads_left": task.reads_left,
        "is_overdue": task.is_overdue,
        "indexer": None if indexer is None else {"due_at": indexer.due_at, "run_is_over": indexer.run_is_over},
    }


def _save_injection(injection: Injection) -> Saved:
    return {**write_injection(injection), "progress": list(injection.progress)}


# --- restoring -------------------------------------------------------------------------------------------------


def check_restorable(world: World, saved: Saved) -> None:
    """Raise `DocumentError` for a snapshot that such a cluster cannot return to, by trying it on another one."""
    scratch = World(Timeline(ClockMode.MANUAL, lambda: 0))
    scratch.nodes[1:] = [Node(number) for number in range(2, len(world.nodes) + 1)]
    restore(scratch, saved)


def restore(world: World, saved: Saved) -> None:
    """Let a cluster that was just reset be as it was; under the lock."""
    saved = copy.deepcopy(saved)
    world.task_ids = itertools.count(saved["next_task"])
    _restore_time(world.timeline, saved["clock"])
    for number, index in enumerate(saved["indices"]):
        with at("indices", number):
            world.indices.add(Index(**{**index, "name": check_name(index["name"]), "mapping": _mapping(index)}))
    world.search_stubs = saved["search_stubs"]
    for number, job in enumerate(saved["jobs"]):
        with at("jobs", number):
            world.jobs[job["id"]] = restored = _restore_job(world, job)
            world.all_jobs.append(restored)
    for number, fault in enumerate(saved["faults"]):
        with at("faults", number):
            _restore_injection(world, fault)
    world.numbers = itertools.count(saved["next_number"])


def _mapping(index: Saved) -> dict[str, Any]:
    with at("mapping"):
        return check_mapping(index["mapping"])


def _restore_time(timeline: Timeline, clock: Mapping[str, Any]) -> None:
    timeline.mode = ClockMode(clock["mode"])
    timeline.skip_to(clock["now"])
    timeline.now = timeline.present()
    timeline.skipped = clock["skipped"]


def _restore_job(world: World, saved: Saved) -> RollupJob:
    task = saved["task"]
    with at("stop_delay"):
        stop_delay = read_stop_delay(saved["stop_delay"])
    job = RollupJob(
        saved["id"],
        saved["config"],
        {**dict.fromkeys(STATS, 0), **saved["stats"]},
        timeline=world.timeline,
        numbers=world.next_number,
        task_ids=world.task_ids,
        node=None if task is None else _node(world, task["node"]),
        state=JobState(saved["persisted"] if task is None else task["state"]),
        stop_delay=stop_delay,
        why="restored",
        runs=saved["runs"],
        run_duration=saved["run_duration"],
        run_documents=saved["run_documents"],
    )
    job.persisted = JobState(saved["persisted"])
    job.is_held, job.is_lost = saved["is_held"], saved["is_lost"]
    job.history[:] = [Change(**{**change, "state": JobState(change["state"])}) for change in saved["history"]]
    if saved["reassigned_at"] is not None:
        world.timeline.schedule(Reassignment(world.nodes, job), saved["reassigned_at"])
    if job.task is not None:
        _restore_task(job.task, task)
    return job


def _restore_task(task: Task, saved: Saved) -> None:
    timeline = task.job.timeline
    task.id, task.started_at = saved["id"], saved["started_at"]
    task.reads_left, task.is_overdue = saved["reads_left"], saved["is_overdue"]
    task.due_at = None
    if saved["due_at"] is not None:
        timeline.schedule(task, saved["due_at"])
    if task.indexer is not None and saved["indexer"] is not None:
        task.indexer.due_at = None
        task.indexer.run_is_over = saved["indexer"]["run_is_over"]
        if saved["indexer"]["due_at"] is not None:
            timeline.schedule(task.indexer, saved["indexer"]["due_at"])


def _node(world: World, name: str) -> Node:
    for node in world.nodes:
        if node.name == name:
            return node
    message = f"there is no node {name!r}; the nodes are {', '.join(node.name for node in world.nodes)}"
    raise ValueError(message)


def _restore_injection(world: World, saved: Saved) -> None:
    seen, taken, hits = saved["progress"]
    given = {name: saved.get(name) for name in ("on", "job", "effect", "at")}
    injection = world.inject(
        read_fault(saved),
        **given,
        times=saved["times"],
        after=saved.get("after", 0),
        optional=True,
        guard=world.users.guard,
    )
    injection.progress = (seen, taken, hits)
