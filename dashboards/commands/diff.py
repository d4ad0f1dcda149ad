"""``python -m dashboards diff``: what a deploy would change, in words and line by line."""

from collections.abc import Sequence

import click

from dashboards.catalog.custom import CustomBoardError
from dashboards.commands import deployment
from dashboards.commands.folder_options import folder_options, located
from dashboards.commands.grafana_options import GrafanaOptions, There, grafana_options
from dashboards.commands.options import BoardOptions, board_options
from dashboards.deploy import Action, Change, Wanted, Where, foreseen, plan_all
from dashboards.deploy.compare import unified
from dashboards.grafana.errors import GrafanaError

_CANNOT_TELL = 2


@click.command("diff")
@click.argument("boards", nargs=-1, metavar="[BOARD]…")
@grafana_options
@folder_options
@click.option("--words", is_flag=True, help="Only say which panels differ and in what.")
@board_options(recorded=False)
def command(
    boards: tuple[str, ...],
    to: GrafanaOptions,
    which: BoardOptions,
    *,
    folder: str,
    folder_uid: str | None,
    words: bool,
) -> None:
    """Show what a deploy of the boards, or of those named, would change in Grafana.

    That is its plan, and each dashboard line by line. What cannot be read is named, and the rest
    compared. Exits 0 if nothing differs, 1 if something does or could not be read, 2 if nothing
    can be told.
    """
    differ = failed = False
    for there in to.connect_all():
        if there.target is not None:
            click.secho(there.name, bold=True)
        broken: list[CustomBoardError] = []
        loaded = which.of(there.target).load(boards, broken=broken)
        for problem in broken:
            click.echo(f"Error: {problem}", err=True)
        if broken and not loaded:
            failed = True
            continue
        differ |= bool(broken)
        wanted = [Wanted(one.board, one.collection) for one in loaded]
        where = located(there.target, Where(folder, folder_uid or ""))
        try:
            differ |= _differs(there, wanted, where, words=words)
        except GrafanaError as error:
            failed = True
            click.echo(f"Error: {error}", err=True)
    if failed or differ:
        raise click.exceptions.Exit(_CANNOT_TELL if failed else 1)


def _differs(there: There, wanted: Sequence[Wanted], where: Where, *, words: bool) -> bool:
    """Show what a deploy to one Grafana would change; return whether it is anything."""
    plan = plan_all(there.grafana, wanted, where)
    outcomes = list(foreseen(there.grafana, plan))
    folders = outcomes[: len(outcomes) - len(plan.actions)]
    for outcome in folders:
        click.echo(deployment.line(outcome))
    for action, outcome in zip(plan.actions, outcomes[len(folders) :], strict=True):
        click.echo(deployment.line(outcome, words=None))
        if not words:
            for line in _lines(action):
                click.echo(colored(line))
    differing = sum(action.change is not Change.SAME for action in plan.actions)
    click.echo(f"{differing} of {len(wanted)} differ")
    return differing > 0


def _lines(action: Action) -> list[str]:
    if action.existing is None or action.existing.provisioned_from is not None:
        return []
    return unified(action.existing.content, action.board, "in Grafana", "after a deploy")


def colored(line: str) -> str:
    """Return a line of a diff in the color that people know it by."""
    color = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
    return click.style(line, fg=color) if color else line
