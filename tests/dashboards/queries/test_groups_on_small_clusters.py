"""The named queries on small clusters, each odd in its own way, in the real promtool.

A case is a cluster's series and what is asked of it, with the right answers.
"""

import pytest

from dashboards.queries.sources import Raw, Recorded
from dashboards.rules import recording
from tests.support.group_queries import queries
from tests.support.small_clusters import (
    END,
    MONTH,
    ask,
    container,
    core,
    failures,
    gpu,
    home,
    on,
    one,
    people,
    pod,
    shares,
    user,
    without,
)

pytestmark = pytest.mark.prometheus


RAW, RECORDED = queries(Raw()), queries(Recorded())
NONE, G0, G1, G2, JO = {}, {"g": 0}, {"g": 1}, {"g": 2}, {user("jo"): 1}


def gone_from(minute, to):
    """Return an exporter that is gone for a while, and comes back under another address."""
    return [
        line
        for exporter, life in (("1", (0, minute)), ("2", (to, END)))
        for line in people(exporter=exporter, life=life, jo=["g"])
        + shares(exporter, life, jo={"g": 1})
    ]


def restarted(end, begin):
    """Return jo's pod whose container ended, and began anew under another name."""
    return without("container_", pod("jo")) + [
        {**line, "values": line["values"].removesuffix(" stale")}
        for name, life in (("c1", (0, end)), ("c2", (begin, END)))
        for line in container("jo", name_=name, life=life)
    ]


BOTH, TWO = {"hubs": ("a", "b")}, {"chosen": ("g", "h")}
TWO_HUBS = on() + on(hub="b", use=3) + home("jo", 10) + home("jo", 20, "b")
BRIEF, EARLY, LATE = (121, 123), (0, 209), (210, END)
NAMES = ['a,b"c\\d.*$|(x', "a.c", "abc", "x", "c\\d"]
GPUS = "nvidia_com_gpu nvidia_com_mig_1g_5gb nvidia_com_gpu_shared amd_com_gpu gpu_intel_com_i915"
NO_GPUS = "gpu_intel_com_memory_max nvidia_com_gpumem nvidia_com_gpucores"
SLICE = {"GPU_I_ID": "1", "GPU_I_PROFILE": "1g.10gb"}
ENGINE = "DCGM_FI_PROF_GR_ENGINE_ACTIVE"
GATEWAY, OPERATOR = "label_app_kubernetes_io_component", "label_dask_org_component"
DCGM = {"namespace": "monitoring", "pod": "dcgm", "exported_namespace": "a"}

