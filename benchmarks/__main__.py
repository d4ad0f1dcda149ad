"""``python -m benchmarks``: the figures of exporter, boards and rules beside their goals."""

import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import httpx

from benchmarks import (
    app,
    board_load,
    boards,
    build_time,
    figures,
    measure,
    real_hub,
    report,
    rule_costs,
)
from benchmarks.figures import Figure
from benchmarks.measure import Plan
from dashboards.evaluate.errors import PrometheusError
from harness.processes import HarnessError

_STAGES = (
    *measure.STAGES,
    real_hub.STAGE,
    app.STAGE,
    build_time.STAGE,
    board_load.STAGE,
    boards.STAGE,
    rule_costs.STAGE,
)
_SIZES = "1000,10000,100000"


def _sizes(_context: object, _parameter: object, text: str) -> list[int]:
    try:
        sizes = sorted({int(each) for each in text.split(",")})
    except ValueError:
        raise click.BadParameter("give numbers with commas between, such as 1000,10000.") from None
    if sizes[0] < 1:
        raise click.BadParameter("give numbers from 1 on.")
    return sizes


def _stages(_context: object, _parameter: object, text: str) -> frozenset[str]:
    chosen = frozenset(each.strip() for each in text.split(","))
    if not chosen <= set(_STAGES):
        raise click.BadParameter(f"choose from {', '.join(_STAGES)}.")
    return chosen


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--users", callback=_sizes, default=_SIZES, show_default=True, help="Sizes of hubs.")
@click.option(
    "--only",
    callback=_stages,
    default=",".join(_STAGES),
    show_default=True,
    help="What to measure.",
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.1),
    default=5.0,
    show_default=True,
    help="How long each load on the exporter lasts.",
)
@click.option(
    "--json",
    "file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the figures to this file, too.",
)
def command(users: list[int], only: frozenset[str], seconds: float, file: Path | None) -> None:
    """Measure exporter, boards and recording rules; print each figure beside its goal.

    The exporter (refresh, scrape, memory, loop: four minutes) runs as its own process against a
    fake hub that answers as JupyterHub does at next to no cost, and against a real JupyterHub
    with 1,000 users (real-hub). So does the backend of the Grafana app (app: one minute), as the
    program that is shipped.

    All boards are built (build: seconds), and each is opened over 30 days of the demo's data (demo:
    four minutes): how many queries, how much they answer, how long the slowest takes.

    The user-group board (boards: eight minutes, 5 GB of memory, 2 GB of disk) is opened over 30
    days of 200 users, scraped each 15 s into a real Prometheus: over what is scraped and over what
    is recorded. The rules (rules: two minutes) are evaluated in a real Prometheus on hubs of up to
    10,000 users.

    Run nothing else at the same time: all share the machine's cores.

    A size that the goals do not name is held to those of the next larger one.

    Exit code 0: all goals are met; 1: one is missed; 2: it could not be measured. Linux only.
    """
    click.echo("\n".join(f"{name:8}{what}" for name, what in report.machine().items()) + "\n")
    with tempfile.TemporaryDirectory(prefix="groupscope-bench-") as folder:
        found = list(_measure(users, Plan(only, seconds, Path(folder), _say)))
    found += [*figures.growth(found), *figures.slopes(found)]
    _say("")
    color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    click.echo(report.table(found, color=color), color=color)
    click.echo(f"\n{report.summary(found)}")
    if file:
        file.write_text(report.to_json(found), "utf-8")
    if any(figure.met is False for figure in found):
        raise SystemExit(1)


def _measure(sizes: Sequence[int], plan: Plan) -> Iterator[Figure]:
    base = measure.base_memory(plan) if "memory" in plan.stages else None
    if plan.stages & set(measure.STAGES):
        for users in sizes:
            yield from measure.measure(users, plan, base)
    if real_hub.STAGE in plan.stages:
        yield from real_hub.measure(plan)
    if app.STAGE in plan.stages:
        program = app.freeze(plan)
        for users in sizes:
            yield from app.measure(users, plan, program)
    if build_time.STAGE in plan.stages:
        yield from build_time.measure(plan)
    if board_load.STAGE in plan.stages:
        yield from board_load.measure(plan)
    if boards.STAGE in plan.stages:
        yield from boards.measure(plan)
    if rule_costs.STAGE in plan.stages:
        for users in filter(rule_costs.wanted, sizes):
            yield from rule_costs.measure(users, plan)


def _say(what: str) -> None:
    """Show what is being measured, on a terminal, in one line that the next replaces."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{what}", nl=False, err=True)


def main() -> None:
    """Run the command line; Ctrl-C and TERM end it through every ``with``, nothing left running."""
    # For both, as a shell's background jobs are started with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        command(prog_name="python -m benchmarks", standalone_mode=False)
    except click.ClickException as error:
        _say("")
        error.show()
        raise SystemExit(error.exit_code) from error
    except (HarnessError, PrometheusError, httpx.HTTPError) as error:
        _say("")
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(2) from error
    except (click.Abort, KeyboardInterrupt):
        _say("")
        click.echo("Interrupted.", err=True)
        raise SystemExit(128 + signal.SIGINT) from None


if __name__ == "__main__":
    main()
