"""Texts of settings to values; each raises ValueError with a reason that follows the text."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import httpx

from exporter.core.groups import Pattern, Weight
from exporter.core.memberships import Window
from exporter.core.namespaces import NO_NAMESPACE, is_namespace

_WINDOW = re.compile(r"([1-9][0-9]{0,5})([smhdw])")
END = "\0"
"""Ends each entry of a list that a file gave as one: no variable and no flag can hold it."""
_COMMA = re.compile(r"(?<!\\),")
# https://jupyterhub.readthedocs.io/en/stable/rbac/scopes.html
# A quote or backslash would end the challenge that names it to visitors (RFC 6750, section 3).
_SCOPE = re.compile(r"[a-z][a-z:-]*(![a-z]+(=[!#-\[\]-~]+)?)?")
_PATH = re.compile(r"/[^\s?#]*[^\s?#/]/?")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that no ``repr``, log line or traceback shows: ``Secret()``."""

    value: str = field(repr=False)


def text(text: str) -> str:
    """Return the text; it must not be blank."""
    if not text.strip():
        raise ValueError("is empty")
    return text


def namespace(text: str) -> str:
    """Return the name of a Kubernetes namespace; with any other, no pod would be found."""
    if not is_namespace(text):
        raise ValueError(NO_NAMESPACE)
    return text


def api_url(text: str) -> str:
    """Return the URL of a hub's API without a slash at its end; it is not guessed."""
    text = text.strip()
    try:
        url = urlsplit(text.rstrip("/"))
        well_formed = url.scheme in {"http", "https"} and bool(url.hostname) and url.port != 0
        # The client's own idea of a URL is stricter, about international host names for one.
        httpx.URL(text)
    except (ValueError, httpx.InvalidURL):
        well_formed = False
    if any(character.isspace() for character in text):
        well_formed = False
    if not well_formed:
        raise ValueError("is not an http:// or https:// URL")
    if url.username or url.password or url.query or url.fragment:
        raise ValueError(
            "holds more than scheme, host, port and path: a token has a setting of its own"
        )
    if not url.path.endswith("/hub/api"):
        raise ValueError(
            "is not the URL of the hub's API, which ends in /hub/api: for a hub without a base "
            f"URL it is {url.scheme}://{url.netloc}/hub/api, for one with the base URL /jh/ it is "
            f"{url.scheme}://{url.netloc}/jh/hub/api"
        )
    return url.geturl()


def token(text: str) -> Secret:
    """Return the token without the space around it; the reason never holds it."""
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError("is not a token: it is empty, or holds a space or an odd character")
    return Secret(token)


def seconds(least: float) -> Callable[[str], float]:
    """Return a parser of time spans from ``least`` seconds up: ``90``, ``90s`` and ``1.5m``."""

    def parse(text: str) -> float:
        text = text.strip()
        factor = _UNIT_SECONDS.get(text[-1:])
        try:
            number = float(text[:-1] if factor else text) * (factor or 1)
        except ValueError:
            number = math.nan
        if not least <= number < math.inf:
            raise ValueError(f"is not a number of seconds of at least {least:g}")
        return number

    return parse


def integer(least: int, most: int) -> Callable[[str], int]:
    """Return a parser of whole numbers from ``least`` to ``most``."""

    def parse(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise ValueError(f"is not a whole number from {least} to {most}")
        return int(text)

    return parse


def windows(text: str) -> tuple[Window, ...]:
    """Read ``24h,7d`` as ``(Window("24h", 86400), Window("7d", 604800))``."""
    labels = [label.strip() for label in _entries(text)]
    matches = [_WINDOW.fullmatch(label) for label in labels]
    if not all(matches) or len(set(labels)) < len(labels):
        raise ValueError("is not a list of different time spans such as 24h,7d,30d (s, m, h, d, w)")
    return tuple(Window(m[0], int(m[1]) * _UNIT_SECONDS[m[2]]) for m in matches if m)


def _entries(text: str) -> list[str]:
    """Return the entries of a list: a file's, each with END, or parted at commas."""
    if text.endswith(END):
        return text.removesuffix(END).split(END)
    return [entry.replace("\\,", ",") for entry in _COMMA.split(text)]


def one_of(*words: str) -> Callable[[str], str]:
    """Return a parser of one of these words, which are in small letters."""

    def parse(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"is not one of {', '.join(words)}")
        return text.lower()

    return parse


def patterns(text: str) -> tuple[Pattern, ...]:
    r"""Read ``staff,/course-.*/,R\, D`` as a name, a regular expression and the name ``R, D``."""
    entries = [entry.strip() for entry in _entries(text)]
    if not all(entries):
        raise ValueError("is not a list of groups: one of them is empty")
    return tuple(map(Pattern, entries))


def weights(text: str) -> tuple[Weight, ...]:
    """Read ``lab=3,/course-.*/=0.5``: a name or regular expression, and a number up to 1e6."""
    found = []
    for entry in _entries(text):
        group, _, weight = entry.rpartition("=")
        try:
            number = float(weight)
        except ValueError:
            number = math.nan
        if not group.strip() or not 0 <= number <= 1e6:
            raise ValueError(
                "is not a list such as lab=3,/course-.*/=0.5: each entry is a group, = and a "
                "number from 0 to 1000000"
            )
        found.append(Weight(Pattern(group.strip()), number))
    return tuple(found)


def scope(text: str) -> str:
    """Return the name of a JupyterHub scope, with or without a filter."""
    if not _SCOPE.fullmatch(text):
        raise ValueError(
            "is not a JupyterHub scope such as read:metrics or access:services!service=groupscope"
        )
    return text


def prefix(text: str) -> str:
    """Return the path with one slash at its start and end, as requests have it once decoded."""
    path = unquote(text)
    if not _PATH.fullmatch(text) or "{" in path or not path.strip("/"):
        raise ValueError("is not a path such as /services/groupscope/")
    return f"/{path.strip('/')}/"


def host_of(url: str) -> str:
    """Return the host of a service's URL: ``http://127.0.0.1:9098`` → ``127.0.0.1``."""
    return urlsplit(url).hostname or ""


def port_of(url: str) -> str:
    """Return the port of a service's URL as a text, the scheme's own if it names none."""
    parts = urlsplit(url)
    return str(parts.port or (443 if parts.scheme == "https" else 80))
