"""Which path and method means what, in each version line.

Two sources are put together: the endpoints that are faked, and the table of all APIs that a line has (`model.apis`). A
path that the table knows and we do not is *unfaked*; one that neither knows is *refused*, as Elasticsearch refuses it.

Paths are matched raw, as PathTrie does it: split at `/`, and tried in four ways that let ever more placeholders stand
for a part of the path. Only the values of placeholders are decoded, and not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from pytest_rollup_fake.model.apis import all_apis

from .uri import path_segments

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_rollup_fake.model.versions import Profile

METHODS: Final = ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "CONNECT")
"""The methods that Elasticsearch knows, in the order in which it lists them (RestRequest.Method)."""


@dataclass(frozen=True)
class Route:
    """What a path and a method mean: an endpoint (`None`: one that is not faked).

    `template` is the path as Elasticsearch registers it, `replaced_by` the one that its deprecation names, and
    `compatible_only` a route that only a request in the language of the previous major can use.
    """

    template: str
    endpoint: str | None
    replaced_by: str | None = None
    compatible_only: bool = False

    @cached_property
    def names_job(self) -> bool:
        """Whether the path holds the id of a rollup job."""
        return "rollup/job/{id}" in self.template

    @cached_property
    def placeholders(self) -> tuple[tuple[int, str], ...]:
        """The places of the placeholders in the path, and their names."""
        segments = enumerate(path_segments(self.template))
        return tuple((place, segment[1:-1]) for place, segment in segments if segment.startswith("{"))


# The old spellings of some paths are registered with a slash at the end, which the deprecation warning shows.
_ROLLUP: Final = (
    ("stop", "POST", "/_rollup/job/{id}/_stop", "/_xpack/rollup/job/{id}/_stop"),
    ("start", "POST", "/_rollup/job/{id}/_start", "/_xpack/rollup/job/{id}/_start"),
    ("get", "GET", "/_rollup/job/{id}", "/_xpack/rollup/job/{id}/"),
    ("delete", "DELETE", "/_rollup/job/{id}", "/_xpack/rollup/job/{id}/"),
    ("put", "PUT", "/_rollup/job/{id}", "/_xpack/rollup/job/{id}"),
    ("caps", "GET", "/_rollup/data/{id}", "/_xpack/rollup/data/{id}/"),
    ("index_caps", "GET", "/{index}/_rollup/data", "/{index}/_xpack/rollup/data"),
)
_INDICES: Final = (
    ("create_index", "PUT", "/{index}"),
    ("get_index", "GET", "/{index}"),
    ("exists_index", "HEAD", "/{index}"),
    ("delete_index", "DELETE", "/{index}"),
    ("refresh", "GET", "/_refresh"),
    ("refresh", "POST", "/_refresh"),
    ("refresh", "GET", "/{index}/_refresh"),
    ("refresh", "POST", "/{index}/_refresh"),
    ("get_mapping", "GET", "/_mapping"),
    ("get_mapping", "GET", "/{index}/_mapping"),
    ("put_mapping", "PUT", "/{index}/_mapping"),
    ("put_mapping", "POST", "/{index}/_mapping"),
)

_AROUND: Final = (
    ("health", "/_cluster/health"),
    ("nodes", "/_nodes"),
    ("nodes", "/_nodes/{nodeId}"),
    ("nodes", "/_nodes/{nodeId}/{metrics}"),
    ("nodes", "/_nodes/{nodeId}/info/{metrics}"),
    ("tasks", "/_tasks"),
    ("xpack", "/_xpack"),
)


def _searches(profile: Profile) -> Iterator[tuple[str, Route]]:
    """Yield the routes of rollup search; up to 7.x a type may stand in the path."""
    paths = ["/_rollup_search", "/{index}/_rollup_search"]
    if profile.search_takes_types:
        paths.append("/{index}/{type}/_rollup_search")
    yield from ((method, Route(path, "search")) for path in paths for method in ("GET", "POST"))


def _around(profile: Profile) -> Iterator[tuple[str, Route]]:
    """Yield the routes that tell of the cluster itself."""
    yield from (("GET", Route(path, endpoint)) for endpoint, path in _AROUND)
    yield "HEAD", Route("/_xpack", "xpack")
    if profile.license_path:
        yield "GET", Route("/_license", "license")
    if profile.xpack_paths != "gone":
        replaced_by = None if profile.xpack_paths == "plain" else "/_license"
        yield "GET", Route("/_xpack/license", "license", replaced_by, profile.xpack_paths == "compatible")


def routes_of(profile: Profile) -> Iterator[tuple[str, Route]]:
    """Yield the routes of a version with their methods; the first for a path and method counts."""
    yield from (("GET", Route("/", "info")), ("HEAD", Route("/", "info")))
    for endpoint, method, path, old_path in _ROLLUP:
        if endpoint == "index_caps" and not profile.index_caps:
            continue
        if profile.rollup_paths:
            yield method, Route(path, endpoint)
        if profile.xpack_paths != "gone":
            replaced_by = None if profile.xpack_paths == "plain" else path
            yield method, Route(old_path, endpoint, replaced_by, profile.xpack_paths == "compatible")
    yield from ((method, Route(path, endpoint)) for endpoint, method, path in _INDICES)
    yield from _searches(profile)
    yield from _around(profile)
    for api in all_apis():
        if api.is_in(profile.version.line):
            route = Route(api.path, None, compatible_only=api.is_compatible_only(profile.version.line))
            yield from ((method, route) for method in api.methods)


_ANY: Final = "*"  # PathTrie's key of the placeholder, so that the segment `*` is one in every mode


class _Mode(Enum):
    """Where placeholders may stand (PathTrie.TrieMatchingMode)."""

    NOWHERE = auto()
    FIRST = auto()
    LAST = auto()
    ANYWHERE = auto()


class _Node:
    """One segment of the registered paths, and those that follow it."""

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.routes: dict[str, Route] = {}

    def add(self, method: str, route: Route) -> None:
        """Register a route below this node."""
        node = self
        for segment in path_segments(route.template):
            node = node.children.setdefault(_ANY if segment.startswith("{") else segment, _Node())
        node.routes.setdefault(method, route)

    def find(self, segments: Sequence[str], mode: _Mode, *, is_first: bool = True) -> _Node | None:
        """Return the node that a path leads to in one mode (PathTrie.TrieNode.retrieve)."""
        if not segments:
            return self if self.routes else None
        segment, *rest = segments
        child = self.children.get(segment)
        placeholder = self.children.get(_ANY) if mode is not _Mode.NOWHERE else None
        if placeholder is None:
            return child and child.find(rest, mode, is_first=False)
        if child is None or (not child.routes and (not rest or mode is _Mode.FIRST)):
            is_allowed = mode is _Mode.ANYWHERE or (is_first if mode is _Mode.FIRST else not rest)
            child = placeholder if is_allowed else child
        found = child and child.find(rest, mode, is_first=False)
        if found is None and child is not None and rest:
            found = placeholder.find(rest, mode, is_first=False)
        return found


@dataclass(frozen=True, slots=True)
class Place:
    """What a path leads to, in each of the four ways in which it can be read."""

    segments: Sequence[str]
    nodes: tuple[_Node, ...]

    def find(self, method: str, *, compatible: bool) -> Route | None:
        """Return the first route for a method, or `None` if no handler takes it."""
        for node in self.nodes:
            route = node.routes.get(method)
            if route is not None and (compatible or not route.compatible_only):
                return route
        return None

    def allowed(self) -> list[str]:
        """Return the methods that the path is registered for, whatever the request; empty for an unknown path."""
        methods = {method for node in self.nodes for method in node.routes}
        return [method for method in METHODS if method in methods]

    def values(self, route: Route) -> dict[str, str]:
        """Return the raw values of a route's placeholders by name."""
        return {name: self.segments[place] for place, name in route.placeholders}


def place_of(profile: Profile, raw_path: str) -> Place:
    """Return what a path leads to in a version."""
    segments = path_segments(raw_path)
    names = _names(profile)
    # What is part of no registered path leads where anything else does: no id makes a path that was not seen yet.
    return Place(segments, _nodes(profile, tuple([segment if segment in names else "" for segment in segments])))


@lru_cache(maxsize=4096)
def _nodes(profile: Profile, segments: tuple[str, ...]) -> tuple[_Node, ...]:
    found = (_root(profile).find(segments, mode) for mode in _Mode)
    return tuple(node for node in found if node is not None)


@cache
def _names(profile: Profile) -> frozenset[str]:
    """Return every segment that is a name in some path of a version."""
    paths = {route.template for _, route in routes_of(profile)}
    return frozenset({_ANY, *(segment for path in paths for segment in path_segments(path))})


@cache
def _root(profile: Profile) -> _Node:
    root = _Node()
    for method, route in routes_of(profile):
        root.add(method, route)
    return root
