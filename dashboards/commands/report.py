"""``python -m dashboards report``: boards as HTML pages, straight from Prometheus."""

import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
import httpx

from dashboards.commands.options import BoardOptions, CannotRunError, board_options
from dashboards.commands.progress import progress
from dashboards.render import Json
from dashboards.report import data, times, variables
from dashboards.report.hyperlinks import Page
from dashboards.report.model import PanelData, TimeRange
from dashboards.report.prometheus import AddressError, Prometheus, PrometheusError
from exporter.extras import require
from exporter.resending import Client

DEFAULT_OUTPUT = Path("report")

_WRONG = (times.TimeError, variables.VariableError, AddressError)


@click.command("report")
@click.argument("boards", metavar="[BOARD]…", nargs=-1)
@click.option(
    "--prometheus",
    "url",
    envvar="PROMETHEUS_URL",
    default="http://localhost:9090",
    show_default=True,
    show_envvar=True,
    help="Prometheus, Thanos or Mimir, with any path it is served under.",
)
@click.option("--from", "start", help="Begin: now-7d, now/d, 2026-03-17. Default: the board's own.")
@click.option("--to", "end", help="End, written alike. Default: the board's own.")
@click.option(
    "--var",
    "chosen",
    multiple=True,
    metavar="NAME=VALUE",
    help="A variable's value, such as group=lab; several: repeat it, or group=lab,staff.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=DEFAULT_OUTPUT,
    show_default=True,
    help="Directory for the pages; for one board also a file that ends in .html.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=120,
    show_default=True,
    help="Seconds that one query may take.",
)
@board_options(recorded=False)
def command(
    boards: tuple[str, ...],
    url: str,
    start: str | None,
    end: str | None,
    chosen: tuple[str, ...],
    output: Path,
    timeout: float,
    which: BoardOptions,
) -> None:
    """Write each BOARD (default: all) as one HTML page with its numbers in it.

    Exits 1 when a query fails (its panel says why) or Prometheus cannot be reached, 2 when an
    option names what there is not, or the extra "report" is not installed.
    """
    loaded = which.load(boards)
    is_file = output.suffix.lower() in (".html", ".htm")
    if is_file and len(loaded) > 1:
        raise CannotRunError(f"{output} is one file, but there are {len(loaded)} boards.")
    require("report", "matplotlib", "numpy")
    now = datetime.now(UTC)
    failed = False
    with Client(timeout=timeout, limits=httpx.Limits(max_connections=4)) as client:
        try:
            prometheus = Prometheus(client, url)
            prometheus.check()
            files = [output if is_file else output / f"{one.name}.html" for one in loaded]
            pages = {
                one.board["uid"]: Page(one.board["title"], file.name)
                for one, file in zip(loaded, files, strict=True)
            }
            for one, file in zip(loaded, files, strict=True):
                span = _span(one.board, start, end, now)
                given = _given(chosen)
                failed |= _report(one.board, given, span, prometheus, now, file, pages)
        except _WRONG as error:
            raise CannotRunError(str(error)) from error
        except PrometheusError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            raise click.ClickException(f"{error.filename}: {error.strerror}.") from error
    if failed:
        sys.exit(1)


def _report(
    board: Json,
    given: Mapping[str, Sequence[str]],
    span: TimeRange,
    prometheus: Prometheus,
    now: datetime,
    target: Path,
    pages: Mapping[str, Page],
) -> bool:
    """Write one board's page; return whether one of its queries failed."""
    # matplotlib takes its time: --help and errors need not wait for it.
    from dashboards.report import page  # noqa: PLC0415

    choices = variables.resolve(board, given, prometheus, span)
    with progress(len(data.panels(board)), str(board["title"])) as advance:
        found = data.collect(board, choices, span, prometheus, advance)
    written = page.page(board, found, choices, span, now, pages)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(written, "utf-8")
    click.echo(f"wrote {target}")
    if not any(one.series or (one.table and one.table.rows) or one.error for one in found):
        click.echo(
            "Prometheus has nothing for this range and these variables: the page is empty. Choose "
            "others, or see “Is it all there?” in docs/kubernetes.md.",
            err=True,
        )
    return _failures(found)


def _failures(found: Sequence[PanelData]) -> bool:
    """Name the panels whose query failed; return whether there are any."""
    for one in found:
        if one.error:
            click.echo(f"{one.title}: {one.error}", err=True)
    return any(one.error for one in found)


def _span(board: Json, start: str | None, end: str | None, now: datetime) -> TimeRange:
    """Return the range asked for, or the board's own. Raises TimeError."""
    default = board.get("time", {})
    span = TimeRange(
        times.parse(start or default.get("from", "now-7d"), now),
        times.parse(end or default.get("to", "now"), now, end=True),
    )
    if span.start >= span.end:
        raise times.TimeError(
            f"The range ends at {span.end:%Y-%m-%d %H:%M} UTC, before it begins at "
            f"{span.start:%Y-%m-%d %H:%M}. Change --from or --to."
        )
    return span


def _given(chosen: Sequence[str]) -> dict[str, list[str]]:
    """Return ``("group=lab", "group=a,b")`` as ``{"group": ["lab", "a,b"]}``."""
    given: dict[str, list[str]] = {}
    for text in chosen:
        name, equals, value = text.partition("=")
        if not equals or not value:
            raise variables.VariableError(f"{text!r} is not NAME=VALUE, such as group=lab.")
        given.setdefault(name.strip(), []).append(value)
    return given
