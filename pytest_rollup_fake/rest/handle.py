"""From a request to its answer, in the order in which Elasticsearch decides things.

The order is http-layer's: media types and the query string, `pretty` and `human`, X-Opaque-Id, `error_trace`, the
route, the body's type, the deprecated path, the endpoint's own parameters, unrecognised ones, a body where none is
taken, and only then the action. Whoever calls holds the cluster's lock; the effect is applied in the call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pytest_rollup_fake.model.journal import RecordedRequest

from . import errors, info, media_types, messages, rollup, uri
from .channel import Channel
from .client import DEFAULT, profile_for
from .errors import ElasticsearchError, SimpleError
from .parameters import Parameters
from .rendering import MissingExtra
from .reply import Reply
from .routes import METHODS, Match, router_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_rollup_fake.model.versions import Profile
    from pytest_rollup_fake.model.waiting import Wait
    from pytest_rollup_fake.model.world import World

_PREPARE: Final[dict[str, Callable[[Channel, Parameters], Callable[[], Reply | Wait]]]] = {
    "stop": rollup.stop,
    "get": rollup.get_jobs,
    "info": info.info,
}
# BytesRestResponse reads these when the channel is made, so every handler knows them.
_ALWAYS_KNOWN: Final = ("error_trace", "filter_path", "format", "human", "pretty")


def handle(request: RecordedRequest, world: World) -> Reply | Wait:
    """Answer a request, or return the wait that will; its effect is applied here."""
    profile = world.profile or profile_for(request)
    request.version = profile.version
    channel = Channel(request, world, profile)
    try:
        return _Handling(channel).run()
    except ElasticsearchError as error:
        return channel.failure(error)
    except SimpleError as error:
        return channel.refusal(error)
    except MissingExtra as error:
        world.findings.append(str(error))
        return not_faked(channel, str(error))


def refuse(error: Callable[[Profile], ElasticsearchError | Reply], world: World) -> Reply:
    """Answer a request that could not be read, as the cluster's version does; the connection is closed after it."""
    profile = world.profile or DEFAULT
    answer = error(profile)
    reply = answer if isinstance(answer, Reply) else Channel(RecordedRequest("", ""), world, profile).failure(answer)
    return Reply(reply.status, reply.headers, reply.body, closes=True)


def not_faked(channel: Channel, text: str) -> Reply:
    """Answer 501 with our own words: Elasticsearch would have done something here that the fake does not."""
    error = {"type": "not_faked_by_pytest_rollup_fake", "reason": text}
    channel.filter_path = None
    channel.media = media_types.MediaTypes("json", channel.profile.json_content_type, None, None)
    return channel.success({"error": {"root_cause": [error], **error}, "status": 501}, 501)


