"""A board's variables as Grafana 12 takes them, against a real Prometheus."""

import json
import re
from datetime import timedelta

import httpx
import pytest
from click.testing import CliRunner

from dashboards.commands.report import command
from dashboards.evaluate import data, filters, variables
from dashboards.evaluate.interpolate import query
from dashboards.evaluate.model import TimeRange
from dashboards.evaluate.prometheus import Prometheus
from dashboards.evaluate.readable import readable
from dashboards.evaluate.timing import Timing
from tests.support.report_prometheus import START, openmetrics, serving

pytestmark = pytest.mark.prometheus

SPAN = TimeRange(START + timedelta(minutes=10), START + timedelta(hours=2))
RANGE = ("--from", "2026-03-17T08:10", "--to", "2026-03-17T10:00")

SERIES = [
    ("up", {"job": "hub", "instance": "10.0.0.1:8081", "env": "prod-eu"}, 1.0),
    ("up", {"job": "node", "instance": "pod-9", "env": "test-us"}, 1.0),
    ("up", {"job": "node", "instance": "pod-10", "env": "test-eu"}, 1.0),
    ("up", {"job": "odd", "instance": "$job", "env": 'a|b"c\\'}, 1.0),
    ("build_info", {"version": "4.2"}, 7.0),
    ("kube_pods", {"pod": "jupyter-ann", "uid": "u-1"}, 3.0),
    ("kube_pods", {"pod": "jupyter-bob", "uid": "u-2"}, 5.0),
]


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("variables"), openmetrics(SERIES)) as address:
        yield address


@pytest.fixture
def prometheus(url):
    with httpx.Client(timeout=10) as client:
        yield Prometheus(client, url)


def variable(name, text, kind="query", **more):
    return {"name": name, "type": kind, "query": text, **more}


def board(*declared, expr="sum(up)", **more):
    target = {"refId": "A", "legendFormat": "up", "instant": True, "expr": expr}
    stat = {"id": 1, "type": "stat", "title": "Targets up", "targets": [target]}
    return {
        "uid": "own", "title": "Own", "templating": {"list": list(declared)}, "panels": [stat],
        **more,
    }  # fmt: skip


def chosen(prometheus, *declared, **given):
    """Return the choices by their names."""
    wanted = {name: [value] if isinstance(value, str) else value for name, value in given.items()}
    found = variables.resolve(readable(board(*declared)), wanted, prometheus, SPAN)
    return {choice.name: choice for choice in found}


def value(prometheus, whole, **given):
    """Return the number that the board's stat shows, None if it has none."""
    whole = readable(whole)
    wanted = {name: [value] if isinstance(value, str) else value for name, value in given.items()}
    choices = variables.resolve(whole, wanted, prometheus, SPAN)
    (found,) = data.collect(whole, choices, SPAN, prometheus)
    assert not found.error, found.error
    return found.series[0].values[-1] if found.series else None


def report(url, whole, folder, *arguments):
    (folder / "own.json").write_text(json.dumps(whole), "utf-8")
    result = CliRunner().invoke(
        command,
        [str(folder / "own.json"), "--prometheus", url, *RANGE, "--output",
         str(folder / "out.html"), *arguments],
    )  # fmt: skip
    page = folder / "out.html"
    return result, page.read_text("utf-8") if page.exists() else ""


CLUSTER = variable("cluster", {"query": "label_values(up, cluster)", "refId": "c"}, refresh=2)
BY_CLUSTER = board(CLUSTER, expr='sum(up{cluster="$cluster"})')


def test_a_variable_without_values_is_empty_and_the_page_says_so(url, tmp_path):
    result, page = report(url, BY_CLUSTER, tmp_path)
    assert result.exit_code == 0
    assert result.stderr == "cluster: Prometheus has no value for it in this range.\n"
    # cluster="" is every series without that label.
    assert re.search(r'class="number">4<', page)
    assert '<span class="no">empty</span><small>Prometheus has no value for it' in page


def test_the_empty_value_may_be_given_where_none_is_known(url, tmp_path):
    result, page = report(url, BY_CLUSTER, tmp_path, "--var", "cluster=")
    assert (result.exit_code, result.stderr) == (0, "")
    assert 'class="number">4<' in page


@pytest.mark.parametrize(
    ("declared", "text", "words"),
    [
        (
            CLUSTER,
            "cluster=prod",
            "No cluster 'prod' in this range. There is no cluster at all; --var cluster= is the "
            "empty value.",
        ),
        (variable("x", "", "switch"), "x=maybe", "x is on or off, not 'maybe'."),
        (
            variable("x", "1m,10m", "interval"),
            "x=7m",
            "The board does not offer x '7m'. There are: 1m, 10m, auto.",
        ),
    ],
)
def test_a_value_that_is_not_there_is_an_error(url, tmp_path, declared, text, words):
    result, page = report(url, board(declared), tmp_path, "--var", text)
    assert (result.exit_code, page) == (2, "")
    assert result.stderr == f"Error: own: {words}\n"


