"""What anybody may know about a camera that has a public page."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from passerby.audit.cover_day import CoverDay
from passerby.audit.log_reader import LogReader
from passerby.errors import AuditError, UsageError
from passerby.gateway.public_pictures import PublicPicture, PublicPictures, WatchedCameras
from passerby.health.status import CameraStatus
from passerby.settings.site.camera import LegalBasis
from passerby.settings.site.site import SiteSettings
from passerby.watchdog.standing import WatchdogStanding

READ_AGAIN_S: Final = 60.0
"""The public log is read at most this often, however many people open the pages."""
MOST_DAYS: Final = 7

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PublicFacts:
    """What a public page says of its camera.

    Args:
        site: Name of the site.
        camera: Name of the camera.
        timezone: The site's time zone.
        purpose: Why the camera is there.
        legal_basis: Legal basis.
        controller: Who decides about it.
        contact: Where to ask and object.
        status: How it is doing; None = it is switched off.
        retention_h: Hours until recordings are erased; None = nothing is recorded.
        days: Its latest days in the public log of cover failures, the newest first; None = the site has no such log.
        picture: A covered picture; None = none may be shown at present.
        delay_min: Minutes after which pictures are shown; None = this camera shows none.
        watched: What a watchdog saw of the covered pictures; None = the site has none.
    """

    site: str
    camera: str
    timezone: str
    purpose: str
    legal_basis: LegalBasis
    controller: str
    contact: str
    status: CameraStatus | None
    retention_h: float | None
    days: tuple[CoverDay, ...] | None
    picture: PublicPicture | None
    delay_min: int | None
    watched: WatchdogStanding | None = None


class PublicPages:
    """Knows what the public pages say; its pictures are taken while it is entered.

    Args:
        site: The site.
        cameras: Where pictures and statuses come from.
        clock: The system's clock, UTC since 1970, s.
        monotonic: A clock that never jumps, s.
        standing: Returns what a watchdog saw of a camera.
    """

    def __init__(
        self,
        site: SiteSettings,
        cameras: WatchedCameras,
        *,
        clock: Callable[[], float],
        monotonic: Callable[[], float],
        standing: Callable[[str], WatchdogStanding],
    ) -> None:
        self._site = site
        self._cameras = cameras
        self._monotonic = monotonic
        self._standing = standing
        self._pictures = PublicPictures(cameras, site.public, clock=clock)
        self._read_s = float("-inf")
        self._days: dict[str, list[CoverDay]] | None = None
        self._reading = threading.Lock()

    def __enter__(self) -> Self:
        """Begin to take pictures."""
        self._pictures.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop taking pictures."""
        self._pictures.__exit__(kind, error, at)

    def reload(self, site: SiteSettings) -> None:
        """Say what another site file says from now on."""
        self._site = site
        self._pictures.reload(site.public)

    def facts(self, camera: str) -> PublicFacts | None:
        """Return what anybody may know about a camera; None = it has no public page, or there is no such camera."""
        site, public = self._site, self._site.public
        settings = next((each for each in site.cameras if each.name == camera and each.name in public.cameras), None)
        if settings is None:
            return None
        shows = camera in public.pictures
        days = self._by_camera()
        return PublicFacts(
            site=site.site,
            camera=camera,
            timezone=site.timezone,
            purpose=settings.purpose,
            legal_basis=settings.legal_basis,
            controller=public.controller,
            contact=public.contact,
            status=next((each for each in self._cameras.statuses() if each.camera == camera), None),
            retention_h=site.recording.retention_h if settings.record else None,
            days=None if days is None else tuple(days.get(camera, ())),
            picture=self._pictures.picture(camera) if shows else None,
            delay_min=public.delay_min if shows else None,
            watched=None if site.watchdog is None else self._standing(camera),
        )

    def _by_camera(self) -> dict[str, list[CoverDay]] | None:
        """Return the latest days of each public camera."""
        with self._reading:
            now_s = self._monotonic()
            if now_s - self._read_s >= READ_AGAIN_S:
                self._read_s = now_s
                self._days = self._read()
            return self._days

    def _read(self) -> dict[str, list[CoverDay]] | None:
        site = self._site
        if site.audit.public_folder is None:
            return None
        days: dict[str, list[CoverDay]] = {name: [] for name in site.public.cameras}
        most = MOST_DAYS * len(site.cameras)
        try:
            for number, (_, data) in enumerate(LogReader(site.audit.public_folder).newest()):
                day = CoverDay(**json.loads(data))
                if day.site == site.site and len(days.get(day.camera, range(MOST_DAYS))) < MOST_DAYS:
                    days[day.camera].append(day)
                if number >= most:
                    break
        except UsageError:  # the first day is not over
            return days
        except (AuditError, ValueError, TypeError) as error:
            log.warning("public_log_not_read", extra={"reason": str(error)})
            return None
        return days
