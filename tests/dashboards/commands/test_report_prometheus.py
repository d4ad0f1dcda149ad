"""The whole command against a real Prometheus that holds a few series of our own."""

import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from click.testing import CliRunner

from dashboards.catalog import names
from dashboards.commands.report import command
from dashboards.evaluate import data, variables
from dashboards.evaluate.choice import Choice
from dashboards.evaluate.model import TimeRange
from dashboards.evaluate.prometheus import Prometheus
from dashboards.metrics.recorded import OWNERS_KNOWN
from tests.support.report_prometheus import START, serving
from tests.support.report_values import panel

pytestmark = pytest.mark.prometheus

HOURS = 4
GIB = 2**30

ODD = '<b>"a|b.c\\'
"""A group's name that is markup, a regex and a string's end."""


def _openmetrics(recorded_from: int | None = None) -> str:
    """Return four hours in which ann (lab) and bob (ODD, lab) run a server of 1 GiB each.

    From that hour on there is a recorded series, too: the one that says that rules run.
    """
    seconds = [START.timestamp() + 60 * minute for minute in range(HOURS * 60 + 1)]
    odd = ODD.replace("\\", "\\\\").replace('"', '\\"')
    lines: dict[str, list[str]] = {}

    def add(metric: str, labels: str, value: float, rate: float = 0.0) -> None:
        for second in seconds:
            point = value + rate * (second - seconds[0])
            lines.setdefault(metric, []).append(
                f'{metric}{{namespace="demo",{labels}}} {point} {second}'
            )

    for group, size in (("lab", 2), (odd, 1), ("empty", 0)):
        add("jupyterhub_group_members", f'usergroup="{group}"', size)
    for user, group in (("ann", "lab"), ("bob", "lab"), ("bob", odd)):
        names = f'username="{user}",username_safe="{user}",username_escaped="{user}"'
        add("jupyterhub_user_group_info", f'usergroup="{group}",{names}', 1)
    for user in ("ann", "bob"):
        pod = f'pod="jupyter-{user}"'
        add("kube_pod_annotations", f'{pod},annotation_hub_jupyter_org_username="{user}"', 1)
        add("kube_pod_status_phase", f'{pod},uid="{user}",phase="Running"', 1)
        container = f'{pod},name="notebook",container="notebook"'
        add("container_memory_working_set_bytes", container, GIB)
        add("container_cpu_usage_seconds_total", container, 0, rate=0.5)
    if recorded_from is not None:
        lines[OWNERS_KNOWN.name] = [
            f'{OWNERS_KNOWN.name}{{namespace="demo"}} 1 {second}'
            for second in seconds[recorded_from * 60 :]
        ]
    families = (
        f"# TYPE {name.removesuffix('_total')} unknown\n" + "\n".join(points)
        for name, points in lines.items()
    )
    return "\n".join(families) + "\n# EOF\n"


@pytest.fixture(scope="session")
def prometheus_url(tmp_path_factory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("report-prometheus"), _openmetrics()) as url:
        yield url


@pytest.fixture
def prometheus(prometheus_url) -> Iterator[Prometheus]:
    with httpx.Client(timeout=10) as client:
        yield Prometheus(client, prometheus_url)


SPAN = TimeRange(START + timedelta(minutes=10), START + timedelta(hours=HOURS))
RANGE = ("--from", "2026-03-17T08:10", "--to", "2026-03-17T12:00")


def report(url, folder, *arguments):
    return CliRunner().invoke(
        command,
        ["user-groups", "--raw", "--prometheus", url, *RANGE, "--output", str(folder), *arguments],
    )


def number(page: str, title: str) -> str:
    """Return what the stat of that title shows."""
    found = re.search(rf"<h3>{title}<.*?class=\"number\">(.*?)</p>", page, re.DOTALL)
    assert found, title
    return re.sub(r"<[^>]*>", "", found[1])


def test_a_whole_board(prometheus_url, tmp_path):
    result = report(prometheus_url, tmp_path)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"wrote {tmp_path / 'user-groups.html'}\n"
    page = (tmp_path / "user-groups.html").read_text("utf-8")
    assert number(page, "People who took part") == "2 people"
    assert number(page, "GPU-hours") == "0.0 GPU h"
    # 3 h 50 min, both ends of it sampled, 2 people, 1 GiB and half a core each.
    assert float(number(page, "Memory GiB-hours").split()[0]) == pytest.approx(7.7, abs=0.05)
    assert float(number(page, "CPU-hours").split()[0]) == pytest.approx(3.85, abs=0.06)
    assert "all 3: &lt;b&gt;&#34;a|b.c\\, empty, lab" in page
    assert "<b>" not in page
    assert page.count("No data in this range.") >= 1
    assert "failed" not in page


@pytest.mark.parametrize(
    ("recorded_from", "said", "reads_recorded"),
    [
        (0, "The page reads recorded series.\n", True),
        (1, "reads scraped series: recorded ones are not there for the whole range.\n", False),
        (None, "reads scraped series: there are no recorded ones", False),
    ],
)
def test_recorded_series_are_read_where_prometheus_has_them_for_the_whole_range(
    tmp_path, recorded_from, said, reads_recorded
):
    with serving(tmp_path, _openmetrics(recorded_from)) as url:
        arguments = ["user-groups", "--prometheus", url, *RANGE, "--output", str(tmp_path)]
        result = CliRunner().invoke(command, arguments)
    assert said in result.stderr
    # Of what is recorded, this Prometheus has that one series only.
    page = (tmp_path / "user-groups.html").read_text("utf-8")
    took_part = page.partition("People who took part")[2].partition("</h3>")[2]
    assert ("No data" in took_part[:200]) is reads_recorded


