"""Where settings come from: flag, variable, file, the hub's own variables, default."""

import difflib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exporter import parsers
from exporter.settings import SETTINGS, Settings, SettingsError, flag, variable

_OF_A_SERVICE = {"JUPYTERHUB_SERVICE_URL", "JUPYTERHUB_SERVICE_PREFIX"}
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
        # A list that is not given is empty.
        values[name] = _parsed(name, *found) if found else SETTINGS[name].unset
    values["namespace"] = values["namespace"] or _read_namespace(pod_namespace)
    if not values["hub_url"]:
        raise SettingsError(
            f"The URL of the hub's API is not set: give {flag('hub_url')} or "
            f"{variable('hub_url')}, for example http://127.0.0.1:8081/hub/api."
        )
    settings = Settings(**values)
    _refuse_contradictions(settings)
    return settings


def _refuse_contradictions(settings: Settings) -> None:
    """Raise ``SettingsError`` if settings that are fine by themselves are not so together."""
    access, names = settings.access, flag("auth")
    choices = (
        f"{flag('auth_token_file')} FILE for those who send a bearer token of that file, "
        f"{names} hub for JupyterHub tokens with the scope {settings.auth_scope}"
    )
    if access is None:
        raise SettingsError(
            f"{settings.host} is not a loopback address, and the page holds usernames. Choose who "
            f"may read it: {choices}, or {names} none if only Prometheus can reach that address."
        )
    if access == "none" and settings.prefix:
        raise SettingsError(
            f"{names} none, but the hub's proxy passes {settings.prefix} on for anybody who can "
            f"reach the hub. Choose: {choices}; or remove `url` from the service in the hub's "
            "configuration."
        )
    if access == "token" and not settings.auth_token_file:
        raise SettingsError(f"{names} token needs {flag('auth_token_file')} FILE.")
    if access != "token" and settings.auth_token_file:
        raise SettingsError(
            f"{flag('auth_token_file')} has no effect with {names} {access}: keep one."
        )
    for first, second in (("hub_cert_file", "hub_key_file"), ("tls_cert_file", "tls_key_file")):
        if (getattr(settings, first) is None) != (getattr(settings, second) is None):
            raise SettingsError(f"{flag(first)} and {flag(second)} need one another.")
    if settings.max_age < 2 * settings.interval:
        raise SettingsError(
            f"{flag('max_age')} {settings.max_age:g} is less than twice {flag('interval')} "
            f"{settings.interval:g}: the memberships could end between two refreshes."
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
    # An empty list is one that is not given.
    given = {key: value for key, value in table.items() if value not in ([], {})}
    return _Layer({key: _as_text(place(key), value) for key, value in given.items()}, place)


def _as_text(place: str, value: object) -> str:
    if isinstance(value, dict):
        # A table such as group_weights = { lab = 3 }.
        if any(isinstance(each, dict | list) for each in value.values()):
            raise SettingsError(f"{place} has a table within: put names with a dot in quotes.")
        value = [f"{key}={_as_text(place, each)}" for key, each in value.items()]
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return "".join(f"{each}{parsers.END}" for each in value)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    raise SettingsError(f"{place} is not a text, a number or a list of texts.")


def _hub_layer(environ: Mapping[str, str]) -> _Layer:
    """Return what JupyterHub gives a service that it starts.

    Its address to listen on counts only with the prefix of a service with a `url`: the hub gives
    the first to the others, too. In a terminal of a user's server both are that server's.
    """
    texts, names = {}, {}
    proxied = environ.get("JUPYTERHUB_SERVICE_NAME") and environ.get("JUPYTERHUB_SERVICE_PREFIX")
    for name, setting in SETTINGS.items():
        source = setting.hub_variable
        if source and environ.get(source) and (proxied or source not in _OF_A_SERVICE):
            try:
                texts[name], names[name] = setting.from_hub(environ[source]), source
            except ValueError:
                raise SettingsError(f"{source} {environ[source]!r} is not a URL.") from None
    return _Layer(texts, names.__getitem__)


def _token_layer(layers: list[_Layer]) -> _Layer:
    """Return the first layer that names the token, as a text or as a file, with that alone."""
    for layer in layers:
        named = {n: text for n, text in layer.texts.items() if n in {"hub_token", "hub_token_file"}}
        if len([text for text in named.values() if text]) > 1:
            raise SettingsError(
                f"{layer.place('hub_token')} and {layer.place('hub_token_file')} are both set: "
                "keep one."
            )
        if named:
            return _Layer(named, layer.place)
    raise SettingsError(
        f"The hub's token is not set: give {variable('hub_token')} or {flag('hub_token_file')}, "
        "with the api_token of the exporter's service in the hub's configuration."
    )


def _read_namespace(path: Path) -> str:
    try:
        return parsers.text(path.read_text("utf-8").strip())
    except (OSError, ValueError):
        raise SettingsError(
            f"The namespace is not set, and this is no Kubernetes pod: give {flag('namespace')} "
            f"or {variable('namespace')}, the namespace in which the users' pods run."
        ) from None
