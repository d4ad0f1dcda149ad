"""``python -m dashboards deploy``: the boards into running Grafanas, through their API."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

import click

from dashboards.commands import deployment
from dashboards.commands.deployment import Done, Task
from dashboards.commands.grafana_options import GrafanaOptions, There, grafana_options
from dashboards.commands.options import BoardOptions, board_options, given
from dashboards.commands.progress import progress
from dashboards.deploy import FOLDER, Wanted, Where, titles
from dashboards.own import collections

_AT_ONCE = 8
"""How many Grafanas are talked to at the same time."""

_INTERRUPTED = 130


@click.command("deploy")
@click.argument("boards", nargs=-1, metavar="[BOARD]…")
@grafana_options
@click.option(
    "--folder",
    default=FOLDER,
    show_default=True,
    help="The folder's title, or titles: “Ops / Hubs” is Hubs in Ops. Created if there is none.",
)
@click.option("--folder-uid", help="Uid of a folder that there is, instead of --folder.")
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
    tasks = []
    for there in to.connect_all():
        chosen = which.of(there.target)
        loaded = chosen.load(boards)
        path, uid = _folder(there, folder, folder_uid)
        if not uid and not titles(path):
            raise click.UsageError("--folder needs a title.")
        pruned = collections(chosen.directories) if prune else frozenset()
        where = Where(path, uid, overwrite, pruned)
        wanted = tuple(Wanted(one.board, one.collection) for one in loaded)
        tasks.append(Task(there, wanted, where, dry_run=dry_run))
    done = _one(tasks[0]) if len(tasks) == 1 else _several(tasks)
    if any(one.interrupted for one in done):
        raise click.exceptions.Exit(_INTERRUPTED)
    if any(one.failed for one in done):
        raise click.exceptions.Exit(1)


def _folder(there: There, path: str, uid: str | None) -> tuple[str, str]:
    """Return the path and the uid of the folder: the options', else the target's."""
    if there.target is None or uid or given("folder"):
        return path, uid or ""
    return there.target.folder or path, there.target.folder_uid or ""


def _one(task: Task) -> list[Done]:
    """Deploy to one Grafana, and show it as it goes."""
    done = deployment.run(task, click.echo, progress)
    if done.error:
        raise click.ClickException(done.error)
    return [done]


def _several(tasks: Sequence[Task]) -> list[Done]:
    """Deploy to several Grafanas at once; show each when it is done, and all in a table."""
    stop = threading.Event()
    found: dict[str, Done] = {}
    with (
        ThreadPoolExecutor(min(_AT_ONCE, len(tasks))) as pool,
        progress(len(tasks), "Grafanas") as advance,
    ):
        running = {pool.submit(_shown, task, stop): task for task in tasks}
        try:
            for future in as_completed(running):
                text, done = future.result()
                found[done.name] = done
                click.echo(f"\n{text}")
                advance()
        except KeyboardInterrupt:
            # Each ends after the request that it is at; what is left is for the next run.
            stop.set()
            for future, task in running.items():
                if task.there.name in found:
                    continue
                if future.cancel():
                    found[task.there.name] = Done.not_begun(task)
                    continue
                text, done = future.result()
                found[done.name] = done
                click.echo(f"\n{text}")
    ordered = [found[task.there.name] for task in tasks]
    click.echo("\n" + "\n".join(deployment.table(ordered)))
    return ordered


def _shown(task: Task, stop: threading.Event) -> tuple[str, Done]:
    """Deploy to one Grafana, and return what is to be said of it."""
    lines: list[str] = [click.style(task.there.name, bold=True)]
    show: Callable[[str], None] = lines.append
    done = deployment.run(task, show, stop=stop)
    if done.error:
        show(f"Error: {done.error}")
    return "\n".join(lines), done
