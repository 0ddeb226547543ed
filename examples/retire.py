"""Retire rollup jobs: stop them, wait until they have stopped, and tell which have not.

Run as `ELASTICSEARCH_URL=http://localhost:9200 python retire.py sensor clicks`.
"""

from __future__ import annotations

import math
import os
import sys
import time
from enum import StrEnum
from typing import TYPE_CHECKING

from elasticsearch8 import ApiError, Elasticsearch, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

WAIT = 30
"""How many seconds one request waits at most; the rest of a long wait is asked for again."""


class Outcome(StrEnum):
    """What became of a job."""

    STOPPED = "stopped"
    GONE = "gone"
    STILL_STOPPING = "still stopping"


def retire(
    client: Elasticsearch, ids: Iterable[str], *, patience: float = 300, now: Callable[[], float] = time.monotonic
) -> dict[str, Outcome]:
    """Stop rollup jobs and return what became of each.

    A job that does not exist is done. One that takes its time is looked at again until `patience` seconds have passed
    for all of them together, and is then left to stop by itself. Raises what the client raises for everything else.
    """
    deadline = now() + patience
    client = client.options(
        request_timeout=WAIT + 10,  # of its own accord the client hangs up after 10 seconds
        retry_on_status=(502, 503, 504),  # not 429: so Elasticsearch 9 says that a wait has run out
    )
    outcomes = {id_: _stop(client, id_, wait=0) for id_ in ids}  # from here on they wind down side by side
    for id_, outcome in outcomes.items():
        if outcome is Outcome.STILL_STOPPING:
            outcomes[id_] = _stop_until(client, id_, deadline, now)
    return outcomes


def _stop_until(client: Elasticsearch, id_: str, deadline: float, now: Callable[[], float]) -> Outcome:
    """Wait for a job that is stopping, again and again until the deadline; after it, look once."""
    while True:
        left = deadline - now()
        outcome = _stop(client, id_, wait=max(0, min(WAIT, math.ceil(left))))
        if outcome is not Outcome.STILL_STOPPING or left <= 0:
            return outcome


def _stop(client: Elasticsearch, id_: str, *, wait: int) -> Outcome:
    """Stop a job, or ask again for a stop that has begun, and wait so many seconds for its end."""
    try:
        client.rollup.stop_job(id=id_, wait_for_completion=True, timeout=f"{wait}s")
    except NotFoundError:
        return Outcome.GONE
    except ApiError as error:
        if error.error != "timeout_exception":
            raise
        return Outcome.STILL_STOPPING
    return Outcome.STOPPED


def main(ids: Iterable[str], *, patience: float = 300) -> str | None:
    """Retire jobs of the cluster at `ELASTICSEARCH_URL`; return a complaint if some have not stopped."""
    with Elasticsearch(os.environ["ELASTICSEARCH_URL"]) as client:
        outcomes = retire(client, ids, patience=patience)
    late = [id_ for id_, outcome in outcomes.items() if outcome is Outcome.STILL_STOPPING]
    return f"still stopping: {', '.join(late)}" if late else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
