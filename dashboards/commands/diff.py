"""``python -m dashboards diff``: what a deploy would change, in words and line by line."""

import click

from dashboards.commands.grafana_options import GrafanaOptions, There, grafana_options
from dashboards.commands.options import BoardOptions, CannotRunError, board_options
from dashboards.compare import changes, unified
from dashboards.deploy import saved
from dashboards.grafana.errors import GrafanaError
from dashboards.marker import Standing, standing
from dashboards.render import Json


@click.command("diff")
@click.argument("boards", nargs=-1, metavar="[BOARD]…")
@grafana_options
@click.option("--words", is_flag=True, help="Only say which panels differ and in what.")
@board_options(recorded=False)
def command(
    boards: tuple[str, ...], to: GrafanaOptions, which: BoardOptions, *, words: bool
) -> None:
    """Show what a deploy of the boards, or of those named, would change in Grafana.

    Exits 0 if nothing differs, 1 if something does, 2 if it cannot be told.
    """
    differ = False
    for there in to.connect_all():
        if there.target is not None:
            click.secho(there.name, bold=True)
        wanted = [one.board for one in which.of(there.target).load(boards)]
        try:
            differing = sum(_differs(there, board, words=words) for board in wanted)
        except GrafanaError as error:
            raise CannotRunError(str(error)) from error
        click.echo(f"{differing} of {len(wanted)} differ")
        differ |= differing > 0
    if differ:
        raise click.exceptions.Exit(1)


def _differs(there: There, board: Json, *, words: bool) -> bool:
    """Show how a board in Grafana differs from ours; return whether it does."""
    existing = there.grafana.dashboard(board["uid"])
    name = f"{board['title']} ({board['uid']})"
    if existing is None:
        click.echo(f"+ {name}: not in Grafana")
        return True
    said = changes(existing.content, board)
    if not said:
        click.echo(f"= {name}: same")
        return False
    click.secho(f"~ {name}", bold=True)
    if standing(existing.content) is Standing.CHANGED_SINCE:
        click.echo(f"  changed in Grafana by {saved(existing)}")
    for each in said:
        click.echo(f"  {each}")
    if not words:
        lines = unified(existing.content, board, "in Grafana", "after a deploy")
        click.echo("\n".join(map(colored, lines)))
    return True


def colored(line: str) -> str:
    """Return a line of a diff in the color that people know it by."""
    color = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
    return click.style(line, fg=color) if color else line
