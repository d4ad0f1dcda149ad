"""The Grafana app's backend as a process, and calls to it as Grafana makes them."""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from app.backend.handshake import COOKIE, PROTOCOL
from app.backend.wire import pluginv2_pb2 as wire

GRAFANAS_OWN = {COOKIE[0]: COOKIE[1], "PLUGIN_PROTOCOL_VERSIONS": PROTOCOL}
"""What Grafana gives a backend, beside its section of grafana.ini."""

FormAndSecrets = tuple[Mapping[str, object], Mapping[str, str]]
_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Got:
    """An answer of a resource."""

    messages: Sequence[wire.CallResourceResponse]

    @property
    def status(self) -> int:
        """HTTP's."""
        return self.messages[0].code

    @property
    def headers(self) -> dict[str, list[str]]:
        """By name, as they were sent."""
        return {name: list(it.values) for name, it in self.messages[0].headers.items()}

    @property
    def body(self) -> bytes:
        """All parts."""
        return b"".join(message.body for message in self.messages)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    def json(self) -> Any:  # noqa: ANN401 - as of any JSON
        """Return the body's value."""
        return json.loads(self.body)


def context(
    settings: FormAndSecrets | None = None, role: str = "Admin", org: int = 1, updated: int = 1
) -> wire.PluginContext:
    """Return what Grafana sends along; with an empty ``role`` nobody asks."""
    made = wire.PluginContext(orgId=org)
    if role:
        made.user.role = role
    if settings:
        form, secrets = settings
        made.appInstanceSettings.jsonData = json.dumps(form).encode()
        made.appInstanceSettings.decryptedSecureJsonData.update(secrets)
        made.appInstanceSettings.lastUpdatedMS = updated
    return made


@dataclass(frozen=True, slots=True)
class Backend:
    """A running backend at an address of gRPC's; ``log`` is the file of its stderr."""

    process: "subprocess.Popen[bytes]"
    address: str
    log: Path
    channel: grpc.Channel = field(repr=False)

    def health(
        self,
        settings: FormAndSecrets | None = None,
        **who: Any,  # noqa: ANN401 - context's
    ) -> tuple[str, str, Any]:
        """Return status, message and details."""
        ask = self.channel.unary_unary(
            "/pluginv2.Diagnostics/CheckHealth",
            wire.CheckHealthRequest.SerializeToString,
            wire.CheckHealthResponse.FromString,
        )
        request = wire.CheckHealthRequest(pluginContext=context(settings, **who))
        found = ask(request, timeout=_SECONDS)
        status = wire.CheckHealthResponse.HealthStatus.Name(found.status)
        return status, found.message, json.loads(found.jsonDetails)

    def metrics(self) -> str:
        """Return what Grafana shows anybody."""
        ask = self.channel.unary_unary(
            "/pluginv2.Diagnostics/CollectMetrics",
            wire.CollectMetricsRequest.SerializeToString,
            wire.CollectMetricsResponse.FromString,
        )
        return ask(wire.CollectMetricsRequest(), timeout=_SECONDS).metrics.prometheus.decode()

    def resource(
        self,
        url: str,
        settings: FormAndSecrets | None = None,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        **who: Any,  # noqa: ANN401 - context's
    ) -> Got:
        """Return what a resource answers; ``url`` follows ``/resources/``, its path decoded."""
        ask = self.channel.unary_stream(
            "/pluginv2.Resource/CallResource",
            wire.CallResourceRequest.SerializeToString,
            wire.CallResourceResponse.FromString,
        )
        request = wire.CallResourceRequest(
            pluginContext=context(settings, **who),
            path=url.partition("?")[0],
            url=url,
            method=method,
            headers={k: wire.StringList(values=[v]) for k, v in (headers or {}).items()},
        )
        return Got(list(ask(request, timeout=_SECONDS)))


@contextmanager
def backend(program: Sequence[str], log: Path, **ini: str) -> Iterator[Backend]:
    """Start a backend as Grafana does, in an environment of its own; kill it in the end.

    ``ini`` is what the section of grafana.ini holds.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            program,
            env=GRAFANAS_OWN | {f"GF_PLUGIN_{key.upper()}": value for key, value in ini.items()},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
            # Ctrl-C is ours to handle.
            start_new_session=True,
        )
    try:
        assert process.stdout is not None  # noqa: S101 - for mypy
        line = process.stdout.readline().decode().strip()
        core, version, network, address, protocol = line.split("|")
        if (core, version, network, protocol) != ("1", "2", "unix", "grpc"):
            raise ValueError(f"no handshake: {line}")
        options = [("grpc.max_receive_message_length", -1)]
        with grpc.insecure_channel(f"unix:{address}", options) as channel:
            yield Backend(process, f"unix:{address}", log, channel)
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
