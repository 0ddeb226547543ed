"""What a cluster that speaks TLS shows its clients. Imported for such clusters only: it needs the extra `tls`.

There is one certificate, signed by itself. So its fingerprint is both that of the node, which urllib3 and aiohttp
compare, and that of the authority, which Elasticsearch prints and its other clients look for; elastic-transport takes
either. trustme makes it, with dates that do not depend on today's: a test may travel in time.
"""

from __future__ import annotations

import hashlib
import ssl
import tempfile
import uuid
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_LOCAL: Final = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Certificate:
    """A certificate as PEM, and what servers take connections with."""

    pem: str
    context: ssl.SSLContext

    @property
    def fingerprint(self) -> str:
        """The SHA-256 in hexadecimal digits, without colons."""
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(self.pem)).hexdigest()


class CertificateFile:
    """A file with a certificate, for clients to read. Its path stays the same, however often it is written."""

    def __init__(self, certificate: Certificate) -> None:
        self.certificate: Final = certificate
        self.path: Final = Path(tempfile.gettempdir(), f"rollup-fake-{uuid.uuid4().hex}.pem")

    def write(self) -> None:
        """Let it be there."""
        self.path.write_text(self.certificate.pem, encoding="ascii")

    def remove(self) -> None:
        """Let it be gone."""
        self.path.unlink(missing_ok=True)


def certificate_for(host: str) -> Certificate:
    """Return the certificate for this machine and a host, made once per process since it takes some milliseconds.

    Raises `ImportError` naming the extra if trustme is not installed.
    """
    return _certificate(*_LOCAL, *([] if host in _LOCAL else [host]))


@lru_cache(maxsize=16)
def _certificate(*names: str) -> Certificate:
    key, pem = _sign(names)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.num_tickets = 0  # a client that closes before it has read them would reset the connection
    with tempfile.TemporaryDirectory() as folder:  # a key is loaded from a file only
        file = Path(folder, "node.pem")
        file.write_bytes(key + pem)
        context.load_cert_chain(file)
    return Certificate(pem.decode("ascii"), context)


def _sign(names: tuple[str, ...]) -> tuple[bytes, bytes]:
    """Return a key, and the certificate of trustme's for it, signed by this key; both are PEM."""
    try:
        import trustme
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
    except ImportError as error:
        message = "tls=True needs trustme, which makes the certificate: pip install 'pytest-rollup-fake[tls]'"
        raise ImportError(message, name=error.name) from error
    issued = trustme.CA().issue_cert(*names)
    key = issued.private_key_pem.bytes()
    draft = x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes())
    # They say that another has signed it, and that it signs nothing: OpenSSL, and so Node.js, would find it no issuer.
    unfit = (x509.AuthorityKeyIdentifier, x509.KeyUsage)
    builder = x509.CertificateBuilder(
        issuer_name=draft.subject,
        subject_name=draft.subject,
        public_key=draft.public_key(),
        serial_number=draft.serial_number,
        not_valid_before=draft.not_valid_before_utc,
        not_valid_after=draft.not_valid_after_utc,
        extensions=[item for item in draft.extensions if not isinstance(item.value, unfit)],
    )
    signing = cast("EllipticCurvePrivateKey", serialization.load_pem_private_key(key, None))  # trustme's default
    return key, builder.sign(signing, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
