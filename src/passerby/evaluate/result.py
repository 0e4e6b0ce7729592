"""What an evaluation says: how much of what must be hidden stayed bare, and where to look. Nobody is named."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0.0, le=1.0)]


class TruthFormat(StrEnum):
    """How a truth file is written."""

    AUTO = "auto"
    MOT = "mot"
    CVML = "cvml"
    COCO = "coco"
    POINTS = "points"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SizeClass(_Part):
    """Heads of one size: by height of the protected part, or by distance to the next head where truth is points."""

    from_px: int = Field(ge=0, description="Smallest size, px.")
    below_px: int | None = Field(description="Sizes end below this, px; null = no end.")
    heads: int = Field(ge=0, description="Labelled heads, each in one frame.")
    exposed80: int = Field(ge=0, description="Those covered less than 80 %.")
    exposed50: int = Field(ge=0, description="Those covered less than 50 %: bare.")


class Moment(_Part):
    """A stretch in which one head was covered less than 80 %."""

    first_s: float = Field(description="Time of its first such frame, s.")
    last_s: float = Field(description="Time of its last, s.")
    frames: int = Field(ge=1, description="How many such frames there are.")
    frame: int = Field(ge=0, description="Number of the worst, counted from 0.")
    box_px: tuple[int, int, int, int] = Field(description="x1, y1, x2, y2 of the head in it, px, half open.")
    covered: Share = Field(description="Covered share of the head in it.")


class Evaluation(_Part):
    """How much of what a person labelled a cover leaves bare.

    A head is the protected part of one label in one frame: the upper part of a person, a whole face or
    plate, or the pixel at a head point. It counts when at least half of it lies in the picture.
    """

    evaluation_version: Literal[1] = 1
    passerby_version: str = Field(description="Version of passerby that evaluated.")
    truth_format: TruthFormat = Field(description="How the truth was written.")
    upper: Share = Field(description="Share of a person's height that must be hidden, from the top.")
    frames: int = Field(ge=1, description="Frames of the clip.")
    frames_covered_whole: int = Field(ge=0, description="Those covered whole: nothing is exposed, nothing is seen.")
    frames_labelled: int = Field(ge=1, description="Those that the truth speaks of.")
    labelled_s: float | None = Field(description="Time that the labelled frames stand for, s; null for a picture.")
    heads: int = Field(ge=1, description="Labelled heads, each in one frame.")
    exposed80: Share = Field(description="Share of heads covered less than 80 %.")
    exposed50: Share = Field(description="Share of heads covered less than 50 %: bare.")
    untouched: Share = Field(description="Share of heads covered at most 5 %.")
    people: int | None = Field(description="People in the truth; null where it does not say who is who.")
    people_exposed: int | None = Field(description="Those with at least one head covered less than 80 %.")
    exposed80_per_hour: float | None = Field(description="Heads covered less than 80 %, per hour of the labelled time.")
    exposed50_per_hour: float | None = Field(description="Bare heads per hour of the labelled time.")
    area: Share = Field(description="Mean share of the picture that is covered.")
    precision: Share | None = Field(
        description="Share of the cover, in frames with labels, that lies in labelled boxes grown by 20 %; "
        "null where truth is points or nothing is covered."
    )
    sizes: list[SizeClass] = Field(description="The same by size.")
    moments: list[Moment] = Field(description="Where most was left bare, the worst first.")

    def to_json(self) -> str:
        """Return the figures as indented JSON with a last newline."""
        return self.model_dump_json(indent=1) + "\n"
