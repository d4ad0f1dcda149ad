"""Options of the commands that query a Prometheus: its address, the login, the tenant."""

import os
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click
import httpx

from dashboards.commands.options import CannotRunError, Command
from dashboards.evaluate.errors import AddressError
from dashboards.evaluate.prometheus import Prometheus
from exporter.resending import Client

_CONNECTIONS = 4
_NAME = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _headers(
    _context: click.Context, _parameter: click.Parameter, lines: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """Return names and values; no message holds a value."""
    headers = lines or os.environ.get("PROMETHEUS_HEADERS", "").splitlines()
    return tuple(_header(line) for line in headers if line.strip() or lines)


def _header(line: str) -> tuple[str, str]:
    name, colon, text = line.partition(":")
    name, text = name.strip(), text.strip()
    if not colon or not name or not _NAME.issuperset(name):
        raise click.BadParameter("write it as NAME: VALUE, such as X-Scope-OrgID: lab.")
    if not text or not _sendable(text):
        raise click.BadParameter(
            f"the value of {name} is empty, or holds characters that a header may not have."
        )
    return name, text


def _sendable(text: str) -> bool:
    return text.isascii() and text.isprintable()


@dataclass(frozen=True, slots=True)
class PrometheusOptions:
    """A Prometheus and the login, as the options and the environment say."""

    url: str
    headers: tuple[tuple[str, str], ...]
    token_file: Path | None
    token: str | None
    ca_file: Path | None
    timeout: float

    def client(self) -> httpx.Client:
        """Return an HTTP client, which the caller closes. Raises CannotRunError, UsageError."""
        return Client(
            timeout=self.timeout,
            limits=httpx.Limits(max_connections=_CONNECTIONS),
            headers=self._headers(),
            verify=self._tls_context(),
        )

    def connect(self, client: httpx.Client) -> Prometheus:
        """Return the Prometheus; nothing is sent yet. Raises CannotRunError."""
        try:
            return Prometheus(client, self.url)
        except AddressError as error:
            raise CannotRunError(str(error)) from error

    def _headers(self) -> list[tuple[str, str]]:
        token = self._token()
        named = [name for name, _ in self.headers if name.lower() == "authorization"]
        if token and (named or "@" in self.url.partition("://")[2].partition("/")[0]):
            other = "the address" if not named else "--header"
            raise click.UsageError(f"A bearer token and a login in {other}: leave one out.")
        return [*self.headers, *([("Authorization", f"Bearer {token}")] if token else [])]

    def _token(self) -> str:
        """Return the token, "" if there is none. A file ends in a newline."""
        text, where = self.token or "", "PROMETHEUS_BEARER_TOKEN"
        if self.token_file is not None:
            where = str(self.token_file)
            try:
                text = self.token_file.read_text("utf-8")
            except OSError as error:
                raise CannotRunError(f"{where}: {error.strerror}.") from error
            except UnicodeDecodeError as error:
                raise CannotRunError(f"{where} is not text.") from error
            if not text.strip():
                raise CannotRunError(f"{where} is empty: it must hold a token.")
        token = text.strip()
        if not _sendable(token) or " " in token:
            raise CannotRunError(f"{where} holds characters that no token has. Copy it again.")
        return token

    def _tls_context(self) -> ssl.SSLContext | bool:
        if self.ca_file is None:
            return True
        try:
            return ssl.create_default_context(cafile=str(self.ca_file))
        except OSError as error:
            why = error.strerror or "it holds no certificates"
            raise CannotRunError(f"{self.ca_file}: {why}.") from error


_OPTIONS: tuple[Callable[[Command], Command], ...] = (
    click.option(
        "--prometheus",
        "url",
        envvar="PROMETHEUS_URL",
        default="http://localhost:9090",
        show_default=True,
        show_envvar=True,
        help="Prometheus, Thanos or Mimir, with any path it is served under.",
    ),
    click.option(
        "--header",
        "headers",
        callback=_headers,
        multiple=True,
        metavar="'NAME: VALUE'",
        help="An HTTP header of every request, such as Mimir's X-Scope-OrgID. Repeatable; or in "
        "the environment, PROMETHEUS_HEADERS, one per line.",
    ),
    click.option(
        "--bearer-token-file",
        "token_file",
        type=click.Path(path_type=Path),
        envvar="PROMETHEUS_BEARER_TOKEN_FILE",
        show_envvar=True,
        metavar="FILE",
        help="File with a bearer token; or the token itself in the environment, in "
        "PROMETHEUS_BEARER_TOKEN.",
    ),
    click.option(
        "--ca-file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="File of CA certificates to trust instead of the system's.",
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        default=120,
        show_default=True,
        help="Seconds that one query may take.",
    ),
)


def prometheus_options(command: Command) -> Command:
    """Give a command ``prometheus: PrometheusOptions``, from options and the environment."""

    @wraps(command)
    def with_prometheus(
        *arguments: Any,  # noqa: ANN401 - whatever the command takes
        url: str,
        headers: tuple[tuple[str, str], ...],
        token_file: Path | None,
        ca_file: Path | None,
        timeout: float,
        **options: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        # No option: every process list shows command lines.
        token = os.environ.get("PROMETHEUS_BEARER_TOKEN")
        prometheus = PrometheusOptions(url, headers, token_file, token, ca_file, timeout)
        return command(*arguments, prometheus=prometheus, **options)

    decorated: Command = with_prometheus
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated
