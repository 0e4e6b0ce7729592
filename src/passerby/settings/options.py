"""The options of a covered copy: unit, range, default and one line of help for each.

The help of the command line, docs/reference/options.md and all messages about wrong values come from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from passerby.errors import UsageError
from passerby.redact.choice import CheckDepth, CoverShape, SoundChoice, StyleName
from passerby.settings.cover_choice import (
    COVERS,
    EFFORT,
    GROWTH,
    HOLD_S,
    MASKS,
    NAMED_DETECTORS,
    SHAPE,
    STYLE,
    BodyShape,
    Covers,
    CoverStyle,
    Growth,
    HoldBothWays,
    SearchEffort,
)
from passerby.settings.position import MutedSpan, Position
from passerby.settings.preset import PRESETS, Preset, filled, written
from passerby.settings.remedy import remedy
from passerby.settings.section import Section
from passerby.vision.effort import Effort


class Codec(StrEnum):
    """How the covered copy of a video is encoded."""

    H264 = "h264"
    H265 = "h265"
    AV1 = "av1"
    VP9 = "vp9"


class CrowdModel(StrEnum):
    """Density-map networks for dense crowds; they run only if they are named."""

    MCNN = "mcnn"


PLANNED = frozenset({"effort", "hold_s", "thresh", "scale", "growth", "budget_ms", "real_time", "detectors", "shape"})
"""Options that a plan stands for, or whose change would make its evidence untrue."""
Side = Annotated[int, Field(ge=64, le=8192)]


class RedactOptions(Section):
    """All options of one covered copy; wrong ones are reported together.

    >>> RedactOptions(hold_s=2.0).cover
    frozenset({<CoverKind.PEOPLE: 'people'>})
    >>> RedactOptions(preset=Preset.CAMERA).hold_s
    1.0
    """

    preset: Preset | None = Field(
        default=None,
        description=f"Kind of footage, which stands for other options: {', '.join(Preset)}. An option given beside it "
        "wins.",
    )
    cover: Covers = COVERS
    style: CoverStyle = STYLE
    shape: BodyShape = SHAPE
    masks: Annotated[tuple[Path, ...], MASKS] = ()
    hold_s: HoldBothWays = HOLD_S
    thresh: float | None = Field(
        default=None,
        ge=0.01,
        le=0.9,
        description="Lowest score that is covered, 0.01 to 0.9; lower covers more. Default: set for each network.",
    )
    scale: tuple[Side, Side] | None = Field(
        default=None,
        description="Width and height at which the detectors run, as 640x360. Default: set by the effort.",
    )
    growth: Growth = GROWTH
    effort: SearchEffort = EFFORT
    plan: Path | None = Field(
        default=None,
        description="Plan that passerby tune wrote for this camera; it stands for effort, hold, growth and scores.",
    )
    budget_ms: float | None = Field(
        default=None,
        ge=1.0,
        le=60_000.0,
        description="With effort auto: mean time for a detector pass, ms. Default: as much as the scene needs.",
    )
    real_time: bool = Field(
        default=False,
        description="With effort auto: detector passes take no longer than the recording lasts.",
    )
    detectors: Annotated[tuple[str, ...], NAMED_DETECTORS] = ()
    edits: Path | None = Field(
        default=None,
        description="Edits file of this recording: what a person added to, and took away from, its cover.",
    )
    no_openings: bool = Field(
        default=False,
        description="Refuse an edits file that takes cover away.",
    )
    codec: Codec = Field(
        default=Codec.H264,
        description="Codec of a covered video: h264, h265, av1 or vp9.",
    )
    crf: int | None = Field(
        default=None,
        ge=0,
        le=63,
        description="Quality of a covered video, 0 (best, largest) to 63. Default: the codec's own.",
    )
    from_s: Position | None = Field(
        default=None,
        description="Start of the part to cover, since the recording's first frame: seconds, MM:SS or HH:MM:SS. "
        "Default: its start.",
    )
    until_s: Position | None = Field(
        default=None,
        description="End of the part to cover; a frame at this time is not in it. Default: the recording's end.",
    )
    sound: SoundChoice = Field(
        default=SoundChoice.DROP,
        description="Sound of the copy: drop, mute-speech (silence where somebody speaks or where that could not be "
        "judged) or keep. Voices reveal who somebody is.",
    )
    mute: tuple[MutedSpan, ...] = Field(
        default=(),
        description="Times at which a copy with sound is silent, such as 00:10-00:14, since the recording's first "
        "frame.",
    )
    keep_audio: bool = Field(default=False, description="The same as --sound keep.")
    check: CheckDepth = Field(
        default=CheckDepth.SAMPLE,
        description="Check the covered copy with other networks: off, sample or full.",
    )

    @model_validator(mode="before")
    @classmethod
    def _fill_in_preset(cls, given: Any) -> Any:  # noqa: ANN401 - whatever is validated
        return filled(given) if isinstance(given, Mapping) else given

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> Self:
        if self.until_s is not None and self.until_s <= (self.from_s or 0.0):
            msg = f"--until {self.until_s:g}: the part starts at {self.from_s or 0:g} s; give a later time"
            raise ValueError(msg)
        return self

    @property
    def sound_choice(self) -> SoundChoice:
        """What of the sound goes to the copy, whichever option says so."""
        return SoundChoice.KEEP if self.keep_audio else self.sound

    @model_validator(mode="after")
    def _sound_is_one_choice(self) -> Self:
        if self.keep_audio and "sound" in self.model_fields_set and self.sound is not SoundChoice.KEEP:
            msg = f"--keep-audio keeps voices, and --sound {self.sound} does not; leave one of them out"
            raise ValueError(msg)
        if self.mute and self.sound_choice is SoundChoice.DROP:
            msg = "--mute: the copy has no sound; add --sound mute-speech or --sound keep"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _budget_needs_a_choice(self) -> Self:
        if self.effort is not Effort.AUTO and (self.budget_ms is not None or self.real_time):
            msg = "--budget-ms and --real-time need --effort auto"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _figures_need_boxes(self) -> Self:
        if self.style is StyleName.FIGURE and self.shape is CoverShape.OUTLINE:
            msg = "--style figure hides the posture, which --shape outline shows; choose another style or --shape box"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _leaves_to_plan(self) -> Self:
        given = sorted(flag(name) for name in PLANNED & self.model_fields_set)
        if self.plan is not None and given:
            msg = f"--plan {self.plan}: stands for {', '.join(given)}, and was measured with its own; leave them out"
            raise ValueError(msg)
        return self

    @classmethod
    def checked(cls, **values: Any) -> RedactOptions:  # noqa: ANN401 - pydantic checks each type
        """Return the options, or report all wrong values in one line.

        Raises:
            UsageError: A value has the wrong type or is out of range.
        """
        try:
            return cls(**values)
        except ValidationError as error:
            raise UsageError("; ".join(_complaint(each) for each in error.errors())) from error


FLAGS = {
    "preset": "--for",
    "hold_s": "--hold",
    "masks": "--mask",
    "detectors": "--detector",
    "growth": "--mask-scale",
    "from_s": "--from",
    "until_s": "--until",
}
"""Options whose flag on the command line differs from their name."""
_WRITTEN = {
    "cover": " Separate several with commas.",
    "masks": " May be repeated.",
    "detectors": " May be repeated.",
    "mute": " May be repeated.",
}
"""How to give several values of an option on the command line."""


def flag(name: str) -> str:
    """Return the command-line flag of an option.

    >>> flag("keep_audio"), flag("hold_s")
    ('--keep-audio', '--hold')
    """
    return FLAGS.get(name, "--" + name.replace("_", "-"))


def help_of(name: str) -> str:
    """Return the command-line help of an option.

    >>> help_of("masks")
    'Files with boxes or polygons to cover as well, for all or part of the time; live, always. May be repeated.'
    """
    more = f" {presets_as_options()}" if name == "preset" else _WRITTEN.get(name, "")
    return f"{RedactOptions.model_fields[name].description}{more}"


def presets_as_options() -> str:
    """Return each preset with the options that it stands for."""
    return "; ".join(f"{preset} = {as_options(preset)}" for preset in Preset) + "."


def as_options(preset: Preset) -> str:
    """Return the options that a preset stands for, as on the command line.

    >>> as_options(Preset.CAMERA)
    '--cover people --shape box --hold 1.0'
    """
    return " ".join(f"{flag(name)} {written(value)}" for name, value in PRESETS[preset].items())


def _complaint(error: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    if not error["loc"]:  # of several options together
        return str(error["ctx"]["error"])
    name = str(error["loc"][0])
    given = error["input"]
    shown = ",".join(map(str, given)) if isinstance(given, list | tuple) else given
    field = RedactOptions.model_fields.get(name)
    if field is None:
        return f"{flag(name)} {shown}: no such option; see docs/reference/options.md"
    if error["type"] == "too_short":
        return f"{flag(name)} {shown}: give at least one; {field.description}"
    return f"{flag(name)} {shown}: {remedy(error, field)}"
