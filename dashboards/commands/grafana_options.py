"""Options of the commands that talk to a Grafana: its address, the login, the way there."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from dashboards.commands.options import Command, is_given
from dashboards.deploy import targets
from dashboards.deploy.targets import TargetConfig, TargetError
from dashboards.grafana import ConnectionOptions, Credentials, Grafana, RetryPolicy, split_url

_SET_BY_TARGET = ("url", "token", "user", "password", "ca_file", "proxy")
"""Options of one Grafana, which a target sets itself."""


@dataclass(frozen=True, slots=True)
class GrafanaTarget:
    """A Grafana that a command talks to; ``config`` is its table in the file, None without one."""

    grafana: Grafana
    stop: threading.Event
    """Once set, no further request is sent to it."""
    config: TargetConfig | None = None

    @property
    def name(self) -> str:
        """Return its name in the file of targets, or its address."""
        return self.config.name if self.config else self.grafana.url

    def data_source(self, given: str | None) -> str | None:
        """Return the data source to ask: that of the command line, or else of the target."""
        return given or (self.config.datasource if self.config else None)


@dataclass(frozen=True, slots=True)
class GrafanaOptions:
    """The Grafana, or several by name, and the login, as the options and the environment say."""

    url: str | None
    token: str | None
    user: str | None
    password: str | None
    ca_file: Path | None
    proxy: str | None
    timeout: float
    retries: int
    target_names: tuple[str, ...]
    config_file: Path

    @property
    def is_given(self) -> bool:
        """Tell whether any Grafana is named."""
        return bool(self.url or self.target_names)

    def connect(self) -> GrafanaTarget:
        """Return the one Grafana to talk to. Raises click.UsageError that says what to set."""
        grafanas = self.connect_all()
        if len(grafanas) > 1:
            raise click.UsageError("This command reads one Grafana: name one --target.")
        return grafanas[0]

    def connect_all(self) -> list[GrafanaTarget]:
        """Return the Grafanas to talk to, one or more. Raises click.UsageError."""
        if not self.target_names:
            return [_make_target(self._connection())]
        for option in _SET_BY_TARGET:
            if is_given(option):
                name = option.replace("_", "-")
                raise click.UsageError(f"A --target sets --{name} itself: leave one out.")
        try:
            configs = targets.choose(
                targets.read(self.config_file), self.target_names, self.config_file
            )
            return [_make_target(self._connection_of(config), config) for config in configs]
        except TargetError as error:
            raise click.UsageError(str(error)) from error

    def _connection_of(self, config: TargetConfig) -> ConnectionOptions:
        if not (config.token_env or config.token_file or config.user):
            raise TargetError(
                f"{self.config_file}: {config.name} has no login. Say where its token is, with "
                "token_file or token_env; or user and password_file, or password_env."
            )
        own_options = GrafanaOptions(
            config.url,
            config.token(),
            config.user,
            config.password(),
            config.ca_file,
            config.proxy,
            self.timeout,
            self.retries,
            (),
            self.config_file,
        )
        try:
            return own_options._connection(f"{config.name}: ")
        except click.UsageError as error:
            raise click.UsageError(f"{self.config_file}, target {config.name}: {error}") from error

    def _connection(self, heading: str = "") -> ConnectionOptions:
        if not self.url:
            raise click.UsageError("Which Grafana? Set GRAFANA_URL (--url), like http://host:3000.")
        try:
            address, login_in_url = split_url(self.url)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        if self.ca_file and not self.ca_file.is_file():
            raise click.UsageError(f"There is no file of certificates {self.ca_file}.")
        return ConnectionOptions(
            address,
            self._credentials(login_in_url),
            ca_file=self.ca_file,
            proxy=self.proxy,
            retry_policy=RetryPolicy(timeout=self.timeout, attempts=self.retries + 1),
            notify=lambda text: click.echo(f"{heading}{text}", err=True),
        )

    def _credentials(self, login_in_url: tuple[str, str] | None) -> Credentials:
        if self.token and self.token.strip():
            # A token read from a file ends in a newline.
            token = self.token.strip()
            if not (token.isascii() and token.isprintable()) or " " in token:
                raise click.UsageError(
                    "GRAFANA_TOKEN (--token) holds characters that no token has. Copy it again."
                )
            return token
        if self.user and self.password:
            return self.user, self.password
        if self.user or self.password:
            raise click.UsageError(
                "GRAFANA_USER (--user) and GRAFANA_PASSWORD (--password) go together: set both."
            )
        if login_in_url:
            return login_in_url
        raise click.UsageError(
            "Grafana needs a login. Set GRAFANA_TOKEN (--token) to a service account's token, or "
            "GRAFANA_USER and GRAFANA_PASSWORD (--user, --password)."
        )


def _make_target(
    connection: ConnectionOptions, config: TargetConfig | None = None
) -> GrafanaTarget:
    return GrafanaTarget(Grafana(connection), connection.stop, config)


_OPTIONS: tuple[Callable[[Command], Command], ...] = (
    click.option("--url", envvar="GRAFANA_URL", show_envvar=True, help="Grafana's address."),
    click.option(
        "--token",
        envvar="GRAFANA_TOKEN",
        show_envvar=True,
        help="A service account's token (role Editor). Used instead of user and password.",
    ),
    click.option(
        "--user", envvar="GRAFANA_USER", show_envvar=True, help="A user with role Editor."
    ),
    click.option("--password", envvar="GRAFANA_PASSWORD", show_envvar=True, help="Their password."),
    click.option(
        "--ca-file",
        type=click.Path(path_type=Path),
        help="File of CA certificates to trust instead of the system's.",
    ),
    click.option("--proxy", metavar="URL", help="HTTP proxy to reach Grafana through."),
    click.option(
        "--timeout",
        type=click.FloatRange(min=0, min_open=True),
        default=RetryPolicy().timeout,
        show_default=True,
        help="Seconds to wait for one response.",
    ),
    click.option(
        "--retries",
        type=click.IntRange(min=0),
        default=RetryPolicy().attempts - 1,
        show_default=True,
        help="How often to retry, with growing pauses, after 429, 5xx or no response.",
    ),
    click.option(
        "--target",
        "target_names",
        multiple=True,
        metavar="NAME",
        help="A Grafana by its name in the file of --config. Repeatable; `all` is all of them.",
    ),
    click.option(
        "--config",
        "config_file",
        type=click.Path(path_type=Path),
        default=Path(targets.FILE_NAME),
        show_default=True,
        help="File that names Grafanas.",
    ),
)


def grafana_options(command: Command) -> Command:
    """Give a command ``grafana: GrafanaOptions``, from options and the environment."""

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
        target_names: tuple[str, ...],
        config_file: Path,
        **options: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        grafana = GrafanaOptions(
            url, token, user, password, ca_file, proxy, timeout, retries, target_names, config_file
        )
        return command(*arguments, grafana=grafana, **options)

    decorated: Command = with_grafana
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated
