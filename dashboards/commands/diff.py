"""``python -m dashboards diff``: what a deploy would change, in words and line by line."""

import click

from dashboards import catalog
from dashboards.commands.options import (
    GrafanaOptions,
    cluster_label,
    grafana_options,
    load_boards,
    recorded,
)
from dashboards.compare import changes, unified
from dashboards.grafana_errors import GrafanaError
from dashboards.marker import Standing, standing


class _CannotRunError(click.ClickException):
    exit_code = 2


@click.command("diff")
@click.argument("boards", nargs=-1, metavar="[BOARD]…")
@grafana_options
@click.option("--words", is_flag=True, help="Only say which panels differ and in what.")
@recorded(default=False)
@cluster_label
def command(
    boards: tuple[str, ...],
    grafana: GrafanaOptions,
    cluster_label: str | None,
    *,
    words: bool,
    recorded: bool,
) -> None:
    """Show what a deploy of the boards, or of those named, would change in Grafana.

    Exits 0 if nothing differs, 1 if something does, 2 if it cannot be told.
    """
    there = grafana.connect()
    differ = 0
    try:
        wanted = load_boards(boards, cluster_label, recorded=recorded)
        for board in wanted:
            existing = there.dashboard(board["uid"])
            name = f"{board['title']} ({board['uid']})"
            if existing is None:
                differ += 1
                click.echo(f"+ {name}: not in Grafana")
                continue
            said = changes(existing.content, board)
            if not said:
                click.echo(f"= {name}: same")
                continue
            differ += 1
            click.echo(click.style(f"~ {name}", bold=True))
            if standing(existing.content) is Standing.CHANGED_SINCE:
                click.echo(f"  changed in Grafana by {existing.updated_by}, {existing.updated}")
            for each in said:
                click.echo(f"  {each}")
            if not words:
                lines = unified(existing.content, board, "in Grafana", "after a deploy")
                click.echo("\n".join(map(colored, lines)))
    except catalog.UnknownBoardError as error:
        raise click.UsageError(str(error)) from error
    except GrafanaError as error:
        raise _CannotRunError(str(error)) from error
    click.echo(f"{differ} of {len(wanted)} differ")
    if differ:
        raise click.exceptions.Exit(1)


def colored(line: str) -> str:
    """Return a line of a diff in the color that people know it by."""
    color = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
    return click.style(line, fg=color) if color else line
