"""``python -m demo``: what ``make demo`` and docker-compose.yml start."""

import shutil
import signal
import threading
import time
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from dashboards import catalog
from demo import activity as hub_activity
from demo import history as blocks
from demo import recorded, run, state
from demo.errors import DemoError
from demo.questions import Answer
from harness.processes import LOOPBACK, HarnessError, free_port

DEFAULT_FOLDER = Path(".demo")
DAYS = 30

_folder = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=DEFAULT_FOLDER,
    show_default=True,
    help="Directory for all that the demo writes; it is emptied first.",
)
_days = click.option(
    "--days", type=click.IntRange(14, 180), default=DAYS, show_default=True, help="Days of history."
)
_world = click.option(
    "--world",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="File that `history` has written.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Try groupscope on a real JupyterHub and Prometheus beside a simulated cluster."""


@cli.command()
@_folder
@_days
def up(folder: Path, days: int) -> None:
    """Bring everything up, show the boards, and stop it all at Ctrl-C."""
    with run.running(folder, days) as demo:
        report = demo.folder / "report"
        run.dashboards("report", "--prometheus", demo.prometheus, "--output", str(report))
        page = _serve(report)
        click.echo("\nThe board answers:")
        _print(run.answered(demo), truth=False)
        click.echo(f"\n  The boards       {page}/home.html")
        if demo.grafana is None:
            click.echo(
                "  Grafana          none here (no GRAFANA_URL, no grafana program, no containers)"
            )
        else:
            run.dashboards("deploy", env=demo.grafana)
        click.echo(f"  Prometheus       {demo.prometheus}")
        click.echo(f"  Exporter         {demo.exporter}")
        click.echo(f"  JupyterHub       {demo.hub}  (nobody can log in)")
        click.echo(f"\nA page of your own: {_example(demo)}")
        click.echo("The same from scraped series rather than recorded ones: add --raw")
        click.echo("Ctrl-C stops everything.")
        try:
            while True:
                time.sleep(1)
                demo.check()
        except KeyboardInterrupt:
            # What it was asked for is done: this is its end, not an interruption.
            click.echo(f"\nStopping. {folder} keeps the page; `make clean` removes it.")


@cli.command()
@_folder
@_days
def check(folder: Path, days: int) -> None:
    """Bring everything up, hold both boards' answers against the truth, stop; exit 0 or 1."""
    with run.running(folder, days) as demo:
        answers = run.answered(demo)
        if demo.grafana is not None:
            run.dashboards("deploy", env=demo.grafana)
    click.echo()
    _print(answers, truth=True)
    wrong = [answer for answer in answers if not answer.right]
    if wrong:
        raise DemoError(f"{len(wrong)} of {len(answers)} answers are wrong.")
    click.echo(f"All {len(answers)} answers are right, on both boards.")


@cli.command()
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--world", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--now", type=float, default=None, help="Unix time at which the history ends.")
@_days
def history(output: Path, world: Path, now: float | None, days: int) -> None:
    """Write the history as Prometheus blocks, once: a second run leaves it as it is.

    With it goes what Prometheus' recording rules would have recorded of it.
    """
    if world.exists():
        click.echo(f"{world} is there: the history goes on from it")
        return
    end = time.time() if now is None else now
    fresh = world.with_suffix(".new")
    made = state.write(fresh, end // blocks.STEP * blocks.STEP, days)
    output.mkdir(parents=True, exist_ok=True)
    # Elsewhere first, so that an interrupted run leaves none of its past to the next one.
    with TemporaryDirectory(dir=output.parent) as scratch:
        both = Path(scratch) / "both"
        samples = blocks.write(made, both)
        write = recorded.write_until_now if now is None else recorded.write
        samples += write(made, both)
        for block in both.iterdir():
            shutil.move(block, output / block.name)
    fresh.rename(world)
    click.echo(f"{samples / 1e6:.1f} million samples in {output}")


@cli.command()
@_world
@click.option("--host", default=LOOPBACK, show_default=True)
@click.option("--port", type=int, default=9400, show_default=True)
def simulator(world: Path, host: str, port: int) -> None:
    """Serve the simulated cluster's exporters to Prometheus."""
    from demo.serve import serve  # noqa: PLC0415

    serve(state.read(world), host, port)


@cli.command()
@_world
@click.option("--hub-url", envvar="JUPYTERHUB_API_URL", required=True, show_envvar=True)
@click.option("--token", envvar="JUPYTERHUB_API_TOKEN", required=True, show_envvar=True)
def activity(world: Path, hub_url: str, token: str) -> None:
    """Tell the hub when its users were last active, again and again."""
    hub_activity.keep_reporting(state.read(world), hub_url, token)


@cli.command()
@click.argument("boards", metavar="[BOARD]…", nargs=-1)
@click.option(
    "--docs",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("docs"),
    show_default=True,
    help="Directory in which gallery/ is.",
)
def gallery(boards: tuple[str, ...], docs: Path) -> None:
    """Write a picture of each BOARD (default: all) over the demo's data, and the page of them."""
    from demo import gallery as pictures  # noqa: PLC0415 - matplotlib takes its time

    for name in boards:
        if name not in catalog.names():
            raise click.BadParameter(f"no board {name!r}; there are {', '.join(catalog.names())}")
    click.echo(f"History of {pictures.DAYS} days, and what rules would have recorded of it …")
    for file in pictures.write(docs, boards):
        click.echo(f"wrote {file}")


def _example(demo: run.Demo) -> str:
    """Return a command for the README's first question, with this demo's address."""
    start, end = (
        datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d") for time in demo.world.workshop
    )
    chosen = f"--var group=workshop --from {start} --to {end}"
    return f".venv/bin/python -m dashboards report --prometheus {demo.prometheus} {chosen}"


def _print(answers: list[Answer], *, truth: bool) -> None:
    for answer in answers:
        unit = answer.question.unit
        raw, recorded_, true = (
            _number(value, unit) for value in (answer.raw, answer.recorded, answer.true)
        )
        said = f"  {answer.question.text:65} {raw} {unit}"
        if truth:
            verdict = "right" if answer.right else "WRONG"
            said = f"{said}   recorded: {recorded_}   truth: {true}  {verdict}"
        click.echo(said)


def _number(value: float, unit: str) -> str:
    if unit == "people":
        return f"{value:.0f}"
    return f"{value:.1%}" if unit.startswith("of") else f"{value:.1f}"


def _serve(folder: Path) -> str:
    """Serve a folder of pages on loopback in the background; return its URL."""
    handler = partial(_Quiet, directory=str(folder))
    server = ThreadingHTTPServer((LOOPBACK, free_port(8090)), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://{LOOPBACK}:{server.server_port}"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


def main() -> None:
    """Run the command line; a HarnessError is one sentence and exit code 1."""
    # Ctrl-C and a supervisor's TERM end the same way: through every `with`, nothing left running.
    # Set for both, as a shell's background jobs are started with SIGINT ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        cli(prog_name="python -m demo", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        raise SystemExit(error.exit_code) from error
    except HarnessError as error:
        click.echo(f"Error: {error}", err=True)
        raise SystemExit(1) from error
    except (click.Abort, KeyboardInterrupt):
        click.echo("\nInterrupted.", err=True)
        raise SystemExit(128 + signal.SIGINT) from None


if __name__ == "__main__":
    main()
