"""Why no connection to a Prometheus came about, in the words of ``deploy``'s errors."""

import socket
import ssl

import httpx

from exporter.causes import causes


def no_connection(address: str, error: httpx.HTTPError) -> str:
    """Return what is wrong and what to do next, in sentences."""
    chain = tuple(causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in chain):
        host = httpx.URL(address).host
        return f"No host is called {host}. Check --prometheus or PROMETHEUS_URL."
    if any(isinstance(cause, ConnectionRefusedError) for cause in chain):
        return (
            f"No Prometheus answers at {address} (connection refused). Start it, or name another "
            "with --prometheus or PROMETHEUS_URL."
        )
    tls = next((cause for cause in chain if isinstance(cause, ssl.SSLError)), None)
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
        f"The connection to {address} broke ({type(chain[-1]).__name__}). Check that this is "
        "Prometheus' address (--prometheus, PROMETHEUS_URL) and that it is up."
    )
