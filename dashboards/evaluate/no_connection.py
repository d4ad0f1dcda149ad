"""Why no connection to a Prometheus came about, in the words of ``deploy``'s errors."""

import socket
import ssl
from collections.abc import Iterator

import httpx


def no_connection(address: str, error: httpx.HTTPError) -> str:
    """Return what is wrong and what to do next, in sentences."""
    causes = tuple(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        host = httpx.URL(address).host
        return f"No host is called {host}. Check --prometheus or PROMETHEUS_URL."
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return (
            f"No Prometheus answers at {address} (connection refused). Start it, or name another "
            "with --prometheus or PROMETHEUS_URL."
        )
    tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    if isinstance(tls, ssl.SSLCertVerificationError):
        return (
            f"The certificate of {address} is not trusted. Set --ca-file to the file of the CA "
            "that issued it, or --prometheus (PROMETHEUS_URL) to the name it is for."
        )
    if tls is not None:
        return (
            f"{address} does not speak TLS ({tls.reason or 'no reason given'}). If Prometheus has "
            "no certificate, write http:// in --prometheus (PROMETHEUS_URL)."
        )
    return (
        f"The connection to {address} broke ({type(causes[-1]).__name__}). Check that this is "
        "Prometheus' address (--prometheus, PROMETHEUS_URL) and that it is up."
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
