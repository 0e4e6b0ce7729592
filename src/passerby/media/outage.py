"""A camera gives no picture: why, and since when."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outage:
    """There is no picture at present.

    Args:
        reason: Why, in one line without secrets.
        refused: Whether the camera refused the password or the address: only a human can mend it.
        since_s: UTC epoch time of the last picture or, before the first, of the first attempt, s.
    """

    reason: str
    refused: bool
    since_s: float
