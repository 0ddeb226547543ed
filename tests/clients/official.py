"""The official clients, and what is different about each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import elasticsearch7
import elasticsearch8
import elasticsearch9
import pytest

if TYPE_CHECKING:
    from types import ModuleType

    from pytest_rollup_fake import Requests

ROLLUP_IS_DEPRECATED = "The rollup functionality will be removed in Elasticsearch 10.0"


@dataclass(frozen=True)
class Official:
    """An official client: the package of one major."""

    package: ModuleType
    line: str
    """The version line that it was made for."""
    api_error: type[Exception]
    """What it raises for an answer that is an error."""
    not_found: type[Exception]
    """What it raises for a 404."""
    timeout_status: int
    """The status of a stop that has timed out, in its line."""
    timeout_requests: int
    """How many requests such a stop is; all but the first are the client's own retries."""
    checks_product: bool
    """Whether it asks for `GET /` before its first request."""
    own_warnings: frozenset[str]
    """What it warns about on rollup calls, of its own accord or because Elasticsearch said so."""

    def connect(self, url: str, **options: Any) -> Any:
        """Return a client, a context manager."""
        return self.package.Elasticsearch(url, **options)

    def connect_async(self, url: str, **options: Any) -> Any:
        """Return an asynchronous client, an asynchronous context manager."""
        return self.package.AsyncElasticsearch(url, **options)

    def __str__(self) -> str:
        """Return the package's name."""
        return self.package.__name__


OFFICIAL = (
    Official(
        package=elasticsearch7,
        line="7.17",
        api_error=elasticsearch7.TransportError,
        not_found=elasticsearch7.NotFoundError,
        timeout_status=500,
        timeout_requests=1,
        checks_product=True,
        own_warnings=frozenset(),
    ),
    Official(
        package=elasticsearch8,
        line="8.19",
        api_error=elasticsearch8.ApiError,
        not_found=elasticsearch8.NotFoundError,
        timeout_status=500,
        timeout_requests=1,
        checks_product=False,
        own_warnings=frozenset({"GeneralAvailabilityWarning"}),
    ),
    Official(
        package=elasticsearch9,
        line="9",
        api_error=elasticsearch9.ApiError,
        not_found=elasticsearch9.NotFoundError,
        timeout_status=429,
        timeout_requests=4,
        checks_product=False,
        own_warnings=frozenset({"ElasticsearchWarning", "GeneralAvailabilityWarning"}),
    ),
)

each_client = pytest.mark.parametrize("official", OFFICIAL, ids=str)
with_and_without_a_version = pytest.mark.parametrize("has_version", [True, False], ids=["its line", "no version"])
# What Elasticsearch 9 says in every answer; the tests of that warning say so themselves.
ignore_rollup_warning = pytest.mark.filterwarnings(f"ignore:{ROLLUP_IS_DEPRECATED}")


def summary(requests: Requests) -> list[tuple[str, str, int | None, str]]:
    """Return method, path, status and outcome of each request."""
    return [(request.method, request.path, request.status, request.outcome) for request in requests]
