"""Rules about what Grafana takes: its limits, the types of values, ids that are one panel's."""

from collections.abc import Iterator

from dashboards.lint import types
from dashboards.lint.examples import board, panels
from dashboards.lint.model import Board, Problem, Severity
from dashboards.lint.registry import rule
from dashboards.reading.values import Path
from dashboards.schema.accepted import refusals


@rule(
    "accepted-by-grafana",
    why="Grafana refuses to save it, and says so only when somebody deploys.",
    good=board(tags=["jupyterhub"], refresh="5m"),
    bad=board(tags=["a tag with more letters than fit into Grafana's table of tags"]),
)
def accepted_by_grafana(board: Board) -> Iterator[Problem]:
    """Grafana can save it: title, tags and refresh interval keep its limits.

    They are those of ``dashboards.schema.accepted``; the uid has a rule of its own.
    """
    for refusal in refusals(board.json):
        yield Problem(refusal)


@rule(
    "types",
    why="A value of another type than Grafana reads is left out at best; at worst the dashboard "
    "does not open.",
    good=board(tags=["jupyterhub"]),
    bad=board(tags="jupyterhub"),
)
def types_of_values(board: Board) -> Iterator[Problem]:
    """Values have the types that Grafana reads."""
    for path, what in types.of_board(board.json):
        yield Problem(f"{_written(path)} {what}")
    for it in board.everything:
        for path, what in types.of_panel(it.json):
            yield Problem(f"{_written(path)} {what}", it)


def _written(path: Path) -> str:
    """Return a path as people write it: ``targets[0].expr``."""
    steps = (f"[{it}]" if isinstance(it, int) else f".{it}" for it in path)
    return "".join(steps).removeprefix(".")


@rule(
    "panel-ids",
    why="Links to a panel, alerts and annotations find it by its id. Where two have the same, "
    "Grafana gives one of them another when it loads the dashboard.",
    good=panels({"title": "Memory", "id": 2}, {"title": "Memory requests", "id": 3}),
    bad=panels({"title": "Memory", "id": 2}, {"title": "Memory requests", "id": 2}),
    severity=Severity.WARNING,
)
def panel_ids(board: Board) -> Iterator[Problem]:
    """No two panels have the same id."""
    for id_, count in board.ids.items():
        if id_ is not None and count > 1:
            named = [f"“{it.name}”" for it in board.everything if it.id == id_]
            yield Problem(f"{count} panels have the id {id_}: {', '.join(named[:_NAMED])}")


_NAMED = 4
