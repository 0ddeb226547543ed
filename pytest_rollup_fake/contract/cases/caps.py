"""Rollup Capabilities, of index patterns and of rollup indices."""

from __future__ import annotations

from typing import Any, Final

from pytest_rollup_fake.contract.expectation import Answer, Case, Including, Step, Unordered

from .jobs import ACKNOWLEDGED, DELETE, INTERVAL, PUT, acted, config

HISTOGRAM: Final[dict[Any, str]] = {"agg": "date_histogram", INTERVAL: "1h", "time_zone": "UTC"}
CAPS: Final = "GET /<rollup>/data/<source>"
OF_INDEX: Final = "GET /<index>/<rollup>/data"
PATTERNS: Final = "TransportGetRollupCapsAction; get_rollup_caps.yml"
INDICES: Final = "TransportGetRollupIndexCapsAction; get_rollup_index_caps.yml"


def capabilities(id_: str = "<job>", index: str = "<index>") -> dict[str, Any]:
    """Return a job's capabilities; the order of fields is that of a hash (RollupJobCaps)."""
    return {
        "job_id": id_,
        "rollup_index": index,
        "index_pattern": "<source>",
        "fields": Unordered(
            {
                "the_field": [Unordered(HISTOGRAM)],
                "value_field": [{"agg": "min"}, {"agg": "max"}, {"agg": "sum"}],
            }
        ),
    }


def of(name: str, *jobs: dict[str, Any]) -> Answer:
    """Return the capabilities below a pattern or an index."""
    return acted({name: {"rollup_jobs": list(jobs)}})


SECOND: Final = Step(f"{PUT}b", ACKNOWLEDGED, config())
BOTH: Final = (capabilities(), capabilities("<job>b"))
# The index is missing: the metadata beside the reason are in the order of a hash.
NO_INDEX: Final = acted(
    {"error": Including({"type": "index_not_found_exception", "reason": "no such index [<missing>]"}), "status": 404},
    404,
)

# 6.4 is the first with index capabilities (from memory), 6.5 with lists of indices (#34115).
FIRST: Final = ("6.4", None)

CASES: Final = (
    Case("caps", "one job", PATTERNS, (Step(CAPS, of("<source>", capabilities())),)),
    Case("caps", "two jobs", PATTERNS, (SECOND, Step(CAPS, of("<source>", *BOTH)))),
    Case(
        "caps",
        "all",
        PATTERNS,
        (Step("GET /<rollup>/data/_all", acted(Including({"<source>": {"rollup_jobs": [capabilities()]}}))),),
    ),
    Case("caps", "a pattern that no job has", PATTERNS, (Step("GET /<rollup>/data/<missing>", acted({})),), job=None),
    Case(
        "caps",
        "a job that was deleted",
        PATTERNS,
        (Step(DELETE, ACKNOWLEDGED), Step(CAPS, of("<source>", capabilities()))),
    ),
    Case("index_caps", "one job", INDICES, (Step(OF_INDEX, of("<index>", capabilities())),), lines=FIRST),
    Case("index_caps", "two jobs", INDICES, (SECOND, Step(OF_INDEX, of("<index>", *BOTH))), lines=FIRST),
    Case(
        "index_caps",
        "a pattern",
        INDICES,
        (Step("GET /<job>*/<rollup>/data", of("<index>", capabilities())),),
        lines=FIRST,
    ),
    Case(
        "index_caps",
        "a list",
        INDICES,
        (Step("GET /<index>,<source>/<rollup>/data", of("<index>", capabilities())),),
        lines=("6.5", None),
    ),
    Case(
        "index_caps",
        "an index of other data",
        INDICES,
        (Step("GET /<source>/<rollup>/data", acted({})),),
        job=None,
        lines=FIRST,
    ),
    Case(
        "index_caps",
        "an index that is not there",
        INDICES,
        (Step("GET /<missing>/<rollup>/data", NO_INDEX),),
        job=None,
        lines=("7.0", None),
    ),
)
