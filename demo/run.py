"""Bring the demo up: its past, simulator, hub with its exporter, Prometheus, Grafana if any."""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import httpx

from dashboards.evaluate.errors import PrometheusError
from dashboards.evaluate.prometheus import Prometheus
from demo import grafana, history, recorded, state
from demo.errors import DemoError
from demo.people import PEOPLE
from demo.questions import Answer, ask, questions
from demo.world import World
from exporter.resending import Client
from harness.processes import LOOPBACK, Processes, answers, free_port
from harness.prometheus import start_prometheus

CONFIG = Path(__file__).with_name("jupyterhub_config.py")
PROMETHEUS_CONFIG = Path(__file__).with_name("prometheus.yml")
RULES = Path(__file__).parent.parent / "provisioning/prometheus/rules"

MARKER = ".groupscope-demo"
"""The file that says that a folder is a demo's, which the next demo may empty."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that is up: its world and where its parts answer."""

    world: World
    prometheus: str
    hub: str
    exporter: str
    grafana: dict[str, str] | None
    folder: Path
    check: Callable[[], None]
    """Raises DemoError when one of the programs has ended."""


@contextmanager
def running(folder: Path, days: int) -> Iterator[Demo]:
    """Bring everything up in an emptied folder; stop it all on leaving. Raises DemoError."""
    _require("prometheus")
    folder = folder.resolve()
    with _own(folder), _started(folder, days) as demo:
        yield demo


@contextmanager
def _own(folder: Path) -> Iterator[None]:
    """Empty a folder that is ours, or new, and hold it. Raises DemoError for any other."""
    folder.mkdir(parents=True, exist_ok=True)
    marker = folder / MARKER
    if any(folder.iterdir()) and not marker.exists():
        raise DemoError(f"{folder} holds other files. Name a new folder, or an empty one: --folder")
    with marker.open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError(
                f"A demo is running in {folder}. Stop it, or name another folder: --folder"
            ) from None
        for entry in folder.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry != marker:
                entry.unlink()
        yield


@contextmanager
def _started(folder: Path, days: int) -> Iterator[Demo]:
    # Whole minutes, as the history's samples are.
    now = time.time() // history.STEP * history.STEP
    world = state.write(folder / "world.json", now, days)
    data = folder / "prometheus"
    with _timed(f"History of {days} days, {len(PEOPLE)} people"), _bar() as progress:
        samples = history.write(world, data, progress)
    click.echo(f"  {samples / 1e6:.1f} million samples")
    with _timed("What Prometheus' rules would have recorded of it"), _bar() as progress:
        samples = recorded.write_until_now(world, data, progress)
    click.echo(f"  {samples / 1e6:.1f} million samples")
    names = ("simulator", "hub", "hub_api", "proxy", "exporter", "prometheus")
    preferred = (9400, 8000, 8081, 8001, 9098, 9090)
    ports = {name: free_port(port) for name, port in zip(names, preferred, strict=True)}
    for name, port in zip(names, preferred, strict=True):
        if ports[name] != port:
            click.echo(f"Port {port} is taken: {name.replace('_', ' ')} uses {ports[name]}")
    with Processes(folder) as processes:
        with _timed("Simulated cluster, JupyterHub with the exporter, Prometheus"):
            _simulator(processes, folder, ports["simulator"])
            _hub(processes, folder, ports)
            prometheus = _prometheus(processes, folder, data, ports)
            with Client(timeout=60, trust_env=False) as client:
                _until_scraped(processes, Prometheus(client, prometheus))
        login = grafana.start(processes, folder, prometheus)
        yield Demo(
            world=world,
            prometheus=prometheus,
            hub=f"http://{LOOPBACK}:{ports['hub']}",
            exporter=f"http://{LOOPBACK}:{ports['exporter']}/metrics",
            grafana=None if login is None else dict(login),
            folder=folder,
            check=processes.check,
        )


