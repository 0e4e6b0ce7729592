"""Alerts of a running site: from closed windows and camera states to messages, whatever the database and clock do."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager

import pytest
from tests.alerts.made import NOON_S
from tests.outputs.notify.test_notify import SECRET, Hook
from tests.waiting import until

from passerby.alerts.alert import AlertState
from passerby.alerts.handling import Deed
from passerby.errors import SettingError
from passerby.gateway import alerting
from passerby.gateway.alert_publisher import AlertPublisher
from passerby.gateway.alerting import Alerting
from passerby.gateway.alerting_state import AlertingState
from passerby.gateway.site_signals import SiteSignals
from passerby.health.status import CameraState, CameraStatus, Redaction
from passerby.measure.reading import Quantity, Reading
from passerby.settings.load import load_site
from passerby.settings.site.alerts import AlertSettings

SITE = """
site: arena
state_folder: state
cameras:
  - name: door
    address: simulation:plaza
    purpose: See that alerts are raised.
    legal_basis: consent
    places: door.yaml
  - {name: side, address: simulation:plaza, purpose: As the other one., legal_basis: consent}
  - {name: back, address: simulation:plaza, purpose: As the other one., legal_basis: consent}
signals:
  counters: [{place: turnstile}]
alerts:
  contacts: [{name: duty, type: webhook, address: HOOK, secret: SECRET}]
  inform: [duty]
  rules:
    - {name: track, type: zone_entry, places: [track]}
    - {name: full, type: capacity, places: [floor], limit: 5, hold_s: 2, not_observed_s: 30}
    - {name: fault, type: camera_fault, hold_s: 0}
    - {name: clock, type: clock}
    - {name: disk, type: disk, limit: 0.000001}
"""
PLACES = """
picture_px: [640, 360]
zones:
  - {name: floor, corners_px: [[0, 0], [640, 0], [640, 360], [0, 360]]}
  - {name: track, corners_px: [[0, 0], [640, 0], [640, 360], [0, 360]], hazard: true}
