"""From a result to the bytes of a reply: format, headers, compression.

A channel knows one request, as which version it is answered, and what the request says about the form of the answer.
Sources: AbstractRestChannel, DefaultRestChannel, BytesRestResponse (RestResponse in 8.x), HeaderWarning.
"""

from __future__ import annotations

import gzip
import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from pytest_rollup_fake.model.indexer import wall_clock

from . import filter_path, media_types, rendering
from .client import head_of, profile_for
from .reply import Reply

if TYPE_CHECKING:
    from pytest_rollup_fake.model.journal import RecordedRequest
    from pytest_rollup_fake.model.security import Subject
    from pytest_rollup_fake.model.versions import Profile
    from pytest_rollup_fake.model.world import World

    from .errors import ElasticsearchError, SimpleError
    from .form import Form

_Fields = tuple[tuple[str, str], ...]

_PRODUCT: Final = (("X-elastic-product", "Elasticsearch"),)
_COMPRESSION_LEVEL: Final = 3  # http.compression_level
_BAD_REQUEST: Final = 400
_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403


class Channel:
    """Where a request's answer goes, and in which form.

    `is_dispatched` says whether RestController has seen the request, which is what names the product; `is_handling`
    whether the endpoint's handler has it, which hides the product again where it fails. `subject` is whom the request
    comes from, `None` without security.
    """

    __slots__ = (
        "_warnings",
        "error_trace",
        "filter_path",
        "head",
        "is_dispatched",
        "is_handling",
        "media",
        "pretty",
        "profile",
        "request",
        "subject",
        "world",
    )

    def __init__(self, request: RecordedRequest, world: World) -> None:
        self.request = request
        self.world = world
        self.head = head_of(request.fields)
        self.profile: Profile = world.profile or profile_for(self.head, request.path)
        self.media = media_types.plain_json(self.profile)
        self.pretty = False
        self.error_trace = False
        self.filter_path: str | None = None
        self.is_dispatched = True
        self.is_handling = False
        self.subject: Subject | None = None
        self._warnings: _Fields = ()

    def take(self, form: Form) -> None:
        """Answer in this form."""
        self.media, self.pretty = form.media, form.pretty
        self.filter_path, self.error_trace = form.filter_path, form.error_trace

    def warn(self, text: str) -> None:
        """Add a deprecation warning to the answer; a text is sent once (HeaderWarning.addWarning)."""
        release = self.profile.release
        value = _warning(release.number, release.build_hash, text)
        if self.profile.warnings_are_dated:
            value = f'{value} "{_http_date(wall_clock(self.world.timeline.now) // 1000)}"'
        warning = ("Warning", value)
        if warning not in self._warnings:
            self._warnings = (*self._warnings, warning)

    # --- what can be answered ---------------------------------------------------------------------------------

    def success(self, value: object, status: int = 200) -> Reply:
        """Answer with a value, filtered as `filter_path` asks."""
        if self.filter_path:
            value = filter_path.apply(value, self.filter_path)
        return self._render(value, status, self.media.content_type)

    def done(self, what: str) -> Reply:
        """Answer `{what: true}`, as most of what acts is answered."""
        if self.filter_path:
            return self.success({what: True})
        return self._reply(200, rendering.flag(what, self.media.format, self.pretty), self.media.content_type)

    def failure(self, error: ElasticsearchError) -> Reply:
        """Answer with an exception; `filter_path` does not touch it."""
        shows_trace = self.error_trace and (error.status != _UNAUTHORIZED or self.profile.unauthorized_shows_trace)
        body = rendering.error_body(error, error_trace=shows_trace, trace_format=self.profile.stack_trace)
        content_type = self.media.exception_content_type or self.media.content_type
        headers = (*error.headers, *error.http_headers)
        if self.profile.exception_type_header and error.own and error.status >= 500:  # noqa: PLR2004  (a class of HTTP)
            headers = (*headers, ("X-Elastic-App-Exception", error.simple_name))
        return self._render(body, error.status, content_type, headers)

    def refusal(self, error: SimpleError) -> Reply:
        """Answer with a short error."""
        return self._render(rendering.simple_body(error), error.status, self.media.content_type, error.headers)

    def empty_text(self, headers: _Fields) -> Reply:
        """Answer with an empty text (OPTIONS)."""
        return self._reply(200, b"", "text/plain; charset=UTF-8", headers)

    @property
    def way_out(self) -> str:
        """What to do about an API that is not faked, in a test or from outside."""
        if self.world.has_admin_api:
            answer = '{"fault": "response", "arguments": {"status": 200, "body": {}}, "on": "unfaked"}'
            return f"Answer it with POST /_fake/faults and {answer}."
        asked = f"{self.request.method} {self.request.path}"
        return f'Answer it with rollup_cluster.expect_request(...), or let it pass with unfaked=["{asked}"].'

    def not_faked(self, text: str) -> Reply:
        """Answer 501 with our own words, and fail the test: Elasticsearch would have done what the fake does not."""
        self.world.report_unfaked(self.request, text)
        error = {"type": "not_faked_by_pytest_rollup_fake", "reason": text}
        self.filter_path = None
        self.is_handling = False
        self.media = media_types.plain_json(self.profile)
        return self.success({"error": {"root_cause": [error], **error}, "status": 501}, 501)

    # --- the form ---------------------------------------------------------------------------------------------

    def _render(self, value: object, status: int, content_type: str, headers: _Fields = ()) -> Reply:
        return self._reply(status, rendering.write(value, self.media.format, pretty=self.pretty), content_type, headers)

    def _reply(self, status: int, body: bytes, content_type: str, headers: _Fields = ()) -> Reply:
        fields = (*self.head.answered, *headers, *self._telling(status), ("content-type", content_type))
        encoding = self.head.encoding if self.request.http_minor else None  # netty compresses from HTTP/1.1 on
        if encoding is None or not body or self.request.method == "HEAD" or not self.world.compresses(self.profile):
            return Reply(status, fields, body)
        return Reply(status, (*fields, ("content-encoding", encoding)), _compress(body, encoding))

    def _telling(self, status: int) -> _Fields:
        """Return what tells of Elasticsearch: the product, and its warnings."""
        if status >= _BAD_REQUEST and self._hides_product(status):
            return ()
        is_named = self.profile.product_header and self.is_dispatched
        return (*_PRODUCT, *self._warnings) if is_named else self._warnings

    def _hides_product(self, status: int) -> bool:
        """Say whether what tells of Elasticsearch is kept from a client that is refused (RestResponse.filterHeaders).

        It was security's business at first, which hid it on every error of a handler, by accident (#75739).
        """
        rule = self.profile.refusals_hide_product
        if rule == "on 401 and 403":
            return status in {_UNAUTHORIZED, _FORBIDDEN}
        if rule == "never" or not self.world.is_secured(self.profile):
            return False
        return status == _UNAUTHORIZED or (rule == "on errors of the handler" and self.is_handling)


def _compress(body: bytes, encoding: str) -> bytes:
    if encoding == "gzip":
        return gzip.compress(body, _COMPRESSION_LEVEL, mtime=0)
    return zlib.compress(body, _COMPRESSION_LEVEL)


@lru_cache(maxsize=256)
def _warning(number: str, build_hash: str, text: str) -> str:
    """Return the value of a Warning header (HeaderWarning.formatWarning, escapeAndEncode)."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'299 Elasticsearch-{number}-{build_hash} "{"".join(map(_encode, quoted))}"'


def _http_date(epoch_seconds: int) -> str:
    """Return a time as HTTP writes it (DeprecationLogger.RFC_7231_DATE_TIME)."""
    from email.utils import formatdate

    return formatdate(epoch_seconds, usegmt=True)


def _encode(character: str) -> str:
    code = ord(character)
    is_plain = character == "\t" or (0x20 <= code <= 0xFF and character != "%" and code != 0x7F)  # noqa: PLR2004
    return character if is_plain else "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
