"""YAML documents as JSON values, with the lines of their parts."""

from collections.abc import Callable, Iterator
from typing import Any

import yaml

from dashboards.reading.values import LineOf, Path, ReadError
from dashboards.schema.values import mapping

TextAt = Callable[[Path], int]

_MOST_NODES = 500_000
"""Aliases can make a small file endless: no dashboard has as many values."""

_SCALARS = {
    "tag:yaml.org,2002:null",
    "tag:yaml.org,2002:bool",
    "tag:yaml.org,2002:int",
    "tag:yaml.org,2002:float",
}
# libyaml's is ten times as fast; a PyYAML built without it has only the other.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def no_text(_: Path) -> int:
    """Return 0: there are no texts of several lines."""
    return 0


def documents(text: str) -> Iterator[tuple[Any, LineOf, TextAt]]:
    """Yield each document: its value, the lines of its objects, those of its literal texts.

    Values are those that JSON has; what only YAML has, such as a date, is the text as it is
    written. Raises ReadError.
    """
    try:
        for node in yaml.compose_all(text, Loader=_Loader):
            made = _Made()
            yield made.value(node, ()), _first(made.lines), _first(made.texts)
    except yaml.YAMLError as error:
        raise ReadError(_reason(error, text)) from error
    except RecursionError as error:
        raise ReadError("is nested too deep.") from error


def _first(lines: dict[Path, int]) -> Callable[[Path], int]:
    return lambda path: lines.get(path, 0)


def _reason(error: yaml.YAMLError, text: str) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f", line {mark.line + 1}" if mark else ""
    said = " ".join(str(getattr(error, "problem", None) or error).split())
    hint = " It is a Helm template: render it first (helm template)." if "{{" in text else ""
    return f"is not YAML{place}: {said}.{hint}"


def _merged(value: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return what ``<<`` adds: of several the first that has a key."""
    several = value if isinstance(value, list) else [value]
    return {key: it for each in reversed(several) for key, it in mapping(each).items()}


class _Made:
    """The values of one document's nodes."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.texts: dict[Path, int] = {}
        self._open: set[int] = set()
        self._nodes = 0
        self._scalar = yaml.constructor.SafeConstructor()

    def value(self, node: yaml.Node, path: Path) -> Any:  # noqa: ANN401
        """Return a node's value. Raises ReadError if it holds itself, or far too much."""
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            raise ReadError("has aliases that expand to far too many values.")
        if isinstance(node, yaml.ScalarNode):
            return self._of_scalar(node, path)
        if id(node) in self._open:
            raise ReadError(f"has an alias that holds itself, line {node.start_mark.line + 1}.")
        self._open.add(id(node))
        made: Any
        if isinstance(node, yaml.MappingNode):
            made = self._of_mapping(node, path)
        else:
            made = [self.value(each, (*path, n)) for n, each in enumerate(node.value)]
        self._open.discard(id(node))
        return made

    def _of_mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        self.lines[path] = node.start_mark.line + 1
        made: dict[str, Any] = {}
        for key, each in node.value:
            # What JSON cannot have as a key is none of a dashboard's.
            name = key.value if isinstance(key, yaml.ScalarNode) else str(key.start_mark.line)
            if key.tag == "tag:yaml.org,2002:merge":
                made = {**_merged(self.value(each, (*path, name))), **made}
                continue
            if name == "title":
                self.lines[path] = key.start_mark.line + 1
            made[name] = self.value(each, (*path, name))
        return made

    def _of_scalar(self, node: yaml.ScalarNode, path: Path) -> Any:  # noqa: ANN401
        self.lines[path] = node.start_mark.line + 1
        if node.style == "|":
            # The text begins on the line below the sign.
            self.texts[path] = node.start_mark.line + 2
        if node.tag not in _SCALARS:
            return node.value
        try:
            made = self._scalar.construct_object(node)
        except (ValueError, yaml.YAMLError):
            return node.value
        # JSON has no infinity.
        return node.value if isinstance(made, float) and made - made != 0 else made
