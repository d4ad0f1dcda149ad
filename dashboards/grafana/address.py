"""Grafana's address, as people write it and as requests need it."""

from urllib.parse import unquote, urlsplit


def split_url(url: str) -> tuple[str, tuple[str, str] | None]:
    """Return the address without user and password, ending in ``/``, and those two apart.

    ``"http://me:secret@host/grafana"`` gives ``("http://host/grafana/", ("me", "secret"))``.
    Raises ValueError, with a sentence that does not hold the URL, when it is not one.
    """
    form = "http://host:3000 or https://host/grafana/"
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise ValueError(f"The URL of Grafana is not a URL: write it like {form}.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"The URL of Grafana must be like {form}.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    address = f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path.rstrip('/')}/"
    if parts.username and parts.password:
        return address, (unquote(parts.username), unquote(parts.password))
    return address, None
