"""Grafana's URL as people write it, split into address and login."""

from urllib.parse import unquote, urlsplit


def split_url(url: str) -> tuple[str, tuple[str, str] | None]:
    """Return the address without the login, ending in ``/``, and the login, None without one.

    ``"http://me:secret@host/grafana"`` gives ``("http://host/grafana/", ("me", "secret"))``.
    Raises ValueError when it is no such URL, in a sentence that does not repeat it.
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
