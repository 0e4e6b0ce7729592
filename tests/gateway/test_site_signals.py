"""Readings of cameras become signals of the site: kept, told, added up; what cannot be is not believed."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from tests.store.made import foot_map

from passerby.errors import UsageError
from passerby.gateway.site_signals import SiteSignals, site_signals
from passerby.measure.reading import Quantity, Reading
from passerby.settings.load import load_site
from passerby.settings.site.signals import AreaSettings, CounterSettings
from passerby.signals.selection import Selection
from passerby.signals.signal import utc
from passerby.signals.window import WindowLength
from passerby.store import open_store

NOON_S = 1_795_348_800.0
CAMERA = """
  - name: {0}
    address: simulation:{0}
    purpose: See that signals are made of readings.
    legal_basis: consent
    places: {0}.yaml
"""
PLACES = """
picture_px: [640, 360]
lines:
  - name: {0}-door
    from_px: [10, 100]
    to_px: [600, 100]
  - name: {0}-road
    from_px: [10, 200]
    to_px: [600, 200]
    count: [car]
zones:
  - name: {0}-floor
    corners_px: [[0, 0], [640, 0], [640, 360], [0, 360]]
  - name: {0}-hall
    corners_px: [[0, 0], [640, 0], [640, 360], [0, 360]]
"""
AREAS = """
signals:
  counters:
    - place: gate
  areas:
    - name: venue
      zones: [east-floor, west-floor]
    - name: inside
      doors: [east-door, gate]
      empty_at: "04:00"
