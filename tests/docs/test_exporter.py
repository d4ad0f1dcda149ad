"""The exporter's pages say what there is, all of it and nothing else."""

import re
import tomllib

import yaml

from exporter.config.load import load
from exporter.config.settings import SETTINGS, flag, variable
from exporter.core.errors import Reason
from exporter.core.metrics import ALL_METRICS
from harness.hub import FULL
from tests.support.pages import page

INSTALL = page("how-to/install-exporter")
FAILURES = page("reference/exporter-failures")
PAGES = "\n".join(
    [
        INSTALL,
        FAILURES,
        page("how-to/exporter-access"),
        page("how-to/exporter-groups"),
        page("reference/exporter-settings"),
        page("reference/exporter-metrics"),
    ]
)


def code(language, containing):
    blocks = re.findall(rf"```{language}\n(.*?)```", INSTALL, re.DOTALL)
    return next(block for block in blocks if containing in block)


def test_no_flag_or_variable_that_does_not_exist():
    ours = re.sub(r"^certipy .*$|<!--|^\| -- .*$", "", PAGES, flags=re.MULTILINE)
    flags = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", ours))
    variables = set(re.findall(r"GROUPSCOPE_(?!TOKEN\b)[A-Z_]+", PAGES))
    assert flags == set(map(flag, SETTINGS))
    assert variables == set(map(variable, SETTINGS))


def test_no_series_that_does_not_exist():
    named = set(re.findall(r"jupyterhub_[a-z_]+", PAGES)) - {"jupyterhub_config"}
    assert named == {metric.name for metric in ALL_METRICS}


def test_a_section_for_each_reason_of_failure():
    assert re.findall(r"^## `(\w+)`$", FAILURES, re.MULTILINE) == list(Reason)


def test_the_hub_snippet_is_python_with_the_scopes_that_the_real_hub_is_tested_with():
    snippet = code("python", "load_roles")
    compile(snippet, "install-exporter.md", "exec")
    assert re.findall(r'"((?:list|read):[a-z:]+)"', snippet) == FULL
    assert re.findall(r"^\| `((?:list|read):[a-z:]+)`", INSTALL, re.MULTILINE) == FULL


def test_the_chart_values_name_the_same_scopes_and_the_port():
    values = yaml.safe_load(code("yaml", "loadRoles"))["hub"]
    assert values["loadRoles"]["groupscope"]["scopes"] == FULL
    # And the hub's own.
    assert values["networkPolicy"]["ingress"][0]["ports"] == [
        {"port": int(SETTINGS["port"].default)},
        {"port": 8081},
    ]


def test_the_file_works(tmp_path):
    token = tmp_path / "token"
    token.write_text("abc")
    text = code("toml", "hub_url").replace("/etc/groupscope/token", str(token))
    file = tmp_path / "exporter.toml"
    file.write_text(text)
    settings = load({"config": str(file)}, {})
    assert settings.namespace == tomllib.loads(text)["namespace"]
