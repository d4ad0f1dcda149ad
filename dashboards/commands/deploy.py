"""``python -m dashboards deploy``: the boards into a running Grafana, through its API."""

from collections.abc import Sequence

import click

from dashboards import catalog
from dashboards.commands.options import (
    GrafanaOptions,
    cluster_label,
    grafana_options,
    load_boards,
    recorded,
)
from dashboards.deploy import FOLDER, Change, Outcome, counts, deploy_all
from dashboards.grafana_errors import GrafanaError
from dashboards.marker import release

_NAMES = {
    Change.NEW: "new",
    Change.CHANGED: "changed",
    Change.SAME: "same",
    Change.FAILED: "failed",
}


_WORDS = 12
"""How many changes of one dashboard are told before the rest is only counted."""


@click.command("deploy")
@click.argument("boards", nargs=-1, metavar="[BOARD]...")
@grafana_options
@click.option(
    "--folder",
    default=FOLDER,
    show_default=True,
    help="Title of the folder; created if there is none.",
)
@click.option(
    "--overwrite",
    is_flag=True,
    help="Replace what was changed in Grafana, too; its version history keeps it.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing; say what would be written.")
@recorded(default=False)
@cluster_label
def command(
    boards: tuple[str, ...],
    grafana: GrafanaOptions,
    *,
    cluster_label: str | None,
    recorded: bool,
    folder: str,
    overwrite: bool,
    dry_run: bool,
) -> None:
    """Save the boards, or those named, into a folder of a running Grafana.

    Only what differs is written: "+" new, "~" changed, "=" same, "!" failed. What was changed in
    Grafana is left as it is: `pull` shows it, --overwrite replaces it.
    """
    there = grafana.connect()
    try:
        wanted = load_boards(boards, cluster_label, recorded=recorded)
    except catalog.UnknownBoardError as error:
        raise click.UsageError(str(error)) from error
    if not folder.strip():
        raise click.UsageError("--folder needs a title.")
    seen: list[Outcome] = []
    try:
        for outcome in deploy_all(
            there,
            wanted,
            folder.strip(),
            dry_run=dry_run,
            message=f"groupscope {release()}",
            overwrite=overwrite,
        ):
            seen.append(outcome)
            click.echo(_line(outcome))
    except GrafanaError as error:
        if seen:
            click.echo(_summary(seen, folder, len(wanted), dry_run=dry_run))
        raise click.ClickException(str(error)) from error
    click.echo(_summary(seen, folder, len(wanted), dry_run=dry_run))
    if any(outcome.change is Change.FAILED for outcome in seen):
        raise click.exceptions.Exit(1)


def _line(outcome: Outcome) -> str:
    """Return ``+ new      User groups  http://host/d/groupscope-user-groups``."""
    title = f"folder {outcome.title}" if outcome.kind == "folder" else outcome.title
    head = f"{outcome.change.value} {_NAMES[outcome.change]:<8} {title}  {outcome.url}"
    if outcome.change is Change.FAILED:
        return f"{head}\n  {outcome.note}"
    first = f"{head}  ({outcome.note})" if outcome.note else head
    shown = list(outcome.words[:_WORDS])
    if len(outcome.words) > _WORDS:
        shown.append(f"… and {len(outcome.words) - _WORDS} more: see `python -m dashboards diff`")
    return "\n".join([first, *(f"    {words}" for words in shown)])


def _summary(seen: Sequence[Outcome], folder: str, wanted: int, *, dry_run: bool) -> str:
    """Return ``2 dashboards in folder “groupscope”: 1 new, 0 changed, 1 same``."""
    by_change = counts(seen)
    parts = [
        f"{number} {_NAMES[change]}"
        for change, number in by_change.items()
        if number or change is not Change.FAILED
    ]
    untried = wanted - sum(by_change.values())
    if untried:
        parts.append(f"{untried} not tried")
    noun = "dashboard" if wanted == 1 else "dashboards"
    start = "Dry run, nothing written: " if dry_run else ""
    return f"{start}{wanted} {noun} for folder “{folder.strip()}”: {', '.join(parts)}"
