"""How an answer is to look, as the query string and the headers of a request say it.

The form depends on these, on whether there is a body, and on the version, on nothing else. Clients repeat themselves,
so it is read once for all requests that are alike. A form that is refused is read each time: the refusal is an
exception, and would keep alive whatever has raised it.

Sources: RestRequest.request, AbstractRestChannel.newBuilder.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from . import errors, media_types, uri
from .errors import ElasticsearchError, SimpleError
from .parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_rollup_fake.model.versions import Profile

    from .client import Head
    from .media_types import MediaTypes

READ: Final = frozenset({"format", "filter_path", "pretty", "human", "error_trace"})
"""The parameters that decide about a form."""


class Form(NamedTuple):
    """The parameters of a query string, and the form that they and the headers ask for.

    `refusal` is the first thing that is wrong with them, to be answered in this very form. What is wrong with
    `error_trace` is `late_refusal`, since Elasticsearch comes to it later.
    """

    parameters: Mapping[str, str]
    media: MediaTypes
    pretty: bool = False
    filter_path: str | None = None
    error_trace: bool = False
    refusal: ElasticsearchError | None = None
    late_refusal: SimpleError | None = None


class _RefusedError(Exception):
    """Passes a refused form by the cache."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self.form = form


def form_of(profile: Profile, head: Head, query: str, *, has_body: bool) -> Form:
    """Return the form of the answer to a request, whether or not what asks for it is refused."""
    try:
        return _accepted(profile, head, query, has_body)
    except _RefusedError as refused:
        return refused.form


@lru_cache(maxsize=1024)
def _accepted(profile: Profile, head: Head, query: str, has_body: bool) -> Form:  # noqa: FBT001  (keywords are slow)
    form = _read(profile, head, query, has_body=has_body)
    if form.refusal is not None or form.late_refusal is not None:
        raise _RefusedError(form)
    return form


def _read(profile: Profile, head: Head, raw_query: str, *, has_body: bool) -> Form:
    """Read the query, the media types, `pretty` and `human`, of which the first that is wrong is refused."""
    query, bad_query = _read_query(profile, raw_query)
    media, bad_type = _negotiate(profile, head, query.get("format"), has_body=has_body)
    parameters = Parameters(query)
    try:
        pretty = parameters.boolean("pretty", default=False)
        parameters.boolean("human", default=False)
    except ElasticsearchError as bad_form:
        # It takes all parameters with it.
        media, _ = _negotiate(profile, head, None, has_body=has_body)
        return Form(query, media, refusal=bad_query or bad_type or bad_form)
    error_trace, bad_trace = _read_error_trace(parameters)
    return Form(query, media, pretty, query.get("filter_path"), error_trace, bad_query or bad_type, bad_trace)


def _read_error_trace(parameters: Parameters) -> tuple[bool, SimpleError | None]:
    """Read whether errors show stack traces; what is no boolean made versions up to 7.10 never answer."""
    try:
        return parameters.boolean("error_trace", default=False), None
    except ElasticsearchError as error:
        return False, SimpleError(400, error.reason or "")


def _read_query(profile: Profile, query: str) -> tuple[dict[str, str], ElasticsearchError | None]:
    """Decode the query string; one that cannot be decoded leaves no parameter at all."""
    try:
        return uri.decode_query(query, reserved=profile.reserved_parameters), None
    except ElasticsearchError as error:
        return {}, errors.bad_parameter(error)


def _negotiate(
    profile: Profile, head: Head, format_parameter: str | None, *, has_body: bool
) -> tuple[MediaTypes, ElasticsearchError | None]:
    """Choose the answer's media type; a refused header leaves what the others ask for."""
    try:
        return media_types.negotiate(
            profile, head.accept, head.content_type, has_body=has_body, format_parameter=format_parameter
        ), None
    except media_types.MediaTypeHeaderError as error:
        return error.answer, error
