"""Sends the messages of one contact, in a thread of its own: a slow service delays nothing else."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from passerby.errors import DeliveryRefusedError, OutputError
from passerby.outputs.notify.channel import Channel
from passerby.outputs.notify.delivery_log import DeliveryLog
from passerby.outputs.notify.message import AlertMessage

log = logging.getLogger(__name__)

FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 300.0
GIVE_UP_S = 86_400.0
"""A message that could not be sent for a day is undeliverable."""
MOST_WAITING = 10_000


@dataclass(slots=True)
class _Failing:
    """The present failure of a contact."""

    tries: int = 0
    since_s: dict[str, float] = field(default_factory=dict)


class Courier:
    """Delivers messages to one contact at least once, oldest first.

    Args:
        contact: Its name.
        channel: How it is reached.
        path: Where its messages wait.
        clock: A monotonic clock, s.

    Raises:
        OutputError: The messages cannot be stored.
    """

    def __init__(
        self, contact: str, channel: Channel, path: Path, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.contact = contact
        self._channel = channel
        self._clock = clock
        self._log = DeliveryLog(path)
        self.is_new = self._log.is_new
        """Whether nothing was ever sent to this contact."""
        self._failure = ""
        self._failing = _Failing()
        self._stopping = False
        self._more = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=f"notify {contact}", daemon=True)

    @property
    def problem(self) -> str:
        """Why nothing is delivered at present, in one line that says what to do; "" = no problem."""
        return self._failure

    @property
    def waiting(self) -> int:
        """Number of messages that wait."""
        with self._more:
            return len(self._log.waiting)

    @property
    def last_number(self) -> int:
        """Number of the last event about which a message was added."""
        return self._log.last_number

    def dead(self) -> list[tuple[AlertMessage, str]]:
        """Return the messages that could not be delivered, with the reasons; oldest first."""
        with self._more:
            return list(self._log.dead)

    def start(self) -> None:
        """Start to send what waits."""
        self._thread.start()

    def begin(self, number: int) -> None:
        """Start after the event of a number: a new contact gets no old news."""
        with self._more, suppress(OutputError):
            self._log.begin(number)

    def add(self, number: int, message: AlertMessage) -> None:
        """Add a message about the event of a number; 0 = it is about none.

        It returns once the message is on disk, and never waits for the service.
        """
        with self._more:
            try:
                self._log.add(number, message)
            except OutputError as error:  # it is sent nevertheless, unless the gateway is killed first
                log.error("message_not_stored", extra={"contact": self.contact, "reason": str(error)})  # noqa: TRY400 - the reason is enough
            if len(self._log.waiting) > MOST_WAITING:
                self._bury(next(iter(self._log.waiting.values())), "too many messages waited")
            self._more.notify_all()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Stop; what waits is sent after the next start. Safe to repeat."""
        with self._more:
            self._stopping = True
            self._more.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        if not self._thread.is_alive():
            self._log.close()

    def _run(self) -> None:
        try:
            self._send_all()
        finally:
            if not self._stopping:  # a channel failed in a way that nobody foresaw
                self._fail("sending has stopped because of an error in passerby; restart the gateway, and report it")

    def _send_all(self) -> None:
        while True:
            with self._more:
                self._more.wait_for(lambda: self._stopping or self._log.waiting)
                if self._stopping:
                    return
                message = next(iter(self._log.waiting.values()))
            wait_s = self._deliver(message)
            if wait_s:
                with self._more:
                    self._more.wait_for(lambda: self._stopping, wait_s)

    def _deliver(self, message: AlertMessage) -> float:
        """Send one message; return how long to wait before the next attempt, s."""
        try:
            self._channel.send(message)
        except DeliveryRefusedError as error:
            self._fail(str(error))
            with self._more:
                self._bury(message, str(error))
            return 0.0
        except OutputError as error:
            return self._retry(message, str(error))
        with self._more:
            self._failing = _Failing()
            if self._failure:
                log.info("contact_reached_again", extra={"contact": self.contact})
            self._failure = ""
            with suppress(OutputError):  # then it is sent again after a restart, with its number
                self._log.mark_sent(message)
        return 0.0

    def _retry(self, message: AlertMessage, reason: str) -> float:
        self._fail(reason)
        since_s = self._failing.since_s.setdefault(message.key, self._clock())
        if self._clock() - since_s > GIVE_UP_S:
            with self._more:
                self._bury(message, reason)
        wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * float(1 << min(self._failing.tries, 20)))
        self._failing.tries += 1
        return wait_s

    def _fail(self, reason: str) -> None:
        if reason != self._failure:
            log.warning("contact_not_reached", extra={"contact": self.contact, "reason": reason})
        self._failure = reason

    def _bury(self, message: AlertMessage, reason: str) -> None:
        log.error("message_undeliverable", extra={"contact": self.contact, "number": message.key, "reason": reason})
        with suppress(OutputError):
            self._log.bury(message, reason)