def test_an_empty_value_is_taken_although_there_are_others(prometheus):
    by_job = variable("job", "label_values(up, job)", multi=True, includeAll=True, allValue=".+")
    found = chosen(prometheus, by_job, job="")["job"]
    assert (found.promql(), found.everything, found.note) == ("", False, "")
    assert value(prometheus, board(by_job, expr='sum(up{job=~"$job"}) or vector(0)'), job="") == 0


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({}, ""),
        ({"multi": True}, "()"),
        ({"includeAll": True}, "()"),
        ({"multi": True, "includeAll": True, "allValue": ".*"}, ".*"),
        ({"current": {"text": "prod", "value": "prod"}}, ""),
    ],
)
def test_what_stands_for_nothing(prometheus, more, text):
    found = chosen(prometheus, {**CLUSTER, **more})["cluster"]
    assert found.promql() == text
    assert found.note == "Prometheus has no value for it in this range."


@pytest.mark.parametrize(
    ("saved", "more", "values"),
    [
        ({"text": "node", "value": "node"}, {}, ("node",)),
        ({"text": "gone", "value": "gone"}, {}, ("hub",)),
        ({}, {}, ("hub",)),
        ({"text": "gone", "value": "gone"}, {"includeAll": True}, ("hub", "node", "odd")),
        ({"text": "All", "value": "$__all"}, {"includeAll": True}, ("hub", "node", "odd")),
        ({"text": "All", "value": "$__all"}, {}, ("hub",)),
        ({"text": ["All"], "value": ["$__all"]}, {"multi": True}, ("hub",)),
        (
            {"text": ["odd", "gone", "hub"], "value": ["odd", "gone", "hub"]},
            {"multi": True, "includeAll": True},
            ("odd", "hub"),
        ),
        ({"text": ["gone"], "value": ["gone"]}, {"multi": True}, ("hub",)),
        ({"text": "node", "value": "node"}, {"multi": True}, ("node",)),
    ],
)
def test_the_saved_choice_is_taken_while_it_is_there(prometheus, saved, more, values):
    by_job = variable("job", "label_values(up, job)", current=saved, **more)
    assert chosen(prometheus, by_job)["job"].values == values


@pytest.mark.parametrize(
    ("regex", "sort", "offered"),
    [
        ("", 0, ["$job", "10.0.0.1:8081", "pod-10", "pod-9"]),
        ("/pod-.*/", 0, ["pod-10", "pod-9"]),
        ("/pod-(\\d+)/", 3, ["9", "10"]),
        ("/pod-(\\d+)/", 4, ["10", "9"]),
        ("/POD-.*/i", 7, ["pod-9", "pod-10"]),
        ("/pod-.*/", 8, ["pod-10", "pod-9"]),
        ("/\\d/g", 1, ["$job", "10.0.0.1:8081", "pod-10", "pod-9"][1:]),
        ("/(\\d)\\d*/g", 1, ["0", "1", "8", "9"]),
        ("pod-\\d+", 0, ["pod-10", "pod-9"]),
        ("pod", 0, []),
    ],
)
def test_a_regex_of_javascript_and_an_order(prometheus, regex, sort, offered):
    found = chosen(
        prometheus,
        variable("i", "label_values(up, instance)", regex=regex, sort=sort, includeAll=True),
    )["i"]
    assert list(found.values) == offered


def test_groups_of_a_regex_part_what_is_seen_from_what_is_asked(prometheus):
    pods = variable(
        "pod",
        "query_result(kube_pods)",
        regex='/pod="jupyter-(?<text>[^"]+).*uid="(?<value>[^"]+)/',
        includeAll=True,
        multi=True,
    )
    found = chosen(prometheus, pods)["pod"]
    assert (found.values, found.texts) == (("u-1", "u-2"), ("ann", "bob"))
    summed = board(pods, expr='sum(kube_pods{uid=~"$pod"})')
    assert value(prometheus, summed) == 8
    assert value(prometheus, summed, pod="bob") == 5
    assert value(prometheus, summed, pod="u-1") == 3


def test_a_regex_that_cannot_be_read_is_named(prometheus):
    found = chosen(prometheus, variable("i", "label_values(up, job)", regex="/(/"))["i"]
    assert found.values == ("",)
    assert "'/(/' cannot be read as a regular expression" in found.note


