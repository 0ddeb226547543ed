"""How the suite speaks to a cluster: bare HTTP, so that nothing between hides what was sent."""

from __future__ import annotations

import base64
import http.client
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

TIMEOUT: Final = 60.0  # seconds for one answer: a real cluster creates an index for each job
PORTS: Final = {"http": 9200, "https": 9200}

Fields = tuple[tuple[str, str], ...]


class CertificatesError(Exception):
    """A file of certificates could not be read."""


@dataclass(frozen=True)
class Response:
    """What came back."""

    status: int
    headers: Fields
    body: bytes

    def values(self, name: str) -> list[str]:
        """Return all values of a header, however its name is spelt."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


class Client:
    """A connection to a cluster, given as `http[s]://[user:password@]host[:port]`; the credentials show nowhere.

    `ca` is a file of certificates that the cluster's is checked against, `insecure` leaves that out. Raises
    `ValueError` for what is no such URL, `CertificatesError` if the file cannot be read.
    """

    def __init__(self, url: str, *, ca: str | None = None, insecure: bool = False) -> None:
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname or parts.path not in {"", "/"} or parts.query:
            message = "a cluster's URL is of the form http[s]://[user:password@]host[:port], without a path"
            raise ValueError(message)
        port = parts.port or PORTS[parts.scheme]
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        self.url: Final = f"{parts.scheme}://{host}:{port}"
        self.credentials: Final = (
            None if parts.username is None else basic(unquote(parts.username), unquote(parts.password or ""))
        )
        self._connection: Final = _connect(parts.scheme, parts.hostname, port, _context(ca, insecure=insecure))

    def send(self, method: str, target: str, headers: Iterable[tuple[str, str]] = (), body: bytes = b"") -> Response:
        """Send a request with these headers and no others, and return the answer; `ConnectionError` if none comes."""
        try:
            self._connection.putrequest(method, target, skip_accept_encoding=True)
            for name, value in headers:
                self._connection.putheader(name, value)
            if body:
                self._connection.putheader("Content-Length", str(len(body)))
            self._connection.endheaders(body or None)
            with self._connection.getresponse() as response:
                return Response(response.status, tuple(response.getheaders()), response.read())
        except http.client.HTTPException as error:
            self.close()
            message = f"{method} {target}: the answer is no HTTP: {error!r}"
            raise ConnectionError(message) from error
        except OSError as error:
            self.close()
            message = f"{method} {target}: no answer from {self.url}: {error}"
            raise ConnectionError(message) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; the next request opens it again."""
        self._connection.close()


def basic(user: str, password: str) -> str:
    """Return the value of an `Authorization` header."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def _context(ca: str | None, *, insecure: bool) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca)
    except OSError as error:
        message = f"{ca}: {error.strerror or error}"
        raise CertificatesError(message) from None
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _connect(scheme: str, host: str, port: int, context: ssl.SSLContext) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT, context=context)
    return http.client.HTTPConnection(host, port, timeout=TIMEOUT)
