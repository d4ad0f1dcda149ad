"""Settings: one field each, five sources, and a plain sentence when one is wrong."""

import asyncio
import dataclasses
import json
import traceback
from pathlib import Path

import pytest
from click.testing import CliRunner

from exporter.cli import command
from exporter.config import parsers
from exporter.config.files import FileError
from exporter.config.load import load
from exporter.config.parsers import Secret
from exporter.config.settings import SETTINGS, Settings, SettingsError, flag, variable
from exporter.core.groups import Pattern, Weight
from exporter.core.memberships import Window
from exporter.core.namespaces import UserNamespaceTemplate
from exporter.wiring import open_hub

URL = "http://127.0.0.1:8081/hub/api"
TOKEN = "s3cret-0123456789"
NEEDED = {"hub_url": URL, "hub_token": TOKEN, "namespace": "jhub"}

# For every setting: a text, and what it must become.
EXAMPLES = {
    "hub_url": ("https://hub.test:8443/jh/hub/api/", "https://hub.test:8443/jh/hub/api"),
    "hub_token": ("  abc\n", Secret("abc")),
    "hub_token_file": ("/dev/null/token", Path("/dev/null/token")),
    "hub_ca_file": ("ca.pem", Path("ca.pem")),
    "hub_cert_file": ("hub.pem", Path("hub.pem")),
    "hub_key_file": ("hub.key", Path("hub.key")),
    "namespace": ("prod", "prod"),
    "user_namespace_template": (
        "{hubnamespace}-{username}",
        UserNamespaceTemplate("{hubnamespace}-{username}"),
    ),
    "groups_allow": (
        r"staff, /course-.*/,R\, D,/a{1\,2}/",
        (Pattern("staff"), Pattern("/course-.*/"), Pattern("R, D"), Pattern("/a{1,2}/")),
    ),
    "groups_deny": ("a b", (Pattern("a b"),)),
    "group_priority": ("lab, /c.*/", (Pattern("lab"), Pattern("/c.*/"))),
    "group_weights": (
        r"lab=3, /a=b{1\,2}/ =0.5",
        (Weight(Pattern("lab"), 3.0), Weight(Pattern("/a=b{1,2}/"), 0.5)),
    ),
    "auth": ("Hub", "hub"),
    "auth_token_file": ("readers", Path("readers")),
    "auth_scope": ("access:services!service=x", "access:services!service=x"),
    "host": ("::1", "::1"),
    "port": ("0", 0),
    "prefix": ("/a%20b/services/x", "/a b/services/x/"),
    "tls_cert_file": ("tls.pem", Path("tls.pem")),
    "tls_key_file": ("tls.key", Path("tls.key")),
    "interval": ("1.5", 1.5),
    "max_age": ("150", 150.0),
    "timeout": ("0.5", 0.5),
    "page_size": ("7", 7),
    "max_memberships": ("5", 5),
    "state_file": ("/var/lib/state", Path("/var/lib/state")),
    "active_windows": ("90s, 2w", (Window("90s", 90), Window("2w", 1_209_600))),
    "log_level": ("DEBUG", "debug"),
    "log_format": ("json", "json"),
}
# What a setting needs beside it.
BESIDE = {
    "hub_cert_file": {"hub_key_file": "k"},
    "hub_key_file": {"hub_cert_file": "c"},
    "tls_cert_file": {"tls_key_file": "k"},
    "tls_key_file": {"tls_cert_file": "c"},
}


@pytest.fixture
def no_pod(tmp_path):
    return tmp_path / "no-such-namespace"


