"""What a second person can have to agree to, and a request for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from passerby.accounts.permission import Action

SHORTEST_REASON: Final = 10


class Matter(StrEnum):
    """What a second person can have to agree to."""

    EXPORT = "export"
    """Taking recordings out as files."""
    LONGER_RETENTION = "longer_retention"
    DELETE_CAMERA = "delete_camera"
    END_LEGAL_HOLD = "end_legal_hold"
    LESS_COVER = "less_cover"
    """Lowering the cover of a camera, within what is allowed."""
    PUBLIC_PICTURES = "public_pictures"
    """Showing covered pictures of a camera to anybody, or showing them sooner."""


NEEDS: Final[Mapping[Matter, Action]] = MappingProxyType(
    {matter: Action.EXPORT_RECORDINGS if matter is Matter.EXPORT else Action.CHANGE_SETTINGS for matter in Matter}
)
"""What somebody must be allowed to do to ask."""


class RequestState(StrEnum):
    """How far a request has come; one that ends undecided or unused stays as it is, and counts no more."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    USED = "used"
    """It was granted, and done: a request is for one time."""


@dataclass(frozen=True, slots=True)
class TwoPersonRequest:
    """What one person asks for.

    Args:
        number: Its number in the database.
        matter: What it is.
        subject: The camera.
        details: What exactly, such as `from` and `until` of an export.
        reason: Why, in the person's own words.
        asked_by: Name of the account that asks.
        asked_s: When, UTC since 1970, s.
        ends_s: After this it counts no more, UTC since 1970, s.
        state: How far it has come.
        decided_by: Name of the account that decided; "" = nobody has.
    """

    number: int
    matter: Matter
    subject: str
    details: Mapping[str, str]
    reason: str
    asked_by: str
    asked_s: float
    ends_s: float
    state: RequestState
    decided_by: str


def within_period(details: Mapping[str, str], begin: datetime, end: datetime) -> bool:
    """Return whether a period is within that of a request for an export.

    Args:
        details: Of the request.
        begin: Start, with an offset.
        end: End, with an offset.
    """
    if not {"from", "until"} <= details.keys():
        return False  # the request to end the rule itself has no period
    first, last = (datetime.fromisoformat(details[name]) for name in ("from", "until"))
    return first <= begin and end <= last
