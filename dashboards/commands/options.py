"""Options that several commands share: which boards, and which series they read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from dashboards.catalog import UnknownBoardError, selection
from dashboards.catalog.builtin import COLLECTION
from dashboards.catalog.custom import CustomBoardError
from dashboards.kit.scope import checked_label

if TYPE_CHECKING:
    # Grafana's client is most of the start of a command that needs none.
    from dashboards.deploy.targets import TargetConfig

Command = Callable[..., Any]


class CannotRunError(click.ClickException):
    """The command could not do its work at all: not a finding, and not a difference."""

    exit_code = 2


def is_given(name: str) -> bool:
    """Tell whether an option of the running command stands on its command line."""
    source = click.get_current_context().get_parameter_source(name)
    return source is ParameterSource.COMMANDLINE


def _label(_context: click.Context, _parameter: click.Parameter, text: str | None) -> str | None:
    try:
        return checked_label(text) if text else None
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@dataclass(frozen=True, slots=True)
class BoardOptions:
    """Which boards there are, and which series they read."""

    selected: selection.BoardSelection
    recorded: bool | None
    """None if Prometheus is to decide; until it has, scraped series are read."""
    cluster_label: str | None

    def reading(self, *, recorded: bool) -> "BoardOptions":
        """Return these options, decided."""
        return replace(self, recorded=recorded)

    def load(
        self, names: Sequence[str] = (), *, broken: list[CustomBoardError] | None = None
    ) -> list[selection.Loaded]:
        """Return the boards of these names, all if none is named. Raises CannotRunError.

        Boards that cannot be loaded are put into ``broken``, if that is given.
        """
        try:
            return selection.load(
                names,
                self.selected,
                cluster_label=self.cluster_label,
                recorded=bool(self.recorded),
                broken=broken,
            )
        except (UnknownBoardError, CustomBoardError) as error:
            raise CannotRunError(str(error)) from error

    def names(self) -> list[str]:
        """Return the names of all boards. Raises CannotRunError."""
        try:
            return selection.names(self.selected)
        except CustomBoardError as error:
            raise CannotRunError(str(error)) from error

    def with_config(self, config: "TargetConfig | None") -> "BoardOptions":
        """Return these options, with a target's in place of those not on the command line."""
        if config is None:
            return self
        options = {
            name: getattr(config, name)
            for name in ("recorded", "cluster_label", "directories", "collection", "own_only")
            if getattr(config, name) is not None and not is_given(name)
        }
        of_selection = {
            name: options.pop(name) for name in list(options) if hasattr(self.selected, name)
        }
        return replace(self, selected=replace(self.selected, **of_selection), **options)


directories_option = click.option(
    "--boards",
    "directories",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="DIRECTORY",
    help="Boards of your own, beside those of groupscope: a Python file each. Repeatable.",
)


def board_options(*, recorded: bool | None) -> Callable[[Command], Command]:
    """Return what gives a command ``boards: BoardOptions``.

    ``recorded`` is the default: None for a command that asks Prometheus.
    """
    default = "  [default: those that Prometheus has]" if recorded is None else ""

    def decorated(command: Command) -> Command:
        @directories_option
        @click.option(
            "--collection",
            metavar="NAME",
            default="",
            help="Name for the boards of --boards: --prune deletes nothing of other collections.",
        )
        @click.option(
            "--own-only",
            is_flag=True,
            help="Only the boards of --boards, without groupscope's own.",
        )
        @click.option(
            "--recorded/--raw",
            default=recorded,
            show_default=recorded is not None,
            help="Boards read series that Prometheus' recording rules record, fast over months, or "
            f"scraped series, which need no rules.{default}",
        )
        @click.option(
            "--cluster-label",
            metavar="LABEL",
            callback=_label,
            help="Label that tells clusters apart in a Thanos or Mimir; the boards get a variable "
            "to choose a cluster.",
        )
        @wraps(command)
        def with_boards(
            *arguments: Any,  # noqa: ANN401 - whatever the command takes
            directories: tuple[Path, ...],
            collection: str,
            own_only: bool,
            recorded: bool | None,
            cluster_label: str | None,
            **options: Any,  # noqa: ANN401
        ) -> Any:  # noqa: ANN401
            if collection == COLLECTION:
                raise click.UsageError(f"The collection {COLLECTION} is groupscope's own.")
            selected = selection.BoardSelection(directories, collection, own_only)
            boards = BoardOptions(selected, recorded, cluster_label)
            return command(*arguments, boards=boards, **options)

        return with_boards

    return decorated
