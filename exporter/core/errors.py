"""What can go wrong between the exporter and the hub, by reason."""

from enum import StrEnum

from exporter.core.messages import ExplainedError, Message


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
    PARTIAL = "partial"


UNREACHED = frozenset({Reason.CONNECT, Reason.TIMEOUT, Reason.TLS})


class HubError(ExplainedError):
    """The hub gave no usable answer.

    The message is one line with the next step. It holds no token and no username, so that it can
    be logged as it is. ``retry_after`` is how many seconds the hub asked to be left alone, 0 if
    it did not. ``asked`` is False if no request was made.
    """

    def __init__(
        self,
        reason: Reason,
        message: Message | str,
        retry_after: float = 0.0,
        *,
        asked: bool = True,
    ) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_after = retry_after
        self.asked = asked

    @property
    def reached(self) -> bool:
        """Whether the hub (or a proxy before it) answered at all, if only with an error."""
        return self.reason not in UNREACHED
