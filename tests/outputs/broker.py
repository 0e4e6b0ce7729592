"""A real Mosquitto, with faults on demand, and somebody who listens to it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import threading
from contextlib import ExitStack
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from tests.program import started
from tests.sockets import free_port
from tests.waiting import PATIENCE_S, until

USER, PASSWORD = "gateway", "s3cret+/@"
MOSQUITTO = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class Mosquitto:
    """A broker of its own on a free port of this machine.

    Args:
        folder: Where its settings lie.
        closed: Whether it asks for `USER` and `PASSWORD`.
    """

    def __init__(self, folder: Path, *, closed: bool = False) -> None:
        self.port = free_port()
        lines = [f"listener {self.port} 127.0.0.1", f"allow_anonymous {str(not closed).lower()}", "persistence false"]
        if os.geteuid() == 0:
            lines.append("user root")  # or it may not read its files here
        if closed:
            subprocess.run(["mosquitto_passwd", "-b", "-c", folder / "users", USER, PASSWORD], check=True)
            lines.append(f"password_file {folder / 'users'}")
        self._settings = folder / "mosquitto.conf"
        self._settings.write_text("\n".join(lines) + "\n")
        self._running = ExitStack()
        try:
            self.start()
        except BaseException:
            self.kill()
            raise

    def start(self) -> None:
        """Start, or start again on the same port with nothing kept."""
        command = [MOSQUITTO, "-c", self._settings]
        self._process = self._running.enter_context(started(command, stderr=subprocess.DEVNULL))
        until(lambda: socket.create_connection(("127.0.0.1", self.port), 1).close() or True, not_yet=(OSError,))

    def kill(self) -> None:
        """End it at once; harmless when repeated."""
        self._running.close()

    def pause(self) -> None:
        """Let it answer nobody, with all connections open."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Go on after `pause`."""
        self._process.send_signal(signal.SIGCONT)


class Listener:
    """Somebody who hears all messages; `kept` is what the broker holds, or the last that was said."""

    def __init__(self, port: int) -> None:
        self.kept: dict[str, bytes] = {}
        self.heard: list[tuple[str, bytes]] = []
        self._subscribed = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.username_pw_set(USER, PASSWORD)
        self._client.on_message = self._hear
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.connect("127.0.0.1", port)
        self._client.subscribe("#", 1)
        self._client.loop_start()
        assert self._subscribed.wait(PATIENCE_S)

    def say(self, topic: str, payload: str, *, retain: bool = False) -> None:
        self._client.publish(topic, payload, 1, retain=retain).wait_for_publish(PATIENCE_S)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _hear(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        self.heard.append((message.topic, message.payload))
        self.kept[message.topic] = message.payload