def test_every_setting_has_an_example_here():
    assert {*EXAMPLES, "config"} == set(SETTINGS) == {f.name for f in dataclasses.fields(Settings)}


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_source_in_its_order(name, tmp_path, no_pod):
    text, value = EXAMPLES[name]
    # Of the token and its file only one can be given at one place.
    instead = {name, "hub_token"} if name == "hub_token_file" else {name}
    others = {k: known for k, known in NEEDED.items() if k not in instead} | BESIDE.get(name, {})
    wrong = "\u00e9 wrong"
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    # A JSON string is a TOML string too.
    good.write_text(f"{name} = {json.dumps(text)}\n")
    bad.write_text(f"{name} = {json.dumps(wrong)}\n")
    hub = {"JUPYTERHUB_SERVICE_NAME": "x", "JUPYTERHUB_SERVICE_PREFIX": "/services/x/"}
    given = SETTINGS[name].hub_variable
    if given:
        hub[given] = "http://wrong:1"

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
        hub_ca_file=None,
        hub_cert_file=None,
        hub_key_file=None,
        namespace="team-hub",
        user_namespace_template=None,
        groups_allow=(),
        groups_deny=(),
        group_priority=(),
        group_weights=(),
        auth=None,
        auth_token_file=None,
        auth_scope="read:metrics",
        host="127.0.0.1",
        port=9098,
        prefix=None,
        tls_cert_file=None,
        tls_key_file=None,
        interval=60.0,
        max_age=3600.0,
        timeout=10.0,
        page_size=1000,
        max_memberships=1_000_000,
        state_file=None,
        active_windows=(Window("24h", 86400), Window("7d", 604800), Window("30d", 2592000)),
        log_level="info",
        log_format="auto",
    )
    assert settings.access == "none"


SERVICE = {
    "JUPYTERHUB_API_URL": "https://127.0.0.1:8081/jh/hub/api",
    "JUPYTERHUB_API_TOKEN": TOKEN,
    "JUPYTERHUB_SERVICE_NAME": "groupscope",
    "JUPYTERHUB_SERVICE_PREFIX": "/jh/services/groupscope/",
    "JUPYTERHUB_SERVICE_URL": "https://10.0.0.5:9111",
    "JUPYTERHUB_SSL_CLIENT_CA": "/ssl/ca.pem",
    "JUPYTERHUB_SSL_CERTFILE": "/ssl/cert.pem",
    "JUPYTERHUB_SSL_KEYFILE": "/ssl/key.pem",
}


def test_a_service_with_a_url_asks_for_the_hubs_tokens():
    settings = load({"namespace": "a"}, SERVICE)
    assert (settings.host, settings.port) == ("10.0.0.5", 9111)
    assert (settings.prefix, settings.access) == ("/jh/services/groupscope/", "hub")
    assert settings.hub_ca_file == Path("/ssl/ca.pem")
    assert settings.hub_cert_file == Path("/ssl/cert.pem")
    assert settings.hub_key_file == Path("/ssl/key.pem")


def test_a_flag_wins_over_the_address_that_the_hub_gives():
    settings = load({"namespace": "a", "host": "127.0.0.1"}, SERVICE)
    assert (settings.host, settings.port) == ("127.0.0.1", 9111)


@pytest.mark.parametrize("lacks", ["JUPYTERHUB_SERVICE_NAME", "JUPYTERHUB_SERVICE_PREFIX"])
def test_the_address_of_others_is_not_listened_on(lacks):
    """A service without a `url` is given one all the same; a user's server has no name."""
    environ = {name: text for name, text in SERVICE.items() if name != lacks}
    settings = load({"namespace": "a"}, environ)
    assert (settings.host, settings.port, settings.prefix) == ("127.0.0.1", 9098, None)


@pytest.mark.parametrize(
    ("flags", "access"),
    [
        ({}, "none"),
        ({"auth": "hub"}, "hub"),
        ({"auth_token_file": "f"}, "token"),
        ({"auth_token_file": "f", "host": "0.0.0.0"}, "token"),
        ({"host": "0.0.0.0", "auth": "none"}, "none"),
        ({"host": "0.0.0.0", "auth": "hub"}, "hub"),
        ({"prefix": "/services/x/"}, "hub"),
        ({"prefix": "/services/x/", "host": "0.0.0.0"}, "hub"),
        ({"prefix": "/services/x/", "auth_token_file": "f"}, "token"),
    ],
)
def test_who_may_read(flags, access, no_pod):
    assert load({**NEEDED, **flags}, {}, no_pod).access == access


