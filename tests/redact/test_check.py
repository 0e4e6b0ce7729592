"""The leak check: what it suspects in a covered copy, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from tests.redact.pictures import Copy, cover_of, frame_of
from tests.shots import picture

from passerby.errors import DetectorError
from passerby.media.frame import Frame
from passerby.media.layout import Colour, Layout, Plane
from passerby.redact.check import check, sampled
from passerby.redact.choice import CheckDepth
from passerby.redact.mask import Cover
from passerby.redact.recognise import cover_in
from passerby.redact.redactor import redact
from passerby.redact.style import style_named
from passerby.vision.detections import Detections, Kind

SIZE = (240, 320)
BODY = (100, 40, 160, 200)


class Sees:
    """Finds the same boxes in every frame."""

    finds = frozenset(Kind)

    def __init__(self, *found: tuple[Kind, float, tuple[float, float, float, float]], name: str = "sees") -> None:
        self.name = name
        boxes = np.array([box for _, _, box in found], np.float32).reshape(-1, 4)
        scores = np.array([score for _, score, _ in found], np.float32)
        self._found = Detections(boxes, scores, np.array([kind for kind, _, _ in found], np.int8))

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        return [self._found] * len(frames)


class Breaks:
    name = "breaks"
    finds = frozenset(Kind)

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        raise MemoryError(len(frames))


def person(box: tuple[int, int, int, int], score: float = 0.8) -> Sees:
    return Sees((Kind.PERSON, score, box))


def copied(frame: Frame, cover: Cover, style: str) -> Frame:
    """Return a covered frame as a file of usual quality gives it back."""
    redacted = redact(frame, cover, style_named(style))
    if frame.layout is Layout.RGB:
        stored = cv2.imencode(".jpg", redacted.planes[0], [cv2.IMWRITE_JPEG_QUALITY, 92])[1]
        return replace(frame, planes=(np.asarray(cv2.imdecode(stored, cv2.IMREAD_COLOR), np.uint8),))
    rng = np.random.default_rng(5)
    top = 1023 if frame.layout is Layout.YUV420_10 else 255
    spread = 6 if frame.layout is Layout.YUV420_10 else 1.5
    planes: list[Plane] = []
    for plane in redacted.planes:
        noisy = np.clip(plane + rng.normal(0, spread, plane.shape), 0, top)
        planes.append(noisy.astype(np.uint8) if plane.dtype == np.uint8 else noisy.astype(np.uint16))
    return replace(frame, planes=tuple(planes))


@pytest.mark.parametrize("layout", list(Layout))
@pytest.mark.parametrize("style", ["solid", "mosaic", "figure"])
def test_cover_is_known_by_its_colour_and_scene_is_not(layout: Layout, style: str) -> None:
    frame = copied(frame_of(layout, SIZE), cover_of(BODY), style)
    assert cover_in(frame, BODY).mean() > 0.85
    assert cover_in(frame, (0, 0, 90, 240)).mean() < 0.05


@pytest.mark.parametrize("matrix", [1, 2, 9])
@pytest.mark.parametrize("full_range", [False, True])
def test_cover_is_known_whatever_the_colour_tags(matrix: int, full_range: bool) -> None:
    frame = replace(frame_of(Layout.YUV420, SIZE), colour=Colour(full_range=full_range, matrix=matrix))
    assert cover_in(copied(frame, cover_of(BODY), "figure"), BODY).mean() > 0.9


@pytest.mark.parametrize("style", ["solid", "mosaic", "figure"])
@pytest.mark.parametrize("known", [True, False], ids=["masks known", "by colour"])
def test_a_covered_person_is_no_spot_and_a_bare_one_is(style: str, known: bool) -> None:
    cover = cover_of(BODY)
    copy = Copy([copied(frame_of(Layout.YUV420, SIZE), cover, style)])
    covers = (lambda _: cover) if known else None
    looks = [person(BODY), person((220, 40, 280, 200))]
    result = check(copy, looks, depth=CheckDepth.FULL, covers=covers)
    assert [spot.box_px for spot in result.spots] == [(220, 40, 280, 200)]
    assert result.share == 1.0
    assert result.spots[0].kind == "person"
    assert result.spots[0].crop.shape[2] == 3


@pytest.mark.parametrize(
    ("covered", "spots"),
    [((100, 40, 160, 104), 0), ((100, 104, 160, 200), 1), ((100, 40, 160, 60), 1)],
    ids=["head covered", "legs covered", "a strip of the head covered"],
)
def test_only_the_upper_part_of_a_person_counts(covered: tuple[int, int, int, int], spots: int) -> None:
    copy = Copy([copied(frame_of(Layout.YUV420, SIZE), cover_of(covered), "solid")])
    assert len(check(copy, [person(BODY)], depth=CheckDepth.FULL).spots) == spots


def test_a_body_cut_by_the_upper_border_counts_by_what_is_left() -> None:
    copy = Copy([frame_of(Layout.YUV420, SIZE)])
    assert check(copy, [person((100, -200, 160, 60))], depth=CheckDepth.FULL).spots[0].box_px == (100, 0, 160, 60)


def test_a_face_counts_with_its_surroundings() -> None:
    face = (110, 50, 150, 90)
    copy = Copy([copied(frame_of(Layout.YUV420, SIZE), cover_of((115, 60, 145, 85)), "solid")])
    assert check(copy, [Sees((Kind.FACE, 0.9, face))], depth=CheckDepth.FULL).spots[0].kind == "face"


def test_other_kinds_and_low_scores_do_not_count() -> None:
    copy = Copy([frame_of(Layout.YUV420, SIZE)])
    looks = [
        Sees(
            (Kind.CAR, 0.9, BODY),
            (Kind.PERSON, 0.2, BODY),
            (Kind.PERSON, 0.9, (400, 0, 500, 90)),
            (Kind.FACE, 0.9, (321, 0, 360, 90)),
        )
    ]
    assert not check(copy, looks, depth=CheckDepth.FULL).spots


def test_what_several_see_in_frames_that_follow_is_one_row() -> None:
    copy = Copy([frame_of(Layout.YUV420, SIZE)] * 4)
    first, second = person(BODY, 0.6), Sees((Kind.FACE, 0.9, (102, 42, 160, 196)), name="surer")
    result = check(copy, [first, second], depth=CheckDepth.FULL)
    (row,) = result.spots
    assert (row.first_s, row.last_s, row.frames, row.detector) == (0.0, 1.5, 4, "surer")
    assert (result.frames_looked, result.frames_suspicious) == (4, 4)


def test_a_row_ends_when_its_place_stays_empty_for_longer_than_a_moment() -> None:
    bare, covered = frame_of(Layout.YUV420, SIZE), copied(frame_of(Layout.YUV420, SIZE), cover_of(BODY), "solid")
    result = check(Copy([bare, covered, bare, covered, covered, covered, bare]), [person(BODY)], depth=CheckDepth.FULL)
    assert [(row.first_s, row.last_s, row.frames) for row in result.spots] == [(0.0, 1.0, 2), (3.0, 3.0, 1)]


@pytest.mark.parametrize("box", [(0, 0, 9, 9), (310, 230, 320, 240), (0, 0, 320, 240), (100, 0, 108, 9)])
@pytest.mark.parametrize("layout", list(Layout))
def test_a_spot_is_shown_with_its_surroundings_wherever_it_is(layout: Layout, box: tuple[int, int, int, int]) -> None:
    (row,) = check(Copy([frame_of(layout, SIZE)]), [person(box)], depth=CheckDepth.FULL).spots
    assert row.box_px == box
    assert row.crop.dtype == np.uint8
    assert 100 < max(row.crop.shape) <= 192


def test_a_frame_that_cannot_be_read_is_counted_apart() -> None:
    sound = frame_of(Layout.YUV420, SIZE)
    result = check(Copy([sound, replace(sound, damaged="cut")]), [person(BODY)], depth=CheckDepth.FULL)
    assert (result.frames_looked, result.frames_unreadable) == (1, 1)


def test_a_check_that_cannot_look_says_so() -> None:
    with pytest.raises(DetectorError, match="breaks"):
        check(Copy([frame_of(Layout.YUV420, SIZE)]), [Breaks()])


@pytest.mark.parametrize(("length", "looks"), [(3, 3), (40, 10), (100, 25), (1000, 60)])
def test_a_sample_spreads_over_the_whole_copy(length: int, looks: int) -> None:
    due = sampled(length, Fraction(2))
    assert due is not None
    assert len(due) == looks
    assert {0, length - 1} <= due


def test_a_copy_of_unknown_length_is_looked_at_every_two_seconds() -> None:
    result = check(Copy([frame_of(Layout.YUV420, SIZE)] * 9), [Sees()])
    assert (result.frames_looked, result.share) == (3, 0.0)


def shots(count: int, frames: int) -> Copy:
    """A copy of so many shots of so many frames."""
    grey = np.full((45, 80), 128, np.uint8)
    lumas = [picture(shot) for shot in range(count) for _ in range(frames)]
    made = [Frame((luma, grey, grey), Layout.YUV420, 0, Fraction(1, 2), "shots") for luma in lumas]
    return Copy(made, length=len(made))


def test_a_sample_has_the_first_frame_of_every_scene() -> None:
    looked: list[Frame] = []

    class Notes(Sees):
        def detect(self, frames: Sequence[Frame]) -> list[Detections]:
            looked.extend(frames)
            return super().detect(frames)

    result = check(shots(30, 11), [Notes()])
    assert {frame.pts for frame in looked} >= set(range(0, 330, 11))
    assert (result.scenes, result.scenes_looked) == (30, 30)
    assert result.frames_looked < 120


def test_of_very_many_scenes_a_sample_has_ever_fewer_and_says_how_many() -> None:
    result = check(shots(400, 2), [Sees()])
    assert result.scenes == 400
    assert 150 < result.scenes_looked < 260
    assert result.frames_looked < 260


def test_a_full_check_looks_at_every_scene() -> None:
    result = check(shots(4, 3), [Sees()], depth=CheckDepth.FULL)
    assert (result.frames_looked, result.scenes, result.scenes_looked) == (12, 4, 4)
