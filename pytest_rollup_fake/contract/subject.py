"""A cluster that is held to the contract, and everything that is created in it for that.

What is going to be created is noted before it is asked for, and removed by name, so that nothing stays after a failure
or an interruption, and nothing else is touched.
"""

from __future__ import annotations

import json
import secrets
import time
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from .client import Client, basic
from .comparison import compare
from .expectation import Needs, resolve
from .product import read_product

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_rollup_fake.cluster import RollupCluster

    from .client import Fields, Response
    from .expectation import Case, Step

PREFIX: Final = "rollup-fake-contract-"
NEVER_FIRES: Final = "0 0 0 1 1 ? 2100"
JSON: Final = ("Content-Type", "application/json")
PAUSES: Final = (0.0, 0.1, 0.4, 1.5)  # seconds before each attempt to remove a job
OK: Final = 200
NOT_FOUND: Final = 404
UNAUTHORIZED: Final = 401
NOT_SENT: Final = frozenset({"authorization"})  # in records

MAPPING: Final = {
    "properties": {
        "the_field": {"type": "date"},
        "value_field": {"type": "integer"},
        "name_field": {"type": "keyword"},
    }
}


class SetUpError(Exception):
    """What a case needs could not be had from the cluster; the text shows its answer."""


class Subject:
    """A cluster under test. `fake` is the fake itself where it is one of this process, whose states can be held."""

    def __init__(self, client: Client, fake: RollupCluster | None = None) -> None:
        self.client = client
        self.fake = fake
        self.prefix: Final = f"{PREFIX}{secrets.token_hex(4)}"
        unknown = client.send("GET", "/")
        root = self.ask("GET", "/") if client.credentials else unknown
        is_secured = client.credentials is not None and unknown.status == UNAUTHORIZED
        self.product: Final = read_product(root, is_fake=fake is not None, is_secured=is_secured)
        self._cases = 0
        self._jobs: list[str] = []
        self._indices: list[str] = []
        self._security: list[str] = []
        self._limited: str | None = None
        self._has_tried_limited = False
        self._source = f"{self.prefix}-source"

    # --- what there is for all cases ------------------------------------------------------------------------------

    @property
    def rollup(self) -> str:
        """The path of the rollup APIs that the version has without a warning."""
        return "_rollup" if self.product.version >= (6, 6) else "_xpack/rollup"

    def begin(self) -> None:
        """Create the index that is rolled up and, from 8.15 on, one that counts as rollup usage (#108624)."""
        self._create_index(self._source, MAPPING)
        if self.product.version >= (8, 15):
            self._create_index(f"{self.prefix}-usage", {"_meta": {"_rollup": {self.prefix: {}}}})

    def end(self) -> None:
        """Remove everything that was created; raises `SetUpError` naming what could not be."""
        try:
            stay = [*self._remove_jobs(), *self._remove_indices(0), *self._remove_security()]
        finally:
            self.client.close()
        if stay:
            message = f"could not be removed from {self.client.url}: {'; '.join(stay)}"
            raise SetUpError(message)

    def why_not(self, case: Case) -> str | None:
        """Return why a case is left out here, or `None`."""
        if case.needs is Needs.LIMITED_USER and not self.product.is_secured:
            return Needs.SECURITY.reason
        return None if self._has(case.needs) else case.needs.reason

    def _has(self, needs: Needs) -> bool:
        match needs:
            case Needs.FAKE | Needs.FRESH:
                return self.fake is not None
            case Needs.YAML:
                return self.fake is None or find_spec("yaml") is not None
            case Needs.SECURITY:
                return self.product.is_secured
            case Needs.LIMITED_USER:
                return self._limited_user() is not None
            case Needs.NOTHING:
                return True

    # --- a case ---------------------------------------------------------------------------------------------------

    def hold(self, case: Case) -> tuple[list[str], list[dict[str, Any]]]:
        """Do what a case says; return what is different, and each exchange for the record."""
        differences, exchanges = [], []
        with self._surroundings(case) as names:
            for step in resolve(case.steps, self.product.version, names):
                response = self.perform(step)
                found = [] if step.answer is None else compare(step.answer, response, self.product)
                exchanges.append(_record(step, response, found))
                if found:
                    differences += [step.request, *(f"    {line}" for line in found)]
        return differences, exchanges

    @contextmanager
    def _surroundings(self, case: Case) -> Iterator[Mapping[str, str]]:
        """Give a case its job and its names, and remove what it has created."""
        self._cases += 1
        job = f"{self.prefix}-{self._cases}"
        names = {
            "job": job,
            "index": f"{job}-rollup",
            "source": self._source,
            "missing": f"{self.prefix}-missing",
            "prefix": self.prefix,
            "rollup": self.rollup,
        }
        shared = len(self._indices)
        try:
            if self.fake is not None and case.needs is Needs.FAKE and case.job is not None:
                self._fake_job(self.fake, job, case.job, names)
            elif case.job is not None:
                self._create_job(job, names, starts=case.job == "started")
            yield names
        finally:
            stay = [*self._remove_jobs(), *self._remove_indices(shared)]
        if stay:
            message = f"could not be removed: {'; '.join(stay)}"
            raise SetUpError(message)

    def perform(self, step: Step) -> Response:
        """Send a request of a case, noting first what it would create."""
        method, target = step.request.split(" ", 1)
        path = target.partition("?")[0].strip("/")
        if method == "PUT" and path.startswith((f"{self.rollup}/job/", "_xpack/rollup/job/")):
            self._jobs.append(path.rpartition("/")[2])
            if isinstance(step.body, dict):
                self._jobs.append(str(step.body.get("id", self._jobs[-1])))
                self._indices.append(str(step.body.get("rollup_index", "")))
        elif method == "PUT" and "/" not in path:
            self._indices.append(path)
        body, headers = _encode(step.body), list(step.headers)
        if isinstance(step.body, dict) and not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(JSON)
        user = self._authorization(step.user)
        if user is not None and not any(name.lower() == "authorization" for name, _ in headers):
            headers.append(("Authorization", user))
        return self.client.send(method, target, headers, body)

    def _authorization(self, user: str | None) -> str | None:
        if user == "limited":
            return self._limited_user()
        return self.client.credentials if user == "admin" else None

    # --- set-up ---------------------------------------------------------------------------------------------------

    def ask(self, method: str, target: str, body: object = None) -> Response:
        """Send a request of our own, as the user of the URL."""
        headers: Fields = () if body is None else (JSON,)
        if self.client.credentials is not None:
            headers = (*headers, ("Authorization", self.client.credentials))
        return self.client.send(method, target, headers, _encode(body))

    def _require(self, method: str, target: str, body: object = None) -> None:
        response = self.ask(method, target, body)
        if response.status != OK:
            text = response.body.decode("utf-8", "backslashreplace")
            message = f"the case could not be set up: {method} {target} was answered {response.status} {text}"
            raise SetUpError(message)

    def _create_index(self, name: str, mapping: object) -> None:
        self._indices.append(name)
        self._require("PUT", f"/{name}", {"mappings": mapping if self.product.version >= (7,) else {"_doc": mapping}})

    def _create_job(self, id_: str, names: Mapping[str, str], *, starts: bool) -> None:
        from .cases.jobs import config  # it imports the words of this package

        self._jobs.append(id_)
        self._indices.append(names["index"])
        self._require("PUT", f"/{self.rollup}/job/{id_}", resolve(config(), self.product.version, names))
        if starts:
            self._require("POST", f"/{self.rollup}/job/{id_}/_start")

    def _fake_job(self, fake: RollupCluster, id_: str, state: str, names: Mapping[str, str]) -> None:
        """Add a job whose state stays until somebody changes it."""
        from pytest_rollup_fake import NEVER

        self._indices.append(names["index"])
        config = {"index_pattern": names["source"], "rollup_index": names["index"], "cron": NEVER_FIRES}
        fake.add_job(id_, state=state, stop_delay=NEVER, config=config)

    def _limited_user(self) -> str | None:
        """Return the authorization of a user without privileges, who is created when first asked for."""
        if not self._has_tried_limited:
            self._has_tried_limited = True
            user, role, password = f"{self.prefix}-nobody", f"{self.prefix}-nothing", secrets.token_hex(16)
            if self.fake is not None:
                self.fake.security.add_user(user, password, roles=[role])
            elif not self._create_user(user, role, password):
                return None
            self._limited = basic(user, password)
        return self._limited

    def _create_user(self, user: str, role: str, password: str) -> bool:
        root = "/_security" if self.product.version >= (7,) else "/_xpack/security"
        wanted = {
            f"{root}/role/{role}": {"cluster": [], "indices": []},
            f"{root}/user/{user}": {"password": password, "roles": [role]},
        }
        for path, body in wanted.items():
            self._security.insert(0, path)
            if self.ask("PUT", path, body).status != OK:
                del self._security[0]
                return False
        return True

    # --- removal --------------------------------------------------------------------------------------------------

    def _remove_jobs(self) -> list[str]:
        """Remove the jobs that were noted; return what could not be, with the reason."""
        if self.fake is not None:
            for id_ in self.fake.jobs:  # those whose state is held would not stop
                self.fake.remove_job(id_)
            self._jobs.clear()
        stay = remove_jobs(self, list(dict.fromkeys(self._jobs)))
        self._jobs.clear()
        return stay

    def _remove_indices(self, first: int) -> list[str]:
        kept, last = self._indices[:first], dict.fromkeys(self._indices[first:])
        indices = [name for name in last if name not in kept and name.startswith(self.prefix)]
        del self._indices[first:]
        return remove_indices(self, indices)

    def _remove_security(self) -> list[str]:
        stay = [path for path in self._security if self.ask("DELETE", path).status not in {OK, NOT_FOUND}]
        self._security.clear()
        return stay