@pytest.mark.parametrize(
    ("chosen", "people", "said"),
    [
        (["group=lab"], "2 people", "<dd>lab</dd>"),
        ([f"group={ODD}"], "1 people", "<dd>&lt;b&gt;&#34;a|b.c\\</dd>"),
        (["group=lab,empty", f"group={ODD}"], "2 people", "lab, empty, &lt;b"),
        (["group=empty", "hub=demo"], "0 people", "<dd>empty</dd>"),
    ],
)
def test_a_choice_of_groups(prometheus_url, tmp_path, chosen, people, said):
    options = [part for text in chosen for part in ("--var", text)]
    result = report(prometheus_url, tmp_path / "one.html", *options)
    assert (result.exit_code, result.stderr) == (0, "")
    page = (tmp_path / "one.html").read_text("utf-8")
    assert number(page, "People who took part") == people
    assert said in page


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("group=lap", "user-groups: No group 'lap' in this range. Did you mean lab?"),
        ("group=xyzzy", "No group 'xyzzy' in this range. There are: "),
        ("team=lab", "The board user-groups has no variable 'team'. It has: hub, group"),
        ("datasource=x", "The data source is what --prometheus names."),
    ],
)
def test_unknown_variables_and_values(prometheus_url, tmp_path, text, words):
    result = report(prometheus_url, tmp_path / "out", "--var", text)
    assert result.exit_code == 2
    assert words in result.stderr
    assert not (tmp_path / "out").exists()


def all_boards(url, folder, *chosen):
    options = [part for text in chosen for part in ("--var", text)]
    return CliRunner().invoke(
        command, ["--prometheus", url, *RANGE, "--output", str(folder), *options]
    )


def test_a_variable_that_only_some_of_the_boards_have(prometheus_url, tmp_path):
    # The board cluster has neither a group nor an attribution.
    result = all_boards(prometheus_url, tmp_path, "group=lab,empty", "attribution=split")
    assert (result.exit_code, "Error" in result.stderr) == (0, False)
    assert {file.stem for file in tmp_path.iterdir()} == set(names())
    assert "<dd>lab, empty</dd>" in (tmp_path / "users.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("team=lab", "home, user-groups, users, activity"),
        ("team=lab", "has a variable 'team'. They have: hub, group, attribution"),
        ("attribution=spilt", "user-groups: No attribution 'spilt' in this range. Did you mean"),
    ],
)
def test_what_no_board_has_is_known_before_the_first_page(prometheus_url, tmp_path, text, words):
    result = all_boards(prometheus_url, tmp_path / "out", text)
    assert result.exit_code == 2
    assert words in result.stderr
    assert not (tmp_path / "out").exists()


BROKEN = {
    **panel(1, "timeseries", "Broken"),
    "targets": [{"expr": "sum(rate(up[5m])", "refId": "A", "range": True}],
}
WHOLE = {
    **panel(2, "timeseries", "Members of $group"),
    "targets": [
        {
            "expr": 'jupyterhub_group_members{usergroup=~"$group"}',
            "refId": "A",
            "interval": "1m",
            "legendFormat": "{{usergroup}} on {{ namespace }}",
        }
    ],
}
LAB = Choice("group", "Group", ("lab",), regex=True)


def test_a_query_that_fails_is_its_panels_error_only(prometheus):
    broken, whole = data.collect({"panels": [BROKEN, WHOLE]}, [LAB], SPAN, prometheus)
    assert "parse error" in broken.error
    assert broken.error.endswith(".")
    assert (whole.error, whole.title) == ("", "Members of lab")
    assert [one.name for one in whole.series] == ["lab on demo"]


def test_a_query_that_fails_is_named_and_the_page_written(prometheus_url, tmp_path, monkeypatch):
    board = {"uid": "own", "title": "Own", "panels": [BROKEN, WHOLE], "templating": {"list": []}}
    monkeypatch.setattr("dashboards.catalog.load", lambda *_, **__: board)
    result = report(prometheus_url, tmp_path)
    assert result.exit_code == 1
    assert result.stderr.startswith("Broken: ")
    assert result.stderr.count("\n") == 1
    assert "This panel&#39;s query failed" in (tmp_path / "user-groups.html").read_text("utf-8")


def test_ranges_are_aligned_and_have_grafanas_points(prometheus):
    (whole,) = data.collect({"panels": [WHOLE]}, [LAB], SPAN, prometheus)
    assert whole.step == 60
    times = whole.series[0].times
    assert times[0] == SPAN.start.timestamp()
    assert len(times) == HOURS * 60 - 10 + 1


def test_custom_variables_are_offered_as_written(prometheus):
    board = {
        "templating": {
            "list": [
                {"name": "split", "type": "custom", "query": "each fully : every, split : split"}
            ]
        }
    }
    (first,) = variables.resolve(board, {}, prometheus, SPAN)
    (second,) = variables.resolve(board, {"split": ["split"]}, prometheus, SPAN)
    assert (first.promql(), second.promql()) == ("every", "split")
    with pytest.raises(variables.VariableError, match="Did you mean each fully"):
        variables.resolve(board, {"split": ["each fuly"]}, prometheus, SPAN)
