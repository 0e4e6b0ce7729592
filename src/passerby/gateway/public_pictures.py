"""At most one covered picture an hour of each public camera, shown late, and only while its cover is proven."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Protocol, Self

from passerby.errors import OutputError
from passerby.health.serviceability import serviceable
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.outputs.stream.still import small_jpeg
from passerby.outputs.stream.wall import WallPicture
from passerby.settings.site.public import PublicSettings

HOUR_S: Final = 3600.0
STEP_S: Final = 10.0
AGAIN_S: Final = 300.0
"""How long to wait after a try without a picture."""
WAIT_S: Final = 5.0
"""How long to wait for the pictures of the cameras; small pictures are made only meanwhile."""
MOST_BYTES: Final = 11_000
"""Of a picture: with its page it stays below 20 kB."""

log = logging.getLogger(__name__)


class WatchedCameras(Protocol):
    """Where pictures and statuses come from."""

    def statuses(self) -> list[CameraStatus]:
        """Return how each camera is doing."""
        ...

    def listen(self, callback: Callable[[CameraStatus], None]) -> AbstractContextManager[None]:
        """Call back, from another thread, when a status changes, while entered."""
        ...

    def listen_to_walls(self, callback: Callable[[str, WallPicture], None]) -> AbstractContextManager[None]:
        """Call back, from another thread, with small covered pictures of all cameras, while entered."""
        ...


@dataclass(frozen=True, slots=True)
class PublicPicture:
    """A covered picture that anybody may see.

    Args:
        jpeg: The picture.
        taken_s: UTC epoch time when it was taken, s.
    """

    jpeg: bytes
    taken_s: float


@dataclass(frozen=True, slots=True)
class _Held:
    """A picture that waits, and how its camera was when it was taken."""

    picture: PublicPicture
    status: CameraStatus


class PublicPictures:
    """Takes a covered picture of each public camera once an hour and holds it back for the site's delay.

    A picture is shown only if all of these hold; otherwise there is none until the next hour:

    - It was covered piece by piece; one that is covered whole, or a notice, is not taken.
    - The camera delivered a usable, correctly covered picture when it was taken.
    - Until it is shown, the camera's process ran on without a restart, no self-test of its networks failed, no time
      began in which the camera was covered whole, and at least one self-test ended. The delay is never shorter than
      the time in which all networks of a camera are tested.

    An hour after it was shown, it goes. Nothing is written to disk, so a gateway that was restarted waits for an hour
    before it takes one: nobody can know when it took the last.

    Args:
        cameras: Where pictures and statuses come from.
        settings: Which cameras are public.
        clock: The system's clock, UTC since 1970, s.
        wait_s: How long to wait for the pictures of the cameras, s.
    """

    def __init__(
        self, cameras: WatchedCameras, settings: PublicSettings, *, clock: Callable[[], float], wait_s: float = WAIT_S
    ) -> None:
        self._cameras = cameras
        self._settings = settings
        self._clock = clock
        self._wait_s = wait_s
        self._begun_s = clock()
        self._next_s: dict[str, float] = {}
        self._held: dict[str, list[_Held]] = {}
        self._shown: dict[str, PublicPicture] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="passerby-public", daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop, and forget all pictures."""
        self._stop.set()
        self._thread.join()

    def reload(self, settings: PublicSettings) -> None:
        """Use other settings from now on; pictures of cameras that are not public any more are gone."""
        with self._lock:
            if settings.delay_min != self._settings.delay_min:
                self._held.clear()
                self._shown.clear()
            self._settings = settings
            self._held = {name: held for name, held in self._held.items() if name in settings.pictures}
            self._shown = {name: shown for name, shown in self._shown.items() if name in settings.pictures}

    def picture(self, camera: str) -> PublicPicture | None:
        """Return the picture of a camera that anybody may see now; None = there is none."""
        with self._lock:
            shown = self._shown.get(camera)
            over_s = self._settings.delay_min * 60 + HOUR_S
        return shown if shown is not None and 0 <= self._clock() - shown.taken_s < over_s else None

    def drop_doubtful(self, status: CameraStatus) -> None:
        """Forget what waits of a camera if its cover is not proven any more."""
        with self._lock:
            kept = [each for each in self._held.get(status.camera, ()) if not _doubt(each.status, status)]
            if len(kept) < len(self._held.get(status.camera, ())):
                log.info("public_picture_dropped", extra={"camera": status.camera})
            self._held[status.camera] = kept

    def step(self) -> None:
        """Show what has waited long enough, and take pictures of cameras that have none of this hour."""
        statuses = {each.camera: each for each in self._cameras.statuses()}
        now_s = self._clock()
        for camera in tuple(self._held):
            if camera in statuses:
                self.drop_doubtful(statuses[camera])
            self._show_due(camera, statuses.get(camera), now_s)
        wanted = {
            name: statuses[name]
            for name in self._settings.pictures
            if now_s >= self._next_s.get(name, self._begun_s + HOUR_S)
            and name in statuses
            and serviceable(statuses[name])
        }
        if wanted:
            self._take(wanted, now_s)

    def _show_due(self, camera: str, status: CameraStatus | None, now_s: float) -> None:
        with self._lock:
            held = self._held[camera]
            due = [each for each in held if now_s - each.picture.taken_s >= self._settings.delay_min * 60]
            self._held[camera] = [each for each in held if each not in due]
            proven = [each for each in due if status is not None and status.self_tests > each.status.self_tests]
            if proven:
                self._shown[camera] = proven[-1].picture

    def _take(self, wanted: dict[str, CameraStatus], now_s: float) -> None:
        """Take the next picture of each camera that is covered piece by piece."""
        taken = self._received(wanted)
        after = {each.camera: each for each in self._cameras.statuses()}
        with self._lock:
            for camera, before in wanted.items():
                self._next_s[camera] = now_s + AGAIN_S
                status = after.get(camera)
                good = status is not None and serviceable(status) and not _doubt(before, status)
                if status is None or not good or camera not in taken or camera not in self._settings.pictures:
                    continue
                self._next_s[camera] = now_s + HOUR_S
                self._held.setdefault(camera, []).append(_Held(taken[camera], status))

    def _received(self, wanted: Collection[str]) -> dict[str, PublicPicture]:
        """Return a picture of each camera that sent one in time."""
        taken: dict[str, WallPicture] = {}
        complete = threading.Event()

        def receive(camera: str, picture: WallPicture) -> None:
            if camera in wanted and picture.redaction is Redaction.ACTIVE:
                taken.setdefault(camera, picture)
                if len(taken) == len(wanted):
                    complete.set()

        with self._cameras.listen_to_walls(receive):
            complete.wait(self._wait_s)
        made = {}
        for camera, picture in dict(taken).items():
            try:
                made[camera] = PublicPicture(small_jpeg(picture, most_bytes=MOST_BYTES), picture.time_s)
            except OutputError as error:
                log.warning("public_picture_failed", extra={"camera": camera, "reason": str(error)})
        return made

    def _run(self) -> None:
        with self._cameras.listen(self.drop_doubtful):
            while not self._stop.wait(STEP_S):
                if self._settings.pictures:
                    self.step()


def _doubt(then: CameraStatus, now: CameraStatus) -> bool:
    """Return whether a picture that was taken `then` may be covered wrongly, by what is known now."""
    again = now.restarts != then.restarts or now.frames_total < then.frames_total or now.self_tests < then.self_tests
    failed = now.self_tests_failed != then.self_tests_failed
    whole = now.state is CameraState.COVERED_WHOLE or now.redaction is Redaction.WHOLE
    return again or failed or whole or now.state is CameraState.DOWN
