"""How busy the GPUs are that pods hold, by dcgm-exporter: ``{namespace, pod}``, 0 to 1.

A whole GPU has ``DCGM_FI_DEV_GPU_UTIL``, in percent. For a slice of one (MIG, reported by its
``GPU_I_ID``) NVIDIA has no such figure, the exporter leaves it out or says 0; a slice has
``DCGM_FI_PROF_GR_ENGINE_ACTIVE``, 0 to 1. Where there is neither, a pod is not in the answer.
"""

from dashboards.kit.scope import Scope
from dashboards.metrics.dcgm import DCGM_FI_DEV_GPU_UTIL, DCGM_FI_PROF_GR_ENGINE_ACTIVE
from dashboards.metrics.metric import Metric
from dashboards.queries.pods import POD
from dashboards.queries.promql import copied

DEVICE = (*POD, "gpu", "GPU_I_ID")

_WHOLE = 'GPU_I_ID=""'


def utilization(scope: Scope, window: str = "") -> str:
    """Return how busy the GPUs of each pod are, the mean over its devices.

    With shared GPUs one device's series is copied for each pod, so a sum would count it several
    times; and several jobs may scrape one exporter, so a device is its largest series.
    """
    percent = _by_device(scope, DCGM_FI_DEV_GPU_UTIL, window, _WHOLE)
    part = _by_device(scope, DCGM_FI_PROF_GR_ENGINE_ACTIVE, window)
    return scope.aggregate("avg", POD, f"{percent} / 100\nor\n{part}")


def _by_device(scope: Scope, metric: Metric, window: str, *matchers: str) -> str:
    """Return a metric of devices, with the pods' names however the scrape labels them.

    dcgm-exporter's own labels arrive as ``exported_…`` unless the scrape honors them: namespace
    and pod are then the exporter's.
    """
    hub = f'exported_namespace=~"{scope.hubs}"'
    exported = _mean(scope.everywhere(metric, hub, 'exported_pod!=""', *matchers), window)
    named = copied(exported, *((label, f"exported_{label}") for label in POD))
    honored = _mean(scope.selector(metric, 'pod!=""', 'exported_pod=""', *matchers), window)
    return scope.aggregate("max", DEVICE, f"{named}\nor\n{honored}")


def _mean(series: str, window: str) -> str:
    return f"avg_over_time({series}[{window}])" if window else series
