"""Which of the two formats a scraper gets, and whether in gzip (RFC 9110, section 12)."""

from collections.abc import Callable, Iterator

from prometheus_client.exposition import generate_latest
from prometheus_client.openmetrics import exposition
from prometheus_client.registry import Collector

_OPENMETRICS = "application/openmetrics-text"
# prometheus_client has a name for it only from 0.23 on.
_PLAIN = "text/plain; version=0.0.4; charset=utf-8"
_TEXT = {"text/plain", "text/*", "*/*"}


def choose_format(accept: str) -> tuple[Callable[[Collector], bytes], str]:
    """Return what writes the exporter's own series, and the content type.

    OpenMetrics 1.0 for those that would rather have it, as Prometheus does; else the text
    format 0.0.4, also for who names neither.
    """
    wanted = {"openmetrics": 0.0, "text": 0.0}
    for name, parameters in _entries(accept):
        quality = _quality(parameters)
        if name == _OPENMETRICS and parameters.get("version", "1.0.0") == "1.0.0":
            wanted["openmetrics"] = max(wanted["openmetrics"], quality)
        elif name in _TEXT:
            wanted["text"] = max(wanted["text"], quality)
    if wanted["openmetrics"] > 0 and wanted["openmetrics"] >= wanted["text"]:
        return exposition.generate_latest, exposition.CONTENT_TYPE_LATEST
    return generate_latest, _PLAIN


def takes_gzip(accept_encoding: str) -> bool:
    """Return whether gzip is among the encodings, and not with ``q=0``."""
    return any(
        name == "gzip" and _quality(parameters) > 0
        for name, parameters in _entries(accept_encoding)
    )


def _entries(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    """``a;q=0.5, b`` → ``("a", {"q": "0.5"})``, ``("b", {})``, in small letters."""
    for entry in header.lower().split(","):
        name, *parameters = (part.strip() for part in entry.split(";"))
        pairs = (parameter.partition("=") for parameter in parameters)
        yield name, {key.strip(): value.strip() for key, _, value in pairs}


def _quality(parameters: dict[str, str]) -> float:
    try:
        return min(1.0, max(0.0, float(parameters.get("q", "1"))))
    except ValueError:
        return 0.0
