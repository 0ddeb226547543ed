"""The admin API: requests below `/_fake/`, answered without the cluster knowing of them."""

from __future__ import annotations

import json
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

from pytest_rollup_fake.model.durations import SECOND, to_nanoseconds
from pytest_rollup_fake.real import Real
from pytest_rollup_fake.rest.reply import Reply
from pytest_rollup_fake.wire.unrecorded import Unrecorded

from . import documents, injections, site, snapshots
from .checking import DocumentError, at
from .journal import Wanted, write_request
from .reading import Call, RefusedError, find_route, read_body, read_document, read_query
from .routes import OPERATIONS, PREFIX, openapi

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_rollup_fake.cluster import RollupCluster
    from pytest_rollup_fake.model.injections import Injection
    from pytest_rollup_fake.model.journal import RecordedRequest
    from pytest_rollup_fake.node import Node

    from .live import LivePage
    from .reading import Headers

_NOTICE: Final = 0.01  # how often a wait looks for what it waits for, in seconds


class Api:
    """What drives a cluster; `set_up` adds to one that was reset what it began with, or these parts of that."""

    def __init__(self, cluster: RollupCluster, set_up: Callable[..., None]) -> None:
        self._cluster = cluster
        self._clock = cluster.clock
        self._driver = cluster.clock.driver
        self._set_up = set_up
        self._is_closing = False
        self._names = (cluster.host.lower(),)

    def attach(self) -> None:
        """Stand in front of every node."""
        self._cluster.world.has_admin_api = True
        for node in self._cluster.nodes:
            node.server.front = partial(self.receive, node)

    def close(self) -> None:
        """Let those who wait here go."""
        with self._driver.changed:
            self._is_closing = True
            self._driver.changed.notify_all()

    def receive(self, node: Node, request: RecordedRequest) -> Unrecorded | None:
        """Take a request to a node below the prefix; `None`: it is the cluster's."""
        if request.path == PREFIX.rstrip("/"):
            return Unrecorded(lambda: Reply(308, (("location", PREFIX),), b""))
        return Unrecorded(partial(self._respond, node, request)) if request.path.startswith(PREFIX) else None

    # --- a request -------------------------------------------------------------------------------------------------

    def _respond(self, node: Node, request: RecordedRequest) -> Reply:
        try:
            return self._answer(node, request)
        except RefusedError as error:
            return _refused(error.status, str(error), error.place, error.headers)
        except DocumentError as error:
            return _refused(400, error.problem, error.shown_place)
        except LookupError as error:  # somebody else has removed the job meanwhile
            return _refused(404, str(error))

    def _answer(self, node: Node, request: RecordedRequest) -> Reply:
        foreign = site.refusal(request.headers, self._names)
        if foreign is not None:
            raise RefusedError(403, foreign)
        route, id_ = find_route(request)
        query = read_query(route, request.target.partition("?")[2])
        body = read_body(route, request)
        value = getattr(self, f"_{route.operation}")(Call(id_, query, body, node))
        return value if isinstance(value, Reply) else _reply(route.status, value)

    def operate(self, operation: str, id_: str = "", document: object = None) -> None:
        """Do what a request does that has this document for its body.

        Raises `DocumentError` for what gets a 400, `LookupError` for what gets a 404, and `RefusedError` with a status.
        """
        body = read_document(OPERATIONS[operation], document)
        getattr(self, f"_{operation}")(Call(id_, {}, body))

    def wait(self, nanoseconds: int, is_over: Callable[[], bool], *, notice: float = _NOTICE) -> None:
        """Block until something is over, the program ends or so much real time has passed.

        `notice` is how long, in seconds, what nobody has told of may go unseen.
        """
        until = Real.monotonic_ns() + nanoseconds
        while not is_over():
            left = until - Real.monotonic_ns()
            if left <= 0 or self._is_closing:
                return
            with self._driver.changed:
                self._driver.changed.wait(min(left / SECOND, notice))

    # --- jobs ------------------------------------------------------------------------------------------------------

    def _list_jobs(self, _call: Call) -> object:
        with self._driver.reading():
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

    def _unassign_job(self, call: Call) -> object:
        self._job(call.id).unassign()
        return self._write_job(call.id)

    def _assign_job(self, call: Call) -> object:
        self._job(call.id).assign()
        return self._write_job(call.id)

    def _job(self, id_: str) -> Any:  # noqa: ANN401  (a Job, whose attributes are set by name)
        jobs = self._cluster.jobs
        if id_ not in jobs:
            raise RefusedError(
                404, f"there is no job {id_!r}; the jobs are {', '.join(map(repr, jobs)) or 'none'}", "id"
            )
        return jobs[id_]

    def _write_job(self, id_: str) -> dict[str, Any]:
        with self._driver.reading():
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

    # --- nodes, indices, users -------------------------------------------------------------------------------------

    def _list_nodes(self, _call: Call) -> object:
        return {"nodes": [_write_node(node) for node in self._cluster.nodes]}

    def _kill_node(self, call: Call) -> object:
        node = self._find_node(call.id)
        if node is call.node:
            raise RefusedError(409, f"{node.name} is the node that is asked, which could not answer: ask another", "id")
        _refuse_in_vain(node, is_alive=False)
        with at("reassign_after"):
            node.kill(reassign_after=call.query.get("reassign_after", "10s"))
        return _write_node(node)

    def _restart_node(self, call: Call) -> object:
        node = self._find_node(call.id)
        _refuse_in_vain(node, is_alive=True)
        node.restart()
        return _write_node(node)

    def _find_node(self, name: str) -> Node:
        for node in self._cluster.nodes:
            if node.name == name:
                return node
        names = ", ".join(node.name for node in self._cluster.nodes)
        raise RefusedError(404, f"there is no node {name!r}; the nodes are {names}", "id")

    def _add_index(self, call: Call) -> object:
        documents.add_index(self._cluster, call.body)
        return {}

    def _stub_search(self, call: Call) -> object:
        self._cluster.stub_search(call.id, call.body)
        return {}

    def _add_user(self, call: Call) -> object:
        documents.add_user(self._cluster, call.body)
        return {}

    def _add_api_key(self, call: Call) -> object:
        documents.add_api_key(self._cluster, call.body)
        return {}

    # --- faults ----------------------------------------------------------------------------------------------------

    def _list_faults(self, _call: Call) -> object:
        with self._driver.reading():
            return {"faults": [injections.write_injection(each) for each in self._injections()]}

    def _inject_fault(self, call: Call) -> object:
        return injections.write_injection(documents.add_fault(self._cluster, call.body))

    def _remove_fault(self, call: Call) -> object:
        with self._driver.reading():
            found = {str(each.number): each for each in self._injections()}
        if call.id not in found:
            raise RefusedError(404, f"there is no fault {call.id!r}; the faults are {', '.join(found) or 'none'}", "id")
        found[call.id].remove()
        return {"removed": found[call.id].number}

    def _injections(self) -> list[Injection]:
        """Return the faults that nobody has removed, those that have struck often enough among them."""
        return [each for each in self._cluster.world.injections.given if not each.is_removed]

    # --- time ------------------------------------------------------------------------------------------------------

    def _get_clock(self, _call: Call) -> dict[str, Any]:
        with self._driver.reading():
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
        found: list[RecordedRequest] = []

        def has_come() -> bool:
            found[:] = wanted.found_in(self._cluster.requests)
            return len(found) >= wanted.count

        self.wait(wanted.wait, has_come)
        with self._driver.lock:
            last = max([wanted.after, *(request.number for request in found)])
            return {"requests": [write_request(request) for request in found], "last": last}

    # --- all of it -------------------------------------------------------------------------------------------------

    def _reset(self, _call: Call) -> object:
        with self._driver.changed:
            self._cluster.reset()
            self._set_up()
            self._driver.changed.notify_all()
        return {}

    def _take_snapshot(self, _call: Call) -> object:
        with self._driver.reading():
            return snapshots.take(self._cluster.world)

    def _restore_snapshot(self, call: Call) -> object:
        with self._driver.changed:
            snapshots.check_restorable(self._cluster.world, call.body)
            self._cluster.reset()
            self._set_up("users", "api_keys")
            snapshots.restore(self._cluster.world, call.body)
            self._driver.changed.notify_all()
        return {}

    def _describe(self, _call: Call) -> object:
        return openapi()

    # --- the page --------------------------------------------------------------------------------------------------

    def _show_page(self, call: Call) -> Reply:
        return self._page.show(call.query)

    def _act_on_page(self, call: Call) -> Reply:
        return self._page.act(call.body)

    def _get_script(self, _call: Call) -> Reply:
        return self._page.script()

    def _get_style(self, _call: Call) -> Reply:
        return self._page.style()

    @cached_property
    def _page(self) -> LivePage:
        from .live import LivePage  # with all that reports are made of

        return LivePage(self._cluster, self)


# --- answering -------------------------------------------------------------------------------------------------


def _write_node(node: Node) -> dict[str, Any]:
    return {"name": node.name, "id": node.id, "url": node.url, "is_alive": node.is_alive}


def _refuse_in_vain(node: Node, *, is_alive: bool) -> None:
    """Refuse to kill or restart a node that is dead or alive already."""
    if node.is_alive is is_alive:
        raise RefusedError(409, f"{node.name} {'lives' if is_alive else 'was killed'} already", "id")


def _reply(status: int, value: object, headers: Headers = ()) -> Reply:
    fields = (("content-type", "application/json"), ("cache-control", "no-store"), *headers)
    return Reply(status, fields, json.dumps(value, indent=2).encode() + b"\n")


def _refused(status: int, message: str, place: str = "", headers: Headers = ()) -> Reply:
    return _reply(status, {"error": {"message": message, "place": place}}, headers)
