"""``python -m dashboards diff``: what a deploy would change, in words and line by line."""

from collections.abc import Sequence

import click

from dashboards.catalog.custom import CustomBoardError
from dashboards.commands import deployment
from dashboards.commands.folder_options import choose_destination, folder_options
from dashboards.commands.grafana_options import GrafanaOptions, GrafanaTarget, grafana_options
from dashboards.commands.options import BoardOptions, board_options
from dashboards.commands.series import datasource_option, decide
from dashboards.deploy import Action, Change, DeployOptions, DesiredBoard, make_plan
from dashboards.deploy.compare import unified
from dashboards.grafana.errors import GrafanaError

_UNKNOWN = 2


@click.command("diff")
@click.argument("names", nargs=-1, metavar="[BOARD]…")
@grafana_options
@folder_options
@click.option("--words", is_flag=True, help="Only say which panels differ and in what.")
@datasource_option
@board_options(recorded=None)
def command(
    names: tuple[str, ...],
    grafana: GrafanaOptions,
    boards: BoardOptions,
    *,
    folder: str,
    folder_uid: str | None,
    datasource: str | None,
    words: bool,
) -> None:
    """Show what a deploy of the boards, or of those named, would change in Grafana.

    Shows deploy's plan, and the difference of each dashboard line by line. What cannot be read is
    named, and the rest compared. Exits 0 if nothing differs, 1 if something does or could not be
    read, 2 if nothing could be compared.
    """
    differs = failed = False
    for target in grafana.connect_all():
        if target.config is not None:
            click.secho(target.name, bold=True)
        broken: list[CustomBoardError] = []
        try:
            own_boards = decide(boards.with_config(target.config), names, target, datasource)
        except GrafanaError as error:
            failed = True
            click.echo(f"Error: {error}", err=True)
            continue
        loaded = own_boards.load(names, broken=broken)
        for problem in broken:
            click.echo(f"Error: {problem}", err=True)
        if broken and not loaded:
            failed = True
            continue
        differs |= bool(broken)
        desired = [DesiredBoard(one.board, one.collection) for one in loaded]
        options = choose_destination(target.config, DeployOptions(folder, folder_uid or ""))
        try:
            differs |= _show_differences(target, desired, options, words=words)
        except GrafanaError as error:
            failed = True
            click.echo(f"Error: {error}", err=True)
    if failed or differs:
        raise click.exceptions.Exit(_UNKNOWN if failed else 1)


def _show_differences(
    target: GrafanaTarget, desired: Sequence[DesiredBoard], options: DeployOptions, *, words: bool
) -> bool:
    """Show what a deploy to one Grafana would change; return whether it is anything."""
    plan = make_plan(target.grafana, desired, options)
    for outcome in plan.outcomes(target.grafana):
        click.echo(deployment.describe(outcome, most_words=None))
        if outcome.action is not None and not words:
            for line in _diff_lines(outcome.action):
                click.echo(colored(line))
    differing = sum(action.change is not Change.SAME for action in plan.actions)
    click.echo(f"{differing} of {len(desired)} differ")
    return differing > 0


def _diff_lines(action: Action) -> list[str]:
    if action.existing is None or action.existing.provisioned_from is not None:
        return []
    return unified(action.existing.content, action.board, "in Grafana", "after a deploy")


def colored(line: str) -> str:
    """Return a line of a diff in the color that people know it by."""
    color = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
    return click.style(line, fg=color) if color else line
