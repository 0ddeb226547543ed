"""Keeping other web sites out: a page in somebody's browser must not be able to drive the cluster.

Three things tell on it: where the browser says that the request comes from (`Sec-Fetch-Site`, `Origin`), and the name
that it was sent to (`Host`). The last is what is left of an attacker whose own name was made to lead here (DNS
rebinding): a name that is neither an address nor one of ours.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_rollup_fake.model.journal import Headers

_OWN_SITE: Final = frozenset({"same-origin", "none"})


def refusal(headers: Headers, names: Sequence[str]) -> str | None:
    """Return why a request is refused as one of another site; `None`: it is not. `names` are ours."""
    site = headers.get("sec-fetch-site", "none")
    if site not in _OWN_SITE:
        return f"the browser says that this request comes from another site (Sec-Fetch-Site: {site})"
    host = headers.get("host", "")
    if host and not _is_ours(_split(f"//{host}").hostname, names):
        return f"the name {host!r} (Host) is none of this server's; use its address, localhost, or its --host"
    origin = headers.get("origin")
    if origin is not None and (not host or _split(origin).netloc != host):
        return f"this request comes from a page of {origin} (Origin), not of this server"
    return None


def _is_ours(name: str | None, names: Sequence[str]) -> bool:
    if name == "localhost" or name in names:
        return True
    try:
        ipaddress.ip_address(name or "")
    except ValueError:
        return False
    return True


def _split(url: str) -> SplitResult:
    """Return the parts of a URL; one that is none has none."""
    try:
        parts = urlsplit(url)
        parts.hostname  # noqa: B018  (raises for a bad address in brackets)
    except ValueError:
        return SplitResult("", "", "", "", "")
    return parts
