"""Series as text: one scrape in Prometheus' format, or a stretch of history in OpenMetrics'."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from demo.series import Series
from demo.usage import Array


def scrape(series: Iterable[Series], time: float) -> str:
    """Return what an exporter of these series answers at a time, in Prometheus' text format."""
    families: dict[str, list[str]] = defaultdict(list)
    when = np.array([time])
    for one in series:
        if one.born <= time < one.dies:
            value = _number(float(one.at(when)[0]))
            families[one.metric].append(f"{identity(one.metric, one.labels)} {value}\n")
    return "".join(
        f"# TYPE {metric} {_kind(metric)}\n{''.join(lines)}" for metric, lines in families.items()
    )


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


def _kind(metric: str) -> str:
    return "counter" if metric.endswith("_total") else "gauge"


def identity(metric: str, labels: Iterable[tuple[str, str]]) -> str:
    """Return a series as text: ``metric{name="value"}``."""
    inside = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{metric}{{{inside}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
