"""The workflow, the pre-commit hook and the documented snippets are what they say."""

import json
import os
import re
import shlex
import subprocess
from importlib.metadata import distribution
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from dashboards.cli import cli
from dashboards.lint.registry import rules
from tests.support.paths import ROOT

WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
PAGE = (ROOT / "docs/how-to/lint.md").read_text("utf-8")
RULES = {rule.name: rule for rule in rules()}
SCRIPTS = (ROOT / "pyproject.toml").read_text("utf-8")


def _schema():
    """Return the schema of GitHub's workflows, which check-jsonschema ships."""
    package = distribution("check-jsonschema")
    (file,) = [f for f in package.files or () if str(f).endswith("vendor/github-workflows.json")]
    return json.loads(Path(package.locate_file(file)).read_text("utf-8"))


@pytest.mark.slow
def test_the_workflow_is_one():
    # YAML 1.1 takes "on" for true.
    workflow = {"on" if key is True else key: value for key, value in WORKFLOW.items()}
    import jsonschema  # takes a second or two

    validator = jsonschema.Draft7Validator(_schema())
    assert [error.message for error in validator.iter_errors(workflow)] == []
    assert not validator.is_valid({**workflow, "jobs": {"test": {"steps": "none"}}})


@pytest.mark.slow
def test_the_workflow_lints_builds_and_tests():
    runs = [step["run"] for step in WORKFLOW["jobs"]["test"]["steps"] if "run" in step]
    assert runs[-1] == "make test"
    for line in runs:
        program, *arguments = shlex.split(line)
        if program == "make":
            makefile = (ROOT / "Makefile").read_text("utf-8")
            assert re.search(rf"^{arguments[0]}:", makefile, re.MULTILINE)
        else:
            assert [program, *arguments[:2]] == [".venv/bin/python", "-m", "dashboards"]
            assert CliRunner().invoke(cli, arguments[2:]).exit_code == 0, line


TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("target", TARGETS)
def test_the_python_that_is_named_makes_the_environment_and_nothing_else(target):
    """Of a clean clone, where .venv is still to be made."""
    said = subprocess.run(
        ["make", "--dry-run", "--what-if=requirements-dev.lock", target, "PYTHON=/named/python"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    named = [number for number, line in enumerate(said) if "/named/python" in line]
    made = [number for number, line in enumerate(said) if "-m venv .venv" in line]
    installed = [number for number, line in enumerate(said) if "-m pip install" in line]
    used = [n for n, line in enumerate(said) if re.search(r"\.venv/bin|scripts/", line)]
    if made:
        assert named[-1] == made[0] < min(installed)
        assert not [n for n in used if n > made[0] and "/named/python" in said[n]]
    else:
        # No Python at all, but what is in .venv or what uv brings.
        assert not named


def test_make_hands_the_named_python_on_to_nobody(tmp_path):
    """Neither from its command line nor from the environment: scripts would take it for theirs."""
    rule = tmp_path / "more.mk"
    rule.write_text('include Makefile\nshow:\n\t@echo "python=$$PYTHON"\n')
    # The suite itself may run below make, which would say so in the output.
    outside = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    for variable, argument in ((None, "PYTHON=/named/python"), ("/named/python", "-s")):
        done = subprocess.run(
            ["make", "--file", rule, "show", argument],
            cwd=ROOT,
            env={**outside, **({"PYTHON": variable} if variable else {})},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == "python=\n"


def test_a_build_of_the_app_removes_nothing_of_the_last_one():
    """Only scripts/assemble-app does, when it has another."""
    recipe = (ROOT / "Makefile").read_text("utf-8").partition("\nplugin:")[2].partition("\n\n")[0]
    assert re.findall(r"rm -\w+ (\S+)", recipe) == ["build/app"]
    assert recipe.rstrip().endswith(" dist")


def test_ci_makes_every_target_from_a_clean_clone():
    job = WORKFLOW["jobs"]["targets"]
    assert {"run": "make ${{ matrix.target }} PYTHON=python3"} in job["steps"]
    tried = set(job["strategy"]["matrix"]["target"])
    # What the workflow says of the others.
    assert tried | {"test", "demo", "gallery", "bench", "lock"} == set(TARGETS)


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_runs_a_command_that_is_installed(hook, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    program, *arguments = shlex.split(hook["entry"])
    assert re.search(rf"^{program} = \"dashboards.__main__:main\"", SCRIPTS, re.MULTILINE)
    for kind, code in (("good", 0), ("bad", 1)):
        file = tmp_path / "board.json"
        file.write_text(json.dumps(getattr(RULES["promql-parses"], kind).board))
        assert CliRunner().invoke(cli, [*arguments, str(file)]).exit_code == code


def test_the_snippets_name_what_there_is():
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    hooks, steps = (yaml.safe_load(block) for block in blocks)
    assert hooks["repos"][0]["hooks"][0]["id"] in [hook["id"] for hook in HOOKS]
    program, command, *_ = shlex.split(steps[-1]["run"])
    assert f"\n{program} =" in SCRIPTS
    assert cli.get_command(None, command) is not None
