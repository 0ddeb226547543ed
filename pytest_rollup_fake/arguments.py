"""What `RollupCluster` is given, checked."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__tracebackhide__ = True  # a mistake is shown where the test makes it, unless --full-trace is given


def read_jobs(jobs: object, add_job: Callable[..., object]) -> list[tuple[str, dict[str, Any]]]:
    """Return ids and keywords of `add_job`; raises `TypeError` for what is neither ids nor such a mapping."""
    match jobs:
        case None:
            return []
        case dict():
            return [(id_, _keywords(id_, value, add_job)) for id_, value in jobs.items()]
        case list() | tuple() | set() | frozenset():
            return [(id_, {}) for id_ in jobs]
    message = f"jobs is a list of ids, or a mapping of ids to states or to keywords of add_job, not {jobs!r}"
    raise TypeError(message)


def _keywords(id_: str, value: object, add_job: Callable[..., object]) -> dict[str, Any]:
    """Return the keywords for one job, of which a state may be the only one."""
    if not isinstance(value, dict):
        return {"state": value}
    known = [name for name in inspect.signature(add_job).parameters if name != "id"]
    wrong = [name for name in value if name not in known]
    if wrong:
        message = (
            f"jobs: {', '.join(map(repr, wrong))} of {id_!r} is no keyword of add_job; it takes {', '.join(known)}"
        )
        raise TypeError(message)
    return value


def check_nodes(nodes: object) -> int:
    """Return a number of nodes; raises `TypeError` or `ValueError` naming what is allowed, for what is none."""
    if isinstance(nodes, bool) or not isinstance(nodes, int):
        message = f"nodes is a whole number, not {nodes!r}"
        raise TypeError(message)
    if nodes < 1:
        message = f"nodes is at least 1, not {nodes}"
        raise ValueError(message)
    return nodes


def check_host(host: object) -> str:
    """Return an address; raises `TypeError` or `ValueError` naming what is allowed, for what is none."""
    if isinstance(host, str) and host:
        return host
    message = f"host is an address such as '127.0.0.1' or '::1', not {host!r}"
    raise TypeError(message)


def check_port(port: object) -> int:
    """Return a port; raises `TypeError` or `ValueError` naming what is allowed, for what is none."""
    if isinstance(port, bool) or not isinstance(port, int):
        message = f"port is a whole number, 0 for a free one, not {port!r}"
        raise TypeError(message)
    if not 0 <= port <= 65535:  # noqa: PLR2004  (16 bits)
        message = f"port is between 0 and 65535, not {port}"
        raise ValueError(message)
    return port
