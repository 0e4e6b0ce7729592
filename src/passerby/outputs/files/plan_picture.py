"""Encodes the picture of a floor plan anew: what comes out holds its samples and nothing else that somebody sent.

It is run as a process of its own, with little memory and time: `python -m passerby.outputs.files.plan_picture`. The
picture goes in by standard input; out come a line of JSON and the new file, or a line of JSON with a problem.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageOps

from passerby.errors import UsageError

MOST_PIXELS: Final = 40_000_000
LEAST_PX: Final = 16
_MOST_MEMORY: Final = 1 << 30
"""Of the process, beyond what it needs to begin, bytes."""
_LONGEST_S: Final = 30
_READ: Final = ("PNG", "JPEG")
_DAMAGED: Final = (OSError, ValueError, SyntaxError, RuntimeError, MemoryError, IndexError, EOFError)
"""What Pillow's readers raise for a damaged file."""


@dataclass(frozen=True, slots=True)
class PlanPicture:
    """The picture of a floor plan, encoded anew.

    Args:
        content: The file.
        suffix: Its extension: .png or .jpg.
        width: px.
        height: px.
    """

    content: bytes
    suffix: str
    width: int
    height: int


def encoded_anew(sent: bytes) -> PlanPicture:
    """Return a picture upright, in 8-bit RGB or grey, without metadata; transparency is put on white.

    Args:
        sent: A PNG or JPEG file; what it is decides its content, not its name.

    Raises:
        UsageError: It is neither, damaged, or too small or too large.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # our own size limit is stricter than Pillow's warning
            picture = Image.open(io.BytesIO(sent), formats=_READ)
            width, height = picture.size
            if width * height > MOST_PIXELS or min(width, height) < LEAST_PX:
                msg = (
                    f"the picture has {width} x {height} px; a plan has at least {LEAST_PX} px on each side, "
                    f"and at most {MOST_PIXELS / 1e6:.0f} million in all"
                )
                raise UsageError(msg)
            kind = picture.format
            picture.load()
            flat = _flat(ImageOps.exif_transpose(picture))
    except (Image.DecompressionBombError, *_DAMAGED) as error:
        msg = "this is not a PNG or JPEG picture, or it is cut off or damaged; save it again as PNG"
        raise UsageError(msg) from error
    written = io.BytesIO()
    if kind == "PNG":
        flat.save(written, "PNG", optimize=True)
    else:
        flat.save(written, "JPEG", quality=88, optimize=True)
    return PlanPicture(written.getvalue(), ".png" if kind == "PNG" else ".jpg", *flat.size)


def _flat(picture: Image.Image) -> Image.Image:
    """Return new samples, in grey or RGB, that carry nothing along."""
    if picture.mode.startswith("I;16") or picture.mode == "I":
        samples = np.asarray(picture).astype(np.float32) / 257
        picture = Image.fromarray(np.clip(samples.round(), 0, 255).astype(np.uint8))
    elif picture.has_transparency_data:
        layers = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers).convert("RGB")
    elif picture.mode != "L":
        picture = picture.convert("RGB")
    plain = Image.new(picture.mode, picture.size)
    plain.paste(picture)
    return plain


def _main() -> None:
    present = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (present + _MOST_MEMORY,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (_LONGEST_S,) * 2)
    content = b""
    try:
        made = encoded_anew(sys.stdin.buffer.read())
    except UsageError as error:
        said: dict[str, object] = {"problem": str(error)}
    else:
        said, content = {"suffix": made.suffix, "width": made.width, "height": made.height}, made.content
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + content)


if __name__ == "__main__":
    _main()
