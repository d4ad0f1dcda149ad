"""``python -m dashboards build``: the boards, the rules that they read and the alerts, as files."""

import difflib
from collections.abc import Mapping
from pathlib import Path

import click

from dashboards.catalog import app_queries
from dashboards.catalog.app_boards import of_app
from dashboards.commands.options import BoardOptions, board_options
from dashboards.rules import alerts, recording
from dashboards.schema.canonical import dumps

DEFAULT_DIRECTORY = Path("provisioning/grafana/dashboards")
DEFAULT_RULES = Path("provisioning/prometheus/rules")
APP = Path("app/frontend")
PAGES = APP / "src/generated/queries.json"

_DIFF_LINES = 40


def boards(which: BoardOptions, *, app: bool = False) -> dict[str, str]:
    """Return the text of each board's file by its name: ``{"user-groups.json": "{…"}``."""
    return {
        f"{one.name}.json": dumps(of_app(one.board) if app else one.board) for one in which.load()
    }


@click.command("build")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEFAULT_DIRECTORY,
    show_default=True,
    help="Directory for the JSON files, one a board.",
)
@click.option(
    "--rules",
    "rules_directory",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory for Prometheus' rules.  [default: "
    f"{DEFAULT_RULES}; with another --output: none are written]",
)
@click.option(
    "--app",
    is_flag=True,
    help="As the Grafana app brings them: uids, links and a tag of their own, so that they and "
    "deployed boards leave one another alone.",
)
@click.option("--check", is_flag=True, help="Write nothing; say what differs and exit 1.")
@board_options(recorded=True)
def command(
    output: Path,
    rules_directory: Path | None,
    which: BoardOptions,
    *,
    app: bool,
    check: bool,
) -> None:
    """Write the boards' JSON, recording rules and alerts to the provisioning directory.

    Beside the sources of the Grafana app, write what its pages ask Prometheus, too.

    Other JSON files in the directory are left alone and named.
    """
    if app and (which.choice.directories or output == DEFAULT_DIRECTORY):
        raise click.UsageError(
            "--app is for groupscope's boards in the app's folder: give --output, and no --boards."
        )
    wanted = {output / name: it for name, it in boards(which, app=app).items()}
    left_over = sorted(set(output.glob("*.json")) - set(wanted))
    if rules_directory is None and output == DEFAULT_DIRECTORY:
        rules_directory = DEFAULT_RULES
    if rules_directory is not None:
        for module in (recording, alerts):
            wanted[rules_directory / module.FILE_NAME] = module.text(which.cluster_label)
    if output == DEFAULT_DIRECTORY and APP.is_dir():
        wanted[PAGES] = app_queries.text()
    # One that is not UTF-8 is not as built.
    present = {path: path.read_text("utf-8", "replace") for path in wanted if path.exists()}
    changed = [path for path, text in wanted.items() if present.get(path) != text]
    if check:
        _report(wanted, present, changed, left_over)
        return
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], "utf-8")
        click.echo(f"wrote {path}")
    for path in left_over:
        click.echo(f"{path} belongs to no board; remove it if it is not yours", err=True)
    same = len(wanted) - len(changed)
    click.echo(f"{_files(len(wanted))}, {len(changed)} written, {same} same")


def _report(
    wanted: Mapping[Path, str],
    present: Mapping[Path, str],
    changed: list[Path],
    left_over: list[Path],
) -> None:
    """Print what ``build`` would change; exit 1 if anything."""
    for path in changed:
        diff = list(
            difflib.unified_diff(
                present.get(path, "").splitlines(),
                wanted[path].splitlines(),
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
        steps.append("run `python -m dashboards build` and commit the result")
    if left_over:
        steps.append(f"remove {', '.join(path.name for path in left_over)}")
    if steps:
        raise click.ClickException(f"The files differ from the boards: {'; '.join(steps)}.")
    click.echo(f"{_files(len(wanted))}, all as built")


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
