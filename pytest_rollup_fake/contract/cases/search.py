"""Rollup Search, as far as it goes without documents."""

from __future__ import annotations

from typing import Final

from pytest_rollup_fake.contract.expectation import Answer, Case, Including, Step, changing

from .jobs import ACKNOWLEDGED, INTERVAL, PUT, REMOVAL, config, error

EACH: Final = "TransportRollupSearchAction; rollup_search.yml"
HISTOGRAM: Final = {"histo": {"date_histogram": {"field": "the_field", INTERVAL: "1h", "time_zone": "UTC"}}}
BODY: Final = {"size": 0, "aggs": HISTOGRAM}


def cannot(reason: str) -> Answer:
    """Return the refusal of a search; whether it has the warning of 9.x was not read."""
    body = {"error": error("illegal_argument_exception", reason), "status": 400}
    return Answer(400, body, maybe=REMOVAL)


def _part(name: str, reason: str, **parts: object) -> Case:
    return Case("search", name, EACH, (Step("POST /<index>/_rollup_search", cannot(reason), {**BODY, **parts}),))


CASES: Final = (
    Case(
        "search",
        "nothing was rolled up yet",
        EACH,
        (
            Step(
                "POST /<index>/_rollup_search",
                Answer(
                    200,
                    Including(
                        {
                            "timed_out": False,
                            "hits": Including({"total": changing(0, v7_0={"value": 0, "relation": "eq"}), "hits": []}),
                        }
                    ),
                    maybe=REMOVAL,
                ),
                BODY,
            ),
        ),
    ),
    _part("hits", "Rollup does not support returning search hits, please try again with [size: 0].", size=10),
    _part("a post filter", "Rollup search does not support post filtering.", post_filter={"match_all": {}}),
    _part("highlighting", "Rollup search does not support highlighting.", highlight={"fields": {"value_field": {}}}),
    _part("profiling", "Rollup search does not support profiling at the moment.", profile=True),
    _part("explaining", "Rollup search does not support explaining.", explain=True),
    Case(
        "search",
        "everything; since 6.5 names are resolved first",
        "TransportRollupSearchAction; #34930",
        (
            Step(
                "POST /_all/_rollup_search",
                cannot("Searching _all via RollupSearch endpoint is not supported at this time."),
                BODY,
            ),
        ),
        lines=("6.3", "6.4"),
    ),
    Case(
        "search",
        "two rollup indices",
        EACH,
        (
            Step(f"{PUT}b", ACKNOWLEDGED, config(rollup_index="<index>b")),
            Step(
                "POST /<index>,<index>b/_rollup_search",
                cannot(
                    "RollupSearch currently only supports searching one rollup index at a time. "
                    "Found the following rollup indices: [<index>, <index>b]"
                ),
                BODY,
            ),
        ),
        lines=("6.5", None),
    ),
)
