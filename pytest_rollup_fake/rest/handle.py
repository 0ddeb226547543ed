"""From a request to its answer, in the order in which Elasticsearch decides things.

First of all the query string, media types, `pretty` and `human`, of which the first that is wrong is refused; then a
repeated X-Opaque-Id, `error_trace`, the route, the body's type, the deprecated path, the endpoint's own parameters,
unrecognised ones, a body where none is taken, and only then the action. Credentials are looked at before all this, or
in older versions once the body's type is known; what they allow, right before the action. Whoever calls holds the
cluster's lock; the effect is applied in the call.

Sources: AbstractHttpServerTransport, RestController, BaseRestHandler, DeprecationRestHandler.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from . import authentication, authorization, errors, media_types, messages, rendering, uri
from .channel import Channel
from .destination import Destination, allow, decoded, destination_of
from .endpoints import FAKED
from .errors import ElasticsearchError, NotFakedError, SimpleError
from .form import READ, Form, form_of
from .parameters import Parameters
from .routes import Route, place_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_rollup_fake.model.journal import RecordedRequest
    from pytest_rollup_fake.model.waiting import Wait
    from pytest_rollup_fake.model.world import World

    from .reply import Reply


def handle(request: RecordedRequest, world: World) -> Reply | Wait:
    """Answer a request, or return the wait that will; its effect is applied here."""
    channel = Channel(request, world)
    request.version = channel.profile.version
    request.endpoint, request.job = "refused", None  # until its route is found, and all before that is right
    try:
        return _answer(channel)
    except NotFakedError as error:
        return channel.not_faked(str(error))


def prepare(request: RecordedRequest, world: World) -> Channel:
    """Read what a request is for and how its answer is to look, without letting it act; refusals have to wait."""
    channel = Channel(request, world)
    request.version = channel.profile.version
    _read_form(channel)
    _note_route(channel)
    return channel


def _answer(channel: Channel) -> Reply | Wait:
    try:
        form = _receive(channel)
        _check_opaque_id(channel)
        if form.late_refusal is not None:
            raise form.late_refusal
        return _dispatch(channel, form.parameters)
    except ElasticsearchError as error:
        return channel.failure(error)
    except SimpleError as error:
        return channel.refusal(error)


# --- before the route ------------------------------------------------------------------------------------------


def _receive(channel: Channel) -> Form:
    """Read what decides about the answer's form, and refuse the first thing that is wrong, in the form of the rest."""
    form = _read_form(channel)
    refusal = form.refusal
    if channel.world.security is not None:
        refusal = _authenticate_first(channel) or refusal
    if refusal is not None:
        raise refusal
    return form


def _read_form(channel: Channel) -> Form:
    """Read how the answer is to look, right or wrong, and note the query."""
    request = channel.request
    _, query = uri.split_target(request.target)
    form = form_of(channel.profile, channel.head, query, has_body=bool(request.body))
    channel.take(form)
    if form.parameters:
        request.query = dict(form.parameters)
    return form


def _authenticate_first(channel: Channel) -> ElasticsearchError | None:
    """Return the refusal of versions that look at credentials before anything else (HttpHeadersValidationException)."""
    is_first = channel.profile.authenticates_first and channel.request.method != "OPTIONS"
    if not is_first or not channel.world.is_secured(channel.profile):
        return None
    try:
        _check_opaque_id(channel)
        authentication.authenticate(channel)
    except ElasticsearchError as refusal:
        channel.is_dispatched = True
        _note_route(channel)
        return refusal
    return None


def _note_route(channel: Channel) -> None:
    """Note in the journal what a request was for that is refused before its route is looked for."""
    request, profile = channel.request, channel.profile
    place = place_of(profile, request.path)
    route = place.find(request.method, compatible=channel.media.compatible_with == profile.compatible_majors[1])
    if route is None:
        return
    request.endpoint = route.endpoint or "unfaked"
    if route.names_job:
        with contextlib.suppress(ElasticsearchError):
            request.job = decoded(profile, place.values(route)["id"])


def _check_opaque_id(channel: Channel) -> None:
    """Refuse two different values of X-Opaque-Id, at first in RestController, later before it is reached."""
    if len(channel.head.opaque_ids) < 2 or channel.profile.repeated_opaque_id == "accepted":  # noqa: PLR2004
        return
    if channel.profile.repeated_opaque_id == "refused in short":
        raise SimpleError(400, messages.OPAQUE_ID_REPEATED)
    channel.is_dispatched = False
    raise errors.illegal_argument(messages.OPAQUE_ID_REPEATED)


