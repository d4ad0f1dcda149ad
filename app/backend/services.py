"""The services that Grafana calls, as gRPC handlers."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import grpc
from prometheus_client import generate_latest

from app.backend import health, resources
from app.backend.instances import Instance, Instances
from app.backend.resource_calls import ResourceRequest
from app.backend.settings import InstanceSettings
from app.backend.wire import pluginv2_pb2 as wire
from exporter.core.self_metrics import SelfMetrics

_Context = grpc.aio.ServicerContext[Any, Any]


class Services:
    """``Diagnostics`` and ``Resource`` over the instances; ``shut_down`` is called to end."""

    def __init__(self, instances: Instances, shut_down: Callable[[], None]) -> None:
        self._instances = instances
        self._shut_down = shut_down

    def handlers(self) -> tuple[grpc.GenericRpcHandler, ...]:
        """Return what to add to a server."""
        return tuple(
            grpc.method_handlers_generic_handler(name, methods)
            for name, methods in self._methods().items()
        )

    def _methods(self) -> Mapping[str, dict[str, "grpc.RpcMethodHandler[Any, Any]"]]:
        return {
            "pluginv2.Diagnostics": {
                "CheckHealth": grpc.unary_unary_rpc_method_handler(
                    self.check_health,
                    wire.CheckHealthRequest.FromString,
                    wire.CheckHealthResponse.SerializeToString,
                ),
                "CollectMetrics": grpc.unary_unary_rpc_method_handler(
                    self.collect_metrics,
                    wire.CollectMetricsRequest.FromString,
                    wire.CollectMetricsResponse.SerializeToString,
                ),
            },
            "pluginv2.Resource": {
                "CallResource": grpc.unary_stream_rpc_method_handler(
                    self.call_resource,
                    wire.CallResourceRequest.FromString,
                    wire.CallResourceResponse.SerializeToString,
                ),
            },
            # go-plugin's own: its request and answer have no fields.
            "plugin.GRPCController": {
                "Shutdown": grpc.unary_unary_rpc_method_handler(self.end),
            },
        }

    async def check_health(
        self, request: wire.CheckHealthRequest, _: _Context
    ) -> wire.CheckHealthResponse:
        """Say whether the hub can be read with the settings that come along."""
        found = await health.check(self._instance(request.pluginContext))
        status = wire.CheckHealthResponse.OK if found.ok else wire.CheckHealthResponse.ERROR
        return wire.CheckHealthResponse(
            status=status, message=found.message, jsonDetails=json.dumps(found.details).encode()
        )

    async def collect_metrics(
        self, _: wire.CollectMetricsRequest, __: _Context
    ) -> wire.CollectMetricsResponse:
        """Return the series that name no user: Grafana shows them to anybody."""
        instance = self._instances.first()
        if instance is None or instance.session is None:
            return wire.CollectMetricsResponse()
        served = instance.session.served
        groups = "".join(served.text.group_lines()).encode() if served.text else b""
        own = generate_latest(SelfMetrics(served.status))
        payload = wire.CollectMetricsResponse.Payload(prometheus=groups + own)
        return wire.CollectMetricsResponse(metrics=payload)

    async def call_resource(
        self, request: wire.CallResourceRequest, _: _Context
    ) -> AsyncIterator[wire.CallResourceResponse]:
        """Answer part by part; between two parts others have their turn."""
        instance = self._instance(request.pluginContext)
        answer = await resources.answer(ResourceRequest.of(request), instance)
        headers = {name: wire.StringList(values=[text]) for name, text in answer.headers.items()}
        parts = iter(answer.parts)
        first = next(parts, b"")
        yield wire.CallResourceResponse(code=int(answer.status), headers=headers, body=first)
        for part in parts:
            yield wire.CallResourceResponse(body=part)

    async def end(self, _: bytes, __: _Context) -> bytes:
        """End the process, as Grafana asks before it ends itself."""
        self._shut_down()
        return b""

    def _instance(self, context: wire.PluginContext) -> Instance:
        settings = context.appInstanceSettings
        secrets = tuple(sorted(settings.decryptedSecureJsonData.items()))
        return self._instances.of(
            context.orgId, InstanceSettings(settings.jsonData, secrets), settings.lastUpdatedMS
        )
