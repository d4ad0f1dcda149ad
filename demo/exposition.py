"""Series as text: one scrape in Prometheus' format."""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from demo.series import Series


def scrape(series: Iterable[Series], time: float) -> str:
    """Return what an exporter of these series answers at a time, in Prometheus' text format."""
    several = [one for one in series if one.born <= time < one.dies]
    buckets = "_bucket"
    histograms = {one.metric.removesuffix(buckets) for one in several if buckets in one.metric}
    families: dict[str, list[str]] = defaultdict(list)
    when = np.array([time])
    for one in several:
        value = _number(float(one.at(when)[0]))
        family = _family(one.metric, histograms)
        families[family].append(f"{identity(one.metric, one.labels)} {value}\n")
    return "".join(
        f"# TYPE {family} {_kind(family, histograms)}\n{''.join(lines)}"
        for family, lines in families.items()
    )


def _family(metric: str, histograms: set[str]) -> str:
    """Return what a metric's family is called: a histogram's buckets, count and sum are one."""
    name = metric.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum")
    return name if name in histograms else metric


def _kind(family: str, histograms: set[str]) -> str:
    if family in histograms:
        return "histogram"
    return "counter" if family.endswith("_total") else "gauge"


def identity(metric: str, labels: Iterable[tuple[str, str]]) -> str:
    """Return a series as text: ``metric{name="value"}``."""
    inside = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{metric}{{{inside}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