# --- the route -------------------------------------------------------------------------------------------------


def _dispatch(channel: Channel, query: Mapping[str, str]) -> Reply | Wait:
    """Find the handler of the path and the method, or refuse as RestController does."""
    request, profile = channel.request, channel.profile
    destination = destination_of(profile, request.method, request.path, channel.media.compatible_with)
    route = destination.route
    if route is None:
        return _no_handler(channel, destination)
    request.endpoint = route.endpoint or "unfaked"
    request.job = destination.job
    if request.body:
        media_types.check_body(profile, channel.head.content_type)
    if not profile.authenticates_first:
        authentication.authenticate(channel)
    return _handle(channel, route, destination.path, Parameters({**query, **destination.parameters}, read=READ))


def _no_handler(channel: Channel, destination: Destination) -> Reply:
    """Answer OPTIONS, and refuse a method that the path does not have, or a path that there is not."""
    place, method = destination.place, destination.method
    allowed, target = place.allowed(), channel.request.target
    if channel.profile.bad_path_escape == "argument":
        for segment in place.segments:
            decoded(channel.profile, segment)
    if method == "OPTIONS":
        return channel.empty_text(allow(allowed))
    if allowed and method not in allowed:
        raise SimpleError(405, messages.method_not_allowed(target, method, allowed), headers=allow(allowed))
    raise SimpleError(400, messages.NO_HANDLER.format(uri=target, method=method), with_status=False)


# --- the endpoint ----------------------------------------------------------------------------------------------


def _handle(channel: Channel, route: Route, path: str, parameters: Parameters) -> Reply | Wait:
    """Let an endpoint read its parameters, refuse what it did not read, and let it act (BaseRestHandler)."""
    request, profile = channel.request, channel.profile
    channel.is_handling = True
    if profile.security_default_warns and channel.world.security == "unset":
        channel.warn(messages.SECURITY_NOT_ENABLED.format(line=profile.version.line))
    if route.endpoint is None:
        return _unfaked(channel, route)
    if route.replaced_by is not None:
        channel.warn(messages.ROUTE_DEPRECATED.format(method=request.method, old=route.template, new=route.replaced_by))
    endpoint = FAKED[route.endpoint]
    action = endpoint.prepare(channel, parameters)
    unrecognized = parameters.unrecognized(path)
    if unrecognized is not None:
        raise unrecognized
    if request.body and not endpoint.takes_body:
        _check_body_where_none_is_taken(channel, path)
    channel.is_handling = False
    if channel.media.format != "json":
        rendering.check_format(channel.media.format)
    if channel.subject is not None:
        authorization.authorize(channel, route.endpoint, _indices(parameters))
    if profile.rollup_is_deprecated and endpoint.is_rollup:
        channel.warn(messages.ROLLUP_DEPRECATED)  # first of all, so that a refusal by the action warns too (doExecute)
    request.effect = "applied"
    return action()


def _indices(parameters: Parameters) -> list[str]:
    return [name for name in (parameters.text("index") or "").split(",") if name]


def _check_body_where_none_is_taken(channel: Channel, path: str) -> None:
    if channel.profile.body_where_none_is_taken == "refused":
        raise errors.illegal_argument(messages.BODY_NOT_SUPPORTED.format(method=channel.request.method, path=path))
    if channel.profile.body_where_none_is_taken == "deprecated":
        channel.warn(messages.BODY_DEPRECATED.format(method=channel.request.method, path=path))


def _unfaked(channel: Channel, route: Route) -> Reply:
    """Say that an API is not faked, unless Elasticsearch would refuse the request."""
    request, profile = channel.request, channel.profile
    if route.template == "/{index}/{type}" and not request.body:
        # Where `POST /_rollup/job` leads: a document that is missing.
        request.endpoint = "refused"
        if profile.types_are_deprecated:
            channel.warn(messages.TYPES_DEPRECATED)
        raise errors.parse_exception(messages.BODY_REQUIRED)
    is_document = route.template == "/{index}/{type}/{id}" and request.method == "GET"
    if is_document and request.path.startswith("/_xpack/") and not profile.types_are_deprecated:
        # Where `GET /_xpack/rollup/job` leads in 6.x: a document of an index that there cannot be.
        request.endpoint = "refused"
        raise errors.index_not_found("_xpack", profile, found_by="index_expression")
    return channel.not_faked(
        f"{request.method} {request.path} is an API of Elasticsearch {profile.version} that pytest-rollup-fake does "
        f"not fake. {channel.way_out}"
    )
