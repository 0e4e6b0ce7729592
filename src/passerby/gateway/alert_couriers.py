"""What carries messages about a site's alerts to its contacts; the alerts themselves are in `gateway.alerting`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from passerby.alerts.register import AlertNews, AlertRegister
from passerby.outputs.notify.channel import Channel
from passerby.outputs.notify.courier import Courier
from passerby.outputs.notify.message import AlertMessage, message_about
from passerby.settings.site.site import SiteSettings
from passerby.signals.window import time_zone

PATIENCE_S: Final = 15.0
"""How long a contact that was changed may take to finish what it sends."""
FOLDER: Final = "notify"
"""Name of the folder of waiting messages in the state folder."""


class AlertCouriers:
    """One courier for each contact of a site.

    Args:
        site: The site; messages wait in its state folder.
        ways: How each contact is reached, by its name.
        register: The alerts.

    Raises:
        OutputError: Messages cannot be stored in the state folder.
    """

    def __init__(self, site: SiteSettings, ways: Mapping[str, Channel], register: AlertRegister) -> None:
        self._site = site
        self._folder = site.state_folder / FOLDER
        self._register = register
        self._couriers = self._made(ways)

    def start(self) -> None:
        """Start; messages that were not sent before the last end are sent now."""
        self._begin(self._couriers)

    def stop(self) -> None:
        """Stop; what waits to be sent is sent after the next start."""
        for courier in self._couriers.values():
            courier.stop()

    def by_contact(self) -> Mapping[str, Courier]:
        """Return the courier of each contact, by the contact's name."""
        return dict(self._couriers)

    def exchange(self, site: SiteSettings, ways: Mapping[str, Channel]) -> None:
        """Use the contacts of another site file; those that did not change keep sending.

        Args:
            site: The settings.
            ways: How each of their contacts is reached.

        Raises:
            OutputError: Messages cannot be stored; nothing has changed.
        """
        same = {each.name for each in site.alerts.contacts if each in self._site.alerts.contacts}
        for name in [each for each in self._couriers if each not in same]:
            self._couriers.pop(name).stop(PATIENCE_S)
        made = self._made({name: way for name, way in ways.items() if name not in same})
        self._couriers = {**self._couriers, **made}
        self._site = site
        self._begin(made)

    def inform(self, news: AlertNews) -> None:
        """Send what has happened to the contacts that the event names."""
        if news.alert is None or not news.event.inform:
            return
        message = message_about(
            news.event,
            news.alert,
            site=self._site.site,
            zone=time_zone(self._site.timezone),
            link=self._site.alerts.link,
        )
        for name in news.event.inform:
            if (courier := self._couriers.get(name)) is not None:
                courier.add(news.event.number, message)

    def inform_all(self, message: AlertMessage) -> None:
        """Send a message that depends on no alert to every contact."""
        for courier in self.by_contact().values():
            courier.add(0, message)

    def _made(self, ways: Mapping[str, Channel]) -> dict[str, Courier]:
        return {name: Courier(name, way, self._folder / f"{name}.log") for name, way in ways.items()}

    def _begin(self, couriers: Mapping[str, Courier]) -> None:
        for courier in couriers.values():
            self._catch_up(courier)
            courier.start()

    def _catch_up(self, courier: Courier) -> None:
        """Add the messages that a kill kept from being added; a new contact gets no old news."""
        if courier.is_new:
            courier.begin(self._register.last_number)
            return
        for event in self._register.events(courier.last_number):
            if courier.contact in event.inform:
                self.inform(AlertNews(event, self._register.alert(event.alert)))
