"""The edits file: what a person added to, and took away from, the cover of one recording, with reasons.

It holds positions and times that a person drew, and never who anybody in the picture is. The names in it are
those of the people who reviewed the recording.
"""

from __future__ import annotations

import json
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Final, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from passerby.settings.reasons import ReasonedPiece
from passerby.settings.section import Section

EDITS_VERSION: Final = 2
"""The latest version of the schema; a file has the first one that has all that is in it."""
FOLLOW_S: Final = 60.0
"""Longest time that a region follows without another key frame, s: after that it is anybody's guess."""
_SLACK_S: Final = 1e-6

Coordinate = Annotated[float, Field(ge=-65535, le=65535)]
Second = Annotated[float, Field(ge=0, le=1e7)]
ShortText = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
FilledText = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")]
EdgesPx = tuple[Coordinate, Coordinate, Coordinate, Coordinate]


class RecordingBinding(Section, strict=True):
    """Which recording the edits are for, without naming it."""

    salt: str = Field(pattern="^[0-9a-f]{32}$", description="Random number, in hexadecimal.")
    hmac_sha256: str = Field(
        pattern="^[0-9a-f]{64}$", description="HMAC-SHA256 of the recording's bytes; the salt is its key."
    )


class RegionKey(Section, strict=True):
    """Where a region is at one time; give either `box` or `polygon`."""

    time_s: Second = Field(description="Time of the frame in the recording, s.")
    box: EdgesPx | None = Field(
        default=None, description="Left, top, right and bottom edge, px of the upright picture."
    )
    polygon: list[tuple[Coordinate, Coordinate]] | None = Field(
        default=None, min_length=3, max_length=200, description="Corners, each as [x, y], px."
    )

    @model_validator(mode="after")
    def _is_one_shape(self) -> Self:
        if (self.box is None) == (self.polygon is None):
            msg = "give either box or polygon"
            raise ValueError(msg)
        if self.box is not None and not (self.box[0] < self.box[2] and self.box[1] < self.box[3]):
            msg = "box is left, top, right, bottom: left must be below right and top below bottom"
            raise ValueError(msg)
        return self

    def points(self) -> tuple[tuple[float, float], ...]:
        """Return the corners: two of a box, three or more of a polygon."""
        if self.box is not None:
            return (self.box[:2], self.box[2:])
        return tuple(self.polygon or ())


class RegionEdit(Section, strict=True):
    """A region that a person drew, for part of the recording."""

    keys: list[RegionKey] = Field(min_length=1, max_length=5000, description="Where it is, in order of time.")
    from_s: Second = Field(description="Start, s.")
    to_s: Second = Field(description="End (included), s.")
    follow: bool = Field(
        default=False,
        description="Whether it follows what is in it from key frame to key frame; otherwise it moves evenly. "
        f"A region that follows needs a key frame at least every {FOLLOW_S:g} s.",
    )

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        times = [key.time_s for key in self.keys]
        if sorted(set(times)) != times:
            msg = "keys must be in order of time, each time once"
            raise ValueError(msg)
        if not self.from_s - _SLACK_S <= times[0] <= times[-1] <= self.to_s + _SLACK_S:
            msg = "keys must lie between from_s and to_s"
            raise ValueError(msg)
        if len({len(key.points()) for key in self.keys}) > 1:
            msg = "keys must all be boxes, or all polygons with the same number of corners"
            raise ValueError(msg)
        marks = [self.from_s, *times, self.to_s]
        if self.follow and max(after - before for before, after in pairwise(marks)) > FOLLOW_S:
            msg = f"follow: draw the region again at least every {FOLLOW_S:g} s"
            raise ValueError(msg)
        return self


class AddedCover(RegionEdit, strict=True):
    """Cover that a person added."""

    reason: ShortText = Field(default="", description="Why, from the site's list.")
    basis: ShortText = Field(default="", description="Legal basis.")


class SecondLook(Section, strict=True):
    """What another network said of a piece of cover before it was taken away."""

    suspects: bool = Field(description="Whether it suspects a person there.")
    networks: list[FilledText] = Field(min_length=1, max_length=20, description="The networks.")
    frames: int = Field(ge=1, description="Number of frames that they looked at.")


class ByPerson(Section, strict=True):
    """Who decided something, and when."""

    by: FilledText = Field(description="Name of the reviewer, never of anybody in the picture.")
    at: AwareDatetime = Field(strict=False, description="When, with time zone.")


