"""How one contact is reached."""

from __future__ import annotations

from typing import Protocol

from passerby.outputs.notify.message import AlertMessage


class Channel(Protocol):
    """Sends messages to one contact; used by one thread at a time."""

    def send(self, message: AlertMessage) -> None:
        """Send one message; it has arrived at the service when this returns.

        Raises:
            DeliveryRefusedError: The service will never take this message.
            OutputError: It was not taken now.
        """
        ...
