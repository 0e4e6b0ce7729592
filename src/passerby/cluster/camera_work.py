"""Runs one camera on a node for a gateway elsewhere; runs in a process of its own there.

The camera's own process decodes and covers. This one keeps it running, as a gateway on this machine would, and holds
what it sends until the gateway asks: covered packets only while somebody watches, readings until they are acknowledged.
Signals, changes of status and failures of cover are also written to this node's disk (`cluster.node_spool`).
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from passerby.cluster.camera_facts import CameraFacts
from passerby.cluster.epoch import EpochFile
from passerby.cluster.node_program import NODE_STATE
from passerby.cluster.placement_spool import PlacementSpool
from passerby.cluster.site_folder import EPOCHS, site_folder
from passerby.cluster.spool_folder import node_id
from passerby.gateway import wire
from passerby.gateway.believable import believable
from passerby.gateway.camera_host import HostListener
from passerby.gateway.camera_process import CameraProcess, warm_processes
from passerby.gateway.camera_task import CameraTask
from passerby.health.status import CameraStatus
from passerby.outputs.stream.live_hub import Demand
from passerby.outputs.stream.packet import StreamName, StreamPacket
from passerby.outputs.stream.wall import WallPicture
from passerby.process.core_dump import forbid_core_dumps
from passerby.process.private_files import keep_files_private
from passerby.store.delivery import NodeOrigin

CHECK_S = 0.5
MOST_BYTES = 4 << 20
"""Packets that wait for the gateway; beyond that they are dropped until the next keyframe."""
MOST_READINGS = 100_000
"""Messages with readings that wait for the gateway: over a day of one a second."""
AT_ONCE = 500
"""Readings in one answer."""
ALONE_S = 600.0
"""A camera whose gateway has not asked for so long ends: another node has run it for long."""
FAREWELL_S = 8.0
SPOOL = "cluster-spool"
"""Folder of what waits for gateways, in the node's own folder."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a camera's process on a node has for the gateway.

    Args:
        camera: Name of the camera.
        epoch: Of its placement.
        messages: Status, packets and small pictures, as `gateway.wire` packs them.
        readings: Messages with readings, each with its number; repeated until acknowledged.
        ended: Why it runs no more; "" = it does.
    """

    camera: str
    epoch: int
    messages: list[bytes]
    readings: list[tuple[int, bytes]]
    ended: str = ""


def node_state() -> Path:
    """Return where this node keeps what is its own."""
    named = os.environ.get(NODE_STATE)
    return Path(named) if named else Path(platformdirs.user_state_dir("passerby")) / "node"


class CameraWork:
    """One camera on this node, or none yet: a process that waits is ready sooner than one that has to start."""

    def __init__(self) -> None:
        forbid_core_dumps()
        vars(sys.modules["__main__"]).pop("__file__", None)  # else each camera's process would import Ray's program
        self._camera, self._epoch = "", 0
        self._process: CameraProcess | None = None
        self._facts: CameraFacts | None = None
        self._mail = Mail(lost=self._lost)
        self._asked_s = time.monotonic()
        self._ended = ""
        self._stopped = threading.Event()

    def warm(self) -> None:
        """Load what a camera's process needs, so that one can start at once."""
        threading.Thread(target=warm_processes, name="passerby-warm", daemon=True).start()

    def ready(self) -> bool:
        """Return whether it can begin with a camera."""
        return not self._camera

    def begin(self, task: str, site: str, epoch: int) -> None:
        """Start the camera.

        Args:
            task: A `CameraTask` as JSON. It comes by this call, because its secrets must not pass through another node.
            site: Name of the site.
            epoch: A number that grows with each placement.

        Raises:
            PasserbyError: It is not one, a later placement runs the camera, the state folder cannot be written, or
                too much waits in it.
        """
        made = CameraTask.from_json(task)
        self._camera, self._epoch = made.name, epoch
        folder = node_state()
        keep_files_private(folder)
        own = site_folder(folder, site, [self._camera])
        self._fence = EpochFile(own / EPOCHS, self._camera)
        self._fence.claim(self._epoch)
        origin = NodeOrigin(node_id(folder), site, self._camera, self._epoch)
        self._facts = CameraFacts(
            PlacementSpool(folder / SPOOL, origin),
            origin,
            clock=time.time,
            monotonic=time.monotonic,
            failed=self._cannot_write,
        )
        listener = HostListener(message=self._put, status=self._set_status, wanted=lambda _: self._mail.wanted)
        self._places = frozenset() if made.places is None else frozenset(made.places.names())
        self._process = CameraProcess(made, listener, own)
        self._process.start()
        threading.Thread(target=self._check, name="passerby-check", daemon=True).start()

    def exchange(self, epoch: int, orders: list[bytes], acknowledged: int, wait_s: float) -> Parcel:
        """Carry out orders, and return what there is as soon as there is something.

        Args:
            epoch: Of the placement that the gateway asks about.
            orders: `CameraOrder`s as `gateway.wire` packs them.
            acknowledged: Number of the last message with readings that the gateway has.
            wait_s: How long to wait for something, s.
        """
        if epoch != self._epoch or self._process is None:
            return Parcel(self._camera, self._epoch, [], [], "it was placed again")
        self._asked_s = time.monotonic()
        for each in map(wire.order, orders):
            self._mail.note(each)
            self._process.order(each)
        messages, readings = self._mail.take(acknowledged, wait_s)
        return Parcel(self._camera, self._epoch, messages, readings, self._ended)

    def stop(self) -> None:
        """Complete the recording and end the camera."""
        self._end("it was stopped")

    def _put(self, camera: str, message: wire.Message) -> None:
        if isinstance(message, wire.Measured) and self._facts is not None:
            self._facts.measured(believable(message.readings, self._places, now_s=time.time()))
        self._mail.put(camera, message)

    def _set_status(self, status: CameraStatus) -> None:
        if self._facts is not None:
            self._facts.status(status)
        self._mail.set_status(status)

    def _cannot_write(self, reason: str) -> None:
        """End the camera, from a thread of its own: what it does can no longer be logged."""
        if not self._ended:
            self._ended = reason
            threading.Thread(target=self._end, args=(reason,), name="passerby-end", daemon=True).start()

    def _lost(self, stream: StreamName) -> None:
        if self._process is not None:
            self._process.order(wire.CameraOrder(Demand.KEY, stream))

    def _end(self, reason: str) -> None:
        self._ended = self._ended or reason
        self._stopped.set()
        if self._process is not None:
            self._process.stop()
            self._process.join(FAREWELL_S)
        if self._facts is not None:
            self._facts.close()

    def _check(self) -> None:
        while not self._stopped.wait(CHECK_S) and self._process is not None:
            self._process.check()
            if self._fence.latest() > self._epoch:
                self._end("it was placed again on this node")
            elif time.monotonic() - self._asked_s > ALONE_S:
                self._end(f"no gateway asked for {ALONE_S:.0f} s")


