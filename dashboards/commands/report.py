"""``python -m dashboards report``: boards as HTML pages, straight from Prometheus."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from dashboards.commands.options import BoardOptions, CannotRunError, board_options
from dashboards.commands.progress import progress
from dashboards.commands.prometheus_options import PrometheusOptions, prometheus_options
from dashboards.commands.report_boards import (
    NamedBoard,
    load_boards,
    with_unique_names,
)
from dashboards.commands.series import choose_by_prometheus
from dashboards.evaluate import data, filters, ranges, times, variables
from dashboards.evaluate.choice import Choice
from dashboards.evaluate.errors import PrometheusError
from dashboards.evaluate.matching import VariableError
from dashboards.evaluate.model import PanelData, TimeRange
from dashboards.evaluate.prometheus import Prometheus
from dashboards.reading import Unread
from dashboards.report.hyperlinks import PageLink
from dashboards.schema.values import Json
from exporter.extras import require

DEFAULT_OUTPUT = Path("report")

_INPUT_ERRORS = (times.TimeError, VariableError, filters.FilterError)


@dataclass(frozen=True, slots=True)
class _PageJob:
    """A board, its variables' values and its range: what one page shows."""

    board: Json
    choices: tuple[Choice, ...]
    span: TimeRange


@click.command("report")
@click.argument("arguments", metavar="[BOARD]…", nargs=-1)
@prometheus_options
@click.option(
    "--from",
    "start",
    help="Start: now-7d, now/d, 2026-03-17, or a Unix time. Default: the board's own.",
)
@click.option("--to", "end", help="End, in the same forms. Default: the board's own.")
@click.option(
    "--var",
    "assignments",
    multiple=True,
    metavar="NAME=VALUE",
    help="A variable's value, such as group=lab. For several, repeat it or write group=lab,staff; "
    "group= is the empty value. A filter is written as Filters='job|=|hub'.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=DEFAULT_OUTPUT,
    show_default=True,
    help="Directory for the pages; for one board also a file, FILE.html.",
)
@board_options(recorded=None)
def command(
    arguments: tuple[str, ...],
    prometheus: PrometheusOptions,
    start: str | None,
    end: str | None,
    assignments: tuple[str, ...],
    output: Path,
    boards: BoardOptions,
) -> None:
    """Write each BOARD (default: all) as one HTML page with its numbers in it.

    A BOARD is a name, or the path of a file or directory that holds dashboards. Boards by name
    read recorded series if Prometheus has them for the whole range, else scraped ones. Exits 1
    when a query fails (its panel says why) or Prometheus cannot be reached, 2 when an option names
    something that does not exist, or the extra "report" is not installed.
    """
    loaded = list(load_boards(arguments, boards))
    unread = [problem for problem in loaded if isinstance(problem, Unread)]
    named = with_unique_names([board for board in loaded if isinstance(board, NamedBoard)])
    for problem in unread:
        click.echo(str(problem), err=True)
    if not named:
        raise CannotRunError("There is no dashboard to make a page of.")
    is_file = output.suffix.lower() in (".html", ".htm")
    if is_file and len(named) > 1:
        raise CannotRunError(f"{output} is one file, but there are {len(named)} boards.")
    require("report", "jinja2", "markdown_it", "matplotlib", "numpy")
    now = datetime.now(UTC)
    failed = bool(unread)
    with prometheus.client() as client:
        try:
            values = _parse_assignments(assignments)
            variables.check(values, {board.name: board.board for board in named})
            server = prometheus.connect(client)
            server.check()
            targets = [output if is_file else output / f"{board.name}.html" for board in named]
            pages = {
                board.board["uid"]: PageLink(board.board["title"], target.name)
                for board, target in zip(named, targets, strict=True)
            }
            spans = [ranges.of_board(board.board, start, end, now) for board in named]
            if any(board.recorded is not None for board in named):
                choice = choose_by_prometheus(server, spans)
                click.echo(choice.sentence, err=True)
                if choice.recorded:
                    named = [board.over_recorded for board in named]
            # All boards' choices before the first page: a wrong value leaves nothing half done.
            jobs = [
                _make_job(board, values, span, server)
                for board, span in zip(named, spans, strict=True)
            ]
            for job, target in zip(jobs, targets, strict=True):
                failed |= _write_page(job, server, now, target, pages)
        except _INPUT_ERRORS as error:
            raise CannotRunError(str(error)) from error
        except PrometheusError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            raise click.ClickException(f"{error.filename}: {error.strerror}.") from error
    if failed:
        sys.exit(1)


def _make_job(
    named: NamedBoard, values: Mapping[str, Sequence[str]], span: TimeRange, server: Prometheus
) -> _PageJob:
    """Return a board with its variables' values.

    Raises one of _INPUT_ERRORS that names the board, or PrometheusError.
    """
    try:
        return _PageJob(named.board, variables.resolve(named.board, values, server, span), span)
    except _INPUT_ERRORS as error:
        raise type(error)(f"{named.name}: {error}") from error


def _write_page(
    job: _PageJob,
    server: Prometheus,
    now: datetime,
    target: Path,
    pages: Mapping[str, PageLink],
) -> bool:
    """Write one board's page; return whether one of its queries failed."""
    # matplotlib is slow to import: --help and errors need not wait for it.
    from dashboards.report import page  # noqa: PLC0415

    board, choices, span = job.board, job.choices, job.span
    with progress(len(data.panels(board)), str(board["title"])) as advance:
        panels = data.collect(board, choices, span, server, advance)
    html = page.page(board, panels, choices, span, now, pages)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(html, "utf-8")
    click.echo(f"wrote {target}")
    for note in (*ranges.notes(span, now), *_notes(choices)):
        click.echo(note, err=True)
    queried = [
        panel for panel in panels if panel.kind not in ("row", "text") and not panel.elsewhere
    ]
    if queried and not any(_has_data(panel) for panel in queried):
        click.echo(
            "Prometheus has nothing for this range and these variables: the page is empty. Choose "
            "others, or see “Is it all there?” in docs/how-to/kubernetes.md.",
            err=True,
        )
    return _print_failures(panels) or any(choice.failed for choice in choices)


def _has_data(panel: PanelData) -> bool:
    return bool(panel.series or (panel.table and panel.table.rows) or panel.error)


def _notes(choices: Sequence[Choice]) -> Iterator[str]:
    """Yield the notes on variables, each note once with all variables that it is about."""
    for note in dict.fromkeys(choice.note for choice in choices if choice.note):
        names = ", ".join(choice.name for choice in choices if choice.note == note)
        yield f"{names}: {note}"


def _print_failures(panels: Sequence[PanelData]) -> bool:
    """Print the panels whose query failed; return whether there are any."""
    for panel in panels:
        if panel.error:
            name = panel.title or f"Panel {panel.panel.get('id', '')}"
            click.echo(f"{name}: {panel.error}", err=True)
    return any(panel.error for panel in panels)


def _parse_assignments(assignments: Sequence[str]) -> dict[str, list[str]]:
    """Return ``("group=lab", "group=a,b")`` as ``{"group": ["lab", "a,b"]}``.

    ``group=`` is the empty value. Raises VariableError.
    """
    values: dict[str, list[str]] = {}
    for text in assignments:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise VariableError(f"{text!r} is not NAME=VALUE, such as group=lab.")
        values.setdefault(name.strip(), []).append(value)
    return values
