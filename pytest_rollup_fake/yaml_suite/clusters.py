"""What tests are run against: a fresh fake for each, or a cluster that runs somewhere."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from pytest_rollup_fake.cluster import RollupCluster
from pytest_rollup_fake.model.versions import Version, parse_version

from .client import Client, Request
from .doing import Cluster
from .outcomes import Failed, Outcome, Result
from .running import run_test

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .files import Section, SuiteFile
    from .specs import Apis


class Fakes:
    """A fake of a version for each test. Raises `ValueError` for a version that is none, naming those that are."""

    def __init__(self, version: str, apis: Apis) -> None:
        self.version = parse_version(version)
        self._apis = apis

    def run(self, name: str, file: SuiteFile, sections: Iterable[Section]) -> Result:
        """Run a test; one in which the fake itself found something wrong has failed."""
        fake = RollupCluster(self.version, strict=False)
        fake.start()
        try:
            with Client(fake.url) as client:
                result = run_test(name, file, sections, Cluster(client, self.version, self._apis))
            findings = fake.take_findings()
        finally:
            fake.stop()
        return Result(name, Outcome.FAILED, "\n".join(findings)) if findings else result


class Running:
    """A cluster that runs at a URL; what a test leaves there is removed after it, and nothing else.

    Raises `ValueError` for a URL that is none, and for one where no Elasticsearch answers.
    """

    def __init__(self, url: str, apis: Apis) -> None:
        self._client = Client(url)
        self._apis = apis
        self.version = self._ask_version()

    def run(self, name: str, file: SuiteFile, sections: Iterable[Section]) -> Result:
        """Run a test."""
        try:
            with self._client, self._restored():
                return run_test(name, file, sections, Cluster(self._client, self.version, self._apis))
        except Failed as failed:  # no answer before or after the test
            return Result(name, failed.outcome, str(failed))

    def _ask_version(self) -> Version:
        with self._client:
            answer = self._client.ask(Request("GET", "/"))
        match answer.value:
            case {"version": {"number": str() as number}}:
                return Version(number.partition("-")[0])
        raise ValueError(f"no Elasticsearch answers GET /: {answer}")

    @contextmanager
    def _restored(self) -> Iterator[None]:
        """Remove the jobs and indices afterwards that were not there before."""
        jobs, indices = self._jobs(), self._indices()
        yield
        for job in self._jobs() - jobs:
            path = f"{self._job_path}/{quote(job, safe='')}"
            waiting = "?wait_for_completion=true" if self.version >= "6.6" else ""
            self._client.ask(Request("POST", f"{path}/_stop{waiting}"))
            self._client.ask(Request("DELETE", path))
        for index in self._indices() - indices:
            self._client.ask(Request("DELETE", f"/{quote(index, safe='')}"))

    @property
    def _job_path(self) -> str:
        return "/_xpack/rollup/job" if self.version.major <= _LAST_WITH_XPACK else "/_rollup/job"

    def _jobs(self) -> set[str]:
        match self._client.ask(Request("GET", f"{self._job_path}/_all")).value:
            case {"jobs": list() as jobs}:
                return {job["config"]["id"] for job in jobs}
        return set()

    def _indices(self) -> set[str]:
        answer = self._client.ask(Request("GET", "/_all"))
        return set(answer.value) if isinstance(answer.value, dict) and not answer.is_error else set()


_LAST_WITH_XPACK: Final = 6
"""The last major of which every line has the paths below `_xpack`, and not every line the others."""
