"""Series as text: one scrape in Prometheus' format, or a stretch of history in OpenMetrics'."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from demo.series import Series
from demo.usage import Array


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


def history(series: Iterable[Series], times: Array, instance: str) -> Iterator[str]:
    """Yield OpenMetrics text of the series at the given times, with the labels of a scrape.

    The text ends with ``# EOF``; samples of one series follow each other in time.
    """
    stamps = [f" {time:.3f}\n" for time in times]
    for one in series:
        low, high = np.searchsorted(times, [one.born, one.dies])
        if low == high:
            continue
        # A scrape adds job and instance, after what the exporter itself says.
        labels = (*one.labels, ("instance", instance), ("job", one.job))
        name = identity(one.metric, labels)
        alive = stamps[low:high]
        if callable(one.value):
            values = one.at(times[low:high]).tolist()
            yield "".join([f"{name} {v!r}{stamp}" for v, stamp in zip(values, alive, strict=True)])
        else:
            constant = f"{name} {_number(float(one.value))}"
            yield constant + constant.join(alive)
    yield "# EOF\n"


def identity(metric: str, labels: Iterable[tuple[str, str]]) -> str:
    """Return a series as text: ``metric{name="value"}``."""
    inside = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{metric}{{{inside}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
