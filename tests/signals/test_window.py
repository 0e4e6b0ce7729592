from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.measure.views import view

from passerby.errors import MeasureError, UsageError
from passerby.measure.flow import LineFlow
from passerby.measure.measure import Span
from passerby.measure.place import Line
from passerby.measure.reading import LOWER_BOUND, Quantity, Reading
from passerby.signals.window import WindowLength, Windows, roll_up, spanned, time_zone, window_at

VIENNA = ZoneInfo("Europe/Vienna")
ZONES = ["UTC", "Europe/Vienna", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe", "America/St_Johns"]
ZONES += ["Pacific/Apia", "Asia/Kathmandu", "Africa/Cairo"]


def reading(value, time_s, *, quantity=Quantity.OCCUPANCY, span_s=1.0, observed_s=None, **changes):
    observed_s = span_s if observed_s is None else observed_s
    usual = {"place": "hall", "estimator": "tracks", "span_s": span_s, "observed_s": observed_s}
    return Reading(quantity=quantity, value=value, time_s=time_s, **(usual | changes))


def signals(readings, length=WindowLength.TEN_SECONDS, **options):
    windows = Windows("arena", length, **options)
    return [*windows.add(readings), *windows.close()]


def epoch(*parts, zone=UTC):
    return datetime(*parts, tzinfo=zone).timestamp()


def test_a_mean_weighs_each_reading_by_its_observed_time():
    (signal,) = signals([reading(2, 1), reading(8, 4, span_s=3)])
    assert signal.value == (2 * 1 + 8 * 3) / 4
    assert signal.coverage == pytest.approx(0.4)


def test_time_not_observed_is_a_gap_and_no_zero():
    assert not signals([reading(5, 1, observed_s=0)])
    (signal,) = signals([reading(5, 1), reading(0, 10, span_s=9, observed_s=0)])
    assert (signal.value, signal.coverage) == (5, 0.1)


def test_counts_add_up_and_nothing_observed_counts_nothing():
    crossings = [reading(value, second, quantity=Quantity.CROSSINGS_IN) for second, value in [(1, 2), (2, 0), (3, 1)]]
    (signal,) = signals(crossings)
    assert (signal.value, signal.coverage) == (3, pytest.approx(0.3))


def test_an_event_that_takes_no_time_is_told_of_without_coverage():
    (signal,) = signals([reading(1, 5, quantity=Quantity.ZONE_ENTRY, span_s=0)])
    assert (signal.value, signal.coverage) == (1, 0)


def test_a_peak_is_the_largest_and_a_state_the_latest():
    values = [(1, 4.0), (2, 9.0), (3, 7.0)]
    (peak,) = signals([reading(v, t, quantity=Quantity.PEAK_OCCUPANCY) for t, v in values])
    (last,) = signals([reading(v, t, quantity=Quantity.NET_OCCUPANCY) for t, v in values])
    assert (peak.value, last.value) == (9, 7)


def test_a_reading_over_an_edge_is_observed_on_both_sides_and_counted_once():
    before, after = signals([reading(6, 13, span_s=4, quantity=Quantity.CROSSINGS_OUT)])
    assert (before.value, before.coverage) == (0, pytest.approx(0.1))
    assert (after.value, after.coverage) == (6, pytest.approx(0.3))


def test_a_span_that_ends_on_an_edge_belongs_to_the_window_before():
    (signal,) = signals([reading(6, 10, quantity=Quantity.CROSSINGS_OUT)])
    assert signal.window_end.timestamp() == 10


def test_several_estimators_in_one_window_are_called_mixed():
    (signal,) = signals([reading(5, 1), reading(50, 2, estimator="density map")])
    assert signal.estimator == "mixed"


@pytest.mark.parametrize("others", [["tracks"], ["tracks", "density map"]])
def test_with_a_lower_bound_in_it_a_window_is_a_lower_bound(others):
    for estimators in ([LOWER_BOUND, *others], [*others, LOWER_BOUND]):
        (signal,) = signals([reading(5, at, estimator=each) for at, each in enumerate(estimators, 1)])
        assert signal.estimator == LOWER_BOUND


def test_a_window_is_told_of_once_late_readings_have_had_their_time():
    windows = Windows("arena", WindowLength.TEN_SECONDS, late_s=2)
    assert not windows.add([reading(1, 9), reading(1, 11.9)])
    assert not windows.add([reading(4, 10)])
    (signal,) = windows.add([reading(1, 12)])
    assert signal.value == (1 + 4) / 2


def test_a_clock_that_goes_back_begins_anew_and_loses_nothing():
    windows = Windows("arena", WindowLength.TEN_SECONDS)
    told = windows.add([reading(1, t) for t in range(3601, 3616)])
    told += windows.add([reading(2, t) for t in range(1, 16)])  # an hour back
    told += windows.close()
    got = [(signal.window_start.timestamp(), signal.value, round(signal.coverage, 6)) for signal in told]
    assert got == [(3600, 1, 1), (3610, 1, 0.5), (0, 2, 1), (10, 2, 0.5)]


def test_a_clock_that_jumps_ahead_leaves_a_gap():
    told = signals([reading(1, 5), reading(1, 100_005)])
    assert [signal.window_start.timestamp() for signal in told] == [0, 100_000]


def test_a_second_seen_twice_is_no_more_than_wholly_observed():
    (signal,) = signals([reading(1, t) for t in (1, 2, 2, 2)], WindowLength.SECOND)[1:]
    assert signal.coverage == 1


def test_a_time_beyond_every_calendar_is_refused():
    with pytest.raises(MeasureError, match="check the source's clock"):
        Windows("arena", WindowLength.SECOND).add([reading(1, 1e15)])


def test_a_recording_begins_when_it_was_made():
    (signal,) = signals([reading(1, 5)], origin_s=epoch(2026, 3, 29))
    assert signal.window_start == datetime(2026, 3, 29, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 6, 1), 24)])
