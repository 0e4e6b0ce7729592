"""Publishes camera status and place signals to an MQTT broker, which may be slow, unreachable or reject us."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from passerby.alerts.alert import Alert
from passerby.errors import PasserbyError
from passerby.health.status import CameraStatus
from passerby.measure.reading import Quantity
from passerby.outputs.mqtt.broker import Broker
from passerby.outputs.mqtt.home_assistant import (
    DeviceModel,
    OwnPlace,
    camera_device,
    device_topic,
    owner,
    place_device,
    states_of,
)
from passerby.outputs.mqtt.payload import alert_state, health, measured
from passerby.outputs.mqtt.sender import Sender
from passerby.signals.signal import PlaceSignal

KEEP_ALIVE_S: Final = 30
"""MQTT keep-alive, s: the broker reports that we are gone after one and a half of these."""
LONGEST_WAIT_S: Final = 60
"""Longest time between attempts to connect, s; the first retry follows after 1 s."""
_AT_LEAST_ONCE: Final = 1

log = logging.getLogger(__name__)


class MqttOutput:
    """Publishes camera status and place signals, retained; only the latest message of each topic waits.

    `status` and `signal` never block: a separate thread sends, one message at a time.

    Args:
        broker: The broker.
        sender: Which gateway this is.
        discovery_prefix: Topic prefix of Home Assistant's discovery; None = nothing is announced.
        every_s: Shortest time between two messages about a camera if only numbers differ; a new state is sent at once.
        clock: A monotonic clock, s.
    """

    def __init__(
        self,
        broker: Broker,
        *,
        sender: Sender,
        discovery_prefix: str | None = None,
        every_s: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._broker = broker
        self._sender = sender
        self._prefix = discovery_prefix
        self._every_s = every_s
        self._clock = clock
        self._counters = f"passerby/{sender.site}/counters/"
        self._counted: Callable[[str, bytes], None] | None = None
        self._published: dict[str, tuple[float, object]] = {}
        self._totals: dict[str, float] = {}
        self._measured: dict[str, list[tuple[Quantity, str, str]]] = {}
        self._has_place: Callable[[str], bool] = lambda _: True
        self._former: dict[str, OwnPlace] = {}
        self._kept: dict[str, bytes] = {sender.available_topic: b"online"}
        self._due: dict[str, None] = {}
        self._removed_s: dict[str, float] = {}
        self._put_back: set[str] = set()
        self._connected = self._outstanding = self._stopping = False
        self._failure = ""
        self._more = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self._client = self._made_client()

    @property
    def problem(self) -> str:
        """Why the broker cannot be reached, in one line that says what to do; "" = it is connected."""
        return self._failure

    def start(self, cameras: Iterable[str] = (), *, has_place: Callable[[str], bool] = lambda _: True) -> None:
        """Announce the site's cameras, and keep connecting.

        Args:
            cameras: Names; other cameras of this site that the broker still has are removed there.
            has_place: Returns whether the site measures at a place; what this gateway has announced of other places is
                removed from the broker and from Home Assistant.
        """
        with self._more:
            self._has_place = has_place
            for camera in cameras:
                self._announce_camera(camera)
        self._client.connect_async(self._broker.host, self._broker.port, KEEP_ALIVE_S)
        self._client.loop_start()
        self._thread.start()

    def listen_to_counters(self, counted: Callable[[str, bytes], None]) -> None:
        """Receive what external counters publish to passerby/SITE/counters/PLACE; call it before `start`.

        Args:
            counted: Called with place and message; a message that it rejects is logged.
        """
        self._counted = counted

    def stop(self, timeout_s: float = 2.0) -> None:
        """Publish that this gateway is offline if the broker is connected; safe to repeat or without `start`."""
        with self._more:
            self._stopping = True
            self._more.notify_all()
        if self._connected:
            with suppress(RuntimeError, ValueError):  # lost in this moment: the last will says the same
                self._client.publish(
                    self._sender.available_topic, b"offline", _AT_LEAST_ONCE, retain=True
                ).wait_for_publish(timeout_s)
        self._client.disconnect()
        self._client.loop_stop()

    def status(self, status: CameraStatus) -> None:
        """Publish a camera's status; announce the camera if it is new."""
        topic = self._sender.health_topic(status.camera)
        happening = status.state, status.redaction, status.faults
        with self._more:
            self._restore()
            last_s, last = self._published.get(topic, (float("-inf"), None))
            if last == happening and self._clock() - last_s < self._every_s:
                return
            self._published[topic] = self._clock(), happening
            self._announce_camera(status.camera)
            self._publish_retained(topic, health(status))

    def signal(self, signal: PlaceSignal) -> None:
        """Publish what was measured at a place; announce place and quantity when they are new."""
        topic = "/".join(filter(None, ["passerby", self._sender.site, signal.place, signal.quantity, signal.kind]))
        with self._more:
            if not self._has_place(signal.place):
                return  # of a window that ended after its place was removed
            self._totals[topic] = self._totals.get(topic, 0.0) + signal.value
            known = self._measured.setdefault(signal.place, [])
            if (what := (signal.quantity, signal.kind, topic)) not in known:
                known.append(what)
                device = place_device(self._sender, signal.place, known)
                self._announce(DeviceModel.PLACE, signal.place, device)
            self._publish_retained(topic, measured(signal, self._totals[topic]))

    def checkpoint(self, checkpoint: bytes) -> None:
        """Publish the newest checkpoint of the audit log: whoever stores it notices if the log is rewritten."""
        with self._more:
            self._publish_retained(self._sender.checkpoint_topic, checkpoint)

    def alert(self, alert: Alert, count: int) -> None:
        """Publish the state of a rule's alert.

        Args:
            alert: The worst open alert of the rule, or the last one.
            count: Number of open alerts of the rule.
        """
        with self._more:
            self._publish_retained(self._sender.alert_topic(alert.about.rule), alert_state(alert, count))

    def forget(self, camera: str) -> None:
        """Remove a camera that is no more from broker and Home Assistant."""
        topic = self._sender.health_topic(camera)
        with self._more:
            self._published.pop(topic, None)
            for each in (
                topic,
                *([device_topic(self._prefix, DeviceModel.CAMERA, self._sender.site, camera)] if self._prefix else []),
            ):
                self._publish_retained(each, b"")

    def forget_places(self) -> None:
        """Remove the places that are no more from broker and Home Assistant."""
        with self._more:
            for place in [each for each in self._measured if not self._has_place(each)]:
                for _, _, topic in self._measured.pop(place):
                    self._totals.pop(topic, None)
                    self._publish_retained(topic, b"")
                if self._prefix is not None:
                    self._publish_retained(device_topic(self._prefix, DeviceModel.PLACE, self._sender.site, place), b"")
                self._former.pop(place, None)
            for place in [each for each in self._former if not self._has_place(each)]:
                self._remove(self._former.pop(place))

    def _remove(self, former: OwnPlace) -> None:
        for topic in (former.topic, *former.states):
            self._publish_retained(topic, b"")

    def _announce_camera(self, camera: str) -> None:
        topic = self._sender.health_topic(camera)
        self._announce(DeviceModel.CAMERA, camera, camera_device(self._sender, camera, topic=topic))

    def _announce(self, model: DeviceModel, name: str, payload: bytes) -> None:
        if self._prefix is not None:
            topic = device_topic(self._prefix, model, self._sender.site, name)
            if self._kept.get(topic) != payload:
                self._publish_retained(topic, payload)

    def _publish_retained(self, topic: str, payload: bytes) -> None:
        """Store the message for a topic and send it; it stays on the broker."""
        self._kept[topic] = payload
        self._due[topic] = None
        self._more.notify_all()

    def _run(self) -> None:
        while True:
            with self._more:
                self._more.wait_for(lambda: self._stopping or (self._connected and self._due and not self._outstanding))
                if self._stopping:
                    return
                topic = next(iter(self._due))
                del self._due[topic]
                payload = self._kept[topic] or self._kept.pop(topic)
                self._outstanding = True
            self._client.publish(topic, payload, _AT_LEAST_ONCE, retain=True)

    def _made_client(self) -> paho.Client:
        client = paho.Client(CallbackAPIVersion.VERSION2)
        client.will_set(self._sender.available_topic, b"offline", _AT_LEAST_ONCE, retain=True)
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

        topics = [self._sender.available_topic]
        if self._prefix is not None:
            topics += [f"{self._prefix}/status", f"{self._prefix}/device/+/config"]
        if self._counted is not None:
            topics.append(f"{self._counters}+")
        client.subscribe([(topic, _AT_LEAST_ONCE) for topic in topics])
        with self._more:
            self._connected = True
            self._failure = ""
            self._due = dict.fromkeys(self._kept)
            self._more.notify_all()

        log.info("mqtt_connected", extra={"broker": self._name})

    def _on_connect_fail(self, _client: paho.Client, _data: object) -> None:
        self._fail("the broker cannot be reached, retrying; check host and port")

    def _on_disconnect(
        self, _client: paho.Client, _data: object, _flags: object, code: ReasonCode, _more: object
    ) -> None:
        if self._connected and not self._stopping:
            self._fail(f"the connection to the broker was lost ({code}), retrying")

    def _on_publish(self, _client: paho.Client, _data: object, _number: int, _code: object, _more: object) -> None:
        with self._more:
            self._outstanding = False
            self._more.notify_all()

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        """Take counts; announce again what others removed; remove what our site file no longer names."""
        topic = message.topic
        payload = bytes(message.payload)
        if topic.startswith(self._counters):
            self._count(topic.removeprefix(self._counters), payload)
            return
        with self._more:
            if topic == f"{self._prefix}/status":
                if payload == b"online":
                    self._due |= dict.fromkeys(self._kept)
            elif topic in self._kept:
                self._compare(topic, payload)
            elif self._prefix is not None:
                self._clean_up(topic, payload)
            self._more.notify_all()

    def _compare(self, topic: str, payload: bytes) -> None:
        """See what somebody did to an announcement of ours, or to our availability: a late last will, for one."""
        ours = self._kept[topic]
        if not ours or payload == ours or topic in self._due:
            return
        if payload and topic != self._sender.available_topic:
            found = owner(payload)
            if found is not None and found.sender.gateway != self._sender.gateway:
                extra = {"topic": topic, "reason": "another gateway has a camera or place of this name; rename one"}
                log.warning("mqtt_name_taken", extra=extra)
            return
        self._put_back.add(topic)
        self._restore()

    def _restore(self) -> None:
        """Send again what others removed, each topic at once but no more often than `every_s`."""
        now_s = self._clock()
        for topic in list(self._put_back):
            if now_s - self._removed_s.get(topic, float("-inf")) >= self._every_s:
                self._put_back.discard(topic)
                self._removed_s[topic] = now_s
                if topic in self._kept:
                    self._due[topic] = None
                    self._more.notify_all()

    def _clean_up(self, topic: str, payload: bytes) -> None:
        """Remove a camera or place that this gateway announced before, and that its site file no longer names."""
        found = owner(payload)
        if found is None or found.sender.gateway != self._sender.gateway:
            return
        before = found.sender
        if found.model is DeviceModel.PLACE:
            former = OwnPlace(topic, states_of(payload, found))
            if before.site == self._sender.site and self._has_place(found.name):
                self._former[found.name] = former  # it is announced anew when something is measured there
                return
            self._remove(former)
        else:
            self._publish_retained(topic, b"")
            self._publish_retained(before.health_topic(found.name), b"")
        if before.site != self._sender.site:
            self._publish_retained(before.available_topic, b"")

    def _count(self, place: str, message: bytes) -> None:
        try:
            if self._counted is not None:
                self._counted(place, message)
        except PasserbyError as error:
            log.warning("count_refused", extra={"reason": str(error)})

    def _fail(self, reason: str) -> None:
        with self._more:
            self._connected = False
        text = f"{self._name}: {reason}"
        if text != self._failure:
            log.warning("mqtt_disconnected", extra={"reason": text})
        self._failure = text

    @property
    def _name(self) -> str:
        return f"mqtt {self._broker.host}:{self._broker.port}"
