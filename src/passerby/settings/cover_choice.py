"""Settings of the cover, shared by recordings and cameras: unit, range, default and description, in one place."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from passerby.redact.choice import CoverKind, CoverShape, StyleName
from passerby.vision.effort import Effort


class DetectorName(StrEnum):
    """Networks that run only if they are named."""

    RETAIL = "person-detection-retail-0013"
    PICODET = "picodet-s"
    YUNET = "yunet-n"


Covers = Annotated[
    frozenset[CoverKind],
    Field(
        min_length=1,
        description="What to cover: people (whole bodies, safest), heads, faces (misses most people in a camera's "
        "view), vehicles (with their plates), plates (writing on and near vehicles, and whole vehicles without any), "
        "text (all writing, found and never read), screens.",
    ),
]
COVERS: Final = frozenset({CoverKind.PEOPLE})

CoverStyle = Annotated[
    StyleName,
    Field(description="Style of the cover: solid, mosaic (a coarse fixed grid) or figure (one generic figure)."),
]
STYLE: Final = StyleName.SOLID

BodyShape = Annotated[
    CoverShape,
    Field(
        description="Cover of a person whose box would take more than 15 % of the picture: box, outline (shows the "
        "posture), or auto: outline in recordings and pictures, box on live cameras. Smaller persons and style figure "
        "always get boxes.",
    ),
]
SHAPE: Final = CoverShape.AUTO

SearchEffort = Annotated[
    Effort,
    Field(description="Effort of the detectors: fast, balanced, thorough, or auto: as much as each part needs."),
]
EFFORT: Final = Effort.BALANCED

Growth = Annotated[
    float,
    Field(ge=1.0, le=3.0, description="Width and height of the cover relative to the box, 1.0 to 3.0."),
]
GROWTH: Final = 1.04

LIVE_GROWTH: Final = 1.1
"""Wider than in a recording, where later passes show where somebody went."""

LONGEST_HOLD_S: Final = 10.0
HoldBothWays = Annotated[
    float,
    Field(
        ge=0.0,
        le=LONGEST_HOLD_S,
        description="Seconds that a cover starts before the first and lasts after the last detection.",
    ),
]
HoldAfter = Annotated[
    float, Field(ge=0.5, le=LONGEST_HOLD_S, description="Seconds that a cover lasts after the last detection.")
]
"""Live, a cover starts as early as the delay allows; if it lasted less than this, it would end between two passes."""
HOLD_S: Final = 0.5
LIVE_HOLD_S: Final = 1.0
"""Longer than in a recording, where later passes fill the gaps."""

NAMED_DETECTORS = Field(
    description=f"Additional networks, by their names in 'passerby models list': {', '.join(DetectorName)}. They "
    "run in every pass, and the standard ones for bodies in every second pass (with thorough: in every pass).",
)
MASKS = Field(
    description="Files with boxes or polygons to cover as well, for all or part of the time; live, always.",
)
