"""Writes a covered picture to a picture file that holds only its samples."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, features

from passerby.errors import OutputError, UsageError
from passerby.media.layout import Layout
from passerby.outputs.partial import PartialFile, write_error
from passerby.redact.redactor import RedactedFrame

_AVIF: dict[str, int | str | bool] = {"quality": 90, "subsampling": "4:4:4"}
_FORMATS: dict[str, tuple[str, dict[str, int | str | bool]]] = {
    # 4:4:4: subsampled chroma would smear colour over the edge of a cover
    ".jpg": ("JPEG", {"quality": 95, "subsampling": 0, "optimize": True}),
    ".png": ("PNG", {}),
    ".webp": ("WEBP", {"quality": 92, "method": 4}),
    ".tif": ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ".bmp": ("BMP", {}),
    **({".avif": ("AVIF", _AVIF)} if features.check("avif") else {}),
}
_ALIASES = {".jpeg": ".jpg", ".jpe": ".jpg", ".jfif": ".jpg", ".tiff": ".tif"}
IMAGE_SUFFIXES = frozenset(_FORMATS) | frozenset(_ALIASES)
"""Extensions of images that can be written."""


class PictureTarget:
    """A picture file with one covered picture: a `VideoOutput` that gets its final name only when complete.

    It holds the samples, in sRGB, and nothing else: no EXIF, XMP, profile, comment or thumbnail.

    Args:
        path: The file; its extension, one of .jpg, .png, .webp, .tif, .bmp and .avif, sets the format.
        replace: Whether an existing file may be replaced.

    Raises:
        UsageError: The extension is not a picture format.
        OutputError: The target exists or cannot be written.
    """

    def __init__(self, path: Path, *, replace: bool = False) -> None:
        suffix = path.suffix.lower()
        known = _FORMATS.get(_ALIASES.get(suffix, suffix))
        if known is None:
            msg = f"{path}: {path.suffix or 'a missing extension'} is not a picture format; use .jpg or .png"
            raise UsageError(msg)
        self._format, self._settings = known
        self._path = path
        self._file = PartialFile(path, replace=replace)
        self._written = False

    def write(self, frame: RedactedFrame) -> None:
        """Write the covered picture.

        Raises:
            OutputError: It is not in `Layout.RGB`, it is a second picture, or the file cannot be written.
        """
        if frame.layout is not Layout.RGB:
            msg = f"{self._path}: a picture file needs RGB pictures, not {frame.layout}; choose a video file as target"
            raise OutputError(msg)
        self.write_pixels(np.asarray(frame.planes[0], np.uint8))

    def write_pixels(self, pixels: NDArray[np.uint8]) -> None:
        """Write samples that are already covered: a sheet made of covered pictures.

        Args:
            pixels: Shape (H, W, 3), RGB.

        Raises:
            OutputError: It is a second picture, or the file cannot be written.
        """
        if self._written:
            msg = f"{self._path}: a picture file holds only one picture; choose a video file as target"
            raise OutputError(msg)
        self._written = True
        memory = io.BytesIO()
        try:
            Image.fromarray(pixels).save(memory, self._format, **self._settings)
            self._file.write(memory.getbuffer())
        except OSError as error:
            raise write_error(self._path, error) from error
        except ValueError as error:
            msg = f"{self._path}: {self._format} cannot hold this picture ({error}); choose .png"
            raise OutputError(msg) from error

    def finish(self) -> None:
        """Complete the file and give it its final name.

        Raises:
            OutputError: No picture was written, or the file cannot be written; no partial file is left.
        """
        try:
            if not self._written:
                msg = f"{self._path}: no picture was written"
                raise OutputError(msg)
            self._file.commit()
        finally:
            self._file.discard()

    def abandon(self) -> None:
        """Remove what was written; no effect after `finish`."""
        self._file.discard()
