"""The exporter and a real hub with internal_ssl, which answers to its own certificates only."""

import asyncio
import ssl
import subprocess
import sys
from pathlib import Path

import certipy
import httpx
import pytest

from exporter.config.parsers import Secret
from exporter.config.settings import flag
from exporter.core.errors import HubError, Reason
from exporter.core.messages import Message
from exporter.hub.api import open_client
from exporter.hub.client import Hub
from exporter.web.tls import hub_context
from harness.hub import FULL, free_ports, running_hub, wait_for
from harness.processes import surroundings
from tests.support.hub.exporting import exporter, samples

pytestmark = pytest.mark.hub

MEMBERS = {"staff": 2, "empty": 0, "none": 1}
NEXT_STEP = Message(
    "If the hub asks for a client certificate, name one with {hub_cert_file} and {hub_key_file}."
)


class Secured:
    """The hub, a pair of its authority for services, and a stranger's authority and pair."""

    def __init__(self, hub, port, strangers):
        self.hub = hub
        self.port = port
        certificates = hub.certificates
        # What an admin runs: the hub itself makes pairs only for services that it starts.
        command = [Path(sys.executable).with_name("certipy"), "exporter"]
        command += ["--ca-name", "services-ca", "--store-dir", certificates]
        subprocess.run(command, check=True, capture_output=True)
        self.authority = certificates / "hub-ca" / "hub-ca.crt"
        self.pair = pair(certificates, "exporter")
        store = certipy.Certipy(store_dir=str(strangers))
        store.create_ca("stranger-ca")
        store.create_signed_pair("stranger", "stranger-ca", alt_names=["IP:127.0.0.1"])
        self.other_authority = strangers / "stranger-ca" / "stranger-ca.crt"
        self.other_pair = pair(strangers, "stranger")

    def flags(self, authority, pair=(None, None)):
        """Return the flags of an exporter that the hub does not start."""
        names = ("--hub-ca-file", "--hub-cert-file", "--hub-key-file")
        given = zip(names, (authority, *pair), strict=True)
        files = [text for name, path in given if path for text in (name, str(path))]
        return ["--hub-url", self.hub.api_url, "--namespace", "jhub", "--port", "0", *files]


def pair(folder, name):
    return folder / name / f"{name}.crt", folder / name / f"{name}.key"


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("internal-ssl-hub")
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "exporter", "--namespace", "jhub", "--port", str(port)]
    with running_hub(
        folder,
        base_url="/jh/",
        users=["Loner"],
        groups={"staff": ["ann", "bob"], "empty": []},
        services=[{"name": "groupscope", "command": command}],
        service_scopes={"groupscope": FULL},
        internal_ssl=True,
    ) as hub:
        yield Secured(hub, port, tmp_path_factory.mktemp("strangers"))


def members(text):
    rows = samples(text).get("jupyterhub_group_members", [])
    return {labels["usergroup"]: number for labels, number in rows}


def errors(secured, times, *files):
    """Return the errors of so many attempts, each on a connection of its own."""

    async def once():
        async with open_client(secured.hub.api_url, hub_context(*files)) as client:
            return await snapshot(client, secured.hub.tokens["full"])

    found = []
    for _ in range(times):
        with pytest.raises(HubError) as caught:
            asyncio.run(once())
        found.append(caught.value)
    return found


async def snapshot(client, token):
    hub = Hub(client, lambda: Secret(token), page_size=100, timeout=10, max_memberships=100)
    return await hub.snapshot(0.0)


def test_a_service_that_the_hub_starts_is_given_all_it_needs(secured):
    url = f"http://127.0.0.1:{secured.port}/metrics"

    def page():
        try:
            return members(httpx.get(url, trust_env=False).text)
        except httpx.TransportError:
            return None

    assert wait_for(page, secured.hub.log) == MEMBERS


def test_a_pair_of_the_hub_s_authority_for_services(secured):
    flags = secured.flags(secured.authority, secured.pair)
    with exporter(*flags, GROUPSCOPE_HUB_TOKEN=secured.hub.tokens["full"]) as running:
        running.wait_for_log("Refreshed in")
        assert members(running.get("/metrics").text) == MEMBERS


def test_check_with_and_without_the_pair(secured):
    def check(*pair):
        return subprocess.run(
            [sys.executable, "-m", "exporter", *secured.flags(secured.authority, *pair), "check"],
            env=surroundings(GROUPSCOPE_HUB_TOKEN=secured.hub.tokens["full"]),
            capture_output=True,
            text=True,
            check=False,
        )

    done = check(secured.pair)
    assert (done.returncode, done.stderr) == (0, "")
    done = check()
    assert (done.returncode, done.stderr) == (1, "")
    assert NEXT_STEP.worded(flag) in done.stdout


def test_without_a_certificate_it_says_so_and_goes_on(secured):
    flags = [*secured.flags(secured.authority), "--interval", "1"]
    with exporter(*flags, GROUPSCOPE_HUB_TOKEN=secured.hub.tokens["full"]) as running:
        wait_for(lambda: running.log.count("Refresh failed (") > 1, "two failures")
        assert NEXT_STEP.worded(flag) in running.log
        assert running.get("/readyz").status_code == 503
        assert running.end() == 0
    assert "Traceback" not in running.log
    assert secured.hub.tokens["full"] not in running.log


def test_without_a_certificate_that_the_hub_trusts(secured):
    """In TLS 1.3 the hub refuses after the handshake, and its reason may be lost with the rest."""
    found = errors(secured, 20, secured.authority, None, None)
    found += errors(secured, 10, secured.authority, *secured.other_pair)
    assert {error.reason for error in found} <= {Reason.CONNECT, Reason.TLS}
    assert all(str(error).endswith(str(NEXT_STEP)) for error in found)


def test_the_hub_s_reason_after_the_handshake():
    """As httpx passes it on when it is not lost: no error of its own."""

    def refuse(_):
        raise ssl.SSLError(1, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] certificate required")

    async def once():
        transport = httpx.MockTransport(refuse)
        async with httpx.AsyncClient(
            base_url="https://hub.test/hub/api", transport=transport
        ) as client:
            await snapshot(client, "x")

    with pytest.raises(HubError) as caught:
        asyncio.run(once())
    assert caught.value.reason is Reason.TLS
    assert "certificate required" in str(caught.value)
    assert str(caught.value).endswith(str(NEXT_STEP))


def test_another_authority_than_the_hub_s(secured):
    """Its own authority for users' servers, a stranger's, and the system's."""
    notebooks = secured.hub.certificates / "notebooks-ca" / "notebooks-ca.crt"
    for authority in (notebooks, secured.other_authority, None):
        (error,) = errors(secured, 1, authority, *secured.pair)
        assert error.reason is Reason.TLS
        assert "certificate verify failed" in str(error)
        assert "name its file with hub_ca_file." in str(error)


def test_http_to_a_hub_that_speaks_https(secured):
    url = secured.hub.api_url.replace("https:", "http:")

    async def once():
        async with open_client(url, hub_context(None, None, None)) as client:
            await snapshot(client, "x")

    with pytest.raises(HubError) as caught:
        asyncio.run(once())
    assert caught.value.reason is Reason.CONNECT


def test_the_proxy_from_pypi_can_not_do_it():
    """Why there is no proxy here. Once this fails, the hub of these tests can have one."""
    command = [Path(sys.executable).with_name("configurable-http-proxy"), "--api-ssl-key", "key"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "NotImplementedError: --api-ssl-* is not supported yet" in done.stderr
