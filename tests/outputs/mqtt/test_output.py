"""Brokers hear how cameras do; whatever a broker does, cameras do not notice."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.alerts.made import finding, judged, rule
from tests.outputs.broker import MOSQUITTO, PASSWORD, USER, Listener, Mosquitto
from tests.sockets import free_port
from tests.waiting import eventually, until

from passerby.alerts.book import AlertBook
from passerby.errors import UsageError
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.measure.reading import Quantity
from passerby.media.fault import Fault
from passerby.outputs.mqtt.broker import Broker
from passerby.outputs.mqtt.output import MqttOutput
from passerby.outputs.mqtt.sender import Sender
from passerby.signals.signal import PlaceSignal

OK = CameraStatus(
    "door",
    CameraState.OK,
    redaction=Redaction.ACTIVE,
    fps=10.04,
    lag_ms=180.4,
    serviceability={"24h": 0.987},
    serviceability_over_s={"24h": 3600.0},
)
HALL = Sender("hall", "00112233aabbccdd", "1.2.3")
OTHER = replace(HALL, gateway="ffeeddccbbaa9988")
AVAILABLE = "passerby/hall/available/00112233aabbccdd"
HEALTH = "passerby/hall/door/health"
DEVICE = "homeassistant/device/passerby_camera_hall_door/config"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Callable[..., Mosquitto]]:
    if MOSQUITTO is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("Mosquitto is absent: apt-get install mosquitto")
    with ExitStack() as running:

        def start(**options) -> Mosquitto:
            made = Mosquitto(tmp_path, **options)
            running.callback(made.kill)
            running.callback(made.resume)
            return made

        yield start


@contextmanager
def telling(
    port: int,
    *,
    cameras=(),
    discovery_prefix: str | None = None,
    sender: Sender = HALL,
    has_place=lambda _: True,
    **settings,
) -> Iterator[MqttOutput]:
    own = {"clock", "every_s"}
    made = Broker("127.0.0.1", port, **{name: settings.pop(name) for name in list(settings) if name not in own})
    output = MqttOutput(made, sender=sender, discovery_prefix=discovery_prefix, **settings)
    output.start(cameras, has_place=has_place)
    try:
        yield output
    finally:
        output.stop()


@contextmanager
def listening(server: Mosquitto) -> Iterator[Listener]:
    listener = Listener(server.port)
    try:
        yield listener
    finally:
        listener.close()


def measured(value: float, quantity: Quantity = Quantity.DENSITY, kind: str = "") -> PlaceSignal:
    return PlaceSignal(
        site="hall",
        place="north exit",
        quantity=quantity,
        kind=kind,
        value=value,
        window_start=NOON - timedelta(seconds=10),
        window_end=NOON,
        coverage=0.98,
        estimator="tracks",
    )


def test_a_camera_s_health_is_told_and_kept_in_the_agreed_form(broker):
    server = broker()
    with telling(server.port) as output, listening(server) as listener:
        output.status(OK)
        until(lambda: listener.kept.get(HEALTH))
        assert json.loads(listener.kept[HEALTH]) == {
            "state": "ok",
            "fps": 10.0,
            "redaction": "active",
            "lag_ms": 180,
            "faults": [],
            "serviceability": 0.987,
            "serviceability_over_s": 3600,
        }
        eventually(lambda: listener.kept.get(AVAILABLE), b"online")
        with listening(server) as late:
            until(lambda: late.kept.get(HEALTH))
        output.status(replace(OK, state=CameraState.DEGRADED, faults=frozenset({Fault.DARK, Fault.BLURRED})))
        until(lambda: b"degraded" in listener.kept[HEALTH])
        assert json.loads(listener.kept[HEALTH])["faults"] == ["blurred", "dark"]
    assert not any(topic.startswith("homeassistant") for topic, _ in listener.heard)


def test_numbers_are_told_now_and_then_and_a_changed_state_at_once(broker):
    server = broker()
    now = [0.0]
    with telling(server.port, clock=lambda: now[0]) as output, listening(server) as listener:
        for number in range(50):
            output.status(replace(OK, fps=float(number)))
        until(lambda: listener.kept.get(HEALTH))
        output.status(replace(OK, state=CameraState.NO_PICTURE))
        until(lambda: b"no_picture" in listener.kept[HEALTH])
        output.status(OK)
        now[0] = 10.0
        output.status(replace(OK, fps=7))
        until(lambda: b"7" in listener.kept[HEALTH])
        assert sum(topic == HEALTH for topic, _ in listener.heard) <= 4


def test_the_broker_says_that_we_are_gone_when_we_stop_and_when_we_die(broker):
    server = broker()
    with listening(server) as listener:
        with telling(server.port):
            until(lambda: listener.kept.get(AVAILABLE) == b"online")
        until(lambda: listener.kept[AVAILABLE] == b"offline")
        with telling(server.port) as output:
            until(lambda: listener.kept.get(AVAILABLE) == b"online")
            output._client._client.socket().shutdown(socket.SHUT_RDWR)  # as a kill does
            until(lambda: (AVAILABLE, b"offline") in listener.heard[-3:])
            until(lambda: listener.kept[AVAILABLE] == b"online")


def test_cameras_appear_in_home_assistant_by_themselves(broker):
    server = broker()
    with telling(server.port, discovery_prefix="homeassistant", cameras=["door", "gate.2"]), listening(server) as heard:
        until(lambda: len([topic for topic in heard.kept if topic.startswith("homeassistant")]) == 2)
        told = json.loads(heard.kept[DEVICE])
        assert told["dev"] | {"ids": []} == {
            "ids": [],
            "name": "door",
            "mf": "passerby",
            "mdl": "camera",
            "sw": "1.2.3",
            "sa": "hall",
        }
        assert told["o"] == {"name": "passerby", "sw": "1.2.3"}
        assert told["avty_t"] == AVAILABLE
        parts = told["cmps"]
        assert {part["p"] for part in parts.values()} == {"sensor", "binary_sensor"}
        assert len({part["unique_id"] for part in parts.values()}) == len(parts)
        assert parts["state"]["options"] == [*CameraState]
        assert parts["fps"] | {"unique_id": ""} == {
            "p": "sensor",
            "name": "Fps",
            "unique_id": "",
            "state_topic": HEALTH,
            "value_template": "{{ value_json.fps }}",
            "state_class": "measurement",
            "unit_of_measurement": "fps",
            "icon": "mdi:speedometer",
            "ent_cat": "diagnostic",
        }


def test_all_is_announced_again_when_home_assistant_starts(broker):
    server = broker()
    with (
        telling(server.port, discovery_prefix="homeassistant", cameras=["door"]) as output,
        listening(server) as heard,
    ):
        output.status(OK)
        until(lambda: heard.kept.get(HEALTH) and heard.kept.get(DEVICE))
        heard.heard.clear()
        heard.say("homeassistant/status", "online")
        until(lambda: {DEVICE, HEALTH} <= {topic for topic, _ in heard.heard})


def test_a_camera_that_is_no_more_is_removed_also_one_that_went_while_we_were_away(broker):
    server = broker()
    with listening(server) as heard:
        with telling(server.port, discovery_prefix="homeassistant", cameras=["door", "gate"]) as output:
            output.status(OK)
            output.status(replace(OK, camera="gate"))
            until(lambda: heard.kept.get(HEALTH) and heard.kept.get("passerby/hall/gate/health"))
            output.forget("gate")
            until(lambda: heard.kept["passerby/hall/gate/health"] == b"")
            until(lambda: heard.kept["homeassistant/device/passerby_camera_hall_gate/config"] == b"")
        heard.say("homeassistant/device/another/config", '{"o": {"name": "zigbee2mqtt"}}', retain=True)
        heard.heard.clear()
        with telling(server.port, discovery_prefix="homeassistant", cameras=["roof"]):
            until(lambda: heard.kept[DEVICE] == b"" and heard.kept[HEALTH] == b"")
        assert heard.kept["homeassistant/device/another/config"]


def test_an_announced_camera_is_not_removed_by_its_own_restart(broker):
    server = broker()
    with listening(server) as heard:
        for _ in range(2):
            with telling(server.port, discovery_prefix="homeassistant", cameras=["door"]):
                until(lambda: heard.kept.get(AVAILABLE) == b"online")
                until(lambda: heard.kept.get(DEVICE))
            until(lambda: heard.kept[AVAILABLE] == b"offline")
        assert (DEVICE, b"") not in heard.heard


GATE_DEVICE = "homeassistant/device/passerby_camera_hall_gate/config"


def test_two_gateways_of_one_site_leave_each_other_alone(broker):
    server = broker()
    with listening(server) as heard:
        with telling(server.port, discovery_prefix="homeassistant", cameras=["door"]) as output:
            until(lambda: heard.kept.get(DEVICE))
            with telling(server.port, discovery_prefix="homeassistant", cameras=["gate"], sender=OTHER) as other:
                until(lambda: heard.kept.get(GATE_DEVICE))
                output.status(OK)
                other.status(replace(OK, camera="gate"))
                until(lambda: heard.kept.get(HEALTH) and heard.kept.get("passerby/hall/gate/health"))
                assert json.loads(heard.kept[DEVICE])["avty_t"] == AVAILABLE
                assert json.loads(heard.kept[GATE_DEVICE])["avty_t"] == OTHER.available_topic
            until(lambda: heard.kept[OTHER.available_topic] == b"offline")
            with telling(server.port, discovery_prefix="homeassistant", cameras=["gate"], sender=OTHER):
                until(lambda: heard.kept[OTHER.available_topic] == b"online")
            assert heard.kept[AVAILABLE] == b"online"
        removed = [topic for topic, payload in heard.heard if not payload]
        assert removed == []
        assert (AVAILABLE, b"offline") not in heard.heard[: heard.heard.index((OTHER.available_topic, b"offline"))]


def test_two_sites_on_one_broker_leave_each_other_alone(broker):
    server = broker()
    station = Sender("station", "0123456789abcdef", "1.2.3")
    theirs = "homeassistant/device/passerby_camera_station_door/config"
    with (
        listening(server) as heard,
        telling(server.port, discovery_prefix="homeassistant", cameras=["door"]) as output,
    ):
        for _ in range(2):  # a start and a restart
            with telling(server.port, discovery_prefix="homeassistant", cameras=["door"], sender=station) as other:
                output.status(OK)
                other.status(replace(OK, state=CameraState.NO_PICTURE))
                until(lambda: heard.kept.get(theirs) and heard.kept.get(DEVICE))
                until(lambda: heard.kept.get(HEALTH) and heard.kept.get("passerby/station/door/health"))
            until(lambda: heard.kept[station.available_topic] == b"offline")
        assert heard.kept[AVAILABLE] == b"online"
        assert b'"ok"' in heard.kept[HEALTH]
        assert [topic for topic, payload in heard.heard if not payload] == []


def test_what_somebody_else_removes_is_announced_again_but_not_in_a_storm(broker):
    server = broker()
    now = [0.0]
    with (
        telling(server.port, discovery_prefix="homeassistant", cameras=["door"], clock=lambda: now[0]) as output,
        listening(server) as heard,
    ):
        output.signal(measured(1.9))
        place = "homeassistant/device/passerby_place_hall_north-20exit/config"
        until(lambda: heard.kept.get(DEVICE) and heard.kept.get(place))
        for topic in (DEVICE, place, AVAILABLE):
            now[0] += 10
            heard.say(topic, "", retain=True)
            until(lambda topic=topic: heard.kept[topic])
        heard.say(DEVICE, "", retain=True)
        until(lambda: heard.kept[DEVICE])
        for _ in range(20):
            heard.say(DEVICE, "", retain=True)
        until(lambda: DEVICE in output._put_back)
        times = len([payload for topic, payload in heard.heard if topic == DEVICE and payload])
        assert times <= 4
        now[0] += 10
        output.status(OK)
        until(lambda: heard.kept[DEVICE])


def test_a_late_last_will_does_not_leave_a_gateway_that_runs_offline(broker):
    server = broker()
    with telling(server.port), listening(server) as heard:
        until(lambda: heard.kept.get(AVAILABLE) == b"online")
        heard.say(AVAILABLE, "offline", retain=True)  # as a broker does for a connection that was lost before
        eventually(
            lambda: [payload for topic, payload in list(heard.heard) if topic == AVAILABLE][-2:],
            [b"offline", b"online"],
        )


def test_a_camera_of_one_name_at_two_gateways_is_logged(broker, caplog):
    server = broker()
    with (
        telling(server.port, discovery_prefix="homeassistant", cameras=["door"]) as first,
        listening(server) as heard,
    ):
        until(lambda: heard.kept.get(DEVICE))
        with telling(server.port, discovery_prefix="homeassistant", cameras=["door"], sender=OTHER):
            until(lambda: "mqtt_name_taken" in caplog.text)
        assert not first.problem


def test_what_was_announced_under_the_sites_former_name_is_removed(broker):
    server = broker()
    hallway = replace(HALL, site="hallway")
    with listening(server) as heard:
        with telling(server.port, discovery_prefix="homeassistant", cameras=["door"]) as output:
            output.status(OK)
            until(lambda: heard.kept.get(DEVICE) and heard.kept.get(HEALTH))
        with telling(server.port, discovery_prefix="homeassistant", cameras=["door"], sender=hallway):
            until(lambda: heard.kept[DEVICE] == heard.kept[HEALTH] == heard.kept[AVAILABLE] == b"")


def test_signals_of_places_are_told_with_unit_window_and_coverage(broker):
    server = broker()
    with telling(server.port, discovery_prefix="homeassistant") as output, listening(server) as heard:
        output.signal(measured(1.9))
        until(lambda: heard.kept.get("passerby/hall/north exit/density"))
        assert json.loads(heard.kept["passerby/hall/north exit/density"]) == {
            "value": 1.9,
            "unit": "1/m2",
            "window_s": 10.0,
            "coverage": 0.98,
            "ts": "2026-11-22T12:00:00Z",
        }
        for value in (3, 2):
            output.signal(measured(value, Quantity.CROSSINGS_IN, "bicycle"))
        topic = "passerby/hall/north exit/crossings_in/bicycle"
        until(lambda: b'"total": 5' in heard.kept.get(topic, b""))
        place = "homeassistant/device/passerby_place_hall_north-20exit/config"
        until(lambda: b"bicycle" in heard.kept.get(place, b""))
        parts = json.loads(heard.kept[place])["cmps"]
        assert parts["density"]["unit_of_measurement"] == "1/m2"
        assert parts["density"]["state_class"] == "measurement"
        assert parts["crossings_in_bicycle"]["state_class"] == "total_increasing"
        assert parts["crossings_in_bicycle"]["value_template"] == "{{ value_json.total }}"


NORTH_DEVICE = "homeassistant/device/passerby_place_hall_north-20exit/config"
NORTH = "passerby/hall/north exit/density"


def test_a_place_that_is_no_more_is_removed_also_one_that_went_while_we_were_away(broker):
    server = broker()
    places = {"north exit"}
    with listening(server) as heard:
        with telling(server.port, discovery_prefix="homeassistant", has_place=places.__contains__) as output:
            output.signal(measured(1.9))
            until(lambda: heard.kept.get(NORTH_DEVICE) and heard.kept.get(NORTH))
            places.clear()
            output.forget_places()
            until(lambda: heard.kept[NORTH_DEVICE] == heard.kept[NORTH] == b"")
            output.signal(measured(2.0))  # of a window that ended later
            places.add("north exit")
            output.signal(measured(3.0, Quantity.CROSSINGS_IN))
            until(lambda: b"crossings_in" in heard.kept[NORTH_DEVICE])
            assert heard.kept[NORTH] == b""
            output.signal(measured(1.9))
            until(lambda: heard.kept[NORTH])
        with telling(server.port, discovery_prefix="homeassistant", has_place=places.__contains__) as output:
            until(lambda: heard.kept[AVAILABLE] == b"online")
            output.forget_places()  # nothing is measured yet, and it stays
            output.checkpoint(b"1")
            until(lambda: heard.kept.get(HALL.checkpoint_topic))
            assert heard.kept[NORTH_DEVICE]
            places.clear()
            output.forget_places()
            until(lambda: heard.kept[NORTH_DEVICE] == heard.kept[NORTH] == b"")
        with telling(server.port, discovery_prefix="homeassistant") as output:
            output.signal(measured(1.9))
            until(lambda: heard.kept[NORTH_DEVICE] and heard.kept[NORTH])
        with telling(server.port, discovery_prefix="homeassistant", has_place=lambda _: False):
            until(lambda: heard.kept[NORTH_DEVICE] == heard.kept[NORTH] == b"")


def test_places_of_other_gateways_and_programs_stay(broker):
    server = broker()
    with listening(server) as heard:
        with telling(server.port, discovery_prefix="homeassistant", sender=OTHER) as other:
            other.signal(measured(1.9))
            until(lambda: heard.kept.get(NORTH_DEVICE) and heard.kept.get(NORTH))
        with telling(server.port, discovery_prefix="homeassistant", has_place=lambda _: False) as output:
            output.checkpoint(b"1")
            until(lambda: heard.kept.get(HALL.checkpoint_topic))
            output.forget_places()
            output.checkpoint(b"2")
            until(lambda: heard.kept[HALL.checkpoint_topic] == b"2")
        assert heard.kept[NORTH_DEVICE]
        assert heard.kept[NORTH]


def test_the_newest_checkpoint_of_the_audit_log_stays_on_the_broker(broker):
    server = broker()
    with telling(server.port) as output, listening(server) as listener:
        output.checkpoint(b"older")
        output.checkpoint(b"hall/audit\n7\n")
        until(lambda: listener.kept.get(HALL.checkpoint_topic) == b"hall/audit\n7\n")


def test_gateways_of_one_site_replace_neither_alerts_nor_checkpoints_of_each_other(broker):
    """Each judges its own cameras by rules of the same names, and has an audit log of its own."""
    book = AlertBook(UTC)
    judged(book, finding(rule(name="full")))
    (alert,) = book.open()
    server = broker()
    with telling(server.port) as first, telling(server.port, sender=OTHER) as second, listening(server) as listener:
        for output, checkpoint, count in ((first, b"one", 1), (second, b"two", 2)):
            output.checkpoint(checkpoint)
            output.alert(alert, count)
        for sender, checkpoint, count in ((HALL, b"one", 1), (OTHER, b"two", 2)):
            until(lambda: listener.kept.get(sender.checkpoint_topic) == checkpoint)  # noqa: B023 - called at once
            told = json.loads(until(lambda: listener.kept.get(sender.alert_topic("full"))))  # noqa: B023 - as above
            assert told["count"] == count


def test_user_and_password_are_used_and_a_refusal_is_told_without_them(broker, caplog):
    server = broker(closed=True)
    with telling(server.port, username=USER, password=PASSWORD) as output:
        until(lambda: output._client._connected)
        eventually(lambda: output.problem, "")
    wrong = "wrong-one"
    with telling(server.port, username=USER, password=wrong) as output:
        until(lambda: output.problem)
        assert "the broker rejected the sign-in" in output.problem
        assert "check username and password" in output.problem
        assert wrong not in output.problem + caplog.text + repr(output._client._broker)


def test_a_broker_that_comes_back_hears_the_latest_of_everything(broker):
    server = broker()
    with telling(server.port) as output:
        until(lambda: output._client._connected)
        server.kill()
        until(lambda: output.problem)
        for state in CameraState:
            output.status(replace(OK, state=state))
        output.status(OK)
        server.start()
        with listening(server) as heard:
            until(lambda: b'"ok"' in heard.kept.get(HEALTH, b""))
            eventually(lambda: heard.kept.get(AVAILABLE), b"online")
        eventually(lambda: output.problem, "")


@pytest.mark.parametrize("how", ["paused", "silent", "closed"])
def test_a_broker_that_does_not_answer_holds_up_nobody_and_costs_no_memory(broker, how: str):
    with ExitStack() as stack:
        if how == "paused":
            server = broker()
            port = server.port
        else:
            silent = stack.enter_context(socket.create_server(("127.0.0.1", free_port())))
            port = silent.getsockname()[1]
        if how == "closed":
            silent.close()
        with telling(port, discovery_prefix="homeassistant", cameras=["door"]) as output:
            if how == "paused":
                until(lambda: output._client._connected)
                server.pause()
            longest_s = 0.0
            for number in range(3000):
                began = time.monotonic()
                output.status(replace(OK, state=list(CameraState)[number % 3]))
                longest_s = max(longest_s, time.monotonic() - began)
            assert longest_s < 5
            assert len(output._client._due) <= 4
            assert len(output._client._client._out_messages) <= 1
            began = time.monotonic()
        assert time.monotonic() - began < 20


def test_stopping_without_a_start_is_harmless():
    MqttOutput(Broker("127.0.0.1"), sender=HALL).stop()


def test_counters_are_heard_and_what_is_refused_harms_nobody(broker, caplog):
    server = broker()
    heard = []

    def counted(place, message):
        heard.append((place, message))
        if message == b"bad":
            raise UsageError("counter 'gate': the message is not JSON")

    made = MqttOutput(Broker("127.0.0.1", server.port), sender=HALL)
    made.listen_to_counters(counted)
    made.start()
    try:
        with listening(server) as listener:
            until(lambda: listener.kept.get(AVAILABLE) == b"online")  # the broker took the subscription before
            for message in (b"bad", b"good"):
                listener.say("passerby/hall/counters/gate", message)
            until(lambda: len(heard) == 2)
    finally:
        made.stop()
    assert heard == [("gate", b"bad"), ("gate", b"good")]
    assert "count_refused" in caplog.text


def test_the_state_of_an_alert_rule_is_kept_by_the_broker(broker):
    book = AlertBook(UTC)
    judged(book, finding(rule(name="full")))
    (alert,) = book.open()
    made = broker()
    output = MqttOutput(Broker("127.0.0.1", made.port), sender=HALL)
    output.start()
    try:
        output.alert(alert, 3)
        with listening(made) as listener:
            told = json.loads(until(lambda: listener.kept.get("passerby/hall/alerts/00112233aabbccdd/full")))
    finally:
        output.stop()
    assert told == {
        "id": alert.id,
        "state": "raised",
        "severity": "red",
        "kind": "condition",
        "where": ["place hall"],
        "active": True,
        "count": 3,
        "drill": False,
    }
