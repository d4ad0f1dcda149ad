"""The command line, made of ``settings.SETTINGS``."""

import asyncio
import logging
import os
import signal
import sys
from importlib.metadata import version

import click

from exporter.app import serve
from exporter.settings import SETTINGS, Setting, SettingsError, flag, variable
from exporter.sources import load

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


def _run(**flags: str | None) -> None:
    try:
        settings = load({n: text for n, text in flags.items() if text is not None}, os.environ)
        _log_to_stderr(settings.log_level)
        asyncio.run(serve(settings))
    except SettingsError as error:
        raise _Failure(str(error)) from None


def _log_to_stderr(level: str) -> None:
    logging.basicConfig(
        stream=sys.stderr, level=level.upper(), format="%(asctime)s %(levelname)s %(message)s"
    )
    # Request lines, which at debug level may hold headers.
    for library in ("httpx", "httpcore", "uvicorn", "asyncio"):
        logging.getLogger(library).setLevel(logging.WARNING)


command = click.version_option(version("groupscope"), prog_name="groupscope")(
    click.Command(
        "exporter",
        params=[_option(name, setting) for name, setting in SETTINGS.items()],
        callback=_run,
        help=_HELP,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
)


def _stop(*_: object) -> None:
    # uvicorn first ends what it is answering, then raises the signal again, to here.
    raise SystemExit(0)


def main() -> None:
    """Run until SIGTERM or Ctrl-C (exit 0); 2 for a bad setting, 1 with a traceback for a fault."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    command(prog_name="groupscope-exporter")
