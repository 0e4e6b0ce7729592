from __future__ import annotations

from dataclasses import fields
from math import inf, nan

import pytest

from passerby.errors import MeasureError
from passerby.measure.reading import Aggregate, Quantity, Reading

IDENTITY = {"id", "identity", "track", "track_id", "person", "person_id", "face", "plate", "embedding", "box", "name"}


def reading(**changes):
    usual = {"place": "hall", "quantity": Quantity.OCCUPANCY, "value": 3.0, "time_s": 10.0}
    return Reading(**(usual | {"span_s": 1.0, "observed_s": 1.0, "estimator": "tracks"} | changes))


def test_a_reading_has_no_field_for_an_identity():
    assert not IDENTITY & {field.name for field in fields(Reading)}


@pytest.mark.parametrize("value", [nan, inf, -inf])
@pytest.mark.parametrize("field", ["value", "time_s"])
def test_a_number_that_is_not_finite_is_refused(field, value):
    with pytest.raises(MeasureError, match="not finite"):
        reading(**{field: value})


@pytest.mark.parametrize("observed_s", [-0.1, 1.1, nan])
def test_no_more_can_be_observed_than_the_span_holds(observed_s):
    with pytest.raises(MeasureError, match="place 'hall'"):
        reading(observed_s=observed_s)


@pytest.mark.parametrize("quantity", Quantity)
def test_every_quantity_has_a_unit_and_a_rule_for_windows(quantity):
    assert quantity.unit in {"persons", "1", "1/m2", "1/s", "1/(m s)", "m/s", "1/s2", "s"}
    assert quantity.aggregate in Aggregate
