"""The app's settings: from the form, from grafana.ini, and never from both where the token goes."""

import re
import textwrap
from configparser import ConfigParser

import pytest
import yaml

from app.backend import APP_ID, resources
from app.backend import settings as app
from app.backend.groups import by_group, groups_of, members_of, moment
from app.backend.report import groups_csv, members_csv
from app.backend.resource_calls import json_bytes
from app.backend.settings import GrafanaIni, InstanceSettings, load, setting_name, variable
from app.backend.snapshots import SnapshotDirectory
from exporter.config.settings import SETTINGS, SettingsError
from exporter.core.exposition import MembershipWriter
from exporter.core.groups import Pattern, Weight
from exporter.core.memberships import DEFAULT_WINDOWS, Snapshot, User
from tests.support.exporter_values import group_policy
from tests.support.pages import page

URL = "http://hub:8081/hub/api"
SECRETS = (("hubToken", "geheim"),)
NOTHING = GrafanaIni({})


def given(secrets=SECRETS, **form):
    return InstanceSettings(json_bytes({"hubUrl": URL, "namespace": "jhub", **form}), secrets)


def test_the_form_is_read():
    found = load(
        given(
            groupsAllowed=["staff", "/lab-.*/", "R, D"],
            groupsDenied=["x"],
            userNamespaceTemplate="{hubnamespace}-{username}",
            groupPriority=["staff"],
            groupWeights={"lab": 3},
            interval="5m",
            maxAge="1h",
            timeout=20,
            datasourceUid="prom",
        ),
        NOTHING,
    )
    settings = found.exporter
    assert (settings.hub_url, settings.namespace) == (URL, "jhub")
    assert [it.text for it in settings.groups_allow] == ["staff", "/lab-.*/", "R, D"]
    assert [it.text for it in settings.groups_deny] == ["x"]
    assert settings.user_namespace_template.text == "{hubnamespace}-{username}"
    assert settings.group_weights == (Weight(Pattern("lab"), 3.0),)
    assert (settings.interval, settings.max_age, settings.timeout) == (300, 3600, 20)
    assert (found.names_for_viewers, found.authorities, found.notes) == (False, None, ())


def test_what_the_form_leaves_empty_is_not_set():
    empty = {"groupsAllowed": [], "interval": "", "timeout": None, "groupWeights": {}}
    found = load(given(**empty), NOTHING).exporter
    assert (found.interval, found.timeout, found.groups_allow) == (60, 10, ())


def test_grafana_ini_is_read_and_the_form_wins():
    environ = {
        "GF_PLUGIN_HUB_URL": URL,
        "GF_PLUGIN_HUB_TOKEN": "t",
        "GF_PLUGIN_NAMESPACE": "ini",
        "GF_PLUGIN_INTERVAL": "120",
        "GF_PLUGIN_PAGE_SIZE": "50",
        "GF_PLUGIN_NAMES_FOR_VIEWERS": "True",
        "GF_PLUGIN_TIMEOUT": " ",
        "GROUPSCOPE_INTERVAL": "7",
        "HUB_URL": "http://other/hub/api",
    }
    server = GrafanaIni.of(environ)
    found = load(InstanceSettings(), server)
    assert (found.exporter.namespace, found.exporter.interval) == ("ini", 120)
    assert (found.exporter.page_size, found.exporter.timeout) == (50, 10)
    assert found.names_for_viewers is True
    form = InstanceSettings(json_bytes({"interval": "90", "namesForViewers": False}))
    found = load(form, server)
    assert (found.exporter.interval, found.exporter.hub_url) == (90, URL)
    assert found.names_for_viewers is False


@pytest.mark.parametrize("form", [{"hubUrl": "http://evil/hub/api"}, {}])
def test_the_token_of_grafana_ini_goes_to_its_hub_alone(form):
    server = GrafanaIni(
        {"hub_url": URL, "hub_token": "t", "namespace": "jhub", "hub_ca_file": "/ca"}
    )
    secrets = () if form else SECRETS
    with pytest.raises(SettingsError, match="is not set: give"):
        load(InstanceSettings(json_bytes(form), secrets), server)
    found = load(given(), server).exporter
    assert (found.hub_token.value, found.hub_ca_file) == ("geheim", None)


def test_an_organization_can_not_name_files_of_the_server():
    files = {"hubTokenFile": "/etc/shadow", "hub_token_file": "/etc/shadow", "hubCaFile": "/x"}
    found = load(given(**files), NOTHING)
    assert found.exporter.hub_token_file is None
    assert len(found.notes) == len(files)


def test_a_wrong_template_of_namespaces_is_told_in_the_apps_words():
    with pytest.raises(SettingsError) as caught:
        load(given(userNamespaceTemplate="{name}"), NOTHING)
    assert str(caught.value).startswith(
        "userNamespaceTemplate in the app's settings '{name}' has the unknown field {name}. There "
    )
    with pytest.raises(SettingsError) as caught:
        load(given(userNamespaceTemplate="{namespace}-{username}", namespace="a" * 63), NOTHING)
    assert caught.value.message.worded(setting_name).startswith(
        f"userNamespaceTemplate '{{namespace}}-{{username}}' with namespace {'a' * 63} makes "
    )


def test_no_secret_is_shown():
    found = load(given((*SECRETS, ("hubCa", "PEM"))), NOTHING)
    assert "geheim" not in repr((found, given()))
    with pytest.raises(SettingsError) as caught:
        load(given((("hubToken", "ge heim"),)), NOTHING)
    assert str(caught.value).startswith("hubToken in the app's settings is not a token")
    assert "heim" not in str(caught.value)


