"""Ad hoc filters: label matchers that Grafana adds to every selector of every query.

Read from Grafana 12.4 (packages/grafana-prometheus: datasource.ts, enhanceExprWithAdHocFilters;
add_label_to_query.ts) and @grafana/scenes 6.39 (variables/adhoc). Grafana writes ``=|`` ("one
of") into the query as it is, which Prometheus refuses; here it is the regex that it means.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

OPERATORS = ("=~", "!~", "!=|", "=|", "!=", "<=", ">=", "=", "<", ">")
_MULTIPLE = {"=|": "=~", "!=|": "!~"}
_NO_MATCHER = frozenset({"<", ">", "<=", ">="})
_SPECIAL = re.compile(r"[$^*{}\[\]+?.()|\\]")
_LEGACY_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*", re.ASCII)
_PLAIN = re.compile(r"(?P<key>[^=!~<>|\"]+?)\s*(?P<operator>=~|!~|!=|=)\s*(?P<value>.*)", re.DOTALL)
# Grafana's stand-ins in addresses for what has a meaning there.
_STAND_INS = (("__gfp__", "|"), ("__gfc__", ","), ("__gfh__", "#"))


class FilterError(ValueError):
    """A text that is no filter; the message says how one is written."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A matcher of a label: ``Filter("job", "=", ("hub",))``."""

    key: str
    operator: str
    values: tuple[str, ...]

    @property
    def label(self) -> str:
        """Return the label as a selector names it: in quotes if Prometheus 2 had no such name."""
        return self.key if _LEGACY_NAME.fullmatch(self.key) else _string(self.key)

    @property
    def matching(self) -> str:
        """Return Prometheus' operator: ``=``, ``!=``, ``=~``, ``!~``."""
        return _MULTIPLE.get(self.operator, self.operator)

    @property
    def value(self) -> str:
        """Return what the label is to be, or match."""
        if self.operator in _MULTIPLE:
            return "|".join(_SPECIAL.sub(r"\\\g<0>", value) for value in self.values)
        return self.values[0] if self.values else ""

    @property
    def matcher(self) -> str:
        """Return it in PromQL: ``job="hub"``."""
        return f"{self.label}{self.matching}{_string(self.value)}"

    @property
    def refused(self) -> bool:
        """Tell whether Prometheus has no such matcher: ``<`` and ``>`` are not for labels."""
        return self.operator in _NO_MATCHER

    def words(self) -> str:
        """Return it for people: ``job = hub``, ``job =| a, b``."""
        return f"{self.key} {self.operator} {', '.join(self.values)}"


def _string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def saved(items: Iterable[dict[str, Any]]) -> tuple[Filter, ...]:
    """Return the filters that a board holds, but those that are not complete, as Grafana does."""
    filters: list[Filter] = []
    for item in items:
        key, operator = item.get("key", ""), item.get("operator", "=")
        several = tuple(item.get("values", ())) if operator in _MULTIPLE else ()
        values = several or ((item["value"],) if item.get("value") else ())
        if key and operator in OPERATORS and values:
            filters.append(Filter(key, operator, values))
    return tuple(filters)


def parse(text: str) -> Filter:
    """Return the filter of ``job|=|hub``, as in Grafana's addresses, or of ``job="hub"``.

    Raises FilterError.
    """
    key, *rest = text.partition("#")[0].split("|")
    if rest and (operator := _read(rest[0])) in OPERATORS:
        # "key,label|operator|value,label": the labels are for people.
        values = tuple(_read(value.partition(",")[0]) for value in rest[1:])
        several = operator in _MULTIPLE
        if key and values and (several or len(values) == 1):
            return Filter(_read(key.partition(",")[0]), operator, values)
        raise _no_filter(text)
    match = _PLAIN.fullmatch(text.strip())
    if match is None:
        raise _no_filter(text)
    value = match["value"]
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return Filter(match["key"].strip(), match["operator"], (value,))


def _read(text: str) -> str:
    for stand_in, meaning in _STAND_INS:
        text = text.replace(stand_in, meaning)
    return text


def _no_filter(text: str) -> FilterError:
    return FilterError(
        f"{text!r} is no filter. Write label|operator|value, such as job|=|hub or "
        "namespace|=~|jhub.*; the operators are =, !=, =~, !~, and =| or !=| with several values."
    )
