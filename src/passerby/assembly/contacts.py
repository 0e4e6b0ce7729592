"""How the contacts of a site file are reached."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec

from passerby.errors import OutputError, SettingError
from passerby.installation import how_to_install
from passerby.outputs.notify.channel import Channel
from passerby.settings.site.contact import ContactSettings, ContactType
from passerby.settings.site.site import SiteSettings


def channels(site: SiteSettings, *, clock: Callable[[], float]) -> dict[str, Channel]:
    """Return how each contact of a site is reached, by its name.

    Args:
        site: The site.
        clock: Returns the time, UTC since 1970, s.

    Raises:
        SettingError: An address cannot be used, or a package is missing.
    """
    return dict(_channels(site, clock=clock))


def _channels(site: SiteSettings, *, clock: Callable[[], float]) -> Iterator[tuple[str, Channel]]:
    for position, contact in enumerate(site.alerts.contacts):
        try:
            yield contact.name, _channel(contact, clock=clock)
        except OutputError as error:
            raise SettingError(error, f"alerts.contacts[{position}].address") from error


def _channel(contact: ContactSettings, *, clock: Callable[[], float]) -> Channel:
    address = contact.address.get_secret_value()
    if contact.type is ContactType.WEBHOOK:
        from passerby.outputs.notify.webhook import Webhook  # noqa: PLC0415 - beside the next

        return Webhook(address, contact.secret.get_secret_value(), clock=clock)
    if find_spec("apprise") is None:
        msg = f"contact '{contact.name}' needs a package; run {how_to_install('notify')}"
        raise OutputError(msg)
    from passerby.outputs.notify.apprise_channel import AppriseChannel  # noqa: PLC0415 - an optional package

    return AppriseChannel(address, contact=contact.name)
