"""``python -m exporter check`` at a real hub: every line of what it says."""

import re
import signal
import socket
import subprocess
import sys
from importlib.metadata import version

import pytest

from harness.hub import running_hub
from harness.processes import surroundings
from tests.support.exporter_values import text
from tests.support.hub import people
from tests.support.hub.asking import read

pytestmark = pytest.mark.hub

STAFF = people.GROUPS["staff"]


def check(*args, **env):
    """Run ``python -m exporter`` with these arguments, ``check`` among them."""
    return subprocess.run(
        [sys.executable, "-m", "exporter", *args],
        env=surroundings(**env),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_check_that_is_broken_off_does_not_say_that_all_is_well(number):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/hub/api"
        command = [sys.executable, "-m", "exporter", "check", "--hub-url", url, "--namespace", "a"]
        process = subprocess.Popen(
            command, env=surroundings(GROUPSCOPE_HUB_TOKEN="x"), stdout=subprocess.PIPE
        )
        with process:
            silent.accept()
            process.send_signal(number)
            output, _ = process.communicate()
    assert process.returncode == 128 + number
    assert output == b""


@pytest.fixture
def told(hub):
    """Check with a token of the hub; return the output without what differs from run to run."""

    def run(token, *args):
        text = hub.tokens.get(token, token)
        done = check(
            "check",
            *("--hub-url", hub.api_url, "--namespace", "jhub", *args),
            GROUPSCOPE_HUB_TOKEN=text,
        )
        assert done.stderr == ""
        assert text not in done.stdout
        assert_no_names(done.stdout)
        return done.returncode, normal(done.stdout, hub)

    return run


def normal(output, hub):
    output = output.replace(hub.api_url, "URL").replace(
        f"JupyterHub {version('jupyterhub')}", "HUB"
    )
    # The sizes change by a digit with the users' activity; test_what_is_told_of_the_scrape.
    output = re.sub(r"[\d.]+ kB", "SIZE", output)
    return re.sub(r"in \d+\.\d\d s", "in TIME", output)


def assert_no_names(output):
    assert not [name for name in people.ALL if name in output]


def test_all_scopes(told):
    assert told("full") == (
        0,
        """\
Hub     HUB at URL
Token   accepted
Scope   list:users           yes
Scope   read:users:groups    yes
Scope   list:groups          yes
Scope   read:users:activity  yes
Found   240 users, 2 of them in no group; 6 groups; read in TIME
Scrape  516 series for 244 memberships, SIZE, SIZE with gzip
Result  all is well
""",
    )


def test_the_least_scopes(told):
    assert told("least") == (
        0,
        """\
Hub     HUB at URL
Token   accepted
Scope   list:users           yes
Scope   read:users:groups    yes
Scope   list:groups          missing: it would add groups without members
Scope   read:users:activity  missing: it would add jupyterhub_group_active_members
Found   240 users, 2 of them in no group; 5 groups; read in TIME
Scrape  494 series for 244 memberships, SIZE, SIZE with gzip
Result  all is well
""",
    )


def test_a_token_that_may_do_too_much(told):
    code, output = told("admin")
    assert code == 0
    # How many the hub makes of the five it was given differs by its version.
    assert re.sub(r"\d+ more", "N more", output) == (
        """\
Hub     HUB at URL
Token   accepted
Scope   list:users           yes
Scope   read:users:groups    yes
Scope   list:groups          yes
Scope   read:users:activity  yes
        Not needed: admin:auth_state, admin:groups, admin:server_state and N more. \
A token that may do less is safer.
Found   240 users, 2 of them in no group; 6 groups; read in TIME
Scrape  516 series for 244 memberships, SIZE, SIZE with gzip
Result  all is well
"""
    )


def test_without_the_groups_of_users(told):
    assert told("no-groups") == (
        1,
        """\
Hub     HUB at URL
Token   accepted
Scope   list:users           yes
Scope   read:users:groups    missing: needed for the groups of each user
Scope   list:groups          missing: it would add groups without members
Scope   read:users:activity  missing: it would add jupyterhub_group_active_members
Result  no data (scope). The token may not read the groups of 240 of 240 users. \
Give its service the scope read:users:groups, without a filter.
""",
    )


def test_a_scope_for_a_part_is_told_as_such(told):
    code, output = told("some-groups")
    assert code == 1
    assert "Scope   read:users:groups    only for 1 group\n" in output
    assert "Result  no data (scope). The token may not read the groups of 238 of 240" in output


def test_without_the_users(told):
    code, output = told("no-list")
    assert code == 1
    assert "Scope   list:users           missing: needed for the users\n" in output
    assert "Result  no data (scope). The hub knows the token, but it lacks the scope" in output


def test_a_wrong_token(told):
    assert told("wrong-0123456789") == (
        1,
        """\
Hub     HUB at URL
Result  no data (auth). The hub refuses the token (403): it is wrong, or was revoked or expired. \
Give the exporter the api_token of its service in the hub's configuration.
""",
    )


def test_wrong_addresses(told, hub):
    without_base = hub.api_url.replace("/jh/", "/")
    code, output = told("full", "--hub-url", without_base)
    assert (code, output) == (
        1,
        f"Result  no data (http). There is no hub API at {without_base}/ (302). If the hub has a "
        "base URL such as /jh/, --hub-url ends in /jh/hub/api.\n",
    )
    code, output = told("full", "--hub-url", "http://127.0.0.1:1/hub/api")
    assert code == 1
    assert output.startswith("Result  no data (connect). No connection to the hub at 127.0.0.1:1 ")
    # Through the hub's proxy it works as well.
    assert told("full", "--hub-url", f"{hub.public_url}hub/api")[0] == 0


def test_groups_that_are_not_exported(told):
    code, output = told("full", "--groups-allow", "staff")
    assert code == 0
    assert (
        "Found   240 users, 2 of them in no group, 236 only in groups that are not exported; "
        "1 group; read in TIME\n"
    ) in output
    assert "staff" not in output


def test_namespaces_of_users(told):
    """One more series for each, and how many are odd, without a name."""
    code, output = told("full", "--user-namespace-template", "{hubnamespace}-{username}")
    assert code == 0
    # Two each, but for names of a-z and 0-9 alone, and one that is too long for the older scheme.
    expected = (
        "Pods    479 namespaces of users, by --user-namespace-template\nResult  all is well\n"
    )
    assert output.endswith(expected)
    code, output = told("full", "--user-namespace-template", "{unescaped_username:.4}")
    assert code == 0
    assert output.endswith(
        """\
Pods    235 namespaces of users, by --user-namespace-template
        Users whose name makes no valid namespace, so that their servers cannot start: 5.
        Namespaces shared by several users, so that a namespace alone does not identify its user: 1.
Result  all is well
"""
    )


def test_settings_that_are_wrong(hub, tmp_path):
    """The exporter would not start either: exit code 2, and one sentence on stderr."""
    missing = tmp_path / "missing"
    base = ("check", "--hub-url", hub.api_url, "--namespace", "jhub")
    token = ("--hub-token", hub.tokens["full"])
    gone = f"The file {missing} can't be read (No such file or directory): check that it exists"
    wrong = {
        base: "The hub's token is not set: give GROUPSCOPE_HUB_TOKEN or --hub-token-file",
        (*base, "--hub-token-file", str(missing)): gone,
        (*base, *token, "--auth-token-file", str(missing)): gone,
        (*base, *token, "--hub-ca-file", str(missing)): gone,
        (*base, *token, "--tls-cert-file", str(missing), "--tls-key-file", str(missing)): gone,
        (*base, *token, "--host", "0.0.0.0"): "0.0.0.0 is not a loopback address",
        (*base, *token, "--hub-url", f"{hub.public_url}"): f"--hub-url '{hub.public_url}' is not",
        ("check", "--hub-url", hub.api_url, *token): "The namespace is not set",
    }
    for args, message in wrong.items():
        done = check(*args)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"Error: {message}")
        assert done.stderr.count("\n") == 1
        assert hub.tokens["full"] not in done.stderr


