"""The live page: the same timeline as in reports, following along, and forms that drive the cluster.

The rules of this file:

* The page is whole without its script. A form is posted, and the answer leads back to the page, or is the page with
  what was wrong. The script does no more than post forms and fetch the page itself, and put in what is new.
* A form does what the API does: its fields are the parts of the document that the operation takes.
* What it shows is bounded, however much there is: the latest requests, the jobs that changed last.
* Needs Jinja2 (the extra `report`), without which it says so.
"""

from __future__ import annotations

import heapq
import inspect
import json
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from pytest_rollup_fake import faults
from pytest_rollup_fake.model.injections import CONNECTIONS, EVERY_ENDPOINT
from pytest_rollup_fake.model.journal import ENDPOINTS
from pytest_rollup_fake.model.timeline import ClockMode
from pytest_rollup_fake.report.pages import check_jinja, environment, style
from pytest_rollup_fake.report.picture import draw
from pytest_rollup_fake.report.timeline import read_timeline
from pytest_rollup_fake.rest.reply import Reply

from .checking import DocumentError, at, check
from .documents import write_stop_delay
from .journal import read_wait
from .reading import RefusedError
from .routes import HTML, OPERATIONS, PREFIX
from .schemas import definitions

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    import jinja2

    from pytest_rollup_fake.cluster import RollupCluster
    from pytest_rollup_fake.model.injections import Injection
    from pytest_rollup_fake.model.jobs import RollupJob
    from pytest_rollup_fake.model.journal import RecordedRequest

    from .api import Api

LATEST: Final = 100
"""How many requests are shown."""
MOST_JOBS: Final = 50

_NOTICE: Final = 0.1  # how long, in seconds, what happened may go unseen
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = (
    ("cache-control", "no-store"),
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", _POLICY),
    ("referrer-policy", "same-origin"),  # with none at all, browsers call the origin of a form "null"
)


class LivePage:
    """The page of a cluster, whose forms do what an API does."""

    def __init__(self, cluster: RollupCluster, api: Api) -> None:
        self._cluster = cluster
        self._api = api

    def show(self, query: Mapping[str, str]) -> Reply:
        """Return the page; with `wait` once it shows anything else than what was `seen`, or that time is over."""
        wait, seen = read_wait(query), query.get("seen")
        if missing := _missing():
            return missing
        self._api.wait(wait, lambda: self._state() != seen, notice=_NOTICE)
        return self._page()

    def act(self, form: Mapping[str, str]) -> Reply:
        """Do what a form says, and return the way back to the page, or the page with what was wrong."""
        if missing := _missing():
            return missing
        try:
            self._api.operate(*_read_form(form))
        except DocumentError as error:
            return self._page(400, str(error), form)
        except RefusedError as error:
            return self._page(error.status, str(error), form)
        except LookupError as error:  # somebody else has removed the job meanwhile
            return self._page(404, str(error), form)
        return Reply(303, (("location", PREFIX), *_HEADERS), b"")

    def script(self) -> Reply:
        """Return the script."""
        return _reply("text/javascript", _file("live.js"))

    def style(self) -> Reply:
        """Return the style, which is that of reports and more."""
        return _reply("text/css", style() + _file("live.css"))

    # --- what there is ---------------------------------------------------------------------------------------------

    def _page(self, status: int = 200, problem: str = "", form: Mapping[str, str] | None = None) -> Reply:
        with self._cluster.clock.driver.reading():
            state, timeline = self._state(), read_timeline(self._cluster, latest=LATEST)
            seen = {
                "state": state,
                "timeline": timeline,
                "requests": len(self._cluster.world.requests),
                "parked": sum(request.parked for request in self._cluster.world.requests),
                "jobs": [_read_job(job) for job in self._jobs()],
                "jobs_in_all": len(self._cluster.world.jobs),
                "faults": [_read_injection(injection) for injection in self._injections()],
            }
        html = _template().render(
            **seen,
            picture=draw(timeline),
            problem=problem,
            form={"do": "", "by": "", **(form or {})},
            modes=list(ClockMode),
            latest=LATEST,
            choices=_choices(),
            prefix=PREFIX,
        )
        return _reply(HTML, html, status)

    def _state(self) -> str:
        """Return what is another text whenever the page shows something else, but for time that passes by itself."""
        with self._cluster.clock.driver.reading():
            world, timeline = self._cluster.world, self._cluster.clock.driver.timeline
            shown: Hashable = (
                (timeline.mode, timeline.skipped, len(world.requests), len(world.notes), len(world.all_jobs)),
                tuple((request.number, request.outcome, request.parked) for request in self._latest()),
                tuple((job.history[-1].number, *_read_job(job).values()) for job in self._jobs()),
                tuple((injection.number, injection.hits) for injection in self._injections()),
            )
        return f"{hash(shown):x}"

    def _latest(self) -> Sequence[RecordedRequest]:
        return self._cluster.world.requests[-LATEST:]

    def _jobs(self) -> list[RollupJob]:
        """Return the jobs that are shown, in the order in which they were added."""
        jobs = self._cluster.world.jobs
        if len(jobs) <= MOST_JOBS:
            return list(jobs.values())
        latest = heapq.nlargest(MOST_JOBS, jobs.values(), key=lambda job: job.history[-1].number)
        return sorted(latest, key=lambda job: job.history[0].number)

    def _injections(self) -> list[Injection]:
        return [injection for injection in self._cluster.world.injections.given if not injection.is_removed]