def answered(demo: Demo) -> list[Answer]:
    """Return both boards' answers to the three questions. Raises DemoError."""
    with Client(timeout=120, trust_env=False) as client:
        prometheus = Prometheus(client, demo.prometheus)
        try:
            return [ask(question, prometheus) for question in questions(demo.world)]
        except (PrometheusError, LookupError) as error:
            raise DemoError(f"The board has no answer: {error}") from error


def dashboards(*arguments: str, env: dict[str, str] | None = None) -> None:
    """Run ``python -m dashboards``, as a user would. Raises DemoError when it fails."""
    command = [sys.executable, "-m", "dashboards", *arguments]
    done = subprocess.run(command, env={**os.environ, **(env or {})}, check=False)
    if done.returncode:
        raise DemoError(f"`python -m dashboards {' '.join(arguments)}` failed.")


def _simulator(processes: Processes, folder: Path, port: int) -> None:
    world = str(folder / "world.json")
    command = [sys.executable, "-m", "demo", "simulator", "--world", world, "--port", str(port)]
    processes.start("simulator", command)
    url = f"http://{LOOPBACK}:{port}/node-exporter/metrics"
    processes.wait("simulator", lambda: answers(url))


def _hub(processes: Processes, folder: Path, ports: dict[str, int]) -> None:
    env = {
        "DEMO_FOLDER": str(folder),
        "DEMO_WORLD": str(folder / "world.json"),
        "DEMO_HUB_PORT": str(ports["hub"]),
        "DEMO_HUB_API_PORT": str(ports["hub_api"]),
        "DEMO_PROXY_PORT": str(ports["proxy"]),
        "DEMO_EXPORTER_PORT": str(ports["exporter"]),
    }
    processes.start("hub", [sys.executable, "-m", "jupyterhub", "--config", str(CONFIG)], env)
    hub = f"http://{LOOPBACK}:{ports['hub']}/hub/api/"
    processes.wait("hub", lambda: answers(hub), 90)
    exporter = f"http://{LOOPBACK}:{ports['exporter']}/metrics"
    processes.wait("hub", lambda: "jupyterhub_user_group_info{" in _text(exporter))


def _prometheus(processes: Processes, folder: Path, data: Path, ports: dict[str, int]) -> str:
    config = PROMETHEUS_CONFIG.read_text("utf-8")
    for name in ("simulator:9400", "exporter:9098", "prometheus:9090"):
        config = config.replace(name, f"{LOOPBACK}:{ports[name.partition(':')[0]]}")
    file = folder / "prometheus.yml"
    file.write_text(config, "utf-8")
    shutil.copytree(RULES, folder / "rules")
    return start_prometheus(processes, file, data, ports["prometheus"])


def _until_scraped(processes: Processes, prometheus: Prometheus) -> None:
    """Return when Prometheus has scraped every target, the exporter with its memberships."""
    jobs = len(PROMETHEUS_CONFIG.read_text("utf-8").split("- job_name:")) - 1

    def scraped() -> bool:
        up = prometheus.instant("count(up == 1)", None)
        live = prometheus.instant(
            "count(jupyterhub_groups_exporter_last_success_timestamp_seconds > 0)", None
        )
        return bool(up and live) and up[0].values[-1] == jobs

    processes.wait("prometheus", scraped, 120)


def _text(url: str) -> str:
    return httpx.get(url, timeout=5, trust_env=False).text


def _require(*programs: str) -> None:
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        raise DemoError(
            f"{' and '.join(missing)} cannot be found. Install Prometheus with the rights of an "
            "administrator: apt-get install prometheus"
        )


@contextmanager
def _timed(what: str) -> Iterator[None]:
    click.echo(f"{what} …")
    begin = time.monotonic()
    yield
    click.echo(f"  ready after {time.monotonic() - begin:.0f} s")


@contextmanager
def _bar() -> Iterator[Callable[[float], None]]:
    """Yield a function that moves a progress bar to a part of 1; on a terminal only."""
    steps = 100
    with click.progressbar(length=steps, label="  ", hidden=not sys.stdout.isatty()) as bar:
        yield lambda part: bar.update(int(part * steps) - bar.pos)
