"""``python -m dashboards lint``: problems in dashboards, ours or anybody's."""

from pathlib import Path

import click

from dashboards.catalog.custom import CustomBoardError
from dashboards.commands.grafana_options import GrafanaOptions, grafana_options
from dashboards.commands.options import CannotRunError, directories_option
from dashboards.grafana.errors import GrafanaError
from dashboards.lint import config, output, sources
from dashboards.lint.check import check, not_read
from dashboards.lint.registry import rules


@click.command("lint")
@click.argument("paths", metavar="[PATH]…", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--grafana", "in_grafana", is_flag=True, help="Check the dashboards of a running Grafana."
)
@grafana_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    show_default=True,
    help="Text for people, JSON for programs, or annotations of a GitHub workflow.",
)
@click.option("--explain", metavar="RULE", help="Explain a rule with examples, and stop.")
@click.option("--rules", "list_rules", is_flag=True, help="List the rules, and stop.")
@directories_option
def command(
    paths: tuple[Path, ...],
    grafana: GrafanaOptions,
    directories: tuple[Path, ...],
    form: str,
    explain: str | None,
    *,
    in_grafana: bool,
    list_rules: bool,
) -> None:
    """Check dashboards for problems.

    PATHs are files that hold dashboards, or directories of them; without any, groupscope's own
    boards are checked. What cannot be read is named, and the rest is checked. Exits 0 without
    findings, 1 with findings or if something could not be read, 2 if nothing could be read.
    """
    try:
        if explain is not None or list_rules:
            _explain(explain)
            return
        if (in_grafana, bool(paths), bool(directories)).count(True) > 1:
            raise click.UsageError("Give only one of PATHs, --boards and --grafana.")
        severities = config.severities(Path.cwd())
        if in_grafana:
            read = sources.of_grafana(grafana.connect().grafana)
        else:
            read = sources.of_paths(paths) if paths else sources.of_catalog(directories)
    except (config.ConfigError, sources.SourceError, CustomBoardError, GrafanaError) as error:
        raise CannotRunError(str(error)) from error
    if not read.boards and read.unread:
        raise CannotRunError("\n".join(map(str, read.unread)))
    for note in read.notes:
        click.echo(note, err=True)
    findings = [*check(read.boards, severities), *not_read(read.unread)]
    if form == "json":
        click.echo(output.as_json(findings))
    elif form == "github":
        lines = output.as_github(findings, in_files=bool(paths))
        click.echo("\n".join([*lines, output.summary(findings, read.boards)]))
    else:
        click.echo("\n".join(output.as_text(findings, read.boards)))
    if findings:
        raise click.exceptions.Exit(1)


def _explain(name: str | None) -> None:
    if name is None:
        width = max(len(rule.name) for rule in rules())
        for rule in rules():
            click.echo(f"{rule.name:<{width}}  {rule.severity.value:<7}  {rule.summary}")
        return
    config.known_rule(name, "--explain")
    for rule in rules():
        if rule.name == name:
            click.echo(output.explained(rule))
