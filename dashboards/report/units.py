"""Numbers with their units as Grafana writes them.

Read from Grafana 12.4: packages/grafana-data/src/valueFormats.
"""

import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType

Formatter = Callable[[float, int | None], str]

_BINARY = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi")
_SI = ("f", "p", "n", "µ", "m", "", "k", "M", "G", "T", "P", "E", "Z", "Y")
_SHORT = ("", " K", " Mil", " Bil", " Tri", " Quadr", " Quint", " Sext", " Sept")
_COUNT = ("", "K", "M", "B", "T")


_MOST_PLACES = 15
_LEAST = 10.0**-_MOST_PLACES


def fixed(value: float, decimals: int | None = None) -> str:
    """Return a number of so many decimals, or of as many as its size asks for.

    98.765 is ``98.8``, 1.2 is ``1.20``, 1000 is ``1000``; halves round up as in JavaScript.
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    places = _decimals(value) if decimals is None else max(0, decimals)
    if places > _MOST_PLACES or abs(value) >= 1e15:
        return repr(value)
    scaled = math.floor(value * 10**places + 0.5) / 10**places
    return f"{Decimal(repr(scaled + 0.0)):.{places}f}"


def _decimals(value: float) -> int:
    if value == 0 or value % 1 == 0:
        return 0
    size = abs(value)
    if size < _LEAST:
        # More decimals than anybody reads; and below 1e-308 a division by them is one by zero.
        return _MOST_PLACES + 1
    places = 1 - math.floor(math.log(size) / math.log(10))
    # Grafana: 2.5 needs one more.
    if size / 10.0**-places > 2.25:
        places += 1
    return max(0, places)


def scaled(factor: float, suffixes: tuple[str, ...], offset: int = 0) -> Formatter:
    """Return a formatter that divides by powers of the factor: ``1536`` → ``1.50 KiB``."""

    def write(value: float, decimals: int | None) -> str:
        if not math.isfinite(value):
            return fixed(value)
        power = 0 if value == 0 else math.floor(math.log10(abs(value)) / math.log10(factor))
        power = min(max(power, -offset), len(suffixes) - offset - 1)
        return fixed(value / factor**power, decimals) + suffixes[offset + power]

    return write


def _binary(unit: str, offset: int = 0) -> Formatter:
    return scaled(1024, tuple(f" {prefix}{unit}" for prefix in _BINARY), offset)


def _si(unit: str, offset: int = 0) -> Formatter:
    return scaled(1000, tuple(f" {p}{unit}" for p in _SI), _SI.index("") + offset)


def _currency(symbol: str) -> Formatter:
    scale = scaled(1000, _COUNT)

    def write(value: float, decimals: int | None) -> str:
        return f"{'-' if value < 0 else ''}{symbol}{scale(abs(value), decimals)}"

    return write


def _count(unit: str) -> Formatter:
    scale = scaled(1000, _COUNT)
    return lambda value, decimals: f"{scale(value, decimals)} {unit}"


def _after(unit: str) -> Formatter:
    return lambda value, decimals: fixed(value, decimals) + (f" {unit}" if unit else "")


def _before(unit: str) -> Formatter:
    return lambda value, decimals: unit + fixed(value, decimals)


# Below this size: divide by that, write this; "(s)" where Grafana writes a plural.
_Rungs = tuple[tuple[float, float, str], ...]
_LONGER: _Rungs = ((60, 1, " s"), (3_600, 60, " min(s)"), (86_400, 3_600, " hour(s)"))
_SECONDS: _Rungs = (
    (1e-6, 1e-9, " ns"),
    (1e-3, 1e-6, " µs"),
    (1, 1e-3, " ms"),
    *_LONGER,
    (604_800, 86_400, " day(s)"),
    (31_536_000, 604_800, " week(s)"),
    (math.inf, 3.15569e7, " year(s)"),
)
_MILLISECONDS: _Rungs = (
    (1000, 1, " ms"),
    *((limit * 1000, divisor * 1000, suffix) for limit, divisor, suffix in _LONGER),
    (31_536_000_000, 86_400_000, " day(s)"),
    (math.inf, 31_536_000_000, " year(s)"),
)
_HOURS: _Rungs = (
    (24, 1, " hour"),
    (168, 24, " day(s)"),
    (8_760, 168, " week(s)"),
    (math.inf, 8_760, " year(s)"),
)
_DAYS: _Rungs = ((7, 1, " day(s)"), (365, 7, " week(s)"), (math.inf, 365, " year(s)"))


def _duration(rungs: _Rungs, zero: str = "") -> Formatter:
    def write(value: float, decimals: int | None) -> str:
        if value == 0 and zero:
            return zero
        divisor, suffix = next(
            ((d, s) for limit, d, s in rungs if abs(value) < limit), rungs[-1][1:]
        )
        plural = "s" if abs(value / divisor) > 1 else ""
        return fixed(value / divisor, decimals) + suffix.replace("(s)", plural)

    return write


_UNITS: Mapping[str, Formatter] = MappingProxyType(
    {
        "none": fixed,
        "short": scaled(1000, _SHORT),
        "sishort": _si(""),
        "percent": lambda value, decimals: f"{fixed(value, decimals)}%",
        "percentunit": lambda value, decimals: f"{fixed(100 * value, decimals)}%",
        "bytes": _binary("B"),
        "decbytes": _si("B"),
        "kbytes": _binary("B", 1),
        "mbytes": _binary("B", 2),
        "gbytes": _binary("B", 3),
        "binBps": _binary("B/s"),
        "Bps": _si("B/s"),
        "bps": _si("b/s"),
        "watt": _si("W"),
        "watth": _si("Wh"),
        "kwatth": _si("Wh", 1),
        "s": _duration(_SECONDS, zero="0 s"),
        "ms": _duration(_MILLISECONDS),
        "h": _duration(_HOURS),
        "d": _duration(_DAYS),
        "reqps": _count("req/s"),
        "ops": _count("ops/s"),
        "currencyUSD": _currency("$"),
        "currencyEUR": _currency("€"),
        "currencyGBP": _currency("£"),
    }
)
_FAMILIES: Mapping[str, Callable[[str], Formatter]] = MappingProxyType(
    {"suffix": _after, "prefix": _before, "si": _si, "count": _count, "currency": _currency}
)


def formatter(unit: str) -> Formatter:
    """Return the formatter of a Grafana unit; one it does not know is written after the number."""
    if unit in _UNITS:
        return _UNITS[unit]
    family, colon, rest = unit.partition(":")
    if colon and family in _FAMILIES:
        return _FAMILIES[family](rest)
    return _after(unit)
