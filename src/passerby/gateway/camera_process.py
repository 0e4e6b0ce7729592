"""One camera's process as the gateway sees it: started, listened to, killed when it hangs, started again."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import time
from contextlib import suppress
from dataclasses import replace
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.forkserver import ensure_running
from multiprocessing.process import BaseProcess
from pathlib import Path

from passerby.errors import OutputError
from passerby.gateway import wire
from passerby.gateway.camera_host import HostListener
from passerby.gateway.camera_task import CameraTask
from passerby.gateway.camera_worker import work
from passerby.gateway.hosted_camera import HostedCamera
from passerby.gateway.rate_limit import RateLimit
from passerby.health.status import CameraState, CameraStatus

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
        self._camera = HostedCamera(task, listener, self._run)
        self._state_folder = state_folder
        self._process: BaseProcess | None = None
        self._silence_s = 0.0
        self._alive = self._quiet = False
        self._checked_s = time.monotonic()
        self._awake_since_s = 0.0
        self._kill_reason = ""

    @property
    def task(self) -> CameraTask:
        """What the process has to do."""
        return self._camera.task

    @property
    def name(self) -> str:
        """Name of the camera."""
        return self._camera.name

    def start(self) -> None:
        """Start the process, and again whenever it ends."""
        self._camera.thread.start()

    def stop(self) -> None:
        """Ask the process to end; `join` waits for it."""
        self._camera.stopping.set()

    def join(self, timeout_s: float) -> None:
        """Wait until the process has ended; kill one that has not ended by then."""
        self._camera.thread.join(timeout_s)
        if self.pid is not None:  # it stopped in the middle of a message
            self.restart("it did not stop")
            self._camera.thread.join(timeout_s)

    @property
    def pid(self) -> int | None:
        """The process's number; None while there is none."""
        process = self._process
        return process.pid if process is not None else None

    def status(self) -> CameraStatus:
        """Return how the camera is doing."""
        return self._camera.status

    def order(self, order: wire.CameraOrder) -> None:
        """Ask the process for something."""
        self._camera.orders.put(order)

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
                self._quiet = True  # there is no picture, but it may continue by itself
                self._camera.set_silent(time.time() - silence_s, "its process gives no sign of life")

        if self._quiet or self._camera.status.state is CameraState.DOWN:
            self._camera.show_notices()

    def restart(self, reason: str) -> None:
        """Kill the process at once; unless it was asked to stop, another one follows."""
        process = self._process
        if process is not None:
            self._kill_reason = reason
            process.kill()

    def _run(self) -> None:
        stopping = self._camera.stopping
        while not stopping.is_set():
            begun_s = time.monotonic()
            reason = self._run_once()
            if stopping.is_set():
                break
            log.error("camera_process_ended", extra={"camera": self._camera.name, "reason": reason})
            self._quiet = False
            stopping.wait(self._camera.count_restart(reason, lived_s=time.monotonic() - begun_s))

    def _run_once(self) -> str:
        """Run one process until it ends; return why it ended."""
        context = _context()
        ours, theirs = context.Pipe()
        arguments = (self.task.to_json(), str(self._state_folder), theirs)
        process = context.Process(target=work, args=arguments, name=f"passerby-{self.task.name}", daemon=True)
        try:
            process.start()
        except (OSError, EOFError) as error:  # EOFError: the server that starts processes was itself killed
            return f"its process cannot be started: {getattr(error, 'strerror', None) or type(error).__name__}"
        theirs.close()

        self._silence_s = 0.0
        self._awake_since_s = 0.0
        self._alive = self._quiet = False
        self._kill_reason = ""
        self._process = process
        self._camera.begin()

        with ours:
            reason = self._exchange(ours)
            if self._camera.stopping.is_set():
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
            while not self._camera.stopping.is_set():
                while not self._camera.orders.empty():
                    pipe.send_bytes(wire.packed(self._camera.orders.get()))
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
        if isinstance(message, CameraStatus):
            if self._quiet or self._camera.status.state is CameraState.DOWN:
                self._awake_since_s = time.time()
            self._silence_s = 0.0
            self._alive = True
            self._quiet = False
            message = replace(message, since_s=max(message.since_s, self._awake_since_s))
        self._camera.receive(message)


def warm_processes() -> None:
    """Start what starts processes, which loads their code; it blocks signals for the thread that calls it."""
    _context()
    ensure_running()


def _context() -> ForkServerContext:
    """Return what starts processes: copies of one that has loaded all code, so they start soon and share memory."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["passerby.gateway.camera_worker"])
    resource_tracker.ensure_running()  # now, because it unblocks signals when it starts
    signal.pthread_sigmask(signal.SIG_BLOCK, FOR_THE_GATEWAY)  # processes that this thread starts inherit the mask
    return context


def _resident_mb(pid: int) -> float:
    """Return the memory that a process uses, MB; 0 where the system does not say."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
