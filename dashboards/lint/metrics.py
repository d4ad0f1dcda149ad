"""What is known of metrics by name: which count up, which belong to a hub, and what is a typo.

Known are the metrics of the contract, and more of the same programs that boards about JupyterHub
may read: kube-state-metrics 2, cAdvisor as the kubelet has it, node_exporter, JupyterHub 5,
prometheus-dirsize-exporter and dcgm-exporter. The lists need not be whole: a name is only doubted
if it is nearly a known one.
"""

from difflib import get_close_matches
from functools import cache

from dashboards.metrics import contract

_MORE_GAUGES = """
kube_pod_owner kube_pod_status_ready kube_pod_status_scheduled kube_pod_status_reason
kube_pod_completion_time kube_pod_deletion_timestamp kube_pod_status_ready_time
kube_pod_status_scheduled_time kube_pod_container_status_running kube_pod_container_status_waiting
kube_pod_container_status_terminated kube_pod_container_status_last_terminated_exitcode
kube_pod_container_status_ready kube_pod_init_container_resource_requests
kube_pod_init_container_resource_limits kube_pod_spec_volumes_persistentvolumeclaims_info
kube_pod_tolerations kube_node_annotations kube_node_created kube_node_role kube_node_spec_taint
kube_node_spec_unschedulable kube_node_status_condition kube_namespace_created
kube_namespace_labels kube_namespace_status_phase kube_persistentvolumeclaim_info
kube_persistentvolumeclaim_labels kube_persistentvolumeclaim_resource_requests_storage_bytes
kube_persistentvolumeclaim_status_phase kube_persistentvolume_capacity_bytes
kube_persistentvolume_status_phase kube_deployment_spec_replicas kube_deployment_status_replicas
kube_deployment_status_replicas_available kube_deployment_status_replicas_unavailable
kube_statefulset_replicas kube_statefulset_status_replicas_ready
kube_daemonset_status_desired_number_scheduled kube_daemonset_status_number_ready
kube_job_status_active kube_job_status_failed kube_job_status_succeeded kube_service_info
kube_ingress_info kube_resourcequota kube_limitrange
kube_horizontalpodautoscaler_status_current_replicas kubelet_volume_stats_inodes
kubelet_volume_stats_inodes_free kubelet_volume_stats_inodes_used kubelet_running_pods
kubelet_running_containers container_memory_usage_bytes container_memory_rss container_memory_cache
container_memory_swap container_memory_mapped_file container_memory_max_usage_bytes
container_last_seen container_start_time_seconds container_processes container_threads
container_threads_max container_file_descriptors container_sockets container_fs_usage_bytes
container_fs_limit_bytes container_fs_inodes_free container_fs_inodes_total
container_spec_cpu_period container_spec_cpu_quota container_spec_cpu_shares
container_spec_memory_limit_bytes container_tasks_state machine_cpu_cores machine_memory_bytes
node_memory_MemFree_bytes node_memory_Buffers_bytes node_memory_Cached_bytes
node_memory_cache_bytes node_memory_buffer_bytes node_filesystem_avail_bytes
node_filesystem_free_bytes node_filesystem_size_bytes node_filesystem_files
node_filesystem_files_free node_filesystem_readonly node_load1 node_load5 node_load15
node_uname_info node_time_seconds dirsize_processing_time DCGM_FI_DEV_MEM_COPY_UTIL
DCGM_FI_DEV_FB_FREE DCGM_FI_DEV_GPU_TEMP DCGM_FI_DEV_MEMORY_TEMP DCGM_FI_DEV_POWER_USAGE
DCGM_FI_DEV_SM_CLOCK DCGM_FI_DEV_MEM_CLOCK DCGM_FI_DEV_ENC_UTIL DCGM_FI_DEV_DEC_UTIL
DCGM_FI_DEV_XID_ERRORS DCGM_FI_PROF_PIPE_TENSOR_ACTIVE DCGM_FI_PROF_DRAM_ACTIVE
scrape_samples_scraped scrape_series_added process_virtual_memory_bytes process_open_fds
process_max_fds prometheus_build_info prometheus_rule_group_last_duration_seconds
prometheus_tsdb_head_chunks
"""

