from __future__ import annotations

from passerby.cli.measure_table import show_tables
from passerby.measure.reading import Quantity
from passerby.reports.measurement import PlaceSummary


def test_a_column_that_has_nothing_to_say_is_left_out(capsys):
    place = PlaceSummary("hall", {(Quantity.OCCUPANCY, ""): 2.0, (Quantity.PEAK_OCCUPANCY, ""): 3.0}, 0.5)
    show_tables([("cam.mp4", [place])])
    shown = capsys.readouterr().out
    assert [word for word in shown.split() if not word.startswith("─")] == (
        ["zone", "persons", "peak", "coverage", "cam.mp4", "hall", "2.00", "3", "50%"]
    )
