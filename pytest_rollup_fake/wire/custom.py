"""Endpoints of the user's own: pytest-httpserver's `expect_request` on our connections.

Only such requests become a `werkzeug.Request`. Its lists of handlers are not made for several threads, so a handler is
picked under a lock; it then runs without one.
"""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_to_bytes

from werkzeug import Request, Response

from pytest_rollup_fake.rest.reply import Reply

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from pytest_httpserver import RequestHandler

    from pytest_rollup_fake.model.journal import RecordedRequest

    from .server import ClusterServer

_WITHOUT_PREFIX: Final = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


def find(server: ClusterServer, request: RecordedRequest, guard: threading.Lock) -> Callable[[], Reply] | None:
    """Return what answers the request if an endpoint of the user's matches it, else `None`.

    An ordered or one-shot endpoint is used up by this.
    """
    converted = Request(_environ(server, request))
    converted.get_data()
    with guard:
        handlers = (*server.ordered_handlers, *server.oneshot_handlers, *server.handlers)
        if not any(handler.matcher.match(converted) for handler in handlers):
            return None
        return partial(_respond, server, converted, _take(server, converted))


def _take(server: ClusterServer, request: Request) -> RequestHandler | None:
    """Take the handler whose turn it is, as HTTPServer.dispatch does; `None`: it is the turn of another one."""
    if server.permanently_failed:
        return None
    if server.ordered_handlers:
        if server.ordered_handlers[0].matcher.match(request):
            return server.ordered_handlers.pop(0)
        return None
    oneshot = server.oneshot_handlers.match(request)
    if oneshot is not None:
        server.oneshot_handlers.remove(oneshot)
        return oneshot
    return server.handlers.match(request)


def _respond(server: ClusterServer, request: Request, handler: RequestHandler | None) -> Reply:
    """Let the handler answer; what it raises is kept for `check`, and the client gets a 500."""
    try:
        answer = server.dispatch(request) if handler is None else handler.respond(request)
        response = answer if isinstance(answer, Response) else Response(answer or "")  # as HTTPServer.dispatch does
    except AssertionError as error:
        server.add_assertion(error)
        response = Response(f"the handler of {request.path} raised {error!r}", 500)
    except Exception as error:  # noqa: BLE001  (the user's handler may raise anything; it fails the test)
        server.handler_errors.append(error)
        response = Response(f"the handler of {request.path} raised {error!r}", 500)
    server.log.append((request, response))
    fields = [(name, value) for name, value in response.headers if name.lower() != "content-length"]
    return Reply(response.status_code, tuple(fields), response.get_data())


def _environ(server: ClusterServer, request: RecordedRequest) -> dict[str, Any]:
    """Return a WSGI environment (PEP 3333)."""
    path, _, query = request.target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path.encode("latin-1")).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": request.target,
        "RAW_URI": request.target,
        "SERVER_NAME": server.host,
        "SERVER_PORT": str(server.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https" if server.ssl_context else "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.input_terminated": True,
        "wsgi.multithread": True,
    }
    for name, value in request.headers.fields:
        key = _WITHOUT_PREFIX.get(name.lower()) or f"HTTP_{name.upper().replace('-', '_')}"
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    environ["CONTENT_LENGTH"] = str(len(request.body))
    return environ
