"""Where settings come from: flag, variable, file, the hub's own variables, default."""

from collections.abc import Mapping
from pathlib import Path

from exporter.config import parsers
from exporter.config.precedence import (
    DEFAULTS,
    SettingsSource,
    as_text,
    check_conflicts,
    lookup,
    resolve,
)
from exporter.config.settings import SETTINGS, Settings, SettingsError, flag, variable
from exporter.text import did_you_mean
from exporter.toml_file import TomlFileError, read_toml

_OF_A_SERVICE = {"JUPYTERHUB_SERVICE_URL", "JUPYTERHUB_SERVICE_PREFIX"}
POD_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


def load(
    flags: Mapping[str, str], environ: Mapping[str, str], pod_namespace: Path = POD_NAMESPACE
) -> Settings:
    """Return the settings; raise ``SettingsError`` with one sentence that says what to set.

    ``flags`` are texts by the settings' names. A flag wins over its variable ``GROUPSCOPE_…``,
    then come the file, the variables that JupyterHub sets for a service, and the default. An
    empty variable counts as not set. The token comes from the first of these that names it,
    as a text or as a file.
    """
    sources = [
        SettingsSource(flags, flag),
        SettingsSource(
            {n: environ[variable(n)] for n in SETTINGS if environ.get(variable(n))}, variable
        ),
    ]
    config = lookup(sources, "config")
    if config:
        sources.append(_file_source(Path(config[1])))
    sources.append(_hub_source(environ))
    sources.append(DEFAULTS)
    found = resolve(sources)
    if not found["hub_token"] and not found["hub_token_file"]:
        raise SettingsError(
            f"The hub's token is not set: give {variable('hub_token')} or "
            f"{flag('hub_token_file')}, with the api_token of the exporter's service in the hub's "
            "configuration."
        )
    found["namespace"] = found["namespace"] or _read_namespace(pod_namespace)
    if not found["hub_url"]:
        raise SettingsError(
            f"The URL of the hub's API is not set: give {flag('hub_url')} or "
            f"{variable('hub_url')}, for example http://127.0.0.1:8081/hub/api."
        )
    settings = Settings(**found)
    _refuse_access(settings)
    check_conflicts(settings)
    return settings


def _refuse_access(settings: Settings) -> None:
    """Raise ``SettingsError`` unless it is clear and possible who may read the page."""
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


def _file_source(path: Path) -> SettingsSource:
    def place(name: str) -> str:
        return f"{name} in {path}"

    try:
        table = read_toml(path)
    except TomlFileError as error:
        raise SettingsError(f"The configuration file {error}") from None
    known = [name for name, setting in SETTINGS.items() if setting.in_file]
    for key in table:
        if key not in known:
            hint = did_you_mean(key, known)
            raise SettingsError(f"{path} has a key that is no setting: {key}. {hint}")
    # An empty list is one that is not given.
    given = {key: value for key, value in table.items() if value not in ([], {})}
    return SettingsSource({key: as_text(place(key), value) for key, value in given.items()}, place)


def _hub_source(environ: Mapping[str, str]) -> SettingsSource:
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
    return SettingsSource(texts, names.__getitem__)


def _read_namespace(path: Path) -> str:
    try:
        return parsers.text(path.read_text("utf-8").strip())
    except (OSError, ValueError):
        raise SettingsError(
            f"The namespace is not set, and this is no Kubernetes pod: give {flag('namespace')} "
            f"or {variable('namespace')}, the namespace in which the users' pods run."
        ) from None
