"""What the headers of a request say of the client that sent it.

They are read once for all requests that come with the same ones. Without an explicit version each request is answered
as the line that its client was made for, so that `curl`, an old script on `_xpack/rollup/...` and today's official
clients all work at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from pytest_rollup_fake.model.versions import newest_of_major, parse_version, profile_of

from .media_types import requested_major

if TYPE_CHECKING:
    from pytest_rollup_fake.model.versions import Profile

# The last line whose rollup answers are not announced for removal.
DEFAULT: Final = profile_of(parse_version("8.19"))
_FOR_CLIENT_7: Final = profile_of(parse_version("7.17"))
_FOR_XPACK_PATHS: Final = profile_of(parse_version("6.8"))

# `x-elastic-client-meta: es=7.17.13,py=...` and `user-agent: elasticsearch-py/7.17.13 (...)`.
_CLIENT_META_7: Final = re.compile(r"(?:^|,)\s*es=7\.", re.ASCII)
_USER_AGENT_7: Final = re.compile(r"\belastic[\w-]*/7\.", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """The headers that decide about an answer.

    `answered` are those that come back with it, `made_for` is the version of a client that names one. Equal headers
    give the same head, so identity tells heads apart.
    """

    accept: tuple[str, ...]
    content_type: tuple[str, ...]
    opaque_ids: tuple[str, ...]
    answered: tuple[tuple[str, str], ...]
    encoding: Literal["gzip", "deflate"] | None
    made_for: Profile | None


@lru_cache(maxsize=256)
def head_of(fields: tuple[tuple[str, str], ...]) -> Head:
    """Read the headers of a request."""
    headers: dict[str, tuple[str, ...]] = {}
    for name, value in fields:
        headers[name.lower()] = (*headers.get(name.lower(), ()), value)
    opaque_ids = tuple(dict.fromkeys(headers.get("x-opaque-id", ())))
    return Head(
        accept=headers.get("accept", ()),
        content_type=headers.get("content-type", ()),
        opaque_ids=opaque_ids,
        answered=tuple(("X-Opaque-Id", id_) for id_ in opaque_ids[:1]),
        encoding=_encoding(",".join(headers.get("accept-encoding", ()))),
        made_for=_made_for(headers),
    )


def profile_for(head: Head, path: str) -> Profile:
    """Return the version as which a request to a cluster without a version is answered."""
    return head.made_for or (_FOR_XPACK_PATHS if "/_xpack/" in path else DEFAULT)


def _made_for(headers: dict[str, tuple[str, ...]]) -> Profile | None:
    major = requested_major((*headers.get("accept", ()), *headers.get("content-type", ())))
    if major is not None:
        return newest_of_major(major) or DEFAULT
    names_7 = _names(_CLIENT_META_7, headers, "x-elastic-client-meta") or _names(_USER_AGENT_7, headers, "user-agent")
    return _FOR_CLIENT_7 if names_7 else None


def _names(version: re.Pattern[str], headers: dict[str, tuple[str, ...]], name: str) -> bool:
    return any(version.search(value) for value in headers.get(name, ()))


def _encoding(accepted: str) -> Literal["gzip", "deflate"] | None:
    """Return the content encoding for an Accept-Encoding (netty's HttpContentCompressor.determineWrapper)."""
    qualities = {"*": -1.0, "gzip": -1.0, "deflate": -1.0}
    for part in accepted.split(","):
        name = next((name for name in qualities if name in part), None)
        if name is not None:
            qualities[name] = max(_quality(part), qualities[name])
    anything, gzip, deflate = qualities.values()
    if gzip > 0 or deflate > 0:
        return "gzip" if gzip >= deflate else "deflate"
    if anything > 0 and -1.0 in (gzip, deflate):
        return "gzip" if gzip == -1.0 else "deflate"
    return None


def _quality(part: str) -> float:
    _, found, value = part.partition("=")
    try:
        return float(value) if found else 1.0
    except ValueError:
        return 0.0