class OpenedCover(ByPerson, strict=True):
    """A piece of cover that a person took away, because it hides nobody."""

    box: EdgesPx = Field(description="Left, top, right and bottom edge, px: nothing outside it is opened.")
    from_s: Second = Field(description="Start, s.")
    to_s: Second = Field(description="End (included), s.")
    piece: Literal["people", "faces", "vehicles", "screens", "motion"] = Field(
        description="The kind of cover that is taken away; every other kind stays."
    )
    reason: FilledText = Field(description="Why nobody is hidden there.")
    second_look: SecondLook | None = Field(default=None, description="What another network said of it.")
    confirmed: bool = Field(
        default=False,
        description="Whether the reviewer was asked again, because a network suspects a person, and insisted.",
    )

    @model_validator(mode="after")
    def _is_a_box(self) -> Self:
        if not (self.box[0] < self.box[2] and self.box[1] < self.box[3]):
            msg = "box is left, top, right, bottom: left must be below right and top below bottom"
            raise ValueError(msg)
        if self.to_s < self.from_s:
            msg = "to_s must not be before from_s"
            raise ValueError(msg)
        if self.confirmed and (self.second_look is None or not self.second_look.suspects):
            msg = "confirmed needs a second_look that suspects somebody: nothing was asked otherwise"
            raise ValueError(msg)
        return self


class LeftVisible(RegionEdit, ByPerson, strict=True):
    """A region that leaves one person visible who asked for it; everyone else in it stays covered."""

    ground: FilledText = Field(description="Why this person is shown: consent, their own request for access.")

    @model_validator(mode="after")
    def _is_made_of_boxes(self) -> Self:
        if any(key.box is None for key in self.keys):
            msg = "keys of a region that is left visible must be boxes"
            raise ValueError(msg)
        return self


class MutedSound(Section, strict=True):
    """A time at which a person silenced the sound; a copy without sound is silent anyway."""

    from_s: Second = Field(description="Start, s.")
    to_s: Second = Field(description="End, s: sound from here on is heard again.")
    reason: ShortText = Field(default="", description="Why, from the site's list.")
    basis: ShortText = Field(default="", description="Legal basis.")

    @model_validator(mode="after")
    def _has_a_length(self) -> Self:
        if self.to_s <= self.from_s:
            msg = "to_s must be after from_s"
            raise ValueError(msg)
        return self


class CoverReason(Section, strict=True):
    """Why one kind of cover is there."""

    piece: ReasonedPiece = Field(description="The kind of cover, or the sound.")
    reason: FilledText = Field(description="Why, from the site's list.")
    basis: ShortText = Field(default="", description="Legal basis.")


class AcceptedDoubt(ByPerson, strict=True):
    """A doubt of the check that a reviewer looked at and accepted."""

    first_s: Second = Field(description="Start of the doubt, s.")
    last_s: Second = Field(description="Its end, s.")
    box: EdgesPx | None = Field(default=None, description="Where it is, px; absent = the whole picture.")
    note: ShortText = Field(default="", description="What the reviewer saw.")


class ReviewMark(ByPerson, strict=True):
    """A reviewer who has gone through the whole recording."""

    review: Literal["first", "second"] = Field(description="Which of the two reviews.")


class RecordingEdits(Section, strict=True):
    """All edits of one recording."""

    edits_version: Literal[1, 2] = Field(
        default=1,
        description="Version of this schema; 2 adds `muted` to 1. A file without muted sound is version 1, which "
        "earlier versions of passerby read too.",
    )
    recording: RecordingBinding = Field(description="Which recording they are for.")
    openings_locked: bool = Field(
        default=False, description="Whether nothing may be opened or left visible in this recording."
    )
    two_reviewers: bool = Field(default=False, description="Whether a copy needs a second reviewer before release.")
    added: list[AddedCover] = Field(default=[], max_length=5000, description="Cover that was added.")
    opened: list[OpenedCover] = Field(default=[], max_length=5000, description="Pieces of cover that were taken away.")
    visible: list[LeftVisible] = Field(default=[], max_length=200, description="People left visible on request.")
    muted: list[MutedSound] = Field(default=[], max_length=5000, description="Times at which the sound is silent.")
    reasons: list[CoverReason] = Field(default=[], max_length=20, description="Why each kind of cover is there.")
    accepted: list[AcceptedDoubt] = Field(default=[], max_length=20000, description="Doubts that were accepted.")
    reviews: list[ReviewMark] = Field(default=[], max_length=100, description="Who went through all of it.")

    @model_validator(mode="after")
    def _keeps_the_lock(self) -> Self:
        if self.openings_locked and (self.opened or self.visible):
            msg = "openings_locked: this recording is locked against openings, but opened or visible is not empty"
            raise ValueError(msg)
        return self

    def to_json(self) -> str:
        """Return the edits as indented JSON with a final newline; the same edits give the same text."""
        version = EDITS_VERSION if self.muted else 1
        without = None if self.muted else {"muted"}
        versioned = self.model_copy(update={"edits_version": version})
        return versioned.model_dump_json(indent=1, exclude_none=True, exclude=without) + "\n"


def edits_schema_json() -> str:
    """Return the JSON Schema of the edits file, as published in docs/reference."""
    schema = RecordingEdits.model_json_schema(mode="validation")
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=1) + "\n"


def latest(edits: RecordingEdits) -> datetime | None:
    """Return when somebody last decided something (None = nobody did)."""
    marks = [each.at for each in (*edits.opened, *edits.visible, *edits.accepted, *edits.reviews)]
    return max(marks, default=None)
