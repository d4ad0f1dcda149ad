"""How bad each rule is to a project: ``[tool.groupscope.lint.severity]`` in pyproject.toml."""

from collections.abc import Mapping
from pathlib import Path

from dashboards.lint.check import OFF, UNUSED
from dashboards.lint.model import Severity
from dashboards.lint.registry import rules
from exporter.text import did_you_mean
from exporter.toml_file import TomlFileError, read_toml

LEVELS = (*(severity.value for severity in Severity), OFF)


class ConfigError(Exception):
    """The settings are not ones; the text says which and what there is."""


def severities(folder: Path) -> dict[str, str]:
    """Return the levels that the nearest pyproject.toml sets, by rule. Raises ConfigError."""
    for place in (folder, *folder.parents):
        file = place / "pyproject.toml"
        if file.is_file():
            return _checked(_read(file), file)
    return {}


def _read(file: Path) -> Mapping[str, object]:
    try:
        whole = read_toml(file)
    except TomlFileError as error:
        raise ConfigError(str(error)) from error
    found: object = whole
    for key in ("tool", "groupscope", "lint", "severity"):
        found = found.get(key, {}) if isinstance(found, dict) else {}
    if not isinstance(found, dict):
        raise ConfigError(f"{file}: [tool.groupscope.lint.severity] has to be a table.")
    return found


def _checked(found: Mapping[str, object], file: Path) -> dict[str, str]:
    for name, level in found.items():
        known_rule(name, str(file))
        if level not in LEVELS:
            levels = ", ".join(LEVELS)
            raise ConfigError(f"{file}: {name} is {level!r}, which is none of {levels}.")
    return {name: str(level) for name, level in found.items()}


def known_rule(name: str, where: str) -> None:
    """Raise ConfigError if there is no rule of that name."""
    names = [*(rule.name for rule in rules()), UNUSED]
    if name not in names:
        raise ConfigError(f"{where}: there is no rule {name}. {did_you_mean(name, names)}")
