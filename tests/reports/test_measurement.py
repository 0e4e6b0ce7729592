from __future__ import annotations

from passerby.measure.reading import Quantity, Reading
from passerby.reports.measurement import MeasurementSummary


def reading(quantity, value, observed_s=1.0, kind=""):
    return Reading("hall", quantity, value, 1.0, 1.0, observed_s, "tracks", kind)


def test_each_quantity_is_brought_together_as_it_says():
    summary = MeasurementSummary()
    summary.add([reading(Quantity.OCCUPANCY, 4.0), reading(Quantity.OCCUPANCY, 1.0, 0.5)])
    summary.add([reading(Quantity.PEAK_OCCUPANCY, 4.0), reading(Quantity.PEAK_OCCUPANCY, 1.0)])
    summary.add([reading(Quantity.CROSSINGS_IN, 2.0, kind="car"), reading(Quantity.CROSSINGS_IN, 1.0, kind="car")])
    summary.add([reading(Quantity.NET_OCCUPANCY, 9.0), reading(Quantity.NET_OCCUPANCY, 7.0)])
    (hall,) = summary.places(3.0)
    assert hall.value(Quantity.OCCUPANCY) == 3.0
    assert hall.value(Quantity.PEAK_OCCUPANCY) == 4.0
    assert hall.value(Quantity.CROSSINGS_IN, "car") == 3.0
    assert hall.value(Quantity.NET_OCCUPANCY) == 7.0
    assert hall.value(Quantity.DENSITY) is None
    assert hall.coverage == 2 / 3


def test_summaries_of_recordings_in_a_row_join():
    whole, first, second = MeasurementSummary(), MeasurementSummary(), MeasurementSummary()
    early = [Reading("hall", Quantity.OCCUPANCY, 2.0, 1.0, 1.0, 1.0, "tracks")]
    late = [Reading("hall", Quantity.OCCUPANCY, 5.0, 2.0, 1.0, 0.5, "tracks")]
    whole.add(early + late)
    first.add(early)
    second.add(late)
    first.join(second)
    assert first.places(2.0) == whole.places(2.0)