def test_file_with_toml_types_and_token_file(tmp_path, no_pod):
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n")
    file = tmp_path / "exporter.toml"
    file.write_text(
        f'hub_url = "{URL}"\nhub_token_file = "{token}"\nnamespace = "a"\n'
        'interval = 5\ntimeout = 2.5\nactive_windows = ["1h", "2h"]\ngroups_deny = ["R, D", "x"]\n'
        'group_weights = { lab = 3, "R, D" = 0.5 }\n'
    )
    # The hub's own token is there too; a file named by the admin wins over it.
    settings = load(
        {}, {"GROUPSCOPE_CONFIG": str(file), "JUPYTERHUB_API_TOKEN": "of-the-hub"}, no_pod
    )
    assert settings.hub_token is None
    assert settings.hub_token_file == token
    assert (settings.interval, settings.timeout) == (5.0, 2.5)
    assert [window.label for window in settings.active_windows] == ["1h", "2h"]
    assert settings.groups_deny == (Pattern("R, D"), Pattern("x"))
    assert settings.group_weights == (Weight(Pattern("lab"), 3), Weight(Pattern("R, D"), 0.5))


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
            "--hub-url holds more than scheme, host, port and path: a token has a setting of its "
            "own.",
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
            "The configuration file /no/such/file can't be read (No such file or directory).",
        ),
        (
            {"host": "0.0.0.0"},
            {},
            "0.0.0.0 is not a loopback address, and the page holds usernames. Choose who may read "
            "it: --auth-token-file FILE for those who send a bearer token of that file, --auth hub "
            "for JupyterHub tokens with the scope read:metrics, or --auth none if only Prometheus "
            "can reach that address.",
        ),
        (
            {"auth": "none", "prefix": "/services/x/"},
            {},
            "--auth none, but the hub's proxy passes /services/x/ on for anybody who can reach the "
            "hub. Choose: --auth-token-file FILE for those who send a bearer token of that file, "
            "--auth hub for JupyterHub tokens with the scope read:metrics; or remove `url` from "
            "the service in the hub's configuration.",
        ),
        ({"auth": "token"}, {}, "--auth token needs --auth-token-file FILE."),
        (
            {"auth": "hub", "auth_token_file": "f"},
            {},
            "--auth-token-file has no effect with --auth hub: keep one.",
        ),
        ({"auth": "yes"}, {}, "--auth 'yes' is not one of token, hub, none."),
        (
            {"auth_scope": "read metrics"},
            {},
            "--auth-scope 'read metrics' is not a JupyterHub scope such as read:metrics or "
            "access:services!service=groupscope.",
        ),
        (
            {"prefix": "services/x"},
            {},
            "--prefix 'services/x' is not a path such as /services/groupscope/.",
        ),
        ({"tls_cert_file": "c"}, {}, "--tls-cert-file and --tls-key-file need one another."),
        ({"hub_key_file": "c"}, {}, "--hub-cert-file and --hub-key-file need one another."),
        (
            {"max_age": "119"},
            {},
            "--max-age 119 is less than twice --interval 60: the memberships could end between "
            "two refreshes.",
        ),
        (
            {"user_namespace_template": "jhub-users"},
            {},
            "--user-namespace-template 'jhub-users' is the same for all users: it needs a field "
            "for the user, such as {username}.",
        ),
        (
            {"user_namespace_template": "{hubnamespace}-users-{username}", "namespace": "a" * 56},
            {},
            "--user-namespace-template '{hubnamespace}-users-{username}' with --namespace "
            f"{'a' * 56} makes '{'a' * 56}-users-x' of the user x, which is no Kubernetes "
            "namespace: a-z, 0-9 and - inside, at most 63.",
        ),
        (
            {"groups_allow": "a,,b"},
            {},
            "--groups-allow 'a,,b' is not a list of groups: one of them is empty.",
        ),
        *(
            (
                {"group_weights": wrong},
                {},
                f"--group-weights {wrong!r} is not a list such as lab=3,/course-.*/=0.5: each "
                "entry is a group, = and a number from 0 to 1000000.",
            )
            for wrong in ("lab", "lab=", "=3", "lab=-1", "lab=nan", "lab=2e6", "lab=3,")
        ),
        (
            {"groups_deny": "/(/"},
            {},
            "--groups-deny '/(/' holds /(/, which is no regular expression: missing ), "
            "unterminated subpattern at position 0.",
        ),
    ],
)
def test_wrong_settings_are_told_in_one_sentence(flags, environ, sentence, no_pod):
    given = {name: text for name, text in {**NEEDED, **flags}.items() if text is not None}
    with pytest.raises(SettingsError) as caught:
        load(given, environ, no_pod)
    assert caught.value.message.worded(flag) == sentence


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('intervall = "5"\n', "{} has a key that is no setting: intervall. Did you mean interval?"),
        (
            'config = "x"\n',
            "{} has a key that is no setting: config. There are: "
            + ", ".join(name for name in SETTINGS if name != "config")
            + ".",
        ),
        ("port = true\n", "port in {} is not a text, a number or a list of texts."),
        ("port = 0.5\n", "port in {} '0.5' is not a whole number from 0 to 65535."),
        ("port =\n", "The configuration file {} is not TOML: Invalid value (at line 1, column 7)."),
    ],
)
def test_wrong_files_are_told_in_one_sentence(content, sentence, tmp_path, no_pod):
    file = tmp_path / "exporter.toml"
    file.write_text(content)
    with pytest.raises(SettingsError) as caught:
        load({**NEEDED, "config": str(file)}, {}, no_pod)
    assert caught.value.message.worded(flag) == sentence.format(file)


