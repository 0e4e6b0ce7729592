"""A connection to an MQTT broker that may be slow, unreachable or reject us: the latest message of each topic waits."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from passerby.outputs.mqtt.broker import Broker

KEEP_ALIVE_S: Final = 30
"""MQTT keep-alive, s: the broker reports that we are gone after one and a half of these."""
LONGEST_WAIT_S: Final = 60
"""Longest time between attempts to connect, s; the first retry follows after 1 s."""
_AT_LEAST_ONCE: Final = 1

log = logging.getLogger(__name__)


class RetainedClient:
    """Publishes retained messages; a separate thread sends them, one at a time, and all of them after a reconnect.

    Args:
        broker: The broker.
        available_topic: Where `online` and `offline` are published; the broker publishes `offline` if we are gone.
        received: Called with topic and payload of each message of the topics in `listen_to`.
    """

    def __init__(self, broker: Broker, *, available_topic: str, received: Callable[[str, bytes], None]) -> None:
        self._broker = broker
        self._available_topic = available_topic
        self._received = received
        self._topics = [available_topic]
        self._kept: dict[str, bytes] = {available_topic: b"online"}
        self._due: dict[str, None] = {}
        self._connected = self._outstanding = self._stopping = False
        self._failure = ""
        self.busy: Final = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self._client = self._made_client()

    @property
    def problem(self) -> str:
        """Why the broker cannot be reached, in one line that says what to do; "" = it is connected."""
        return self._failure

    def listen_to(self, topic: str) -> None:
        """Receive the messages of a topic, which may have wildcards; call it before `start`."""
        self._topics.append(topic)

    def start(self) -> None:
        """Keep connecting."""
        self._client.connect_async(self._broker.host, self._broker.port, KEEP_ALIVE_S)
        self._client.loop_start()
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Publish that this gateway is offline if the broker is connected; safe to repeat or without `start`."""
        with self.busy:
            self._stopping = True
            self.busy.notify_all()
        if self._connected:
            with suppress(RuntimeError, ValueError):  # lost in this moment: the last will says the same
                self._client.publish(self._available_topic, b"offline", _AT_LEAST_ONCE, retain=True).wait_for_publish(
                    timeout_s
                )
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: bytes) -> None:
        """Store the message of a topic and send it; it stays on the broker. An empty one removes what is there."""
        with self.busy:
            self._kept[topic] = payload
            self._due[topic] = None
            self.busy.notify_all()

    def published(self, topic: str) -> bytes | None:
        """Return the latest message of a topic; None = there is none."""
        return self._kept.get(topic)

    def waits(self, topic: str) -> bool:
        """Return whether the message of a topic still has to be sent."""
        return topic in self._due

    def repeat(self, topic: str) -> None:
        """Send the message of a topic again, if there is one."""
        with self.busy:
            if topic in self._kept:
                self._due[topic] = None
                self.busy.notify_all()

    def repeat_all(self) -> None:
        """Send the messages of all topics again."""
        with self.busy:
            self._due |= dict.fromkeys(self._kept)
            self.busy.notify_all()

    def _run(self) -> None:
        while True:
            with self.busy:
                self.busy.wait_for(lambda: self._stopping or (self._connected and self._due and not self._outstanding))
                if self._stopping:
                    return
                topic = next(iter(self._due))
                del self._due[topic]
                payload = self._kept[topic] or self._kept.pop(topic)
                self._outstanding = True
            self._client.publish(topic, payload, _AT_LEAST_ONCE, retain=True)

    def _made_client(self) -> paho.Client:
        client = paho.Client(CallbackAPIVersion.VERSION2)
        client.will_set(self._available_topic, b"offline", _AT_LEAST_ONCE, retain=True)
        client.reconnect_delay_set(1, LONGEST_WAIT_S)
        if self._broker.username:
            client.username_pw_set(self._broker.username, self._broker.password)
        if self._broker.tls:
            client.tls_set()
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        return client

    def _on_connect(self, client: paho.Client, _data: object, _flags: object, code: ReasonCode, _more: object) -> None:
        if code.is_failure:
            self._fail(f"the broker rejected the sign-in ({code}); check username and password")
            return

        client.subscribe([(topic, _AT_LEAST_ONCE) for topic in self._topics])
        with self.busy:
            self._connected = True
            self._failure = ""
            self._due = dict.fromkeys(self._kept)
            self.busy.notify_all()

        log.info("mqtt_connected", extra={"broker": self._name})

    def _on_connect_fail(self, _client: paho.Client, _data: object) -> None:
        self._fail("the broker cannot be reached, retrying; check host and port")

    def _on_disconnect(
        self, _client: paho.Client, _data: object, _flags: object, code: ReasonCode, _more: object
    ) -> None:
        if self._connected and not self._stopping:
            self._fail(f"the connection to the broker was lost ({code}), retrying")

    def _on_publish(self, _client: paho.Client, _data: object, _number: int, _code: object, _more: object) -> None:
        with self.busy:
            self._outstanding = False
            self.busy.notify_all()

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        self._received(message.topic, bytes(message.payload))

    def _fail(self, reason: str) -> None:
        with self.busy:
            self._connected = False
        text = f"{self._name}: {reason}"
        if text != self._failure:
            log.warning("mqtt_disconnected", extra={"reason": text})
        self._failure = text

    @property
    def _name(self) -> str:
        return f"mqtt {self._broker.host}:{self._broker.port}"
