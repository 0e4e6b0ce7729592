from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import jsonschema
import pytest
from pydantic import ValidationError

from passerby.measure.reading import Aggregate, Quantity
from passerby.signals.signal import PlaceSignal, signal_schema_json

START = datetime(2026, 11, 22, 10, tzinfo=UTC)


def signal(**changes):
    usual = {"site": "arena", "place": "gate", "quantity": Quantity.OCCUPANCY, "value": 3.5, "coverage": 0.5}
    usual |= {"window_start": START, "window_end": START + timedelta(seconds=10), "estimator": "tracks"}
    return PlaceSignal(**(usual | changes))


def test_a_signal_written_as_json_is_what_the_published_schema_says():
    written = json.loads(signal(kind="person").to_json())
    jsonschema.validate(written, json.loads(signal_schema_json()))
    assert written["unit"] == "persons"
    assert written["window_start"] == "2026-11-22T10:00:00Z"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(written | {"ticket": 7}, json.loads(signal_schema_json()))


@pytest.mark.parametrize("field", ["id", "track_id", "face", "plate", "mac", "person", "box"])
def test_a_signal_takes_no_further_field(field):
    with pytest.raises(ValidationError, match=field):
        signal(**{field: 1})


@pytest.mark.parametrize("place", ["", "a/b", "home/+", "#", "=1+1", "@door", "-x", "a\nb", "x" * 65, " x"])
def test_a_place_whose_name_would_break_a_topic_or_a_spreadsheet_is_refused(place):
    with pytest.raises(ValidationError, match="place"):
        signal(place=place)


@pytest.mark.parametrize("word", ["car 4711", "W-12345X", "Anna", "a" * 33])
def test_no_number_or_name_fits_into_a_kind_or_an_estimator(word):
    for field in ("kind", "estimator"):
        with pytest.raises(ValidationError, match=field):
            signal(**{field: word})


@pytest.mark.parametrize(
    "change",
    [
        {"value": float("nan")},
        {"value": float("inf")},
        {"coverage": 1.01},
        {"coverage": -0.1},
        {"window_end": START},
        {"window_start": START.replace(tzinfo=None)},
        {"window_start": START.astimezone(timezone(timedelta(hours=1)))},
    ],
    ids=str,
)
def test_senseless_numbers_and_times_are_refused(change):
    with pytest.raises(ValidationError):
        signal(**change)


@pytest.mark.parametrize("quantity", Quantity)
def test_what_nobody_observed_has_no_value_unless_it_is_a_count_that_was_told_of(quantity):
    if quantity.aggregate in {Aggregate.SUM, Aggregate.EVENT}:
        assert signal(quantity=quantity, coverage=0).coverage == 0
    else:
        with pytest.raises(ValidationError, match="a window without observation"):
            signal(quantity=quantity, coverage=0)
