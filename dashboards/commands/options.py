"""Options that several commands share."""

from collections.abc import Callable
from typing import Any

import click

from dashboards.clusters import checked_label


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


def recorded(*, default: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option that says what boards read."""
    return click.option(
        "--recorded/--raw",
        default=default,
        show_default=True,
        help="Boards read what Prometheus' recording rules hold, fast over months, or what is "
        "scraped, which needs no rules.",
    )
