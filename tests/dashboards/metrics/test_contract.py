"""The contract: every metric that is read is in it, whole, and is as real programs export it."""

import ast
import re
from functools import cache

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from dashboards import catalog
from dashboards.evaluate import data
from dashboards.lint import inference
from dashboards.lint.metrics import closest_known, is_counter, is_gauge, is_namespaced
from dashboards.lint.promql import Query
from dashboards.metrics import contract, groups_exporter, jupyterhub, recorded, recorded_usage
from dashboards.metrics.metric import Attributed, Histogram, Metric, name_of
from dashboards.metrics.recorded_usage import RecordedUsage
from exporter.core.metrics import ALL_METRICS
from tests.support.each import each
from tests.support.paths import ROOT

# Kept for whoever asks Prometheus: no board or rule of ours reads them.
UNREAD = {
    *("DCGM_FI_DEV_FB_USED", "container_oom_events_total", "prometheus_tsdb_storage_blocks_bytes"),
    *("process_cpu_seconds_total", "process_resident_memory_bytes"),
    "jupyterhub_groups_exporter_exposition_bytes",
    # Parts of histograms whose others are read.
    *("jupyterhub_request_duration_seconds_sum", "jupyterhub_server_spawn_duration_seconds_sum"),
    *("jupyterhub_server_stop_seconds_sum", "jupyterhub_proxy_poll_duration_seconds_created"),
    # Recorded as all kinds of use are; the boards show it by user.
    "namespace_usergroup:dask_cpu_usage_seconds:rate5m_info",
    "namespace_usergroup:dask_cpu_usage_seconds:rate5m_share",
}

# Labels that every series may have, and what a cluster's is called in a board for several.
EVERYWHERE = {"job", "instance", "k8s_cluster"}

ON_PURPOSE = {
    # Of the hub's job, whose scrape adds it.
    ("up", "namespace"),
    # Pods have no group: any chosen one finds none of them, the choice of all finds all.
    *(("kube_pod_annotations", "usergroup"), ("namespace_username:servers:avg5m", "usergroup")),
}


def board_queries():
    """Yield every query of every board, raw and recorded, of one cluster and of several."""
    for name in catalog.names():
        for recorded_ in (False, True):
            for label in (None, "k8s_cluster"):
                board = catalog.load(name, label, recorded=recorded_)
                for panel in data.panels(board):
                    for target in panel.get("targets", ()):
                        yield f"{name}: {panel['title']}", target["expr"]
                for variable in board["templating"]["list"]:
                    if variable["type"] == "query":
                        query = re.fullmatch(
                            r"label_values\((.+), \w+\)", variable["query"]["query"], re.DOTALL
                        )
                        yield f"{name}: ${variable['name']}", query[1]


def named(metrics):
    """Yield each with its name as the id."""
    return (pytest.param(metric, id=metric.name) for metric in metrics)


def rules():
    """Yield the name, "" for an alert, and the expression of every rule."""
    for file in sorted((ROOT / "provisioning/prometheus/rules").glob("*.yml")):
        for group in yaml.safe_load(file.read_text("utf-8"))["groups"]:
            for rule in group["rules"]:
                yield rule.get("record", ""), rule["expr"]


@cache
def read():
    """Return ``{(metric, its labels in matchers): where}`` of all that boards and rules read."""
    found = {}
    for where, text in (*board_queries(), *((name or "an alert", expr) for name, expr in rules())):
        for attribution in ("info", "share"):
            query = Query(text.replace("${attribution}", attribution))
            assert query.uses or query.text == "vector(0)", f"{where}: {query.error}"
            for use in query.uses:
                matched = frozenset(matcher.name for matcher in use.matchers)
                found.setdefault((use.metric, matched), where)
    return found


USAGE = [each for each in vars(recorded_usage).values() if isinstance(each, RecordedUsage)]


def test_all_that_boards_and_rules_read_is_in_the_contract():
    unknown = {
        metric: where for (metric, _), where in read().items()
    }.keys() - contract.SERIES.keys()
    assert not unknown


def test_all_of_the_contract_is_read_but_for_what_is_kept_for_others():
    assert contract.SERIES.keys() - {metric for metric, _ in read()} == UNREAD


def test_a_selector_matches_labels_that_the_metric_has():
    wrong = {
        (metric, label): where
        for (metric, matched), where in read().items()
        for label in matched - EVERYWHERE - set(contract.SERIES[metric].all_labels)
    }
    assert wrong.keys() == ON_PURPOSE


def test_what_rules_record_is_in_the_contract_and_all_of_that_is_recorded():
    names = [name for name, _ in rules() if name]
    assert sorted(names) == sorted(metric.name for metric in contract.RECORDED)


def test_each_name_is_there_once_and_written_whole():
    names = [series.name for m in (*contract.SCRAPED, *contract.RECORDED) for series in m.series()]
    assert len(names) == len(set(names))
    files = [*(ROOT / "dashboards/metrics").glob("*.py"), ROOT / "exporter/core/metrics.py"]
    text = "\n".join(file.read_text("utf-8") for file in files)
    assert [name for name in names if f'"{name}"' not in text] == []


# What begins the name of a metric, be it written whole or to be put together.
BEGINNING = re.compile(
    r"\b(kube_(pod|node)_|container_(cpu|memory|network|oom)_|kubelet_volume_|node_(cpu|memory|nfs|"
    r"vmstat|boot|total)_|dirsize_|DCGM_FI_|jupyterhub_|prometheus_tsdb_|process_(cpu|resident|start)|"
    r"scrape_(duration|samples)_|(namespace|namespace_\w+|groupscope):\w)"
)
PLACES = ("boards", "catalog", "kit", "queries", "rules")


