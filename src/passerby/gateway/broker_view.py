"""What the MQTT broker may get: the same question that is asked of people and scripts."""

from __future__ import annotations

from collections.abc import Callable

from passerby.accounts.account import cameras_of
from passerby.accounts.permission import Action, Principal, PrincipalKind, may, may_with_all
from passerby.health.status import CameraStatus
from passerby.settings.site.site import SiteSettings
from passerby.signals.signal import PlaceSignal


class BrokerView:
    """The cameras and signals that go to the broker: those of the groups that the site file names for it.

    Args:
        site: The site; without `mqtt.groups`, everything goes to the broker.
        owners: Returns the cameras from which the signals of a place are made.
    """

    def __init__(self, site: SiteSettings, owners: Callable[[str, str], frozenset[str]]) -> None:
        groups = None if site.mqtt is None or site.mqtt.groups is None else frozenset(site.mqtt.groups)
        cameras = cameras_of(groups, site.cameras_by_group)
        actions = frozenset({Action.SEE_CAMERAS, Action.READ_SIGNALS, Action.PUSH_COUNTS})
        self._principal = Principal("mqtt", PrincipalKind.PROGRAM, actions, cameras)
        self._owners = owners
        self._site = site.site

    @property
    def counts(self) -> bool:
        """Whether the broker's clients may push counts, which belong to no camera."""
        return may_with_all(self._principal, Action.PUSH_COUNTS, ())

    def sees(self, camera: str) -> bool:
        """Return whether the broker may know how a camera is doing."""
        return may(self._principal, Action.SEE_CAMERAS, camera)

    def sees_place(self, place: str) -> bool:
        """Return whether the broker may know what is measured at a place of the site."""
        return may_with_all(self._principal, Action.READ_SIGNALS, self._owners(self._site, place))

    def statuses(self, send: Callable[[CameraStatus], object]) -> Callable[[CameraStatus], None]:
        """Return what passes on the statuses that the broker may get."""

        def filtered(status: CameraStatus) -> None:
            if self.sees(status.camera):
                send(status)

        return filtered

    def signals(self, send: Callable[[PlaceSignal], object]) -> Callable[[PlaceSignal], None]:
        """Return what passes on the signals that the broker may get."""

        def filtered(signal: PlaceSignal) -> None:
            if may_with_all(self._principal, Action.READ_SIGNALS, self._owners(signal.site, signal.place)):
                send(signal)

        return filtered
