"""Prometheus' HTTP API, as far as a page needs it; every failure is one sentence."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from dashboards.evaluate import refusals
from dashboards.evaluate.answers import ALONE, label_in_path, samples
from dashboards.evaluate.errors import (
    AddressError,
    PrometheusError,
    QueryError,
    SlowError,
    UnreachableError,
)
from dashboards.evaluate.model import Sampled
from dashboards.evaluate.no_connection import no_connection
from exporter.resending import IDEMPOTENT


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
            if data["resultType"] in ALONE:
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
        path = f"label/{quote(label_in_path(label), safe='')}/values"
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
        answer = self._ask("GET", "series", _metadata(selector, start, end))
        if not isinstance(answer, list) or not all(isinstance(labels, dict) for labels in answer):
            raise self._not_prometheus("a list of series is missing in its answer")
        return [{str(key): str(value) for key, value in labels.items()} for labels in answer]

    def _texts(self, path: str, fields: Mapping[str, str]) -> tuple[str, ...]:
        # Prometheus answers null where there is nothing.
        answer = self._ask("GET", path, fields) or []
        if not isinstance(answer, list):
            raise self._not_prometheus("a list is missing in its answer")
        return tuple(sorted(map(str, answer)))

    def _sampled(self, fields: Mapping[str, str], path: str) -> list[Sampled]:
        return self._read(self._ask("POST", path, fields))

    def _read(self, data: Any) -> list[Sampled]:  # noqa: ANN401 - JSON
        try:
            return samples(data)
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
            raise UnreachableError(no_connection(self.address, error)) from error
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


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
