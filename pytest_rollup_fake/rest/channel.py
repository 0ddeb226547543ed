"""From a result to the bytes of a reply: format, headers, compression.

A channel knows one request, as which version it is answered, and what the request says about the form of the answer.
Sources: AbstractRestChannel, DefaultRestChannel, BytesRestResponse (RestResponse in 8.x), HeaderWarning.
"""

from __future__ import annotations

import gzip
import zlib
from email.utils import formatdate
from typing import TYPE_CHECKING, Final

from . import filter_path, messages, rendering
from .media_types import MediaTypes
from .reply import Reply

if TYPE_CHECKING:
    from pytest_rollup_fake.model.journal import RecordedRequest
    from pytest_rollup_fake.model.versions import Profile
    from pytest_rollup_fake.model.world import World

    from .errors import ElasticsearchError, SimpleError

PRODUCT: Final = ("X-elastic-product", "Elasticsearch")
_COMPRESSION_LEVEL: Final = 3  # http.compression_level


class Channel:
    """Where a request's answer goes, and in which form."""

    def __init__(self, request: RecordedRequest, world: World, profile: Profile) -> None:
        self.request = request
        self.world = world
        self.profile = profile
        self.media = MediaTypes("json", profile.json_content_type, profile.exception_content_type, None)
        self.pretty = False
        self.error_trace = False
        self.filter_path: str | None = None
        self._warnings: list[str] = []
        if profile.security_default_warns and world.security == "unset" and request.method != "OPTIONS":
            self.warn(messages.security_not_enabled(profile.version.line))

    def warn(self, text: str) -> None:
        """Add a deprecation warning to the answer; a text is sent once."""
        if text not in self._warnings:
            self._warnings.append(text)

    # --- what can be answered -----------------------------------------------------------------------------------

    def success(self, value: object, status: int = 200) -> Reply:
        """Answer with a value, filtered as `filter_path` asks."""
        if self.filter_path:
            value = filter_path.apply(value, self.filter_path)
        return self._render(value, status, self.media.content_type)

    def failure(self, error: ElasticsearchError) -> Reply:
        """Answer with an exception; `filter_path` does not touch it."""
        body = rendering.error_body(error, error_trace=self.error_trace, trace_format=self.profile.stack_trace)
        content_type = self.media.exception_content_type or self.media.content_type
        headers = (*error.headers, *error.http_headers)
        if self.profile.exception_type_header and error.own and error.status >= 500:  # noqa: PLR2004  (a class of HTTP)
            headers = (*headers, ("X-Elastic-App-Exception", error.java_class.rpartition(".")[2]))
        return self._render(body, error.status, content_type, headers)

    def refusal(self, error: SimpleError) -> Reply:
        """Answer with a short error."""
        return self._render(rendering.simple_body(error), error.status, self.media.content_type, error.headers)

    def empty_text(self, headers: tuple[tuple[str, str], ...] = (), status: int = 200) -> Reply:
        """Answer with an empty text (OPTIONS)."""
        return self._reply(status, b"", self.profile.text_content_type, headers)

    # --- the form ---------------------------------------------------------------------------------------------

    def _render(
        self, value: object, status: int, content_type: str, headers: tuple[tuple[str, str], ...] = ()
    ) -> Reply:
        body = rendering.to_yaml(value) if self.media.format == "yaml" else rendering.to_json(value, pretty=self.pretty)
        return self._reply(status, body, content_type, headers)

    def _reply(self, status: int, body: bytes, content_type: str, headers: tuple[tuple[str, str], ...]) -> Reply:
        encoding = self._encoding() if body else None
        fields = [*self._opaque_id(), *headers, *self._context(), ("content-type", content_type)]
        if encoding is not None:
            fields.append(("content-encoding", encoding))
            body = _compress(body, encoding)
        return Reply(status, tuple(fields), body)

    def _opaque_id(self) -> list[tuple[str, str]]:
        value = self.request.headers.get("x-opaque-id")
        return [] if value is None else [("X-Opaque-Id", value)]

    def _context(self) -> list[tuple[str, str]]:
        """Return the thread context's headers, in the order of the hash map that they come from."""
        product = [PRODUCT] if self.profile.product_header else []
        return [*product, *(("Warning", self._warning(text)) for text in self._warnings)]

    def _warning(self, text: str) -> str:
        """Return the value of a Warning header (HeaderWarning.formatWarning)."""
        profile = self.profile
        build_hash = profile.release.build_hash[: profile.warning_hash_length]
        date = f' "{formatdate(usegmt=True)}"' if profile.warning_has_date else ""
        return f'299 Elasticsearch-{profile.version}-{build_hash} "{_escape(text)}"{date}'

    def _encoding(self) -> str | None:
        """Return the content encoding that the client asked for (netty HttpContentCompressor)."""
        accepted = self.request.headers.get("accept-encoding")
        if accepted is None:
            return None
        qualities = dict(_quality(part) for part in accepted.lower().split(","))
        anything = qualities.get("*", -1.0)
        gzip_quality, deflate_quality = qualities.get("gzip", anything), qualities.get("deflate", anything)
        if gzip_quality > 0 and gzip_quality >= deflate_quality:
            return "gzip"
        return "deflate" if deflate_quality > 0 else None


def _quality(part: str) -> tuple[str, float]:
    name, _, parameters = part.partition(";")
    _, found, value = parameters.partition("q=")
    try:
        return name.strip(), float(value) if found else 1.0
    except ValueError:
        return name.strip(), 0.0


def _compress(body: bytes, encoding: str) -> bytes:
    if encoding == "gzip":
        return gzip.compress(body, _COMPRESSION_LEVEL, mtime=0)
    return zlib.compress(body, _COMPRESSION_LEVEL)


def _escape(text: str) -> str:
    """Quote a text as the inside of a Warning header (HeaderWarning.escapeAndEncode)."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    if quoted.isascii() and quoted.isprintable() and "%" not in quoted:
        return quoted
    return "".join(map(_encode, quoted))


def _encode(character: str) -> str:
    code = ord(character)
    is_plain = character == "\t" or (0x20 <= code <= 0xFF and character != "%" and code != 0x7F)  # noqa: PLR2004
    return character if is_plain else "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
