"""A site's own list of reasons and legal bases, for what is covered, silenced or left visible."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from passerby.settings.section import Section
from passerby.settings.yaml_file import read_settings

ReasonedPiece = Literal[
    "people", "faces", "vehicles", "plates", "writing", "screens", "motion", "masks", "whole", "sound"
]
"""A kind of cover, or the sound, that can carry a reason."""
_Text = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Filled = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")]


class SiteReason(Section):
    """One reason of the list."""

    reason: _Filled = Field(description="The reason, as the page offers it and the exemption log prints it.")
    basis: _Text = Field(default="", description="Its legal basis.")
    covers: list[ReasonedPiece] = Field(
        default=[], max_length=10, description="Kinds of cover that have this reason unless a reviewer gives another."
    )


class SiteReasons(Section):
    """The list."""

    organisation: _Text = Field(default="", description="Name of the site, printed on exemption logs.")
    reasons: list[SiteReason] = Field(min_length=1, max_length=100, description="The reasons.")

    @model_validator(mode="after")
    def _is_one_reason_a_kind(self) -> Self:
        kinds = [kind for each in self.reasons for kind in each.covers]
        twice = sorted({kind for kind in kinds if kinds.count(kind) > 1})
        if twice:
            msg = f"covers: {', '.join(twice)} has two reasons; leave one"
            raise ValueError(msg)
        names = [each.reason.strip().casefold() for each in self.reasons]
        same = sorted({name for name in names if names.count(name) > 1})
        if same:
            msg = f"reasons: {same[0]!r} is there twice; remove one"
            raise ValueError(msg)
        return self

    def of_kind(self, piece: str) -> SiteReason | None:
        """Return the reason that a kind of cover has by default; None = it has none."""
        return next((each for each in self.reasons if piece in each.covers), None)


def read_reasons(path: Path) -> SiteReasons:
    """Read a site's list.

    Raises:
        UsageError: It cannot be read or is wrong; each line names file, line and key.
    """
    return read_settings(path, SiteReasons)
