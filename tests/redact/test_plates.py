"""Plates: writing near vehicles, whole vehicles without any, and nothing left out by a doubt."""

from __future__ import annotations

import numpy as np
import pytest

from passerby.redact.choice import CoverKind
from passerby.redact.cover_plan import CoverPlan
from passerby.redact.plates import plates, with_plates
from passerby.redact.rule import kinds_of, rules_for
from passerby.vision.detections import Detections, Kind
from passerby.vision.inspect.ensemble import Look

CAR = (100.0, 100.0, 300.0, 260.0)
FRONT = (170.0, 215.0, 230.0, 235.0)
ROWS = 400.0


def seen(*found: tuple[Kind, tuple[float, float, float, float], float]) -> Detections:
    return Detections(
        np.array([box for _, box, _ in found], np.float32).reshape(-1, 4),
        np.array([score for *_, score in found], np.float32),
        np.array([kind for kind, *_ in found], np.int8),
    )


def covered(*found: tuple[Kind, tuple[float, float, float, float], float]) -> list[tuple[float, ...]]:
    return sorted(map(tuple, plates(seen(*found), rows_px=ROWS).tolist()))


def test_a_plate_on_a_car_is_covered_and_the_rest_of_the_car_is_not():
    assert covered((Kind.CAR, CAR, 0.8), (Kind.TEXT, FRONT, 0.7)) == [FRONT]


@pytest.mark.parametrize("kind", [Kind.CAR, Kind.BUS, Kind.TRUCK, Kind.MOTORCYCLE])
def test_a_vehicle_without_a_plate_is_covered_whole(kind: Kind):
    assert covered((kind, CAR, 0.8)) == [CAR]


@pytest.mark.parametrize("kind", [Kind.PERSON, Kind.BICYCLE, Kind.SCREEN])
def test_what_has_no_plate_is_not_covered(kind: Kind):
    assert covered((kind, CAR, 0.9)) == []


@pytest.mark.parametrize(
    "text",
    [
        (150.0, 105.0, 210.0, 120.0),
        (105.0, 200.0, 298.0, 222.0),
        (195.0, 215.0, 200.0, 220.0),
        (180.0, 160.0, 190.0, 250.0),
    ],
    ids=["on the roof", "slogan", "sticker", "upright"],
)
def test_other_writing_on_a_car_is_covered_beside_the_whole_car(text: tuple[float, float, float, float]):
    assert covered((Kind.CAR, CAR, 0.8), (Kind.TEXT, text, 0.7)) == sorted([CAR, text])


def test_a_plate_counts_for_the_car_in_front_only():
    truck = (20.0, 20.0, 390.0, 380.0)
    assert covered((Kind.TRUCK, truck, 0.8), (Kind.CAR, CAR, 0.7), (Kind.TEXT, FRONT, 0.7)) == sorted([FRONT, truck])


def test_a_plate_counts_for_every_box_of_its_vehicle():
    again = (105.0, 96.0, 310.0, 262.0)
    part = (110.0, 170.0, 290.0, 262.0)
    found = [(Kind.CAR, CAR, 0.8), (Kind.TRUCK, again, 0.5), (Kind.CAR, part, 0.45), (Kind.TEXT, FRONT, 0.7)]
    assert covered(*found) == [FRONT]


def test_a_plate_whose_vehicle_is_not_found_is_covered_below_the_sky():
    assert covered((Kind.TEXT, FRONT, 0.7)) == [FRONT]
    assert covered((Kind.TEXT, (170.0, 20.0, 230.0, 40.0), 0.7)) == []


def test_nothing_found_is_nothing_covered():
    assert covered() == []


def test_a_detector_that_did_not_run_takes_no_part():
    answers = with_plates([None, seen((Kind.CAR, CAR, 0.8)), Detections.none()], place=2, rows_px=ROWS)
    assert answers[0] is None
    assert answers[2] is not None
    assert answers[2].kinds.tolist() == [Kind.PLATE]


def test_covering_plates_looks_for_vehicles_and_writing():
    kinds = kinds_of(frozenset({CoverKind.PLATES}))
    assert kinds == {Kind.TEXT, Kind.CAR, Kind.BUS, Kind.TRUCK, Kind.MOTORCYCLE}


def test_in_time_a_plate_stays_covered_between_passes_and_a_lost_one_costs_the_whole_car():
    plan = CoverPlan(rules_for(frozenset({CoverKind.PLATES}), score=0.15, margin=0.04), hold_s=0.5, motion=False)
    for step in range(9):
        text = [(Kind.TEXT, FRONT, 0.8)] if step != 8 else []
        look = Look(
            step / 8, (seen((Kind.CAR, CAR, 0.8)), seen(*text)), bodies=((0,),), area_px=160_000.0, rows_px=ROWS
        )
        plan.observe(look)
    size = (400, 400)
    early = plan.cover(0.125, 0.25, size=size).raster(*size)
    assert early[215:235, 170:230].all()
    assert early.mean() < 0.03
    late = plan.cover(1.0, 1.0, size=size).raster(*size)
    assert late[100:260, 100:300].all()
