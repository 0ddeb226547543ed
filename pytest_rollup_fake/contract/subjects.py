"""Which clusters a run holds to the contract: the fake in each version line, or one that somebody has."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .client import Client
from .expectation import Needs
from .subject import Subject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_rollup_fake import RollupCluster

    from .expectation import Case


@dataclass(frozen=True)
class Target:
    """A cluster that somebody has."""

    url: str
    ca: str | None = None
    insecure: bool = False

    def connect(self) -> Subject:
        """Ask the cluster what it is; raises `NotElasticsearchError`, `OSError` or `ValueError` with what is wrong."""
        client = Client(self.url, ca=self.ca, insecure=self.insecure)
        try:
            return Subject(client)
        except BaseException:
            client.close()
            raise


class Subjects:
    """The clusters of a run; each begins when its first case is held, and ends with the run."""

    def __init__(self, target: Target | None) -> None:
        self._target = target
        self._there: dict[tuple[str, str], Subject] = {}
        self._ending = ExitStack()

    def of(self, line: str, case: Case) -> Subject:
        """Return the cluster that a case is held in."""
        key = (line, "" if self._target else _kind(case))
        if key not in self._there:
            subject = self._target.connect() if self._target else self._fake(line, key[1])
            self._ending.callback(subject.end)
            self._there[key] = subject
            if key[1] != "fresh":
                subject.begin()
        return self._there[key]

    def _fake(self, line: str, kind: str) -> Subject:
        from pytest_rollup_fake import RollupCluster

        cluster: RollupCluster = self._ending.enter_context(
            RollupCluster(line, security=True if kind == "secured" else None)
        )
        user = "elastic:changeme@" if kind == "secured" else ""
        return Subject(Client(cluster.url.replace("://", f"://{user}")), cluster)

    def end(self) -> None:
        """Remove what was created, in every cluster, and stop those that are ours."""
        self._there.clear()
        self._ending.close()


def _kind(case: Case) -> str:
    if case.needs in {Needs.SECURITY, Needs.LIMITED_USER}:
        return "secured"
    return "fresh" if case.needs is Needs.FRESH else "open"


def fake_lines(version: str | None) -> Sequence[str]:
    """Return the version lines of the fake that `--rollup-version` selects, or the release that it names."""
    from pytest_rollup_fake.model.versions import LINES, parse_version

    if version is None:
        return LINES
    selected = [line for line in LINES if line == version or line.startswith(f"{version}.")]
    return selected or [parse_version(version).number]