def test_variables_wait_for_those_that_they_name(prometheus):
    # Declared the wrong way round, and one more in between.
    instance = variable("instance", 'label_values(up{job="$job", env=~"${env:regex}"}, instance)')
    job = variable("job", 'label_values(up{env="$env"}, job)')
    env = variable("env", "label_values(up, env)", regex="/test-us/")
    found = chosen(prometheus, instance, job, env)
    assert list(found) == ["instance", "job", "env"]
    assert (found["job"].values, found["instance"].values) == (("node",), ("pod-9",))


def test_variables_in_a_circle_come_to_an_end(prometheus):
    one = variable("one", 'label_values(up{job!="$two"}, job)')
    two = variable("two", 'label_values(up{job!="$one"}, job)')
    assert set(chosen(prometheus, one, two)) == {"one", "two"}


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("label_values(job)", ("hub", "node", "odd")),
        ('label_values(up{job="hub"}, env)', ("prod-eu",)),
        ("label_values({}, version)", ("4.2",)),
        ("label_names()", ("__name__", "env", "instance", "job", "pod", "uid", "version")),
        ("label_names(build)", ("version",)),
        ("metrics(kube.*)", ("kube_pods",)),
        ("query_result(sum(up))", ("{} 4 1773741600000",)),
        ("query_result(scalar(sum(up)) / 8)", ("0.5",)),
        ('query_result("a word")', ("a word",)),
        ("build_info", ('build_info{version="4.2"}',)),
        ("", ()),
    ],
)
def test_every_query_of_a_variable_that_grafana_knows(prometheus, text, offered):
    assert chosen(prometheus, variable("x", text, includeAll=True))["x"].values == offered


@pytest.mark.parametrize(
    ("options", "number"),
    [((), 4), (("--var", "x=hub"), 3), (("--var", "x=all"), 4)],
)
def test_a_query_of_a_variable_that_fails_is_named(url, tmp_path, options, number):
    # Without its values nobody knows whether a given one is right: it is taken.
    broken = variable("x", "label_values(up{, job)", includeAll=True, allValue="none")
    result, page = report(url, board(broken, expr='count(up{job!~"$x"})'), tmp_path, *options)
    assert result.exit_code == 1
    assert result.stderr.startswith("x: Its query failed: ")
    assert f'class="number">{number}<' in page


def test_a_variable_of_another_data_source_says_so(prometheus):
    loki = variable("app", "label_values(app)", datasource={"type": "loki", "uid": "l"})
    assert chosen(prometheus, loki)["app"].note == (
        "Grafana asks “loki” for its values; a report queries Prometheus only."
    )


def test_custom_values_may_be_headed_or_json(prometheus):
    headed = variable("c", "one : 1, a\\,b,$job", "custom", includeAll=True)
    several = [{"text": "One", "value": "1", "weight": 5}, {"text": "Two", "value": "2"}]
    listed = variable("j", json.dumps(several), "custom", valuesFormat="json")
    found = chosen(prometheus, variable("job", "hub", "constant"), headed, listed)
    assert found["c"].values == ("1", "a,b", "hub")
    assert found["c"].texts == ("one", "a,b", "hub")
    assert query("${j} ${j.weight} ${j:text}", [found["j"]], TIMING) == "1 5 One"


TIMING = Timing(60_000, 240_000, 7_200_000)


def test_static_options_stand_beside_what_is_found(prometheus):
    static = [{"text": "Nobody", "value": "none"}, {"text": "The hub", "value": "hub"}]
    asked = variable("job", "label_values(up, job)", includeAll=True, staticOptions=static)
    assert chosen(prometheus, asked)["job"].values == ("none", "hub", "node", "odd")
    after = {**asked, "staticOptionsOrder": "after"}
    assert chosen(prometheus, after)["job"].values == ("node", "odd", "none", "hub")


