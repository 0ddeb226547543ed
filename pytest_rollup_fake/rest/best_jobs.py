"""Which of the rolled up jobs a search is answered from, and the refusal where none has what it asks for.

A job can answer an aggregation if it has rolled up the field in such a way, and in intervals that those asked for are
made of. Of several the best is taken: what matters is in the order of `_cost`.

Source: RollupJobIdentifierUtils.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_rollup_fake.model.job_configs import CALENDAR_UNITS, GROUPS, METRICS

from . import messages
from .errors import ElasticsearchError, illegal_argument
from .time_value import parse_time_value
from .time_zones import OBSOLETE_TIME_ZONES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_rollup_fake.model.versions import Profile

    from .caps import JobCaps


@dataclass(frozen=True, slots=True)
class Aggregation:
    """An aggregation of a search, with those inside it; pipelines are left out, which rollup search ignores."""

    name: str
    type: str
    body: dict[str, Any]
    inner: tuple[Aggregation, ...]


def best_jobs(profile: Profile, aggregation: Aggregation, jobs: Sequence[JobCaps]) -> Iterator[JobCaps]:
    """Yield the job that each innermost aggregation is best answered from (RollupJobIdentifierUtils.findBestJobs)."""
    if aggregation.type not in (*GROUPS, *METRICS):
        raise illegal_argument(
            messages.AGGREGATION_UNSUPPORTED.format(name=aggregation.name, class_name=_class_name(aggregation.type))
        )
    able = [job for job in jobs if _can_answer(profile, job, aggregation)]
    if not able:
        where, what = "on field", str(aggregation.body.get("field", "null"))
        if aggregation.type in METRICS:
            where, what = "with name", aggregation.name
        raise illegal_argument(messages.NO_SUITABLE_JOB.format(type=aggregation.type, where=where, what=what))
    if not aggregation.inner:
        yield min(able, key=_cost)
    for inner in aggregation.inner:
        yield from best_jobs(profile, inner, able)


def _class_name(type_: str) -> str:
    return f"{type_.title().replace('_', '')}AggregationBuilder"


def _can_answer(profile: Profile, job: JobCaps, aggregation: Aggregation) -> bool:
    aggs = job.fields.get(str(aggregation.body.get("field")), ())
    agg = next((each for each in aggs if each["agg"] == aggregation.type), None)
    if agg is None:
        return False
    if aggregation.type == "histogram":
        interval = aggregation.body.get("interval")
        return isinstance(interval, (int, float)) and interval >= agg["interval"] and interval % agg["interval"] == 0
    if aggregation.type == "date_histogram":
        zone = str(aggregation.body.get("time_zone", "UTC"))
        return _same_zone(profile, agg["time_zone"], zone) and _interval_fits(agg, aggregation.body)
    return True


def _same_zone(profile: Profile, one: str, other: str) -> bool:
    if profile.obsolete_time_zones_warn:
        one, other = OBSOLETE_TIME_ZONES.get(one, one), OBSOLETE_TIME_ZONES.get(other, other)
    return one.lower() == other.lower()


def _interval_fits(agg: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Say whether an interval can be made of the job's: calendar of calendar, fixed of fixed, `interval` of either."""
    kind = next((key for key in ("calendar_interval", "fixed_interval", "interval") if key in wanted), None)
    if kind is None:
        raise illegal_argument(messages.INTERVAL_REQUIRED)
    text = f"{wanted[kind]}ms" if isinstance(wanted[kind], int) else str(wanted[kind])
    for key in ("calendar_interval", "interval") if kind != "fixed_interval" else ():
        if (
            text in CALENDAR_UNITS
            and agg.get(key) in CALENDAR_UNITS
            and CALENDAR_UNITS[text] >= CALENDAR_UNITS[agg[key]]
        ):
            return True
    for key in ("fixed_interval", "interval") if kind != "calendar_interval" else ():
        asked, configured = _fixed(text), _fixed(agg.get(key))
        if asked and configured and asked % configured == 0:
            return True
    return (
        kind == "interval"
        and text in CALENDAR_UNITS
        and 0 < _fixed(agg.get("fixed_interval")) <= CALENDAR_UNITS[text] * 1000
    )


def _fixed(interval: str | None) -> int:
    """Return an interval in milliseconds, 0 for what is no time value."""
    try:
        return parse_time_value(interval or "", "interval", refuse_negative=False).milliseconds
    except ElasticsearchError:
        return 0


def _cost(job: JobCaps) -> tuple[float, bool, float, int]:
    """Return what the best job has least of: short intervals, histograms, small ones, terms (getComparator)."""
    aggs = [agg for field in job.fields.values() for agg in field]
    dates = [agg for agg in aggs if agg["agg"] == "date_histogram"]
    texts = [agg[key] for agg in dates for key in agg if key.endswith("interval")]
    length = max((CALENDAR_UNITS[text] * 1000 if text in CALENDAR_UNITS else _fixed(text) for text in texts), default=0)
    histograms = [agg["interval"] for agg in aggs if agg["agg"] == "histogram"]
    average = sum(histograms) / len(histograms) if histograms else 0
    return -length, bool(histograms), -average, sum(agg["agg"] == "terms" for agg in aggs)
