"""The public page of one camera."""

from __future__ import annotations

from tests.serve.acted import ActedGateway

from passerby.audit.cover_day import CoverDay
from passerby.gateway.public_pages import PublicFacts
from passerby.settings.site.camera import LegalBasis

MARKUP = "Notice <b>crowding</b> & blocked exits."
TAKEN_S = 1_795_000_000.0


def public_day(day: str) -> CoverDay:
    return CoverDay(
        site="arena",
        camera="door",
        day=day,
        observed_s=86_400.0,
        frames_shown=2_000_000,
        covered_whole={},
        cover_failures=1,
        self_tests=288,
        self_tests_failed=2,
        serviceability=0.987,
        networks_sha256="",
        settings_sha256="",
        software="0",
    )


class DoorPage:
    """A public page of the camera door."""

    def __init__(self, gateway: ActedGateway) -> None:
        self._gateway = gateway
        self.more: dict[str, object] = {}

    def facts(self, camera: str) -> PublicFacts | None:
        if camera != "door":
            return None
        known: dict[str, object] = {
            "site": "arena",
            "camera": camera,
            "timezone": "Europe/Vienna",
            "purpose": MARKUP,
            "legal_basis": LegalBasis.LEGITIMATE_INTERESTS,
            "controller": "Example Transit Ltd, 1 Station Square, 1010 Vienna",
            "contact": "privacy@example.org",
            "status": next(each for each in self._gateway.statuses() if each.camera == camera),
            "retention_h": 72.0,
            "days": tuple(public_day(f"2026-11-2{day}") for day in range(7, 0, -1)),
            "picture": None,
            "delay_min": None,
        }
        return PublicFacts(**(known | self.more))
