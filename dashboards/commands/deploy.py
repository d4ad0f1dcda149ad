"""``python -m dashboards deploy``: the boards into running Grafanas, through their API."""

from collections.abc import Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import replace
from functools import partial

import click

from dashboards.catalog.custom import CustomBoardError
from dashboards.catalog.selection import BoardSelection, Loaded
from dashboards.commands import INTERRUPTED, deployment
from dashboards.commands.deployment import DeployJob, DeployResult, UndecidedJob
from dashboards.commands.folder_options import choose_destination, folder_options
from dashboards.commands.grafana_options import GrafanaOptions, GrafanaTarget, grafana_options
from dashboards.commands.options import BoardOptions, board_options, is_given
from dashboards.commands.progress import progress
from dashboards.commands.series import datasource_option
from dashboards.deploy import DeployOptions, DesiredBoard

_MOST_WORKERS = 8
"""How many Grafanas are deployed to at the same time."""


@click.command("deploy")
@click.argument("names", nargs=-1, metavar="[BOARD]…")
@grafana_options
@folder_options
@click.option(
    "--overwrite",
    is_flag=True,
    help="Also replace what was changed in Grafana; its version history keeps it.",
)
@click.option(
    "--prune",
    is_flag=True,
    help="Delete the folder's dashboards that deploy put there and that no board builds any more.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing; say what would be written.")
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
    overwrite: bool,
    prune: bool,
    dry_run: bool,
) -> None:
    """Save the boards, or those named, into a folder of a running Grafana.

    They read recorded series if Prometheus has them, else scraped ones.

    First it says what it would do: "+" new, "~" changed, "=" same, "-" to prune, "!" not
    possible. Then it does that, and writes nothing else. What was changed in Grafana is left as it
    is: `pull` shows it, --overwrite replaces it. Exits 1 if anything failed; running it again
    finishes the work.
    """
    if prune and names:
        raise click.UsageError("--prune needs all boards: name none.")
    if folder_uid and is_given("folder"):
        raise click.UsageError("--folder or --folder-uid, not both.")
    options = DeployOptions(folder, folder_uid or "", overwrite)
    make_job = partial(_make_job, names=names, options=options, prune=prune, dry_run=dry_run)
    jobs: list[DeployJob | UndecidedJob] = []
    for target in grafana.connect_all():
        own_boards = boards.with_config(target.config)
        if own_boards.recorded is not None:
            jobs.append(make_job(target, own_boards))
            continue
        # Both are built before anything is asked or written: what is wrong in the call shows first.
        scraped, recorded = (
            make_job(target, own_boards.reading(recorded=recorded)) for recorded in (False, True)
        )
        jobs.append(UndecidedJob(scraped, recorded, target.data_source(datasource)))
    results = [_deploy_to_one(jobs[0])] if len(jobs) == 1 else _deploy_to_several(jobs)
    if any(result.interrupted for result in results):
        raise click.exceptions.Exit(INTERRUPTED)
    if any(result.failed for result in results):
        raise click.exceptions.Exit(1)


def _make_job(
    target: GrafanaTarget,
    boards: BoardOptions,
    *,
    names: Sequence[str],
    options: DeployOptions,
    prune: bool,
    dry_run: bool,
) -> DeployJob:
    broken: list[CustomBoardError] = []
    loaded = boards.load(names, broken=broken)
    options = choose_destination(target.config, options)
    if prune:
        collections = _collections_to_prune(boards.selected, loaded, broken)
        options = replace(options, prune=collections)
    return DeployJob(
        target,
        tuple(DesiredBoard(one.board, one.collection) for one in loaded),
        options,
        dry_run=dry_run,
        broken=tuple(map(str, broken)),
    )


def _collections_to_prune(
    selection: BoardSelection, loaded: Sequence[Loaded], broken: Collection[object]
) -> frozenset[str]:
    """Return the collections of which all boards are known, and at least one exists."""
    if selection.directories and not selection.collection:
        raise click.UsageError(
            "--prune with --boards needs --collection NAME, the owner of these boards, so that "
            "nobody else's are deleted."
        )
    collections = frozenset(one.collection for one in loaded) - {""}
    if selection.directories and not broken and selection.collection not in collections:
        raise click.UsageError(
            "--boards holds no board, so --prune would delete all that were deployed. If that is "
            "meant, delete them in Grafana."
        )
    return collections - {selection.collection} if broken else collections


def _deploy_to_one(job: DeployJob | UndecidedJob) -> DeployResult:
    """Deploy to one Grafana, and show it as it goes."""
    result = deployment.execute(job, click.echo, progress)
    if result.error:
        raise click.ClickException(result.error)
    return result


def _deploy_to_several(jobs: Sequence[DeployJob | UndecidedJob]) -> list[DeployResult]:
    """Deploy to several Grafanas at once; show each when it is done, and all in a table."""
    by_name: dict[str, DeployResult] = {}

    def show(future: Future[tuple[str, DeployResult]]) -> None:
        text, result = future.result()
        by_name[result.name] = result
        click.echo(f"\n{text}")

    with (
        ThreadPoolExecutor(min(_MOST_WORKERS, len(jobs))) as pool,
        progress(len(jobs), "Grafanas") as advance,
    ):
        futures = [pool.submit(_deploy_silently, job) for job in jobs]
        try:
            for future in as_completed(futures):
                show(future)
                advance()
        except KeyboardInterrupt:
            # Each ends before its next request; what is left is for the next run.
            for job in jobs:
                job.target.stop.set()
            for future, job in zip(futures, jobs, strict=True):
                if job.target.name not in by_name:
                    show(future)
    results = [by_name[job.target.name] for job in jobs]
    click.echo("\n" + "\n".join(deployment.summary_table(results)))
    return results


def _deploy_silently(job: DeployJob | UndecidedJob) -> tuple[str, DeployResult]:
    """Deploy to one Grafana; return the text to show, and the result."""
    lines: list[str] = [click.style(job.target.name, bold=True)]
    result = deployment.execute(job, lines.append)
    if result.error:
        lines.append(f"Error: {result.error}")
    return "\n".join(lines), result
