"""A server on the loopback interface that FFmpeg is sent to instead of a camera, so that it can be watched."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Final

_STALL_S: Final = 60.0
"""A client that takes nothing for so long is gone."""


class LoopbackServer:
    """Serves each connection to a free port in a thread of its own.

    Args:
        answer: Serves one connection; an OSError ends it.
        name: Of its threads.
    """

    def __init__(self, answer: Callable[[socket.socket], None], *, name: str) -> None:
        self._answer = answer
        self._name = name
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, name=name, daemon=True).start()

    @property
    def connections(self) -> int:
        """How many connections are open."""
        with self._lock:
            return len(self._open)

    def close(self) -> None:
        """End all connections; harmless when repeated."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for each in self._open:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), name=self._name, daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with self._lock:
            self._open.add(client)
        try:
            with client:
                client.settimeout(_STALL_S)
                self._answer(client)
        except OSError:
            return  # whoever it was is gone; FFmpeg reports what that means
        finally:
            with self._lock:
                self._open.discard(client)
