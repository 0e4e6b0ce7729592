"""Pieces of long recordings: where they are cut, and how the seams between them are covered."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from passerby.assembly.redaction import RedactionSetup
from passerby.assembly.source_kind import is_image
from passerby.errors import SourceError, UsageError
from passerby.media.files.frame_times import frame_times, length_s
from passerby.media.files.video_file import open_source, open_stretch
from passerby.media.layout import Shape
from passerby.media.piece import RecordingPiece, cut
from passerby.media.stretch import Stretch
from passerby.outputs.files.joined import EncodedPiece, write_joined
from passerby.pipelines.pieces import paint_seam
from passerby.redact.frame_record import OwnFrame, SeamFrame

WARM_UP_S = 10.0
"""A piece begins this long before its seam: so long, what moves and what the camera sees is learned again."""


@dataclass(frozen=True, slots=True)
class RecordingCuts:
    """How a recording is cut.

    Args:
        pieces: The pieces, in order; fewer than two = it is not cut.
        frames: How many frames the recording has.
    """

    pieces: tuple[RecordingPiece, ...] = ()
    frames: int = 0


def recording_length_s(source: Path) -> float:
    """Return how long a recording is according to its header, s; 0 for a picture, or what cannot be read."""
    try:
        return 0.0 if is_image(source) else length_s(source)
    except SourceError:
        return 0.0


def cuts_of(source: Path, setup: RedactionSetup, *, piece_s: float, warm_s: float = WARM_UP_S) -> RecordingCuts:
    """Return how a recording is cut into pieces; none if it is too short, or if its frames have no certain times.

    Args:
        source: The recording.
        setup: What it is covered with.
        piece_s: Wanted length of a piece, s.
        warm_s: How much a piece reads before its seam, s.

    Raises:
        SourceError: It cannot be read.
    """
    times = frame_times(source)
    if times is None:
        return RecordingCuts()
    ahead_s = setup.ahead_s
    overlap_s = setup.options.hold_s + ahead_s
    pieces = cut(times, piece_s=piece_s, overlap_s=overlap_s, ahead_s=ahead_s + 0.5, warm_s=warm_s)
    if len(pieces) == 1 or not _alike(source, [each.reach for each in pieces]):
        return RecordingCuts()
    return RecordingCuts(tuple(pieces), len(times.pts))


def cover_seam(
    setup: RedactionSetup, source: Path, target: Path, stretch: Stretch, *, known: Mapping[int, Sequence[SeamFrame]]
) -> Generator[OwnFrame]:
    """Write the frames that two pieces share, covered with what either of them covers, and yield what was done.

    Args:
        setup: What the recording is covered with.
        source: The recording.
        target: File for these frames.
        stretch: Where they lie.
        known: What the pieces cover, by time in the recording's units.

    Raises:
        SourceError: The recording cannot be read.
        OutputError: The file cannot be written.
    """
    with closing(setup.opened(source, stretch)) as opened:
        output = setup.part_of_copy(target, opened.shape)
        try:
            yield from paint_seam(opened, known, setup.style, output=output)
        finally:
            output.abandon()


def join_copy(
    setup: RedactionSetup, source: Path, target: Path, parts: Sequence[EncodedPiece], *, replace: bool
) -> None:
    """Write the copy from its covered parts, with the sound that the options ask for.

    Raises:
        SourceError: The recording cannot be read.
        UsageError: The target's format cannot hold the sound.
        OutputError: The copy cannot be written, or the parts do not fit together.
    """
    with closing(open_source(source)) as opened:
        sound = setup.take_sound(source, opened)
        write_joined(target, parts, opened.shape, codec=setup.options.codec, sound=sound, replace=replace)


def _alike(source: Path, stretches: Sequence[Stretch]) -> bool:
    """Return whether the recording has pictures of one shape where the stretches begin."""
    try:
        first = _shape(source, Stretch(Fraction(0), stretches[0].until_s))
        return all(_shape(source, each) == first for each in stretches)
    except UsageError:
        return False


def _shape(source: Path, stretch: Stretch) -> Shape:
    with closing(open_stretch(source, stretch, threads=1)) as opened:
        return opened.shape
