"""Reports of watchdogs: they can only raise cover, and what they found is shown with what it proves."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, cast

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import HTTPConnection

from passerby.accounts.permission import Action
from passerby.errors import UsageError
from passerby.serve.api.instant import Instant
from passerby.serve.auth.requirement import CamerasVisit, CameraVisit, Requires, RequiresCamera
from passerby.serve.watchdog_source import WatchdogSource
from passerby.watchdog.standing import WatchdogStanding
from passerby.watchdog.tally import LookTally

router = APIRouter(prefix="/api/watchdog", tags=["watchdog"])

Count = Annotated[int, Field(ge=0, lt=1 << 31)]


def _source(connection: HTTPConnection) -> WatchdogSource:
    source = cast("WatchdogSource | None", connection.app.state.watchdog)
    if source is None:
        raise HTTPException(404, "this gateway takes no reports of watchdogs")
    return source


SourceHere = Annotated[WatchdogSource, Depends(_source)]
Seeing = Annotated[CamerasVisit, Depends(Requires(Action.SEE_CAMERAS))]
SeeingCamera = Annotated[CameraVisit, Depends(RequiresCamera(Action.SEE_CAMERAS))]
Covering = Annotated[CameraVisit, Depends(RequiresCamera(Action.COVER_WHOLE))]


class WatchdogInfo(BaseModel):
    """What watchdogs reported about a camera."""

    camera: str = Field(description="Its name.")
    observed: bool = Field(description="Whether a watchdog looks at it now; if not, nothing can be said.")
    text: str = Field(description="What can be said, in one sentence.")
    head_frames_per_h_at_most: float | None = Field(
        description="Upper bound (95 %) of exposed heads times frames, an hour; null = not observed."
    )
    over_s: float = Field(description="Span of the counts, s.")
    watched_s: float = Field(description="How long watchdogs got its stream in the span, s.")
    looks: int = Field(description="Frames drawn at random that were inspected.")
    looks_exposed: int = Field(description="Of them, those in which somebody was found uncovered.")
    looks_missed: int = Field(description="Drawn frames that could not be inspected; they count as exposed.")
    findings: int = Field(description="How often a finding covered the camera whole in the span.")
    looked: datetime | None = Field(description="When a look was last reported, UTC; null = never.")
    whole_until: datetime | None = Field(description="Covered whole by a finding until then, UTC; null = it is not.")

    @classmethod
    def of(cls, standing: WatchdogStanding) -> WatchdogInfo:
        """Return a standing as the API shows it."""
        tally = standing.tally
        return cls(
            camera=standing.camera,
            observed=standing.observed,
            text=standing.text,
            head_frames_per_h_at_most=standing.head_frames_per_h if standing.observed else None,
            over_s=standing.over_s,
            watched_s=round(tally.watched_s, 1),
            looks=tally.looks,
            looks_exposed=tally.exposed,
            looks_missed=tally.missed,
            findings=standing.findings,
            looked=None if standing.looked_s is None else datetime.fromtimestamp(standing.looked_s, UTC),
            whole_until=datetime.fromtimestamp(standing.whole_until_s, UTC) if standing.whole_until_s else None,
        )


class WatchdogFinding(BaseModel):
    """Somebody may be uncovered."""

    model_config = ConfigDict(extra="forbid")

    captured: Instant = Field(description="When the frame was captured, with an offset.")
    heads: Annotated[int, Field(ge=1, le=10_000)] = Field(description="How many people may be uncovered in it.")


class WholeCover(BaseModel):
    """The camera is covered whole."""

    until: datetime = Field(description="Until then, UTC.")


class WatchdogLooks(BaseModel):
    """What a watchdog saw of a camera since its last report."""

    model_config = ConfigDict(extra="forbid")

    looks: Count = Field(description="Drawn frames that were inspected.")
    exposed: Count = Field(description="Of them, those in which somebody was found uncovered.")
    missed: Count = Field(description="Drawn frames that were shown but could not be inspected.")
    frames: Count = Field(description="Frames that the camera showed.")
    watched_s: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = Field(
        description="How long its stream arrived, s."
    )
    most_heads: Count = Field(description="The most people found uncovered in one frame.")


class WatchdogSeed(BaseModel):
    """The seed of a day's draws: its hash at once, the seed itself when the day is over."""

    model_config = ConfigDict(extra="forbid")

    day: date = Field(description="The day, UTC.")
    commitment: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = Field(
        default=None, description="SHA-256 of the seed, in hexadecimal."
    )
    seed: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = Field(
        default=None, description="The seed, in hexadecimal."
    )


@router.get("", summary="What watchdogs found")
def standings(visit: Seeing, source: SourceHere) -> list[WatchdogInfo]:
    """Return for each camera what random looks prove; a camera that no watchdog looks at is not observed."""
    return [WatchdogInfo.of(source.standing(status.camera)) for status in visit.view.statuses()]


@router.get("/cameras/{camera}", summary="What watchdogs found at one camera")
def standing(visit: SeeingCamera, source: SourceHere) -> WatchdogInfo:
    """Return what random looks prove of a camera."""
    return WatchdogInfo.of(source.standing(visit.status.camera))


@router.post("/cameras/{camera}/findings", summary="Cover a camera whole")
def finding(visit: Covering, source: SourceHere, body: WatchdogFinding) -> WholeCover:
    """Cover the camera whole for a minute from now on, at once; nobody can end that sooner by HTTP."""
    until_s = source.finding(
        visit.principal.name, visit.status.camera, captured_s=body.captured.timestamp(), heads=body.heads
    )
    return WholeCover(until=datetime.fromtimestamp(until_s, UTC))


@router.post("/cameras/{camera}/looks", status_code=204, summary="Report what a watchdog saw")
def looks(visit: Covering, source: SourceHere, body: WatchdogLooks) -> None:
    """Add what a watchdog saw of the camera since its last report."""
    try:
        tally = LookTally(**body.model_dump())
    except ValueError as error:
        raise UsageError(str(error)) from error
    source.report(visit.principal.name, visit.status.camera, tally)


@router.post("/seeds", status_code=204, summary="Commit to the draws of a day, or reveal them")
def seeds(
    visit: Annotated[CamerasVisit, Depends(Requires(Action.COVER_WHOLE))], source: SourceHere, body: WatchdogSeed
) -> None:
    """Receive the hash of a day's seed, or the seed when the day is over; the audit log gets both."""
    if (body.commitment is None) == (body.seed is None):
        msg = "give either commitment or seed"
        raise UsageError(msg)
    if body.commitment is not None:
        source.commit(visit.principal.name, body.day, body.commitment)
    if body.seed is not None:
        source.reveal(visit.principal.name, body.day, bytes.fromhex(body.seed))
