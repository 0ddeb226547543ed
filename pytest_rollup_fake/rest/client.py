"""As which version a request is answered when the cluster has none of its own.

Without an explicit version each request is answered as the line that its client was made for, so that `curl`, an old
script on `_xpack/rollup/...` and today's official clients all work at once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pytest_rollup_fake.model.versions import newest_of_major, parse_version, profile_of

from .media_types import requested_major

if TYPE_CHECKING:
    from pytest_rollup_fake.model.journal import RecordedRequest
    from pytest_rollup_fake.model.versions import Profile

# The last line whose rollup answers are not announced for removal.
DEFAULT: Final = profile_of(parse_version("8.19"))
_FOR_CLIENT_7: Final = profile_of(parse_version("7.17"))
_FOR_XPACK_PATHS: Final = profile_of(parse_version("6.8"))

# `x-elastic-client-meta: es=7.17.13,py=...` and `user-agent: elasticsearch-py/7.17.13 (...)`.
_CLIENT_META_7: Final = re.compile(r"(?:^|,)\s*es=7\.", re.ASCII)
_USER_AGENT_7: Final = re.compile(r"\belastic[\w-]*/7\.", re.ASCII | re.IGNORECASE)


def profile_for(request: RecordedRequest) -> Profile:
    """Return the version as which a request to a cluster without a version is answered."""
    headers = request.headers
    major = requested_major(headers.get_all("accept"), headers.get_all("content-type"))
    if major is not None:
        return newest_of_major(major) or DEFAULT
    if _CLIENT_META_7.search(headers.get("x-elastic-client-meta", "")):
        return _FOR_CLIENT_7
    if _USER_AGENT_7.search(headers.get("user-agent", "")):
        return _FOR_CLIENT_7
    if "/_xpack/" in request.path:
        return _FOR_XPACK_PATHS
    return DEFAULT
