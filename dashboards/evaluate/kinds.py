"""Variables that need no query: text boxes, constants, intervals, switches, filters.

Read from Grafana 12.4 (public/app/features/dashboard-scene/utils: variables.ts, utils.ts) and
@grafana/scenes 6.39 (variables/variants).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from dashboards.evaluate import datasources, filters, options
from dashboards.evaluate.choice import Choice
from dashboards.evaluate.interpolate import words
from dashboards.evaluate.matching import VariableError
from dashboards.evaluate.model import TimeRange
from dashboards.schema import intervals
from dashboards.schema.values import Json

HIDDEN = 2
"""Grafana's number for a variable that is not shown."""

_AUTO = "$__auto"
_AUTO_COUNT = 30
_AUTO_MINIMUM = "10s"
_ON = frozenset({"true", "on", "yes", "1"})
_OFF = frozenset({"false", "off", "no", "0"})

Wanted = tuple[str, ...] | None
"""What the caller gave; None if nothing."""


def current(variable: Json) -> tuple[list[str], list[str]]:
    """Return the values that a board saved, and their texts, as many."""
    saved = variable.get("current", {})
    values, texts = _listed(saved.get("value", [])), _listed(saved.get("text", []))
    return values, texts if len(texts) == len(values) else values


def _listed(saved: str | list[str]) -> list[str]:
    return saved if isinstance(saved, list) else [saved]


def simple(
    variable: Json, wanted: Wanted, chosen: Sequence[Choice], span: TimeRange
) -> Choice | None:
    """Return the choice of a variable that asks nobody for its values, None for the others."""
    kind = str(variable["type"])
    if kind == "interval":
        return _interval(variable, wanted, chosen, span)
    if kind in ("query", "custom"):
        return None
    return _KINDS.get(kind, _unknown)(variable, wanted, chosen)


def _choice(variable: Json, value: str, **more: object) -> Choice:
    plain = Choice(
        name=str(variable["name"]),
        label=str(variable.get("label") or variable["name"]),
        values=(value,),
        kind=str(variable["type"]),
        hidden=variable.get("hide") == HIDDEN,
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # the dataclass checks the names


def _textbox(variable: Json, wanted: Wanted, _: Sequence[Choice]) -> Choice:
    if wanted is not None:
        # A comma is part of what somebody types.
        return _choice(variable, ",".join(wanted))
    values, _texts = current(variable)
    return _choice(variable, (values[0] if values else "") or options.text_of(variable))


def _constant(variable: Json, wanted: Wanted, chosen: Sequence[Choice]) -> Choice:
    if wanted is not None:
        return _choice(variable, ",".join(wanted))
    return _choice(variable, words(options.text_of(variable), chosen))


def _switch(variable: Json, wanted: Wanted, _: Sequence[Choice]) -> Choice:
    """Return on or off. The first of a board's options is what on stands for, the second off."""
    listed = [str(option.get("value", "")) for option in variable.get("options", ())]
    on, off = (*listed, "true", "false")[:2] if len(listed) != 1 else (listed[0], "false")
    values = [*wanted] if wanted is not None else current(variable)[0]
    value, note = (values or [off])[0], ""
    if value not in (on, off):
        lower = value.lower()
        if lower not in _ON | _OFF and wanted is not None:
            raise VariableError(f"{variable['name']} is on or off, not {value!r}.")
        if lower not in _ON | _OFF:
            note = f"{value!r} is neither {on} nor {off}: it is taken for {off}."
        value = on if lower in _ON else off
    return _choice(variable, value, note=note, texts=("on" if value == on else "off",))


def _interval(variable: Json, wanted: Wanted, chosen: Sequence[Choice], span: TimeRange) -> Choice:
    offered = options.intervals(variable)
    values = [*wanted] if wanted is not None else current(variable)[0]
    value = values[0] if values else ""
    automatic = _automatic(variable, span)
    if value.startswith("$__auto") or (wanted is not None and value.lower() == "auto"):
        value = _AUTO
    elif value not in offered:
        if wanted is not None and value:
            raise VariableError(
                f"The board does not offer {variable['name']} {value!r}. "
                f"There are: {', '.join(offered)}, auto."
            )
        value = offered[0]
    text = automatic if value == _AUTO else words(value, chosen)
    shown = (f"auto ({automatic})",) if value == _AUTO else ()
    return _choice(variable, text, texts=shown, fields={"auto": automatic})


def _automatic(variable: Json, span: TimeRange) -> str:
    """Return the interval of which a range has about so many: 30 in Grafana if not said."""
    count = max(1, int(variable.get("auto_count", _AUTO_COUNT)))
    minimum = intervals.parsed(str(variable.get("auto_min", _AUTO_MINIMUM)), _AUTO_MINIMUM)
    return intervals.text(intervals.panel_interval(span.milliseconds, count, minimum))


def _adhoc(variable: Json, wanted: Wanted, chosen: Sequence[Choice]) -> Choice:
    saved = filters.saved(variable.get("filters", ()))
    if wanted is not None:
        # Those of the dashboard itself stay, unless one of that label replaces them.
        given = tuple(filters.parse(text) for text in wanted if text)
        origins = filters.saved(item for item in variable.get("filters", ()) if item.get("origin"))
        kept = tuple(
            origin for origin in origins if origin.key not in {filter_.key for filter_ in given}
        )
        saved = (*kept, *given)
    refused = [filter_.words() for filter_ in saved if filter_.refused]
    used = tuple(filter_ for filter_ in saved if not filter_.refused)
    other = datasources.other_than_prometheus(variable.get("datasource"), chosen)
    notes = [
        *(
            [f"Prometheus has no such matcher, it is left out: {', '.join(refused)}."]
            * bool(refused)
        ),
        *([f"These are filters of {other}: a report queries Prometheus only."] * bool(other)),
    ]
    return _choice(
        variable,
        "",
        values=tuple(filter_.matcher for filter_ in used),
        texts=tuple(filter_.words() for filter_ in used),
        filters=() if other else used,
        several=True,
        note=" ".join(notes),
    )


def _groupby(variable: Json, wanted: Wanted, _: Sequence[Choice]) -> Choice:
    values = current(variable)[0] if wanted is None else ",".join(wanted).split(",")
    labels = tuple(label.strip() for label in values if label.strip())
    note = (
        "Grafana groups queries by it only with its feature toggle groupByVariable, which is off "
        "unless somebody set it: the queries are not changed."
    )
    return _choice(variable, "", values=labels, several=True, note=note if labels else "")


def _unknown(variable: Json, wanted: Wanted, _: Sequence[Choice]) -> Choice:
    values = [*wanted] if wanted is not None else current(variable)[0]
    value = values[0] if values else options.text_of(variable)
    kind = str(variable["type"]) or "none"
    return _choice(variable, value, note=f"A report does not know variables of the kind “{kind}”.")


_KINDS: Mapping[str, Callable[[Json, Wanted, Sequence[Choice]], Choice]] = MappingProxyType(
    {
        "textbox": _textbox,
        "constant": _constant,
        "switch": _switch,
        "adhoc": _adhoc,
        "groupby": _groupby,
    }
)
