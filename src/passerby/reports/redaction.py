"""The report of a covered copy: how it was made and what was covered, and nothing about any person.

The report may be passed on with the copy, so it reveals nothing that the copy does not: not the source's
name or location, not when it was made, no scores, no order of boxes that would connect them over time.
"""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from passerby.redact.cause import Cause

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Box = tuple[int, int, int, int]
Polygon = list[tuple[int, int]]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelUse(_Part):
    """A network that looked for what must be covered."""

    name: str = Field(description="Name in the catalogue.")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="SHA-256 of its file.")


class SecondShare(_Part):
    """How much of the picture was covered within one second."""

    second: int = Field(ge=0, description="Whole seconds since the first frame.")
    share: Share = Field(description="Mean share of the picture that was covered.")


class WholeSpan(_Part):
    """Consecutive frames that were covered whole for one reason."""

    first_frame: int = Field(ge=0, description="Number of the first frame, counted from 0.")
    last_frame: int = Field(ge=0, description="Number of the last frame.")
    start_s: float = Field(description="Time of the first frame, s.")
    reason: str = Field(description="Why these frames were covered whole.")


class CoverCause(_Part):
    """Why frames are covered by more than 90 %."""

    cause: str = Field(description="What covered them.")
    frames: int = Field(ge=1, description="Number of frames.")


class CauseShare(_Part):
    """How much of the picture is covered for one cause."""

    cause: Cause = Field(description="Why it is covered; what several causes cover counts for the first in this list.")
    reason: str = Field(default="", description="Of pictures that are covered whole: why.")
    share: Share = Field(description="Mean share of the picture that is covered for it.")


class SecondCauses(_Part):
    """What covered the picture within one second; the shares add up to the covered share."""

    second: int = Field(ge=0, description="Whole seconds since the first frame.")
    causes: list[CauseShare] = Field(description="The causes, the largest share first.")


class PlanSpan(_Part):
    """Consecutive frames that one plan of effort `auto` inspected."""

    first_frame: int = Field(ge=0, description="Number of the first frame, counted from 0.")
    last_frame: int = Field(ge=0, description="Number of the last frame.")
    start_s: float = Field(description="Time of the first frame, s.")
    plan: str = Field(description="Effort of the plan, and why it was chosen.")


class FrameBoxes(_Part):
    """Where one frame was covered."""

    frame: int = Field(ge=0, description="Number of the frame, counted from 0.")
    time_s: float = Field(description="Time of the frame, s.")
    boxes_px: list[Box] = Field(description="x1, y1, x2, y2 in px, half open, sorted by position.")
    polygons_px: list[Polygon] = Field(
        default=[], description="Corners of outlines and masks, x, y in px, sorted by position; the edge is covered."
    )


class ReportedMiss(_Part):
    """A place in the covered copy where another network still suspects a person."""

    first_s: float = Field(description="Time of the first checked frame that shows it, s.")
    last_s: float = Field(description="Time of the last, s.")
    frame: int = Field(ge=0, description="Number of the frame that shows it best, counted from 0.")
    frames: int = Field(ge=1, description="Number of checked frames that show it.")
    box_px: Box = Field(description="x1, y1, x2, y2 in that frame, px, half open.")
    kind: str = Field(description="What the network takes it for.")
    score: Share = Field(description="The network's confidence.")


class LeakCheck(_Part):
    """The result of checking a covered copy with other networks."""

    depth: str = Field(pattern="^(sample|full)$", description="Which frames of the copy were checked.")
    models: list[ModelUse] = Field(description="Networks that checked it.")
    frames_checked: int = Field(ge=0, description="Number of checked frames.")
    scenes: int = Field(default=0, ge=0, description="Number of scenes in the copy, as far as cuts show in it.")
    scenes_checked: int = Field(default=0, ge=0, description="Number of scenes with a checked frame.")
    frames_suspicious: int = Field(ge=0, description="Number of checked frames with a spot.")
    frames_unreadable: int = Field(ge=0, description="Frames that should have been checked but could not be decoded.")
    spots: list[ReportedMiss] = Field(description="Suspected spots; a person decides.")


class HandAddition(_Part):
    """Cover that a person added."""

    from_s: float = Field(description="Start, s.")
    to_s: float = Field(description="End, s.")
    reason: str = Field(default="", description="Why.")
    basis: str = Field(default="", description="Legal basis.")
    lost_s: list[tuple[float, float]] = Field(
        default=[], description="From and to, s: what it follows was not found, so it moved on and grew. Look at these."
    )


class HandOpening(_Part):
    """A piece of cover that a person took away, and what other networks said of it."""

    from_s: float = Field(description="Start, s.")
    to_s: float = Field(description="End, s.")
    box_px: tuple[float, float, float, float] = Field(description="x1, y1, x2, y2, px; nothing outside it was opened.")
    piece: str = Field(description="The sort of cover that was taken away; every other sort stayed.")
    reason: str = Field(description="Why nobody is hidden there.")
    frames_looked: int = Field(ge=0, description="Number of frames that other networks looked at.")
    frames_suspicious: int = Field(ge=0, description="Number of those in which they suspect a person.")
    confirmed: bool = Field(description="Whether the reviewer insisted on it although a network suspected a person.")
    applied: bool = Field(description="Whether it was opened; a suspicion that nobody confirmed keeps the cover.")


