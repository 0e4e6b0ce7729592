"""The one place where a permission is decided: who may do what, with which cameras."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Action(StrEnum):
    """What somebody can do at the gateway."""

    SEE_CAMERAS = "see_cameras"
    """Names, states and faults of cameras, and news of them."""
    WATCH_LIVE = "watch_live"
    """Covered live streams, one by one or as a mosaic."""
    READ_SIGNALS = "read_signals"
    """What was measured at places, fresh and stored."""
    PUSH_COUNTS = "push_counts"
    """Send the numbers of external counters."""
    READ_METRICS = "read_metrics"
    """Figures for Prometheus, about cameras and places."""
    SEE_ALERTS = "see_alerts"
    """Alerts, their rules and the alarm load."""
    HANDLE_ALERTS = "handle_alerts"
    """Acknowledge, assign and resolve alerts, tick their steps, raise drills and hand over."""
    CHANGE_ALERT_RULES = "change_alert_rules"
    """Change what raises alerts, and who is informed."""


class PrincipalKind(StrEnum):
    """What kind of user somebody is."""

    PERSON = "person"
    PROGRAM = "program"
    """A script or service with a token of its own."""
    SHARED_TOKEN = "shared_token"  # noqa: S105 - a kind, not a secret
    """Anyone who has the site's access token, person or program."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A user of the gateway; everything that is not listed is denied.

    Args:
        name: Name of the account or token.
        kind: What kind of user it is.
        actions: What they may do.
        cameras: Names of the cameras with which they may do it; None = all cameras, also future ones, and what
            belongs to no single camera. Whoever makes a principal resolves groups of cameras to names.
    """

    name: str
    kind: PrincipalKind
    actions: frozenset[Action] = frozenset()
    cameras: frozenset[str] | None = frozenset()


def may(principal: Principal, action: Action, camera: str | None = None) -> bool:
    """Return whether a principal may do something.

    Args:
        principal: Who.
        action: What.
        camera: With which camera; None = at all, whatever the camera.

    >>> guard = Principal("guard", PrincipalKind.PERSON, frozenset({Action.WATCH_LIVE}), frozenset({"door"}))
    >>> may(guard, Action.WATCH_LIVE, "door"), may(guard, Action.WATCH_LIVE, "hall"), may(guard, Action.READ_METRICS)
    (True, False, False)
    """
    if action not in principal.actions:
        return False
    return camera is None or principal.cameras is None or camera in principal.cameras


def may_with_all(principal: Principal, action: Action, cameras: Collection[str]) -> bool:
    """Return whether a principal may do something with what is made from these cameras, such as a sum of them.

    What is made from no known camera is open only to those who may do it with every camera.

    Args:
        principal: Who.
        action: What.
        cameras: Names of all cameras that contribute.

    >>> guard = Principal("guard", PrincipalKind.PERSON, frozenset({Action.READ_SIGNALS}), frozenset({"door"}))
    >>> [may_with_all(guard, Action.READ_SIGNALS, each) for each in (["door"], ["door", "hall"], [])]
    [True, False, False]
    """
    if not may(principal, action):
        return False
    if principal.cameras is None:
        return True
    return bool(cameras) and all(may(principal, action, camera) for camera in cameras)
