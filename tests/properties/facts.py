"""What is known of Elasticsearch's answers, and from which version on: the facts of `rules`.

Sources: StopRollupJobAction, DateHistogramGroupConfig, RollupJobStatus, RollupIndexerJobStats, ElasticsearchException;
elastic/elasticsearch#33727, #35471, #36383, #53770, #116026, #124936.
"""

from __future__ import annotations

import copy
from typing import Any

Answer = tuple[int, Any]

PLAIN = "data-1"  # the index that there is to roll up
FIELDS = {"timestamp": {"type": "date"}, "temperature": {"type": "double"}}
TIMEOUTS = {"0": 0, "-1": 0, "1ms": 1, "40ms": 40, "500ms": 500, "1s": 1000, "10s": 10_000, "2m": 120_000}
STATES = ("started", "indexing", "stopping", "stopped", "aborting")
NEVER_TICKS = "*/30 * * * * ? 2017"
CRONS = {NEVER_TICKS: None, "*/30 * * * * ?": 30, "*/10 * * * * ?": 10, "0 * * * * ?": 60}
STATS_6_3 = ("pages_processed", "documents_processed", "rollups_indexed", "trigger_count")
STATS_6_6 = (
    *("index_time_in_ms", "index_total", "index_failures"),
    *("search_time_in_ms", "search_total", "search_failures"),
)
STATS_7_7 = ("processing_time_in_ms", "processing_total")
STATS = (*STATS_6_3, *STATS_6_6, *STATS_7_7)


ROLLUP, XPACK = "/_rollup", "/_xpack/rollup"
DEPRECATED = {  # from 7.0: method, path, and whether the old one is named with a slash at its end
    "stop": ("POST", "{rollup}/job/{{id}}/_stop", ""),
    "start": ("POST", "{rollup}/job/{{id}}/_start", ""),
    "put": ("PUT", "{rollup}/job/{{id}}", ""),
    "get": ("GET", "{rollup}/job/{{id}}", "/"),
    "delete": ("DELETE", "{rollup}/job/{{id}}", "/"),
    "caps": ("GET", "{rollup}/data/{{id}}", "/"),
    "index_caps": ("GET", "/{{index}}{rollup}/data", ""),
}
REMOVED = "The rollup functionality will be removed in Elasticsearch 10.0. See docs for more information."
BUILT_IN = (
    "Elasticsearch built-in security features are not enabled. Without authentication, your cluster could be "
    "accessible to anyone. See https://www.elastic.co/guide/en/elasticsearch/reference/{}.{}/"
    "security-minimal-setup.html to enable security."
)
OLD_ZONE, NEW_ZONE = "Canada/Mountain", "America/Edmonton"


def error(status: int, type_: str, reason: Any, caused_by: Any = None, **more: Any) -> Answer:
    """Return an answer that has the usual shape of an error; a cause, which is of Elasticsearch's, is the root."""
    plain = {"type": type_, "reason": reason, **more}
    outer = plain if caused_by is None else {**plain, "caused_by": caused_by}
    return status, {"error": {"root_cause": [caused_by or plain], **outer}, "status": status}


LOST: Answer = (0, None)  # the client got none
FAULTS: dict[str, Answer] = {
    "error": error(503, "some_exception", "by the test"),
    "response": (502, "bad"),
    "empty_reply": LOST,
    "reset": LOST,
    "garbage": LOST,
    "truncate": LOST,
    "hang": LOST,
}


class Line:
    """A version line."""

    def __init__(self, line: str) -> None:
        self.line = tuple(map(int, line.split(".")))
        self.prefixes = ([ROLLUP] if self.since(6, 6) else []) + ([] if self.since(8, 0) else [XPACK])
        self.warns_of_security = False  # where security is off, and nobody has said that it should be

    def since(self, *line: int) -> bool:
        """Say whether the version is this one or later."""
        return self.line >= line

    @property
    def prefix(self) -> str:
        """The spelling of the paths that clients use."""
        return self.prefixes[0]

    def warnings(self, endpoint: str, *arguments: Any) -> list[str]:
        """Return the texts of the warnings of an answer, whatever else it is."""
        texts = [BUILT_IN.format(*self.line)] if self.warns_of_security else []
        if self.since(9, 0) and endpoint != "info":
            texts.append(REMOVED)
        if self.since(7, 0) and self.prefix == XPACK and endpoint in DEPRECATED:
            method, path, slash = DEPRECATED[endpoint]
            old, new = path.format(rollup=XPACK), path.format(rollup=ROLLUP)
            texts.append(f"[{method} {old}{slash}] is deprecated! Use [{method} {new}] instead.")
        if endpoint == "put" and self.since(7, 2):
            id_, config = arguments
            zone = config["groups"]["date_histogram"].get("time_zone")
            if zone == OLD_ZONE:
                job = config.get("id", id_).replace("%", "%25")  # as in all header values of this kind
                texts.append(
                    f"Creating Rollup job [{job}] with timezone [{zone}], but [{zone}] has been "
                    f"deprecated by the IANA.  Use [{NEW_ZONE}] instead."
                )
        return texts

    @property
    def warning(self) -> str:
        """What the value of a Warning header looks like, as a regular expression; its group is the text."""
        number = r"\.".join(map(str, self.line)) + r"\.\d+"
        return rf'299 Elasticsearch-{number}-[0-9a-f]{{{40 if self.since(7, 4) else 7}}} "(.*)"'

    @property
    def stop_can_wait(self) -> bool:
        """Whether a stop takes the two parameters."""
        return self.since(6, 6)

    @property
    def interval_key(self) -> str:
        """What an interval of one hour is called in requests."""
        return "fixed_interval" if self.since(7, 2) else "interval"

    def shown_config(self, config: dict[str, Any]) -> dict[str, Any]:
        """Return a configuration as Get Jobs shows it."""
        shown = copy.deepcopy(config)
        group = shown["groups"]["date_histogram"]
        key = self._shown_interval(group)
        group[key] = group.pop("fixed_interval", None) or group.pop("interval")
        return shown

    def _shown_interval(self, group: dict[str, Any]) -> str:
        if not self.since(7, 2):
            return "interval"
        if self.since(8, 0) and "interval" in group:
            return "calendar_interval"  # 1h is a calendar's unit
        return "interval" if "interval" in group else "fixed_interval"

    def shown_stats(self, stats: dict[str, int]) -> dict[str, int]:
        """Return a job's stats as Get Jobs shows them."""
        names = STATS_6_3 + (STATS_6_6 if self.since(6, 6) else ()) + (STATS_7_7 if self.since(7, 7) else ())
        return {name: stats[name] for name in names}

    def timed_out(self, job: str, timeout: str, state: str) -> Answer:
        """Return the answer to a stop that has waited in vain; `timeout` is as it was given."""
        given = {"0": "0ms"}.get(timeout, timeout)
        text = f"Timed out after [{given}] while waiting for rollup job [{job}] to stop"
        if self.since(6, 7):
            text += f". State was [{state.upper()}]"
        if not self.since(9, 0):
            return error(500, "timeout_exception", text)
        more: dict[str, Any] = {"timed_out": True}
        if not self.since(9, 2):
            more["header"] = {"X-Timed-Out": "?1"}
        return error(429, "timeout_exception", text, **more)
