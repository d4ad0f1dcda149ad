"""``python -m dashboards report``: boards as HTML pages, straight from Prometheus."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path

import click

from dashboards.commands.options import BoardOptions, CannotRunError, board_options
from dashboards.commands.progress import progress
from dashboards.commands.prometheus_options import PrometheusOptions, prometheus_options
from dashboards.evaluate import data, filters, ranges, times, variables
from dashboards.evaluate.interpolate import Choice
from dashboards.evaluate.matching import VariableError
from dashboards.evaluate.model import PanelData, TimeRange
from dashboards.evaluate.prometheus import Prometheus, PrometheusError
from dashboards.evaluate.readable import readable
from dashboards.reading import Unread, read_files
from dashboards.report.hyperlinks import Page
from dashboards.schema.values import Json
from exporter.extras import require

DEFAULT_OUTPUT = Path("report")

_SUFFIXES = (".json", ".yaml", ".yml")

_WRONG = (times.TimeError, VariableError, filters.FilterError)


@dataclass(frozen=True, slots=True)
class _Named:
    """A board and the name of its page."""

    name: str
    board: Json


@dataclass(frozen=True, slots=True)
class _Planned:
    """A board, and what its page is about."""

    board: Json
    choices: tuple[Choice, ...]
    span: TimeRange


@click.command("report")
@click.argument("boards", metavar="[BOARD]…", nargs=-1)
@prometheus_options
@click.option(
    "--from",
    "start",
    help="Begin: now-7d, now/d, 2026-03-17, or a Unix time. Default: the board's own.",
)
@click.option("--to", "end", help="End, written alike. Default: the board's own.")
@click.option(
    "--var",
    "chosen",
    multiple=True,
    metavar="NAME=VALUE",
    help="A variable's value, such as group=lab; several: repeat it, or group=lab,staff. Nothing "
    "after = is the empty value. A filter: Filters='job|=|hub'.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    default=DEFAULT_OUTPUT,
    show_default=True,
    help="Directory for the pages; for one board also a file that ends in .html.",
)
@board_options(recorded=False)
def command(
    boards: tuple[str, ...],
    source: PrometheusOptions,
    start: str | None,
    end: str | None,
    chosen: tuple[str, ...],
    output: Path,
    which: BoardOptions,
) -> None:
    """Write each BOARD (default: all) as one HTML page with its numbers in it.

    A BOARD is a name, or the path of a file or directory that holds dashboards. Exits 1 when a
    query fails (its panel says why) or Prometheus cannot be reached, 2 when an option names what
    there is not, or the extra "report" is not installed.
    """
    every = list(_loaded(boards, which))
    unread = [it for it in every if isinstance(it, Unread)]
    loaded = _each_its_own([it for it in every if isinstance(it, _Named)])
    for it in unread:
        click.echo(str(it), err=True)
    if not loaded:
        raise CannotRunError("There is no dashboard to make a page of.")
    is_file = output.suffix.lower() in (".html", ".htm")
    if is_file and len(loaded) > 1:
        raise CannotRunError(f"{output} is one file, but there are {len(loaded)} boards.")
    require("report", "matplotlib", "numpy")
    now = datetime.now(UTC)
    failed = bool(unread)
    with source.client() as client:
        try:
            given = _given(chosen)
            variables.check(given, {one.name: one.board for one in loaded})
            prometheus = source.connect(client)
            prometheus.check()
            files = [output if is_file else output / f"{one.name}.html" for one in loaded]
            pages = {
                one.board["uid"]: Page(one.board["title"], file.name)
                for one, file in zip(loaded, files, strict=True)
            }
            # All boards' choices before the first page: a wrong value leaves nothing half done.
            planned = [
                _planned(one, given, ranges.of_board(one.board, start, end, now), prometheus)
                for one in loaded
            ]
            for one, file in zip(planned, files, strict=True):
                failed |= _report(one, prometheus, now, file, pages)
        except _WRONG as error:
            raise CannotRunError(str(error)) from error
        except PrometheusError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            raise click.ClickException(f"{error.filename}: {error.strerror}.") from error
    if failed:
        sys.exit(1)


def _loaded(boards: Sequence[str], which: BoardOptions) -> Iterator[_Named | Unread]:
    """Yield the boards of names and of files, in their order, and what cannot be read of files.

    Raises CannotRunError.
    """
    files = {it for it in boards if _is_path(it, which)}
    names = [it for it in boards if it not in files]
    known = {it.name: it.board for it in which.load(names)} if names or not boards else {}
    for it in boards or known:
        if it in files:
            yield from _of_files(Path(it))
        else:
            yield _Named(it, readable(known[it], it))


def _is_path(text: str, which: BoardOptions) -> bool:
    # Names of boards are like hub or user-groups.
    path = Path(text)
    if path.suffix.lower() in _SUFFIXES or "/" in text or path.is_file():
        return True
    # A board comes before a directory of its name: one may hold its pages, from --output hub.
    return path.is_dir() and text not in which.names()


def _of_files(path: Path) -> Iterator[_Named | Unread]:
    if not path.exists():
        raise CannotRunError(f"There is no file {path}.")
    read = read_files([path])
    if read.others:
        raise CannotRunError(f"{path} is no dashboard: it has no panels.")
    for each in read.found:
        inside = each.within.rpartition(" ")[2].removesuffix(".json")
        name = inside or Path(each.file).stem
        yield _Named(name, readable(each.board, name))
    yield from read.unread


def _each_its_own(boards: Sequence[_Named]) -> list[_Named]:
    """Return boards none of which has another's name or uid: a page would replace the other."""
    names: set[str] = set()
    uids: set[str] = set()
    found: list[_Named] = []
    for one in boards:
        name = next(it for it in _numbered(one.name) if it not in names)
        uid = next(it for it in chain([one.board["uid"]], _numbered(name)) if it and it not in uids)
        names.add(name)
        uids.add(uid)
        found.append(_Named(name, {**one.board, "uid": uid}))
    return found