"""


class Cameras:
    """A machine whose cameras measure what they are told."""

    def __init__(self) -> None:
        self.said = self.mapped = None

    @contextmanager
    def listen_to_foot_maps(self, callback):
        self.mapped = callback
        yield
        self.mapped = None

    @contextmanager
    def listen_to_readings(self, callback):
        self.said = callback
        yield
        self.said = None


@pytest.fixture
def folder(tmp_path):
    for name in ("east", "west"):
        (tmp_path / f"{name}.yaml").write_text(PLACES.format(name), encoding="utf-8")
    return tmp_path


@pytest.fixture
def site(folder):
    path = folder / "site.yaml"
    cameras = "".join(map(CAMERA.format, ("east", "west")))
    path.write_text(f"site: test\nstate_folder: state\ncameras:{cameras}{AREAS}", encoding="utf-8")
    return load_site(path)


@pytest.fixture
def cameras():
    return Cameras()


@pytest.fixture
def signals(site, cameras):
    (site.state_folder).mkdir()
    with site_signals(site, cameras, clock=evening) as made:
        yield made


def evening():
    return NOON_S + 6 * 3600


def reading(place, value, second, quantity=Quantity.OCCUPANCY, **more):
    return Reading(place, quantity, value, NOON_S + second, 1.0, 1.0, "tracks", **more)


def kept(signals, place, quantity, length=WindowLength.SECOND):
    wanted = Selection(length, utc(NOON_S), utc(NOON_S + 120), UTC, places=frozenset({place}))
    signals.pipeline._recorder.drain()
    return [
        (start - NOON_S, value)
        for chart in signals.charts(wanted)
        if chart.quantity is quantity
        for start, value in zip(chart.starts_s, chart.values, strict=True)
    ]


def test_readings_are_kept_and_told(signals, cameras):
    told = []
    with signals.listen(told.append):
        for second in range(1, 15):
            cameras.said("east", [reading("east-floor", 4.0, second)])
    assert kept(signals, "east-floor", Quantity.OCCUPANCY)[:3] == [(0, 4.0), (1, 4.0), (2, 4.0)]
    (ten,) = [each for each in told if each.place == "east-floor"]
    assert (ten.value, ten.coverage, ten.length_s) == (4.0, 1.0, 10)


def test_an_event_is_told_of_at_once_and_once(signals, cameras):
    told = []
    with signals.listen(told.append), signals.hub.listen() as feed:
        cameras.said("east", [reading("east-floor", 2.0, 1, Quantity.ZONE_ENTRY, kind="person")])
        assert [(each.place, each.value, each.length_s) for each in told] == [("east-floor", 2.0, 1)]
        assert [each.value for each in feed.take()] == [2.0]
        for second in range(2, 16):
            cameras.said("east", [reading("east-floor", 4.0, second)])
    assert [each.value for each in told if each.quantity is Quantity.ZONE_ENTRY] == [2.0]
    assert signals.figures.totals()["east-floor", Quantity.ZONE_ENTRY, "person"] == 2
    assert kept(signals, "east-floor", Quantity.ZONE_ENTRY) == [(0, 2.0)]


def test_a_camera_that_names_places_of_others_is_not_believed(signals, cameras):
    for second in range(1, 9):
        cameras.said("east", [reading("west-floor", 9.0, second), reading("made-up", 9.0, second)])
        cameras.said("nobody", [reading("west-floor", 9.0, second)])
    assert kept(signals, "west-floor", Quantity.OCCUPANCY) == []
    assert signals.known() == []


def test_a_reading_from_the_future_is_not_believed_and_holds_up_nobody(signals, cameras):
    cameras.said("east", [reading("east-floor", 9.0, 1e9)])
    for second in range(1, 8):
        cameras.said("east", [reading("east-floor", 4.0, second)])
    assert {value for _, value in kept(signals, "venue", Quantity.SITE_OCCUPANCY)} == {4.0}


def test_turns_between_its_own_lines_are_taken(signals, cameras):
    for second in range(1, 6):
        cameras.said("east", [reading("east-door > east-door", 1.0, second, Quantity.TURNS, kind="car")])
    assert kept(signals, "east-door > east-door", Quantity.TURNS)[0] == (0, 1.0)


def test_a_site_is_the_sum_of_the_zones_that_its_cameras_own(signals, cameras):
    for second in range(1, 8):
        cameras.said("east", [reading("east-floor", 4.0, second)])
        cameras.said("west", [reading("west-floor", 3.0, second)])
    values = dict(kept(signals, "venue", Quantity.SITE_OCCUPANCY))
    assert values[3] == 7.0


def test_an_area_of_which_no_zone_is_observed_is_a_gap_and_holds_up_nobody(signals, cameras, site):
    area = AreaSettings(name="west", zones=("west-floor",))
    changed = site.signals.model_copy(update={"areas": (area,)})
    signals.reload(site.model_copy(update={"signals": changed}))
    for second in range(1, 8):
        cameras.said("east", [reading("east-floor", 4.0, second)])
    assert kept(signals, "west", Quantity.SITE_OCCUPANCY) == []
    assert kept(signals, "east-floor", Quantity.OCCUPANCY)


def test_who_came_in_less_who_went_out_is_inside_whoever_counted(signals, cameras):
    for second in range(1, 6):
        cameras.said(
            "east",
            [
                reading("east-door", 3.0, second, Quantity.CROSSINGS_IN, kind="person"),
                reading("east-door", 1.0, second, Quantity.CROSSINGS_OUT, kind="person"),
            ],
        )
    message = {"source": "ticket_gate", "end": utc(NOON_S + 6).isoformat(), "span_s": 1, "values": {"crossings_in": 10}}
    signals.count("gate", json.dumps(message))
    for second in (7, 8, 9, 12):
        cameras.said("east", [reading("east-door", 0.0, second, Quantity.CROSSINGS_IN, kind="person")])
    values = dict(kept(signals, "inside", Quantity.NET_OCCUPANCY))
    assert values[4] == 10.0
    assert values[7] == 20.0


def test_a_reload_takes_areas_and_counters_and_goes_on_counting_what_stays(signals, cameras, site):
    for second in range(1, 6):
        cameras.said("east", [reading("east-door", 2.0, second, Quantity.CROSSINGS_IN, kind="person")])
    inside = next(area for area in site.signals.areas if area.name == "inside")
    more = {
        "counters": (CounterSettings(place="back"),),
        "areas": (AreaSettings(name="hall", zones=("east-floor",)), inside),
    }
    signals.reload(site.model_copy(update={"signals": site.signals.model_copy(update=more)}))
    for second in range(6, 12):
        cameras.said("east", [reading("east-floor", 4.0, second)])
        cameras.said("east", [reading("east-door", 0.0, second, Quantity.CROSSINGS_IN, kind="person")])
    assert dict(kept(signals, "inside", Quantity.NET_OCCUPANCY))[7] == 10.0
    assert dict(kept(signals, "hall", Quantity.SITE_OCCUPANCY))[7] == 4.0
    assert 7 not in dict(kept(signals, "venue", Quantity.SITE_OCCUPANCY))
    with pytest.raises(UsageError, match="there is no counter at this place"):
        signals.count("gate", "{}")


def test_the_site_has_its_places_areas_counters_and_turns_until_they_are_removed(signals, site, folder):
    known = ("east-door", "west-floor", "venue", "gate", "east-door > east-road")
    assert [each for each in known if not signals.has(each)] == []
    assert not any(map(signals.has, ("nowhere", "east-door > nowhere", "")))
    fewer = site.signals.model_copy(update={"counters": (), "areas": ()})
    cameras = tuple(each for each in site.cameras if each.name != "west")
    signals.reload(site.model_copy(update={"signals": fewer, "cameras": cameras}))
    assert [each for each in (*known, "west-door") if signals.has(each)] == ["east-door", "east-door > east-road"]


def gate_message(second=60, **changes):
    usual = {"source": "ticket_gate", "end": utc(NOON_S + second).isoformat(), "span_s": 60}
    return json.dumps(usual | {"values": {"crossings_in": 10}} | changes)


def test_a_count_that_is_sent_again_is_counted_once(signals):
    told = []
    with signals.listen(told.append):
        for _ in range(3):
            signals.count("gate", gate_message())
        signals.count("gate", gate_message(120, values={"crossings_in": 1}))
        signals.count("gate", gate_message(60, coverage=0.5))
    assert signals.figures.totals()["gate", Quantity.CROSSINGS_IN, ""] == 11
    assert kept(signals, "gate", Quantity.CROSSINGS_IN, WindowLength.MINUTE) == [(0, 10.0), (60, 1.0)]
    assert dict(kept(signals, "inside", Quantity.NET_OCCUPANCY))[110] == 11
    assert [(each.place, each.value) for each in told if each.place == "gate"] == [("gate", 10), ("gate", 1)]


def test_a_zone_of_no_area_harms_none_while_the_area_is_not_seen(signals, cameras):
    for second in range(1, 7):
        cameras.said("east", [reading("east-hall", 9.0, second), reading("east-floor", 1.0, second)])
    for second in range(20, 24):
        cameras.said("west", [reading("west-hall", 9.0, second)])
    assert kept(signals, "west-hall", Quantity.OCCUPANCY)[0] == (19, 9.0)
    assert [second for second, _ in kept(signals, "venue", Quantity.SITE_OCCUPANCY)] == [0, 1, 2, 3]


def test_an_area_with_doors_goes_on_after_a_restart_and_not_after_a_night(site, cameras):
    site.state_folder.mkdir()
    now = [NOON_S + 60]
    for pause_s, inside in ((0, 10.0), (600, 20.0), (86_400, 10.0)):
        now[0] += pause_s
        with SiteSignals(site, cameras, clock=lambda: now[0]) as signals:
            signals.count("gate", gate_message(now[0] - NOON_S))
        with open_store(str(site.state_folder / "signals.db")) as store:
            wanted = Selection(WindowLength.SECOND, utc(now[0] - 60), utc(now[0]), places=frozenset({"inside"}))
            found = list(store.read(wanted))
        assert found[-1].value == inside


def test_what_doors_miscounted_is_corrected_when_the_area_is_known_to_be_empty(signals, cameras):
    before = datetime.fromtimestamp(NOON_S, UTC).replace(hour=3, minute=59, second=50).timestamp() - NOON_S
    for second in range(40):
        cameras.said("east", [reading("east-door", 1.0, before + second, Quantity.CROSSINGS_IN, kind="person")])
    signals.pipeline._recorder.drain()
    day = datetime.fromtimestamp(NOON_S, UTC).date()
    start = datetime(day.year, day.month, day.day, 3, 59, tzinfo=UTC)
    wanted = Selection(WindowLength.SECOND, start, start.replace(hour=4), UTC, places=frozenset({"inside"}))
    assert max(signals.charts(wanted)[0].values) >= 9
    later = Selection(
        WindowLength.SECOND, start.replace(hour=4, minute=0), start.replace(hour=4, minute=2), UTC,
        places=frozenset({"inside"}),
    )  # fmt: skip
    assert min(signals.charts(later)[0].values) <= 1


def test_latest_figures_are_there_for_prometheus(site, cameras):
    site.state_folder.mkdir()
    with site_signals(site, cameras, clock=evening) as signals:
        for second in range(1, 6):
            cameras.said("east", [reading("east-door", 2.0, second, Quantity.CROSSINGS_IN, kind="person")])
        assert signals.figures.totals()["east-door", Quantity.CROSSINGS_IN, "person"] >= 2
        assert signals.figures.latest() == []  # long ago


def test_what_was_open_is_kept_at_the_end(site, cameras):
    site.state_folder.mkdir()
    with site_signals(site, cameras, clock=evening) as signals:
        cameras.said("east", [reading("east-floor", 4.0, 1)])
    with site_signals(site, cameras, clock=evening) as again:
        assert kept(again, "east-floor", Quantity.OCCUPANCY) == [(0, 4.0)]
    assert signals is not again


def test_a_site_without_places_or_counters_makes_none(folder, cameras):
    path = folder / "site.yaml"
    text = f"site: test\ncameras:{CAMERA.format('east')}".replace("    places: east.yaml\n", "")
    path.write_text(text, encoding="utf-8")
    assert site_signals(load_site(path), cameras, clock=evening) is None


@pytest.mark.parametrize(
    ("areas", "told"),
    [
        ("signals: {areas: [{name: a, zones: [nowhere]}]}", "no camera or counter has a place 'nowhere'"),
        ("signals: {areas: [{name: east-floor, zones: [west-floor]}]}", "has the name of a place"),
        ("signals: {areas: [{name: a, zones: [east-floor]}, {name: a, doors: [east-door]}]}", "or of another area"),
        ("signals: {areas: [{name: a, zones: [east-door]}]}", "'east-door' is a line"),
        ("signals: {areas: [{name: a, doors: [east-floor]}]}", "'east-floor' is a zone"),
        ("signals: {areas: [{name: a, doors: [east-road]}]}", "'east-road' is a line that counts no persons"),
        ("signals: {areas: [{name: a}]}", "zones or of doors"),
        ("signals: {counters: [{place: east-door}]}", "place 'east-door'; give each its own name"),
    ],
)
def test_places_that_do_not_fit_together_are_refused(folder, areas, told):
    path = folder / "site.yaml"
    cameras = "".join(map(CAMERA.format, ("east", "west")))
    path.write_text(f"site: test\ncameras:{cameras}{areas}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=told):
        load_site(path)


@pytest.mark.parametrize(
    ("place", "owners"),
    [
        ("east-floor", {"east"}),
        ("east-door > east-road", {"east"}),
        ("venue", {"east", "west"}),
        ("inside", set()),  # a counter is one of its doors
        ("gate", set()),
        ("nowhere", set()),
        ("east-door > nowhere", set()),
    ],
)
def test_a_place_belongs_to_all_cameras_that_contribute_or_to_none(signals, place, owners):
    assert signals.owners("test", place) == owners
    assert signals.owners("other", place) == set()


def test_owners_are_known_while_signals_are_published_and_follow_a_reload(signals, cameras, site):
    seen = []
    with signals.listen(lambda each: seen.append(signals.owners(each.site, each.place))):
        for second in range(1, 15):
            cameras.said("east", [reading("east-floor", 4.0, second)])
    assert {"east"} in seen
    area = AreaSettings(name="venue", zones=("west-floor",))
    signals.reload(site.model_copy(update={"signals": site.signals.model_copy(update={"areas": (area,)})}))
    assert signals.owners("test", "venue") == {"west"}


def test_signals_that_nodes_write_down_are_shown_but_not_stored_again_and_areas_are(site, cameras):
    site.state_folder.mkdir()
    told = []
    with (
        site_signals(site, cameras, clock=evening, stored_by_nodes=True) as made,
        made.listen(told.append),
        made.hub.listen() as feed,
    ):
        for second in range(1, 15):
            cameras.said("east", [reading("east-floor", 4.0, second)])
        assert any(each.place == "east-floor" for each in told)
        assert any(each.place == "east-floor" for each in feed.take())
        assert kept(made, "east-floor", Quantity.OCCUPANCY) == []
        assert kept(made, "venue", Quantity.SITE_OCCUPANCY)[:2] == [(0, 4.0), (1, 4.0)]


def test_maps_of_foot_points_are_stored_if_the_camera_can_have_made_them(site, cameras):
    hour = int(evening()) - 3600
    mine = foot_map(place="east-hall", start_s=hour)
    site.state_folder.mkdir()
    with site_signals(site, cameras, clock=evening):
        of_another, of_the_future = foot_map(place="west-hall"), foot_map(place="east-floor", start_s=hour + 7200)
        cameras.mapped("east", [mine, of_another, of_the_future])
    with open_store(str(site.state_folder / "signals.db")) as store:
        places = ("east-hall", "west-hall", "east-floor")
        found = [store.foot_maps("test", place, start_s=0, end_s=hour + 10_000) for place in places]
    assert found == [[mine], [], []]
