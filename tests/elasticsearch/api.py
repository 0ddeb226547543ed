"""How these tests speak to a cluster: as Elasticsearch's own REST tests do, each version line in its own way.

A warning that a test does not expect fails it, as it does there; "is about to be removed" is expected of 9.x, and that
the default number of shards will change of 6.4 to 6.8.
"""

from __future__ import annotations

import http.client
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_rollup_fake.model.versions import LINES
from tests.support import lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_rollup_fake import RollupCluster

REMOVAL: Final = "The rollup functionality will be removed in Elasticsearch 10.0. See docs for more information."
SHARDS: Final = (
    "the default number of shards will change from [5] to [1] in 7.0.0; if you wish to continue using the default of "
    "[5] shards, you must manage this on the create index request or with an index template"
)
QUOTED: Final = re.compile(r'^299 Elasticsearch-\S+ "(.*?)"(?: "[^"]*")?$')


def each_line(since: str = "6.3", until: str | None = None) -> pytest.MarkDecorator:
    """Run a test for every version line to which it applies."""
    return pytest.mark.parametrize("line", lines(since, until))


@dataclass(frozen=True)
class Response:
    """What came back: `warnings` are the texts inside the headers."""

    status: int
    body: Any
    warnings: tuple[str, ...]

    @property
    def reasons(self) -> list[str]:
        """The error's reason and those of its causes, the outermost first."""
        found, error = [], self.body["error"]
        while error is not None:
            found.append(error["reason"])
            error = error.get("caused_by")
        return found


