"""docs/exporter.md says what there is, all of it and nothing else."""

import re
import tomllib

import pytest
import yaml

from exporter.config.load import load
from exporter.config.reference import metrics_table, settings_table
from exporter.config.settings import SETTINGS, flag, variable
from exporter.core.errors import Reason
from harness.hub import FULL
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "exporter.md").read_text("utf-8")


def code(language, containing):
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return next(block for block in blocks if containing in block)


@pytest.mark.parametrize(
    ("marker", "table"), [("settings", settings_table()), ("series", metrics_table())]
)
def test_tables_are_those_of_the_code(marker, table):
    assert PAGE.split(f"<!-- {marker} -->\n")[1].split(f"<!-- /{marker} -->")[0] == table


def test_no_flag_or_variable_that_does_not_exist():
    ours = re.sub(r"^certipy .*$|<!--", "", PAGE, flags=re.MULTILINE)
    flags = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", ours))
    variables = set(re.findall(r"GROUPSCOPE_(?!TOKEN\b)[A-Z_]+", PAGE))
    assert flags == set(map(flag, SETTINGS))
    assert variables == set(map(variable, SETTINGS))


def test_no_series_that_does_not_exist():
    named = set(re.findall(r"jupyterhub_[a-z_]+", PAGE)) - {"jupyterhub_config"}
    assert named == set(re.findall(r"jupyterhub_[a-z_]+", metrics_table()))


def test_a_section_for_each_reason_of_failure():
    assert re.findall(r"^### `(\w+)`$", PAGE, re.MULTILINE) == list(Reason)


def test_the_hub_snippet_is_python_with_the_scopes_that_the_real_hub_is_tested_with():
    snippet = code("python", "load_roles")
    compile(snippet, "docs/exporter.md", "exec")
    assert re.findall(r'"((?:list|read):[a-z:]+)"', snippet) == FULL
    assert re.findall(r"^\| `((?:list|read):[a-z:]+)`", PAGE, re.MULTILINE) == FULL


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
