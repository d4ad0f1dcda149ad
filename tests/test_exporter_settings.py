"""Settings: one field each, five sources, and a plain sentence when one is wrong."""

import dataclasses
import json
import traceback

import pytest
from click.testing import CliRunner

from exporter.cli import command
from exporter.memberships import Window
from exporter.parsers import Secret
from exporter.settings import SETTINGS, Settings, SettingsError, flag, variable
from exporter.sources import load

URL = "http://127.0.0.1:8081/hub/api"
TOKEN = "s3cret-0123456789"
NEEDED = {"hub_url": URL, "hub_token": TOKEN, "namespace": "jhub"}

# For every setting: a text, and what it must become.
EXAMPLES = {
    "hub_url": ("https://hub.test:8443/jh/hub/api/", "https://hub.test:8443/jh/hub/api"),
    "hub_token": ("  abc\n", Secret("abc")),
    "namespace": ("prod", "prod"),
    "host": ("::1", "::1"),
    "port": ("0", 0),
    "interval": ("1.5", 1.5),
    "timeout": ("0.5", 0.5),
    "page_size": ("7", 7),
    "active_windows": ("90s, 2w", (Window("90s", 90), Window("2w", 1_209_600))),
    "log_level": ("DEBUG", "debug"),
}


@pytest.fixture
def no_pod(tmp_path):
    return tmp_path / "no-such-namespace"


def test_every_setting_has_an_example_here():
    files = {"config", "hub_token_file"}
    assert set(EXAMPLES) | files == set(SETTINGS) == {f.name for f in dataclasses.fields(Settings)}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_source_in_its_order(name, tmp_path, no_pod):
    text, value = EXAMPLES[name]
    others = {key: known for key, known in NEEDED.items() if key != name}
    wrong = "\u00e9 wrong"
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    # A JSON string is a TOML string too.
    good.write_text(f"{name} = {json.dumps(text)}\n")
    bad.write_text(f'{name} = "{wrong}"\n')
    hub = {SETTINGS[name].hub_variable: wrong} if SETTINGS[name].hub_variable else {}

    by_flag = load(
        {**others, name: text, "config": str(bad)}, {variable(name): wrong, **hub}, no_pod
    )
    by_variable = load({**others, "config": str(bad)}, {variable(name): text, **hub}, no_pod)
    by_file = load({**others, "config": str(good)}, hub, no_pod)

    assert {getattr(by_flag, name), getattr(by_variable, name), getattr(by_file, name)} == {value}


def test_what_the_hub_gives_a_service_and_the_pod_is_enough(tmp_path):
    pod = tmp_path / "namespace"
    pod.write_text("team-hub\n")
    settings = load({}, {"JUPYTERHUB_API_URL": URL, "JUPYTERHUB_API_TOKEN": TOKEN}, pod)
    assert settings == Settings(
        config=None,
        hub_url=URL,
        hub_token=Secret(TOKEN),
        hub_token_file=None,
        namespace="team-hub",
        host="127.0.0.1",
        port=9098,
        interval=60.0,
        timeout=10.0,
        page_size=200,
        active_windows=(Window("24h", 86400), Window("7d", 604800), Window("30d", 2592000)),
        log_level="info",
    )


def test_file_with_toml_types_and_token_file(tmp_path, no_pod):
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    file = tmp_path / "exporter.toml"
    file.write_text(
        f'hub_url = "{URL}"\nhub_token_file = "{token}"\nnamespace = "a"\n'
        'interval = 5\ntimeout = 2.5\nactive_windows = ["1h", "2h"]\n'
    )
    # The hub's own token is there too; a file named by the admin wins over it.
    settings = load(
        {}, {"GROUPSCOPE_CONFIG": str(file), "JUPYTERHUB_API_TOKEN": "of-the-hub"}, no_pod
    )
    assert settings.hub_token == Secret(TOKEN)
    assert settings.hub_token_file == token
    assert (settings.interval, settings.timeout) == (5.0, 2.5)
    assert [window.label for window in settings.active_windows] == ["1h", "2h"]


def test_a_token_flag_wins_over_a_token_file_variable(no_pod):
    environ = {"GROUPSCOPE_HUB_TOKEN_FILE": "/no/such/file"}
    assert load(NEEDED, environ, no_pod).hub_token == Secret(TOKEN)


def test_an_empty_variable_is_not_set(no_pod):
    assert load(NEEDED, {"GROUPSCOPE_PORT": ""}, no_pod).port == 9098