def test_a_day_is_as_long_as_its_clocks_say(day, hours):
    start, end = window_at(epoch(*day, 12, zone=VIENNA), WindowLength.DAY, VIENNA)
    assert end - start == hours * 3600
    assert datetime.fromtimestamp(start, VIENNA) == datetime(*day, tzinfo=VIENNA)
    assert len(spanned(start, end, WindowLength.HOUR, VIENNA)) == hours


def test_a_day_without_midnight_begins_with_its_first_moment():
    zone = ZoneInfo("America/Sao_Paulo")  # clocks went from 24:00 to 1:00 on 2018-11-04
    start, end = window_at(epoch(2018, 11, 4, 12, zone=zone), WindowLength.DAY, zone)
    assert datetime.fromtimestamp(start, zone).hour == 1
    assert end - start == 23 * 3600


def test_hours_of_half_hour_zones_begin_on_their_own_clock():
    start, _ = window_at(epoch(2026, 1, 1), WindowLength.HOUR, ZoneInfo("Asia/Kolkata"))
    assert start % 3600 == 1800


@given(
    st.integers(-(10**12), 4 * 10**12).map(lambda ms: ms / 1000),
    st.sampled_from(WindowLength),
    st.sampled_from(ZONES),
)
def test_windows_of_every_zone_leave_no_gap_and_no_overlap(time_s, length, zone_name):
    zone = time_zone(zone_name)
    start, end = window_at(time_s, length, zone)
    assert start <= time_s < end
    assert window_at(end, length, zone)[0] == end
    assert window_at(start, length, zone) == (start, end) == window_at(end - 1e-3, length, zone)


steps = st.lists(
    st.tuples(
        st.sampled_from([0.1, 0.5, 1.0, 3.0, 40.0]),
        st.sampled_from([0, 0.25, 0.9, 1]),
        st.integers(0, 50),
        st.booleans(),
    ),
    max_size=60,
)


@given(steps, st.sampled_from([Quantity.OCCUPANCY, Quantity.CROSSINGS_IN, Quantity.PEAK_DENSITY]))
def test_fine_windows_rolled_up_equal_coarse_windows_counted_at_once(steps, quantity):
    time_s, readings = 1_800_000_000.0, []
    for span_s, share, value, two in steps:
        time_s = round(time_s + span_s, 1)
        kind = "car" if two else "person"
        readings.append(reading(value, time_s, quantity=quantity, span_s=span_s, observed_s=share * span_s, kind=kind))
    for length in (WindowLength.TEN_SECONDS, WindowLength.MINUTE, WindowLength.DAY):
        rolled = roll_up(signals(readings, WindowLength.SECOND, zone=VIENNA), length, VIENNA)
        at_once = sorted(signals(readings, length, zone=VIENNA), key=lambda each: (each.kind, each.window_start))
        assert [(s.kind, s.window_start, s.window_end) for s in rolled] == [
            (s.kind, s.window_start, s.window_end) for s in at_once
        ]
        assert [s.value for s in rolled] == pytest.approx([s.value for s in at_once], rel=1e-4, abs=1e-4)
        assert [s.coverage for s in rolled] == pytest.approx([s.coverage for s in at_once], abs=1e-6)


def burst(first_s, last_s):
    """Return ten minutes at a gate that one person a second passes in part of them, in and out by turns."""
    gate, made = LineFlow(Line("gate", (0, 0), (2, 0))), []
    for second in range(1, 601):
        if first_s < second <= last_s:
            move = ((1, -1), (1, 1)) if second % 2 else ((1, 1), (1, -1))
            gate.observe(view(moves=[move]))
        made += gate.readings(Span(1_800_000_000 + second, 1.0, 1.0))
    return made


def of(told, quantity):
    return [each.value for each in told if each.quantity is quantity]


def test_flows_belong_to_the_window_whose_crossings_they_are():
    told = signals(burst(300, 360), WindowLength.MINUTE)
    assert of(told, Quantity.FLOW) == [0] * 5 + [1] + [0] * 4
    assert of(told, Quantity.SPECIFIC_FLOW) == [0] * 5 + [0.5] + [0] * 4
    assert of(told, Quantity.COUNTER_FLOW_SHARE) == [0] * 5 + [0.5] + [0] * 4


@pytest.mark.parametrize("length", [WindowLength.SECOND, WindowLength.TEN_SECONDS, WindowLength.MINUTE])
def test_a_share_rolled_up_is_that_of_the_counts_and_no_mean_of_shares(length):
    rolled = roll_up(signals(burst(0, 90), length), WindowLength.QUARTER_HOUR)
    assert of(rolled, Quantity.COUNTER_FLOW_SHARE) == [0.5]
    assert of(rolled, Quantity.FLOW) == pytest.approx([90 / 600])


def test_an_unknown_time_zone_is_refused_with_its_name():
    with pytest.raises(UsageError, match="'Mars/Base'"):
        time_zone("Mars/Base")


def test_nothing_spans_nothing():
    assert spanned(5, 5, WindowLength.DAY) == []


def test_all_days_of_a_year_follow_each_other():
    days = spanned(epoch(2026, 1, 1, zone=VIENNA), epoch(2027, 1, 1, zone=VIENNA), WindowLength.DAY, VIENNA)
    assert len(days) == 365
    assert sum(end - start for start, end in days) == timedelta(days=365).total_seconds()
