"""What goes wrong between us and a Grafana, each as one sentence that says what to do next.

What a caller must tell apart is in the class; what a person must know is in the text, which never
holds a token or a password.
"""

import socket
from collections.abc import Iterator
from ssl import SSLError as PythonSSLError
from urllib.parse import urlsplit

import niquests.exceptions
from grafana_client.client import GrafanaException


class GrafanaError(Exception):
    """Grafana did not do what was asked; the text says why and what to do next.

    ``brief`` is set where the same request may well succeed a moment later: it says what happened.
    """

    brief = ""

    @property
    def may_pass(self) -> bool:
        """Tell whether asking again may help."""
        return bool(self.brief)


class RefusedError(GrafanaError):
    """One request failed; another one may well succeed."""


class UnusableError(GrafanaError):
    """No request will succeed: no server, another server, or credentials that are not accepted."""

    def __init__(self, text: str, *, brief: str = "") -> None:
        """Take the sentence, and what happened if it may pass."""
        super().__init__(text)
        self.brief = brief


class StoppedError(UnusableError):
    """Somebody asked to stop: nothing was asked any more."""


class StatusError(RefusedError):
    """Grafana answered one request with an error's status; ``said`` is its message.

    ``reason`` is the word in the answer's field ``status`` that tells the causes of one HTTP
    status apart (``version-mismatch``, ``plugin-dashboard``), or "" where Grafana gives none.
    """

    def __init__(self, text: str, *, status: int, said: str, reason: str = "") -> None:
        """Take the sentence, the HTTP status, Grafana's message and its word for the cause."""
        super().__init__(text)
        self.status = status
        self.said = said
        self.reason = reason
        self.brief = f"Grafana answers {status}" if _may_pass(status) else ""


def _may_pass(status: int) -> bool:
    return status == 429 or status >= 500


def not_grafana(url: str, gave: str) -> UnusableError:
    """Return the error for an answer that Grafana would not give."""
    return UnusableError(
        f"{url} is a server, but it does not answer like Grafana: {gave}. Set GRAFANA_URL (--url) "
        "to Grafana's address, with its sub-path if it has one (https://host/grafana/)."
    )


def timed_out(url: str, seconds: float) -> UnusableError:
    """Return the error for no answer within that many seconds."""
    return UnusableError(
        f"{url} did not answer within {seconds:g} s. Check GRAFANA_URL (--url), that Grafana is "
        "well and that no firewall is between, then run deploy again.",
        brief=f"No answer within {seconds:g} s",
    )


def redirected(url: str, target: str) -> UnusableError:
    """Return the error for an answer that sends on to ``target``, "" if it does not say where."""
    # A query can hold what is nobody's business.
    bare = target.partition("?")[0].partition("#")[0] or "another address"
    return UnusableError(
        f"{url} sends on to {bare}. Set GRAFANA_URL (--url) to Grafana's own address, with "
        "https:// and the sub-path if it has them; a login page in front of Grafana must let "
        "/api/ through."
    )


def bad_authorities(error: OSError) -> UnusableError:
    """Return the error for certificates that cannot be read from their file."""
    return UnusableError(
        f"The certificates to trust cannot be read ({error}). Set --ca-file, or "
        "REQUESTS_CA_BUNDLE, to a file of certificates, or unset it."
    )


def from_files(title: str, name: str) -> str:
    """Return the sentence for a dashboard that Grafana reads from the file of that name."""
    return (
        f"“{title}” comes from a file in Grafana's provisioning directory"
        f"{f' ({name})' if name else ''}, and Grafana lets nobody save over it. Update that file "
        "instead (python -m dashboards build), or take it away there and run deploy again."
    )


