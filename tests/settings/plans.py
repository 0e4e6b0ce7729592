"""Made-up plans of a camera."""

from __future__ import annotations

from passerby.redact.choice import CoverKind
from passerby.settings.camera_plan import CameraPlan, PlanChoice, PlanEvidence, PlanFigures


def plan_of(choice: PlanChoice | None = None, *, picture_px: tuple[int, int] = (768, 576)) -> CameraPlan:
    """Return a plan with evidence for a choice."""
    choice = choice or PlanChoice()
    return CameraPlan(
        passerby_version="0.1.0",
        picture_px=picture_px,
        cover=frozenset({CoverKind.PEOPLE}),
        choice=choice,
        evidence=PlanEvidence(
            split="time",
            heads_made_on=1900,
            heads=2000,
            people=12,
            before=PlanFigures(bare=3, at_most=0.0039, exposed=20, area=0.08),
            after=PlanFigures(bare=0, at_most=0.0015, exposed=12, area=0.06),
            settings_sha256=choice.sha256(),
        ),
    )