def test_settings_before_and_after_the_word(hub, tmp_path):
    """Those after it win, as do flags over variables and variables over the file."""
    file = tmp_path / "token"
    file.write_text(hub.tokens["least"])
    hub_url = ("--hub-url", hub.api_url)
    rest = ("--namespace", "jhub", "--hub-token-file", str(file))
    nowhere = "http://127.0.0.1:1/hub/api"
    for args in (
        (*hub_url, *rest, "check"),
        ("check", *hub_url, *rest),
        (*rest, "check", *hub_url),
        ("--hub-url", nowhere, *rest, "check", *hub_url),
    ):
        done = check(*args, GROUPSCOPE_HUB_URL=nowhere)
        assert (done.returncode, done.stderr) == (0, "")
        assert f" at {hub.api_url}\n" in done.stdout
    done = check(*hub_url, *rest, "check", "--hub-url", nowhere)
    assert (done.returncode, done.stderr) == (1, "")


def test_nothing_is_logged_at_level_debug(told):
    assert told("full", "--log-level", "debug", "--log-format", "human") == told("full")


def test_what_is_told_of_the_scrape(hub):
    """The same hub's page, as a scrape would have it."""
    done = check(
        *("check", "--hub-url", hub.api_url, "--namespace", "jhub"),
        GROUPSCOPE_HUB_TOKEN=hub.tokens["full"],
    )
    page = text(read(hub.api_url, hub.tokens["full"]), "jhub")
    series = [line for line in page.splitlines() if not line.startswith("#")]
    told = re.search(
        r"^Scrape  (\d+) series for \d+ memberships, ([\d.]+) kB,", done.stdout, re.MULTILINE
    )
    assert int(told[1]) == len(series)
    assert float(told[2]) == pytest.approx(len(page.encode()) / 1e3, abs=0.1)


def test_a_token_that_sees_a_part_of_the_hub(tmp_path):
    """As of somebody who manages one group; the filters can name users."""
    scopes = ("list:users!group=staff", "read:users:groups!group=staff", "list:users!user=user_1")
    own = dict.fromkeys(scopes, STAFF[:1])
    with running_hub(tmp_path, users=people.ODD, groups={"staff": STAFF}, user_scopes=own) as hub:
        token = hub.request("POST", f"users/{STAFF[0]}/tokens", json={}).json()["token"]
        done = check(
            *("check", "--hub-url", hub.api_url, "--namespace", "jhub"),
            GROUPSCOPE_HUB_TOKEN=token,
        )
    assert done.returncode == 0
    assert_no_names(done.stdout + done.stderr)
    assert "staff" not in done.stdout + done.stderr
    assert normal(done.stdout, hub) == (
        """\
Hub     HUB at URL
Token   accepted
Scope   list:users           only for 1 group, 1 user
Scope   read:users:groups    only for 1 group, 1 user
Scope   list:groups          missing: it would add groups without members
Scope   read:users:activity  only for 1 user
        Not needed: access:servers, delete:servers, read:servers and 9 more. \
A token that may do less is safer.
Found   2 users, 0 of them in no group; 1 group; read in TIME
Scrape  6 series for 2 memberships, SIZE, SIZE with gzip
Result  all is well for these users; for all, if there are more, give list:users without a filter
"""
    )
