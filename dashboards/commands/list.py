"""``python -m dashboards list``: the boards, and their copies in a Grafana."""

import json
from dataclasses import asdict, dataclass, fields, replace

import click

from dashboards.catalog.custom import CustomBoardError
from dashboards.catalog.selection import Loaded
from dashboards.commands.grafana_options import GrafanaOptions, GrafanaTarget, grafana_options
from dashboards.commands.options import BoardOptions, board_options
from dashboards.commands.series import datasource_option, decide
from dashboards.commands.tables import text_table
from dashboards.deploy import last_saved
from dashboards.deploy.compare import changes
from dashboards.deploy.history import Provenance, read_provenance
from dashboards.deploy.provenance import Ownership
from dashboards.grafana import Existing
from dashboards.grafana.errors import GrafanaError, GrafanaUnusableError
from dashboards.schema.values import Json, objects


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A board, and its copy in a Grafana; "" and 0 without a Grafana."""

    name: str
    title: str
    uid: str
    panels: int
    grafana: str = ""
    folder: str = ""
    version: int = 0
    deployed: str = ""
    drift: str = ""


@click.command("list")
@click.argument("names", nargs=-1, metavar="[BOARD]…")
@grafana_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="A table for people, or JSON for programs.",
)
@datasource_option
@board_options(recorded=None)
def command(
    names: tuple[str, ...],
    grafana: GrafanaOptions,
    boards: BoardOptions,
    *,
    form: str,
    datasource: str | None,
) -> None:
    """List the boards: name, title, uid, number of panels.

    With a Grafana (GRAFANA_URL, --url or --target), also the folder that each is in there, its
    version, the release that deployed it, and drift: whether it is what a deploy would save.
    Exits 2 if some of it cannot be read.
    """
    rows: list[BoardRow] = []
    broken: list[CustomBoardError] = []
    failed = False
    if not grafana.is_given:
        rows = [_row(loaded) for loaded in boards.load(names, broken=broken)]
    else:
        for target in grafana.connect_all():
            own_boards = boards.with_config(target.config)
            try:
                own_boards = decide(own_boards, names, target, datasource)
            except GrafanaError as error:
                failed = True
                click.echo(f"{target.name}: {error}", err=True)
                rows += [
                    replace(_row(loaded), grafana=target.name, drift="unknown")
                    for loaded in own_boards.load(names, broken=broken)
                ]
                continue
            for loaded in own_boards.load(names, broken=broken):
                try:
                    rows.append(_row_in_grafana(target, loaded))
                except GrafanaError as error:
                    failed = True
                    click.echo(f"{target.name}: {error}", err=True)
                    rows.append(replace(_row(loaded), grafana=target.name, drift="unknown"))
                    if isinstance(error, GrafanaUnusableError):
                        break
    if form == "json":
        click.echo(json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(_table(rows)))
    for problem in dict.fromkeys(map(str, broken)):
        click.echo(f"Error: {problem}", err=True)
    if failed or broken:
        raise click.exceptions.Exit(2)


def _row(loaded: Loaded) -> BoardRow:
    board = loaded.board
    return BoardRow(loaded.name, board["title"], board["uid"], _panels(board))


def _row_in_grafana(target: GrafanaTarget, loaded: Loaded) -> BoardRow:
    board, grafana = loaded.board, target.grafana
    existing = grafana.dashboard(board["uid"])
    provenance = read_provenance(grafana, existing) if existing else Provenance(Ownership.NOT_OURS)
    if existing and existing.provisioned_from is None:
        provenance = replace(provenance, manager=grafana.manager(board["uid"]))
    origin = provenance.origin
    return BoardRow(
        loaded.name,
        board["title"],
        board["uid"],
        _panels(board),
        target.name,
        (existing.folder_title or "(top level)") if existing else "",
        existing.version if existing else 0,
        origin.release if origin else "",
        _drift(existing, provenance, board),
    )


def _drift(existing: Existing | None, provenance: Provenance, board: Json) -> str:
    """Return in words how Grafana's copy differs from what a deploy would save."""
    if existing is None:
        return "not there"
    same = not changes(existing.content, board)
    managed = _managed_by(existing, provenance)
    if managed:
        return f"{managed}, {'same' if same else 'differs'}"
    if same:
        return "same"
    if provenance.ownership is Ownership.AS_DEPLOYED:
        return "a deploy would change it"
    if provenance.ownership is Ownership.CHANGED_SINCE:
        return f"changed in Grafana by {last_saved(existing)}"
    return f"not deployed by groupscope, saved by {last_saved(existing)}"


def _managed_by(existing: Existing, provenance: Provenance) -> str:
    """Return what maintains a dashboard other than deploy: ``from files``, or ""."""
    if existing.provisioned_from is not None:
        return "from files"
    manager = provenance.manager
    if manager is not None:
        return f"managed by {manager.kind} {manager.identity}".strip()
    return ""


def _panels(board: Json) -> int:
    """Return how many panels a board has, including those in collapsed rows; rows do not count."""
    outer = list(objects(board.get("panels")))
    panels = [*outer, *(panel for row in outer for panel in objects(row.get("panels")))]
    return sum(panel.get("type") != "row" for panel in panels)


def _table(rows: list[BoardRow]) -> list[str]:
    """Return the lines of a table, without the columns that are empty."""
    columns = [field.name for field in fields(BoardRow)]
    kept = [name for name in columns if any(getattr(row, name) for row in rows)]
    cells = [[str(getattr(row, name) or "") for name in kept] for row in rows]
    return text_table([name.upper() for name in kept], cells)
