"""How busy GPUs are, by dcgm-exporter.

``namespace`` and ``pod`` are those of the pod that has the GPU where the scrape honors labels;
else that pod's are ``exported_namespace`` and ``exported_pod``, and queries look for both. So no
matcher of ``namespace`` alone finds them all. Slices (MIG) have ``GPU_I_ID``.
"""

from dashboards.metrics.metric import Job, Metric

JOB = Job(
    "dcgm-exporter",
    "dcgm-exporter",
    "https://docs.nvidia.com/datacenter/dcgm/latest/gpu-telemetry/dcgm-exporter.html",
    adds=("node",),
)

_LABELS = ("namespace", "pod", "exported_namespace", "exported_pod", "gpu", "GPU_I_ID")

DCGM_FI_DEV_GPU_UTIL = Metric(
    "DCGM_FI_DEV_GPU_UTIL",
    "How busy a GPU is. Of a slice there is none, or 0.",
    "gauge",
    _LABELS,
    unit="percent",
    job=JOB,
)
DCGM_FI_PROF_GR_ENGINE_ACTIVE = Metric(
    "DCGM_FI_PROF_GR_ENGINE_ACTIVE",
    "The part of the time in which a GPU, or a slice of one, computes: 0 to 1.",
    "gauge",
    _LABELS,
    job=JOB,
)
DCGM_FI_DEV_FB_USED = Metric(
    "DCGM_FI_DEV_FB_USED",
    "How much of a GPU's memory is used.",
    "gauge",
    _LABELS,
    unit="MiB",
    job=JOB,
)
