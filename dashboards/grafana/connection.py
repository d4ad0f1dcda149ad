"""One Grafana and who talks to it: requests, and what can go wrong on the way.

The one module that talks through grafana-client.
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
    StoppedError,
    UnusableError,
    bad_authorities,
    bad_scheme,
    by_status,
    no_connection,
    not_grafana,
    redirected,
    timed_out,
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
class Patience:
    """How long one waits for an answer, and how often one asks again where that may help.

    Before the second try it waits about ``first_wait`` seconds, then twice as long each time, up
    to ``longest_wait``; or as long as Grafana says (``Retry-After``), up to the same.
    """

    timeout: float = 20.0
    tries: int = 4
    first_wait: float = 1.0
    longest_wait: float = 30.0


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a Grafana is, who asks, and through what.

    ``url`` is an address as ``split_url`` returns it. ``authorities`` is a file of certificates to
    trust, ``proxy`` the address of one; without them, the environment's hold. ``told`` is given a
    sentence before each wait. Once ``stop`` is set, the next request raises StoppedError.
    """

    url: str
    credentials: Credentials
    authorities: Path | None = None
    proxy: str | None = None
    patience: Patience = Patience()
    told: Callable[[str], None] = _silent
    stop: threading.Event = field(default_factory=threading.Event)

    def open(self) -> "Requests":
        """Return what sends requests; nothing is sent yet."""
        return Requests(self)


class Requests:
    """Sends requests. Raises GrafanaError and nothing else of the wire."""

    def __init__(self, connection: Connection) -> None:
        """Connect when first asked something."""
        self.url = connection.url
        self._connection = connection
        self._client: Any = _client(connection)
        self._retry_after = 0.0
        self._on_kept_connection = False
        hooks = self._client.s.hooks
        hooks["pre_send"].append(self._look_at_connection)
        hooks["response"].append(self._look_for_retry_after)

    def ask(
        self,
        what: str,
        method: Method,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        body: Json | None = None,
    ) -> object:
        """Return the answer to a request that is to do ``what``, asking again where that may help.

        ``path`` is below ``/api``, or begins with ``/apis/``. Raises RefusedError for the one
        request, UnusableError for all.
        """
        patience = self._connection.patience
        first, longest = patience.first_wait, patience.longest_wait
        backing_off = wait_exponential_jitter(multiplier=first, max=longest, jitter=first / 2)

        def wait(state: RetryCallState) -> float:
            return min(max(self._retry_after, backing_off(state)), patience.longest_wait)

        def tell(state: RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            waiting = state.next_action.sleep if state.next_action else 0.0
            self._connection.told(
                f"{getattr(error, 'brief', '')}; trying again in {waiting:.0f} s "
                f"({state.attempt_number} of {patience.tries - 1})"
            )

        retrying = Retrying(
            retry=retry_if_exception(_may_pass),
            stop=stop_after_attempt(patience.tries),
            wait=wait,
            before_sleep=tell,
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(self._once, what, method, path, params, body)

    def _sleep(self, seconds: float) -> None:
        self._connection.stop.wait(seconds)

    def _once(
        self,
        what: str,
        method: Method,
        path: str,
        params: Mapping[str, str | int] | None,
        body: Json | None,
    ) -> object:
        self._refuse_if_stopped()
        self._retry_after = 0.0
        try:
            return self._send(method, _whole(path), params, body)
        except (GrafanaTimeoutError, niquests.exceptions.ConnectTimeout) as error:
            raise timed_out(self.url, self._connection.patience.timeout) from error
        except GrafanaException as error:
            with_token = isinstance(self._connection.credentials, str)
            raise by_status(self.url, what, error, with_token=with_token) from error
        except niquests.exceptions.TooManyRedirects as error:
            raise _redirected(self.url, error) from error
        except niquests.exceptions.JSONDecodeError as error:
            raise not_grafana(self.url, "no JSON") from error
        except niquests.exceptions.InvalidJSONError as error:
            raise unsendable(what, error) from error
        except niquests.exceptions.InvalidSchema as error:
            raise bad_scheme(self._connection.proxy, error) from error
        except niquests.exceptions.RequestException as error:
            raise no_connection(self.url, error) from error
        except OSError as error:
            # What is left of them is niquests', when it reads the authorities' file.
            raise bad_authorities(error) from error

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
        if self._connection.stop.is_set():
            raise StoppedError("Stopped.")

    def _look_at_connection(self, request: niquests.PreparedRequest) -> None:
        """Note whether the connection that a request is about to be sent on was used before."""
        info = request.conn_info
        # niquests sets this latency to 0 when it takes a connection again.
        self._on_kept_connection = info is not None and not info.established_latency

    def _look_for_retry_after(self, response: niquests.Response, **_: object) -> None:
        """Keep the seconds that an answer asks to wait; a date, as proxies may send, is let be."""
        # An answer that has begun was not lost with the connection.
        self._on_kept_connection = False
        asked = str(response.headers.get("Retry-After") or "")
        self._retry_after = float(asked) if asked.isdigit() else 0.0


def _client(connection: Connection) -> Any:  # noqa: ANN401 - grafana-client has no types
    credentials = connection.credentials
    parts = urlsplit(connection.url)
    api = _api(
        # As bytes: text would be sent as Latin-1, which not every password is.
        credentials
        if isinstance(credentials, str)
        else (credentials[0].encode(), credentials[1].encode()),
        protocol=parts.scheme,
        host=parts.netloc,
        url_path_prefix=parts.path.lstrip("/"),
        timeout=connection.patience.timeout,
        verify=str(connection.authorities) if connection.authorities else True,
    )
    # It would send all below /api; the resource API is beside that.
    api.client.url = connection.url.rstrip("/")
    session = api.client.s
    # A redirected POST becomes a GET, and the token would go where nobody meant it to go.
    session.max_redirects = 0
    if connection.proxy:
        session.proxies = {"http": connection.proxy, "https": connection.proxy}
    return api.client


def _whole(path: str) -> str:
    """Return a request's path below Grafana's address."""
    return path if path.startswith("/apis/") else f"/api{path}"


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, GrafanaError) and error.may_pass


def _redirected(url: str, error: niquests.exceptions.TooManyRedirects) -> UnusableError:
    target = error.response.headers.get("Location") if error.response is not None else None
    return redirected(url, str(target or ""))
