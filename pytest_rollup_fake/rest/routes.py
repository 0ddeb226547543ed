"""Which path and method means what, in each version line.

Two sources are put together: the endpoints that are faked (`FAKED`), and the table of all APIs that a line has
(`model.apis`). A path that the table knows and we do not is *unfaked*; one that neither knows is *refused*, as
Elasticsearch refuses it.

Paths are matched raw, as RestController does it: split at `/`, literal segments preferred to placeholders, only the
values of placeholders are decoded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

from pytest_rollup_fake.model.apis import all_apis

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_rollup_fake.model.versions import Profile

METHODS: Final = ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "CONNECT")
"""The methods that Elasticsearch knows, in the order in which it lists them (RestRequest.Method)."""


@dataclass(frozen=True, slots=True)
class Route:
    """What a path and a method mean: an endpoint (`None`: one that is not faked).

    `template` is the path as Elasticsearch registers it, `replaced_by` the one that its deprecation names, and
    `compatible_only` a route that only a request in the language of the previous major can use.
    """

    template: str
    endpoint: str | None
    replaced_by: str | None = None
    compatible_only: bool = False


# The old spellings of some paths are registered with a slash at the end, which the deprecation warning shows.
_ROLLUP: Final = (
    ("stop", "POST", "/_rollup/job/{id}/_stop", "/_xpack/rollup/job/{id}/_stop"),
    ("get", "GET", "/_rollup/job/{id}", "/_xpack/rollup/job/{id}/"),
)
_ROOT: Final = (("GET", "/", Route("/", "info")), ("HEAD", "/", Route("/", "info")))


def _faked(profile: Profile) -> Iterator[tuple[str, str, Route]]:
    yield from _ROOT
    for endpoint, method, path, old_path in _ROLLUP:
        if profile.rollup_paths:
            yield method, path, Route(path, endpoint)
        if profile.xpack_paths != "gone":
            replaced_by = None if profile.xpack_paths == "plain" else path
            yield method, old_path, Route(old_path, endpoint, replaced_by, profile.xpack_paths == "compatible")


@dataclass(slots=True)
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    placeholder: _Node | None = None
    routes: dict[str, tuple[Route, tuple[str, ...]]] = field(default_factory=dict)

    def child(self, segment: str) -> _Node:
        if not segment.startswith("{"):
            return self.literals.setdefault(segment, _Node())
        if self.placeholder is None:
            self.placeholder = _Node()
        return self.placeholder


@dataclass(frozen=True, slots=True)
class Match:
    """A route that a path leads to, with the raw values of its placeholders by name."""

    route: Route
    values: Mapping[str, str]


class Router:
    """The routes of one version line."""

    def __init__(self) -> None:
        self._root = _Node()

    def add(self, method: str, path: str, route: Route) -> None:
        """Register a route; the first for a path and method stays."""
        node, names = self._root, []
        for segment in path.strip("/").split("/") if path != "/" else ():
            node = node.child(segment)
            if segment.startswith("{"):
                names.append(segment[1:-1])
        node.routes.setdefault(method, (route, tuple(names)))

    def find(self, method: str, segments: list[str], *, compatible: bool) -> Match | None:
        """Return the route for a method and a path, or `None` if no handler takes it."""
        for node, values in _walk(self._root, segments, 0, ()):
            found = node.routes.get(method)
            if found is not None and (compatible or not found[0].compatible_only):
                return Match(found[0], dict(zip(found[1], values, strict=True)))
        return None

    def allowed(self, segments: list[str]) -> list[str]:
        """Return the methods that a path is registered for, whatever the request; empty for an unknown path."""
        methods = {method for node, _ in _walk(self._root, segments, 0, ()) for method in node.routes}
        return [method for method in METHODS if method in methods]


def _walk(
    node: _Node, segments: list[str], index: int, values: tuple[str, ...]
) -> Iterator[tuple[_Node, tuple[str, ...]]]:
    """Yield the nodes that a path leads to, those with more literal segments first."""
    if index == len(segments):
        if node.routes:
            yield node, values
        return
    segment = segments[index]
    literal = node.literals.get(segment)
    if literal is not None:
        yield from _walk(literal, segments, index + 1, values)
    if node.placeholder is not None:
        yield from _walk(node.placeholder, segments, index + 1, (*values, segment))


@cache
def router_of(profile: Profile) -> Router:
    """Return the routes of a version."""
    router = Router()
    for method, path, route in _faked(profile):
        router.add(method, path, route)
    line = profile.version.line
    for api in all_apis():
        if api.is_in(line):
            route = Route(api.path, None, compatible_only=api.is_compatible_only(line))
            for method in api.methods:
                router.add(method, api.path, route)
    return router
