"""The clients, each used as its users use it, with its default settings: what they get, or which exception they see."""

from __future__ import annotations

import asyncio
import http.client
import json
import ssl
from contextlib import AsyncExitStack, ExitStack
from typing import TYPE_CHECKING, Any, ClassVar, Self

import aiohttp
import elasticsearch7
import elasticsearch8
import elasticsearch9
import httpx
import requests

if TYPE_CHECKING:
    from types import ModuleType

    from pytest_rollup_fake import RollupCluster

PATHS = {"GET": "/_rollup/job/sensor", "POST": "/_rollup/job/sensor/_stop"}
EXPECTED = {"GET": "jobs", "POST": "stopped"}


class Speaker:
    """A client of one cluster, which keeps its connection; a context manager."""

    package: ClassVar[ModuleType]
    """Where its users find its exceptions."""
    is_async: ClassVar[bool] = False

    def __init__(self, cluster: RollupCluster) -> None:
        self.url = cluster.url
        self.ca_path = cluster.ca_path if self.url.startswith("https:") else None
        self.context = ssl.create_default_context(cafile=self.ca_path) if self.ca_path else None
        self.stack = ExitStack()
        self.wait: str | None = None
        self.kind: str | None = None
        """The type of the last error of Elasticsearch's, as the client tells it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stack.close()

    def ask(self, method: str, timeout: float | None = None) -> tuple[int, Any]:
        """Stop the job, or get it, and return the status and the body that the user gets.

        `timeout` is in seconds; `None` leaves it to the client.
        """
        raise NotImplementedError

    def see(self, method: str = "POST", timeout: float | None = None, *, wait: str | None = None) -> str:
        """Stop the job, or get it, and say what the user sees: an answer, or an exception by its public name.

        `wait` is how long an official client's stop is to wait for the job.
        """
        self.wait = wait
        try:
            status, body = self.ask(method, timeout)
        except Exception as error:  # noqa: BLE001  (which one it is, is the question)
            return self.name_of(error)
        return self.answer(status, body, method)

    def answer(self, status: int, body: Any, method: str) -> str:
        """Say in a few words which answer it is; the one that was asked for is its bare status."""
        parsed = _parsed(body)
        if status >= 400:
            self.kind = _kind_of(parsed)
            return str(status)
        if not parsed:
            return f"{status}, empty"
        if not isinstance(parsed, dict):
            return f"{status}, a text"
        return str(status) if parsed.get(EXPECTED[method]) else f"{status}, not {EXPECTED[method]}"

    def name_of(self, error: Exception) -> str:
        """Return the name by which a user of the client catches an exception."""
        kind = type(error)
        for name, value in vars(self.package).items():
            if value is kind:
                return f"{self.package.__name__}.{name}"
        return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"


def _parsed(body: Any) -> Any:
    """Return a body as its user reads it: JSON, if it is."""
    if not isinstance(body, bytes):
        return body
    try:
        return json.loads(body)
    except ValueError:
        return body.decode()


def _kind_of(body: Any) -> str | None:
    """Return the type of an error of Elasticsearch's."""
    return body["error"]["type"] if isinstance(body, dict) else None


# --- HTTP clients -----------------------------------------------------------------------------------------------------


class HttpClient(Speaker):
    """`http.client`: one connection, which it opens again when it was closed."""

    package: ClassVar[ModuleType] = http.client

    def __init__(self, cluster: RollupCluster) -> None:
        super().__init__(cluster)
        address = (cluster.host, cluster.port)
        self.connection = (
            http.client.HTTPSConnection(*address, context=self.context)
            if self.context
            else http.client.HTTPConnection(*address)
        )
        self.stack.callback(self.connection.close)

    def ask(self, method: str, timeout: float | None = None) -> tuple[int, Any]:
        """See `Speaker`."""
        self.connection.timeout = timeout
        if self.connection.sock:
            self.connection.sock.settimeout(timeout)
        self.connection.request(method, PATHS[method])
        response = self.connection.getresponse()
        return response.status, response.read()


class Requests(Speaker):
    """requests, with a session."""

    package: ClassVar[ModuleType] = requests

    def __init__(self, cluster: RollupCluster) -> None:
        super().__init__(cluster)
        self.session = self.stack.enter_context(requests.Session())

    def ask(self, method: str, timeout: float | None = None) -> tuple[int, Any]:
        """See `Speaker`."""
        response = self.session.request(method, self.url + PATHS[method], timeout=timeout, verify=self.ca_path)
        return response.status_code, response.content


class Httpx(Speaker):
    """httpx."""

    package: ClassVar[ModuleType] = httpx

    def __init__(self, cluster: RollupCluster) -> None:
        super().__init__(cluster)
        self.client = self.stack.enter_context(httpx.Client(verify=self.context or True))

    def ask(self, method: str, timeout: float | None = None) -> tuple[int, Any]:
        """See `Speaker`."""
        options: dict[str, Any] = {} if timeout is None else {"timeout": timeout}
        response = self.client.request(method, self.url + PATHS[method], **options)
        return response.status_code, response.content


