"""One camera's process as the gateway sees it: started, listened to, ended when it hangs, started again."""

from __future__ import annotations

import logging
import multiprocessing
import os
import queue
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from passerby.errors import OutputError
from passerby.gateway import wire
from passerby.gateway.camera_worker import CameraTask, work
from passerby.gateway.rate_limit import RateLimit
from passerby.gateway.standby import StandbyStage
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.outputs.stream.live_hub import Demand
from passerby.outputs.stream.packet import StreamPacket

QUIET_S = 1.5
"""While a process gives no sign of life for longer than this, viewers get notices."""
SILENCE_S = 5.0
"""A process that gives no sign of life for this long is ended and started again."""
LONGEST_STEP_S = 0.6
"""More than this between two checks does not count as silence: the gateway itself was asleep."""
FIRST_SILENCE_S = 30.0
"""The first sign may take longer: code and networks are loaded."""
MEMORY_MB = 700
"""A process that takes more is ended and started again: several times what a camera needs."""
BACK_OFF_S = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Waits before a process that ended is started again, longer each time it did not live long."""
LONG_LIFE_S = 30.0
FOR_THE_GATEWAY = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
"""Terminals and service managers signal the whole group: the gateway alone decides."""
POLL_S = 0.05
FAREWELL_S = 4.0
"""A process that is stopped has this long to complete its recording."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CameraListener:
    """Who hears what a camera's process says; called from threads of the gateway.

    Args:
        message: Takes a packet or a small picture, with the camera's name.
        status: Takes each new status.
        wanted: Returns what viewers want at present, for a process that has just begun.
    """

    message: Callable[[str, wire.Message], None]
    status: Callable[[CameraStatus], None]
    wanted: Callable[[str], list[wire.CameraOrder]]


