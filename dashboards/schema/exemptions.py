"""What a board declares that lint is to leave alone."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exempt:
    """A finding that is meant: its rule, the panel's title ("" for the board), and why."""

    rule: str
    panel: str
    reason: str
