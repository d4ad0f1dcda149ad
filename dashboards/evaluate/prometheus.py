"""Prometheus' HTTP API, as far as a page needs it; every failure is one sentence."""

import math
import re
from array import array
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from dashboards.evaluate import refusals
from dashboards.evaluate.model import Sampled
from exporter.resending import IDEMPOTENT

_LEGACY_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)

_ALONE = ("scalar", "string")
"""Kinds of answers that hold one value and no series."""


class PrometheusError(Exception):
    """Something between us and the answer; the message is a sentence with the next step."""


class AddressError(PrometheusError):
    """What was given as the address of a server is none. No message holds its user or password."""

    def __init__(self, url: str) -> None:
        # Where the address cannot be parsed, all before the last @ may be a password.
        _, login, host = url.rpartition("@")
        shown = f"…@{host}" if login else url
        super().__init__(
            f"{shown!r} is no address. Write it like http://localhost:9090."
            + (
                " With a login it is http://user:password@host; in both of these, percent-encode "
                "@ : / # ? (%40 %3A %2F %23 %3F), and in a path @."
            )
            * bool(login)
        )


class UnreachableError(PrometheusError):
    """There is no Prometheus at the address: no panel could be drawn."""


class QueryError(PrometheusError):
    """Prometheus, or the way to it, refused one query; other panels may still work."""


class SlowError(QueryError):
    """The answer did not come in time."""


class Prometheus:
    """A client for one server. ``client`` is the caller's, which also closes it.

    Raises AddressError.
    """

    def __init__(self, client: httpx.Client, url: str) -> None:
        self._client = client
        try:
            parsed = httpx.URL(url.rstrip("/"))
        except httpx.InvalidURL as error:
            raise AddressError(url) from error
        # With / # or ? in a password, its rest would be the path, which messages show.
        login_elsewhere = "@" in f"{parsed.raw_path.decode()}{parsed.fragment}"
        if parsed.scheme not in ("http", "https") or not parsed.host or login_elsewhere:
            raise AddressError(url)
        self._api = httpx.URL(f"{parsed}/api/v1/")
        # A password in the address belongs in no message.
        self.address = str(parsed.copy_with(username=None, password=None))

    def check(self) -> None:
        """Raise UnreachableError unless a Prometheus answers."""
        try:
            self.instant("vector(1)", None)
        except SlowError as error:
            raise UnreachableError(
                f"{self.address} takes the question but does not answer in time. "
                "Is it Prometheus? If it is only slow, give it a longer --timeout."
            ) from error
        except QueryError as error:
            raise UnreachableError(
                f"Prometheus at {self.address} answers badly: {error}"
            ) from error

    def instant(self, query: str, time: float | None) -> list[Sampled]:
        """Return the value of each series at a Unix time (now if None).

        Raises QueryError, UnreachableError.
        """
        return self._sampled(_instant(query, time), "query")

    def text_or_series(self, query: str, time: float) -> str | list[Sampled]:
        """Return the text of a scalar's or string's value, else the value of each series.

        Raises QueryError, UnreachableError.
        """
        data = self._ask("POST", "query", _instant(query, time))
        try:
            if data["resultType"] in _ALONE:
                return str(data["result"][1])
        except (KeyError, TypeError, IndexError) as error:
            raise self._no_samples() from error
        return self._read(data)

    def range(self, query: str, start: float, end: float, step: float) -> list[Sampled]:
        """Return each series over a range of Unix times, both ends included.

        Raises QueryError, UnreachableError.
        """
        times = {"start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:g}"}
        return self._sampled({"query": query, **times}, "query_range")

    def label_values(
        self, label: str, series: str | None, start: float, end: float
    ) -> tuple[str, ...]:
        """Return the values that a label had in the range on the series of a selector, sorted.

        Raises QueryError, UnreachableError.
        """
        path = f"label/{quote(_label(label), safe='')}/values"
        return self._texts(path, _metadata(series, start, end))

    def label_names(self, series: str | None, start: float, end: float) -> tuple[str, ...]:
        """Return the labels that the series of a selector had in the range, sorted.

        Raises QueryError, UnreachableError.
        """
        return self._texts("labels", _metadata(series, start, end))

    def series(self, selector: str, start: float, end: float) -> list[dict[str, str]]:
        """Return the labels of each series of a selector in the range.

        Raises QueryError, UnreachableError.
        """
        found = self._ask("GET", "series", _metadata(selector, start, end))
        if not isinstance(found, list) or not all(isinstance(it, dict) for it in found):
            raise self._not_prometheus("a list of series is missing in its answer")
        return [{str(key): str(value) for key, value in it.items()} for it in found]

    def _texts(self, path: str, fields: Mapping[str, str]) -> tuple[str, ...]:
        # Prometheus answers null where there is nothing.
        found = self._ask("GET", path, fields) or []
        if not isinstance(found, list):
            raise self._not_prometheus("a list is missing in its answer")
        return tuple(sorted(map(str, found)))

    def _sampled(self, fields: Mapping[str, str], path: str) -> list[Sampled]:
        return self._read(self._ask("POST", path, fields))

    def _read(self, data: Any) -> list[Sampled]:  # noqa: ANN401 - JSON
        try:
            return _samples(data)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self._no_samples() from error

    def _no_samples(self) -> PrometheusError:
        return self._not_prometheus("samples are missing in its answer")

    def _ask(self, method: str, path: str, fields: Mapping[str, str]) -> Any:  # noqa: ANN401
        """Return the answer's ``data``. A POST is a query, too, and changes nothing."""
        # Half a character, as a board's JSON or a command line can hold, is in no UTF-8.
        whole = {name: text.encode("utf-8", "replace").decode() for name, text in fields.items()}
        sent: dict[str, Any] = {"data": whole} if method == "POST" else {"params": whole}
        try:
            response = self._client.request(
                method, self._api.join(path), extensions=IDEMPOTENT, **sent
            )
        except httpx.TimeoutException as error:
            raise SlowError(
                "Prometheus took too long. Choose a shorter range, or a longer --timeout."
            ) from error
        except httpx.HTTPError as error:
            raise UnreachableError(
                f"No Prometheus answers at {self.address} ({error or type(error).__name__}). "
                "Start it, or name another with --prometheus or PROMETHEUS_URL."
            ) from error
        if refused := refusals.words(response, self.address):
            raise UnreachableError(refused)
        try:
            answer = response.json()
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict) or "status" not in answer:
            raise self._stranger(response)
        if answer["status"] != "success":
            raise QueryError(_sentence(str(answer.get("error", "no reason given"))))
        return answer.get("data")

    def _stranger(self, response: httpx.Response) -> PrometheusError:
        """Return the error for an answer that is not Prometheus'."""
        if response.status_code in (502, 503, 504):
            return QueryError(
                f"The proxy before Prometheus says HTTP {response.status_code}. "
                "Try again; if it stays, choose a shorter range."
            )
        kind = response.headers.get("content-type", "no content type").partition(";")[0]
        return self._not_prometheus(f"HTTP {response.status_code}, {kind}")

    def _not_prometheus(self, why: str) -> PrometheusError:
        return UnreachableError(
            f"{self.address} answers, but not as Prometheus does ({why}). Name Prometheus itself, "
            "with any path it is served under; Mimir's is /prometheus."
        )


