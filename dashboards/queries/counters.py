"""Events that counters count: how many there were within a window, a whole number.

``increase`` is not for counts. It stretches what it saw over the whole window: of 18 starts that
failed it says 18.3. And it takes the first sample of a series for its beginning: a counter that
appears with 30, since 30 starts were refused between two scrapes, counts 0.

Here a count is a counter's last value within the window less its value at the window's beginning:

- **seen before**: the last sample of the five minutes before, unless the counter was born since:
  that was another process's. As neighboring windows have the
  same sample between them, the counts of steps add up to that of their range.
- **born within the window**: 0, so that all it has counts. What has appeared was not always born:
  a new Prometheus, or one that was away, sees a hub's counters of weeks for the first time.
  Where Prometheus has the time of birth, that decides: for the labels of a counter, histogram or
  summary prometheus-client exports it as ``<name>_created``, a node's is its boot. Where it does
  not, the label set is new if Prometheus scraped the same target without it before: another
  metric, which the target always has, was there earlier.
- **neither**: the first sample within the window. What was counted before nobody knows.

A counter that began anew within the window, as its process was restarted at the same address, has
no single beginning. Only then ``increase`` is taken, rounded: it adds up both lives. What was
counted between the last scrape and the end of the process is lost, as for every query.

Lines of rates (CPU, bytes, requests a second) keep ``rate``: there a birth costs one scrape, and
numbers need not be whole.
"""

from collections.abc import Iterable, Iterator
from textwrap import indent

from dashboards.kit.scope import HUB, Scope
from dashboards.metrics.kube_state_metrics import (
    KUBE_POD_CONTAINER_STATUS_RESTARTS_TOTAL,
    KUBE_POD_CREATED,
)
from dashboards.queries.pods import POD_UID, seconds
from dashboards.queries.usage import RATE, STEP

RANGE = "$__range"
"""Grafana's whole range: the window of a tile."""

TARGET = (*HUB, "job", "instance")

SEEN_LATELY = "5m"
"""How long before a window a series may have had its last sample: as Prometheus looks back."""
_LATELY = 300


def count(
    scope: Scope,
    counter: str,
    window: str,
    *,
    born: str,
    target: str = "",
    of_process: bool = False,
) -> str:
    """Return how many events each series of a counter had within the window, by its labels.

    ``counter`` is the selector of a counter or of a histogram's buckets, ``born`` an expression
    for the time of birth of each label set in Unix seconds, or of the whole process that counts.
    ``target`` is the selector of one series that every such target has from its first scrape on;
    without it a birth counts only where its time is known.
    """
    last = f"last_over_time({counter}[{window}])"
    # Of buckets one time is reported for all.
    of_it = scope.on(TARGET) if of_process else "ignoring (le)"
    beginnings = [
        # What was seen before was another process at the same address.
        f"0 * ({last} and {of_it} ({born} > time() - {seconds(window)}))",
        f"(last_over_time({counter}[{SEEN_LATELY}] offset {window}) <= {last})",
        f"0 * ({last} and {of_it} ({born} > {_beginning(window)}))",
        *(
            f"0 * ({last} unless {of_it} {born}\n{indent(older, '  ')})"
            for older in _older(scope, counter, window, target)
        ),
        f"min_over_time({counter}[{window}])",
    ]
    # A rate needs two samples: where the window is a step, Grafana's for rates is a scrape longer.
    wide = RATE if window == STEP else window
    begun_anew = f"round(increase({counter}[{wide}]))\nand resets({counter}[{window}]) > 0"
    grown = f"{last}\n- (\n{indent(_or(beginnings), '  ')}\n)"
    return f"(\n{indent(_or([begun_anew, grown]), '  ')}\n)"


def total(scope: Scope, labels: tuple[str, ...], by_target: str) -> str:
    """Return the sum for each set of labels over a hub's targets, each scraped once.

    A hub that is started again has another address, and both count; two jobs that scrape one hub,
    with whatever labels of their own, see the same: then it is the greater.
    """
    each_job = scope.aggregate("sum", (*HUB, "job", *labels), by_target)
    by_hub = (*HUB, *(label for label in labels if label not in HUB))
    once = scope.aggregate("max", by_hub, each_job)
    return scope.aggregate("sum", labels, once)


def _older(scope: Scope, counter: str, window: str, target: str) -> Iterator[str]:
    """Yield how it shows that a target was scraped before it had the series, if at all."""
    if target:
        yield f"and {scope.on(TARGET)} last_over_time({target}[{SEEN_LATELY}] offset {window})"
        # The target may have come within the window, and the series after it.
        yield (
            f"and count_over_time({counter}[{window}])\n"
            f"< {scope.on(TARGET)} group_left () count_over_time({target}[{window}])"
        )


def _or(expressions: Iterable[str]) -> str:
    return "\nor\n".join(expressions)


def restarts(scope: Scope, window: str) -> str:
    """Return how often each container was started again: ``{namespace, pod, uid, container}``.

    Of pods that are there at the window's end. Kubernetes counts, kube-state-metrics only repeats
    it, if need be from another address: so a series that appears was born only if its pod was made
    within the window.
    """
    labels = (*POD_UID, "container")
    counter = scope.selector(KUBE_POD_CONTAINER_STATUS_RESTARTS_TOTAL)
    now = scope.aggregate("max", labels, counter)
    before = scope.aggregate("max", labels, f"{counter} offset {window}")
    made = scope.aggregate("max", POD_UID, scope.selector(KUBE_POD_CREATED))
    beginnings = [
        f"({before}\n<= {now})",
        f"0 * ({now}\nand {scope.on(POD_UID)} ({made} > {_beginning(window)}))",
        scope.aggregate("min", labels, f"min_over_time({counter}[{window}])"),
    ]
    return f"(\n{now}\n- (\n{indent(_or(beginnings), '  ')}\n)\n)"


def _beginning(window: str) -> str:
    """Return the time from which on a birth is one within the window.

    What was born between the last scrape before the window and its beginning is seen within it,
    and nowhere else.
    """
    return f"time() - {seconds(window)} - {_LATELY}"
