"""What can be chosen about cover, for recordings and for cameras alike: unit, range, default and help, once."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from passerby.redact.choice import CoverKind, StyleName
from passerby.vision.effort import Effort


class DetectorName(StrEnum):
    """Networks that look only where they are named."""

    RETAIL = "person-detection-retail-0013"
    PICODET = "picodet-s"
    YUNET = "yunet-n"


Covers = Annotated[
    frozenset[CoverKind],
    Field(
        min_length=1,
        description="What is covered: people (whole bodies, safest), heads, faces (leaves most people on a camera view "
        "bare), vehicles (with their plates), screens.",
    ),
]
COVERS: Final = frozenset({CoverKind.PEOPLE})

Style = Annotated[
    StyleName,
    Field(description="How the cover looks: solid, mosaic (a coarse fixed grid) or figure (one generic figure)."),
]
STYLE: Final = StyleName.SOLID

SearchEffort = Annotated[
    Effort,
    Field(description="How hard people are looked for: fast, balanced, thorough, or auto: as each stretch needs."),
]
EFFORT: Final = Effort.BALANCED

Growth = Annotated[
    float,
    Field(ge=1.0, le=3.0, description="How much wider and higher than the box the cover is, 1.0 to 3.0."),
]
GROWTH: Final = 1.1

LONGEST_HOLD_S: Final = 10.0
HoldBothWays = Annotated[
    float,
    Field(
        ge=0.0,
        le=LONGEST_HOLD_S,
        description="Seconds that cover reaches back before the first and on after the last sight of somebody.",
    ),
]
HoldAfter = Annotated[
    float, Field(ge=0.5, le=LONGEST_HOLD_S, description="Seconds that cover stays after the last sight.")
]
"""Live, cover reaches back as far as the delay allows; shorter than this, it would end between two passes."""
HOLD_S: Final = 1.0

NAMED_DETECTORS = Field(
    description=f"Networks that look too, by their names in 'passerby models list': {', '.join(DetectorName)}. They "
    "look at every pass, and the standard ones for bodies at every other (not with thorough).",
)
MASKS = Field(
    description="Files with boxes or polygons to cover as well, for all or part of the time; live, always.",
)
