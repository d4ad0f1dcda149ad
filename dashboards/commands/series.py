"""Whether boards read recorded or scraped series, as Prometheus has them.

Recorded boards are fast over months, but empty where no rules record. So the commands ask, unless
``--recorded`` or ``--raw`` decides, and say what they chose. When Prometheus cannot be asked, the
boards that Grafana has already decide: an outage of a minute must not rewrite them all. Without
any, boards read scraped series, which need no rules.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import click

from dashboards.commands.grafana_options import GrafanaTarget
from dashboards.commands.options import BoardOptions
from dashboards.evaluate.errors import QueryError
from dashboards.evaluate.model import TimeRange
from dashboards.evaluate.prometheus import Prometheus
from dashboards.grafana import DataSource, Grafana
from dashboards.grafana.errors import GrafanaError, RefusedError, StatusError, StoppedError
from dashboards.metrics.contract import RECORDED
from dashboards.queries.recorded_series import END, MOMENT, START, recorded_at

_LONG_RANGE_DAYS = 30
"""How far boards should be able to look back: less is worth a warning."""

_RULES_PAGE = "docs/how-to/recording-rules.md"


@dataclass(frozen=True, slots=True)
class SeriesChoice:
    """Whether boards read recorded series, and the sentence that says so and why."""

    recorded: bool
    sentence: str


datasource_option = click.option(
    "--datasource",
    metavar="NAME",
    help="Grafana's Prometheus data source, by name or uid, to ask for recorded series.  "
    "[default: Grafana's default one]",
)


def choose_by_grafana(
    grafana: Grafana, datasource: str | None, board_uids: Iterable[str]
) -> SeriesChoice:
    """Return the series that boards are to read, as a Prometheus of Grafana's has them.

    ``datasource`` is the name or uid of the data source, None for the one that boards show first.
    ``board_uids`` are the boards to look at when it cannot be asked. Raises GrafanaError when
    Grafana cannot be read, or has no data source of that name.
    """
    source = _find_data_source(grafana.prometheus_data_sources(), datasource)
    if source is None:
        return _unknown(grafana, board_uids, "Grafana has no Prometheus data source")
    try:
        samples = grafana.query(source, recorded_at(f"{_LONG_RANGE_DAYS}d"))
    except StoppedError:
        raise
    except GrafanaError as error:
        reason = error.message if isinstance(error, StatusError) else str(error)
        reason = f"data source “{source.name}”: {reason.rstrip('.')}"
        return _unknown(grafana, board_uids, reason)
    moments = {sample.labels.get(MOMENT) for sample in samples}
    if END not in moments:
        return SeriesChoice(
            recorded=False,
            sentence=f"Boards read scraped series: data source “{source.name}” has no recorded "
            f"ones. Recording rules make boards over months fast: {_RULES_PAGE}.",
        )
    sentence = f"Boards read recorded series, which data source “{source.name}” has."
    if START not in moments:
        sentence += (
            f" It has none from {_LONG_RANGE_DAYS} days ago, and ranges that begin before they do "
            f"show too little: backfill them ({_RULES_PAGE}), or give --raw."
        )
    return SeriesChoice(recorded=True, sentence=sentence)


def decide(
    boards: BoardOptions, names: Sequence[str], target: GrafanaTarget, datasource: str | None
) -> BoardOptions:
    """Return the boards' options, decided; says on stderr what a Prometheus of Grafana's decided.

    Raises GrafanaError as ``choose_by_grafana`` does.
    """
    if boards.recorded is not None:
        return boards
    uids = [loaded.board["uid"] for loaded in boards.load(names, broken=[])]
    choice = choose_by_grafana(target.grafana, target.data_source(datasource), uids)
    click.echo(choice.sentence, err=True)
    return boards.reading(recorded=choice.recorded)


def choose_by_prometheus(server: Prometheus, spans: Iterable[TimeRange]) -> SeriesChoice:
    """Return the series that pages over these ranges are to read.

    Recorded ones, if Prometheus has them from the first beginning to the last end: else the page
    would show less than there was. Raises UnreachableError.
    """
    begin = min(span.start for span in spans)
    end = max(span.end for span in spans)
    query = recorded_at(f"{max(round((end - begin).total_seconds()), 1)}s")
    try:
        samples = server.instant(query, end.timestamp())
    except QueryError as error:
        return SeriesChoice(
            recorded=False,
            sentence="The page reads scraped series: whether there are recorded ones is unknown "
            f"({str(error).rstrip('.')}). Decide with --raw or --recorded.",
        )
    moments = {sample.labels.get(MOMENT) for sample in samples}
    if {END, START} <= moments:
        return SeriesChoice(recorded=True, sentence="The page reads recorded series.")
    if not moments:
        reason = f"there are no recorded ones ({_RULES_PAGE})"
    else:
        reason = "recorded ones are not there for the whole range"
    return SeriesChoice(recorded=False, sentence=f"The page reads scraped series: {reason}.")


def _find_data_source(sources: tuple[DataSource, ...], name: str | None) -> DataSource | None:
    """Return the data source of that name or uid; without one, that which boards show first."""
    if name:
        for source in sources:
            if name in (source.name, source.uid):
                return source
        names = ", ".join(source.name for source in sources) or "none"
        raise RefusedError(f"Grafana has no Prometheus data source {name}. There are: {names}.")
    return next((source for source in sources if source.is_default), next(iter(sources), None))


def _unknown(grafana: Grafana, board_uids: Iterable[str], reason: str) -> SeriesChoice:
    """Return the choice when Prometheus cannot be asked: what Grafana's boards read already."""
    recorded = _deployed_read_recorded(grafana, board_uids)
    if recorded is None:
        kept = "Boards read scraped series, which need no rules"
    else:
        kept = f"Boards go on reading {'recorded' if recorded else 'scraped'} series"
    return SeriesChoice(
        recorded=bool(recorded),
        sentence=f"{kept}: whether there are recorded ones is unknown ({reason}). Decide with "
        "--recorded or --raw, or name a data source with --datasource.",
    )


def _deployed_read_recorded(grafana: Grafana, board_uids: Iterable[str]) -> bool | None:
    """Return whether the first of the boards that Grafana has reads recorded series."""
    names = [metric.name for metric in RECORDED]
    for uid in board_uids:
        existing = grafana.dashboard(uid)
        if existing is not None:
            content = json.dumps(existing.content)
            return any(name in content for name in names)
    return None
