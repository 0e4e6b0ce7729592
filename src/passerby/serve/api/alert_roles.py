"""The roles that alerts can be assigned to."""

from __future__ import annotations

from fastapi import APIRouter

from passerby.serve.api.alerts import SeeingAlerts

router = APIRouter(prefix="/api/alerts", tags=["alerts"])


@router.get("/roles", summary="Roles that handle alerts")
def roles(visit: SeeingAlerts) -> list[str]:
    """Return the roles that an alert can be assigned to, in the site file's order."""
    return list(visit.view.roles)
