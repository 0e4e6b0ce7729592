"""Signals about places: fresh ones as server-sent events, stored ones as charts, and what external counters push."""

from __future__ import annotations

from collections.abc import AsyncIterable
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import AwareDatetime, BaseModel, Field

from passerby.accounts.permission import Action
from passerby.listeners import Wakeup
from passerby.measure.reading import Quantity
from passerby.serve.auth.requirement import RequiresSignals, SignalsVisit
from passerby.signals.external import LARGEST_BYTES, CounterMessage
from passerby.signals.selection import Chart, Selection
from passerby.signals.window import WindowLength, time_zone

router = APIRouter(prefix="/api", tags=["signals"])

_AGAIN_S = 1.0
_POINTS = 20_000

ReadingSignals = Annotated[SignalsVisit, Depends(RequiresSignals(Action.READ_SIGNALS))]
PushingCounts = Annotated[SignalsVisit, Depends(RequiresSignals(Action.PUSH_COUNTS))]
Places = Annotated[set[str], Query(alias="place", default_factory=set, description="Names of places; all by default.")]
Quantities = Annotated[
    set[Quantity], Query(alias="quantity", default_factory=set, description="What was measured; all by default.")
]


class PlaceInfo(BaseModel):
    """What is measured at a place."""

    site: str = Field(description="Name of the site.")
    place: str = Field(description="Name of the place.")
    quantity: Quantity = Field(description="What is measured there.")
    kind: str = Field(description="Class that is counted; empty: all that counts.")
    unit: str = Field(description="Unit of the values.")


class SignalChart(PlaceInfo):
    """One quantity of one place over time, in columns; windows that were not observed are absent."""

    starts_s: list[int] = Field(description="First second of each window, UTC since 1970.")
    values: list[float] = Field(description="In the unit.")
    coverages: list[float] = Field(description="Share of each window that was observed.")

    lows: list[float | None] = Field(description="The true value is hardly below this; null: not known.")
    highs: list[float | None] = Field(
        description="The true value is hardly above this; null beside a low: the value is a lower bound."
    )

    @classmethod
    def of(cls, chart: Chart) -> SignalChart:
        """Return a chart as the API shows it."""
        return cls(
            site=chart.site,
            place=chart.place,
            quantity=chart.quantity,
            kind=chart.kind,
            unit=chart.quantity.unit,
            starts_s=list(chart.starts_s),
            values=list(chart.values),
            coverages=list(chart.coverages),
            lows=list(chart.lows),
            highs=list(chart.highs),
        )


@router.get("/signals/stream", response_class=EventSourceResponse, summary="Fresh signals")
async def stream(
    request: Request, visit: ReadingSignals, places: Places, quantities: Quantities
) -> AsyncIterable[ServerSentEvent]:
    """Send each signal as its window ends (`signal`), and how many signals a slow visitor missed (`missed`)."""
    more = Wakeup()
    missed = 0
    with visit.view.listen(more.notify) as feed:
        while visit.alive() and visit.view.is_of(request.app.state.signals):
            for each in feed.take():
                if (not places or each.place in places) and (not quantities or each.quantity in quantities):
                    yield ServerSentEvent(event="signal", data=each)
            if feed.missed > missed:
                missed = feed.missed
                yield ServerSentEvent(event="missed", data=missed)
            await more.wait(_AGAIN_S)


@router.get("/places", summary="What is measured where")
def known(visit: ReadingSignals) -> list[PlaceInfo]:
    """Return what the stored signals are about."""
    return [PlaceInfo(**each._asdict(), unit=each.quantity.unit) for each in visit.view.known()]


@router.get("/signals", summary="Stored signals")
def charts(  # noqa: PLR0913, PLR0917 - one argument for each part of the question
    visit: ReadingSignals,
    start: Annotated[AwareDatetime, Query(description="First moment, ISO 8601 with time zone.")],
    end: Annotated[AwareDatetime, Query(description="First moment after.")],
    places: Places,
    quantities: Quantities,
    window: Annotated[WindowLength, Query(description="How long the windows are.")] = WindowLength.MINUTE,
    zone: Annotated[str, Query(description="Time zone of hours and days.")] = "UTC",
) -> list[SignalChart]:
    """Return stored signals in columns, at most 20,000 windows of each."""
    if (end - start).total_seconds() > _POINTS * window.seconds:
        raise HTTPException(422, f"the range has more than {_POINTS} windows of {window}; ask for longer ones")
    chosen = (frozenset[str](), frozenset(places), frozenset(quantities))
    wanted = Selection(window, start, end, time_zone(zone), *chosen)
    return [SignalChart.of(chart) for chart in visit.view.charts(wanted)]


_BODY = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": CounterMessage.model_json_schema()}}}
}


@router.post("/counters/{place}", status_code=204, summary="Push a count", openapi_extra=_BODY)
async def count(place: str, request: Request, visit: PushingCounts) -> None:
    """Receive what an external counter saw at its place: numbers only, no field that could tell people apart."""
    message = bytearray()
    async for part in request.stream():
        message += part
        if len(message) > LARGEST_BYTES:
            raise HTTPException(413, f"send at most {LARGEST_BYTES} bytes")
    await run_in_threadpool(visit.view.count, place, bytes(message))
