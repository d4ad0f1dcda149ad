"""dcgm-exporter's series, whose pod labels its own scrape has renamed to exported_*."""

from collections.abc import Callable, Iterator

from demo.schedule import Pod
from demo.series import Series, hexadecimal, labels
from demo.usage import Array, Usage, usage
from demo.world import World

JOB = "dcgm-exporter"
TARGET = {"namespace": "gpu-operator", "pod": "nvidia-dcgm-exporter-x7x2p"}


def series(world: World) -> Iterator[Series]:
    """Yield how busy the GPUs are that pods hold, and how full their memory."""
    for pod in world.pods:
        yield from _gpus_of_pod(pod)


def _gpus_of_pod(pod: Pod) -> Iterator[Series]:
    use = usage(pod)
    for number in range(pod.size.gpus):
        device = labels(
            gpu=str(number),
            UUID=f"GPU-{hexadecimal(pod.uid, str(number))[:16]}",
            device=f"nvidia{number}",
            modelName="NVIDIA A100-SXM4-40GB",
            Hostname=pod.node,
            exported_container="notebook",
            exported_namespace=pod.namespace,
            exported_pod=pod.name,
            **TARGET,
        )
        yield Series(JOB, "DCGM_FI_DEV_GPU_UTIL", device, _scaled(use, 100), pod.start, pod.end)
        engine = _scaled(use, 1, digits=2)
        yield Series(JOB, "DCGM_FI_PROF_GR_ENGINE_ACTIVE", device, engine, pod.start, pod.end)
        yield Series(JOB, "DCGM_FI_DEV_FB_USED", device, _scaled(use, 30_000), pod.start, pod.end)


def _scaled(use: Usage, most: float, digits: int = 0) -> Callable[[Array], Array]:
    return lambda times: (use.at(use.gpu, times) * most).round(digits)