def _numbered(name: str) -> Iterator[str]:
    yield name
    yield from (f"{name}-{number}" for number in count(2))


def _planned(
    one: _Named, given: Mapping[str, Sequence[str]], span: TimeRange, prometheus: Prometheus
) -> _Planned:
    """Return a board with its variables' values. Raises _WRONG that names it, PrometheusError."""
    try:
        return _Planned(one.board, variables.resolve(one.board, given, prometheus, span), span)
    except _WRONG as error:
        raise type(error)(f"{one.name}: {error}") from error


def _report(
    one: _Planned,
    prometheus: Prometheus,
    now: datetime,
    target: Path,
    pages: Mapping[str, Page],
) -> bool:
    """Write one board's page; return whether one of its queries failed."""
    # matplotlib takes its time: --help and errors need not wait for it.
    from dashboards.report import page  # noqa: PLC0415

    board, choices, span = one.board, one.choices, one.span
    with progress(len(data.panels(board)), str(board["title"])) as advance:
        found = data.collect(board, choices, span, prometheus, advance)
    written = page.page(board, found, choices, span, now, pages)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(written, "utf-8")
    click.echo(f"wrote {target}")
    for note in (*ranges.notes(span, now), *_notes(choices)):
        click.echo(note, err=True)
    asked = [it for it in found if it.kind not in ("row", "text") and not it.elsewhere]
    if asked and not any(_has_something(it) for it in asked):
        click.echo(
            "Prometheus has nothing for this range and these variables: the page is empty. Choose "
            "others, or see “Is it all there?” in docs/kubernetes.md.",
            err=True,
        )
    return _failures(found) or any(it.failed for it in choices)


def _has_something(it: PanelData) -> bool:
    return bool(it.series or (it.table and it.table.rows) or it.error)


def _notes(choices: Sequence[Choice]) -> Iterator[str]:
    """Yield what is to be known of variables, those of which the same is to be known together."""
    for note in dict.fromkeys(it.note for it in choices if it.note):
        yield f"{', '.join(it.name for it in choices if it.note == note)}: {note}"


def _failures(found: Sequence[PanelData]) -> bool:
    """Name the panels whose query failed; return whether there are any."""
    for one in found:
        if one.error:
            name = one.title or f"Panel {one.panel.get('id', '')}"
            click.echo(f"{name}: {one.error}", err=True)
    return any(one.error for one in found)


def _given(chosen: Sequence[str]) -> dict[str, list[str]]:
    """Return ``("group=lab", "group=a,b")`` as ``{"group": ["lab", "a,b"]}``.

    ``group=`` is the empty value. Raises VariableError.
    """
    given: dict[str, list[str]] = {}
    for text in chosen:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise VariableError(f"{text!r} is not NAME=VALUE, such as group=lab.")
        given.setdefault(name.strip(), []).append(value)
    return given
