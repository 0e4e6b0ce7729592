"""One camera's process as the gateway sees it: started, listened to, killed when it hangs, started again."""

from __future__ import annotations

import logging
import multiprocessing
import os
import queue
import signal
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from passerby.errors import OutputError
from passerby.gateway import wire
from passerby.gateway.camera_host import HostListener
from passerby.gateway.camera_task import CameraTask
from passerby.gateway.camera_worker import work
from passerby.gateway.rate_limit import RateLimit
from passerby.gateway.standby import StreamSwitch
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.outputs.stream.live_hub import Demand
from passerby.outputs.stream.packet import StreamPacket

QUIET_S = 1.5
"""While a process gives no sign of life for longer than this, viewers get notices; it is not down yet."""
SILENCE_S = 5.0
"""A process that gives no sign of life for this long is killed and started again."""
LONGEST_STEP_S = 0.6
"""More than this between two checks does not count as silence: the gateway itself was suspended."""
FIRST_SILENCE_S = 30.0
"""The first sign of life may take longer: code and networks are loaded."""
MEMORY_MB = 900
"""A process that uses more is killed and started again; with `effort: auto` its networks alone take 680."""
BACK_OFF_S = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Delays before a process that ended is started again; they grow while it keeps ending soon."""
LONG_LIFE_S = 30.0
FOR_THE_GATEWAY = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
"""Terminals and service managers signal the whole process group; only the gateway acts on it."""
POLL_S = 0.05
FAREWELL_S = 4.0
"""Time that a process which is stopped has to complete its recording."""

log = logging.getLogger(__name__)


class CameraProcess:
    """Keeps one camera's process running; a `CameraHost`.

    Args:
        task: What the process has to do.
        listener: Where its messages and statuses go.
        state_folder: Where the process keeps compiled networks, recordings and their key.
    """

    def __init__(self, task: CameraTask, listener: HostListener, state_folder: Path) -> None:
        self.name = task.name
        self._task = task
        self._state_folder = state_folder
        self._listener = listener
        self._orders: queue.SimpleQueue[wire.CameraOrder] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._process: BaseProcess | None = None
        self._switch = StreamSwitch(task.camera.delay_s, lambda packet: listener.message(self.name, packet))
        self._silence_s = 0.0
        self._alive = self._quiet = False
        self._checked_s = time.monotonic()
        self._awake_since_s = 0.0
        self._kill_reason = ""
        self._restarts = 0
        self._before = CameraStatus(self.name)
        self._status = CameraStatus(self.name, since_s=time.time())
        self._thread = threading.Thread(target=self._run, name=f"passerby-{self.name}", daemon=True)

    @property
    def task(self) -> CameraTask:
        """What the process has to do."""
        return self._task

    def start(self) -> None:
        """Start the process, and again whenever it ends."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the process to end; `join` waits for it."""
        self._stop.set()

    def join(self, timeout_s: float) -> None:
        """Wait until the process has ended; kill one that has not ended by then."""
        self._thread.join(timeout_s)
        if self.pid is not None:  # it stopped in the middle of a message
            self.restart("it did not stop")
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
        """Ask the process for something."""
        self._orders.put(order)

    def check(self) -> None:
        """Show notices while the process is gone or silent; kill it if it hangs or uses too much memory.

        To be called twice a second from another thread.
        """
        process = self._process
        now_s = time.monotonic()
        silence_s = self._silence_s = self._silence_s + min(LONGEST_STEP_S, now_s - self._checked_s)
        self._checked_s = now_s
        if process is not None and process.pid is not None:
            if silence_s > (SILENCE_S if self._alive else FIRST_SILENCE_S):
                self.restart(f"its process gave no sign of life for {silence_s:.0f} s")
            elif (used_mb := _resident_mb(process.pid)) > MEMORY_MB:
                self.restart(f"its process used {used_mb:.0f} MB of memory, more than {MEMORY_MB}")
            elif self._alive and silence_s > QUIET_S:
                self._record_silence(time.time() - silence_s)

        if self._quiet or self._status.state is CameraState.DOWN:
            streams = [order.stream for order in self._listener.wanted(self.name) if order.demand]
            self._switch.show_notices(streams, self._status, time.time())

    def restart(self, reason: str) -> None:
        """Kill the process at once; unless it was asked to stop, another one follows."""
        process = self._process
        if process is not None:
            self._kill_reason = reason
            process.kill()

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            begun_s = time.monotonic()
            reason = self._run_once()
            if self._stop.is_set():
                break
            failures = 1 if time.monotonic() - begun_s > LONG_LIFE_S else failures + 1
            log.error("camera_process_ended", extra={"camera": self.name, "reason": reason})
            self._record_end(reason)
            self._stop.wait(BACK_OFF_S[min(failures, len(BACK_OFF_S)) - 1])

    def _run_once(self) -> str:
        """Run one process until it ends; return why it ended."""
        context = _context()
        ours, theirs = context.Pipe()
        arguments = (self._task.to_json(), str(self._state_folder), theirs)
        process = context.Process(target=work, args=arguments, name=f"passerby-{self.name}", daemon=True)
        try:
            process.start()
        except (OSError, EOFError) as error:  # EOFError: the server that starts processes was itself killed
            return f"its process cannot be started: {getattr(error, 'strerror', None) or type(error).__name__}"
        theirs.close()

        self._silence_s = 0.0
        self._awake_since_s = 0.0
        self._alive = self._quiet = False
        self._kill_reason = ""
        self._switch.begin(time.time())
        self._process = process
        for order in self._listener.wanted(self.name):
            self.order(order)

        with ours:
            reason = self._exchange(ours)
            if self._stop.is_set():
                with suppress(OSError):
                    ours.send_bytes(wire.packed(wire.CameraOrder(stop=True)))
                process.join(FAREWELL_S)
        process.kill()
        process.join()
        self._process = None
        code = process.exitcode or 0
        reason = reason or self._kill_reason
        return reason or (f"its process was ended by signal {-code}" if code < 0 else f"its process ended ({code})")

    def _exchange(self, pipe: Connection) -> str:
        """Send orders and receive messages until the process ends or must be killed; return why, if known."""
        reason = ""
        limit = RateLimit(time.monotonic())
        try:
            while not self._stop.is_set():
                while not self._orders.empty():
                    pipe.send_bytes(wire.packed(self._orders.get()))
                if pipe.poll(POLL_S):
                    data = pipe.recv_bytes(wire.MAX_BYTES)
                    limit.spend(len(data), time.monotonic())
                    message = wire.unpacked(data)
                    if isinstance(message, wire.Ending):
                        reason = message.reason
                    else:
                        self._receive(message)
        except OutputError as error:
            return str(error)
        except (EOFError, OSError):
            return reason

        return reason

    def _receive(self, message: wire.Message) -> None:
        if isinstance(message, StreamPacket):
            if not self._switch.show_packet(message):
                self.order(wire.CameraOrder(Demand.KEY, message.stream))
        elif isinstance(message, CameraStatus):
            if self._quiet or self._status.state is CameraState.DOWN:
                self._awake_since_s = time.time()
            self._silence_s = 0.0
            self._alive = True
            self._quiet = False
            now = replace(message, since_s=max(message.since_s, self._awake_since_s))
            self._set_status(added(self._before, now))
        else:
            self._listener.message(self.name, message)

    def _record_end(self, reason: str) -> None:
        """Keep the counters of the process that ended, and report the camera as down."""
        self._restarts += 1
        self._before = self._without_picture(CameraState.DOWN, reason, time.time())
        self._quiet = False
        self._set_status(self._before)

    def _record_silence(self, since_s: float) -> None:
        """Report that the process gives no sign of life: there is no picture, but it may continue by itself."""
        self._quiet = True
        self._set_status(self._without_picture(CameraState.NO_PICTURE, "its process gives no sign of life", since_s))

    def _without_picture(self, state: CameraState, reason: str, since_s: float) -> CameraStatus:
        before = self._status
        gone = replace(before, fps=0.0, lag_ms=0.0, faults=frozenset(), redaction=Redaction.NONE)
        since_s = before.since_s if before.state is state else since_s
        return replace(gone, state=state, since_s=since_s, detail=reason)

    def _set_status(self, status: CameraStatus) -> None:
        self._status = replace(status, camera=self.name, restarts=self._restarts)
        self._listener.status(self._status)


def _context() -> ForkServerContext:
    """Return what starts processes: copies of one that has loaded all code, so they start soon and share memory."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["passerby.gateway.camera_worker"])
    resource_tracker.ensure_running()  # now, because it unblocks signals when it starts
    signal.pthread_sigmask(signal.SIG_BLOCK, FOR_THE_GATEWAY)  # processes that this thread starts inherit the mask
    return context


def added(before: CameraStatus, now: CameraStatus) -> CameraStatus:
    """Return a status whose counters continue those of the earlier processes."""
    return replace(
        now,
        frames_total=before.frames_total + now.frames_total,
        withheld=dict(Counter(before.withheld) + Counter(now.withheld)),
        latency_counts=tuple(a + b for a, b in zip(before.latency_counts, now.latency_counts, strict=True)),
        latency_sum_s=before.latency_sum_s + now.latency_sum_s,
        self_tests=before.self_tests + now.self_tests,
        self_tests_failed=before.self_tests_failed + now.self_tests_failed,
    )


def _resident_mb(pid: int) -> float:
    """Return the memory that a process uses, MB; 0 where the system does not say."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
