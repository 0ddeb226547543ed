"""Which request an API's name and arguments stand for.

Elasticsearch describes its APIs in JSON files, one for each, named after the API; up to 7.3 with the methods beside the
paths, later below each path. They are read from the folders that are given; an API without such a file is looked up in
`apis.txt`, which knows no parameters and so takes any.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from .client import Request
from .outcomes import Failed, NotRun
from .stash import as_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

COMMON: Final = frozenset({"pretty", "human", "error_trace", "source", "filter_path", "format"})
"""Parameters of every API: those of `_common.json`, and `format`, which tests give where the files do not list it."""

_PART = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A path of an API and the methods that it takes, the one to use first."""

    path: str
    methods: tuple[str, ...]

    @property
    def parts(self) -> frozenset[str]:
        """The names of the placeholders."""
        return frozenset(_PART.findall(self.path))


@dataclass(frozen=True, slots=True)
class Api:
    """An API: its endpoints, and the parameters that it takes; `None` where that is not known."""

    name: str
    endpoints: tuple[Endpoint, ...]
    parameters: frozenset[str] | None = None

    def request(self, arguments: Mapping[str, object], body: str | None) -> Request:
        """Return the request; raises `Failed` for arguments that the API does not take."""
        endpoint = self._choose(arguments)
        query = {name: _as_value(value) for name, value in arguments.items() if name not in endpoint.parts}
        if self.parameters is not None and (unknown := query.keys() - self.parameters - COMMON):
            raise Failed(f"{self.name} takes no {', '.join(sorted(unknown))}")
        path = _PART.sub(lambda match: quote(_as_value(arguments[match[1]]), safe=",*"), endpoint.path)
        method = endpoint.methods[0]
        if body is not None and method == "GET" and "POST" in endpoint.methods:
            method = "POST"
        return Request(method, path + (f"?{urlencode(query)}" if query else ""), body)

    def _choose(self, arguments: Mapping[str, object]) -> Endpoint:
        """Return the endpoint with the most placeholders of those that the arguments fill."""
        fitting = [endpoint for endpoint in self.endpoints if endpoint.parts <= arguments.keys()]
        if not fitting:
            paths = ", ".join(endpoint.path for endpoint in self.endpoints)
            raise Failed(f"{self.name} with {', '.join(arguments) or 'no arguments'} has no path; there is {paths}")
        return max(fitting, key=lambda endpoint: len(endpoint.parts))


class Apis:
    """The APIs described in some folders; the first folder that has a file for an API counts."""

    def __init__(self, folders: Sequence[Path] = ()) -> None:
        self.folders = tuple(folders)
        self._read: dict[str, Api] = {}

    def find(self, name: str) -> Api:
        """Return an API by name; raises `NotRun` for one that is not known."""
        if name not in self._read:
            self._read[name] = self._find(name)
        return self._read[name]

    def _find(self, name: str) -> Api:
        for folder in self.folders:
            path = folder / f"{name}.json"
            if path.is_file():
                return _from_file(name, path)
        if name not in _built_in():
            where = ", ".join(map(str, self.folders)) or "--api was not given, and none was found near the tests"
            raise NotRun(f"the API {name} is not known here (specifications: {where})")
        return _built_in()[name]


def _as_value(value: object) -> str:
    return ",".join(map(as_text, value)) if isinstance(value, list) else as_text(value)


@cache
def _built_in() -> Mapping[str, Api]:
    text = resources.files(__package__).joinpath("apis.txt").read_text(encoding="utf-8")
    endpoints: dict[str, list[Endpoint]] = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, methods, path = line.split()
            endpoints.setdefault(name, []).append(Endpoint(path, tuple(methods.split(","))))
    return {name: Api(name, tuple(found)) for name, found in endpoints.items()}


def _from_file(name: str, path: Path) -> Api:
    """Read a specification; raises `NotRun` for a file that is none."""
    try:
        described = json.loads(path.read_text(encoding="utf-8"))[name]
        url = described["url"]
        endpoints = tuple(_read_endpoint(row, described.get("methods", ())) for row in url["paths"])
    except (ValueError, KeyError, TypeError) as error:
        raise NotRun(f"{path} describes no API {name}: {type(error).__name__}: {error}") from None
    parameters = {**described.get("params", {}), **(url.get("params") or {})}
    return Api(name, endpoints, frozenset(parameters))


def _read_endpoint(row: Any, methods: Sequence[str]) -> Endpoint:  # noqa: ANN401  (JSON of either form)
    if isinstance(row, str):
        return Endpoint(row, tuple(methods))
    return Endpoint(row["path"], tuple(row["methods"]))