class Asynchronous(Speaker):
    """A client in an event loop of its own, which runs while it is asked."""

    is_async: ClassVar[bool] = True

    def __init__(self, cluster: RollupCluster) -> None:
        super().__init__(cluster)
        self.runner = self.stack.enter_context(asyncio.Runner())
        self.closing = AsyncExitStack()
        self.stack.callback(lambda: self.runner.run(self.close()))
        self.client: Any = self.runner.run(self.open())

    async def close(self) -> None:
        """Close the client, and go on until its connections are closed: over TLS that takes a word from the cluster."""
        await self.closing.aclose()
        selector = asyncio.get_running_loop()._selector  # type: ignore[attr-defined]  # noqa: SLF001  (no public list)
        async with asyncio.timeout(5):  # at most: it is there at once
            while len(selector.get_map()) > 1:  # noqa: ASYNC110  (no event tells; the one that stays is the loop's own)
                await asyncio.sleep(0.001)

    async def open(self) -> object:
        """Return the client, opened."""
        raise NotImplementedError

    async def ask_async(self, method: str, timeout: float | None) -> tuple[int, Any]:  # noqa: ASYNC109  (the client's)
        """Do what `ask` does."""
        raise NotImplementedError

    def ask(self, method: str, timeout: float | None = None) -> tuple[int, Any]:
        """See `Speaker`."""
        return self.runner.run(self.ask_async(method, timeout))


class HttpxAsync(Asynchronous):
    """The asynchronous client of httpx."""

    package: ClassVar[ModuleType] = httpx

    async def open(self) -> object:
        """See `Asynchronous`."""
        return await self.closing.enter_async_context(httpx.AsyncClient(verify=self.context or True))

    async def ask_async(self, method: str, timeout: float | None) -> tuple[int, Any]:  # noqa: ASYNC109  (the client's)
        """See `Asynchronous`."""
        options: dict[str, Any] = {} if timeout is None else {"timeout": timeout}
        response = await self.client.request(method, self.url + PATHS[method], **options)
        return response.status_code, response.content


class Aiohttp(Asynchronous):
    """aiohttp, with a session."""

    package: ClassVar[ModuleType] = aiohttp

    async def open(self) -> object:
        """See `Asynchronous`."""
        connector = aiohttp.TCPConnector(ssl=self.context or True)
        return await self.closing.enter_async_context(aiohttp.ClientSession(connector=connector))

    async def ask_async(self, method: str, timeout: float | None) -> tuple[int, Any]:  # noqa: ASYNC109  (the client's)
        """See `Asynchronous`."""
        options = {} if timeout is None else {"timeout": aiohttp.ClientTimeout(total=timeout)}
        async with self.client.request(method, self.url + PATHS[method], **options) as response:
            return response.status, await response.read()


# --- official clients -------------------------------------------------------------------------------------------------


class Official(Speaker):
    """An official client; its exceptions are named as in `elasticsearch`, the package of every major."""

    client: Any

    @property
    def options(self) -> dict[str, Any]:
        """What it is made with."""
        return {"ca_certs": self.ca_path} if self.ca_path else {}

    def call(self, method: str, timeout: float | None) -> Any:
        """Call the client."""
        client = self.client
        options: dict[str, Any] = {"wait_for_completion": True, "timeout": self.wait} if self.wait else {}
        if timeout is not None and self.package is elasticsearch7:
            options["request_timeout"] = timeout
        elif timeout is not None:
            client = client.options(request_timeout=timeout)
        return (client.rollup.get_jobs if method == "GET" else client.rollup.stop_job)(id="sensor", **options)

    def name_of(self, error: Exception) -> str:
        """Return the name of an exception, with the status that it carries."""
        name = super().name_of(error).replace(f"{self.package.__name__}.", "elasticsearch.")
        status = getattr(error, "status_code", None)
        if not isinstance(status, int):
            return name
        self.kind = _kind_of(getattr(error, "body", None) or getattr(error, "info", None))
        return f"{name} {status}"


class OfficialSync(Official):
    """`Elasticsearch`."""

    def __init__(self, cluster: RollupCluster) -> None:
        super().__init__(cluster)
        self.client = self.stack.enter_context(self.package.Elasticsearch(self.url, **self.options))

    def ask(self, method: str, timeout: float | None = None) -> tuple[int, Any]:
        """See `Speaker`."""
        return 200, _body_of(self.call(method, timeout))


class OfficialAsync(Official, Asynchronous):
    """`AsyncElasticsearch`."""

    async def open(self) -> object:
        """See `Asynchronous`."""
        return await self.closing.enter_async_context(self.package.AsyncElasticsearch(self.url, **self.options))

    async def ask_async(self, method: str, timeout: float | None) -> tuple[int, Any]:  # noqa: ASYNC109  (the client's)
        """See `Asynchronous`."""
        return 200, _body_of(await self.call(method, timeout))


def _body_of(answer: Any) -> Any:
    """Return the body of an answer; up to 7.x that is all there is."""
    return getattr(answer, "body", answer)


def _of(package: ModuleType) -> tuple[type[Speaker], ...]:
    """Return both clients of a package."""
    return tuple(type(base.__name__, (base,), {"package": package}) for base in (OfficialSync, OfficialAsync))


SPEAKERS: dict[str, tuple[type[Speaker], ...]] = {
    "http.client": (HttpClient,),
    "requests": (Requests,),
    "httpx": (Httpx, HttpxAsync),
    "aiohttp": (Aiohttp,),
    "7.x": _of(elasticsearch7),
    "8.x": _of(elasticsearch8),
    "9.x": _of(elasticsearch9),
}
"""The columns of the table, each with its client, or the synchronous and the asynchronous one."""
