"""The rollup endpoints: what each reads from its request, and what it does.

An endpoint is a function of two steps, like BaseRestHandler.prepareRequest: called with a channel and the parameters,
it reads all that it takes and returns the action. Between the two, parameters that nobody read and bodies that nobody
takes are refused.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

from pytest_rollup_fake.model.states import Answer, JobEvent, JobState
from pytest_rollup_fake.model.waiting import Looks, Wait

from . import errors, messages
from .time_value import TimeValue

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_rollup_fake.model.jobs import RollupJob, Task
    from pytest_rollup_fake.model.versions import Profile

    from .channel import Channel
    from .parameters import Parameters
    from .reply import Reply

Action = "Callable[[], Reply | Wait]"

DEFAULT_STOP_TIMEOUT: Final = TimeValue(30, "s")  # StopRollupJobAction.DEFAULT_TIMEOUT
_EVERY_JOB: Final = ("_all", "*", "")  # GetRollupJobsAction.Request maps `*` and nothing to `_all`


def stop(channel: Channel, parameters: Parameters) -> Callable[[], Reply | Wait]:
    """Stop a job, and wait for it if asked (RestStopRollupJobAction, TransportStopRollupAction)."""
    request, profile = channel.request, channel.profile
    id_ = request.job = parameters.text("id") or ""
    if not profile.stop_waits:
        return partial(_stop, channel, id_, None)
    timeout = parameters.time("timeout", default=DEFAULT_STOP_TIMEOUT, refuse_negative=profile.negative_time_is_refused)
    request.wait_for_completion = parameters.boolean("wait_for_completion", default=False)
    request.timeout = timeout.nanoseconds / 1e9
    return partial(_stop, channel, id_, timeout if request.wait_for_completion else None)


def _stop(channel: Channel, id_: str, timeout: TimeValue | None) -> Reply | Wait:
    request, world, profile = channel.request, channel.world, channel.profile
    if profile.rollup_is_deprecated:
        channel.warn(messages.ROLLUP_DEPRECATED)
    job = world.jobs.get(id_)
    if job is None or job.task is None:
        raise errors.resource_not_found(messages.task_not_found(id_))
    task = job.task
    request.state_before = task.state
    job.stop_requests.append(request)
    transition = world.apply(job, JobEvent.STOP, profile, f"stop (request #{request.number})")
    request.state_after = transition.state
    if transition.answer is Answer.CANNOT_STOP:
        raise errors.elasticsearch_exception(messages.cannot_stop(id_, transition.state.upper()))
    if timeout is None:
        return _stopped(channel)
    looks = Looks(world.timeline.now, timeout.milliseconds)
    return Wait(task, looks, partial(_look, channel, task, timeout))


def _look(channel: Channel, task: Task, timeout: TimeValue, last: bool) -> Reply | None:  # noqa: FBT001  (a callback)
    if task.state is JobState.STOPPED:
        return _stopped(channel)
    if not last:
        return None
    state = task.state.upper() if channel.profile.stop_timeout_names_state else None
    text = messages.stop_timed_out(task.job.id, timeout.string_rep, state)
    return channel.failure(errors.timeout(text, channel.profile))


def _stopped(channel: Channel) -> Reply:
    return channel.success({"stopped": True})


def get_jobs(channel: Channel, parameters: Parameters) -> Callable[[], Reply | Wait]:
    """List one job or all (RestGetRollupJobsAction, TransportGetRollupJobAction)."""
    id_ = channel.request.job = parameters.text("id") or ""
    return partial(_get_jobs, channel, id_)


def _get_jobs(channel: Channel, id_: str) -> Reply:
    if channel.profile.rollup_is_deprecated:
        channel.warn(messages.ROLLUP_DEPRECATED)
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


_CONFIG: Final = ("id", "index_pattern", "rollup_index", "cron", "groups", "metrics", "timeout", "page_size")
_GROUPS: Final = ("date_histogram", "histogram", "terms")
_INTERVALS: Final = ("interval", "calendar_interval", "fixed_interval")
# DateHistogramAggregationBuilder.DATE_FIELD_UNITS
_CALENDAR_UNITS: Final = frozenset(
    [
        "1s",
        "1m",
        "1h",
        "1d",
        "1w",
        "1M",
        "1q",
        "1y",
        "second",
        "minute",
        "hour",
        "day",
        "week",
        "month",
        "quarter",
        "year",
    ]
)


def _config(config: dict[str, Any], profile: Profile) -> dict[str, Any]:
    """Return a configuration in the server's order (RollupJobConfig.toXContent); unknown keys come last."""
    shown = _ordered(config, _CONFIG)
    groups = _ordered(config["groups"], _GROUPS)
    if "date_histogram" in groups:
        groups["date_histogram"] = _date_histogram(groups["date_histogram"], profile)
    shown["groups"] = groups
    return shown


def _date_histogram(group: dict[str, Any], profile: Profile) -> dict[str, Any]:
    """Return the group with its interval under the key that the version uses (DateHistogramGroupConfig)."""
    rest = {key: value for key, value in group.items() if key not in _INTERVALS}
    given = next((key for key in _INTERVALS if key in group), "interval")
    value = group.get(given)
    key = given
    if profile.interval_keys == "interval":
        key = "interval"
    elif profile.interval_keys == "converted" and given == "interval":
        key = "calendar_interval" if value in _CALENDAR_UNITS else "fixed_interval"
    return {key: value, **_ordered(rest, ("field", "delay", "time_zone"))}


def _ordered(mapping: dict[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    return {key: mapping[key] for key in order if key in mapping} | mapping
