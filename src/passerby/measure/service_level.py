"""Fruin's levels of service: what a density means for people who walk, climb stairs or wait."""

from __future__ import annotations

from enum import StrEnum

from passerby.errors import MeasureError


class Use(StrEnum):
    """What people do in a zone; the same density is crowded on a stair and comfortable in a queue."""

    WALKWAY = "walkway"
    STAIR = "stair"
    QUEUE = "queue"


LETTERS = "ABCDEF"
UPPER_PER_M2 = {
    Use.WALKWAY: (0.31, 0.43, 0.72, 1.08, 2.15),
    Use.STAIR: (0.54, 0.72, 1.08, 1.54, 2.69),
    Use.QUEUE: (0.83, 1.08, 1.54, 3.59, 5.38),
}
"""Upper limits of the levels A to E, persons/m²."""


def level_of_service(density_per_m2: float, use: Use) -> int:
    """Fruin level of service as a number, 1 (A) to 6 (F).

    A density on a limit belongs to the better level. The limits are the reciprocals of Fruin's areas per person
    (walkway 35, 25, 15, 10, 5; stair 20, 15, 10, 7, 4; queue 13, 10, 7, 3, 2 square feet): a guideline only.

    Args:
        density_per_m2: Mean density of the zone.
        use: Which of the three scales.

    Raises:
        MeasureError: The density is negative or not a number.

    Source: Fruin (1971), Pedestrian Planning and Design, chapters 4 and 5.

    >>> level_of_service(0.5, Use.WALKWAY), level_of_service(0.5, Use.QUEUE)
    (3, 1)
    """
    if not density_per_m2 >= 0:
        msg = f"a density of {density_per_m2} persons/m2 has no level of service"
        raise MeasureError(msg)
    return 1 + sum(density_per_m2 > bound for bound in UPPER_PER_M2[use])


def letter(level: float) -> str:
    """Return the letter of a level; a mean of levels is rounded to the worse one.

    >>> letter(3), letter(3.2)
    ('C', 'D')
    """
    return LETTERS[min(6, max(1, -int(-level // 1))) - 1]
