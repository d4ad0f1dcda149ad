"""Dashboards that a resource holds packed: in base64, and gzip."""

import base64
import binascii
import gzip
import io

from dashboards.reading.values import ReadError

_MOST_BYTES = 64 * 2**20
"""What a packed dashboard may unpack to. Grafana's own are a few megabytes at the most."""

_GZIP = b"\x1f\x8b"


def is_gzip(raw: bytes) -> bool:
    """Return whether bytes are zipped, by their first two."""
    return raw.startswith(_GZIP)


def unpacked(value: str, *, zipped: bool) -> bytes:
    """Return the bytes of a base64 text, unzipped if it is so packed. Raises ReadError."""
    try:
        raw = base64.b64decode("".join(value.split()), validate=True)
    except (ValueError, binascii.Error) as error:
        raise ReadError(f"is not base64: {error}.") from error
    return gunzipped(raw) if zipped else raw


def gunzipped(raw: bytes) -> bytes:
    """Return what is zipped. Raises ReadError, also if it is far too much."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(raw)) as file:
            whole = file.read(_MOST_BYTES + 1)
    except (OSError, EOFError) as error:
        raise ReadError(f"is not gzip: {error}.") from error
    if len(whole) > _MOST_BYTES:
        raise ReadError(f"unpacks to more than {_MOST_BYTES // 2**20} MiB.")
    return whole