_MORE_COUNTERS = """
kube_pod_init_container_status_restarts_total container_cpu_user_seconds_total
container_cpu_system_seconds_total container_cpu_cfs_periods_total
container_cpu_cfs_throttled_periods_total container_cpu_cfs_throttled_seconds_total
container_memory_failcnt container_memory_failures_total container_fs_reads_bytes_total
container_fs_writes_bytes_total container_fs_reads_total container_fs_writes_total
container_fs_io_time_seconds_total container_network_receive_errors_total
container_network_transmit_errors_total container_network_receive_packets_total
container_network_transmit_packets_total container_network_receive_packets_dropped_total
container_network_transmit_packets_dropped_total node_disk_read_bytes_total
node_disk_written_bytes_total node_disk_io_time_seconds_total node_disk_reads_completed_total
node_disk_writes_completed_total node_network_receive_bytes_total node_network_transmit_bytes_total
node_nfs_rpcs_total node_nfsd_requests_total node_mountstats_nfs_operations_requests_total
jupyterhub_check_routes_duration_seconds_count jupyterhub_hub_startup_duration_seconds_count
jupyterhub_init_spawners_duration_seconds_count DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION
DCGM_FI_DEV_PCIE_REPLAY_COUNTER prometheus_rule_evaluation_failures_total
prometheus_rule_group_iterations_missed_total prometheus_notifications_dropped_total
"""


@cache
def _counters() -> frozenset[str]:
    ours = (name for name, series in contract.SERIES.items() if series.kind == "counter")
    return frozenset((*ours, *_MORE_COUNTERS.split()))


@cache
def _gauges() -> frozenset[str]:
    ours = (name for name, series in contract.SERIES.items() if series.kind != "counter")
    return frozenset((*ours, *_MORE_GAUGES.split()))


_FAMILIES = ("kube_", "kubelet_", "container_", "node_", "jupyterhub_", "prometheus_", "process_")


def is_counter(metric: str) -> bool:
    """Return whether a metric is a counter: it is known, or of exporters that name them so.

    Others call by ``_total`` what is the sum of something else.
    """
    named = metric.startswith(_FAMILIES) and metric.endswith(("_total", "_bucket"))
    return (named and metric not in _gauges()) or metric in _counters()


def is_gauge(metric: str) -> bool:
    """Return whether a metric is known to be a gauge."""
    return metric in _gauges()


# Of metrics beyond the contract: what is about pods has their namespace, nodes have none.
_NAMESPACED = (
    *("kube_pod_", "kube_persistentvolumeclaim_", "container_", "kubelet_volume_stats_"),
    *("dirsize_", "jupyterhub_", "namespace:", "namespace_"),
)


def is_namespaced(metric: str) -> bool:
    """Return whether a metric's series belong to one hub's namespace."""
    known = contract.SERIES.get(metric)
    return known.namespaced if known else metric.startswith(_NAMESPACED)


@cache
def closest_known(metric: str) -> str:
    """Return the known metric of which an unknown one is a misspelling, "" if there is none."""
    known = _gauges() | _counters()
    if not metric or metric in known or ":" in metric:
        return ""
    family = metric.partition("_")[0]
    same = {_bare(name): name for name in known if name.partition("_")[0] == family}
    near = get_close_matches(_bare(metric), same, 3, 0.9)
    return next((same[bare] for bare in near if _one_letter(_bare(metric), bare)), "")


def _bare(name: str) -> str:
    return name.replace("_", "").lower()


def _one_letter(left: str, right: str) -> bool:
    """Return whether two names differ by a letter at most: more may be another metric."""
    short, long = sorted((left, right), key=len)
    if len(long) - len(short) > 1:
        return False
    same = next(
        (n for n, pair in enumerate(zip(short, long, strict=False)) if pair[0] != pair[1]),
        len(short),
    )
    return short[same + (len(short) == len(long)) :] == long[same + 1 :]
