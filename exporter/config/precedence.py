"""Settings from several places, of which the first that names one counts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exporter.config import parsers
from exporter.config.settings import SETTINGS, Settings, SettingsError, flag
from exporter.core.messages import Message


@dataclass(frozen=True, slots=True)
class SettingsSource:
    """Texts by setting, and what to call a setting's place in a message."""

    texts: Mapping[str, str]
    place: Callable[[str], str]


DEFAULTS = SettingsSource({name: s.default for name, s in SETTINGS.items() if s.default}, flag)


def resolve(sources: Sequence[SettingsSource]) -> dict[str, Any]:
    """Return a value for each setting; raise ``SettingsError`` for a text that is none.

    The token comes from the first layer that names it, as a text or as a file. What none names
    is None, or empty for a list.
    """
    token_source = _token_source(sources)
    found: dict[str, Any] = {}
    for name in SETTINGS:
        mention = lookup(token_source if name.startswith("hub_token") else sources, name)
        # A list that is not given is empty.
        found[name] = _parsed(name, *mention) if mention else SETTINGS[name].unset
    return found


def lookup(sources: Sequence[SettingsSource], name: str) -> tuple[str, str] | None:
    """Return the place and the text of the setting's first mention."""
    for source in sources:
        if name in source.texts:
            return source.place(name), source.texts[name]
    return None


def _parsed(name: str, place: str, text: str) -> object:
    try:
        return SETTINGS[name].parse(text)
    except ValueError as error:
        # What is wrong with a token, or a URL with a password in it, is said without it.
        secret = name == "hub_token" or (name == "hub_url" and {"@", "?"} & set(text))
        shown = "" if secret else f" {text!r}"
        raise SettingsError(f"{place}{shown} {error}.") from None


def as_text(place: str, value: object) -> str:
    """Return what a setting's text would be of a value in a file: a list, a table, a number."""
    if isinstance(value, dict):
        # A table such as group_weights = { lab = 3 }.
        if any(isinstance(each, dict | list) for each in value.values()):
            raise SettingsError(f"{place} has a table within: put names with a dot in quotes.")
        value = [f"{key}={as_text(place, each)}" for key, each in value.items()]
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return "".join(f"{each}{parsers.END}" for each in value)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    raise SettingsError(f"{place} is not a text, a number or a list of texts.")


def _token_source(sources: Sequence[SettingsSource]) -> list[SettingsSource]:
    """Return the first layer that names the token, as a text or as a file, with that alone."""
    for source in sources:
        named = {
            n: text for n, text in source.texts.items() if n in {"hub_token", "hub_token_file"}
        }
        if len([text for text in named.values() if text]) > 1:
            raise SettingsError(
                f"{source.place('hub_token')} and {source.place('hub_token_file')} are both set: "
                "keep one."
            )
        if named:
            return [SettingsSource(named, source.place)]
    return []


def check_conflicts(settings: Settings) -> None:
    """Raise ``SettingsError`` if settings that are fine by themselves are not so together."""
    if (settings.hub_cert_file is None) != (settings.hub_key_file is None):
        raise SettingsError(Message("{hub_cert_file} and {hub_key_file} need one another."))
    if (settings.tls_cert_file is None) != (settings.tls_key_file is None):
        raise SettingsError(Message("{tls_cert_file} and {tls_key_file} need one another."))
    template = settings.user_namespace_template
    if template:
        try:
            template.check(settings.namespace)
        except ValueError as error:
            raise SettingsError(
                Message(
                    "{user_namespace_template} {text!r} with {namespace} {hub} {reason}.",
                    text=template.text,
                    hub=settings.namespace,
                    reason=error,
                )
            ) from None
    if settings.max_age < 2 * settings.interval:
        raise SettingsError(
            Message(
                "{max_age} {age:g} is less than twice {interval} {seconds:g}: the memberships "
                "could end between two refreshes.",
                age=settings.max_age,
                seconds=settings.interval,
            )
        )
