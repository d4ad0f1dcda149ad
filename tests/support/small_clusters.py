"""Small clusters made by hand: their series as Prometheus has them, and promtool to ask them.

Scrapes are a minute apart, from minute 0 to END. What is deleted is stale at once.
"""

import json

from dashboards.evaluate import interpolate
from dashboards.evaluate.choice import Choice
from dashboards.evaluate.timing import Timing
from dashboards.kit.panels import RANGE_POINTS
from dashboards.kit.variables import ALL
from tests.support import promtool

END, HOUR, MONTH = 240, 60, 30 * 24 * 60
"""In minutes. A month's steps are half an hour long, an hour's a minute."""


def braces(**labels):
    return "{" + ", ".join(f"{name}={json.dumps(value)}" for name, value in labels.items()) + "}"


def one(metric, value, life=(0, END), **labels):
    gap, stale = f"_x{life[0]} " if life[0] else "", " stale" if life[1] < END else ""
    values = f"{gap}{value}x{life[1] - life[0]}{stale}"
    return [{"series": metric + braces(**labels), "values": values}]


def pod(
    user, name="", hub="a", uid="1", life=(0, END), ksm="1", use=1, runs=1, labels=None, **requests
):
    """Return a pod that uses ``use`` cores and GiB, as this replica of kube-state-metrics says.

    ``labels`` are those of a pod that is neither a server nor Dask Gateway's.
    """
    who = {"namespace": hub, "pod": name or f"jupyter-{user}"}
    it = {**who, "uid": uid, "instance": ksm}
    owner = {"annotation_hub_jupyter_org_username": user} if user else {}
    kind = {"label_app_kubernetes_io_component": name if name.startswith("dask-") else "server"}
    found = one("kube_pod_annotations", 1, life, **it, **owner)
    found += one("kube_pod_labels", 1, life, **it, **(kind if labels is None else labels))
    found += one("kube_pod_start_time", 60 * life[0], life, **it)
    found += one("kube_pod_status_phase", runs, life, **it, phase="Running")
    found += one("kube_pod_status_phase", 1 - runs, life, **it, phase="Succeeded")
    for resource, amount in {"cpu": 2, **requests}.items():
        of = {**it, "container": "notebook", "resource": resource}
        found += one("kube_pod_container_resource_requests", amount, life, **of)
    if runs:
        found += container(user, name, hub, uid, life, use)
        # cAdvisor repeats the pod's containers as its control group, without a name.
        found += container(user, name, hub, uid, life, use, container="", name_="")
    return found


def container(user, name="", hub="a", uid="1", life=(0, END), use=1, name_=None, **labels):
    """Return what cAdvisor reports of a pod's container: ``name_`` is the runtime's id for it."""
    it = {
        "namespace": hub,
        "pod": name or f"jupyter-{user}",
        "container": "notebook",
        "id": f"/kubepods/pod{uid}/{name_}",
        "name": f"c{uid}" if name_ is None else name_,
        **labels,
    }
    return [
        *one("container_cpu_usage_seconds_total", f"0+{60 * use}", life, **it),
        *one("container_memory_working_set_bytes", use * 2**30, life, **it),
    ]


def core(hub="a", **more):
    """Return the hub's own pod: nobody's, always there."""
    labels = {"label_component": "hub"}
    return pod("", "hub", hub, use=7, nvidia_com_gpu=7, labels=labels, **more)


def people(hub="a", exporter="1", life=(0, END), **groups_of):
    """Return what an exporter tells of users and their groups."""
    found, where = [], {"namespace": hub, "instance": exporter}
    every = [(user, name) for user, names in groups_of.items() for name in names]
    for user, name in every:
        who = {"username": user, "username_safe": user, "username_escaped": f"old-{user}"}
        found += one("jupyterhub_user_group_info", 1, life, **where, **who, usergroup=name)
        size = sum(name in names for names in groups_of.values())
        found += one("jupyterhub_group_members", size, life, **where, usergroup=name)
    return found


def shares(exporter="1", life=(0, END), hub="a", **parts_of):
    """Return the parts of users' use that their groups answer for."""
    return [
        line
        for user, parts in parts_of.items()
        for group, part in parts.items()
        for line in one(
            "jupyterhub_user_group_share",
            part,
            life,
            namespace=hub,
            instance=exporter,
            username=user,
            usergroup=group,
        )
    ]


def on(user="jo", hub="a", exporter="1", ksm="1", **more):
    """Return a hub with one user, in the group g, with one pod."""
    who = people(hub, exporter, **{user: ["g"]})
    return core(hub, ksm=ksm) + who + pod(user, hub=hub, ksm=ksm, **more)


def home(directory, size, hub="a", life=(0, END), **more):
    labels = {"namespace": hub, "directory": directory, **more}
    return one("dirsize_total_size_bytes", size, life, **labels)


def gpu(*values, metric="DCGM_FI_DEV_GPU_UTIL", **labels):
    """Return a metric of each of a pod's devices."""
    return [
        line
        for device, value in enumerate(values)
        for line in one(metric, value, gpu=str(device), **labels)
    ]


def without(metrics, cluster):
    return [line for line in cluster if not line["series"].startswith(metrics)]


def user(name, hub="a"):
    return braces(namespace=hub, username=name)


def ask(**how_and_right):
    """Return what to ask, for ``failures``: how, and the right answers by the queries' names.

    An answer is one number, or numbers by group or by ``user``: none of them is no answer.
    """
    return how_and_right


def _tests(
    queries,
    recorded,
    hubs=("a",),
    chosen=(),
    span=HOUR,
    at=END,
    to=1e-6,
    by="info",
    more=(),
    **right,
):
    """Return promtool's tests of what is asked, with the answers rounded."""
    hub = Choice("hub", "Hub", hubs, regex=True)
    group = Choice("group", "Group", chosen, everything=not chosen, all_value=ALL, regex=True)
    attribution = Choice("attribution", "Attribution", (by,))
    asked = []
    for name, answer in right.items():
        minimum = 300_000 if recorded or name.startswith("idle") else 60_000
        timing = Timing.of(span * 60_000, RANGE_POINTS, minimum, minimum)
        query = interpolate.query(queries[name], (hub, group, attribution, *more), timing)
        expected = [
            {"labels": key if key[0] == "{" else braces(usergroup=key), "value": value}
            for key, value in (answer if isinstance(answer, dict) else {"{}": answer}).items()
        ]
        # A day's number is asked for at its beginning.
        time = "0m" if name.startswith(("daily", "day_")) else f"{at}m"
        asked += [{"expr": f"round({query}, {to})", "eval_time": time, "exp_samples": expected}]
    return asked


def failures(folder, queries, cluster, *asks, rules=""):
    """Return what promtool says of wrong answers; nothing if all are right.

    ``rules`` are the text of a rules file, for queries of what is recorded each five minutes.
    """
    # A cluster may be put together from parts that overlap.
    inputs = list({line["series"]: line for line in cluster}.values())
    asked = [test for one in asks for test in _tests(queries, bool(rules), **one)]
    test = {"interval": "1m", "input_series": inputs, "promql_expr_test": asked}
    return promtool.failures(folder, test, [rules] if rules else [])
