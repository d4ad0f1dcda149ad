"""Every query of every board, as Prometheus gets it, and what it selects."""

from functools import cache

import promql_parser
import pytest

from dashboards import catalog
from dashboards.boards.support import SWITCHES
from dashboards.evaluate import data, interpolate
from dashboards.evaluate.choice import Choice
from dashboards.evaluate.timing import Timing

CHOICES = (
    Choice("hub", "Hub", ("demo",), regex=True),
    Choice("group", "Group", ("a b",), regex=True),
    Choice("attribution", "Attribution", ("share",)),
    *(Choice(name, label, ("1",)) for name, label in SWITCHES.items()),
    Choice("user", "User", ("jo",), regex=True),
)
DAY = 86_400_000


def plain(query, length=DAY):
    """Return a query with Grafana's variables replaced, as Prometheus gets it."""
    return interpolate.query(query, CHOICES, Timing.of(length, 11_000, 60_000, 60_000))


@cache
def board_queries():
    """Return every query of every board."""
    return tuple(_board_queries())


def _board_queries():
    for name in catalog.names():
        for recorded in (False, True):
            for panel in data.panels(catalog.load(name, recorded=recorded)):
                for target in panel.get("targets", ()):
                    what = f"{panel['title']} {target['refId']}{' recorded' * recorded}"
                    yield pytest.param(target["expr"], id=f"{name}: {what}")


def selectors(query):
    """Return the vector selectors of a query."""
    found = []

    def walk(node):
        if isinstance(node, promql_parser.VectorSelector):
            found.append(node)
        for attribute in ("expr", "lhs", "rhs", "vector_selector", "param"):
            child = getattr(node, attribute, None)
            if child is not None and not isinstance(child, str):
                walk(child)
        for child in getattr(node, "args", None) or ():
            walk(child)

    walk(promql_parser.parse(plain(query)))
    return found
