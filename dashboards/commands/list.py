"""``python -m dashboards list``: the boards there are, and what of them a Grafana has."""

import json
from dataclasses import asdict, dataclass, replace

import click

from dashboards.catalog.custom import CustomBoardError
from dashboards.catalog.selection import Loaded
from dashboards.commands.grafana_options import GrafanaOptions, There, grafana_options
from dashboards.commands.options import BoardOptions, board_options
from dashboards.deploy import saved
from dashboards.deploy.compare import changes
from dashboards.deploy.history import Lineage, lineage
from dashboards.deploy.provenance import Standing
from dashboards.grafana import Existing
from dashboards.grafana.errors import GrafanaError, UnusableError
from dashboards.schema.values import Json, objects


@dataclass(frozen=True, slots=True)
class Listed:
    """A board, and what a Grafana has of it; "" and 0 where none was asked."""

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
@click.argument("boards", nargs=-1, metavar="[BOARD]…")
@grafana_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="A table for people, or JSON for programs.",
)
@board_options(recorded=False)
def command(boards: tuple[str, ...], to: GrafanaOptions, which: BoardOptions, *, form: str) -> None:
    """List the boards: name, title, uid, number of panels.

    With a Grafana (GRAFANA_URL, --url or --target), also the folder that each is in there, its
    version, the release that deployed it, and drift: whether it is what a deploy would save.
    Exits 2 if something of it cannot be told.
    """
    rows: list[Listed] = []
    broken: list[CustomBoardError] = []
    failed = False
    if not (to.url or to.names):
        rows = [_listed(one) for one in which.load(boards, broken=broken)]
    else:
        for there in to.connect_all():
            for one in which.of(there.target).load(boards, broken=broken):
                try:
                    rows.append(_in_grafana(there, one))
                except GrafanaError as error:
                    failed = True
                    click.echo(f"{there.name}: {error}", err=True)
                    rows.append(replace(_listed(one), grafana=there.name, drift="cannot be told"))
                    if isinstance(error, UnusableError):
                        break
    if form == "json":
        click.echo(json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(_table(rows)))
    for problem in dict.fromkeys(map(str, broken)):
        click.echo(f"Error: {problem}", err=True)
    if failed or broken:
        raise click.exceptions.Exit(2)


def _listed(loaded: Loaded) -> Listed:
    board = loaded.board
    return Listed(loaded.name, board["title"], board["uid"], _panels(board))


def _in_grafana(there: There, loaded: Loaded) -> Listed:
    board = loaded.board
    existing = there.grafana.dashboard(board["uid"])
    whose = lineage(there.grafana, existing) if existing else Lineage(Standing.NOT_OURS)
    if existing and existing.provisioned_from is None:
        whose = replace(whose, manager=there.grafana.manager(board["uid"]))
    origin = whose.origin
    return Listed(
        loaded.name,
        board["title"],
        board["uid"],
        _panels(board),
        there.name,
        (existing.folder_title or "(top level)") if existing else "",
        existing.version if existing else 0,
        origin.release if origin else "",
        _drift(existing, whose, board),
    )


def _drift(existing: Existing | None, whose: Lineage, board: Json) -> str:
    """Return in words how what is in Grafana stands to what a deploy would save."""
    if existing is None:
        return "not there"
    same = not changes(existing.content, board)
    others = _others(existing, whose)
    if others:
        return f"{others}, {'same' if same else 'differs'}"
    if same:
        return "same"
    if whose.standing is Standing.AS_DEPLOYED:
        return "a deploy would change it"
    if whose.standing is Standing.CHANGED_SINCE:
        return f"changed in Grafana by {saved(existing)}"
    return f"not deployed by groupscope, saved by {saved(existing)}"


def _others(existing: Existing, whose: Lineage) -> str:
    """Return what else than deploy maintains a dashboard: ``from files``, or ""."""
    if existing.provisioned_from is not None:
        return "from files"
    if whose.manager is not None:
        return f"managed by {whose.manager.kind} {whose.manager.identity}".strip()
    return ""


def _panels(board: Json) -> int:
    """Return how many panels a board has, those in collapsed rows too, headings not."""
    outer = list(objects(board.get("panels")))
    panels = [*outer, *(it for one in outer for it in objects(one.get("panels")))]
    return sum(panel.get("type") != "row" for panel in panels)


def _table(rows: list[Listed]) -> list[str]:
    """Return the lines of a table, without the columns that have nothing to say."""
    headings = (
        "name",
        "title",
        "uid",
        "panels",
        "grafana",
        "folder",
        "version",
        "deployed",
        "drift",
    )
    lines = [[str(asdict(row)[name] or "") for name in headings] for row in rows]
    kept = [n for n in range(len(headings)) if any(line[n] for line in lines)]
    shown = [[headings[n].upper() for n in kept], *([line[n] for n in kept] for line in lines)]
    widths = [max(len(line[n]) for line in shown) for n in range(len(kept))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in shown
    ]
