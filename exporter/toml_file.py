"""Configuration files in TOML."""

import tomllib
from pathlib import Path
from typing import Any


class TomlFileError(ValueError):
    """A file that cannot be read, or is not TOML; the message names it and says why."""


def read_toml(file: Path) -> dict[str, Any]:
    """Return what a file holds. Raises TomlFileError."""
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise TomlFileError(f"{file} can't be read ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TomlFileError(f"{file} is not TOML: {error}.") from error
