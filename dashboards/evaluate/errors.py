"""What can go wrong between a query and its answer; every message is one sentence."""


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