def no_connection(url: str, error: niquests.exceptions.RequestException) -> UnusableError:
    """Return the error for a connection that could not be made, or broke."""
    if isinstance(error, niquests.exceptions.ProxyError):
        return UnusableError(
            f"The proxy on the way to {url} does not answer. Check --proxy, or HTTP_PROXY and "
            "HTTPS_PROXY, or name Grafana's host in NO_PROXY."
        )
    if isinstance(error, niquests.exceptions.SSLError):
        return _no_tls(url, error)
    causes = tuple(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return UnusableError(
            f"No host is called {urlsplit(url).hostname}. Check GRAFANA_URL (--url)."
        )
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return UnusableError(
            f"No server answers at {url} (connection refused). Start Grafana, or set GRAFANA_URL "
            "(--url) to where it runs."
        )
    if isinstance(error, niquests.exceptions.InvalidURL):
        return UnusableError(f"{url} is not a URL. Check GRAFANA_URL (--url).")
    return UnusableError(
        f"The connection to {url} broke ({type(causes[-1]).__name__}). Check that this is "
        "Grafana's address and that it is up, then run deploy again.",
        brief="The connection broke",
    )


def _no_tls(url: str, error: niquests.exceptions.SSLError) -> UnusableError:
    tls = next((cause for cause in _causes(error) if isinstance(cause, PythonSSLError)), None)
    if tls is not None and tls.reason and tls.reason != "CERTIFICATE_VERIFY_FAILED":
        return UnusableError(
            f"{url} does not speak TLS ({tls.reason}). If Grafana has no certificate, write "
            "http:// in GRAFANA_URL (--url)."
        )
    return UnusableError(
        f"The certificate of {url} is not trusted. Set --ca-file (or REQUESTS_CA_BUNDLE) to the "
        "file of the authority that issued it, or GRAFANA_URL (--url) to the name it is for."
    )


def unsendable(what: str, error: Exception) -> RefusedError:
    """Return the error for a request that cannot be written down."""
    return RefusedError(f"Cannot {what}: it holds what no JSON can ({error}).")


def bad_scheme(proxy: str | None, error: Exception) -> UnusableError:
    """Return the error for an address of a kind that is not known, most likely the proxy's."""
    address = f"the proxy {proxy}" if proxy else "the proxy of the environment"
    return UnusableError(
        f"Cannot go through {address}: {error}. Give --proxy like http://host:3128."
    )


def by_status(url: str, what: str, error: GrafanaException, *, with_token: bool) -> GrafanaError:
    """Return the error for an answer with status 400 or more to an attempt to do ``what``."""
    status, response = int(error.status_code), error.response
    if not isinstance(response, dict) or not isinstance(response.get("message"), str):
        return _not_by_grafana(url, what, status)
    said: str = response["message"]
    reason = response.get("status")
    reason = reason if isinstance(reason, str) else ""
    if status == 401:
        return _unauthorized(url, said, with_token=with_token)
    if reason == "quota-reached" or "quota" in said.lower():
        text = (
            f"Grafana could not {what}: {said}. Whoever runs it has to raise that quota ([quota] "
            "in its settings), or delete something; then run deploy again."
        )
    elif status == 403:
        text = _forbidden(what, said)
    elif status >= 500:
        text = (
            f"Grafana could not {what}: it answers {status}, {said}. Look into Grafana's log, then "
            "run deploy again."
        )
    else:
        text = (
            f"Grafana could not {what}: it answers {status}, {said}. Put that right, then run "
            "deploy again."
        )
    return StatusError(text, status=status, said=said, reason=reason)


def _not_by_grafana(url: str, what: str, status: int) -> GrafanaError:
    """Grafana's own errors are JSON with a message; this one was not."""
    if status == 413:
        return RefusedError(
            f"Something in front of Grafana takes no request as large as that to {what} (413). "
            "Whoever runs that proxy has to raise its limit (nginx: client_max_body_size); then "
            "run deploy again."
        )
    if status in (401, 403, 407):
        return UnusableError(
            f"Something in front of Grafana at {url} answers {status}, not Grafana. Ask whoever "
            "runs that proxy to let /api/ through, or set GRAFANA_URL (--url) to an address behind "
            "it."
        )
    if status >= 500:
        return UnusableError(
            f"{url} answers {status}, and not in Grafana's way. Check that Grafana is up and that "
            "GRAFANA_URL (--url) has its sub-path if there is one, then run deploy again.",
            brief=f"Something answers {status}",
        )
    if status == 429:
        return UnusableError(
            f"{url} answers 429: too many requests. Wait a while, then run deploy again.",
            brief="Something answers 429",
        )
    return not_grafana(url, f"status {status}")


def _unauthorized(url: str, said: str, *, with_token: bool) -> UnusableError:
    if with_token:
        return UnusableError(
            f"Grafana at {url} does not accept the token ({said}). Create a new token for a "
            "service account with the role Editor and set GRAFANA_TOKEN (--token)."
        )
    return UnusableError(
        f"Grafana at {url} does not accept the user and password ({said}). Check GRAFANA_USER and "
        "GRAFANA_PASSWORD (--user, --password)."
    )


def _forbidden(what: str, said: str) -> str:
    _, found, permission = said.partition("Permissions needed: ")
    needed = f"permission needed: {permission}" if found else said
    return (
        f"Grafana does not allow this login to {what} ({needed}). Give the service account or user "
        "the role Editor, or Edit on the folder, then run deploy again."
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
