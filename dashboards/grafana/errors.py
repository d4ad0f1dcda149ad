"""Errors of talking to a Grafana, each a sentence that says what to do next.

Callers tell them apart by class; people read the text, which never holds a token or a password.
"""

import socket
from ssl import SSLError as PythonSSLError
from urllib.parse import urlsplit

import niquests.exceptions
from grafana_client.client import GrafanaException

from dashboards.schema.values import mapping, text
from exporter.causes import causes


class GrafanaError(Exception):
    """A request to Grafana failed; the text says why and what to do next.

    ``brief`` is set where the same request may well succeed a moment later: it says what happened.
    """

    brief = ""

    @property
    def is_transient(self) -> bool:
        """Tell whether trying again may help."""
        return bool(self.brief)


class RefusedError(GrafanaError):
    """One request failed; others may well succeed."""


class GrafanaUnusableError(GrafanaError):
    """No request will succeed: no server, another server, or credentials that are not accepted."""

    def __init__(self, text: str, *, brief: str = "") -> None:
        """Take the sentence, and in short what happened if it is transient."""
        super().__init__(text)
        self.brief = brief


class StoppedError(GrafanaUnusableError):
    """Somebody asked to stop: no request was sent any more."""


class StatusError(RefusedError):
    """Grafana answered one request with an error's status; ``message`` is Grafana's own.

    ``reason`` is the word in the answer's field ``status`` that tells the causes of one HTTP
    status apart (``version-mismatch``, ``plugin-dashboard``), or "" where Grafana gives none.
    """

    def __init__(self, text: str, *, status: int, message: str, reason: str = "") -> None:
        """Take the sentence, the HTTP status, Grafana's message and its word for the cause."""
        super().__init__(text)
        self.status = status
        self.message = message
        self.reason = reason
        self.brief = f"Grafana answers {status}" if _is_transient(status) else ""


def _is_transient(status: int) -> bool:
    return status == 429 or status >= 500


def not_grafana(url: str, answer: str) -> GrafanaUnusableError:
    """Return the error for an answer that Grafana would not give; ``answer`` says what it was."""
    return GrafanaUnusableError(
        f"{url} is a server, but it does not answer like Grafana: {answer}. Set GRAFANA_URL "
        "(--url) to Grafana's address, with its sub-path if it has one (https://host/grafana/)."
    )


def timed_out(url: str, seconds: float) -> GrafanaUnusableError:
    """Return the error for no answer within that many seconds."""
    return GrafanaUnusableError(
        f"{url} did not answer within {seconds:g} s. Check GRAFANA_URL (--url), that Grafana is "
        "up and that no firewall is in between, then try again.",
        brief=f"No answer within {seconds:g} s",
    )


def redirected(url: str, location: str) -> GrafanaUnusableError:
    """Return the error for a redirect to ``location``, "" if it does not say where."""
    # A query string can hold secrets.
    bare = location.partition("?")[0].partition("#")[0] or "another address"
    return GrafanaUnusableError(
        f"{url} redirects to {bare}. Set GRAFANA_URL (--url) to Grafana's own address, with "
        "https:// and the sub-path if it has them; a login page in front of Grafana must let "
        "/api/ through."
    )


def unreadable_ca_file(error: OSError) -> GrafanaUnusableError:
    """Return the error for a file of certificates that cannot be read."""
    return GrafanaUnusableError(
        f"The certificates to trust cannot be read ({error}). Set --ca-file, or "
        "REQUESTS_CA_BUNDLE, to a file of certificates, or unset it."
    )


def from_files(title: str, name: str) -> str:
    """Return the sentence for a dashboard that Grafana reads from the file of that name."""
    return (
        f"“{title}” comes from a file in Grafana's provisioning directory"
        f"{f' ({name})' if name else ''}, and Grafana lets nobody save over it. Update that file "
        "instead (python -m dashboards build), or remove it there and run deploy again."
    )


def no_connection(url: str, error: niquests.exceptions.RequestException) -> GrafanaUnusableError:
    """Return the error for a connection that failed or broke."""
    if isinstance(error, niquests.exceptions.ProxyError):
        return GrafanaUnusableError(
            f"The proxy on the way to {url} does not answer. Check --proxy, or HTTP_PROXY and "
            "HTTPS_PROXY, or name Grafana's host in NO_PROXY."
        )
    if isinstance(error, niquests.exceptions.SSLError):
        return _no_tls(url, error)
    chain = tuple(causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in chain):
        return GrafanaUnusableError(
            f"No host is called {urlsplit(url).hostname}. Check GRAFANA_URL (--url)."
        )
    if any(isinstance(cause, ConnectionRefusedError) for cause in chain):
        return GrafanaUnusableError(
            f"No server answers at {url} (connection refused). Start Grafana, or set GRAFANA_URL "
            "(--url) to where it runs."
        )
    if isinstance(error, niquests.exceptions.InvalidURL):
        return GrafanaUnusableError(f"{url} is not a URL. Check GRAFANA_URL (--url).")
    return GrafanaUnusableError(
        f"The connection to {url} broke ({type(chain[-1]).__name__}). Check that this is "
        "Grafana's address and that it is up, then try again.",
        brief="The connection broke",
    )


