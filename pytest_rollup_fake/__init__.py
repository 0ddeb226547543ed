"""A fake Elasticsearch rollup cluster for tests, on a real socket.

pytest imports this package in every run, so the public names are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from . import faults, scenarios
    from .clock import Clock
    from .cluster import RollupCluster, RollupClusterError
    from .faults import Effect, Fault
    from .job import Job
    from .model.durations import Duration
    from .model.injections import FaultFunction, Injected, Injection
    from .model.jobs import NEVER, Change, StopDelay, polls
    from .model.journal import RecordedRequest, Requests
    from .model.security import AccessToken, ApiKey, Security
    from .model.states import JobState
    from .model.versions import Version
    from .node import Node
    from .settings import MakeRollupCluster

_MODULES = ("faults", "scenarios")
_HOMES = {
    "NEVER": ".model.jobs",
    "AccessToken": ".model.security",
    "ApiKey": ".model.security",
    "Change": ".model.jobs",
    "Clock": ".clock",
    "Duration": ".model.durations",
    "Effect": ".faults",
    "Fault": ".faults",
    "FaultFunction": ".model.injections",
    "Injected": ".model.injections",
    "Injection": ".model.injections",
    "Job": ".job",
    "JobState": ".model.states",
    "MakeRollupCluster": ".settings",
    "Node": ".node",
    "RecordedRequest": ".model.journal",
    "Requests": ".model.journal",
    "RollupCluster": ".cluster",
    "RollupClusterError": ".cluster",
    "Security": ".model.security",
    "StopDelay": ".model.jobs",
    "Version": ".model.versions",
    "polls": ".model.jobs",
}

__all__ = [
    "NEVER",
    "AccessToken",
    "ApiKey",
    "Change",
    "Clock",
    "Duration",
    "Effect",
    "Fault",
    "FaultFunction",
    "Injected",
    "Injection",
    "Job",
    "JobState",
    "MakeRollupCluster",
    "Node",
    "RecordedRequest",
    "Requests",
    "RollupCluster",
    "RollupClusterError",
    "Security",
    "StopDelay",
    "Version",
    "faults",
    "polls",
    "scenarios",
]


if not TYPE_CHECKING:  # or type checkers would believe that every name exists

    def __getattr__(name: str) -> object:
        """Load a public name."""
        if name in _MODULES:
            return import_module(f".{name}", __name__)
        home = _HOMES.get(name)
        if home is None:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        return getattr(import_module(home, __name__), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