@pytest.mark.parametrize(
    ("flags", "environ", "sentence"),
    [
        (
            {"hub_url": ""},
            {},
            "--hub-url '' is not an http:// or https:// URL.",
        ),
        (
            {"hub_url": None},
            {},
            "The URL of the hub's API is not set: give --hub-url or GROUPSCOPE_HUB_URL, "
            "for example http://127.0.0.1:8081/hub/api.",
        ),
        (
            {"hub_url": "http://hub:8081/"},
            {},
            "--hub-url 'http://hub:8081/' is not the URL of the hub's API, which ends in /hub/api: "
            "for a hub without a base URL it is http://hub:8081/hub/api, for one with the base URL "
            "/jh/ it is http://hub:8081/jh/hub/api.",
        ),
        (
            {"hub_url": f"http://me:{TOKEN}@hub/hub/api"},
            {},
            "--hub-url holds more than scheme, host, port and path; the token goes in hub_token.",
        ),
        (
            {"hub_token": None},
            {},
            "The hub's token is not set: give GROUPSCOPE_HUB_TOKEN or --hub-token-file, with the "
            "api_token of the exporter's service in the hub's configuration.",
        ),
        (
            {"hub_token": f"{TOKEN}\nX: y"},
            {},
            "--hub-token is not a token: it is empty, or holds a space or an odd character.",
        ),
        (
            {"hub_token": TOKEN, "hub_token_file": "/x"},
            {},
            "--hub-token and --hub-token-file are both set: keep one.",
        ),
        (
            {"hub_token": None, "hub_token_file": "/no/such/file"},
            {},
            "The token file can't be read: [Errno 2] No such file or directory: '/no/such/file'.",
        ),
        (
            {"namespace": None},
            {},
            "The namespace is not set, and this is no Kubernetes pod: give --namespace or "
            "GROUPSCOPE_NAMESPACE, the namespace in which the users' pods run.",
        ),
        (
            {},
            {"GROUPSCOPE_INTERVAL": "0"},
            "GROUPSCOPE_INTERVAL '0' is not a number of seconds of at least 1.",
        ),
        (
            {"timeout": "nan"},
            {},
            "--timeout 'nan' is not a number of seconds of at least 0.1.",
        ),
        (
            {"port": "65536"},
            {},
            "--port '65536' is not a whole number from 0 to 65535.",
        ),
        (
            {"active_windows": "7d,7d"},
            {},
            "--active-windows '7d,7d' is not a list of different time spans such as 24h,7d,30d "
            "(s, m, h, d, w).",
        ),
        (
            {"log_level": "loud"},
            {},
            "--log-level 'loud' is not one of debug, info, warning, error.",
        ),
        (
            {"config": "/no/such/file"},
            {},
            "The configuration file can't be read: [Errno 2] No such file or directory: "
            "'/no/such/file'.",
        ),
        (
            {},
            {"JUPYTERHUB_SERVICE_PREFIX": "/services/groups/"},
            "JUPYTERHUB_SERVICE_PREFIX is set, so this service has a `url` in the hub's "
            "configuration, and anybody who can reach the hub could read every username through "
            "its proxy: remove `url` from the service and let Prometheus scrape the exporter's own "
            "--host and --port. (In a terminal of a user's server the variable is set, too: unset "
            "it there.)",
        ),
    ],
)
def test_wrong_settings_are_told_in_one_sentence(flags, environ, sentence, no_pod):
    given = {name: text for name, text in {**NEEDED, **flags}.items() if text is not None}
    with pytest.raises(SettingsError) as caught:
        load(given, environ, no_pod)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('intervall = "5"\n', "{} has a key that is no setting: intervall; did you mean interval?"),
        (
            'config = "x"\n',
            "{} has a key that is no setting: config. There are: hub_url, hub_token, "
            "hub_token_file, namespace, host, port, interval, timeout, page_size, active_windows, "
            "log_level.",
        ),
        ("port = true\n", "port in {} is not a text or a number."),
        ("port = 0.5\n", "port in {} '0.5' is not a whole number from 0 to 65535."),
        ("port =\n", "The configuration file {} is not TOML: Invalid value (at line 1, column 7)."),
    ],
)
def test_wrong_files_are_told_in_one_sentence(content, sentence, tmp_path, no_pod):
    file = tmp_path / "exporter.toml"
    file.write_text(content)
    with pytest.raises(SettingsError) as caught:
        load({**NEEDED, "config": str(file)}, {}, no_pod)
    assert str(caught.value) == sentence.format(file)


def test_the_token_is_in_no_repr_and_no_traceback(tmp_path, no_pod):
    settings = load(NEEDED, {}, no_pod)
    assert TOKEN not in f"{settings} {settings!r} {settings.hub_token} {settings.hub_token!r}"
    file = tmp_path / "token"
    file.write_text(f"{TOKEN} and more")
    with pytest.raises(SettingsError) as caught:
        load({"hub_url": URL, "namespace": "a", "hub_token_file": str(file)}, {}, no_pod)
    shown = "".join(traceback.format_exception(caught.value))
    assert str(file) in shown
    assert TOKEN not in shown


def test_help_names_every_setting_and_scope_and_no_secret():
    environ = {"GROUPSCOPE_HUB_TOKEN": TOKEN, "JUPYTERHUB_API_TOKEN": TOKEN, "COLUMNS": "300"}
    shown = CliRunner(env=environ).invoke(command, ["--help"], terminal_width=300)
    assert shown.exit_code == 0
    words = set(shown.output.replace("[", " ").replace("]", " ").replace(";", " ").split())
    for name, setting in SETTINGS.items():
        assert {flag(name), variable(name)} <= words
        assert setting.help.replace("`", "")[:40] in shown.output
    for scope in ("list:users", "read:users:groups", "list:groups", "read:users:activity"):
        assert scope in shown.output
    assert "groupscope-exporter --hub-url" in shown.output
    assert TOKEN not in shown.output


def test_a_wrong_setting_exits_2_with_that_sentence_alone():
    ended = CliRunner().invoke(
        command, ["--hub-token", TOKEN, "--hub-url", "http://hub", "--namespace", "a"]
    )
    assert ended.exit_code == 2
    assert ended.stderr.startswith("Error: --hub-url 'http://hub' is not the URL of the hub's API")
    assert len(ended.output.splitlines()) == 1
    assert TOKEN not in ended.output


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("hub", False)],
)
def test_loopback(host, loopback, no_pod):
    assert load({**NEEDED, "host": host}, {}, no_pod).loopback is loopback
