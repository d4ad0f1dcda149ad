"""Options that say which folder of a Grafana boards are in."""

from dataclasses import replace

import click

from dashboards.commands.options import Command, given
from dashboards.deploy import FOLDER, Where, titles
from dashboards.deploy.targets import Target


def folder_options(command: Command) -> Command:
    """Give a command ``folder`` and ``folder_uid``."""
    by_uid = click.option("--folder-uid", help="Uid of a folder that there is, or general.")
    by_title = click.option(
        "--folder",
        default=FOLDER,
        show_default=True,
        help="The folder's title, or titles: “Ops / Hubs” is Hubs in Ops.",
    )
    decorated: Command = by_title(by_uid(command))
    return decorated


def located(target: Target | None, where: Where) -> Where:
    """Return where boards go: as the command line says, else as the target does.

    Raises click.UsageError if that is nowhere.
    """
    if target is not None and not (where.folder_uid or given("folder")):
        where = replace(
            where, folder=target.folder or where.folder, folder_uid=target.folder_uid or ""
        )
    if not where.folder_uid and not titles(where.folder):
        raise click.UsageError("--folder needs a title.")
    return where
