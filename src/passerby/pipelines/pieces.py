"""The loops for pieces of a long recording: what one process covers of it, and the seams between two."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

import numpy as np

from passerby.errors import RedactionError
from passerby.media.frame import Frame
from passerby.media.source import Source
from passerby.outputs.output import VideoOutput
from passerby.pipelines.recording import Inspector, Prefetch
from passerby.redact.frame_record import OwnFrame, SeamFrame, record_of
from passerby.redact.mask import Cover
from passerby.redact.redactor import blackout, redact
from passerby.redact.stream import UNSEEN, Covered, Redactor
from passerby.redact.style import Style

SIDES = 2
"""Pieces that meet in a seam."""


def run_piece(
    source: Source,
    inspector: Inspector,
    redactor: Redactor,
    *,
    output: VideoOutput,
    owns: Callable[[Fraction], bool],
    shares: Callable[[Fraction], bool],
) -> Iterator[OwnFrame | SeamFrame | None]:
    """Cover a stretch, write the frames of a piece and yield what was done to each; None for one only looked at.

    Args:
        source: The stretch that the piece reads.
        inspector: Inspects the frames.
        redactor: Covers them.
        output: Where the piece's own frames go.
        owns: Whether a frame at a time, s, is written here.
        shares: Whether its cover is needed for a seam.

    Raises:
        SourceError: The source cannot be read any further.
        OutputError: The target cannot take more.
    """
    size = source.shape.height, source.shape.width
    with Prefetch(source) as frames, Prefetch(inspector.inspect(frames)) as inspected:
        for index, done in enumerate(redactor.stream(inspected)):
            time_s = done.frame.pts * source.shape.time_base
            if owns(time_s):
                output.write(done.frame)
                yield OwnFrame(done.frame.pts, record_of(done, index, size))
            elif shares(time_s):
                cover = Cover.all(done.frame.whole) if done.frame.whole else done.cover
                yield SeamFrame(done.frame.pts, cover, done.as_region, done.plan, done.layers)
            else:
                yield None
    output.finish()


def paint_seam(
    source: Source, known: Mapping[int, Sequence[SeamFrame]], style: Style, *, output: VideoOutput
) -> Iterator[OwnFrame]:
    """Cover the frames that two pieces share with all that either of them covers, write them, and yield records.

    A frame of which one piece knows nothing is covered whole.

    Args:
        source: The frames.
        known: What the pieces cover, by time in the source's units.
        style: How the cover looks.
        output: Where the frames go.

    Raises:
        SourceError: The source cannot be read any further.
        OutputError: The target cannot take more.
    """
    size = source.shape.height, source.shape.width
    for index, frame in enumerate(source):
        done = _united(frame, known.get(frame.pts, ()), style)
        output.write(done.frame)
        yield OwnFrame(frame.pts, record_of(done, index, size))
    output.finish()


def _united(frame: Frame, sides: Sequence[SeamFrame], style: Style) -> Covered:
    cover = _once(Cover.joined([each.cover for each in sides]))
    if len(sides) < SIDES:
        cover = Cover.all(frame.damaged or UNSEEN)
    layers = tuple(layer for each in sides for layer in each.layers)
    plan = sides[-1].plan if sides else ""
    try:
        covered = redact(frame, cover, style)
    except RedactionError as error:
        cover = Cover.all(str(error))
        covered = blackout(frame, str(error))
    region = any(each.as_region for each in sides)
    return Covered(covered, cover, frame.time_s, region and not cover.whole, plan, layers)


def _once(cover: Cover) -> Cover:
    """Return a cover without repetitions: where two pieces agree, each box counts once."""
    rows = np.column_stack((cover.boxes_px, cover.bodies.astype(np.int32)))
    rows = np.unique(rows, axis=0).astype(np.int32)
    polygons = {each.tobytes(): each for each in cover.polygons_px}
    return Cover(np.ascontiguousarray(rows[:, :4]), rows[:, 4].astype(np.bool_), tuple(polygons.values()), cover.whole)