@pytest.mark.parametrize(
    ("declared", "given", "values", "texts"),
    [
        (variable("x", "a,b", "textbox"), None, ("a,b",), ()),
        (variable("x", "a", "textbox", current={"value": "b"}), None, ("b",), ()),
        (variable("x", "a", "textbox"), "c,d", ("c,d",), ()),
        (variable("x", "a", "textbox"), "", ("",), ()),
        (variable("x", "k", "constant", hide=2), None, ("k",), ()),
        (variable("x", "1m,10m", "interval"), None, ("1m",), ()),
        (variable("x", "1m,10m", "interval", current={"value": "10m"}), None, ("10m",), ()),
        (variable("x", "1m,10m", "interval", current={"value": "7m"}), None, ("1m",), ()),
        (
            variable("x", "1m", "interval", auto=True, current={"value": "$__auto_interval_x"}),
            None,
            ("5m",),
            ("auto (5m)",),
        ),
        (variable("x", "1m", "interval", auto_count=500), "auto", ("15s",), ("auto (15s)",)),
        (variable("x", "1m", "interval", auto_count=500, auto_min="1m"), "auto", ("1m",), None),
        (variable("x", "", "switch"), None, ("false",), ("off",)),
        (variable("x", "", "switch", current={"value": "true"}), None, ("true",), ("on",)),
        (
            variable("x", "", "switch", options=[{"value": "1"}, {"value": "0"}]),
            "on",
            ("1",),
            ("on",),
        ),
        (variable("x", "", "groupby", current={"value": ["a", "b"]}), None, ("a", "b"), ()),
        (variable("x", "", "system", current={"value": "s"}), None, ("s",), ()),
    ],
)
def test_variables_that_ask_nobody(prometheus, declared, given, values, texts):
    found = chosen(prometheus, declared, **({} if given is None else {"x": given}))["x"]
    assert found.values == values
    assert texts is None or found.texts == texts


def test_old_names_of_automatic_intervals_are_known(prometheus):
    often = variable("x", "1m", "interval", auto=True)
    asked = "sum(sum_over_time(up[$__auto_interval_x])) == bool sum(sum_over_time(up[5m]))"
    assert value(prometheus, board(often, expr=asked)) == 1


def test_what_a_report_cannot_do_with_a_variable_is_said(prometheus):
    found = chosen(
        prometheus,
        variable("by", "", "groupby", current={"value": ["job"]}),
        variable("x", "", "system"),
        variable("s", "", "switch", current={"value": "perhaps"}),
    )
    assert "feature toggle groupByVariable" in found["by"].note
    assert found["x"].note == "A report does not know variables of the kind “system”."
    assert found["s"].note == "'perhaps' is neither true nor false: it is taken for false."


FILTERS = variable(
    "Filters", "", "adhoc", datasource={"type": "prometheus", "uid": "${datasource}"}
)
SOURCE = variable("datasource", "prometheus", "datasource")


def filtered(*saved, expr="sum(up)"):
    return board(SOURCE, {**FILTERS, "filters": list(saved)}, expr=expr)


JOB = {"key": "job", "operator": "=", "value": "node"}


@pytest.mark.parametrize(
    ("saved", "given", "number"),
    [
        ([], None, 4),
        ([JOB], None, 2),
        ([JOB], "", 4),
        ([JOB], "instance|=|pod-9", 1),
        ([{**JOB, "origin": "dashboard"}], "instance|=~|pod.*", 2),
        ([{**JOB, "origin": "dashboard"}], "job|=|hub", 1),
        ([{"key": "job", "operator": "=|", "value": "hub", "values": ["hub", "odd"]}], None, 2),
        ([{"key": "", "operator": "=", "value": "x"}, {"key": "job", "operator": "="}], None, 4),
        ([], "job|!=|hub", 3),
        ([], "job|=__gfp__|hub|odd", 2),
        ([], 'env="a|b\\"c\\\\"', 1),
        ([], "env=~test.*", 2),
        ([], "instance|=|10.0.0.1:8081", 1),
    ],
)
def test_filters_are_matchers_of_every_selector(prometheus, saved, given, number):
    asked = {} if given is None else {"Filters": given}
    assert value(prometheus, filtered(*saved), **asked) == number
    # Twice in a query, in a function, in a subquery, with matchers of their own.
    twice = filtered(*saved, expr='sum(max_over_time(up{job!=""}[10m])) + sum(up) - sum(up)')
    assert value(prometheus, twice, **asked) == number


def test_several_filters_are_all_applied(prometheus):
    assert (
        value(prometheus, filtered(), Filters=["job|=|node", "env|=~|test-.*", "env|!~|.*us"]) == 1
    )


def test_filters_stand_on_the_page(url, tmp_path):
    result, page = report(url, filtered(JOB), tmp_path, "--var", "Filters=env|=~|test.*")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "<dt>Filters</dt>\n<dd>env =~ test.*</dd>" in page
    assert 'class="number">2<' in page


def test_a_filter_that_prometheus_has_not_is_left_out_and_named(prometheus):
    later = {"key": "instance", "operator": ">", "value": "pod"}
    found = chosen(prometheus, {**FILTERS, "filters": [later, JOB]})["Filters"]
    assert found.note == "Prometheus has no such matcher, it is left out: instance > pod."
    assert value(prometheus, filtered(later, JOB)) == 2


