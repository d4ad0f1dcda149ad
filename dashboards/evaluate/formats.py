"""Grafana's formats of a variable in a text: ``${name:csv}``, ``${name:pipe}``, ``${name:json}``.

Read from @grafana/scenes 6.39 (variables/interpolation/formatRegistry), which Grafana 12 uses.
"""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import quote


class Formatted(NamedTuple):
    """What a format is made of; ``several`` says that Grafana holds a list, even of one value."""

    name: str
    values: Sequence[str]
    several: bool
    arguments: Sequence[str] = ()

    @property
    def text(self) -> str:
        """Return the values as JavaScript writes a list: with commas."""
        return ",".join(self.values)


_REGEX = re.compile(r"[\\^$*+?.()|\[\]{}/]")
_LUCENE = re.compile(r'([!*+\-=<>\s&|()\[\]{}^~?:\\/"])')
_SQL = {"'": "''", '"': '\\"'}
# encodeURIComponent and encodeURI leave these (quote leaves letters, digits and _.-~ anyway).
_URI = ";,/?:@&=+$#"


def _regex(request: Formatted) -> str:
    escaped = [_REGEX.sub(r"\\\g<0>", value) for value in request.values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def _glob(request: Formatted) -> str:
    return "{" + request.text + "}" if len(request.values) > 1 else request.text


def _lucene(request: Formatted) -> str:
    if not request.several:
        return _lucene_escaped(request.text)
    if not request.values:
        return "__empty__"
    return "(" + " OR ".join(f'"{_lucene_escaped(value)}"' for value in request.values) + ")"


def _lucene_escaped(value: str) -> str:
    return value if re.fullmatch(r"-?\d+(\.\d+)?", value) else _LUCENE.sub(r"\\\1", value)


def _distributed(request: Formatted) -> str:
    return ",".join(
        value if number == 0 else f"{request.name}={value}"
        for number, value in enumerate(request.values)
    )


def _json(request: Formatted) -> str:
    if not request.several:
        return request.text
    return json.dumps(list(request.values), ensure_ascii=False, separators=(",", ":"))


def _quoted(mark: str) -> Callable[[Formatted], str]:
    def write(request: Formatted) -> str:
        return ",".join(
            f"{mark}{value.replace(mark, chr(92) + mark)}{mark}" for value in request.values
        )

    return write


def _sql(request: Formatted) -> str:
    escaped = (re.sub("['\"]", lambda mark: _SQL[mark[0]], value) for value in request.values)
    return ",".join(f"'{value}'" for value in escaped)


def _percent(request: Formatted) -> str:
    return quote("{" + request.text + "}" if request.several else request.text, safe="")


def _uri(request: Formatted) -> str:
    return quote("{" + request.text + "}" if request.several else request.text, safe=_URI)


def _query_parameter(request: Formatted) -> str:
    return "&".join(f"var-{request.name}={quote(value, safe='')}" for value in request.values)


def _custom_query_parameter(request: Formatted) -> str:
    name, prefix = (*request.arguments, "", "")[:2]
    begun = f"{quote(name or request.name, safe='')}={quote(prefix, safe='')}"
    return "&".join(f"{begun}{quote(value, safe='')}" for value in request.values)


def _joined(request: Formatted) -> str:
    return (request.arguments[0] if request.arguments else ",").join(request.values)


def _date(request: Formatted) -> str:
    """Return epoch milliseconds as a date: ``:date:iso``, ``:date:seconds``, ``:date:YYYY-MM``."""
    number = re.match(r"\s*[+-]?\d+", request.text)
    if number is None:
        return "NaN"
    milliseconds = int(number[0])
    form = ":".join(request.arguments) or "iso"
    if form == "ms":
        return request.text
    if form == "seconds":
        return str(math.floor(milliseconds / 1000 + 0.5))
    try:
        time = datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return "Invalid date"
    if form == "iso":
        return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03}Z"
    return _MOMENT.sub(lambda token: _moment(token[0], time), form)


# moment.js' tokens → strftime's. What is in brackets stays as it is.
_TOKENS = {
    "YYYY": "%Y", "YY": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "DD": "%d", "dddd": "%A",
    "ddd": "%a", "HH": "%H", "hh": "%I", "mm": "%M", "ss": "%S", "A": "%p", "DDDD": "%j",
}  # fmt: skip
_MOMENT = re.compile(
    r"\[[^\]]*\]|" + "|".join(sorted(_TOKENS, key=len, reverse=True)) + "|[XxZMDHhms]"
)


def _moment(token: str, time: datetime) -> str:
    if token.startswith("["):
        return token[1:-1]
    if token in _TOKENS:
        return time.strftime(_TOKENS[token])
    plain = {
        "X": math.floor(time.timestamp()), "x": round(time.timestamp() * 1000), "Z": "+00:00",
        "M": time.month, "D": time.day, "H": time.hour, "h": (time.hour + 11) % 12 + 1,
        "m": time.minute, "s": time.second,
    }  # fmt: skip
    return str(plain[token])


_FORMATS: Mapping[str, Callable[[Formatted], str]] = MappingProxyType(
    {
        "raw": lambda request: request.text,
        "csv": lambda request: request.text,
        "regex": _regex,
        "pipe": lambda request: "|".join(request.values),
        "glob": _glob,
        "lucene": _lucene,
        "distributed": _distributed,
        "html": lambda request: escape(", ".join(request.values)),
        "json": _json,
        "percentencode": _percent,
        "uriencode": _uri,
        "singlequote": _quoted("'"),
        "doublequote": _quoted('"'),
        "sqlstring": _sql,
        "join": _joined,
        "date": _date,
        "queryparam": _query_parameter,
        "customqueryparam": _custom_query_parameter,
    }
)


def formatted(form: str, name: str, values: Sequence[str], *, several: bool) -> str:
    """Return values in a format, ``date:YYYY-MM``; a format that Grafana has not is ``glob``."""
    kind, *arguments = form.split(":")
    write = _FORMATS.get(kind, _glob)
    return write(Formatted(name, values, several, arguments))
