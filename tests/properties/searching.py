"""What a rollup search is answered: it is refused, or finds nothing, or what the test says.

Sources: TransportRollupSearchAction, RollupJobIdentifierUtils, RollupResponseTranslator; elastic/elasticsearch#37358.
"""

from __future__ import annotations

from typing import Any
from unittest.mock import ANY

from tests.properties.facts import NEW_ZONE, OLD_ZONE, PLAIN, Answer, error
from tests.properties.ways import Ways

MINUTES = {"30m": 30, "1h": 60, "90m": 90, "2h": 120, "1d": 1440}
CALENDAR = ("1h", "1d")  # the units of a calendar among them
INTERVALS = ("interval", "calendar_interval", "fixed_interval")
UNSUPPORTED = {
    "post_filter": "Rollup search does not support post filtering.",
    "suggest": "Rollup search does not support suggestors.",
    "highlight": "Rollup search does not support highlighting.",
    "profile": "Rollup search does not support profiling at the moment.",
    "explain": "Rollup search does not support explaining.",
}


def refused(reason: Any) -> Answer:
    """Return how a search is refused."""
    return error(400, "illegal_argument_exception", reason)


class Searching(Ways):
    """A cluster that is searched: its rollup indices are those that remember jobs."""

    def __init__(self, line: str, *, acts_release: bool) -> None:
        super().__init__(line, acts_release=acts_release)
        self.stubs: dict[str, dict[str, Any]] = {}  # by rollup index

    def stub_search(self, index: str, response: dict[str, Any]) -> None:
        """Let searches of an index be answered with this."""
        self.catch_up()
        self.stubs[index] = response
        self.act_is_over()

    def search(self, names: str, body: dict[str, Any]) -> Answer:
        """Search for aggregations, of which there is at least one."""
        if names == "_all" and not self.since(6, 5):
            return refused("Searching _all via RollupSearch endpoint is not supported at this time.")
        there = {"plain", PLAIN, *self.remembered}
        found = there if names in {"_all", "*"} else set(names.split(","))
        if found - there:
            return 404, ANY
        rollup = sorted(found & {*self.remembered})
        if len(rollup) > 1:
            return refused(ANY)  # names them, in no order
        stub = {name: response for name in rollup for name, response in self.stubs.get(name, {}).items()}
        total = {"value": 0, "relation": "eq"} if self.since(7, 0) else 0
        answer = {"took": ANY, "timed_out": False, "_shards": ANY}
        answer["hits"] = {"total": total, "max_score": ANY, "hits": []}
        if not rollup:
            return 200, answer  # a plain search, of which nothing is checked
        refusal = self._refusal(body, list(self.remembered[rollup[0]].values()))
        empty: dict[str, Any] = {
            name: {"buckets": []} if "date_histogram" in agg else {"value": None} for name, agg in body["aggs"].items()
        }
        return refusal or (200, {**answer, "terminated_early": False, "aggregations": empty, **stub})

    def _refusal(self, body: dict[str, Any], jobs: list[dict[str, Any]]) -> Answer | None:
        if body.get("size") != 0:
            return refused("Rollup does not support returning search hits, please try again with [size: 0].")
        for key, text in UNSUPPORTED.items():
            if key in body:
                return refused(text)
        for name, aggregation in body["aggs"].items():
            (kind, inside), *_ = aggregation.items()
            if kind == "cardinality":
                return refused(ANY)
            if not any(self._rolls_up(job, kind, inside) for job in jobs):
                where = f"on field [{inside['field']}]" if kind == "date_histogram" else f"with name [{name}]"
                also = "which also satisfies all requirements of query."
                return refused(f"There is not a rollup job that has a [{kind}] agg {where} {also}")
        return self._refused_query(body.get("query", {"match_all": {}}))

    def _refused_query(self, query: dict[str, Any]) -> Answer | None:
        (kind, inside), *_ = query.items()
        if kind == "bool":
            return self._refused_query(inside["filter"])
        if kind == "match":
            return refused("Unsupported Query in search request: [match]")
        if kind == "range" and "timestamp" not in inside:
            field = next(iter(inside))
            return refused(
                f"Field [{field}] in [range] query is not available in selected rollup indices, cannot query."
            )
        return None

    def _rolls_up(self, job: dict[str, Any], kind: str, inside: dict[str, Any]) -> bool:
        if kind == "date_histogram":
            group = self.shown_config(job)["groups"]["date_histogram"]
            return inside["field"] == group["field"] and self._same_zone(group, inside) and fits(group, inside)
        return any(metric["field"] == inside["field"] and kind in metric["metrics"] for metric in job["metrics"])

    def _same_zone(self, *histograms: dict[str, Any]) -> bool:
        """Say whether two time zones are one; that an old name means a new one is known from 7.2 on."""
        zones = [histogram.get("time_zone", "UTC") for histogram in histograms]
        return len({NEW_ZONE if zone == OLD_ZONE and self.since(7, 2) else zone for zone in zones}) == 1


def fits(group: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Say whether an interval can be made of a job's: calendar of calendar, fixed of fixed, `interval` being both."""
    (has,), (asks,) = ([key for key in INTERVALS if key in each] for each in (group, wanted))
    own, other = group[has], wanted[asks]
    is_calendar = "fixed_interval" not in {has, asks} and own in CALENDAR and other in CALENDAR
    is_fixed = "calendar_interval" not in {has, asks}
    if is_calendar and MINUTES[other] >= MINUTES[own]:
        return True
    return is_fixed and MINUTES[other] % MINUTES[own] == 0
