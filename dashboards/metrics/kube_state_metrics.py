"""Pods and nodes as Kubernetes knows them, by kube-state-metrics.

Its annotations and labels are there only if its allow-lists name them. Pods' metrics have had
``uid`` since 2.1, which tells a pod from its namesake of another day.
"""

from dashboards.metrics.metric import Job, Metric

JOB = Job(
    "kube-state-metrics",
    "kube-state-metrics",
    "https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics",
)

KUBE_POD_ANNOTATIONS = Metric(
    "kube_pod_annotations",
    "A pod's annotations that the allow-list names, among them whose pod it is.",
    "info",
    ("namespace", "pod", "uid", "annotation_hub_jupyter_org_username"),
    namespaced=True,
    since="2.2",
    job=JOB,
)
KUBE_POD_LABELS = Metric(
    "kube_pod_labels",
    "A pod's labels that the allow-list names: Dask's, and which part of a hub it is.",
    "info",
    (
        *("namespace", "pod", "uid", "label_component"),
        *("label_app_kubernetes_io_component", "label_dask_org_component"),
    ),
    namespaced=True,
    since="2.1",
    job=JOB,
)
KUBE_POD_INFO = Metric(
    "kube_pod_info",
    "A pod, and the node that it runs on.",
    "info",
    ("namespace", "pod", "uid", "node"),
    namespaced=True,
    since="2.1",
    job=JOB,
)
KUBE_POD_CREATED = Metric(
    "kube_pod_created",
    "When the pod was created.",
    "gauge",
    ("namespace", "pod", "uid"),
    unit="Unix seconds",
    namespaced=True,
    since="2.1",
    job=JOB,
)
KUBE_POD_START_TIME = Metric(
    "kube_pod_start_time",
    "When the kubelet acknowledged the pod.",
    "gauge",
    ("namespace", "pod", "uid"),
    unit="Unix seconds",
    namespaced=True,
    since="2.1",
    job=JOB,
)
KUBE_POD_STATUS_PHASE = Metric(
    "kube_pod_status_phase",
    "1 for the phase that the pod is in, 0 for the others.",
    "gauge",
    ("namespace", "pod", "uid", "phase"),
    namespaced=True,
    since="2.1",
    job=JOB,
)
KUBE_POD_STATUS_UNSCHEDULABLE = Metric(
    "kube_pod_status_unschedulable",
    "1 while no node has room for the pod.",
    "gauge",
    ("namespace", "pod", "uid"),
    namespaced=True,
    since="2.1",
    job=JOB,
)
KUBE_POD_CONTAINER_INFO = Metric(
    "kube_pod_container_info",
    "A container, and the image that it runs.",
    "info",
    ("namespace", "pod", "uid", "container", "image"),
    namespaced=True,
    since="2.1",
    job=JOB,
)
KUBE_POD_CONTAINER_RESOURCE_REQUESTS = Metric(
    "kube_pod_container_resource_requests",
    "What a container has reserved of a resource, also after it has ended.",
    "gauge",
    ("namespace", "pod", "uid", "container", "node", "resource", "unit"),
    unit="cores, bytes or a number, by resource",
    namespaced=True,
    since="2.1",
    job=JOB,
)
KUBE_POD_CONTAINER_RESOURCE_LIMITS = Metric(
    "kube_pod_container_resource_limits",
    "What a container may use of a resource.",
    "gauge",
    ("namespace", "pod", "uid", "container", "node", "resource", "unit"),
    unit="cores, bytes or a number, by resource",
    namespaced=True,
    since="2.1",
    job=JOB,
)
KUBE_POD_CONTAINER_STATUS_WAITING_REASON = Metric(
    "kube_pod_container_status_waiting_reason",
    "1 for the reason for which a container waits to run.",
    "gauge",
    ("namespace", "pod", "uid", "container", "reason"),
    namespaced=True,
    since="2.1",
    job=JOB,
)
KUBE_POD_CONTAINER_STATUS_TERMINATED_REASON = Metric(
    "kube_pod_container_status_terminated_reason",
    "1 for the reason for which a container has ended.",
    "gauge",
    ("namespace", "pod", "uid", "container", "reason"),
    namespaced=True,
    since="2.1",
    job=JOB,
)
KUBE_POD_CONTAINER_STATUS_LAST_TERMINATED_REASON = Metric(
    "kube_pod_container_status_last_terminated_reason",
    "1 for the reason for which a container that was started again had ended.",
    "gauge",
    ("namespace", "pod", "uid", "container", "reason"),
    namespaced=True,
    since="2.1",
    job=JOB,
)
KUBE_POD_CONTAINER_STATUS_RESTARTS_TOTAL = Metric(
    "kube_pod_container_status_restarts_total",
    "How often a container was started again.",
    "counter",
    ("namespace", "pod", "uid", "container"),
    namespaced=True,
    since="2.1",
    job=JOB,
)
KUBE_NODE_INFO = Metric(
    "kube_node_info",
    "A node.",
    "info",
    ("node",),
    since="0.2",
    job=JOB,
)
POOL_LABELS = (
    "label_hub_jupyter_org_node_purpose",
    "label_karpenter_sh_nodepool",
    "label_agentpool",
    "label_kubernetes_azure_com_agentpool",
    "label_alpha_eksctl_io_nodegroup_name",
    "label_eks_amazonaws_com_nodegroup",
    "label_cloud_google_com_gke_nodepool",
    "label_doks_digitalocean_com_node_pool",
    "label_k8s_ovh_net_nodepool",
    "label_magnum_openstack_org_nodegroup",
)
"""What clouds call a node's pool, as kube-state-metrics writes labels; the last one there counts.

Zero to JupyterHub's node purpose comes first: it is there on clusters without pools, too.
"""
KUBE_NODE_LABELS = Metric(
    "kube_node_labels",
    "A node's labels that the allow-list names, among them what clouds call its pool.",
    "info",
    ("node", *POOL_LABELS),
    since="0.5",
    job=JOB,
)
KUBE_NODE_STATUS_ALLOCATABLE = Metric(
    "kube_node_status_allocatable",
    "What pods can have of a node's resource.",
    "gauge",
    ("node", "resource", "unit"),
    unit="cores, bytes or a number, by resource",
    since="1.4",
    job=JOB,
)
KUBE_NODE_STATUS_CAPACITY = Metric(
    "kube_node_status_capacity",
    "What a node has of a resource.",
    "gauge",
    ("node", "resource", "unit"),
    unit="cores, bytes or a number, by resource",
    since="1.4",
    job=JOB,
)
