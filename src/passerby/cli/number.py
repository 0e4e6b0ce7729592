"""Numbers with what is known of how exact they are, as they are shown to people."""

from __future__ import annotations

from passerby.measure.reading import Bounds


def number(value: float | None, form: str, bounds: Bounds = (None, None)) -> str:
    """Return a number with its interval, or as a lower bound; "-" where there is none.

    Args:
        value: The number.
        form: How it is written, such as ".1f".
        bounds: Between what the true value lies.

    >>> number(12, ".0f", (9, 16)), number(3, ".0f", (3, None)), number(None, ".0f")
    ('12 (9-16)', '≥ 3', '-')
    """
    low, high = bounds
    if value is None:
        return "-"
    if low is None:
        return f"{value:{form}}"
    return f"≥ {low:{form}}" if high is None else f"{value:{form}} ({low:{form}}-{high:{form}})"
