"""The log in the form of hclog, so that Grafana shows each line at its own level."""

import logging
from datetime import UTC, datetime
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from app.backend.settings import setting_name
from exporter import logs

_LEVELS = {"warning": "warn", "critical": "error"}


class HclogFormatter(JsonFormatter):
    """``{"@level": "info", "@message": "Refreshed in …", "@timestamp": "…", "users": 59, …}``."""

    def __init__(self) -> None:
        super().__init__("%(message)s", rename_fields={"message": "@message"})

    def add_fields(
        self,
        log_record: dict[str, Any],
        record: logging.LogRecord,
        message_dict: dict[str, Any],
    ) -> None:
        """Add what hclog's readers look for; without just this form of time, all is debug."""
        super().add_fields(log_record, record, message_dict)
        level = record.levelname.lower()
        log_record["@level"] = _LEVELS.get(level, level)
        moment = datetime.fromtimestamp(record.created, UTC)
        log_record["@timestamp"] = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def log_to_grafana(level: str) -> None:
    """Set the process' log up: on stderr, which Grafana reads."""
    logs.set_up(level, HclogFormatter(), setting_name)
