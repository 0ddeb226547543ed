"""Endpoints of the user's own: pytest-httpserver's `expect_request` on our connections.

Only such requests become a `werkzeug.Request`. The lists of handlers are not made for several threads, so a handler is
chosen under a lock (one for all servers, since the nodes of a cluster share their lists); it then runs without one.
Whatever the user's code raises fails the test, and the client gets a 500: a connection that is closed without an
answer would be tried again.
"""

from __future__ import annotations

import io
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import unquote_to_bytes

from werkzeug import Request, Response

from pytest_rollup_fake.rest.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_httpserver import RequestHandler

    from pytest_rollup_fake.model.journal import RecordedRequest

    from .server import ClusterServer

    Answer = Callable[[Request], Any]  # a Response, a text or nothing

_WITHOUT_PREFIX: Final = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
_CHOOSING: Final = threading.Lock()
_OURS: Final = frozenset({"content-length", "transfer-encoding"})  # said by the wire, which knows how the body goes out


def find(server: ClusterServer, request: RecordedRequest) -> Callable[[], Reply] | None:
    """Return what answers the request if an endpoint of the user's matches it, else `None`.

    An ordered or one-shot endpoint is used up by this.
    """
    converted = Request(_environ(server, request))
    converted.get_data()
    try:
        answer = _choose(server, converted)
    except Exception as error:  # noqa: BLE001  (a matcher of the user's may raise anything)
        answer = partial(_raise, error)
    return None if answer is None else partial(_respond, server, converted, answer)


def _choose(server: ClusterServer, request: Request) -> Answer | None:
    """Choose as HTTPServer.dispatch does; it answers itself where ordered endpoints are called out of order.

    A matcher is the user's code and runs without the lock, so one that is used up meanwhile is chosen no more.
    """
    handlers = (*server.ordered_handlers, *server.oneshot_handlers, *server.handlers)
    for handler in handlers:
        if handler.matcher.match(request):
            if server.permanently_failed or (server.ordered_handlers and handler is not server.ordered_handlers[0]):
                return server.dispatch
            if handler in server.handlers or _use_up(server, handler):
                respond: Answer = handler.respond
                return respond
    return None


def _use_up(server: ClusterServer, handler: RequestHandler) -> bool:
    """Take an ordered or one-shot endpoint; False: another request has taken it."""
    with _CHOOSING:
        for left in (server.ordered_handlers, server.oneshot_handlers):
            if handler in left:
                left.remove(handler)
                return True
    return False


def _raise(error: Exception, _request: Request) -> NoReturn:
    raise error


def _respond(server: ClusterServer, request: Request, answer: Answer) -> Reply:
    """Let the user's code answer."""
    try:
        response = _response(answer(request))
        reply = _reply(request, response)
    except BaseException as error:  # noqa: BLE001  (pytest.fail raises one; it fails the test, not this thread)
        _report(server, error)
        response = Response(f"the handler of {request.path} raised {error!r}", 500)
        reply = _reply(request, response)
    server.log.append((request, response))
    return reply


def _response(answer: object) -> Response:
    return answer if isinstance(answer, Response) else Response(answer or "")  # type: ignore[arg-type]


def _reply(request: Request, response: Response) -> Reply:
    response.direct_passthrough = False  # it would keep the body of `send_file` from being read
    body = response.get_data()
    headers = response.get_wsgi_headers(request.environ)
    response.close()
    fields = tuple((name, value) for name, value in headers if name.lower() not in _OURS)
    return Reply(response.status_code, fields, body, closes=headers.get("connection", "").lower() == "close")


def _report(server: ClusterServer, error: BaseException) -> None:
    if isinstance(error, AssertionError):
        server.add_assertion(error)
    elif isinstance(error, Exception):
        server.handler_errors.append(error)
    else:
        server.add_assertion(f"a handler raised {error!r}")


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
