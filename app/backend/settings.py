"""The app's settings in one organization: from its form, then from grafana.ini, then defaults."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.backend import APP_ID
from exporter.config.precedence import DEFAULTS, SettingsSource, as_text, check_conflicts, resolve
from exporter.config.settings import SETTINGS, Settings, SettingsError

# Key of jsonData → setting. Files of the server are for its administrator alone to name.
FORM = {
    "hubUrl": "hub_url",
    "namespace": "namespace",
    "userNamespaceTemplate": "user_namespace_template",
    "groupsAllowed": "groups_allow",
    "groupsDenied": "groups_deny",
    "groupPriority": "group_priority",
    "groupWeights": "group_weights",
    "interval": "interval",
    "maxAge": "max_age",
    "timeout": "timeout",
}
SECRETS = {"hubToken": "hub_token"}
CA = "hubCa"
_NAMES = "namesForViewers"
# What is not about reading the hub, the second for the pages alone.
OF_THE_APP = (_NAMES, "datasourceUid")
# Where the token goes, and who may be told it: all from one place, or whoever administers an
# organization could send the server's token to a hub of their own.
_HUB = ("hub_url", "hub_token", "hub_token_file", "hub_ca_file", "hub_cert_file", "hub_key_file")
INI = (*_HUB, *(name for name in FORM.values() if name not in _HUB), "page_size", "max_memberships")
_STATE, _LEVEL, _NAMES_INI = "state_folder", "log_level", "names_for_viewers"
INI_ALONE = (_NAMES_INI, _STATE, _LEVEL)
_SECTION = f"[plugin.{APP_ID}] of grafana.ini"


@dataclass(frozen=True, slots=True)
class InstanceSettings:
    """What Grafana sends of an organization's settings: JSON, and the decrypted secrets."""

    json_data: bytes = b""
    secrets: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        """Show no secret."""
        return f"InstanceSettings({self.json_data!r}, <{len(self.secrets)} secrets>)"


@dataclass(frozen=True, slots=True)
class AppSettings:
    """All of the app's settings; ``notes`` are what is odd in them, in a sentence each."""

    exporter: Settings
    authorities: str | None
    names_for_viewers: bool
    notes: tuple[str, ...] = ()

    def same_hub(self, other: "AppSettings") -> bool:
        """Whether both read the same hub in the same way."""
        return (self.exporter, self.authorities) == (other.exporter, other.authorities)


@dataclass(frozen=True, slots=True)
class GrafanaIni:
    """What the whole server has: the section of grafana.ini, as texts by its keys."""

    texts: Mapping[str, str]

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "GrafanaIni":
        """Take it from the variables in which Grafana hands it on: ``GF_PLUGIN_HUB_URL``."""
        named = {name: environ.get(variable(name), "").strip() for name in (*INI, *INI_ALONE)}
        return cls({name: text for name, text in named.items() if text})

    @property
    def log_level(self) -> str:
        """How much to log; Grafana shows of it what its own level allows."""
        level = self.texts.get(_LEVEL, "info")
        try:
            return str(SETTINGS[_LEVEL].parse(level))
        except ValueError as error:
            raise SettingsError(f"{_ini(_LEVEL)} {level!r} {error}.") from None

    @property
    def state_folder(self) -> str | None:
        """The folder for the last good data, ``none`` for no such folder, None if not set."""
        return self.texts.get(_STATE)

    @property
    def names_for_viewers(self) -> bool:
        """Whether Viewers may see names, unless an organization's form says otherwise."""
        text = self.texts.get(_NAMES_INI, "false").lower()
        if text not in {"true", "false"}:
            raise SettingsError(f"{_ini(_NAMES_INI)} {text!r} is neither true nor false.")
        return text == "true"


def load(stored: InstanceSettings, ini: GrafanaIni) -> AppSettings:
    """Return the settings; raise ``SettingsError`` with one sentence that says what to set."""
    form = _object(stored.json_data)
    secrets = {key: text for key, text in stored.secrets if text.strip()}
    sources = [_form_source(form, secrets)]
    own = {name: text for name, text in ini.texts.items() if name in INI}
    if sources[0].texts.keys() & {"hub_url", "hub_token"}:
        own = {name: text for name, text in own.items() if name not in _HUB}
    sources += [SettingsSource(own, _ini), DEFAULTS]
    settings = _settings(resolve(sources))
    names = form.get(_NAMES)
    if not isinstance(names, bool | None):
        raise SettingsError(f"{_NAMES} in the app's settings is neither true nor false.")
    return AppSettings(
        settings,
        secrets.get(CA),
        ini.names_for_viewers if names is None else names,
        tuple(_notes(form)),
    )


def variable(name: str) -> str:
    """``hub_url`` → ``GF_PLUGIN_HUB_URL``."""
    return f"GF_PLUGIN_{name.upper()}"


def setting_name(name: str) -> str:
    """Return what the app's readers call a setting of the exporter.

    ``hub_url`` → ``hubUrl``; one that is not in the form → ``page_size in [plugin.…] of
    grafana.ini``.
    """
    keys = (key for key, setting in (FORM | SECRETS).items() if setting == name)
    return next(keys, _ini(name))


def _settings(found: dict[str, Any]) -> Settings:
    if not found["hub_url"]:
        raise SettingsError(
            f"The URL of the hub's API is not set: give hubUrl in the app's "
            f"configuration, or {_ini('hub_url')}, for example http://hub.jhub:8081/hub/api."
        )
    if not found["hub_token"] and not found["hub_token_file"]:
        raise SettingsError(
            "The hub's token is not set: give it in the same place as the URL, hubToken in the "
            "app's configuration, or hub_token or hub_token_file beside hub_url in grafana.ini."
        )
    if not found["namespace"]:
        raise SettingsError(
            "The namespace is not set: give namespace in the app's configuration, the Kubernetes "
            "namespace in which the users' pods run."
        )
    settings = Settings(**found)
    check_conflicts(settings)
    return settings


def _object(json_data: bytes) -> dict[str, Any]:
    try:
        form = json.loads(json_data or b"{}")
    except (ValueError, RecursionError):
        form = None
    if not isinstance(form, dict | None):
        form = None
    if form is None and json_data.strip() != b"null":
        raise SettingsError("The app's settings are no JSON object: save them again.")
    return form or {}


def _form_source(form: Mapping[str, object], secrets: Mapping[str, str]) -> SettingsSource:
    # A form sends what was left empty, too.
    stored = {key: value for key, value in form.items() if value not in ("", None, [], {})}
    texts = {
        name: as_text(_form(name), stored[key]) for key, name in FORM.items() if key in stored
    } | {name: secrets[key] for key, name in SECRETS.items() if key in secrets}
    return SettingsSource({name: text for name, text in texts.items() if text.strip()}, _form)


def _form(name: str) -> str:
    key = next(key for key, each in (FORM | SECRETS).items() if each == name)
    return f"{key} in the app's settings"


def _ini(name: str) -> str:
    return f"{name} in {_SECTION}"


def _notes(form: Iterable[str]) -> Iterator[str]:
    for key in form:
        if key not in FORM and key not in OF_THE_APP:
            yield f"jsonData has a key that is no setting: {key[:40]!r}. It does nothing."
