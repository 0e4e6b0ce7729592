from __future__ import annotations

from datetime import UTC, datetime

import pytest

from passerby.errors import OutputError, UsageError
from passerby.measure.reading import Quantity
from passerby.runners.measurement import MeasureOrder, measuring
from passerby.signals.window import WindowLength

pytestmark = [pytest.mark.data, pytest.mark.usefixtures("registry_models")]
PLACES = """
lines:
  - {name: mid, from_px: [400, 150], to_px: [400, 450]}
zones:
  - {name: centre, corners_px: [[250, 200], [550, 200], [550, 400], [250, 400]]}
"""


@pytest.fixture(scope="session")
def street(data_dir, tmp_path_factory):
    """Three seconds of a street with six people."""
    import subprocess

    clip = tmp_path_factory.mktemp("clips") / "street.mp4"
    source = data_dir / "video/pets_s2l1_vtest.avi"
    words = ["-v", "error", "-ss", "20", "-i", source, "-t", "3", "-c:v", "libx264", "-crf", "16", clip]
    subprocess.run(["ffmpeg", *map(str, words)], check=True)
    return clip


def carried_out(clip, order):
    steps = measuring(clip, order)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def test_a_recording_becomes_signals_a_table_a_plot_and_a_covered_copy(street, tmp_path):
    from passerby.media.files import open_source

    places = tmp_path / "places.yaml"
    places.write_text(PLACES)
    order = MeasureOrder(
        places,
        tmp_path / "signals.csv",
        tmp_path / "plot.png",
        tmp_path / "covered.mp4",
        window=WindowLength.SECOND,
        start=datetime(2026, 11, 22, 8, tzinfo=UTC),
        site="street",
    )
    found = carried_out(street, order)
    assert found.frames == 30
    by_place = {each.place: each for each in found.places}
    assert 0.5 <= by_place["centre"].value(Quantity.OCCUPANCY) <= 3
    assert by_place["centre"].coverage > 0.95
    assert by_place["mid"].value(Quantity.CROSSINGS_IN, "person") is not None
    rows = (tmp_path / "signals.csv").read_text().splitlines()
    assert len(rows) == len(found.signals) + 1
    assert "street,centre,occupancy" in rows[1] + "".join(rows)
    assert found.signals[0].window_start == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert (tmp_path / "plot.png").stat().st_size > 5000
    copy = open_source(tmp_path / "covered.mp4")
    assert sum(1 for _ in copy) == 30
    copy.close()
    assert found.notes == ["zone 'centre': it is in pixels; its density is refused, occupancy only"]
    with pytest.raises(OutputError, match="exists"):
        carried_out(street, order)


def test_without_places_the_picture_is_counted(street):
    found = carried_out(street, MeasureOrder())
    assert [each.place for each in found.places] == ["picture"]
    assert 4 <= found.places[0].value(Quantity.OCCUPANCY) <= 8


def test_a_place_outside_the_picture_is_refused_and_nothing_is_written(street, tmp_path):
    places = tmp_path / "places.yaml"
    places.write_text("zones:\n  - {name: far, corners_px: [[900, 900], [950, 900], [950, 950]]}\n")
    with pytest.raises(UsageError, match=r"places\.yaml: zone 'far': it lies outside the picture"):
        carried_out(street, MeasureOrder(places, video=tmp_path / "covered.mp4"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["places.yaml"]
