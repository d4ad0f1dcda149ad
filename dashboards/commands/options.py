"""Options that several commands share: which boards, over what."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from dashboards.catalog import UnknownBoardError, custom, selection
from dashboards.catalog.builtin import COLLECTION
from dashboards.deploy.targets import Target
from dashboards.kit.scope import checked_label

Command = Callable[..., Any]


class CannotRunError(click.ClickException):
    """What was asked for could not be done at all: not a finding, and not a difference."""

    exit_code = 2


def given(name: str) -> bool:
    """Tell whether an option of the running command was given on its command line."""
    source = click.get_current_context().get_parameter_source(name)
    return source is ParameterSource.COMMANDLINE


def _label(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    try:
        return checked_label(text) if text else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@dataclass(frozen=True, slots=True)
class BoardOptions:
    """Which boards there are and what they read."""

    choice: selection.BoardSelection
    recorded: bool
    cluster_label: str | None

    def load(
        self, names: Sequence[str] = (), *, broken: list[custom.CustomBoardError] | None = None
    ) -> list[selection.Loaded]:
        """Return the boards of these names, all if none is named. Raises what click shows.

        Boards that cannot be loaded are put into ``broken``, if that is given.
        """
        try:
            return selection.load(
                names,
                self.choice,
                cluster_label=self.cluster_label,
                recorded=self.recorded,
                broken=broken,
            )
        except (UnknownBoardError, custom.CustomBoardError) as error:
            raise CannotRunError(str(error)) from error

    def names(self) -> list[str]:
        """Return the names of all boards there are. Raises what click shows."""
        try:
            return selection.names(self.choice)
        except custom.CustomBoardError as error:
            raise CannotRunError(str(error)) from error

    def of(self, target: Target | None) -> "BoardOptions":
        """Return these options with what a target says and the command line does not."""
        if target is None:
            return self
        said = {
            name: getattr(target, name)
            for name in ("recorded", "cluster_label", "directories", "collection", "own_only")
            if getattr(target, name) is not None and not given(name)
        }
        choice = {name: said.pop(name) for name in list(said) if hasattr(self.choice, name)}
        return replace(self, choice=replace(self.choice, **choice), **said)


directories_option = click.option(
    "--boards",
    "directories",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="DIRECTORY",
    help="Boards of your own, beside those of groupscope: a Python file each. Repeatable.",
)


def board_options(*, recorded: bool) -> Callable[[Command], Command]:
    """Return what gives a command ``which: BoardOptions``; boards read recorded series or not."""

    def decorated(command: Command) -> Command:
        @directories_option
        @click.option(
            "--collection",
            metavar="NAME",
            default="",
            help="Whose the boards of --boards are: --prune deletes nothing of other collections.",
        )
        @click.option(
            "--own-only",
            is_flag=True,
            help="Leave out groupscope's boards: those of --boards only.",
        )
        @click.option(
            "--recorded/--raw",
            default=recorded,
            show_default=True,
            help="Boards read what Prometheus' recording rules hold, fast over months, or what is "
            "scraped, which needs no rules.",
        )
        @click.option(
            "--cluster-label",
            metavar="LABEL",
            callback=_label,
            help="Label that tells clusters apart in a Thanos or Mimir: adds the choice of a "
            "cluster.",
        )
        @wraps(command)
        def with_boards(
            *arguments: Any,  # noqa: ANN401 - whatever the command takes
            directories: tuple[Path, ...],
            collection: str,
            own_only: bool,
            recorded: bool,
            cluster_label: str | None,
            **options: Any,  # noqa: ANN401
        ) -> Any:  # noqa: ANN401
            if collection == COLLECTION:
                raise click.UsageError(f"The collection {COLLECTION} is groupscope's own.")
            choice = selection.BoardSelection(directories, collection, own_only)
            which = BoardOptions(choice, recorded, cluster_label)
            return command(*arguments, which=which, **options)

        return with_boards

    return decorated
