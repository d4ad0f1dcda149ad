"""What is chosen for a variable, and how queries and texts hold it.

Read from Grafana 12.4 (packages/grafana-prometheus: escaping.ts, datasource.ts).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from dashboards.evaluate.filters import Filter
from dashboards.evaluate.formats import formatted

_SPECIAL = re.compile(r"[$^*{}\[\]+?.()|\\]")
_WRITTEN = frozenset({"custom", "textbox", "constant", "interval", "switch"})
"""Kinds whose values the board's author wrote: they may name variables themselves."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen for one of the board's variables."""

    name: str
    label: str
    values: tuple[str, ...]
    """The chosen values; when all are chosen, all there are."""
    everything: bool = False
    all_value: str | None = None
    regex: bool = False
    """Whether queries match it with ``=~``: so Grafana treats variables with several values."""
    texts: tuple[str, ...] = ()
    """What people see of the values, if not the values themselves."""
    kind: str = "query"
    """Grafana's name for the kind of variable: ``query``, ``custom``, ``adhoc``."""
    several: bool = False
    """Whether Grafana holds a list, even of one value."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """What ``${name.field}`` stands for."""
    filters: tuple[Filter, ...] = ()
    """An ad hoc variable's matchers, which every selector gets."""
    hidden: bool = False
    """Whether the page leaves it out of what its numbers are about."""
    note: str = ""
    """What is not as one may expect, in words."""
    failed: bool = False
    """Whether the query for its values failed; the note says why."""

    def promql(self, quote: str = '"') -> str:
        """Return the text for a query: ``lab``, ``(lab|staff)``, or All's own value.

        ``quote`` is the mark of the string that it stands in, "" outside of strings.
        """
        if self.everything and self.all_value is not None:
            return self.all_value
        if self.kind == "adhoc":
            return ",".join(self.values)
        if not self.regex:
            return quoted(",".join(self.values), quote)
        escaped = [quoted(regex_of(value), quote) for value in self.values]
        return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"

    @property
    def written(self) -> bool:
        """Tell whether the board's author wrote what it stands for: that may name variables."""
        return self.kind in _WRITTEN or (self.everything and self.all_value is not None)

    def words(self) -> str:
        """Return the text for people: ``lab + staff``, or ``All``."""
        return "All" if self.everything else " + ".join(self.texts or self.values)

    def in_format(self, form: str) -> str:
        """Return it as ``${name:form}`` says."""
        if form == "text":
            return self.words()
        if self.everything and self.all_value is not None:
            values: tuple[str, ...] = ("All",) if form == "queryparam" else (self.all_value,)
            plain_ = form not in ("queryparam", "percentencode")
            return self.all_value if plain_ else formatted(form, self.name, values, several=False)
        several = self.several or self.everything
        values = ("$__all",) if self.everything and form == "queryparam" else self.values
        return formatted(form, self.name, values, several=several)


def quoted(text: str, quote: str) -> str:
    """Return a text so that a PromQL string between such quotes holds it.

    Outside of strings (``{$matchers}``) quotes stay, as in Grafana.
    """
    if quote == "`":
        return text
    text = text.replace("\\", "\\\\")
    return text.replace(quote, "\\" + quote).replace("\n", "\\n") if quote else text


def regex_of(value: str) -> str:
    """Return the regular expression that matches only the value."""
    return _SPECIAL.sub(r"\\\g<0>", value)