def _read_job(job: RollupJob) -> dict[str, Any]:
    return {
        "id": job.id,
        "state": str(job.state),
        "held": job.is_held,
        "stop_delay": write_stop_delay(job.stop_delay),
        "node": None if job.task is None else job.task.node.name,
    }


def _read_injection(injection: Injection) -> dict[str, Any]:
    text = str(injection).removeprefix("inject(").removesuffix(")")
    return {"id": injection.number, "text": text, "hits": injection.hits, "limit": injection.limit}


# --- forms -----------------------------------------------------------------------------------------------------


def _read_form(form: Mapping[str, str]) -> tuple[str, str, object]:
    """Return the operation that a form names, its id, and its document; raises `DocumentError`."""
    check(dict(form), definitions()["form"])
    operation, id_ = form["do"], form.get("id", "")
    takes = OPERATIONS[operation].takes
    given = {name: text for name, text in form.items() if name not in {"do", "id"} and text.strip()}
    if takes is None:
        return operation, id_, None
    parts = definitions()[takes]["properties"]
    return operation, id_, {name: _read_field(name, text, parts.get(name, {})) for name, text in given.items()}


def _read_field(name: str, text: str, schema: Mapping[str, Any]) -> object:
    """Return what a text means where its schema takes more than texts: a number, or JSON."""
    types = schema.get("type", "string")
    if types == "object":
        with at(name):
            return _read_json(text)
    is_whole = text.isascii() and text.isdecimal()
    return int(text) if is_whole and ("integer" in types or "number" in types) else text.strip()


def _read_json(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        message = f'this is no JSON, such as {{"status": 503}}: {error}'
        raise ValueError(message) from None


@cache
def _choices() -> dict[str, Any]:
    """Return what the form of a fault lets choose from; each fault with the arguments that it has to have."""
    names = definitions()["fault"]["properties"]["fault"]["enum"]
    return {
        "faults": {name: _needed(name) for name in names},
        "on": [*sorted(ENDPOINTS - {"custom"}), EVERY_ENDPOINT, *CONNECTIONS],
    }


def _needed(fault: str) -> list[str]:
    parameters = inspect.signature(getattr(faults, fault)).parameters.values()
    return [parameter.name for parameter in parameters if parameter.default is parameter.empty]


# --- answers ---------------------------------------------------------------------------------------------------


@cache
def _template() -> jinja2.Template:
    import jinja2

    ours = environment()
    loaders = [jinja2.PackageLoader("pytest_rollup_fake.admin", "templates"), ours.loader]
    overlay = ours.overlay(loader=jinja2.ChoiceLoader([loader for loader in loaders if loader is not None]))
    return overlay.get_template("live.html")


def _missing() -> Reply | None:
    """Return what to answer where Jinja2 is missing."""
    try:
        check_jinja("the live page")
    except ImportError as error:
        return _reply("text/plain", f"{error}\n", 501)
    return None


def _file(name: str) -> str:
    return (resources.files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _reply(media: str, text: str, status: int = 200) -> Reply:
    return Reply(status, (("content-type", f"{media}; charset=utf-8"), *_HEADERS), text.encode())
