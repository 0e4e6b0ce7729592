"""What a notice says in place of a picture; a duration, because a picture has no time zone."""

from __future__ import annotations

_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def notice_lines(camera: str, reason: str, *, lasts_s: float) -> list[str]:
    """Return the lines of a notice: which camera has no picture, for how long, and why.

    >>> notice_lines("door", "it does not answer", lasts_s=150)
    ['door', 'no picture for 2 min', 'it does not answer']
    """
    seconds = max(0, int(lasts_s))
    length_s, unit = next((each for each in _UNITS if seconds >= 2 * each[0]), _UNITS[-1])
    return [camera, f"no picture for {seconds // length_s} {unit}", reason]
