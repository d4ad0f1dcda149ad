"""Prometheus' HTTP API, as far as a page needs it; every failure is one sentence."""

import math
from array import array
from collections.abc import Mapping
from typing import Any

import httpx

from dashboards.report.model import Sampled
from exporter.resending import IDEMPOTENT


class PrometheusError(Exception):
    """Something between us and the answer; the message is a sentence with the next step."""


class AddressError(PrometheusError):
    """What was given as the address of a server is none."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url!r} is no address. Write it like http://localhost:9090.")


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
        if parsed.scheme not in ("http", "https") or not parsed.host:
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
        at = {} if time is None else {"time": f"{time:.3f}"}
        return _samples(self._ask("POST", "query", {"query": query, **at}))

    def range(self, query: str, start: float, end: float, step: float) -> list[Sampled]:
        """Return each series over a range of Unix times, both ends included.

        Raises QueryError, UnreachableError.
        """
        times = {"start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:g}"}
        return _samples(self._ask("POST", "query_range", {"query": query, **times}))

    def label_values(
        self, label: str, series: str | None, start: float, end: float
    ) -> tuple[str, ...]:
        """Return the values that a label had in the range on the series of a selector, sorted.

        Raises QueryError, UnreachableError.
        """
        wanted = {"start": f"{start:.3f}", "end": f"{end:.3f}"}
        if series:
            wanted["match[]"] = series
        return tuple(sorted(map(str, self._ask("GET", f"label/{label}/values", wanted))))

    def _ask(self, method: str, path: str, fields: Mapping[str, str]) -> Any:  # noqa: ANN401
        """Return the answer's ``data``. A POST is a query, too, and changes nothing."""
        sent: dict[str, Any] = {"data": fields} if method == "POST" else {"params": fields}
        try:
            response = self._client.request(
                method, self._api.join(path), extensions=IDEMPOTENT, **sent
            )
        except httpx.TimeoutException as error:
            raise SlowError(
                "Prometheus took too long. Choose a shorter range, or a longer --timeout."
            ) from error
        except httpx.TransportError as error:
            raise UnreachableError(
                f"No Prometheus answers at {self.address} ({error or type(error).__name__}). "
                "Start it, or name another with --prometheus or PROMETHEUS_URL."
            ) from error
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or "status" not in answer:
            raise self._stranger(response)
        if answer["status"] != "success":
            raise QueryError(_sentence(str(answer.get("error", "no reason given"))))
        return answer.get("data")

    def _stranger(self, response: httpx.Response) -> PrometheusError:
        """Return the error for an answer that is not Prometheus'."""
        if response.status_code in (401, 403):
            return UnreachableError(
                f"{self.address} asks for a login (HTTP {response.status_code}). "
                "Put it into the address, https://user:password@host, or ask Prometheus directly."
            )
        if response.status_code in (502, 503, 504):
            return QueryError(
                f"The proxy before Prometheus says HTTP {response.status_code}. "
                "Try again; if it stays, choose a shorter range."
            )
        kind = response.headers.get("content-type", "no content type").partition(";")[0]
        return UnreachableError(
            f"{self.address} answers, but not as Prometheus does (HTTP {response.status_code}, "
            f"{kind}). Name Prometheus itself, with any path it is served under."
        )


def _samples(data: Any) -> list[Sampled]:  # noqa: ANN401 - JSON
    kind, result = data["resultType"], data["result"]
    if kind in ("scalar", "string"):
        result = [{"metric": {}, "value": result}]
    return [_sampled(item) for item in result]


def _sampled(item: Mapping[str, Any]) -> Sampled:
    points = item.get("values") or ([item["value"]] if "value" in item else [])
    return Sampled(
        labels=item["metric"],
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
