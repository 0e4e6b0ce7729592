"""What a person can choose about a covered copy: unit, range, default and one line of help for each.

The help of the command line, docs/reference/options.md and all messages about wrong values come from here.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from passerby.errors import UsageError


class CoverKind(StrEnum):
    """What is covered."""

    PEOPLE = "people"
    HEADS = "heads"
    FACES = "faces"
    VEHICLES = "vehicles"
    SCREENS = "screens"


class StyleName(StrEnum):
    """How the cover looks. None of them shows a pixel of what lies beneath."""

    SOLID = "solid"
    MOSAIC = "mosaic"
    FIGURE = "figure"


class Codec(StrEnum):
    """How the covered copy of a video is encoded."""

    H264 = "h264"
    H265 = "h265"
    AV1 = "av1"
    VP9 = "vp9"


class CheckDepth(StrEnum):
    """How much of the covered copy is looked at once more."""

    OFF = "off"
    SAMPLE = "sample"
    FULL = "full"


class Effort(StrEnum):
    """How much computing the search for people may cost."""

    FAST = "fast"
    BALANCED = "balanced"
    THOROUGH = "thorough"
    AUTO = "auto"


class DetectorName(StrEnum):
    """Networks that look only where they are named."""

    RETAIL = "person-detection-retail-0013"
    PICODET = "picodet-s"
    YUNET = "yunet-n"


class CrowdModel(StrEnum):
    """Density maps that count dense crowds where they are named."""

    MCNN = "mcnn"


Side = Annotated[int, Field(ge=64, le=8192)]


class RedactOptions(BaseModel):
    """All choices for one covered copy; wrong ones are refused together.

    >>> RedactOptions(hold_s=2.0).cover
    frozenset({<CoverKind.PEOPLE: 'people'>})
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    cover: frozenset[CoverKind] = Field(
        default=frozenset({CoverKind.PEOPLE}),
        min_length=1,
        description="What is covered, separated by commas: people (whole bodies, safest), heads, faces (leaves most "
        "people on a camera view bare), vehicles (with their plates), screens.",
    )
    style: StyleName = Field(
        default=StyleName.SOLID,
        description="How the cover looks: solid, mosaic (a coarse fixed grid) or figure (one generic figure).",
    )
    masks: tuple[Path, ...] = Field(
        default=(),
        description="File with boxes or polygons to cover as well, for all or part of the time; may be repeated.",
    )
    hold_s: float = Field(
        default=0.5,
        ge=0.0,
        le=10.0,
        description="Seconds that cover reaches back before the first and on after the last sight of somebody.",
    )
    thresh: float | None = Field(
        default=None,
        ge=0.01,
        le=0.9,
        description="Lowest score that is covered, 0.01 to 0.9; lower covers more. Default: as tuned for each network.",
    )
    scale: tuple[Side, Side] | None = Field(
        default=None,
        description="Width and height at which people are looked for, as 640x360. Default: as the effort asks.",
    )
    growth: float = Field(
        default=1.04,
        ge=1.0,
        le=3.0,
        description="How much wider and higher than the box the cover is, 1.0 to 3.0.",
    )
    effort: Effort = Field(
        default=Effort.BALANCED,
        description="How hard people are looked for: fast, balanced, thorough, or auto: as each stretch needs.",
    )
    budget_ms: float | None = Field(
        default=None,
        ge=1.0,
        le=60_000.0,
        description="With effort auto: what one look may take on average, ms. Default: as much as the scene needs.",
    )
    real_time: bool = Field(
        default=False,
        description="With effort auto: take no longer for the looks than the frames themselves last.",
    )
    detectors: tuple[str, ...] = Field(
        default=(),
        description="Network that looks too, by its name in 'passerby models list'; may be repeated. It looks at every "
        "pass, and the standard ones for bodies at every other (not with thorough).",
    )
    codec: Codec = Field(
        default=Codec.H264,
        description="Encoding of a covered video: h264, h265, av1 or vp9.",
    )
    crf: int | None = Field(
        default=None,
        ge=0,
        le=63,
        description="Quality of a covered video, 0 (best, huge) to 63. Default: the codec's own.",
    )
    keep_audio: bool = Field(
        default=False,
        description="Keep the sound. Voices tell who somebody is, so it is dropped unless asked for.",
    )
    check: CheckDepth = Field(
        default=CheckDepth.SAMPLE,
        description="Look at the covered copy once more with another network: off, sample or full.",
    )

    @model_validator(mode="after")
    def _budget_needs_a_choice(self) -> Self:
        if self.effort is not Effort.AUTO and (self.budget_ms is not None or self.real_time):
            msg = "--budget-ms and --real-time need --effort auto"
            raise ValueError(msg)
        return self

    @classmethod
    def checked(cls, **values: Any) -> RedactOptions:  # noqa: ANN401 - pydantic gives each its type
        """Return the options, or refuse all wrong values in one line.

        Raises:
            UsageError: A value is of the wrong kind or out of range.
        """
        try:
            return cls(**values)
        except ValidationError as error:
            raise UsageError("; ".join(_complaint(each) for each in error.errors())) from error


FLAGS = {"hold_s": "--hold", "masks": "--mask", "detectors": "--detector", "growth": "--mask-scale"}
"""Options whose flag on the command line is not their name."""


def flag(name: str) -> str:
    """Return the command line's flag for an option.

    >>> flag("keep_audio"), flag("hold_s")
    ('--keep-audio', '--hold')
    """
    return FLAGS.get(name, "--" + name.replace("_", "-"))


def _complaint(error: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    if not error["loc"]:  # of several options together
        return str(error["ctx"]["error"])
    name = str(error["loc"][0])
    given = error["input"]
    shown = ",".join(map(str, given)) if isinstance(given, list | tuple) else given
    return f"{flag(name)} {shown}: {error['msg'][0].lower()}{error['msg'][1:]}"
