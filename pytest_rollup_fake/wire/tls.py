"""A connection that speaks TLS. Imported for clusters with `tls=True` only, since it needs `ssl`.

The rules of this file:

* The handshake takes place in the connection's own thread, so a mute client keeps nobody waiting. While bytes for it
  are awaited the connection is idle: no request is under way.
* Whoever fails in it is sent no answer and is in no journal. To plain HTTP not a byte is sent, as by Elasticsearch
  (SecurityHttpExceptionHandler; in later versions Netty4HttpServerTransport.onException).
* Nothing that was decrypted stays behind where `poll` cannot see it: what is read at a time is more than a record has.
* The thread alone uses what SSLSocket adds. `shut_down` and `peer_has_gone` are called by others, on the socket below.
"""

from __future__ import annotations

import contextlib
import ssl
from typing import TYPE_CHECKING, Final

from .activity import Activity
from .connection import Connection

if TYPE_CHECKING:
    from socket import socket as plain_socket

    from .server import ClusterServer


# What clients say who do not trust a certificate (the names are OpenSSL's).
_DISTRUST: Final = frozenset(
    {"TLSV1_ALERT_UNKNOWN_CA", "SSLV3_ALERT_BAD_CERTIFICATE", "SSLV3_ALERT_CERTIFICATE_UNKNOWN"}
)


class _Socket(ssl.SSLSocket):
    """One that CPython forgets is closed without a warning: `wrap_socket` raises for a client that has reset it."""

    def __del__(self) -> None:
        """Close it, if that was not done."""
        self.close()


class SecureConnection(Connection):
    """A connection from accept to close, which begins with a handshake; `OSError` if the client has gone again."""

    socket: ssl.SSLSocket

    def __init__(self, server: ClusterServer, client: plain_socket, context: ssl.SSLContext) -> None:
        context.sslsocket_class = _Socket
        super().__init__(server, context.wrap_socket(client, server_side=True, do_handshake_on_connect=False))

    def _serve(self) -> None:
        if self._shakes_hands():
            super()._serve()

    def _shakes_hands(self) -> bool:
        """Let the client shake hands; False: it does not speak TLS, does not trust us, or has gone."""
        self.socket.setblocking(False)
        while True:
            try:
                self.socket.do_handshake()
            except ssl.SSLWantReadError:
                self.activity = Activity.IDLE
                self._wait_for_bytes()
                self.activity = Activity.BUSY
            except OSError as error:
                if not self._is_ending:
                    self._server.service.note(_told(error))
                return False
            else:
                self.socket.setblocking(True)
                return True

    def _drain(self) -> None:
        """Say inside TLS too that this was all, without waiting for the client to say so."""
        self.socket.setblocking(False)
        with contextlib.suppress(OSError, ValueError):  # ValueError: it had gone before TLS could begin
            self.socket.unwrap()
        self.socket.setblocking(True)
        super()._drain()


def _told(error: OSError) -> str:
    """Say why a handshake failed, and what to do where that is known."""
    reason = getattr(error, "reason", None) or "the client has left"
    if "HTTP" in reason:
        return "a client spoke plain HTTP to a cluster with tls=True, whose URL begins with https://"
    advice = ": give the client cluster.ca_path or cluster.ca_fingerprint" if reason in _DISTRUST else ""
    return f"a TLS handshake failed, {reason}{advice}"