class Mail:
    """What waits for the gateway; its methods may be called from any thread.

    Args:
        lost: Called with a stream of which packets were dropped: a keyframe must follow.
    """

    def __init__(self, *, lost: Callable[[StreamName], None]) -> None:
        self._lost = lost
        self._more = threading.Condition()
        self._status: bytes | None = None
        self._small: bytes | None = None
        self._packets: deque[bytes] = deque()
        self._bytes = 0
        self._readings: deque[tuple[int, bytes]] = deque(maxlen=MOST_READINGS)
        self._number = 0
        self._streams: set[StreamName] = set()
        self._cut: set[StreamName] = set()
        self._mosaic = False

    @property
    def wanted(self) -> list[wire.CameraOrder]:
        """What the gateway wants at present, for a camera's process that has just started."""
        with self._more:
            streams = [wire.CameraOrder(Demand.BEGIN, stream) for stream in sorted(self._streams)]
            return [*streams, wire.CameraOrder(mosaic=self._mosaic)]

    def note(self, order: wire.CameraOrder) -> None:
        """Note what the gateway wants from now on."""
        with self._more:
            if order.mosaic is not None:
                self._mosaic = order.mosaic
            if order.demand is Demand.END:
                self._streams.discard(order.stream)
            elif order.demand is not None:
                self._streams.add(order.stream)
                self._cut.add(order.stream)

    def set_status(self, status: CameraStatus) -> None:
        """Take the camera's status; only the latest waits."""
        with self._more:
            self._status = wire.packed(status)
            self._more.notify_all()

    def put(self, _camera: str, message: wire.Message) -> None:
        """Take what the camera's process sends; pictures that nobody wants go no further."""
        with self._more:
            match message:
                case StreamPacket():
                    self._put_packet(message)
                case WallPicture() if self._mosaic:
                    self._small = wire.packed(message)
                case wire.Measured():
                    self._number += 1
                    self._readings.append((self._number, wire.packed(message)))
            self._more.notify_all()

    def take(self, acknowledged: int, wait_s: float) -> tuple[list[bytes], list[tuple[int, bytes]]]:
        """Return what waits, after waiting for something; readings stay until they are acknowledged.

        Args:
            acknowledged: Number of the last message with readings that has arrived.
            wait_s: How long to wait, s.
        """
        end_s = time.monotonic() + wait_s
        with self._more:
            while self._readings and self._readings[0][0] <= acknowledged:
                self._readings.popleft()
            while not (self._status or self._small or self._packets or self._readings):
                left_s = end_s - time.monotonic()
                if left_s <= 0:
                    break
                self._more.wait(left_s)
            messages = [each for each in (self._status, *self._packets, self._small) if each is not None]
            self._status = self._small = None
            self._packets.clear()
            self._bytes = 0
            return messages, [self._readings[at] for at in range(min(AT_ONCE, len(self._readings)))]

    def _put_packet(self, packet: StreamPacket) -> None:
        if packet.stream not in self._streams:
            return
        if self._bytes > MOST_BYTES:
            self._packets.clear()
            self._bytes = 0
            self._cut |= self._streams
            for stream in self._streams:
                self._lost(stream)
        if packet.stream in self._cut and not packet.key:
            return
        self._cut.discard(packet.stream)
        packed = wire.packed(packet)
        self._packets.append(packed)
        self._bytes += len(packed)
