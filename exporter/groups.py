"""Under which ``usergroup`` a hub's group is exported, and which groups are not.

| group of the hub | label |
|---|---|
| ``staff`` | ``staff`` |
| no group at all | ``none`` |
| only groups that are not exported | ``other`` |
| a group that is called ``none`` | ``none (group)`` |
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

NO_GROUP = "none"
OTHER_GROUPS = "other"

_SUFFIX = " (group)"
_OURS = re.compile(rf"({NO_GROUP}|{OTHER_GROUPS})({re.escape(_SUFFIX)})*")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A group's name, or between slashes a regular expression for the whole of names.

    Raises ValueError, whose text follows the setting's, for an expression that is none.
    """

    text: str
    _expression: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        is_expression = len(self.text) > 2 and self.text[0] == self.text[-1] == "/"
        try:
            compiled = re.compile(self.text[1:-1] if is_expression else re.escape(self.text))
        except re.error as error:
            raise ValueError(
                f"holds {self.text}, which is no regular expression: {error}"
            ) from None
        object.__setattr__(self, "_expression", compiled)

    def matches(self, group: str) -> bool:
        """Return whether the whole name matches."""
        return self._expression.fullmatch(group) is not None


@dataclass(frozen=True, slots=True)
class Exported:
    """The hub's groups as labels. Without patterns every group is exported."""

    allow: Sequence[Pattern] = ()
    deny: Sequence[Pattern] = ()

    @property
    def own_labels(self) -> tuple[str, ...]:
        """The labels that stand for no group: ``other`` only if a group may be left out."""
        return (NO_GROUP, OTHER_GROUPS) if self.allow or self.deny else (NO_GROUP,)

    def label(self, group: str) -> str | None:
        """Return the label of a group of the hub, None if it is not exported.

        No two groups have one label, and none has ``none`` or ``other``.
        """
        if self.allow and not any(pattern.matches(group) for pattern in self.allow):
            return None
        if any(pattern.matches(group) for pattern in self.deny):
            return None
        return group + _SUFFIX if _OURS.fullmatch(group) else group

    def labels(self, groups: tuple[str, ...]) -> tuple[str, ...]:
        """Return the labels of a user in these groups: at least one, each once, in their order."""
        shown = tuple(label for label in map(self.label, groups) if label is not None)
        return shown or ((OTHER_GROUPS,) if groups else (NO_GROUP,))
