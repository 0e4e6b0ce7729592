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
    SEE_RECORDINGS = "see_recordings"
    """List and watch covered recordings."""
    EXPORT_RECORDINGS = "export_recordings"
    """Take covered recordings out of the gateway as files; by default a second person must agree."""
    SEE_ALERTS = "see_alerts"
    """Alerts that were raised, and their history."""
    HANDLE_ALERTS = "handle_alerts"
    """Acknowledge and resolve alerts, tick procedure steps, write hand-over notes."""
    CHANGE_ALERT_RULES = "change_alert_rules"
    """Rules, contacts and escalation of alerts."""
    COVER_WHOLE = "cover_whole"
    """Report as a watchdog: cover a camera whole for a minute; it cannot take cover away."""
    READ_AUDIT = "read_audit"
    """The log of what operators did."""
    SEE_CLUSTER = "see_cluster"
    """The nodes of a cluster: their addresses, software and load, and which cameras run on them."""
    CHANGE_SETTINGS = "change_settings"
    """The site file: cameras, places and everything else in it."""
    MANAGE_ACCOUNTS = "manage_accounts"
    """Accounts, and the tokens and sessions of others."""
    APPROVE_REQUESTS = "approve_requests"
    """Decide as the second person on what somebody else asked for."""


class PrincipalKind(StrEnum):
    """What kind of user somebody is."""

    PERSON = "person"
    PROGRAM = "program"
    """A script or service with a token, or another system that the site file names, such as the MQTT broker."""
    COMMAND_LINE = "command_line"
    """A user of the gateway's machine who can read its state folder."""


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


def may_all_of(principal: Principal, before: Principal) -> bool:
    """Return whether a principal may still do everything that they could do before.

    Args:
        principal: What they may do now.
        before: What they could do.

    >>> guard = Principal("guard", PrincipalKind.PERSON, frozenset({Action.WATCH_LIVE}), frozenset({"door"}))
    >>> more = Principal("guard", PrincipalKind.PERSON, frozenset({Action.WATCH_LIVE}), None)
    >>> may_all_of(more, guard), may_all_of(guard, more)
    (True, False)
    """
    if not before.actions <= principal.actions:
        return False
    return principal.cameras is None or (before.cameras is not None and before.cameras <= principal.cameras)
