"""Options that several commands share."""

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
