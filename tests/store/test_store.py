from __future__ import annotations

import asyncio
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.made import NOON_S, signal
from tests.waiting import PATIENCE_S, until

from passerby.errors import StoreError, UsageError
from passerby.measure.reading import Quantity
from passerby.signals.selection import Selection
from passerby.signals.signal import utc
from passerby.signals.window import WindowLength, roll_up
from passerby.store.store import Store


@pytest.fixture
def store(address):
    with Store(address, create=True) as opened:
        yield opened


@pytest.fixture
def looked(monkeypatch):
    """Set once somebody who follows a store has seen what was the last signal so far."""
    event, arrived = threading.Event(), Store._arrived

    def look(store):
        last = arrived(store)
        event.set()
        return last

    monkeypatch.setattr(Store, "_arrived", look)
    return event


def select(length=WindowLength.SECOND, first_s=0, last_s=86_400, **options):
    return Selection(length, utc(NOON_S + first_s), utc(NOON_S + last_s), **options)


def kept(store, length=WindowLength.SECOND, **options):
    return [(each.window_start.timestamp() - NOON_S, each.value) for each in store.read(select(length, **options))]


def test_what_was_written_is_read_as_it_was(store):
    signals = [
        signal(0.1 + 0.2, 0, coverage=0.123456, kind="person"),
        signal(-3, 1, quantity=Quantity.NET_OCCUPANCY, place="Öst · hall 2", estimator="density map"),
        signal(2, 60, length_s=60, quantity=Quantity.CROSSINGS_IN, coverage=0),
    ]
    store.write(signals)
    read = [each for length in ("1s", "1min") for each in store.read(select(WindowLength(length)))]
    assert set(signals) <= set(read)


def test_a_repeat_changes_nothing(store):
    signals = [signal(value, value) for value in range(100)]
    store.write(signals)
    before = [list(store.read(select(length))) for length in WindowLength]
    store.write(signals)
    assert [list(store.read(select(length))) for length in WindowLength] == before


def test_of_two_signals_of_one_window_the_better_observed_stays_and_on_a_tie_the_first(store):
    store.write([signal(1, coverage=0.5)])
    store.write([signal(2, coverage=0.4)])
    assert kept(store) == [(0, 1)]
    store.write([signal(3, coverage=0.5)])
    assert kept(store) == [(0, 1)]
    store.write([signal(4, coverage=0.6), signal(5, coverage=0.9), signal(6, coverage=0.7)])
    assert kept(store) == [(0, 5)]
    assert kept(store, WindowLength.HOUR) == [(0, 5)]


def test_late_signals_change_the_roll_ups_they_belong_to(store):
    store.write([signal(1, second, quantity=Quantity.CROSSINGS_IN) for second in range(3600, 3660)])
    store.write([signal(1, second, quantity=Quantity.CROSSINGS_IN) for second in range(60, 90)])
    assert kept(store, WindowLength.MINUTE) == [(60, 30), (3600, 60)]
    assert kept(store, WindowLength.QUARTER_HOUR) == [(0, 30), (3600, 60)]
    assert kept(store, WindowLength.HOUR) == [(0, 30), (3600, 60)]
    assert kept(store, WindowLength.DAY, first_s=-43_200) == [(-43_200, 90)]


def crossed(second, quantity, value):
    return signal(value, second, quantity=quantity, kind="person")


def test_kept_shares_are_those_of_the_counts_and_no_means_of_shares(store):
    inwards, outwards = Quantity.CROSSINGS_IN, Quantity.CROSSINGS_OUT
    given = [crossed(second, inwards if second < 45 else outwards, 1) for second in range(60)]
    given += [crossed(second, outwards if second < 45 else inwards, 0) for second in range(60)]
    given += [signal(0, second, quantity=Quantity.COUNTER_FLOW_SHARE) for second in range(60)]
    store.write(given)
    share = frozenset({Quantity.COUNTER_FLOW_SHARE})
    lengths = (WindowLength.TEN_SECONDS, WindowLength.MINUTE, WindowLength.QUARTER_HOUR, WindowLength.HOUR)
    for length in lengths:
        read = list(store.read(select(length, quantities=share)))
        assert {each.quantity for each in read} == share
        assert read[-1].value == (0 if length is WindowLength.TEN_SECONDS else 0.25)
        of_all = [each for each in store.read(select(length)) if each.quantity in share]
        assert of_all == read
    day = list(store.read(select(WindowLength.DAY, first_s=-43_200, quantities=share)))
    assert [each.value for each in day] == [0.25]
    assert not list(store.read(select(WindowLength.DAY, first_s=-43_200, quantities=share, kinds=frozenset({"car"}))))


observed = st.tuples(
    st.integers(0, 3 * 3600),
    st.floats(0, 1e4, allow_subnormal=False),  # PostgreSQL refuses what its sums would round to nothing
    st.sampled_from([0.25, 0.5, 1.0]),
    st.sampled_from(["tracks", "density map", "lower bound"]),
)


