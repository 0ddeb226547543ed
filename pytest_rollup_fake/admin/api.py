"""The admin API: requests below `/_fake/`, answered without the cluster knowing of them."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import parse_qsl, unquote

from pytest_rollup_fake.model.durations import SECOND, to_nanoseconds
from pytest_rollup_fake.real import Real
from pytest_rollup_fake.rest.reply import Reply
from pytest_rollup_fake.wire.unrecorded import Unrecorded

from . import documents, injections, site, snapshots
from .checking import DocumentError, at, check
from .journal import Wanted, write_request
from .routes import PREFIX, ROUTES, openapi
from .schemas import definitions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_rollup_fake.cluster import RollupCluster
    from pytest_rollup_fake.model.injections import Injection
    from pytest_rollup_fake.model.journal import RecordedRequest

    from .routes import Route

_NOTICE: Final = 0.01  # how often a wait looks for requests that have come, in seconds
_Headers = tuple[tuple[str, str], ...]


class _RefusedError(Exception):
    """A request that is refused with a status."""

    def __init__(self, status: int, message: str, place: str = "", headers: _Headers = ()) -> None:
        super().__init__(message)
        self.status, self.place, self.headers = status, place, headers


class Call:
    """One request to the API: its route's `id`, its query, and its body as JSON."""

    def __init__(self, id_: str, query: Mapping[str, str], body: Any) -> None:  # noqa: ANN401  (JSON is anything)
        self.id, self.query, self.body = id_, query, body


class Api:
    """What drives a cluster; `set_up` adds to one that was reset what it began with, or these parts of that."""

    def __init__(self, cluster: RollupCluster, set_up: Callable[..., None]) -> None:
        self._cluster = cluster
        self._clock = cluster.clock
        self._set_up = set_up
        self._is_closing = False
        self._names = (cluster.host.lower(),)

    def attach(self) -> None:
        """Stand in front of every node."""
        for node in self._cluster.nodes:
            node.server.front = self.receive

    def close(self) -> None:
        """Let those who wait here go."""
        with self._clock.changed:
            self._is_closing = True
            self._clock.changed.notify_all()

    def receive(self, request: RecordedRequest) -> Unrecorded | None:
        """Take a request below the prefix; `None`: it is the cluster's."""
        return Unrecorded(partial(self._respond, request)) if request.path.startswith(PREFIX) else None

    # --- a request -------------------------------------------------------------------------------------------------

    def _respond(self, request: RecordedRequest) -> Reply:
        try:
            status, value = self._call(request)
            return _reply(status, value)
        except _RefusedError as error:
            return _refused(error.status, str(error), error.place, error.headers)
        except DocumentError as error:
            return _refused(400, error.problem, error.shown_place)
        except LookupError as error:  # somebody else has removed the job meanwhile
            return _refused(404, str(error))

    def _call(self, request: RecordedRequest) -> tuple[int, object]:
        foreign = site.refusal(request.headers, self._names)
        if foreign is not None:
            raise _RefusedError(403, foreign)
        route, id_ = _route(request)
        query = _read_query(route, request.target.partition("?")[2])
        body = _read_body(route, request.body)
        return route.status, getattr(self, f"_{route.operation}")(Call(id_, query, body))

    # --- jobs ------------------------------------------------------------------------------------------------------

    def _list_jobs(self, _call: Call) -> object:
        with self._clock.reading():
            return {"jobs": [self._write_job(id_) for id_ in self._cluster.world.jobs]}

    def _add_job(self, call: Call) -> object:
        return self._write_job(documents.add_job(self._cluster, call.body).id)

    def _get_job(self, call: Call) -> object:
        return self._write_job(call.id)

    def _change_job(self, call: Call) -> object:
        job = self._job(call.id)
        settings = documents.read_job_settings(call.body)
        state = settings.pop("state", None)
        for name, value in settings.items():
            setattr(job, name, value)
        if state is not None:
            job.set_state(state)
        return self._write_job(call.id)

    def _remove_job(self, call: Call) -> object:
        self._job(call.id).remove()
        return {"removed": call.id}

    def _hold_job(self, call: Call) -> object:
        self._job(call.id).hold()
        return self._write_job(call.id)

    def _release_job(self, call: Call) -> object:
        self._job(call.id).release()
        return self._write_job(call.id)

    def _job(self, id_: str) -> Any:  # noqa: ANN401  (a Job, whose attributes are set by name)
        jobs = self._cluster.jobs
        if id_ not in jobs:
            raise _RefusedError(
                404, f"there is no job {id_!r}; the jobs are {', '.join(map(repr, jobs)) or 'none'}", "id"
            )
        return jobs[id_]

    def _write_job(self, id_: str) -> dict[str, Any]:
        with self._clock.reading():
            self._job(id_)
            job = self._cluster.world.jobs[id_]
            return {
                "id": job.id,
                "state": str(job.state),
                "held": job.is_held,
                "stop_delay": documents.write_stop_delay(job.stop_delay),
                "runs": job.runs,
                "run_duration": job.run_duration,
                "run_documents": job.run_documents,
                "node": None if job.task is None else job.task.node.name,
                "config": job.config,
                "stats": dict(job.stats),
                "history": [change._asdict() for change in job.history],
            }

    # --- faults ----------------------------------------------------------------------------------------------------

    def _list_faults(self, _call: Call) -> object:
        with self._clock.reading():
            return {"faults": [injections.write_injection(each) for each in self._injections()]}

    def _inject_fault(self, call: Call) -> object:
        return injections.write_injection(documents.add_fault(self._cluster, call.body))

    def _remove_fault(self, call: Call) -> object:
        with self._clock.reading():
            found = {str(each.number): each for each in self._injections()}
        if call.id not in found:
            raise _RefusedError(
                404, f"there is no fault {call.id!r}; the faults are {', '.join(found) or 'none'}", "id"
            )
        found[call.id].remove()
        return {"removed": found[call.id].number}

    def _injections(self) -> list[Injection]:
        """Return the faults that nobody has removed, those that have struck often enough among them."""
        return [each for each in self._cluster.world.injections.given if not each.is_removed]

    # --- time ------------------------------------------------------------------------------------------------------

    def _get_clock(self, _call: Call) -> dict[str, Any]:
        with self._clock.reading():
            return {"now": self._clock.now(), "skipped": self._clock.skipped, "mode": str(self._clock.mode)}

    def _change_clock(self, call: Call) -> object:
        self._clock.mode = call.body["mode"]
        return self._get_clock(call)

    def _advance_clock(self, call: Call) -> object:
        with at("by"):
            to_nanoseconds(call.body["by"], name="by")
        answered = self._clock.advance(call.body["by"])
        return {**self._get_clock(call), "answered": [write_request(request) for request in answered]}

    # --- the journal -----------------------------------------------------------------------------------------------

    def _list_requests(self, call: Call) -> object:
        wanted = Wanted.read(call.query)
        until = Real.monotonic_ns() + wanted.wait
        while True:
            found = wanted.found_in(self._cluster.requests)
            left = until - Real.monotonic_ns()
            if len(found) >= wanted.count or left <= 0 or self._is_closing:
                break
            with self._clock.changed:
                self._clock.changed.wait(min(left / SECOND, _NOTICE))
        with self._clock.lock:
            last = max([wanted.after, *(request.number for request in found)])
            return {"requests": [write_request(request) for request in found], "last": last}

    # --- all of it -------------------------------------------------------------------------------------------------

    def _reset(self, _call: Call) -> object:
        with self._clock.changed:
            self._cluster.reset()
            self._set_up()
            self._clock.changed.notify_all()
        return {}

    def _take_snapshot(self, _call: Call) -> object:
        with self._clock.reading():
            return snapshots.take(self._cluster.world)

    def _restore_snapshot(self, call: Call) -> object:
        with self._clock.changed:
            snapshots.check_restorable(self._cluster.world, call.body)
            self._cluster.reset()
            self._set_up("users")
            snapshots.restore(self._cluster.world, call.body)
            self._clock.changed.notify_all()
        return {}

    def _describe(self, _call: Call) -> object:
        return openapi()


