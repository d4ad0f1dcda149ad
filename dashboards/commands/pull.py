"""``python -m dashboards pull``: what somebody changed in Grafana, to copy it into the board."""

from pathlib import Path

import click

from dashboards.commands.diff import colored
from dashboards.commands.grafana_options import GrafanaOptions, grafana_options
from dashboards.commands.options import BoardOptions, CannotRunError, board_options
from dashboards.commands.series import datasource_option, decide
from dashboards.deploy import last_saved
from dashboards.deploy.compare import changes, unified
from dashboards.deploy.provenance import content
from dashboards.grafana.errors import GrafanaError
from dashboards.schema.canonical import dumps


@click.command("pull")
@click.argument("name", metavar="BOARD")
@grafana_options
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the dashboard's JSON as Grafana has it to this file, instead of the diff.",
)
@datasource_option
@board_options(recorded=None)
def command(
    name: str,
    grafana: GrafanaOptions,
    boards: BoardOptions,
    datasource: str | None,
    output: Path | None,
) -> None:
    """Show how Grafana's copy of BOARD differs from ours, or write it to a file.

    The diff reads from ours to Grafana's: "+" is what somebody added there. Copy what you want to
    keep into the board's Python, then deploy with --overwrite. Nothing is written to Grafana.
    """
    target = grafana.connect()
    own_boards = boards.with_config(target.config)
    try:
        [loaded] = decide(own_boards, [name], target, datasource).load([name])
        ours = loaded.board
        existing = target.grafana.dashboard(ours["uid"])
    except GrafanaError as error:
        raise click.ClickException(str(error)) from error
    if existing is None:
        raise click.ClickException(f"Grafana has no dashboard with the uid {ours['uid']}.")
    if output is not None:
        try:
            output.write_text(dumps(content(existing.content)), "utf-8")
        except OSError as error:
            raise CannotRunError(f"{output}: {error.strerror}.") from error
        click.echo(f"wrote {output}")
        return
    differences = changes(ours, existing.content)
    if not differences:
        click.echo(f"Grafana's {ours['title']} is the same as ours.")
        return
    click.echo(f"Saved by {last_saved(existing)}:")
    for difference in differences:
        click.echo(f"  {difference}")
    click.echo("\n".join(map(colored, unified(ours, existing.content, "ours", "in Grafana"))))
