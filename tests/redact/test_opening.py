"""An opening takes away one piece of cover and nothing else."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from passerby.redact.cover_boxes import outwards
from passerby.redact.mask import Cover
from passerby.redact.opening import CoverPiece, Opening, opened

SIZE = (100, 120)
PEOPLE, FACES = CoverPiece.PEOPLE, CoverPiece.FACES


def raster(boxes):
    return Cover(outwards(boxes), np.zeros(len(boxes), np.bool_)).clipped(*SIZE).raster(*SIZE)


def after(boxes, pieces, *openings):
    array = np.array(boxes, np.float32).reshape(-1, 4)
    return raster(opened(array, np.ones(len(array), np.bool_), pieces, openings)[0])


boxes_of = st.tuples(st.integers(0, 100), st.integers(0, 80), st.integers(1, 60), st.integers(1, 60)).map(
    lambda each: (each[0], each[1], each[0] + each[2], each[1] + each[3])
)


@settings(max_examples=200)
@given(st.lists(st.tuples(boxes_of, st.sampled_from(CoverPiece)), max_size=6), boxes_of, st.sampled_from(CoverPiece))
def test_nothing_outside_the_region_and_no_other_sort_of_cover_is_opened(found, region, piece):
    boxes, pieces = [box for box, _ in found], [each for _, each in found]
    whole = raster(np.array(boxes, np.float32).reshape(-1, 4))
    others = raster(np.array([box for box, each in found if each is not piece], np.float32).reshape(-1, 4))
    x1, y1, x2, y2 = region
    for one_person in (False, True):
        if one_person:
            others = raster(
                np.array([box for box, each in found if each not in {PEOPLE, FACES}], np.float32).reshape(-1, 4)
            )
        left = after(boxes, pieces, Opening(region, piece, one_person))
        changed = whole.astype(bool) & ~left.astype(bool)
        changed[y1:y2, x1:x2] = False
        assert not changed.any()
        assert (left >= others).all()
        assert (left <= whole).all()


def test_the_piece_inside_the_region_is_opened():
    assert not after([(10, 10, 30, 50)], [PEOPLE], Opening((8, 8, 32, 52))).any()


def test_what_reaches_out_of_the_region_is_another_piece():
    box = (10, 10, 60, 50)
    assert (after([box], [PEOPLE], Opening((8, 8, 32, 52))) == raster(np.array([box], np.float32))).all()


def test_somebody_who_comes_near_the_one_left_visible_stays_covered():
    subject, near = (20, 10, 40, 60), (34, 12, 54, 62)
    left = after([subject, near], [PEOPLE, PEOPLE], Opening((16, 6, 58, 66), one_person=True))
    assert left[12:62, 34:54].all()
    assert not left[10:60, 20:34].any()


def test_weak_boxes_on_parts_of_the_person_go_only_where_nobody_else_was_seen():
    body, part, region = (20, 10, 60, 80), (22, 40, 40, 60), (18, 8, 62, 82)
    assert after([body, part], [PEOPLE, PEOPLE], Opening(region, one_person=True))[40:60, 22:40].all()
    assert not after([body, part], [PEOPLE, PEOPLE], Opening(region, one_person=True, alone=True)).any()


def test_a_second_face_in_the_region_keeps_both_covered():
    body, one, two = (20, 10, 60, 80), (25, 12, 33, 22), (45, 12, 53, 22)
    left = after([body, one, two], [PEOPLE, FACES, FACES], Opening((18, 8, 62, 82), one_person=True))
    assert left[12:22, 25:33].all()
    assert left[12:22, 45:53].all()


def test_several_networks_that_found_the_same_person_are_one():
    boxes = [(20, 10, 40, 60), (21, 12, 41, 62), (19, 9, 40, 58)]
    assert not after(boxes, [PEOPLE] * 3, Opening((15, 5, 45, 65), one_person=True)).any()