def test_the_token_is_in_no_repr_and_no_traceback(tmp_path, no_pod):
    settings = load(NEEDED, {}, no_pod)
    assert TOKEN not in f"{settings} {settings!r} {settings.hub_token} {settings.hub_token!r}"
    file = tmp_path / "token"
    file.write_text(f"{TOKEN} and more")
    by_file = {name: text for name, text in NEEDED.items() if name != "hub_token"}
    settings = load({**by_file, "hub_token_file": str(file)}, {}, no_pod)

    async def opened():
        async with open_hub(settings):
            raise AssertionError

    with pytest.raises(FileError) as caught:
        asyncio.run(opened())
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


@pytest.mark.parametrize(
    "scope", ["", "two words", 'a!b="', "a!b=\\", "a!b=\n", "a!b=é", "A", "!b"]
)
def test_what_is_no_scope(scope):
    with pytest.raises(ValueError, match=r"^is not a JupyterHub scope"):
        parsers.scope(scope)


@pytest.mark.parametrize("scope", ["read:metrics", "access:services!service=a-b", "self", "a!user"])
def test_scopes(scope):
    assert parsers.scope(scope) == scope


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
    settings = load({**NEEDED, "host": host, "auth": "hub"}, {}, no_pod)
    assert settings.loopback is loopback


@pytest.mark.parametrize(
    ("line", "patterns"),
    [
        (r'groups_deny = ["a\\", "b"]', ("a\\", "b")),
        ('groups_deny = ["a,b"]', ("a,b",)),
        ("groups_deny = []", ()),
    ],
)
def test_a_list_in_a_file_is_what_it_says(line, patterns, tmp_path, no_pod):
    file = tmp_path / "exporter.toml"
    file.write_text(f"{line}\n")
    found = load({**NEEDED, "config": str(file)}, {}, no_pod).groups_deny
    assert found == tuple(map(Pattern, patterns))


def test_a_name_with_a_dot_needs_quotes(tmp_path, no_pod):
    file = tmp_path / "exporter.toml"
    file.write_text('group_weights = { "lab.y" = 3 }\n')
    found = load({**NEEDED, "config": str(file)}, {}, no_pod).group_weights
    assert found == (Weight(Pattern("lab.y"), 3.0),)
    file.write_text("group_weights = { lab.x = 2 }\n")
    with pytest.raises(SettingsError, match="has a table within: put names with a dot in quotes"):
        load({**NEEDED, "config": str(file)}, {}, no_pod)


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999", "http://127.0.0.1:abc", "http://[::1"])
def test_a_service_url_that_is_none(url, no_pod):
    with pytest.raises(SettingsError, match=r"JUPYTERHUB_SERVICE_URL .* is not a URL"):
        load({"namespace": "a"}, {**SERVICE, "JUPYTERHUB_SERVICE_URL": url}, no_pod)


@pytest.mark.parametrize("path", ["/%7Bx%7D/", "/%2F", "/{x}/", "x"])
def test_what_is_no_prefix(path):
    with pytest.raises(ValueError, match="is not a path"):
        parsers.prefix(path)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("1.5m", 90), (" 2h ", 7200), ("1d", 86_400)]
)
def test_a_time_span_may_have_a_unit(text, seconds, no_pod):
    given = {**NEEDED, "interval": text, "max_age": "2d"}
    assert load(given, {}, no_pod).interval == seconds


@pytest.mark.parametrize("text", ["5x", "m", "", "1m30s", "infs"])
def test_a_time_span_of_another_unit_is_none(text, no_pod):
    with pytest.raises(SettingsError, match="is not a number of seconds of at least 1"):
        load({**NEEDED, "interval": text}, {}, no_pod)
