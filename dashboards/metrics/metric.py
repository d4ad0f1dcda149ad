"""What a metric is: its name, meaning, kind, unit and labels, and where it comes from."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["counter", "gauge", "histogram", "info"]
"""How values are read: ``counter`` by its growth; ``info`` is always 1, its labels tell."""


@dataclass(frozen=True, slots=True)
class Job:
    """A program that Prometheus scrapes, and the name of its job in the Prometheus configuration.

    ``name`` is that of ``provisioning/prometheus/prometheus.yml``; "" for what Prometheus makes
    itself. ``adds`` are the labels that the scrape adds to the program's own, beside ``job`` and
    ``instance``.
    """

    name: str
    program: str
    url: str
    adds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric by its whole name, such as ``kube_pod_created``.

    ``labels`` are the program's own that queries match, join, or add up by; it may have more.
    ``unit`` is "" for plain numbers. ``namespaced`` if each series belongs to one namespace, which
    its label ``namespace`` names: a hub's, if the metric is about users. ``since`` is the first
    version of the job's program that has the metric with these labels, but for what ``help`` says
    of older ones; "" where that is not known.
    """

    name: str
    help: str
    kind: Kind
    labels: tuple[str, ...] = ()
    unit: str = field(default="", kw_only=True)
    namespaced: bool = field(default=False, kw_only=True)
    since: str = field(default="", kw_only=True)
    job: Job = field(kw_only=True)

    def series(self) -> "Iterator[Metric]":
        """Yield what PromQL selects by name: the metric, or the parts of a histogram."""
        yield self

    @property
    def all_labels(self) -> tuple[str, ...]:
        """The labels as they are in Prometheus, those included that the scrape adds."""
        return (*self.labels, *(label for label in self.job.adds if label not in self.labels))


@dataclass(frozen=True, slots=True)
class Histogram(Metric):
    """A histogram, which PromQL knows by the whole names of its parts.

    ``count`` and ``sum`` are counters, ``bucket`` is one with the label ``le``, "" where it is not
    kept. ``created`` is when each label set was born, in Unix seconds, as prometheus-client exports
    it beside the histogram.
    """

    bucket: str = field(default="", kw_only=True)
    count: str = field(kw_only=True)
    sum: str = field(kw_only=True)
    created: str = field(kw_only=True)

    def series(self) -> Iterator[Metric]:
        """Yield the parts, each a counter but for the time of birth."""
        if self.bucket:
            yield self._part(self.bucket, "counter", (*self.labels, "le"))
        yield self._part(self.count, "counter", self.labels)
        yield self._part(self.sum, "counter", self.labels, self.unit)
        yield self._part(self.created, "gauge", self.labels, "Unix seconds")

    def _part(self, name: str, kind: Kind, labels: tuple[str, ...], unit: str = "") -> Metric:
        return Metric(
            *(name, self.help, kind, labels),
            unit=unit,
            namespaced=self.namespaced,
            since=self.since,
            job=self.job,
        )


@dataclass(frozen=True, slots=True)
class Attributed:
    """Two metrics that attribute use to groups, and the name by which a board chooses one.

    ``every`` counts use fully in each of a user's groups and ends in ``info``; ``split`` divides it
    among them and ends in ``share``; ``chosen`` ends in the board's variable.
    """

    every: Metric
    split: Metric
    chosen: str

    def name(self, attribution: str) -> str:
        """Return the name for an attribution: ``info``, ``share`` or ``${attribution}``."""
        names = {"info": self.every.name, "share": self.split.name, "${attribution}": self.chosen}
        return names[attribution]


def name_of(metric: Metric | str) -> str:
    """Return the name of a metric that is given by its value or, as a histogram's part, its name.

    Raises TypeError for a histogram: none of its series has that name.
    """
    if isinstance(metric, Histogram):
        raise TypeError(f"{metric.name} is a histogram: choose its bucket, count or sum.")
    return metric if isinstance(metric, str) else metric.name
