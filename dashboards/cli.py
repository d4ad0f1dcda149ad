"""The command line: a group whose commands are imported when they are called."""

import os
import sys
from importlib import import_module
from typing import Any

import click

from dashboards.commands import INTERRUPTED
from exporter.extras import extra

_COMMANDS = {
    "new": "dashboards.commands.new",
    "build": "dashboards.commands.build",
    "lint": "dashboards.commands.lint",
    "list": "dashboards.commands.list",
    "diff": "dashboards.commands.diff",
    "deploy": "dashboards.commands.deploy",
    "pull": "dashboards.commands.pull",
    "report": "dashboards.commands.report",
}


_CANNOT_RUN = 2


class _LazyGroup(click.Group):
    """Commands by module name: ``build`` need not wait for the plotting library."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of a day's work."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, or None. Raises MissingExtraError."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        with extra("dashboards"):
            command: click.Command = import_module(_COMMANDS[cmd_name]).command
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; after Ctrl-C that it does not handle itself, say so and exit with 130."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None

    def main(self, *args: Any, **more: Any) -> Any:  # noqa: ANN401 - as click has it
        """Run the command line; a file that it cannot read or write is a sentence, and exit 2."""
        try:
            return super().main(*args, **more)
        except (ConnectionError, TimeoutError):
            # No files: who uses the network says more than this could.
            raise
        except OSError as error:
            # A full disk has no name.
            what = error.filename or "Cannot write"
            click.echo(f"Error: {what}: {error.strerror or error}.", err=True)
            sys.exit(_CANNOT_RUN)


@click.command(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="groupscope", prog_name="groupscope")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Grafana dashboards for JupyterHub's user groups, from Python to your Grafana."""
    if os.environ.get("NO_COLOR"):
        ctx.color = False


def main() -> None:
    """Run the command line; its exit code is the process's."""
    try:
        cli(prog_name="python -m dashboards")
    finally:
        _flush()


def _flush() -> None:
    """Write out what is left, or let it go: what failed once fails again when Python ends."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
