"""Under which ``usergroup`` a hub's group is exported, which groups are not, and who pays.

| group of the hub | label |
|---|---|
| ``staff`` | ``staff`` |
| no group at all | ``none`` |
| only groups that are not exported | ``other`` |
| a group that is called ``none`` | ``none (group)`` |
| a group whose name is empty | ``(no name)`` |
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

NO_GROUP = "none"
OTHER_GROUPS = "other"
UNNAMED = "(no name)"

_SUFFIX = " (group)"
_OURS = re.compile(rf"({NO_GROUP}|{OTHER_GROUPS}|{re.escape(UNNAMED)})({re.escape(_SUFFIX)})*")


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
class Weight:
    """How much the groups of a pattern count beside the others of a user, of which each has 1."""

    pattern: Pattern
    weight: float


@dataclass(frozen=True, slots=True)
class GroupPolicy:
    """The hub's groups as labels. Without patterns every group is exported, and all are equal.

    ``priority`` are groups of which a user's first one answers for all of the user's usage;
    those of one pattern share it, and so do those of no pattern. They share it by ``weights``,
    of which the first that matches counts.
    """

    allow: Sequence[Pattern] = ()
    deny: Sequence[Pattern] = ()
    priority: Sequence[Pattern] = ()
    weights: Sequence[Weight] = ()

    @property
    def reserved_labels(self) -> tuple[str, ...]:
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
        if not group:
            # In Prometheus an empty label is none.
            return UNNAMED
        return group + _SUFFIX if _OURS.fullmatch(group) else group

    def unmatched(self, groups: Iterable[str]) -> tuple[str, ...]:
        """Return the patterns that match none of these groups: most likely misspelt."""
        groups = tuple(groups)
        patterns = (*self.allow, *self.deny, *self.priority, *(w.pattern for w in self.weights))
        found = dict.fromkeys(patterns)
        return tuple(p.text for p in found if not any(map(p.matches, groups)))

    def shares(self, groups: tuple[str, ...]) -> dict[str, float]:
        """Return ``{label: share}`` for a user in these groups: at least one, in their order.

        The shares are what each answers for of the user's usage; they sum to 1, and are 0 for
        groups that come after another.
        """
        shown = {label: group for group in groups if (label := self.label(group)) is not None}
        if not shown:
            return {OTHER_GROUPS if groups else NO_GROUP: 1.0}
        ranks = {label: self._rank(group) for label, group in shown.items()}
        first = min(ranks.values())
        weights = {label: self._weight(shown[label]) for label in shown if ranks[label] == first}
        # Somebody has to answer for it, also if all that there are count nothing.
        if not any(weights.values()):
            weights = dict.fromkeys(weights, 1.0)
        total = sum(weights.values())
        return {label: weights.get(label, 0.0) / total for label in shown}

    def _rank(self, group: str) -> int:
        places = (n for n, pattern in enumerate(self.priority) if pattern.matches(group))
        return next(places, len(self.priority))

    def _weight(self, group: str) -> float:
        return next((each.weight for each in self.weights if each.pattern.matches(group)), 1.0)