class _Handling:
    """One request on its way through the checks."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.request = channel.request
        self.profile = channel.profile
        self.path = self.request.path
        self.parameters = Parameters({})

    def run(self) -> Reply | Wait:
        self._read_query()
        self._negotiate()
        self._read_form()
        self._check_opaque_id()
        self._check_error_trace()
        match = self._route()
        if isinstance(match, Reply):
            return match
        self.request.endpoint = match.route.endpoint or "unfaked"
        if self.request.body:
            media_types.check_body(self.profile, self.request.headers.get_all("content-type"))
        if match.route.endpoint is None:
            return self._unfaked()
        return self._dispatch(match, match.route.endpoint)

    # --- before the route -------------------------------------------------------------------------------------

    def _read_query(self) -> None:
        """Decode the query string; what cannot be decoded is refused before anything else (RestRequest.request)."""
        self.raw_path, raw_query = uri.split_target(self.request.target)
        if not raw_query:
            return
        try:
            self.request.query = uri.decode_query(raw_query)
        except ElasticsearchError as error:
            raise errors.bad_parameter(error) from None
        self.parameters = Parameters(dict(self.request.query))

    def _negotiate(self) -> None:
        headers = self.request.headers
        try:
            self.channel.media = media_types.negotiate(
                self.profile,
                headers.get_all("accept"),
                headers.get_all("content-type"),
                has_body=bool(self.request.body),
                format_parameter=self.parameters.text("format"),
            )
        except media_types.MediaTypeHeaderError as error:
            self.channel.media = error.answer
            self._read_form()
            raise

    def _read_form(self) -> None:
        """Read how the answer is to look (AbstractRestChannel's constructor)."""
        pretty = self.parameters.boolean("pretty", default=False)
        self.parameters.boolean("human", default=False)
        self.channel.pretty = pretty
        self.channel.filter_path = self.parameters.text("filter_path")

    def _check_opaque_id(self) -> None:
        if self.profile.opaque_id_is_single and len(set(self.request.headers.get_all("x-opaque-id"))) > 1:
            raise SimpleError(400, messages.OPAQUE_ID_REPEATED)

    def _check_error_trace(self) -> None:
        try:
            self.channel.error_trace = self.parameters.boolean("error_trace", default=False)
        except ElasticsearchError as error:
            if self.profile.error_trace_is_checked:
                raise SimpleError(400, error.reason or "") from None
            raise

    # --- the route --------------------------------------------------------------------------------------------

    def _route(self) -> Match | Reply:
        """Find the handler of the path and the method, or refuse as RestController does."""
        method, router, segments = self.request.method, router_of(self.profile), uri.path_segments(self.raw_path)
        if self.profile.bad_path_escape == "path":
            self._decode_path()
        if method not in METHODS:
            self._refuse_method(messages.unexpected_method(method), router.allowed(segments))
        match = router.find(method, segments, compatible=self._is_compatible)
        if match is not None:
            self._decode(match, router.allowed(segments))
            return match
        allowed = router.allowed(segments)
        if method == "OPTIONS":
            return self.channel.empty_text(_allow(allowed))
        target = self.request.target
        if allowed and method not in allowed:
            raise SimpleError(405, messages.method_not_allowed(target, method, allowed), headers=_allow(allowed))
        raise SimpleError(400, messages.no_handler(target, method), with_status=False)

    @property
    def _is_compatible(self) -> bool:
        """Whether the request speaks the previous major's language."""
        return self.channel.media.compatible_with == self.profile.version.major - 1

    def _decode_path(self) -> str:
        return uri.decode_component(self.raw_path, plus_is_space=self.profile.plus_is_space_in_path)

    def _decode(self, match: Match, allowed: list[str]) -> None:
        """Decode the placeholders' values; what cannot be decoded is refused as the version does."""
        try:
            values = {
                name: uri.decode_component(value, plus_is_space=self.profile.plus_is_space_in_path)
                for name, value in match.values.items()
            }
        except ElasticsearchError as error:
            if self.profile.bad_path_escape == "method":
                self._refuse_method(error.reason or "", allowed)
            raise
        self.parameters.bind(values)

    def _refuse_method(self, cause: str, allowed: list[str]) -> None:
        text = messages.method_unknown(cause, allowed) if allowed else cause
        raise SimpleError(405, text, headers=_allow(allowed))

    def _unfaked(self) -> Reply:
        request, version = self.request, self.profile.version
        text = (
            f"{request.method} {request.path} is an API of Elasticsearch {version} that pytest-rollup-fake does not "
            "fake. Answer it with rollup_cluster.expect_request(...), or let it pass with "
            f'unfaked=["{request.method} {request.path}"].'
        )
        self.channel.world.report_unfaked(request, text)
        return not_faked(self.channel, text)

    # --- the endpoint -----------------------------------------------------------------------------------------

    def _dispatch(self, match: Match, endpoint: str) -> Reply | Wait:
        route = match.route
        if route.replaced_by is not None:
            old = messages.route_deprecated(self.request.method, route.template, route.replaced_by)
            self.channel.warn(old)
        action = _PREPARE[endpoint](self.channel, self.parameters)
        self.parameters.consume(*_ALWAYS_KNOWN)
        path = self._decode_path()
        unrecognized = self.parameters.unrecognized(path)
        if unrecognized is not None:
            raise unrecognized
        if self.request.body:
            self._body_where_none_is_taken(path)
        if self.channel.media.format not in {"json", "yaml"}:
            return self._unfaked_format()
        self.request.effect = "applied"
        return action()

    def _body_where_none_is_taken(self, path: str) -> None:
        method = self.request.method
        if self.profile.body_where_none_is_taken == "refused":
            raise errors.illegal_argument(messages.body_not_supported(method, path))
        if self.profile.body_where_none_is_taken == "deprecated":
            self.channel.warn(messages.body_deprecated(method, path))

    def _unfaked_format(self) -> Reply:
        text = (
            f"{self.request.method} {self.request.path} asks for an answer in {self.channel.media.format.upper()}, "
            "which pytest-rollup-fake does not write; it answers in JSON and YAML."
        )
        self.channel.world.report_unfaked(self.request, text)
        return not_faked(self.channel, text)


def _allow(methods: list[str]) -> tuple[tuple[str, Any], ...]:
    return (("Allow", ",".join(methods)),) if methods else ()