def _instant(query: str, time: float | None) -> dict[str, str]:
    return {"query": query, **({} if time is None else {"time": f"{time:.3f}"})}


def _metadata(series: str | None, start: float, end: float) -> dict[str, str]:
    wanted = {"start": f"{start:.3f}", "end": f"{end:.3f}"}
    return {**wanted, "match[]": series} if series else wanted


def _label(name: str) -> str:
    """Return a label's name as a path of the API holds it: Prometheus 3's others are escaped.

    ``my.label`` is ``U__my_2e_label``.
    """
    if _LEGACY_NAME.fullmatch(name):
        return name
    escaped = (
        "__" if it == "_" else it if it.isascii() and it.isalnum() else f"_{ord(it):x}_"
        for it in name
    )
    return f"U__{''.join(escaped)}"


def _samples(data: Any) -> list[Sampled]:  # noqa: ANN401 - JSON
    kind, result = data["resultType"], data["result"]
    if kind in _ALONE:
        result = [{"metric": {}, "value": result}]
    return [_of_series(item) for item in result]


def _of_series(item: Mapping[str, Any]) -> Sampled:
    points = item.get("values") or ([item["value"]] if "value" in item else [])
    if not points and ("histogram" in item or "histograms" in item):
        raise QueryError(
            "The answer holds native histograms, which no picture here shows. Use "
            "histogram_quantile(), histogram_avg() or histogram_count() in the query."
        )
    return Sampled(
        labels={str(name): str(text) for name, text in item["metric"].items()},
        times=array("d", (float(time) for time, _ in points)),
        values=array("d", (_number(value) for _, value in points)),
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
