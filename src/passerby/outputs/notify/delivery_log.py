"""The messages to one contact that wait to be sent, on disk: none is lost when the gateway is killed."""

from __future__ import annotations

import json
import logging
from collections import deque
from pathlib import Path

from passerby.errors import OutputError
from passerby.outputs.notify.message import AlertMessage
from passerby.storage.append_log import AppendLog, read_log, replaced

log = logging.getLogger(__name__)

LARGEST_BYTES = 1 << 20
"""A larger file is written anew, with what still waits."""
MOST_DEAD = 1000


class DeliveryLog:
    """Waiting, sent and undeliverable messages of one contact.

    A message is written before it is sent, and marked afterwards: a kill in between sends it again, with its number.

    Args:
        path: The file; created if missing.

    Raises:
        OutputError: It cannot be read or written, or another program uses it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.last_number = 0
        """Number of the last event about which a message was added."""
        self.is_new = not path.exists()
        self.waiting: dict[str, AlertMessage] = {}
        """Messages that have not been sent, by number, oldest first."""
        self.dead: deque[tuple[AlertMessage, str]] = deque(maxlen=MOST_DEAD)
        """Messages that could not be delivered, and why."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._log = AppendLog(path)
            for record in read_log(path):
                self._load(record.data)
        except OSError as error:
            msg = f"{path}: messages to this contact cannot be stored ({error.strerror}); set state_folder"
            raise OutputError(msg) from error

    def add(self, number: int, message: AlertMessage) -> None:
        """Add a message about the event of a number; 0 = it is about none.

        Raises:
            OutputError: It waits in memory only.
        """
        if 0 < number <= self.last_number:
            return
        self.last_number = max(self.last_number, number)
        self.waiting[message.key] = message
        self._write({"number": self.last_number, "put": json.loads(message.encoded())})

    def begin(self, number: int) -> None:
        """Start after the event of a number: a new contact gets no old news."""
        self.last_number = max(self.last_number, number)
        self._write({"number": self.last_number})

    def mark_sent(self, message: AlertMessage) -> None:
        """Note that a message has arrived."""
        self.waiting.pop(message.key, None)
        self._write({"sent": message.key})
        self._shrink()

    def bury(self, message: AlertMessage, reason: str) -> None:
        """Note that a message cannot be delivered."""
        self.waiting.pop(message.key, None)
        self.dead.append((message, reason))
        self._write({"dead": json.loads(message.encoded()), "reason": reason})
        self._shrink()

    def close(self) -> None:
        """Close the file; safe to repeat."""
        self._log.close()

    def _write(self, record: dict[str, object]) -> None:
        try:
            self._log.append(json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode())
        except OSError as error:
            msg = f"{self.path}: a message to this contact is not stored ({error.strerror}); free disk space"
            raise OutputError(msg) from error

    def _load(self, data: bytes | None) -> None:
        try:
            record = json.loads(data or b"")
            if "put" in record:
                message = AlertMessage.decoded(record["put"])
                self.waiting[message.key] = message
            if "sent" in record:
                self.waiting.pop(record["sent"], None)
            if "dead" in record:
                message = AlertMessage.decoded(record["dead"])
                self.waiting.pop(message.key, None)
                self.dead.append((message, str(record["reason"])))
            self.last_number = max(self.last_number, int(record.get("number", 0)))
        except (ValueError, TypeError, KeyError, AttributeError, OutputError):
            log.error("message_damaged", extra={"file": str(self.path)})  # noqa: TRY400 - the file is enough

    def _shrink(self) -> None:
        if self._log.size <= LARGEST_BYTES:
            return
        records: list[dict[str, object]] = [{"number": self.last_number}]
        records += [{"put": json.loads(each.encoded())} for each in self.waiting.values()]
        records += [{"dead": json.loads(each.encoded()), "reason": reason} for each, reason in self.dead]
        try:
            lines = (json.dumps(each, ensure_ascii=False, separators=(",", ":")).encode() for each in records)
            self._log = replaced(self._log, lines)
        except OSError as error:
            log.warning("messages_not_shrunk", extra={"file": str(self.path), "reason": str(error.strerror)})