def texts(file):
    """Yield the strings of a Python file, those within f-strings too, but no docstrings."""
    tree = ast.parse(file.read_text("utf-8"))
    said = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.value


def test_queries_boards_and_rules_name_metrics_by_their_values_only():
    found = {
        (file.name, text)
        for place in PLACES
        for file in (ROOT / "dashboards" / place).rglob("*.py")
        for text in texts(file)
        if BEGINNING.search(text)
    }
    assert found == set()


def test_the_search_for_names_finds_all_of_the_contract():
    missed = {name for name in contract.SERIES if not BEGINNING.search(f'"{name}"')}
    assert missed == {"up"}


def test_a_constant_is_called_as_its_metric():
    for module in contract.SCRAPED_MODULES:
        for constant, value in vars(module).items():
            if constant.isupper() and isinstance(value, Metric):
                assert constant == value.name.upper()


def test_the_exporters_metrics_are_all_there_as_it_defines_them():
    ours = {metric.name: metric for metric in contract.of_job(groups_exporter.JOB)}
    assert ours.keys() - {"process_start_time_seconds"} == {metric.name for metric in ALL_METRICS}
    for metric in ALL_METRICS:
        assert (ours[metric.name].help, ours[metric.name].labels) == (metric.help, metric.labels)


@each(*named(contract.SCRAPED))
def test_a_metrics_fields_agree(metric):
    assert metric.namespaced == ("namespace" in metric.all_labels) or metric.job.name == (
        "dcgm-exporter"  # whose namespace is only sometimes that of the pod with the GPU
    )
    assert len(metric.labels) == len(set(metric.labels))
    assert metric.help.endswith(".")
    if metric.kind == "info":
        assert re.search("_(info|labels|annotations)$", metric.name)
    if metric.name.endswith(("_seconds_total", "_seconds", "_bytes", "_bytes_total")):
        assert metric.unit.endswith(("seconds", "bytes"))
    assert isinstance(metric, Histogram) == (metric.kind == "histogram")


@pytest.mark.parametrize(
    "value",
    [
        *(groups_exporter.USER_GROUP, recorded.USER_GROUP),
        *(each.by_group for each in USAGE if each.by_group),
    ],
    ids=lambda value: value.chosen,
)
def test_a_boards_attribution_makes_the_chosen_name_one_of_the_two(value):
    assert isinstance(value, Attributed)
    assert value.name("info") == value.chosen.replace("${attribution}", "info") == value.every.name
    assert value.name("share") == value.chosen.replace("${attribution}", "share")
    assert value.name("share") == value.split.name
    assert value.name("${attribution}") == value.chosen


def test_a_histogram_is_no_series():
    histogram = jupyterhub.JUPYTERHUB_REQUEST_DURATION_SECONDS
    with pytest.raises(TypeError, match="choose its bucket, count or sum"):
        name_of(histogram)
    assert name_of(histogram.count) == "jupyterhub_request_duration_seconds_count"


# --- what the linter makes of it ------------------------------------------------------------------


@each(*named(contract.SERIES.values()))
def test_the_linter_knows_it(series):
    assert is_counter(series.name) == (series.kind == "counter")
    assert is_gauge(series.name) == (series.kind != "counter")
    assert is_namespaced(series.name) == series.namespaced
    assert closest_known(series.name) == ""


@each(*named(part for metric in contract.SCRAPED for part in metric.series()))
def test_the_linter_infers_the_unit_that_the_contract_has(series):
    # Of a moment, a currency or a histogram's sum the linter knows nothing.
    known = series.unit in {inference.BYTES, inference.SECONDS}
    expected = series.unit if known and not series.name.endswith("_sum") else ""
    if series.kind == "info" or series == groups_exporter.JUPYTERHUB_USER_GROUP_SHARE:
        expected = inference.PART
    assert inference.unit_of(Query(series.name).tree) == expected


# --- what real programs export --------------------------------------------------------------------

REAL = {
    family.name: family
    for family in text_string_to_metric_families(
        (ROOT / "tests/dashboards/metrics/real.prom").read_text("utf-8")
    )
}


def test_the_recording_has_the_programs_whose_metrics_it_can_have():
    jobs = {metric.job.name for metric in contract.SCRAPED if _recorded(metric)}
    assert jobs == {
        *("kube-state-metrics", "cadvisor", "kubelet", "node-exporter", "dirsize-exporter"),
        "jupyterhub",
    }
    # The recorded node is a virtual machine without NFS, and its node_exporter was asked for few.
    assert {
        metric.name
        for metric in contract.SCRAPED
        if metric.job.name in jobs and not _recorded(metric)
    } == {"node_boot_time_seconds", "node_nfs_requests_total"}


def _recorded(metric):
    return REAL.get(metric.name.removesuffix("_total") if metric.kind == "counter" else metric.name)


@each(*named(filter(_recorded, contract.SCRAPED)))
def test_a_real_program_exports_it_so(metric):
    family = _recorded(metric)
    assert family.type == ("gauge" if metric.kind == "info" else metric.kind) or (
        metric.name == "node_vmstat_oom_kill" and family.type == "unknown"
    )
    for series in metric.series():
        samples = [sample for each in REAL.values() for sample in each.samples]
        found = {label for each in samples if each.name == series.name for label in each.labels}
        # Labels of Kubernetes' objects are there where an object has them.
        assert {label for label in series.labels if not label.startswith("label_")} <= found