CASES = {
    "one username, pod and group on two hubs, one of them selected": (
        TWO_HUBS,
        ask(took_part=1, now_on=1, cpu_hours=1, gib_hours=1, home=10, sizes=G1, requested=G2),
    ),
    "one username, pod and group on two hubs, both selected": (
        TWO_HUBS,
        ask(**BOTH, took_part=2, now_on=2, cpu_hours=4, gib_hours=4, home=30, homes={"g": 30}),
        ask(**BOTH, cores={"g": 4}, requested={"g": 4}, servers=G2, sizes=G2, server_hours=G2),
        ask(**BOTH, member_gib_hours={**JO, user("jo", "b"): 3}, group_gib_hours={"g": 4}),
    ),
    "two replicas of the exporters of groups and of directories": (
        on() + on(exporter="2") + home("jo", 10) + home("jo", 10, instance="2"),
        ask(took_part=1, gib_hours=1, home=10, cores=G1, group_gib_hours=G1, groups_of=JO),
        ask(sizes=G1, homes={"g": 10}),
    ),
    "two replicas of kube-state-metrics": (
        on(use=0.01, nvidia_com_gpu=1)
        + on(use=0.01, nvidia_com_gpu=1, ksm="2")
        + gpu(50, namespace="a", pod="jupyter-jo"),
        ask(requested=G2, gpus=G1, servers=G1, gib={"g": 0.01}, cores={"g": 0.01}),
        ask(requested_hours=G2, server_hours=G1, gpu_hours=1, gib_hours=0.01),
        ask(gpus_busy={"g": 0.5}, idle_now=G1, idle_hours=G1),
    ),
    "kube-state-metrics starts anew under another address within a step": (
        core(life=EARLY)
        + core(life=LATE, ksm="2")
        + people(jo=["g"])
        + pod("jo", life=(61, 209))
        + pod("jo", life=LATE, ksm="2"),
        ask(span=MONTH, to=0.1, server_hours={"g": 3}, requested_hours={"g": 6}, took_part=1),
    ),
    "a pod is deleted at once: its last minutes keep their owner": (
        on(life=(190, 200)),
        # Ten minutes; without those that the rate tells of only later it would be 0.14.
        ask(to=0.01, cpu_hours=0.17, gib_hours=0.18, now_on=0),
    ),
    "a server of three minutes in a month": (
        on(life=BRIEF, nvidia_com_gpu=1),
        # Minute 150 is the end of its step.
        ask(span=MONTH, took_part=1, last_seen={user("jo"): 150 * 60_000}, daily=G1),
        ask(span=MONTH, to=0.01, gib_hours=0.05, gpu_hours=0.05, server_hours={"g": 0.05}),
        ask(span=MONTH, to=0.01, requested_hours={"g": 0.1}),
    ),
    "a Dask worker of three minutes in a month, of somebody without a server": (
        on(name="dask-worker", life=BRIEF, use=10),
        ask(span=MONTH, took_part=0, last_seen=NONE, server_hours=NONE, daily=G0),
        # A rate knows two to three of the three minutes.
        ask(span=MONTH, to=0.1, cpu_hours=0.4, gib_hours=0.5),
        ask(at=122, servers=G0, now_on=0, gib={"g": 10}),
    ),
    "some join or leave a group in mid-range": (
        on()
        + pod("joins")
        + pod("leaves")
        + people(life=EARLY, leaves=["old"])
        + pod("was_on", life=(0, 200))
        + people(life=LATE, joins=["new"], was_on=["late"]),
        ask(to=0.1, group_gib_hours={"g": 1, "old": 0.5, "new": 0.5}, took_part=3),
        ask(to=0.1, chosen=("old", "new", "late"), gib_hours=1, took_part=2),
        ask(to=0.1, member_gib_hours={**JO, user("joins"): 0.5, user("leaves"): 0.5}),
        ask(chosen=("late",), gib_hours=0, cpu_hours=0, took_part=0, server_hours=NONE),
    ),
    "somebody with two servers and a Dask worker in two selected groups": (
        on() + pod("jo", "named") + pod("jo", "dask-worker") + people(jo=["h"]) + home("jo", 1),
        ask(**TWO, took_part=1, now_on=1, cpu_hours=3, gib_hours=3, home=1, daily={"g": 1, "h": 1}),
        ask(**TWO, servers={"g": 2, "h": 2}, group_gib_hours={"g": 3, "h": 3}),
        ask(**TWO, member_gib_hours={user("jo"): 3}, groups_of={user("jo"): 2}),
        ask(**TWO, member_dask_hours={user("jo"): 1}),
    ),
    "a finished pod is still listed with its requests": (
        on(runs=0, nvidia_com_gpu=1),
        ask(requested=G0, gpus=G0, servers=G0, requested_hours=G0, daily=G0),
        ask(gpu_hours=0, took_part=0, now_on=0),
    ),
    "a finished pod and one that runs have the same name": (
        on() + pod("jo", uid="2", runs=0, cpu=5),
        ask(requested=G2, requested_hours=G2, servers=G1, server_hours=G1, took_part=1),
    ),
    "within a step a pod ends, and another of the same name begins": (
        on(life=(61, 224)) + pod("jo", uid="2", life=(225, END), use=4, cpu=8),
        # 164 minutes of 2 cores and 1 GiB, 16 of 8 and 4.
        ask(span=MONTH, to=0.2, requested_hours={"g": 7.6}, gib_hours=3.8, server_hours={"g": 3}),
    ),
    "within a step a pod ends, and another user's of the same name begins": (
        on(name="x", life=(61, 202)) + people(bo=["h"]) + pod("bo", "x", uid="2", life=(203, END)),
        ask(span=MONTH, to=0.1, took_part=2, gib_hours=3, cpu_hours=3),
    ),
    "GPUs of several makes, and what only says how much of one": (
        on(**{name: 2**bit for bit, name in enumerate(f"{GPUS} {NO_GPUS}".split())}),
        ask(gpus={"g": 0b11111}, gpu_hours=0b11111),
    ),
    "DCGM's labels honored or exported; two copies of a shared GPU": (
        on(nvidia_com_gpu=2)
        + gpu(80, 80, namespace="a", pod="jupyter-jo")
        + people(bo=["h"], al=["two"])
        + pod("bo", nvidia_com_gpu=2)
        + pod("al", nvidia_com_gpu=2)
        + gpu(70, 70, **DCGM, exported_pod="jupyter-bo")
        + gpu(60, 0, **DCGM, exported_pod="jupyter-al"),
        ask(gpus_busy={"g": 0.8, "h": 0.7, "two": 0.3}),
    ),
    "two jobs scrape the kubelets": (
        on() + container("jo", job="cadvisor"),
        ask(gib=G1, cores=G1, gib_hours=1, group_gib_hours=G1, cpu_hours=1),
    ),
    "control groups nested in a container's own": (
        on() + container("jo", id="/kubepods/pod1/c1/docker") + container("jo", id="/x", use=0.5),
        ask(gib=G1, cores=G1, gib_hours=1, cpu_hours=1),
    ),
    "a container that was started again in its pod; its predecessor is not stale": (
        core() + people(jo=["g"]) + restarted(120, 121),
        ask(at=123, gib=G1),
        # Of its last minute and its first, a rate knows nothing.
        ask(span=END, to=0.5, gib_hours=4, group_gib_hours={"g": 4}, cpu_hours=4),
    ),
    "a container whose two lives overlap": (
        core() + people(jo=["g"]) + restarted(END, 0),
        ask(gib=G1, gib_hours=1, group_gib_hours=G1),
    ),
    "a slice of a GPU, for which NVIDIA has no utilization but the engine's": (
        on(nvidia_com_gpu=1)
        + people(al=["g", "slices"])
        + pod("al", nvidia_com_mig_1g_10gb=1)
        + gpu(100, namespace="a", pod="jupyter-jo")
        + gpu(0, namespace="a", pod="jupyter-al", **SLICE)
        + gpu(0.5, metric=ENGINE, namespace="a", pod="jupyter-al", **SLICE)
        # Of a whole GPU, too, where its exporter is asked for it: it counts once.
        + gpu(0.9, metric=ENGINE, namespace="a", pod="jupyter-jo"),
        ask(busy={"g": 1.5, "slices": 0.5}, gpus_busy={"g": 0.75, "slices": 0.5}),
    ),
    "a slice of a GPU, and an exporter without the engine's use": (
        on(nvidia_com_gpu=1)
        + people(al=["g", "slices"])
        + pod("al", nvidia_com_mig_1g_10gb=1)
        + gpu(100, namespace="a", pod="jupyter-jo")
        + gpu(0, namespace="a", pod="jupyter-al", **SLICE),
        ask(gpus={"g": 2, "slices": 1}, busy=G1, gpus_busy=G1),
    ),
    "a GPU of which its exporter does not say whose it is": (
        on(nvidia_com_gpu=1)
        + people(al=["g", "untold"])
        + pod("al", nvidia_com_gpu=1)
        + gpu(100, **DCGM, exported_pod="jupyter-jo")
        + gpu(100, namespace="monitoring", pod="dcgm", UUID="GPU-2"),
        ask(gpus={"g": 2, "untold": 1}, busy=G1, gpus_busy=G1),
    ),
    "two jobs scrape dcgm-exporter, one of them all devices": (
        on(nvidia_com_gpu=2)
        + gpu(100, 0, namespace="a", pod="jupyter-jo")
        + gpu(100, namespace="a", pod="jupyter-jo", job="other"),
        ask(gpus_busy={"g": 0.5}),
    ),
    "Dask pods of the operator, of the gateway, and servers": (
        on()
        + pod("jo", "dask-worker-of-gateway", labels={GATEWAY: "dask-worker"})
        + pod("jo", "o-worker", labels={OPERATOR: "worker"})
        + pod("jo", "o-scheduler", labels={OPERATOR: "scheduler"})
        + pod("jo", "o-runner", labels={OPERATOR: "job-runner"}),
        ask(servers=G1, server_hours=G1, gib={"g": 5}, member_dask_hours={user("jo"): 4}),
    ),
    "home directories by each of KubeSpawner's names, and one with several": (
        core()
        + people(jo=["g"], **{"ann@uni.example": ["h"]}, bo=["i"])
        + home("jo", 1)
        + home("old-jo", 2)
        + home("ann@uni.example", 100)
        # The older name of one is the name of another.
        + people(**{"old-bo": ["j"]})
        + home("old-bo", 10),
        ask(homes={"g": 3, "h": 100, "j": 10}, home=113),
        ask(chosen=("i",), homes=NONE),
    ),
    "pods in a namespace for each user, and no setting that says so": (
        core() + people(jo=["g"], bo=["g"]) + pod("jo", hub="a-jo"),
        ask(took_part=NONE, now_on=NONE, gib_hours=NONE, servers=NONE, gib=NONE, daily=NONE),
        ask(cpu_hours=NONE, gpu_hours=NONE, sizes=G2, home=NONE, not_counted=1),
    ),
    "a user's namespace has pods without an owner, too": (
        core() + people(jo=["g"]) + pod("jo", hub="a-jo") + pod("", "helper", hub="a-jo"),
        ask(took_part=NONE, gib_hours=NONE, servers=NONE, not_counted=1),
    ),
    "one user's pods are elsewhere for a while; another's are counted": (
        core() + people(jo=["g"], al=["h"]) + pod("al") + pod("jo", hub="a-jo", life=(190, 230)),
        ask(at=220, not_counted=1, member_gib_hours={user("al"): 1}),
        ask(gib_hours=1, cpu_hours=1, server_hours={"h": 1}),
    ),
    "pods in a namespace for each user of one hub; another hub has users of the same names": (
        core() + people(jo=["g"]) + pod("jo", hub="a-jo") + on(hub="b"),
        ask(hubs=("b",), took_part=1, gib=G1),
        # What is known of one is shown; what is not is no 0.
        ask(hubs=("a",), servers=NONE),
    ),
    "a user of one name on another hub, which has no exporter": (
        core() + people(jo=["g"]) + core("b") + pod("jo", hub="b"),
        ask(took_part=0, servers=G0, gib_hours=0, not_counted=0),
    ),
    "groups of a hub of which nothing is known, beside one of which all is": (
        on() + people("b", bo=["h"]),
        ask(**BOTH, servers=G1, gib=G1, sizes={"g": 1, "h": 1}),
    ),
    "servers busy and idle, old and young": (
        on(use=0.06)
        + pod("bo", use=0.06, life=(220, END))
        + pod("al", use=0.01, life=(200, END))
        + people(bo=["new"], al=["young"], eve=["idle"])
        + pod("eve", use=0.01),
        ask(at=214, idle_now={"g": 0, "idle": 1}),
        ask(at=215, idle_now={"g": 0, "idle": 1, "young": 1}),
        # Idle for 25 of 40 minutes.
        ask(to=0.01, idle_hours={"g": 0, "new": 0, "young": 0.42, "idle": 1}),
        ask(to=0.2, idle_part={"g": 0, "new": 0, "young": 0.6, "idle": 1}),
    ),
    "a server is started anew, and less than 15 minutes passed": (
        on(use=0.06, life=(0, 200)) + pod("jo", uid="2", use=0.06, life=(206, END)),
        ask(idle_hours=G0, idle_part=G0),
        ask(at=215, idle_now=NONE),
    ),
    "nobody is on": (
        core() + people(jo=["g"]) + home("shared", 10),
        ask(took_part=0, now_on=0, cpu_hours=0, gib_hours=0, gpu_hours=0, home=0),
        ask(servers=G0, cores=G0, gib=G0, requested=G0, gpus=G0, daily=G0),
    ),
    "no kube-state-metrics": (
        without("kube_", on()),
        ask(took_part=NONE, now_on=NONE, gpu_hours=NONE, servers=NONE, gpus=NONE, daily=NONE),
    ),
    "no kube-state-metrics, so nobody knows whose cAdvisor's numbers are": (
        without("kube_", on()),
        ask(cpu_hours=NONE, gib_hours=NONE, cores=NONE, gib=NONE),
    ),
    "kube-state-metrics tells no annotations: the allow-list was forgotten": (
        without("kube_pod_annotations", on()),
        ask(took_part=NONE, cpu_hours=NONE, gib_hours=NONE, gpu_hours=NONE, servers=NONE),
    ),
    "no cAdvisor, no sizes of directories": (
        without("container_", on()),
        ask(cpu_hours=NONE, gib_hours=NONE, cores=NONE, gib=NONE, home=NONE, homes=NONE),
    ),
    "pods of nobody and of another namespace; one name begins with another": (
        on()
        + people(john=["h"])
        + pod("john", use=3)
        + home("jo", 1)
        + home("john", 2)
        + pod("", "jupyter-jo2")
        + on(hub="elsewhere")
        + home("jo", 7, "elsewhere"),
        ask(took_part=2, cpu_hours=4, gib_hours=4, gib={"g": 1, "h": 3}, cores={"g": 1, "h": 3}),
        ask(homes={"g": 1, "h": 2}, servers={"g": 1, "h": 1}, sizes={"g": 1, "h": 1}, home=3),
    ),
    "groups' names are special to PromQL and its regexes": (
        core() + people(jo=NAMES) + pod("jo"),
        *(ask(chosen=(name,), sizes={name: 1}, servers={name: 1}) for name in NAMES),
        ask(chosen=tuple(NAMES[:2]), sizes=dict.fromkeys(NAMES[:2], 1), gib_hours=1),
    ),
    "one of two hubs has no exporter": (
        on() + on(hub="b") + core("c"),
        ask(hubs=("a", "b"), unknown_hours=0),
        ask(hubs=("a", "b", "c"), unknown_hours=1),
    ),
    "who leaves a group while the exporter runs has left it": (
        on() + shares(jo={"g": 1}) + people(life=(0, 100), jo=["h"]),
        ask(at=99, servers={"g": 1, "h": 1}),
        ask(at=101, servers=G1, gib=G1, now_on=1),
        ask(at=101, by="share", servers=G1),
        ask(span=END, to=0.1, server_hours={"g": 4, "h": 1.7}),
    ),
    "use is split as the exporter says": (
        on(use=2) + shares(jo={"g": 0.25, "h": 0.75}) + people(jo=["h", "bill"]),
        # A group without a share answers for nothing, but its members are its members.
        ask(
            by="share",
            servers={"g": 0.25, "h": 0.75, "bill": 0},
            cores={"g": 0.5, "h": 1.5, "bill": 0},
        ),
        ask(by="share", gib_hours=2, cpu_hours=2, took_part=1, groups_of={user("jo"): 3}),
        ask(by="share", chosen=("g",), gib_hours=0.5, cpu_hours=0.5, took_part=1),
        ask(by="share", chosen=("bill",), gib_hours=0, took_part=1),
        ask(servers={"g": 1, "h": 1, "bill": 1}, gib_hours=2, cpu_hours=2, took_part=1),
        ask(chosen=("g", "h"), gib_hours=2),
    ),
    "an exporter that tells members only: split is unknown, not 0": (
        without("jupyterhub_group_members", on()) + home("jo", 10),
        ask(cpu_hours=1, gib_hours=1, home=10, unknown_hours=0, servers=G1, took_part=1),
        ask(by="share", cpu_hours=NONE, gib_hours=NONE, gpu_hours=NONE, home=NONE, took_part=1),
    ),
    "two replicas of an exporter, split": (
        on() + shares(jo={"g": 1}) + people(exporter="2", jo=["g"]) + shares("2", jo={"g": 1}),
        ask(by="share", servers=G1, gib_hours=1),
    ),
    "a range of 5 minutes, and one of an hour, that begin and end with a scrape": (
        on(use=12, cpu=12),
        ask(span=5, requested_hours=G1, gib_hours=1),
        ask(requested_hours={"g": 12}, gib_hours=12, cpu_hours=12, server_hours=G1),
    ),
}


