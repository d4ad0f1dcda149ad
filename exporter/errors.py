"""What can go wrong between the exporter and the hub, by reason."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a refresh failed: the value of the label ``reason``."""

    CONNECT = "connect"
    TIMEOUT = "timeout"
    TLS = "tls"
    AUTH = "auth"
    SCOPE = "scope"
    HTTP = "http"
    NOT_JSON = "not_json"
    SHAPE = "shape"


UNREACHED = frozenset({Reason.CONNECT, Reason.TIMEOUT, Reason.TLS})


class HubError(Exception):
    """The hub gave no usable answer.

    ``str()`` is one line in plain words with the next step. It holds no token and no username,
    so that it can be logged as it is.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason

    @property
    def reached(self) -> bool:
        """Whether the hub (or a proxy before it) answered at all, if only with an error."""
        return self.reason not in UNREACHED