def remove_jobs(subject: Subject, ids: list[str]) -> list[str]:
    """Stop and delete jobs of our prefix; return what could not be, with the reason."""
    stay = []
    for id_ in ids:
        if not id_.startswith(PREFIX):
            continue
        path = f"/{subject.rollup}/job/{id_}"
        for pause in PAUSES:  # one that is stopping is refused until it has stopped
            time.sleep(pause)
            subject.ask("POST", f"{path}/_stop")
            response = subject.ask("DELETE", path)
            if response.status in {OK, NOT_FOUND}:
                break
        else:
            stay.append(f"job {id_} ({response.status} {response.body.decode('utf-8', 'replace')})")
    return stay


def remove_indices(subject: Subject, names: list[str]) -> list[str]:
    """Delete indices of our prefix by name; return what could not be, with the reason."""
    stay = []
    for name in names:
        response = subject.ask("DELETE", f"/{name}")
        if response.status not in {OK, NOT_FOUND}:
            stay.append(f"index {name} ({response.status} {response.body.decode('utf-8', 'replace')})")
    return stay


def find_leftovers(subject: Subject) -> tuple[list[str], list[str]]:
    """Return jobs and indices of our prefix that are there: those of runs that could not end, or that run now."""
    jobs = json.loads(subject.ask("GET", f"/{subject.rollup}/job/_all").body).get("jobs", [])
    ids = [job["config"]["id"] for job in jobs]
    indices = json.loads(subject.ask("GET", f"/{PREFIX}*/_mapping").body)
    return [id_ for id_ in ids if id_.startswith(PREFIX)], [name for name in indices if name.startswith(PREFIX)]


def _encode(body: object) -> bytes:
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def _record(step: Step, response: Response, differences: list[str]) -> dict[str, Any]:
    """Return an exchange as JSON, without credentials."""
    return {
        "request": step.request,
        "request_headers": [list(field) for field in step.headers if field[0].lower() not in NOT_SENT],
        "request_body": _encode(step.body).decode("utf-8", "backslashreplace"),
        "user": step.user,
        "status": response.status,
        "headers": [list(field) for field in response.headers],
        "body": response.body.decode("utf-8", "backslashreplace"),
        "is_compared": step.answer is not None,
        "differences": differences,
    }
