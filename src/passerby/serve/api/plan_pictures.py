"""Pictures of floor plans that somebody sends: encoded anew in another process, stored beside the site file."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, HTTPException, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field, model_validator
from starlette.requests import ClientDisconnect

from passerby.audit.entry import AuditKind
from passerby.gateway.plan_upload import MOST_BYTES, PlanWish, encoded_apart, store_plan
from passerby.serve.api.site import Changing, EditorHere, consent_of
from passerby.serve.auth.visitor import AccountsHere

router = APIRouter(prefix="/api/site/plans", tags=["settings"])

_FILE: Final = {"schema": {"type": "string", "format": "binary"}}
_BODY: Final = {"requestBody": {"required": True, "content": {"image/png": _FILE, "image/jpeg": _FILE}}}
_TOO_LARGE: Final = f"a plan's picture has at most {MOST_BYTES >> 20} MiB; save it with fewer pixels"
_FARTHEST: Final = 100_000.0

Offset = Annotated[float | None, Field(ge=-_FARTHEST, le=_FARTHEST, allow_inf_nan=False)]


class PlanPlacement(BaseModel):
    """How the metres of calibrated cameras lie on a plan; what is null stays as it is."""

    width_m: float = Field(gt=0, le=_FARTHEST, allow_inf_nan=False, description="How many metres the picture is wide.")
    origin_x_px: Offset = Field(default=None, description="Where 0, 0 m lies on the picture, px; with origin_y_px.")
    origin_y_px: Offset = Field(default=None, description="As origin_x_px; y points down.")
    turn_deg: Annotated[float | None, Field(ge=-360, le=360, allow_inf_nan=False)] = Field(
        default=None, description="Direction of the x axis, counter-clockwise from the right, degrees."
    )

    @model_validator(mode="after")
    def _has_both(self) -> PlanPlacement:
        if (self.origin_x_px is None) != (self.origin_y_px is None):
            msg = "give both origin_x_px and origin_y_px, or neither"
            raise ValueError(msg)
        return self

    def wish(self, plan: str) -> PlanWish:
        """Return what is wanted of a plan."""
        x, y = self.origin_x_px, self.origin_y_px
        return PlanWish(plan, self.width_m, None if x is None or y is None else (x, y), self.turn_deg)


class StoredPlan(BaseModel):
    """A floor plan whose picture was stored."""

    picture: str = Field(description="Name of the file, beside the site file.")
    width: int = Field(description="Of the picture, px.")
    height: int = Field(description="As width.")
    changes: dict[str, str] = Field(description="Each key of the site file that changed: old value -> new value.")


@router.put("/{plan}/picture", summary="Store the picture of a floor plan", openapi_extra=_BODY)
async def put_picture(
    request: Request,
    visit: Changing,
    editor: EditorHere,
    accounts: AccountsHere,
    *,
    plan: Annotated[str, Path(min_length=1, max_length=64, description="Name of the plan; a new one is added.")],
    placement: Annotated[PlanPlacement, Query()],
) -> StoredPlan:
    """Store a PNG or JPEG of at most 8 MiB, encoded anew without metadata, and name it in the site file.

    What is not given stays as it is; of a new plan, 0, 0 m is the lower left corner. The picture that was stored for
    this plan before is erased. The change is in the audit log.
    """
    try:
        sent = await request.body()  # the guard ends it where it is too long
    except ClientDisconnect as error:
        raise HTTPException(413, _TOO_LARGE) from error
    picture = await run_in_threadpool(encoded_apart, sent)

    def store() -> dict[str, str]:
        by = visit.principal.name
        size = f"{picture.width} x {picture.height} px"
        accounts.trail.note(AuditKind.SETTINGS_CHANGED, by, plan=plan, picture=picture.name, size=size)
        consent = consent_of(visit, accounts, [])
        return store_plan(editor, picture, placement.wish(plan), account=by, consent=consent)

    changes = await run_in_threadpool(store)
    return StoredPlan(picture=picture.name, width=picture.width, height=picture.height, changes=changes)
