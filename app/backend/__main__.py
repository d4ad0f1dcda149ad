"""The backend's program: ``python -m app.backend``, or frozen, started by Grafana."""

import asyncio
import os
import sys

import click

from app.backend import APP_ID
from app.backend.handshake import HandshakeError, require_grafana
from exporter import __version__

_HELP = f"""The backend of the Grafana app {APP_ID}.

Grafana starts it and speaks to it over gRPC; its settings are those of the app, and of the section
[plugin.{APP_ID}] of grafana.ini.
"""


@click.command("gpx_groupscope", help=_HELP)
@click.version_option(__version__, prog_name="groupscope")
def command() -> None:
    """Check who started us, then serve."""
    try:
        require_grafana(os.environ)
    except HandshakeError as error:
        raise click.ClickException(str(error)) from None
    # Only now: to refuse takes no gRPC.
    from app.backend.logs import log_to_grafana  # noqa: PLC0415
    from app.backend.serve import serve  # noqa: PLC0415
    from app.backend.settings import GrafanaIni, setting_name  # noqa: PLC0415
    from exporter.config.settings import SettingsError  # noqa: PLC0415

    ini = GrafanaIni.of(os.environ)
    try:
        log_to_grafana(ini.log_level)
        ini.names_for_viewers  # noqa: B018 - to refuse what is wrong before anybody asks
    except SettingsError as error:
        raise click.ClickException(error.message.worded(setting_name)) from None
    sys.exit(asyncio.run(serve(ini, os.environ)))


def main() -> None:
    """Run the program; its exit code is the process's."""
    command(prog_name="gpx_groupscope")


if __name__ == "__main__":
    main()
