"""The first covered picture of a camera that is not in a site yet, by the same loop that covers the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from passerby.assembly.camera import live_loop
from passerby.errors import AbsentError, RefusedError, SourceError
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.pipelines.live import CoveredPicture
from passerby.settings.site.camera import CameraSettings

SETTLED_S: Final = 10.0
"""After the first picture: then one that is covered whole is better than none."""
_LOST: Final[Mapping[CameraState, type[SourceError]]] = MappingProxyType(
    {CameraState.REFUSED: RefusedError, CameraState.ABSENT: AbsentError, CameraState.NO_PICTURE: SourceError}
)


def first_picture(camera: CameraSettings, *, state_folder: Path) -> CoveredPicture:
    """Return a camera's first picture that the networks have covered.

    Args:
        camera: Its settings.
        state_folder: Where compiled networks are cached.

    Raises:
        SourceError: The camera cannot be used.
        ModelError: A network is missing or damaged: nothing can be covered, and nothing is returned.
        DetectorError: A network fails: as above.
    """
    offset_s = time.time() - time.monotonic()
    loop = live_loop(camera, state_folder=state_folder, clock=lambda: time.monotonic() + offset_s)
    return first_covered(loop.pictures(), status=loop.status, clock=time.monotonic)


def first_covered(
    pictures: Iterator[CoveredPicture | None], *, status: Callable[[], CameraStatus], clock: Callable[[], float]
) -> CoveredPicture:
    """Return the first picture that is covered in parts; after `SETTLED_S`, the newest one that is covered whole.

    Args:
        pictures: For viewers, without end; None = there is none at the moment.
        status: Returns how the camera is doing.
        clock: A monotonic clock, s.

    Raises:
        SourceError: The camera cannot be used; the loop would try for ever.
    """
    since_s: float | None = None
    while True:
        shown = next(pictures)
        if shown is None:
            continue
        if shown.redaction is Redaction.NONE:  # a notice that the camera sends no picture
            now = status()
            if since_s is None and now.state in _LOST:
                raise _LOST[now.state](now.detail)
            continue
        since_s = clock() if since_s is None else since_s
        if shown.redaction is Redaction.ACTIVE or clock() - since_s > SETTLED_S:
            return shown
