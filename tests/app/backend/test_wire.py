"""The messages of the plugin protocol are what their .proto makes, and ours alone."""

import subprocess

import pytest

from app.backend.wire import pluginv2_pb2 as wire
from tests.support.paths import ROOT

FOLDER = ROOT / "app/backend/wire"


def test_the_committed_messages_are_what_make_proto_makes(tmp_path):
    subprocess.run([ROOT / "scripts/proto", tmp_path], check=True)
    made = {path.name: path.read_text("utf-8") for path in tmp_path.iterdir()}
    committed = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*_pb2.py*")}
    assert set(made) == {"pluginv2_pb2.py", "pluginv2_pb2.pyi"}
    assert made == committed


def test_what_a_newer_grafana_adds_is_skipped():
    known = wire.PluginContext(orgId=3, user=wire.User(role="Editor"))
    # Field 15, a text, and 2, the plugin's id, which is not read.
    sent = known.SerializeToString() + b"\x7a\x03new\x12\x01x"
    read = wire.PluginContext.FromString(sent)
    assert (read.orgId, read.user.role) == (3, "Editor")


@pytest.mark.parametrize("text", ["", "null"])
def test_a_form_that_was_never_saved_is_empty(text):
    made = wire.AppInstanceSettings(jsonData=text.encode())
    assert wire.AppInstanceSettings.FromString(made.SerializeToString()).jsonData == text.encode()
