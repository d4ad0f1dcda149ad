"""``python -m dashboards deploy``: the boards into running Grafanas, through their API."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import replace

import click

from dashboards.catalog.custom import CustomBoardError
from dashboards.catalog.selection import BoardSelection, Loaded
from dashboards.commands import INTERRUPTED, deployment
from dashboards.commands.deployment import Done, Task
from dashboards.commands.folder_options import folder_options, located
from dashboards.commands.grafana_options import GrafanaOptions, There, grafana_options
from dashboards.commands.options import BoardOptions, board_options, given
from dashboards.commands.progress import progress
from dashboards.deploy import Wanted, Where

_AT_ONCE = 8
"""How many Grafanas are talked to at the same time."""


@click.command("deploy")
@click.argument("boards", nargs=-1, metavar="[BOARD]…")
@grafana_options
@folder_options
@click.option(
    "--overwrite",
    is_flag=True,
    help="Replace what was changed in Grafana, too; its version history keeps it.",
)
@click.option(
    "--prune",
    is_flag=True,
    help="Delete the folder's dashboards that deploy put there and that are no boards any more.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing; say what would be written.")
@board_options(recorded=False)
def command(
    boards: tuple[str, ...],
    to: GrafanaOptions,
    which: BoardOptions,
    *,
    folder: str,
    folder_uid: str | None,
    overwrite: bool,
    prune: bool,
    dry_run: bool,
) -> None:
    """Save the boards, or those named, into a folder of a running Grafana.

    First it says what it would do: "+" new, "~" changed, "=" same, "-" to prune, "!" not
    possible. Then it does that, and writes nothing else. What was changed in Grafana is left as it
    is: `pull` shows it, --overwrite replaces it. Exits 1 if anything failed; running it again
    finishes the work.
    """
    if prune and boards:
        raise click.UsageError("--prune needs all boards: name none.")
    if folder_uid and given("folder"):
        raise click.UsageError("--folder or --folder-uid, not both.")
    place = Where(folder, folder_uid or "", overwrite)
    tasks = [
        _task(there, which.of(there.target), boards, place, prune=prune, dry_run=dry_run)
        for there in to.connect_all()
    ]
    done = _one(tasks[0]) if len(tasks) == 1 else _several(tasks)
    if any(one.interrupted for one in done):
        raise click.exceptions.Exit(INTERRUPTED)
    if any(one.failed for one in done):
        raise click.exceptions.Exit(1)


def _task(
    there: There,
    which: BoardOptions,
    names: Sequence[str],
    place: Where,
    *,
    prune: bool,
    dry_run: bool,
) -> Task:
    broken: list[CustomBoardError] = []
    loaded = which.load(names, broken=broken)
    where = located(there.target, place)
    if prune:
        where = replace(where, prune=_pruned(which.choice, loaded, broken))
    return Task(
        there,
        tuple(Wanted(one.board, one.collection) for one in loaded),
        where,
        dry_run=dry_run,
        broken=tuple(map(str, broken)),
    )


def _pruned(
    selection: BoardSelection, loaded: Sequence[Loaded], broken: Sequence[object]
) -> frozenset[str]:
    """Return the collections to prune: those of which all boards are known, and some are there."""
    if selection.directories and not selection.collection:
        raise click.UsageError(
            "--prune with --boards needs --collection NAME: whose boards these are, so that "
            "nothing of others is deleted."
        )
    found = frozenset(one.collection for one in loaded) - {""}
    if selection.directories and not broken and selection.collection not in found:
        raise click.UsageError(
            "--boards holds no board, so --prune would delete all there were. If that is meant, "
            "delete them in Grafana."
        )
    return found - {selection.collection} if broken else found


def _one(task: Task) -> list[Done]:
    """Deploy to one Grafana, and show it as it goes."""
    done = deployment.run(task, click.echo, progress)
    if done.error:
        raise click.ClickException(done.error)
    return [done]


def _several(tasks: Sequence[Task]) -> list[Done]:
    """Deploy to several Grafanas at once; show each when it is done, and all in a table."""
    found: dict[str, Done] = {}

    def show(future: Future[tuple[str, Done]]) -> None:
        text, done = future.result()
        found[done.name] = done
        click.echo(f"\n{text}")

    with (
        ThreadPoolExecutor(min(_AT_ONCE, len(tasks))) as pool,
        progress(len(tasks), "Grafanas") as advance,
    ):
        running = [pool.submit(_shown, task) for task in tasks]
        try:
            for future in as_completed(running):
                show(future)
                advance()
        except KeyboardInterrupt:
            # Each ends before its next request; what is left is for the next run.
            for task in tasks:
                task.there.stop.set()
            for future, task in zip(running, tasks, strict=True):
                if task.there.name not in found:
                    show(future)
    ordered = [found[task.there.name] for task in tasks]
    click.echo("\n" + "\n".join(deployment.table(ordered)))
    return ordered


def _shown(task: Task) -> tuple[str, Done]:
    """Deploy to one Grafana, and return what is to be said of it."""
    lines: list[str] = [click.style(task.there.name, bold=True)]
    done = deployment.run(task, lines.append)
    if done.error:
        lines.append(f"Error: {done.error}")
    return "\n".join(lines), done
