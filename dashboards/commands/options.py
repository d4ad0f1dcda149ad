"""Options that several commands share."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from dashboards import catalog
from dashboards.clusters import checked_label
from dashboards.grafana import Credentials, Grafana, split_url
from dashboards.render import Json

Command = Callable[..., Any]


def _label(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    try:
        return checked_label(text) if text else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


cluster_label = click.option(
    "--cluster-label",
    metavar="LABEL",
    callback=_label,
    help="Label that tells clusters apart in a Thanos or Mimir: adds the choice of a cluster.",
)


def recorded(*, default: bool) -> Callable[[Command], Command]:
    """Return the option that says what boards read."""
    return click.option(
        "--recorded/--raw",
        default=default,
        show_default=True,
        help="Boards read what Prometheus' recording rules hold, fast over months, or what is "
        "scraped, which needs no rules.",
    )


def load_boards(names: tuple[str, ...], cluster_label: str | None, *, recorded: bool) -> list[Json]:
    """Return the boards of these names, all if none is named. Raises UnknownBoardError."""
    return [
        catalog.load(name, cluster_label, recorded=recorded) for name in names or catalog.names()
    ]


@dataclass(frozen=True, slots=True)
class GrafanaOptions:
    """Which Grafana, and who asks, as the options and the environment say."""

    url: str | None
    token: str | None
    user: str | None
    password: str | None

    def connect(self) -> Grafana:
        """Return the Grafana to talk to. Raises click.UsageError that says what to set."""
        if not self.url:
            raise click.UsageError("Which Grafana? Set GRAFANA_URL (--url), like http://host:3000.")
        try:
            address, in_url = split_url(self.url)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        return Grafana(address, self._credentials(in_url))

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


def grafana_options(command: Command) -> Command:
    """Give a command ``grafana: GrafanaOptions``, from options and the environment."""

    @click.option("--url", envvar="GRAFANA_URL", show_envvar=True, help="Grafana's address.")
    @click.option(
        "--token",
        envvar="GRAFANA_TOKEN",
        show_envvar=True,
        help="A service account's token (role Editor). Goes before user and password.",
    )
    @click.option(
        "--user", envvar="GRAFANA_USER", show_envvar=True, help="A user with role Editor."
    )
    @click.option("--password", envvar="GRAFANA_PASSWORD", show_envvar=True, help="Their password.")
    @wraps(command)
    def with_grafana(
        *arguments: Any,  # noqa: ANN401 - whatever the command takes
        url: str | None,
        token: str | None,
        user: str | None,
        password: str | None,
        **options: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        given = GrafanaOptions(url, token, user, password)
        return command(*arguments, grafana=given, **options)

    return with_grafana