"""


class Cameras:
    """One camera that measures what it is told, and is as it is told."""

    def __init__(self):
        self.said = None
        self.state = CameraState.OK

    def statuses(self):
        return [CameraStatus(name, self.state, NOON_S, Redaction.ACTIVE) for name in ("door", "side", "back")]

    @contextmanager
    def listen_to_foot_maps(self, _):
        yield

    @contextmanager
    def listen_to_readings(self, callback):
        self.said = callback
        yield

    @contextmanager
    def listen(self, _):
        yield


class SystemClock:
    """A system clock that runs, and can be set."""

    def __init__(self):
        self.ahead_s = NOON_S - time.monotonic()

    def __call__(self):
        return time.monotonic() + self.ahead_s


class Run:
    """A site with alerts."""

    def __init__(self, folder, hook):
        (folder / "door.yaml").write_text(PLACES)
        self.path = folder / "site.yaml"
        self.path.write_text(SITE.replace("HOOK", f"'{hook.address}/'").replace("SECRET", SECRET))
        self.site = load_site(self.path, environment={})
        self.cameras, self.clock, self.hook = Cameras(), SystemClock(), hook
        self.signals = SiteSignals(self.site, self.cameras, clock=self.clock)
        self.alerting = Alerting(self.site, self.cameras, self.signals, clock=self.clock)
        self.second = 0

    def __enter__(self):
        self.signals.__enter__()
        self.alerting.__enter__()
        return self

    def __exit__(self, *_):
        self.alerting.__exit__(None, None, None)
        self.signals.__exit__(None, None, None)

    def measure(self, place, quantity, value, seconds=1):
        kind = "car" if quantity is Quantity.ZONE_ENTRY else ""  # whoever enters
        for _ in range(seconds):
            self.second += 1
            span = (NOON_S + self.second, 1.0, 1.0)
            self.cameras.said("door", [Reading(place, quantity, value, *span, "tracks", kind)])

    def sent(self):
        return [json.loads(body) for _, _, body in self.hook.heard]

    def open(self, rule):
        return [each for each in self.alerting.register.alerts() if each.open and each.about.rule == rule]


pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")  # apprise, Python 3.11


@pytest.fixture(autouse=True)
def _often(monkeypatch):
    """Judge cameras, disk and clock ten times a second."""
    monkeypatch.setattr(alerting, "STEP_S", 0.1)


@pytest.fixture
def hook():
    made = Hook()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def run(tmp_path, hook):
    with Run(tmp_path, hook) as made:
        yield made


def test_an_entry_is_sent_at_once_with_the_cameras_it_belongs_to(run):
    run.measure("track", Quantity.ZONE_ENTRY, 1.0)
    sent = until(run.sent)[0]
    assert (sent["rule"], sent["where"], sent["drill"]) == ("track", ["place track"], False)
    (alert,) = run.open("track")
    assert alert.about.owners == ("door",)


def test_a_closed_window_raises_what_has_held_for_long_enough(run):
    run.measure("floor", Quantity.OCCUPANCY, 9.0, seconds=6)
    (alert,) = until(lambda: run.open("full"))
    assert alert.value == 9.0
    run.alerting.register.acknowledge([alert.id], Deed("ann", NOON_S))
    run.measure("floor", Quantity.OCCUPANCY, 1.0, seconds=6)
    (alert,) = until(lambda: [each for each in run.open("full") if not each.active])
    assert alert.state is AlertState.ACKNOWLEDGED


def test_a_camera_fault_ends_by_itself(run):
    run.cameras.state = CameraState.NO_PICTURE
    until(lambda: run.open("fault"))
    run.cameras.state = CameraState.OK
    until(lambda: not run.open("fault"))


def test_cameras_that_fail_together_are_one_message_with_their_number(run):
    run.cameras.state = CameraState.NO_PICTURE
    (sent,) = until(run.sent)
    assert (sent["rule"], sent["count"]) == ("fault", 3)
    assert [each.about.owners for each in run.open("fault")] == [("door",), ("side",), ("back",)]
    time.sleep(1.0)  # ten times
    assert len(run.sent()) == 1


def test_with_the_database_away_alerts_go_out_and_signals_are_stored_later(run, monkeypatch):
    store = run.site.state_folder / "signals.db"
    store.mkdir()  # nothing can be opened there
    run.measure("track", Quantity.ZONE_ENTRY, 1.0)
    assert until(run.sent)[0]["rule"] == "track"
    until(lambda: run.signals.pipeline._recorder.drain().database)
    store.rmdir()
    until(lambda: not run.signals.pipeline._recorder.drain().database)
    assert ("track", Quantity.ZONE_ENTRY) in [(each.place, each.quantity) for each in run.signals.known()]


def test_a_clock_that_jumps_is_an_alert_and_raises_nothing_else(run):
    run.measure("floor", Quantity.OCCUPANCY, 1.0, seconds=6)
    until(lambda: not run.open("clock"))
    run.clock.ahead_s += 3600
    (alert,) = until(lambda: run.open("clock"))
    assert alert.value == pytest.approx(3600, abs=5)
    time.sleep(1.0)  # ten times
    assert not run.open("full")
    run.clock.ahead_s -= 7200
    until(lambda: run.open("clock")[0].count == 2)


def test_a_reload_follows_other_rules_and_ends_the_alerts_of_those_that_are_gone(run):
    run.measure("track", Quantity.ZONE_ENTRY, 1.0)
    (alert,) = until(lambda: run.open("track"))
    kept = [rule for rule in run.site.alerts.rules if rule.name != "track"]
    alerts = run.site.alerts.model_copy(update={"rules": tuple(kept)})
    run.alerting.reload(run.site.model_copy(update={"alerts": alerts}), run.signals)
    ended = run.alerting.register.alert(alert.id)
    assert not ended.active
    assert ended.notes[-1].text == "its rule is no longer in the site file"
    run.alerting.reload(run.site.model_copy(update={"alerts": AlertSettings()}), run.signals)
    assert not run.alerting.couriers


def test_a_contact_that_cannot_be_used_changes_nothing(run):
    wrong = AlertSettings.model_validate({"contacts": [{"name": "duty", "address": "nonsense://x"}]})
    with pytest.raises(SettingError, match=r"alerts\.contacts\[0\]\.address"):
        run.alerting.reload(run.site.model_copy(update={"alerts": wrong}), run.signals)
    run.measure("track", Quantity.ZONE_ENTRY, 1.0)
    assert until(run.sent)


def test_what_a_kill_kept_from_being_added_is_sent_after_the_next_start(tmp_path, hook):
    with Run(tmp_path, hook) as first:
        first.measure("track", Quantity.ZONE_ENTRY, 1.0)
        until(lambda: len(first.sent()) == 1)
        courier = first.alerting.couriers["duty"]
        number = courier.last_number
    path = tmp_path / "state" / "notify" / "duty.log"
    path.write_bytes(b"")  # as if the gateway had been killed before the message was added
    hook.heard.clear()
    with Run(tmp_path, hook) as again:
        assert until(again.sent)[0]["number"].endswith(f"-{number:x}")
        assert len(again.sent()) == 1


def test_mqtt_gets_one_state_for_each_rule(run):
    published = []
    with AlertPublisher(run.alerting.register, lambda alert, count: published.append((alert.about.rule, count))):
        run.measure("track", Quantity.ZONE_ENTRY, 1.0)
        until(lambda: ("track", 1) in published)
    published.clear()
    with AlertPublisher(run.alerting.register, lambda alert, count: published.append((alert.about.rule, count))):
        assert ("track", 1) in published


def test_a_failure_of_alerting_reaches_every_contact_and_does_not_hold_up_the_rest(run, monkeypatch):
    def broken():
        raise KeyError

    monkeypatch.setattr(run.cameras, "statuses", broken)
    sent = until(run.sent)[0]
    assert (sent["event"], sent["severity"], sent["drill"]) == ("alerting_failed", "critical", False)
    assert "alerting fails, and alerts may be missing: KeyError" in run.alerting.problem
    run.measure("track", Quantity.ZONE_ENTRY, 1.0)
    until(lambda: run.open("track"))  # signals are judged nevertheless
    until(lambda: run.alerting.failures > 2)
    assert [each["event"] for each in run.sent()].count("alerting_failed") == 1
    monkeypatch.undo()
    until(lambda: not run.alerting.problem)


def test_alerting_that_stands_still_is_a_problem():
    now_s = [0.0]
    state = AlertingState(lambda: now_s[0])
    state.work()
    assert not state.problem
    now_s[0] = 31.0
    assert "has stood still for 31 s" in state.problem
    state.work()
    assert not state.problem


def test_contacts_learn_of_a_failure_at_once_and_at_most_every_hour():
    now_s = [0.0]
    state = AlertingState(lambda: now_s[0])
    assert [state.fail(KeyError()) for _ in range(3)] == [True, False, False]
    now_s[0] = 3600.0
    assert state.fail(KeyError())
    assert state.failures == 4
