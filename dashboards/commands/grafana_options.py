"""Options of the commands that talk to a Grafana: which one, who asks, through what."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from dashboards.commands.options import Command, given
from dashboards.deploy import targets
from dashboards.deploy.targets import Target, TargetError
from dashboards.grafana import Connection, Credentials, Grafana, Patience, split_url

_ONLY_ONE = ("url", "token", "user", "password", "ca_file", "proxy")
"""Options that are of one Grafana: a target says these itself."""


@dataclass(frozen=True, slots=True)
class There:
    """A Grafana that a command talks to; ``target`` is what a file says of it, if one does."""

    grafana: Grafana
    stop: threading.Event
    """Ends what is being done there before its next request."""
    target: Target | None = None

    @property
    def name(self) -> str:
        """Return what to call it beside others."""
        return self.target.name if self.target else self.grafana.url


@dataclass(frozen=True, slots=True)
class GrafanaOptions:
    """Which Grafana, and who asks, as the options and the environment say."""

    url: str | None
    token: str | None
    user: str | None
    password: str | None
    ca_file: Path | None
    proxy: str | None
    timeout: float
    retries: int
    names: tuple[str, ...]
    config: Path

    def connect(self) -> There:
        """Return the one Grafana to talk to. Raises click.UsageError that says what to set."""
        found = self.connect_all()
        if len(found) > 1:
            raise click.UsageError("This command looks at one Grafana: name one --target.")
        return found[0]

    def connect_all(self) -> list[There]:
        """Return the Grafanas to talk to, one or more. Raises click.UsageError."""
        if not self.names:
            return [_there(self._connection())]
        for option in _ONLY_ONE:
            if given(option):
                name = option.replace("_", "-")
                raise click.UsageError(f"A --target says itself what --{name} is: leave one out.")
        try:
            chosen = targets.choose(targets.read(self.config), self.names, self.config)
            return [_there(self._of_target(target), target) for target in chosen]
        except TargetError as error:
            raise click.UsageError(str(error)) from error

    def _of_target(self, target: Target) -> Connection:
        if not (target.token_env or target.token_file or target.user):
            raise TargetError(
                f"{self.config}: {target.name} has no login. Say where its token is, with "
                "token_file or token_env; or user and password_file, or password_env."
            )
        named = GrafanaOptions(
            target.url,
            target.token(),
            target.user,
            target.password(),
            target.ca_file,
            target.proxy,
            self.timeout,
            self.retries,
            (),
            self.config,
        )
        try:
            return named._connection(f"{target.name}: ")
        except click.UsageError as error:
            raise click.UsageError(f"{self.config}, target {target.name}: {error}") from error

    def _connection(self, heading: str = "") -> Connection:
        if not self.url:
            raise click.UsageError("Which Grafana? Set GRAFANA_URL (--url), like http://host:3000.")
        try:
            address, in_url = split_url(self.url)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        if self.ca_file and not self.ca_file.is_file():
            raise click.UsageError(f"There is no file of certificates {self.ca_file}.")
        return Connection(
            address,
            self._credentials(in_url),
            authorities=self.ca_file,
            proxy=self.proxy,
            patience=Patience(timeout=self.timeout, tries=self.retries + 1),
            told=lambda text: click.echo(f"{heading}{text}", err=True),
        )

    def _credentials(self, in_url: tuple[str, str] | None) -> Credentials:
        if self.token and self.token.strip():
            # A token read from a file ends in a newline.
            bare = self.token.strip()
            if not (bare.isascii() and bare.isprintable()) or " " in bare:
                raise click.UsageError(
                    "GRAFANA_TOKEN (--token) holds characters that no token has. Copy it again."
                )
            return bare
        if self.user and self.password:
            return self.user, self.password
        if self.user or self.password:
            raise click.UsageError(
                "GRAFANA_USER (--user) and GRAFANA_PASSWORD (--password) go together: set both."
            )
        if in_url:
            return in_url
        raise click.UsageError(
            "Grafana needs a login. Set GRAFANA_TOKEN (--token) to a service account's token, or "
            "GRAFANA_USER and GRAFANA_PASSWORD (--user, --password)."
        )


def _there(connection: Connection, target: Target | None = None) -> There:
    return There(Grafana(connection), connection.stop, target)


_OPTIONS: tuple[Callable[[Command], Command], ...] = (
    click.option("--url", envvar="GRAFANA_URL", show_envvar=True, help="Grafana's address."),
    click.option(
        "--token",
        envvar="GRAFANA_TOKEN",
        show_envvar=True,
        help="A service account's token (role Editor). Goes before user and password.",
    ),
    click.option(
        "--user", envvar="GRAFANA_USER", show_envvar=True, help="A user with role Editor."
    ),
    click.option("--password", envvar="GRAFANA_PASSWORD", show_envvar=True, help="Their password."),
    click.option(
        "--ca-file",
        type=click.Path(path_type=Path),
        help="Certificates of the authorities to trust instead of the system's.",
    ),
    click.option("--proxy", metavar="URL", help="Proxy on the way to Grafana."),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        default=Patience().timeout,
        show_default=True,
        help="Seconds to wait for one answer.",
    ),
    click.option(
        "--retries",
        type=click.IntRange(min=0),
        default=Patience().tries - 1,
        show_default=True,
        help="How often to ask again, ever later, after 429, 5xx or no answer.",
    ),
    click.option(
        "--target",
        "names",
        multiple=True,
        metavar="NAME",
        help="A Grafana by its name in the file of --config; repeatable; `all` is all of them.",
    ),
    click.option(
        "--config",
        type=click.Path(path_type=Path),
        default=Path(targets.FILE_NAME),
        show_default=True,
        help="File that names Grafanas.",
    ),
)


def grafana_options(command: Command) -> Command:
    """Give a command ``to: GrafanaOptions``, from options and the environment."""

    @wraps(command)
    def with_grafana(
        *arguments: Any,  # noqa: ANN401 - whatever the command takes
        url: str | None,
        token: str | None,
        user: str | None,
        password: str | None,
        ca_file: Path | None,
        proxy: str | None,
        timeout: float,
        retries: int,
        names: tuple[str, ...],
        config: Path,
        **options: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        to = GrafanaOptions(
            url, token, user, password, ca_file, proxy, timeout, retries, names, config
        )
        return command(*arguments, to=to, **options)

    decorated: Command = with_grafana
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated
