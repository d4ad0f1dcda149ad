"""``python -m dashboards new``: a first board of your own."""

import re
from pathlib import Path

import click

from dashboards import catalog

_NAME = re.compile(r"[a-z][a-z0-9-]*")
_LONGEST = 40
"""Characters that Grafana allows in a uid."""

_BOARD = '''\
"""{title}: what it is for, in one line."""

from dashboards.kit import (
    Board,
    Dashboard,
    Panel,
    Row,
    dashboard,
    grid,
    stat,
    timeseries,
    units,
    variables,
)
from dashboards.queries import groups, ranges, usage
from dashboards.queries.sources import Source

BOARD = Board(uid="{uid}", title="{title}")
"""Links and bookmarks hold the uid: it stays, whatever becomes of the title or the file."""


def board(source: Source) -> Dashboard:
    """Return the board, over scraped or recorded series."""
    return dashboard(
        BOARD,
        source,
        description="What somebody finds out here who has one minute.",
        variables=[
            variables.datasource(),
            *variables.hub(source),
            variables.group(source),
            variables.attribution(),
        ],
        rows=[Row("At a glance", grid(_panels(source), widths=12))],
    )


def _panels(source: Source) -> list[Panel]:
    return [
        stat(
            "People with a server now",
            ranges.people_now(source),
            unit=units.PEOPLE,
            description="Different members of the selected groups who have a server running at the "
            "end of the range shown.",
        ),
        timeseries(
            "Memory",
            groups.lines_by_group(source, usage.MEMORY),
            unit=units.BYTES_IEC,
            description="Memory in use by the servers of each group's members, attributed by "
            "“${{attribution:text}}”.",
        ),
    ]
'''


@click.command("new")
@click.argument("name")
@click.option("--title", help="The board's title.  [default: from NAME]")
@click.option(
    "--boards",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("boards"),
    show_default=True,
    help="Directory of your own boards; created if missing.",
)
def command(name: str, title: str | None, directory: Path) -> None:
    """Write a first board of your own, called NAME, such as gpu-queue.

    It works as it is; docs/how-to/custom-boards.md says how to go on.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise click.BadParameter(
            f"{name!r} is no name: a-z, 0-9 and -, up to {_LONGEST}, such as gpu-queue.",
            param_hint="NAME",
        )
    if name in catalog.names():
        raise click.BadParameter(
            f"groupscope has a board {name} itself; choose another name.", param_hint="NAME"
        )
    title = title or name.replace("-", " ").capitalize()
    if '"' in title or "\\" in title or not title.isprintable():
        raise click.BadParameter(
            "The title may not hold quotes, backslashes or control characters.",
            param_hint="--title",
        )
    file = directory / f"{name.replace('-', '_')}.py"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as new:
            new.write(_BOARD.format(title=title, uid=name))
    except FileExistsError as error:
        raise click.ClickException(f"{file} exists already, and was not changed.") from error
    click.echo(f"wrote {file}")
    click.echo(
        "Next:\n"
        f"  python -m dashboards lint --boards {directory}\n"
        f"  python -m dashboards report {name} --boards {directory} --prometheus URL\n"
        f"  python -m dashboards deploy {name} --boards {directory}"
    )
