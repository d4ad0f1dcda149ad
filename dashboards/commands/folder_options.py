"""Options that say which folder of a Grafana boards are in."""

from dataclasses import replace

import click

from dashboards.commands.options import Command, is_given
from dashboards.deploy import FOLDER, DeployOptions, split_titles
from dashboards.deploy.targets import TargetConfig


def folder_options(command: Command) -> Command:
    """Give a command ``folder`` and ``folder_uid``."""
    by_uid = click.option("--folder-uid", help="Uid of an existing folder, or general.")
    by_title = click.option(
        "--folder",
        default=FOLDER,
        show_default=True,
        help="The folder's title, or a path of titles: “Ops / Hubs” is Hubs in Ops.",
    )
    decorated: Command = by_title(by_uid(command))
    return decorated


def choose_destination(config: TargetConfig | None, options: DeployOptions) -> DeployOptions:
    """Return the options with the folder of the command line, or else of the target.

    Raises click.UsageError if there is none.
    """
    if config is not None and not (options.folder_uid or is_given("folder")):
        options = replace(
            options, folder=config.folder or options.folder, folder_uid=config.folder_uid or ""
        )
    if not options.folder_uid and not split_titles(options.folder):
        raise click.UsageError("--folder needs a title.")
    return options
