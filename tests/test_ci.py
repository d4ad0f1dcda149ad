"""The workflow, the pre-commit hook and the documented snippets are what they say."""

import json
import re
import shlex
from importlib.metadata import distribution
from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from dashboards.cli import cli
from tests.test_lint import RULES

ROOT = Path(__file__).parent.parent
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text("utf-8"))
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
PAGE = (ROOT / "docs/lint.md").read_text("utf-8")
SCRIPTS = (ROOT / "pyproject.toml").read_text("utf-8")


def _schema():
    """Return the schema of GitHub's workflows, which check-jsonschema ships."""
    package = distribution("check-jsonschema")
    (file,) = [f for f in package.files or () if str(f).endswith("vendor/github-workflows.json")]
    return json.loads(Path(package.locate_file(file)).read_text("utf-8"))


def test_the_workflow_is_one():
    # YAML 1.1 takes "on" for true.
    workflow = {"on" if key is True else key: value for key, value in WORKFLOW.items()}
    validator = jsonschema.Draft7Validator(_schema())
    assert [error.message for error in validator.iter_errors(workflow)] == []
    assert not validator.is_valid({**workflow, "jobs": {"test": {"steps": "none"}}})


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
