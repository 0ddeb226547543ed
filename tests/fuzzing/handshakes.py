"""What a client may send where TLS is spoken, before it has come that far: parts of a handshake, damaged, or none."""

from __future__ import annotations

import contextlib
import ssl
from functools import cache

from hypothesis import strategies as st

from tests.fuzzing.conversations import ENDINGS, Conversation, cut, damaged, right_requests

RECORD_TYPES = b"\x14\x15\x16\x17\x18"


class Opening(Conversation):
    """A conversation in which no handshake is completed, so that nothing may be answered."""


@cache
def client_hello(version: ssl.TLSVersion) -> bytes:
    """Return the first flight of a client."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = context.maximum_version = version
    sent = ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), sent, server_hostname="localhost").do_handshake()
    return sent.read()


@st.composite
def records(draw: st.DrawFn) -> bytes:
    """Return a record of any type and version, whose length is perhaps not that of what it holds."""
    holds: bytes = draw(st.binary(max_size=60))
    length: int = draw(st.sampled_from([len(holds), len(holds), len(holds) + 1, 0, 0x4000, 0x4001, 0xFFFF]))
    version: bytes = draw(st.sampled_from([b"\x03\x03", b"\x03\x03", b"\x03\x01", b"\x02\x00", b"\x7f\x1c"]))
    kind = draw(st.sampled_from([*RECORD_TYPES, 0, 255]))
    return bytes([kind, *version, *length.to_bytes(2, "big"), *holds])


@st.composite
def openings(draw: st.DrawFn) -> Opening:
    """Return what a client sends that never says a word inside TLS."""
    hello = st.sampled_from([ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]).map(client_hello)
    flights = st.lists(records() | st.binary(max_size=60), max_size=3).map(b"".join)
    first = draw(hello | hello | right_requests() | flights)
    data = draw(damaged(first + draw(st.just(b"") | flights)))
    return Opening(draw(cut(data)), draw(st.integers(0, 3)) == 0, draw(st.sampled_from(ENDINGS)))
