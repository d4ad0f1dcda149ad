"""Whether Prometheus has the recorded series: asked by deploy, report and the app.

The series is the one that the rules record for as long as they run.
"""

from dashboards.kit.scope import EVERYTHING, Scope
from dashboards.queries.promql import binary
from dashboards.queries.usage import OWNERS_KNOWN

RECENT = "15m"
"""Three evaluations of the rules: one that is late or failed does not count as none."""

MOMENT = "moment"
"""The label that tells the two numbers apart."""

END, START = "end", "start"


def recorded_at(span: str, scope: Scope = EVERYTHING) -> str:
    """Return how many hubs have recorded series, at the end and at the start of a span.

    ``{moment="end"} 2``, ``{moment="start"} 1``; nothing where no hub has them. The end is the
    moment that is asked for.
    """
    series = f"{scope.selector(OWNERS_KNOWN.recorded)}[{RECENT}]"
    return binary(_at(END, series), "or", _at(START, f"{series} offset {span}"))


def _at(moment: str, series: str) -> str:
    return f'label_replace(count(last_over_time({series})), "{MOMENT}", "{moment}", "", "")'
