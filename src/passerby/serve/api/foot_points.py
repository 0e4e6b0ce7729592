"""Where in a zone foot points come to: counts per cell over whole hours."""

from __future__ import annotations

from math import ceil
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Query
from pydantic import AwareDatetime, BaseModel, Field

from passerby.accounts.permission import Action
from passerby.measure.foot_map import HOUR_S, LEAST
from passerby.measure.place import Space
from passerby.serve.auth.requirement import RequiresSignals, SignalsVisit
from passerby.signals.foot_sum import foot_sum

router = APIRouter(prefix="/api/places", tags=["signals"])

LONGEST_H = 24 * 366

ReadingSignals = Annotated[SignalsVisit, Depends(RequiresSignals(Action.READ_SIGNALS))]


class FootPoints(BaseModel):
    """How many foot points came into each cell of a zone; no path, and no count of a few."""

    place: str = Field(description="Name of the zone.")
    unit: Literal["m", "px"] = Field(description="Unit of the cells: metres on the ground, or px of the picture.")
    side: float = Field(description="Side of a cell, in the unit.")
    left: int = Field(description="Number of the first column: cell c reaches from c side to (c + 1) side.")
    top: int = Field(description="Number of the first row.")
    columns: int = Field(description="How many columns there are.")
    counts: list[int] = Field(
        description="Foot points that came into each cell, row by row. An hour in which fewer than `least` came counts "
        "0, so a cell may have had more than is shown here."
    )
    least: int = Field(description="The least count of a cell in an hour that is not shown as 0.")
    hours: int = Field(description="Of how many hours there are counts; 0: nothing was counted in this time.")
    coverage: float = Field(description="Share that was observed of the hours that begin in the span of time.")
    other_grid: int = Field(description="Hours left out: their cells differ from the latest, as the zone was changed.")


@router.get("/{place}/foot-points", summary="Where foot points come to")
def foot_points(
    place: str,
    visit: ReadingSignals,
    start: Annotated[AwareDatetime, Query(description="First moment, ISO 8601 with time zone.")],
    end: Annotated[AwareDatetime, Query(description="First moment after.")],
) -> FootPoints:
    """Return the counts of the hours that begin in a span of time of at most 366 days, of zones with `foot_map`."""
    hours = (end - start).total_seconds() / HOUR_S
    if not 0 < hours <= LONGEST_H:
        raise HTTPException(422, f"the range is {hours:g} hours; ask for more than 0 and at most {LONGEST_H}")
    total = foot_sum(visit.view.foot_maps(place, start_s=start.timestamp(), end_s=end.timestamp()))
    return FootPoints(
        place=place,
        unit="m" if total.space is Space.GROUND else "px",
        side=total.side,
        left=total.left,
        top=total.top,
        columns=total.columns,
        counts=list(total.counts),
        least=LEAST,
        hours=total.hours,
        coverage=total.observed_s / (HOUR_S * max(1, _hours(start.timestamp(), end.timestamp()))),
        other_grid=total.other_grid,
    )


def _hours(start_s: float, end_s: float) -> int:
    """Return how many hours begin in a span of time.

    >>> _hours(0.0, 7200.0), _hours(1.0, 7201.0), _hours(1.0, 3600.0)
    (2, 2, 0)
    """
    return ceil(end_s / HOUR_S) - ceil(start_s / HOUR_S)
