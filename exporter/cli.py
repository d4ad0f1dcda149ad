"""The command line, made of ``settings.SETTINGS``."""

import asyncio
import os
import signal
from collections.abc import Coroutine
from importlib.metadata import version

import click

from exporter.check import CheckReport, check, lines
from exporter.config.files import FileError
from exporter.config.load import load
from exporter.config.settings import SETTINGS, Setting, Settings, SettingsError, flag, variable
from exporter.logs import log_to_stderr
from exporter.serve import serve

_HELP = """Serve JupyterHub's group memberships to Prometheus.

As a service that the hub starts, it needs no setting but the namespace, and none in a pod. In
jupyterhub_config.py:

\b
  c.JupyterHub.services = [{
      "name": "groupscope",
      "command": ["groupscope-exporter", "--namespace", "jhub"],
  }]
  c.JupyterHub.load_roles = [{
      "name": "groupscope",
      "services": ["groupscope"],
      "scopes": ["list:users", "read:users:groups",
                 "list:groups", "read:users:activity"],
  }]

By itself, with the api_token of such a service:

\b
  export GROUPSCOPE_HUB_TOKEN=...
  groupscope-exporter --hub-url http://127.0.0.1:8081/hub/api --namespace jhub
  curl http://127.0.0.1:9098/metrics

Scopes: list:users and read:users:groups are needed. list:groups adds groups without members,
read:users:activity adds how many members were active; without them these series are absent.
The exporter only reads.

Each setting is a flag, a variable in the environment, or a key in a TOML file (--config), and
counts in this order.
"""


_CHECK_HELP = """Query the hub once, with the settings of the exporter, and report what was found:
which hub answers, which scopes the token has and what the others would add, how many users and
groups there are, and how large a scrape will be. No usernames are shown.

Exit code 0 if all is well, 1 if the exporter would have no data, 2 for a wrong setting.
"""


class _Failure(click.ClickException):
    exit_code = 2


def _option(name: str, setting: Setting) -> click.Option:
    notes = [f"env {variable(name)}"]
    if setting.hub_variable:
        notes.append(f"from the hub: {setting.hub_variable}")
    if setting.default:
        notes.append(f"default {setting.default}")
    return click.Option(
        [flag(name), name],
        metavar=setting.metavar,
        help=f"{setting.help} [{'; '.join(notes)}]".replace("`", ""),
    )


def _options() -> list[click.Parameter]:
    return [_option(name, setting) for name, setting in SETTINGS.items()]


def _load(*given: dict[str, str | None]) -> Settings:
    """Return the settings; of flags before and after a command, the latter win."""
    flags = {n: text for each in given for n, text in each.items() if text is not None}
    settings = load(flags, os.environ)
    log_to_stderr(settings.log_level, settings.log_format)
    return settings


@click.pass_context
def _run(context: click.Context, /, **flags: str | None) -> None:
    if context.invoked_subcommand:
        context.obj = flags
        return
    try:
        asyncio.run(serve(_load(flags)))
    except SettingsError as error:
        raise _Failure(error.message.worded(flag)) from None


async def _unless_ended(work: Coroutine[None, None, CheckReport]) -> CheckReport:
    """Return what the work returns; exit as ``main`` says if SIGTERM or SIGINT comes before.

    The loop ends the work between two of its steps: an exception that a signal's handler raises
    amid a step of httpx can come out as another one.
    """
    task = asyncio.ensure_future(work)
    received: list[int] = []

    def end(number: int) -> None:
        received.append(number)
        task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end, number)
    try:
        return await task
    except asyncio.CancelledError:
        raise SystemExit(128 + received[0]) from None


@click.pass_context
def _check(context: click.Context, /, **flags: str | None) -> None:
    # What is broken off has not found that all is well.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _break_off)
    try:
        settings = _load(context.obj, flags)
        report = asyncio.run(_unless_ended(check(settings)))
    except (SettingsError, FileError) as error:
        raise _Failure(error.message.worded(flag)) from None
    for line in lines(report, settings):
        click.echo(line)
    context.exit(1 if report.problem else 0)


_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
command = click.version_option(version("groupscope"), prog_name="groupscope")(
    click.Group(
        "exporter",
        params=_options(),
        callback=_run,
        invoke_without_command=True,
        help=_HELP,
        context_settings=_SETTINGS,
        subcommand_metavar="[check]",
    )
)
command.add_command(
    click.Command(
        "check",
        params=_options(),
        callback=_check,
        help=_CHECK_HELP,
        short_help="Query the hub once; report what was found and which scopes are missing.",
        context_settings=_SETTINGS,
    )
)


def _stop(*_: object) -> None:
    # uvicorn first ends what it is answering, then raises the signal again, to here.
    raise SystemExit(0)


def _break_off(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def main() -> None:
    """Run until SIGTERM or Ctrl-C (exit 0); 2 for a bad setting, 1 with a traceback for a fault.

    ``check`` that a signal ends exits with 128 and the signal's number, as a shell would say it.
    """
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    command(prog_name="groupscope-exporter")