def _no_tls(url: str, error: niquests.exceptions.SSLError) -> GrafanaUnusableError:
    tls = next((cause for cause in causes(error) if isinstance(cause, PythonSSLError)), None)
    if tls is not None and tls.reason and tls.reason != "CERTIFICATE_VERIFY_FAILED":
        return GrafanaUnusableError(
            f"{url} does not speak TLS ({tls.reason}). If Grafana has no certificate, write "
            "http:// in GRAFANA_URL (--url)."
        )
    return GrafanaUnusableError(
        f"The certificate of {url} is not trusted. Set --ca-file (or REQUESTS_CA_BUNDLE) to the "
        "file of the CA that issued it, or GRAFANA_URL (--url) to the name it is for."
    )


def unsendable(purpose: str, error: Exception) -> RefusedError:
    """Return the error for a request whose body is no JSON."""
    return RefusedError(f"Cannot {purpose}: it holds what JSON cannot hold ({error}).")


def bad_scheme(proxy: str | None, error: Exception) -> GrafanaUnusableError:
    """Return the error for an address with an unknown scheme, most likely the proxy's."""
    address = f"the proxy {proxy}" if proxy else "the proxy of the environment"
    return GrafanaUnusableError(
        f"Cannot go through {address}: {error}. Give --proxy like http://host:3128."
    )


def by_status(url: str, purpose: str, error: GrafanaException, *, with_token: bool) -> GrafanaError:
    """Return the error for an answer with status 400 or more; ``purpose`` is the request's."""
    status, response = int(error.status_code), error.response
    message = _message(response)
    if not isinstance(response, dict) or not message:
        return _from_something_else(url, purpose, status)
    reason = response.get("status")
    reason = reason if isinstance(reason, str) else ""
    if status == 401:
        return _unauthorized(url, message, with_token=with_token)
    if reason == "quota-reached" or "quota" in message.lower():
        sentence = (
            f"Grafana could not {purpose}: {message}. Whoever runs it has to raise that quota "
            "([quota] in its settings), or delete something; then run deploy again."
        )
    elif status == 403:
        sentence = _forbidden(purpose, message)
    elif status >= 500:
        sentence = (
            f"Grafana could not {purpose}: it answers {status}, {message}. Look into Grafana's "
            "log, then run deploy again."
        )
    else:
        sentence = (
            f"Grafana could not {purpose}: it answers {status}, {message}. Put that right, then "
            "run deploy again."
        )
    return StatusError(sentence, status=status, message=message, reason=reason)


def _message(response: object) -> str:
    """Return Grafana's own message, or that of a query that failed; "" if there is none."""
    content = mapping(response)
    if message := text(content.get("message")):
        return message
    results = mapping(content.get("results")).values()
    errors = (text(mapping(result).get("error")) for result in results)
    # A server that is no Prometheus answers with a page of its own.
    return next((error.partition("<")[0].rstrip(": ") for error in errors if error), "")


def _from_something_else(url: str, purpose: str, status: int) -> GrafanaError:
    """Grafana's own errors are JSON with a message; this one was not."""
    if status == 413:
        return RefusedError(
            f"Something in front of Grafana takes no request as large as that to {purpose} (413). "
            "Whoever runs that proxy has to raise its limit (nginx: client_max_body_size); then "
            "run deploy again."
        )
    if status in (401, 403, 407):
        return GrafanaUnusableError(
            f"Something in front of Grafana at {url} answers {status}, not Grafana. Ask whoever "
            "runs that proxy to let /api/ through, or set GRAFANA_URL (--url) to an address behind "
            "it."
        )
    if status >= 500:
        return GrafanaUnusableError(
            f"{url} answers {status}, and not in Grafana's way. Check that Grafana is up and that "
            "GRAFANA_URL (--url) has its sub-path if there is one, then run deploy again.",
            brief=f"Something answers {status}",
        )
    if status == 429:
        return GrafanaUnusableError(
            f"{url} answers 429: too many requests. Wait a while, then run deploy again.",
            brief="Something answers 429",
        )
    return not_grafana(url, f"status {status}")


def _unauthorized(url: str, message: str, *, with_token: bool) -> GrafanaUnusableError:
    if with_token:
        return GrafanaUnusableError(
            f"Grafana at {url} does not accept the token ({message}). Create a new token for a "
            "service account with the role Editor and set GRAFANA_TOKEN (--token)."
        )
    return GrafanaUnusableError(
        f"Grafana at {url} does not accept the user and password ({message}). Check GRAFANA_USER "
        "and GRAFANA_PASSWORD (--user, --password)."
    )


def _forbidden(purpose: str, message: str) -> str:
    _, separator, permission = message.partition("Permissions needed: ")
    needed = f"permission needed: {permission}" if separator else message
    return (
        f"Grafana does not allow this login to {purpose} ({needed}). Give the service account or "
        "user the role Editor, or Edit on the folder, then run deploy again."
    )
