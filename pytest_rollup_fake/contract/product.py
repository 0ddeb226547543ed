"""What a cluster says it is, and what follows from that for each of its answers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from .expectation import Numbers, as_numbers

if TYPE_CHECKING:
    from .client import Response

FIRST: Final = (6, 3)
UNAUTHORIZED: Final = 401
FORBIDDEN: Final = 403
BAD_REQUEST: Final = 400
NO_SECURITY: Final = "Elasticsearch built-in security features are not enabled."


class NotElasticsearchError(Exception):
    """What answers is no Elasticsearch with rollup jobs; the text says why."""


@dataclass(frozen=True)
class Product:
    """A cluster's version and build, as it says itself.

    `standing_warnings` come with every answer: 7.13 to 7.17 warn if nobody decided about security.
    """

    number: str
    build_hash: str
    is_fake: bool
    is_secured: bool
    standing_warnings: tuple[str, ...] = ()

    @property
    def version(self) -> Numbers:
        """The version's numbers."""
        return as_numbers(self.number)

    @property
    def line(self) -> str:
        """Major and minor."""
        return ".".join(self.number.split(".")[:2])

    @property
    def build(self) -> str:
        """Version and hash, as warnings name them (HeaderWarning)."""
        return f"{self.number}-{self.build_hash}"

    @property
    def dates_warnings(self) -> bool:
        """Whether a warning ends with its date (DeprecationLogger; #37622)."""
        return self.version < (6, 7)

    def content_types(self, *, of_exception: bool) -> tuple[str, ...]:
        """Return the type of JSON for a request that asks for none (XContentType.mediaType).

        8.0 to about 8.6 had one of its own for exceptions (#92658, fixed by #92695).
        """
        if self.version < (8,):
            return ("application/json; charset=UTF-8",)
        if not of_exception or self.version >= (8, 8):
            return ("application/json",)
        old = "application/json;charset=utf-8"
        return (old,) if self.version < (8, 6) else (old, "application/json")

    def names_itself(self, status: int) -> bool | None:
        """Say whether an answer has the header X-elastic-product; `None` if that is not certain.

        Since 7.14 (release notes); refusals of a cluster with security lack it (#75739, #76434, #95189).
        """
        if self.version < (7, 14):
            return False
        if not self.is_secured or status < BAD_REQUEST:
            return True
        if status == UNAUTHORIZED:
            return False
        if self.version >= (8, 8) and status == FORBIDDEN:
            return False
        return None if self.version < (8,) or status == FORBIDDEN else True

    def hides_warnings(self, status: int) -> bool:
        """Say whether warnings of an answer are none of our business: who is refused need not be told."""
        return self.is_secured and status in {UNAUTHORIZED, FORBIDDEN}


def read_product(root: Response, *, is_fake: bool, is_secured: bool) -> Product:
    """Return what the answer to `GET /` says; raises `NotElasticsearchError` if it is none that has rollup jobs."""
    if root.status in {UNAUTHORIZED, FORBIDDEN}:
        message = f"the cluster answers {root.status} to GET /: the URL needs a user and a password that are right"
        raise NotElasticsearchError(message)
    try:
        version = json.loads(root.body)["version"]
        number, build_hash, flavor = version["number"], version["build_hash"], version.get("build_flavor", "default")
        numbers = as_numbers(number)
    except (ValueError, LookupError, TypeError, AttributeError):
        message = f"GET / was answered {root.status} with {root.body[:200]!r}, which names no version of Elasticsearch"
        raise NotElasticsearchError(message) from None
    if "distribution" in version or flavor != "default" or numbers < FIRST:
        name = version.get("distribution", f"Elasticsearch, flavor {flavor}")
        message = f"{name} {number} has no rollup jobs; Elasticsearch (default distribution) 6.3 and later has"
        raise NotElasticsearchError(message)
    standing = (re.search(r'"(.*?)"', value) for value in root.values("warning"))
    texts = tuple(match[1] for match in standing if match is not None and match[1].startswith(NO_SECURITY))
    return Product(number, build_hash, is_fake, is_secured, texts)
