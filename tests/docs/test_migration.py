"""The page about migrating leaves out nothing of the old exporter and names nothing but ours."""

import re
import shlex

import promql_parser
import pytest
import yaml

from dashboards.rules import recording
from exporter.config.load import load
from exporter.config.settings import SETTINGS, flag, variable
from exporter.core.groups import Pattern
from exporter.core.metrics import ALL_METRICS, USER_GROUP_INFO
from tests.support import promtool
from tests.support.pages import page
from tests.support.small_clusters import braces, core, home, people, pod, shares

PAGE = page("how-to/migrate")

# Read in its source: 1.0.0, 1.1.0 and 1680eb6.
OLD_FLAGS = (
    "port hub_url hub_api_token api_token hub_service_prefix jupyterhub_namespace allowed_groups "
    "update_info_interval update_exporter_interval double_count default_group "
    "jupyterhub_metrics_prefix update_metrics_interval update_dirsize_interval prometheus_host "
    "prometheus_port log_level"
)
OLD_VARIABLES = (
    "JUPYTERHUB_API_TOKEN HUB_SERVICE_HOST HUB_SERVICE_PORT NAMESPACE JUPYTERHUB_SERVICE_PREFIX "
    "JUPYTERHUB_METRICS_PREFIX SUPPORT_PROMETHEUS_SERVER_SERVICE_HOST "
    "SUPPORT_PROMETHEUS_SERVER_SERVICE_PORT"
)
OLD_GAUGES = {
    f"jupyterhub_user_group_{of}"
    for of in (
        *("memory_bytes", "cpu_seconds", "home_dir_bytes"),
        *("memory_requests_bytes", "cpu_requests_seconds"),
    )
}
OURS = {metric.name for metric in ALL_METRICS}


def section(title):
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def old_column(title, name):
    rows = re.findall(r"^\| (`.*?) \|", section(title), re.MULTILINE)
    return re.findall(rf"`({name})", "\n".join(rows))


def code(language, containing):
    blocks = re.findall(rf"^ *```{language}\n(.*?)^ *```", PAGE, re.DOTALL | re.MULTILINE)
    return next(block for block in blocks if containing in block)


def test_every_old_flag_variable_and_series_has_a_row():
    assert sorted(old_column("Flags", r"--\w+")) == sorted(f"--{f}" for f in OLD_FLAGS.split())
    assert sorted(old_column("Environment", r"\w+")) == sorted(OLD_VARIABLES.split())
    series = old_column("Series", r"jupyterhub_\w+")
    assert sorted(series) == sorted({USER_GROUP_INFO.name, *OLD_GAUGES})


def test_every_new_flag_variable_and_series_exists():
    ours = re.sub(r"```console.*?```", "", PAGE, flags=re.DOTALL)
    assert set(re.findall(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*(?![\w-])", ours)) <= {
        *map(flag, SETTINGS),
        "--var",
    }
    assert set(re.findall(r"GROUPSCOPE_[A-Z_]+", PAGE)) <= set(map(variable, SETTINGS))
    named = set(re.findall(r"jupyterhub_(?:user_group|group|groups_exporter)_\w+", PAGE))
    assert named - OLD_GAUGES <= OURS


def test_series_and_labels_that_stay_are_named():
    stays = section("What stays").split("\n\n")[0]
    assert re.findall(r"`(\w+)`", stays)[:6] == [USER_GROUP_INFO.name, *USER_GROUP_INFO.labels]


def test_defaults_are_those_of_the_settings():
    rows = re.findall(r"^\| (.+?) \| .+ \| (.+?) \|$", section("What changes"), re.MULTILINE)
    assert dict(rows)["port"] == SETTINGS["port"].default
    assert SETTINGS["host"].default == "127.0.0.1"
    assert SETTINGS["interval"].default == "60"


def test_the_new_command_works(tmp_path):
    token = tmp_path / "token"
    token.write_text("abc")
    words = shlex.split(code("sh", "groupscope-exporter").replace("\\\n", ""))[1:]
    given = dict(zip(words[::2], words[1::2], strict=True))
    names = {flag(name): name for name in SETTINGS}
    flags = {names[word]: value for word, value in given.items()}
    settings = load({**flags, "hub_token_file": str(token)}, {})
    assert settings.access == "token"
    assert settings.groups_allow == (Pattern("staff"), Pattern("course-a"))


def test_the_check_and_the_jobs_name_the_same():
    jobs = yaml.safe_load(code("yaml", "scrape_configs"))["scrape_configs"]
    check = code("promql", "unless")
    promql_parser.parse(check)
    assert re.findall(r'job="([^"]+)"', check) == [job["job_name"] for job in jobs]
    assert jobs[1]["static_configs"][0]["targets"][0].endswith(f":{SETTINGS['port'].default}")


@pytest.mark.prometheus
def test_the_rules_for_the_past_say_what_the_exporter_would_have_said(tmp_path):
    history = code("yaml", "groupscope-history")
    recorded = [rule["record"] for rule in yaml.safe_load(history)["groups"][0]["rules"]]
    assert set(recorded) <= OURS
    # Two replicas; jo is in two groups, so the old exporter added a third.
    memberships = [("jo", "a"), ("jo", "b"), ("jo", "multiple"), ("ann", "a"), ("eve", "none")]
    of = 'namespace="h", usergroup="{}", username="{}"'
    series = [
        {
            "series": f'{USER_GROUP_INFO.name}{{{of.format(group, user)}, instance="{replica}"}}',
            "values": "1x1",
        }
        for user, group in memberships
        for replica in (1, 2)
    ]
    right = {
        "jupyterhub_group_members": [
            (f'namespace="h", usergroup="{group}"', count)
            for group, count in (("a", 2), ("b", 1), ("none", 1))
        ],
        "jupyterhub_user_group_share": [
            (of.format("a", "jo"), 0.5),
            (of.format("b", "jo"), 0.5),
            (of.format("a", "ann"), 1),
            (of.format("none", "eve"), 1),
        ],
    }
    asked = [
        {
            "expr": name,
            "eval_time": "1m",
            "exp_samples": [{"labels": f"{name}{{{labels}}}", "value": v} for labels, v in samples],
        }
        for name, samples in right.items()
    ]
    test = {"interval": "1m", "input_series": series, "promql_expr_test": asked}
    said = promtool.failures(tmp_path, test, [history], "1m")
    assert not said, said


@pytest.mark.prometheus
def test_the_rules_for_the_old_gauges_say_what_users_use_in_each_group(tmp_path):
    old = code("yaml", "groupscope-old-gauges")
    names = [rule["record"] for rule in yaml.safe_load(old)["groups"][0]["rules"]]
    assert set(names) == OLD_GAUGES
    cluster = (
        core()
        + people(jo=["g", "h"])
        + pod("jo", use=3, cpu=2, memory=8)
        + home("jo", 10)
        + shares(jo={"g": 0.5, "h": 0.5})
    )
    right = dict(zip(names, (3 * 2**30, 3, 8, 2, 10), strict=True))
    tests = [
        {
            "expr": f"round({name}, 1 / 2^20)",
            "eval_time": "60m",
            "exp_samples": [
                {"labels": braces(namespace="a", username="jo", usergroup=group), "value": value}
                for group in ("g", "h")
            ],
        }
        for name, value in right.items()
    ]
    test = {"interval": "1m", "input_series": cluster, "promql_expr_test": tests}
    said = promtool.failures(tmp_path, test, [recording.text(), old])
    assert not said, said
