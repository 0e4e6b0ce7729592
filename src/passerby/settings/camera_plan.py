"""The plan of one camera: how to look for people in its picture, and the labelled heads that this was measured on."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, ValidationError, model_validator

from passerby.errors import UsageError
from passerby.redact.choice import CoverKind
from passerby.redact.rule import COVER_SCORE
from passerby.redact.score_table import LEAST_SCORE, MOST_SCORE, ScoreTable
from passerby.settings.cover_choice import (
    EFFORT,
    GROWTH,
    HOLD_S,
    LIVE_GROWTH,
    LIVE_HOLD_S,
    Covers,
    SearchEffort,
)
from passerby.settings.remedy import remedy
from passerby.settings.section import Section
from passerby.vision.effort import Effort

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Factor = Annotated[float, Field(ge=0.5, le=2.0)]
Pixels = Annotated[int, Field(ge=1, le=65535)]
_MOST_BYTES: Final = 1 << 20


class SizeScore(Section):
    """Lowest score of bodies of one height."""

    below: float = Field(gt=0.0, le=1.0, description="Heights end below this share of the picture's height.")
    score: float = Field(ge=LEAST_SCORE, le=MOST_SCORE, description="Lowest score that is covered.")


class PlanChoice(Section):
    """What a plan chooses."""

    effort: SearchEffort = EFFORT
    growth: float = Field(
        default=GROWTH, ge=1.0, le=1.5, description="Width and height of the cover relative to the box."
    )
    hold_s: float = Field(
        default=HOLD_S,
        ge=0.2,
        le=2.0,
        description="Seconds that a cover starts before the first and lasts after the last detection.",
    )
    sizes: tuple[SizeScore, ...] = Field(
        default=(SizeScore(below=1.0, score=COVER_SCORE),),
        min_length=1,
        max_length=20,
        description="Lowest scores by height, the smallest heights first.",
    )
    regions: tuple[tuple[Factor, ...], ...] = Field(
        default=((1.0,),),
        min_length=1,
        max_length=20,
        description="Factors of the score by region: rows from the top, each from the left; a box's middle decides.",
    )

    @model_validator(mode="after")
    def _is_a_table(self) -> Self:
        ends = [each.below for each in self.sizes]
        if ends != sorted(set(ends)) or ends[-1] != 1.0:
            msg = "sizes must ascend and end at 1"
            raise ValueError(msg)
        if len({len(row) for row in self.regions}) != 1 or not self.regions[0]:
            msg = "regions must be rows of equal length"
            raise ValueError(msg)
        if self.effort is Effort.AUTO:
            msg = "effort must be fast, balanced or thorough: a plan is measured with one of them"
            raise ValueError(msg)
        return self

    def table(self, picture_px: tuple[int, int]) -> ScoreTable:
        """Return the scores for a picture of this width and height."""
        return ScoreTable(tuple((each.below, each.score) for each in self.sizes), self.regions, picture_px)

    def live(self) -> PlanChoice:
        """Return the choice for a live camera, where later passes cannot fill gaps: it covers no less than by default.

        >>> PlanChoice(hold_s=0.3, growth=1.0).live().hold_s
        1.0
        """
        return self.model_copy(
            update={
                "growth": max(LIVE_GROWTH, self.growth),
                "hold_s": max(LIVE_HOLD_S, self.hold_s),
                "sizes": tuple(SizeScore(below=each.below, score=min(COVER_SCORE, each.score)) for each in self.sizes),
                "regions": tuple(tuple(min(1.0, factor) for factor in row) for row in self.regions),
            }
        )

    def lowered(self) -> list[str]:
        """Return in words what covers less than the defaults, so that nobody overlooks it.

        >>> PlanChoice(hold_s=0.3).lowered()
        ['hold 0.3 s instead of 0.5 s']
        """
        found = []
        if self.effort is Effort.FAST:
            found.append(f"effort {self.effort} instead of {EFFORT}")
        if self.growth < GROWTH:
            found.append(f"growth {self.growth:g} instead of {GROWTH:g}")
        if self.hold_s < HOLD_S:
            found.append(f"hold {self.hold_s:g} s instead of {HOLD_S:g} s")
        most = min(MOST_SCORE, max(each.score for each in self.sizes) * max(max(row) for row in self.regions))
        if most > COVER_SCORE:
            found.append(f"scores up to {most:.2g} instead of {COVER_SCORE:g}")
        return found

    def sha256(self) -> str:
        """Return the hash of the choice, which ties the evidence to it."""
        return hashlib.sha256(json.dumps(self.model_dump(mode="json"), sort_keys=True).encode()).hexdigest()


class PlanFigures(Section):
    """What labelled heads show, with one choice of settings."""

    bare: int = Field(ge=0, description="Heads covered less than half.")
    at_most: Share = Field(description="Upper bound of the share of bare heads, 95 % confidence (Clopper-Pearson).")
    exposed: int = Field(ge=0, description="Heads covered less than 80 %.")
    area: Share = Field(description="Mean share of the picture that is covered.")


class PlanEvidence(Section):
    """What the plan was measured on: the part of the labelled clip that it was not made on."""

    split: Literal["time"] = Field(description="How the labelled clip was divided: its first half made the plan.")
    heads_made_on: int = Field(ge=1, description="Labelled heads of the half that the plan was made on.")
    heads: int = Field(ge=1, description="Labelled heads of the other half, each in one frame; all figures are of it.")
    people: int | None = Field(default=None, description="People in that half, if the labels distinguish them.")
    before: PlanFigures = Field(description="Figures with the default settings.")
    after: PlanFigures = Field(description="Figures with the plan.")
    settings_sha256: str = Field(pattern="^[0-9a-f]{64}$", description="Hash of `choice`: an edited plan is refused.")


class CameraPlan(Section):
    """A plan for one camera."""

    camera_plan_version: Literal[1] = 1
    passerby_version: str = Field(description="Version of passerby that made the plan.")
    picture_px: tuple[Pixels, Pixels] = Field(description="Width and height of the camera's picture.")
    cover: Covers = Field(description="What is covered; the plan is for bodies.")
    choice: PlanChoice = Field(description="The settings.")
    evidence: PlanEvidence = Field(description="What they were measured on.")

    @model_validator(mode="after")
    def _is_unedited(self) -> Self:
        if CoverKind.PEOPLE not in self.cover and CoverKind.HEADS not in self.cover:
            msg = "cover must include people or heads"
            raise ValueError(msg)
        if self.evidence.settings_sha256 != self.choice.sha256():
            msg = "choice was edited after it was measured, so the evidence is not about it; run passerby tune again"
            raise ValueError(msg)
        return self

    def summary(self) -> str:
        """Return the settings and their evidence in one line."""
        choice, found = self.choice, self.evidence
        scores = [each.score for each in choice.sizes]
        span = f"{min(scores):g}" if len(set(scores)) == 1 else f"{min(scores):g} to {max(scores):g}"
        lowered = "; ".join(choice.lowered())
        return (
            f"effort {choice.effort}, scores {span}, growth {choice.growth:g}, hold {choice.hold_s:g} s; "
            f"{found.after.bare} of {found.heads:,} labelled heads bare, at most {found.after.at_most:.2%} "
            f"(without the plan {found.before.bare}, at most {found.before.at_most:.2%}), {found.after.exposed} less "
            f"than 80 % covered (without {found.before.exposed}); area {found.after.area:.1%} "
            f"instead of {found.before.area:.1%}" + (f"; LESS than the defaults: {lowered}" if lowered else "")
        )

    def misfit(self, width: int, height: int) -> str:
        """Return why the plan does not fit pictures of this size ("" = it does)."""
        if (width, height) == self.picture_px:
            return ""
        made = "x".join(map(str, self.picture_px))
        return f"the plan is for pictures of {made}, not of {width}x{height}; run passerby tune with this camera"

    def to_json(self) -> str:
        """Return the plan as indented JSON with a final newline."""
        return json.dumps(self.model_dump(mode="json") | {"cover": sorted(self.cover)}, indent=1) + "\n"


def read_plan(path: Path) -> CameraPlan:
    """Read a plan.

    Raises:
        UsageError: It cannot be read, is wrong, or was edited; the message names the file and the field.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES)
        return CameraPlan.model_validate_json(text)
    except OSError as error:
        msg = f"{path}: cannot be read ({error.strerror}); give a plan that passerby tune wrote"
        raise UsageError(msg) from error
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        text_of = _fault_text(fault)
        msg = f"{path}: {f'{where}: ' if where else ''}{text_of}; give a plan that passerby tune wrote"
        raise UsageError(msg) from error


def _fault_text(fault: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    if fault["type"] == "extra_forbidden":
        return "no such key"
    if fault["type"] == "json_invalid":
        return "not JSON"
    return remedy(fault, None)


def plan_schema_json() -> str:
    """Return the JSON Schema of the plan, as published in docs/reference."""
    schema = CameraPlan.model_json_schema(mode="serialization")
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=1) + "\n"
