"""Retire all rollup jobs of a cluster: stop each, wait until it has stopped, delete it, and report.

Speaks plain HTTP, since no one official client speaks to all of Elasticsearch 6.6 to 9. Run as
`ELASTICSEARCH_URLS="http://es1:9200 http://es2:9200" ELASTICSEARCH_AUTH=ops:secret python retire_all.py`.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

WAIT = 30
"""How many seconds one request waits at most; the rest of a long wait is asked for again."""
PAUSE = 10
"""How many seconds pass before a job is tried again."""


class Outcome(StrEnum):
    """What became of a job, in the order of the report."""

    RETIRED = "retired"
    GONE = "already gone"
    STILL_RUNNING = "still running"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class Verdict:
    """An outcome, and why; trying again may change one that is not final."""

    outcome: Outcome
    reason: str = ""
    is_final: bool = True


class Cluster:
    """A cluster at several addresses; when a node does not answer, the next one is asked, from then on."""

    def __init__(self, urls: Iterable[str], auth: tuple[str, str] | None = None) -> None:
        self._urls = deque(urls)
        self._session = requests.Session()
        self._session.auth = auth

    def ask(self, method: str, path: str, **parameters: str) -> tuple[int, Any]:
        """Return status and body of an answer; 503 if no node gives one. What we send may safely be sent twice."""
        error: object = "it has no address"
        for _ in range(len(self._urls)):
            url = f"{self._urls[0]}/_rollup/job/{path}"
            try:
                response = self._session.request(method, url, params=parameters, timeout=WAIT + 10)
                is_json = "json" in response.headers.get("Content-Type", "")
                return response.status_code, response.json() if is_json else response.text
            except requests.RequestException as lost:
                error = lost
                self._urls.rotate(-1)
        return 503, f"no node answers: {error}"

    def stop(self, id_: str, *, wait: int) -> tuple[int, Any]:
        """Stop a job, or ask again for a stop that has begun, and wait so many seconds for its end."""
        return self.ask("POST", f"{quote(id_, safe='')}/_stop", wait_for_completion="true", timeout=f"{wait}s")

    def delete(self, id_: str) -> tuple[int, Any]:
        """Delete a job; its rolled up documents stay."""
        return self.ask("DELETE", quote(id_, safe=""))


def retire_all(
    cluster: Cluster,
    *,
    patience: float = 300,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> dict[str, Verdict]:
    """Stop and delete every job, and return what became of each; `patience` is in seconds, for all together.

    A job that no node runs at the moment is in no list: when a node was lost just before, run this again. Raises
    `RuntimeError` if the cluster does not list its jobs.
    """
    deadline = now() + patience
    status, body = cluster.ask("GET", "_all")
    if status != requests.codes.ok:
        message = f"the jobs are not listed: {_reason(body)}"
        raise RuntimeError(message)
    ids = [job["config"]["id"] for job in body["jobs"]]
    for id_ in ids:
        cluster.stop(id_, wait=0)  # from here on they wind down side by side; what goes wrong does so again below

    def retire_until_deadline(id_: str) -> Verdict:
        while True:
            left = max(0, deadline - now())
            verdict = _retire(cluster, id_, wait=min(WAIT, math.ceil(left)))
            if verdict.is_final or not left:
                return verdict
            sleep(PAUSE)

    return {id_: retire_until_deadline(id_) for id_ in ids}


def _retire(cluster: Cluster, id_: str, *, wait: int) -> Verdict:
    """Stop and delete a job, and judge the answer.

    A stop that finds nothing is no proof: a job whose node was lost is between two nodes for a while. The delete knows,
    and is not acknowledged then.
    """
    status, body = cluster.stop(id_, wait=wait)
    if status in {200, 404}:
        status, body = cluster.delete(id_)
    match status, body:
        case 200, {"acknowledged": True}:
            return Verdict(Outcome.RETIRED)
        case 404, _:
            return Verdict(Outcome.GONE)
        case 400 | 401 | 403, _:
            return Verdict(Outcome.REFUSED, _reason(body))
        case 500, {"task_failures": _}:  # it runs again: somebody has started it, or its node was lost
            return Verdict(Outcome.REFUSED, _reason(body), is_final=False)
        case _, {"error": {"type": "timeout_exception"}}:
            return Verdict(Outcome.STILL_RUNNING, _reason(body), is_final=False)
    return Verdict(Outcome.FAILED, _reason(body), is_final=False)


def _reason(body: Any) -> str:  # noqa: ANN401  (JSON)
    """Return Elasticsearch's own words, or all that there is."""
    match body:
        case {"error": {"reason": str(reason)}} | {"task_failures": [{"reason": {"reason": str(reason)}}, *_]}:
            return reason
    return str(body)


def report(verdicts: Mapping[str, Verdict]) -> str:
    """Return a line for each job, sorted by outcome, and before them one that counts."""
    outcomes = [verdict.outcome for verdict in verdicts.values()]
    lines = [", ".join(f"{outcomes.count(outcome)} {outcome}" for outcome in Outcome)]
    for id_, verdict in sorted(verdicts.items(), key=lambda item: list(Outcome).index(item[1].outcome)):
        lines.append(f"{id_}: {verdict.outcome}" + (f" ({verdict.reason})" if verdict.reason else ""))
    return "\n".join(lines)


def main() -> int:
    """Retire all jobs of the cluster at `ELASTICSEARCH_URLS` and print the report; return 1 if some are left."""
    user, _, password = os.environ.get("ELASTICSEARCH_AUTH", "").partition(":")
    cluster = Cluster(os.environ["ELASTICSEARCH_URLS"].split(), (user, password) if user else None)
    verdicts = retire_all(cluster)
    sys.stdout.write(f"{report(verdicts)}\n")
    return int(any(verdict.outcome not in {Outcome.RETIRED, Outcome.GONE} for verdict in verdicts.values()))


if __name__ == "__main__":
    sys.exit(main())
