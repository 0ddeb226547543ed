"""What an Authorization header says: a name and a password, an API key, a token, or nothing that can be used.

This module reads; whom it is, and whether it is true, is decided in `rest.authentication`.

Sources: UsernamePasswordToken.extractToken, ApiKeyService.parseApiKey, Authenticator.extractCredentialFromHeaderValue,
java.util.Base64.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Final

from . import messages

_ALPHABET: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")


class UnreadableError(ValueError):
    """What Java says of text that it cannot read: the message of an IllegalArgumentException."""


@dataclass(frozen=True, slots=True)
class Password:
    """A user's name and password (`Basic`)."""

    name: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Key:
    """An API key's id and key (`ApiKey`)."""

    id: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token (`Bearer`)."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Credentials that cannot be read.

    `scheme` is the one that they were sent with, `cause` what Java says of their encoding, `None` if it is their value
    that is wrong.
    """

    scheme: str
    cause: str | None


def read(header: str | None) -> Password | Key | Bearer | Unreadable | None:
    """Read a header; a scheme that Elasticsearch does not know is `None`, as if there were no header."""
    scheme, _, value = (header or "").partition(" ")
    scheme = scheme.lower()
    if not value:
        return None
    if scheme == "bearer":
        return Bearer(value)
    if scheme not in {"basic", "apikey"}:
        return None
    try:
        text = decode(value.strip() if scheme == "basic" else value).decode("utf-8", "replace")
    except UnreadableError as error:
        return Unreadable(scheme, str(error))
    name, colon, secret = text.partition(":")
    if not colon or (scheme == "apikey" and not name):
        return Unreadable(scheme, None)
    return Password(name, secret) if scheme == "basic" else Key(name, secret)


def decode(text: str) -> bytes:
    """Decode Base64 as Java's basic decoder does; raises `UnreadableError` with its words for what it refuses."""
    raw = text.encode("latin-1", "replace")
    if len(raw) < 2:  # noqa: PLR2004  (a byte needs two digits)
        raise UnreadableError(messages.BASE64_TOO_SHORT)
    digits = next((place for place, byte in enumerate(raw) if byte not in _ALPHABET), len(raw))
    end = _end(raw, digits)
    if digits % 4 == 1:
        raise UnreadableError(messages.BASE64_DANGLING)
    if end < len(raw):
        raise UnreadableError(messages.BASE64_AFTER_THE_END.format(place=end))
    return base64.b64decode(raw[:digits] + b"=" * (-digits % 4))


def _end(raw: bytes, digits: int) -> int:
    """Return where the padding behind the digits ends; what stands there may be none."""
    if digits == len(raw):
        return digits
    if raw[digits] != ord("="):
        raise UnreadableError(messages.base64_illegal(raw[digits]))
    needs_two = digits % 4 == 2  # noqa: PLR2004  (two digits make one byte)
    if digits % 4 == 0 or (needs_two and raw[digits + 1 : digits + 2] != b"="):
        raise UnreadableError(messages.BASE64_WRONG_ENDING)
    return digits + (2 if needs_two else 1)
