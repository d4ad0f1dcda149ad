"""TLS towards the hub and on the exporter's own listener."""

import logging
import ssl
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from exporter.config.files import FileError, Incident, read_file
from exporter.core.messages import Message

_log = logging.getLogger(__name__)

_CERTIFICATE = b"CERTIFICATE-----"
_KEY = b"PRIVATE KEY-----"
# OpenSSL's names of errors, and what they mean to whoever made the files.
_REASONS = {
    "KEY_VALUES_MISMATCH": "the key belongs to another certificate",
    "KEY_TYPE_MISMATCH": "the key belongs to another certificate",
    "EE_KEY_TOO_SMALL": "the key is too short: 2048 bits are the least for RSA",
    "CA_MD_TOO_WEAK": "a certificate is signed with a digest that is no longer safe",
}


def hub_context(
    ca_file: Path | None,
    cert_file: Path | None,
    key_file: Path | None,
    authorities: str | None = None,
) -> ssl.SSLContext:
    """Return how to speak to the hub; certificate and name are always checked.

    Without ``ca_file`` the system's authorities are trusted, and those that the variables
    SSL_CERT_FILE and SSL_CERT_DIR name. With it, the authorities in it are trusted *instead*:
    who names the hub's own authority knows who may speak as the hub, and the token should not go
    to whoever has a certificate of one of the hundred others. A file may hold several.
    ``authorities`` are the same as text, in place of a file.

    ``cert_file`` and ``key_file`` are for a hub with internal_ssl, which asks its services for a
    certificate; the key may be in the certificate's file. Raises ``FileError``.
    """
    if key_file and not cert_file:
        raise FileError(Message("{hub_key_file} is set, so {hub_cert_file} has to be, too."))
    if ca_file:
        _expect(ca_file, _CERTIFICATE, "certificate")
    try:
        context = ssl.create_default_context(cafile=ca_file, cadata=authorities or None)
    except OSError as error:
        raise FileError(
            f"The certificates in {ca_file} can't be used: {_reason(error)}. Write the file again."
            if ca_file
            else f"The certificate of the hub's authority can't be used: {_reason(error)}. Paste "
            "it whole, with the lines that begin and end it."
        ) from None
    except (TypeError, ValueError):
        raise FileError(
            "The certificate of the hub's authority can't be used: it is not ASCII. Paste it in "
            "PEM form."
        ) from None
    if cert_file:
        _load_pair(context, cert_file, key_file)
    return context


def listener_context(cert_file: Path, key_file: Path | None = None) -> ssl.SSLContext:
    """Return how to serve with a certificate (and those between it and the authority).

    TLS 1.2 and later. The key may be in the certificate's file. Raises ``FileError``.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    _load_pair(context, cert_file, key_file)
    return context


class Listener:
    """A server's ``context`` whose certificate can be renewed while it serves.

    Raises ``FileError`` if the pair is bad at the start.
    """

    def __init__(self, cert_file: Path, key_file: Path | None = None) -> None:
        self._files = cert_file, key_file
        self._incident = Incident(_log)
        self._loaded = self._digests()
        self.context = self._current = listener_context(*self._files)
        # Loading into the context in use would leave it with the new certificate and no key if
        # the key turned out not to match. So each handshake takes the last context that is whole.
        self.context.sni_callback = self._take_current

    def renew(self) -> bool:
        """Use the files' pair from the next handshake on if it changed; return whether it did.

        Keeps the old pair, and says so in the log once, if the new one is broken or half
        written; to be called again, every minute or so.
        """
        try:
            # Before loading: what is written in between is then seen the next time.
            digests = self._digests()
            if digests != self._loaded:
                self._current = listener_context(*self._files)
        except FileError as error:
            self._incident.open(
                Message("The renewed certificate is not used, the old one is. {error}", error=error)
            )
            return False
        renewed, self._loaded = digests != self._loaded, digests
        self._incident.resolve("The files of the certificate are right again.")
        if renewed:
            _log.info("Serving with the renewed certificate %s.", self._files[0])
        return renewed

    def _take_current(
        self, connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext
    ) -> None:
        connection.context = self._current

    def _digests(self) -> tuple[bytes, ...]:
        return tuple(sha256(read_file(path)).digest() for path in self._files if path)


def _load_pair(context: ssl.SSLContext, cert_file: Path, key_file: Path | None) -> None:
    _expect(cert_file, _CERTIFICATE, "certificate")
    _expect(key_file or cert_file, _KEY, "private key")
    try:
        context.load_cert_chain(cert_file, key_file, password=_refuse(key_file or cert_file))
    except OSError as error:
        files = f"{cert_file} and {key_file}" if key_file else str(cert_file)
        raise FileError(
            f"The certificate and key in {files} can't be used: {_reason(error)}. "
            "Write them again, both from one issue."
        ) from None


def _refuse(key_file: Path) -> Callable[[], str]:
    """Return what OpenSSL calls for a passphrase: by itself it would ask on the terminal."""

    def refuse() -> str:
        raise FileError(
            f"The key in {key_file} is encrypted: store it without a passphrase, "
            "readable to the exporter only."
        )

    return refuse


def _expect(path: Path, mark: bytes, what: str) -> None:
    # OpenSSL says only "PEM lib", whichever of the files it means.
    if mark not in read_file(path):
        raise FileError(f"The file {path} holds no {what} in PEM form: convert it or name another.")


def _reason(error: OSError) -> str:
    if not isinstance(error, ssl.SSLError):
        return error.strerror or type(error).__name__
    # No name at all: what stands between the marks of PEM can't be read.
    name = error.reason or "PEM"
    return _REASONS.get(
        name, "the content is damaged" if "PEM" in name else name.lower().replace("_", " ")
    )