# Rules bridge gaps of the exporter; over scraped series it is unknown who is in which group.
GAPS = {
    "no exporter for ten minutes: nobody's use is lost": (
        core() + pod("jo") + gone_from(100, to=111) + home("jo", 10),
        ask(span=END, to=0.05, gib_hours=4, server_hours={"g": 4}, took_part=1),
        ask(span=END, to=0.1, cpu_hours=3.9),
        ask(at=105, servers=G1, gib=G1, now_on=1, homes={"g": 10}),
        ask(span=END, unknown_hours=0),
    ),
    "no exporter for an hour: a quarter is bridged, the rest is told": (
        core() + pod("jo") + gone_from(100, to=161),
        ask(span=END, to=0.05, gib_hours=3.25, server_hours={"g": 3.25}, unknown_hours=0.75),
        ask(at=114, servers=G1, now_on=1),
        ask(at=122, servers=NONE, now_on=0),
        ask(by="share", span=END, to=0.05, gib_hours=3.25),
    ),
}
RAW_GAPS = {
    "in a gap nothing is known of groups, and nothing is 0": (
        core()
        + pod("jo")
        + pod("bo")
        + people(life=(0, 100), bo=["h"])
        + home("jo", 10)
        # bo left before the gap.
        + gone_from(110, to=171),
        ask(at=140, servers=NONE, gib=NONE, cores=NONE, requested=NONE, gpus=NONE, sizes=NONE),
        ask(at=140, span=20, took_part=NONE, now_on=NONE, cpu_hours=NONE, gib_hours=NONE),
        ask(at=140, span=20, gpu_hours=NONE, home=NONE, homes=NONE, not_counted=NONE),
        ask(at=140, span=20, by="share", servers=NONE, gib_hours=NONE, home=NONE),
        ask(at=140, span=20, to=0.05, unknown_hours=0.35),
    ),
    "a range with a gap: what is known, and for how long it is not": (
        core() + pod("jo") + gone_from(100, to=161) + home("jo", 10),
        ask(span=END, to=0.05, gib_hours=3, server_hours={"g": 3}, unknown_hours=1, took_part=1),
        ask(at=99, servers=G1, now_on=1),
        ask(at=101, servers=NONE, now_on=NONE),
        ask(at=161, servers=G1, now_on=1, home=10),
    ),
    "a gap of one of two hubs": (
        core() + pod("jo") + gone_from(100, to=161) + on(hub="b", use=3),
        ask(**BOTH, at=130, servers=G1, gib={"g": 3}, now_on=1),
        ask(**BOTH, at=130, to=0.1, unknown_hours=0.5),
        ask(at=130, servers=NONE, now_on=NONE),
    ),
    "one of two replicas is gone": (
        core() + pod("jo") + gone_from(100, to=161) + people(exporter="3", jo=["g"]),
        ask(at=130, servers=G1, gib=G1, now_on=1, unknown_hours=0),
    ),
}


