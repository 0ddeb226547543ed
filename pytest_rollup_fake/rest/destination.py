"""Where a request goes: the route of its path and method, and what stands in the place of the placeholders.

Both depend on these, the version and the language that the client asked for, on nothing else, so they are found once
for all requests that are alike. What Elasticsearch could not read in path or method is refused here.

Sources: RestController (tryAllHandlers, handleUnsupportedHttpMethod), Netty4HttpRequest.method.
"""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from . import messages, uri
from .errors import ElasticsearchError, SimpleError
from .routes import METHODS, Place, Route, place_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_rollup_fake.model.versions import Profile


class Destination(NamedTuple):
    """What a path and a method lead to; `route` is `None` where no handler takes the method.

    `method` is the method as Elasticsearch understands it. Where there is a route, `parameters` are the placeholders'
    decoded values, `job` is the one of a rollup job's id, and `path` is the whole path, decoded.
    """

    place: Place
    method: str
    route: Route | None
    parameters: Mapping[str, str] = MappingProxyType({})
    job: str | None = None
    path: str = ""


@lru_cache(maxsize=1024)
def destination_of(profile: Profile, method: str, path: str, compatible_with: int | None) -> Destination:
    """Find where a request goes; `compatible_with` is the major version in whose language it speaks, if in any.

    Raises `ElasticsearchError` or `SimpleError` for a path or a method that cannot be read.
    """
    if profile.bad_path_escape == "path":
        decoded(profile, path)
    place = place_of(profile, path)
    method = _method(method, profile, place)
    route = place.find(method, compatible=compatible_with == profile.compatible_majors[1])
    if route is None:
        return Destination(place, method, None)
    parameters = _parameters(profile, place, route)
    job = parameters["id"] if route.names_job else None
    return Destination(place, method, route, parameters, job, decoded(profile, path))


def decoded(profile: Profile, raw: str) -> str:
    """Return a path or a segment of it with its escapes resolved; raises the refusal of one that is none."""
    return uri.decode_component(raw, plus_is_space=profile.plus_is_space_in_path)


def allow(methods: list[str]) -> tuple[tuple[str, str], ...]:
    """Return the header that names the methods of a path."""
    return (("Allow", ",".join(methods)),) if methods else ()


def _method(method: str, profile: Profile, place: Place) -> str:
    """Return the method as Elasticsearch understands it (Netty4HttpRequest.method)."""
    if method in METHODS[: profile.known_methods]:
        return method
    if profile.known_methods < len(METHODS):
        return "GET"
    raise _unreadable(messages.UNEXPECTED_METHOD.format(method=method), place)


def _parameters(profile: Profile, place: Place, route: Route) -> dict[str, str]:
    """Decode the placeholders' values; what cannot be decoded is refused as the version does."""
    try:
        return {name: decoded(profile, value) for name, value in place.values(route).items()}
    except ElasticsearchError as error:
        if profile.bad_path_escape == "method":
            raise _unreadable(error.reason or "", place) from None
        raise


def _unreadable(cause: str, place: Place) -> SimpleError:
    """Refuse what RestController could not even compare with its routes (handleUnsupportedHttpMethod)."""
    allowed = place.allowed()
    return SimpleError(405, messages.method_unknown(cause, allowed), headers=allow(allowed))
