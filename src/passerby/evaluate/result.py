"""The result of an evaluation: how much of what must be covered was exposed, and where to look. It names no one."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class TruthFormat(StrEnum):
    """Format of a file with ground truth."""

    AUTO = "auto"
    MOT = "mot"
    CVML = "cvml"
    COCO = "coco"
    POINTS = "points"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SizeClass(_Part):
    """Heads of one size: height of the part to cover, or distance to the next head if the labels are points."""

    from_px: int = Field(ge=0, description="Smallest size, px.")
    below_px: int | None = Field(description="Sizes end below this, px; null = no end.")
    heads: int = Field(ge=0, description="Labelled heads, each in one frame.")
    exposed80: int = Field(ge=0, description="Those covered less than 80 %.")
    exposed50: int = Field(ge=0, description="Those covered less than 50 %.")


class Moment(_Part):
    """A period in which one head was covered less than 80 %."""

    first_s: float = Field(description="Time of the first such frame, s.")
    last_s: float = Field(description="Time of the last, s.")
    frames: int = Field(ge=1, description="Number of such frames.")
    frame: int = Field(ge=0, description="Number of the worst frame, counted from 0.")
    box_px: tuple[int, int, int, int] = Field(description="x1, y1, x2, y2 of the head in it, px, half open.")
    covered: Share = Field(description="Covered share of the head in it.")


class Evaluation(_Part):
    """How much of what a person labelled is exposed.

    A head is the part of one label in one frame that must be covered: the upper part of a person, a whole face or
    plate, or the pixel at a head point. It counts if at least half of it lies in the picture.
    """

    evaluation_version: Literal[1] = 1
    passerby_version: str = Field(description="Version of passerby that made the evaluation.")
    truth_format: TruthFormat = Field(description="Format of the labels.")
    upper: Share = Field(description="Share of a person's height that must be covered, from the top.")
    frames: int = Field(ge=1, description="Frames of the clip.")
    frames_covered_whole: int = Field(ge=0, description="Those covered whole: nothing is exposed, nothing can be seen.")
    frames_labelled: int = Field(ge=1, description="Frames that the labels apply to.")
    labelled_s: float | None = Field(description="Time that the labelled frames represent, s; null for a picture.")
    heads: int = Field(ge=1, description="Labelled heads, each in one frame.")
    exposed80: Share = Field(description="Share of heads covered less than 80 %.")
    exposed50: Share = Field(description="Share of heads covered less than 50 %.")
    untouched: Share = Field(description="Share of heads covered at most 5 %.")
    people: int | None = Field(description="People in the labels; null if the labels do not distinguish them.")
    people_exposed: int | None = Field(description="Those with at least one head covered less than 80 %.")
    exposed80_per_hour: float | None = Field(description="Heads covered less than 80 %, per hour of the labelled time.")
    exposed50_per_hour: float | None = Field(description="Heads covered less than 50 %, per hour of the labelled time.")
    area: Share = Field(description="Mean share of the picture that is covered.")
    precision: Share | None = Field(
        description="Share of the cover, in frames with labels, that lies in labelled boxes grown by 20 %; "
        "null if the labels are points or nothing is covered."
    )
    labels_clipped: int = Field(
        default=0, ge=0, description="Labels that reach beyond the picture: their part within it counts."
    )
    labels_outside: int = Field(
        default=0,
        ge=0,
        description="Labels of which less than half of the head lies in the picture: they do not count.",
    )
    sizes: list[SizeClass] = Field(description="The same by size.")
    moments: list[Moment] = Field(description="Periods with most exposed, the worst first.")

    def to_json(self) -> str:
        """Return the result as indented JSON with a final newline."""
        return self.model_dump_json(indent=1) + "\n"