def theirs(hub="a", exporter="1", life=(0, END), **namespaces_of):
    """Return what an exporter with the setting says of its users' namespaces."""
    return [
        line
        for user, namespaces in namespaces_of.items()
        for namespace in namespaces
        for line in one(
            "jupyterhub_user_namespace_info",
            1,
            life,
            namespace=hub,
            instance=exporter,
            user_namespace=namespace,
            username=user,
        )
    ]


# Only rules resolve which hub's users the pods of a namespace are, and remember that any were.
RESOLVED = {
    "pods in a namespace for each user, by both slugs of a name": (
        core()
        + people(jo=["g"], user_1=["g", "h"])
        + theirs(jo=["a-jo"], user_1=["a-user-1---79b0aa00", "a-user-5f1"])
        + pod("jo", hub="a-jo", nvidia_com_gpu=1)
        + gpu(50, namespace="a-jo", pod="jupyter-jo")
        + pod("user_1", "s", hub="a-user-5f1", use=2)
        + pod("user_1", "t", hub="a-user-1---79b0aa00", use=3),
        ask(took_part=2, now_on=2, gib_hours=6, gpu_hours=1, not_counted=0),
        ask(servers={"g": 3, "h": 2}, gib={"g": 6, "h": 5}, gpus_busy={"g": 0.5}),
        ask(member_gib_hours={**JO, user("user_1"): 5}),
    ),
    "a hub with such namespaces, and one without; both have a jo": (
        core()
        + people(jo=["g"])
        + theirs(jo=["a-jo"])
        + pod("jo", hub="a-jo")
        + on(hub="b", use=3),
        ask(gib_hours=1, servers=G1),
        ask(hubs=("b",), gib_hours=3, servers=G1),
        ask(**BOTH, gib_hours=4, servers=G2, not_counted=0),
    ),
    "an exporter with the setting is gone for ten minutes": (
        core()
        + pod("jo", hub="a-jo")
        + gone_from(100, to=111)
        + theirs(life=(0, 100), jo=["a-jo"])
        + theirs(exporter="2", life=(111, END), jo=["a-jo"]),
        ask(span=END, to=0.05, gib_hours=4, not_counted=0),
    ),
    "two hubs say that one namespace is theirs": (
        core()
        + core("b")
        + people(jo=["g"])
        + people("b", jo=["g"])
        + theirs(jo=["jo"])
        + theirs("b", jo=["jo"])
        + pod("jo", hub="jo"),
        ask(gib_hours=NONE, servers=NONE, not_counted=1),
        ask(hubs=("b",), gib_hours=NONE, servers=NONE, not_counted=1),
    ),
    "pods were in a namespace for each user, and nothing resolves it": (
        core() + people(jo=["g"]) + pod("jo", hub="a-jo", life=(190, 220)),
        ask(took_part=NONE, gib_hours=NONE, cpu_hours=NONE, servers=NONE, not_counted=1),
    ),
    "a user of a hub with such namespaces has a pod beside the hub, too": (
        core() + people(jo=["g"]) + theirs(jo=["a-jo"]) + pod("jo", hub="a-jo") + pod("jo", "x"),
        ask(gib_hours=2, servers=G2),
    ),
}


