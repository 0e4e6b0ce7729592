from __future__ import annotations

from collections import Counter
from contextlib import closing

import numpy as np
import pytest

from passerby.vision.detections import Detections, Kind

CAR_IN, CAR_OUT = (Kind.CAR, True), (Kind.CAR, False)


@pytest.mark.parametrize(
    ("told", "bound", "verdict"),
    [
        ({CAR_IN: 20}, False, "right"),
        ({CAR_IN: 18}, False, "right"),
        ({CAR_IN: 17}, False, "wrong"),
        ({CAR_IN: 17}, True, "lower bound"),
        ({CAR_IN: 23}, True, "wrong"),
        ({CAR_IN: 16, CAR_OUT: 1}, True, "wrong"),
    ],
)
def test_a_count_is_right_or_a_lower_bound_or_wrong(told, bound, verdict):
    from benchmarks.traffic import Place
    from benchmarks.traffic_bounds import judged

    place = Place("clip.mp4", "road", (0, 0), (1, 0), Counter({CAR_IN: 20}))
    assert judged(Counter(told), place, bound=bound)["verdict"] == verdict


def test_a_lower_bound_where_no_vehicle_crosses_is_an_alarm_of_its_own():
    from benchmarks.traffic_bounds import NO_CARS, TOOLS, summed

    def row(line, verdict, *, bound):
        told = {tool: {"verdict": verdict, "bound": bound} for tool in TOOLS}
        return {"half": "tune", "line": line, "variant": "as it is", **told}

    rows = [
        row("near", "right", bound=True),
        row("near", "wrong", bound=False),
        row(NO_CARS[0].name, "right", bound=True),
    ]
    vehicles, people = summed(rows)
    assert (vehicles["lines"], vehicles["boxes"]) == (2, [1, 0, 1])
    assert (people["lines"], people["boxes"]) == (1, [0, 1, 0])


@pytest.mark.data
def test_cars_seen_from_above_that_no_network_finds_are_no_sure_zero(data_dir, monkeypatch):
    from benchmarks.traffic import CARS, PLACES
    from benchmarks.traffic_bounds import VARIANTS, Clip, judged, line_of, told

    from passerby.media.files.video_file import open_source
    from passerby.vision.picture.cuts import START
    from passerby.vision.picture.scenery import Scenery

    monkeypatch.setenv("PASSERBY_DATA", str(data_dir))
    scenery = Scenery()
    with closing(open_source(data_dir / "video" / CARS)) as source:
        size_px = (source.shape.width, source.shape.height)
        moving = [(frame.time_s, scenery.mask(frame, START)) for frame in source]
    nothing = Detections(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int8))
    clip = Clip(1.0, size_px, [(time_s, nothing) for time_s, _ in moving], moving)
    place = next(each for each in PLACES if each.file == CARS)
    line = line_of(place, clip, VARIANTS[0])

    def verdict(**how):
        passed, bound = told(clip, line, VARIANTS[0], **how)
        return passed.total(), judged(passed, place, bound=bound)["verdict"]

    assert verdict(regions=False) == (0, "wrong")
    assert verdict(regions=True) == (0, "lower bound")
    count, word = verdict(regions=True, from_above=True)
    assert count >= 1  # of 4: where a car fills much of the picture, it is taken for the camera's own movement
    assert word != "wrong"
