"""The Grafana app's backend as a process, and calls to it as Grafana makes them."""

import json
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import grpc

from exporter.plugin.wire import pluginv2_pb2 as wire

COOKIE = {"grafana_plugin_type": "datasource", "PLUGIN_PROTOCOL_VERSIONS": "2"}
PROGRAM = (sys.executable, "-m", "exporter.plugin")


def form(hub, token="full", **more):
    """Return what the app's form saves for a hub: jsonData and the secrets."""
    return {"hubUrl": hub.api_url, "namespace": "jhub", **more}, {"hubToken": hub.tokens[token]}


def context(settings=None, role="Admin", org=1, updated=1):
    """Return what Grafana sends along; without ``role`` nobody asks."""
    made = wire.PluginContext(orgId=org)
    if role:
        made.user.role = role
    if settings:
        json_data, secrets = settings
        made.appInstanceSettings.jsonData = json.dumps(json_data).encode()
        made.appInstanceSettings.decryptedSecureJsonData.update(secrets)
        made.appInstanceSettings.lastUpdatedMS = updated
    return made


class Got:
    """An answer of a resource."""

    def __init__(self, messages):
        self.messages = messages
        self.status = messages[0].code
        self.headers = {name: list(it.values) for name, it in messages[0].headers.items()}
        self.body = b"".join(message.body for message in messages)

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


class Backend:
    """A running backend; ``log`` is the file of its stderr."""

    def __init__(self, process, address, log):
        self.process = process
        self.address = address
        self.log = log
        self.channel = grpc.insecure_channel(address, [("grpc.max_receive_message_length", -1)])

    def call(self, service, method, request, answer):
        return self.channel.unary_unary(
            f"/{service}/{method}", type(request).SerializeToString, answer.FromString
        )(request, timeout=60)

    def health(self, settings=None, **who):
        request = wire.CheckHealthRequest(pluginContext=context(settings, **who))
        found = self.call("pluginv2.Diagnostics", "CheckHealth", request, wire.CheckHealthResponse)
        status = wire.CheckHealthResponse.HealthStatus.Name(found.status)
        return status, found.message, json.loads(found.jsonDetails)

    def metrics(self):
        request = wire.CollectMetricsRequest()
        answer = wire.CollectMetricsResponse
        found = self.call("pluginv2.Diagnostics", "CollectMetrics", request, answer)
        return found.metrics.prometheus.decode()

    def resource(self, url, settings=None, method="GET", headers=None, path=None, **who):
        request = wire.CallResourceRequest(
            pluginContext=context(settings, **who),
            path=url.partition("?")[0] if path is None else path,
            url=url,
            method=method,
            headers={k: wire.StringList(values=[v]) for k, v in (headers or {}).items()},
        )
        stream = self.channel.unary_stream(
            "/pluginv2.Resource/CallResource",
            wire.CallResourceRequest.SerializeToString,
            wire.CallResourceResponse.FromString,
        )
        return Got(list(stream(request, timeout=60)))

    def lines(self):
        """Return what it has logged: each line is JSON."""
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]


def environment(folder, **ini):
    """Return what Grafana gives the backend, with these keys of its section of grafana.ini."""
    given = {"state_folder": str(folder / "state"), **ini}
    return {**COOKIE, **{f"GF_PLUGIN_{key.upper()}": value for key, value in given.items()}}


@contextmanager
def running_backend(folder, program=PROGRAM, **ini):
    """Start the backend as Grafana does, with an environment of its own; kill it in the end."""
    log = Path(folder) / f"backend-{time.monotonic_ns()}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            program,
            env=environment(folder, **ini),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
        )
    try:
        line = process.stdout.readline().decode().strip()
        core, version, network, address, protocol = line.split("|")
        assert (core, version, network, protocol) == ("1", "2", "unix", "grpc")
        backend = Backend(process, f"unix:{address}", log)
        with backend.channel:
            yield backend
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
