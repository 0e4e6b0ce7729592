"""Whether one machine can run a site: what its cameras need, and how to spread them if it is too much."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from math import ceil

from passerby.errors import UsageError
from passerby.settings.site.camera import CameraSettings
from passerby.settings.site.site import SiteSettings
from passerby.vision.effort import Effort

STANDARD_PASS_MS = 54.0
"""Processor time of one pass of the detectors of effort `balanced` where all costs here were measured, ms."""
PASS_MS = {Effort.FAST: 30.0, Effort.BALANCED: STANDARD_PASS_MS, Effort.THOROUGH: 241.0, Effort.AUTO: 75.0}
"""Processor time of one pass of the detectors, ms: as `benchmarks.passes` measured with one network for bodies (26, 46
and 225), and what the second one adds (docs/decisions/0020); for auto, its budget."""
NAMED_MS = 13.0
"""What a further named network adds to a pass, ms (docs/decisions/0010)."""
MAP_MS, MAP_MB = 57.0, 70.0
"""What a density map costs where a camera sees a crowd: processor time each second, ms, and memory, MB."""
FEWEST_PASSES = 5.0
"""Passes a second that covering needs at least; while there is room, there are up to twice as many."""
FRAME_MS = 6.0
"""Decoding, motion, covering and a wall stream of one 720p frame, ms."""
ENCODE_MS = 6.8
"""Encoding one recorded or published 720p frame, ms: four cameras took 0.27 processors more when they recorded
(docs/benchmarks.md, live cameras)."""
CAMERA_MB = {Effort.FAST: 250.0, Effort.BALANCED: 300.0, Effort.THOROUGH: 470.0, Effort.AUTO: 610.0}
"""Memory of a recorded camera's process, MB: its proportional share (PSS) as measured with one network for bodies, and
what loading the second one adds (43 MB at 448, 48 MB at 640)."""
NAMED_MB = 40.0
"""Memory of a named network, MB, at most: 13 (YuNet), 25 (person-detection-retail-0013) or 40 (PicoDet-S)."""
GATEWAY_MB = 300.0
USUAL_FPS = 12.0
"""What cameras usually deliver: `max_fps` is a limit, not a promise."""
TOO_MUCH = 1.5
"""Up to this factor above the machine the gateway runs slower; beyond it every picture would be late."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a site needs from a machine.

    Args:
        cameras: Number of enabled cameras.
        cores: Processors that would be busy all the time.
        memory_mb: Memory, MB.
    """

    cameras: int
    cores: float
    memory_mb: float

    def where_a_pass_takes(self, pass_ms: float) -> Need:
        """Return the need on a machine where a pass of effort `balanced` takes so much processor time, ms.

        All else is taken to be slower or faster by the same factor.
        """
        return replace(self, cores=self.cores * pass_ms / STANDARD_PASS_MS)


def need_of(site: SiteSettings) -> Need:
    """Return what the enabled cameras of a site need at least, by costs measured once, on another machine."""
    each = [need_of_camera(camera) for camera in site.cameras if camera.enabled]
    return Need(len(each), sum(need.cores for need in each), GATEWAY_MB + sum(need.memory_mb for need in each))


def need_of_camera(camera: CameraSettings) -> Need:
    """Return what one camera needs, without the gateway."""
    more_mb = MAP_MB * (camera.crowd_model is not None) + NAMED_MB * len(camera.detectors)
    return Need(1, _cores(camera), CAMERA_MB[camera.effort] + more_mb)


def require_room(site: SiteSettings, *, cores: int | None = None, memory_mb: float | None = None) -> Need:
    """Refuse a site that needs far more than one machine has.

    Args:
        site: The site.
        cores: Processors of the machine; None = of this one.
        memory_mb: Its memory; None = of this one.

    Raises:
        UsageError: It needs too much; says how much, and how to spread the cameras.
    """
    cores = cores or len(os.sched_getaffinity(0))
    memory_mb = memory_mb or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e6
    need = need_of(site)
    share = max(need.cores / (cores * TOO_MUCH), need.memory_mb / memory_mb)
    if share <= 1:
        return need
    machines = ceil(share * TOO_MUCH)
    msg = (
        f"{need.cameras} cameras need about {need.cores:.0f} processors and {need.memory_mb / 1000:.0f} GB of memory; "
        f"this machine has {cores} and {memory_mb / 1000:.0f} GB, enough for about {need.cameras // machines}: "
        f"spread them over {machines} such machines with a site file each (same site name, other cameras), "
        "or set effort: fast and a lower max_fps"
    )
    raise UsageError(msg)


def _cores(camera: CameraSettings) -> float:
    fps = min(camera.max_fps, USUAL_FPS)
    frame_ms = FRAME_MS + ENCODE_MS * (camera.record or camera.publish is not None)
    pass_ms = PASS_MS[camera.effort] + NAMED_MS * len(camera.detectors)
    map_ms = MAP_MS if camera.crowd_model is not None else 0.0
    return (FEWEST_PASSES * pass_ms + fps * frame_ms + map_ms) / 1000