class CameraProcess:
    """Keeps one camera's process alive.

    Args:
        task: What the process is told.
        ears: Who hears what it says.
    """

    def __init__(self, task: CameraTask, ears: CameraListener) -> None:
        self.task = task
        self.name = task.camera.name
        self._ears = ears
        self._orders: queue.SimpleQueue[wire.CameraOrder] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._process: BaseProcess | None = None
        self._stage = StandbyStage(task.camera.delay_s, lambda packet: ears.message(self.name, packet))
        self._silence_s, self._heard = 0.0, False
        self._checked_s = time.monotonic()
        self._awake_since_s = 0.0
        self._verdict = ""
        self._restarts = 0
        self._before = CameraStatus(self.name)
        self._status = CameraStatus(self.name, since_s=time.time())
        self._thread = threading.Thread(target=self._keep, name=f"passerby-{self.name}", daemon=True)

    def start(self) -> None:
        """Start the process, and again whenever it ends."""
        self._thread.start()

    def stop(self) -> None:
        """End the process; `join` waits for it."""
        self._stop.set()

    def join(self, timeout_s: float) -> None:
        """Wait until the process has ended."""
        self._thread.join(timeout_s)

    @property
    def pid(self) -> int | None:
        """The process's number; None while there is none."""
        process = self._process
        return process.pid if process is not None else None

    def status(self) -> CameraStatus:
        """Return how the camera is doing."""
        return self._status

    def order(self, order: wire.CameraOrder) -> None:
        """Ask something of the process."""
        self._orders.put(order)

    def check(self) -> None:
        """Show notices while the process is gone or silent, and end it if it hangs or takes too much memory.

        To be called twice a second from another thread.
        """
        process, now_s = self._process, time.monotonic()
        silence_s = self._silence_s = self._silence_s + min(LONGEST_STEP_S, now_s - self._checked_s)
        self._checked_s = now_s
        if process is not None and process.pid is not None:
            if silence_s > (SILENCE_S if self._heard else FIRST_SILENCE_S):
                self.end(f"its process gave no sign of life for {silence_s:.0f} s")
            elif (taken_mb := _resident_mb(process.pid)) > MEMORY_MB:
                self.end(f"its process took {taken_mb:.0f} MB of memory, more than {MEMORY_MB}")
            elif self._heard and silence_s > QUIET_S:
                self._tell(self._down("its process gives no sign of life", time.time() - silence_s))
        if self._status.state is CameraState.DOWN:
            streams = [order.stream for order in self._ears.wanted(self.name) if order.demand]
            self._stage.stand_in(streams, self._status, time.time())

    def end(self, reason: str) -> None:
        """End the process at once; another one follows."""
        process = self._process
        if process is not None:
            self._verdict = reason
            process.kill()

    def _keep(self) -> None:
        failures = 0
        while not self._stop.is_set():
            begun_s = time.monotonic()
            reason = self._live()
            if self._stop.is_set():
                break
            failures = 1 if time.monotonic() - begun_s > LONG_LIFE_S else failures + 1
            log.error("camera_process_ended", extra={"camera": self.name, "reason": reason})
            self._bury(reason)
            self._stop.wait(BACK_OFF_S[min(failures, len(BACK_OFF_S)) - 1])

    def _live(self) -> str:
        """Run one process until it ends; return why."""
        context = _context()
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(self.task, theirs), name=f"passerby-{self.name}", daemon=True)
        try:
            process.start()
        except (OSError, EOFError) as error:  # EOFError: what starts processes was itself ended
            return f"its process cannot be started: {getattr(error, 'strerror', None) or type(error).__name__}"
        theirs.close()
        self._silence_s, self._heard, self._verdict, self._awake_since_s = 0.0, False, "", 0.0
        self._stage.begin(time.time())
        self._process = process
        for order in self._ears.wanted(self.name):
            self.order(order)
        with ours:
            reason = self._listen(ours)
            if self._stop.is_set():
                with suppress(OSError):
                    ours.send_bytes(wire.packed(wire.CameraOrder(stop=True)))
                process.join(FAREWELL_S)
        process.kill()
        process.join()
        self._process = None
        code = process.exitcode or 0
        reason = reason or self._verdict
        return reason or (f"its process was ended by signal {-code}" if code < 0 else f"its process ended ({code})")

    def _listen(self, pipe: Connection) -> str:
        """Hear what the process says until it ends or must be ended; return why, if it said so."""
        reason, allowance = "", RateLimit(time.monotonic())
        try:
            while not self._stop.is_set():
                while not self._orders.empty():
                    pipe.send_bytes(wire.packed(self._orders.get()))
                if pipe.poll(POLL_S):
                    data = pipe.recv_bytes(wire.MAX_BYTES)
                    allowance.take(len(data), time.monotonic())
                    message = wire.unpacked(data)
                    if isinstance(message, wire.Ending):
                        reason = message.reason
                    else:
                        self._hear(message)
        except OutputError as error:
            return str(error)
        except (EOFError, OSError):
            return reason
        return reason

    def _hear(self, message: wire.Message) -> None:
        if isinstance(message, StreamPacket):
            if not self._stage.play(message):
                self.order(wire.CameraOrder(Demand.KEY, message.stream))
        elif isinstance(message, CameraStatus):
            if self._status.state is CameraState.DOWN:
                self._awake_since_s = time.time()
            self._silence_s, self._heard = 0.0, True
            now = replace(message, since_s=max(message.since_s, self._awake_since_s))
            self._tell(_added(self._before, now))
        else:
            self._ears.message(self.name, message)

    def _bury(self, reason: str) -> None:
        """Remember what the process did, and tell that it is gone."""
        self._restarts += 1
        self._before = self._down(reason, time.time())
        self._tell(self._before)

    def _down(self, reason: str, since_s: float) -> CameraStatus:
        before = self._status
        gone = replace(before, fps=0.0, lag_ms=0.0, faults=frozenset(), redaction=Redaction.NONE)
        since_s = before.since_s if before.state is CameraState.DOWN else since_s
        return replace(gone, state=CameraState.DOWN, since_s=since_s, detail=reason)

    def _tell(self, status: CameraStatus) -> None:
        self._status = replace(status, camera=self.name, restarts=self._restarts)
        self._ears.status(self._status)


def _context() -> ForkServerContext:
    """Return what starts processes: copies of one that has all code loaded, so they start soon and share memory."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["passerby.gateway.camera_worker"])
    resource_tracker.ensure_running()  # now, for it unblocks signals when it starts
    signal.pthread_sigmask(signal.SIG_BLOCK, FOR_THE_GATEWAY)  # processes that this thread starts inherit it
    return context


def _added(before: CameraStatus, now: CameraStatus) -> CameraStatus:
    """Return a status whose counters go on from those of the processes before."""
    return replace(
        now,
        frames_total=before.frames_total + now.frames_total,
        withheld=dict(Counter(before.withheld) + Counter(now.withheld)),
        latency_counts=tuple(a + b for a, b in zip(before.latency_counts, now.latency_counts, strict=True)),
        latency_sum_s=before.latency_sum_s + now.latency_sum_s,
    )


def _resident_mb(pid: int) -> float:
    """Return the memory that a process holds, MB; 0 where the system does not say."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
