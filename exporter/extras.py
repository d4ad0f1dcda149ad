"""What groupscope needs beyond its core, and which extra of the package brings it.

``pip install groupscope`` brings what the exporter needs; the boards, their pictures and the
Grafana app's backend need more, by extras of the same package.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

import click

_OWN = frozenset({"app", "dashboards", "exporter"})


class MissingExtraError(click.ClickException):
    """A package is missing that an extra of groupscope installs."""

    exit_code = 2

    def __init__(self, extra: str, module: str) -> None:
        super().__init__(
            f"This needs the extra {extra} of groupscope ({module} is not installed): "
            f"pip install 'groupscope[{extra}]', or pip install '.[{extra}]' in a clone."
        )


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Name the extra if what is imported in this block is not installed.

    Raises MissingExtraError for a package of others. A missing module of our own is a fault, and
    stays a ModuleNotFoundError.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in _OWN:
            raise
        raise MissingExtraError(name, package) from error


def require(extra_name: str, *modules: str) -> None:
    """Raise MissingExtraError unless these modules are installed; none of them is imported."""
    for module in modules:
        if find_spec(module) is None:
            raise MissingExtraError(extra_name, module)
