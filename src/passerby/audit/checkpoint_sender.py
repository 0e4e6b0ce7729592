"""Sends checkpoints somewhere else in a thread of its own: what is away there delays nothing here."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from passerby.errors import AuditError

EVERY_S: Final = 60.0
"""How often a checkpoint is sent at most."""

log = logging.getLogger(__name__)


class CheckpointSender:
    """Sends the newest checkpoint while it is entered, again and again until it has arrived.

    Args:
        send: Sends one; raises an AuditError or OSError if it does not arrive.
        name: Of the thread.
    """

    def __init__(self, send: Callable[[bytes], None], name: str) -> None:
        self._send = send
        self._newest: bytes | None = None
        self._failure = ""
        self._more = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def problem(self) -> str:
        """Why checkpoints do not arrive there, in one line; "" = they do."""
        return self._failure

    def put(self, checkpoint: bytes) -> None:
        """Send a checkpoint soon, unless a newer one comes before; returns at once."""
        with self._more:
            self._newest = checkpoint
            self._more.notify_all()

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Send what waits, once, and stop."""
        with self._more:
            self._stopping = True
            self._more.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._more:
                self._more.wait_for(lambda: self._stopping or self._newest is not None)
                checkpoint, self._newest = self._newest, None
            if checkpoint is not None and not self._arrives(checkpoint):
                self._put_back(checkpoint)
            with self._more:
                if self._stopping:
                    return
                self._more.wait_for(lambda: self._stopping, EVERY_S)

    def _arrives(self, checkpoint: bytes) -> bool:
        try:
            self._send(checkpoint)
        except (OSError, AuditError) as error:
            if str(error) != self._failure:
                log.warning("checkpoint_not_copied", extra={"reason": str(error)})
            self._failure = str(error)
            return False
        self._failure = ""
        return True

    def _put_back(self, checkpoint: bytes) -> None:
        """Try a checkpoint again, unless there is a newer one."""
        with self._more:
            if self._newest is None:
                self._newest = checkpoint