# What lasts for minutes, or is asked for a minute after a change, is known to five minutes where it
# is recorded: these answers are not. The fuzzed clusters hold them to that.
TO_THE_MINUTE = {
    "kube-state-metrics starts anew under another address within a step",
    "a pod is deleted at once: its last minutes keep their owner",
    "a server of three minutes in a month",
    "a Dask worker of three minutes in a month, of somebody without a server",
    "some join or leave a group in mid-range",
    "within a step a pod ends, and another of the same name begins",
    "within a step a pod ends, and another user's of the same name begins",
    "servers busy and idle, old and young",
    "who leaves a group while the exporter runs has left it",
}


@pytest.mark.parametrize("name", RAW_GAPS)
def test_a_gap_of_the_exporter(name, tmp_path):
    said = failures(tmp_path, RAW, *RAW_GAPS[name])
    assert not said, said


@pytest.mark.parametrize("name", GAPS)
def test_a_gap_of_the_exporter_as_it_is_recorded(name, tmp_path):
    said = failures(tmp_path, RECORDED, *GAPS[name], rules=recording.text())
    assert not said, said


@pytest.mark.parametrize("name", CASES)
def test_odd_cluster(name, tmp_path):
    said = failures(tmp_path, RAW, *CASES[name])
    assert not said, said


