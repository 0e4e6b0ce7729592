"""Mail, chat and SMS services, by apprise."""

from __future__ import annotations

import logging

import apprise

from passerby.errors import OutputError
from passerby.outputs.notify.message import AlertMessage


class AppriseChannel:
    """Sends messages to one address of apprise.

    Args:
        address: Such as mailtos://user:password@example.org; never logged.
        contact: Name of the contact, for messages.

    Raises:
        OutputError: Apprise does not know such an address.
    """

    def __init__(self, address: str, *, contact: str) -> None:
        logging.getLogger("apprise").disabled = True  # its messages may contain addresses with passwords
        self._contact = contact
        self._target = apprise.Apprise()
        if not self._target.add(address):
            msg = f"contact '{contact}': apprise does not know this kind of address; see its list of services"
            raise OutputError(msg)

    def send(self, message: AlertMessage) -> None:
        """Send one message; its number is in the last line, so that a repeat is recognized.

        Raises:
            OutputError: The service does not take it now.
        """
        kind = apprise.NotifyType.INFO if message.content.get("drill") else apprise.NotifyType.WARNING
        try:
            sent = self._target.notify(body=f"{message.text}\n[{message.key}]", title=message.title, notify_type=kind)
        except Exception as error:  # a service of a foreign package may raise anything
            msg = f"contact '{self._contact}': sending failed ({type(error).__name__}); check its address"
            raise OutputError(msg) from error
        if not sent:
            msg = f"contact '{self._contact}': the service did not accept the message; check its address and password"
            raise OutputError(msg)
