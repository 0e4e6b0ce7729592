"""What was covered in a piece of a long recording, as a file: pieces are covered on several machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from passerby.errors import OutputError
from passerby.redact.cause import Cause
from passerby.redact.frame_record import FrameRecord, OwnFrame, SeamFrame
from passerby.redact.mask import Cover
from passerby.reports.redaction import ModelUse


@dataclass(slots=True)
class PieceLog:
    """What was covered in a piece.

    Args:
        own: Its own frames, which are written.
        shared: Frames that it shares with the pieces beside it.
        models: Networks that looked at it.
        inspected: How many passes did not fail.
        failure: Why the latest failed pass failed ("" = none did).
    """

    own: list[OwnFrame] = field(default_factory=list)
    shared: list[SeamFrame] = field(default_factory=list)
    models: Sequence[ModelUse] = ()
    inspected: int = 0
    failure: str = ""

    def to_json(self, *, keep_boxes: bool) -> str:
        """Return it as text; the boxes of own frames only if they are needed."""
        return json.dumps(
            {
                "own": [_own(each, keep_boxes=keep_boxes) for each in self.own],
                "shared": [_shared(each) for each in self.shared],
                "models": [each.model_dump() for each in self.models],
                "inspected": self.inspected,
                "failure": self.failure,
            },
            separators=(",", ":"),
        )


def read_piece_log(path: Path) -> PieceLog:
    """Read what was covered in a piece.

    Raises:
        OutputError: The file is missing or damaged.
    """
    try:
        found = json.loads(path.read_text())
        return PieceLog(
            [_own_of(each) for each in found["own"]],
            [_shared_of(each) for each in found["shared"]],
            [ModelUse(**each) for each in found["models"]],
            found["inspected"],
            found["failure"],
        )
    except (OSError, ValueError, TypeError, KeyError) as error:
        msg = f"{path}: what was covered in this piece cannot be read; remove it, and run the same command again"
        raise OutputError(msg) from error


def _own(frame: OwnFrame, *, keep_boxes: bool) -> list[Any]:
    done = frame.record
    cover = _cover(done.cover) if keep_boxes else None
    causes = {cause.value: share for cause, share in done.causes.items()}
    how = [done.whole, done.as_region, done.plan]
    return [frame.pts, done.time_s, done.covered_share, *how, causes, cover]


def _own_of(row: list[Any]) -> OwnFrame:
    pts, time_s, share, whole, as_region, plan, causes, cover = row
    covered = Cover.nothing() if cover is None else _cover_of(*cover)
    named = {Cause(cause): part for cause, part in causes.items()}
    return OwnFrame(pts, FrameRecord(0, time_s, share, whole, as_region, covered, plan, named))


def _shared(frame: SeamFrame) -> list[Any]:
    layers = [[cause.value, np.asarray(boxes).tolist()] for cause, boxes in frame.layers]
    return [frame.pts, _cover(frame.cover), frame.as_region, frame.plan, layers]


def _shared_of(row: list[Any]) -> SeamFrame:
    pts, cover, as_region, plan, layers = row
    named = tuple((Cause(cause), np.array(boxes, np.float32).reshape(-1, 4)) for cause, boxes in layers)
    return SeamFrame(pts, _cover_of(*cover), as_region, plan, named)


def _cover(cover: Cover) -> list[Any]:
    polygons = [each.tolist() for each in cover.polygons_px]
    return [cover.boxes_px.tolist(), cover.bodies.tolist(), polygons, cover.whole]


def _cover_of(boxes: list[Any], bodies: list[Any], polygons: list[Any], whole: str) -> Cover:
    corners = tuple(np.array(each, np.int32) for each in polygons)
    return Cover(np.array(boxes, np.int32).reshape(-1, 4), np.array(bodies, np.bool_), corners, whole)
