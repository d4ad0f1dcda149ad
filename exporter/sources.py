"""Where settings come from: flag, variable, file, the hub's own variables, default."""

import difflib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exporter import parsers
from exporter.settings import SETTINGS, Settings, SettingsError, flag, variable

POD_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


@dataclass(frozen=True, slots=True)
class _Layer:
    """Texts by setting, and what to call a setting's place in a message."""

    texts: Mapping[str, str]
    place: Callable[[str], str]


def load(
    flags: Mapping[str, str], environ: Mapping[str, str], pod_namespace: Path = POD_NAMESPACE
) -> Settings:
    """Return the settings; raise ``SettingsError`` with one sentence that says what to set.

    ``flags`` are texts by the settings' names. A flag wins over its variable ``GROUPSCOPE_…``,
    then come the file, the variables that JupyterHub sets for a service, and the default. An
    empty variable counts as not set. The token comes from the first of these that names it,
    as a text or as a file.
    """
    _refuse_proxied(environ)
    layers = [
        _Layer(flags, flag),
        _Layer({n: environ[variable(n)] for n in SETTINGS if environ.get(variable(n))}, variable),
    ]
    config = _first(layers, "config")
    if config:
        layers.append(_file_layer(Path(config[1])))
    layers.append(_hub_layer(environ))
    layers.append(_Layer({n: s.default for n, s in SETTINGS.items() if s.default}, flag))
    token_layer = _token_layer(layers)
    values: dict[str, Any] = {}
    for name in SETTINGS:
        found = _first([token_layer] if name.startswith("hub_token") else layers, name)
        values[name] = _parsed(name, *found) if found else None
    values["namespace"] = values["namespace"] or _read_namespace(pod_namespace)
    if not values["hub_url"]:
        raise SettingsError(
            f"The URL of the hub's API is not set: give {flag('hub_url')} or "
            f"{variable('hub_url')}, for example http://127.0.0.1:8081/hub/api."
        )
    return Settings(**values)


def _refuse_proxied(environ: Mapping[str, str]) -> None:
    # The hub sets JUPYTERHUB_SERVICE_URL for a service without a `url` too; the prefix it does not.
    name = "JUPYTERHUB_SERVICE_PREFIX"
    if environ.get(name):
        raise SettingsError(
            f"{name} is set, so this service has a `url` in the hub's configuration, and "
            "anybody who can reach the hub could read every username through its proxy: "
            "remove `url` from the service and let Prometheus scrape the exporter's own "
            f"{flag('host')} and {flag('port')}. (In a terminal of a user's server the variable "
            "is set, too: unset it there.)"
        )


def _first(layers: list[_Layer], name: str) -> tuple[str, str] | None:
    """Return the place and the text of the setting's first mention."""
    for layer in layers:
        if name in layer.texts:
            return layer.place(name), layer.texts[name]
    return None


def _parsed(name: str, place: str, text: str) -> object:
    try:
        return SETTINGS[name].parse(text)
    except ValueError as error:
        # What is wrong with a token, or a URL with a password in it, is said without it.
        secret = name == "hub_token" or (name == "hub_url" and {"@", "?"} & set(text))
        shown = "" if secret else f" {text!r}"
        raise SettingsError(f"{place}{shown} {error}.") from None


def _file_layer(path: Path) -> _Layer:
    def place(name: str) -> str:
        return f"{name} in {path}"

    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The configuration file can't be read: {error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The configuration file {path} is not TOML: {error}.") from None
    known = [name for name, setting in SETTINGS.items() if setting.in_file]
    for key in table:
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else f". There are: {', '.join(known)}."
            raise SettingsError(f"{path} has a key that is no setting: {key}{hint}")
    return _Layer({key: _as_text(place(key), value) for key, value in table.items()}, place)


def _as_text(place: str, value: object) -> str:
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return ",".join(value)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    raise SettingsError(f"{place} is not a text or a number.")


def _hub_layer(environ: Mapping[str, str]) -> _Layer:
    names = {name: s.hub_variable for name, s in SETTINGS.items() if s.hub_variable}
    return _Layer({n: environ[v] for n, v in names.items() if environ.get(v)}, names.__getitem__)


def _token_layer(layers: list[_Layer]) -> _Layer:
    """Return the token's text, read from its file if that is what the first layer names."""
    for layer in layers:
        token, path = layer.texts.get("hub_token"), layer.texts.get("hub_token_file")
        if token and path:
            raise SettingsError(
                f"{layer.place('hub_token')} and {layer.place('hub_token_file')} are both set: "
                "keep one."
            )
        if path:
            return _token_file_layer(path, layer)
        if token is not None:
            return _Layer({"hub_token": token}, layer.place)
    raise SettingsError(
        f"The hub's token is not set: give {variable('hub_token')} or {flag('hub_token_file')}, "
        "with the api_token of the exporter's service in the hub's configuration."
    )


def _token_file_layer(path: str, named_by: _Layer) -> _Layer:
    try:
        token = Path(path).read_text("utf-8")
    except UnicodeDecodeError:
        raise SettingsError(f"The token file {path} is not text.") from None
    except OSError as error:
        raise SettingsError(f"The token file can't be read: {error}.") from None
    places = {
        "hub_token": f"The content of {path}",
        "hub_token_file": named_by.place("hub_token_file"),
    }
    return _Layer({"hub_token": token, "hub_token_file": path}, places.__getitem__)


def _read_namespace(path: Path) -> str:
    try:
        return parsers.text(path.read_text("utf-8").strip())
    except (OSError, ValueError):
        raise SettingsError(
            f"The namespace is not set, and this is no Kubernetes pod: give {flag('namespace')} "
            f"or {variable('namespace')}, the namespace in which the users' pods run."
        ) from None
