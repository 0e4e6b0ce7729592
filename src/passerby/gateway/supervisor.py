"""All cameras of a site on this machine: one process each, their statuses and their covered streams."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial

from passerby.errors import OutputError
from passerby.gateway import wire
from passerby.gateway.camera_host import CameraHost, HostFactory, HostListener
from passerby.gateway.camera_process import CameraProcess
from passerby.gateway.camera_task import camera_tasks
from passerby.health.serviceability import Serviceability, serviceable
from passerby.health.settled import Settled
from passerby.health.status import CameraStatus
from passerby.listeners import Listeners
from passerby.measure.foot_map import FootMap
from passerby.measure.reading import Reading
from passerby.outputs.stream.live_hub import Demand, LiveHub
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.outputs.stream.wall import WallPicture
from passerby.settings.site.site import SiteSettings

CHECK_S = 0.5
FAREWELL_S = 8.0

log = logging.getLogger(__name__)


class Supervisor:
    """Starts, watches and stops the cameras, and hands on what they send; implements `Cameras`.

    Its methods may be called from any thread; callbacks come from threads of its own and must be quick.

    Args:
        site: The site.
        host: Makes what runs a camera; None = a process of this machine.

    Raises:
        OutputError: A file in the state folder cannot be read.
    """

    def __init__(self, site: SiteSettings, host: HostFactory | None = None) -> None:
        self._served = Serviceability(site.state_folder / "serviceability.json")
        self._timezone = site.timezone
        self.hub = LiveHub(self._demanded)
        self._make_host = host or partial(CameraProcess, state_folder=site.state_folder)
        self._host_listener = HostListener(message=self._message, status=self._set_status, wanted=self._wanted)
        self._hosts = {name: self._make_host(task, self._host_listener) for name, task in camera_tasks(site).items()}
        self._changes = Listeners[CameraStatus]()
        self._walls = Listeners[tuple[str, WallPicture]](on_used=self._order_walls)
        self._readings = Listeners[tuple[str, Sequence[Reading]]]()
        self._foot_maps = Listeners[tuple[str, Sequence[FootMap]]]()
        self._settled: dict[str, Settled] = {}
        self._published: dict[str, CameraStatus] = {}
        self._raised: dict[str, tuple[float, str]] = {}
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._watchdog = threading.Thread(target=self._check, name="passerby-watchdog", daemon=True)

    @property
    def timezone(self) -> str:
        """Name of the site's time zone."""
        return self._timezone

    def start(self) -> None:
        """Start all cameras; returns at once."""
        for host in self._hosts.values():
            host.start()
        self._watchdog.start()

    def stop(self) -> None:
        """Stop all cameras, and wait until they have ended."""
        self._stopped.set()
        _end(self.hosts())
        for name in self._hosts:
            self.hub.close(name)
        with suppress(OutputError):  # it was reported while running
            self.save()

    def save(self) -> None:
        """Save what must survive a restart.

        Raises:
            OutputError: The state folder cannot be written.
        """
        with self._lock:
            self._served.save(time.time())

    def restart(self, reason: str) -> None:
        """Restart all cameras."""
        for host in self.hosts():
            host.restart(reason)

    def statuses(self) -> list[CameraStatus]:
        """Return how each camera is doing, in the site file's order: what was published, with present figures."""
        statuses = [host.status() for host in self.hosts()]
        now_s = time.time()
        with self._lock:
            return [self._published_form(status, now_s) for status in statuses]

    def _published_form(self, status: CameraStatus, now_s: float) -> CameraStatus:
        published = self._published.get(status.camera, status)
        return replace(
            status,
            state=published.state,
            since_s=published.since_s,
            redaction=published.redaction,
            faults=published.faults,
            fault_since_s=published.fault_since_s,
            detail=published.detail,
            serviceability=self._served.shares(status.camera, now_s),
            serviceability_over_s=self._served.lengths_s(status.camera, now_s),
        )

    @contextmanager
    def listen(self, callback: Callable[[CameraStatus], None]) -> Iterator[None]:
        """Call back when a camera's state, redaction, faults or reason change, while entered."""
        with self._changes.listen(callback):
            yield

    @contextmanager
    def listen_to_walls(self, callback: Callable[[str, WallPicture], None]) -> Iterator[None]:
        """Call back with small covered pictures of all cameras, several times a second, while entered."""
        with self._walls.listen(lambda each: callback(*each)):
            yield

    @contextmanager
    def listen_to_readings(self, callback: Callable[[str, Sequence[Reading]], None]) -> Iterator[None]:
        """Call back with what each camera measured at its places, while entered."""
        with self._readings.listen(lambda each: callback(*each)):
            yield

    @contextmanager
    def listen_to_foot_maps(self, callback: Callable[[str, Sequence[FootMap]], None]) -> Iterator[None]:
        """Call back with each camera's maps of foot points, after each hour, while entered."""
        with self._foot_maps.listen(lambda each: callback(*each)):
            yield

    def order(self, camera: str, order: wire.CameraOrder) -> None:
        """Ask a camera for something; a camera that no longer exists ignores it."""
        host = self._hosts.get(camera)
        if host is not None:
            host.order(order)

    def cover_whole(self, camera: str, for_s: float, reason: str) -> None:
        """Cover all pictures of a camera whole from now on; this only adds cover, and also holds after a restart of it.

        Args:
            camera: Its name; one that no longer exists is ignored.
            for_s: For how long, s.
            reason: Why, in one line.
        """
        until_s = time.monotonic() + for_s
        with self._lock:
            if until_s <= self._raised.get(camera, (0.0, ""))[0]:
                return
            self._raised[camera] = until_s, reason
        self.order(camera, wire.CameraOrder(cover_s=for_s, cover_reason=reason))

    def reload(self, site: SiteSettings) -> None:
        """Take another site file: cameras that did not change continue, the others stop or start."""
        self._timezone = site.timezone
        tasks = camera_tasks(site)
        changed = [host for host in self.hosts() if tasks.get(host.task.name) != host.task]
        _end(changed)
        for host in changed:
            if host.task.name not in tasks:
                self.hub.close(host.task.name)

        kept = {host.task.name: host for host in self.hosts() if host not in changed}
        fresh = {name: self._make_host(task, self._host_listener) for name, task in tasks.items() if name not in kept}
        with self._lock:
            self._hosts = {name: kept.get(name) or fresh[name] for name in tasks}
            for host in changed:
                self._settled.pop(host.task.name, None)
                self._published.pop(host.task.name, None)
        for host in fresh.values():
            host.start()

    def hosts(self) -> list[CameraHost]:
        """Return what runs each camera, in the site file's order."""
        with self._lock:
            return list(self._hosts.values())

    def _demanded(self, camera: str, stream: StreamName, what: Demand) -> None:
        self.order(camera, wire.CameraOrder(what, stream))

    def _wanted(self, camera: str) -> list[wire.CameraOrder]:
        watched = [wire.CameraOrder(Demand.BEGIN, stream) for stream in StreamName if self.hub.watched(camera, stream)]
        with self._lock:
            until_s, reason = self._raised.get(camera, (0.0, ""))
        left_s = until_s - time.monotonic()
        raised = [wire.CameraOrder(cover_s=left_s, cover_reason=reason)] if left_s > 0 else []
        return [*raised, *watched, wire.CameraOrder(mosaic=bool(self._walls))]

    def _order_walls(self, wanted: bool) -> None:  # noqa: FBT001 - `Listeners` calls it so
        for host in self.hosts():
            host.order(wire.CameraOrder(mosaic=wanted))

    def _message(self, camera: str, message: wire.Message) -> None:
        if isinstance(message, StreamPacket):
            self.hub.publish(camera, message)
        elif isinstance(message, WallPicture):
            self._walls.publish((camera, message))
        elif isinstance(message, wire.Measured):
            self._readings.publish((camera, message.readings))
            if message.foot_maps:
                self._foot_maps.publish((camera, message.foot_maps))

    def _set_status(self, status: CameraStatus) -> None:
        with self._lock:
            settling = self._settled.setdefault(status.camera, Settled())
            settled = settling.observe(status, now_s=time.monotonic(), time_s=time.time())
            before = self._published.get(status.camera)
            self._published[status.camera] = settled
        if before is None or _news(before) != _news(settled):
            self._changes.publish(settled)

    def _check(self) -> None:
        before_s = time.monotonic()
        while not self._stopped.wait(CHECK_S):
            now_s = time.monotonic()
            for host in self.hosts():
                host.check()
                good = serviceable(host.status())
                with self._lock:
                    self._served.observe(host.task.name, time.time(), now_s - before_s, good=good)
            before_s = now_s


def _news(status: CameraStatus) -> tuple[object, ...]:
    return status.state, status.redaction, status.faults, status.detail


def _end(hosts: list[CameraHost]) -> None:
    for host in hosts:
        host.stop()
    for host in hosts:
        host.join(FAREWELL_S)
