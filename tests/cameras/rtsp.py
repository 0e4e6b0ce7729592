"""RTSP cameras for tests: GStreamer's server in a process of its own, with faults on demand."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.program import started
from tests.sockets import free_port

PYTHON = "/usr/bin/python3"
"""Debian's: its `gi` fits no other."""

USER, PASSWORD = "viewer", "p@ss/w:rd"
_SERVER = Path(__file__).with_name("server.py")


class RtspServer:
    """A server of cameras (reels played in a loop) and of targets to publish to.

    Args:
        cameras: Reel of each camera, by name.
        targets: File for each target, by name; what is published there is appended, Annex B.
        password: What everybody is asked for, with user `USER`; "" = nobody is asked.
    """

    def __init__(
        self, cameras: dict[str, Path] | None = None, *, targets: dict[str, Path] | None = None, password: str = ""
    ) -> None:
        self._cameras = dict(cameras or {})
        self._targets = dict(targets or {})
        self._password = password
        self.port = free_port()
        self._running = ExitStack()
        try:
            self.start()
        except BaseException:
            self.kill()
            raise

    def start(self) -> None:
        """Start, or start again on the same port."""
        command = [PYTHON, _SERVER, str(self.port)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._process = self._running.enter_context(started(command, **pipes))
        self.port = self._answer()
        if self._password:
            self._do("login", USER, self._password)
        for name, reel in self._cameras.items():
            self._do("play", name, str(reel))
        for name, path in self._targets.items():
            self._do("record", name, str(path))

    def url(self, name: str) -> str:
        """Return the address of a camera or target, without password."""
        return f"rtsp://127.0.0.1:{self.port}/{name}"

    def freeze(self, name: str) -> None:
        """Send no more pictures of a camera; connections stay open."""
        self._do("mode", name, "freeze")

    def still(self, name: str) -> None:
        """Send the same picture again and again."""
        self._do("mode", name, "still")

    def thaw(self, name: str) -> None:
        """Go on after `freeze` and `still`."""
        self._do("mode", name, "play")

    def jump(self, name: str, seconds: float) -> None:
        """Shift a camera's timestamps from now on."""
        self._do("jump", name, seconds)

    def switch(self, name: str, reel: Path) -> None:
        """Go on with another reel: of another size in the same connection, of another codec in a new one."""
        self._cameras[name] = reel
        self._do("switch", name, str(reel))

    def drop(self) -> None:
        """Close every connection."""
        self._do("drop")

    def sent(self, name: str) -> dict[int, float]:
        """Return when (UTC epoch, s) each of a camera's last 300 pictures was sent, by its number in the reel."""
        return dict(self._do("sent", name))

    def clients(self) -> int:
        """Return how many connections there are."""
        return int(self._do("clients"))

    def pause(self) -> None:
        """Stop the whole server without closing anything, as when a cable is pulled."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on after `pause`."""
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End the server at once; harmless when repeated."""
        self._running.close()

    def _do(self, *command: object) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the RTSP server died: see its lines above")
        return json.loads(line)


def missing() -> str:
    """Return what is missing to run the server ("" = nothing)."""
    check = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
    if not os.access(PYTHON, os.X_OK):
        return f"{PYTHON} is absent"
    done = subprocess.run([PYTHON, "-c", check], capture_output=True, check=False)
    return "" if done.returncode == 0 else "GStreamer's RTSP server is not installed: see the list in .ci/run"
