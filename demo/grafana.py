"""A Grafana for the demo, where one can be had: yours, a program on the PATH, or a container."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import click

from demo.errors import DemoError
from harness.processes import LOOPBACK, Processes, answers, free_port

IMAGE = "grafana/grafana:12.4.0"
"""The image on whose variant with Ubuntu the Dockerfile makes its own."""

_PROVISIONING = Path("provisioning/grafana/datasources")


def start(processes: Processes, folder: Path, prometheus: str) -> Mapping[str, str] | None:
    """Return the environment for ``deploy`` to a Grafana with the demo's data, or None.

    At GRAFANA_URL it is the caller's, with the caller's login. One that is started here lets
    anybody on this machine look, and its admin has a random password that nobody is told.
    """
    if os.environ.get("GRAFANA_URL"):
        return {}
    program, engine = shutil.which("grafana"), _container_engine()
    if program is None and engine is None:
        return None
    click.echo("Grafana …")
    port = free_port(3000)
    url = f"http://{LOOPBACK}:{port}"
    password = secrets.token_urlsafe(24)
    provisioning = folder / "grafana-provisioning"
    shutil.copytree(_PROVISIONING, provisioning / "datasources", dirs_exist_ok=True)
    env = {
        "GF_SERVER_HTTP_ADDR": LOOPBACK,
        "GF_SERVER_HTTP_PORT": str(port),
        "GF_SECURITY_ADMIN_PASSWORD": password,
        "GF_AUTH_ANONYMOUS_ENABLED": "true",
        "GF_AUTH_ANONYMOUS_ORG_ROLE": "Viewer",
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
        "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
        "GF_PLUGINS_PREINSTALL_DISABLED": "true",
        "PROMETHEUS_URL": prometheus,
    }
    if program is not None:
        data = folder / "grafana"
        env |= {"GF_PATHS_DATA": str(data), "GF_PATHS_PROVISIONING": str(provisioning)}
        command = [program, "server", "--homepath", str(_home(Path(program)))]
        processes.start("grafana", command, env)
    elif engine is not None:
        flags = [flag for name in env for flag in ("--env", name)]
        mount = f"{provisioning}:/etc/grafana/provisioning:ro"
        command = [engine, "run", "--rm", "--init", "--network=host", "--volume", mount, *flags]
        processes.start("grafana", [*command, IMAGE], env)
    processes.wait("grafana", lambda: answers(f"{url}/api/health"), 180)
    return {"GRAFANA_URL": url, "GRAFANA_USER": "admin", "GRAFANA_PASSWORD": password}


def _home(program: Path) -> Path:
    """Return Grafana's home, where conf/defaults.ini is: GRAFANA_HOME, or where packages put it."""
    candidates = [Path("/usr/share/grafana"), program.resolve().parent.parent]
    if os.environ.get("GRAFANA_HOME"):
        candidates.insert(0, Path(os.environ["GRAFANA_HOME"]))
    for candidate in candidates:
        if (candidate / "conf/defaults.ini").exists():
            return candidate
    raise DemoError(
        f"{program} is Grafana, but its home (with conf/defaults.ini) is not where packages put "
        "it. Name it: GRAFANA_HOME=/path/to/grafana make demo"
    )


def _container_engine() -> str | None:
    """Return docker or podman if one of them can run containers."""
    for name in ("docker", "podman"):
        program = shutil.which(name)
        if program is None:
            continue
        reachable = subprocess.run([program, "info"], capture_output=True, check=False, timeout=30)
        if reachable.returncode == 0:
            return program
    return None
