"""HTTP requests to one Grafana: login, retries, and errors as sentences.

The only module that uses grafana-client.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit

import niquests
import niquests.exceptions
from grafana_client.api import GrafanaApi
from grafana_client.client import GrafanaException, GrafanaTimeoutError
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from dashboards.grafana.errors import (
    GrafanaError,
    GrafanaUnusableError,
    StoppedError,
    bad_scheme,
    by_status,
    no_connection,
    not_grafana,
    redirected,
    timed_out,
    unreadable_ca_file,
    unsendable,
)
from dashboards.schema.values import Json

Credentials = str | tuple[str, str]
"""A service account's token, or a user and a password."""

Method = Literal["GET", "POST", "PUT", "DELETE"]

# grafana-client says py.typed and has no types for these.
_api = cast("Callable[..., Any]", GrafanaApi)


def _silent(_: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Seconds to wait for a response, and how often to try where trying again may help.

    Before the second attempt it waits about ``first_wait`` seconds, then twice as long each time,
    up to ``longest_wait``; or as long as Grafana says (``Retry-After``), up to the same.
    """

    timeout: float = 20.0
    attempts: int = 4
    first_wait: float = 1.0
    longest_wait: float = 30.0


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """A Grafana's address, the login, and the way there.

    ``url`` is an address as ``split_url`` returns it. ``ca_file`` holds certificates to trust,
    ``proxy`` is an HTTP proxy's address; without them, the environment's are used. ``notify`` is
    given a sentence before each wait. Once ``stop`` is set, the next request raises StoppedError.
    """

    url: str
    credentials: Credentials
    ca_file: Path | None = None
    proxy: str | None = None
    retry_policy: RetryPolicy = RetryPolicy()
    notify: Callable[[str], None] = _silent
    stop: threading.Event = field(default_factory=threading.Event)

    def open(self) -> "Session":
        """Return a session that sends requests; nothing is sent yet."""
        return Session(self)


class Session:
    """Sends requests. Raises GrafanaError and no other error of the network."""

    def __init__(self, options: ConnectionOptions) -> None:
        """Take the options; the first request connects."""
        self.url = options.url
        self._options = options
        self._client: Any = _client(options)
        self._retry_after = 0.0
        self._on_kept_connection = False
        hooks = self._client.s.hooks
        hooks["pre_send"].append(self._look_at_connection)
        hooks["response"].append(self._look_for_retry_after)

    def request(
        self,
        purpose: str,
        method: Method,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        body: Json | None = None,
        attempts: int | None = None,
    ) -> object:
        """Return the JSON of a response, trying again where that may help.

        ``purpose`` completes "could not …" in errors. ``path`` is below ``/api``, or begins with
        ``/apis/``. ``attempts`` goes before the retry policy's.

        Raises RefusedError if this request fails, GrafanaUnusableError if all would.
        """
        policy = self._options.retry_policy
        first, longest = policy.first_wait, policy.longest_wait
        backoff = wait_exponential_jitter(multiplier=first, max=longest, jitter=first / 2)

        def wait(state: RetryCallState) -> float:
            return min(max(self._retry_after, backoff(state)), longest)

        def notify(state: RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            waiting = state.next_action.sleep if state.next_action else 0.0
            self._options.notify(
                f"{getattr(error, 'brief', '')}; trying again in {waiting:.0f} s "
                f"({state.attempt_number} of {policy.attempts - 1})"
            )

        retrying = Retrying(
            retry=retry_if_exception(_is_transient),
            stop=stop_after_attempt(attempts or policy.attempts),
            wait=wait,
            before_sleep=notify,
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(self._attempt, purpose, method, path, params, body)

    def _sleep(self, seconds: float) -> None:
        self._options.stop.wait(seconds)

    def _attempt(
        self,
        purpose: str,
        method: Method,
        path: str,
        params: Mapping[str, str | int] | None,
        body: Json | None,
    ) -> object:
        self._refuse_if_stopped()
        self._retry_after = 0.0
        try:
            return self._send(method, _full_path(path), params, body)
        except (GrafanaTimeoutError, niquests.exceptions.ConnectTimeout) as error:
            raise timed_out(self.url, self._options.retry_policy.timeout) from error
        except GrafanaException as error:
            with_token = isinstance(self._options.credentials, str)
            raise by_status(self.url, purpose, error, with_token=with_token) from error
        except niquests.exceptions.TooManyRedirects as error:
            raise _redirected(self.url, error) from error
        except niquests.exceptions.JSONDecodeError as error:
            raise not_grafana(self.url, "no JSON") from error
        except niquests.exceptions.InvalidJSONError as error:
            raise unsendable(purpose, error) from error
        except niquests.exceptions.InvalidSchema as error:
            raise bad_scheme(self._options.proxy, error) from error
        except niquests.exceptions.RequestException as error:
            raise no_connection(self.url, error) from error
        except OSError as error:
            # The only one left is niquests', when it reads the file of certificates.
            raise unreadable_ca_file(error) from error

    def _send(
        self,
        method: Method,
        path: str,
        params: Mapping[str, str | int] | None,
        body: Json | None,
    ) -> object:
        """Send a request; a GET that a kept connection lost once more, at once, on a new one.

        A server or proxy may close an idle connection while the next request is on its way. The
        connection is gone with the failure, and there is no second one: one thread uses it.
        """
        send = getattr(self._client, method)
        self._on_kept_connection = False
        try:
            return send(path, json=body, params=params)
        except niquests.exceptions.ConnectionError:
            if method != "GET" or not self._on_kept_connection:
                raise
        self._refuse_if_stopped()
        return send(path, json=body, params=params)

    def _refuse_if_stopped(self) -> None:
        if self._options.stop.is_set():
            raise StoppedError("Stopped.")

    def _look_at_connection(self, request: niquests.PreparedRequest) -> None:
        """Note whether the connection that a request is about to use was used before."""
        info = request.conn_info
        # niquests sets this latency to 0 when it takes a connection again.
        self._on_kept_connection = info is not None and not info.established_latency

    def _look_for_retry_after(self, response: niquests.Response, **_: object) -> None:
        """Keep the seconds that a response asks to wait; a date, as proxies send, is ignored."""
        # A response that has begun was not lost with the connection.
        self._on_kept_connection = False
        value = str(response.headers.get("Retry-After") or "")
        self._retry_after = float(value) if value.isdigit() else 0.0


def _client(options: ConnectionOptions) -> Any:  # noqa: ANN401 - grafana-client has no types
    credentials = options.credentials
    parts = urlsplit(options.url)
    api = _api(
        # As bytes: text would be sent as Latin-1, which not every password is.
        credentials
        if isinstance(credentials, str)
        else (credentials[0].encode(), credentials[1].encode()),
        protocol=parts.scheme,
        host=parts.netloc,
        url_path_prefix=parts.path.lstrip("/"),
        timeout=options.retry_policy.timeout,
        verify=str(options.ca_file) if options.ca_file else True,
    )
    # It would send all below /api; the resource API is beside that.
    api.client.url = options.url.rstrip("/")
    session = api.client.s
    # A redirected POST becomes a GET, and the token would go to a server that nobody named.
    session.max_redirects = 0
    if options.proxy:
        session.proxies = {"http": options.proxy, "https": options.proxy}
    return api.client


def _full_path(path: str) -> str:
    """Return a request's path below Grafana's address."""
    return path if path.startswith("/apis/") else f"/api{path}"


def _is_transient(error: BaseException) -> bool:
    return isinstance(error, GrafanaError) and error.is_transient


def _redirected(url: str, error: niquests.exceptions.TooManyRedirects) -> GrafanaUnusableError:
    location = error.response.headers.get("Location") if error.response is not None else None
    return redirected(url, str(location or ""))
