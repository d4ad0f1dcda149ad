"""What is chosen of what a variable offers: what the caller wants, or what the board saved.

Read from @grafana/scenes 6.39 (variables/variants/MultiValueVariable).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dashboards.evaluate import kinds
from dashboards.evaluate.choice import Choice
from dashboards.evaluate.matching import Option, VariableError
from dashboards.schema.values import Json
from exporter.text import did_you_mean

_CLOSE = 3
_LISTED = 10
_ALL = ("$__all", "All", "all")


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a variable takes several values."""

    several: bool
    with_all: bool

    @classmethod
    def of(cls, variable: Json) -> "_Kind":
        return cls(bool(variable.get("multi")), bool(variable.get("includeAll")))


def _made(variable: Json, options_: Sequence[Option], *, everything: bool = False) -> Choice:
    """Return the choice of some options, or of everything that there is."""
    kind = _Kind.of(variable)
    texts = tuple(option.text for option in options_)
    values = tuple(option.value for option in options_)
    return Choice(
        name=str(variable["name"]),
        label=str(variable.get("label") or variable["name"]),
        values=values if options_ or kind.several or everything else ("",),
        texts=texts if texts != values else (),
        everything=everything,
        all_value=variable.get("allValue") or None,
        regex=kind.several or kind.with_all,
        kind=str(variable["type"]),
        several=kind.several,
        fields=options_[0].fields if len(options_) == 1 else {},
        hidden=variable.get("hide") == kinds.HIDDEN,
    )


def saved(variable: Json, offered: Sequence[Option]) -> Choice:
    """Return what the board saved of what is offered, else what Grafana takes at first."""
    kind = _Kind.of(variable)
    values, texts = kinds.current(variable)
    if not offered and variable["type"] == "custom":
        # A custom variable that lists nothing keeps what it has.
        return _made(variable, [Option(*pair) for pair in zip(values, texts, strict=True)])
    if not offered or (values[:1] == ["$__all"] and kind.with_all):
        return _made(variable, offered, everything=kind.with_all)
    if values[:1] == ["$__all"]:
        return _made(variable, offered[:1])
    by_value = {option.value: option for option in reversed(offered)}
    kept = [by_value[value] for value in values if value in by_value]
    if not kept and not kind.several and texts:
        kept = [option for option in offered if option.text == texts[0]][-1:]
    if kept:
        return _made(variable, kept if kind.several else kept[:1])
    if kind.with_all:
        return _made(variable, offered, everything=True)
    return _made(variable, offered[:1])


def given(
    variable: Json, offered: Sequence[Option], wanted: tuple[str, ...], *, checked: bool = True
) -> Choice:
    """Return what the caller chose, of what is offered if ``checked``. Raises VariableError."""
    name, kind = str(variable["name"]), _Kind.of(variable)
    if not any(wanted):
        # As in an address of Grafana: var-cluster= is the empty value.
        return replace(_made(variable, []), values=("",), texts=())
    texts = {option.text: option for option in reversed(offered)}
    by_text = {**texts, **{option.value: option for option in reversed(offered)}}
    parted = _split(wanted, by_text)
    if kind.with_all and _asks_for_all(parted, by_text, variable):
        return _made(variable, offered, everything=True)
    if len(parted) > 1 and not kind.several:
        raise VariableError(f"{name} takes one value, not {len(parted)}: {', '.join(parted)}.")
    if not checked:
        return _made(variable, [Option(text, text) for text in parted])
    for value in parted:
        if value not in by_text:
            raise VariableError(_unknown(name, value, [option.text for option in offered]))
    return _made(
        variable, list({option.value: option for option in (by_text[v] for v in parted)}.values())
    )


def _split(wanted: tuple[str, ...], values: Mapping[str, Option]) -> tuple[str, ...]:
    """Return values parted at commas, except where a whole text is a value: names have commas."""
    parted = (
        (text,) if text in values else tuple(part.strip() for part in text.split(","))
        for text in wanted
    )
    return tuple(dict.fromkeys(value for parts in parted for value in parts if value))


def _asks_for_all(wanted: tuple[str, ...], values: Mapping[str, Option], variable: Json) -> bool:
    # A group may be called "all" too: then it is that group.
    names_ = (*_ALL, variable.get("allValue"))
    return len(wanted) == 1 and wanted[0] in names_ and wanted[0] not in values


def _unknown(name: str, value: str, texts: Sequence[str]) -> str:
    hint = (
        did_you_mean(value, texts, most=_CLOSE, cutoff=0.5, listed=_LISTED)
        if texts
        else f"There is no {name} at all; --var {name}= is the empty value."
    )
    return f"No {name} {value!r} in this range. {hint}"