# --- reading a request -----------------------------------------------------------------------------------------


def _route(request: RecordedRequest) -> tuple[Route, str]:
    """Return the route of a request and the id in its path."""
    path, allowed = unquote(request.path), []
    for route in ROUTES:
        before, placeholder, behind = route.path.partition("{id}")
        id_ = path[len(before) : len(path) - len(behind)]
        is_there = path == f"{before}{id_}{behind}" and "/" not in id_ if placeholder else path == route.path
        if is_there and (id_ or not placeholder):
            if route.method == request.method:
                return route, id_ if placeholder else ""
            allowed.append(route.method)
    if allowed:
        methods = ", ".join(allowed)
        raise _RefusedError(405, f"{path} takes {methods}, not {request.method}", headers=(("Allow", methods),))
    paths = ", ".join(dict.fromkeys(route.path for route in ROUTES))
    raise _RefusedError(404, f"there is no {path}; there are {paths}")


def _read_query(route: Route, text: str) -> dict[str, str]:
    query = parse_qsl(text, keep_blank_values=True)
    for name, _ in query:
        if name not in route.parameters:
            raise DocumentError(
                (name,), f"there is no such parameter; there are {', '.join(route.parameters) or 'none'}"
            )
    return dict(query)


def _read_body(route: Route, body: bytes) -> Any:  # noqa: ANN401  (JSON is anything)
    if route.takes is None:
        if body.strip():
            raise DocumentError((), f"{route.method} {route.path} takes no body")
        return None
    try:
        value = json.loads(body, parse_constant=_refuse_constant)
    except ValueError as error:
        raise DocumentError((), f"the body is no JSON: {error}") from None
    check(value, definitions()[route.takes])
    return value


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is no number of JSON"
    raise ValueError(message)


# --- answering -------------------------------------------------------------------------------------------------


def _reply(status: int, value: object, headers: _Headers = ()) -> Reply:
    fields = (("content-type", "application/json"), ("cache-control", "no-store"), *headers)
    return Reply(status, fields, json.dumps(value, indent=2).encode() + b"\n")


def _refused(status: int, message: str, place: str = "", headers: _Headers = ()) -> Reply:
    return _reply(status, {"error": {"message": message, "place": place}}, headers)
