"""Why a camera delivers no picture, and since when."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outage:
    """There is no picture at present.

    Args:
        reason: The reason, in one line without secrets.
        refused: Whether only a change of settings will help; passerby keeps retrying, but slowly.
        absent: Whether a file, share or device is not there; passerby retries every second.
        since_s: UTC epoch time of the last picture, or of the start, s.
        tried: Whether an attempt to connect has ended; False = the camera is still starting.
    """

    reason: str
    refused: bool
    since_s: float
    absent: bool = False
    tried: bool = True
