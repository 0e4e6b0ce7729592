"""Still pictures as sources of one frame: upright, 8-bit RGB in sRGB, without metadata."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, features

from passerby.errors import SourceError
from passerby.media.files.container import check_file
from passerby.media.frame import Frame
from passerby.media.layout import Colour, Layout, Shape
from passerby.media.limits import MAX_PIXELS, check_size
from passerby.media.orientation import of_exif

_DAMAGED = (OSError, ValueError, SyntaxError, RuntimeError, MemoryError, IndexError, EOFError)
"""What Pillow's readers raise for a damaged file; RuntimeError is AVIF's."""
_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", *(["AVIF"] if features.check("avif") else []))
_UNREADABLE_WHEN_MOVING = ("WEBP", "AVIF")
"""FFmpeg reads no moving WebP, and of a moving AVIF only the first frame."""
_ORIENTATION_TAG = 274
_NEXT_PICTURE = b"\xff\xd9\xff\xd8\xff"  # end of one JPEG, start of the next
_SRGB_COLOUR = Colour(full_range=True, primaries=1, transfer=13, matrix=0)
_DEEP = {"I;16": 255 / 65535, "I;16B": 255 / 65535, "I;16L": 255 / 65535, "I": 255 / 65535}


class _NoPictureError(SourceError):
    """The content is not a still picture; it may be a recording."""


def holds_one_picture(path: Path) -> bool:
    """Return whether the content is a still picture of a format that `PictureFile` reads.

    Raises:
        SourceError: It is not a readable file, it is empty, its picture is too large, or it has several pages.
    """
    check_file(path)
    try:
        with _opened(path) as picture:
            count = _frames_of(picture)
            if count > 1 and picture.format in _UNREADABLE_WHEN_MOVING:
                msg = (
                    f"{path}: a moving {picture.format} image of {count} frames, which this build cannot read; "
                    "convert it to MP4 or GIF first"
                )
                raise SourceError(msg)
            if count > 1 and picture.format == "TIFF":
                msg = f"{path}: the file has {count} pages; save each page as a separate picture"
                raise SourceError(msg)
            if picture.format == "JPEG" and _NEXT_PICTURE in path.read_bytes():
                return False  # a recording made of JPEG pictures, one after the other
            return picture.format == "MPO" or count == 1  # the other views of an MPO show the same scene
    except _NoPictureError:
        return False


class PictureFile:
    """A still picture: a `Source` of one frame in `Layout.RGB`.

    EXIF orientation is applied, the colour profile is converted to sRGB, transparency is put on
    white, 16 bits become 8. If a file has several pages or views, the first is used.

    Args:
        path: A JPEG, PNG, WebP, TIFF, BMP, single GIF or (where Pillow reads it) AVIF file.
        camera: Name for messages; the file's name by default.

    Raises:
        SourceError: The file is missing, not such a picture, too large, or cut off.
    """

    length: int | None = 1

    def __init__(self, path: Path, *, camera: str = "") -> None:
        check_file(path)
        self.name = camera or path.name
        self._path = path
        with _opened(path) as picture:
            check_size(*picture.size, name=str(path))
            swapped = of_exif(_exif_orientation(picture)).swaps_sides
            width, height = picture.size[::-1] if swapped else picture.size
        self.shape = Shape(width, height, Layout.RGB, _SRGB_COLOUR, rate=Fraction(1), time_base=Fraction(1))

    def __iter__(self) -> Iterator[Frame]:
        """Yield the one frame.

        Raises:
            SourceError: The file is cut off or damaged.
        """
        with _opened(self._path) as picture:
            check_size(*picture.size, name=str(self._path))
            orientation = of_exif(_exif_orientation(picture))
            try:
                picture.load()
                pixels = np.asarray(_to_srgb(picture))
            except _DAMAGED as error:
                msg = f"{self._path}: the picture is cut off or damaged; copy it again ({error})"
                raise SourceError(msg) from error
        plane = orientation.apply(pixels)
        plane.flags.writeable = False
        yield Frame((plane,), Layout.RGB, 0, Fraction(1), self.name, _SRGB_COLOUR)

    def close(self) -> None:
        """Close files and release memory; safe to repeat."""


def _opened(path: Path) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # our own size limit is stricter than Pillow's warning
            return Image.open(path, formats=_FORMATS)
    except Image.DecompressionBombError as error:
        msg = (
            f"{path}: the picture size is over the limit of {MAX_PIXELS / 1e6:.0f} million pixels; scale it down first"
        )
        raise SourceError(msg) from error
    except _DAMAGED as error:
        msg = f"{path}: not a JPEG, PNG, WebP, TIFF, BMP, GIF or AVIF image, or the file is cut off; copy it again"
        raise _NoPictureError(msg) from error


def _frames_of(picture: Image.Image) -> int:
    """Return how many frames or pages an image has; of a GIF only whether there are several, which is quicker."""
    try:
        if picture.format == "GIF":
            return 2 if getattr(picture, "is_animated", False) else 1
        return int(getattr(picture, "n_frames", 1))
    except _DAMAGED as error:
        msg = f"the frames of this {picture.format} image cannot be counted; copy it again"
        raise _NoPictureError(msg) from error


def _exif_orientation(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(_ORIENTATION_TAG, 1))
    except (*_DAMAGED, TypeError):
        return 1  # a damaged EXIF block hides no pixels


def _to_srgb(picture: Image.Image) -> Image.Image:
    profile = picture.info.get("icc_profile")
    flat = _flattened(picture)
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            srgb = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(flat, source, srgb, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # the profile is damaged or of another colour model: treat the samples as sRGB
        else:
            if converted is not None:
                return converted
    return flat.convert("RGB")


def _flattened(picture: Image.Image) -> Image.Image:
    """Return the picture in L, RGB or CMYK: no palette, no transparency, 8 bits."""
    if picture.mode in _DEEP:
        samples = np.asarray(picture).astype(np.float32) * _DEEP[picture.mode]
        return Image.fromarray(np.clip(samples.round(), 0, 255).astype(np.uint8))
    if picture.mode == "F":
        return Image.fromarray(np.clip(np.asarray(picture), 0, 255).astype(np.uint8))
    if picture.has_transparency_data:
        layers = picture.convert("RGBA")
        white = Image.new("RGBA", layers.size, "white")
        return Image.alpha_composite(white, layers).convert("RGB")
    if picture.mode in {"L", "RGB", "CMYK"}:
        return picture
    return picture.convert("RGB")
