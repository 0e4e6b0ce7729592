"""Numbers on the command line: checked when given, and shown with their accuracy."""

from __future__ import annotations

from passerby.errors import UsageError
from passerby.measure.reading import Bounds


def number(value: float | None, form: str, bounds: Bounds = (None, None)) -> str:
    """Return a number with its interval, or as a lower bound; "-" if there is no number.

    Args:
        value: The number.
        form: Its format, such as ".1f".
        bounds: Low and high end between which the true value lies.

    >>> number(12, ".0f", (9, 16)), number(3, ".0f", (3, None)), number(None, ".0f")
    ('12 (9-16)', '≥ 3', '-')
    """
    low, high = bounds
    if value is None:
        return "-"
    if low is None:
        return f"{value:{form}}"
    return f"≥ {low:{form}}" if high is None else f"{value:{form}} ({low:{form}}-{high:{form}})"


def require_within(flag: str, value: float, low: float, high: float) -> None:
    """Refuse a number outside its bounds, which the message names.

    Raises:
        UsageError: It is outside.
    """
    if not low <= value <= high:
        msg = f"{flag} {value:g}: give a number from {low:g} to {high:g}"
        raise UsageError(msg)
