"""Truth files: each kind is told by its content, and what is wrong in one is named in one line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from passerby.errors import UsageError
from passerby.evaluate.read import read_truth
from passerby.evaluate.result import TruthFormat
from passerby.evaluate.truth import Truth

MOT = "1,7,10,20,30,100,1,1,0.5\n3,7,12,20,30,100,1,1,0.5\n3,8,0,0,10,10,0,1,1\n3,9,0,0,10,10,1,3,1\n"
CVML = (
    '<?xml version="1.0"?><dataset>'
    '<frame number="0"><objectlist><object id="7"><box h="100" w="30" xc="25" yc="70"/></object></objectlist></frame>'
    '<frame number="1"><objectlist/></frame></dataset>'
)
POINTS = "x,y\n14.6,306.3\n76.0,212.9\n"


def coco(*labels: dict[str, object], names: tuple[str, ...] = ("hall.jpg",), kinds: tuple[str, ...] = ()) -> str:
    images = [{"id": number, "file_name": name, "width": 640, "height": 480} for number, name in enumerate(names)]
    categories = [{"id": number, "name": kind} for number, kind in enumerate(kinds)]
    return json.dumps({"images": images, "annotations": list(labels), "categories": categories})


def label(image: int = 0, kind: int = 0, box: tuple[float, ...] = (10, 20, 30, 100)) -> dict[str, object]:
    return {"image_id": image, "category_id": kind, "bbox": list(box)}


@pytest.fixture
def read(tmp_path: Path):
    def reads(text: str, form: TruthFormat = TruthFormat.AUTO, *, upper: float = 0.4, clip: str = "hall.mp4") -> Truth:
        path = tmp_path / "truth"
        path.write_text(text, encoding="utf-8")
        return read_truth(path, form, upper=upper, clip=clip)

    return reads


@pytest.mark.parametrize(
    ("text", "form"),
    [(MOT, "mot"), (CVML, "cvml"), (coco(label()), "coco"), (POINTS, "points"), ("\ufeff" + MOT, "mot")],
    ids=["mot", "cvml", "coco", "points", "byte order mark"],
)
def test_the_kind_is_told_by_the_content(read, text, form):
    assert read(text).form == form
    assert read(text, TruthFormat(form)).form == form


@pytest.mark.parametrize("text", [MOT, CVML, coco(label())], ids=["mot", "cvml", "coco"])
def test_the_upper_part_of_a_person_is_protected(read, text):
    labels = read(text, upper=0.25).frames[0]
    assert labels.protected_px.tolist() == [[10, 20, 40, 45]]
    assert labels.bodies_px.tolist() == [[10, 20, 40, 120]]


def test_mot_rows_that_do_not_count_or_are_no_pedestrians_are_left_out(read):
    truth = read(MOT)
    assert sorted(truth.frames) == [0, 2]
    assert truth.frames[2].people.tolist() == [7]
    assert truth.labelled == 3


def test_mot_rows_of_six_numbers_count(read):
    assert read("2,1,0,0,5,5\n").last == 1


def test_cvml_lists_frames_in_which_nobody_is(read):
    truth = read(CVML)
    assert sorted(truth.frames) == [0]
    assert truth.listed == {0, 1}


def test_faces_and_plates_are_protected_whole_and_other_things_are_not_people(read):
    kinds = ("face", "license_plate", "Person", "dog")
    labels = read(coco(*(label(kind=kind) for kind in range(4)), kinds=kinds)).frames[0]
    assert (labels.protected_px[:, 3] == [120, 120, 60]).all()


def test_a_coco_file_finds_the_picture_by_its_name(read):
    text = coco(label(0), label(1), label(1, box=(0, 0, 9, 9)), names=("a/door.jpg", "b/hall.jpg"))
    truth = read(text, clip="hall.jpg")
    assert len(truth.frames[0].people) == 2
    assert truth.size == (640, 480)


@pytest.mark.parametrize(("first", "expected"), [(0, [0, 10]), (1, [0, 10]), (5, [5, 15])])
def test_coco_images_of_a_clip_are_numbered_by_their_names(read, first, expected):
    names = (f"cam2/frame_{first:06d}.png", f"cam2/frame_{first + 10:06d}.png")
    assert sorted(read(coco(label(0), label(1), names=names)).frames) == expected


def test_boxes_round_whole_crowds_are_left_out(read):
    assert len(read(coco(label(), {**label(), "iscrowd": 1})).frames[0].people) == 1


def test_a_point_protects_the_pixel_that_it_lies_in(read):
    labels = read(POINTS).frames[0]
    assert labels.protected_px.tolist() == [[14, 306, 15, 307], [76, 212, 77, 213]]
    assert sorted(read("frame, x, y\n4,1,2\n").frames) == [4]


WRONG = {
    "empty": ("", "is empty"),
    "blank": ("\n \n", "is empty"),
    "no kind": ("hello\n", "--format"),
    "mot word": ("1,1,a,0,5,5,1,1,1\n", "line 1: .*'a'"),
    "mot short": ("1,1,0\n", "line 1: has 3 numbers"),
    "mot nan": (MOT + "4,1,nan,0,5,5,1,1,1\n", "line 5: contains NaN"),
    "mot infinite": ("1,1,inf,0,5,5,1,1,1\n", "line 1: an edge"),
    "mot frame 0": ("0,1,0,0,5,5,1,1,1\n", "line 1: frame 0"),
    "mot half frame": ("1.5,1,0,0,5,5,1,1,1\n", "line 1: frame 1.5"),
    "mot flat": ("1,1,0,0,5,0,1,1,1\n", "line 1: the box has no width or no height"),
    "mot nobody": ("1,1,0,0,5,5,1,3,1\n", "no row that counts"),
    "xml broken": ("<dataset>", "not XML"),
    "xml entity": ('<!DOCTYPE x [<!ENTITY a "b">]><dataset/>', "remove its DOCTYPE"),
    "xml nobody": ('<dataset><frame number="0"/></dataset>', "no frame with a labelled person"),
    "xml no number": ("<dataset><frame/></dataset>", "number is missing"),
    "xml no box": ('<dataset><frame number="0"><object id="1"/></frame></dataset>', "frame 0: an object has no box"),
    "xml nan": (CVML.replace('xc="25"', 'xc="nan"'), "frame 0: an edge"),
    "json broken": ("{", "not COCO labels"),
    "json deep": ('{"images":' + "[" * 100_000, "not COCO labels"),
    "json no images": ("{}", "images is missing"),
    "json odd": ('{"images": [3]}', "not COCO labels"),
    "json nan": (coco(label()).replace("10,", "NaN,"), "annotation 1: an edge"),
    "json dogs": (coco(label(), kinds=("dog",)), "only dog"),
    "json unnamed": (coco(label(), names=("a.jpg", "b.jpg")), "neither hall.mp4 nor named"),
    "json twice": (coco(label(), names=("a1.jpg", "b1.jpg")), "same frame number"),
    "points cells": ("x,y\n1\n", "line 2"),
    "points nan": ("x,y\n1,nan\n", "line 2"),
    "points none": ("x,y\n", "contains no point"),
    "points frame": ("x,y,frame\n1,1,-1\n", "line 2: frame -1"),
}


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG)
def test_wrong_truth_is_refused_in_one_line_that_names_the_file(read, text, said):
    with pytest.raises(UsageError, match=f"truth: .*{said}") as caught:
        read(text)
    assert "\n" not in str(caught.value)


def test_a_kind_that_is_named_wrongly_is_refused(read):
    with pytest.raises(UsageError, match="no columns x and y"):
        read(MOT, TruthFormat.POINTS)


@pytest.mark.parametrize("upper", [0.0, -1.0, 1.1, float("nan")])
def test_a_senseless_upper_part_is_refused(read, upper):
    with pytest.raises(UsageError, match="--upper"):
        read(MOT, upper=upper)


def test_a_missing_or_binary_file_is_refused(tmp_path):
    (tmp_path / "video").write_bytes(np.arange(256, dtype=np.uint8).tobytes())
    for name in ("absent", "video"):
        with pytest.raises(UsageError, match=f"{name}: cannot be read"):
            read_truth(tmp_path / name, upper=0.4, clip="hall.mp4")


def test_truth_of_another_size_is_refused(read):
    with pytest.raises(UsageError, match="labelled at 640x480, but the clip is 320x240"):
        read(coco(label())).require_size(320, 240)
    with pytest.raises(UsageError, match="100% of the labels lie outside"):
        read(MOT).require_size(20, 20)
    read(MOT).require_size(320, 240)


def test_truth_of_another_length_is_refused(read):
    with pytest.raises(UsageError, match="labels frame 3, but the clip has 2"):
        read(MOT).require_length(2)
    with pytest.raises(UsageError, match="up to 2, but the clip has 3"):
        read(CVML).require_length(3)
    read(MOT).require_length(9)  # MOT lists no empty frames: nobody may be there any more


def test_truth_of_every_tenth_frame_fits_any_clip_that_ends_before_the_next(read):
    truth = read(coco(label(0), names=("f_0.png", "f_10.png", "f_20.png")))
    truth.require_length(30)
    with pytest.raises(UsageError, match="up to 21, but the clip has 31"):
        truth.require_length(31)
