"""Raw pixels end here: the only file that makes a `RedactedFrame`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import InitVar, dataclass, field
from fractions import Fraction
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.errors import PasserbyError, RedactionError
from passerby.media.frame import Frame
from passerby.media.layout import Colour, Layout, Plane
from passerby.redact.mask import Cover
from passerby.redact.paint import SLATE, Canvas, samples_of
from passerby.redact.style import Style

_SEAL: Final = object()


@dataclass(frozen=True, slots=True)
class RedactedFrame:
    """A covered picture: the only kind of picture that an output accepts.

    Only `redact`, `blackout` and `notice` make one; building it elsewhere raises RedactionError.

    Args:
        planes: As `layout` describes; read-only views of `packed`, which only this frame uses.
        packed: Shape (samples,), all planes one after the other without gaps, as an encoder reads them.
        layout: How `planes` lie in memory.
        pts: Presentation time in units of `time_base`.
        time_base: Seconds per unit of `pts`.
        colour: Colour tags of the source.
        whole: Why the whole picture is covered ("" = only parts are).
        seal: Proof that the pixels were covered; held by this file.
    """

    planes: tuple[Plane, ...] = field(repr=False)
    packed: Plane = field(repr=False)
    layout: Layout
    pts: int
    time_base: Fraction
    colour: Colour
    whole: str
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        """Reject pixels that this file did not cover."""
        if seal is not _SEAL:
            msg = "a RedactedFrame comes from redact(), blackout() or notice() only"
            raise RedactionError(msg)


def redact(frame: Frame, cover: Cover, style: Style) -> RedactedFrame:
    """Return a covered copy of a frame; a damaged one, or one to cover whole, is blacked out.

    Args:
        frame: Read, never written.
        cover: Which parts must not be seen.
        style: How the cover looks.

    Raises:
        RedactionError: The planes do not match the layout, or painting failed; the frame must be withheld.
            The message appears as a reason in reports, so it does not name the source.
    """
    reason = frame.damaged or cover.whole
    if reason:
        return blackout(frame, reason)
    try:
        memory = _copied(frame)
        style.paint(Canvas(memory[1], frame.layout, frame.colour), cover)
    except PasserbyError:
        raise
    except Exception as error:  # a style may raise anything; callers handle only our errors
        msg = f"style {style.name} failed: {str(error) or type(error).__name__}"
        raise RedactionError(msg) from error
    return _sealed(frame, memory, "")


def blackout(frame: Frame, reason: str) -> RedactedFrame:
    """Return a picture filled with slate that has the frame's size and time; the frame's pixels are not read.

    Args:
        frame: Supplies size, layout and time.
        reason: Why, for the report; should not be empty.
    """
    memory = _slate(frame.layout, frame.height, frame.width, colour=frame.colour)
    return _sealed(frame, memory, reason or "covered whole")


def notice(lines: Sequence[str], *, height: int, width: int, pts: int, time_base: Fraction) -> RedactedFrame:
    """Return a picture with only a few lines of text: what viewers see while a camera sends no picture.

    Args:
        lines: ASCII text, the first line large.
        height: Rows, px.
        width: Columns, px.
        pts: Presentation time in units of `time_base`.
        time_base: Seconds per unit of `pts`.
    """
    packed, planes = _slate(Layout.YUV420, height, width, colour=Colour())
    luma = np.asarray(planes[0], np.uint8)
    longest = max((len(line) for line in lines), default=1)
    scale = min(height / 240, width / (20 * max(longest, 16)))
    down = height / 2 - 20 * scale * (len(lines) - 1)
    for index, line in enumerate(lines):
        size = scale * (1.0 if index else 1.3)
        across = (width - cv2.getTextSize(line, cv2.FONT_HERSHEY_SIMPLEX, size, 1)[0][0]) / 2
        at = (round(max(0.0, across)), round(down + 40 * scale * index))
        cv2.putText(luma, line, at, cv2.FONT_HERSHEY_SIMPLEX, size, (200,), max(1, round(1.5 * size)), cv2.LINE_AA)
    planes[0][...] = luma
    for part in (packed, *planes):
        part.setflags(write=False)
    return RedactedFrame(planes, packed, Layout.YUV420, pts, time_base, Colour(), "no picture", _SEAL)


def _slate(layout: Layout, height: int, width: int, *, colour: Colour) -> tuple[Plane, tuple[Plane, ...]]:
    """Return new memory for a picture, filled with the cover colour."""
    packed, planes = _memory(layout, height, width)
    ink = samples_of(SLATE, layout, colour)
    if layout is Layout.RGB:
        planes[0][...] = ink
    else:
        for plane, sample in zip(planes, ink, strict=True):
            plane.fill(sample)
    return packed, planes


def _copied(frame: Frame) -> tuple[Plane, tuple[Plane, ...]]:
    """Return a copy of the frame's samples in new memory."""
    packed, planes = _memory(frame.layout, frame.height, frame.width)
    if len(frame.planes) != len(planes):
        msg = f"{len(frame.planes)} planes instead of the {len(planes)} of {frame.layout}"
        raise RedactionError(msg)
    for own, raw in zip(planes, frame.planes, strict=True):
        if own.shape != raw.shape or own.dtype != raw.dtype:
            msg = f"a plane is {raw.dtype} {raw.shape}, {frame.layout} needs {own.dtype} {own.shape}"
            raise RedactionError(msg)
        own[...] = raw
    return packed, planes


def _memory(layout: Layout, height: int, width: int) -> tuple[Plane, tuple[Plane, ...]]:
    """Return new memory for a picture: the whole block, and its planes as views."""
    if layout is Layout.RGB:
        whole: NDArray[np.uint8] = np.empty(height * width * 3, np.uint8)
        return whole, (whole.reshape(height, width, 3),)
    rows, columns = -(-height // 2), -(-width // 2)
    luma, chroma = height * width, rows * columns
    count = luma + 2 * chroma
    packed: Plane = np.empty(count, np.uint8) if layout is Layout.YUV420 else np.empty(count, np.uint16)
    planes = (
        packed[:luma].reshape(height, width),
        packed[luma : luma + chroma].reshape(rows, columns),
        packed[luma + chroma :].reshape(rows, columns),
    )
    return packed, planes


def _sealed(frame: Frame, memory: tuple[Plane, tuple[Plane, ...]], whole: str) -> RedactedFrame:
    """Make the memory read-only and return it as a covered frame."""
    packed, planes = memory
    for part in (packed, *planes):
        part.setflags(write=False)
    return RedactedFrame(planes, packed, frame.layout, frame.pts, frame.time_base, frame.colour, whole, _SEAL)
