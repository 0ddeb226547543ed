"""The HTTP client of the runner: plain, so that nothing stands between the test and the answer."""

from __future__ import annotations

import base64
import http.client
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import unquote, urlsplit

from .outcomes import Failed

if TYPE_CHECKING:
    from collections.abc import Mapping

_PATIENCE: Final = 60
"""How many real seconds an answer may take: twice the timeout that a stop has by default."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent."""

    method: str
    target: str
    body: str | None = None

    def __str__(self) -> str:
        """Return it in one line, as a failure shows it."""
        return " ".join(f"{self.method} {self.target} {self.body or ''}".split())


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `value` is the body as JSON, or `None` if it is none."""

    request: Request
    status: int
    text: str
    value: object
    warnings: tuple[str, ...]

    @property
    def is_error(self) -> bool:
        """Whether the status says so."""
        return self.status >= 400  # noqa: PLR2004  (HTTP)

    def __str__(self) -> str:
        """Return it in one line, as a failure shows it."""
        return f"{self.status} {self.text.strip()}".rstrip()


class Client:
    """A connection to a cluster, a context manager. `url` may have a user and a password: `https://user:pass@host`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"a URL is such as 'http://localhost:9200', not {url!r}")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=_PATIENCE)
        self._prefix = parts.path.rstrip("/")
        self._headers = {} if parts.username is None else _credentials(parts.username, parts.password or "")

    def ask(self, request: Request, headers: Mapping[str, str] | None = None) -> Answer:
        """Send a request and return its answer; raises `Failed` if none comes."""
        sent = {**self._headers, **(headers or {})}
        if request.body is not None and "content-type" not in {name.lower() for name in sent}:
            sent["Content-Type"] = "application/json"
        body = None if request.body is None else request.body.encode()
        try:
            self._connection.request(request.method, self._prefix + request.target, body, sent)
            response = self._connection.getresponse()
            text = response.read().decode(errors="replace")
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Failed(f"no answer to {request}: {type(error).__name__}: {error}") from None
        warnings = tuple(response.headers.get_all("Warning", ()))
        return Answer(request, response.status, text, _as_json(text), warnings)

    def __enter__(self) -> Self:
        """Return itself; the connection is made by the first request."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Close the connection."""
        self._connection.close()


def _credentials(user: str, password: str) -> dict[str, str]:
    text = base64.b64encode(f"{unquote(user)}:{unquote(password)}".encode()).decode()
    return {"Authorization": f"Basic {text}"}


def _as_json(text: str) -> object:
    with suppress(ValueError):
        value: object = json.loads(text)
        return value
    return None
