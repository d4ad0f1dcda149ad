"""The package in a hub's own environment, and with its core only: real pip, real environments."""

import hashlib
import os
import subprocess
import sys
from importlib.metadata import distributions
from zipfile import ZipFile

import click
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dashboards.cli import cli
from harness.processes import surroundings
from tests.support.paths import ROOT
from tests.support.requirements import PINNED, PROJECT, REPLACES_OTHERS

pytestmark = pytest.mark.slow

# The hub of the oldest release of Zero to JupyterHub that docs/how-to/install-exporter.md names,
# with what its image pins of what we need, too; and who stands on urllib3 there.
CHART = min(PINNED)
HUB = {
    "jupyterhub": "5.2.1",
    "jupyterhub-kubespawner": "7.0.0",
    "requests": "2.32.3",
    "urllib3": "2.3.0",
    **PINNED[CHART],
}
# What pip says where there is no index; anything else is a fault.
NO_INDEX = ("NewConnectionError", "ConnectTimeoutError", "from versions: none", "Read timed out")


def pip(python, *arguments):
    """Install into another environment; skip where no index can be reached, unless in CI."""
    command = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
    ended = subprocess.run(
        [*command, "install", "--quiet", "--no-compile", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if (
        ended.returncode
        and any(sign in ended.stderr for sign in NO_INDEX)
        and "CI" not in os.environ
    ):
        pytest.skip(f"pip reaches no index with the hub's packages: {ended.stderr.strip()[-200:]}")
    assert ended.returncode == 0, ended.stderr


class Environment:
    """A virtual environment: what lies in it, and what its programs say."""

    def __init__(self, folder):
        self.folder = folder
        self.python = folder / "bin/python"
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)

    @property
    def packages(self):
        (site,) = self.folder.glob("lib/python*/site-packages")
        return {canonicalize_name(it.name): it.version for it in distributions(path=[str(site)])}

    @property
    def files(self):
        return {
            str(path.relative_to(self.folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.folder.rglob("*")
            # Written by whoever imports first.
            if path.is_file() and "__pycache__" not in path.parts
        }

    def run(self, program, *arguments, **environment):
        return subprocess.run(
            [self.folder / "bin" / program, *arguments],
            capture_output=True,
            text=True,
            check=False,
            # Not this repository, whose packages have the same names.
            cwd=self.folder,
            env=surroundings(NO_COLOR="1", **environment),
        )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Return the package as pip installs it."""
    made = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*build, "--wheel-dir", made, ROOT], check=True)
    (file,) = made.glob("groupscope-*.whl")
    return file


def test_templates_style_sheets_and_scripts_come_along(wheel):
    with ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    files = {
        str(path.relative_to(ROOT))
        for folder in ("dashboards", "exporter")
        for path in ROOT.glob(f"{folder}/**/*.*")
        if path.suffix in {".css", ".html", ".js"}
    }
    assert files
    assert files <= inside


@pytest.fixture(scope="module")
def hub_environment(tmp_path_factory, wheel):
    """Return a hub's environment and what was in it before the package was installed there."""
    environment = Environment(tmp_path_factory.mktemp("installing") / "hub")
    pip(environment.python, *(f"{name}=={version}" for name, version in HUB.items()))
    before = environment.packages, environment.files
    pip(environment.python, str(wheel))
    return environment, *before


def test_nothing_of_the_hub_changes(hub_environment):
    environment, packages, files = hub_environment
    assert packages.items() >= HUB.items()
    now = environment.packages
    assert {name: now.get(name) for name in packages} == packages
    changed = environment.files
    assert {name for name, digest in files.items() if changed.get(name) != digest} == set()


def test_what_comes_with_the_package_is_little(hub_environment):
    environment, packages, _ = hub_environment
    added = environment.packages.keys() - packages.keys()
    assert added & REPLACES_OTHERS == set()
    assert added <= {
        *("anyio", "click", "groupscope", "h11", "httpcore", "httpx", "sniffio"),
        *("cachetools", "starlette", "uvicorn"),
    }


def test_every_module_of_the_exporter_can_be_imported(hub_environment):
    environment, *_ = hub_environment
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in ROOT.glob("exporter/**/*.py")
        if path.stem not in {"__init__", "__main__"}
    ]
    done = environment.run("python", "-W", "error", "-c", f"import {', '.join(sorted(modules))}")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.hub
def test_the_exporter_reads_a_real_hub(hub_environment, hub):
    """With the versions of Zero to JupyterHub's oldest image that is supported."""
    environment, *_ = hub_environment
    done = environment.run(
        "groupscope-exporter",
        *("check", "--hub-url", hub.api_url, "--namespace", "jhub"),
        GROUPSCOPE_HUB_TOKEN=hub.tokens["full"],
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("all is well\n")


@pytest.mark.parametrize(
    "command",
    [
        "python -m dashboards",
        "python -m dashboards --help",
        "groupscope-dashboards",
        "groupscope-dashboards lint --help",
        *(f"groupscope-dashboards {name}" for name in cli.list_commands(click.Context(cli))),
    ],
)
def test_without_its_extra_the_command_names_it(hub_environment, command):
    environment, *_ = hub_environment
    done = environment.run(*command.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "Error: This needs the extra dashboards of groupscope (grafanalib is not installed): "
        "pip install 'groupscope[dashboards]', or pip install '.[dashboards]' in a clone.\n"
    )


def test_the_version_needs_no_extra(hub_environment):
    environment, *_ = hub_environment
    for program in (["groupscope-dashboards"], ["groupscope-exporter"]):
        done = environment.run(*program, "--version")
        assert (done.returncode, done.stderr) == (0, "")
        assert PROJECT["project"]["version"] in done.stdout


def least(*extras):
    """Return ``["click==8.1", …]``: the core and these extras at the least that they declare."""
    texts = [*PROJECT["project"]["dependencies"]]
    for extra in extras:
        texts += PROJECT["project"]["optional-dependencies"][extra]
    found = []
    for requirement in map(Requirement, texts):
        (version,) = [it.version for it in requirement.specifier if it.operator == ">="]
        found.append(f"{requirement.name}=={version}")
    return found


@pytest.mark.hub
def test_the_least_versions_are_enough(tmp_path, wheel, hub):
    """A real hub is read, the boards are made, and a Grafana that is not there is asked for."""
    environment = Environment(tmp_path / "least")
    pip(environment.python, str(wheel), *least("dashboards"))
    done = environment.run(
        "groupscope-exporter",
        *("check", "--hub-url", hub.api_url, "--namespace", "jhub"),
        GROUPSCOPE_HUB_TOKEN=hub.tokens["full"],
    )
    assert (done.returncode, done.stderr) == (0, "")
    boards = ROOT / "provisioning/grafana/dashboards"
    done = environment.run("groupscope-dashboards", "build", "--output", tmp_path / "boards")
    assert (done.returncode, done.stderr) == (0, "")
    for file in (tmp_path / "boards").glob("*.json"):
        assert file.read_text("utf-8") == (boards / file.name).read_text("utf-8")
    done = environment.run("groupscope-dashboards", "lint", boards)
    assert done.returncode == 0, done.stdout
    # It is asked again, for which what waits between is made.
    nowhere = ("--url", "http://127.0.0.1:9", "--token", "abc", "--retries", "1")
    done = environment.run("groupscope-dashboards", "list", *nowhere)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "127.0.0.1:9" in done.stderr