class HandVisible(_Part):
    """A person who was left visible on request; everyone else near them stayed covered."""

    from_s: float = Field(description="Start, s.")
    to_s: float = Field(description="End, s.")
    ground: str = Field(description="Why.")


class HandMuting(_Part):
    """A time at which a person silenced the sound."""

    from_s: float = Field(description="Start, s.")
    to_s: float = Field(description="End, s.")
    reason: str = Field(default="", description="Why.")
    basis: str = Field(default="", description="Legal basis.")


class HandChanges(_Part):
    """What an edits file changed in the cover; the names of reviewers stay in that file."""

    added: list[HandAddition] = Field(description="Cover that was added.")
    opened: list[HandOpening] = Field(description="Pieces of cover that a person took away.")
    visible: list[HandVisible] = Field(description="People who were left visible on request.")
    muted: list[HandMuting] = Field(
        default=[], description="Times at which a person silenced the sound, whether or not the copy has any."
    )
    reasons: dict[str, str] = Field(default={}, description="Why each sort of cover is there.")
    doubts_accepted: int = Field(ge=0, description="Number of doubts of the check that a reviewer accepted.")
    reviews: int = Field(ge=0, description="How many times somebody went through the whole recording.")
    changes_hmac_sha256: str = Field(
        default="",
        pattern="^([0-9a-f]{64})?$",
        description="HMAC-SHA256 of what was drawn and when, with the salt of the edits file as key: whoever has that "
        "file can tell whether this copy has all of it. Reasons and names are not part of it.",
    )
    spots_left_visible: int = Field(
        default=0, ge=0, description="Spots of the check that show who was left visible on request."
    )


class ClipUse(_Part):
    """Which part of a recording was covered; times in the report are the recording's own, as in a whole copy."""

    from_s: float = Field(ge=0, description="Start of the part, s since the recording's first frame.")
    until_s: float | None = Field(description="Its end, s since the recording's first frame; null = the end.")
    recording_starts_s: float = Field(description="The recording's own time of its first frame, s; usually 0.")
    copy_starts_s: float = Field(
        description="The recording's own time of the copy's first frame, s: the copy starts at 0, so a time in this "
        "report minus this one is the time in the copy."
    )


class ReportedSilence(_Part):
    """A time at which the sound of the copy is silent."""

    start_s: float = Field(description="Its start in the recording's own times, s.")
    end_s: float = Field(description="Its end, s.")
    reason: str = Field(description="Why: speech, by hand, or because it could not be judged.")


class SoundUse(_Part):
    """What the copy has of the recording's sound."""

    choice: str = Field(pattern="^(mute-speech|keep)$", description="What was asked for.")
    models: list[ModelUse] = Field(description="Networks that looked for speech; none reads or recognises any.")
    silent: list[ReportedSilence] = Field(
        description="When the copy is silent. Sound before the first and after the last judged moment is silent too."
    )


class RedactionReport(_Part):
    """How a covered copy was made and what is covered in it."""

    report_version: Literal[1, 2, 3] = Field(
        default=3,
        description="Version of this schema; 2 adds `causes` and `causes_per_second` to 1, and 3 adds `clip`, `sound`, "
        "`edits` and the cover `by hand`.",
    )
    passerby_version: str = Field(description="Version of passerby that made the copy.")
    copy_name: str = Field(description="File name of the covered copy.")
    copy_sha256: str = Field(pattern="^[0-9a-f]{64}$", description="SHA-256 of the covered copy.")
    models: list[ModelUse] = Field(description="Networks that looked for what must be covered.")
    options: dict[str, JsonValue] = Field(description="The options used.")
    clip: ClipUse | None = Field(default=None, description="Which part of the recording was covered; null = all.")
    sound: SoundUse | None = Field(default=None, description="What the copy has of the sound; null = none.")
    frames: int = Field(ge=0, description="Number of frames of the copy.")
    covered_share: Share = Field(description="Mean share of the picture that is covered.")
    covered_share_per_second: list[SecondShare] = Field(description="The same for each second.")
    causes: list[CauseShare] = Field(default=[], description="What covers the copy, the largest share first.")
    causes_per_second: list[SecondCauses] = Field(default=[], description="The same for each second.")
    frames_over_90: int = Field(default=0, ge=0, description="Number of frames that are covered by more than 90 %.")
    causes_over_90: list[CoverCause] = Field(
        default=[], description="What covered them, the most frequent cause first."
    )
    frames_covered_whole: int = Field(ge=0, description="Number of frames that are covered whole.")
    covered_whole: list[WholeSpan] = Field(description="Which frames, and why.")
    frames_with_crowd: int = Field(ge=0, description="Frames with a crowd too dense for boxes, covered as a region.")
    plans: list[PlanSpan] = Field(default=[], description="Which plan inspected which frames, with effort auto.")
    boxes: list[FrameBoxes] | None = Field(default=None, description="Where each frame is covered, if requested.")
    leak_check: LeakCheck | None = Field(default=None, description="Result of checking the copy, if requested.")
    edits: HandChanges | None = Field(default=None, description="What a person changed by hand, if anything.")

    def to_json(self) -> str:
        """Return the report as indented JSON with a final newline."""
        return self.model_dump_json(indent=None if self.boxes else 1) + "\n"


def schema_json() -> str:
    """Return the JSON Schema of the report, as published in docs/reference."""
    schema = RedactionReport.model_json_schema(mode="serialization")
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=1) + "\n"
