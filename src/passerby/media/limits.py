"""Limits on what a file may demand before it is trusted."""

from __future__ import annotations

from passerby.errors import SourceError

MAX_PIXELS = 1 << 26
"""Pixels of one picture, 8192 x 8192: 100 MB as YUV420, more than any camera delivers."""

MAX_LIVE_PIXELS = 4096 * 3072
"""Pixels of one live picture: 19 MB as YUV420; a decoder holds up to 17 of them."""

MAX_SIDE_PX = 16384
"""Width or height of one picture: the most that H.264 and H.265 encoders can write."""

PACKETS_BEFORE_A_PICTURE = 1000
"""Consecutive packets that may fail before the first picture; with more, the file is refused."""


def check_size(width: int, height: int, *, name: str) -> None:
    """Refuse a picture whose declared size is too large, before memory is allocated for it.

    Raises:
        SourceError: A side is not positive, or the picture is larger than the limits above.
    """
    if width <= 0 or height <= 0:
        msg = f"{name}: the picture size {width}x{height} is not possible; the file is damaged"
        raise SourceError(msg)
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE_PX:
        limit = f"{MAX_PIXELS / 1e6:.0f} million pixels and {MAX_SIDE_PX} px a side"
        msg = f"{name}: the picture size {width}x{height} is over the limit of {limit}; scale it down first"
        raise SourceError(msg)
