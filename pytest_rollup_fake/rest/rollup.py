"""The endpoints of rollup jobs: what each reads from its request, and what it does."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pytest_rollup_fake.model.job_configs import CALENDAR_UNITS, GROUPS, PARTS
from pytest_rollup_fake.model.states import Answer, JobEvent, JobState
from pytest_rollup_fake.model.waiting import Looks, Wait

from . import errors, messages
from .authorization import action_of
from .time_value import TimeValue

if TYPE_CHECKING:
    from pytest_rollup_fake.model.jobs import RollupJob, Task
    from pytest_rollup_fake.model.states import Transition
    from pytest_rollup_fake.model.versions import Profile

    from .channel import Channel
    from .parameters import Parameters
    from .reply import Action, Reply

DEFAULT_STOP_TIMEOUT: Final = TimeValue(30, "s")  # StopRollupJobAction.DEFAULT_TIMEOUT
_EVERY_JOB: Final = ("_all", "*", "")  # GetRollupJobsAction.Request maps `*` and nothing to `_all`


def stop(channel: Channel, parameters: Parameters) -> Action:
    """Stop a job, and wait for it if asked (RestStopRollupJobAction, TransportStopRollupAction)."""
    request, profile = channel.request, channel.profile
    id_ = parameters.text("id") or ""
    if not profile.stop_waits:
        return partial(_stop, channel, id_, None)
    timeout = parameters.time("timeout", default=DEFAULT_STOP_TIMEOUT, refuse_negative=profile.negative_time_is_refused)
    request.wait_for_completion = parameters.boolean("wait_for_completion", default=False)
    request.timeout = timeout.nanoseconds / 1e9
    return partial(_stop, channel, id_, timeout if request.wait_for_completion else None)


def _stop(channel: Channel, id_: str, timeout: TimeValue | None) -> Reply | Wait:
    task = _task_of(channel, id_)
    task.job.stop_requests.append(channel.request)
    transition = _apply(channel, task.job, JobEvent.STOP)
    if transition.answer is Answer.CANNOT_STOP:
        raise errors.elasticsearch_exception(messages.CANNOT_STOP.format(job=id_, state=transition.state.upper()))
    if timeout is None:
        return _stopped(channel)
    looks = Looks(channel.world.timeline.now, timeout.milliseconds)
    return Wait(task, looks, partial(_look, channel, task, timeout))


def _look(channel: Channel, task: Task, timeout: TimeValue, last: bool) -> Reply | None:  # noqa: FBT001  (a callback)
    if task.has_lost_node:
        return channel.failure(errors.failed_node(task.node, action_of("stop", channel.profile)))
    if task.state is JobState.STOPPED:
        return _stopped(channel)
    if not last:
        return None
    state = task.state.upper() if channel.profile.stop_timeout_names_state else None
    text = messages.stop_timed_out(task.job.id, timeout.string_rep, state)
    return channel.failure(errors.timeout(text, channel.profile))


def _stopped(channel: Channel) -> Reply:
    return channel.done("stopped")


def start(channel: Channel, parameters: Parameters) -> Action:
    """Start a job, which then waits for its cron (RestStartRollupJobAction, TransportStartRollupAction)."""
    return partial(_start, channel, parameters.text("id") or "")


def _start(channel: Channel, id_: str) -> Reply:
    task = _task_of(channel, id_)
    transition = _apply(channel, task.job, JobEvent.START)
    if transition.answer is Answer.CANNOT_START:
        raise errors.elasticsearch_exception(messages.CANNOT_START.format(job=id_, state=transition.state.upper()))
    return channel.done("started")


def delete(channel: Channel, parameters: Parameters) -> Action:
    """Delete a job; its data and metadata stay (RestDeleteRollupJobAction, TransportDeleteRollupJobAction)."""
    return partial(_delete, channel, parameters.text("id") or "")


def _delete(channel: Channel, id_: str) -> Reply:
    world, profile = channel.world, channel.profile
    job = world.jobs.get(id_)
    if job is None:
        raise errors.resource_not_found(messages.job_not_found(id_, brackets=profile.delete_text_has_brackets))
    if job.task is None:
        return channel.success({"acknowledged": False})  # nobody was there to acknowledge: no node runs the task
    transition = _apply(channel, job, JobEvent.DELETE)
    if transition.answer is Answer.CANNOT_DELETE:
        return channel.success(_task_failure(job.task), 500)
    world.forget_job(id_, f"deleted (request #{channel.request.number})")
    return channel.done("acknowledged")


def _task_failure(task: Task) -> dict[str, Any]:
    """Return the body of a refused delete, which is no error body (BaseTasksResponse.toXContentCommon)."""
    reason = messages.CANNOT_DELETE.format(job=task.job.id, state=task.state.upper())
    failure = {
        "task_id": task.id,
        "node_id": task.node.id,
        "status": "INTERNAL_SERVER_ERROR",
        "reason": {"type": "illegal_state_exception", "reason": reason},
    }
    return {"task_failures": [failure], "acknowledged": False}


def _task_of(channel: Channel, id_: str) -> Task:
    """Return the live task of a job; whether there is a job that no node runs is of no interest here."""
    job = channel.world.jobs.get(id_)
    if job is None or job.task is None:
        raise errors.resource_not_found(messages.TASK_NOT_FOUND.format(job=id_))
    return job.task


def _apply(channel: Channel, job: RollupJob, event: JobEvent) -> Transition:
    """Let an event reach a job, and note in the journal what it has done."""
    request = channel.request
    request.state_before = job.state
    why = f"{event} (request #{request.number})"
    transition = channel.world.apply(job, event, channel.profile, why)
    request.state_after = transition.state
    return transition


def get_jobs(channel: Channel, parameters: Parameters) -> Action:
    """List one job or all (RestGetRollupJobsAction, TransportGetRollupJobAction)."""
    id_ = parameters.text("id") or ""
    return partial(_get_jobs, channel, id_)


def _get_jobs(channel: Channel, id_: str) -> Reply:
    jobs = channel.world.jobs
    wanted = list(jobs.values()) if id_ in _EVERY_JOB else [jobs[id_]] if id_ in jobs else []
    listed = [job for job in wanted if job.task is not None]
    channel.request.reads = tuple(job.task for job in listed if job.task is not None and job.task.reads_left)
    if len(listed) == 1:
        channel.request.state_before = channel.request.state_after = listed[0].state
    return channel.success({"jobs": [describe(job, channel.profile) for job in listed]})


def describe(job: RollupJob, profile: Profile) -> dict[str, Any]:
    """Return a job as Get Jobs shows it: configuration, status and stats, in the server's order."""
    status: dict[str, Any] = {"job_state": job.state}
    if profile.upgraded_doc_id:
        status["upgraded_doc_id"] = True
    return {
        "config": _config(job.config, profile),
        "status": status,
        "stats": {name: job.stats[name] for name in profile.stats},
    }


_INTERVALS: Final = ("interval", "calendar_interval", "fixed_interval")


def _config(config: dict[str, Any], profile: Profile) -> dict[str, Any]:
    """Return a configuration in the server's order (RollupJobConfig.toXContent); unknown keys come last."""
    shown = _ordered(config, PARTS)
    groups = _ordered(config["groups"], GROUPS)
    if "date_histogram" in groups:
        groups["date_histogram"] = date_histogram(groups["date_histogram"], profile)
    shown["groups"] = groups
    return shown


def date_histogram(group: dict[str, Any], profile: Profile) -> dict[str, Any]:
    """Return the group with its interval under the key that the version uses (DateHistogramGroupConfig)."""
    rest = {key: value for key, value in group.items() if key not in _INTERVALS}
    given = next((key for key in _INTERVALS if key in group), "interval")
    value = group.get(given)
    key = given
    if profile.interval_keys == "interval":
        key = "interval"
    elif profile.interval_keys == "converted" and given == "interval":
        key = "calendar_interval" if value in CALENDAR_UNITS else "fixed_interval"
    return {key: value, **_ordered(rest, ("field", "delay", "time_zone"))}


def _ordered(mapping: dict[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    return {key: mapping[key] for key in order if key in mapping} | mapping
