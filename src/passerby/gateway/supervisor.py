"""All cameras of a site on this machine: a process each, their statuses and their covered streams."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from passerby.errors import OutputError
from passerby.gateway import wire
from passerby.gateway.camera_process import CameraListener, CameraProcess
from passerby.gateway.camera_worker import CameraTask
from passerby.health.serviceability import Serviceability, serviceable
from passerby.health.status import CameraStatus
from passerby.measure.reading import Reading
from passerby.outputs.stream.live_hub import Demand, LiveHub
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.outputs.stream.wall import WallPicture
from passerby.settings.site.camera import CameraSettings
from passerby.settings.site.recording import RecordingSettings
from passerby.settings.site.site import SiteSettings

CHECK_S = 0.5
FAREWELL_S = 8.0

log = logging.getLogger(__name__)


class Supervisor:
    """The gateway: cameras in, covered streams out.

    Its methods may be called from any thread; callbacks come from threads of its own and must be quick.

    Args:
        site: The site.

    Raises:
        OutputError: What the state folder holds cannot be read.
    """

    def __init__(self, site: SiteSettings) -> None:
        self._served = Serviceability(site.state_folder / "serviceability.json")
        self.hub = LiveHub(self._demanded)
        self._ears = CameraListener(message=self._message, status=self._heard, wanted=self._wanted)
        self._cameras = _tasks(site)
        self._processes = {name: CameraProcess(task, self._ears) for name, task in self._cameras.items()}
        self._listeners: list[Callable[[CameraStatus], None]] = []
        self._walls: list[Callable[[str, WallPicture], None]] = []
        self._meters: list[Callable[[str, Sequence[Reading]], None]] = []
        self._told: dict[str, tuple[object, ...]] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._watchdog = threading.Thread(target=self._check, name="passerby-watchdog", daemon=True)

    def start(self) -> None:
        """Start all cameras; returns at once."""
        for process in self._processes.values():
            process.start()
        self._watchdog.start()

    def stop(self) -> None:
        """End all cameras, and wait until they have ended."""
        self._stopped.set()
        _end(list(self._processes.values()))
        for name in self._processes:
            self.hub.close(name)
        with suppress(OutputError):  # it was said before
            self.keep()

    def keep(self) -> None:
        """Keep what must outlive a restart.

        Raises:
            OutputError: The state folder cannot be written.
        """
        with self._lock:
            self._served.save(time.time())

    def restart(self, reason: str) -> None:
        """Start the processes of all cameras anew."""
        for process in self.processes():
            process.end(reason)

    def statuses(self) -> list[CameraStatus]:
        """Return how each camera is doing, in the site file's order."""
        statuses = [process.status() for process in self.processes()]
        with self._lock:
            shares = [self._served.shares(status.camera, time.time()) for status in statuses]
        return [replace(status, serviceability=share) for status, share in zip(statuses, shares, strict=True)]

    @contextmanager
    def listen(self, callback: Callable[[CameraStatus], None]) -> Iterator[None]:
        """Call back when a camera's state, redaction or faults change, while entered."""
        with self._added(self._listeners, callback):
            yield

    @contextmanager
    def watch_walls(self, callback: Callable[[str, WallPicture], None]) -> Iterator[None]:
        """Call back with small covered pictures of all cameras, some times a second, while entered."""
        with self._added(self._walls, callback):
            self._ask_all(wire.CameraOrder(mosaic=True))
            try:
                yield
            finally:
                if self._walls == [callback]:
                    self._ask_all(wire.CameraOrder(mosaic=False))

    @contextmanager
    def measure(self, callback: Callable[[str, Sequence[Reading]], None]) -> Iterator[None]:
        """Call back with what each camera measured of its places, while entered."""
        with self._added(self._meters, callback):
            yield

    def reload(self, site: SiteSettings) -> None:
        """Take another site file: cameras that did not change go on, the others end or begin."""
        tasks = _tasks(site)
        gone = [process for process in self.processes() if tasks.get(process.name) != process.task]
        _end(gone)
        for process in gone:
            if process.name not in tasks:
                self.hub.close(process.name)
        kept = {process.name: process for process in self.processes() if process not in gone}
        fresh = {name: CameraProcess(task, self._ears) for name, task in tasks.items() if name not in kept}
        with self._lock:
            self._processes = {name: kept.get(name) or fresh[name] for name in tasks}
        for process in fresh.values():
            process.start()

    def processes(self) -> list[CameraProcess]:
        """Return the cameras' processes, in the site file's order."""
        with self._lock:
            return list(self._processes.values())

    @contextmanager
    def _added(self, listeners: list[Callable[..., None]], callback: Callable[..., None]) -> Iterator[None]:
        with self._lock:
            listeners.append(callback)
        try:
            yield
        finally:
            with self._lock:
                listeners.remove(callback)

    def _demanded(self, camera: str, stream: StreamName, what: Demand) -> None:
        process = self._processes.get(camera)
        if process is not None:
            process.order(wire.CameraOrder(what, stream))

    def _wanted(self, camera: str) -> list[wire.CameraOrder]:
        watched = [wire.CameraOrder(Demand.BEGIN, stream) for stream in StreamName if self.hub.watched(camera, stream)]
        return [*watched, wire.CameraOrder(mosaic=bool(self._walls))]

    def _ask_all(self, order: wire.CameraOrder) -> None:
        for process in self.processes():
            process.order(order)

    def _message(self, camera: str, message: wire.Message) -> None:
        if isinstance(message, StreamPacket):
            self.hub.publish(camera, message)
        elif isinstance(message, WallPicture):
            with self._lock:
                walls = list(self._walls)
            for callback in walls:
                callback(camera, message)
        elif isinstance(message, wire.Measured):
            with self._lock:
                meters = list(self._meters)
            for meter in meters:
                meter(camera, message.readings)

    def _heard(self, status: CameraStatus) -> None:
        news = (status.state, status.redaction, status.faults, status.detail)
        with self._lock:
            if self._told.get(status.camera) == news:
                return
            self._told[status.camera] = news
            listeners = list(self._listeners)
        for callback in listeners:
            callback(status)

    def _check(self) -> None:
        before_s = time.monotonic()
        while not self._stopped.wait(CHECK_S):
            now_s = time.monotonic()
            for process in self.processes():
                process.check()
                good = serviceable(process.status())
                with self._lock:
                    self._served.observe(process.name, time.time(), now_s - before_s, good=good)
            before_s = now_s


def _tasks(site: SiteSettings) -> dict[str, CameraTask]:
    return {camera.name: _task(site, camera) for camera in site.cameras if camera.enabled}


def _task(site: SiteSettings, camera: CameraSettings) -> CameraTask:
    """Tell a process what it needs and no more: it decodes what strangers send."""
    recording = site.recording if camera.record else RecordingSettings()
    alone = SiteSettings(site=camera.name, state_folder=site.state_folder, cameras=(camera,), recording=recording)
    return CameraTask(camera, alone, _digest(camera))


def _digest(camera: CameraSettings) -> str:
    """Return what differs when a file that a camera's settings name has changed."""
    digest = hashlib.sha256()
    for path in (*camera.masks, camera.places):
        with suppress(OSError):  # the process says what is wrong with it
            digest.update(path.read_bytes() if path is not None else b"")
    return digest.hexdigest()


def _end(processes: list[CameraProcess]) -> None:
    for process in processes:
        process.stop()
    for process in processes:
        process.join(FAREWELL_S)
        if process.pid is not None:  # it stopped in the middle of a word
            process.end("it did not stop")
            process.join(FAREWELL_S)