@pytest.mark.parametrize(
    "quantity", [Quantity.OCCUPANCY, Quantity.CROSSINGS_IN, Quantity.PEAK_DENSITY, Quantity.NET_OCCUPANCY]
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(given_signals=st.lists(observed, min_size=1, max_size=60), cut=st.integers(0, 60))
def test_kept_roll_ups_equal_those_made_at_once(store, quantity, given_signals, cut):
    place = f"place {hash((tuple(given_signals), cut))}"
    place = place.replace("-", "minus ")
    signals = [
        signal(value, start, coverage=coverage, estimator=estimator, quantity=quantity, place=place)
        for start, value, coverage, estimator in given_signals
    ]
    store.write(signals[:cut])
    store.write(signals[cut:])
    kept_seconds = list(store.read(select(places=frozenset({place}))))
    for length in (WindowLength.MINUTE, WindowLength.QUARTER_HOUR, WindowLength.HOUR):
        read = list(store.read(select(length, places=frozenset({place}))))
        made = roll_up(kept_seconds, length)
        assert [each.window_start for each in read] == [each.window_start for each in made]
        assert [each.value for each in read] == pytest.approx([each.value for each in made])
        assert [each.coverage for each in read] == pytest.approx([each.coverage for each in made], abs=1e-9)
        assert [each.estimator for each in read] == [each.estimator for each in made]


def test_tens_of_seconds_are_made_of_seconds_or_read_as_they_came(store):
    store.write([signal(second, second) for second in range(20)])
    store.write([signal(7, 20, length_s=10)])
    assert kept(store, WindowLength.TEN_SECONDS) == [(0, 4.5), (10, 14.5), (20, 7)]


def test_days_are_those_of_the_site(store):
    vienna = ZoneInfo("Europe/Vienna")
    start = datetime(2026, 10, 25, tzinfo=vienna)  # 25 h long
    first_s = start.timestamp() - NOON_S
    store.write([signal(1, first_s + hour * 3600, length_s=3600, quantity=Quantity.CROSSINGS_IN) for hour in range(26)])
    wanted = Selection(WindowLength.DAY, start, start + timedelta(days=2), vienna)
    today, tomorrow = store.read(wanted)
    assert (today.value, today.length_s, today.coverage) == (25, 25 * 3600, 1)
    assert tomorrow.value == 1


def test_hours_of_a_half_hour_zone_are_made_of_quarters(store):
    store.write([signal(1, minute * 60, length_s=60, quantity=Quantity.CROSSINGS_IN) for minute in range(120)])
    hours = list(store.read(select(WindowLength.HOUR, first_s=-3600, zone=ZoneInfo("Asia/Kolkata"))))
    assert [each.value for each in hours] == [30, 60, 30]
    assert hours[0].coverage == 0.5


def test_a_day_that_clocks_set_back_by_half_an_hour_takes_nothing_of_the_next(store):
    zone = ZoneInfo("Australia/Lord_Howe")
    start = datetime(2026, 4, 5, tzinfo=zone)  # 24.5 h long: from one whole hour of UTC to half past another
    first_s = start.timestamp() - NOON_S
    minutes = [
        signal(1, first_s + 60 * number, length_s=60, quantity=Quantity.CROSSINGS_IN) for number in range(26 * 60)
    ]
    store.write(minutes)
    for length, count in ((WindowLength.DAY, 1), (WindowLength.HOUR, 25)):
        found = list(store.read(Selection(length, start, start + timedelta(days=1), zone)))
        assert (len(found), sum(each.value for each in found)) == (count, 24.5 * 60)
        assert found[-1].coverage == 1
        assert found[-1].window_end == datetime(2026, 4, 6, tzinfo=zone)


def test_a_selection_picks_by_place_quantity_and_kind(store):
    store.write([signal(1), signal(2, place="door"), signal(3, kind="car"), signal(4, quantity=Quantity.FLOW)])
    assert kept(store, places=frozenset({"door"})) == [(0, 2)]
    assert kept(store, kinds=frozenset({"car"})) == [(0, 3)]
    assert kept(store, quantities=frozenset({Quantity.FLOW})) == [(0, 4)]
    assert not kept(store, sites=frozenset({"elsewhere"}))


def test_windows_belong_to_a_range_when_they_begin_in_it(store):
    store.write([signal(second, second) for second in range(10)])
    assert [start for start, _ in kept(store, first_s=2.5, last_s=6)] == [3, 4, 5]


def test_charts_hold_what_reading_holds(store):
    store.write([signal(v, v, place=place, coverage=0.5) for v in range(200) for place in ("a", "b")])
    for length in (WindowLength.SECOND, WindowLength.MINUTE, WindowLength.DAY):
        wanted = select(length, first_s=-43_200)
        read = [(s.place, s.window_start.timestamp(), s.value, s.coverage) for s in store.read(wanted)]
        drawn = [
            (chart.place, *point)
            for chart in store.charts(wanted)
            for point in zip(chart.starts_s, chart.values, chart.coverages, strict=True)
        ]
        assert drawn == read


def test_what_is_too_old_is_erased_and_its_roll_ups_stay(store):
    store.write([signal(5, second) for second in range(120)])
    assert store.erase(NOON_S + 3 * 86_400 + 60) == 60
    assert [start for start, _ in kept(store)] == list(range(60, 120))
    store.write([signal(9, 30, coverage=0.1)])  # late, and alone of its minute
    assert kept(store, WindowLength.MINUTE) == [(0, 5), (60, 5)]


def test_nothing_kept_has_no_extent(store):
    assert store.extent() is None
    store.write([signal(1, 30)])
    assert store.extent() == (utc(NOON_S), utc(NOON_S + 3600))


def test_whoever_follows_gets_each_signal_as_it_arrives_and_corrections_again(address, store, looked):
    done = threading.Event()
    got = []

    def follow():
        with Store(address) as other:
            for each in other.follow(WindowLength.SECOND, places=frozenset({"gate"}), poll_s=0.01, stop=done.is_set):
                got.append((each.place, each.value))
                if each.value == 99:
                    return

    store.write([signal(-1)])
    reader = threading.Thread(target=follow)
    looked.clear()
    reader.start()
    assert looked.wait(PATIENCE_S)
    for value in range(50):
        store.write([signal(value, value + 1, coverage=0.5), signal(value, place="other")])
        until(lambda: got)  # before it is corrected
    store.write([signal(77, 1, coverage=0.9)])
    store.write([signal(99, 1000)])
    reader.join(PATIENCE_S)
    done.set()
    values = [value for _, value in got]
    assert values == [*range(50), 77, 99]


def test_a_stream_gives_signals_to_an_event_loop(store, looked):
    async def first_three():
        stream = store.stream(WindowLength.SECOND, poll_s=0.01)
        pending = asyncio.ensure_future(anext(stream))
        assert await asyncio.to_thread(looked.wait, 60)
        await asyncio.to_thread(store.write, [signal(value, value) for value in range(3)])
        values = [(await pending).value, (await anext(stream)).value, (await anext(stream)).value]
        await stream.aclose()
        return values

    assert asyncio.run(asyncio.wait_for(first_three(), PATIENCE_S)) == [0, 1, 2]


def test_windows_that_are_made_when_asked_for_cannot_be_followed(store):
    with pytest.raises(UsageError, match="1d"):
        next(store.follow(WindowLength.DAY))


def test_many_writers_and_readers_of_one_store_do_not_hinder_each_other(address, store):
    def write(number):
        with Store(address, create=True) as own:
            for second in range(20):
                own.write([signal(number, second, place=f"place {number}")])
                list(own.read(select()))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(kept(store)) == 80


@pytest.mark.parametrize("length_s", [2, 30, 86_400])
def test_windows_that_no_store_keeps_are_refused_before_anything_is_written(store, length_s):
    with pytest.raises(StoreError, match="is not stored"):
        store.write([signal(1), signal(1, NOON_S % 86_400, length_s=length_s)])
    assert not kept(store)


def test_a_selection_without_time_or_time_zone_is_refused():
    with pytest.raises(UsageError, match="later than the start"):
        select(first_s=10, last_s=10)
    with pytest.raises(UsageError, match="time zone"):
        Selection(WindowLength.DAY, datetime(2026, 1, 1), datetime(2026, 1, 2, tzinfo=UTC))  # noqa: DTZ001


def test_a_locked_database_is_said_to_be_locked(tmp_path, monkeypatch):
    monkeypatch.setattr("passerby.storage.engine.BUSY_S", 0.2)
    path = tmp_path / "signals.db"
    with Store(str(path), create=True) as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"signals\.db: another program has locked the database"):
            store.write([signal(1)])
        other.execute("ROLLBACK")
        other.close()
        store.write([signal(1)])


def test_intervals_are_kept_and_rolled_up_with_their_values(store):
    given = [signal(4, second, low=2.0, high=10.0, estimator="density map") for second in range(30)]
    given += [signal(6, second) for second in range(30, 60)]
    given += [signal(1, second, place="yard", low=1.0, estimator="lower bound") for second in range(60, 120)]
    store.write(given)
    for length in (WindowLength.MINUTE, WindowLength.FIVE_MINUTES, WindowLength.HALF_HOUR, WindowLength.HOUR):
        gate, *yard = store.read(select(length))
        assert (gate.value, gate.low, gate.high) == (5, 4, 8)
        assert [(each.value, each.low, each.high) for each in yard] == [(1, 1, None)]
        chart = store.charts(select(length))[0]
        assert (list(chart.lows), list(chart.highs)) == ([4], [8])


def test_five_minutes_and_half_hours_are_made_of_what_is_kept(store):
    store.write([signal(1, second, quantity=Quantity.CROSSINGS_IN, kind="person") for second in range(0, 2400, 1)])
    assert kept(store, WindowLength.FIVE_MINUTES) == [(start, 300) for start in range(0, 2400, 300)]
    assert kept(store, WindowLength.HALF_HOUR) == [(0, 1800), (1800, 600)]
