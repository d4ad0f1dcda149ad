"""``python -m dashboards build``: the boards as files that Grafana can be given."""

import difflib
from pathlib import Path

import click

from dashboards import catalog
from dashboards.commands.options import cluster_label
from dashboards.render import dumps

DEFAULT_DIRECTORY = Path("provisioning/grafana/dashboards")

_DIFF_LINES = 40


def files(cluster_label: str | None = None) -> dict[str, str]:
    """Return the text of each board's file by its name: ``{"user-groups.json": "{…"}``."""
    return {f"{name}.json": dumps(catalog.load(name, cluster_label)) for name in catalog.names()}


@click.command("build")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEFAULT_DIRECTORY,
    show_default=True,
    help="Directory for the JSON files, one a board.",
)
@click.option("--check", is_flag=True, help="Write nothing; say what differs and exit 1.")
@cluster_label
def command(output: Path, cluster_label: str | None, *, check: bool) -> None:
    """Write the boards' JSON to the provisioning directory.

    Other JSON files in the directory are left alone and named.
    """
    wanted = files(cluster_label)
    present = {path.name: path.read_text("utf-8") for path in output.glob("*.json")}
    changed = [name for name, text in wanted.items() if present.get(name) != text]
    left_over = sorted(set(present) - set(wanted))
    if check:
        _report(output, wanted, present, changed, left_over)
        return
    output.mkdir(parents=True, exist_ok=True)
    for name in changed:
        (output / name).write_text(wanted[name], "utf-8")
        click.echo(f"wrote {output / name}")
    for name in left_over:
        click.echo(f"{output / name} belongs to no board; remove it if it is not yours", err=True)
    same = len(wanted) - len(changed)
    click.echo(f"{_boards(len(wanted))}, {len(changed)} written, {same} same")


def _report(
    output: Path,
    wanted: dict[str, str],
    present: dict[str, str],
    changed: list[str],
    left_over: list[str],
) -> None:
    """Print what ``build`` would change; exit 1 if anything."""
    for name in changed:
        diff = list(
            difflib.unified_diff(
                present.get(name, "").splitlines(),
                wanted[name].splitlines(),
                f"{output / name} (now)",
                f"{output / name} (built)",
                lineterm="",
                n=2,
            )
        )
        click.echo("\n".join(diff[:_DIFF_LINES]))
        if len(diff) > _DIFF_LINES:
            click.echo(f"… and {len(diff) - _DIFF_LINES} more lines")
    for name in left_over:
        click.echo(f"{output / name} belongs to no board")
    steps = []
    if changed:
        steps.append("run `python -m dashboards build` and commit the result")
    if left_over:
        steps.append(f"remove {', '.join(left_over)}")
    if steps:
        raise click.ClickException(f"The files differ from the boards: {'; '.join(steps)}.")
    click.echo(f"{_boards(len(wanted))}, all files as built")


def _boards(count: int) -> str:
    return "1 board" if count == 1 else f"{count} boards"
