"""What a request to the hub that failed means, in words with the next step."""

import re
import ssl
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from exporter.causes import causes
from exporter.core.errors import HubError, Reason
from exporter.core.messages import Message

_NEEDED = re.compile(r"requires any of \[([a-z:, ]{1,200})\]")
_BUSY = {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}
_CLIENT_CERTIFICATE = Message(
    "If the hub asks for a client certificate, name one with {hub_cert_file} and {hub_key_file}."
)


def connection_error(error: Exception, url: httpx.URL) -> HubError:
    """Return what a failed request means: no connection, or none that is secure."""
    where = f"{url.host}:{url.port or 'default port'}"
    failed_tls = _tls_failure(error)
    if failed_tls:
        return HubError(
            Reason.TLS,
            Message(
                "No secure connection to {where}: {error}. If the hub's certificate is from your "
                "own authority, name its file with {hub_ca_file}. {certificate}",
                where=where,
                error=failed_tls,
                certificate=_CLIENT_CERTIFICATE,
            ),
        )
    broken_off = isinstance(error, httpx.ReadError | httpx.RemoteProtocolError)
    if broken_off and url.scheme == "https":
        return HubError(
            Reason.CONNECT,
            Message(
                "The hub at {where} broke the connection off. {certificate}",
                where=where,
                certificate=_CLIENT_CERTIFICATE,
            ),
        )
    if broken_off:
        # Its text quotes what was sent, be it a username or, by an echo, the token.
        return HubError(
            Reason.CONNECT,
            Message(
                "What answers at {where} broke off, or it speaks no HTTP. Look at the log of the "
                "hub or the proxy before it; if it has TLS, {hub_url} begins with https.",
                where=where,
            ),
        )
    return HubError(
        Reason.CONNECT,
        Message(
            "No connection to the hub at {where} ({error}). Check that it runs and that {hub_url} "
            "names it.",
            where=where,
            error=str(error) or type(error).__name__,
        ),
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
            Message(
                "There is no hub API at {url} ({status}). If the hub has a base URL such as /jh/, "
                "{hub_url} ends in /jh/hub/api.",
                url=url,
                status=status,
            ),
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
    return next((cause for cause in causes(error) if isinstance(cause, ssl.SSLError)), None)
