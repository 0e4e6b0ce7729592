"""The alerts in a state folder, for commands: to read while the gateway runs, and to change while it does not."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from passerby.accounts.permission import Action
from passerby.cli.site_accounts import at_the_machine
from passerby.errors import AlertError

if TYPE_CHECKING:
    from passerby.alerts.alert import Alert
    from passerby.alerts.event import AlertEvent
    from passerby.alerts.observation import Subject
    from passerby.alerts.register import AlertRegister
    from passerby.serve.alert_view import AlertView
    from passerby.settings.site.site import SiteSettings


@dataclass(frozen=True, slots=True)
class StoredAlerts:
    """The alerts of a site whose gateway does not run; implements `AlertSource`.

    Args:
        register: The alerts.
        site: The settings.
    """

    register: AlertRegister
    site: SiteSettings

    @property
    def problem(self) -> str:
        """Why alerts are not stored, in one line; "" = they are."""
        return self.register.problem

    @property
    def failures(self) -> int:
        """None: nothing judges rules here."""
        return 0

    @property
    def couriers(self) -> Mapping[str, Any]:
        """None: nothing is sent from here."""
        return {}

    def owners(self, subject: Subject) -> frozenset[str]:  # noqa: ARG002 - of the protocol
        """Return no camera: who works at the machine is limited to none."""
        return frozenset()

    def now_s(self) -> float:
        """Return the time, UTC since 1970, s."""
        return time.time()


def read_alerts(settings: SiteSettings) -> tuple[list[AlertEvent], list[Alert]]:
    """Return what happened to the alerts of a site, and how they are now, both oldest first; needs no lock.

    Raises:
        AlertStorageError: The file cannot be read.
    """
    from passerby.alerts.book import AlertBook  # noqa: PLC0415 - not needed for the help
    from passerby.alerts.event_log import FILE, read_events  # noqa: PLC0415 - as above
    from passerby.signals.window import time_zone  # noqa: PLC0415 - as above

    book = AlertBook(time_zone(settings.timezone))
    events = []
    for event in read_events(settings.state_folder / FILE):
        try:
            book.apply(event)
        except ValueError:
            continue  # damaged; the gateway logs it
        events.append(event)
    return events, list(book.alerts.values())


@contextmanager
def handled_alerts(settings: SiteSettings) -> Iterator[AlertView]:
    """Give the alerts of a site whose gateway does not run; what is done with them is audited, as the machine's user.

    Raises:
        AlertError: There are none yet.
        AlertStorageError: They cannot be read or written.
        AuditError: The audit log cannot be opened.
    """
    from passerby.alerts.audit_trail import AuditTrail  # noqa: PLC0415 - not needed for the help
    from passerby.alerts.event_log import FILE  # noqa: PLC0415 - as above
    from passerby.alerts.register import AlertRegister  # noqa: PLC0415 - as above
    from passerby.audit.audit_log import AuditLog  # noqa: PLC0415 - as above
    from passerby.outputs.log_origin import log_origin  # noqa: PLC0415 - as above
    from passerby.serve.alert_view import AlertView  # noqa: PLC0415 - as above
    from passerby.signals.window import time_zone  # noqa: PLC0415 - as above

    path = settings.state_folder / FILE
    if not path.exists():
        msg = f"{path}: there are no alerts of this site; check state_folder"
        raise AlertError(msg)
    zone = time_zone(settings.timezone)
    with AuditLog(settings.state_folder, log_origin(settings.site, "audit", settings.state_folder)) as audit:
        trail = AuditTrail(lambda: audit)
        register = AlertRegister(path, [], zone=zone, owners=lambda _: frozenset(), now_s=time.time(), trail=trail)
        try:
            yield AlertView(StoredAlerts(register, settings), at_the_machine(), Action.HANDLE_ALERTS)
        finally:
            register.close()
