"""All commands and their options, from what ``--help`` says."""

import inspect
import re
from collections.abc import Iterator

import click

from dashboards.cli import cli
from docs_build.markdown import table

PROGRAM = "python -m dashboards"


def reference() -> str:
    """Return a section for each command: its help, then a table of its options."""
    context = click.Context(cli)
    found = ((name, cli.get_command(context, name)) for name in cli.list_commands(context))
    return "\n\n".join(_section(name, command) for name, command in found if command)


def _section(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name)
    usage = " ".join([PROGRAM, name, *command.collect_usage_pieces(context)])
    options = [it for it in command.params if isinstance(it, click.Option) and not it.hidden]
    rows = [_row(option, context) for option in options]
    arguments = [it.human_readable_name for it in command.params if it not in options]
    help_ = _prose(inspect.cleandoc(command.help or ""), *arguments)
    parts = [f"## {name}", f"`{usage}`", help_]
    return "\n\n".join([*parts, table(("option", "meaning"), rows)])


def _prose(text: str, *names: str) -> str:
    """Return help as Markdown: its options, and these names in capitals, are code."""
    capitals = "|".join(rf"{re.escape(name)}s?" for name in names) or r"(?!)"
    code = re.sub(rf"(?<![`\w-])(--[a-z][a-z-]*|{capitals})(?![\w`])", r"`\1`", text)
    return re.sub(r"\[default: (.+?)\]", r"Default: \1.", code)


def _row(option: click.Option, context: click.Context) -> tuple[str, str]:
    names = " / ".join(_names(option, context))
    return names, f"{_prose((option.help or '').strip())}{''.join(_extra(option, context))}"


def _names(option: click.Option, context: click.Context) -> Iterator[str]:
    metavar = "" if option.is_flag else f" {option.make_metavar(context)}"
    yield f"`{', '.join(option.opts)}{metavar}`"
    if option.secondary_opts:
        yield f"`{', '.join(option.secondary_opts)}`"


def _extra(option: click.Option, context: click.Context) -> Iterator[str]:
    extra = option.get_help_extra(context)
    if variables := extra.get("envvars"):
        yield f" Environment: {', '.join(f'`{it}`' for it in variables)}."
    if default := extra.get("default"):
        yield f" Default: {default}." if " " in default else f" Default: `{default}`."
