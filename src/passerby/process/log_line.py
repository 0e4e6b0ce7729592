"""Formats log records of the gateway for people: the event and its details on one line."""

from __future__ import annotations

import logging
from typing import Final

_USUAL: Final = frozenset(vars(logging.makeLogRecord({})))


class LogLine(logging.Formatter):
    """Writes `passerby: camera door: recording stopped, reason: the disk is full`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line for one event; tracebacks are left out, they matter only to find a bug."""
        more = {name: value for name, value in vars(record).items() if name not in _USUAL | {"message", "asctime"}}
        camera = more.pop("camera", None)
        where = f"camera {camera}: " if camera else ""
        parts = [record.getMessage().replace("_", " "), *(f"{name}: {value}" for name, value in more.items())]
        return f"passerby: {where}{' '.join(', '.join(parts).split())}"


def log_to_terminal() -> None:
    """Print warnings and errors on stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(LogLine())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
