"""USB cameras, by V4L2."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from passerby.errors import AbsentError, SourceError
from passerby.media.camera.arrival import Arrival


class UsbCamera:
    """A V4L2 device: a `Connection`.

    OpenCV reads it, because PyAV's wheels do not include V4L2.

    Args:
        device: Such as /dev/video0, or a link to it below /dev/v4l.

    Raises:
        AbsentError: There is no such device.
        SourceError: It may not be read.
    """

    codec = "rawvideo"
    paced = False
    looped = False

    def __init__(self, device: Path) -> None:
        number = device.resolve().name.removeprefix("video")
        if not device.exists() or not number.isdecimal():
            msg = f"there is no camera at {device}; plug it in, or name another device"
            raise AbsentError(msg)
        self._capture = cv2.VideoCapture(int(number), cv2.CAP_V4L2)
        if not self._capture.isOpened():
            msg = f"{device} cannot be opened; check that it is not in use and that this user is in the group video"
            raise SourceError(msg)

    def __iter__(self) -> Iterator[Arrival]:
        """Yield pictures until the device is disconnected."""
        while True:
            read, bgr = self._capture.read()
            if not read:
                return
            picture = av.VideoFrame.from_ndarray(cast("NDArray[np.uint8]", bgr), "bgr24")
            yield Arrival(picture, Fraction(1), None)

    def close(self) -> None:
        """Close the device; safe to repeat."""
        self._capture.release()