def test_filters_of_another_data_source_filter_nothing(prometheus):
    loki = {**FILTERS, "filters": [JOB], "datasource": {"type": "loki", "uid": "l"}}
    assert value(prometheus, board(loki)) == 4
    assert "filters of “loki”" in chosen(prometheus, loki)["Filters"].note


def test_a_text_that_is_no_filter(url, tmp_path):
    result, _ = report(url, filtered(), tmp_path, "--var", "Filters=job is hub")
    assert result.exit_code == 2
    assert "'job is hub' is no filter. Write label|operator|value" in result.stderr
    with pytest.raises(filters.FilterError):
        filters.parse("job|like|x")


@pytest.mark.parametrize(
    ("declared", "expr", "number"),
    [
        # A function, a label, a list of labels, a whole matcher.
        (variable("x", "max", "custom"), "$x(build_info)", 7),
        (variable("x", "job", "custom"), "count(sum by ($x) (up))", 3),
        (variable("x", "job,env", "textbox"), "count(sum by (${x:raw}) (up))", 4),
        (variable("x", 'job="hub"', "textbox"), "sum(up{$x})", 1),
        (variable("x", "label_values(up, instance)", regex="/10.*/"), 'sum(up{instance=~"$x"})', 1),
        (
            variable("x", "label_values(up, instance)", regex="/10.*/"),
            'sum(up{instance=~"${x:regex}"})',
            1,
        ),
        (
            variable("x", "label_values(up, instance)", regex="/10.*/", multi=True),
            "sum(up{instance=~`$x`})",
            1,
        ),
        (variable("x", "label_values(up, env)", regex="/a.*/"), "sum(up{env='$x'})", 1),
        (
            variable("x", "label_values(up, env)", regex="/a.*/", multi=True),
            'sum(up{env=~"$x"})',
            1,
        ),
        # Found, not written: what looks like a variable in it is none.
        (
            variable("x", "label_values(up, instance)", regex="/.job/", multi=True),
            'sum(up{instance=~"$x"})',
            1,
        ),
        (variable("x", "[[y]]", "constant"), 'sum(up{job="$x"})', None),
        (
            variable("x", "$__range", "custom"),
            "max(count_over_time(build_info[$x]) == bool count_over_time(build_info[6600s]))",
            1,
        ),
        (variable("x", "a", "custom"), "sum(build_info) * (${__to:date:seconds} > bool 0)", 7),
        (variable("x", "a", "custom"), 'sum(up{job="${__user.login}"}) or vector(9)', 9),
        (variable("x", "a", "custom"), "vector(${__dashboard:json})", None),
    ],
)
def test_where_variables_may_stand(prometheus, declared, expr, number):
    if number is None:
        whole = readable(board(declared, expr=expr))
        choices = variables.resolve(whole, {}, prometheus, SPAN)
        (found,) = data.collect(whole, choices, SPAN, prometheus)
        assert found.error or not found.series
    else:
        assert value(prometheus, board(declared, expr=expr)) == number


def test_a_failing_query_says_which_variable_may_be_the_cause(prometheus):
    whole = readable(board({**CLUSTER, "name": "metric"}, expr="sum($metric{a=$nowhere})"))
    choices = variables.resolve(whole, {}, prometheus, SPAN)
    (found,) = data.collect(whole, choices, SPAN, prometheus)
    assert "parse error" in found.error
    assert "The board does not say what $nowhere is." in found.error
    assert "The query has $metric, which is empty here." in found.error


def test_legends_and_titles_name_the_choice(prometheus):
    by_job = variable("job", "label_values(up, job)", multi=True, includeAll=True)
    whole = board(SOURCE, by_job, expr='up{job=~"$job",env="prod-eu"}')
    whole["panels"][0]["title"] = "$job from $datasource"
    whole["panels"][0]["targets"][0]["legendFormat"] = "$job: {{instance}} ${job:pipe}"
    choices = variables.resolve(readable(whole), {"job": ["hub,node"]}, prometheus, SPAN)
    (found,) = data.collect(readable(whole), choices, SPAN, prometheus)
    assert found.title == "hub + node from Prometheus"
    assert found.series[0].name == "{hub,node}: 10.0.0.1:8081 hub|node"


def test_inputs_of_an_export_are_filled(prometheus):
    inputs = [
        {"name": "VAR_JOB", "type": "constant", "value": "node"},
        {"name": "DS_L", "type": "datasource", "pluginId": "loki"},
    ]
    whole = board(variable("job", "${VAR_JOB}", "constant"), expr='sum(up{job="$job"})')
    assert value(prometheus, {**whole, "__inputs": inputs}) == 2
