"""``python -m dashboards build``: the boards, the recording rules and the alerts, as files."""

import difflib
from collections.abc import Mapping
from pathlib import Path

import click

from dashboards.catalog import app_queries
from dashboards.catalog.app_boards import of_app
from dashboards.commands.options import BoardOptions, board_options, is_given
from dashboards.rules import alerts, recording
from dashboards.schema.canonical import dumps
from exporter.text import counted

DEFAULT_DIRECTORY = Path("provisioning/grafana/dashboards")
DEFAULT_RULES = Path("provisioning/prometheus/rules")
APP = Path("app/frontend")
PAGES = APP / "src/generated/queries.json"

_DIFF_LINES = 40


def board_files(boards: BoardOptions, *, app: bool = False) -> dict[str, str]:
    """Return the text of each board's file by its name: ``{"user-groups.json": "{…"}``."""
    return {
        f"{loaded.name}.json": dumps(of_app(loaded.board) if app else loaded.board)
        for loaded in boards.load()
    }


@click.command("build")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEFAULT_DIRECTORY,
    show_default=True,
    help="Directory for the JSON files, one for each board.",
)
@click.option(
    "--rules",
    "rules_directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory for Prometheus' rules.  [default: "
    f"{DEFAULT_RULES}; with another --output: none are written]",
)
@click.option(
    "--for",
    "engine",
    type=click.Choice([engine.value for engine in recording.Engine]),
    default=recording.Engine.PROMETHEUS.value,
    show_default=True,
    help="What evaluates the rules. VictoriaMetrics' vmalert writes late what a rule records: for "
    "it no rule reads what another one records.",
)
@click.option(
    "--app",
    is_flag=True,
    help="Build the Grafana app's boards: they have uids, links and a tag of their own, so that "
    "they and deployed boards do not collide.",
)
@click.option("--check", is_flag=True, help="Write nothing; if files differ, show how and exit 1.")
@board_options(recorded=True)
def command(
    output: Path,
    rules_directory: Path | None,
    engine: str,
    boards: BoardOptions,
    *,
    app: bool,
    check: bool,
) -> None:
    """Write the boards' JSON, recording rules and alerts to the provisioning directory.

    In a clone, also write the queries of the Grafana app's pages. Other JSON files in the
    directory are left as they are, and named.
    """
    if app and (boards.selected.directories or output == DEFAULT_DIRECTORY):
        raise click.UsageError(
            "--app builds groupscope's own boards for the app: give --output, and no --boards."
        )
    built = {output / name: text for name, text in board_files(boards, app=app).items()}
    left_over = sorted(set(output.glob("*.json")) - set(built))
    if rules_directory is None and output == DEFAULT_DIRECTORY:
        rules_directory = DEFAULT_RULES
    if rules_directory is None and is_given("engine"):
        raise click.UsageError("--for is about the rules: with another --output, give --rules.")
    if rules_directory is not None:
        label = boards.cluster_label
        usage_rules = recording.text(label, recording.Engine(engine))
        built[rules_directory / recording.FILE_NAME] = usage_rules
        built[rules_directory / alerts.FILE_NAME] = alerts.text(label)
    if output == DEFAULT_DIRECTORY and APP.is_dir():
        built[PAGES] = app_queries.text()
    # A file that is not UTF-8 is not as built.
    present = {path: path.read_text("utf-8", "replace") for path in built if path.exists()}
    changed = [path for path, text in built.items() if present.get(path) != text]
    if check:
        _check(built, present, changed, left_over)
        return
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(built[path], "utf-8")
        click.echo(f"wrote {path}")
    for path in left_over:
        click.echo(f"{path} belongs to no board; remove it unless it is yours", err=True)
    same = len(built) - len(changed)
    click.echo(f"{counted(len(built), 'file')}, {len(changed)} written, {same} same")


def _check(
    built: Mapping[Path, str],
    present: Mapping[Path, str],
    changed: list[Path],
    left_over: list[Path],
) -> None:
    """Print what ``build`` would change; exit 1 if anything."""
    for path in changed:
        diff = list(
            difflib.unified_diff(
                present.get(path, "").splitlines(),
                built[path].splitlines(),
                f"{path} (now)",
                f"{path} (built)",
                lineterm="",
                n=2,
            )
        )
        click.echo("\n".join(diff[:_DIFF_LINES]))
        if len(diff) > _DIFF_LINES:
            click.echo(f"… and {len(diff) - _DIFF_LINES} more lines")
    for path in left_over:
        click.echo(f"{path} belongs to no board")
    steps = []
    if changed:
        steps.append("run the same without `--check` and commit the result")
    if left_over:
        steps.append(f"remove {', '.join(path.name for path in left_over)}")
    if steps:
        raise click.ClickException(f"The files differ from the boards: {'; '.join(steps)}.")
    click.echo(f"{counted(len(built), 'file')}, all as built")
