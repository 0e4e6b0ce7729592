"""Publishes camera status, place signals and alerts to an MQTT broker, and announces them to Home Assistant."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable

from passerby.alerts.alert import Alert
from passerby.errors import PasserbyError
from passerby.health.status import CameraStatus
from passerby.measure.reading import Quantity
from passerby.outputs.mqtt.broker import Broker
from passerby.outputs.mqtt.client import RetainedClient
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

log = logging.getLogger(__name__)


class MqttOutput:
    """Publishes camera status and place signals, retained; only the latest message of each topic waits.

    `status` and `signal` never block.

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
        self._removed_s: dict[str, float] = {}
        self._put_back: set[str] = set()
        self._client = RetainedClient(broker, available_topic=sender.available_topic, received=self._receive)
        self._busy = self._client.busy
        if discovery_prefix is not None:
            self._client.listen_to(f"{discovery_prefix}/status")
            self._client.listen_to(f"{discovery_prefix}/device/+/config")

    @property
    def problem(self) -> str:
        """Why the broker cannot be reached, in one line that says what to do; "" = it is connected."""
        return self._client.problem

    def start(self, cameras: Iterable[str] = (), *, has_place: Callable[[str], bool] = lambda _: True) -> None:
        """Announce the site's cameras, and keep connecting.

        Args:
            cameras: Names; other cameras of this site that the broker still has are removed there.
            has_place: Returns whether the site measures at a place; what this gateway has announced of other places is
                removed from the broker and from Home Assistant.
        """
        with self._busy:
            self._has_place = has_place
            for camera in cameras:
                self._announce_camera(camera)
        self._client.start()

    def listen_to_counters(self, counted: Callable[[str, bytes], None]) -> None:
        """Receive what external counters publish to passerby/SITE/counters/PLACE; call it before `start`.

        Args:
            counted: Called with place and message; a message that it rejects is logged.
        """
        self._counted = counted
        self._client.listen_to(f"{self._counters}+")

    def stop(self, timeout_s: float = 2.0) -> None:
        """Publish that this gateway is offline if the broker is connected; safe to repeat or without `start`."""
        self._client.stop(timeout_s)

    def status(self, status: CameraStatus) -> None:
        """Publish a camera's status; announce the camera if it is new."""
        topic = self._sender.health_topic(status.camera)
        happening = status.state, status.redaction, status.faults
        with self._busy:
            self._restore()
            last_s, last = self._published.get(topic, (float("-inf"), None))
            if last == happening and self._clock() - last_s < self._every_s:
                return
            self._published[topic] = self._clock(), happening
            self._announce_camera(status.camera)
            self._client.publish(topic, health(status))

    def signal(self, signal: PlaceSignal) -> None:
        """Publish what was measured at a place; announce place and quantity when they are new."""
        topic = "/".join(filter(None, ["passerby", self._sender.site, signal.place, signal.quantity, signal.kind]))
        with self._busy:
            if not self._has_place(signal.place):
                return  # of a window that ended after its place was removed
            self._totals[topic] = self._totals.get(topic, 0.0) + signal.value
            known = self._measured.setdefault(signal.place, [])
            if (what := (signal.quantity, signal.kind, topic)) not in known:
                known.append(what)
                device = place_device(self._sender, signal.place, known)
                self._announce(DeviceModel.PLACE, signal.place, device)
            self._client.publish(topic, measured(signal, self._totals[topic]))

    def checkpoint(self, checkpoint: bytes) -> None:
        """Publish the newest checkpoint of the audit log: whoever stores it notices if the log is rewritten."""
        with self._busy:
            self._client.publish(self._sender.checkpoint_topic, checkpoint)

    def alert(self, alert: Alert, count: int) -> None:
        """Publish the state of a rule's alert.

        Args:
            alert: The worst open alert of the rule, or the last one.
            count: Number of open alerts of the rule.
        """
        with self._busy:
            self._client.publish(self._sender.alert_topic(alert.about.rule), alert_state(alert, count))

    def forget(self, camera: str) -> None:
        """Remove a camera that is no more from broker and Home Assistant."""
        topic = self._sender.health_topic(camera)
        with self._busy:
            self._published.pop(topic, None)
            for each in (
                topic,
                *([device_topic(self._prefix, DeviceModel.CAMERA, self._sender.site, camera)] if self._prefix else []),
            ):
                self._client.publish(each, b"")

    def forget_places(self) -> None:
        """Remove the places that are no more from broker and Home Assistant."""
        with self._busy:
            for place in [each for each in self._measured if not self._has_place(each)]:
                for _, _, topic in self._measured.pop(place):
                    self._totals.pop(topic, None)
                    self._client.publish(topic, b"")
                if self._prefix is not None:
                    self._client.publish(device_topic(self._prefix, DeviceModel.PLACE, self._sender.site, place), b"")
                self._former.pop(place, None)
            for place in [each for each in self._former if not self._has_place(each)]:
                self._remove(self._former.pop(place))

    def _remove(self, former: OwnPlace) -> None:
        for topic in (former.topic, *former.states):
            self._client.publish(topic, b"")

    def _announce_camera(self, camera: str) -> None:
        topic = self._sender.health_topic(camera)
        self._announce(DeviceModel.CAMERA, camera, camera_device(self._sender, camera, topic=topic))

    def _announce(self, model: DeviceModel, name: str, payload: bytes) -> None:
        if self._prefix is not None:
            topic = device_topic(self._prefix, model, self._sender.site, name)
            if self._client.published(topic) != payload:
                self._client.publish(topic, payload)

    def _receive(self, topic: str, payload: bytes) -> None:
        """Take counts; announce again what others removed; remove what our site file no longer names."""
        if topic.startswith(self._counters):
            self._count(topic.removeprefix(self._counters), payload)
            return
        with self._busy:
            ours = self._client.published(topic)
            if topic == f"{self._prefix}/status":
                if payload == b"online":
                    self._client.repeat_all()
            elif ours is not None:
                self._compare(topic, ours, payload)
            elif self._prefix is not None:
                self._clean_up(topic, payload)

    def _compare(self, topic: str, ours: bytes, payload: bytes) -> None:
        """See what somebody did to an announcement of ours, or to our availability: a late last will, for one."""
        if not ours or payload == ours or self._client.waits(topic):
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
                self._client.repeat(topic)

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
            self._client.publish(topic, b"")
            self._client.publish(before.health_topic(found.name), b"")
        if before.site != self._sender.site:
            self._client.publish(before.available_topic, b"")

    def _count(self, place: str, message: bytes) -> None:
        try:
            if self._counted is not None:
                self._counted(place, message)
        except PasserbyError as error:
            log.warning("count_refused", extra={"reason": str(error)})
