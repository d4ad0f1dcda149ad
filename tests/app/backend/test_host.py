"""The frozen backend, started and asked by Grafana's own client: a Go program plays Grafana.

Needs Go, which CI has; the modules come through Go's module proxy.
"""

import json
import os
import shutil
import subprocess

import pytest
from google.protobuf.descriptor import FieldDescriptor

from app.backend.wire import pluginv2_pb2 as wire
from tests.support.hub import people
from tests.support.paths import ROOT
from tests.support.plugin_backend import environment, form

SOURCE = ROOT / "tests/support/plugin_host"
URLS = ["groups", "groups/staff/members", "metrics", "report", "report?format=csv"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("go") is None and not os.environ.get("CI"), reason="Go is not installed"
    ),
]


@pytest.fixture(scope="session")
def host(tmp_path_factory):
    """Return the program that plays Grafana."""
    program = tmp_path_factory.mktemp("host") / "plugin_host"
    subprocess.run(["go", "build", "-o", program, "."], cwd=SOURCE, check=True)
    return program


@pytest.fixture(scope="session")
def descriptor(host):
    """Return the SDK's messages: fields, values of enumerations, methods of services."""
    return json.loads(subprocess.run([host, "descriptor"], check=True, capture_output=True).stdout)


def test_the_go_program_is_formatted():
    listed = subprocess.run(["gofmt", "-l", "."], cwd=SOURCE, check=True, capture_output=True)
    assert listed.stdout == b""


_KINDS = {
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_BYTES: "bytes",
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_INT64: "int64",
}


def described(message):
    """Return a message of ours as the Go program describes the SDK's."""
    fields = {}
    for field in message.fields:
        inner = field.message_type or field.enum_type
        kind = inner.full_name if inner else _KINDS[field.type]
        cardinality = "repeated" if field.is_repeated else "optional"
        fields[field.name] = f"{field.number} {cardinality} {kind}"
    return fields


def messages(those):
    for message in those:
        yield message
        yield from messages(message.nested_types)


def test_our_messages_are_the_protocols(descriptor):
    file = wire.DESCRIPTOR
    for message in messages(file.message_types_by_name.values()):
        theirs = descriptor[message.full_name]
        ours = described(message)
        assert ours.items() <= theirs.items(), message.full_name
        for enum in message.enum_types:
            values = {value.name: str(value.number) for value in enum.values}
            assert values == descriptor[enum.full_name]


def test_our_services_are_the_protocols(descriptor):
    for service in wire.DESCRIPTOR.services_by_name.values():
        methods = {
            method.name: f"{method.input_type.full_name} {method.output_type.full_name} "
            f"{method.client_streaming} {method.server_streaming}".lower()
            for method in service.methods
        }
        theirs = descriptor[service.full_name]
        assert methods == {name: text.lower() for name, text in theirs.items()}


def play(host, frozen, folder, settings, resources, **ini):
    """Let the program play Grafana; return what it got, and the lines of its log."""
    json_data, secrets = settings
    calls = {
        "environment": [f"{k}={v}" for k, v in environment(folder, **ini).items()],
        "jsonData": json_data,
        "secureJsonData": secrets,
        "resources": resources,
    }
    ended = subprocess.run(
        [host, "call", frozen],
        input=json.dumps(calls),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout), [json.loads(line) for line in ended.stderr.splitlines()]


@pytest.mark.hub
def test_grafanas_client_gets_health_resources_and_metrics(host, frozen, hub, tmp_path):
    asked = [(url, role) for role in ("Viewer", "Editor", "Admin") for url in URLS]
    resources = [{"path": u.partition("?")[0], "url": u, "role": role} for u, role in asked]
    got, log = play(host, frozen, tmp_path, form(hub), resources)
    assert got["status"] == "OK", got["message"]
    assert got["details"]["users"] == len(people.ALL)
    answers = dict(zip(asked, got["answers"], strict=True))
    assert {key: it["code"] for key, it in answers.items()} == {
        (url, role): 403 if role == "Viewer" and url in URLS[1:3] else 200 for url, role in asked
    }
    assert 'username="Alice"' in answers["metrics", "Editor"]["body"]
    named = json.loads(answers["groups/staff/members", "Admin"]["body"])["members"]
    assert {member["name"] for member in named} == set(people.GROUPS["staff"])
    seen = "".join(it["body"] for (_, role), it in answers.items() if role == "Viewer")
    assert "Alice" not in seen + got["metricsAfter"]
    # Before any call there are no settings; `CollectMetrics` itself brings none.
    assert got["metricsBefore"] == ""
    assert 'jupyterhub_group_members{namespace="jhub",usergroup="staff"} 2.0' in got["metricsAfter"]
    assert (got["exited"], got["exitCode"]) == (True, 0)
    # Lines of the backend arrive at their level, with what belongs to them.
    (refreshed,) = [line for line in log if line["@message"].startswith("Refreshed in")]
    assert refreshed["@level"] == "info"
    assert refreshed["users"] == len(people.ALL)


@pytest.mark.hub
def test_grafanas_client_gets_what_grafana_ini_says(host, frozen, hub, tmp_path):
    ini = {"hub_url": hub.api_url, "hub_token": hub.tokens["full"], "namespace": "jhub"}
    resources = [{"path": "groups", "url": "groups", "role": "Viewer"}]
    got, log = play(host, frozen, tmp_path, ({}, {}), resources, **ini)
    assert got["status"] == "OK", got["message"]
    assert json.loads(got["answers"][0]["body"])["users"] == len(people.ALL)
    assert hub.tokens["full"] not in json.dumps([got, log])


def test_grafanas_client_gets_a_red_health_with_words(host, frozen, tmp_path):
    settings = {"hubUrl": "http://127.0.0.1:1/hub/api", "namespace": "jhub"}, {"hubToken": "t"}
    resources = [{"path": "groups", "url": "groups", "role": "Viewer"}]
    got, log = play(host, frozen, tmp_path, settings, resources)
    assert got["status"] == "ERROR"
    assert got["message"].startswith("No connection to the hub at 127.0.0.1:1")
    assert got["answers"][0]["code"] == 503
    (failed,) = [line for line in log if line["@message"].startswith("Refresh failed")]
    assert (failed["@level"], failed["reason"]) == ("warn", "connect")


def test_the_frozen_program_is_no_development_tool(frozen):
    libraries = {path.name for path in frozen.with_name(frozen.name[4:]).iterdir()}
    assert not libraries & {"numpy", "matplotlib", "PIL", "grpc_tools"}
    assert not [path for path in frozen.parent.rglob("*") if path.is_symlink()]
    ended = subprocess.run([frozen], env={}, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "Grafana starts it by itself" in ended.stderr