class Api:
    """The REST API of a cluster of one version line, on one connection."""

    def __init__(self, cluster: RollupCluster, headers: Mapping[str, str] | None = None) -> None:
        assert cluster.version is not None
        self.cluster = cluster
        self.line = cluster.version.line
        self._headers = dict(headers or {})
        self._connection = http.client.HTTPConnection(cluster.host, cluster.port, timeout=10)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def is_from(self, line: str) -> bool:
        """Say whether the version line is this one or a later one."""
        return LINES.index(self.line) >= LINES.index(line)

    @property
    def prefix(self) -> str:
        """The paths of the rollup APIs: the tests of 6.x are written for `xpack.rollup`."""
        return "_rollup" if self.is_from("7.0") else "_xpack/rollup"

    @property
    def interval(self) -> str:
        """The key of a date histogram's interval."""
        return "calendar_interval" if self.is_from("7.2") else "interval"

    # --- requests -----------------------------------------------------------------------------------------------

    def send(self, method: str, path: str, body: object = None, *, warnings: tuple[str, ...] = ()) -> Response:
        """Send a request and return the answer, whose warnings are those expected, and perhaps that of its version."""
        response = self.send_freely(method, path, body)
        usual = REMOVAL if self.is_from("9.0") else SHARDS
        unexpected = [text for text in response.warnings if text != usual]
        assert unexpected == list(warnings)
        return response

    def send_freely(self, method: str, path: str, body: object = None) -> Response:
        """Send a request and return the answer, whatever it warns of."""
        text = None if body is None else json.dumps(body)
        headers = {**self._headers, **({} if body is None else {"Content-Type": "application/json"})}
        self._connection.request(method, f"/{path}", text, headers)
        response = self._connection.getresponse()
        answer = response.read()
        quoted = map(QUOTED.match, response.headers.get_all("Warning") or [])
        shown = tuple(match[1] for match in quoted if match is not None)
        return Response(response.status, json.loads(answer) if answer else None, shown)

    def put_job(self, id_: str, body: object, *, warnings: tuple[str, ...] = ()) -> Response:
        """Create a job."""
        return self.send("PUT", f"{self.prefix}/job/{id_}", body, warnings=warnings)

    def get_jobs(self, id_: str) -> Response:
        """List one job or all."""
        return self.send("GET", f"{self.prefix}/job/{id_}")

    def start_job(self, id_: str) -> Response:
        """Start a job."""
        return self.send("POST", f"{self.prefix}/job/{id_}/_start")

    def stop_job(self, id_: str, query: str = "") -> Response:
        """Stop a job; `query` is the query string."""
        return self.send("POST", f"{self.prefix}/job/{id_}/_stop" + (f"?{query}" if query else ""))

    def delete_job(self, id_: str) -> Response:
        """Delete a job."""
        return self.send("DELETE", f"{self.prefix}/job/{id_}")

    def get_rollup_caps(self, pattern: str) -> Response:
        """Return the capabilities of the jobs of an index pattern."""
        return self.send("GET", f"{self.prefix}/data/{pattern}")

    def get_rollup_index_caps(self, index: str) -> Response:
        """Return the capabilities that rollup indices hold."""
        return self.send("GET", f"{index}/{self.prefix}/data")

    def rollup_search(self, index: str, body: object, query: str = "") -> Response:
        """Search in rollup indices."""
        return self.send("POST", f"{index}/_rollup_search" + (f"?{query}" if query else ""), body)

    def create_index(self, name: str, mapping: Mapping[str, Any] | None = None, **parts: object) -> None:
        """Create an index; in 6.x its mapping stands under a type until that can be left out."""
        body: dict[str, object] = dict(parts)
        if mapping is not None:
            body["mappings"] = mapping if self.is_from("6.7") else {"_doc": mapping}
        query = "?include_type_name=false" if self.is_from("6.7") and not self.is_from("7.0") else ""
        assert self.send("PUT", name + query, body).status == 200

    # --- what they are about ------------------------------------------------------------------------------------

    def set_up(self) -> None:
        """Create what every test begins with: an index with a date and a number."""
        if self.is_from("8.15"):  # without rollup usage there is no first job
            self.create_index("dummy-rollup-index", {"_meta": {"_rollup": {"my-id": {}}}})
        self.create_source("foo")

    def create_source(self, name: str) -> None:
        """Create an index that can be rolled up."""
        self.create_index(name, {"properties": {"the_field": {"type": "date"}, "value_field": {"type": "integer"}}})

    def job(self, **changes: object) -> dict[str, object]:
        """Return the body that creates the job of these tests, with changes."""
        return {
            "index_pattern": "foo",
            "rollup_index": "foo_rollup",
            "cron": "*/30 * * * * ?",
            "page_size": 10,
            "groups": {"date_histogram": {"field": "the_field", self.interval: "1h"}},
            "metrics": [{"field": "value_field", "metrics": ["min", "max", "sum"]}],
            **changes,
        }

    def create_job(self, id_: str, **changes: object) -> None:
        """Create a job."""
        response = self.put_job(id_, self.job(**changes))
        assert (response.status, response.body) == (200, {"acknowledged": True})

    def state(self, id_: str) -> str | None:
        """Return the state that Get Jobs shows, or `None` for a job that it does not list."""
        jobs = self.get_jobs(id_).body["jobs"]
        return str(jobs[0]["status"]["job_state"]) if jobs else None

    def stats(self, id_: str) -> dict[str, int]:
        """Return the stats that Get Jobs shows."""
        [job] = self.get_jobs(id_).body["jobs"]
        return dict(job["stats"])

    def expected_config(self, id_: str, **changes: object) -> dict[str, object]:
        """Return a job's configuration as the version shows it, with what was left out."""
        histogram = {self.interval: "1h", "field": "the_field", "time_zone": "UTC"}
        return {"id": id_, **self.job(groups={"date_histogram": histogram}, timeout="20s"), **changes}

    def expected_job(self, id_: str, **changes: object) -> dict[str, object]:
        """Return the whole document of a job that has never run."""
        status: dict[str, object] = {"job_state": "stopped"}
        if self.is_from("6.4") and not self.is_from("8.0"):
            status["upgraded_doc_id"] = True
        stats = dict.fromkeys(self.expected_stats, 0)
        return {"config": self.expected_config(id_, **changes), "status": status, "stats": stats}

    @property
    def expected_stats(self) -> list[str]:
        """The names of the version's stats."""
        names = ["pages_processed", "documents_processed", "rollups_indexed", "trigger_count"]
        if self.is_from("6.6"):
            names += [f"{what}_{unit}" for what in ("index", "search") for unit in ("time_in_ms", "total", "failures")]
        return [*names, "processing_time_in_ms", "processing_total"] if self.is_from("7.7") else names

    def expected_caps(self, id_: str, rollup_index: str = "foo_rollup", pattern: str = "foo") -> dict[str, object]:
        """Return what one job can be asked for."""
        return {
            "job_id": id_,
            "rollup_index": rollup_index,
            "index_pattern": pattern,
            "fields": {
                "the_field": [{"agg": "date_histogram", self.interval: "1h", "time_zone": "UTC"}],
                "value_field": [{"agg": "min"}, {"agg": "max"}, {"agg": "sum"}],
            },
        }
