"""Roles: what somebody does at a site, and which actions that takes."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from passerby.accounts.permission import Action


class Role(StrEnum):
    """What somebody does at a site; whatever a role does not list is denied."""

    VIEWER = "viewer"
    """Watches covered live streams."""
    OPERATOR = "operator"
    """Works in the control room: watches, handles alerts, looks at recordings and asks for exports."""
    ANALYST = "analyst"
    """Works with figures about places, and sees no pictures."""
    DATA_PROTECTION_OFFICER = "data_protection_officer"
    """Checks what others did, and agrees to what needs a second person; sees no pictures."""
    ADMINISTRATOR = "administrator"
    """Runs the gateway, and may do everything."""


_VIEWER: Final = frozenset({Action.SEE_CAMERAS, Action.WATCH_LIVE, Action.READ_SIGNALS})
ACTIONS_OF: Final[Mapping[Role, frozenset[Action]]] = MappingProxyType(
    {
        Role.VIEWER: _VIEWER,
        Role.OPERATOR: _VIEWER
        | {Action.SEE_ALERTS, Action.HANDLE_ALERTS, Action.SEE_RECORDINGS, Action.EXPORT_RECORDINGS},
        Role.ANALYST: frozenset({Action.SEE_CAMERAS, Action.READ_SIGNALS, Action.READ_METRICS, Action.SEE_ALERTS}),
        Role.DATA_PROTECTION_OFFICER: frozenset(
            {Action.SEE_CAMERAS, Action.READ_SIGNALS, Action.SEE_ALERTS, Action.READ_AUDIT, Action.APPROVE_REQUESTS}
        ),
        Role.ADMINISTRATOR: frozenset(Action),
    }
)
"""The actions of each role."""
