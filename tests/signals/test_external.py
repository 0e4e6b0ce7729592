from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest

from passerby.errors import UsageError
from passerby.measure.reading import Quantity
from passerby.signals.external import IDENTITY, CounterMessage, ExternalCounters, counter_schema_json, parse_counter

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def message(minutes=1.0, **changes):
    end = NOON + timedelta(minutes=minutes)
    usual = {"source": "door_counter", "end": end.isoformat(), "span_s": 60, "values": {"crossings_in": 12}}
    return json.dumps(usual | changes)


def counters(now=NOON + timedelta(days=1)):
    return ExternalCounters("arena", ["gate", "door"], clock=now.timestamp)


def took(site, place, given):
    counted = site.receive(place, given)
    return counted.fresh + counted.repeats


def told(signals):
    return [((s.window_start - NOON).total_seconds(), s.value, s.coverage) for s in signals]


def test_a_message_becomes_readings_of_its_place():
    both = parse_counter("gate", message(values={"crossings_in": 12, "crossings_out": 3}, kind="car", coverage=0.5))
    assert [(each.quantity, each.value) for each in both] == [(Quantity.CROSSINGS_IN, 12), (Quantity.CROSSINGS_OUT, 3)]
    assert {(each.place, each.kind, each.estimator, each.observed_s) for each in both} == {
        ("gate", "car", "door counter", 30)
    }


def test_an_accepted_message_is_what_the_published_schema_says():
    jsonschema.validate(json.loads(message()), json.loads(counter_schema_json()))
    assert not {word for field in CounterMessage.model_fields for word in field.split("_")} & IDENTITY


@pytest.mark.parametrize(
    "field",
    [
        *("id", "uid", "UUID", "mac", "mac_address", "plate", "licensePlate", "face", "person", "personId"),
        *("track_id", "ticket_number", "ticketNumber", "card", "IMEI", "phone", "user-name", "device.id", "RFID"),
    ],
)
def test_a_field_that_could_tell_people_apart_is_refused_by_name(field):
    for given in (message(**{field: 1}), message(values={"crossings_in": 1, field: 2}), message(more=[{field: 1}])):
        with pytest.raises(UsageError, match=r"a field named '[a-z]+' could identify people") as refused:
            parse_counter("gate", given)
        assert str(refused.value).split("'")[3] in field.lower()


@pytest.mark.parametrize("name", ["aa:bb:cc:dd:ee:ff", "Anna Berg", "mac_aabbcc", "4915112345", "annaberg"])
def test_what_a_sender_calls_a_field_is_told_to_nobody(name):
    for given in (message(**{name: 1}), message(values={name: 2}), message(more={"of": name}), message(kind=name)):
        with pytest.raises(UsageError) as refused:
            parse_counter("gate", given)
        assert name not in str(refused.value)
        assert refused.value.__cause__ is None  # pydantic's own error holds what was sent


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("no json", "is not JSON"),
        ("[" * 100_000, "send at most"),
        ("[" * 60_000, "is not JSON"),
        ("[]", "message: "),
        (message(colour="red"), "message: has an unknown field; allowed are source, end"),
        (
            message(values={"crossings_in": 0xAABBCCDDEEFF}),
            "crossings_in: Input should be less than or equal to 1000000",
        ),
        (message(source="camera"), "source: "),
        (message(end="2026-11-22T12:00:00"), "end: "),
        (message(span_s=0.2), "span_s: "),
        (message(span_s=90_000), "span_s: "),
        (message(values={}), "values: "),
        (message(values={"smiles": 1}), "values: contains a name that is not a quantity"),
        (message(values={"crossings_in": -1}), "values.crossings_in: Input should be greater than or equal to 0"),
        (message(values={"crossings_in": float("nan")}), "values.crossings_in: "),
        (message(coverage=0), "coverage: "),
        (message(kind="Anna"), "kind: "),
    ],
)
def test_a_wrong_message_is_refused_in_one_line_that_names_the_field(given, said):
    with pytest.raises(UsageError, match="counter 'gate'") as refused:
        parse_counter("gate", given)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_minutes_become_signals_at_once():
    site = counters()
    assert told(took(site, "gate", message(1))) == [(0, 12, 1)]
    assert told(took(site, "gate", message(2, coverage=0.5))) == [(60, 12, 0.5)]


def test_spans_beside_the_minute_are_told_of_when_their_windows_are_over():
    site = counters()
    assert told(took(site, "gate", message(1.5))) == [(0, 0, 0.5)]  # a count belongs to the window where its span ends
    assert told(took(site, "gate", message(2.5))) == [(60, 12, 1)]


def test_a_repeat_makes_the_same_signal_and_a_late_message_its_own():
    site = counters()
    first = took(site, "gate", message(5))
    assert took(site, "gate", message(5)) == first
    assert told(took(site, "gate", message(2))) == [(60, 12, 1)]
    assert told(took(site, "gate", message(6))) == [(300, 12, 1)]


def test_a_repeat_is_no_news_and_what_is_late_is():
    site = counters()
    assert [each.value for each in site.receive("gate", message(5)).news] == [12]
    again = site.receive("gate", message(5, coverage=0.5, values={"crossings_in": 9, "crossings_out": 3}))
    assert [each.quantity for each in again.news] == [Quantity.CROSSINGS_OUT]
    assert [each.value for each in again.repeats] == [9]
    assert len(site.receive("gate", message(2)).news) == 1


def test_long_spans_are_told_of_by_the_hour():
    (hour,) = took(counters(), "gate", message(60, span_s=3600))
    assert hour.length_s == 3600


def test_unknown_places_and_clocks_that_are_ahead_are_refused():
    with pytest.raises(UsageError, match="'roof': there is no counter"):
        counters().receive("roof", message())
    with pytest.raises(UsageError, match="correct the counter's clock"):
        counters(now=NOON).receive("gate", message(10))
