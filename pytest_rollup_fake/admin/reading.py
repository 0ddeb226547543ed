"""Reading a request to the admin API: its route, its query and its body."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import parse_qsl, unquote

from .checking import DocumentError, check
from .routes import FORM, ROUTES
from .schemas import definitions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_rollup_fake.model.journal import RecordedRequest
    from pytest_rollup_fake.node import Node

    from .routes import Route

Headers = tuple[tuple[str, str], ...]


class RefusedError(Exception):
    """A request that is refused with a status."""

    def __init__(self, status: int, message: str, place: str = "", headers: Headers = ()) -> None:
        super().__init__(message)
        self.status, self.place, self.headers = status, place, headers


class Call:
    """One request to the API: its route's `id`, its query, its body as JSON, and the node that was asked."""

    def __init__(self, id_: str, query: Mapping[str, str], body: Any, node: Node | None = None) -> None:  # noqa: ANN401  (JSON)
        self.id, self.query, self.body, self.node = id_, query, body, node


def find_route(request: RecordedRequest) -> tuple[Route, str]:
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
        raise RefusedError(405, f"{path} takes {methods}, not {request.method}", headers=(("Allow", methods),))
    paths = ", ".join(dict.fromkeys(route.path for route in ROUTES))
    raise RefusedError(404, f"there is no {path}; there are {paths}")


def read_query(route: Route, text: str) -> dict[str, str]:
    """Return a query as the route takes it."""
    query = parse_qsl(text, keep_blank_values=True)
    for name, _ in query:
        if name not in route.parameters:
            raise DocumentError(
                (name,), f"there is no such parameter; there are {', '.join(route.parameters) or 'none'}"
            )
    return dict(query)


def read_body(route: Route, request: RecordedRequest) -> Any:  # noqa: ANN401  (JSON is anything)
    """Return a body as the route takes it: a document, the texts of a form, or none."""
    if route.takes is None:
        if request.body.strip():
            raise DocumentError((), f"{route.method} {route.path} takes no body")
        return None
    if route.takes_form:
        return _read_form(request)
    try:
        value = json.loads(request.body, parse_constant=_refuse_constant)
    except ValueError as error:
        raise DocumentError((), f"the body is no JSON: {error}") from None
    return read_document(route, value)


def read_document(route: Route, document: object) -> Any:  # noqa: ANN401  (JSON is anything)
    """Return a document, which the route takes."""
    if route.takes is not None:
        check(document, definitions()[route.takes])
    return document


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is no number of JSON"
    raise ValueError(message)


def _read_form(request: RecordedRequest) -> dict[str, str]:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != FORM:
        raise RefusedError(415, f"{request.path} takes {FORM}, not {given or 'a body without a content type'}")
    return dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
