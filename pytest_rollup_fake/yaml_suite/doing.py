"""The section `do`: a call, and what is expected of it besides its body: the status and the warnings."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from pytest_rollup_fake.rest.messages import DEFAULT_SHARDS_CHANGE

from .asserting import is_pattern, pattern_of
from .conditions import as_list, is_in_ranges
from .outcomes import Failed, NotRun
from .stash import as_text

if TYPE_CHECKING:
    from pytest_rollup_fake.model.versions import Version

    from .client import Answer, Client
    from .specs import Apis
    from .stash import Stash

_NAMED_STATUS: Final = {
    "bad_request": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "missing": 404,
    "request_timeout": 408,
    "conflict": 409,
    "gone": 410,
    "unavailable": 503,
}
_UNNAMED: Final = frozenset(_NAMED_STATUS.values()) - {503}
"""What `catch: request` does not stand for."""

_WARNING = re.compile(r'299 \S+ "(?P<text>(?:\\.|[^"\\])*)"(?: ".*")?')
_FORGIVEN: Final = (
    # DoSection of 8.x: tests still use these templates everywhere.
    "Legacy index templates are deprecated in favor of composable templates.",
    # The Java runner of 6.x expects it everywhere (#30587).
    DEFAULT_SHARDS_CHANGE,
)
_FORGIVEN_START: Final = "[types removal]"
"""How the warnings begin that DoSection of 7.x overlooks: its tests use types against clusters of several versions."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """What a test is run against: a client, the version that answers, and which APIs there are."""

    client: Client
    version: Version
    apis: Apis


@dataclass(slots=True)
class Do:
    """A `do` section, read: the API and its arguments, and what may stand beside them.

    `body` and `ignored`, the statuses to overlook, stand among the arguments, but are none of the API's.
    """

    api: str = ""
    arguments: dict[str, object] = field(default_factory=dict)
    body: object = None
    ignored: frozenset[str] = frozenset()
    catch: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    node_selector: dict[str, object] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    warnings_regex: list[str] = field(default_factory=list)
    allowed_warnings: list[str] = field(default_factory=list)
    allowed_warnings_regex: list[str] = field(default_factory=list)


_TEXTS: Final = ("warnings", "warnings_regex", "allowed_warnings", "allowed_warnings_regex")


def read_do(content: object) -> Do:
    """Read the content of a `do` section; raises `NotRun` for what is none."""
    do = Do()
    for name, value in _mapping_of(content, "do").items():
        if name == "catch":
            do.catch = as_text(value)
        elif name == "headers":
            do.headers = {key: as_text(header) for key, header in _mapping_of(value, name).items()}
        elif name == "node_selector":
            do.node_selector = _mapping_of(value, name)
        elif name in _TEXTS:
            setattr(do, name, list(map(as_text, as_list(value))))
        elif do.api:
            raise NotRun(f"a do section has one API, not {do.api} and {name}")
        else:
            do.api, do.arguments = name, dict(_mapping_of(value, name))
            do.body = do.arguments.pop("body", None)
            do.ignored = _statuses(do.arguments.pop("ignore", []))
    if not do.api:
        raise NotRun("a do section needs an API")
    return do


def _mapping_of(value: object, name: str) -> dict[str, object]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise NotRun(f"{name} is a mapping, not {value!r}")
    return value


def perform(do: Do, cluster: Cluster, stash: Stash) -> Answer | None:
    """Send the call and return its answer, whatever it is; `None` where none was sent.

    Raises `Failed` if the API does not take the arguments or no answer comes, `NotRun` if the cluster cannot do it.
    """
    api = cluster.apis.find(do.api)
    if do.catch == "param":  # a client's own check, as for the Java runner: no request
        return None
    _check_selector(do.node_selector, cluster.version)
    body = None if do.body is None else _body_of(do.body, stash)
    request = api.request({name: stash.expand(value) for name, value in do.arguments.items()}, body)
    answer = cluster.client.ask(request, {name: stash.expand_text(value) for name, value in do.headers.items()})
    if _is_not_faked(answer):
        raise NotRun(f"{do.api} is not faked ({request.method} {request.target})")
    stash.put("body", answer.text if answer.value is None else answer.value)
    return answer


def _is_not_faked(answer: Answer) -> bool:
    """Say whether the fake has refused what it does not know; the answer to a HEAD cannot say so."""
    has_said_so = "not_faked_by_pytest_rollup_fake" in answer.text or answer.request.method == "HEAD"
    return answer.status == HTTPStatus.NOT_IMPLEMENTED and has_said_so


def _check_selector(selector: dict[str, object], version: Version) -> None:
    for name, value in selector.items():
        if name != "version":
            raise NotRun(f"node_selector by {name} is not known here")
        if value != "current" and not is_in_ranges(version, as_text(value)):
            raise NotRun(f"no node is of a version {value}")


def _statuses(value: object) -> frozenset[str]:
    """Return the statuses to overlook; a list, or a text of several between commas."""
    return frozenset(status.strip() for item in as_list(value) for status in as_text(item).split(","))


def _body_of(value: object, stash: Stash) -> str:
    """Return the body to send: a mapping as JSON, a list as a line of JSON for each, a text as it is.

    A text that holds JSON may name values put aside; it is read and written anew for them only.
    """
    if isinstance(value, list):
        return "".join(_body_of(item, stash).rstrip("\n") + "\n" for item in value)
    if not isinstance(value, str):
        return json.dumps(stash.expand(value), ensure_ascii=False)
    if "$" in value:
        try:
            return json.dumps(stash.expand(json.loads(value)), ensure_ascii=False)
        except ValueError:  # several documents, or none
            return value
    return value


# --- what is expected -------------------------------------------------------------------------------------------------


def check_status(do: Do, answer: Answer) -> None:
    """Raise `Failed` if the status is none that the section expects."""
    if do.catch:
        _check_catch(do.catch, answer)
        return
    is_absent = answer.request.method == "HEAD" and answer.status == HTTPStatus.NOT_FOUND
    if answer.is_error and not is_absent and str(answer.status) not in do.ignored:
        raise Failed("no error was expected")


def _check_catch(catch: str, answer: Answer) -> None:
    if is_pattern(catch):
        error = answer.value.get("error") if isinstance(answer.value, dict) else None
        if not answer.is_error or error is None:
            raise Failed(f"an error was expected with {catch}")
        if pattern_of(catch.strip()[1:-1]).search(as_text(error)) is None:
            raise Failed(f"the error does not have {catch}")
    elif catch == "request":
        if not answer.is_error or answer.status in _UNNAMED:
            raise Failed("an error was expected whose status has no name of its own, such as 500")
    elif catch not in _NAMED_STATUS:
        raise NotRun(f"catch: {catch} is not known here")
    elif answer.status != _NAMED_STATUS[catch]:
        raise Failed(f"the status {_NAMED_STATUS[catch]} was expected")


def check_warnings(do: Do, answer: Answer) -> None:
    """Raise `Failed` for a warning that was neither expected nor allowed, and for an expected one that is missing.

    As in DoSection, which looks at them where no error was to be caught.
    """
    texts = [_text_of(header) for header in answer.warnings]
    plain = [re.sub(r"\\(.)", r"\1", text) for text in texts]
    seen = {*plain, *map(unquote, plain)}
    known = {*do.warnings, *do.allowed_warnings, *_FORGIVEN}
    patterns = [pattern_of(text) for text in (*do.warnings_regex, *do.allowed_warnings_regex)]
    for text, words in zip(texts, plain, strict=True):
        if words.startswith(_FORGIVEN_START) or {words, unquote(words)} & known:
            continue
        if not any(pattern.fullmatch(text) for pattern in patterns):
            raise Failed(f"the warning was not expected: {words}")
    for expected in do.warnings:
        if expected not in seen:
            raise Failed(f"a warning is missing: {expected}")
    for expected in do.warnings_regex:
        if not any(pattern_of(expected).fullmatch(text) for text in texts):
            raise Failed(f"no warning matches {expected}")


def _text_of(header: str) -> str:
    match = _WARNING.fullmatch(header)
    if match is None:
        raise Failed(f"this is no warning of Elasticsearch's: {header}")
    return match["text"]