@pytest.mark.parametrize("name", [name for name in CASES if name not in TO_THE_MINUTE])
def test_odd_cluster_as_it_is_recorded(name, tmp_path):
    said = failures(tmp_path, RECORDED, *CASES[name], rules=recording.text())
    assert not said, said


@pytest.mark.parametrize("name", RESOLVED)
def test_pods_in_namespaces_of_users(name, tmp_path):
    cluster, *asks = RESOLVED[name]
    said = failures(tmp_path, RECORDED, cluster, *asks, rules=recording.text())
    assert not said, said


def test_what_is_scraped_does_not_resolve_namespaces_and_says_no_0(tmp_path):
    cluster, *_ = next(iter(RESOLVED.values()))
    unknown = ask(took_part=NONE, gib_hours=NONE, servers=NONE, gib=NONE, not_counted=2)
    assert not failures(tmp_path, RAW, cluster, unknown)


@pytest.mark.parametrize("wrong", [{"took_part": 2}, {"took_part": NONE}, {"last_seen": G1}])
@pytest.mark.parametrize(("asked", "recorded"), [(RAW, ""), (RECORDED, recording.text())])
def test_a_wrong_answer_is_noticed(wrong, asked, recorded, tmp_path):
    assert "FAILED" in failures(tmp_path, asked, on(), ask(**wrong), rules=recorded)
