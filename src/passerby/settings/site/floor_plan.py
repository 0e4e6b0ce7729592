"""The settings of a floor plan: a picture, and how the metres of calibrated cameras lie on it."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated

from pydantic import BeforeValidator, Field

from passerby.settings.file_path import FilePath
from passerby.settings.ground import Point
from passerby.settings.section import Section


def _beside(path: object) -> object:
    """Return a path that cannot lead out of the site file's folder: people see the picture over HTTP."""
    if isinstance(path, str) and (PurePath(path).is_absolute() or ".." in PurePath(path).parts or path[:1] == "~"):
        msg = "a plan's picture lies in the folder of the site file or below it; copy it there and give its name"
        raise ValueError(msg)
    return path


class FloorPlanSettings(Section):
    """A floor plan on which the map shows the places of calibrated cameras."""

    name: str = Field(
        min_length=1,
        max_length=64,
        description="Name, as ground.plan in the places files of its cameras.",
        examples=["ground floor"],
    )
    picture: Annotated[FilePath, BeforeValidator(_beside)] = Field(
        description="PNG or JPEG file, in the folder of the site file or below it.", examples=["ground-floor.png"]
    )
    m_per_px: float = Field(gt=0, le=1000, description="Metres per pixel of the picture.", examples=[0.02])
    origin_px: Point = Field(
        default=(0.0, 0.0), description="Where 0, 0 m lies in the picture, px.", examples=[[120, 840]]
    )
    turn_deg: float = Field(
        default=0.0,
        ge=-360,
        le=360,
        description="Direction of the metres' x axis in the picture, counter-clockwise from its right, degrees.",
    )
