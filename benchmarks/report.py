"""Figures as a table for people, and as JSON."""

import json
import os
import platform
import re
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from benchmarks.figures import Figure
from dashboards.commands.tables import text_table

_HEADINGS = ("figure", "users", "measured", "goal", "", "")
_VERDICTS = {True: ("ok", "green"), False: ("MISSED", "red"), None: ("", None)}


def machine() -> dict[str, str]:
    """Return what the figures were measured on: ``{"CPU": "AMD EPYC", "cores": "2", ...}``."""
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "CPU": model[1] if model else platform.machine(),
        "cores": f"{len(os.sched_getaffinity(0))}",
        "RAM": f"{memory:.0f} GiB",
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
    }


def table(figures: Sequence[Figure], *, color: bool) -> str:
    """Return the figures as lines, each with its goal and whether it is met."""
    rows = [[*_cells(figure), _verdict(figure.met, color=color), figure.note] for figure in figures]
    return "\n".join(text_table(_HEADINGS, rows, right=(1, 2, 3)))


def summary(figures: Sequence[Figure]) -> str:
    """Return how many of the goals are met."""
    goals = [figure.met for figure in figures if figure.met is not None]
    if not goals:
        return "Nothing with a goal was measured."
    return f"{goals.count(True)} of {len(goals)} goals met."


def to_json(figures: Sequence[Figure]) -> str:
    """Return machine and figures: ``{"machine": {...}, "figures": [{"title": ...}, ...]}``."""
    return json.dumps(
        {
            "machine": machine(),
            "figures": [{**asdict(figure), "met": figure.met} for figure in figures],
        },
        indent=1,
        ensure_ascii=False,
    )


def _verdict(met: bool | None, *, color: bool) -> str:
    word, paint = _VERDICTS[met]
    return click.style(word, fg=paint) if color and paint else word


def _cells(figure: Figure) -> tuple[str, str, str, str]:
    measured = "none" if figure.value is None else _number(figure.value, figure.unit)
    sign = "≥" if figure.at_least else "≤"
    goal = "–" if figure.goal is None else f"{sign} {_number(figure.goal, figure.unit)}"
    return figure.title, f"{figure.users:,}", measured, goal


def _number(value: float, unit: str) -> str:
    """``0.04123, "s"`` → ``0.0412 s``: three digits that count, more of a large number."""
    if value and abs(value) < 1000:
        value = float(f"{value:.3g}")
        return f"{value:,g} {unit}".rstrip()
    return f"{value:,.0f} {unit}".rstrip()
