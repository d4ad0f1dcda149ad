"""The process: a gRPC server on a socket of its own, until Grafana ends it or is gone."""

import asyncio
import logging
import os
import signal
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as grpc_health

from app.backend import handshake
from app.backend.instances import Instances
from app.backend.services import Services
from app.backend.settings import GrafanaIni
from app.backend.snapshots import SnapshotDirectory
from exporter.refresh import tune_gc

_log = logging.getLogger(__name__)

_HEALTH_NAME = "plugin"
_LOOK_FOR_GRAFANA_SECONDS = 0.5
_GRACE_SECONDS = 1.0


async def serve(ini: GrafanaIni, environ: Mapping[str, str]) -> int:
    """Serve until told to end, or Grafana is gone; return the exit code.

    Tells where on stdout, in one line. A fault in what reads a hub ends the process, so that
    Grafana starts it anew: one that answers but never reads would go stale unseen.
    """
    tune_gc()
    ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def end(code: int = 0) -> None:
        if not ended.done():
            ended.set_result(code)

    def fault(error: BaseException) -> None:
        _log.error("The reading of a hub ended by a fault.", exc_info=error)
        end(1)

    instances = Instances(ini, SnapshotDirectory(ini.state_folder), fault)
    # The folder is open to this user only, which a port would not be.
    with tempfile.TemporaryDirectory(
        prefix="groupscope-", dir=environ.get("PLUGIN_UNIX_SOCKET_DIR")
    ) as folder:
        socket = Path(folder) / "grpc"
        listening = await _listen(socket, Services(instances, end))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end)
        # Ctrl-C reaches Grafana, too, which then asks us to end.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        watch = asyncio.create_task(_end_with(os.getppid(), end))
        instances.start()
        print(handshake.line(socket), flush=True)  # noqa: T201 - the handshake
        code = await ended
        watch.cancel()
        await listening.stop(_GRACE_SECONDS)
        await instances.close()
    return code


async def _listen(socket: Path, services: Services) -> grpc.aio.Server:
    listening = grpc.aio.server()
    listening.add_generic_rpc_handlers(services.handlers())
    health = grpc_health.HealthServicer()
    await health.set(_HEALTH_NAME, health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(health, listening)
    listening.add_insecure_port(f"unix:{socket}")
    await listening.start()
    return listening


async def _end_with(grafana: int, end: Callable[[], None]) -> None:
    """End when the process that started us is gone, however it went."""
    while True:
        await asyncio.sleep(_LOOK_FOR_GRAFANA_SECONDS)
        if os.getppid() != grafana:
            _log.warning("Grafana is gone: ending.")
            return end()
