"""The log on stderr: one line an event, for people on a terminal, else JSON for machines."""

import asyncio
import logging
import sys

import h11
from pythonjsonlogger.json import JsonFormatter

from exporter.config.settings import flag
from exporter.core.messages import SettingNames, worded

_NO_FAULTS = (asyncio.CancelledError, h11.LocalProtocolError)


def log_to_stderr(level: str, form: str) -> None:
    """Set the process' log up; ``form`` is ``human``, ``json`` or ``auto`` (by the terminal).

    ``{"timestamp": "2026-03-20T15:00:00.000+00:00", "level": "INFO", "message": "Refreshed in
    0.21 s: …", "duration": 0.21, "users": 59, …}``
    """
    human = form == "human" or (form == "auto" and sys.stderr.isatty())
    set_up(
        level,
        logging.Formatter("%(asctime)s %(levelname)s %(message)s")
        if human
        else JsonFormatter(
            "%(levelname)s %(message)s", rename_fields={"levelname": "level"}, timestamp=True
        ),
        flag,
    )


class _Wording(logging.Filter):
    """Words the messages in a record's arguments for who reads the log."""

    def __init__(self, names: SettingNames) -> None:
        super().__init__()
        self._names = names

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(worded(value, self._names) for value in record.args)
        return True


def set_up(level: str, formatter: logging.Formatter, names: SettingNames) -> None:
    """Have the process log to stderr what is as bad as ``level`` (``info``) or worse.

    ``names`` are those that the readers of the log have for settings.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_Wording(names))
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=level.upper())
    # Request lines, which at debug level may hold headers.
    for library in ("httpx", "httpcore", "uvicorn"):
        logging.getLogger(library).setLevel(logging.WARNING)
    # One line for each client that speaks no HTTP, or hangs up: anybody could fill the log.
    for library in ("uvicorn.error", "asyncio"):
        logging.getLogger(library).setLevel(logging.ERROR)
        logging.getLogger(library).addFilter(_is_a_fault)


def _is_a_fault(record: logging.LogRecord) -> bool:
    """Return whether it is more than an answer that was given up, or that could not be given.

    Late ones and those under way at the end are given up; to a broken request uvicorn tries to
    give a second answer.
    """
    if record.msg == "ASGI callable returned without completing response.":
        return False
    return not (record.exc_info and isinstance(record.exc_info[1], _NO_FAULTS))
