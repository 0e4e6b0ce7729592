"""Keeps this machine in its cluster: Ray ends on a node that was cut off, or when its first node is lost."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import FrameType
from typing import Final

from passerby.errors import UsageError

SOON_S: Final = 20.0
"""A first start that ends within this time has failed: its settings are wrong, or its port is in use."""
AGAIN_S: Final = 3.0
"""Pause before Ray is started again."""
STEP_S: Final = 0.1
_DIES_WITH_PARENT: Final = 1  # prctl: PR_SET_PDEATHSIG

log = logging.getLogger(__name__)


class NodeLoop:
    """Runs Ray until it is stopped by a signal, and starts it again whenever it ends by itself.

    Args:
        command: Ray's command line.
        environment: Its variables.
        monotonic: A clock that never goes back, s.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], *, monotonic: Callable[[], float]
    ) -> None:
        self._command = list(command)
        self._environment = dict(environment)
        self._monotonic = monotonic
        self._stopping = False
        self._process = 0

    def run(self) -> int:
        """Run it, and return its exit status: that of a first start which failed, or 0 once it was stopped.

        Raises:
            UsageError: The program cannot be started.
        """
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        lived = False
        while True:
            begun_s = self._monotonic()
            status = self._once()
            lived = lived or self._monotonic() - begun_s > SOON_S
            if lived:
                self._pause()
            if self._is_stopping():
                return 0
            if not lived:
                return status
            log.warning("node_left_its_cluster", extra={"status": status})

    def _is_stopping(self) -> bool:
        return self._stopping

    def _once(self) -> int:
        try:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter
                self._command,
                env=self._environment,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - this process has one thread
            )
        except OSError as error:
            msg = f"{self._command[0]}: cannot be started ({error.strerror})"
            raise UsageError(msg) from error
        self._process = process.pid
        if self._is_stopping():  # the signal came while it was being started
            process.terminate()
        try:
            return process.wait()
        finally:
            self._process = 0

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True
        if self._process:
            with suppress(ProcessLookupError):
                os.kill(self._process, signal.SIGTERM)

    def _pause(self) -> None:
        end_s = self._monotonic() + AGAIN_S
        while not self._is_stopping() and self._monotonic() < end_s:
            time.sleep(STEP_S)


def _die_with_parent() -> None:
    """Let the system end this process with the one that started it, also if that is killed."""
    with suppress(OSError, AttributeError):  # a C library without it
        ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGTERM, 0, 0, 0)
