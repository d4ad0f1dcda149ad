"""Real handshakes on loopback, with certificates of an authority as a hub's internal_ssl has it."""

import asyncio
import logging
import shutil
import ssl
import subprocess
import sys

import certipy
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from exporter.config.files import FileError
from exporter.web.tls import Listener, hub_context, listener_context
from tests.support.hub.misbehaving import Answer, misbehaving_hub

pytestmark = pytest.mark.slow

ALT_NAMES = ["DNS:localhost", "IP:127.0.0.1"]


class Pairs:
    """Certificates and keys by name, and the authorities that signed them."""

    def __init__(self, folder):
        store = certipy.Certipy(store_dir=str(folder))
        for authority in ("hub", "other"):
            store.create_ca(authority)
        store.create_signed_pair("server", "hub", alt_names=ALT_NAMES)
        store.create_signed_pair("renewed", "hub", alt_names=ALT_NAMES)
        store.create_signed_pair("elsewhere", "hub", alt_names=["DNS:elsewhere.test"])
        store.create_signed_pair("service", "hub", alt_names=ALT_NAMES)
        store.create_signed_pair("stranger", "other", alt_names=ALT_NAMES)
        self.folder = folder

    def cert(self, name):
        return self.folder / name / f"{name}.crt"

    def key(self, name):
        return self.folder / name / f"{name}.key"

    def serial(self, name):
        return x509.load_pem_x509_certificate(self.cert(name).read_bytes()).serial_number


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return Pairs(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def live(pairs, tmp_path):
    """Files of a pair that can be replaced."""
    cert, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    put(pairs, "server", cert, key)
    return cert, key


def put(pairs, name, cert, key):
    shutil.copy(pairs.cert(name), cert)
    shutil.copy(pairs.key(name), key)


def hub_side(pairs, name="server", *, asks=False):
    """Return how a hub with that pair serves; ``asks``: for a certificate, as internal_ssl does."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=pairs.cert("hub"))
    context.load_cert_chain(pairs.cert(name), pairs.key(name))
    if asks:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def ask(server, client):
    """Return what a hub with the one context answers to a client with the other."""

    async def once():
        with misbehaving_hub(server, user=Answer({"name": "x"})) as (url, _):
            async with httpx.AsyncClient(verify=client, trust_env=False) as http:
                return (await http.get(f"{url}/user")).json()

    return asyncio.run(once())


def refused(server, client):
    # A refused client hears of it only after its handshake (TLS 1.3); httpx passes that on raw.
    with pytest.raises((httpx.TransportError, ssl.SSLError)) as caught:
        ask(server, client)
    return str(caught.value)


def message(call, *arguments):
    with pytest.raises(FileError) as caught:
        call(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_own_authority(pairs):
    assert ask(hub_side(pairs), hub_context(pairs.cert("hub"), None, None)) == {"name": "x"}
    assert "certificate verify failed" in refused(
        hub_side(pairs), hub_context(pairs.cert("other"), None, None)
    )
    assert "certificate verify failed" in refused(hub_side(pairs), hub_context(None, None, None))


def test_the_name_is_checked(pairs):
    context = hub_context(pairs.cert("hub"), None, None)
    assert "IP address mismatch" in refused(hub_side(pairs, "elsewhere"), context)


def test_several_authorities_and_remarks_in_one_file(pairs, tmp_path):
    both = tmp_path / "both.pem"
    parts = [pairs.cert(name).read_text() for name in ("other", "hub")]
    both.write_text("# Behörde\n".join(["", *parts]))
    assert ask(hub_side(pairs), hub_context(both, None, None)) == {"name": "x"}


def test_variables_name_the_system_s_authorities_only_without_an_own_one(pairs, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(pairs.cert("hub")))
    assert ask(hub_side(pairs), hub_context(None, None, None)) == {"name": "x"}
    assert "certificate verify failed" in refused(
        hub_side(pairs), hub_context(pairs.cert("other"), None, None)
    )


def test_a_hub_that_asks_for_a_certificate(pairs, tmp_path):
    server = hub_side(pairs, asks=True)
    authority, pair = pairs.cert("hub"), (pairs.cert("service"), pairs.key("service"))
    assert ask(server, hub_context(authority, *pair)) == {"name": "x"}
    one = tmp_path / "pair.pem"
    one.write_text(pair[1].read_text() + pair[0].read_text())
    assert ask(server, hub_context(authority, one, None)) == {"name": "x"}
    refused(server, hub_context(authority, None, None))
    stranger = hub_context(authority, pairs.cert("stranger"), pairs.key("stranger"))
    refused(server, stranger)


def test_certificates_of_internal_ssl_pass_the_strict_check(pairs):
    # The default of ssl.create_default_context from Python 3.13 on.
    context = hub_context(pairs.cert("hub"), pairs.cert("service"), pairs.key("service"))
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    assert ask(hub_side(pairs, asks=True), context) == {"name": "x"}


def test_a_key_without_its_certificate(pairs):
    assert message(hub_context, None, None, pairs.key("service")) == (
        "hub_key_file is set, so hub_cert_file has to be, too."
    )


def test_authority_files_that_will_not_do(pairs, tmp_path):
    path = tmp_path / "ca.pem"
    assert "No such file" in message(hub_context, path, None, None)
    for content in ("", "no PEM", pairs.key("hub").read_text()):
        path.write_text(content)
        assert message(hub_context, path, None, None) == (
            f"The file {path} holds no certificate in PEM form: convert it or name another."
        )
    whole = pairs.cert("hub").read_text()
    for content in (whole[: len(whole) // 2], whole.replace("M", "é", 3), whole + whole[:300]):
        path.write_text(content)
        assert message(hub_context, path, None, None) == (
            f"The certificates in {path} can't be used: the content is damaged. Write the file "
            "again."
        )


@pytest.fixture(params=["client", "server"])
def load(request):
    """Load a pair of files on either side."""
    if request.param == "client":
        return lambda cert, key: hub_context(None, cert, key)
    return listener_context


def test_pairs_that_will_not_do(pairs, live, load):
    cert, key = live
    load(cert, key)
    shutil.copy(pairs.key("renewed"), key)
    assert message(load, cert, key) == (
        f"The certificate and key in {cert} and {key} can't be used: the key belongs to another "
        "certificate. Write them again, both from one issue."
    )
    text = pairs.key("server").read_text()
    key.write_text(text[: len(text) // 2])
    assert "can't be used: the content is damaged." in message(load, cert, key)
    key.write_text("")
    assert message(load, cert, key) == (
        f"The file {key} holds no private key in PEM form: convert it or name another."
    )
    key.unlink()
    assert message(load, cert, key).startswith(f"The file {key} can't be read (No such file")
    put(pairs, "server", cert, key)
    text = cert.read_text()
    cert.write_text(text[: len(text) // 2])
    assert "can't be used: the content is damaged." in message(load, cert, key)
    cert.write_bytes(ssl.PEM_cert_to_DER_cert(text))
    assert "holds no certificate in PEM form" in message(load, cert, key)
    assert message(load, key, cert).startswith(f"The file {key} holds no certificate")
    cert.write_text(text)
    assert message(load, cert, None).startswith(f"The file {cert} holds no private key")


@pytest.mark.parametrize("form", ["PKCS8", "TraditionalOpenSSL"])
def test_encrypted_keys_are_refused_and_nobody_is_asked(pairs, live, form):
    cert, key = live
    plain = serialization.load_pem_private_key(key.read_bytes(), None)
    key.write_bytes(
        plain.private_bytes(
            serialization.Encoding.PEM,
            getattr(serialization.PrivateFormat, form),
            serialization.BestAvailableEncryption(b"pass"),
        )
    )
    said = (
        f"The key in {key} is encrypted: store it without a passphrase, readable to the "
        "exporter only."
    )
    assert message(listener_context, cert, key) == said
    assert message(hub_context, None, cert, key) == said
    # OpenSSL's own question would be on stderr, or stdout.
    program = (
        "import sys; from pathlib import Path; from exporter.web.tls import Listener\n"
        "try: Listener(*map(Path, sys.argv[1:]))\n"
        "except Exception as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, cert, key],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        start_new_session=True,
    )
    assert (done.stdout, done.stderr) == (said + "\n", "")


def served(context, pairs, version=None):
    """Return the serial number and the TLS version that a new connection meets."""

    async def once():
        server = await asyncio.start_server(
            lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context
        )
        async with server:
            port = server.sockets[0].getsockname()[1]
            client = hub_context(pairs.cert("hub"), None, None)
            if version:
                client.minimum_version = client.maximum_version = version
                client.set_ciphers("DEFAULT:@SECLEVEL=0")
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client)
            tls = writer.get_extra_info("ssl_object")
            found = tls.getpeercert(binary_form=True), tls.version()
            writer.close()
            return found

    certificate, spoken = asyncio.run(once())
    return x509.load_der_x509_certificate(certificate).serial_number, spoken


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_versions(pairs, live):
    context = Listener(*live).context
    serial = pairs.serial("server")
    assert served(context, pairs) == (serial, "TLSv1.3")
    assert served(context, pairs, ssl.TLSVersion.TLSv1_2) == (serial, "TLSv1.2")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        served(context, pairs, ssl.TLSVersion.TLSv1_1)
    # It was the server that refused: one that speaks it is understood.
    old = listener_context(*live)
    old.minimum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    assert served(old, pairs, ssl.TLSVersion.TLSv1_1) == (serial, "TLSv1.1")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_renewed_pair_is_served(pairs, live, version, caplog):
    caplog.set_level(logging.INFO)
    listener = Listener(*live)
    assert [listener.renew(), listener.renew()] == [False, False]
    assert served(listener.context, pairs, version)[0] == pairs.serial("server")
    put(pairs, "renewed", *live)
    assert served(listener.context, pairs, version)[0] == pairs.serial("server")
    assert [listener.renew(), listener.renew()] == [True, False]
    assert served(listener.context, pairs, version)[0] == pairs.serial("renewed")
    assert caplog.messages == [f"Serving with the renewed certificate {live[0]}."]


def test_the_old_pair_serves_while_the_new_one_is_half_there(pairs, live, caplog):
    caplog.set_level(logging.INFO)
    cert, key = live
    listener = Listener(cert, key)
    steps = [
        lambda: shutil.copy(pairs.cert("renewed"), cert),
        lambda: key.write_text(""),
        lambda: key.write_text(pairs.key("renewed").read_text()[:300]),
        key.unlink,
    ]
    for step in steps:
        step()
        assert [listener.renew(), listener.renew()] == [False, False]
        assert served(listener.context, pairs)[0] == pairs.serial("server")
    shutil.copy(pairs.key("renewed"), key)
    assert listener.renew()
    assert served(listener.context, pairs)[0] == pairs.serial("renewed")
    levels = [each.levelname for each in caplog.records]
    assert levels == ["ERROR"] * len(steps) + ["INFO", "INFO"]
    assert caplog.messages[0] == (
        "The renewed certificate is not used, the old one is. The certificate and key in "
        f"{cert} and {key} can't be used: the key belongs to another certificate. Write them "
        "again, both from one issue."
    )


def test_an_attempt_that_is_taken_back(pairs, live, caplog):
    caplog.set_level(logging.INFO)
    listener = Listener(*live)
    shutil.copy(pairs.key("renewed"), live[1])
    assert not listener.renew()
    shutil.copy(pairs.key("server"), live[1])
    assert not listener.renew()
    assert served(listener.context, pairs)[0] == pairs.serial("server")
    assert caplog.messages[1:] == ["The files of the certificate are right again."]


def test_connections_that_are_open_stay_so(pairs, live):
    async def across():
        async def echo(reader, writer):
            while line := await reader.readline():
                writer.write(line)
            writer.close()

        listener = Listener(*live)
        client = hub_context(pairs.cert("hub"), None, None)
        server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=listener.context)
        async with server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client)
            writer.write(b"before\n")
            lines = [await reader.readline()]
            put(pairs, "renewed", *live)
            listener.renew()
            writer.write(b"after\n")
            lines.append(await reader.readline())
            writer.close()
            return lines

    assert asyncio.run(across()) == [b"before\n", b"after\n"]


def test_a_bad_pair_at_the_start(live):
    live[1].write_text("")
    assert "holds no private key" in message(Listener, *live)
