"""What a request to the hub that failed means, in words with the next step."""

import re
import ssl
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from exporter.core.errors import HubError, Reason

_NEEDED = re.compile(r"requires any of \[([a-z:, ]{1,200})\]")
_BUSY = {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}
_CLIENT_CERTIFICATE = (
    "If the hub asks for a client certificate, name one with --hub-cert-file and --hub-key-file."
)


def connection_error(error: Exception, url: httpx.URL) -> HubError:
    """Return what a failed request means: no connection, or none that is secure."""
    where = f"{url.host}:{url.port or 'default port'}"
    failed_tls = _tls_failure(error)
    if failed_tls:
        return HubError(
            Reason.TLS,
            f"No secure connection to {where}: {failed_tls}. If the hub's certificate is from "
            f"your own authority, name its file with --hub-ca-file. {_CLIENT_CERTIFICATE}",
        )
    broken_off = isinstance(error, httpx.ReadError | httpx.RemoteProtocolError)
    if broken_off and url.scheme == "https":
        return HubError(
            Reason.CONNECT,
            f"The hub at {where} broke the connection off. {_CLIENT_CERTIFICATE}",
        )
    if broken_off:
        # Its text quotes what was sent, be it a username or, by an echo, the token.
        return HubError(
            Reason.CONNECT,
            f"What answers at {where} broke off, or it speaks no HTTP. Look at the log of the hub "
            "or the proxy before it; if it has TLS, --hub-url begins with https.",
        )
    return HubError(
        Reason.CONNECT,
        f"No connection to the hub at {where} ({str(error) or type(error).__name__}). "
        "Check that it runs and that --hub-url names it.",
    )


def status_error(answer: httpx.Response, body: bytes, url: httpx.URL) -> HubError:
    """Return what an answer other than 200 means."""
    status = answer.status_code
    needed = _NEEDED.search(body.decode(errors="replace")) if status == 403 else None
    if needed:
        return HubError(
            Reason.SCOPE,
            f"The hub knows the token, but it lacks the scope {needed[1]} ({status}). "
            "Give its service the scopes list:users and read:users:groups.",
        )
    if status in {401, 403}:
        return HubError(
            Reason.AUTH,
            f"The hub refuses the token ({status}): it is wrong, or was revoked or expired. "
            "Give the exporter the api_token of its service in the hub's configuration.",
        )
    if status == 404 or answer.is_redirect:
        return HubError(
            Reason.HTTP,
            f"There is no hub API at {url} ({status}). If the hub has a base "
            "URL such as /jh/, --hub-url ends in /jh/hub/api.",
        )
    return HubError(
        Reason.HTTP,
        f"The hub, or a proxy before it, answered {status} {_phrase(status)}. Look at its log.",
        _retry_after(answer) if status in _BUSY else 0.0,
    )


def _phrase(status: int) -> str:
    # The standard's: the answer's own could hold anything.
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else ""


def _retry_after(answer: httpx.Response) -> float:
    """Return the seconds that the header asks to wait, as a number or a date (RFC 9110)."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        until = parsedate_to_datetime(text)
        sent = parsedate_to_datetime(answer.headers["Date"])
        return max(0.0, (until - sent).total_seconds())
    except (KeyError, TypeError, ValueError, OverflowError):
        return 0.0


def _tls_failure(error: BaseException) -> ssl.SSLError | None:
    link: BaseException | None = error
    while link is not None and not isinstance(link, ssl.SSLError):
        link = link.__cause__ or link.__context__
    return link
