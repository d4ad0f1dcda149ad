"""Sentences that several descriptions end with, and what users are called in legends."""

from dashboards.kit import Scope


def user_legend(scope: Scope) -> str:
    """Return the legend of a line or bar by user: the name, and the hub."""
    return f"{{{{username}}}} ({scope.hub_legend})"


ATTRIBUTED = (
    "Attribution “${attribution:text}”: with “every”, what somebody in several groups uses counts "
    "fully in each, so groups may add up to more than the hub; with “split”, it is divided among "
    "all of their groups, which add up to the hub."
)
"""Of lines and bars by group."""

ATTRIBUTED_TOGETHER = (
    "Attribution “${attribution:text}”: with “every”, somebody in several of the selected groups "
    "counts once; with “split”, only with the part of these groups."
)
"""Of one number for all selected groups."""

AT_THE_TIME = (
    "Membership counts at the time of use: what people used before they joined is not in it."
)
