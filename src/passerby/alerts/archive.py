"""The events of alerts in memory and on disk; what cannot be stored now is stored later."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from passerby.alerts.event import AlertEvent
from passerby.alerts.event_log import LARGEST_BYTES, AlertEventLog, read_events
from passerby.errors import AlertStorageError

log = logging.getLogger(__name__)


class AlertArchive:
    """Holds the events of a site; used by one thread at a time.

    Args:
        path: The file.
        accept: Takes each stored event, oldest first; one that it refuses with a ValueError is logged and left out.

    Raises:
        AlertStorageError: The file cannot be read or written, or another program uses it.
    """

    def __init__(self, path: Path, accept: Callable[[AlertEvent], None]) -> None:
        self._event_log = AlertEventLog(path)
        self._unsaved: list[AlertEvent] = []
        self.events: list[AlertEvent] = []
        """All events, oldest first."""
        self.problem = ""
        """Why events are not stored at present, in one line that says what to do; "" = they are."""
        for event in read_events(path):
            try:
                accept(event)
            except ValueError as error:
                log.error("alert_event_skipped", extra={"reason": str(error)})  # noqa: TRY400 - the reason is enough
            else:
                self.events.append(event)

    @property
    def is_large(self) -> bool:
        """Whether the file should be written anew."""
        return self._event_log.size > LARGEST_BYTES

    def save(self, events: list[AlertEvent], *, required: bool = False) -> None:
        """Store events, with those that could not be stored before.

        Args:
            events: Events that are stored together or not at all.
            required: Whether they must not happen if they cannot be stored; else they are stored later.

        Raises:
            AlertStorageError: They are required, and the disk is full or failed.
        """
        try:
            self._event_log.append([*self._unsaved, *events])
        except AlertStorageError as error:
            if not self.problem:
                log.error("alerts_not_stored", extra={"reason": str(error)})  # noqa: TRY400 - the reason is enough
            self.problem = str(error)
            if required:
                raise
            self._unsaved += events
        else:
            self._unsaved = []
            self.problem = ""
        self.events += events

    def retry(self) -> None:
        """Store what could not be stored before, if there is room now."""
        if self._unsaved:
            self.save([])

    def retain(self, wanted: Callable[[AlertEvent], bool]) -> None:
        """Forget the events that are not wanted, here and on disk."""
        self.events = [each for each in self.events if wanted(each)]
        try:
            self._event_log.rewrite(self.events)
        except AlertStorageError as error:
            log.warning("alerts_not_swept", extra={"reason": str(error)})
        else:
            self._unsaved = []

    def close(self) -> None:
        """Close the file; safe to repeat."""
        self._event_log.close()
