"""What was done to the frames of a recording: data for reports, and for joining pieces; no picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from passerby.redact.cause import Cause, CoverLayer, shares_by_cause
from passerby.redact.mask import Cover
from passerby.redact.stream import Covered


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """What was done to one frame; no number here connects a person from frame to frame.

    Args:
        index: Number of the frame in the source.
        time_s: Its presentation time.
        covered_share: Covered share of the picture, in [0, 1].
        whole: Why all of it was covered ("" = it was not).
        as_region: Whether a crowd too dense for boxes was covered as a region.
        cover: What was covered.
        plan: Which detector plan inspected it, and why ("" = there was only one).
        causes: Share of the picture that is covered for each cause; they add up to the covered share.
    """

    index: int
    time_s: float
    covered_share: float
    whole: str
    as_region: bool
    cover: Cover = field(repr=False)
    plan: str = ""
    causes: Mapping[Cause, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SeamFrame:
    """What one piece covers in a frame that two pieces share.

    Args:
        pts: When the frame is shown, in the source's units of time.
        cover: What is covered.
        as_region: Whether a crowd too dense for boxes is covered as a region.
        plan: Which detector plan was used, and why ("" = there was nothing to choose).
        layers: What is covered for each cause.
    """

    pts: int
    cover: Cover = field(repr=False)
    as_region: bool
    plan: str
    layers: tuple[CoverLayer, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class OwnFrame:
    """A frame that was written.

    Args:
        pts: When it is shown, in the source's units of time.
        record: What was covered in it.
    """

    pts: int
    record: FrameRecord


def record_of(done: Covered, index: int, size: tuple[int, int]) -> FrameRecord:
    """Return what was done to a frame.

    Args:
        done: The covered frame.
        index: Its number in the source.
        size: Rows and columns of the picture, px.
    """
    whole = done.frame.whole
    share = 1.0 if whole else done.cover.share(*size)
    cover = Cover.all(whole) if whole else done.cover
    causes = shares_by_cause(done.layers, cover, size=size, share=share)
    return FrameRecord(index, done.time_s, share, whole, done.as_region, done.cover, done.plan, causes)
