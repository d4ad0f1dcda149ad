"""Several Grafanas by name, from a file: ``groupscope.toml``.

::

    [targets.lab]
    url = "https://grafana.lab.example.org"
    token_file = "/run/secrets/lab"        # or token_env = "LAB_TOKEN"
    folder = "Hubs / Lab"
    datasource = "Prometheus"              # asked for recorded series

What a target does not set, the command's options decide.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from dashboards.catalog.builtin import COLLECTION
from exporter.text import did_you_mean
from exporter.toml_file import TomlFileError, read_toml

FILE_NAME = "groupscope.toml"


class TargetError(Exception):
    """The file of targets cannot be used, or has no such target; the text says which and why."""


@dataclass(frozen=True, slots=True)
class TargetConfig:
    """A Grafana as the file describes it; None is what the file leaves to the options.

    A token or a password is never in the file itself but in an environment variable
    (``token_env``, ``password_env``) or in a file of its own (``token_file``, ``password_file``).
    """

    name: str
    url: str
    token_env: str | None = None
    token_file: Path | None = None
    user: str | None = None
    password_env: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    proxy: str | None = None
    folder: str | None = None
    folder_uid: str | None = None
    datasource: str | None = None
    recorded: bool | None = None
    cluster_label: str | None = None
    boards: tuple[Path, ...] | None = None
    collection: str | None = None
    own_only: bool | None = None

    @property
    def directories(self) -> tuple[Path, ...] | None:
        """Return ``boards``, as the commands call them."""
        return self.boards

    def token(self, environment: Mapping[str, str] = os.environ) -> str | None:
        """Return the token, None if none is configured. Raises TargetError if it is missing."""
        return self._read_secret("token", self.token_env, self.token_file, environment)

    def password(self, environment: Mapping[str, str] = os.environ) -> str | None:
        """Return the password, None if none is configured. Raises TargetError if it is missing."""
        return self._read_secret("password", self.password_env, self.password_file, environment)

    def _read_secret(
        self, kind: str, variable: str | None, file: Path | None, environment: Mapping[str, str]
    ) -> str | None:
        if variable is not None:
            secret = environment.get(variable, "").strip()
            if not secret:
                raise TargetError(f"{self.name}: {variable} is not set; it must hold the {kind}.")
            return secret
        if file is None:
            return None
        try:
            secret = file.read_text("utf-8").strip()
        except OSError as error:
            raise TargetError(f"{self.name}: {file}: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise TargetError(f"{self.name}: {file} is not text.") from error
        if not secret:
            raise TargetError(f"{self.name}: {file} is empty; it must hold the {kind}.")
        return secret


_PATHS = frozenset({"token_file", "password_file", "ca_file"})
_KEYS = tuple(field.name for field in fields(TargetConfig) if field.name != "name")


def read(file: Path) -> dict[str, TargetConfig]:
    """Return the targets of a file by name. Paths in it are relative to it. Raises TargetError."""
    try:
        document = read_toml(file)
    except TomlFileError as error:
        raise TargetError(f"{error} It names Grafanas: docs/how-to/several-grafanas.md.") from error
    unknown = sorted(document.keys() - {"targets"})
    if unknown:
        raise TargetError(f"{file}: there is no {unknown[0]}; targets are [targets.NAME].")
    tables = document.get("targets")
    if not isinstance(tables, dict) or not tables:
        raise TargetError(f"{file} has no targets: [targets.NAME] with a url.")
    return {name: _parse_target(file, name, table) for name, table in tables.items()}


def choose(
    targets: Mapping[str, TargetConfig], names: Sequence[str], file: Path
) -> list[TargetConfig]:
    """Return the targets of these names; ``all`` is all of them. Raises TargetError."""
    if "all" in names:
        return list(targets.values())
    for name in names:
        if name not in targets:
            raise TargetError(f"{file} has no target {name}. {did_you_mean(name, targets)}")
    return [targets[name] for name in dict.fromkeys(names)]


def _parse_target(file: Path, name: str, table: object) -> TargetConfig:
    where = f"{file}: [targets.{name}]"
    if name == "all":
        raise TargetError(f"{where}: all means every target; give this one another name.")
    if not isinstance(table, dict):
        raise TargetError(f"{where} has to be a table.")
    values: dict[str, Any] = {}
    for key, value in table.items():
        values[key] = _parse_value(where, key, value, file.parent)
    if "url" not in values:
        raise TargetError(f"{where} has no url.")
    if "@" in values["url"].partition("://")[2].partition("/")[0]:
        raise TargetError(
            f"{where}: a password does not belong in this file. Write the url without it, and "
            "user and password_file, or password_env."
        )
    if values.get("collection") == COLLECTION:
        raise TargetError(f"{where}: the collection {COLLECTION} is groupscope's own.")
    for one, other in (
        ("token_env", "token_file"),
        ("password_env", "password_file"),
        ("folder", "folder_uid"),
    ):
        if one in values and other in values:
            raise TargetError(f"{where}: {one} or {other}, not both.")
    return TargetConfig(name=name, **values)


def _parse_value(where: str, key: str, value: object, folder: Path) -> object:
    if key in ("token", "password"):
        raise TargetError(
            f"{where}: a {key} does not belong in this file. Name the file that holds it, "
            f"{key}_file, or the environment variable, {key}_env."
        )
    if key not in _KEYS:
        raise TargetError(f"{where}: there is no setting {key}. {did_you_mean(key, _KEYS)}")
    if key in ("recorded", "own_only"):
        if not isinstance(value, bool):
            raise TargetError(f"{where}: {key} is true or false.")
        return value
    if key == "boards":
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise TargetError(f"{where}: boards is a list of directories.")
        return tuple(folder / one for one in value)
    if not isinstance(value, str) or not value.strip():
        raise TargetError(f"{where}: {key} has to be text.")
    return folder / value if key in _PATHS else value