@pytest.mark.parametrize("data", [b"[]", b"{", b"7", b"\xff", b"[" * 100_000])
def test_settings_that_are_no_object(data):
    with pytest.raises(SettingsError, match="are no JSON object"):
        load(InstanceSettings(data, SECRETS), NOTHING)


def test_each_key_is_a_setting():
    assert set(app.FORM.values()) <= set(SETTINGS)
    assert set(app.INI) <= set(SETTINGS)
    assert variable("hub_url") == "GF_PLUGIN_HUB_URL"


USERS = (
    User("=cmd()", ("staff",), 1000.0),
    User("ann", ("staff", "hidden"), None),
    User("bob", ("hidden",), 2_000_000.0),
)


def text_of(activity_known=True, **which):
    snapshot = Snapshot(USERS, ("empty",), 2_000_000.0, activity_known)
    made = MembershipWriter(snapshot, "jhub", DEFAULT_WINDOWS, group_policy(**which))
    list(made.parts())
    return made


def test_groups_with_their_counts():
    found = {it.name: it for it in groups_of(text_of(deny=["hidden"]))}
    assert {name: it.members for name, it in found.items()} == {"empty": 0, "other": 1, "staff": 2}
    assert found["staff"].active == {"24h": 0, "7d": 0, "30d": 1}
    assert found["other"].active == {"24h": 1, "7d": 1, "30d": 1}
    unknown = {it.name: it for it in groups_of(text_of(activity_known=False))}
    assert unknown["staff"].active == {"24h": None, "7d": None, "30d": None}


def test_members_by_what_is_exported():
    made = text_of(deny=["hidden"])
    assert [it.name for it in members_of(made, "staff")] == ["=cmd()", "ann"]
    assert [it.name for it in members_of(made, "other")] == ["bob"]
    assert list(members_of(made, "hidden")) == []
    together = {name: [it.name for it in users] for name, users in by_group(made).items()}
    assert together == {"staff": ["=cmd()", "ann"], "other": ["bob"]}


def test_a_name_in_a_spreadsheet_is_no_formula():
    made = text_of(deny=["hidden"])
    found = {it.name: it for it in groups_of(made)}
    assert b"".join(members_csv(made, found["staff"])).decode() == (
        "group,member,last_activity\r\nstaff,'=cmd(),1970-01-01T00:16:40Z\r\nstaff,ann,\r\n"
    )
    assert b"".join(groups_csv("jhub", [found["other"]])).decode() == (
        "hub,group,members,active_24h,active_7d,active_30d\r\njhub,other,1,1,1,1\r\n"
    )


def test_moments():
    assert moment(None) is None
    assert moment(1_774_018_800.7) == "2026-03-20T15:00:00Z"


def test_a_folder_of_others_keeps_no_names(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    first = SnapshotDirectory(None)
    (folder,) = tmp_path.iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert first.file(1, URL) is not None
    folder.chmod(0o755)
    assert SnapshotDirectory(None).file(1, URL) is None
    assert "others own it, or can read or write there" in caplog.text
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    assert SnapshotDirectory(None).file(1, URL) is None
    assert SnapshotDirectory("none").file(1, URL) is None
    chosen = tmp_path / "chosen"
    assert SnapshotDirectory(str(chosen)).file(1, URL) is not None


def test_data_of_other_settings_are_forgotten(tmp_path):
    state = SnapshotDirectory(str(tmp_path))
    (tmp_path / "organization-1").write_text("old")
    state.file(1, URL)
    assert (tmp_path / "organization-1").exists()
    state.file(1, URL, forget=True)
    assert not (tmp_path / "organization-1").exists()


PAGE = page("reference/grafana-app")
GUIDE = page("how-to/grafana-app")


def test_the_page_has_each_setting_and_no_other():
    table = PAGE.partition("\n## Settings\n")[2].partition("\n\nThe form of")[0]
    rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| ")][1:]
    form, ini = (set(re.findall(r"`(\w+)`", "".join(cells))) for cells in zip(*rows, strict=True))
    assert form - {"secureJsonData"} == {*app.FORM, *app.SECRETS, *app.OF_THE_APP, app.CA}
    assert ini == {*app.INI, *app.INI_ALONE}


def test_the_page_has_each_resource():
    table = PAGE.partition("\n## Resources\n")[2].partition("\n\nWith `namesForViewers`")[0]
    named = re.findall(r"^\| `([\w/{}]+)", table, re.MULTILINE)
    assert set(named) == {*resources.RESOURCES, "groups/{name}/members"}


def test_the_files_of_the_page_are_settings():
    (apps,) = yaml.safe_load(re.findall(r"```yaml\n(   apiVersion.*?)```", GUIDE, re.DOTALL)[0])[
        "apps"
    ]
    form = InstanceSettings(json_bytes(apps["jsonData"]), tuple(apps["secureJsonData"].items()))
    assert load(form, NOTHING).exporter.namespace == "jhub"
    ini = ConfigParser()
    ini.read_string(
        textwrap.dedent(re.findall(r"```ini\n( *\[plugin\..*?)```", GUIDE, re.DOTALL)[0])
    )
    (section,) = ini.sections()
    server = GrafanaIni.of({variable(key): value for key, value in ini[section].items()})
    assert (section, len(server.texts)) == (f"plugin.{APP_ID}", len(ini[section]))
    assert load(InstanceSettings(), server).exporter.namespace == "jhub"
